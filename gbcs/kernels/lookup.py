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
from numpy.typing import NDArray

from gbcs.kernels import ifma
from gbcs.kernels.compilation import compiled, intrinsic
from gbcs.kernels.elements import Element, raw_p, select, store, zero_p
from gbcs.kernels.group import Words
from gbcs.kernels.memory import address

Digits = NDArray[np.uint8]
_VECTOR = ir.VectorType(ir.IntType(64), 8)


@compiled
def _put(x: Words, y: Words, at: int, point_x: Any, point_y: Any, negative: Any) -> None:
    store(x, at, point_x)
    store(y, at, select(negative, zero_p(x) - point_y, point_y))


@compiled
def place_indexed(
    table: Words, base: NDArray[np.int64], digits: Digits, width: int, words: Words, x: Words, y: Words, row: int
) -> None:
    """Points by address, for public digits or where the cache channel is accepted.

    Args:
        table: shape (tables · windows · rows, 8): x and y, four words each.
        base: where each item's table begins.
        digits: shape (windows, count).
        words: shape (8, lanes), room for the points of one group.
        x, y: elements, a group of lanes after the other; written from `row` · groups on.
    """
    windows, count = digits.shape
    lanes = words.shape[1]
    half = 1 << (width - 1)
    for window in range(windows):
        for group in range(count // lanes):
            negative = np.uint64(0)
            for lane in range(lanes):
                digit = np.int64(digits[window, group * lanes + lane])
                sign = (digit >> (width - 1)) - 1  # all ones if negative
                at = base[group * lanes + lane] + window * half + ((digit ^ sign) & (half - 1))
                negative |= np.uint64(sign & 1) << np.uint64(lane)
                for i in range(8):
                    words[i, lane] = table[at, i]
            at = (row + window) * (count // lanes) + group
            _put(x, y, at, raw_p(x, words[:4], 0), raw_p(x, words[4:], 0), negative)


@compiled
def place_scanning(table: Words, digits: Digits, width: int, words: Words, x: Words, y: Words) -> None:
    """Uniform lookup, one item at a time: every row is read and all but one masked away. Arguments as above."""
    windows, count = digits.shape
    half = 1 << (width - 1)
    for window in range(windows):
        for item in range(count):
            digit = np.int64(digits[window, item])
            sign = (digit >> (width - 1)) - 1
            wanted = (digit ^ sign) & (half - 1)
            a = b = c = d = e = f = g = h = np.uint64(0)
            for row in range(half):
                difference = np.uint64(row ^ wanted)
                mask = ((difference - np.uint64(1)) & ~difference) >> np.uint64(63)
                mask = np.uint64(0) - mask
                at = window * half + row
                a |= table[at, 0] & mask
                b |= table[at, 1] & mask
                c |= table[at, 2] & mask
                d |= table[at, 3] & mask
                e |= table[at, 4] & mask
                f |= table[at, 5] & mask
                g |= table[at, 6] & mask
                h |= table[at, 7] & mask
            words[0, 0], words[1, 0], words[2, 0], words[3, 0] = a, b, c, d
            words[4, 0], words[5, 0], words[6, 0], words[7, 0] = e, f, g, h
            _put(x, y, window * count + item, raw_p(x, words[:4], 0), raw_p(x, words[4:], 0), np.uint64(sign & 1))


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
