"""GBZ alerts, built and read; and whatever else may come as a GBZ payload."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gbcs.errors import DecodeError, GbcsError, UseCaseError
from gbcs.message import Cra, Kind, Message
from gbcs.usecases import gas
from gbcs.usecases.model import Context
from tests.gbcs.gbz import (
    ALERT_VALUES,
    ALERTS,
    alert,
    as_json,
    read,
    rewritten,
    some_message,
)
from tests.gbcs.keys import METER, SUPPLIER, MemoryKeys
from tests.gbcs.strategies import ANY_JSON


def test_the_alerts_are_all_here() -> None:
    assert set(ALERT_VALUES) == set(ALERTS)


@pytest.mark.parametrize("code", ALERT_VALUES)
def test_an_alert_survives_octets_and_json(code: str, keys: MemoryKeys) -> None:
    sent = gas.PAYLOADS[code].notice(ALERT_VALUES[code])
    message = alert(code, sent, keys)
    payload = read(code, message, keys)
    assert dict(payload) == dict(sent)
    assert rewritten(code, payload, message) == message.content
    assert rewritten(code, read(code, message), message) == message.content
    for length in range(len(message.content)):
        # A generic alert cut within what it says of itself is a shorter one.
        with pytest.raises(DecodeError):
            read(code, message.with_content(message.content[:length]))


@pytest.mark.parametrize(
    ("code", "octets"),
    [
        ("GCA-ZigBee", "0109 00 8f66 3296e740"),
        ("FDEIA-ZigBee", "0109 01 8f66 3296e740 0e 006f 00000000000003e9 0705 01 09"),
        ("FDRA-ZigBee", "0109 01 8f66 3296e740 0920" + "a1" * 32),
        ("MIIWA-ZigBee", "0109 01 8f66 3296e740 0005"),
    ],
)
def test_alerts_on_the_wire(code: str, octets: str) -> None:
    assert alert(code, gas.PAYLOADS[code].notice(ALERT_VALUES[code])).content.hex() == octets.replace(" ", "")


def test_a_generic_alert_may_say_more() -> None:
    octets = bytes.fromhex("0109 01 8161 3296e740 0102")
    message = Message(Cra.ALERT, 9, METER, SUPPLIER, 0x1001, octets)
    payload = read("GNCA-ZigBee", message)
    assert payload["specific_content"] == b"\x01\x02"
    assert rewritten("GNCA-ZigBee", payload, message) == octets


@pytest.mark.parametrize(
    ("code", "octets", "said"),
    [
        ("GCA-ZigBee", "0109 02 8f66 3296e740", "components.count at offset 2: 2 does not belong here"),
        ("GCA-ZigBee", "0109 00 8f66 3296e740 00", "content .*1 octets too many"),
        ("MIIWA-ZigBee", "0109 00 8f66 3296e740", "components.count at offset 2: 0 does not belong here"),
        ("FDRA-ZigBee", "0109 01 8f66 3296e740 0921", "specific_content at offset 9: 0921 where 0920 belongs"),
        ("GCS53", "0109 01 8f66 3296e740 01 0702 0003 19 00 06", "publish_snapshot .*in this form"),
        ("GCS53", "0109 01 8f66 3296e740 03 0702 0007 0000 19 00 07 0000", "publish_snapshot .*command 07"),
    ],
)
def test_an_alert_that_cannot_be_is_refused(code: str, octets: str, said: str) -> None:
    message = Message(Cra.ALERT, 9, METER, SUPPLIER, 1, bytes.fromhex(octets))
    with pytest.raises(DecodeError, match=said):
        read(code, message)


@pytest.mark.parametrize(
    ("code", "changes", "said"),
    [
        ("MIIWA-ZigBee", {"issue": None}, "issue: missing"),
        ("MIIWA-ZigBee", {"alert_code": None}, "alert_code: missing"),
        ("MIIWA-ZigBee", {"cause": 1}, "cause: no such field"),
        ("FDRA-ZigBee", {"manufacturer_image_hash": "a1"}, "manufacturer_image_hash: .* is not 32 octets"),
        ("GCS53", {"publish_snapshot": None}, "publish_snapshot: missing"),
        ("GCS53", {"publish_snapshot": {}}, r"publish_snapshot.snapshot_id: missing"),
        ("GCS53", {"publish_snapshot": 1}, "publish_snapshot: 1 is not a mapping"),
    ],
)
def test_an_alert_that_cannot_be_sent(code: str, changes: dict[str, Any], said: str, keys: MemoryKeys) -> None:
    values = {name: value for name, value in {**ALERT_VALUES[code], **changes}.items() if value is not None}
    with pytest.raises(UseCaseError, match=said):
        alert(code, gas.PAYLOADS[code].notice(values), keys)


@pytest.mark.parametrize(
    ("pushed", "said"), [({}, "publish_snapshot: None is not a mapping"), (1, "publish_snapshot: 1 is not an object")]
)
def test_json_that_is_no_pushed_component(pushed: Any, said: str, keys: MemoryKeys) -> None:
    json = {**ALERT_VALUES["MIIWA-ZigBee"], "publish_snapshot": pushed}
    del json["issue"]
    with pytest.raises(UseCaseError, match=said):
        alert("GCS53", gas.PAYLOADS["GCS53"].from_json(json, Kind.ALERT), keys)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_changed_octets_are_decoded_or_refused(data: st.DataObject, keys: MemoryKeys) -> None:
    code, message = some_message(data, keys)
    octets = bytearray(message.content)
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    changed = message.with_content(bytes(octets))
    try:
        payload = read(code, changed, keys)
    except DecodeError as error:
        assert error.field
        assert 0 <= error.offset <= len(octets)
    else:
        assert rewritten(code, payload, changed) == octets


@settings(max_examples=200)
@given(st.sampled_from(sorted(gas.PAYLOADS)), st.sampled_from(Cra), st.binary(max_size=60))
def test_any_octets_are_decoded_or_refused(code: str, cra: Cra, octets: bytes) -> None:
    with pytest.raises(DecodeError):
        read(code, Message(cra, 1, METER, SUPPLIER, 1, b"\x01\x09\x03" + octets))


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_json_is_a_payload_or_an_error_of_this_package(data: st.DataObject, keys: MemoryKeys) -> None:
    code, message = some_message(data, keys)
    fields = place = as_json(code, read(code, message, keys), message.kind)
    while True:
        name = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        inner = place[name]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            break
        place = inner
    place[name] = data.draw(ANY_JSON)
    form = gas.PAYLOADS[code]
    try:
        octets = form.encode(form.from_json(fields, message.kind), Context(message, keys))
    except GbcsError as error:
        assert str(error)
    else:
        assert read(code, message.with_content(octets), keys)
