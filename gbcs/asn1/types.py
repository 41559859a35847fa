"""ASN.1 data with declared types: the simple ones (X.690; message structure 6.1).

A type decodes octets to a plain value, encodes the value back, and knows the value's JSON form. Values are int, bytes,
`datetime.datetime`, None, list and dict. A value that the type cannot carry raises `gbcs.errors.UseCaseError` with the
path of the field; octets that are not of the type raise `DecodeError`.

Reading takes every definite length and integers of more octets than they need. Writing is DER but for the lengths in
what devices send.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gbcs.cosem.types import Json, Value
from gbcs.cursor import Cursor, encode_length
from gbcs.errors import DecodeError, UseCaseError
from gbcs.eui64 import Eui64
from gbcs.message import MAXIMUM_COUNTER, Cra, Message
from gbcs.named import named_from_json, named_to_json

# Identifier octets that are asked for by name.
INTEGER, ENUMERATED, SEQUENCE = 0x02, 0x0A, 0x30
_MAXIMUM_INTEGER_OCTETS = 9
#: The execution time of a future-dated command that cancels the one before it.
NEVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def fault(reason: str) -> UseCaseError:
    """The error for a value; the enclosing types add the path of the field."""
    return UseCaseError("", "", reason)


def open_contents(cursor: Cursor, tag: int) -> Cursor:
    """Steps over one encoding that has this identifier octet; gives its contents."""
    found = cursor.peek()
    if found != tag:
        raise cursor.error("", f"{'nothing' if found is None else f'tag {found:02x}'} where tag {tag:02x} belongs")
    cursor.take(1, "")
    return cursor.part(cursor.length(""), "")


def encoding(tag: int, contents: bytes, header: Message) -> bytes:
    """Identifier octet, length and contents, for a message with this header."""
    length = encode_length(len(contents))
    if len(length) == 2 and header.cra is not Cra.COMMAND:
        # Devices write 82 00 nn and never 81 nn (message structure 6.1).
        length = b"\x82\x00" + length[1:]
    return bytes((tag,)) + length + contents


class Type(ABC):
    """What every type can do."""

    __slots__ = ()

    @abstractmethod
    def decode(self, cursor: Cursor) -> Value:
        """Reads one encoding."""

    @abstractmethod
    def encode(self, value: Value, header: Message) -> bytes:
        """Writes one encoding, to stand in the content of the message that has this header."""

    def to_json(self, value: Value) -> Json:
        """The value as people and scripts read it."""
        return value

    @abstractmethod
    def from_json(self, json: Json) -> Value:
        """The value, its range checked, from what a person would write in JSON or in Python."""


class TaggedType(Type):
    """A type with an identifier octet of its own: every one but CHOICE."""

    __slots__ = ()
    tag: int


class SimpleType(TaggedType):
    """A type without inner types."""

    __slots__ = ()

    def decode(self, cursor: Cursor) -> Value:
        contents = open_contents(cursor, self.tag)
        value = self._read(contents)
        contents.finish("")
        return value

    def encode(self, value: Value, header: Message) -> bytes:
        return encoding(self.tag, self._write(value), header)

    @abstractmethod
    def _read(self, contents: Cursor) -> Value: ...

    @abstractmethod
    def _write(self, value: Value) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Null(SimpleType):
    """NULL; the value is None."""

    tag: int = 0x05

    def _read(self, contents: Cursor) -> None:
        contents.finish("")

    def _write(self, value: Value) -> bytes:
        self.from_json(value)
        return b""

    def from_json(self, json: Json) -> None:
        if json is not None:
            raise fault(f"{json!r} where there is no value")


@dataclass(frozen=True, slots=True)
class Integer(SimpleType):
    """INTEGER from 0 to `high`; ENUMERATED with that tag.

    Where there are names `gbcs.named` tells the JSON form, in which the code has `digits` hexadecimal digits if any;
    codes without a name stay readable.
    """

    names: Mapping[int, str] = field(default_factory=dict)
    high: int = MAXIMUM_COUNTER
    tag: int = INTEGER
    digits: int = 0

    def _read(self, contents: Cursor) -> int:
        if not 1 <= contents.remaining <= _MAXIMUM_INTEGER_OCTETS:
            raise contents.error("", f"an integer of {contents.remaining} octets")
        start = contents.offset
        value = int.from_bytes(contents.take(contents.remaining, ""), "big", signed=True)
        if not 0 <= value <= self.high:
            raise DecodeError("", start, f"{value} is not between 0 and {self.high}")
        return value

    def _write(self, value: Value) -> bytes:
        number = self._checked(value)
        return number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)

    def _checked(self, value: Value) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= self.high:
            raise fault(f"{value!r} is not a whole number between 0 and {self.high}")
        return value

    def to_json(self, value: Value) -> Json:
        return named_to_json(value, self.names, self.digits) if self.names else value

    def from_json(self, json: Json) -> int:
        return self._checked(named_from_json(json, self.names) if self.names else json)


@dataclass(frozen=True, slots=True)
class OctetString(SimpleType):
    """OCTET STRING, of `size` octets where that is fixed; JSON shows hex digits."""

    size: int | None = None
    tag: int = 0x04

    def _read(self, contents: Cursor) -> bytes:
        if self.size not in (None, contents.remaining):
            raise contents.error("", f"{contents.remaining} octets, {self.size} wanted")
        return contents.take(contents.remaining, "")

    def _write(self, value: Value) -> bytes:
        return self._checked(value)

    def _checked(self, value: Value) -> bytes:
        if not isinstance(value, bytes) or self.size not in (None, len(value)):
            raise fault(f"{value!r} is not {'' if self.size is None else f'{self.size} '}octets")
        return value

    def to_json(self, value: Value) -> Json:
        return value.hex()

    def from_json(self, json: Json) -> bytes:
        if isinstance(json, str):
            try:
                json = bytes.fromhex(json)
            except ValueError:
                raise fault(f"{json!r} is not hexadecimal digits") from None
        return self._checked(json)


@dataclass(frozen=True, slots=True)
class EntityIdentifier(OctetString):
    """An EUI-64; the value is an `Eui64`, JSON shows 16 hex digits."""

    size: int | None = 8

    def _read(self, contents: Cursor) -> Eui64:
        return Eui64(OctetString._read(self, contents))

    def from_json(self, json: Json) -> Eui64:
        try:
            return Eui64.parse(json) if isinstance(json, str) else Eui64(self._checked(json))
        except DecodeError as error:
            raise fault(error.reason) from None


@dataclass(frozen=True, slots=True)
class BitString(SimpleType):
    """BIT STRING with named bits; the value lists the names of those that are set, in their order."""

    names: tuple[str, ...]
    tag: int = 0x03

    def _read(self, contents: Cursor) -> list[str]:
        start = contents.offset
        unused = contents.uint(1, "")
        octets = contents.take(contents.remaining, "")
        size = 8 * len(octets) - unused
        if unused > 7 or size < 0:
            raise DecodeError("", start, f"{unused} unused bits in {len(octets)} octets")
        bits = [bit for bit in range(size) if octets[bit // 8] & 0x80 >> bit % 8]
        if bits and bits[-1] >= len(self.names):
            raise DecodeError("", start, f"bit {bits[-1]} has no name")
        return [self.names[bit] for bit in bits]

    def _write(self, value: Value) -> bytes:
        bits = [self.names.index(name) for name in self._checked(value)]
        size = bits[-1] + 1 if bits else 0
        unused = -size % 8
        octets = sum(1 << size - 1 - bit for bit in bits) << unused
        return bytes((unused,)) + octets.to_bytes((size + unused) // 8, "big")

    def _checked(self, value: Value) -> list[str]:
        if not isinstance(value, list | tuple):
            raise fault(f"{value!r} is not a list of names")
        for name in value:
            if name not in self.names:
                raise fault(f"{name!r} is none of {', '.join(self.names)}")
        return [name for name in self.names if name in value]

    def to_json(self, value: Value) -> Json:
        return value

    def from_json(self, json: Json) -> list[str]:
        return self._checked([json] if isinstance(json, str) else json)


@dataclass(frozen=True, slots=True)
class GeneralizedTime(SimpleType):
    """GeneralizedTime to the second, UTC; JSON shows ISO 8601, and ``never`` for `NEVER`."""

    tag: int = 0x18

    def _read(self, contents: Cursor) -> datetime:
        start = contents.offset
        octets = contents.take(contents.remaining, "")
        try:
            date, time = re.fullmatch(rb"(\d{8})(\d{6}Z)", octets).groups()  # type: ignore[union-attr]
            return datetime.fromisoformat(f"{date.decode()}T{time.decode()}")
        except (AttributeError, ValueError):
            raise DecodeError("", start, f"{octets.hex()} is not a time YYYYMMDDHHMMSSZ") from None

    def _write(self, value: Value) -> bytes:
        moment = self._checked(value)
        return f"{moment.year:04}{moment:%m%d%H%M%S}Z".encode()

    @staticmethod
    def _checked(value: Value) -> datetime:
        if not isinstance(value, datetime) or value.utcoffset() is None:
            raise fault(f"{value!r} is not a time with a time zone")
        try:
            return value.astimezone(UTC).replace(microsecond=0)
        except OverflowError:
            raise fault(f"{value} is before the year 1 or after the year 9999") from None

    def to_json(self, value: Value) -> Json:
        moment = self._checked(value)
        return "never" if moment == NEVER else f"{moment.replace(tzinfo=None).isoformat()}Z"

    def from_json(self, json: Json) -> datetime:
        if json == "never":
            return NEVER
        if isinstance(json, str):
            try:
                json = datetime.fromisoformat(json)
            except ValueError:
                raise fault(f"{json!r} is not a date and time") from None
        return self._checked(json)


NULL = Null()
COUNTER = Integer()
TIME = GeneralizedTime()
ENTITY_IDENTIFIER = EntityIdentifier()
