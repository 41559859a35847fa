"""One field element at a time, in the 64-bit multiplications that every machine has.

An element is a 256-bit integer below the modulus. Montgomery's R is 2^256.
"""

from __future__ import annotations

from llvmlite import ir

LANES = 1
RADIX = 2**256
_WORD = ir.IntType(64)
_DOUBLE = ir.IntType(128)
_WIDE = ir.IntType(384)
_NUMBER = ir.IntType(256)
#: How an element is held in registers; `gbcs.kernels.elements` never looks inside.
TYPE = ir.LiteralStructType([_WORD] * 4)
#: Sums are reduced at once, so factors are always below the modulus.
FACTOR_BOUND = 16


def constant(_b: ir.IRBuilder, value: int) -> ir.Value:
    """The number as it stands (not in Montgomery form)."""
    return ir.Constant(TYPE, [ir.Constant(_WORD, value >> 64 * i & 2**64 - 1) for i in range(4)])


def _words(b: ir.IRBuilder, element: ir.Value) -> list[ir.Value]:
    return [b.extract_value(element, i) for i in range(4)]


def _number(b: ir.IRBuilder, element: ir.Value, kind: ir.IntType = _NUMBER) -> ir.Value:
    total = ir.Constant(kind, 0)
    for i, word in enumerate(_words(b, element)):
        total = b.or_(total, b.shl(b.zext(word, kind), ir.Constant(kind, 64 * i)))
    return total


def _element(b: ir.IRBuilder, number: ir.Value) -> ir.Value:
    return from_words(b, [_word(b, number, i) for i in range(4)])


def _word(b: ir.IRBuilder, x: ir.Value, i: int) -> ir.Value:
    return b.trunc(b.lshr(x, ir.Constant(x.type, 64 * i)), _WORD)


def _at(b: ir.IRBuilder, x: ir.Value, i: int) -> ir.Value:
    wide = b.zext(x, _WIDE)
    return b.shl(wide, ir.Constant(_WIDE, 64 * i)) if i else wide


def _row(b: ir.IRBuilder, x: ir.Value, words: list[ir.Value]) -> ir.Value:
    """x · words: the double-length products of even words side by side, those of odd words too, and one addition."""
    products = [b.mul(b.zext(x, _DOUBLE), b.zext(word, _DOUBLE)) for word in words]
    even = b.or_(_at(b, products[0], 0), _at(b, products[2], 2))
    odd = b.or_(_at(b, products[1], 1), _at(b, products[3], 3))
    return b.add(even, odd)


def multiply(b: ir.IRBuilder, modulus: int, x: ir.Value, y: ir.Value) -> ir.Value:
    """x · y / R, below the modulus."""
    left, right = _words(b, x), _words(b, y)
    factor = -pow(modulus, -1, 2**64) % 2**64
    total = ir.Constant(_WIDE, 0)
    for i in range(4):
        total = b.add(total, _row(b, left[i], right))
        low = _word(b, total, 0)
        if factor == 1:
            # The lowest word cancels; (p + 1) / 2^64 = 2^32 + 2^128 · (top word of p) remains.
            top = b.mul(b.zext(low, _DOUBLE), ir.Constant(_DOUBLE, modulus >> 192))
            near = b.shl(b.zext(low, _DOUBLE), ir.Constant(_DOUBLE, 32))
            total = b.add(b.lshr(total, ir.Constant(_WIDE, 64)), b.or_(_at(b, near, 0), _at(b, top, 2)))
        else:
            m = b.mul(low, ir.Constant(_WORD, factor))
            words = [ir.Constant(_WORD, modulus >> 64 * j & 2**64 - 1) for j in range(4)]
            total = b.lshr(b.add(total, _row(b, m, words)), ir.Constant(_WIDE, 64))
    return _once_less(b, modulus, total)


def _once_less(b: ir.IRBuilder, modulus: int, total: ir.Value) -> ir.Value:
    """A number below twice the modulus, reduced."""
    kind = ir.IntType(320)
    total = b.trunc(total, kind) if total.type.width > kind.width else total
    less = b.sub(total, ir.Constant(kind, modulus))
    negative = b.icmp_signed("<", less, ir.Constant(kind, 0))
    return _element(b, b.select(negative, total, less))


def square(b: ir.IRBuilder, modulus: int, x: ir.Value) -> ir.Value:
    """x · x / R, below the modulus."""
    return multiply(b, modulus, x, x)


def add(b: ir.IRBuilder, modulus: int, x: ir.Value, y: ir.Value) -> ir.Value:
    """x + y, below the modulus."""
    kind = ir.IntType(320)
    return _once_less(b, modulus, b.add(_number(b, x, kind), _number(b, y, kind)))


def subtract(b: ir.IRBuilder, modulus: int, x: ir.Value, y: ir.Value) -> ir.Value:
    """x - y, below the modulus."""
    kind = ir.IntType(320)
    less = b.sub(_number(b, x, kind), _number(b, y, kind))
    borrow = _word(b, less, 4)  # all ones if x < y
    words = [b.and_(borrow, ir.Constant(_WORD, modulus >> 64 * i & 2**64 - 1)) for i in range(4)]
    return _element(b, b.add(b.trunc(less, _NUMBER), _number(b, from_words(b, words))))


def carry(_b: ir.IRBuilder, _modulus: int, x: ir.Value, _low: int) -> ir.Value:
    """Nothing to do: every operation reduces."""
    return x


def contract(_b: ir.IRBuilder, _modulus: int, x: ir.Value, _low: int) -> ir.Value:
    """Nothing to do: every operation reduces."""
    return x


def canonical(b: ir.IRBuilder, modulus: int, x: ir.Value, _low: int, _high: int) -> ir.Value:
    """The number below the modulus; only what was read or was another modulus' residue can be above."""
    return _once_less(b, modulus, _number(b, x, ir.IntType(320)))


def zero_lanes(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """1 where x is zero, else 0; 64 bits wide."""
    return b.zext(b.icmp_unsigned("==", _number(b, x), ir.Constant(_NUMBER, 0)), _WORD)


def select(b: ir.IRBuilder, lanes: ir.Value, x: ir.Value, y: ir.Value) -> ir.Value:
    """x where the bit is set, else y."""
    return b.select(b.trunc(lanes, ir.IntType(1)), x, y)


def load(b: ir.IRBuilder, address: ir.Value) -> ir.Value:
    """Four words, least significant first."""
    first = b.bitcast(address, _WORD.as_pointer())
    return from_words(b, [b.load(b.gep(first, [ir.Constant(_WORD, i)]), align=8) for i in range(4)])


def store(b: ir.IRBuilder, address: ir.Value, x: ir.Value) -> None:
    """Four words, least significant first."""
    first = b.bitcast(address, _WORD.as_pointer())
    for i, word in enumerate(to_words(b, x)):
        b.store(word, b.gep(first, [ir.Constant(_WORD, i)]), align=8)


def from_words(b: ir.IRBuilder, words: list[ir.Value]) -> ir.Value:
    """Four words, least significant first, as an element."""
    element = ir.Constant(TYPE, ir.Undefined)
    for i, word in enumerate(words):
        element = b.insert_value(element, word, i)
    return element


def to_words(b: ir.IRBuilder, x: ir.Value) -> list[ir.Value]:
    """The inverse of `from_words`."""
    return _words(b, x)


def word_type() -> ir.Type:
    """One word."""
    return _WORD
