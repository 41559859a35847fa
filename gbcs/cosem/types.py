"""A-XDR data with declared types (DLMS Blue Book 4.1.5, Green Book A-XDR; GBCS 9.1): the simple ones.

A type decodes octets to a plain value, encodes the value back, and knows the value's JSON form. Values are int, bool,
bytes, str, None and the stamps of
`gbcs.cosem.date_time`; structures and arrays are in `gbcs.cosem.composite`. A value that the type cannot
carry raises `gbcs.errors.UseCaseError` with the path of the field; octets that are not of the type raise `DecodeError`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeAlias

from gbcs.cosem.date_time import CosemDate, CosemDateTime, CosemTime
from gbcs.cosem.obis import Obis
from gbcs.cursor import Cursor, encode_length
from gbcs.errors import DecodeError, UseCaseError
from gbcs.named import named_from_json, named_to_json, quantity_from_json, quantity_to_json

Value: TypeAlias = Any
Json: TypeAlias = Any
#: Reads one value of a compact array, whose type was described before.
Reader: TypeAlias = Callable[[Any], Any]


def fault(reason: str) -> UseCaseError:
    """The error for a value; whoever knows the field adds its name with `UseCaseError.within`."""
    return UseCaseError("", "", reason)


def expect_tag(cursor: Cursor, tag: int, name: str) -> None:
    """Reads a tag that can have one value only."""
    found = cursor.peek()
    if found != tag:
        shown = "nothing" if found is None else f"tag {found:02x}"
        raise cursor.error("", f"{shown} where {name} ({tag:02x}) belongs")
    cursor.position += 1


class DataType(ABC):
    """What every type can do.

    In a compact array the types are described once and the values follow without tags: `bind`, `describe` and
    `encode_bare` are for that.
    """

    __slots__ = ()

    @abstractmethod
    def decode(self, cursor: Cursor) -> Value:
        """Reads one value, tag and all."""

    @abstractmethod
    def encode(self, value: Value) -> bytes:
        """Writes one value, tag and all."""

    @abstractmethod
    def bind(self, cursor: Cursor) -> Reader:
        """Reads the description of this type; gives the reader of the values so described."""

    @abstractmethod
    def describe(self, value: Value) -> bytes:
        """The description of this type for values of the shape of `value`, or of the least shape if it is None."""

    @abstractmethod
    def encode_bare(self, value: Value) -> bytes:
        """Writes one value as it stands in a compact array."""

    def to_json(self, value: Value) -> Json:
        """The value as people and scripts read it."""
        return value

    def from_json(self, json: Json) -> Value:
        """The value from what a person would write, in JSON or in Python."""
        return json


class Simple(DataType):
    """A type whose values are a tag and octets that do not depend on where they stand."""

    __slots__ = ()

    @property
    @abstractmethod
    def kind(self) -> tuple[int, str]:
        """Tag, and the standard's name of the type."""

    @abstractmethod
    def read(self, cursor: Cursor) -> Value:
        """Reads what follows the tag."""

    def decode(self, cursor: Cursor) -> Value:
        expect_tag(cursor, *self.kind)
        return self.read(cursor)

    def encode(self, value: Value) -> bytes:
        return self.kind[0].to_bytes() + self.encode_bare(value)

    def bind(self, cursor: Cursor) -> Reader:
        expect_tag(cursor, *self.kind)
        return self.read

    def describe(self, value: Value) -> bytes:  # noqa: ARG002 - the same for every value
        return bytes((self.kind[0],))


@dataclass(frozen=True, slots=True)
class Null(Simple):
    """null-data; the value is None."""

    kind: ClassVar[tuple[int, str]] = (0x00, "null-data")

    def read(self, cursor: Cursor) -> None:
        """Nothing follows the tag."""
        del cursor

    def encode_bare(self, value: Value) -> bytes:
        if value is not None:
            raise fault(f"{value!r} where there is no value")
        return b""


@dataclass(frozen=True, slots=True)
class Nullable(DataType):
    """null-data or a value of `type`; null-data is None."""

    type: DataType

    def decode(self, cursor: Cursor) -> Value:
        return (NULL if cursor.peek() == Null.kind[0] else self.type).decode(cursor)

    def encode(self, value: Value) -> bytes:
        return (NULL if value is None else self.type).encode(value)

    def bind(self, cursor: Cursor) -> Reader:
        return (NULL if cursor.peek() == Null.kind[0] else self.type).bind(cursor)

    def describe(self, value: Value) -> bytes:
        return (NULL if value is None else self.type).describe(value)

    def encode_bare(self, value: Value) -> bytes:
        return (NULL if value is None else self.type).encode_bare(value)

    def to_json(self, value: Value) -> Json:
        return None if value is None else self.type.to_json(value)

    def from_json(self, json: Json) -> Value:
        return None if json is None else self.type.from_json(json)


@dataclass(frozen=True, slots=True)
class Boolean(Simple):
    """boolean: FF is true and 00 false. Another octet is read as its number, which is true as well."""

    kind: ClassVar[tuple[int, str]] = (0x03, "boolean")

    def read(self, cursor: Cursor) -> bool | int:
        octet = cursor.uint(1, "")
        return octet != 0 if octet in (0x00, 0xFF) else octet

    def encode_bare(self, value: Value) -> bytes:
        if isinstance(value, bool):
            return b"\xff" if value else b"\x00"
        if not isinstance(value, int) or not 0 < value < 0xFF:
            raise fault(f"{value!r} is neither true nor false")
        return bytes((value,))


@dataclass(frozen=True, slots=True)
class Number(Simple):
    """An integer type of fixed width, with the range that the use case allows."""

    name: str
    tag: int
    width: int
    signed: bool = False
    low: int | None = None
    high: int | None = None

    @property
    def kind(self) -> tuple[int, str]:
        return self.tag, self.name

    @property
    def range(self) -> tuple[int, int]:
        """Lowest and highest value."""
        bits = 8 * self.width - self.signed
        lowest = -(1 << bits) if self.signed else 0
        return (lowest if self.low is None else self.low, (1 << bits) - 1 if self.high is None else self.high)

    def read(self, cursor: Cursor) -> int:
        return int.from_bytes(cursor.take(self.width, ""), "big", signed=self.signed)

    def encode(self, value: Value) -> bytes:
        return self.tag.to_bytes() + self.encode_bare(value)

    def encode_bare(self, value: Value) -> bytes:
        if type(value) is int and self.low is None is self.high:
            # The octets tell of most numbers whether they fit.
            try:
                return value.to_bytes(self.width, "big", signed=self.signed)
            except OverflowError:
                pass
        low, high = self.range
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise fault(f"{value!r} is not a whole number between {low} and {high}")
        return value.to_bytes(self.width, "big", signed=self.signed)


@dataclass(frozen=True, slots=True)
class Quantity(Number):
    """A number of a physical or monetary quantity; the value is the number as it is sent."""

    unit: str = ""
    scaler: int = 0

    def to_json(self, value: Value) -> Json:
        return quantity_to_json(value, self.unit, self.scaler)

    def from_json(self, json: Json) -> Value:
        return quantity_from_json(json, self.unit, self.scaler)


@dataclass(frozen=True, slots=True)
class Enumeration(Simple):
    """An enumeration, carried by `number`; codes without a name stay readable.

    The value is the code; `gbcs.named` tells its JSON form, in which the code has `digits` hexadecimal digits if any.
    """

    names: Mapping[int, str]
    number: Number
    digits: int = 0

    @property
    def kind(self) -> tuple[int, str]:
        return self.number.kind

    def read(self, cursor: Cursor) -> int:
        return self.number.read(cursor)

    def encode(self, value: Value) -> bytes:
        return self.number.encode(value)

    def encode_bare(self, value: Value) -> bytes:
        return self.number.encode_bare(value)

    def to_json(self, value: Value) -> Json:
        return named_to_json(value, self.names, self.digits)

    def from_json(self, json: Json) -> Value:
        return named_from_json(json, self.names)


_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_NUMBER_32 = Number("double-long-unsigned", 0x06, 4)


@dataclass(frozen=True, slots=True)
class Seconds(Simple):
    """double-long-unsigned that counts seconds since 2000-01-01; the value is the number, JSON shows ISO 8601."""

    kind: ClassVar[tuple[int, str]] = _NUMBER_32.kind

    def read(self, cursor: Cursor) -> int:
        return _NUMBER_32.read(cursor)

    def encode_bare(self, value: Value) -> bytes:
        return _NUMBER_32.encode_bare(value)

    def to_json(self, value: Value) -> Json:
        return f"{_EPOCH + timedelta(seconds=value):%Y-%m-%dT%H:%M:%SZ}"

    def from_json(self, json: Json) -> Value:
        if isinstance(json, str):
            try:
                json = datetime.fromisoformat(json)
            except ValueError:
                raise fault(f"{json!r} is not a date and time") from None
        if isinstance(json, datetime):
            if json.tzinfo is None:
                raise fault(f"{json} has no time zone")
            return (json - _EPOCH) // timedelta(seconds=1)
        return json


@dataclass(frozen=True, slots=True)
class OctetString(Simple):
    """octet-string of `low` to `high` octets; JSON shows hex digits."""

    kind: ClassVar[tuple[int, str]] = (0x09, "octet-string")
    low: int = 0
    high: int | None = None

    def read(self, cursor: Cursor) -> Value:
        start = cursor.offset
        octets = cursor.take(cursor.length("length"), "")
        if not self._fits(len(octets)):
            raise DecodeError("", start, f"{len(octets)} octets, {self._wanted()} wanted")
        return octets

    def encode_bare(self, value: Value) -> bytes:
        if not isinstance(value, bytes) or not self._fits(len(value)):
            raise fault(f"{value!r} is not {self._wanted()} octets")
        return encode_length(len(value)) + value

    def to_json(self, value: Value) -> Json:
        return value.hex()

    def from_json(self, json: Json) -> Value:
        if isinstance(json, bytes):
            return json
        try:
            return bytes.fromhex(json)
        except (TypeError, ValueError):
            raise fault(f"{json!r} is not hexadecimal digits") from None

    def _fits(self, length: int) -> bool:
        return self.low <= length and (self.high is None or length <= self.high)

    def _wanted(self) -> str:
        if self.low == self.high:
            return str(self.low)
        return f"{self.low} to {self.high}" if self.high is not None else f"at least {self.low}"


_OCTET_STRING, _VISIBLE_STRING, _UTF8_STRING = (0x09, "octet-string"), (0x0A, "visible-string"), (0x0C, "utf8-string")


@dataclass(frozen=True, slots=True)
class Text(Simple):
    """Text in an octet-string, visible-string or utf8-string; octets that are no UTF-8 survive as surrogates."""

    octets: OctetString
    kind: tuple[int, str] = _OCTET_STRING

    def read(self, cursor: Cursor) -> str:
        octets: bytes = self.octets.read(cursor)
        return octets.decode("utf-8", "surrogateescape")

    def encode_bare(self, value: Value) -> bytes:
        if not isinstance(value, str):
            raise fault(f"{value!r} is not text")
        try:
            octets = value.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raise fault("characters that UTF-8 has no octets for") from None
        return self.octets.encode_bare(octets)


@dataclass(frozen=True, slots=True)
class BitString(Simple):
    """bit-string of `low` to `high` bits; the value is text of 0 and 1, the first bit first."""

    kind: ClassVar[tuple[int, str]] = (0x04, "bit-string")
    low: int
    high: int

    def read(self, cursor: Cursor) -> str:
        start = cursor.offset
        count = cursor.length("length")
        if not self.low <= count <= self.high:
            raise DecodeError("", start, f"{count} bits, {self.low} to {self.high} wanted")
        octets = cursor.take((count + 7) // 8, "")
        bits = "".join(f"{octet:08b}" for octet in octets)
        if "1" in bits[count:]:
            raise DecodeError("", start, "bits behind the last one are set")
        return bits[:count]

    def encode_bare(self, value: Value) -> bytes:
        fits = isinstance(value, str) and self.low <= len(value) <= self.high and not set(value) - {"0", "1"}
        if not fits:
            raise fault(f"{value!r} is not {self.low} to {self.high} digits 0 and 1")
        width = (len(value) + 7) // 8
        number = int(value.ljust(8 * width, "0") or "0", 2)
        return encode_length(len(value)) + number.to_bytes(width, "big")


@dataclass(frozen=True, slots=True)
class Formatted(Simple):
    """octet-string of fixed length whose value is a class of octets with a text; JSON shows the text."""

    form: type[CosemDate] | type[CosemTime] | type[CosemDateTime] | type[Obis]
    octets: OctetString
    kind: ClassVar[tuple[int, str]] = _OCTET_STRING

    def read(self, cursor: Cursor) -> Value:
        return self.form(self.octets.read(cursor))

    def encode_bare(self, value: Value) -> bytes:
        if not isinstance(value, self.form):
            raise fault(f"{value!r} is not a {self.form.__name__}")
        return self.octets.encode_bare(bytes(value))

    def to_json(self, value: Value) -> Json:
        return str(value)

    def from_json(self, json: Json) -> Value:
        try:
            if isinstance(json, bytes):
                return self.form(json)
            if isinstance(json, str):
                return self.form.parse(json)
            from_clock: Any = self.form  # a logical name is no date, and has no `of`
            return from_clock.of(json)
        except (AttributeError, TypeError):
            raise fault(f"{json!r} is not a {self.form.__name__}") from None
        except DecodeError as error:
            raise fault(error.reason) from None


NULL = Null()
BOOLEAN = Boolean()
INTEGER = Number("integer", 0x0F, 1, signed=True)
LONG = Number("long", 0x10, 2, signed=True)
DOUBLE_LONG = Number("double-long", 0x05, 4, signed=True)
UNSIGNED = Number("unsigned", 0x11, 1)
LONG_UNSIGNED = Number("long-unsigned", 0x12, 2)
DOUBLE_LONG_UNSIGNED = Number("double-long-unsigned", 0x06, 4)
ENUM = Number("enum", 0x16, 1)
DATE = Formatted(CosemDate, OctetString(5, 5))
TIME = Formatted(CosemTime, OctetString(4, 4))
DATE_TIME = Formatted(CosemDateTime, OctetString(12, 12))
LOGICAL_NAME = Formatted(Obis, OctetString(6, 6))
SECONDS = Seconds()


def quantity(number: Number, unit: str, scaler: int = 0) -> Quantity:
    """`number` as a quantity of `unit`."""
    return Quantity(
        number.name, number.tag, number.width, number.signed, number.low, number.high, unit=unit, scaler=scaler
    )


def octets(low: int, high: int | None = None) -> OctetString:
    """octet-string of exactly `low` octets, or of `low` to `high`."""
    return OctetString(low, low if high is None else high)


def bits(low: int, high: int | None = None) -> BitString:
    """bit-string of exactly `low` bits, or of `low` to `high`."""
    return BitString(low, low if high is None else high)


def visible_string(high: int) -> Text:
    """visible-string of at most `high` octets."""
    return Text(OctetString(0, high), _VISIBLE_STRING)


def utf8_string(high: int) -> Text:
    """utf8-string of at most `high` octets."""
    return Text(OctetString(0, high), _UTF8_STRING)
