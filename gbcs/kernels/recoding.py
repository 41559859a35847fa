"""Scalars as odd signed digits: no digit is zero, so none of the points that are added is the point at infinity.

For odd k below 2^(w n), with B the n digits to the base 2^w of (k >> 1) with bit w n - 1 set, k is the sum of
(2 B_i - (2^w - 1)) 2^(w i) (Joye and Tunstall, "Exponent recoding and regular exponentiation algorithms", 2009). For
even k the digits of n - k are complemented, which changes every sign.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gbcs.kernels.compilation import compiled
from gbcs.kernels.curve import N
from gbcs.kernels.group import Words

_ORDER = np.array([N >> 64 * i & 2**64 - 1 for i in range(4)], np.uint64)


@compiled
def recode(scalars: Words, width: int, digits: NDArray[np.uint8]) -> None:
    """The digits B of scalars below n.

    No branch and no address depends on a scalar.

    Args:
        scalars: shape (4, count).
        width: w, from 2 to 8.
        digits: shape (windows, count), written; windows · width is at least 256.
    """
    windows, count = digits.shape
    odd, even = np.empty((5, count), np.uint64), np.empty(count, np.uint64)
    _make_odd(scalars, odd, even)
    mask = np.uint64((1 << width) - 1)
    for window in range(windows):
        bit = window * width + 1
        low, high = odd[bit >> 6], odd[min((bit >> 6) + 1, 4)]
        shift = np.uint64(bit & 63)
        # Two steps, because a shift by 64 bits is none.
        rest = np.uint64(63) - shift
        top = np.uint64(1 << (width - 1)) if window == windows - 1 else np.uint64(0)
        for i in range(count):
            digit = low[i] >> shift | high[i] << rest << np.uint64(1) | top
            digits[window, i] = np.uint8((digit ^ even[i]) & mask)


@compiled
def _make_odd(scalars: Words, odd: Words, even: Words) -> None:
    """Each k, or n - k where k is even; there `even` is all ones."""
    for i in range(scalars.shape[1]):
        is_even = (scalars[0, i] & np.uint64(1)) - np.uint64(1)
        borrow = np.uint64(0)
        for j in range(4):
            word = scalars[j, i]
            difference = _ORDER[j] - word
            under = np.uint64(_ORDER[j] < word) | np.uint64(difference < borrow)
            odd[j, i] = ((difference - borrow) & is_even) | (word & ~is_even)
            borrow = under
        odd[4, i] = 0
        even[i] = is_even
