"""What happens to a meter, told as a rig's author would: commands, time, and people at the meter."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from devices.electricity.auxiliary import APC
from devices.electricity.supply import SupplyState
from devices.metering import Load
from devices.settings import Settings
from devices.world import Tamper
from gbcs.cosem import objects as o
from gbcs.cosem.date_time import CosemDate, CosemDateTime, CosemTime
from gbcs.decoding import Decoded
from gbcs.message import Cra
from gbcs.prepayment import ValueClass, make_utrn, originator_counter
from gbcs.security import protection
from gbcs.usecases.catalogue import USE_CASES
from smki.keystore import Keystore
from tests.devices.rig import LOAD_CONTROLLER, METER, NETWORK_OPERATOR, NOW, SUPPLIER, Rig, codes, command, items
from tests.devices.story import (
    MIDNIGHT,
    NOON,
    POUND,
    active_price,
    alert_codes,
    cosem,
    pass_time,
    results,
    set_clock,
    set_price,
    until,
)


@pytest.fixture
def rig(keystore: Keystore) -> Rig:
    """A meter with a clock that was set."""
    rig = Rig(keystore, load=Load(active_import=2000), controllers=(APC,))
    set_clock(rig)
    return rig


# Future-dated commands.


def test_a_price_for_now_is_in_force_at_once_and_nobody_is_told(rig: Rig) -> None:
    assert results(set_price(rig, 15_000, CosemDateTime.NOW, 1)) == [0] * 4
    assert active_price(rig) == 15_000
    assert until(rig, NOON) == []


def test_a_price_for_later_comes_into_force_at_its_time_with_an_alert_for_each_item(rig: Rig) -> None:
    assert results(set_price(rig, 15_000, CosemDateTime.of(NOON), 7)) == [0] * 4
    assert until(rig, NOON - timedelta(seconds=1)) == []
    assert active_price(rig) == 0
    alerts = until(rig, NOON)
    assert active_price(rig) == 15_000
    assert codes(alerts) == ["FDEIA-DLMS"] * 2
    assert alert_codes(alerts) == [0x8F66] * 2
    told = [alert.payload["instruction"] for alert in alerts if alert.payload]
    assert [(each["class_number"], str(each["instance"]), each["attribute"]) for each in told] == [
        (113, "0-0:19.20.4.255", 7),
        (113, "0-0:19.20.0.255", 7),
    ]
    assert {(each["message_code"], each["originator_counter"]) for each in told} == {(0x00A2, 7)}
    assert {alert.payload["time_stamp"] for alert in alerts if alert.payload} == {CosemDateTime.of(NOON)}
    assert until(rig, NOON + timedelta(days=2)) == []


def test_a_later_order_replaces_the_one_that_waits(rig: Rig) -> None:
    set_price(rig, 15_000, CosemDateTime.of(NOON), 1)
    set_price(rig, 16_000, CosemDateTime.of(NOON + timedelta(hours=1)), 2)
    assert until(rig, NOON) == []
    assert len(until(rig, NOON + timedelta(hours=1))) == 2
    assert active_price(rig) == 16_000


def test_a_device_that_does_not_trust_its_clock_waits(keystore: Keystore) -> None:
    rig = Rig(keystore)
    set_price(rig, 15_000, CosemDateTime.of(NOON), 1)
    assert until(rig, NOON + timedelta(minutes=1)) == []
    set_clock(rig)
    assert len(pass_time(rig, timedelta(seconds=1))) == 2
    trusting = Rig(keystore, settings=Settings(undated_activation=True))
    set_price(trusting, 15_000, CosemDateTime.of(NOON), 1)
    assert len(until(trusting, NOON)) == 2


# Tariff, registers and records.


def test_half_hours_days_and_registers_agree(rig: Rig) -> None:
    until(rig, MIDNIGHT + timedelta(days=1))
    half_hours = cosem(rig).log(o.PROFILE_DATA_LOG_ACTIVE_IMPORT).read()
    assert half_hours[0]["timestamp"] % 1800 == 0
    assert {entry["primary_value"] for entry in half_hours[1:]} == {1000}
    days = cosem(rig).log(o.DAILY_CONSUMPTION_LOG).read()
    assert days[-1]["dl_value"] == 48_000
    register = cosem(rig).get(o.IMPORT_REGISTER_COLLECTION, "value")["active_import_value"]
    assert sum(entry["primary_value"] for entry in half_hours) == sum(entry["dl_value"] for entry in days) == register
    assert cosem(rig).get(o.TARIFF_TOU_REGISTER_COLLECTION, "value")["tou_primary_registers"][0] == register
    # By the supplier's command as well: both ends of the range are included.
    read = rig.ask("ECS22b", 1, profile_data_log_active_import_buffer={"start": MIDNIGHT, "end": NOON})
    ((entries, result),) = items(read)
    assert (len(entries), result) == (25, 0)


def test_an_empty_log_is_an_empty_answer(rig: Rig) -> None:
    read = rig.ask("ECS20a", 1, billing_data_log_debt_payments_buffer={"start": 0, "end": 0xFFFFFFFF})
    assert items(read) == [([], 0)]


def test_consumption_and_standing_charge_are_taken_from_the_balance(rig: Rig) -> None:
    set_price(rig, 15_000, CosemDateTime.NOW, 1, standing=20_000)
    until(rig, MIDNIGHT)
    before = rig.premises.esme.account.balance("meter_balance")
    until(rig, MIDNIGHT + timedelta(days=1))
    assert rig.premises.esme.account.balance("meter_balance") - before == -(48 * 15_000 + 20_000)


def test_blocks_fill_one_after_the_other_and_begin_again(rig: Rig) -> None:
    days = [{"day_id": 1, "day_schedule": [{"start_time": CosemTime.parse("00:00:00"), "script_selector": 101}]}]
    cosem(rig).set(o.TARIFF_SWITCHING_TABLE, "day_profile_table_active", days)
    cosem(rig).set(o.TARIFF_THRESHOLD_MATRIX_TOU[0], "thresholds", [3000, 5000, 0xFFFFFFFF])
    pass_time(rig, timedelta(hours=4))
    blocks = cosem(rig).get(o.TARIFF_BLOCK_TOU_REGISTER_COLLECTION, "value")["block_primary_registers"]
    assert [blocks[block * 16] for block in range(4)] == [3000, 2000, 3000, 0]
    rig.ask("ECS05", 1)
    pass_time(rig, timedelta(hours=1))
    blocks = cosem(rig).get(o.TARIFF_BLOCK_TOU_REGISTER_COLLECTION, "value")["block_primary_registers"]
    assert [blocks[block * 16] for block in range(4)] == [5000, 2000, 3000, 0]


def test_a_rate_counts_from_its_switching_time_to_the_minute(rig: Rig) -> None:
    schedule = [
        {"start_time": CosemTime.parse("00:00:00"), "script_selector": 1},
        {"start_time": CosemTime.parse("07:15:00"), "script_selector": 2},
    ]
    cosem(rig).set(o.TARIFF_SWITCHING_TABLE, "day_profile_table_active", [{"day_id": 1, "day_schedule": schedule}])
    until(rig, MIDNIGHT)
    before = cosem(rig).get(o.TARIFF_TOU_REGISTER_COLLECTION, "value")["tou_primary_registers"]
    until(rig, MIDNIGHT + timedelta(hours=8))
    after = cosem(rig).get(o.TARIFF_TOU_REGISTER_COLLECTION, "value")["tou_primary_registers"]
    assert [new - old for new, old in zip(after, before, strict=True)][:3] == [14_500, 1_500, 0]


def test_the_highest_half_hour_is_the_maximum_demand_until_it_is_reset(rig: Rig) -> None:
    until(rig, NOON)
    rig.premises.esme.metering.load = Load(active_import=7000)
    until(rig, NOON + timedelta(minutes=30))
    rig.premises.esme.metering.load = Load(active_import=100)
    until(rig, NOON + timedelta(hours=2))
    assert cosem(rig).get(o.MAXIMUM_DEMAND_IMPORT, "value") == 7000
    assert cosem(rig).get(o.MAXIMUM_DEMAND_IMPORT, "capture_time").moment() == NOON + timedelta(minutes=30)
    answer = rig.ask("ECS57", 1, by=NETWORK_OPERATOR)
    assert set(results(answer)) == {0}
    assert cosem(rig).get(o.MAXIMUM_DEMAND_IMPORT, "value") == 0


# Prepayment.


@pytest.fixture
def prepaid(rig: Rig) -> Rig:
    """A meter in prepayment mode with one pound, which uses a pound an hour and has another of emergency credit."""
    set_price(rig, 25_000, CosemDateTime.NOW, 1)
    rig.premises.esme.metering.load = Load(active_import=4000)
    server = cosem(rig)
    server.set(o.EMERGENCY_CREDIT, "preset_credit_amount", POUND)
    server.set(o.EMERGENCY_CREDIT, "credit_available_threshold", POUND // 2)
    server.set(o.PAYMENT_ACCOUNT, "account_mode_and_status", {"payment_mode": 2, "account_status": 2})
    assert results(rig.ask("ECS04a", 1, meter_balance_update_amount=POUND)) == [0]
    return rig


def token(rig: Rig, counter: int, pounds: int) -> str:
    return str(make_utrn(SUPPLIER, METER, counter, pounds, ValueClass.POUNDS, rig.keystore))


def top_up(rig: Rig, counter: int, pounds: int) -> Decoded:
    """The response; alerts may follow it."""
    digits = token(rig, counter, pounds).encode()
    octets = command(rig.keystore, "CS01a", originator_counter(counter), prepayment_credit_enter=digits)
    response, *alerts = rig.send(octets)
    assert {alert.message.cra for alert in alerts} <= {Cra.ALERT}
    return response


def balance(rig: Rig) -> int:
    return rig.premises.esme.account.balance("meter_balance")


def test_without_credit_the_supply_goes_off_and_a_top_up_arms_it(prepaid: Rig) -> None:
    alerts = pass_time(prepaid, timedelta(hours=3))
    assert 0x8F0F in alert_codes(alerts)
    supply = prepaid.premises.esme.supply
    assert supply.state is SupplyState.DISABLED
    assert results(prepaid.ask("ECS42", 1)) == [250], "the supplier cannot enable what waits for credit"
    assert results(top_up(prepaid, 1, 10)) == [0]
    assert supply.state is SupplyState.ARMED
    assert prepaid.premises.esme.keypad.enable_supply()
    assert items(prepaid.ask("ECS45")) == [(SupplyState.ENABLED, 0)]
    (credit,) = cosem(prepaid).log(o.BILLING_DATA_LOG_PREPAYMENT_CREDITS).read()
    assert credit["dl_value"] == 10 * POUND


def test_a_token_counts_once_by_command_and_by_hand(prepaid: Rig) -> None:
    assert results(top_up(prepaid, 5, 3)) == [0]
    assert balance(prepaid) == 4 * POUND
    assert not prepaid.premises.esme.keypad.enter(token(prepaid, 5, 3))
    assert balance(prepaid) == 4 * POUND
    assert prepaid.security_codes[-1] == 0x8F51
    assert prepaid.premises.esme.keypad.enter(token(prepaid, 6, 2))
    assert balance(prepaid) == 6 * POUND


def test_a_token_of_somebody_else_is_not_authentic(prepaid: Rig) -> None:
    digits = token(prepaid, 7, 3)
    genuine = make_utrn(SUPPLIER, METER, 8, 3, ValueClass.POUNDS, prepaid.keystore)
    forged = str(type(genuine)(genuine.truncated_counter, genuine.value_class, 4, genuine.mac))
    assert not prepaid.premises.esme.keypad.enter(forged)
    assert prepaid.security_codes[-1] == 0x8F63
    assert balance(prepaid) == POUND
    assert prepaid.premises.esme.keypad.enter(digits)


def test_too_many_slips_at_the_keypad_close_it_for_a_while(prepaid: Rig) -> None:
    keypad = prepaid.premises.esme.keypad
    good = token(prepaid, 9, 1)
    slip = good[:-1] + str((int(good[-1]) + 1) % 10)
    assert not any(keypad.enter(slip) for _ in range(5))
    assert not keypad.enter(good)
    assert [entry.code for entry in prepaid.premises.esme.event_log][-3:] == [0x8162, 0x81C5, 0x8162]
    prepaid.premises.advance(timedelta(seconds=301))
    assert keypad.enter(good)


def test_emergency_credit_is_used_and_paid_back(prepaid: Rig) -> None:
    assert results(prepaid.ask("ECS09", 1)) == [250], "there is still credit"
    pass_time(prepaid, timedelta(minutes=31))
    assert results(prepaid.ask("ECS09", 2)) == [0]
    alerts = pass_time(prepaid, timedelta(hours=1))
    assert 0x8F0F not in alert_codes(alerts)
    account = prepaid.premises.esme.account
    assert balance(prepaid) <= 0 < account.balance("emergency_credit_balance") < POUND
    used = POUND - account.balance("emergency_credit_balance")
    short = balance(prepaid)
    top_up(prepaid, 3, 5)
    assert account.balance("emergency_credit_balance") == POUND
    assert balance(prepaid) == short + 5 * POUND - used


def test_a_payment_pays_its_share_of_the_debt(prepaid: Rig) -> None:
    cosem(prepaid).set(o.PAYMENT_DEBT, "proportion", 2500)
    rig_account = prepaid.premises.esme.account
    cosem(prepaid).set(
        o.PREPAYMENT_BALANCE_COLLECTION,
        "value",
        cosem(prepaid).get(o.PREPAYMENT_BALANCE_COLLECTION, "value") | {"payment_debt_balance": 3 * POUND},
    )
    top_up(prepaid, 1, 8)
    assert rig_account.balance("payment_debt_balance") == POUND
    assert balance(prepaid) == POUND + 6 * POUND
    (payment,) = cosem(prepaid).log(o.BILLING_DATA_LOG_DEBT_PAYMENTS).read()
    assert payment["dl_value"] == 2 * POUND


# Supply.


def test_a_load_above_its_limit_is_counted_and_cut_off_for_a_while(rig: Rig) -> None:
    server = cosem(rig)
    for name, value in (
        ("threshold_normal", 6900),
        ("min_over_threshold_duration", 300),
        ("min_under_threshold_duration", 30),
    ):
        server.set(o.LOAD_LIMIT, name, value)
    server.set(o.LOAD_LIMIT_SUPPLY_STATE, "value_active", True)
    until(rig, NOON - timedelta(seconds=1))
    rig.premises.esme.metering.load = Load(active_import=8000)
    assert until(rig, NOON + timedelta(seconds=299)) == []
    alerts = until(rig, NOON + timedelta(seconds=301))
    assert alert_codes(alerts) == [0x8F01, 0x8F33]
    assert rig.premises.esme.supply.state is SupplyState.ARMED
    assert alert_codes(until(rig, NOON + timedelta(seconds=331))) == [0x8F34]
    assert rig.premises.esme.supply.state is SupplyState.ENABLED
    assert server.get(o.LOAD_LIMIT_COUNTER, "value") == 1
    assert results(rig.ask("ECS28b", 1)) == [0]
    assert server.get(o.LOAD_LIMIT_COUNTER, "value") == 0


@pytest.mark.parametrize(("minutes", "code"), [(9, 0x8F36), (2, 0x8F35)])
def test_after_an_outage_the_network_operator_is_told(rig: Rig, minutes: int, code: int) -> None:
    world = rig.premises.esme.world
    world.interrupt()
    assert rig.premises.send(command(rig.keystore, "ECS52")) == []
    begun = rig.premises.now
    assert pass_time(rig, timedelta(minutes=minutes)) == []
    world.restore()
    (alert,) = pass_time(rig, timedelta(seconds=1))
    assert (codes([alert]), alert_codes([alert])) == (["ECS80"], [code])
    assert alert.message.recipient == NETWORK_OPERATOR
    assert alert.payload
    assert alert.payload["interruption"].moment() == begun.replace(microsecond=0)
    assert cosem(rig).get(o.IMPORT_REGISTER_COLLECTION, "value")["active_import_value"] == 0


def test_a_tampered_meter_locks_its_supply_if_it_is_told_to(rig: Rig) -> None:
    rig.premises.esme.world.tamper(Tamper.TERMINAL_COVER)
    assert alert_codes(pass_time(rig, timedelta(seconds=1))) == [0x8F76]
    assert rig.premises.esme.supply.state is SupplyState.ENABLED
    assert results(rig.ask("ECS81", 1, supply_tamper_state=True)) == [0]
    rig.premises.esme.world.tamper(Tamper.TERMINAL_COVER)
    assert rig.premises.esme.supply.state is SupplyState.DISABLED
    rig.premises.advance(timedelta(seconds=1))
    assert results(rig.ask("ECS42", 1)) == [250]
    rig.ask("ECS81", 2, supply_tamper_state=False)
    assert results(rig.ask("ECS42", 2)) == [0]


# Clock and alerts.


@pytest.mark.parametrize(("drift", "code", "is_reliable"), [(5, 0x8145, True), (-5, 0x8145, True), (30, 0x8F0C, False)])
def test_a_clock_that_drifts_is_adjusted_or_no_longer_trusted(
    rig: Rig, drift: int, code: int, is_reliable: bool
) -> None:
    esme = rig.premises.esme
    esme.clock.drift(timedelta(seconds=drift))
    rig.premises.advance(timedelta(days=1))
    assert code in [entry.code for log in (esme.event_log, esme.security_log) for entry in log]
    assert esme.time_is_reliable is is_reliable
    assert (esme.time == rig.premises.now) is is_reliable


def test_the_supplier_says_which_events_are_logged_and_sent(rig: Rig) -> None:
    def bits(*codes: int) -> str:
        return "".join("1" if 255 - at in codes else "0" for at in range(256))

    rig.ask("ECS25a", 1, supplier_wan_alerts=bits(0x61) + bits(0x61))
    rig.ask("ECS25a3", 1, supplier_logging=bits(0x61, 0x54) + bits())
    assert items(rig.ask("ECS25r1"))[0][0] == bits(0x61)
    cosem(rig).set(o.SUPPLY_STATE, "control_state", SupplyState.ARMED)
    before = len(list(rig.premises.esme.event_log))
    rig.premises.esme.keypad.enable_supply()
    (alert,) = pass_time(rig, timedelta(seconds=1))
    assert (codes([alert]), alert_codes([alert])) == (["GNCA-DLMS"], [0x8161])
    assert len(list(rig.premises.esme.event_log)) == before


# Auxiliary controllers.


def set_level(rig: Rig, use_case: str, level: int, hours: float, counter: int = 1, **arguments: Any) -> Decoded:
    kind = "proportional_controller" if use_case == "ECS47e" else "controller"
    start = rig.premises.now.replace(microsecond=0)
    values = {
        f"auxiliary_{kind}_1_start": CosemDateTime.of(start),
        f"auxiliary_{kind}_1_end": CosemDateTime.of(start + timedelta(hours=hours)),
        f"auxiliary_{kind}_scripts_execute": 0x1100 | level,
    }
    return rig.ask(use_case, counter, **values, **arguments)


def calendar_entry(index: int, at: str, selector: int) -> dict[str, Any]:
    return {
        "index": index,
        "script_selector": selector,
        "switch_time": CosemTime.parse(at),
        "exec_weekdays": "1111111",
        "exec_specdays": "",
        "begin_date": CosemDate.parse("2020-01-01"),
        "end_date": CosemDate.parse("2030-01-01"),
    }


def test_a_level_is_set_for_a_while_and_then_the_calendar_has_it_again(rig: Rig) -> None:
    controllers = rig.premises.esme.controllers
    cosem(rig).set(
        o.AUXILIARY_CONTROLLER_CALENDAR,
        "entries",
        [calendar_entry(1, "00:00:00", 0x11B2), calendar_entry(2, "12:00:00", 0x1180)],
    )
    until(rig, MIDNIGHT + timedelta(hours=1))
    assert controllers.level(1) == 50
    assert results(set_level(rig, "ECS47a", 100, 2)) == [0] * 3
    assert controllers.level(1) == 100
    assert items(rig.ask("ECS61e", 1))[5] == ('{"outputState": 100, "inputState": 0}', 0)
    until(rig, MIDNIGHT + timedelta(hours=4))
    assert controllers.level(1) == 50
    until(rig, NOON)
    assert controllers.level(1) == 0
    log = cosem(rig).log(o.AUXILIARY_CONTROLLER_EVENT_LOG).read()
    assert [entry["switch_number_and_action"] & 0xFF for entry in log] == [50, 100, 50, 0]


def test_a_load_controller_limits_a_level_and_the_supplier_is_told(rig: Rig) -> None:
    set_level(rig, "ECS47a", 100, 5)
    octets = command(
        rig.keystore,
        "ECS47e",
        1,
        by=LOAD_CONTROLLER,
        auxiliary_proportional_controller_1_start=CosemDateTime.of(NOW),
        auxiliary_proportional_controller_1_end=CosemDateTime.of(NOW + timedelta(hours=1)),
        auxiliary_proportional_controller_scripts_execute=0x1100 | 40,
    )
    response, alert = rig.send(octets)
    assert (response.message.recipient, results(response)) == (LOAD_CONTROLLER, [0] * 3)
    assert (codes([alert]), alert_codes([alert]), alert.message.recipient) == (["ECS101"], [0x8F86], SUPPLIER)
    assert alert.payload
    assert (alert.payload["controller"], alert.payload["level"]) == (0x11, 40)
    assert rig.premises.esme.controllers.level(1) == 40
    (ended,) = pass_time(rig, timedelta(hours=1))
    assert ended.payload
    assert (codes([ended]), ended.payload["level"]) == (["ECS102"], 100)
    assert rig.premises.esme.controllers.level(1) == 100


def test_a_boost_is_full_power_for_its_time(rig: Rig) -> None:
    rig.ask("ECS62", 1, **{f"boost_function_control_{n}": n == 1 for n in range(1, 6)})
    rig.premises.esme.controllers.boost(timedelta(minutes=30))
    assert rig.premises.esme.controllers.level(1) == 100
    pass_time(rig, timedelta(minutes=31))
    assert rig.premises.esme.controllers.level(1) == 0
    (entry,) = cosem(rig).log(o.BOOST_FUNCTION_EVENT_LOG).read()
    assert entry["boost_end"] - entry["boost_start"] == 1800


def test_use_cases_of_other_variants_are_not_supported(rig: Rig) -> None:
    three_phase = USE_CASES["ECS29f"].command(NETWORK_OPERATOR, METER, 1)
    octets = protection.protect(three_phase, USE_CASES["ECS29f"].category, rig.keystore).encode()
    assert codes(rig.send(octets)) == ["ECS100"]


# What a supplier may write, and no sense can be made of.


@pytest.mark.parametrize("selector", [0, 49, 99, 109, 0xFFFF])
def test_a_rate_that_there_is_no_register_for_counts_as_the_first(rig: Rig, selector: int) -> None:
    schedule = [{"start_time": CosemTime(bytes((99, 77, 0xFE, 0))), "script_selector": selector}]
    cosem(rig).set(o.TARIFF_SWITCHING_TABLE, "day_profile_table_active", [{"day_id": 1, "day_schedule": schedule}])
    pass_time(rig, timedelta(hours=1))
    assert cosem(rig).get(o.TARIFF_TOU_REGISTER_COLLECTION, "value")["tou_primary_registers"][0] == 2000


def test_calendars_without_meaning_do_no_harm(rig: Rig) -> None:
    season = {"season_profile_name": b"x", "season_start": CosemDateTime(b"\0" * 12), "week_name": b"none"}
    cosem(rig).set(o.TARIFF_SWITCHING_TABLE, "season_profile_active", [season])
    days = [{"index": 1, "specialday_date": CosemDate(b"\0\0\x63\x63\x63"), "day_id": 0}]
    cosem(rig).set(o.TARIFF_SWITCHING_TABLE_SPECIAL_DAYS, "entries", days)
    entry = calendar_entry(1, "00:00:00", 0xFFFF) | {"begin_date": CosemDate(bytes(5)), "end_date": CosemDate(bytes(5))}
    cosem(rig).set(o.AUXILIARY_CONTROLLER_CALENDAR, "entries", [entry])
    cosem(rig).set(
        o.BILLING_CALENDAR, "execution_time", [{"time": CosemTime(b"\x63" * 4), "date": CosemDate(bytes(5))}]
    )
    assert pass_time(rig, timedelta(days=2)) == []
    assert cosem(rig).get(o.IMPORT_REGISTER_COLLECTION, "value")["active_import_value"] == 96_000
