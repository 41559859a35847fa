"""Points from comb tables by signed digits, into rows of points to be summed.

The *uniform* lookups read all rows of a window, whatever the digit: no address depends on a secret. The *indexed* ones
read one row, which is faster and shows the digit to whoever shares the cache. Row j of window i holds 2 j + 1 times
2^(w i) times the base point; the sign is the top bit of B (`gbcs.kernels.recoding`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numpy.typing import NDArray

from gbcs.kernels import ifma
from gbcs.kernels.compilation import compiled, intrinsic
from gbcs.kernels.elements import Element, form_of, lanes_of, select, store, zero_p
from gbcs.kernels.group import Words
from gbcs.kernels.memory import address

Digits = NDArray[np.uint8]
_INDEX = ir.IntType(64)
_VECTOR = ir.VectorType(ir.IntType(64), 8)


@compiled
def _put(x: Words, y: Words, at: int, point_x: Any, point_y: Any, negative: Any) -> None:
    store(x, at, point_x)
    store(y, at, select(negative, zero_p(x) - point_y, point_y))


def _point(context: Any, b: ir.IRBuilder, kind: Any, words: list[ir.Value]) -> ir.Value:
    """The tuple of two elements whose eight words these are."""
    emitter = kind[0].emitter
    return context.make_tuple(b, kind, [emitter.from_words(b, half) for half in (words[:4], words[4:])])


@intrinsic
def _gathered(_context: Any, array: Any, table: Any, positions: Any) -> Any:
    """The points in the rows of a table, one a lane, in the form of the array's elements."""
    element = Element("p", form_of(array), 0, 1, carried=True)
    result = types.UniTuple(element, 2)

    def emit(context: Any, b: ir.IRBuilder, _sig: Any, args: list[ir.Value]) -> ir.Value:
        rows = []
        for lane in range(element.emitter.LANES):
            position = b.load(address(context, b, positions, args[2], _INDEX(lane)))
            row = address(context, b, table, args[1], position, _INDEX(0))
            rows.append(b.load(b.bitcast(row, _VECTOR.as_pointer()), align=8))
        if element.form == "scalar":
            return _point(context, b, result, [b.extract_element(rows[0], _INDEX(i)) for i in range(8)])
        return _point(context, b, result, _transposed(b, rows))

    return result(array, table, positions), emit


def _transposed(b: ir.IRBuilder, rows: list[ir.Value]) -> list[ir.Value]:
    """Vector i of the i-th words of eight vectors, in three steps of words, pairs and quadruples."""
    for size in (1, 2, 4):
        low = [block + (i if i < size else 8 + i - size) for block in range(0, 8, 2 * size) for i in range(2 * size)]
        for i in (i for i in range(8) if not i & size):
            high = [k + size for k in low]
            rows[i], rows[i + size] = (
                b.shuffle_vector(rows[i], rows[i + size], ir.Constant(ir.VectorType(ir.IntType(32), 8), order))
                for order in (low, high)
            )
    return rows


@intrinsic
def _scanned(_context: Any, array: Any, table: Any, first: Any, count: Any, wanted: Any) -> Any:
    """The point in row first + wanted of a table, found by reading all `count` rows from `first` on."""
    element = Element("p", form_of(array), 0, 1, carried=True)
    result = types.UniTuple(element, 2)

    def emit(context: Any, b: ir.IRBuilder, sig: Any, args: list[ir.Value]) -> ir.Value:
        start, rows, choice = (context.cast(b, args[k], sig.args[k], types.intp) for k in (2, 3, 4))
        address(context, b, table, args[1], b.sub(b.add(start, rows), _INDEX(1)), _INDEX(7))
        base = b.bitcast(address(context, b, table, args[1], start, _INDEX(0)), _VECTOR.as_pointer())
        total = cgutils.alloca_once_value(b, ir.Constant(_VECTOR, None))
        with cgutils.for_range(b, rows) as loop:
            mask = b.sext(b.icmp_unsigned("==", loop.index, choice), _INDEX)
            masks = b.shuffle_vector(
                b.insert_element(ir.Constant(_VECTOR, ir.Undefined), mask, _INDEX(0)),
                ir.Constant(_VECTOR, ir.Undefined),
                ir.Constant(ir.VectorType(ir.IntType(32), 8), [0] * 8),
            )
            row = b.load(b.gep(base, [loop.index]), align=8)
            b.store(b.or_(b.load(total), b.and_(row, masks)), total)
        found = b.load(total)
        return _point(context, b, result, [b.extract_element(found, _INDEX(i)) for i in range(8)])

    return result(array, table, first, count, wanted), emit


@compiled
def place_indexed(
    table: Words, base: NDArray[np.int64], digits: Digits, width: int, x: Words, y: Words, row: int
) -> None:
    """Points by address, for public digits or where the cache channel is accepted.

    Args:
        table: shape (tables · windows · rows, 8): x and y, four words each.
        base: where each item's table begins.
        digits: shape (windows, count).
        x, y: elements, a group of lanes after the other; written from `row` · groups on.
    """
    windows, count = digits.shape
    lanes = lanes_of(x)
    groups = count // lanes
    half = 1 << (width - 1)
    positions = np.empty(lanes, np.int64)
    for window in range(windows):
        for group in range(groups):
            negative = np.uint64(0)
            for lane in range(lanes):
                digit = np.int64(digits[window, group * lanes + lane])
                sign = (digit >> (width - 1)) - 1  # all ones if negative
                positions[lane] = base[group * lanes + lane] + window * half + ((digit ^ sign) & (half - 1))
                negative |= np.uint64(sign & 1) << np.uint64(lane)
            point_x, point_y = _gathered(x, table, positions)
            _put(x, y, (row + window) * groups + group, point_x, point_y, negative)


@compiled
def place_scanning(table: Words, digits: Digits, width: int, x: Words, y: Words) -> None:
    """Uniform lookup, one item at a time: every row is read and all but one masked away. Arguments as above."""
    windows, count = digits.shape
    half = 1 << (width - 1)
    for window in range(windows):
        for item in range(count):
            digit = np.int64(digits[window, item])
            sign = (digit >> (width - 1)) - 1
            point_x, point_y = _scanned(x, table, window * half, half, (digit ^ sign) & (half - 1))
            _put(x, y, window * count + item, point_x, point_y, np.uint64(sign & 1))


def _splat(value: int) -> ir.Constant:
    return ir.Constant(_VECTOR, [value] * 8)


def _permute(b: ir.IRBuilder, low: ir.Value, index: ir.Value, high: ir.Value) -> ir.Value:
    """For each lane the one of 16 words that the low 4 bits of its index name (VPERMI2Q)."""
    name = "llvm.x86.avx512.vpermi2var.q.512"
    kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
    function = b.module.globals.get(name) or ir.Function(b.module, kind, name)
    return b.call(function, [low, index, high])


@intrinsic
def _permuted(_context: Any, array: Any, table: Any, window: Any, coordinate: Any, digits: Any, group: Any) -> Any:
    """A coordinate (0: x, 1: y) of eight points, by a permutation of registers; and the bits of the negative lanes."""
    kind = Element("p", "ifma", 0, 1, carried=True)

    def emit(context: Any, b: ir.IRBuilder, sig: Any, args: list[ir.Value]) -> ir.Value:
        word = ir.IntType(64)
        i, part, lanes = (context.cast(b, args[k], sig.args[k], types.intp) for k in (2, 3, 5))
        lanes = b.mul(lanes, word(8))
        address(context, b, digits, args[4], i, b.add(lanes, word(7)))
        octets = b.bitcast(address(context, b, digits, args[4], i, lanes), ir.VectorType(ir.IntType(8), 8).as_pointer())
        digit = b.zext(b.load(octets, align=1), _VECTOR)
        negative = b.icmp_unsigned("<", digit, _splat(32))
        digit = b.select(negative, b.xor(digit, _splat(31)), b.and_(digit, _splat(31)))
        upper = b.icmp_unsigned(">=", digit, _splat(16))
        limbs = []
        for limb in range(ifma.LIMBS):
            row = b.add(b.mul(part, word(ifma.LIMBS)), word(limb))
            rows = b.bitcast(address(context, b, table, args[1], i, row), _VECTOR.as_pointer())
            quarters = [b.load(b.gep(rows, [word(k)]), align=8) for k in range(4)]
            low = _permute(b, quarters[0], digit, quarters[1])
            high = _permute(b, quarters[2], digit, quarters[3])
            limbs.append(b.select(upper, high, low))
        element = ir.Constant(ifma.TYPE, ir.Undefined)
        for k, value in enumerate(limbs):
            element = b.insert_value(element, value, k)
        bits = b.zext(b.bitcast(negative, ir.IntType(8)), word)
        return context.make_tuple(b, sig.return_type, [element, bits])

    result = types.Tuple([kind, types.uint64])
    return result(array, table, window, coordinate, digits, group), emit


@compiled
def place_permuting(table: Words, digits: Digits, x: Words, y: Words) -> None:
    """Uniform lookup for eight items at a time and digits of 6 bits.

    Args:
        table: shape (windows, 10, 32): for each limb of x and y, the limb of all 32 rows.
        digits, x, y: as above.
    """
    windows, count = digits.shape
    groups = count // 8
    for window in range(windows):
        for group in range(groups):
            point_x, negative = _permuted(x, table, window, 0, digits, group)
            point_y, negative = _permuted(x, table, window, 1, digits, group)
            _put(x, y, window * groups + group, point_x, point_y, negative)
