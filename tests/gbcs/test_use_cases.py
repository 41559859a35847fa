"""The catalogue: its facts hang together, and each declared payload is built, read and refused rightly."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gbcs.cosem.date_time import CosemDateTime
from gbcs.decoding import decode
from gbcs.errors import DecodeError, GbcsError, SecurityError, UseCaseError
from gbcs.json_form import from_json, to_json
from gbcs.message import Cra, Kind, Message
from gbcs.security.category import PROTECTION, Category
from gbcs.security.protection import Status, protect, verify
from gbcs.usecases.catalogue import USE_CASES, use_case_of
from tests.gbcs.keys import METER, SUPPLIER, MemoryKeys
from tests.gbcs.strategies import ANY_JSON

_START = datetime(2026, 11, 23, 12, tzinfo=UTC)
#: For each declared use case: what a command takes, and a response's values.
_EXAMPLES = {
    "ECS10": ({"supplier_message": "Power cut on Monday"}, {"supplier_message": {}}),
    "ECS17a": (
        {},
        {
            "active_export_register": {"value": 7},
            "active_export_register_scaler_unit": {"value": {"scaler": 0, "unit": "Wh"}},
            "reactive_export_register": {"value": 8},
            "reactive_export_register_scaler_unit": {"value": {"scaler": 0, "unit": 32}},
        },
    ),
    "ECS17b": (
        {},
        {
            "import_register_collection": {
                "value": {
                    "active_import_value": 1,
                    "active_scal_unit_type": {"active_import_scaler": 0, "active_import_unit": "Wh"},
                    "reactive_import_value": 2,
                    "reactive_scal_unit_type": {"reactive_import_scaler": 0, "reactive_import_unit": "varh"},
                    "second_active_import_value": 3,
                }
            }
        },
    ),
    "ECS44": ({}, {"supply_state_scripts_execute": {}}),
    "ECS52": ({}, {"firmware_version": {"value": "0123abcd"}}),
    "ECS70": (
        {
            "time_preset_adjusting_time": {
                "validity_interval_start": _START,
                "validity_interval_end": "2026-11-23T12:00:10Z",
            }
        },
        {
            "time_clock_base": {},
            "time_preset_adjusting_time": {},
            "time_adjust_to_preset_time": {},
            "time": {"value": "2026-11-23T12:00:03Z"},
            "time_status": {"value": "reliable"},
        },
    ),
}


@pytest.mark.parametrize("code", _EXAMPLES)
def test_commands_and_responses_survive_octets_and_json(code: str, keys: MemoryKeys) -> None:
    use_case = USE_CASES[code]
    values, answers = _EXAMPLES[code]
    command = use_case.command(SUPPLIER, METER, 1000, **values)
    payload = use_case.form().from_json(answers, Kind.RESPONSE)
    response = use_case.reply(command, payload, date_time=CosemDateTime.of(_START), keys=keys)
    assert (response.date_time is not None) == use_case.dated_response
    for message in (command, response):
        decoded = decode(message.encode(), keys)
        assert decoded.use_case is use_case
        assert decoded.undecoded_octets == 0
        fields = json.loads(json.dumps(to_json(decoded)))
        assert from_json({name: fields[name] for name in fields if name != "octets"}, keys) == message.encode()


@pytest.mark.parametrize("code", _EXAMPLES)
def test_a_failure_ends_the_list_and_has_no_data(code: str, keys: MemoryKeys) -> None:
    use_case = USE_CASES[code]
    values, answers = _EXAMPLES[code]
    command = use_case.command(SUPPLIER, METER, 1000, **values)
    results = {name: {"result": "hardware-fault" if not at else 250} for at, name in enumerate(answers)}
    payload = use_case.form().from_json(results, Kind.RESPONSE)
    response = use_case.reply(command, payload, date_time=CosemDateTime.NOW, keys=keys)
    decoded = decode(response.encode(), keys)
    assert list(decoded.payload.failures.values()) == [1] + [250] * (len(answers) - 1)
    assert not any(decoded.payload.values())


@pytest.mark.parametrize("code", _EXAMPLES)
def test_every_truncated_payload_is_refused_with_an_offset_in_the_message(code: str, keys: MemoryKeys) -> None:
    command = USE_CASES[code].command(SUPPLIER, METER, 1000, **_EXAMPLES[code][0])
    for length in range(len(command.content)):
        cut = command.with_content(command.content[:length]).encode()
        with pytest.raises(DecodeError) as caught:
            decode(cut)
        assert caught.value.field.startswith("payload.")
        assert len(cut) - length <= caught.value.offset <= len(cut)


@pytest.fixture(scope="module")
def protected(keys: MemoryKeys) -> list[bytes]:
    """A valid command and response of every declared use case."""
    octets = []
    for code, (values, answers) in _EXAMPLES.items():
        use_case = USE_CASES[code]
        command = use_case.command(SUPPLIER, METER, 1_795_000_000_000, **values)
        payload = use_case.form().from_json(answers, Kind.RESPONSE)
        response = use_case.reply(command, payload, date_time=CosemDateTime.of(_START), keys=keys)
        octets += [protect(message, use_case.category, keys).encode() for message in (command, response)]
    return octets


@settings(max_examples=300)
@given(data=st.data())
def test_a_changed_octet_fails_verification_or_decoding_and_nothing_else(
    data: st.DataObject, protected: list[bytes], keys: MemoryKeys
) -> None:
    octets = bytearray(data.draw(st.sampled_from(protected)))
    octets[data.draw(st.integers(0, len(octets) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        decoded = decode(bytes(octets), keys)
    except DecodeError as error:
        assert error.field
        assert 0 <= error.offset <= len(octets)
    else:
        assert {Status.INVALID, Status.UNVERIFIABLE} & set(decoded.inspection[:2])
        if decoded.category:
            with pytest.raises(SecurityError):
                verify(decoded.message, decoded.category, keys)


@settings(max_examples=500)
@given(data=st.data())
def test_any_content_is_a_payload_or_a_decode_error(
    data: st.DataObject, protected: list[bytes], keys: MemoryKeys
) -> None:
    message = Message.decode(data.draw(st.sampled_from(protected)))
    content = bytearray(message.content)
    start = data.draw(st.integers(0, len(content)))
    content[start : start + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    changed = message.with_content(bytes(content))
    try:
        decoded = decode(changed.encode(), keys)
    except DecodeError as error:
        assert error.field.startswith("payload.")
    else:
        assert from_json(to_json(decoded)) == changed.encode()


@settings(max_examples=500)
@given(data=st.data())
def test_any_json_is_a_message_or_an_error_of_this_package(
    data: st.DataObject, protected: list[bytes], keys: MemoryKeys
) -> None:
    fields = to_json(decode(data.draw(st.sampled_from(protected)), keys))
    place = fields
    while True:
        name = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[name], dict) or not place[name] or data.draw(st.booleans()):
            break
        place = place[name]
    place[name] = data.draw(ANY_JSON)
    try:
        Message.decode(from_json(fields, keys))
    except GbcsError as error:
        assert str(error)


@settings(max_examples=100)
@given(data=st.data())
def test_a_truncated_message_fails_verification_or_decoding(
    data: st.DataObject, protected: list[bytes], keys: MemoryKeys
) -> None:
    octets = data.draw(st.sampled_from(protected))
    cut = octets[: data.draw(st.integers(0, len(octets) - 1))]
    try:
        decoded = decode(cut, keys)
    except DecodeError as error:
        assert error.field
        assert 0 <= error.offset <= len(cut)
    else:
        # Cut right behind its content, a signed response is a whole message that nobody signed.
        with pytest.raises(SecurityError, match="protection"):
            verify(decoded.message, decoded.category, keys)


@pytest.mark.parametrize(
    ("code", "values", "said"),
    [
        ("ECS10", {}, "ECS10: supplier_message: missing"),
        ("ECS10", {"supplier_message": "x" * 117}, "ECS10: supplier_message: .* is not 0 to 116 octets"),
        ("ECS10", {"supplier_mesage": "x"}, "ECS10: supplier_mesage: no such field; there is supplier_message"),
        (
            "ECS44",
            {"supply_state_scripts_execute": 51},
            "ECS44: supply_state_scripts_execute: the use case leaves no choice here",
        ),
        ("ECS17b", {"import_register_collection": 1}, "ECS17b: import_register_collection: the use case leaves no"),
        (
            "ECS70",
            {"time_preset_adjusting_time": {"validity_interval_start": "soon", "validity_interval_end": "now"}},
            "ECS70: time_preset_adjusting_time.validity_interval_start: .*'soon' is not a date",
        ),
        ("PECS01", {}, "PECS01: the catalogue does not have this payload"),
    ],
)
def test_a_command_that_cannot_be_is_refused_by_name(code: str, values: dict[str, object], said: str) -> None:
    with pytest.raises(UseCaseError, match=said):
        USE_CASES[code].command(SUPPLIER, METER, 1, **values)


def test_an_unknown_message_code_still_decodes() -> None:
    decoded = decode(Message(Cra.COMMAND, 1, SUPPLIER, METER, 0xFFFE, b"\x00").encode())
    assert decoded.use_case is None
    assert decoded.undecoded_octets == 1
    assert from_json(to_json(decoded)) == decoded.message.encode()
    assert to_json(decoded)["category"] is None


@pytest.mark.parametrize(("code", "cra"), [("ECS52", Cra.ALERT), ("GCS21f", Cra.ALERT), ("ECS68", Cra.COMMAND)])
def test_a_kind_of_message_that_the_use_case_does_not_have_is_refused(code: str, cra: Cra) -> None:
    message = Message(cra, 1, METER, SUPPLIER, USE_CASES[code].message_codes[0], b"\xda\x20\x00\x00\x01\x00")
    with pytest.raises(DecodeError, match=r"payload.content at offset 34: the use case has no (alert|precommand)"):
        decode(message.encode())


def test_the_generic_alerts_are_told_apart_by_their_content() -> None:
    alert = Message(Cra.ALERT, 1, METER, SUPPLIER, 0x1000, b"\x0f")
    assert use_case_of(alert).code == "GCA-DLMS"
    assert use_case_of(alert.with_content(b"\x01\x09\x00")).code == "GCA-ZigBee"


def test_the_facts_hang_together() -> None:
    assert len(USE_CASES) == 235
    for use_case in USE_CASES.values():
        assert (use_case.category is Category.NOT_A_MESSAGE) == (use_case.payload_kind is None), use_case.code
        is_alert = set(PROTECTION[use_case.category]) == {Kind.ALERT}
        assert not (is_alert and use_case.roles), use_case.code
        assert use_case.devices or use_case.payload_kind is None, use_case.code
    assert USE_CASES["CS02b"].category_of(0x0108) is Category.CREDENTIALS_BY_RECOVERY
