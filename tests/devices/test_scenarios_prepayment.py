"""Scenarios of prepayment: from credit mode by command to a supply that went off for want of credit, and back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from devices.electricity.supply import SupplyState
from devices.metering import Load
from gbcs.cosem import objects as o
from gbcs.cosem.date_time import CosemDate, CosemDateTime, CosemTime
from gbcs.decoding import Decoded
from gbcs.prepayment import Utrn, ValueClass, make_utrn, originator_counter
from smki.keystore import Keystore
from tests.devices.rig import METER, SUPPLIER, Rig, command, items
from tests.devices.story import (
    POUND,
    activated,
    alert_codes,
    cosem,
    pass_time,
    present,
    results,
    set_clock,
    set_price,
)

LOW, AVAILABLE, EXHAUSTED, ACTIVATED = 0x810D, 0x8119, 0x81AA, 0x81AB


def prepaid(rig: Rig, **configuration: Any) -> list[list[int | None]]:
    """Into prepayment mode, by command: a pound buys an hour."""
    now = CosemDateTime.NOW
    mode = {"payment_account_passive_account_mode_and_status": {"payment_mode": 2, "account_status": 1}}
    threshold = {"disablement_threshold_passive_value_passive": 0}
    first = rig.ask("ECS03", 1, **present(rig, "ECS03", **activated("ECS03", now) | mode | threshold))
    values = activated("ECS08a", now) | {
        "prepayment_credit_max_meter_balance_value_passive": 100 * POUND,
        "prepayment_credit_maximum_credit_threshold_value_passive": 50 * POUND,
        "low_credit_threshold_value_passive": 2 * POUND,
        "debt_recovery_rate_cap_value_passive": 20,
        "debt_recovery_rate_cap_period_value_passive": 7 * 24 * 3600,
        "emergency_credit_limit_value_passive": POUND,
        "emergency_credit_threshold_value_passive": POUND // 2,
    }
    second = rig.ask("ECS08a", 1, **present(rig, "ECS08a", **values | configuration))
    return [results(first), results(second)]


@pytest.fixture
def rig(keystore: Keystore) -> Rig:
    """A meter in credit mode whose clock was set, with a price of 25 pence a kWh and a load of 4 kW."""
    rig = Rig(keystore, load=Load(active_import=4000))
    set_clock(rig)
    set_price(rig, 25_000, CosemDateTime.NOW, 1)
    return rig


def token(rig: Rig, counter: int, pounds: int) -> Utrn:
    return make_utrn(SUPPLIER, METER, counter, pounds, ValueClass.POUNDS, rig.keystore)


def top_up(rig: Rig, counter: int, utrn: Utrn) -> Decoded:
    octets = command(rig.keystore, "CS01a", originator_counter(counter), prepayment_credit_enter=str(utrn).encode())
    response, *_ = rig.send(octets)
    return response


def balance(rig: Rig) -> int:
    ((balances, result),) = items(rig.ask("ECS82", 1))
    assert result == 0
    return int(balances["meter_balance"] if isinstance(balances, dict) else balances)


def event_codes(rig: Rig) -> list[int]:
    return [entry.code for entry in rig.premises.esme.event_log]


# 8: prepayment mode, and tokens.


def test_from_credit_mode_to_a_token_that_counts_once(rig: Rig) -> None:
    snapshots = cosem(rig).log(o.BILLING_DATA_LOG_MODE_OR_TARIFF_CHANGE)
    before = len(snapshots.read())
    assert prepaid(rig) == [[0] * 5, [0] * 18]
    assert items(rig.ask("ECS26j", 1)) == [({"payment_mode": 2, "account_status": 2}, 0)]
    assert len(snapshots.read()) > before
    # A quarter of each payment is for a debt of a pound.
    cosem(rig).set(o.PAYMENT_DEBT, "proportion", 2500)
    balances = cosem(rig).get(o.PREPAYMENT_BALANCE_COLLECTION, "value")
    cosem(rig).set(o.PREPAYMENT_BALANCE_COLLECTION, "value", balances | {"payment_debt_balance": POUND})
    answer = top_up(rig, 3, token(rig, 3, 10))
    assert results(answer) == [0]
    assert (answer.message.signature, answer.message.mac is not None) == (b"", True)
    assert answer.message.originator_counter == 0x0000_0003_0000_0000
    assert answer.message.date_time is not None
    assert answer.message.content[1:5] == bytes.fromhex("20000000")
    assert balance(rig) == 9 * POUND
    everything = {"start": 0, "end": 0xFFFFFFFF}
    ((payments, _),) = items(rig.ask("ECS20d", 1, billing_data_log_prepayment_credits_buffer=everything))
    assert payments[-1]["dl_value"] == 10 * POUND
    # The same again is a duplicate, by command as by hand.
    assert results(top_up(rig, 3, token(rig, 3, 10))) == [250]
    assert not rig.premises.esme.keypad.enter(str(token(rig, 3, 10)))
    assert rig.security_codes[-2:] == [0x8F51] * 2
    assert balance(rig) == 9 * POUND


def test_tokens_that_are_not_the_suppliers_or_too_much(rig: Rig) -> None:
    prepaid(rig)
    genuine = token(rig, 5, 10)
    # The digits are others, and the check digit fits.
    forged = Utrn(genuine.truncated_counter, genuine.value_class, 11, genuine.mac)
    for utrn, counter, code in (
        (forged, 5, 0x8F63),
        (token(rig, 5, 10), 6, 0x8F63),  # another counter in the header than in the token's MAC
        (token(rig, 7, 51), 7, 0x8F5B),
    ):
        assert results(top_up(rig, counter, utrn)) == [250]
        assert rig.security_codes[-1] == code
    assert balance(rig) == 0
    assert results(top_up(rig, 8, token(rig, 8, 50))) == [0]
    assert results(top_up(rig, 9, token(rig, 9, 50))) == [0]
    assert results(top_up(rig, 10, token(rig, 10, 1))) == [250]
    assert rig.security_codes[-1] == 0x8F47, "the meter balance would be too high"
    assert balance(rig) == 100 * POUND


@pytest.mark.parametrize("ahead", [1, 500, 511])
def test_a_token_by_hand_may_be_ahead_of_those_before_by_half_of_what_ten_bits_count(rig: Rig, ahead: int) -> None:
    prepaid(rig)
    last = 1023
    assert results(top_up(rig, last, token(rig, last, 1))) == [0]
    # The ten bits of the token wrap.
    assert rig.premises.esme.keypad.enter(str(token(rig, last + ahead, 1)))
    assert balance(rig) == 2 * POUND


def test_a_token_by_command_may_be_far_ahead_and_one_that_was_overtaken_counts(rig: Rig) -> None:
    prepaid(rig)
    for counter in (3, 3 + 1023, 900, 2):
        assert results(top_up(rig, counter, token(rig, counter, 1))) == [0]
    assert balance(rig) == 4 * POUND


def test_of_a_hundred_tokens_the_oldest_is_forgotten_and_taken_for_used(rig: Rig) -> None:
    prepaid(rig)
    for counter in range(10, 110):
        assert results(
            top_up(rig, counter, make_utrn(SUPPLIER, METER, counter, 1, ValueClass.PENCE, rig.keystore))
        ) == [0]
    assert results(top_up(rig, 9, token(rig, 9, 1))) == [250]
    assert rig.security_codes[-1] == 0x8F51


# 9: without credit.


def test_credit_runs_out_and_comes_back(rig: Rig) -> None:
    prepaid(rig)
    supply, keypad = rig.premises.esme.supply, rig.premises.esme.keypad
    assert results(top_up(rig, 1, token(rig, 1, 3))) == [0]
    assert results(rig.ask("ECS09", 1)) == [250], "there is still credit"
    pass_time(rig, timedelta(minutes=61))
    assert event_codes(rig).count(LOW) == 1
    pass_time(rig, timedelta(minutes=90))
    assert AVAILABLE in event_codes(rig)
    assert results(rig.ask("ECS09", 2)) == [0]
    assert event_codes(rig)[-2:] == [ACTIVATED, 0x8154]
    alerts = pass_time(rig, timedelta(minutes=45))
    assert (supply.state, alert_codes(alerts)) == (SupplyState.ENABLED, [])
    alerts = pass_time(rig, timedelta(hours=1))
    assert EXHAUSTED in event_codes(rig)
    assert alert_codes(alerts) == [0x8F0F]
    assert items(rig.ask("ECS45", 1)) == [(SupplyState.DISABLED, 0)]
    # Neither the supplier nor the consumer can enable it now.
    assert results(rig.ask("ECS42", 1)) == [250]
    assert not keypad.enable_supply()
    assert items(rig.ask("ECS45", 2)) == [(SupplyState.DISABLED, 0)]
    octets = command(
        rig.keystore, "CS01a", originator_counter(2), prepayment_credit_enter=str(token(rig, 2, 9)).encode()
    )
    response, *alerts = rig.send(octets)
    assert results(response) == [0]
    assert alert_codes(alerts) == [0x8F32]
    assert items(rig.ask("ECS45", 3)) == [(SupplyState.ARMED, 0)]
    assert results(rig.ask("ECS42", 2)) == [0]
    assert items(rig.ask("ECS45", 4)) == [(SupplyState.ENABLED, 0)]


def test_in_a_period_of_non_disablement_the_supply_stays_on(rig: Rig) -> None:
    entries = [
        {
            "index": number,
            "script_selector": selector,
            "switch_time": CosemTime.parse(at),
            "exec_weekdays": "1111111",
            "exec_specdays": "",
            "begin_date": CosemDate.parse("2020-01-01"),
            "end_date": CosemDate.parse("2030-01-01"),
        }
        for number, (at, selector) in enumerate((("16:00:00", 32), ("10:00:00", 33)), 1)
    ]
    prepaid(rig, non_disablement_calendar_passive_entries=entries)
    assert results(top_up(rig, 1, token(rig, 1, 1))) == [0]
    alerts = pass_time(rig, timedelta(hours=10))
    assert alert_codes(alerts) == []
    assert event_codes(rig).count(0x8F83) == 1
    assert rig.premises.esme.supply.state is SupplyState.ENABLED
    alerts = pass_time(rig, timedelta(hours=9))
    assert alert_codes(alerts) == [0x8F0F]
    assert rig.premises.esme.supply.state is SupplyState.DISABLED


def test_in_credit_mode_there_is_no_emergency_credit(rig: Rig) -> None:
    assert results(rig.ask("ECS09", 1)) == [250]
