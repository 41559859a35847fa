"""Scalar multiplication where every lane has its own point: fixed windows of 5 bits over Jacobian doublings."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gbcs.kernels.compilation import compiled
from gbcs.kernels.elements import (
    contract,
    enter_montgomery,
    lanes_of,
    load_p,
    one_p,
    raw_p,
    select,
    square,
    store,
    zero_lanes,
    zero_p,
)
from gbcs.kernels.group import Words
from gbcs.kernels.jacobian import double

#: Bits of a digit.
WIDTH = 5
ROWS = 1 << (WIDTH - 1)


@compiled
def start_doublings(point_x: Words, point_y: Words, x: Words, y: Words, z: Words, groups: int) -> None:
    """Writes 2^i times each point at i · groups + group, for i below `WIDTH`, in Jacobian coordinates.

    The points come in words of shape (4, lanes · groups).
    """
    for group in range(groups):
        store(x, group, enter_montgomery(raw_p(x, point_x, group)))
        store(y, group, enter_montgomery(raw_p(y, point_y, group)))
        store(z, group, one_p(z))
        for i in range(1, WIDTH):
            before, at = (i - 1) * groups + group, i * groups + group
            x3, y3, z3 = double(load_p(x, before), load_p(y, before), load_p(z, before))
            store(x, at, x3)
            store(y, at, y3)
            store(z, at, z3)


@compiled
def _add(x1: Any, y1: Any, z1: Any, x2: Any, y2: Any) -> Any:
    """(x1, y1, z1) + (x2, y2), Jacobian and affine (Explicit-Formulas Database, madd); z is 0 where the x are equal."""
    squared = square(z1)
    h = x2 * squared - x1
    r = y2 * (z1 * squared) - y1
    h2 = square(h)
    h3, v = h * h2, x1 * h2
    x3 = contract(square(r) - h3 - v - v)
    return x3, contract(r * (v - x3) - y1 * h3), contract(z1 * h)


@compiled
def _look_up(x: Words, y: Words, groups: int, group: int, digits: NDArray[np.uint8]) -> Any:
    """The points of the lanes' digits; all rows are read, whatever the digits."""
    lanes = lanes_of(x)
    point_x, point_y = load_p(x, group), load_p(y, group)
    for row in range(1, ROWS):
        chosen = np.uint64(0)
        for lane in range(lanes):
            digit = np.int64(digits[group * lanes + lane])
            sign = (digit >> (WIDTH - 1)) - 1  # all ones if negative
            chosen |= np.uint64(((digit ^ sign) & (ROWS - 1)) == row) << np.uint64(lane)
        at = row * groups + group
        point_x, point_y = select(chosen, load_p(x, at), point_x), select(chosen, load_p(y, at), point_y)
    negative = np.uint64(0)
    for lane in range(lanes):
        negative |= np.uint64(digits[group * lanes + lane] < ROWS) << np.uint64(lane)
    return point_x, contract(select(negative, zero_p(x) - point_y, point_y))


@compiled
def multiply_each(
    table_x: Words, table_y: Words, digits: NDArray[np.uint8], x: Words, y: Words, z: Words, flags: Words
) -> None:
    """scalar · point for each lane, in Jacobian coordinates.

    Args:
        table_x, table_y: affine odd multiples of the points, multiple 2 row + 1 at row · groups + group.
        digits: shape (windows, lanes · groups), see `gbcs.kernels.recoding`.
        x, y, z: an element a group, written; z is 1 where the sum met equal points.
        flags: a word for each group, written: those lanes' bits.
    """
    groups = flags.shape[0]
    for group in range(groups):
        point_x, point_y = _look_up(table_x, table_y, groups, group, digits[len(digits) - 1])
        total_x, total_y, total_z = point_x, point_y, contract(one_p(x))
        for window in range(len(digits) - 2, -1, -1):
            for _ in range(WIDTH):
                total_x, total_y, total_z = double(total_x, total_y, total_z)
            point_x, point_y = _look_up(table_x, table_y, groups, group, digits[window])
            total_x, total_y, total_z = _add(total_x, total_y, total_z, point_x, point_y)
        flags[group] = zero_lanes(total_z)
        store(x, group, total_x)
        store(y, group, total_y)
        store(z, group, select(flags[group], one_p(x), total_z))
