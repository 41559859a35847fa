"""GBZ payloads of alerts (message structure 5.5, 7). Outside of ZCL all is most significant octet first."""

from __future__ import annotations

from collections.abc import Mapping

from gbcs.alert_codes import ALERT_NAMES
from gbcs.cosem.types import Json, Value, fault
from gbcs.cursor import Cursor
from gbcs.errors import DecodeError, UseCaseError
from gbcs.gbz.components import (
    PROFILE,
    Component,
    Frame,
    component_to_json,
    decode_frames,
    encode_frames,
    open_body,
    protected_from_json,
    seal_body,
    unusual_control,
    used_control,
)
from gbcs.gbz.exchange import field_name
from gbcs.gbz.model import Command
from gbcs.gbz.types import TIME, Enumeration, Number, Plain, Structure, Time, ZclType, within
from gbcs.message import Kind
from gbcs.usecases.model import Context, Item, Payload, PayloadForm

_HEAD = Structure(
    {
        "alert_code": Enumeration(ALERT_NAMES, Number(2, order="big"), digits=4),
        "time_stamp": Time(TIME.words, Number(4, order="big")),
    }
)
#: A generic alert may have more to say; its code tells what that means.
_UNSPECIFIED = Structure({"specific_content": Plain()})


class Alert(PayloadForm):
    """The payload of an alert: code and time stamp, then the fields of its use case behind `prefix`."""

    def __init__(self, fields: Mapping[str, ZclType] | None = None, prefix: bytes = b"") -> None:
        self._prefix = prefix
        self._content = Structure(fields) if fields else _UNSPECIFIED
        self._counts = (1,) if fields else (0, 1)

    @property
    def declared(self) -> dict[str, ZclType]:
        """Fields in wire order."""
        return {**_HEAD.fields, **self._content.fields}

    def decode(self, context: Context) -> Payload:
        """See `gbcs.usecases.model.PayloadForm`."""
        cursor = Cursor(context.message.content)
        cursor.expect(PROFILE, "profile_id")
        start = cursor.offset
        count = cursor.uint(1, "components.count")
        if count not in self._counts:
            raise DecodeError("components.count", start, f"{count} does not belong here")
        items = [Item(name, value) for name, value in _HEAD.decode(cursor).items()]
        if count:
            items += self._decode_content(cursor, context)
        cursor.finish("content")
        return Payload(tuple(items))

    def encode(self, payload: Payload, context: Context) -> bytes:
        """See `gbcs.usecases.model.PayloadForm`."""
        head = {name: payload[name] for name in _HEAD.fields if name in payload}
        items = [item for item in payload.items_in_order if item.name not in head]
        count = 1 if items else self._counts[0]
        content = self._encode_content(items, context) if count else b""
        return PROFILE + bytes((count,)) + _HEAD.encode(head) + content

    def _decode_content(self, cursor: Cursor, context: Context) -> list[Item]:  # noqa: ARG002
        cursor.expect(self._prefix, "specific_content")
        return [Item(name, value) for name, value in self._content.decode(cursor).items()]

    def _encode_content(self, items: list[Item], context: Context) -> bytes:  # noqa: ARG002
        return self._prefix + self._content.encode({item.name: item.value for item in items})

    def notice(self, values: Mapping[str, Value]) -> Payload:
        """See `gbcs.usecases.model.PayloadForm`."""
        return self.from_json(values, Kind.ALERT)

    def to_json(self, payload: Payload, kind: Kind) -> Json:  # noqa: ARG002 - the same for every kind
        """See `gbcs.usecases.model.PayloadForm`."""
        return {item.name: self._item_to_json(item) for item in payload.items_in_order}

    def _item_to_json(self, item: Item) -> Json:
        return self.declared[item.name].to_json(item.value)

    def from_json(self, json: Json, kind: Kind) -> Payload:  # noqa: ARG002 - the same for every kind
        """See `gbcs.usecases.model.PayloadForm`."""
        if not isinstance(json, Mapping):
            raise UseCaseError("", "payload", f"{json!r} is not an object")
        items = []
        for name, fields in json.items():
            with within(name):
                items.append(self._item_from_json(name, fields))
        return Payload(tuple(items))

    def _item_from_json(self, name: str, fields: Json) -> Item:
        types = self.declared
        if name not in types:
            raise fault(f"no such field; there is {', '.join(types)}")
        return Item(name, types[name].from_json(fields))


class ComponentAlert(Alert):
    """The payload of an alert that pushes an encrypted ZCL command."""

    def __init__(self, command: Command) -> None:
        super().__init__({field_name(command.name): command.body})
        self._command = command
        self._name = field_name(command.name)

    def _decode_content(self, cursor: Cursor, context: Context) -> list[Item]:
        (frame,) = decode_frames(cursor, 1)
        with within(self._name):
            known = self._command.is_in(frame.cluster, frame.frame_control, frame.command_id)
            if not known or not frame.encrypted or frame.from_date_time is not None or frame.sequence:
                raise DecodeError("", frame.offset, f"the use case does not have {frame} here, or not in this form")
            value, protected = open_body(self._command.body, frame, context)
        control = unusual_control(frame, self._command.answer_control)
        return [Component(self._name, value, protected=protected, frame_control=control)]

    def _encode_content(self, items: list[Item], context: Context) -> bytes:
        self._content.refuse_unknown({item.name: None for item in items})
        with within(self._name):
            if not items:
                raise fault("missing")
            (item,) = items
            body = seal_body(self._command.body, item.value, item.protected, context)
            control = used_control(item, self._command.answer_control)
        return encode_frames([Frame(self._command.cluster, control, 0, self._command.id, body, encrypted=True)])

    def notice(self, values: Mapping[str, Value]) -> Payload:
        """See `gbcs.usecases.model.PayloadForm`."""
        return super().notice(
            {name: {"value": value} if name == self._name else value for name, value in values.items()}
        )

    def _item_to_json(self, item: Item) -> Json:
        if item.name == self._name:
            return component_to_json(self._command, item, self._command.body)
        return super()._item_to_json(item)

    def _item_from_json(self, name: str, fields: Json) -> Item:
        if name != self._name:
            return super()._item_from_json(name, fields)
        if not isinstance(fields, Mapping):
            raise fault(f"{fields!r} is not an object")
        value = fields.get("value")
        if value is not None:
            value = self._command.body.from_json(value)
        control = fields.get("frame_control")
        return Component(name, value, protected=protected_from_json(fields), frame_control=control)
