"""The P-256 kernels, in both forms, beside their twins in plain Python: random numbers and every edge."""

from __future__ import annotations

import random

import numpy as np
import pytest

from gbcs.kernels import ecdsa, reference
from gbcs.kernels.curve import B, G, N, P
from gbcs.kernels.p256 import MULTIPLE, TABLE_ROWS, Curve
from gbcs.kernels.reference import Point, multiply, numbers, words_of

_RANDOM = random.Random(186)
#: Numbers at which something changes: near 0, near n, near p, near powers of two, single bits, sparse and full words.
_EDGES = [1, 2, 3, 4, N - 1, N - 2, N - 3, N // 2, N // 2 + 1, 2**255, 2**255 - 1, 2**128, 2**128 - 1, 2**64, 2**32 - 1]
_SCALARS = [*_EDGES, *(2**i for i in range(7, 255, 31)), *(2**i - 1 for i in range(6, 256, 50))]
_SCALARS += [_RANDOM.randrange(1, N) for _ in range(-len(_SCALARS) % MULTIPLE + MULTIPLE)]


def _random(count: int) -> list[int]:
    return [_RANDOM.randrange(1, N) for _ in range(count)]


def _point(scalar: int) -> tuple[int, int]:
    point = multiply(scalar, G)
    assert point is not None
    return point


@pytest.mark.parametrize("uniform", [True, False])
def test_signatures_are_the_references(curve: Curve, uniform: bool) -> None:
    nonces, private = words_of(_SCALARS), words_of(_random(len(_SCALARS)))
    digests = words_of([0, 1, N - 1, N, N + 1, 2**256 - 1, *_random(len(_SCALARS) - 6)])
    r, s, sure = curve.sign(nonces, private, digests, uniform=uniform)
    wanted_r, wanted_s, _ = reference.sign(nonces, private, digests)
    assert sure.all()
    np.testing.assert_array_equal(r, wanted_r)
    np.testing.assert_array_equal(s, wanted_s)


def test_a_signature_with_s_zero_is_not_sure(curve: Curve) -> None:
    nonces, private, digests = (_random(MULTIPLE) for _ in range(3))
    digests[5] = -_point(nonces[5])[0] * private[5] % N  # z + r d = 0
    r, s, sure = curve.sign(words_of(nonces), words_of(private), words_of(digests), uniform=True)
    assert list(np.flatnonzero(~sure)) == [5]
    wanted_r, wanted_s, _ = reference.sign(words_of(nonces), words_of(private), words_of(digests))
    np.testing.assert_array_equal(r, wanted_r)
    np.testing.assert_array_equal(s, wanted_s)


def test_all_equal_items_are_signed_alike(curve: Curve) -> None:
    nonces, private, digests = (words_of(_random(1) * MULTIPLE) for _ in range(3))
    r, s, sure = curve.sign(nonces, private, digests, uniform=True)
    assert sure.all()
    assert (r == r[:, :1]).all()
    assert (s == s[:, :1]).all()
    np.testing.assert_array_equal(s[:, :1], reference.sign(nonces[:, :1], private[:, :1], digests[:, :1])[1])


def _signed(private: list[int]) -> tuple[list[int], list[int], list[int]]:
    digests = _random(len(private))
    r, s, _ = reference.sign(words_of(_random(len(private))), words_of(private), words_of(digests))
    return list(numbers(r)), list(numbers(s)), digests


def test_verification_by_several_keys(curve: Curve) -> None:
    keys = _random(5)
    which = [_RANDOM.randrange(len(keys)) for _ in range(2 * MULTIPLE)]
    r, s, digests = _signed([keys[i] for i in which])
    damaged = {3: r, 9: s, 20: digests}
    for item, values in damaged.items():
        values[item] = values[item] % (N - 1) + 1
    points: list[Point] = [_point(key) for key in keys]
    table = np.concatenate([curve.indexed_table(point) for point in points if point])
    bases = np.array(which) * TABLE_ROWS
    arguments = words_of(r), words_of(s), words_of(digests)
    valid, sure = curve.verify(table, bases, *arguments)
    assert sure.all()
    assert set(np.flatnonzero(~valid)) == set(damaged)
    np.testing.assert_array_equal(valid, reference.verify([points[i] for i in which], *arguments))


def test_exceptional_points_spoil_only_their_own_lane(curve: Curve) -> None:
    """Where the sum is the point at infinity the formulas do not hold; where u1 G = u2 Q or u1 = 0 they may not."""
    [key] = _random(1)
    r, s, digests = _signed([key] * MULTIPLE)
    digests[2] = r[2] * key % N
    digests[4] = -r[4] * key % N  # u1 G = -u2 Q
    digests[6], digests[8] = 0, N
    table = curve.indexed_table(_point(key))
    valid, sure = curve.verify(table, np.zeros(MULTIPLE, np.int64), words_of(r), words_of(s), words_of(digests))
    assert not sure[4]
    assert sure[[i for i in range(MULTIPLE) if i not in {2, 4, 6, 8}]].all()
    wanted = reference.verify([_point(key)] * MULTIPLE, words_of(r), words_of(s), words_of(digests))
    np.testing.assert_array_equal(valid[sure], wanted[sure])


def test_keys_related_to_the_generator(curve: Curve) -> None:
    """The tables of G and of its small multiples share points, so sums meet equal coordinates half-way."""
    unsure = 0
    for key in (1, 2, 3, N - 1, N - 2, 2**8, 2**248):
        r, s, digests = _signed([key] * MULTIPLE)
        arguments = words_of(r), words_of(s), words_of(digests)
        valid, sure = curve.verify(curve.indexed_table(_point(key)), np.zeros(MULTIPLE, np.int64), *arguments)
        assert valid[sure].all()
        unsure += np.count_nonzero(~sure)
    assert unsure


def test_r_is_compared_modulo_n(curve: Curve) -> None:
    """x of the sum may exceed n; (x - n) is r then. A point with such an x, by search from p downwards."""
    x = next(x for x in range(P - 1, N, -1) if pow(x**3 - 3 * x + B, (P - 1) // 2, P) == 1)
    y = pow(x**3 - 3 * x + B, (P + 1) // 4, P)
    r = x - N
    # With Q = r^-1 (s R - z G) the signature (r, s) of z has the sum R.
    z, s = 12345, 67890
    offset = multiply(-z % N, G)
    public = multiply(pow(r, -1, N), reference.add(multiply(s, (x, y)), offset))
    assert public is not None
    arguments = (words_of([value] * MULTIPLE) for value in (r, s, z))
    valid, sure = curve.verify(curve.indexed_table(public), np.zeros(MULTIPLE, np.int64), *arguments)
    assert valid.all()
    assert sure.all()


@pytest.mark.parametrize("uniform", [True, False])
def test_shared_secrets(curve: Curve, uniform: bool) -> None:
    point = _point(_random(1)[0])
    table = curve.uniform_table(point) if uniform else curve.indexed_table(point)
    secrets, sure = curve.agree(table, words_of(_SCALARS), uniform=uniform)
    assert sure.all()
    np.testing.assert_array_equal(secrets, reference.agree(point, words_of(_SCALARS)))


def test_shared_secrets_with_a_point_each(curve: Curve) -> None:
    points = [_point(scalar) for scalar in (1, 2, N - 1, *_random(len(_SCALARS) - 3))]
    x, y = (words_of([point[i] for point in points]) for i in (0, 1))
    private = words_of(_SCALARS[::-1])
    secrets, sure = curve.agree_each(x, y, private)
    assert sure.all()
    wanted = [reference.agree(point, private[:, i : i + 1]) for i, point in enumerate(points)]
    np.testing.assert_array_equal(secrets, np.concatenate(wanted, axis=1))


def test_range_and_reduction_modulo_n() -> None:
    values = [0, 1, N - 1, N, N + 1, 2**256 - 1, 2**64 - 1, N - 2**64, N + 2**64, N - 2**128, N - 2**192, 2**255]
    words = words_of(values)
    inside = np.empty(len(values), np.bool_)
    ecdsa.are_scalars(words, inside)
    assert inside.tolist() == [1 <= value < N for value in values]
    ecdsa.reduce_modulo_n(words)
    assert list(numbers(words)) == [value % N for value in values]
