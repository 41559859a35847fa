"""Scenarios of auxiliary controllers: calendars, levels for a while, boost, and limits by the load controller."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from devices.electricity.auxiliary import ALCS, APC, INPUT, OUTPUT, hcalcs
from gbcs.cosem import objects as o
from gbcs.cosem.date_time import CosemDate, CosemDateTime, CosemTime
from gbcs.decoding import Decoded
from smki.keystore import Keystore
from tests.devices.rig import LOAD_CONTROLLER, STRANGER, SUPPLIER, Rig, codes, command, items
from tests.devices.story import MIDNIGHT, alert_codes, cosem, pass_time, results, set_clock, until

NINE = MIDNIGHT + timedelta(hours=9)
LEVEL_0, LEVEL_100 = 0x80, 0xE4  # as calendars have them


@pytest.fixture
def rig(keystore: Keystore) -> Rig:
    """A meter whose clock was set, with a controller of each kind."""
    rig = Rig(keystore, controllers=(ALCS, APC, APC, hcalcs(STRANGER), ALCS))
    set_clock(rig)
    return rig


def entry(index: int, at: str, selector: int, **fields: Any) -> dict[str, Any]:
    return {
        "index": index,
        "script_selector": selector,
        "switch_time": CosemTime.parse(at),
        "exec_weekdays": "1111111",
        "exec_specdays": "",
        "begin_date": CosemDate.parse("2020-01-01"),
        "end_date": CosemDate.parse("2030-01-01"),
        **fields,
    }


def set_calendar(rig: Rig, *entries: dict[str, Any], special_days: tuple[dict[str, Any], ...] = ()) -> None:
    answer = rig.ask(
        "ECS46d",
        1,
        auxiliary_controller_calendar_special_days_passive_entries=list(special_days),
        auxiliary_controller_calendar_passive_entries=list(entries),
        auxiliary_controller_calendar_activation_activate_passive_value_time=CosemDateTime.NOW,
        auxiliary_controller_calendar_special_days_activation_activate_passive_value_time=CosemDateTime.NOW,
    )
    assert results(answer) == [0] * 4


def state(rig: Rig, number: int) -> dict[str, int]:
    """What the meter says of a controller."""
    text = items(rig.ask("ECS61e", 1))[4 + number][0]
    said: dict[str, int] = json.loads(text)
    return said


def logged(rig: Rig) -> list[tuple[int, int, int]]:
    """Switch number and action, outcome and HAN command of each entry."""
    everything = {"start": 0, "end": 0xFFFFFFFF}
    ((entries, _),) = items(rig.ask("ECS35g", 1, auxiliary_controller_event_log_buffer=everything))
    return [tuple(list(each.values())[1:]) for each in entries]  # type: ignore[misc]


# 13: by calendar.


def test_a_controller_follows_its_calendar_after_the_randomised_offset(rig: Rig) -> None:
    assert results(rig.ask("ECS46a", 9, auxiliary_controller_1_description="Immersion heater")) == [0]
    assert results(rig.ask("ECS46a", 2, auxiliary_controller_1_description="Storage heater")) == [0]
    assert items(rig.ask("ECS61d", 1, auxiliary_controller_1_description=None))[0][0] == "Storage heater"
    assert results(rig.ask("ECS38", 1, randomised_offset_limit=900)) == [0]
    cosem(rig).set(o.RANDOMISED_OFFSET_NUMBER, "value", 5000)
    set_calendar(rig, entry(1, "00:00:00", 0x1100 | LEVEL_0), entry(2, "09:00:00", 0x1100 | LEVEL_100))
    until(rig, NINE + timedelta(seconds=449))
    assert state(rig, 1)["outputState"] == 0
    until(rig, NINE + timedelta(seconds=450))
    assert state(rig, 1) == {"outputState": 100, "inputState": 0}
    assert logged(rig) == [(0x1100 | 100, 1, 0)]


def test_another_randomised_offset_counts_at_once(rig: Rig) -> None:
    cosem(rig).set(o.RANDOMISED_OFFSET_NUMBER, "value", 5000)
    set_calendar(rig, entry(1, "00:00:00", 0x1100 | LEVEL_0), entry(2, "09:00:00", 0x1100 | LEVEL_100))
    until(rig, NINE - timedelta(minutes=1))
    assert results(rig.ask("ECS38", 1, randomised_offset_limit=900)) == [0]
    until(rig, NINE + timedelta(seconds=449))
    assert logged(rig) == []
    cosem(rig).set(o.RANDOMISED_OFFSET_NUMBER, "value", 0)
    until(rig, NINE + timedelta(seconds=449))
    assert logged(rig) == [(0x1100 | 100, 1, 0)]


def test_what_switches_on_a_day_without_current_is_done_when_that_is_back(rig: Rig) -> None:
    set_calendar(rig, entry(1, "09:00:00", 0x1100 | LEVEL_100), entry(2, "22:00:00", 0x1100 | LEVEL_0))
    until(rig, NINE)
    rig.premises.esme.world.interrupt()
    until(rig, MIDNIGHT + timedelta(days=1, hours=3))
    rig.premises.esme.world.restore()
    until(rig, MIDNIGHT + timedelta(days=1, hours=3))
    assert logged(rig) == [(0x1100 | 100, 1, 0), (0x1100, 1, 0)]


def test_a_load_control_switch_on_the_han_is_told_and_confirms(rig: Rig) -> None:
    set_calendar(rig, entry(1, "09:00:00", 0x1400 | LEVEL_100))
    until(rig, NINE)
    assert logged(rig) == [(0x1400 | 100, 0, 1), (0x1400, 1, 1)]


@pytest.mark.parametrize(
    ("fields", "level"),
    [
        ({}, 100),
        ({"exec_weekdays": "0000001"}, 100),  # the 15th is a Sunday
        ({"exec_weekdays": "1111110"}, 0),
        ({"begin_date": CosemDate.parse("2026-03-16")}, 0),
        ({"end_date": CosemDate.parse("2026-03-14")}, 0),
    ],
)
def test_an_entry_holds_on_its_days(rig: Rig, fields: dict[str, Any], level: int) -> None:
    set_calendar(rig, entry(1, "00:00:00", 0x1100 | LEVEL_0), entry(2, "09:00:00", 0x1100 | LEVEL_100, **fields))
    until(rig, NINE)
    assert state(rig, 1)["outputState"] == level


@pytest.mark.parametrize(("bits", "level"), [("01", 100), ("10", 0), ("", 0)])
def test_on_a_special_day_the_entries_for_it_hold_alone(rig: Rig, bits: str, level: int) -> None:
    special = {"index": 1, "specialday_date": CosemDate.parse("2026-03-15"), "day_id": 2}
    selected = entry(1, "09:00:00", 0x1100 | LEVEL_100, exec_weekdays="0000000", exec_specdays=bits)
    set_calendar(rig, selected, special_days=(special,))
    until(rig, NINE)
    assert state(rig, 1)["outputState"] == level


# 14: a level for a while, and boost.


def order(rig: Rig, use_case: str, script: int, start: Any, hours: float, counter: int = 1, **more: Any) -> Decoded:
    kind = "proportional_controller" if use_case == "ECS47e" else "controller"
    values = {
        f"auxiliary_{kind}_{script >> 8 & 0xF}_start": CosemDateTime.of(start),
        f"auxiliary_{kind}_{script >> 8 & 0xF}_end": CosemDateTime.of(start + timedelta(hours=hours)),
        f"auxiliary_{kind}_scripts_execute": script,
    }
    octets = command(rig.keystore, use_case, counter, **values, **more)
    return rig.send(octets)[0]


def test_a_level_begins_and_ends_with_its_period(rig: Rig) -> None:
    set_calendar(rig, entry(1, "00:00:00", 0x1500 | LEVEL_0 | 20))
    until(rig, MIDNIGHT - timedelta(hours=1))
    answer = order(rig, "ECS47a", 0x1564, MIDNIGHT, 1)
    assert results(answer) == [0] * 3
    assert (bool(answer.message.signature), answer.message.mac) == (True, None)
    assert state(rig, 5)["outputState"] == 20
    until(rig, MIDNIGHT)
    assert state(rig, 5)["outputState"] == 100
    until(rig, MIDNIGHT + timedelta(minutes=59))
    assert state(rig, 5)["outputState"] == 100
    until(rig, MIDNIGHT + timedelta(hours=1))
    assert state(rig, 5)["outputState"] == 20


@pytest.mark.parametrize("hours", [25, 24.001, 0, -1])
def test_a_period_that_is_no_period_of_a_day_is_refused(rig: Rig, hours: float) -> None:
    assert results(order(rig, "ECS47a", 0x1564, MIDNIGHT, hours)) == [0, 250, 250]
    until(rig, MIDNIGHT + timedelta(minutes=30))
    assert state(rig, 5)["outputState"] == 0


def test_input_is_another_direction(rig: Rig) -> None:
    assert results(order(rig, "ECS47a", 0x2332, rig.premises.now, 1)) == [0] * 3
    assert state(rig, 3) == {"outputState": 0, "inputState": 50}


def test_boost_is_for_the_controllers_that_were_associated(rig: Rig) -> None:
    associated = {f"boost_function_control_{number}": number in (1, 2) for number in range(1, 6)}
    assert results(rig.ask("ECS62", 1, **associated)) == [0] * 5
    rig.premises.esme.controllers.boost(timedelta(hours=1))
    assert [state(rig, number)["outputState"] for number in range(1, 6)] == [100, 100, 0, 0, 0]
    # The association ends, and with it the boost of that controller.
    assert results(rig.ask("ECS62", 2, **associated | {"boost_function_control_2": False})) == [0] * 5
    pass_time(rig, timedelta(minutes=30))
    assert [state(rig, number)["outputState"] for number in (1, 2)] == [100, 0]
    pass_time(rig, timedelta(minutes=31))
    assert state(rig, 1)["outputState"] == 0
    everything = {"start": 0, "end": 0xFFFFFFFF}
    log = next(
        value
        for value, _ in items(rig.ask("ECS61c", 1, boost_function_event_log_buffer=everything))
        if isinstance(value, list)
    )
    assert [each["boost_end"] - each["boost_start"] for each in log] == [3600]


# 15: limits.


def test_a_load_controller_limits_what_comes_from_the_load(rig: Rig) -> None:
    start = rig.premises.now.replace(microsecond=0)
    order(rig, "ECS47a", 0x2350, start, 5)
    values = {
        "auxiliary_proportional_controller_3_start": CosemDateTime.of(start),
        "auxiliary_proportional_controller_3_end": CosemDateTime.of(start + timedelta(hours=2)),
        "auxiliary_proportional_controller_scripts_execute": 0x2332,
    }
    response, told = rig.send(command(rig.keystore, "ECS47e", 9001, by=LOAD_CONTROLLER, **values))
    assert (response.message.recipient, results(response)) == (LOAD_CONTROLLER, [0] * 3)
    assert (bool(response.message.signature), response.message.mac) == (True, None)
    assert (codes([told]), alert_codes([told]), told.message.recipient) == (["ECS101"], [0x8F86], SUPPLIER)
    assert told.payload
    assert (told.payload["controller"], told.payload["level"]) == (0x23, 50)
    assert (told.payload["start"], told.payload["end"]) == tuple(list(values.values())[:2])
    assert state(rig, 3)["inputState"] == 50
    assert rig.premises.esme.controllers.level(3, OUTPUT) == 0
    assert until(rig, start + timedelta(hours=2, seconds=-1)) == []
    (ended,) = until(rig, start + timedelta(hours=2))
    assert (codes([ended]), alert_codes([ended]), ended.message.recipient) == (["ECS102"], [0x8F87], SUPPLIER)
    assert ended.payload
    assert (ended.payload["controller"], ended.payload["level"]) == (0x23, 80)
    assert rig.premises.esme.controllers.level(3, INPUT) == 80


def test_limits_that_are_too_long_or_by_somebody_else_are_refused(rig: Rig) -> None:
    refused = order(rig, "ECS47e", 0x2332, MIDNIGHT, 25, by=LOAD_CONTROLLER)
    assert results(refused) == [0, 250, 250]
    alert = order(rig, "ECS47e", 0x2332, MIDNIGHT, 1, 2)
    assert (codes([alert]), alert_codes([alert])) == (["GCA-DLMS"], [0x8F30])
    assert until(rig, MIDNIGHT + timedelta(hours=2)) == []
