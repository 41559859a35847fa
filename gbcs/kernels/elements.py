"""Elements of the fields modulo p and n, for use in kernels: ``slope * slope - x1 - x2`` is compiled as it reads.

An element's type says the modulus, the form (`gbcs.kernels.scalar`: one, `gbcs.kernels.ifma`: eight at once) and, in
multiples of the modulus, the bounds that sums and differences have reached. Sums are not reduced; a factor is carried
when it is multiplied, what is stored is brought below two moduli, and a product whose factors could be too large does
not compile. Elements are in Montgomery form, but for what `raw_p` reads and `put_words` writes.

Kernels are written once: the arrays they are given choose the form. Elements lie in arrays of shape (count, 4) or
(count, 5, 8), numbers of 64-bit words in arrays of shape (4, count), least significant word first.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from types import ModuleType
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.typeconv import Conversion
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, lower_cast, models, register_model

from gbcs.kernels import ifma, scalar
from gbcs.kernels.compilation import intrinsic
from gbcs.kernels.curve import N, P
from gbcs.kernels.memory import address

_FORMS: dict[str, ModuleType] = {"scalar": scalar, "ifma": ifma}
_MODULI = {"p": P, "n": N}


class Element(types.Type):
    """The Numba type of an element between `low` and `high` moduli."""

    def __init__(self, modulus: str, form: str, low: int = 0, high: int = 2, *, carried: bool = False) -> None:
        self.modulus, self.form, self.low, self.high, self.carried = modulus, form, low, high, carried
        super().__init__(f"Element({modulus}, {form}, {low}, {high}, {carried})")

    @property
    def emitter(self) -> Any:
        """The module that writes the instructions."""
        return _FORMS[self.form]

    @property
    def number(self) -> int:
        """The modulus as a number."""
        return _MODULI[self.modulus]

    def is_like(self, other: object) -> bool:
        """Whether the two can be added and multiplied."""
        return isinstance(other, Element) and (self.modulus, self.form) == (other.modulus, other.form)

    def between(self, low: int, high: int, *, carried: bool = False) -> Element:
        """The type of the same field with other bounds."""
        return Element(self.modulus, self.form, low, high, carried=carried)

    def unify(self, _context: object, other: object) -> Element | None:
        """The type of a variable that holds either."""
        if not isinstance(other, Element) or not self.is_like(other):
            return None
        low, high = min(self.low, other.low), max(self.high, other.high)
        if high - low > self.emitter.FACTOR_BOUND:
            return None  # a sum that grows in a loop
        return self.between(low, high, carried=self.carried and other.carried)

    def can_convert_to(self, _context: object, other: object) -> Any:
        """Bounds may widen by assignment."""
        if isinstance(other, Element) and self.is_like(other) and other.low <= self.low and self.high <= other.high:
            return Conversion.safe
        return None


@register_model(Element)
class _ElementModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Element) -> None:
        super().__init__(manager, kind, kind.emitter.TYPE)


@lower_cast(Element, Element)
def _cast(_context: Any, _builder: ir.IRBuilder, _from: Element, _to: Element, value: ir.Value) -> ir.Value:
    return value


def _as_function(
    b: ir.IRBuilder, name: str, kind: ir.Type, values: list[ir.Value], body: Callable[..., ir.Value]
) -> ir.Value:
    """A call of an LLVM function that is written once a module, so that a long body is not compiled at every use."""
    function = b.module.globals.get(name)
    if function is None:
        function = ir.Function(b.module, ir.FunctionType(kind, [value.type for value in values]), name)
        function.linkage = "internal"
        function.attributes.add("alwaysinline")
        inner = ir.IRBuilder(function.append_basic_block())
        inner.ret(body(inner, *function.args))
    return b.call(function, values)


def _factor(b: ir.IRBuilder, kind: Element, value: ir.Value) -> tuple[int, ir.Value]:
    """The value as a factor, with its upper bound."""
    if kind.carried and kind.low == 0:
        return kind.high, value
    return kind.high - kind.low, kind.emitter.carry(b, kind.number, value, kind.low)


def _multiply(b: ir.IRBuilder, kinds: tuple[Element, Element], values: list[ir.Value]) -> ir.Value:
    (x_bound, x), (y_bound, y) = (_factor(b, kind, value) for kind, value in zip(kinds, values, strict=True))
    emitter, number = kinds[0].emitter, kinds[0].number
    if x_bound * y_bound > emitter.FACTOR_BOUND:
        raise TypeError(f"{kinds[0]} * {kinds[1]} may overflow")
    name = f"gbcs.{kinds[0].form}.{kinds[0].modulus}.multiply"
    return _as_function(b, name, emitter.TYPE, [x, y], lambda inner, i, j: emitter.multiply(inner, number, i, j))


def _operator(
    function: Callable[..., Any],
    bounds: Callable[[Element, Element], Element],
    emit: Callable[[ir.IRBuilder, tuple[Element, Element], list[ir.Value]], ir.Value],
) -> None:
    """Teaches Numba what an operator does with two elements."""

    @infer_global(function)
    class _Template(AbstractTemplate):
        key = function

        def generic(self, args: tuple[Any, ...], _keywords: object) -> Any:
            if len(args) == 2 and isinstance(args[0], Element) and args[0].is_like(args[1]):
                return signature(bounds(*args), *args)
            return None

    @lower_builtin(function, Element, Element)
    def _lower(_context: Any, b: ir.IRBuilder, sig: Any, args: list[ir.Value]) -> ir.Value:
        return emit(b, sig.args, args)


_operator(operator.mul, lambda x, _: x.between(0, 2), _multiply)
_operator(
    operator.add,
    lambda x, y: x.between(x.low + y.low, x.high + y.high),
    lambda b, kinds, values: kinds[0].emitter.add(b, kinds[0].number, *values),
)
_operator(
    operator.sub,
    lambda x, y: x.between(x.low - y.high, x.high - y.low),
    lambda b, kinds, values: kinds[0].emitter.subtract(b, kinds[0].number, *values),
)


@intrinsic
def square(_context: Any, x: Any) -> Any:
    """x · x."""

    def emit(_context: Any, b: ir.IRBuilder, _sig: Any, args: list[ir.Value]) -> ir.Value:
        bound, value = _factor(b, x, args[0])
        if bound**2 > x.emitter.FACTOR_BOUND:
            raise TypeError(f"the square of {x} may overflow")
        name = f"gbcs.{x.form}.{x.modulus}.square"
        return _as_function(b, name, x.emitter.TYPE, [value], lambda inner, i: x.emitter.square(inner, x.number, i))

    return x.between(0, 2)(x), emit


def form_of(array: Any) -> str:
    """The form of the elements in an array of this Numba type."""
    return "scalar" if array.ndim == 2 else "ifma"


def _loader(modulus: str) -> Callable[..., Any]:
    def load(_context: Any, array: Any, index: Any) -> Any:
        kind = Element(modulus, form_of(array), carried=True)

        def emit(context: Any, b: ir.IRBuilder, sig: Any, args: list[ir.Value]) -> ir.Value:
            i = context.cast(b, args[1], sig.args[1], types.intp)
            return kind.emitter.load(b, address(context, b, array, args[0], i))

        return kind(array, index), emit

    return intrinsic(load)


#: ``load_p(array, index)``: the element modulo p at array[index]; `load_n` the same modulo n.
load_p, load_n = _loader("p"), _loader("n")


@intrinsic
def load_as(_context: Any, like: Any, array: Any, index: Any) -> Any:
    """The element at array[index], modulo what `like` is modulo."""
    kind = like.between(0, 2, carried=True)

    def emit(context: Any, b: ir.IRBuilder, sig: Any, args: list[ir.Value]) -> ir.Value:
        i = context.cast(b, args[2], sig.args[2], types.intp)
        return kind.emitter.load(b, address(context, b, array, args[1], i))

    return kind(like, array, index), emit


@intrinsic
def store(_context: Any, array: Any, index: Any, x: Any) -> Any:
    """Puts the element at array[index], below two moduli."""

    def emit(context: Any, b: ir.IRBuilder, sig: Any, args: list[ir.Value]) -> ir.Value:
        value = args[2]
        if x.high - x.low > 2:
            value = x.emitter.contract(b, x.number, value, x.low)
        elif x.low < 0 or not x.carried:
            value = x.emitter.carry(b, x.number, value, x.low)
        i = context.cast(b, args[1], sig.args[1], types.intp)
        x.emitter.store(b, address(context, b, array, args[0], i), value)
        return context.get_dummy_value()

    return types.none(array, index, x), emit


def _constant(modulus: str, number: int) -> Callable[..., Any]:
    def constant(_context: Any, array: Any) -> Any:
        kind = Element(modulus, form_of(array))

        def emit(_context: Any, b: ir.IRBuilder, _sig: Any, _args: list[ir.Value]) -> ir.Value:
            return kind.emitter.constant(b, number * kind.emitter.RADIX % kind.number)

        return kind(array), emit

    return intrinsic(constant)


#: ``one_p(array)``: 1 modulo p in the form of the array's elements, and so on.
zero_p, one_p, one_n = _constant("p", 0), _constant("p", 1), _constant("n", 1)


def _reader(modulus: str) -> Callable[..., Any]:
    def raw(_context: Any, array: Any, words: Any, column: Any) -> Any:
        kind = Element(modulus, form_of(array), 0, 2, carried=True)

        def emit(context: Any, b: ir.IRBuilder, sig: Any, args: list[ir.Value]) -> ir.Value:
            addresses = _word_addresses(context, b, kind, words, args[1], (args[2], sig.args[2]))
            return kind.emitter.from_words(b, [b.load(place, align=8) for place in addresses])

        return kind(array, words, column), emit

    return intrinsic(raw)


def _word_addresses(
    context: Any, b: ir.IRBuilder, kind: Element, words: Any, value: ir.Value, column: tuple[ir.Value, Any]
) -> list[ir.Value]:
    first = b.mul(context.cast(b, *column, types.intp), ir.Constant(ir.IntType(64), kind.emitter.LANES))
    last = b.add(first, ir.Constant(ir.IntType(64), kind.emitter.LANES - 1))
    addresses = []
    for i in range(4):
        row = ir.Constant(ir.IntType(64), i)
        address(context, b, words, value, row, last)
        place = address(context, b, words, value, row, first)
        addresses.append(b.bitcast(place, kind.emitter.word_type().as_pointer()))
    return addresses


#: ``raw_p(array, words, column)``: the numbers below 2^256 of a column as elements in the form of the array's, not yet
#: in Montgomery form. A column is one number, or eight neighbouring ones.
raw_p, raw_n = _reader("p"), _reader("n")


@intrinsic
def put_words(_context: Any, words: Any, column: Any, x: Any) -> Any:
    """Writes the numbers, which are no longer in Montgomery form, below their modulus into a column."""

    def emit(context: Any, b: ir.IRBuilder, sig: Any, args: list[ir.Value]) -> ir.Value:
        value = x.emitter.canonical(b, x.number, args[2], x.low, x.high)
        addresses = _word_addresses(context, b, x, words, args[0], (args[1], sig.args[1]))
        for place, word in zip(addresses, x.emitter.to_words(b, value), strict=True):
            b.store(word, place, align=8)
        return context.get_dummy_value()

    return types.none(words, column, x), emit


@intrinsic
def leave_montgomery(_context: Any, x: Any) -> Any:
    """x / R: the number itself."""

    def emit(_context: Any, b: ir.IRBuilder, _sig: Any, args: list[ir.Value]) -> ir.Value:
        one = x.emitter.constant(b, 1)
        return _multiply(b, (x, x.between(0, 1, carried=True)), [args[0], one])

    return x.between(0, 2)(x), emit


@intrinsic
def enter_montgomery(_context: Any, x: Any) -> Any:
    """x · R, for numbers as `raw_p` and `raw_n` read them."""

    def emit(_context: Any, b: ir.IRBuilder, _sig: Any, args: list[ir.Value]) -> ir.Value:
        radix = x.emitter.constant(b, x.emitter.RADIX**2 % x.number)
        return _multiply(b, (x, x.between(0, 1, carried=True)), [args[0], radix])

    return x.between(0, 2)(x), emit


@intrinsic
def modulo_n(_context: Any, x: Any) -> Any:
    """The number modulo p (not in Montgomery form) as one modulo n."""
    result = Element("n", x.form, 0, 2, carried=True)

    def emit(_context: Any, b: ir.IRBuilder, _sig: Any, args: list[ir.Value]) -> ir.Value:
        return x.emitter.canonical(b, x.number, args[0], x.low, x.high)

    return result(x), emit


@intrinsic
def zero_lanes(_context: Any, x: Any) -> Any:
    """A bit a lane, set where x is zero."""

    def emit(_context: Any, b: ir.IRBuilder, _sig: Any, args: list[ir.Value]) -> ir.Value:
        return x.emitter.zero_lanes(b, x.emitter.canonical(b, x.number, args[0], x.low, x.high))

    return types.uint64(x), emit


@intrinsic
def select(_context: Any, lanes: Any, x: Any, y: Any) -> Any:
    """x in the lanes whose bit is set, y in the others."""

    def emit(_context: Any, b: ir.IRBuilder, _sig: Any, args: list[ir.Value]) -> ir.Value:
        return x.emitter.select(b, *args)

    return x.unify(None, y)(lanes, x, y), emit


@intrinsic
def contract(_context: Any, x: Any) -> Any:
    """The same element below two moduli, so that more can be added to it."""

    def emit(_context: Any, b: ir.IRBuilder, _sig: Any, args: list[ir.Value]) -> ir.Value:
        return x.emitter.contract(b, x.number, args[0], x.low)

    return x.between(0, 2, carried=True)(x), emit


@intrinsic
def lanes_of(_context: Any, array: Any) -> Any:
    """How many elements lie side by side in the array's form."""
    lanes = _FORMS[form_of(array)].LANES

    def emit(context: Any, _b: ir.IRBuilder, _sig: Any, _args: list[ir.Value]) -> ir.Value:
        return context.get_constant(types.intp, lanes)

    return types.intp(array), emit
