"""DLMS COSEM payloads of commands and responses: access-request and access-response (GBCS 9.2, message structure 4).

A declaration is a list of accesses in wire order. Everything else on the wire follows from it and from the message
header, so nothing of it is stored: the invoke id, the access specifications, the parameters of protected reads.
"""

from __future__ import annotations

from collections.abc import Mapping

from gbcs.cosem.results import AccessResult
from gbcs.cosem.skip import skip
from gbcs.cosem.types import NULL, SECONDS, DataType, Json, OctetString, Value
from gbcs.cursor import Cursor, encode_length
from gbcs.errors import DecodeError, UseCaseError
from gbcs.message import Cra, Kind, Message
from gbcs.usecases.access import RANGE, Access
from gbcs.usecases.model import Context, Item, Payload, PayloadForm, Slot, answered
from gbcs.usecases.protected_read import Plaintext, ProtectedRead

_ACCESS_REQUEST, _ACCESS_RESPONSE = b"\xd9", b"\xda"
_NO_DATE_TIME = b"\x00"
_NO_COPY_OF_REQUEST = b"\x00"
#: First octet of long-invoke-id-and-priority (break on error); the low 24 bits of the counter follow.
_INVOKE_PRIORITY = b"\x20"
#: What devices answer to the accesses after one that failed.
_SKIPPED = {"result": AccessResult.OTHER_REASON.label}


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
    except (TypeError, ValueError, OverflowError):
        code = -1
    if not 0 <= code <= 255:
        raise UseCaseError("", "result", f"{json!r} is no access result")
    return code


#: Selector 1, and the range descriptor up to its bounds: the restricting object is the clock (GBCS 9.1.5).
_RANGE_HEAD = bytes.fromhex("01 0204 0204 120001 0906 00005e2c64ff 0f02 120000")
_ALL_COLUMNS = b"\x01\x00"


class AccessList(PayloadForm):
    """The payload of a DLMS COSEM use case: its accesses in wire order."""

    def __init__(self, *accesses: Access) -> None:
        self.accesses = accesses
        self._by_name = {access.name: access for access in accesses}
        if len(self._by_name) != len(accesses):
            raise ValueError("two accesses of one name")
        self._required = sum(not access.optional for access in accesses)

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
        count = self._decode_count(cursor, "access_specifications.count")
        present: list[tuple[Access, Value]] = []
        for position, access in enumerate(self.accesses):
            if access.optional and not self._follows(cursor, access, count - len(present), position):
                continue
            cursor.expect(access.specification, f"{access.name}.specification")
            bounds = _decode_range(access, cursor) if access.selective and not access.protects else None
            present.append((access, bounds))
        if len(present) != count:
            raise cursor.error("access_specifications", f"{count} announced, {len(present)} belong to the use case")
        self._decode_count(cursor, "data.count", count)
        return [self._decode_datum(cursor, context, access, bounds) for access, bounds in present]

    @staticmethod
    def _follows(cursor: Cursor, access: Access, left: int, position: int) -> bool:  # noqa: ARG004
        return left > 0 and cursor.octets.startswith(access.specification, cursor.position)

    @staticmethod
    def _decode_datum(cursor: Cursor, context: Context, access: Access, bounds: Value) -> Item:
        if read := access.protected_read:
            return Item(access.name, read.decode_request(cursor, context.message, access.name, ranged=access.selective))
        if access.selective:
            _within(access.name, NULL, cursor)
            return Item(access.name, bounds)
        start = cursor.offset
        value = _within(access.name, access.request_type, cursor)
        if access.fixed is not None and value != access.fixed:
            raise DecodeError(access.name, start, f"{value!r} where {access.fixed!r} belongs")
        return Item(access.name, value)

    def _decode_response(self, cursor: Cursor, context: Context) -> list[Item]:
        self._decode_head(cursor, context.message, _ACCESS_RESPONSE)
        cursor.expect(_NO_COPY_OF_REQUEST, "access_request_specification")
        count = self._decode_count(cursor, "data.count")
        if context.command is None:
            accesses, candidates = self._answered(cursor, count)
        else:
            accesses, candidates = self.present(context.command), {}
            if count != len(accesses):
                raise cursor.error("data.count", f"{count} answers to the command's {len(accesses)} accesses")
        # Data come before the results that say whether there is any; an access that failed has null-data.
        read: list[Item] = []
        starts = []
        for access in accesses:
            starts.append(cursor.offset)
            if cursor.peek() == 0x00:
                cursor.take(1, access.name)
                read.append(Item(access.name))
            elif access.protected_read:
                read.append(_read_protected(access.name, access.protected_read, cursor, context))
            else:
                read.append(Item(access.name, _within(access.name, access.response_type, cursor)))
        self._decode_count(cursor, "results.count", count)
        items = []
        for access, item, start in zip(accesses, read, starts, strict=True):
            cursor.expect(bytes((access.kind,)), f"{access.name}.result.choice")
            result = cursor.uint(1, f"{access.name}.result")
            has_data = item.value is not None or item.protected is not None
            if has_data and result:
                raise DecodeError(access.name, start, f"data with the result {_result_to_json(result)}")
            if access.returns_value and not has_data and not result:
                raise DecodeError(access.name, start, "no data with the result success")
            items.append(Item(item.name, item.value, result, item.protected, candidates.get(access.name, ())))
        return items

    def _answered(self, cursor: Cursor, count: int) -> tuple[list[Access], dict[str, tuple[str, ...]]]:
        """The accesses that a response of `count` results answers.

        A response does not name what it answers. Where the command left out optional accesses, the first that fit by
        kind and type are taken; with each stand the names of all that it could be as well.
        """
        if count == len(self.accesses):
            return list(self.accesses), {}
        ahead = Cursor(cursor.octets, cursor.offset - cursor.position)
        ahead.position = cursor.position
        starts = []
        for _ in range(count):
            starts.append(ahead.position)
            skip(ahead)
        self._decode_count(ahead, "results.count", count)
        kinds = [ahead.take(2, "results")[0] for _ in range(count)]
        fitting = self._fit(cursor, starts, kinds)
        if fitting is None:
            raise cursor.error("data", f"no selection of the use case's accesses gives these {count} results")
        optional = [access for access in self.accesses if access.optional]
        candidates = {}
        for access in fitting:
            alike = tuple(
                other.name
                for other in optional
                if access.optional and (other.kind, other.response_type) == (access.kind, access.response_type)
            )
            if sum(other.name in alike for other in fitting) < len(alike):
                candidates[access.name] = alike
        return fitting, candidates

    def _fit(self, cursor: Cursor, starts: list[int], kinds: list[int]) -> list[Access] | None:
        """The first selection of accesses, in order, that fits the data; no place is looked at twice."""
        dead: set[tuple[int, int]] = set()

        def fit(at: int, position: int) -> list[Access] | None:
            if at == len(self.accesses):
                return [] if position == len(starts) else None
            if (at, position) in dead:
                return None
            access = self.accesses[at]
            rest = None
            taken = position < len(starts) and access.kind == kinds[position]
            if taken and _is_readable(access, cursor, starts[position]):
                rest = fit(at + 1, position + 1)
                if rest is not None:
                    return [access, *rest]
            if access.optional:
                rest = fit(at + 1, position)
            if rest is None:
                dead.add((at, position))
            return rest

        return fit(0, 0)

    @staticmethod
    def _decode_head(cursor: Cursor, message: Message, tag: bytes) -> None:
        cursor.expect(tag, "content.tag")
        cursor.expect(invoke_id(message), "long_invoke_id_and_priority")
        cursor.expect(_NO_DATE_TIME, "content.date_time")

    def _decode_count(self, cursor: Cursor, field: str, wanted: int | None = None) -> int:
        start = cursor.offset
        count = cursor.length(field)
        low, high = (self._required, len(self.accesses)) if wanted is None else (wanted, wanted)
        if not low <= count <= high:
            belongs = str(high) if low == high else f"{low} to {high}"
            raise DecodeError(field, start, f"{count} where {belongs} belong")
        return count

    # Encoding.

    def encode(self, payload: Payload, context: Context) -> bytes:
        """See `gbcs.usecases.model.PayloadForm`."""
        items = {item.name: item for item in payload.items_in_order}
        for name in items:
            self._access(name)
        present = []
        for access in self.accesses:
            if access.name in items:
                present.append((access, items[access.name]))
            elif not access.optional:
                raise UseCaseError("", access.name, "missing")
        if context.message.cra is Cra.COMMAND:
            return self._encode_request(present, context)
        return self._encode_response(present, context)

    def present(self, payload: Payload) -> list[Access]:
        """The accesses that a payload has, in wire order."""
        names = {item.name for item in payload.items_in_order}
        return [access for access in self.accesses if access.name in names]

    def _access(self, name: str) -> Access:
        access = self._by_name.get(name)
        if access is None:
            raise UseCaseError("", name, f"no such field; there is {', '.join(self._by_name)}")
        return access

    @staticmethod
    def _encode_request(present: list[tuple[Access, Item]], context: Context) -> bytes:
        count = encode_length(len(present))
        parts = [_ACCESS_REQUEST, invoke_id(context.message), _NO_DATE_TIME, count]
        data = [count]
        for access, item in present:
            value = item.value
            parts.append(access.specification)
            if access.protected_read:
                data.append(access.protected_read.request(value, context.message))
            elif access.selective:
                parts.append(_encode_range(access, value))
                data.append(NULL.encode(None))
            else:
                if access.fixed is not None and value != access.fixed:
                    raise UseCaseError("", access.name, f"{value!r} where {access.fixed!r} belongs")
                data.append(_encoded(access.name, access.request_type, value))
        return b"".join(parts + data)

    @staticmethod
    def _encode_response(present: list[tuple[Access, Item]], context: Context) -> bytes:
        count = encode_length(len(present))
        parts = [_ACCESS_RESPONSE, invoke_id(context.message), _NO_DATE_TIME, _NO_COPY_OF_REQUEST, count]
        results = [count]
        for access, item in present:
            result = item.result or 0
            results.append(bytes((access.kind, result)))
            if result:
                parts.append(NULL.encode(None))
            elif access.protected_read:
                parts.append(_write_protected(access.protected_read, item, context))
            else:
                parts.append(_encoded(access.name, access.response_type, item.value))
        return b"".join(parts + results)

    # Building and JSON.

    def request(self, values: Mapping[str, Value]) -> Payload:
        """See `gbcs.usecases.model.PayloadForm`."""
        for name in values:
            access = self._access(name)
            left_out = access.optional and values[name] is False
            if not access.takes_value and values[name] != access.fixed and not left_out:
                raise UseCaseError("", name, "the use case leaves no choice here")
        items = []
        for access in self.accesses:
            value = access.fixed
            if access.optional and values.get(access.name, not access.takes_value) is False:
                continue
            if access.takes_value:
                if access.name not in values and not access.may_be_null:
                    raise UseCaseError("", access.name, "missing")
                value = _read(access.name, access.request_type, values.get(access.name))
            items.append(Item(access.name, value))
        return Payload(tuple(items))

    def answer(self, values: Mapping[str, Value], failures: Mapping[str, Json], command: Payload) -> Payload:
        """See `gbcs.usecases.model.PayloadForm`."""
        slots = [Slot(access.name, access.returns_value) for access in self.present(command)]
        return self.from_json(answered(slots, values, failures, _SKIPPED), Kind.RESPONSE)

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
        if item.one_of:
            json["one_of"] = list(item.one_of)
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
    def _value_type(access: Access, kind: Kind) -> DataType | Plaintext:
        if access.protected_read and kind is Kind.RESPONSE:
            return access.protected_read.plaintext
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


def _read(name: str, data_type: DataType | Plaintext, json: Json) -> Value:
    try:
        return data_type.from_json(json)
    except UseCaseError as error:
        raise error.within(name) from None


def invoke_id(message: Message) -> bytes:
    """long-invoke-id-and-priority, which follows from the originator counter."""
    return _INVOKE_PRIORITY + (message.originator_counter & 0xFFFFFF).to_bytes(3, "big")


def _read_protected(name: str, read: ProtectedRead, cursor: Cursor, context: Context) -> Item:
    try:
        octets, value = read.decode_response(cursor, context)
    except DecodeError as error:
        raise error.within(name) from None
    return Item(name, value, protected=octets)


def _write_protected(read: ProtectedRead, item: Item, context: Context) -> bytes:
    try:
        return read.encode_response(item.value, item.protected, context)
    except UseCaseError as error:
        raise error.within(item.name) from None


def _decode_range(access: Access, cursor: Cursor) -> dict[str, Value]:
    field = f"{access.name}.selection"
    cursor.expect(_RANGE_HEAD, field)
    bounds = {name: _within(field, SECONDS, cursor) for name in ("start", "end")}
    cursor.expect(_ALL_COLUMNS, field)
    return bounds


def _encode_range(access: Access, value: Value) -> bytes:
    # The bounds of the structure, without its tag and count.
    return _RANGE_HEAD + _encoded(access.name, RANGE, value)[2:] + _ALL_COLUMNS


def _is_readable(access: Access, cursor: Cursor, start: int) -> bool:
    probe = Cursor(cursor.octets)
    probe.position = start
    if probe.peek() == 0x00 or access.protects:
        return True
    try:
        access.response_type.decode(probe)
    except DecodeError:
        return False
    return True
