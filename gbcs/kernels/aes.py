"""AES-128 (FIPS 197) and GHASH (SP 800-38D) in plain integer arithmetic, for targets without instructions for them.

AES looks octets up in tables, so its addresses depend on keys; GHASH multiplies integers whose bits are set apart, so
that carries die before they meet the next one (Pornin, "Constant-time multiplication", BearSSL).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gbcs.kernels.compilation import compiled
from gbcs.kernels.memory import word32

Octets = NDArray[np.uint8]
Words = NDArray[np.uint64]
Words32 = NDArray[np.uint32]


def _double(x: int) -> int:
    """Times x in the field of AES."""
    return (x << 1) ^ (0x11B if x & 0x80 else 0)


def _turned(octet: int) -> int:
    """The exclusive or of an octet turned left by 0 to 4 bits."""
    total = 0
    for count in range(5):
        total ^= (octet << count | octet >> 8 - count) & 0xFF
    return total


def _substitution() -> list[int]:
    """The S-box: the inverse in the field, then the affine map (FIPS 197, 5.1.1)."""
    powers = [1]
    while len(powers) < 255:
        powers.append(powers[-1] ^ _double(powers[-1]))  # of the generator x + 1
    inverses = [powers[-powers.index(octet) % 255] if octet else 0 for octet in range(256)]
    return [_turned(inverse) ^ 0x63 for inverse in inverses]


_S = _substitution()
_SUBSTITUTED = np.array(_S, np.uint32)
#: SubBytes and MixColumns of one octet: the column that it adds, most significant octet first.
_COLUMNS = np.array([_double(s) << 24 | s << 16 | s << 8 | s ^ _double(s) for s in _S], np.uint32)
_ROUND_CONSTANTS = np.array([1 << i for i in range(8)] + [0x1B, 0x36], np.uint32)


@compiled
def expand(key: Octets, schedule: Words32) -> None:
    """The key schedule (FIPS 197, 5.2): 44 words of 16 octets."""
    for i in range(4):
        schedule[i] = word32(key, 4 * i)
    for i in range(4, 44):
        word = schedule[i - 1]
        if i % 4 == 0:
            word = _substitute(word << np.uint32(8) | word >> np.uint32(24))
            word ^= _ROUND_CONSTANTS[i // 4 - 1] << np.uint32(24)
        schedule[i] = schedule[i - 4] ^ word


@compiled
def _substitute(word: np.uint32) -> np.uint32:
    result = np.uint32(0)
    for shift in (24, 16, 8, 0):
        result = result << np.uint32(8) | _SUBSTITUTED[word >> np.uint32(shift) & np.uint32(0xFF)]
    return result


@compiled
def encrypt(schedule: Words32, state: Words32, other: Words32) -> None:
    """AES-128 of the block in the four words of `state`, in place; `other` is scratch of the same size."""
    for i in range(4):
        state[i] ^= schedule[i]
    for number in range(1, 10):
        for i in range(4):
            word = schedule[4 * number + i]
            for row in range(4):
                octet = state[(i + row) % 4] >> np.uint32(24 - 8 * row) & np.uint32(0xFF)
                column = _COLUMNS[octet]
                if row:
                    column = column >> np.uint32(8 * row) | column << np.uint32(32 - 8 * row)
                word ^= column
            other[i] = word
        for i in range(4):
            state[i] = other[i]
    for i in range(4):
        word = np.uint32(0)
        for row in range(4):
            octet = state[(i + row) % 4] >> np.uint32(24 - 8 * row) & np.uint32(0xFF)
            word = word << np.uint32(8) | _SUBSTITUTED[octet]
        other[i] = word ^ schedule[40 + i]
    for i in range(4):
        state[i] = other[i]


@compiled
def joined(state: Words32, at: int) -> np.uint64:
    """Two words of the state as one."""
    return np.uint64(state[at]) << np.uint64(32) | np.uint64(state[at + 1])


_FIRST, _SECOND = np.uint64(0x1111111111111111), np.uint64(0x2222222222222222)
_THIRD, _FOURTH = np.uint64(0x4444444444444444), np.uint64(0x8888888888888888)


@compiled
def _carryless(x: np.uint64, y: np.uint64) -> np.uint64:
    """The low 64 bits of the carry-less product: four multiplications a residue of bit positions modulo 4."""
    x0, x1, x2, x3 = x & _FIRST, x & _SECOND, x & _THIRD, x & _FOURTH
    y0, y1, y2, y3 = y & _FIRST, y & _SECOND, y & _THIRD, y & _FOURTH
    z0 = (x0 * y0) ^ (x1 * y3) ^ (x2 * y2) ^ (x3 * y1)
    z1 = (x0 * y1) ^ (x1 * y0) ^ (x2 * y3) ^ (x3 * y2)
    z2 = (x0 * y2) ^ (x1 * y1) ^ (x2 * y0) ^ (x3 * y3)
    z3 = (x0 * y3) ^ (x1 * y2) ^ (x2 * y1) ^ (x3 * y0)
    return (z0 & _FIRST) | (z1 & _SECOND) | (z2 & _THIRD) | (z3 & _FOURTH)


@compiled
def _mirrored(x: np.uint64) -> np.uint64:
    """The 64 bits in reverse."""
    for shift, mask in (
        (1, 0x5555555555555555),
        (2, 0x3333333333333333),
        (4, 0x0F0F0F0F0F0F0F0F),
        (8, 0x00FF00FF00FF00FF),
        (16, 0x0000FFFF0000FFFF),
        (32, 0x00000000FFFFFFFF),
    ):
        x = (x >> np.uint64(shift) & np.uint64(mask)) | (x & np.uint64(mask)) << np.uint64(shift)
    return x


@compiled
def ghash(hash_key: Words, blocks: Words, count: int, total: Words) -> None:
    """GHASH of the first `count` blocks; blocks and keys are two big-endian words each, `total` is written."""
    h1, h0 = hash_key[0], hash_key[1]
    h1m, h0m = _mirrored(h1), _mirrored(h0)
    y1 = y0 = np.uint64(0)
    for i in range(count):
        y1 ^= blocks[i, 0]
        y0 ^= blocks[i, 1]
        y1m, y0m = _mirrored(y1), _mirrored(y0)
        low, high = _carryless(y0, h0), _carryless(y1, h1)
        middle = _carryless(y0 ^ y1, h0 ^ h1) ^ low ^ high
        low_over, high_over = _carryless(y0m, h0m), _carryless(y1m, h1m)
        middle_over = _carryless(y0m ^ y1m, h0m ^ h1m) ^ low_over ^ high_over
        v0, v1 = low, middle ^ _mirrored(low_over) >> np.uint64(1)
        v2, v3 = high ^ _mirrored(middle_over) >> np.uint64(1), _mirrored(high_over) >> np.uint64(1)
        v3 = v3 << np.uint64(1) | v2 >> np.uint64(63)
        v2 = v2 << np.uint64(1) | v1 >> np.uint64(63)
        v1 = v1 << np.uint64(1) | v0 >> np.uint64(63)
        v0 <<= np.uint64(1)
        v2 ^= v0 ^ v0 >> np.uint64(1) ^ v0 >> np.uint64(2) ^ v0 >> np.uint64(7)
        v1 ^= v0 << np.uint64(63) ^ v0 << np.uint64(62) ^ v0 << np.uint64(57)
        y1 = v3 ^ v1 ^ v1 >> np.uint64(1) ^ v1 >> np.uint64(2) ^ v1 >> np.uint64(7)
        y0 = v2 ^ v1 << np.uint64(63) ^ v1 << np.uint64(62) ^ v1 << np.uint64(57)
    total[0], total[1] = y1, y0
