"""Comb tables: for each window i of a scalar, the odd multiples of 2^(w i) times a point."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gbcs.kernels import ifma, jacobian
from gbcs.kernels.compilation import compiled
from gbcs.kernels.elements import contract, enter_montgomery, load_p, raw_p, store
from gbcs.kernels.group import Words, add_pairs

#: Bits of a digit where a point is found by address: the table has 256 KiB and 32 points are added.
INDEXED_WIDTH = 8
#: Bits of a digit where whole rows are read: 43 points are added.
UNIFORM_WIDTH = 6


def windows(width: int) -> int:
    """Digits of a scalar."""
    return -(-256 // width)


class Table(NamedTuple):
    """A table in the layout of one lookup (`gbcs.kernels.lookup`), with its digits' width in bits."""

    width: int
    points: Words


@compiled
def _enter(words: Words, x: Words, y: Words) -> None:
    """The point in words (8, 1) as the first element of x and y."""
    store(x, 0, enter_montgomery(raw_p(x, words[:4], 0)))
    store(y, 0, enter_montgomery(raw_p(y, words[4:], 0)))


@compiled
def _change_radix(x: Words) -> None:
    """From Montgomery's R = 2^256 to R = 2^260."""
    for i in range(x.shape[0]):
        double = load_p(x, i) + load_p(x, i)
        double = contract(double + double)
        again = double + double
        store(x, i, contract(again + again))


def rows(x: int, y: int, width: int, radix: int) -> Words:
    """The table row by row: shape (windows · 2^(width - 1), 8), in Montgomery form to `radix`, below p.

    The point is on the curve and not the point at infinity.
    """
    count, half = windows(width), 1 << (width - 1)
    even = count + count % 2  # `add_pairs` adds an even number of points
    chain = [np.zeros((even * width + extra, 4), np.uint64) for extra in (0, 0, 0, 16)]
    words = np.array([[c >> 64 * i & 2**64 - 1] for c in (x, y) for i in range(4)], np.uint64)
    _enter(words, chain[0], chain[1])
    jacobian.double_repeatedly(*chain)
    first = np.arange(even) * width
    multiples = [np.empty((even, half, 4), np.uint64) for _ in range(2)]
    for target, source in zip(multiples, chain, strict=False):
        target[:, 0] = source[first]
    known = 1
    while known < half:
        # (2 j + 1) B + 2 known B = (2 (j + known) + 1) B
        more = even * known
        step = first + known.bit_length()
        sums = [
            np.concatenate([target[:, :known].reshape(more, 4), np.repeat(source[step], known, axis=0)])
            for target, source in zip(multiples, chain, strict=False)
        ]
        add_pairs(sums[0], sums[1], more, more, np.empty((2 * more + 16, 4), np.uint64), np.zeros(1, np.uint64))
        for target, added in zip(multiples, sums, strict=True):
            target[:, known : 2 * known] = added[:more].reshape(even, known, 4)
        known *= 2
    flat = [target[:count].reshape(count * half, 4).copy() for target in multiples]
    if radix == ifma.RADIX:
        for elements in flat:
            _change_radix(elements)
    return np.concatenate(flat, axis=1)


def by_limb(table: Words, width: int) -> Words:
    """Rows as `rows` gives them, for `gbcs.kernels.lookup.place_permuting`: shape (windows, 10, rows of a window)."""
    words = table.reshape(windows(width), -1, 2, 4)
    limbs = np.zeros((*words.shape[:3], 5), np.uint64)
    for i in range(5):
        at, shift = divmod(52 * i, 64)
        limbs[..., i] = words[..., at] >> np.uint64(shift)
        if shift > 12 and at < 3:
            limbs[..., i] |= words[..., at + 1] << np.uint64(64 - shift)
    limbs &= np.uint64(2**52 - 1)
    return np.ascontiguousarray(limbs.reshape(windows(width), -1, 10).transpose(0, 2, 1))


def words_of(octets: NDArray[np.uint8]) -> Words:
    """Big-endian numbers of 32 octets, shape (count, 32), as words: shape (4, count), least significant first."""
    return np.ascontiguousarray(octets.view(">u8")[:, ::-1].T.astype(np.uint64))


def octets_of(words: Words) -> NDArray[np.uint8]:
    """The inverse of `words_of`."""
    return np.ascontiguousarray(words[::-1].T).astype(">u8").view(np.uint8)
