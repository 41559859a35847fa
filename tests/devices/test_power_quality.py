"""Voltage and outages, as a network operator sees them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from devices.cosem.server import CosemServer
from devices.electricity.esme import Esme
from devices.errors import DeviceError
from devices.metering import Load, RecordedVoltage, Sampled, Voltage, feeder
from devices.settings import PowerEventValue, Settings
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from devices.variant import Variant
from gbcs.cosem import objects as o
from gbcs.decoding import Decoded, decode
from gbcs.device_type import DeviceType
from gbcs.security import protection
from smki.keystore import Keystore
from tests.devices.rig import METER, NETWORK_OPERATOR, NOW, Rig, codes, command, items

FOUR = datetime(2026, 3, 14, 16, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
EVERYTHING = {"start": 0, "end": 0xFFFFFFFF}
ALL_BITS = "1" * 256


@pytest.fixture
def rig(keystore: Keystore) -> Rig:
    """A single element meter that tells the network operator of everything, at four o'clock."""
    return watched(Rig(keystore))


def watched(rig: Rig) -> Rig:
    until(rig, FOUR)
    rig.ask("ECS25b", 1, by=NETWORK_OPERATOR, network_operator_wan_alerts=ALL_BITS + ALL_BITS)
    return rig


def until(rig: Rig, moment: datetime) -> list[int]:
    """Codes of the alerts that come meanwhile, all of them to the network operator."""
    alerts = [decode(octets, rig.keystore) for octets in rig.premises.advance(moment - rig.premises.now)]
    for alert in alerts:
        assert alert.category
        protection.verify(alert.message, alert.category, rig.keystore)
        assert alert.message.recipient == NETWORK_OPERATOR
    return [alert.payload["alert_code"] for alert in alerts if alert.payload]


def cosem(rig: Rig) -> CosemServer:
    return rig.premises.esme.cosem


def change(rig: Rig, voltage: Any) -> None:
    rig.premises.esme.world.voltage = voltage


def averages(rig: Rig, phase: int = 1) -> list[tuple[datetime, int]]:
    log = cosem(rig).log(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[phase - 1]).read()
    return [(EPOCH + timedelta(seconds=entry["timestamp"]), entry["dl_value"]) for entry in log]


def power_events(rig: Rig) -> list[tuple[int, int]]:
    return [(entry["log_code"], entry["other_information"]) for entry in cosem(rig).log(o.POWER_EVENT_LOG).read()]


# Averages.


def test_the_average_of_every_half_hour_is_written_down(rig: Rig) -> None:
    change(rig, Voltage(240))
    until(rig, FOUR + timedelta(minutes=20))
    change(rig, Voltage(246))
    until(rig, FOUR + timedelta(hours=2))
    assert averages(rig) == [
        (FOUR - HALF_HOUR, 230),
        (FOUR, 230),
        (FOUR + HALF_HOUR, 242),
        *((FOUR + n * HALF_HOUR, 246) for n in (2, 3, 4)),
    ]
    read = rig.ask("ECS23", 1, phase_1_average_rms_voltage_profile_buffer=EVERYTHING)
    assert [value["dl_value"] for value in items(read)[4][0]] == [230, 230, 242, 246, 246, 246]
    assert items(read)[5] == (1800, 0)


def test_the_network_operator_says_what_is_too_high_and_for_how_long_is_averaged(rig: Rig) -> None:
    values = {
        "phase_1_average_rms_voltage_profile_capture_period": 600,
        "rms_extreme_over_voltage_threshold_normal": 300,
        "rms_extreme_over_voltage_min_over_threshold_duration": 60,
        "rms_extreme_under_voltage_threshold_normal": 100,
        "rms_extreme_under_voltage_min_over_threshold_duration": 60,
        "rms_voltage_sag_threshold_normal": 150,
        "rms_voltage_sag_min_over_threshold_duration": 5,
        "rms_voltage_swell_threshold_normal": 280,
        "rms_voltage_swell_min_over_threshold_duration": 5,
        "phase_1_average_rms_under_voltage_threshold": 235,
        "phase_1_average_rms_over_voltage_threshold": 250,
    }
    answer = rig.ask("ECS29a", 1, by=NETWORK_OPERATOR, **values)
    assert {result for _, result in items(answer)} == {0}
    assert until(rig, FOUR + timedelta(minutes=31)) == [0x8006], "230 V are too little now"
    counter = cosem(rig).get(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_COUNTER[0], "value")
    assert counter == 3, "and that three times"
    assert [average for _, average in averages(rig)][-3:] == [230] * 3
    change(rig, Voltage(240))
    assert until(rig, FOUR + timedelta(hours=1)) == [0x8089]
    assert power_events(rig) == [(0x8006, 230), (0x8089, 239)]
    assert [result for _, result in items(rig.ask("ECS29e", 1, by=NETWORK_OPERATOR))] == [0, 0]
    assert cosem(rig).get(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_COUNTER[0], "value") == 0


def test_averages_are_the_same_however_time_is_cut(keystore: Keystore) -> None:
    def profile(step: timedelta) -> tuple[list[tuple[datetime, int]], list[tuple[int, int]]]:
        rig = Rig(keystore)
        change(rig, Sampled(lambda now: Voltage(225 + now.minute), timedelta(minutes=7)))
        while rig.premises.now < FOUR + timedelta(days=1):
            rig.premises.advance(min(step, FOUR + timedelta(days=1) - rig.premises.now))
        return averages(rig), power_events(rig)

    assert profile(timedelta(days=2)) == profile(timedelta(minutes=13)) == profile(timedelta(minutes=30))


@settings(max_examples=25, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 20_000)), min_size=1, max_size=12),
)
def test_an_average_is_the_integral_over_its_period(keystore: Keystore, changes: list[tuple[int, int]]) -> None:
    anchors = TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME)
    esme = Esme(anchors, now=FOUR)
    now, seconds = FOUR, []
    for volts, duration in changes:
        esme.world.voltage = Voltage(volts)
        now += timedelta(seconds=duration)
        esme.advance(now)
        seconds += [volts] * duration
    expected = [sum(seconds[at : at + 1800]) for at in range(0, len(seconds) - 1799, 1800)]
    entries = esme.cosem.log(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[0]).read()
    assert [entry["dl_value"] for entry in entries] == [(2 * total + 1800) // 3600 for total in expected]
    above = sum(entry["dl_value"] > 253 for entry in entries)
    assert esme.cosem.get(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_COUNTER[0], "value") == above


def test_a_year_of_voltage_leaves_what_the_log_holds_and_all_of_the_count(rig: Rig) -> None:
    change(rig, Voltage(260))
    rig.premises.advance(timedelta(days=365))
    log = averages(rig)
    assert (len(log), log[-1]) == (4320, (FOUR + timedelta(days=365), 260))
    assert {later - earlier for (earlier, _), (later, _) in pairwise(log)} == {HALF_HOUR}
    assert cosem(rig).get(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_COUNTER[0], "value") == 365 * 48


def test_a_counter_may_count_the_first_of_several_periods_alone(keystore: Keystore) -> None:
    rig = Rig(keystore, settings=Settings(voltage_counters_by_period=False))
    change(rig, Voltage(260))
    until(rig, FOUR + timedelta(hours=5))
    assert cosem(rig).get(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_COUNTER[0], "value") == 1


# Extremes, sag and swell.


def test_a_sag_is_told_after_its_time_and_so_is_its_end(rig: Rig) -> None:
    change(rig, Voltage(180))
    assert until(rig, FOUR + timedelta(seconds=0.9)) == []
    assert until(rig, FOUR + timedelta(seconds=1)) == [0x802C]
    change(rig, Voltage(230))
    assert until(rig, FOUR + timedelta(seconds=2)) == [0x8099]
    assert power_events(rig) == [(0x802C, 180), (0x8099, 230)]
    read = rig.ask("ECS35e", 1, power_event_log_buffer=EVERYTHING)
    assert [entry["log_code"] for entry in items(read)[0][0]] == [0x802C, 0x8099]


def test_a_sag_that_is_over_before_its_time_was_none(rig: Rig) -> None:
    change(rig, Voltage(180))
    until(rig, FOUR + timedelta(seconds=0.5))
    change(rig, Voltage(230))
    assert until(rig, FOUR + timedelta(minutes=1)) == []


def test_far_too_much_is_a_swell_and_then_extreme(rig: Rig) -> None:
    change(rig, Voltage(290))
    assert until(rig, FOUR + timedelta(seconds=9)) == [0x8024]
    assert until(rig, FOUR + timedelta(minutes=29)) == [0x8020]
    assert until(rig, FOUR + HALF_HOUR) == [0x8002]
    change(rig, Voltage(140))
    assert until(rig, FOUR + HALF_HOUR + timedelta(seconds=10)) == [0x8091, 0x802C, 0x808D, 0x8028]


def test_an_event_may_tell_how_long_it_lasted(keystore: Keystore) -> None:
    rig = watched(Rig(keystore, settings=Settings(power_event_value=PowerEventValue.DURATION)))
    change(rig, Voltage(140))
    until(rig, FOUR + HALF_HOUR)
    assert power_events(rig) == [(0x802C, 1), (0x8028, 10), (0x8006, 1800)]


def test_what_the_network_operator_does_not_want_is_neither_logged_nor_sent(rig: Rig) -> None:
    sag = "".join("1" if 255 - at == 0x2C else "0" for at in range(256))
    rig.ask("ECS25b", 2, by=NETWORK_OPERATOR, network_operator_wan_alerts=sag + "0" * 256)
    rig.ask("ECS25b3", 1, by=NETWORK_OPERATOR, network_operator_logging=ALL_BITS + sag)
    change(rig, Voltage(140))
    assert until(rig, FOUR + timedelta(minutes=1)) == [0x8028]
    assert power_events(rig) == [(0x802C, 140)]


def test_each_phase_has_its_averages_counters_and_codes(keystore: Keystore) -> None:
    rig = watched(Rig(keystore, variant=Variant.POLYPHASE))
    change(rig, Voltage(230, 260, 200))
    assert until(rig, FOUR + HALF_HOUR) == [0x8004, 0x8009]
    change(rig, Voltage(230, 230, 180))
    assert until(rig, FOUR + HALF_HOUR + timedelta(seconds=1)) == [0x802F]
    assert until(rig, FOUR + 2 * HALF_HOUR) == [0x8087]
    assert power_events(rig) == [(0x8004, 260), (0x8009, 200), (0x802F, 180), (0x8087, 230)]
    ranges = {f"phase_{n}_average_rms_voltage_profile_buffer": EVERYTHING for n in (1, 2, 3)}
    answer = rig.ask("ECS23b", 1, **ranges)
    assert answer.payload
    read = {item.name: item.value for item in answer.payload.items_in_order}
    assert [read[f"phase_{n}_average_rms_over_voltage_counter"] for n in (1, 2, 3)] == [0, 1, 0]
    assert [read[f"phase_{n}_average_rms_under_voltage_counter"] for n in (1, 2, 3)] == [0, 0, 2]
    logs = [read[name] for name in ranges]
    assert [[entry["dl_value"] for entry in log[-2:]] for log in logs] == [[230, 230], [260, 230], [200, 180]]
    assert {result for _, result in items(rig.ask("ECS29f", 1, by=NETWORK_OPERATOR))} == {0}
    answer = rig.ask("ECS23b", 2, **ranges)
    assert answer.payload
    read = {item.name: item.value for item in answer.payload.items_in_order}
    assert {read[f"phase_{n}_average_rms_{way}_voltage_counter"] for n in (1, 2, 3) for way in ("over", "under")} == {0}


# Where the voltage comes from.


def test_a_recorded_voltage_changes_at_its_lines(rig: Rig, tmp_path: Path) -> None:
    path = tmp_path / "voltage.csv"
    path.write_text("time,phase_1\n2026-03-14T16:10:00Z,180\n2026-03-14T16:10:02Z,231\n2026-03-14T16:20:00Z,300\n")
    change(rig, RecordedVoltage(path))
    assert until(rig, FOUR + timedelta(hours=1)) == [0x802C, 0x8099, 0x8024, 0x8020, 0x8002]
    assert [volts for _, volts in averages(rig)][-2:] == [253 + 1, 300]


@pytest.mark.parametrize(
    "line",
    ["2026-03-14T16:10:00Z,-1", "2026-03-14T16:10:00Z,a", "2026-03-14T16:10:00,1", "x,1", "2026-03-14T16:10:00Z"],
)
def test_a_file_that_is_no_voltage_is_told_with_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "voltage.csv"
    path.write_text(f"time,phase_2\n{line}\n")
    with pytest.raises(DeviceError, match="line 2"):
        RecordedVoltage(path)
    with pytest.raises(DeviceError, match="nothing"):
        RecordedVoltage(tmp_path / "nothing.csv")
    with pytest.raises(DeviceError, match="steps"):
        Sampled(lambda _: Voltage(), timedelta())


def test_a_feeder_has_the_same_voltage_by_the_same_seed(keystore: Keystore) -> None:
    def day(seed: int) -> list[int]:
        rig = Rig(keystore, variant=Variant.POLYPHASE)
        change(rig, feeder(seed))
        until(rig, FOUR + timedelta(days=1))
        return [volts for phase in (1, 2, 3) for _, volts in averages(rig, phase)]

    assert day(1) == day(1) != day(2)
    assert 235 <= min(day(1)) < max(day(1)) <= 247


def test_a_restarted_meter_goes_on_where_it_was(keystore: Keystore) -> None:
    anchors = TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME)
    with Esme(anchors, now=FOUR) as meter:
        meter.world.voltage = Voltage(260)
        meter.advance(FOUR + timedelta(minutes=40))
        store = Store()
        store.update(meter.snapshot())
    with Esme(
        TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME), now=FOUR + timedelta(minutes=50), store=store
    ) as again:
        again.advance(FOUR + timedelta(minutes=60))
        entries = again.cosem.log(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[0]).read()
        events = again.cosem.log(o.POWER_EVENT_LOG).read()
    assert [entry["dl_value"] for entry in entries] == [260, 245], "ten minutes of 260 V, ten of nothing, ten of 230 V"
    assert [entry["log_code"] for entry in events] == [0x8002, 0x8085]


def test_a_killed_meter_forgets_nothing_of_the_voltage_that_it_has_measured(keystore: Keystore) -> None:
    def meter(now: datetime, store: Store) -> Esme:
        return Esme(TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME), now=now, store=store)

    kept = Store()
    with meter(FOUR, Store()) as killed:
        killed.world.voltage = Voltage(260)
        for minute in (10, 11, 12):
            killed.advance(FOUR + timedelta(minutes=minute))
            kept.update(killed.store)
    with meter(FOUR + timedelta(minutes=20), kept) as again:
        again.world.voltage = Voltage(200)
        again.advance(FOUR + timedelta(minutes=30))
        entries = again.cosem.log(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[0]).read()
    assert [entry["dl_value"] for entry in entries] == [(12 * 260 + 10 * 200 + 11) // 22]


# Outages.


def outage_alerts(rig: Rig, moment: datetime) -> list[Decoded]:
    alerts = [decode(octets, rig.keystore) for octets in rig.premises.advance(moment - rig.premises.now)]
    assert codes(alerts) == ["ECS80"] * len(alerts)
    return alerts


@pytest.fixture
def three_phases(keystore: Keystore) -> Rig:
    """A polyphase meter whose load is 900 W."""
    rig = Rig(keystore, variant=Variant.POLYPHASE, load=Load(active_import=900))
    until(rig, FOUR)
    return rig


@pytest.mark.parametrize(("minutes", "step"), [(2, 0), (9, 1)])
@pytest.mark.parametrize("phase", [1, 2, 3])
def test_a_phase_that_was_lost_has_codes_of_its_own(three_phases: Rig, phase: int, minutes: int, step: int) -> None:
    rig, world = three_phases, three_phases.premises.esme.world
    world.interrupt(phase)
    assert items(rig.ask("ECS17c"))[0][0]["active_power_import_value"] == 600, "two phases go on"
    back = FOUR + timedelta(minutes=minutes)
    assert outage_alerts(rig, back) == []
    world.restore(phase)
    (alert,) = outage_alerts(rig, back)
    assert alert.message.recipient == NETWORK_OPERATOR
    assert alert.payload
    restored = 0x8F37 + 2 * (phase - 1) + step
    assert alert.payload["alert_code"] == restored
    assert (alert.payload["interruption"].moment(), alert.payload["restoration"].moment()) == (FOUR, back)
    assert power_events(rig) == [
        (0x8F57 + phase, 0),
        (0x802C + phase, 0),
        (0x8028 + phase, 0),
        (restored, minutes * 60),
    ]
    assert items(rig.ask("ECS17c", 2))[0][0]["active_power_import_value"] == 900


def test_the_last_phase_takes_the_meter_with_it_and_the_first_brings_it_back(three_phases: Rig) -> None:
    rig, world = three_phases, three_phases.premises.esme.world
    world.interrupt()
    assert rig.premises.send(command(rig.keystore, "ECS52")) == []
    until(rig, FOUR + timedelta(minutes=1))
    world.restore(2)
    (alert,) = outage_alerts(rig, FOUR + timedelta(minutes=1))
    assert alert.payload
    assert alert.payload["alert_code"] == 0x8F39
    until(rig, FOUR + timedelta(minutes=5))
    world.restore()
    alerts = outage_alerts(rig, FOUR + timedelta(minutes=5))
    assert [alert.payload["alert_code"] for alert in alerts if alert.payload] == [0x8F38, 0x8F3C]
    until(rig, FOUR + timedelta(minutes=30))
    # A third of 900 W for 4 minutes, and 900 W for 25.
    expected = (300 * 4 + 900 * 25) // 60
    register = cosem(rig).log(o.PROFILE_DATA_LOG_ACTIVE_IMPORT).read()[-1]["primary_value"]
    assert register in (expected, expected + 1)
    assert averages(rig, 1)[-1][1] == round(230 * 25 / 29)
    assert averages(rig, 2)[-1][1] == 230, "a meter without current measures nothing"


def test_a_single_phase_meter_has_no_second_phase(rig: Rig) -> None:
    with pytest.raises(DeviceError, match="phase 2"):
        rig.premises.esme.world.interrupt(2)
    with pytest.raises(DeviceError, match="phase 2"):
        rig.premises.esme.world.restore(2)


def test_a_polyphase_meter_may_tell_at_once_and_by_the_plain_code_as_well(keystore: Keystore) -> None:
    choices = Settings(polyphase_plain_codes=True, phase_loss_alert=True)
    rig = Rig(keystore, variant=Variant.POLYPHASE, settings=choices)
    rig.premises.esme.world.interrupt(3)
    assert until(rig, NOW + timedelta(seconds=0.1)) == [0x8F57, 0x8F5A]
    rig.premises.esme.world.restore(3)
    assert until(rig, NOW + timedelta(seconds=0.2)) == [0x8F35, 0x8F3B]


def test_a_restarted_meter_knows_which_phases_are_lost(keystore: Keystore) -> None:
    def meter(now: datetime, store: Store) -> Esme:
        anchors = TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME)
        return Esme(anchors, now=now, store=store, variant=Variant.POLYPHASE)

    store = Store()
    with meter(FOUR, Store()) as before:
        before.world.interrupt(1)
        store.update(before.snapshot())
    with meter(FOUR + timedelta(minutes=4), store) as again:
        again.world.restore(1)
        assert len(again.advance(FOUR + timedelta(minutes=4))) == 1
        assert [entry["log_code"] for entry in again.cosem.log(o.POWER_EVENT_LOG).read()] == [0x8F58, 0x8F38]


# Half hours without current.


def half_hours(rig: Rig) -> list[tuple[int, int]]:
    log = cosem(rig).log(o.PROFILE_DATA_LOG_ACTIVE_IMPORT).read()
    zero = int((FOUR - EPOCH).total_seconds())
    return [((entry["timestamp"] - zero) // 60, entry["primary_value"]) for entry in log if entry["timestamp"] > zero]


def outage(rig: Rig) -> None:
    """From ten past four to twenty past six, with 600 W before and after."""
    rig.premises.esme.metering.load = Load(active_import=600)
    until(rig, FOUR + timedelta(minutes=10))
    rig.premises.esme.world.interrupt()
    until(rig, FOUR + timedelta(minutes=140))
    rig.premises.esme.world.restore()
    until(rig, FOUR + timedelta(minutes=180))


def test_every_half_hour_of_an_outage_has_its_entry(rig: Rig) -> None:
    outage(rig)
    assert half_hours(rig) == [(30, 100), (60, 0), (90, 0), (120, 0), (150, 100), (180, 300)]


def test_half_hours_of_an_outage_may_be_left_out(keystore: Keystore) -> None:
    rig = Rig(keystore, settings=Settings(outage_entries=False))
    until(rig, FOUR)
    outage(rig)
    assert half_hours(rig) == [(150, 200), (180, 300)], "what was used before is in the first"


def test_a_day_without_current_is_charged_and_read_as_any_other(rig: Rig) -> None:
    rate = cosem(rig).get(o.STANDING_CHARGE, "unit_charge_active")
    table = [{"index": b"", "charge_per_unit": 20_000}]
    cosem(rig).set(o.STANDING_CHARGE, "unit_charge_active", rate | {"charge_table": table})
    rig.premises.esme.world.interrupt()
    until(rig, FOUR + timedelta(days=3))
    rig.premises.esme.world.restore()
    until(rig, FOUR + timedelta(days=3, seconds=1))
    assert rig.premises.esme.account.balance("meter_balance") == -3 * 20_000
    assert len(cosem(rig).log(o.DAILY_READ_LOG).read()) == 3


def test_a_meter_that_was_killed_and_started_again_misses_no_half_hour(keystore: Keystore) -> None:
    def meter(now: datetime, store: Store) -> Esme:
        anchors = TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME)
        return Esme(anchors, now=now, store=store, load=Load(active_import=600))

    store = Store()
    with meter(FOUR, Store()) as before:
        before.advance(FOUR + timedelta(minutes=59))
        store.update(before.snapshot())
    with meter(FOUR + timedelta(minutes=61), store) as again:
        again.advance(FOUR + timedelta(minutes=90))
        log = again.cosem.log(o.PROFILE_DATA_LOG_ACTIVE_IMPORT).read()
    assert [entry["primary_value"] for entry in log] == [300, 290, 290]


# Anything, in any order.

STEPS = st.one_of(
    st.tuples(st.just("pass"), st.integers(0, 20_000)),
    st.tuples(st.just("voltage"), st.integers(0, 400)),
    st.tuples(st.just("interrupt"), st.sampled_from([None, 1, 2, 3])),
    st.tuples(st.just("restore"), st.sampled_from([None, 1, 2, 3])),
    st.tuples(st.just("period"), st.sampled_from([0, 1, 600, 1700, 1800, 86_400])),
    st.tuples(st.just("threshold"), st.integers(0, 400)),
    st.tuples(st.just("drift"), st.integers(-5000, 5000)),
    st.tuples(st.just("restart"), st.integers(0, 5000)),
)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(STEPS, max_size=20))
@example(steps=[("interrupt", None), ("drift", -1)])
def test_whatever_happens_the_records_are_in_order_and_add_up(keystore: Keystore, steps: list[tuple[str, Any]]) -> None:
    def meter(store: Store) -> Esme:
        anchors = TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME)
        return Esme(anchors, now=now, store=store, variant=Variant.POLYPHASE, load=Load(active_import=1234))

    now = FOUR
    esme = meter(Store())
    has_drifted = False
    for step, value in steps:
        match step:
            case "pass":
                now += timedelta(seconds=value)
            case "voltage":
                esme.world.voltage = Voltage(value, 230, 400 - value)
            case "interrupt":
                esme.world.interrupt(value)
            case "restore":
                esme.world.restore(value)
            case "period":
                esme.cosem.set(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[0], "capture_period", value)
            case "threshold":
                esme.cosem.set(o.RMS_VOLTAGE_SAG, "threshold_normal", value)
            case "drift":
                esme.clock.drift(timedelta(seconds=value))
                has_drifted = True
            case "restart":
                store = Store()
                store.update(esme.snapshot())
                now += timedelta(seconds=value)
                esme = meter(store)
        esme.advance(now)
    esme.world.restore()
    esme.advance(now)
    voltages = esme.cosem.log(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[1]).read()
    energies = esme.cosem.log(o.PROFILE_DATA_LOG_ACTIVE_IMPORT).read()
    assert {entry["dl_value"] for entry in voltages} <= set(range(231))
    assert all(entry["timestamp"] % 1800 == 0 for entry in (*voltages, *energies))
    if not has_drifted:
        stamps = [entry["timestamp"] for entry in energies]
        assert stamps == [int((FOUR - EPOCH).total_seconds()) + 1800 * n for n in range(1, len(stamps) + 1)]
        assert len(stamps) == (now - FOUR) // HALF_HOUR
        stamps = [entry["timestamp"] for entry in voltages]
        assert stamps == sorted(set(stamps))
    register = esme.metering
    counted = sum(entry["primary_value"] for entry in energies)
    assert counted + register.increment("active_import", "half hour") == register.read("active_import")
