"""A-XDR data with declared types (DLMS Blue Book 4.1.5, Green Book A-XDR; GBCS 9.1).

A type decodes octets to a plain value, encodes the value back, and knows the value's JSON form. Values are int, bool,
bytes, str, None, `CosemDateTime`, dict (structure) and list (array). A value that the type cannot carry raises
`gbcs.errors.UseCaseError` with the path of the field; octets that are not of the type raise `DecodeError`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

from gbcs.cosem.date_time import CosemDateTime
from gbcs.cursor import Cursor, encode_length
from gbcs.errors import DecodeError, UseCaseError

Value: TypeAlias = Any
Json: TypeAlias = Any


def _fault(reason: str) -> UseCaseError:
    return UseCaseError("", "", reason)


class DataType(ABC):
    """What every type can do."""

    __slots__ = ()

    @abstractmethod
    def decode(self, cursor: Cursor) -> Value:
        """Reads one value, tag and all."""

    @abstractmethod
    def encode(self, value: Value) -> bytes:
        """Writes one value, tag and all."""

    def to_json(self, value: Value) -> Json:
        """The value as people and scripts read it."""
        return value

    def from_json(self, json: Json) -> Value:
        """The value from what a person would write, in JSON or in Python."""
        return json


def _expect_tag(cursor: Cursor, tag: int, name: str) -> None:
    found = cursor.peek()
    if found != tag:
        shown = "nothing" if found is None else f"tag {found:02x}"
        raise cursor.error("", f"{shown} where {name} ({tag:02x}) belongs")
    cursor.position += 1


@dataclass(frozen=True, slots=True)
class Null(DataType):
    """null-data; the value is None."""

    def decode(self, cursor: Cursor) -> None:
        _expect_tag(cursor, 0x00, "null-data")

    def encode(self, value: Value) -> bytes:
        if value is not None:
            raise _fault(f"{value!r} where there is no value")
        return b"\x00"


@dataclass(frozen=True, slots=True)
class Number(DataType):
    """An integer type of fixed width, with the range that the use case allows."""

    name: str
    tag: int
    width: int
    signed: bool = False
    low: int | None = None
    high: int | None = None

    @property
    def range(self) -> tuple[int, int]:
        """Lowest and highest value."""
        bits = 8 * self.width - self.signed
        lowest = -(1 << bits) if self.signed else 0
        return (lowest if self.low is None else self.low, (1 << bits) - 1 if self.high is None else self.high)

    def decode(self, cursor: Cursor) -> int:
        _expect_tag(cursor, self.tag, self.name)
        return int.from_bytes(cursor.take(self.width, ""), "big", signed=self.signed)

    def encode(self, value: Value) -> bytes:
        low, high = self.range
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise _fault(f"{value!r} is not a whole number between {low} and {high}")
        return bytes((self.tag,)) + value.to_bytes(self.width, "big", signed=self.signed)


@dataclass(frozen=True, slots=True)
class Enumeration(DataType):
    """An enumeration, carried by `number`; codes without a name stay readable.

    The value is the code. JSON shows ``{"code": 30, "name": "Wh"}`` and accepts that, the code or the name.
    """

    names: Mapping[int, str]
    number: Number

    def decode(self, cursor: Cursor) -> int:
        return self.number.decode(cursor)

    def encode(self, value: Value) -> bytes:
        return self.number.encode(value)

    def to_json(self, value: Value) -> Json:
        return {"code": value, "name": self.names.get(value)}

    def from_json(self, json: Json) -> Value:
        if isinstance(json, Mapping):
            json = json.get("code")
        if isinstance(json, str):
            code = next((code for code, name in self.names.items() if name == json), None)
            if code is None:
                raise _fault(f"{json!r} is none of {', '.join(self.names.values())}")
            return code
        return json


@dataclass(frozen=True, slots=True)
class OctetString(DataType):
    """octet-string of `low` to `high` octets; JSON shows hex digits."""

    low: int = 0
    high: int | None = None

    def decode(self, cursor: Cursor) -> Value:
        _expect_tag(cursor, 0x09, "octet-string")
        start = cursor.offset
        octets = cursor.take(cursor.length("length"), "")
        if not self._fits(len(octets)):
            raise DecodeError("", start, f"{len(octets)} octets, {self._wanted()} wanted")
        return octets

    def encode(self, value: Value) -> bytes:
        if not isinstance(value, bytes) or not self._fits(len(value)):
            raise _fault(f"{value!r} is not {self._wanted()} octets")
        return b"\x09" + encode_length(len(value)) + value

    def to_json(self, value: Value) -> Json:
        return value.hex()

    def from_json(self, json: Json) -> Value:
        if isinstance(json, bytes):
            return json
        try:
            return bytes.fromhex(json)
        except (TypeError, ValueError):
            raise _fault(f"{json!r} is not hexadecimal digits") from None

    def _fits(self, length: int) -> bool:
        return self.low <= length and (self.high is None or length <= self.high)

    def _wanted(self) -> str:
        if self.low == self.high:
            return str(self.low)
        return f"{self.low} to {self.high}" if self.high is not None else f"at least {self.low}"


@dataclass(frozen=True, slots=True)
class Text(DataType):
    """octet-string that holds text; octets that are no UTF-8 survive as surrogates."""

    octets: OctetString

    def decode(self, cursor: Cursor) -> str:
        octets: bytes = self.octets.decode(cursor)
        return octets.decode("utf-8", "surrogateescape")

    def encode(self, value: Value) -> bytes:
        if not isinstance(value, str):
            raise _fault(f"{value!r} is not text")
        try:
            octets = value.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raise _fault("characters that UTF-8 has no octets for") from None
        return self.octets.encode(octets)


@dataclass(frozen=True, slots=True)
class DateTime(DataType):
    """octet-string of 12 octets that is a date-time; the value is a `CosemDateTime`."""

    def decode(self, cursor: Cursor) -> CosemDateTime:
        return CosemDateTime(OctetString(12, 12).decode(cursor))

    def encode(self, value: Value) -> bytes:
        if not isinstance(value, CosemDateTime):
            raise _fault(f"{value!r} is not a CosemDateTime")
        return OctetString(12, 12).encode(bytes(value))

    def to_json(self, value: Value) -> Json:
        return str(value)

    def from_json(self, json: Json) -> Value:
        if isinstance(json, CosemDateTime):
            return json
        try:
            return CosemDateTime.of(json) if isinstance(json, datetime) else CosemDateTime.parse(json)
        except (DecodeError, TypeError) as error:
            raise _fault(str(error)) from None


@dataclass(frozen=True, slots=True)
class Field:
    """One element of a structure. Optional ones stand at the end; `fixed` is the value that is never another."""

    name: str
    type: DataType
    fixed: Value = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Structure(DataType):
    """structure; the value is a dict by field name."""

    fields: tuple[Field, ...]

    def decode(self, cursor: Cursor) -> dict[str, Value]:
        _expect_tag(cursor, 0x02, "structure")
        start = cursor.offset
        count = cursor.uint(1, "count")
        required = sum(not field.optional for field in self.fields)
        if not required <= count <= len(self.fields):
            raise DecodeError("count", start, f"{count} elements, {required} to {len(self.fields)} wanted")
        value = {}
        for field in self.fields[:count]:
            start = cursor.offset
            try:
                element = field.type.decode(cursor)
                if field.fixed is not None and element != field.fixed:
                    raise DecodeError("", start, f"{element!r} where {field.fixed!r} belongs")
            except DecodeError as error:
                raise error.within(field.name) from None
            value[field.name] = element
        return value

    def encode(self, value: Value) -> bytes:
        if not isinstance(value, Mapping):
            raise _fault(f"{value!r} is not a mapping of {', '.join(field.name for field in self.fields)}")
        self._refuse_unknown(value)
        encoded = []
        for field in self.fields:
            if field.name not in value and field.fixed is None:
                if not field.optional:
                    raise _fault("missing").within(field.name)
                continue
            element = value.get(field.name, field.fixed)
            if field.fixed is not None and element != field.fixed:
                raise _fault(f"{element!r} where {field.fixed!r} belongs").within(field.name)
            try:
                encoded.append(field.type.encode(element))
            except UseCaseError as error:
                raise error.within(field.name) from None
        return bytes((0x02, len(encoded))) + b"".join(encoded)

    def to_json(self, value: Value) -> Json:
        return {field.name: field.type.to_json(value[field.name]) for field in self.fields if field.name in value}

    def from_json(self, json: Json) -> Value:
        if not isinstance(json, Mapping):
            raise _fault(f"{json!r} is not an object")
        self._refuse_unknown(json)
        value = {}
        for field in self.fields:
            if field.name in json:
                try:
                    value[field.name] = field.type.from_json(json[field.name])
                except UseCaseError as error:
                    raise error.within(field.name) from None
        return value

    def _refuse_unknown(self, value: Mapping[str, Value]) -> None:
        known = [field.name for field in self.fields]
        for name in value:
            if name not in known:
                raise _fault(f"no such field; there is {', '.join(known)}").within(str(name))


NULL = Null()
INTEGER = Number("integer", 0x0F, 1, signed=True)
UNSIGNED = Number("unsigned", 0x11, 1)
LONG_UNSIGNED = Number("long-unsigned", 0x12, 2)
DOUBLE_LONG_UNSIGNED = Number("double-long-unsigned", 0x06, 4)
ENUM = Number("enum", 0x16, 1)
DATE_TIME = DateTime()


def structure(**fields: DataType | Field) -> Structure:
    """A structure of the fields in the order written; `fixed` and `optional` say more of one."""
    return Structure(
        tuple(
            replace(declared, name=name) if isinstance(declared, Field) else Field(name, declared)
            for name, declared in fields.items()
        )
    )


def fixed(data_type: DataType, value: Value) -> Field:
    """A field of `structure` that has one value only."""
    return Field("", data_type, fixed=value)


def optional(data_type: DataType) -> Field:
    """A field of `structure` that may be missing; all after it are optional too."""
    return Field("", data_type, optional=True)
