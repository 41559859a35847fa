"""Arrays as memory: octets moved and read as words; every access is checked where Numba checks indices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from gbcs.kernels.compilation import intrinsic

_INDEX = ir.IntType(64)


def address(context: Any, b: ir.IRBuilder, array: Any, value: ir.Value, *index: ir.Value) -> ir.Value:
    """The address of an item, or of the first one of those that the leading indices leave."""
    view = context.make_array(array)(context, b, value)
    if context.enable_boundscheck:
        shape = cgutils.unpack_tuple(b, view.shape)
        for axis, (i, length) in enumerate(zip(index, shape, strict=False)):
            cgutils.do_boundscheck(context, b, i, length, axis)
    rest = [_INDEX(0)] * (array.ndim - len(index))
    return cgutils.get_item_pointer(context, b, array, view, [*index, *rest], wraparound=False)


def _span(context: Any, b: ir.IRBuilder, array: Any, value: ir.Value, start: ir.Value, count: ir.Value) -> ir.Value:
    """The address of `count` octets from `start` on, in a contiguous array; both ends are checked."""
    if context.enable_boundscheck:
        last = b.select(b.icmp_signed(">", count, _INDEX(0)), b.sub(b.add(start, count), _INDEX(1)), _INDEX(0))
        address(context, b, array, value, last)
    view = context.make_array(array)(context, b, value)
    return cgutils.get_item_pointer(context, b, array, view, [start], wraparound=False)


@intrinsic
def copy(_context: Any, target: Any, at: Any, source: Any, start: Any, count: Any) -> Any:
    """target[at : at + count] = source[start : start + count], of octets in contiguous arrays that do not overlap."""

    def emit(context: Any, b: ir.IRBuilder, sig: Any, args: list[ir.Value]) -> ir.Value:
        to, origin, length = (context.cast(b, args[i], sig.args[i], types.intp) for i in (1, 3, 4))
        write = _span(context, b, target, args[0], to, length)
        cgutils.raw_memcpy(b, write, _span(context, b, source, args[2], origin, length), length, 1)
        return context.get_dummy_value()

    return types.none(target, at, source, start, count), emit


@intrinsic
def clear(_context: Any, target: Any, at: Any, count: Any) -> Any:
    """target[at : at + count] = 0, of octets in a contiguous array."""

    def emit(context: Any, b: ir.IRBuilder, sig: Any, args: list[ir.Value]) -> ir.Value:
        to, length = (context.cast(b, args[i], sig.args[i], types.intp) for i in (1, 2))
        cgutils.memset(b, _span(context, b, target, args[0], to, length), length, 0)
        return context.get_dummy_value()

    return types.none(target, at, count), emit


def _swapped(b: ir.IRBuilder, word: ir.Value) -> ir.Value:
    name = f"llvm.bswap.i{word.type.width}"
    kind = ir.FunctionType(word.type, [word.type])
    return b.call(b.module.globals.get(name) or ir.Function(b.module, kind, name), [word])


def _reader(width: int, kind: Any) -> Callable[..., Any]:
    def read(_context: Any, octets: Any, at: Any) -> Any:
        def emit(context: Any, b: ir.IRBuilder, sig: Any, args: list[ir.Value]) -> ir.Value:
            start = context.cast(b, args[1], sig.args[1], types.intp)
            place = _span(context, b, octets, args[0], start, _INDEX(width // 8))
            return _swapped(b, b.load(b.bitcast(place, ir.IntType(width).as_pointer()), align=1))

        return kind(octets, at), emit

    return intrinsic(read)


def _writer(width: int, kind: Any) -> Callable[..., Any]:
    def write(_context: Any, octets: Any, at: Any, word: Any) -> Any:
        def emit(context: Any, b: ir.IRBuilder, sig: Any, args: list[ir.Value]) -> ir.Value:
            start = context.cast(b, args[1], sig.args[1], types.intp)
            place = _span(context, b, octets, args[0], start, _INDEX(width // 8))
            value = _swapped(b, context.cast(b, args[2], sig.args[2], kind))
            b.store(value, b.bitcast(place, ir.IntType(width).as_pointer()), align=1)
            return context.get_dummy_value()

        return types.none(octets, at, word), emit

    return intrinsic(write)


#: ``word32(octets, at)``: the big-endian number in octets[at : at + 4], and so on.
word16, word32, word64 = _reader(16, types.uint16), _reader(32, types.uint32), _reader(64, types.uint64)
#: ``put_word32(octets, at, number)``: the inverse.
put_word32, put_word64 = _writer(32, types.uint32), _writer(64, types.uint64)
