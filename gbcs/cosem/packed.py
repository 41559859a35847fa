"""Fields of fixed width packed into one octet-string, as alerts carry them (message structure 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from gbcs.cosem.composite import Field, Structure, structure
from gbcs.cosem.obis import Obis
from gbcs.cosem.types import Json, OctetString, Simple, Value, fault
from gbcs.cursor import Cursor
from gbcs.errors import DecodeError
from gbcs.eui64 import Eui64

_OCTET_STRING = (0x09, "octet-string")


@dataclass(frozen=True, slots=True)
class Name(Simple):
    """An EUI-64 or a logical name without tag and length; JSON shows 16 hex digits, or ``0-0:94.44.2.0``."""

    kind: ClassVar[tuple[int, str]] = _OCTET_STRING
    form: type[Eui64] | type[Obis]
    width: int

    def read(self, cursor: Cursor) -> Value:
        return self.form(cursor.take(self.width, ""))

    def encode_bare(self, value: Value) -> bytes:
        if not isinstance(value, bytes) or len(value) != self.width:
            raise fault(f"{value!r} is not {self.width} octets")
        return bytes(value)

    def to_json(self, value: Value) -> Json:
        return value.hex() if self.form is Eui64 else str(value)

    def from_json(self, json: Json) -> Value:
        try:
            return self.form.parse(json) if isinstance(json, str) else json
        except DecodeError as error:
            raise fault(error.reason) from None


IDENTIFIER = Name(Eui64, 8)
INSTANCE = Name(Obis, 6)


@dataclass(frozen=True, slots=True)
class Packed(Simple):
    """octet-string of `width` octets whose contents are `fields` without tags; the value is a dict."""

    kind: ClassVar[tuple[int, str]] = _OCTET_STRING
    width: int
    fields: Mapping[str, Simple]

    def read(self, cursor: Cursor) -> dict[str, Value]:
        contents = Cursor(OctetString(self.width, self.width).read(cursor), cursor.offset - self.width)
        return {name: Field(name, each).read(each.read, contents) for name, each in self.fields.items()}

    def encode_bare(self, value: Value) -> bytes:
        return OctetString(self.width, self.width).encode_bare(self.structure.encode_bare(value))

    def to_json(self, value: Value) -> Json:
        return self.structure.to_json(value)

    def from_json(self, json: Json) -> Value:
        return self.structure.from_json(json)

    @property
    def structure(self) -> Structure:
        """The fields as a structure, whose bare octets the contents are."""
        return structure(**self.fields)
