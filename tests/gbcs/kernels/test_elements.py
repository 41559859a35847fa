"""Field elements modulo p and n, in both forms, beside Python's numbers."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import numba
import numpy as np
import pytest

from gbcs.kernels import ifma
from gbcs.kernels.curve import N, P
from gbcs.kernels.elements import (
    enter_montgomery,
    leave_montgomery,
    load_n,
    load_p,
    put_words,
    raw_n,
    raw_p,
    square,
    store,
)
from gbcs.kernels.group import INVERT_N, INVERT_P, Words, power
from gbcs.kernels.p256 import Curve
from gbcs.kernels.reference import numbers, words_of

_RANDOM = random.Random(52)
_EDGES = [0, 1, 2, 2**52 - 1, 2**64 - 1, 2**64, 2**128, 2**192 - 1, 2**224, 2**255, 2**256 - 2**32]


def _calculator(raw: Any, load: Any, exponent: Any) -> Any:
    """A kernel that writes sum, difference, product, square and inverse of two columns."""

    @numba.njit
    def calculate(x: Words, y: Words, elements: Words, results: Words) -> None:
        for group in range(x.shape[1] // (1 if elements.ndim == 2 else 8)):
            store(elements, 0, enter_montgomery(raw(elements, x, group)))
            store(elements, 1, enter_montgomery(raw(elements, y, group)))
            a, b = load(elements, 0), load(elements, 1)
            put_words(results[0], group, leave_montgomery(a + b))
            put_words(results[1], group, leave_montgomery(a - b))
            put_words(results[2], group, leave_montgomery(a * b))
            put_words(results[3], group, leave_montgomery(square(a)))
            put_words(results[4], group, leave_montgomery(power(b, exponent, elements[2:])))

    return calculate


@pytest.mark.parametrize("modulus", [P, N], ids=["p", "n"])
def test_arithmetic(curve: Curve, modulus: int) -> None:
    calculate = _calculator(raw_p, load_p, INVERT_P) if modulus == P else _calculator(raw_n, load_n, INVERT_N)
    edges = [*_EDGES, modulus - 1, modulus - 2, modulus // 2]
    pairs = [*product(edges, edges), *((_RANDOM.randrange(modulus), _RANDOM.randrange(modulus)) for _ in range(200))]
    pairs += [(3, 5)] * (-len(pairs) % curve.lanes)
    x, y = (words_of([pair[i] % modulus for pair in pairs]) for i in (0, 1))
    elements = np.empty((20, 4) if curve.form == "scalar" else (20, ifma.LIMBS, ifma.LANES), np.uint64)
    results = np.empty((5, 4, len(pairs)), np.uint64)
    calculate(x, y, elements, results)
    wanted = [
        [
            (a + b) % modulus,
            (a - b) % modulus,
            a * b % modulus,
            a * a % modulus,
            pow(b, -1, modulus) if b % modulus else 0,
        ]
        for a, b in pairs
    ]
    assert list(zip(*map(numbers, results), strict=True)) == [tuple(row) for row in wanted]
