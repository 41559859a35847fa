"""People at the meter, and the PPMID in their hands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from devices.electricity.supply import SupplyState
from devices.errors import DeviceError
from devices.metering import Load
from devices.security.joining import HCALCS, PPMID
from devices.settings import Settings
from devices.world import Tamper
from gbcs.cosem import objects as o
from gbcs.cosem.date_time import CosemDateTime
from gbcs.eui64 import Eui64
from gbcs.prepayment import ValueClass, make_utrn
from smki.keystore import Keystore
from tests.devices.rig import JOINED, METER, STRANGER, SUPPLIER, Rig, items

MIDNIGHT = datetime(2026, 3, 15, tzinfo=UTC)
POUND = 100_000


def token(rig: Rig, counter: int, pounds: int = 1) -> str:
    return str(make_utrn(SUPPLIER, METER, counter, pounds, ValueClass.POUNDS, rig.keystore))


def event_log(rig: Rig) -> list[tuple[int, bytes]]:
    """Codes with what is said beside them, since the meter has joined its hub."""
    log = rig.premises.esme.cosem.log(o.EVENT_LOG).read()
    return [(entry["log_code"], entry["other_information"]) for entry in log if entry["log_code"] not in JOINED]


def balance(rig: Rig) -> int:
    return rig.premises.esme.account.balance("meter_balance")


# What there is to see.


def test_the_display_names_the_supplier_to_everybody(rig: Rig) -> None:
    rig.ask("ECS16", 1, supplier_telephone_number_value_active=b"0800 0000", supplier_name_value_active=b"Example")
    keypad = rig.premises.esme.keypad
    assert keypad.set_pin("1234")
    assert [keypad.show(name) for name in ("supplier", "telephone")] == [b"Example", b"0800 0000"]
    assert keypad.show("customer identification number") == b"0000"
    with pytest.raises(DeviceError, match="no mood"):
        keypad.show("mood")


def test_money_and_consumption_take_the_pin_once_there_is_one(rig: Rig) -> None:
    esme, keypad = rig.premises.esme, rig.premises.esme.keypad
    esme.account.set_meter_balance(-5 * POUND)
    assert keypad.show("balances")["meter_balance"] == -5 * POUND, "no PIN, no secret"
    assert keypad.set_pin("1234")
    assert keypad.show("balances") is None
    assert not keypad.unlock("4321")
    assert keypad.show("import") is None
    assert keypad.unlock("1234")
    assert keypad.show("balances")["meter_balance"] == -5 * POUND
    keypad.lock()
    assert keypad.show("balances") is None
    assert [code for code, _ in event_log(rig)] == [0x8161, 0x8162, 0x8161]


def test_the_display_closes_by_itself(rig: Rig) -> None:
    keypad = rig.premises.esme.keypad
    keypad.set_pin("1234")
    keypad.unlock("1234")
    rig.premises.advance(timedelta(seconds=119))
    assert keypad.show("message") is not None
    rig.premises.advance(timedelta(seconds=1))
    assert keypad.show("message") is None


@pytest.mark.parametrize("pin", ["", "123", "12345", "12a4", "١٢٣٤"])
def test_a_pin_is_four_digits(rig: Rig, pin: str) -> None:
    assert not rig.premises.esme.keypad.set_pin(pin)
    assert not rig.premises.esme.keypad.has_pin


def test_another_pin_takes_the_one_that_there_is(rig: Rig) -> None:
    keypad = rig.premises.esme.keypad
    keypad.set_pin("1234")
    assert not keypad.set_pin("9999")
    keypad.unlock("1234")
    assert keypad.set_pin("9999")
    assert not keypad.is_open
    assert not keypad.unlock("1234")
    assert keypad.unlock("9999")


def test_the_supplier_can_take_the_pin_away(rig: Rig) -> None:
    keypad = rig.premises.esme.keypad
    keypad.set_pin("1234")
    assert items(rig.ask("ECS14", 1, disable_privacy_pin_protection=b"")) == [(None, 0)]
    assert not keypad.has_pin
    assert keypad.show("balances") is not None


def test_the_display_hides_what_was_before_the_change_of_tenancy_and_commands_do_not(keystore: Keystore) -> None:
    rig = Rig(keystore, load=Load(active_import=500))
    rig.premises.advance(MIDNIGHT + timedelta(days=3) - rig.premises.now)
    moved_in = MIDNIGHT + timedelta(days=2)
    rig.ask("ECS12", 1, restrict_data_date_time=CosemDateTime.of(moved_in))
    assert len(rig.premises.esme.keypad.show("days")) == 2
    read = rig.ask("ECS66", 1, daily_consumption_log_buffer={"start": MIDNIGHT, "end": MIDNIGHT + timedelta(days=9)})
    assert len(items(read)[0][0]) == 4


@pytest.mark.parametrize("is_guarded", [False, True])
def test_whether_the_button_takes_the_pin_is_a_setting(keystore: Keystore, is_guarded: bool) -> None:
    rig = Rig(keystore, settings=Settings(pin_guards_commands=is_guarded))
    esme = rig.premises.esme
    esme.cosem.set(o.SUPPLY_STATE, "control_state", SupplyState.ARMED)
    esme.keypad.set_pin("1234")
    assert esme.keypad.enable_supply() is not is_guarded
    esme.keypad.unlock("1234")
    assert esme.keypad.enable_supply() is is_guarded


# The PPMID.


@pytest.fixture
def prepaid(keystore: Keystore) -> Rig:
    """A meter without credit, and a PPMID that it has joined."""
    rig = Rig(keystore, load=Load(active_import=4000))
    join = {"join_method_and_role": 0, "other_device_entity_identifier": STRANGER, "other_device_type": PPMID}
    rig.ask("CS03A1", 1, **join)
    server = rig.premises.esme.cosem
    server.set(o.PAYMENT_ACCOUNT, "account_mode_and_status", {"payment_mode": 2, "account_status": 2})
    rig.premises.esme.account.set_meter_balance(-POUND)
    assert rig.premises.esme.supply.state is SupplyState.DISABLED
    return rig


def test_a_ppmid_tops_up_and_turns_the_supply_on(prepaid: Rig) -> None:
    ppmid, supply = prepaid.premises.esme.ppmid, prepaid.premises.esme.supply
    assert not ppmid.change_supply(STRANGER), "it is off for want of credit"
    assert ppmid.top_up(STRANGER, token(prepaid, 1, 3))
    assert (balance(prepaid), supply.state) == (2 * POUND, SupplyState.ARMED)
    assert not ppmid.change_supply(STRANGER, 0), "nobody turns a supply off over the HAN"
    assert supply.state is SupplyState.ARMED
    assert ppmid.change_supply(STRANGER)
    assert supply.state is SupplyState.ENABLED
    assert event_log(prepaid)[-6:] == [
        (0x8155, b"\x01\x18"),
        (0x8F32, b""),
        (0x810E, b""),
        (0x8154, b"\x01\x16"),
        (0x8155, b"\x01\x18"),
        (0x8154, b"\x01\x18"),
    ]


def test_a_ppmid_takes_the_emergency_credit(prepaid: Rig) -> None:
    esme = prepaid.premises.esme
    assert not esme.ppmid.activate_emergency_credit(STRANGER), "there is none"
    esme.cosem.set(o.EMERGENCY_CREDIT, "preset_credit_amount", 5 * POUND)
    assert esme.ppmid.activate_emergency_credit(STRANGER)
    assert esme.supply.state is SupplyState.ARMED
    assert [event for event in event_log(prepaid) if event[1] == b"\x01\x17"] == [
        (0x8155, b"\x01\x17"),
        (0x8154, b"\x01\x17"),
    ]


def test_a_token_counts_once_at_the_ppmid_too(prepaid: Rig) -> None:
    ppmid = prepaid.premises.esme.ppmid
    assert ppmid.top_up(STRANGER, token(prepaid, 1, 3))
    assert not ppmid.top_up(STRANGER, token(prepaid, 1, 3))
    assert prepaid.security_codes[-1] == 0x8F51
    assert not ppmid.top_up(STRANGER, "no token")
    assert balance(prepaid) == 2 * POUND


@pytest.mark.parametrize("joined_as", [None, HCALCS])
def test_a_ppmid_that_has_not_joined_is_not_obeyed(prepaid: Rig, joined_as: int | None) -> None:
    esme = prepaid.premises.esme
    other = Eui64.parse("00-00-5E-EF-20-00-00-09")
    if joined_as is not None:
        esme.device_log.add(other, joined_as)
    before = event_log(prepaid)
    assert not esme.ppmid.top_up(other, token(prepaid, 1))
    assert not esme.ppmid.activate_emergency_credit(other)
    assert not esme.ppmid.change_supply(other)
    assert prepaid.security_codes[-3:] == [0x8F3E] * 3
    assert (balance(prepaid), event_log(prepaid)) == (-POUND, before)


def test_a_ppmid_may_count_as_a_user(keystore: Keystore) -> None:
    rig = Rig(keystore, settings=Settings(ppmid_user_commands=True))
    rig.premises.esme.device_log.add(STRANGER, PPMID)
    assert rig.premises.esme.ppmid.top_up(STRANGER, token(rig, 1))
    assert not rig.premises.esme.ppmid.change_supply(STRANGER)
    assert event_log(rig)[-2:] == [(0x8161, b"\x01\x16"), (0x8162, b"\x01\x18")]


def test_without_current_nobody_can_do_anything(prepaid: Rig) -> None:
    esme = prepaid.premises.esme
    before = (event_log(prepaid), prepaid.security_codes)
    esme.world.interrupt()
    assert esme.keypad.show("time") is None
    assert not any((esme.keypad.set_pin("1234"), esme.keypad.enter(token(prepaid, 1)), esme.keypad.enable_supply()))
    assert not esme.ppmid.top_up(STRANGER, token(prepaid, 1))
    assert not esme.controllers.request(STRANGER)
    assert (event_log(prepaid), prepaid.security_codes) == before
    esme.world.restore()
    assert esme.keypad.enter(token(prepaid, 1))


# Covers.


@pytest.mark.parametrize(
    ("how", "begin", "end"),
    [
        (Tamper.METER_COVER, 0x8F74, [0x81B9]),
        (Tamper.TERMINAL_COVER, 0x8F76, [0x81C1]),
        (Tamper.BATTERY_COVER, 0x8F73, [0x81A1]),
        (Tamper.MAGNETIC_FIELD, 0x8F75, [0x81BC]),
        (Tamper.SECOND_TERMINAL_COVER, 0x8F77, []),
    ],
)
def test_a_cover_that_is_closed_again_is_in_the_event_log(rig: Rig, how: Any, begin: int, end: list[int]) -> None:
    rig.premises.esme.world.tamper(how)
    rig.premises.esme.world.end_tamper(how)
    assert rig.security_codes[-1] == begin
    assert [code for code, _ in event_log(rig)] == end
