"""AES-128-GCM (SP 800-38D) as GBCS encrypts (4.3.3.6), with a new key for every item.

The kernels share one signature. An encrypted item is ``31 00000000 || ciphertext || tag``, the tag being 12 octets
long; its first octet is what is authenticated beside the ciphertext.

Args:
    seals: whether plaintexts become encrypted items, or the other way round.
    keys: shape (count, 16).
    counters: the first counter block J0 of each item, shape (count, 16).
    octets, starts, ends: the items.
    places: where in `result` each item's counterpart goes.
    result: written; left alone where an item is not valid.
    valid: written: whether header and tag of an encrypted item are right.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gbcs.kernels import aes
from gbcs.kernels.aesni import add_keystream, fold, powers, put_tag, schedule_and_encrypt, zero_block
from gbcs.kernels.assembly import MAC_LENGTH, mac_stands
from gbcs.kernels.compilation import compiled
from gbcs.kernels.gmac import ROW, lay_out
from gbcs.kernels.memory import clear, copy, put_word32, put_word64, word32, word64

Octets = NDArray[np.uint8]
Positions = NDArray[np.int64]
Flags = NDArray[np.bool_]

_SECURITY = 0x31
_HEADER_LENGTH = 5
_AUTHENTICATED = np.zeros(16, np.uint8)
_AUTHENTICATED[0] = _SECURITY


@compiled
def _room(starts: Positions, ends: Positions) -> Octets:
    """For what GHASH takes of the longest item, and for a row of key stream that begins at its end."""
    longest = 0
    for item in range(len(starts)):
        longest = max(longest, ends[item] - starts[item])
    return np.empty((longest + 4 * ROW) // ROW * ROW, np.uint8)


@compiled
def _text_of(seals: bool, octets: Octets, start: int, end: int) -> tuple[int, int]:
    """From where to where the text stands that is turned into the other; (0, -1) where the item is malformed."""
    if seals:
        return start, end
    if end - start < _HEADER_LENGTH + MAC_LENGTH or octets[start] != _SECURITY or word32(octets, start + 1) != 0:
        return 0, -1
    return start + _HEADER_LENGTH, end - MAC_LENGTH


@compiled
def _position(rows: int, length: int) -> int:
    """Where the text stands in what `lay_out` laid out."""
    return rows * ROW - 16 - (length + 15) // 16 * 16


@compiled
def _close(buffer: Octets, rows: int, length: int) -> None:
    """What GHASH takes behind the text: padding and the two lengths in bits."""
    end = _position(rows, length) + length
    clear(buffer, end, rows * ROW - end)
    put_word64(buffer, rows * ROW - 16, 8)
    put_word64(buffer, rows * ROW - 8, length * 8)


@compiled
def _put(seals: bool, result: Octets, place: int, buffer: Octets, at: int, length: int, tag: Octets) -> None:
    """The item's counterpart, whose text is in the buffer."""
    if seals:
        result[place] = _SECURITY
        put_word32(result, place + 1, 0)
        place += _HEADER_LENGTH
        copy(result, place + length, tag, 0, MAC_LENGTH)
    copy(result, place, buffer, at, length)


@compiled
def gcm_aesni(
    seals: bool,
    keys: Octets,
    counters: Octets,
    octets: Octets,
    starts: Positions,
    ends: Positions,
    places: Positions,
    result: Octets,
    valid: Flags,
) -> None:
    """See the module."""
    buffer, tag = _room(starts, ends), np.empty((1, 16), np.uint8)
    blocks = buffer.reshape(-1, ROW)
    for item in range(len(starts)):
        start, end = _text_of(seals, octets, starts[item], ends[item])
        length = end - start
        valid[item] = length >= 0
        if length < 0:
            continue
        rows = lay_out(_AUTHENTICATED, octets, start, end, buffer)
        at = _position(rows, length)
        schedule, hash_key, mask = schedule_and_encrypt(keys, counters, item)
        if seals:
            for i in range(0, length, ROW):
                add_keystream(schedule, counters, item, 2 + i // 16, buffer, at + i)
        _close(buffer, rows, length)
        hash_powers = powers(hash_key)
        total = zero_block()
        for row in range(rows):
            total = fold(total, blocks, row, hash_powers)
        put_tag(tag, 0, total, mask)
        if not seals:
            valid[item] = mac_stands(tag[0], octets, ends[item])
            if not valid[item]:
                continue
            for i in range(0, length, ROW):
                add_keystream(schedule, counters, item, 2 + i // 16, buffer, at + i)
        _put(seals, result, places[item], buffer, at, length, tag[0])


@compiled
def _encrypt_counter(
    schedule: aes.Words32, counter: Octets, number: int, state: aes.Words32, other: aes.Words32
) -> tuple[np.uint64, np.uint64]:
    """AES-128 of the counter block whose last word is `number`, as two big-endian words."""
    for i in range(3):
        state[i] = word32(counter, 4 * i)
    state[3] = number
    aes.encrypt(schedule, state, other)
    return aes.joined(state, 0), aes.joined(state, 2)


@compiled
def _add_keystream(
    schedule: aes.Words32, counter: Octets, buffer: Octets, at: int, length: int, state: aes.Words32, other: aes.Words32
) -> None:
    for i in range(0, length, 16):
        high, low = _encrypt_counter(schedule, counter, 2 + i // 16, state, other)
        put_word64(buffer, at + i, word64(buffer, at + i) ^ high)
        put_word64(buffer, at + i + 8, word64(buffer, at + i + 8) ^ low)


@compiled
def gcm_portable(
    seals: bool,
    keys: Octets,
    counters: Octets,
    octets: Octets,
    starts: Positions,
    ends: Positions,
    places: Positions,
    result: Octets,
    valid: Flags,
) -> None:
    """As `gcm_aesni`, on any target."""
    buffer, tag = _room(starts, ends), np.empty(16, np.uint8)
    blocks = np.empty((len(buffer) // 16, 2), np.uint64)
    schedule, state, other = np.empty(44, np.uint32), np.empty(4, np.uint32), np.empty(4, np.uint32)
    hash_key, total = np.empty(2, np.uint64), np.empty(2, np.uint64)
    for item in range(len(starts)):
        start, end = _text_of(seals, octets, starts[item], ends[item])
        length = end - start
        valid[item] = length >= 0
        if length < 0:
            continue
        rows = lay_out(_AUTHENTICATED, octets, start, end, buffer)
        at = _position(rows, length)
        aes.expand(keys[item], schedule)
        if seals:
            _add_keystream(schedule, counters[item], buffer, at, length, state, other)
        _close(buffer, rows, length)
        for i in range(rows * ROW // 16):
            blocks[i, 0], blocks[i, 1] = word64(buffer, 16 * i), word64(buffer, 16 * i + 8)
        state[:] = 0
        aes.encrypt(schedule, state, other)
        hash_key[0], hash_key[1] = aes.joined(state, 0), aes.joined(state, 2)
        aes.ghash(hash_key, blocks, rows * ROW // 16, total)
        high, low = _encrypt_counter(schedule, counters[item], 1, state, other)
        put_word64(tag, 0, high ^ total[0])
        put_word64(tag, 8, low ^ total[1])
        if not seals:
            valid[item] = mac_stands(tag, octets, ends[item])
            if not valid[item]:
                continue
            _add_keystream(schedule, counters[item], buffer, at, length, state, other)
        _put(seals, result, places[item], buffer, at, length, tag)
