"""DLMS COSEM payloads of alerts: data-notification (message structure 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from gbcs.cosem.composite import Field, Structure
from gbcs.cosem.objects.model import CosemObject
from gbcs.cosem.types import DATE_TIME, LONG_UNSIGNED, DataType, Json, OctetString, Simple, Value, fault
from gbcs.cursor import Cursor
from gbcs.errors import DecodeError, UseCaseError
from gbcs.eui64 import Eui64
from gbcs.message import Kind
from gbcs.usecases import protected_read
from gbcs.usecases.access_list import invoke_id
from gbcs.usecases.model import Context, Item, Payload

_DATA_NOTIFICATION = b"\x0f"
_NO_DATE_TIME = b"\x00"
_STRUCTURE = 0x02
#: Elements before those that are specific to the alert.
_COMMON = 2


@dataclass(frozen=True, slots=True)
class Code(Simple):
    """long-unsigned that is an alert code; JSON shows ``0x8f66``."""

    kind: ClassVar[tuple[int, str]] = LONG_UNSIGNED.kind

    def read(self, cursor: Cursor) -> int:
        return LONG_UNSIGNED.read(cursor)

    def encode_bare(self, value: Value) -> bytes:
        return LONG_UNSIGNED.encode_bare(value)

    def to_json(self, value: Value) -> Json:
        return f"0x{value:04x}"

    def from_json(self, json: Json) -> Value:
        try:
            return int(json, 16) if isinstance(json, str) else json
        except ValueError:
            raise fault(f"{json!r} is no alert code") from None


@dataclass(frozen=True, slots=True)
class Packed(Simple):
    """octet-string that holds fields of fixed width one behind the other; the value is a dict by field name.

    A width of 8 called an identifier is shown as hex digits, every other field as a number.
    """

    kind: ClassVar[tuple[int, str]] = (0x09, "octet-string")
    widths: tuple[tuple[str, int], ...]

    def read(self, cursor: Cursor) -> dict[str, Value]:
        whole = self._octets().read(cursor)
        part = Cursor(whole, cursor.offset - len(whole))
        return {name: self._value(name, part.take(width, name)) for name, width in self.widths}

    def encode_bare(self, value: Value) -> bytes:
        if not isinstance(value, Mapping) or set(value) != {name for name, _ in self.widths}:
            raise fault(f"{value!r} is not a mapping of {', '.join(name for name, _ in self.widths)}")
        return self._octets().encode_bare(
            b"".join(self._field(name, width, value[name]) for name, width in self.widths)
        )

    def to_json(self, value: Value) -> Json:
        return {name: part.hex() if isinstance(part, bytes) else part for name, part in value.items()}

    def from_json(self, json: Json) -> Value:
        if not isinstance(json, Mapping):
            raise fault(f"{json!r} is not an object")
        octets = OctetString()
        return {name: octets.from_json(part) if self._is_octets(name) else part for name, part in json.items()}

    @staticmethod
    def _is_octets(name: str) -> bool:
        return name.endswith(("_id", "instance"))

    def _value(self, name: str, octets: bytes) -> Value:
        if name.endswith("_id") and len(octets) == 8:
            return Eui64(octets)
        return octets if self._is_octets(name) else int.from_bytes(octets, "big")

    def _field(self, name: str, width: int, value: Value) -> bytes:
        if self._is_octets(name):
            fits = isinstance(value, bytes) and len(value) == width
        else:
            fits = isinstance(value, int) and 0 <= value < 1 << 8 * width
        if not fits:
            raise fault(f"{value!r} does not fit {width} octets").within(name)
        return bytes(value) if isinstance(value, bytes) else value.to_bytes(width, "big")

    def _octets(self) -> OctetString:
        length = sum(width for _, width in self.widths)
        return OctetString(length, length)


class Notification:
    """The payload of a DLMS COSEM alert: alert code, time stamp, and what is specific to the use case."""

    def __init__(self, protects: tuple[CosemObject, str] | None = None, **fields: DataType) -> None:
        """`protects` is what stands encrypted behind the fields."""
        named = {"alert_code": Code(), "time_stamp": DATE_TIME, **fields}
        self._structure = Structure(tuple(Field(name, declared) for name, declared in named.items()))
        self._protects = (protects[0].member(protects[1]),) if protects else ()

    def decode(self, context: Context) -> Payload:
        """See `gbcs.usecases.model.PayloadForm`."""
        cursor = Cursor(context.message.content)
        cursor.expect(_DATA_NOTIFICATION, "content.tag")
        cursor.expect(invoke_id(context.message), "long_invoke_id_and_priority")
        cursor.expect(_NO_DATE_TIME, "content.date_time")
        cursor.expect(bytes((_STRUCTURE, self._count())), "content.elements")
        items = [Item(field.name, field.read(field.type.decode, cursor)) for field in self._structure.fields]
        if self._protects:
            name = self._protects[0].field
            try:
                octets, value = protected_read.decode_protected(self._protects, cursor, context)
            except DecodeError as error:
                raise error.within(name) from None
            items.append(Item(name, value, protected=octets))
        cursor.finish("content")
        return Payload(tuple(items))

    def encode(self, payload: Payload, context: Context) -> bytes:
        """See `gbcs.usecases.model.PayloadForm`."""
        values = dict(payload)
        protected = b""
        for member in self._protects:
            if member.field not in payload:
                raise UseCaseError("", member.field, "missing")
            item = payload.item(member.field)
            del values[member.field]
            protected = protected_read.encode_protected(self._protects, item.value, item.protected, context)
        elements = self._structure.encode(values)[_COMMON:]
        head = _DATA_NOTIFICATION + invoke_id(context.message) + _NO_DATE_TIME + bytes((_STRUCTURE, self._count()))
        return head + elements + protected

    def request(self, values: Mapping[str, Value]) -> Payload:
        """See `gbcs.usecases.model.PayloadForm`: the alert's own values."""
        read = self._structure.from_json(values)
        return Payload(tuple(Item(name, value) for name, value in read.items()))

    def to_json(self, payload: Payload, kind: Kind) -> Json:  # noqa: ARG002 - alerts are of one kind
        """See `gbcs.usecases.model.PayloadForm`."""
        plain = {field.name: payload[field.name] for field in self._structure.fields}
        json: dict[str, Json] = dict(self._structure.to_json(plain))
        for member in self._protects:
            item = payload.item(member.field)
            json[member.field] = {
                "decrypted": item.value is not None,
                "protected_octets": (item.protected or b"").hex(),
            }
            if item.value is not None:
                json[member.field]["value"] = protected_read.Plaintext(self._protects).to_json(item.value)
        return json

    def from_json(self, json: Json, kind: Kind) -> Payload:  # noqa: ARG002
        """See `gbcs.usecases.model.PayloadForm`."""
        if not isinstance(json, Mapping):
            raise UseCaseError("", "payload", f"{json!r} is not an object")
        names = {member.field for member in self._protects}
        plain = self._structure.from_json({name: part for name, part in json.items() if name not in names})
        items = [Item(name, value) for name, value in plain.items()]
        for member in self._protects:
            fields = json.get(member.field)
            if not isinstance(fields, Mapping):
                raise UseCaseError("", member.field, f"{fields!r} is not an object")
            value = fields.get("value")
            octets = fields.get("protected_octets")
            items.append(
                Item(
                    member.field,
                    None if value is None else protected_read.Plaintext(self._protects).from_json(value),
                    protected=None if octets is None else OctetString().from_json(octets),
                )
            )
        return Payload(tuple(items))

    def _count(self) -> int:
        # Protection parameters and the encrypted octets are two elements.
        return len(self._structure.fields) + 2 * len(self._protects)
