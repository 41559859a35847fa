"""Scenarios of registers, tariffs and billing: read, change now, change later, cancel, fail, bill, break."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from devices.errors import AccessFailed
from devices.metering import Load
from devices.variant import Variant
from gbcs.asn1.types import NEVER
from gbcs.cosem import objects as o
from gbcs.cosem.date_time import CosemDate, CosemDateTime, CosemTime
from gbcs.cosem.results import AccessResult
from gbcs.decoding import Decoded
from gbcs.usecases.access_list import AccessList
from gbcs.usecases.catalogue import USE_CASES
from smki.keystore import Keystore
from tests.devices.rig import NETWORK_OPERATOR, SUPPLIER, Rig, codes, command, items
from tests.devices.story import (
    MIDNIGHT,
    NOON,
    activated,
    active_price,
    alert_codes,
    cosem,
    pass_time,
    present,
    price,
    results,
    set_clock,
    until,
)

LATER = CosemDateTime.of(NOON)
SPRING = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def rig(keystore: Keystore) -> Rig:
    """A meter whose clock was set."""
    rig = Rig(keystore, load=Load(active_import=2000, active_export=500, reactive_export=60))
    set_clock(rig)
    return rig


def change_tariff(rig: Rig, when: CosemDateTime, counter: int, amount: int = 15_000) -> Decoded:
    values = activated("ECS01a", when) | {"tariff_block_price_matrix_tou_unit_charge_passive": price(amount)}
    return rig.ask("ECS01a", counter, **present(rig, "ECS01a", **values))


def price_by_command(rig: Rig) -> int:
    matrix = items(rig.ask("ECS24"))[-1][0]
    return int(matrix["charge_table"][0]["charge_per_unit"])


# 3: registers and half hours.


def test_the_half_hours_of_a_day_are_read_by_each_party_as_it_may(rig: Rig) -> None:
    until(rig, MIDNIGHT + timedelta(days=2))
    day = {"start": MIDNIGHT, "end": MIDNIGHT + timedelta(days=1)}
    ((half_hours, result),) = items(rig.ask("ECS22b", 1, profile_data_log_active_import_buffer=day))
    stamps = [entry["timestamp"] for entry in half_hours]
    assert result == 0
    assert len(stamps) == 49, "both ends are included"
    assert {later - earlier for earlier, later in pairwise(stamps)} == {1800}
    assert {entry["primary_value"] for entry in half_hours} == {1000}
    # From the start of time to its end.
    everything = {"start": CosemDateTime.NOW, "end": CosemDateTime.NEVER}
    ((whole, _),) = items(rig.ask("ECS22b", 2, profile_data_log_active_import_buffer=everything))
    assert whole == cosem(rig).log(o.PROFILE_DATA_LOG_ACTIVE_IMPORT).read()
    # The network operator reads what was exported in clear.
    seconds = {"start": stamps[0], "end": stamps[-1]}
    ((exported, _),) = items(rig.ask("ECS22a", 1, by=NETWORK_OPERATOR, profile_data_log_export_buffer=seconds))
    assert {tuple(entry) for entry in exported} == {("timestamp", "dl_value", "dl_value2")}
    assert {(entry["dl_value"], entry["dl_value2"]) for entry in exported} == {(250, 30)}
    # Export is not the supplier's business.
    (alert,) = rig.send(command(rig.keystore, "ECS17a", 1, by=SUPPLIER))
    assert (codes([alert]), alert_codes([alert])) == (["GCA-DLMS"], [0x8F30])


def test_reads_are_answered_whatever_their_counter(rig: Rig) -> None:
    first = rig.ask("ECS17b", 9)
    for counter in (9, 3):
        again = rig.ask("ECS17b", counter)
        assert again.message.date_time is not None
        assert items(again) == items(first)


# 4, 5, 6: a tariff, whole.


def test_a_tariff_for_now_is_in_force_at_once(rig: Rig) -> None:
    snapshots = cosem(rig).log(o.BILLING_DATA_LOG_MODE_OR_TARIFF_CHANGE)
    before = len(snapshots.read())
    assert results(change_tariff(rig, CosemDateTime.NOW, 1)) == [0] * 21
    assert price_by_command(rig) == 15_000
    ((change, _),) = items(
        rig.ask("ECS20b", 1, billing_data_log_mode_or_tariff_change_buffer={"start": MIDNIGHT, "end": NOON})
    )
    assert change == []
    assert len(snapshots.read()) == before + 1
    assert until(rig, NOON) == [], "nobody is told"


def test_a_tariff_that_fails_half_way_leaves_what_was_written_and_nothing_in_force(rig: Rig) -> None:
    cosem(rig).fail(o.TARIFF_BLOCK_PRICE_MATRIX_TOU, "unit_charge_activation_time")
    assert results(change_tariff(rig, LATER, 1)) == [0] * 19 + [1, 250]
    written = cosem(rig).get(o.TARIFF_BLOCK_PRICE_MATRIX_TOU, "unit_charge_passive")
    assert written["charge_table"] == price(15_000)["charge_table"]
    assert until(rig, NOON - timedelta(seconds=1)) == []
    assert active_price(rig) == 0


def test_a_tariff_for_later_comes_into_force_with_six_alerts(rig: Rig) -> None:
    assert results(change_tariff(rig, LATER, 41)) == [0] * 21
    assert until(rig, NOON - timedelta(seconds=1)) == []
    assert price_by_command(rig) == 0
    snapshots = len(cosem(rig).log(o.BILLING_DATA_LOG_MODE_OR_TARIFF_CHANGE).read())
    alerts = until(rig, NOON)
    assert codes(alerts) == ["FDEIA-DLMS"] * 6
    assert alert_codes(alerts) == [0x8F66] * 6
    counters = [alert.message.originator_counter for alert in alerts]
    assert counters == sorted(set(counters))
    for alert in alerts:
        assert alert.payload
        assert alert.message.recipient == SUPPLIER
        assert alert.message.signature
        assert alert.payload["time_stamp"] == LATER
        instruction = alert.payload["instruction"]
        assert (instruction["message_code"], instruction["originator_counter"]) == (0x0019, 41)
    told = [alert.payload["instruction"] for alert in alerts if alert.payload]
    assert [(each["class_number"], str(each["instance"]), each["attribute"]) for each in told] == [
        (20, "0-0:13.0.0.255", 10),
        (9000, "0-0:94.44.128.29", 6),
        (9000, "0-0:94.44.2.0", 6),
        (113, "0-0:19.20.4.255", 7),
        (113, "0-0:19.20.0.255", 7),
        (9000, "0-0:63.1.1.255", 6),
    ]
    assert price_by_command(rig) == 15_000
    assert len(cosem(rig).log(o.BILLING_DATA_LOG_MODE_OR_TARIFF_CHANGE).read()) == snapshots + 1


@pytest.mark.parametrize("use_case", ["ECS01a", "ECS03", "ECS08a", "ECS28a", "ECS46d"])
def test_what_is_cancelled_never_happens_and_nobody_is_told(rig: Rig, use_case: str) -> None:
    """The answer is the same each time: success for every access."""
    answers = [
        results(rig.ask(use_case, counter, **present(rig, use_case, **activated(use_case, when))))
        for counter, when in enumerate((LATER, CosemDateTime.NEVER), 1)
    ]
    assert answers[0] == answers[1] == [0] * len(answers[0])
    state = rig.premises.esme.snapshot()
    assert until(rig, NOON + timedelta(days=1)) == []
    waiting = [name for name in rig.premises.esme.snapshot() if name.startswith("future/")]
    assert [name for name in state if name.startswith("future/")] == waiting == []


def test_a_cancelled_firmware_never_runs(rig: Rig) -> None:
    image = b"an image"
    rig.premises.esme.firmware.distribute(image, b"\0\0\0\2")
    pass_time(rig, timedelta(seconds=1))
    for counter, when in enumerate((NOON, NEVER), 1):
        digest = {"manufacturer_image_hash": hashlib.sha256(image).digest(), "originator_counter": counter}
        answer = rig.ask("CS06", counter, execution_date_time=when, **digest)
        assert dict(answer.payload or {}) == {"command_accepted": None}
    assert until(rig, NOON + timedelta(days=1)) == []
    assert rig.premises.esme.firmware.version == b"\0\0\0\1"


# 7: what fails at its time.


def test_firmware_for_later_that_is_not_the_image_held_is_told_of_with_the_version_that_runs(rig: Rig) -> None:
    rig.premises.esme.firmware.distribute(b"an image", b"\0\0\0\2")
    pass_time(rig, timedelta(seconds=1))
    order = {"manufacturer_image_hash": bytes(32), "originator_counter": 5, "execution_date_time": NOON}
    assert dict(rig.ask("CS06", 5, **order).payload or {}) == {"command_accepted": None}
    (alert,) = until(rig, NOON)
    assert (codes([alert]), alert_codes([alert])) == (["FDFAA"], [0x8F67])
    assert alert.payload
    assert alert.payload["originator_counter"] == 5
    assert alert.payload["execution_outcome"] == {"response_code": 2, "firmware_version": b"\0\0\0\1"}


def test_of_a_tariff_for_later_only_the_item_that_fails_is_told_of_as_failed(rig: Rig) -> None:
    change_tariff(rig, LATER, 1)

    def refuse(value: Any) -> None:
        del value
        raise AccessFailed(AccessResult.TEMPORARY_FAILURE)

    cosem(rig).watch(o.STANDING_CHARGE, "unit_charge_active", refuse)
    alerts = until(rig, NOON)
    assert alert_codes(alerts) == [0x8F66] * 3 + [0x8F67] + [0x8F66] * 2
    assert active_price(rig) == 15_000


# 28: billing.


@pytest.mark.parametrize(("variant", "fields"), [(Variant.SINGLE, 7), (Variant.TWIN, 9)])
def test_at_billing_time_the_supplier_gets_the_newest_entry_and_blocks_begin_again(
    keystore: Keystore, variant: Variant, fields: int
) -> None:
    rig = Rig(keystore, variant=variant, load=Load(active_import=2000))
    set_clock(rig)
    (alert,) = until(rig, SPRING)
    assert (codes([alert]), alert_codes([alert])) == (["ECS68"], [0x8F0A])
    assert alert.message.recipient == SUPPLIER
    assert alert.payload
    item = alert.payload.item("billing_data_log_registers_buffer")
    assert item.protected is not None
    (entry,) = item.value
    assert len(entry) == fields
    # The log has room for twelve.
    daily = [{"time": CosemTime.parse("00:00:00"), "date": CosemDate(b"\xff" * 5)}]
    cosem(rig).set(o.BILLING_CALENDAR, "execution_time", daily)
    assert len(until(rig, SPRING + timedelta(days=13))) == 13
    everything = {"start": CosemDateTime.NOW, "end": CosemDateTime.NEVER}
    ((logs, _),) = items(rig.ask("ECS20c", 1, billing_data_log_registers_buffer=everything))
    assert all(len(log) == 12 for log in (logs.values() if isinstance(logs, dict) else [logs]))


def count_in_blocks(rig: Rig) -> None:
    """3 kWh belong to the first block."""
    days = [{"day_id": 1, "day_schedule": [{"start_time": CosemTime.parse("00:00:00"), "script_selector": 101}]}]
    cosem(rig).set(o.TARIFF_SWITCHING_TABLE, "day_profile_table_active", days)
    cosem(rig).set(o.TARIFF_THRESHOLD_MATRIX_TOU[0], "thresholds", [3000, 0xFFFFFFFF, 0xFFFFFFFF])


def first_block(rig: Rig) -> int:
    blocks = cosem(rig).get(o.TARIFF_BLOCK_TOU_REGISTER_COLLECTION, "value")["block_primary_registers"]
    return int(blocks[0])


def test_at_billing_time_the_first_block_begins_again(rig: Rig) -> None:
    count_in_blocks(rig)
    until(rig, SPRING)
    assert first_block(rig) == 3000
    pass_time(rig, timedelta(days=1))
    assert first_block(rig) == 6000
    pass_time(rig, timedelta(days=1))
    assert first_block(rig) == 6000


def test_the_first_block_begins_again_every_day_if_the_supplier_says_so(rig: Rig) -> None:
    count_in_blocks(rig)
    midnight = {"time": CosemTime.parse("00:00:00"), "date": CosemDate(b"\xff" * 5)}
    assert results(rig.ask("ECS48", 1, tariff_block_counter_matrix_execution_time=[midnight])) == [0]
    until(rig, MIDNIGHT - timedelta(seconds=1))
    assert first_block(rig) == 3000
    until(rig, MIDNIGHT + timedelta(days=3, hours=2))
    assert first_block(rig) == 15_000


# 29: partial failure.


_TARIFF_READ = USE_CASES["ECS24"].payload
assert isinstance(_TARIFF_READ, AccessList)


@pytest.mark.parametrize("at", range(len(_TARIFF_READ.accesses)))
def test_a_read_that_fails_half_way_has_what_came_before_and_nothing_else(rig: Rig, at: int) -> None:
    assert isinstance(_TARIFF_READ, AccessList)
    sound = items(rig.ask("ECS24", 1))
    assert [result for _, result in sound] == [0] * 17
    access = _TARIFF_READ.accesses[at]
    cosem(rig).fail(access.member.object, access.member.name, AccessResult.OBJECT_UNAVAILABLE)
    answer = items(rig.ask("ECS24", 2))
    assert answer == [*sound[:at], (None, 11), *[(None, 250)] * (16 - at)]


def test_a_write_that_fails_half_way_is_answered_with_a_signature_and_stays_written(rig: Rig) -> None:
    cosem(rig).fail(o.LOAD_LIMIT_PERIOD_TIMER, "value_passive", AccessResult.TYPE_UNMATCHED)
    values = activated("ECS28a", CosemDateTime.NOW) | {"load_limit_power_threshold_value_passive": 6900}
    answer = rig.ask("ECS28a", 1, **present(rig, "ECS28a", **values))
    assert results(answer) == [0, 0, 12] + [250] * 5
    assert (bool(answer.message.signature), answer.message.mac) == (True, None)
    assert cosem(rig).get(o.LOAD_LIMIT_POWER_THRESHOLD, "value_passive") == 6900
    assert cosem(rig).get(o.LOAD_LIMIT, "threshold_normal") != 6900
