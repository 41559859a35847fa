"""Data as ZigBee Cluster Library commands carry them: little-endian and without tags (message structure 5.2, 5.3).

A type decodes octets to a plain value, encodes the value back, and knows the value's JSON form, like those of
`gbcs.cosem.types`. Values are int, bytes, str, list and dict. A value that the type cannot carry raises
`gbcs.errors.UseCaseError` with the path of the field; octets that are not of the type raise `DecodeError`.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeVar

from gbcs.cosem.types import SECONDS, Json, OctetString, Value, fault
from gbcs.cursor import Cursor
from gbcs.errors import DecodeError, UseCaseError
from gbcs.named import named_from_json, named_to_json, quantity_from_json, quantity_to_json

_T = TypeVar("_T")
_HEXADECIMAL = OctetString()


class ZclType(ABC):
    """What every type can do."""

    __slots__ = ()

    @abstractmethod
    def decode(self, cursor: Cursor) -> Value:
        """Reads one value."""

    @abstractmethod
    def encode(self, value: Value) -> bytes:
        """Writes one value."""

    def to_json(self, value: Value) -> Json:
        """The value as people and scripts read it."""
        return value

    def from_json(self, json: Json) -> Value:
        """The value from what a person would write, in JSON or in Python."""
        return json


@dataclass(frozen=True, slots=True)
class Number(ZclType):
    """An integer of fixed width: uint, int or bitmap. Only what stands outside ZCL commands is big-endian."""

    width: int
    signed: bool = False
    order: Literal["little", "big"] = "little"

    def decode(self, cursor: Cursor) -> int:
        return int.from_bytes(cursor.take(self.width, ""), self.order, signed=self.signed)

    @property
    def range(self) -> tuple[int, int]:
        """Lowest and highest value."""
        bits = 8 * self.width - self.signed
        return -(1 << bits) if self.signed else 0, (1 << bits) - 1

    def encode(self, value: Value) -> bytes:
        low, high = self.range
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise fault(f"{value!r} is not a whole number between {low} and {high}")
        return value.to_bytes(self.width, self.order, signed=self.signed)


U8, U16, U24, U32, U48 = (Number(width) for width in (1, 2, 3, 4, 6))
I32 = Number(4, signed=True)


@dataclass(frozen=True, slots=True)
class Quantity(Number):
    """A number of a physical or monetary quantity; the value is the number as it is sent."""

    unit: str = ""
    scaler: int = 0

    def to_json(self, value: Value) -> Json:
        return quantity_to_json(value, self.unit, self.scaler)

    def from_json(self, json: Json) -> Value:
        return quantity_from_json(json, self.unit, self.scaler)


def quantity(number: Number, unit: str, scaler: int = 0) -> Quantity:
    """`number` as a quantity of `unit`."""
    return Quantity(number.width, number.signed, number.order, unit, scaler)


class Numeric(ZclType):
    """A number that JSON shows in its own way; the value is the number."""

    __slots__ = ()

    @property
    @abstractmethod
    def number(self) -> Number:
        """How it stands on the wire."""

    def decode(self, cursor: Cursor) -> int:
        return self.number.decode(cursor)

    def encode(self, value: Value) -> bytes:
        return self.number.encode(value)


@dataclass(frozen=True, slots=True)
class Code(Numeric):
    """A number that the specification writes in hexadecimal; JSON shows ``"0x8f66"`` and accepts the number too."""

    number: Number = U16

    def to_json(self, value: Value) -> Json:
        return f"0x{value:0{2 * self.number.width}x}"

    def from_json(self, json: Json) -> Value:
        return named_from_json(json, {})


@dataclass(frozen=True, slots=True)
class Enumeration(Numeric):
    """An enumeration or bitmap with named values; codes without a name stay readable.

    The value is the code; `gbcs.named` tells its JSON form, in which the code has `digits` hexadecimal digits if any.
    """

    names: Mapping[int, str]
    number: Number = U8
    digits: int = 0

    def to_json(self, value: Value) -> Json:
        return named_to_json(value, self.names, self.digits)

    def from_json(self, json: Json) -> Value:
        return named_from_json(json, self.names)


@dataclass(frozen=True, slots=True)
class Time(Numeric):
    """UTCTime, seconds since 2000-01-01; JSON shows ISO 8601, or a word for a special value."""

    words: Mapping[int, str]
    number: Number = U32

    def to_json(self, value: Value) -> Json:
        return self.words.get(value) or SECONDS.to_json(value)

    def from_json(self, json: Json) -> Value:
        if json in self.words.values():
            return named_from_json(json, self.words)
        return SECONDS.from_json(json)


#: A moment in a record or a query.
TIME = Time({0: "none", 0xFFFFFFFE: "latest", 0xFFFFFFFF: "never"})
#: When a command takes effect (message structure 5.4).
START = Time({0: "now", 0xFFFFFFFE: "latest", 0xFFFFFFFF: "cancel"})
#: The same where calendars, prices and thresholds are published: they have another value for cancellation.
PUBLICATION_START = Time({0: "now", 0xFFFFFFFE: "cancel", 0xFFFFFFFF: "never"})


@dataclass(frozen=True, slots=True)
class Date(ZclType):
    """A date that may have wildcards: year since 1900, month, day of month, day of week, FF being any.

    The value is text: ``2015-03-20``, ``*-12-25``, ``*-*-01[day-of-week=1]``, and ``#0d`` for a part that is no such
    number.
    """

    def decode(self, cursor: Cursor) -> str:
        year, month, day, weekday = cursor.take(4, "")
        shown = "*" if year == _ANY else str(1900 + year)
        text = f"{shown}-{_part_to_text(month, 12)}-{_part_to_text(day, 31)}"
        return text if weekday == _ANY else f"{text}[day-of-week={weekday}]"

    def encode(self, value: Value) -> bytes:
        match = _DATE.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise fault(f"{value!r} is not a date of the form 2015-03-20, with * for any year, month or day")
        if match["year"] != "*" and not 1900 <= int(match["year"]) < 1900 + _ANY:
            raise fault(f"{value!r} is not between the years 1900 and 2154")
        year = _ANY if match["year"] == "*" else int(match["year"]) - 1900
        weekday = int(match["weekday"] or _ANY)
        if weekday > _ANY:
            raise fault(f"{weekday} is not a day of the week")
        return bytes((year, _part_from_text(match["month"], 12), _part_from_text(match["day"], 31), weekday))

    def from_json(self, json: Json) -> Value:
        return json.isoformat() if isinstance(json, date) else json


_ANY = 0xFF
_PART = r"\*|\d\d|#[0-9a-f]{2}"
_DATE = re.compile(
    rf"(?P<year>\d{{4}}|\*)-(?P<month>{_PART})-(?P<day>{_PART})(\[day-of-week=(?P<weekday>\d{{1,3}})\])?"
)


def _part_to_text(value: int, high: int) -> str:
    if value == _ANY:
        return "*"
    return f"{value:02d}" if 1 <= value <= high else f"#{value:02x}"


def _part_from_text(text: str, high: int) -> int:
    if text == "*":
        return _ANY
    if text.startswith("#"):
        return int(text[1:], 16)
    if not 1 <= int(text) <= high:
        raise fault(f"{text!r} is not between 01 and {high}")
    return int(text)


@dataclass(frozen=True, slots=True)
class Octets(ZclType):
    """octet string, behind its length; JSON shows hexadecimal digits."""

    high: int = 254
    low: int = 0

    def decode(self, cursor: Cursor) -> bytes:
        start = cursor.offset
        length = cursor.uint(1, "length")
        if not self.low <= length <= self.high:
            raise DecodeError("", start, f"{length} octets, {self.low} to {self.high} wanted")
        return cursor.take(length, "")

    def encode(self, value: Value) -> bytes:
        if not isinstance(value, bytes) or not self.low <= len(value) <= self.high:
            raise fault(f"{value!r} is not {self.low} to {self.high} octets")
        return bytes((len(value),)) + value

    def to_json(self, value: Value) -> Json:
        return _HEXADECIMAL.to_json(value)

    def from_json(self, json: Json) -> Value:
        return _HEXADECIMAL.from_json(json)


@dataclass(frozen=True, slots=True)
class Plain(ZclType):
    """`length` octets that have no length before them, or all that are left; JSON shows hexadecimal digits."""

    length: int | None = None

    def decode(self, cursor: Cursor) -> bytes:
        return cursor.take(cursor.remaining if self.length is None else self.length, "")

    def encode(self, value: Value) -> bytes:
        if not isinstance(value, bytes) or (self.length is not None and len(value) != self.length):
            raise fault(f"{value!r} is not {self.length or 'any'} octets")
        return value

    def to_json(self, value: Value) -> Json:
        return _HEXADECIMAL.to_json(value)

    def from_json(self, json: Json) -> Value:
        return _HEXADECIMAL.from_json(json)


@dataclass(frozen=True, slots=True)
class Text(ZclType):
    """Text in an octet or character string; octets that are no UTF-8 survive as surrogates."""

    octets: Octets = Octets()

    def decode(self, cursor: Cursor) -> str:
        return self.octets.decode(cursor).decode("utf-8", "surrogateescape")

    def encode(self, value: Value) -> bytes:
        if not isinstance(value, str):
            raise fault(f"{value!r} is not text")
        try:
            octets = value.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raise fault("characters that UTF-8 has no octets for") from None
        return self.octets.encode(octets)


def text(high: int, low: int = 0) -> Text:
    """Text of `low` to `high` octets."""
    return Text(Octets(high, low))


@dataclass(frozen=True, slots=True)
class Count(Numeric):
    """How many elements the field `of` of the same command has; may be left out when a command is built."""

    of: str
    number: Number = U8


@dataclass(frozen=True, slots=True)
class OptionalField(ZclType):
    """A field at the end of a command that may be missing; all after it are optional too."""

    type: ZclType

    def decode(self, cursor: Cursor) -> Value:
        return self.type.decode(cursor)

    def encode(self, value: Value) -> bytes:
        return self.type.encode(value)


@dataclass(frozen=True, slots=True)
class Structure(ZclType):
    """Fields in a row; the value is a dict."""

    fields: Mapping[str, ZclType]

    def decode(self, cursor: Cursor) -> dict[str, Value]:
        value: dict[str, Value] = {}
        name = ""
        try:
            for name, field_type in self.fields.items():
                if not cursor.remaining and isinstance(field_type, OptionalField):
                    break
                value[name] = field_type.decode(cursor)
        except DecodeError as error:
            raise error.within(name) from None
        return value

    def encode(self, value: Value) -> bytes:
        self.refuse_unknown(value)
        last = max((at for at, name in enumerate(self.fields) if name in value), default=-1)
        encoded = []
        for at, (name, field_type) in enumerate(self.fields.items()):
            with within(name):
                if name in value:
                    encoded.append(field_type.encode(value[name]))
                elif at < last or not isinstance(field_type, OptionalField):
                    raise fault("missing")
        return b"".join(encoded)

    def to_json(self, value: Value) -> Json:
        return {name: self.fields[name].to_json(element) for name, element in value.items()}

    def from_json(self, json: Json) -> Value:
        self.refuse_unknown(json)
        value = {}
        for name in self.fields:
            if name in json:
                with within(name):
                    value[name] = self.fields[name].from_json(json[name])
        return value

    def refuse_unknown(self, value: Value) -> None:
        """Raises unless `value` is a mapping of fields of this structure."""
        if not isinstance(value, Mapping):
            raise fault(f"{value!r} is not a mapping of {', '.join(self.fields)}")
        for name in value:
            if name not in self.fields:
                raise fault(f"no such field; there is {', '.join(self.fields)}").within(str(name))


@dataclass(frozen=True, slots=True)
class Repeated(ZclType):
    """Elements of one type, `count` of them or as many as there are octets; the value is a list."""

    element: ZclType
    count: int | None = None

    def decode(self, cursor: Cursor) -> list[Value]:
        elements: list[Value] = []
        while cursor.remaining if self.count is None else len(elements) < self.count:
            with within(str(len(elements))):
                elements.append(self.element.decode(cursor))
        return elements

    def encode(self, value: Value) -> bytes:
        self._check(value)
        return b"".join(self._mapped(self.element.encode, value))

    def to_json(self, value: Value) -> Json:
        return [self.element.to_json(element) for element in value]

    def from_json(self, json: Json) -> Value:
        self._check(json)
        return self._mapped(self.element.from_json, json)

    def _mapped(self, convert: Callable[[Value], _T], elements: list[Value]) -> list[_T]:
        converted = []
        for at, element in enumerate(elements):
            with within(str(at)):
                converted.append(convert(element))
        return converted

    def _check(self, value: Value) -> None:
        if not isinstance(value, list) or self.count not in (None, len(value)):
            raise fault(f"{value!r} is not a list of {'any number' if self.count is None else self.count}")


def repeated(**fields: ZclType) -> Repeated:
    """Structures of these fields to the end of the command."""
    return Repeated(Structure(fields))


class within:  # noqa: N801 - reads as the word it is
    """Errors raised inside are those of the field called `name`."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, DecodeError | UseCaseError):
            raise error.within(self._name) from None
