"""AES-128 and GHASH in the processor's own instructions: AES-NI, PCLMULQDQ and, where there are, their 512-bit forms.

GHASH (SP 800-38D, 6.4) works on byte-reversed blocks; the hash key is stored times x, which saves the shift of every
product, and four blocks share one reduction (Gueron and Kounavis, "Intel carry-less multiplication instruction and its
usage for computing the GCM mode", 2014).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import models, register_model

from gbcs.kernels.compilation import intrinsic
from gbcs.kernels.memory import address

_OCTET, _WORD, _INDEX = ir.IntType(8), ir.IntType(32), ir.IntType(64)
_BLOCK, _FOUR = ir.VectorType(_INDEX, 2), ir.VectorType(_INDEX, 8)
_ROUND_CONSTANTS = (0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1B, 0x36)
#: x^127 + x^126 + x^121 + 1 and the term that falls out at the top: the field's polynomial, reflected.
_POLYNOMIAL = 0xC2000000000000000000000000000001


class Block(types.Type):
    """The Numba type of one block of 16 octets in a register."""

    def __init__(self) -> None:
        super().__init__("Block")


class Powers(types.Type):
    """The Numba type of the hash key's powers, the fourth first."""

    def __init__(self) -> None:
        super().__init__("Powers")


BLOCK, POWERS = Block(), Powers()
#: The round keys.
SCHEDULE = types.UniTuple(BLOCK, 11)


@register_model(Block)
class _BlockModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Block) -> None:
        super().__init__(manager, kind, _BLOCK)


@register_model(Powers)
class _PowersModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Powers) -> None:
        super().__init__(manager, kind, _FOUR)


def _call(b: ir.IRBuilder, name: str, result: ir.Type, *values: ir.Value) -> ir.Value:
    kind = ir.FunctionType(result, [value.type for value in values])
    return b.call(b.module.globals.get(name) or ir.Function(b.module, kind, name), values)


def _shuffle(b: ir.IRBuilder, x: ir.Value, y: ir.Value, order: list[int]) -> ir.Value:
    return b.shuffle_vector(x, y, ir.Constant(ir.VectorType(_WORD, len(order)), order))


def _zero(kind: ir.Type) -> ir.Constant:
    return ir.Constant(kind, None)


def _reversed(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The octets of every block in reverse."""
    octets = ir.VectorType(_OCTET, x.type.count * 8)
    order = [block + i for block in range(0, octets.count, 16) for i in reversed(range(16))]
    return b.bitcast(_shuffle(b, b.bitcast(x, octets), _zero(octets), order), x.type)


def _load(context: Any, b: ir.IRBuilder, array: Any, value: ir.Value, row: ir.Value, kind: ir.VectorType) -> ir.Value:
    """The octets of a row, which has as many as the vector."""
    address(context, b, array, value, row, _INDEX(kind.count * 8 - 1))
    return b.load(b.bitcast(address(context, b, array, value, row, _INDEX(0)), kind.as_pointer()), align=1)


def _expand(b: ir.IRBuilder, key: ir.Value) -> Iterator[ir.Value]:
    """The eleven round keys (FIPS 197, 5.2)."""
    words = ir.VectorType(_WORD, 4)
    yield key
    for constant in _ROUND_CONSTANTS:
        assist = b.bitcast(_call(b, "llvm.x86.aesni.aeskeygenassist", _BLOCK, key, _OCTET(constant)), words)
        expanded = b.bitcast(key, words)
        expanded = b.xor(expanded, _shuffle(b, expanded, _zero(words), [4, 0, 1, 2]))
        expanded = b.xor(expanded, _shuffle(b, expanded, _zero(words), [4, 4, 0, 1]))
        key = b.bitcast(b.xor(expanded, _shuffle(b, assist, _zero(words), [3] * 4)), _BLOCK)
        yield key


def _round(b: ir.IRBuilder, number: int, block: ir.Value, key: ir.Value) -> ir.Value:
    """Round 0 to 10 of AES-128 of one block, or of four."""
    if number == 0:
        return b.xor(block, key)
    name = "llvm.x86.aesni.aesenc" + ("last" if number == len(_ROUND_CONSTANTS) else "")
    return _call(b, name + (".512" if block.type == _FOUR else ""), block.type, block, key)


@intrinsic
def schedule_and_encrypt(_context: Any, keys: Any, blocks: Any, item: Any) -> Any:
    """The key schedule of keys[item], and AES-128 of the zero block and of blocks[item] by it.

    Both arrays have the shape (count, 16). The schedule is made on the way of encrypting.
    """
    result = types.Tuple([SCHEDULE, BLOCK, BLOCK])

    def emit(context: Any, b: ir.IRBuilder, sig: Any, args: list[ir.Value]) -> ir.Value:
        i = context.cast(b, args[2], sig.args[2], types.intp)
        key = _load(context, b, keys, args[0], i, _BLOCK)
        states = [_zero(_BLOCK), _load(context, b, blocks, args[1], i, _BLOCK)]
        schedule = []
        for number, round_key in enumerate(_expand(b, key)):
            schedule.append(round_key)
            states = [_round(b, number, state, round_key) for state in states]
        return context.make_tuple(b, result, [context.make_tuple(b, SCHEDULE, schedule), *states])

    return result(keys, blocks, item), emit


@intrinsic
def add_keystream(_context: Any, schedule: Any, counters: Any, item: Any, number: Any, octets: Any, at: Any) -> Any:
    """octets[at : at + 64] ^= AES-128 of counters[item] and its three successors, `number` being the first's last word.

    `counters` has the shape (count, 16), `octets` is contiguous.
    """

    def emit(context: Any, b: ir.IRBuilder, sig: Any, args: list[ir.Value]) -> ir.Value:
        i, start = (context.cast(b, args[k], sig.args[k], types.intp) for k in (2, 5))
        words = ir.VectorType(_WORD, 16)
        first = b.trunc(context.cast(b, args[3], sig.args[3], types.intp), _WORD)
        numbers = b.insert_element(ir.Constant(words, ir.Undefined), first, _WORD(0))
        numbers = _shuffle(b, numbers, numbers, [0] * 16)
        numbers = b.add(numbers, ir.Constant(words, [k // 4 for k in range(16)]))
        numbers = _call(b, "llvm.bswap.v16i32", words, numbers)
        block = _load(context, b, counters, args[1], i, _BLOCK)
        blocks = b.bitcast(_shuffle(b, block, block, [0, 1] * 4), words)
        blocks = b.bitcast(_shuffle(b, blocks, numbers, [k + 16 * (k % 4 == 3) for k in range(16)]), _FOUR)
        keys = cgutils.unpack_tuple(b, args[0])
        if _is_wide(context, "vaes"):
            for k, key in enumerate(keys):
                blocks = _round(b, k, blocks, _shuffle(b, key, key, [0, 1] * 4))
        else:
            parts = [_quarter(b, blocks, k) for k in range(4)]
            for k, key in enumerate(keys):
                parts = [_round(b, k, part, key) for part in parts]
            blocks = _joined(b, parts)
        address(context, b, octets, args[4], b.add(start, _INDEX(63)))
        place = b.bitcast(address(context, b, octets, args[4], start), _FOUR.as_pointer())
        b.store(b.xor(b.load(place, align=1), blocks), place, align=1)
        return context.get_dummy_value()

    return types.none(schedule, counters, item, number, octets, at), emit


def _quarter(b: ir.IRBuilder, four: ir.Value, k: int) -> ir.Value:
    return _shuffle(b, four, _zero(four.type), [2 * k, 2 * k + 1])


def _joined(b: ir.IRBuilder, parts: list[ir.Value]) -> ir.Value:
    upper, lower = (_shuffle(b, parts[k], parts[k + 1], [0, 1, 2, 3]) for k in (0, 2))
    return _shuffle(b, upper, lower, list(range(8)))


def _multiply(b: ir.IRBuilder, x: ir.Value, y: ir.Value, name: str) -> list[ir.Value]:
    """Low, middle and high part of the carry-less products of the blocks in x and y."""

    def product(halves: int) -> ir.Value:
        return _call(b, name, x.type, x, y, _OCTET(halves))

    return [product(0x00), b.xor(product(0x01), product(0x10)), product(0x11)]


def _reduce(b: ir.IRBuilder, low: ir.Value, middle: ir.Value, high: ir.Value) -> ir.Value:
    """The remainder of low + middle x^64 + high x^128, in two steps of 64 bits from below."""
    zero = _zero(_BLOCK)
    low = b.xor(low, _shuffle(b, middle, zero, [2, 0]))
    high = b.xor(high, _shuffle(b, middle, zero, [1, 2]))
    polynomial = ir.Constant(_BLOCK, [_POLYNOMIAL >> 64] * 2)
    for _ in range(2):
        folded = _call(b, "llvm.x86.pclmulqdq", _BLOCK, low, polynomial, _OCTET(0))
        low = b.xor(_shuffle(b, low, zero, [1, 0]), folded)
    return b.xor(high, low)


def _product(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    return _reduce(b, *_multiply(b, x, y, "llvm.x86.pclmulqdq"))


@intrinsic
def powers(_context: Any, hash_key: Any) -> Any:
    """The first four powers of the hash key, ready for `fold`."""

    def emit(_context: Any, b: ir.IRBuilder, _sig: Any, args: list[ir.Value]) -> ir.Value:
        wide = ir.IntType(128)
        number = b.bitcast(_reversed(b, args[0]), wide)
        carry = b.ashr(number, wide(127))
        number = b.xor(b.shl(number, wide(1)), b.and_(carry, wide(_POLYNOMIAL)))
        first = b.bitcast(number, _BLOCK)
        second = _product(b, first, first)
        third, fourth = _product(b, second, first), _product(b, second, second)
        return _joined(b, [fourth, third, second, first])

    return POWERS(hash_key), emit


def _is_wide(context: Any, feature: str) -> bool:
    """Whether the target has the 512-bit form of an extension."""
    features = context.codegen().magic_tuple()[2].split(",")
    return {f"+{feature}", "+avx512f", "+avx512bw"} <= set(features)


@intrinsic
def fold(_context: Any, total: Any, rows: Any, row: Any, hash_powers: Any) -> Any:
    """GHASH of `total` and then the four blocks in rows[row], an array of shape (count, 64)."""

    def emit(context: Any, b: ir.IRBuilder, sig: Any, args: list[ir.Value]) -> ir.Value:
        i = context.cast(b, args[2], sig.args[2], types.intp)
        blocks = _reversed(b, _load(context, b, rows, args[1], i, _FOUR))
        zero = _zero(_BLOCK)
        widened = _shuffle(b, args[0], zero, [0, 1, 2, 3, 2, 3, 2, 3])
        blocks = b.xor(blocks, widened)
        if _is_wide(context, "vpclmulqdq"):
            parts = _multiply(b, blocks, args[3], "llvm.x86.pclmulqdq.512")
            products = [[_quarter(b, part, k) for part in parts] for k in range(4)]
        else:
            products = [
                _multiply(b, _quarter(b, blocks, k), _quarter(b, args[3], k), "llvm.x86.pclmulqdq") for k in range(4)
            ]
        sums = products[0]
        for product in products[1:]:
            sums = [b.xor(one, other) for one, other in zip(sums, product, strict=True)]
        return _reduce(b, *sums)

    return BLOCK(total, rows, row, hash_powers), emit


@intrinsic
def zero_block(_context: Any) -> Any:
    """Sixteen zero octets."""

    def emit(_context: Any, _b: ir.IRBuilder, _sig: Any, _args: list[ir.Value]) -> ir.Value:
        return _zero(_BLOCK)

    return BLOCK(), emit


@intrinsic
def put_tag(_context: Any, tags: Any, item: Any, total: Any, mask: Any) -> Any:
    """tags[item] = the GHASH `total` masked, an array of shape (count, 16)."""

    def emit(context: Any, b: ir.IRBuilder, sig: Any, args: list[ir.Value]) -> ir.Value:
        i = context.cast(b, args[1], sig.args[1], types.intp)
        address(context, b, tags, args[0], i, _INDEX(15))
        pointer = b.bitcast(address(context, b, tags, args[0], i, _INDEX(0)), _BLOCK.as_pointer())
        b.store(b.xor(_reversed(b, args[2]), args[3]), pointer, align=1)
        return context.get_dummy_value()

    return types.none(tags, item, total, mask), emit
