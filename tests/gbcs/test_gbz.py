"""GBZ commands and responses: every declared use case built and read, what devices do, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gbcs.cosem.date_time import CosemDateTime
from gbcs.errors import DecodeError, MissingKeyError, UseCaseError
from gbcs.gbz.attributes import Failed
from gbcs.gbz.clusters import metering, prepayment
from gbcs.gbz.component_list import ComponentList
from gbcs.gbz.components import Component
from gbcs.gbz.exchange import send
from gbcs.message import Cra, Kind, Message, Supplementary
from gbcs.roles import KeyUse
from gbcs.usecases import gas, gas_reads
from gbcs.usecases.catalogue import USE_CASES
from gbcs.usecases.model import Context, Payload
from tests.gbcs.gbz import (
    COMMANDS,
    LISTS,
    answers_to,
    as_json,
    command,
    fields_of,
    read,
    respond,
    rewritten,
    use_case,
)
from tests.gbcs.keys import BROKER, METER, OTHER_USER, SUPPLIER, MemoryKeys


def test_every_gbz_use_case_is_declared() -> None:
    assert set(gas.PAYLOADS) == {code for code, known in USE_CASES.items() if known.payload_kind == "gbz"}


@pytest.mark.parametrize("code", LISTS)
def test_a_command_survives_octets_and_json(code: str) -> None:
    message = command(code)
    payload = read(code, message)
    assert payload == gas.PAYLOADS[code].request(COMMANDS.get(code, {}))
    assert rewritten(code, payload, message) == message.content


@pytest.mark.parametrize("code", LISTS)
def test_a_truncated_command_is_refused_within_its_octets(code: str) -> None:
    message = command(code)
    for length in range(len(message.content)):
        with pytest.raises(DecodeError) as caught:
            read(code, message.with_content(message.content[:length]))
        assert caught.value.field
        assert 0 <= caught.value.offset <= length


@pytest.mark.parametrize(
    ("code", "octets"),
    [
        ("GCS38", "0109 01 01 0702 0005 00 00 00 0602"),
        # From-date-time, most significant octet first, stands before the ZCL header.
        ("GCS15d", "0109 01 11 0705 000d 30e87580 01 00 0a feffffff 0a 02"),
        ("GCS32", "0109 01 01 0702 0015 01 00 0b 00000000 40e79632 00000000 00000000 00 01"),
        ("GCS60", "0109 02 00 0702 0005 00 00 00 000a 01 0705 0005 00 01 00 0100"),
        (
            "GCS20",
            "0109 02 00 0708 0012 09 00 04 40e79632 00000000 5b 00 02 aa81 ab81"
            "01 0708 0010 09 01 04 40e79632 00000000 08 00 01 0e81",
        ),
    ],
)
def test_commands_on_the_wire(code: str, octets: str) -> None:
    assert command(code).content.hex() == octets.replace(" ", "")


def test_snapshots_are_asked_for_one_by_one() -> None:
    payload = read("GCS15b", command("GCS15b"))
    assert len(payload) == 2 * gas_reads.BILLING_SNAPSHOTS
    offsets = [payload[f"get_snapshot_{at}"]["snapshot_offset"] for at in range(1, 13)]
    assert offsets == list(range(12))
    assert payload["get_prepay_snapshot_12"]["snapshot_cause"] == 0x6008


def test_counts_and_numbers_are_filled_in() -> None:
    payload = gas.PAYLOADS["GCS01a"].request(COMMANDS["GCS01a"])
    assert payload["publish_day_profile_2"]["day_id"] == 2
    assert payload["publish_day_profile_2"]["number_of_schedule_entries"] == 1
    assert payload["publish_block_thresholds"]["tier_and_number_of_thresholds"] == 2
    assert payload["publish_calendar"]["start_time"] == 0xFFFFFFFE
    assert payload["publish_tariff_information"]["start_time"] == 0xFFFFFFFF


def test_what_is_optional_may_be_left_out() -> None:
    values = {name: value for name, value in COMMANDS["GCS05"].items() if name != "publish_week_profile"}
    message = use_case("GCS05").command(SUPPLIER, METER, 1, **values)
    payload = read("GCS05", message)
    assert not [name for name in payload if "week" in name]
    assert rewritten("GCS05", payload, message) == message.content


@pytest.mark.parametrize(
    ("code", "changes", "said"),
    [
        ("GCS02", {"issuer_event_id": None}, "GCS02: change_payment_mode.issuer_event_id: missing"),
        ("GCS02", {"cut_off_value": 5}, "GCS02: cut_off_value: no such field; there is change_payment_mode"),
        ("GCS02", {"change_payment_mode": {"cut_off_value": 5}}, "change_payment_mode.cut_off_value: .* choice but -1"),
        ("GCS02", {"change_payment_mode": {"cut_off": 5}}, "change_payment_mode.cut_off: no such field"),
        ("GCS02", {"change_payment_mode": 5}, "change_payment_mode: 5 is not a mapping"),
        ("GCS17", {"number_of_samples": 0}, "get_sampled_data.number_of_samples: 0 is not between 1 and 19056"),
        ("GCS61", {"number_of_samples": 732}, "number_of_samples: 732 is not between 1 and 731"),
        ("CS10a", {"event_control_log_id": 4}, "get_event_log.event_control_log_id: 4 is not one of 19, 22"),
        ("GCS38", {"read_metering_attributes": {"divisor": 1}}, "read_metering_attributes.divisor: no such field"),
        ("CS01b", {"consumer_top_up": {"top_up_code": "7395"}}, "top_up_code: .* is not 20 to 20 octets"),
        ("GCS07", {"message": "x" * 117}, "display_message.message: .* is not 1 to 116 octets"),
        (
            "GCS20",
            {"set_event_configuration": [{"event_configuration": 0x01, "event_ids": []}]},
            "set_event_configuration_1.event_configuration: 1 is not made of the bits 03 .log.",
        ),
        ("GCS01a", {"publish_day_profile": []}, "GCS01a: publish_day_profile: missing"),
        ("GCS01a", {"publish_day_profile": [{}] * 5}, "publish_day_profile: 5 components, 1 to 4 wanted"),
        ("GCS01a", {"publish_day_profile": {}}, "publish_day_profile: {} is not a list"),
        (
            "GCS01a",
            {"publish_block_thresholds": {"thresholds": [1, 2, 3, 4]}},
            "publish_block_thresholds.thresholds: 4 elements, at most 3 wanted",
        ),
        ("GCS05", {"from_date_time": None}, "set_low_credit_warning_level.from_date_time: missing"),
        ("GCS05", {"from_date_time": 1 << 32}, "set_low_credit_warning_level.from_date_time: 4294967296 is not"),
    ],
)
def test_a_command_that_cannot_be_is_refused_by_name(code: str, changes: dict[str, Any], said: str) -> None:
    values = {name: value for name, value in {**COMMANDS.get(code, {}), **changes}.items() if value is not None}
    with pytest.raises(UseCaseError, match=said):
        use_case(code).command(SUPPLIER, METER, 1, **values)


def test_a_declaration_cannot_speak_of_fields_that_are_not_there() -> None:
    with pytest.raises(UseCaseError, match="snapshot: no such field"):
        send(metering.GET_SNAPSHOT, snapshot=1)
    with pytest.raises(ValueError, match="two exchanges of one name"):
        ComponentList(send(metering.GET_SNAPSHOT), send(metering.GET_SNAPSHOT))


@pytest.mark.parametrize("code", LISTS)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_a_response_survives_octets_and_json(code: str, data: st.DataObject, keys: MemoryKeys) -> None:
    form = LISTS[code]
    payload = data.draw(answers_to(code))
    message = respond(code, payload, keys)
    decoded = read(code, message, keys)
    # Which of a kind were not executed cannot be told; everything else stands under its name.
    assert list(decoded.values()) == list(payload.values())
    assert [item.result or 0 for item in decoded.items_in_order] == [item.result for item in payload.items_in_order]
    assert rewritten(code, decoded, message) == message.content
    assert rewritten(code, read(code, message), message) == message.content
    plain = {
        name: {k: v for k, v in fields.items() if k != "protected_octets"}
        for name, fields in as_json(code, decoded, Kind.RESPONSE).items()
    }
    assert form.encode(form.from_json(plain, Kind.RESPONSE), Context(message, keys)) == message.content


@pytest.fixture
def reading() -> dict[str, Any]:
    return {
        "read_metering_attributes": {
            "value": {
                "divisor": 1000,
                "multiplier": 1,
                "unit_of_measure": "m3",
                "current_summation_delivered": 12345,
            }
        }
    }


def test_encrypted_answers_are_readable_by_their_reader_alone(reading: dict[str, Any], keys: MemoryKeys) -> None:
    form = gas.PAYLOADS["GCS13a"]
    message = respond("GCS13a", form.from_json(reading, Kind.RESPONSE), keys)
    assert message.content[:5] == bytes.fromhex("0109 01 03 07")
    assert b"\x39\x30" not in message.content
    assert read("GCS13a", message, keys)["read_metering_attributes"]["current_summation_delivered"] == 12345
    for others in (None, MemoryKeys()):
        payload = read("GCS13a", message, others)
        assert payload["read_metering_attributes"] is None
        shown = as_json("GCS13a", payload, Kind.RESPONSE)["read_metering_attributes"]
        assert shown["decrypted"] is False
        assert "value" not in shown
        assert rewritten("GCS13a", payload, message) == message.content


def test_encryption_for_an_unknown_remote_party(reading: dict[str, Any], keys: MemoryKeys) -> None:
    user = Supplementary(OTHER_USER, 77, certificate=b"\x30\x1e" + bytes(30))
    asked = use_case("GCS13a").command(BROKER, METER, 5, supplementary=user)
    payload = gas.PAYLOADS["GCS13a"].from_json(reading, Kind.RESPONSE)
    message = use_case("GCS13a").reply(asked, payload, date_time=CosemDateTime.NOW, keys=keys, originator_counter=2000)
    assert read("GCS13a", message, keys)["read_metering_attributes"]["current_summation_delivered"] == 12345


def test_all_encrypted_components_have_one_key_and_counted_headers(keys: MemoryKeys) -> None:
    form = LISTS["GCS16b"]
    snapshot = dict.fromkeys(fields_of(prepayment.PUBLISH_PREPAY_SNAPSHOT), 0)
    answers: dict[str, Any] = {f"get_prepay_snapshot_{at}": {"result": "not found"} for at in range(1, 32)}
    answers |= {f"get_prepay_snapshot_{at}": {"value": snapshot} for at in (1, 3)}
    message = respond("GCS16b", form.from_json(answers, Kind.RESPONSE), keys)
    first, second = (read("GCS16b", message).item(f"get_prepay_snapshot_{at}").protected for at in (1, 3))
    assert first == second
    headers = [message.content.find(bytes.fromhex(header)) for header in ("0000 19 00 01", "0001 19 02 01")]
    assert 0 < headers[0] < headers[1]
    payload = read("GCS16b", message, keys)
    assert payload.failures == {f"get_prepay_snapshot_{at}": 0x8B for at in (2, *range(4, 32))}


def test_encrypting_needs_keys(reading: dict[str, Any], keys: MemoryKeys) -> None:
    payload = gas.PAYLOADS["GCS13a"].from_json(reading, Kind.RESPONSE)
    with pytest.raises(MissingKeyError):
        respond("GCS13a", payload)
    keys = MemoryKeys()
    keys.forget(METER, KeyUse.KA)
    keys.forget(SUPPLIER, KeyUse.KA)
    with pytest.raises(MissingKeyError):
        respond("GCS13a", payload, keys)


def test_an_attribute_that_cannot_be_read_has_a_status_for_its_value(keys: MemoryKeys) -> None:
    form = gas.PAYLOADS["GCS33"]
    values = {"remaining_battery_life_in_days": 100, "supply_status": {"status": "hardware failure"}}
    message = respond("GCS33", form.from_json({"read_metering_attributes": {"value": values}}, Kind.RESPONSE))
    assert message.content.hex() == "01090101 0702 000c 08 00 01 0502002164001400c0".replace(" ", "")
    payload = read("GCS33", message)
    assert payload["read_metering_attributes"]["supply_status"] == Failed(0xC0)
    assert payload.failures == {"read_metering_attributes": 0xC0}
    assert rewritten("GCS33", payload, message) == message.content


def content(*components: str) -> bytes:
    return bytes.fromhex("0109" + f"{len(components):02x}" + "".join(components))


def response(code: str, octets: bytes) -> Message:
    return Message(Cra.RESPONSE, 1, METER, SUPPLIER, USE_CASES[code].message_codes[0], octets)


def test_after_a_failure_nothing_is_executed() -> None:
    octets = content(
        "00 0705 0005 08 00 0b 02 00",
        "00 0705 0005 08 01 0b 02 c0",
        "01 0705 0005 08 02 0b ff 01",
    )
    payload = read("GCS04", response("GCS04", octets))
    assert payload.failures == {"change_time_debt_2": 0xC0, "change_payment_debt": 0x01}
    assert [getattr(item, "executed", None) for item in payload.items_in_order] == [True, True, False]
    assert rewritten("GCS04", payload, response("GCS04", octets)) == octets


def test_commands_that_were_not_executed_are_found_a_place_among_components_that_repeat() -> None:
    octets = content(
        "00 0707 0005 00 00 0b 00 00",
        "00 0707 0005 00 01 0b 01 c0",
        *(f"00 0707 0005 00 0{at} 0b ff 01" for at in range(2, 6)),
        *(f"0{at == 8:d} 0700 0005 00 0{at} 0b ff 01" for at in range(6, 9)),
    )
    payload = read("GCS01a", response("GCS01a", octets))
    assert list(payload)[:2] == ["publish_calendar", "publish_day_profile_1"]
    assert list(payload)[-1] == "publish_price_matrix"
    assert rewritten("GCS01a", payload, response("GCS01a", octets)) == octets


def test_one_request_may_have_several_answers() -> None:
    profile = "00000000 804a371c 07000000 {:02x} 01 00 01 03 0000 01"
    octets = content(
        "00 0705 0005 08 00 0b 00 c0",
        "00 0700 0005 08 01 0b ff 01",
        *(f"00 0707 0017 19 02 01 {profile.format(at)}" for at in (1, 2)),
        "00 0707 0005 08 03 0b 02 8b",
        "00 0707 0005 08 04 0b 03 8b",
        "01 0707 0005 08 05 0b 04 8b",
    )
    payload = read("GCS21b", response("GCS21b", octets))
    assert [payload[f"get_day_profiles_{at}"]["day_id"] for at in (1, 2)] == [1, 2]
    assert payload.item("get_week_profiles_1").result == 0x8B
    assert rewritten("GCS21b", payload, response("GCS21b", octets)) == octets
    items = (*payload.items_in_order[:3], Component("get_day_profiles_2", result=0), *payload.items_in_order[4:])
    with pytest.raises(UseCaseError, match="get_day_profiles_2: a Default Response is the only answer"):
        gas.PAYLOADS["GCS21b"].encode(Payload(items), Context(response("GCS21b", b"")))


@pytest.mark.parametrize("control", range(0x100))
def test_what_devices_differ_in_is_kept_and_nothing_else_is_tolerated(control: int) -> None:
    octets = content(f"01 0705 0005 {control:02x} 00 0b 05 00")
    message = response("GCS40a", octets)
    if control & ~0x18:
        with pytest.raises(DecodeError, match=f"does not have cluster 0705 frame control {control:02x} command 0b"):
            read("GCS40a", message)
        return
    payload = read("GCS40a", message)
    shown = as_json("GCS40a", payload, Kind.RESPONSE)["credit_adjustment"]
    assert shown.get("frame_control", 0x08) == control
    assert rewritten("GCS40a", payload, message) == octets


@pytest.mark.parametrize(
    ("code", "octets", "said"),
    [
        ("GCS40a", content("01 0705 0005 08 00 0b 06 00"), "components.0 at offset 11: the use case does not have"),
        ("GCS40a", content("01 0702 0005 08 00 0b 05 00"), "components.0 at offset 11: the use case does not have"),
        ("GCS40a", content("01 0705 0004 09 00 02 08"), "components.0 .*cluster 0705 frame control 09 command 02"),
        ("GCS40a", content("01 0705 0006 08 00 0b 05 00 00"), "credit_adjustment.status .*1 octets too many"),
        ("GCS40a", content("01 0705 0004 08 00 0b 05"), "credit_adjustment.status .*1 octets wanted"),
        ("GCS40a", content("01 0705 0005 08 01 0b 05 00"), "credit_adjustment.sequence_number .*1 where 0 belongs"),
        ("GCS40a", content("00 0705 0005 08 00 0b 05 00"), "components.0.control .*00 does not belong here"),
        ("GCS40a", content("05 0705 0005 08 00 0b 05 00"), "components.0.control .*05 does not belong here"),
        ("GCS40a", content("01 0705 0002 08 00"), "components.0.zcl_header .*3 octets wanted, 2 left"),
        ("GCS40a", content("11 0705 0009 00000000 08 00 0b 05 00"), "from_date_time .*does not belong here"),
        ("GCS40a", content("03 0705 0009 0000 08 00 0b 0002 05 00"), "credit_adjustment .*encrypted"),
        ("GCS40a", content(), "components at offset 3: 0 where the use case has more"),
        ("GCS13a", content("01 0702 0006 18 00 01 0203c0"), "read_metering_attributes .*not encrypted"),
        ("GCS13a", content("03 0702 0007 0001 18 00 01 0000"), "components.0.additional_header .*0001 where 0000"),
        ("GCS13a", content("03 0702 0008 0000 18 00 01 0000 00"), "components.0.ciphered_length .*1 octets too many"),
        ("GCS38", content("01 0702 0006 08 00 01 0702c0"), "current_meter_id.attribute_identifier .*0702 where 0602"),
        ("GCS38", content("01 0702 0008 08 00 01 06020042 00"), "current_meter_id.data_type .*42 where 41 belongs"),
        ("GCS16b", content("01 0705 0005 08 00 0b 07 8b"), "components at offset .*1 where the use case has more"),
    ],
)
def test_a_component_that_cannot_be_is_refused_by_place_and_name(code: str, octets: bytes, said: str) -> None:
    with pytest.raises(DecodeError, match=said):
        read(code, response(code, octets))


@pytest.mark.parametrize(
    ("code", "answers", "said"),
    [
        ("GCS40a", {"credit_adjustment": {"result": 256}}, "credit_adjustment.result: 256 is not a whole number"),
        ("GCS40a", {"credit_adjustment": {"result": "fine"}}, "credit_adjustment.result: 'fine' is none of success"),
        ("GCS40a", {"credit_adjustment": {"executed": 1}}, "credit_adjustment.executed: 1 is neither true nor false"),
        ("GCS40a", {"credit_adjustment": {"frame_control": -1}}, "credit_adjustment.frame_control: -1 is not"),
        ("GCS40a", {"credit_adjustment": {"frame_control": 1}}, "credit_adjustment.frame_control: 1 where 8 belongs"),
        ("GCS40a", {"credit_adjustment": {"value": {}}}, "credit_adjustment: answered with a Default Response"),
        ("GCS40a", {"credit_adjustment": 7}, "credit_adjustment: 7 is not an object"),
        ("GCS40a", {"credit_adjustment_1": {}}, "credit_adjustment_1: no such field; there is credit_adjustment"),
        ("GCS40a", {}, "credit_adjustment: missing"),
        ("GCS40a", [], r"payload: \[\] is not an object"),
        ("GCS16a", {"get_snapshot_1": {}, "get_snapshot_3": {}}, "get_snapshot_3: no such field"),
        ("GCS16a", {"get_snapshot_1": {}}, "get_snapshot: 1 components, 31 to 31 wanted"),
        ("GCS13a", {"read_metering_attributes": {"protected_octets": "x"}}, "protected_octets: 'x' is not hexadec"),
        ("GCS38", {"read_metering_attributes": {"value": {}}}, "{} is not a mapping of current_meter_id"),
        (
            "GCS38",
            {"read_metering_attributes": {"value": {"current_meter_id": {"status": 0}}}},
            "read_metering_attributes.current_meter_id: success without a value",
        ),
        ("GCS38", {"read_metering_attributes": {"protected_octets": "00"}}, "None is not a mapping"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_by_name(code: str, answers: Any, said: str, keys: MemoryKeys) -> None:
    form = gas.PAYLOADS[code]
    with pytest.raises(UseCaseError, match=said):
        form.encode(form.from_json(answers, Kind.RESPONSE), Context(response(code, b""), keys))


def test_a_component_has_room_for_a_full_profile_log(keys: MemoryKeys) -> None:
    fields = dict.fromkeys(fields_of(metering.GET_SAMPLED_DATA_RESPONSE), 0)
    full: dict[str, Any] = {
        "get_sampled_data": {"value": {**fields, "samples": [0xFFFFFF] * gas_reads.PROFILE_SAMPLES}}
    }
    form = gas.PAYLOADS["GCS17"]
    message = respond("GCS17", form.from_json(full, Kind.RESPONSE), keys)
    assert len(read("GCS17", message, keys)["get_sampled_data"]["samples"]) == gas_reads.PROFILE_SAMPLES
    full["get_sampled_data"]["value"]["samples"] *= 2
    with pytest.raises(UseCaseError, match=r"components\.0: \d+ octets, at most 65535 fit"):
        respond("GCS17", form.from_json(full, Kind.RESPONSE), keys)
