"""The MACs of a column of messages: key derivation and GMAC for each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gbcs.bulk.column import Octets
from gbcs.bulk.parallel import in_chunks
from gbcs.eui64 import Eui64
from gbcs.kernels import gmac, kdf, reference
from gbcs.kernels.target import choices
from gbcs.security import symmetric

Positions = NDArray[np.int64]

_PREFIX = np.frombuffer(symmetric.MAC_PREFIX, np.uint8)
_CHUNK = 1024
#: Octets from which OpenSSL is faster than table look-ups and integer arithmetic.
_PORTABLE_LIMIT = 384


def tags_of(
    octets: Octets, starts: Positions, ends: Positions, secrets: Octets, which: Positions, threads: int | None
) -> Octets:
    """The GMAC tag of each octets[start:end], grouping header to signature: shape (count, 16).

    Args:
        octets: what holds the messages.
        starts: where each begins.
        ends: where each ends.
        secrets: shared secrets, shape (secrets, 32).
        which: the number of each message's secret.
        threads: None for one a core.
    """
    count = len(starts)
    tags = np.zeros((count, 16), np.uint8)
    path = choices()["mac"].path
    singly = (ends - starts > _PORTABLE_LIMIT) & (path == "portable")
    derive = reference.derive_keys if path == "reference" else kdf.derive_keys

    def work(part: slice) -> None:
        keys, counters = np.empty((2, part.stop - part.start, 16), np.uint8)
        derive(secrets, which[part], octets, starts[part], keys, counters)
        if path != "portable":
            kernel = reference.gmac if path == "reference" else gmac.gmac_aesni
            kernel(keys, counters, _PREFIX, octets, starts[part], ends[part], tags[part])
        else:
            few = np.flatnonzero(~singly[part])
            made = np.empty((len(few), 16), np.uint8)
            chosen = starts[part][few], ends[part][few]
            gmac.gmac_portable(keys[few], counters[few], _PREFIX, octets, *chosen, made)
            tags[part.start + few] = made
        keys[:] = 0

    in_chunks(work, count, _CHUNK, threads)
    for item in np.flatnonzero(singly):
        message = octets[starts[item] : ends[item]].tobytes()
        tags[item] = np.frombuffer(_tag(message, secrets[which[item]].tobytes()), np.uint8)
    return tags


def _tag(message: bytes, secret: bytes) -> bytes:
    """By OpenSSL."""
    originator, recipient = Eui64(message[12:20]), Eui64(message[21:29])
    key = symmetric.derive_key(secret, originator, message[2], int.from_bytes(message[3:11], "big"), recipient)
    return symmetric.gmac(key, originator, message)
