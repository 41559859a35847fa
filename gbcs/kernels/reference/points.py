"""P-256 by its textbook formulas on Python's numbers: points, ECDSA (FIPS 186-5, 6.4) and key agreement."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gbcs.kernels.curve import G, N, P

Words = NDArray[np.uint64]
Flags = NDArray[np.bool_]
Point = tuple[int, int] | None  #: None is the point at infinity


def add(one: Point, other: Point) -> Point:
    """The sum of two points."""
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    rise, run = (3 * (x1 * x1 - 1), 2 * y1) if one == other else (y2 - y1, x2 - x1)
    slope = rise * pow(run, -1, P)
    x = (slope * slope - x1 - x2) % P
    return x, (slope * (x1 - x) - y1) % P


def multiply(scalar: int, point: Point) -> Point:
    """scalar · point."""
    total: Point = None
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point = add(point, point)
        scalar >>= 1
    return total


def numbers(words: Words) -> Iterator[int]:
    """The numbers in words of shape (4, count)."""
    for column in words.T.tolist():
        yield sum(word << 64 * i for i, word in enumerate(column))


def words_of(values: list[int]) -> Words:
    """The inverse of `numbers`."""
    return np.array([[value >> 64 * i & 2**64 - 1 for value in values] for i in range(4)], np.uint64)


def sign(nonces: Words, private: Words, digests: Words) -> tuple[Words, Words, Flags]:
    """Twin of `gbcs.kernels.p256.Curve.sign`."""
    pairs = []
    for k, d, z in zip(numbers(nonces), numbers(private), numbers(digests), strict=True):
        point = multiply(k, G)
        r = point[0] % N if point else 0
        pairs.append((r, pow(k, -1, N) * (z + r * d) % N))
    sure = np.array([r != 0 and s != 0 for r, s in pairs], np.bool_)
    return words_of([r for r, _ in pairs]), words_of([s for _, s in pairs]), sure


def verify(points: list[Point], r: Words, s: Words, digests: Words) -> Flags:
    """Twin of `gbcs.kernels.p256.Curve.verify`, by points instead of tables; always sure."""
    answers = []
    for point, r_i, s_i, z in zip(points, numbers(r), numbers(s), numbers(digests), strict=True):
        inverse = pow(s_i, -1, N)
        found = add(multiply(z * inverse % N, G), multiply(r_i * inverse % N, point))
        answers.append(found is not None and found[0] % N == r_i)
    return np.array(answers, np.bool_)


def agree(point: Point, private: Words) -> Words:
    """Twin of `gbcs.kernels.p256.Curve.agree`, by point instead of table."""
    products = [multiply(d, point) for d in numbers(private)]
    return words_of([product[0] if product else 0 for product in products])
