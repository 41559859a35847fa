"""AES-128 and GHASH in the processor's own instructions: AES-NI, PCLMULQDQ and, where there is, its 512-bit form.

GHASH (SP 800-38D, 6.4) works on byte-reversed blocks; the hash key is stored times x, which saves the shift of every
product, and four blocks share one reduction (Gueron and Kounavis, "Intel carry-less multiplication instruction and its
usage for computing the GCM mode", 2014).
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
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


def _encrypt(b: ir.IRBuilder, key: ir.Value, blocks: list[ir.Value]) -> list[ir.Value]:
    """AES-128 of each block; the key schedule (FIPS 197, 5.2) is made on the way."""
    words = ir.VectorType(_WORD, 4)
    blocks = [b.xor(block, key) for block in blocks]
    for constant in _ROUND_CONSTANTS:
        assist = b.bitcast(_call(b, "llvm.x86.aesni.aeskeygenassist", _BLOCK, key, _OCTET(constant)), words)
        expanded = b.bitcast(key, words)
        expanded = b.xor(expanded, _shuffle(b, expanded, _zero(words), [4, 0, 1, 2]))
        expanded = b.xor(expanded, _shuffle(b, expanded, _zero(words), [4, 4, 0, 1]))
        key = b.bitcast(b.xor(expanded, _shuffle(b, assist, _zero(words), [3] * 4)), _BLOCK)
        name = "llvm.x86.aesni.aesenc" + ("last" if constant == _ROUND_CONSTANTS[-1] else "")
        blocks = [_call(b, name, _BLOCK, block, key) for block in blocks]
    return blocks


@intrinsic
def encrypt_zero_and(_context: Any, keys: Any, blocks: Any, item: Any) -> Any:
    """AES-128 of the zero block and of blocks[item], by keys[item]; both arrays have the shape (count, 16)."""
    result = types.UniTuple(BLOCK, 2)

    def emit(context: Any, b: ir.IRBuilder, sig: Any, args: list[ir.Value]) -> ir.Value:
        i = context.cast(b, args[2], sig.args[2], types.intp)
        key = _load(context, b, keys, args[0], i, _BLOCK)
        block = _load(context, b, blocks, args[1], i, _BLOCK)
        return context.make_tuple(b, result, _encrypt(b, key, [_zero(_BLOCK), block]))

    return result(keys, blocks, item), emit


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
        upper = _shuffle(b, fourth, third, [0, 1, 2, 3])
        lower = _shuffle(b, second, first, [0, 1, 2, 3])
        return _shuffle(b, upper, lower, list(range(8)))

    return POWERS(hash_key), emit


def _is_wide(context: Any) -> bool:
    return "+vpclmulqdq," in (features := context.codegen().magic_tuple()[2]) and "+avx512bw," in features


@intrinsic
def fold(_context: Any, total: Any, rows: Any, row: Any, hash_powers: Any) -> Any:
    """GHASH of `total` and then the four blocks in rows[row], an array of shape (count, 64)."""

    def emit(context: Any, b: ir.IRBuilder, sig: Any, args: list[ir.Value]) -> ir.Value:
        i = context.cast(b, args[2], sig.args[2], types.intp)
        blocks = _reversed(b, _load(context, b, rows, args[1], i, _FOUR))
        zero = _zero(_BLOCK)
        widened = _shuffle(b, args[0], zero, [0, 1, 2, 3, 2, 3, 2, 3])
        blocks = b.xor(blocks, widened)

        def quarter(x: ir.Value, k: int) -> ir.Value:
            return _shuffle(b, x, _zero(x.type), [2 * k, 2 * k + 1])

        if _is_wide(context):
            parts = _multiply(b, blocks, args[3], "llvm.x86.pclmulqdq.512")
            products = [[quarter(part, k) for part in parts] for k in range(4)]
        else:
            products = [_multiply(b, quarter(blocks, k), quarter(args[3], k), "llvm.x86.pclmulqdq") for k in range(4)]
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
