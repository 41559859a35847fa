"""DLMS COSEM payloads of commands and responses: access-request and access-response (GBCS 9.2, message structure 4).

A declaration is a list of accesses in wire order. Everything else on the wire follows from it and from the message
header, so nothing of it is stored: the invoke id, the access specifications, the parameters of protected reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from gbcs.cosem.objects import CosemObject, Member
from gbcs.cosem.types import NULL, DataType, Json, OctetString, Value
from gbcs.cursor import Cursor, encode_length
from gbcs.errors import DecodeError, UseCaseError
from gbcs.message import Cra, Kind, Message
from gbcs.usecases import protected_read
from gbcs.usecases.model import Context, Item, Payload

_ACCESS_REQUEST, _ACCESS_RESPONSE = b"\xd9", b"\xda"
_NO_DATE_TIME = b"\x00"
_NO_COPY_OF_REQUEST = b"\x00"
#: First octet of long-invoke-id-and-priority (break on error); the low 24 bits of the counter follow.
_INVOKE_PRIORITY = b"\x20"


class AccessKind(IntEnum):
    """Choice of an access specification."""

    GET = 1
    SET = 2
    ACTION = 3


class AccessResult(IntEnum):
    """Data-access-result and action-result (DLMS Green Book)."""

    SUCCESS = 0
    HARDWARE_FAULT = 1
    TEMPORARY_FAILURE = 2
    READ_WRITE_DENIED = 3
    OBJECT_UNDEFINED = 4
    OBJECT_CLASS_INCONSISTENT = 9
    OBJECT_UNAVAILABLE = 11
    TYPE_UNMATCHED = 12
    SCOPE_OF_ACCESS_VIOLATED = 13
    DATA_BLOCK_UNAVAILABLE = 14
    LONG_GET_ABORTED = 15
    NO_LONG_GET_IN_PROGRESS = 16
    LONG_SET_ABORTED = 17
    NO_LONG_SET_IN_PROGRESS = 18
    DATA_BLOCK_NUMBER_INVALID = 19
    OTHER_REASON = 250

    @property
    def label(self) -> str:
        """The standard's spelling, e.g. ``hardware-fault``."""
        return self.name.lower().replace("_", "-")


def _result_to_json(code: int) -> str:
    try:
        return AccessResult(code).label
    except ValueError:
        return str(code)


def _result_from_json(json: Json) -> int:
    for result in AccessResult:
        if json in (result.label, result.value):
            return result.value
    try:
        code = int(json)
    except (TypeError, ValueError):
        code = -1
    if not 0 <= code <= 255:
        raise UseCaseError("", "result", f"{json!r} is no access result")
    return code


@dataclass(frozen=True, slots=True)
class Access:
    """One access specification.

    Attributes:
        name: the payload field.
        fixed: the value that a set or action always carries; None where the sender chooses.
        protects: what a protected read returns encrypted.
    """

    name: str
    kind: AccessKind
    member: Member
    fixed: Value = None
    protects: tuple[Member, ...] = ()

    def specification(self) -> bytes:
        """The access specification on the wire."""
        class_id, instance, number = self.member.path
        return bytes((self.kind,)) + class_id.to_bytes(2, "big") + instance + bytes((number,))

    @property
    def takes_value(self) -> bool:
        """Whether the command carries a value that its sender chooses."""
        return self.kind is not AccessKind.GET and self.fixed is None and not self.protects

    @property
    def request_type(self) -> DataType:
        """Type of the data in the command."""
        return NULL if self.kind is AccessKind.GET else self.member.type

    @property
    def response_type(self) -> DataType:
        """Type of the data in a successful response."""
        return self.member.type if self.kind is AccessKind.GET else NULL

    def to_json(self) -> dict[str, Json]:
        """What is accessed, for people."""
        class_id, instance, number = self.member.path
        return {
            "access": self.kind.name.lower(),
            "object": str(self.member),
            "class_id": class_id,
            "instance": str(instance),
            "method" if self.member.is_method else "attribute": number,
        }


def _field_name(member: Member) -> str:
    """``ActiveExportRegister.value`` is ``active_export_register``; other members have their name behind."""
    words = "".join(f"_{c.lower()}" if c.isupper() else c for c in member.object.name).strip("_")
    return words if member.name in ("value", words) else f"{words}_{member.name}"


def get(cosem_object: CosemObject, attribute: str) -> Access:
    """A read of one attribute."""
    member = cosem_object.member(attribute)
    return Access(_field_name(member), AccessKind.GET, member)


def put(cosem_object: CosemObject, attribute: str, fixed: Value = None) -> Access:
    """A set of one attribute."""
    member = cosem_object.member(attribute)
    return Access(_field_name(member), AccessKind.SET, member, fixed)


def action(cosem_object: CosemObject, method: str, fixed: Value = None) -> Access:
    """A method invocation."""
    member = cosem_object.member(method)
    return Access(_field_name(member), AccessKind.ACTION, member, fixed)


def protected(protection_object: CosemObject, *members: tuple[CosemObject, str]) -> Access:
    """A read of attributes that the device returns encrypted, through a data protection object."""
    protects = tuple(cosem_object.member(attribute) for cosem_object, attribute in members)
    member = protection_object.member("get_protected_attributes")
    return Access(_field_name(protects[0]), AccessKind.ACTION, member, None, protects)


class AccessList:
    """The payload of a DLMS COSEM use case: its accesses in wire order."""

    def __init__(self, *accesses: Access) -> None:
        self.accesses = accesses
        self._by_name = {access.name: access for access in accesses}
        if len(self._by_name) != len(accesses):
            raise ValueError("two accesses of one name")

    # Decoding.

    def decode(self, context: Context) -> Payload:
        """See `gbcs.usecases.model.PayloadForm`."""
        cursor = Cursor(context.message.content)
        if context.message.cra is Cra.COMMAND:
            items = self._decode_request(cursor, context)
        else:
            items = self._decode_response(cursor, context)
        cursor.finish("content")
        return Payload(tuple(items))

    def _decode_request(self, cursor: Cursor, context: Context) -> list[Item]:
        self._decode_head(cursor, context.message, _ACCESS_REQUEST)
        self._decode_count(cursor, "access_specifications")
        for access in self.accesses:
            cursor.expect(access.specification(), f"{access.name}.specification")
        self._decode_count(cursor, "data")
        items = []
        for access in self.accesses:
            if access.protects:
                cursor.expect(
                    protected_read.request(access.protects, context.message), f"{access.name}.protection_parameters"
                )
                items.append(Item(access.name))
                continue
            start = cursor.offset
            value = _within(access.name, access.request_type, cursor)
            if access.fixed is not None and value != access.fixed:
                raise DecodeError(access.name, start, f"{value!r} where {access.fixed!r} belongs")
            items.append(Item(access.name, value))
        return items

    def _decode_response(self, cursor: Cursor, context: Context) -> list[Item]:
        self._decode_head(cursor, context.message, _ACCESS_RESPONSE)
        cursor.expect(_NO_COPY_OF_REQUEST, "access_request_specification")
        self._decode_count(cursor, "data")
        # Data come before the results that say whether there is any; an access that failed has null-data.
        read: list[Item] = []
        starts = []
        for access in self.accesses:
            starts.append(cursor.offset)
            if cursor.peek() == 0x00:
                cursor.take(1, access.name)
                read.append(Item(access.name))
            elif access.protects:
                read.append(_read_protected(access, cursor, context))
            else:
                read.append(Item(access.name, _within(access.name, access.response_type, cursor)))
        self._decode_count(cursor, "results")
        items = []
        for access, item, start in zip(self.accesses, read, starts, strict=True):
            cursor.expect(bytes((access.kind,)), f"{access.name}.result.choice")
            result = cursor.uint(1, f"{access.name}.result")
            returns = access.protects or access.response_type is not NULL
            has_data = item.value is not None or item.protected is not None
            if has_data and result:
                raise DecodeError(access.name, start, f"data with the result {_result_to_json(result)}")
            if returns and not has_data and not result:
                raise DecodeError(access.name, start, "no data with the result success")
            items.append(Item(item.name, item.value, result, item.protected))
        return items

    @staticmethod
    def _decode_head(cursor: Cursor, message: Message, tag: bytes) -> None:
        cursor.expect(tag, "content.tag")
        cursor.expect(_invoke_id(message), "long_invoke_id_and_priority")
        cursor.expect(_NO_DATE_TIME, "content.date_time")

    def _decode_count(self, cursor: Cursor, field: str) -> None:
        start = cursor.offset
        count = cursor.length(f"{field}.count")
        if count != len(self.accesses):
            raise DecodeError(f"{field}.count", start, f"{count} where {len(self.accesses)} belong")

    # Encoding.

    def encode(self, payload: Payload, context: Context) -> bytes:
        """See `gbcs.usecases.model.PayloadForm`."""
        for name in payload:
            self._access(name)
        for access in self.accesses:
            if access.name not in payload:
                raise UseCaseError("", access.name, "missing")
        if context.message.cra is Cra.COMMAND:
            return self._encode_request(payload, context)
        return self._encode_response(payload, context)

    def _access(self, name: str) -> Access:
        access = self._by_name.get(name)
        if access is None:
            raise UseCaseError("", name, f"no such field; there is {', '.join(self._by_name)}")
        return access

    def _encode_request(self, payload: Payload, context: Context) -> bytes:
        count = encode_length(len(self.accesses))
        parts = [_ACCESS_REQUEST, _invoke_id(context.message), _NO_DATE_TIME, count]
        parts += [access.specification() for access in self.accesses]
        parts.append(count)
        for access in self.accesses:
            if access.protects:
                parts.append(protected_read.request(access.protects, context.message))
                continue
            value = payload[access.name]
            if access.fixed is not None and value != access.fixed:
                raise UseCaseError("", access.name, f"{value!r} where {access.fixed!r} belongs")
            parts.append(_encoded(access.name, access.request_type, value))
        return b"".join(parts)

    def _encode_response(self, payload: Payload, context: Context) -> bytes:
        count = encode_length(len(self.accesses))
        parts = [_ACCESS_RESPONSE, _invoke_id(context.message), _NO_DATE_TIME, _NO_COPY_OF_REQUEST, count]
        results = [count]
        for access in self.accesses:
            item = payload.item(access.name)
            result = item.result or 0
            results.append(bytes((access.kind, result)))
            if result:
                parts.append(NULL.encode(None))
            elif access.protects:
                parts.append(_write_protected(access, item, context))
            else:
                parts.append(_encoded(access.name, access.response_type, item.value))
        return b"".join(parts + results)

    # Building and JSON.

    def request(self, values: Mapping[str, Value]) -> Payload:
        """See `gbcs.usecases.model.PayloadForm`."""
        for name in values:
            access = self._access(name)
            if not access.takes_value and values[name] != access.fixed:
                raise UseCaseError("", name, "the use case leaves no choice here")
        items = []
        for access in self.accesses:
            value = access.fixed
            if access.takes_value:
                if access.name not in values:
                    raise UseCaseError("", access.name, "missing")
                value = _read(access.name, access.request_type, values[access.name])
            items.append(Item(access.name, value))
        return Payload(tuple(items))

    def to_json(self, payload: Payload, kind: Kind) -> Json:
        """See `gbcs.usecases.model.PayloadForm`."""
        return {item.name: self._item_to_json(item, kind) for item in payload.items_in_order}

    def _item_to_json(self, item: Item, kind: Kind) -> Json:
        access = self._access(item.name)
        json = access.to_json()
        if kind is Kind.RESPONSE:
            json["result"] = _result_to_json(item.result or 0)
        if item.protected is not None:
            json |= {"decrypted": item.value is not None, "protected_octets": item.protected.hex()}
        if item.value is not None:
            json["value"] = self._value_type(access, kind).to_json(item.value)
        return json

    def from_json(self, json: Json, kind: Kind) -> Payload:
        """See `gbcs.usecases.model.PayloadForm`."""
        if not isinstance(json, Mapping):
            raise UseCaseError("", "payload", f"{json!r} is not an object")
        return Payload(tuple(self._item_from_json(self._access(name), fields, kind) for name, fields in json.items()))

    def _item_from_json(self, access: Access, fields: Json, kind: Kind) -> Item:
        if not isinstance(fields, Mapping):
            raise UseCaseError("", access.name, f"{fields!r} is not an object")
        value = fields.get("value")
        if value is not None:
            value = _read(access.name, self._value_type(access, kind), value)
        elif kind is not Kind.RESPONSE:
            value = access.fixed
        result = _result_from_json(fields.get("result", 0)) if kind is Kind.RESPONSE else None
        octets = fields.get("protected_octets")
        protected_octets = None if octets is None else _read(access.name, OctetString(), octets)
        return Item(access.name, value, result, protected_octets)

    @staticmethod
    def _value_type(access: Access, kind: Kind) -> DataType:
        if access.protects:
            return protected_read.Plaintext(access.protects)
        return access.response_type if kind is Kind.RESPONSE else access.request_type


def _within(name: str, data_type: DataType, cursor: Cursor) -> Value:
    try:
        return data_type.decode(cursor)
    except DecodeError as error:
        raise error.within(name) from None


def _encoded(name: str, data_type: DataType, value: Value) -> bytes:
    try:
        return data_type.encode(value)
    except UseCaseError as error:
        raise error.within(name) from None


def _read(name: str, data_type: DataType, json: Json) -> Value:
    try:
        return data_type.from_json(json)
    except UseCaseError as error:
        raise error.within(name) from None


def _invoke_id(message: Message) -> bytes:
    return _INVOKE_PRIORITY + (message.originator_counter & 0xFFFFFF).to_bytes(3, "big")


def _read_protected(access: Access, cursor: Cursor, context: Context) -> Item:
    try:
        octets, value = protected_read.decode_response(access.protects, cursor, context)
    except DecodeError as error:
        raise error.within(access.name) from None
    return Item(access.name, value, protected=octets)


def _write_protected(access: Access, item: Item, context: Context) -> bytes:
    try:
        return protected_read.encode_response(access.protects, item.value, item.protected, context)
    except UseCaseError as error:
        raise error.within(access.name) from None
