"""Examples of every GBZ payload, and strategies made from the declarations themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from hypothesis import strategies as st

from gbcs.cosem.date_time import CosemDateTime
from gbcs.cursor import Cursor
from gbcs.gbz.alert import Alert
from gbcs.gbz.attributes import AttributeRecords, Failed
from gbcs.gbz.clusters import metering
from gbcs.gbz.component_list import ComponentList
from gbcs.gbz.components import Component
from gbcs.gbz.exchange import Exchange
from gbcs.gbz.model import Command
from gbcs.gbz.types import (
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
)
from gbcs.message import Cra, Kind, Message
from gbcs.usecases import gas, gas_reads
from gbcs.usecases.catalogue import USE_CASES
from gbcs.usecases.model import Context, Payload, UseCase
from tests.gbcs.keys import METER, SUPPLIER, MemoryKeys


def fields_of(known: Command) -> Mapping[str, ZclType]:
    assert isinstance(known.body, Structure)
    return known.body.fields


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
COMMANDS: dict[str, dict[str, Any]] = {
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
LISTS = {code: form for code, form in gas.PAYLOADS.items() if isinstance(form, ComponentList)}
ALERTS = {code: form for code, form in gas.PAYLOADS.items() if isinstance(form, Alert)}


def use_case(code: str) -> UseCase:
    return replace(USE_CASES[code], payload=gas.PAYLOADS[code])


def command(code: str) -> Message:
    return use_case(code).command(SUPPLIER, METER, 1000, **COMMANDS.get(code, {}))


def respond(code: str, payload: Payload, keys: MemoryKeys | None = None) -> Message:
    return use_case(code).reply(command(code), payload, date_time=CosemDateTime.NOW, keys=keys)


def read(code: str, message: Message, keys: MemoryKeys | None = None) -> Payload:
    return gas.PAYLOADS[code].decode(Context(message, keys))


def as_json(code: str, payload: Payload, kind: Kind) -> Any:
    return json.loads(json.dumps(gas.PAYLOADS[code].to_json(payload, kind)))


def rewritten(code: str, payload: Payload, message: Message) -> bytes:
    """The content built again from JSON, without keys."""
    form = gas.PAYLOADS[code]
    return form.encode(form.from_json(as_json(code, payload, message.kind), message.kind), Context(message))


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


@cache
def answers_to(code: str) -> st.SearchStrategy[Payload]:
    """Responses to the command of a use case: every component of it answered by its command, some of it unreadable, or
    by a Default Response.
    """
    form = LISTS[code]
    request = form.request(COMMANDS.get(code, {}))
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


def alert(code: str, payload: Payload, keys: MemoryKeys | None = None) -> Message:
    message = Message(Cra.ALERT, 9, METER, SUPPLIER, USE_CASES[code].message_codes[0], b"")
    return message.with_content(gas.PAYLOADS[code].encode(payload, Context(message, keys)))


_ALERT = {"alert_code": "0x8f66", "time_stamp": _NOW}
_SNAPSHOT = {
    name: [1, 2, 3, 4] if isinstance(kind, Repeated) else 5
    for name, kind in fields_of(metering.PUBLISH_SNAPSHOT).items()
}
ALERT_VALUES: dict[str, dict[str, Any]] = {
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
    "GCS53": {**_ALERT, "publish_snapshot": _SNAPSHOT},
}


def some_message(data: st.DataObject, keys: MemoryKeys) -> tuple[str, Message]:
    code = data.draw(st.sampled_from(sorted(gas.PAYLOADS)))
    if code in ALERTS:
        return code, alert(code, gas.PAYLOADS[code].notice(ALERT_VALUES[code]), keys)
    answers = data.draw(answers_to(code))
    return code, data.draw(st.sampled_from([command(code), respond(code, answers, keys)]))
