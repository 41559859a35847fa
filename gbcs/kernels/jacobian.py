"""Points in Jacobian coordinates: (X / Z^2, Y / Z^3)."""

from __future__ import annotations

from typing import Any

from gbcs.kernels.compilation import compiled
from gbcs.kernels.elements import contract, load_p, one_p, square, store
from gbcs.kernels.group import INVERT_P, Words, power


@compiled
def double(x: Any, y: Any, z: Any) -> Any:
    """2 (x, y, z), for a curve with a = -3 (Bernstein and Lange, Explicit-Formulas Database, dbl-2001-b)."""
    delta, gamma = square(z), square(y)
    beta = x * gamma
    tangent = (x - delta) * (x + delta)
    alpha = contract(tangent + tangent + tangent)
    beta4 = contract(beta + beta + beta + beta)
    gamma4 = square(gamma + gamma)
    x3 = contract(square(alpha) - beta4 - beta4)
    y3 = contract(alpha * (beta4 - x3) - gamma4 - gamma4)
    half_z = y * z
    return x3, y3, contract(half_z + half_z)


@compiled
def double_repeatedly(x: Words, y: Words, z: Words, prefix: Words) -> None:
    """Writes 2^i (x, y)[0] at index i, affine.

    Args:
        x, y: elements; the first is given, the others are written.
        z: as many elements, scratch.
        prefix: 16 elements more than that, scratch.
    """
    store(z, 0, one_p(z))
    for i in range(1, x.shape[0]):
        x3, y3, z3 = double(load_p(x, i - 1), load_p(y, i - 1), load_p(z, i - 1))
        store(x, i, x3)
        store(y, i, y3)
        store(z, i, z3)
    normalise(x, y, z, prefix)


@compiled
def normalise(x: Words, y: Words, z: Words, prefix: Words) -> None:
    """Makes points affine, with one inversion for all; arguments as above, no z is zero."""
    count = x.shape[0]
    product = one_p(z)
    for i in range(count):
        store(prefix, i, product)
        product = product * load_p(z, i)
    inverse = power(product, INVERT_P, prefix[count:])
    for i in range(count - 1, -1, -1):
        own = inverse * load_p(prefix, i)
        inverse = inverse * load_p(z, i)
        squared = square(own)
        store(x, i, load_p(x, i) * squared)
        store(y, i, load_p(y, i) * (squared * own))
