"""Many sums of points at once, in affine coordinates that share their inversions (Montgomery's trick)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gbcs.kernels.compilation import compiled
from gbcs.kernels.curve import N, P
from gbcs.kernels.elements import load_as, load_p, one_p, select, square, store, zero_lanes

Words = NDArray[np.uint64]


def _digits(exponent: int) -> NDArray[np.uint8]:
    return np.array([exponent >> 4 * i & 15 for i in reversed(range(64))], np.uint8)


#: Exponents of Fermat inversion in base 16, most significant digit first. They are public: the moduli's.
INVERT_P, INVERT_N = _digits(P - 2), _digits(N - 2)


@compiled
def power(x: Any, exponent: NDArray[np.uint8], powers: Words) -> Any:
    """x to the power of an exponent that is no secret; `powers` holds 16 elements meanwhile."""
    store(powers, 1, x)
    for i in range(2, 16):
        store(powers, i, load_as(x, powers, i - 1) * x)
    result = load_as(x, powers, exponent[0])
    for digit in exponent[1:]:
        for _ in range(4):
            result = square(result)
        if digit:
            result = result * load_as(x, powers, digit)
    return result


@compiled
def _denominator(x: Words, i: int, j: int, careful: bool, flags: Words, group: int) -> Any:
    """x[j] - x[i]; if careful, 1 instead of 0, and the lanes where that was so flagged."""
    difference = load_p(x, j) - load_p(x, i)
    if careful:
        zero = zero_lanes(difference)
        flags[group] |= zero
        difference = select(zero, one_p(x), difference)
    return difference


@compiled
def _add_two(x: Words, y: Words, i: int, j: int, offset: int, left: Any, right: Any) -> None:
    """(x, y)[i] += (x, y)[i + offset] and the same for j; `left` and `right` are the denominators' inverses.

    Written step by step in turn, so that a processor finds two independent products side by side.
    """
    xi, yi, xj, yj = load_p(x, i), load_p(y, i), load_p(x, j), load_p(y, j)
    slope_i = (load_p(y, i + offset) - yi) * left
    slope_j = (load_p(y, j + offset) - yj) * right
    square_i, square_j = square(slope_i), square(slope_j)
    store(x, i, square_i - xi - load_p(x, i + offset))
    store(x, j, square_j - xj - load_p(x, j + offset))
    product_i = slope_i * (xi - load_p(x, i))
    product_j = slope_j * (xj - load_p(x, j))
    store(y, i, product_i - yi)
    store(y, j, product_j - yj)


@compiled
def add_pairs(x: Words, y: Words, count: int, offset: int, prefix: Words, flags: Words) -> None:
    """(x, y)[i] += (x, y)[i + offset] for all i below the even number `count`.

    Where two x coordinates are the same the sum is wrong, and the lane's bit is set in ``flags[i % len(flags)]``; other
    lanes are not touched by that.

    Args:
        x, y: coordinates, arrays of elements.
        prefix: room for 2 count + 16 elements.
        flags: a word for each group of lanes.
    """
    groups = flags.shape[0]
    half = count // 2
    careful = False
    while True:
        # Two running products halve the waiting for each other's results.
        a, b = one_p(x), one_p(x)
        for i in range(half):
            j = i + half
            left = _denominator(x, i, i + offset, careful, flags, i % groups)
            right = _denominator(x, j, j + offset, careful, flags, j % groups)
            store(prefix, i, a)
            store(prefix, j, b)
            store(prefix, i + count, left)
            store(prefix, j + count, right)
            a, b = a * left, b * right
        total = a * b
        if careful or not zero_lanes(total):
            break
        careful = True
    inverse = power(total, INVERT_P, prefix[2 * count :])
    a, b = inverse * b, inverse * a
    for i in range(half - 1, -1, -1):
        j = i + half
        inverse_i, inverse_j = a * load_p(prefix, i), b * load_p(prefix, j)
        a, b = a * load_p(prefix, i + count), b * load_p(prefix, j + count)
        _add_two(x, y, i, j, offset, inverse_i, inverse_j)


@compiled
def sum_columns(x: Words, y: Words, rows: int, prefix: Words, flags: Words) -> None:
    """The sums over `rows` of points that lie row by row, ``len(flags)`` points a row, into the first row."""
    groups = flags.shape[0]
    while rows > 1:
        kept = (rows + 1) // 2
        add_pairs(x, y, (rows - kept) * groups, kept * groups, prefix, flags)
        rows = kept
