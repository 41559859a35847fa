"""The key derivation of GBCS (4.3.3.3): single-step KDF on SHA-256, sixteen messages at once.

What is hashed is two blocks: 00000001, the shared secret, the algorithm identifier, the originator, the transaction
identifier and the recipient. The last three stand in the message's grouping header.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gbcs.kernels.compilation import compiled
from gbcs.kernels.memory import copy, put_word32, put_word64, word32
from gbcs.kernels.sha256 import LANES, compress, start

Octets = NDArray[np.uint8]
Positions = NDArray[np.int64]

_TEMPLATE = np.zeros(128, np.uint8)
_TEMPLATE[3] = 1
_TEMPLATE[36:43] = np.frombuffer(bytes.fromhex("60857406080300"), np.uint8)
_TEMPLATE[69] = 0x80
_TEMPLATE[126:] = np.frombuffer((69 * 8).to_bytes(2, "big"), np.uint8)
#: Where the fields go that the grouping header has at 12, 1 (09, flag and counter) and 21.
_ORIGINATOR, _TRANSACTION, _RECIPIENT = 43, 51, 61


@compiled
def derive_keys(
    secrets: Octets, which: Positions, octets: Octets, headers: Positions, keys: Octets, counters: Octets
) -> None:
    """The MAC key of each message, and the first counter block of its GMAC.

    Args:
        secrets: shared secrets, shape (secrets, 32).
        which: the number of each message's secret.
        octets: the messages.
        headers: where each message's grouping header begins in `octets`.
        keys: shape (count, 16), written.
        counters: shape (count, 16), written: the originator and 0000000000000001.
    """
    count = len(headers)
    hashed = np.empty((LANES, 128), np.uint8)
    for lane in range(LANES):
        hashed[lane, :] = _TEMPLATE
    block, state = np.empty((16, LANES), np.uint32), np.empty((8, LANES), np.uint32)
    for first in range(0, count, LANES):
        lanes = min(LANES, count - first)
        for lane in range(lanes):
            item = first + lane
            copy(hashed[lane], 4, secrets[which[item]], 0, 32)
            copy(hashed[lane], _ORIGINATOR, octets, headers[item] + 12, 8)
            copy(hashed[lane], _TRANSACTION, octets, headers[item] + 1, 10)
            copy(hashed[lane], _RECIPIENT, octets, headers[item] + 21, 8)
            copy(counters[item], 0, octets, headers[item] + 12, 8)
            put_word64(counters[item], 8, 1)
        start(state)
        for half in range(2):
            for lane in range(LANES):
                for i in range(16):
                    block[i, lane] = word32(hashed[lane], 64 * half + 4 * i)
            compress(state, block, state)
        for lane in range(lanes):
            for i in range(4):
                put_word32(keys[first + lane], 4 * i, state[i, lane])
