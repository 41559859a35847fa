"""GMAC (SP 800-38D) with a new key for every message."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gbcs.kernels import aes
from gbcs.kernels.aesni import fold, powers, put_tag, schedule_and_encrypt, zero_block
from gbcs.kernels.compilation import compiled
from gbcs.kernels.memory import clear, copy, put_word64, word32, word64

Octets = NDArray[np.uint8]
Positions = NDArray[np.int64]
ROW = 64


@compiled
def lay_out(prefix: Octets, octets: Octets, start: int, end: int, buffer: Octets) -> int:
    """What GHASH takes of prefix || octets[start:end], in rows of four blocks; how many rows.

    Zero blocks stand before it to fill the first row, which changes nothing; the length block ends the last row.
    """
    length = len(prefix) + end - start
    padded = (length + 15) // 16 * 16
    rows = (padded + 16 + ROW - 1) // ROW
    at = rows * ROW - 16 - padded
    clear(buffer, 0, ROW)
    clear(buffer, rows * ROW - 32, 32)
    for i in range(len(prefix)):
        buffer[at + i] = prefix[i]
    copy(buffer, at + len(prefix), octets, start, end - start)
    put_word64(buffer, rows * ROW - 16, length * 8)
    return rows


@compiled
def gmac_aesni(
    keys: Octets, counters: Octets, prefix: Octets, octets: Octets, starts: Positions, ends: Positions, tags: Octets
) -> None:
    """The tag of prefix || octets[start:end] for each item.

    Args:
        keys: shape (count, 16).
        counters: the first counter block J0 of each item, shape (count, 16).
        prefix: fewer than 16 octets.
        tags: shape (count, 16), written.
    """
    longest = 0
    for item in range(len(starts)):
        longest = max(longest, ends[item] - starts[item])
    buffer = np.empty(longest + 3 * ROW, np.uint8)
    rows = buffer[: len(buffer) // ROW * ROW].reshape(-1, ROW)
    for item in range(len(starts)):
        count = lay_out(prefix, octets, starts[item], ends[item], buffer)
        _, hash_key, mask = schedule_and_encrypt(keys, counters, item)
        hash_powers = powers(hash_key)
        total = zero_block()
        for row in range(count):
            total = fold(total, rows, row, hash_powers)
        put_tag(tags, item, total, mask)


@compiled
def gmac_portable(
    keys: Octets, counters: Octets, prefix: Octets, octets: Octets, starts: Positions, ends: Positions, tags: Octets
) -> None:
    """As `gmac_aesni`, on any target."""
    longest = 0
    for item in range(len(starts)):
        longest = max(longest, ends[item] - starts[item])
    buffer = np.empty(longest + 3 * ROW, np.uint8)
    blocks = np.empty((len(buffer) // 16, 2), np.uint64)
    schedule, state, other = np.empty(44, np.uint32), np.empty(4, np.uint32), np.empty(4, np.uint32)
    hash_key, total = np.empty(2, np.uint64), np.empty(2, np.uint64)
    for item in range(len(starts)):
        count = lay_out(prefix, octets, starts[item], ends[item], buffer) * ROW // 16
        for i in range(count):
            blocks[i, 0], blocks[i, 1] = word64(buffer, 16 * i), word64(buffer, 16 * i + 8)
        aes.expand(keys[item], schedule)
        state[:] = 0
        aes.encrypt(schedule, state, other)
        for half in range(2):
            hash_key[half] = aes.joined(state, 2 * half)
        aes.ghash(hash_key, blocks, count, total)
        for i in range(4):
            state[i] = word32(counters[item], 4 * i)
        aes.encrypt(schedule, state, other)
        for half in range(2):
            put_word64(tags[item], 8 * half, aes.joined(state, 2 * half) ^ total[half])
