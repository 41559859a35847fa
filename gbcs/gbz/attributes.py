"""The profile-wide commands that read attributes, and their status codes (ZCL 2.4, 2.5; message structure 5.1, 5.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gbcs.cosem.types import Json, Value, fault
from gbcs.cursor import Cursor
from gbcs.gbz.model import Attribute
from gbcs.gbz.status import Status
from gbcs.gbz.types import U8, U16, Enumeration, ZclType, within

STATUS = Enumeration({status: status.name.lower().replace("_", " ") for status in Status})


class Failed(NamedTuple):
    """Stands for the value of an attribute that could not be read."""

    status: int


@dataclass(frozen=True, slots=True)
class AttributeList(ZclType):
    """Read Attributes: identifiers that the use case fixes, so that there is no value."""

    attributes: Sequence[Attribute]

    def decode(self, cursor: Cursor) -> None:
        cursor.expect(self.encode(None), "attribute_identifiers")

    def encode(self, value: Value) -> bytes:
        if value is not None:
            raise fault("the use case leaves no choice here")
        return b"".join(U16.encode(attribute.id) for attribute in self.attributes)


@dataclass(frozen=True, slots=True)
class AttributeRecords(ZclType):
    """Read Attributes Response: a record for each attribute read; the value is a dict by attribute name."""

    attributes: Sequence[Attribute]

    def decode(self, cursor: Cursor) -> dict[str, Value]:
        value = {}
        for attribute in self.attributes:
            with within(attribute.name):
                value[attribute.name] = _decode_record(attribute, cursor)
        return value

    def encode(self, value: Value) -> bytes:
        self._check(value)
        records = []
        for attribute in self.attributes:
            with within(attribute.name):
                records.append(_encode_record(attribute, value[attribute.name]))
        return b"".join(records)

    def to_json(self, value: Value) -> Json:
        json = {}
        for attribute in self.attributes:
            read = value[attribute.name]
            failed = isinstance(read, Failed)
            json[attribute.name] = {"status": STATUS.to_json(read.status)} if failed else attribute.type.to_json(read)
        return json

    def from_json(self, json: Json) -> Value:
        self._check(json)
        value: dict[str, Value] = {}
        for attribute in self.attributes:
            record = json[attribute.name]
            with within(attribute.name):
                if isinstance(record, Mapping) and "status" in record:
                    value[attribute.name] = Failed(STATUS.from_json(record["status"]))
                else:
                    value[attribute.name] = attribute.type.from_json(record)
        return value

    def _check(self, value: Value) -> None:
        names = [attribute.name for attribute in self.attributes]
        if not isinstance(value, Mapping) or set(value) != set(names):
            raise fault(f"{value!r} is not a mapping of {', '.join(names)}")


def _decode_record(attribute: Attribute, cursor: Cursor) -> Value:
    cursor.expect(U16.encode(attribute.id), "attribute_identifier")
    status = cursor.uint(1, "status")
    if status != Status.SUCCESS:
        return Failed(status)
    cursor.expect(bytes((attribute.type_id,)), "data_type")
    return attribute.type.decode(cursor)


def _encode_record(attribute: Attribute, value: Value) -> bytes:
    if not isinstance(value, Failed):
        head = bytes((Status.SUCCESS, attribute.type_id))
        return U16.encode(attribute.id) + head + attribute.type.encode(value)
    if value.status == Status.SUCCESS:
        raise fault("success without a value")
    return U16.encode(attribute.id) + U8.encode(value.status)
