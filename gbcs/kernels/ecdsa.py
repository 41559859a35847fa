"""The arithmetic modulo n around the point multiplications of ECDSA (FIPS 186-5, 6.4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gbcs.kernels.compilation import compiled
from gbcs.kernels.curve import N
from gbcs.kernels.elements import (
    enter_montgomery,
    leave_montgomery,
    load_n,
    load_p,
    modulo_n,
    one_n,
    put_words,
    raw_n,
    store,
)
from gbcs.kernels.group import INVERT_N, Words, power

_ORDER = np.array([N >> 64 * i & 2**64 - 1 for i in range(4)], np.uint64)


@compiled
def coordinates(x: Words, count: int, words: Words) -> None:
    """The first `count` groups of x as words of shape (4, lanes · count), below p."""
    for group in range(count):
        put_words(words, group, leave_montgomery(load_p(x, group)))


@compiled
def coordinates_modulo_n(x: Words, count: int, words: Words) -> None:
    """As `coordinates`, modulo n."""
    for group in range(count):
        put_words(words, group, modulo_n(leave_montgomery(load_p(x, group))))


@compiled
def invert_each(numbers: Words, prefix: Words, inverses: Words) -> None:
    """The inverses modulo n, as elements in Montgomery form, of numbers of which none is zero.

    Args:
        numbers: words, shape (4, count).
        prefix: room for an element a group and 16 more.
        inverses: an element a group, written.
    """
    groups = inverses.shape[0]
    product = one_n(prefix)
    for group in range(groups):
        store(prefix, group, product)
        product = product * enter_montgomery(raw_n(prefix, numbers, group))
    inverse = power(product, INVERT_N, prefix[groups:])
    for group in range(groups - 1, -1, -1):
        store(inverses, group, inverse * load_n(prefix, group))
        inverse = inverse * enter_montgomery(raw_n(prefix, numbers, group))


@compiled
def signature_values(r: Words, private: Words, digests: Words, inverses: Words, s: Words) -> None:
    """s = (digest + r · private) / nonce modulo n; `inverses` as `invert_each` gives them, the rest words."""
    for group in range(inverses.shape[0]):
        product = raw_n(inverses, r, group) * enter_montgomery(raw_n(inverses, private, group))
        put_words(s, group, (raw_n(inverses, digests, group) + product) * load_n(inverses, group))


@compiled
def verification_scalars(r: Words, digests: Words, inverses: Words, u1: Words, u2: Words) -> None:
    """u1 = digest / s and u2 = r / s modulo n; `inverses` of s as `invert_each` gives them, the rest words."""
    for group in range(inverses.shape[0]):
        inverse = load_n(inverses, group)
        put_words(u1, group, raw_n(inverses, digests, group) * inverse)
        put_words(u2, group, raw_n(inverses, r, group) * inverse)


@compiled
def are_scalars(numbers: Words, result: NDArray[np.bool_]) -> None:
    """Whether each number, words of shape (4, count), is in [1, n-1]."""
    for item in range(numbers.shape[1]):
        some = numbers[0, item] | numbers[1, item] | numbers[2, item] | numbers[3, item]
        result[item] = some != 0 and _is_below_n(numbers, item)


@compiled
def reduce_modulo_n(numbers: Words) -> None:
    """Numbers below 2^256, which is less than 2 n, modulo n, in place."""
    for item in range(numbers.shape[1]):
        if not _is_below_n(numbers, item):
            borrow = np.uint64(0)
            for i in range(4):
                word = numbers[i, item]
                less = word - _ORDER[i] - borrow
                borrow = np.uint64(word < _ORDER[i] or (word == _ORDER[i] and borrow != 0))
                numbers[i, item] = less


@compiled
def _is_below_n(numbers: Words, item: int) -> bool:
    for i in range(3, -1, -1):
        if numbers[i, item] != _ORDER[i]:
            return bool(numbers[i, item] < _ORDER[i])
    return False
