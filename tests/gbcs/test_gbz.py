"""GBZ payloads: field types, every declared use case built and read, what devices do, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gbcs.cosem.date_time import CosemDateTime
from gbcs.cursor import Cursor
from gbcs.errors import DecodeError, GbcsError, MissingKeyError, UseCaseError
from gbcs.gbz.alert import Alert
from gbcs.gbz.attributes import AttributeRecords, Failed
from gbcs.gbz.clusters import calendar, metering, prepayment, price
from gbcs.gbz.component_list import ComponentList
from gbcs.gbz.components import Component
from gbcs.gbz.exchange import Exchange, send
from gbcs.gbz.types import (
    I32,
    PUBLICATION_START,
    START,
    TIME,
    U8,
    U24,
    U48,
    Code,
    Date,
    Number,
    Numeric,
    Octets,
    OptionalField,
    Plain,
    Repeated,
    Structure,
    Text,
    ZclType,
    text,
)
from gbcs.message import Cra, Kind, Message, Supplementary
from gbcs.roles import KeyUse
from gbcs.usecases import gas, gas_reads
from gbcs.usecases.catalogue import USE_CASES
from gbcs.usecases.model import Context, Payload, UseCase
from tests.gbcs.keys import BROKER, METER, OTHER_USER, SUPPLIER, MemoryKeys
from tests.gbcs.strategies import ANY_JSON

_NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
_ISSUED = {"issuer_event_id": _NOW}
_PERIOD = {"earliest_start": "2026-01-01T00:00:00Z", "latest_end": _NOW}
_CALENDAR = {
    **_ISSUED,
    "issuer_calendar_id": 7,
    "start_time": "cancel",
    "publish_calendar": {"number_of_seasons": 1, "number_of_week_profiles": 1, "number_of_day_profiles": 2},
    "publish_day_profile": [
        {"schedule_entries": [{"start_minute": 0, "tier_or_enable": 1}]},
        {"schedule_entries": [{"start_minute": 0, "tier_or_enable": 2}]},
    ],
    "publish_week_profile": [
        dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), 1)
    ],
    "publish_seasons": {"seasons": [{"start_date": "*-03-20", "week_id": 1}]},
    "publish_special_days": {"special_days": [{"date": date(2026, 12, 25), "day_id": 2}]},
}
_PRICES = {
    **_ISSUED,
    "start_time": "now",
    "publish_tariff_information": {
        "tariff_type_charging_scheme": "block",
        "price_tiers_in_use": 0,
        "block_thresholds_in_use": 1,
        "currency": "GBP",
        "standing_charge": 54794,
    },
    "publish_price_matrix": {"sub_payload_control": "block", "prices": [{"tier_block_id": 0, "price": 9600}]},
}
_TIME_DEBT = {"debt_amount": -5, "debt_recovery_frequency": "daily", "debt_recovery_amount": 9}
_FLOW = {
    "set_uncontrolled_flow_threshold": {
        "uncontrolled_flow_threshold": 61647,
        "stabilisation_period": 60,
        "measurement_period": 300,
    },
    "set_supply_status": {"supply_tamper_state": "unchanged", "supply_depletion_state": "locked"},
    **_ISSUED,
}
_BILLING = {**_ISSUED, "billing_period_start": _NOW, "block_period_start": _NOW, "duration_type": "months"}
#: What a command takes; a use case that is not here takes nothing.
_COMMANDS: dict[str, dict[str, Any]] = {
    "CS01b": {"consumer_top_up": {"top_up_code": "73950067887105178605"}},
    "CS10a": {"event_control_log_id": "general event log", "start_time": "none", "end_time": _NOW},
    "CS10b": {"event_control_log_id": 0x07, "start_time": "none", "end_time": _NOW},
    "GCS01a": {
        **_CALENDAR,
        **_PRICES,
        "start_time": "cancel",
        "publish_block_thresholds": {"thresholds": [1000000, 2000000]},
    },
    "GCS01b": _PRICES,
    "GCS02": {**_ISSUED, "implementation_date_time": "now"},
    "GCS03": {
        **_ISSUED,
        "change_payment_mode": {
            "implementation_date_time": "2027-01-01T00:00:00Z",
            "proposed_payment_control_configuration": "prepayment",
            "cut_off_value": -1,
        },
    },
    "GCS04": {
        **_ISSUED,
        "change_time_debt_1": _TIME_DEBT,
        "change_time_debt_2": _TIME_DEBT,
        "change_payment_debt": {"debt_amount": 3, "debt_recovery_balance_percentage": 100},
    },
    "GCS05": {
        **_CALENDAR,
        "implementation_date_time": "cancel",
        "from_date_time": "cancel",
        "emergency_credit_limit": 1,
        "emergency_credit_threshold": 2,
        "overall_debt_cap": -3,
        "low_credit_warning_level": 4,
        "maximum_credit_level": 5,
        "maximum_credit_per_top_up": 6,
    },
    "GCS07": {"message_id": 848836800, "start_time": "now", "message": "Power cut on Monday"},
    "GCS09": {**_ISSUED, "implementation_date_time": "2016-11-23T00:00:00Z"},
    "GCS11": _ISSUED,
    "GCS15b": _PERIOD,
    "GCS15c": _PERIOD,
    "GCS15d": {"from_date_time": "2026-01-01T00:00:00Z", "latest_end_time": "latest"},
    "GCS15e": {"from_date_time": "2026-01-01T00:00:00Z", "latest_end_time": "latest"},
    "GCS16a": _PERIOD,
    "GCS16b": _PERIOD,
    "GCS17": {"earliest_sample_time": _NOW, "number_of_samples": gas_reads.PROFILE_SAMPLES},
    "GCS61": {"earliest_sample_time": _NOW, "number_of_samples": gas_reads.DAILY_CONSUMPTION_SAMPLES},
    "GCS20": {
        **_ISSUED,
        "set_event_configuration": [
            {"event_configuration": 0x5B, "event_ids": ["0x81aa", 0x81AB]},
            {"event_configuration": 0x08, "event_ids": ["0x810e"]},
        ],
    },
    "GCS23": {**_ISSUED, "conversion_factor": 102264, "calorific_value": 395},
    "GCS24": _FLOW,
    "GCS24a": _FLOW,
    "GCS25": _BILLING,
    "GCS25a": {**_BILLING, "duration": 3, "block_period_duration": 3},
    "GCS31": _ISSUED,
    "GCS32": _ISSUED,
    "GCS36": {**_ISSUED, "customer_id_number": "1234"},
    "GCS39": _ISSUED,
    "GCS40a": {**_ISSUED, "credit_adjustment_value": -7},
    "GCS40b": _ISSUED,
    "GCS40c": {**_ISSUED, "credit_adjustment_value": 7},
    "GCS40d": _ISSUED,
    "GCS41": {**_ISSUED, "site_id": "1234567890"},
    "GCS44": {**_ISSUED, "proposed_provider_name": "Gas & Co", "proposed_provider_contact_details": "0800 111"},
    "PCS01": {"consumer_top_up": {"top_up_code": "73950067887105178605"}},
}
_LISTS = {code: form for code, form in gas.PAYLOADS.items() if isinstance(form, ComponentList)}
_ALERTS = {code: form for code, form in gas.PAYLOADS.items() if isinstance(form, Alert)}


def use_case(code: str) -> UseCase:
    return replace(USE_CASES[code], payload=gas.PAYLOADS[code])


def command(code: str) -> Message:
    return use_case(code).command(SUPPLIER, METER, 1000, **_COMMANDS.get(code, {}))


def respond(code: str, payload: Payload, keys: MemoryKeys | None = None) -> Message:
    return use_case(code).response(command(code), payload, date_time=CosemDateTime.NOW, keys=keys)


def read(code: str, message: Message, keys: MemoryKeys | None = None) -> Payload:
    return gas.PAYLOADS[code].decode(Context(message, keys))


def as_json(code: str, payload: Payload, kind: Kind) -> Any:
    return json.loads(json.dumps(gas.PAYLOADS[code].to_json(payload, kind)))


def rewritten(code: str, payload: Payload, message: Message) -> bytes:
    """The content built again from JSON, without keys."""
    form = gas.PAYLOADS[code]
    return form.encode(form.from_json(as_json(code, payload, message.kind), message.kind), Context(message))


# Field types.


def values_of(field_type: ZclType) -> st.SearchStrategy[Any]:
    match field_type:
        case Number():
            bits = 8 * field_type.width - field_type.signed
            return st.integers(-(1 << bits) if field_type.signed else 0, (1 << bits) - 1)
        case Numeric():
            return values_of(field_type.number)
        case Date():
            return st.binary(min_size=4, max_size=4).map(lambda octets: field_type.decode(Cursor(octets)))
        case Octets():
            return st.binary(min_size=field_type.low, max_size=min(field_type.high, 30))
        case Plain():
            size = field_type.length
            return st.binary(min_size=size or 0, max_size=30 if size is None else size)
        case Text():
            return values_of(field_type.octets).map(lambda octets: octets.decode("utf-8", "surrogateescape"))
        case OptionalField():
            return values_of(field_type.type)
        case Structure():
            return in_order({name: values_of(kind) for name, kind in field_type.fields.items()})
        case Repeated():
            count = field_type.count
            return st.lists(values_of(field_type.element), min_size=count or 0, max_size=4 if count is None else count)
        case AttributeRecords():
            failed = st.integers(1, 255).map(Failed)
            return in_order({read.name: values_of(read.type) | failed for read in field_type.attributes})
    raise AssertionError(field_type)


def in_order(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*fields.values()).map(lambda values: dict(zip(fields, values, strict=True)))


_TYPES = [
    U8,
    U24,
    U48,
    I32,
    Number(2, order="big"),
    Code(),
    TIME,
    START,
    PUBLICATION_START,
    Date(),
    Octets(),
    Octets(5, 5),
    Plain(),
    text(20),
    Repeated(U24),
    metering.UNIT_OF_MEASURE.type,
    metering.PUBLISH_SNAPSHOT.body,
    price.PUBLISH_PRICE.body,
    prepayment.PUBLISH_DEBT_LOG.body,
    calendar.PUBLISH_SPECIAL_DAYS.body,
]


@pytest.mark.parametrize("field_type", _TYPES, ids=lambda field_type: type(field_type).__name__)
@settings(max_examples=40)
@given(data=st.data())
def test_values_survive_octets_and_json(field_type: ZclType, data: st.DataObject) -> None:
    value = data.draw(values_of(field_type))
    octets = field_type.encode(value)
    cursor = Cursor(octets)
    assert field_type.decode(cursor) == value
    assert cursor.remaining == 0
    assert field_type.from_json(json.loads(json.dumps(field_type.to_json(value)))) == value


@pytest.mark.parametrize("field_type", _TYPES, ids=lambda field_type: type(field_type).__name__)
@settings(max_examples=40)
@given(octets=st.binary(max_size=80))
def test_any_octets_are_a_value_that_writes_them_or_refused(field_type: ZclType, octets: bytes) -> None:
    cursor = Cursor(octets)
    try:
        value = field_type.decode(cursor)
    except DecodeError as error:
        assert 0 <= error.offset <= len(octets)
    else:
        assert field_type.encode(value) == octets[: cursor.position]


@pytest.mark.parametrize(
    ("field_type", "value", "octets"),
    [
        (U48, 3, "030000000000"),
        (I32, -2, "feffffff"),
        (TIME, "2015-01-01T00:00:00Z", "804a371c"),
        (START, "now", "00000000"),
        (START, "cancel", "ffffffff"),
        (PUBLICATION_START, "cancel", "feffffff"),
        (TIME, "latest", "feffffff"),
        (Date(), "2015-03-20", "730314ff"),
        (Date(), "*-12-25", "ff0c19ff"),
        (Date(), "*-*-01[day-of-week=1]", "ffff0101"),
        (text(9), "Gas", "03476173"),
        (Octets(), "0123abcd", "040123abcd"),
        (Code(), "0x81ff", "ff81"),
        (price.PUBLISH_CALORIFIC_VALUE.body.fields["unit"], "MJ/m3", "01"),
        (price.PUBLISH_CALORIFIC_VALUE.body.fields["unit"], {"code": 9, "name": None}, "09"),
    ],
)
def test_the_wire_form_of_values(field_type: ZclType, value: Any, octets: str) -> None:
    assert field_type.encode(field_type.from_json(value)).hex() == octets


@pytest.mark.parametrize(
    ("field_type", "value", "said"),
    [
        (U8, 256, "256 is not a whole number between 0 and 255"),
        (U8, True, "True is not a whole number"),
        (START, "soon", "'soon' is not a date and time"),
        (START, datetime(2026, 1, 1), "no time zone"),
        (START, "1999-12-31T23:59:59Z", "-1 is not a whole number between 0 and 4294967295"),
        (Date(), "2015-13-01", "'13' is not between 01 and 12"),
        (Date(), "1899-01-01", "between the years 1900 and 2154"),
        (Date(), "2155-01-01", "between the years 1900 and 2154"),
        (Date(), "soon", "'soon' is not a date"),
        (Code(), "81ff", "'81ff' is not of the form 0x8f66"),
        (text(3), "four", "is not 0 to 3 octets"),
        (text(3), 4, "4 is not text"),
        (text(3), "\ud800", "UTF-8 has no octets"),
        (Octets(), "xyz", "not hexadecimal"),
        (Repeated(U8), 7, "7 is not a list"),
        (Repeated(U8), [1, 300], "1: 300 is not a whole number"),
        (Structure({"a": U8}), {"b": 1}, "b: no such field; there is a"),
        (Structure({"a": U8}), {}, "a: missing"),
        (Structure({"a": U8, "b": OptionalField(U8), "c": OptionalField(U8)}), {"a": 1, "c": 2}, "b: missing"),
        (metering.UNIT_OF_MEASURE.type, "litres", "'litres' is none of kWh, m3"),
    ],
)
def test_a_value_that_cannot_be_is_refused_in_words(field_type: ZclType, value: Any, said: str) -> None:
    with pytest.raises(UseCaseError, match=said):
        field_type.encode(field_type.from_json(value))


# Commands.


def test_every_gbz_use_case_is_declared() -> None:
    assert set(gas.PAYLOADS) == {code for code, known in USE_CASES.items() if known.payload_kind == "gbz"}


@pytest.mark.parametrize("code", _LISTS)
def test_a_command_survives_octets_and_json(code: str) -> None:
    message = command(code)
    payload = read(code, message)
    assert payload == gas.PAYLOADS[code].request(_COMMANDS.get(code, {}))
    assert rewritten(code, payload, message) == message.content


@pytest.mark.parametrize("code", _LISTS)
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
    payload = gas.PAYLOADS["GCS01a"].request(_COMMANDS["GCS01a"])
    assert payload["publish_day_profile_2"]["day_id"] == 2
    assert payload["publish_day_profile_2"]["number_of_schedule_entries"] == 1
    assert payload["publish_block_thresholds"]["tier_and_number_of_thresholds"] == 2
    assert payload["publish_calendar"]["start_time"] == 0xFFFFFFFE
    assert payload["publish_tariff_information"]["start_time"] == 0xFFFFFFFF


def test_what_is_optional_may_be_left_out() -> None:
    values = {name: value for name, value in _COMMANDS["GCS05"].items() if name != "publish_week_profile"}
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
        ("GCS07", {"message": "x" * 117}, "display_message.message: .* is not 0 to 116 octets"),
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
    values = {name: value for name, value in {**_COMMANDS.get(code, {}), **changes}.items() if value is not None}
    with pytest.raises(UseCaseError, match=said):
        use_case(code).command(SUPPLIER, METER, 1, **values)


def test_a_declaration_cannot_speak_of_fields_that_are_not_there() -> None:
    with pytest.raises(UseCaseError, match="snapshot: no such field"):
        send(metering.GET_SNAPSHOT, snapshot=1)
    with pytest.raises(ValueError, match="two exchanges of one name"):
        ComponentList(send(metering.GET_SNAPSHOT), send(metering.GET_SNAPSHOT))


# Responses.


def answers_to(form: ComponentList, request: Payload) -> st.SearchStrategy[Payload]:
    """Responses: every command component answered by its command, some of it unreadable, or by a Default Response."""
    groups: list[st.SearchStrategy[list[Component]]] = []
    for exchange in form.exchanges:
        names = [name for name in request if name == exchange.name or name.startswith(f"{exchange.name}_")]
        groups += [answer_to(exchange, at) for at in range(len(names))]
    return st.tuples(*groups).map(lambda drawn: Payload(tuple(item for group in drawn for item in group)))


def answer_to(exchange: Exchange, at: int) -> st.SearchStrategy[list[Component]]:
    def default(result: int, executed: bool, control: int | None) -> list[Component]:
        return [Component(exchange.label(at, response=True), result=result, executed=executed, frame_control=control)]

    def named(values: list[Any]) -> list[Component]:
        return [
            Component(exchange.label(at + number, response=True), value, next(iter(failures(value)), 0))
            for number, value in enumerate(values)
        ]

    control = st.none() | st.just(exchange.default_response_control ^ 0x10)
    alternatives = st.builds(default, st.integers(0, 255), st.booleans(), control)
    if exchange.answer is None:
        return alternatives
    values = st.lists(values_of(exchange.answer.body), min_size=1, max_size=min(exchange.answers, 2))
    return values.map(named) | alternatives


def failures(value: dict[str, Any]) -> list[int]:
    return [record.status for record in value.values() if isinstance(record, Failed)]


@pytest.mark.parametrize("code", _LISTS)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_a_response_survives_octets_and_json(code: str, data: st.DataObject, keys: MemoryKeys) -> None:
    form = _LISTS[code]
    payload = data.draw(answers_to(form, form.request(_COMMANDS.get(code, {}))))
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
    user = Supplementary(OTHER_USER, 77, certificate=b"\x30\x82" + bytes(30))
    asked = use_case("GCS13a").command(BROKER, METER, 5, supplementary=user)
    payload = gas.PAYLOADS["GCS13a"].from_json(reading, Kind.RESPONSE)
    message = use_case("GCS13a").response(
        asked, payload, date_time=CosemDateTime.NOW, keys=keys, originator_counter=2000
    )
    assert read("GCS13a", message, keys)["read_metering_attributes"]["current_summation_delivered"] == 12345


def test_all_encrypted_components_have_one_key_and_counted_headers(keys: MemoryKeys) -> None:
    form = _LISTS["GCS16b"]
    snapshot = dict.fromkeys(prepayment.PUBLISH_PREPAY_SNAPSHOT.body.fields, 0)
    answers = {f"get_prepay_snapshot_{at}": {"result": "not found"} for at in range(1, 32)}
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
    assert [item.executed for item in payload.items_in_order] == [True, True, False]
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
    fields = dict.fromkeys(metering.GET_SAMPLED_DATA_RESPONSE.body.fields, 0)
    full = {"get_sampled_data": {"value": {**fields, "samples": [0xFFFFFF] * gas_reads.PROFILE_SAMPLES}}}
    form = gas.PAYLOADS["GCS17"]
    message = respond("GCS17", form.from_json(full, Kind.RESPONSE), keys)
    assert len(read("GCS17", message, keys)["get_sampled_data"]["samples"]) == gas_reads.PROFILE_SAMPLES
    full["get_sampled_data"]["value"]["samples"] *= 2
    with pytest.raises(UseCaseError, match=r"components\.0: \d+ octets, at most 65535 fit"):
        respond("GCS17", form.from_json(full, Kind.RESPONSE), keys)


# Alerts.


def alert(code: str, payload: Payload, keys: MemoryKeys | None = None) -> Message:
    message = Message(Cra.ALERT, 9, METER, SUPPLIER, USE_CASES[code].message_codes[0], b"")
    return message.with_content(gas.PAYLOADS[code].encode(payload, Context(message, keys)))


_ALERT = {"alert_code": "0x8f66", "time_stamp": _NOW}
_SNAPSHOT = {
    name: [1, 2, 3, 4] if isinstance(kind, Repeated) else 5
    for name, kind in metering.PUBLISH_SNAPSHOT.body.fields.items()
}
_ALERT_VALUES: dict[str, dict[str, Any]] = {
    "GCA-ZigBee": _ALERT,
    "GNCA-ZigBee": _ALERT,
    "FDEIA-ZigBee": {
        **_ALERT,
        "message_code": "0x006f",
        "originator_counter": 1001,
        "cluster": "Prepayment",
        "frame_control": 1,
        "command_identifier": "0x09",
    },
    "FDRA-ZigBee": {**_ALERT, "manufacturer_image_hash": "a1" * 32},
    "MIIWA-ZigBee": {**_ALERT, "issue": "unexpected hardware reset"},
    "GCS53": {**_ALERT, "publish_snapshot": {"value": _SNAPSHOT}},
}


def test_the_alerts_are_all_here() -> None:
    assert set(_ALERT_VALUES) == set(_ALERTS)


@pytest.mark.parametrize("code", _ALERT_VALUES)
def test_an_alert_survives_octets_and_json(code: str, keys: MemoryKeys) -> None:
    sent = gas.PAYLOADS[code].request(_ALERT_VALUES[code])
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
    assert alert(code, gas.PAYLOADS[code].request(_ALERT_VALUES[code])).content.hex() == octets.replace(" ", "")


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
        ("GCS53", {"publish_snapshot": {}}, "publish_snapshot: None is not a mapping"),
        ("GCS53", {"publish_snapshot": 1}, "publish_snapshot: 1 is not an object"),
    ],
)
def test_an_alert_that_cannot_be_sent(code: str, changes: dict[str, Any], said: str, keys: MemoryKeys) -> None:
    values = {name: value for name, value in {**_ALERT_VALUES[code], **changes}.items() if value is not None}
    with pytest.raises(UseCaseError, match=said):
        alert(code, gas.PAYLOADS[code].request(values), keys)


# Whatever comes.


def some_message(data: st.DataObject, keys: MemoryKeys) -> tuple[str, Message]:
    code = data.draw(st.sampled_from(sorted(gas.PAYLOADS)))
    if code in _ALERTS:
        return code, alert(code, gas.PAYLOADS[code].request(_ALERT_VALUES[code]), keys)
    form = _LISTS[code]
    answers = data.draw(answers_to(form, form.request(_COMMANDS.get(code, {}))))
    return code, data.draw(st.sampled_from([command(code), respond(code, answers, keys)]))


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
