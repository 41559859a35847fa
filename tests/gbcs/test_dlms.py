"""Every declared DLMS COSEM payload, with values made from its declaration: what is built is read back."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gbcs.cosem.date_time import CosemDateTime
from gbcs.cosem.skip import skip
from gbcs.cursor import Cursor
from gbcs.decoding import decode
from gbcs.errors import DecodeError, UseCaseError
from gbcs.json_form import from_json, to_json
from gbcs.message import Cra, Message
from gbcs.usecases.access_list import AccessList
from gbcs.usecases.catalogue import USE_CASES
from gbcs.usecases.model import Context, Item, Payload
from gbcs.usecases.notification import Notification
from tests.gbcs.keys import METER, SUPPLIER, MemoryKeys
from tests.gbcs.strategies import notifications, requests, responses

_LISTS = {code: u for code, u in USE_CASES.items() if isinstance(u.payload, AccessList)}
_ALERTS = {code: u for code, u in USE_CASES.items() if isinstance(u.payload, Notification)}
_FEW = settings(max_examples=2, suppress_health_check=list(HealthCheck))


def survives(message: Message, keys: MemoryKeys) -> Payload:
    """Decodes, and builds the same again from the JSON form; gives the payload."""
    decoded = decode(message.encode(), keys)
    assert decoded.undecoded_octets == 0
    fields = json.loads(json.dumps(to_json(decoded)))
    assert from_json({name: fields[name] for name in fields if name != "octets"}) == message.encode()
    return decoded.payload


def test_every_dlms_use_case_of_the_tables_is_declared() -> None:
    missing = [u.code for u in USE_CASES.values() if u.payload_kind == "dlms" and u.payload is None]
    assert missing == []


@pytest.mark.parametrize("code", _LISTS)
@_FEW
@given(data=st.data())
def test_a_command_says_what_it_was_told(code: str, data: st.DataObject, keys: MemoryKeys) -> None:
    use_case = _LISTS[code]
    chosen = data.draw(requests(use_case.payload))
    try:
        command = use_case.command(SUPPLIER, METER, 1_795_000_000_000, **chosen)
    except UseCaseError:
        # A command without a single access is none.
        assert not chosen or set(chosen.values()) == {False}
        raise
    read = survives(command, keys)
    for name, value in chosen.items():
        assert value is False or read[name] == value


@pytest.mark.parametrize("code", _LISTS)
@_FEW
@given(data=st.data())
def test_a_response_says_what_the_device_said(code: str, data: st.DataObject, keys: MemoryKeys) -> None:
    use_case = _LISTS[code]
    payload = data.draw(responses(use_case.payload))
    header = Message(Cra.RESPONSE, 77, METER, SUPPLIER, use_case.message_codes[0], b"")
    content = use_case.payload.encode(payload, Context(header, keys))
    read = survives(header.with_content(content), keys)
    assert [(item.name, item.value, item.result) for item in read.items_in_order] == [
        (item.name, item.value, item.result) for item in payload.items_in_order
    ]


@pytest.mark.parametrize("code", _ALERTS)
@_FEW
@given(data=st.data())
def test_an_alert_says_what_happened(code: str, data: st.DataObject, keys: MemoryKeys) -> None:
    use_case = _ALERTS[code]
    form = use_case.payload
    payload = data.draw(notifications(form))
    header = Message(Cra.ALERT, 77, METER, SUPPLIER, use_case.message_codes[0], b"")
    content = form.encode(payload, Context(header, keys))
    read = survives(header.with_content(content), keys)
    assert dict(read) == dict(payload)


def test_a_response_to_a_command_with_gaps_tells_what_it_may_be(keys: MemoryKeys) -> None:
    use_case = _LISTS["ECS47a"]
    form = use_case.payload
    start, end, script = form.accesses[2], form.accesses[3], form.accesses[-1]
    items = tuple(Item(access.name, None, 0) for access in (start, end, script))
    header = Message(Cra.RESPONSE, 77, METER, SUPPLIER, use_case.message_codes[0], b"")
    response = header.with_content(form.encode(Payload(items), Context(header, keys)))
    read = survives(response, keys)
    first, _, last = read.items_in_order
    assert start.name in first.one_of
    assert len(first.one_of) == 10
    assert last.one_of == ()


@given(st.binary(max_size=80))
def test_any_octets_are_stepped_over_or_refused(octets: bytes) -> None:
    for start in (b"", b"\x01\x05", b"\x02\x02\x01\x01", b"\x13\x02\x02\x06\x09"):
        try:
            skip(Cursor(start + octets))
        except DecodeError as error:
            assert error.offset <= len(start + octets)


def test_nesting_has_a_limit() -> None:
    with pytest.raises(DecodeError, match="nested deeper"):
        skip(Cursor(b"\x02\x01" * 500))


def test_a_date_range_is_read_back(keys: MemoryKeys) -> None:
    dates = {"start": CosemDateTime.parse("2026-01-01T00:00:00Z"), "end": CosemDateTime.parse("2026-02-01T00:00:00Z")}
    use_case = _LISTS["ECS22b"]
    name = use_case.payload.accesses[0].name
    command = use_case.command(SUPPLIER, METER, 5, **{name: {"start": "2026-01-01T00:00:00Z", "end": dates["end"]}})
    assert survives(command, keys)[name] == dates


def test_dates_of_another_type_are_refused_by_name() -> None:
    use_case = _LISTS["ECS22b"]
    name = use_case.payload.accesses[0].name
    command = use_case.command(SUPPLIER, METER, 5, **{name: {"start": "now", "end": "now"}})
    spoiled = command.with_content(command.content.replace(b"\x09\x0c", b"\x0a\x0c", 1))
    with pytest.raises(DecodeError, match=f"payload.{name}.protection_request.start at offset .*: tag 0a"):
        decode(spoiled.encode())


def test_encrypted_data_of_another_type_are_refused_by_name(keys: MemoryKeys) -> None:
    use_case = _ALERTS["ECS68"]
    (member,) = use_case.payload._protects
    header = Message(Cra.ALERT, 77, METER, SUPPLIER, use_case.message_codes[0], b"")
    context = Context(header, keys)
    items = (
        Item("alert_code", 1),
        Item("time_stamp", CosemDateTime.NOW),
        Item(member.field, protected=context.encrypt(b"\x02\x01\x00")),
    )
    spoiled = header.with_content(use_case.payload.encode(Payload(items), context))
    with pytest.raises(DecodeError, match=f"payload.{member.field} at offset .*: tag 00"):
        decode(spoiled.encode(), keys)


def test_lengths_in_more_octets_than_they_need_are_kept() -> None:
    message = USE_CASES["ECS10"].command(SUPPLIER, METER, 1, supplier_message="Hello")
    longer = message.with_content(message.content.replace(b"\x09\x05Hello", b"\x09\x82\x00\x05Hello"))
    fields = to_json(decode(longer.encode()))
    assert fields["payload"]["supplier_message"]["value"] == "Hello"
    assert fields["content_octets"] == longer.content.hex()
    assert from_json(fields) == longer.encode()
    fields["originator_counter"] = 2
    assert from_json(fields) == USE_CASES["ECS10"].command(SUPPLIER, METER, 2, supplier_message="Hello").encode()
