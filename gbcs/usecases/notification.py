"""DLMS COSEM payloads of alerts: data-notification (message structure 7)."""

from __future__ import annotations

from collections.abc import Mapping

from gbcs.cosem.composite import Field, Structure
from gbcs.cosem.objects.model import CosemObject
from gbcs.cosem.objects.shapes import ALERT_CODE
from gbcs.cosem.types import DATE_TIME, DataType, Json, OctetString, Value
from gbcs.cursor import Cursor
from gbcs.errors import DecodeError, UseCaseError
from gbcs.message import Kind
from gbcs.usecases.access_list import invoke_id
from gbcs.usecases.model import Context, Item, Payload, PayloadForm
from gbcs.usecases.protected_read import Plaintext, decode_protected, encode_protected

_DATA_NOTIFICATION = b"\x0f"
_NO_DATE_TIME = b"\x00"
_STRUCTURE = 0x02
#: Elements before those that are specific to the alert.
_COMMON = 2


class Notification(PayloadForm):
    """The payload of a DLMS COSEM alert: alert code, time stamp, and what is specific to the use case."""

    def __init__(self, protects: tuple[CosemObject, str] | None = None, **fields: DataType) -> None:
        """`protects` is what stands encrypted behind the fields."""
        named = {"alert_code": ALERT_CODE, "time_stamp": DATE_TIME, **fields}
        self._structure = Structure(tuple(Field(name, declared) for name, declared in named.items()))
        self._protects = (protects[0].member(protects[1]),) if protects else ()
        self._plaintext = Plaintext(self._protects)

    @property
    def declared(self) -> dict[str, DataType]:
        """Fields in wire order, what is sent encrypted last."""
        fields = {field.name: field.type for field in self._structure.fields}
        return fields | {member.field: member.type for member in self._protects}

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
                octets, value = decode_protected(self._plaintext, cursor, context)
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
            protected = encode_protected(self._plaintext, item.value, item.protected, context)
        elements = self._structure.encode(values)[_COMMON:]
        head = _DATA_NOTIFICATION + invoke_id(context.message) + _NO_DATE_TIME + bytes((_STRUCTURE, self._count()))
        return head + elements + protected

    def notice(self, values: Mapping[str, Value]) -> Payload:
        """See `gbcs.usecases.model.PayloadForm`."""
        protected = {member.field for member in self._protects}
        return self.from_json(
            {name: {"value": value} if name in protected else value for name, value in values.items()}, Kind.ALERT
        )

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
                json[member.field]["value"] = self._plaintext.to_json(item.value)
        return json

    def from_json(self, json: Json, kind: Kind) -> Payload:  # noqa: ARG002
        """See `gbcs.usecases.model.PayloadForm`."""
        if not isinstance(json, Mapping):
            raise UseCaseError("", "payload", f"{json!r} is not an object")
        names = {member.field for member in self._protects}
        plain = self._structure.from_json({name: part for name, part in json.items() if name not in names})
        items = [Item(name, value) for name, value in plain.items()]
        for member in self._protects:
            try:
                items.append(self._protected_from_json(member.field, json.get(member.field)))
            except UseCaseError as error:
                raise error.within(member.field) from None
        return Payload(tuple(items))

    def _protected_from_json(self, name: str, fields: Json) -> Item:
        if not isinstance(fields, Mapping):
            raise UseCaseError("", "", f"{fields!r} is not an object")
        value, octets = fields.get("value"), fields.get("protected_octets")
        return Item(
            name,
            None if value is None else self._plaintext.from_json(value),
            protected=None if octets is None else OctetString().from_json(octets),
        )

    def _count(self) -> int:
        # Protection parameters and the encrypted octets are two elements.
        return len(self._structure.fields) + 2 * len(self._protects)
