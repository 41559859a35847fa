"""Commands and attributes of a ZCL server, and what it keeps by time."""

from __future__ import annotations

from typing import Any

import pytest

from devices.errors import ComponentFailed, DeviceError
from devices.gas.data import DAILY_READ, PROFILE, TARIFF, GasData
from devices.store import Store
from devices.zcl.records import NO_SAMPLE, Publications, Records
from devices.zcl.server import ZclServer
from gbcs.device_type import DeviceType
from gbcs.errors import UseCaseError
from gbcs.gbz.attributes import Failed
from gbcs.gbz.clusters import basic, calendar, events, metering, prepayment, price
from gbcs.gbz.status import Status
from gbcs.gbz.types import U8
from gbcs.usecases.model import Item, Payload
from tests.gbcs.gbz import COMMANDS, LISTS

HALF_HOUR = 1800


@pytest.fixture
def zcl() -> ZclServer:
    server = ZclServer(Store(), DeviceType.GPF)
    server.set(price.PRICE_TRAILING_DIGIT, 0x50)
    server.set(price.TARIFF_CURRENCY, 826)
    for attribute in (
        prepayment.ACCUMULATED_DEBT,
        prepayment.EMERGENCY_CREDIT_REMAINING,
        prepayment.CREDIT_REMAINING,
        *prepayment.DEBT_AMOUNTS,
    ):
        server.set(attribute, 7)
    return server


def execute(server: ZclServer, code: str, **values: Any) -> list[Item]:
    form = LISTS[code]
    answer = server.execute(form, form.request({**COMMANDS.get(code, {}), **values}))
    return list(answer.items_in_order)


def results(items: list[Item]) -> list[tuple[int | None, bool]]:
    return [(item.result, getattr(item, "executed", True)) for item in items]


def test_attributes_are_read_cluster_by_cluster(zcl: ZclServer) -> None:
    first, second = execute(zcl, "GCS14")
    assert first.value == {"price_trailing_digit": 0x50, "currency": 826}
    assert set(second.value.values()) == {7}


def test_a_broken_attribute_has_a_status_its_neighbours_a_value_and_what_comes_after_is_not_executed(
    zcl: ZclServer,
) -> None:
    zcl.fail(price.TARIFF_CURRENCY)
    first, second = execute(zcl, "GCS14")
    assert first.value == {"price_trailing_digit": 0x50, "currency": Failed(Status.HARDWARE_FAILURE)}
    assert results([second]) == [(Status.FAILURE, False)]
    zcl.fail(price.TARIFF_CURRENCY, None)
    assert results(execute(zcl, "GCS14")) == [(0, True)] * 2


def test_what_nobody_has_given_a_value_is_unsupported(zcl: ZclServer) -> None:
    (item,) = execute(zcl, "GCS33")
    assert set(item.value.values()) == {Failed(Status.UNSUPPORTED_ATTRIBUTE)}


def test_an_attribute_that_the_device_has_not_cannot_be_set(zcl: ZclServer) -> None:
    assert not zcl.has(metering.UNCONTROLLED_FLOW_DIVISOR)
    with pytest.raises(ComponentFailed, match="unsupported attribute"):
        zcl.set(metering.UNCONTROLLED_FLOW_DIVISOR, 1)
    with pytest.raises(UseCaseError):
        zcl.set(basic.HW_VERSION, 256)


def test_not_found_ends_nothing_a_failure_ends_all(zcl: ZclServer) -> None:
    data = with_readings(zcl)
    data.take_snapshot(HALF_HOUR, DAILY_READ)
    whole = {"earliest_start": "none", "latest_end": "latest"}
    items = execute(zcl, "GCS16b", **whole)
    assert results(items) == [(0, True)] + [(Status.NOT_FOUND, True)] * 30
    zcl.fail(prepayment.GET_PREPAY_SNAPSHOT, when=lambda fields: fields["snapshot_offset"] == 2)
    items = execute(zcl, "GCS16b", **whole)
    expected = [(0, True), (Status.NOT_FOUND, True), (Status.HARDWARE_FAILURE, True)]
    assert results(items) == expected + [(Status.FAILURE, False)] * 28


def with_readings(zcl: ZclServer) -> GasData:
    for attribute in (metering.CURRENT_SUMMATION, *metering.TIER_SUMMATIONS, *metering.BLOCK_SUMMATIONS):
        zcl.set(attribute, 5)
    return GasData(zcl, Store())


def test_a_command_that_nobody_executes_is_unsupported(zcl: ZclServer) -> None:
    (item,) = execute(zcl, "GCS09")
    assert item.result == Status.UNSUPPORTED_CLUSTER_COMMAND


def test_fields_that_the_use_case_does_not_have_are_invalid(zcl: ZclServer) -> None:
    with_readings(zcl)
    request = LISTS["GCS61"].request(COMMANDS["GCS61"])
    (item,) = request.items_in_order
    wrong = Payload((Item(item.name, {**item.value, "sample_id": 0}),))
    assert zcl.execute(LISTS["GCS61"], wrong).item(item.name).result == Status.INVALID_FIELD


def test_a_log_that_cannot_be_cleared_says_so_in_its_own_answer(zcl: ZclServer) -> None:
    zcl.fail(events.CLEAR_EVENT_LOG_REQUEST)
    (item,) = execute(zcl, "CS11")
    assert item.value == {"cleared_event_logs": 0}
    assert item.result == Status.HARDWARE_FAILURE


def test_several_publications_answer_one_command(zcl: ZclServer) -> None:
    data = with_readings(zcl)
    head = {"provider_id": 0, "issuer_event_id": 1, "issuer_calendar_id": 1}
    rest = {"number_of_schedule_entries": 0, "command_index": 0, "total_commands": 1, "calendar_type": 0}
    days = [{**head, "day_id": day, **rest, "schedule_entries": []} for day in (1, 2, 3)]
    data.publications.put(calendar.PUBLISH_DAY_PROFILE, days, TARIFF)
    for attribute in LISTS["GCS21f"].exchanges[0].command.body.attributes:  # type: ignore[attr-defined]
        zcl.set(attribute, 0)
    items = execute(zcl, "GCS21f")
    assert [item.name for item in items[:4]] == ["read_price_attributes", *(f"get_day_profiles_{n}" for n in (1, 2, 3))]
    assert [item.value["day_id"] for item in items[1:4]] == [1, 2, 3]
    assert [(item.name, item.result) for item in items[4:]] == [
        ("get_week_profiles_1", Status.NOT_FOUND),
        ("get_seasons", Status.NOT_FOUND),
        ("get_special_days", Status.NOT_FOUND),
        ("get_current_price", Status.NOT_FOUND),
    ]


def test_snapshots_are_read_by_number_of_what_lies_in_the_window(zcl: ZclServer) -> None:
    data = with_readings(zcl)
    for day in range(1, 41):
        zcl.set(metering.CURRENT_SUMMATION, day)
        data.take_snapshot(86400 * day, DAILY_READ)
    items = execute(zcl, "GCS16a", earliest_start=0, latest_end=0xFFFFFFFF)
    assert [item.value["current_summation"] for item in items] == list(range(10, 41))
    items = execute(zcl, "GCS16a", earliest_start=86400 * 12, latest_end=86400 * 13)
    assert [item.value and item.value["current_summation"] for item in items] == [12, 13] + [None] * 29
    assert items[0].value["snapshots_found"] == 2


def test_samples_begin_at_the_time_asked_for_and_a_gap_is_told(zcl: ZclServer) -> None:
    data = with_readings(zcl)
    for slot in (1, 2, 4):
        data.samples[PROFILE].append(HALF_HOUR * slot, slot)
    (item,) = execute(zcl, "GCS17", earliest_sample_time=HALF_HOUR * 2, number_of_samples=50)
    assert item.value["sample_start_time"] == HALF_HOUR * 2
    assert item.value["samples"] == [2, NO_SAMPLE, 4]
    (item,) = execute(zcl, "GCS17", earliest_sample_time=HALF_HOUR * 2, number_of_samples=1)
    assert item.value["samples"] == [2]
    (item,) = execute(zcl, "GCS17", earliest_sample_time=1, number_of_samples=2)
    assert item.value["samples"] == [1, 2]
    (item,) = execute(zcl, "GCS17", earliest_sample_time=HALF_HOUR * 5, number_of_samples=1)
    assert item.result == Status.NOT_FOUND


def test_a_snapshot_of_a_cause_that_is_not_kept_is_refused(zcl: ZclServer) -> None:
    with pytest.raises(DeviceError, match="0x0100"):
        with_readings(zcl).take_snapshot(1, 0x0100)


@pytest.mark.parametrize("capacity", [1, 48, 100])
def test_the_oldest_records_go_first(capacity: int) -> None:
    store = Store()
    records = Records(store, "any", {"value": U8}, capacity)
    for time in range(300):
        records.append(time, {"value": time % 256})
    assert [each["time"] for each in records.read()] == list(range(300 - capacity, 300))
    assert Records(store, "any", {"value": U8}, capacity).read() == records.read()
    assert records.read(299, 299) == [{"time": 299, "value": 43}]
    records.clear()
    assert records.read() == []


def test_a_publication_replaces_the_one_before_it() -> None:
    publications = Publications(Store())
    with pytest.raises(ComponentFailed, match="not found"):
        publications.get(price.PUBLISH_BILLING_PERIOD)
    period = {"provider_id": 0, "issuer_event_id": 1, "billing_period_start": 2, "duration_type": 0x23}
    for duration in (1, 3):
        publications.put(price.PUBLISH_BILLING_PERIOD, [{**period, "duration": duration, "tariff_type": 0}])
    assert [each["duration"] for each in publications.get(price.PUBLISH_BILLING_PERIOD)] == [3]
    publications.put(price.PUBLISH_BILLING_PERIOD, [])
    with pytest.raises(ComponentFailed):
        publications.get(price.PUBLISH_BILLING_PERIOD)
