"""Eight field elements at once, in AVX-512 IFMA instructions: 5 limbs of 52 bits, each a vector of 64-bit lanes.

Limbs are signed and may hold more than 52 bits until the element becomes a factor, because the instructions read only
the low 52 bits of a factor (Gueron and Krasnov, "Software implementation of modular exponentiation, using advanced
vector instructions architectures", 2012). Montgomery's R is 2^260.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

LANES = 8
LIMBS = 5
BITS = 52
RADIX = 2**260
_MASK = 2**BITS - 1
_VECTOR = ir.VectorType(ir.IntType(64), LANES)
#: How an element is held in registers; `gbcs.kernels.elements` never looks inside.
TYPE = ir.LiteralStructType([_VECTOR] * LIMBS)
#: The widest product of bounds (in moduli) that two factors may have: the result is then below 2 moduli.
FACTOR_BOUND = 16


def _splat(value: int) -> ir.Constant:
    return ir.Constant(_VECTOR, [value % 2**64] * LANES)


def limbs_of(value: int) -> list[int]:
    """The limbs of a number below 2^260."""
    return [value >> BITS * i & _MASK for i in range(LIMBS)]


def _unpack(b: ir.IRBuilder, element: ir.Value) -> list[ir.Value]:
    return [b.extract_value(element, i) for i in range(LIMBS)]


def _pack(b: ir.IRBuilder, limbs: list[ir.Value]) -> ir.Value:
    element = ir.Constant(TYPE, ir.Undefined)
    for i, limb in enumerate(limbs):
        element = b.insert_value(element, limb, i)
    return element


def constant(_b: ir.IRBuilder, value: int) -> ir.Value:
    """The number in every lane, as it stands (not in Montgomery form)."""
    return ir.Constant(TYPE, [_splat(limb) for limb in limbs_of(value)])


class _Multiplier:
    """The two multiply-and-add instructions."""

    def __init__(self, b: ir.IRBuilder) -> None:
        self._b = b
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
        self._low, self._high = (
            b.module.globals.get(name) or ir.Function(b.module, kind, name)
            for name in ("llvm.x86.avx512.vpmadd52l.uq.512", "llvm.x86.avx512.vpmadd52h.uq.512")
        )

    def low(self, total: ir.Value, x: ir.Value, y: ir.Value) -> ir.Value:
        return self._b.call(self._low, [total, x, y])

    def add(self, columns: list[ir.Value], at: int, x: ir.Value, y: ir.Value) -> None:
        """Adds x · y at 2^(52 at)."""
        columns[at] = self._b.call(self._low, [columns[at], x, y])
        columns[at + 1] = self._b.call(self._high, [columns[at + 1], x, y])


def _reduce(b: ir.IRBuilder, modulus: int, columns: list[ir.Value]) -> list[ir.Value]:
    """Montgomery reduction of ten columns to five limbs, not carried."""
    multiplier = _Multiplier(b)
    factor = -pow(modulus, -1, 2**BITS) % 2**BITS
    # Where the factor is 1 the multiple's lowest limb cancels the column's and leaves (modulus + 1) / 2^52 above it.
    start, addend = (1, modulus + 1) if factor == 1 else (0, modulus)
    for i in range(LIMBS):
        m = columns[i] if factor == 1 else multiplier.low(_splat(0), columns[i], _splat(factor))
        for j, limb in enumerate(limbs_of(addend)):
            if j >= start and limb:
                multiplier.add(columns, i + j, m, _splat(limb))
        columns[i + 1] = b.add(columns[i + 1], b.ashr(columns[i], _splat(BITS)))
    return columns[LIMBS:]


def multiply(b: ir.IRBuilder, modulus: int, x: ir.Value, y: ir.Value) -> ir.Value:
    """x · y / R for carried factors whose bounds' product is at most `FACTOR_BOUND`; below 2 moduli, not carried."""
    multiplier = _Multiplier(b)
    columns = [_splat(0)] * (2 * LIMBS)
    left, right = _unpack(b, x), _unpack(b, y)
    for i in range(LIMBS):
        for j in range(LIMBS):
            multiplier.add(columns, i + j, left[i], right[j])
    return _pack(b, _reduce(b, modulus, columns))


def square(b: ir.IRBuilder, modulus: int, x: ir.Value) -> ir.Value:
    """As `multiply`, with half of the cross products."""
    multiplier = _Multiplier(b)
    columns = [_splat(0)] * (2 * LIMBS)
    limbs = _unpack(b, x)
    for i in range(LIMBS):
        for j in range(i):
            multiplier.add(columns, i + j, limbs[i], limbs[j])
    columns = [b.add(column, column) for column in columns]
    for i in range(LIMBS):
        multiplier.add(columns, 2 * i, limbs[i], limbs[i])
    return _pack(b, _reduce(b, modulus, columns))


def add(b: ir.IRBuilder, _modulus: int, x: ir.Value, y: ir.Value) -> ir.Value:
    """x + y, not carried."""
    return _pack(b, [b.add(i, j) for i, j in zip(_unpack(b, x), _unpack(b, y), strict=True)])


def subtract(b: ir.IRBuilder, _modulus: int, x: ir.Value, y: ir.Value) -> ir.Value:
    """x - y, not carried."""
    return _pack(b, [b.sub(i, j) for i, j in zip(_unpack(b, x), _unpack(b, y), strict=True)])


def _carry(b: ir.IRBuilder, limbs: list[ir.Value]) -> list[ir.Value]:
    limbs = list(limbs)
    for i in range(LIMBS - 1):
        limbs[i + 1] = b.add(limbs[i + 1], b.ashr(limbs[i], _splat(BITS)))
        limbs[i] = b.and_(limbs[i], _splat(_MASK))
    return limbs


def _plus(b: ir.IRBuilder, x: ir.Value, value: int) -> list[ir.Value]:
    limbs = _unpack(b, x)
    return [b.add(limb, _splat(c)) if c else limb for limb, c in zip(limbs, limbs_of(value), strict=True)]


def carry(b: ir.IRBuilder, modulus: int, x: ir.Value, low: int) -> ir.Value:
    """The same residue as a carried, non-negative number; x is above `low` moduli."""
    return _pack(b, _carry(b, _plus(b, x, -low * modulus)))


def contract(b: ir.IRBuilder, modulus: int, x: ir.Value, low: int) -> ir.Value:
    """The same residue, carried and below 2 moduli; x is above `low` moduli.

    Takes off as many moduli as the top limb shows. One modulus more than `low` demands keeps the sum positive though
    the limbs below are not carried yet.
    """
    limbs = _plus(b, x, (1 - low) * modulus)
    top = 256 - BITS * (LIMBS - 1)
    count = b.ashr(limbs[-1], _splat(top))
    limbs[-1] = b.and_(limbs[-1], _splat(2**top - 1))
    for sign, exponent in _signed_powers(2**256 - modulus):
        at, shift = divmod(exponent, BITS)
        part = b.shl(count, _splat(shift)) if shift else count
        limbs[at] = b.add(limbs[at], part) if sign > 0 else b.sub(limbs[at], part)
    return _pack(b, _carry(b, limbs))


def _signed_powers(value: int) -> list[tuple[int, int]]:
    """`value` as a sum of signed powers of two (non-adjacent form)."""
    powers, exponent = [], 0
    while value:
        if value & 1:
            sign = 2 - value % 4
            powers.append((sign, exponent))
            value -= sign
        value >>= 1
        exponent += 1
    return powers


def canonical(b: ir.IRBuilder, modulus: int, x: ir.Value, low: int, high: int) -> ir.Value:
    """The number below the modulus; x is within `low` and `high` moduli."""
    limbs = _carry(b, _plus(b, x, -low * modulus))
    for _ in range(high - low - 1):
        less = _carry(b, [b.sub(limb, _splat(c)) for limb, c in zip(limbs, limbs_of(modulus), strict=True)])
        negative = b.icmp_signed("<", less[-1], _splat(0))
        limbs = [b.select(negative, limb, other) for limb, other in zip(limbs, less, strict=True)]
    return _pack(b, limbs)


def zero_lanes(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """One bit a lane, set where the canonical x is zero; 64 bits wide."""
    limbs = _unpack(b, x)
    joined = limbs[0]
    for limb in limbs[1:]:
        joined = b.or_(joined, limb)
    zero = b.icmp_unsigned("==", joined, _splat(0))
    return b.zext(b.bitcast(zero, ir.IntType(LANES)), ir.IntType(64))


def select(b: ir.IRBuilder, lanes: ir.Value, x: ir.Value, y: ir.Value) -> ir.Value:
    """x in the lanes whose bit is set, y in the others."""
    mask = b.bitcast(b.trunc(lanes, ir.IntType(LANES)), ir.VectorType(ir.IntType(1), LANES))
    return _pack(b, [b.select(mask, i, j) for i, j in zip(_unpack(b, x), _unpack(b, y), strict=True)])


def load(b: ir.IRBuilder, address: ir.Value) -> ir.Value:
    """Five vectors in a row."""
    first = b.bitcast(address, _VECTOR.as_pointer())
    return _pack(b, [b.load(b.gep(first, [ir.Constant(ir.IntType(64), i)]), align=8) for i in range(LIMBS)])


def store(b: ir.IRBuilder, address: ir.Value, x: ir.Value) -> None:
    """Five vectors in a row."""
    first = b.bitcast(address, _VECTOR.as_pointer())
    for i, limb in enumerate(_unpack(b, x)):
        b.store(limb, b.gep(first, [ir.Constant(ir.IntType(64), i)]), align=8)


def from_words(b: ir.IRBuilder, words: list[ir.Value]) -> ir.Value:
    """Four vectors of 64-bit words, least significant first, as an element."""
    limbs: list[Any] = []
    for i in range(LIMBS):
        at, shift = divmod(BITS * i, 64)
        limb = b.lshr(words[at], _splat(shift))
        if shift + BITS > 64 and at + 1 < len(words):
            limb = b.or_(limb, b.shl(words[at + 1], _splat(64 - shift)))
        limbs.append(b.and_(limb, _splat(_MASK)))
    return _pack(b, limbs)


def to_words(b: ir.IRBuilder, x: ir.Value) -> list[ir.Value]:
    """The inverse of `from_words` for a canonical x."""
    limbs, words = _unpack(b, x), []
    for i in range(4):
        at, shift = divmod(64 * i, BITS)
        word = b.lshr(limbs[at], _splat(shift))
        filled = BITS - shift
        while filled < 64 and at + 1 < LIMBS:
            at += 1
            word = b.or_(word, b.shl(limbs[at], _splat(filled)))
            filled += BITS
        words.append(word)
    return words


def word_type() -> ir.Type:
    """The same word of every lane."""
    return _VECTOR
