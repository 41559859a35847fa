"""Scenarios of load limits, outages, tampering, time that goes wrong, and alerts that somebody wants or does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from devices.clock import HubTime
from devices.electricity.esme import Esme
from devices.electricity.supply import SupplyState
from devices.metering import Load
from devices.trust_anchors import TrustAnchors
from devices.world import Tamper
from gbcs.cosem import objects as o
from gbcs.cosem.date_time import CosemDateTime
from gbcs.device_type import DeviceType
from smki.keystore import Keystore
from tests.devices.rig import METER, NETWORK_OPERATOR, NOW, SUPPLIER, Lone, Rig, codes, items
from tests.devices.story import (
    MIDNIGHT,
    NOON,
    activated,
    active_price,
    alert_codes,
    cosem,
    pass_time,
    present,
    results,
    set_clock,
    set_price,
    until,
)


@pytest.fixture
def rig(keystore: Keystore) -> Rig:
    """A meter whose clock was set."""
    rig = Rig(keystore, load=Load(active_import=2000))
    set_clock(rig)
    return rig


def event_codes(rig: Rig) -> list[int]:
    return [entry.code for entry in rig.premises.esme.event_log]


# 16: a load limit.


@pytest.mark.parametrize("disables", [True, False])
def test_a_load_limit_counts_and_disables_if_it_is_told_to(rig: Rig, disables: bool) -> None:
    values = activated("ECS28a", CosemDateTime.NOW) | {
        "load_limit_supply_state_value_passive": disables,
        "load_limit_power_threshold_value_passive": 6900,
        "load_limit_period_timer_value_passive": 300,
        "load_limit_restoration_period_timer_value_passive": 30,
    }
    assert results(rig.ask("ECS28a", 1, **present(rig, "ECS28a", **values))) == [0] * 8
    until(rig, NOON - timedelta(seconds=1))
    rig.premises.esme.metering.load = Load(active_import=8000)
    assert until(rig, NOON + timedelta(seconds=299)) == []
    told = until(rig, NOON + timedelta(seconds=301))
    assert alert_codes(told) == [0x8F01, 0x8F33][: 1 + disables]
    assert {alert.message.recipient for alert in told} == {SUPPLIER}
    supply = rig.premises.esme.supply
    assert supply.state is (SupplyState.ARMED if disables else SupplyState.ENABLED)
    rig.premises.esme.metering.load = Load(active_import=100)
    assert alert_codes(until(rig, NOON + timedelta(seconds=331))) == [0x8F34][:disables]
    assert supply.state is SupplyState.ENABLED
    assert items(rig.ask("ECS27", 1))[1] == (1, 0)
    assert results(rig.ask("ECS28b", 1)) == [0]
    assert cosem(rig).get(o.LOAD_LIMIT_COUNTER, "value") == 0


# 17: an outage. That nobody wants alerts of the network operator's codes does not matter.


def test_an_outage_is_told_of_whatever_alerts_are_configured(rig: Rig) -> None:
    everything_off = "1" * 256 + "0" * 256
    assert results(rig.ask("ECS25b", 1, by=NETWORK_OPERATOR, network_operator_wan_alerts=everything_off)) == [0]
    world = rig.premises.esme.world
    world.interrupt()
    pass_time(rig, timedelta(minutes=9))
    world.restore()
    (alert,) = pass_time(rig, timedelta(seconds=1))
    assert (codes([alert]), alert_codes([alert]), alert.message.recipient) == (["ECS80"], [0x8F36], NETWORK_OPERATOR)
    assert (bool(alert.message.signature), alert.message.mac) == (True, None)
    assert alert.payload
    assert (alert.payload["restoration"].moment() - alert.payload["interruption"].moment()) == timedelta(minutes=9)
    everything = {"start": 0, "end": 0xFFFFFFFF}
    ((entries, _),) = items(rig.ask("ECS35e", 1, by=NETWORK_OPERATOR, power_event_log_buffer=everything))
    assert [entry["log_code"] for entry in entries] == [0x8F57, 0x8F36]


# 18: tampering.


def test_a_tampered_meter_is_locked_until_the_supplier_unlocks_it(rig: Rig) -> None:
    supply, world = rig.premises.esme.supply, rig.premises.esme.world
    assert results(rig.ask("ECS81", 1, supply_tamper_state=True)) == [0]
    world.tamper(Tamper.TERMINAL_COVER)
    (alert,) = pass_time(rig, timedelta(seconds=1))
    assert (codes([alert]), alert_codes([alert]), alert.message.recipient) == (["GCA-DLMS"], [0x8F76], SUPPLIER)
    assert rig.security_codes[-1] == 0x8F76
    assert 0x81BE in event_codes(rig)
    assert supply.state is SupplyState.DISABLED
    assert results(rig.ask("ECS42", 1)) == [250]
    assert results(rig.ask("ECS44", 1)) == [250]
    assert supply.state is SupplyState.DISABLED
    assert results(rig.ask("ECS81", 2, supply_tamper_state=False)) == [0]
    assert results(rig.ask("ECS44", 2)) == [0]
    assert rig.premises.esme.keypad.enable_supply()
    assert items(rig.ask("ECS45", 1)) == [(SupplyState.ENABLED, 0)]


# 19: the clock.


def test_a_clock_that_was_wrong_by_half_a_minute_waits_to_be_set_and_so_does_what_is_due(rig: Rig) -> None:
    esme = rig.premises.esme
    set_price(rig, 15_000, CosemDateTime.of(NOON), 1)
    esme.clock.drift(timedelta(seconds=5))
    until(rig, MIDNIGHT + timedelta(seconds=1))
    assert event_codes(rig)[-1] == 0x8145
    assert esme.time == rig.premises.now
    esme.clock.drift(timedelta(seconds=-30))
    until(rig, MIDNIGHT + timedelta(days=1, minutes=1))
    assert esme.time == rig.premises.now - timedelta(seconds=30)
    assert rig.security_codes == [0x8F0C]
    assert cosem(rig).get(o.TIME, "status") == 2
    # What had been ordered for noon was done then, while the clock was right.
    assert active_price(rig) == 15_000
    later = CosemDateTime.of(NOON + timedelta(days=1))
    set_price(rig, 16_000, later, 2)
    assert until(rig, NOON + timedelta(days=1, minutes=1)) == []
    # An interval without the hub's time does not set it.
    long_ago = {"validity_interval_start": NOW - timedelta(days=9), "validity_interval_end": NOW - timedelta(days=8)}
    before = esme.time
    answer = rig.ask("ECS70", 2, time_preset_adjusting_time=long_ago)
    assert items(answer) == [(None, 0), (None, 0), (None, 0), (CosemDateTime.of(before), 0), (2, 0)]
    assert active_price(rig) == 15_000
    # A right one does, and then what is overdue is done.
    now = rig.premises.now
    assert items(set_clock(rig, 3))[3:] == [(CosemDateTime.of(now), 0), (0, 0)]
    assert alert_codes(pass_time(rig, timedelta(seconds=1))) == [0x8F66] * 2
    assert active_price(rig) == 16_000


def test_a_hub_without_time_gives_none(keystore: Keystore) -> None:
    no_time: HubTime = lambda now: None  # noqa: E731
    anchors = TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME)
    meter = Lone(keystore, Esme(anchors, now=NOW, hub_time=no_time))
    interval = {"validity_interval_start": NOW - timedelta(1), "validity_interval_end": NOW + timedelta(1)}
    assert items(meter.ask("ECS70", 1, time_preset_adjusting_time=interval))[-1] == (2, 0)


# 26: which alerts are wanted.


def bits(*numbers: int) -> str:
    """256 bits, those with these numbers set; the last is number 0."""
    return "".join("1" if 255 - at in numbers else "0" for at in range(256))


def behaviour(changed: tuple[int, ...], on: tuple[int, ...]) -> str:
    return bits(*changed) + bits(*on)


def test_the_supplier_wants_one_of_two_alerts(rig: Rig) -> None:
    """810D (credit is low) is sent, 810E (credit added) is not, and both are logged as long as logging is on."""
    cosem(rig).set(o.PAYMENT_ACCOUNT, "account_mode_and_status", {"payment_mode": 2, "account_status": 2})
    cosem(rig).set(o.PAYMENT_ACCOUNT, "low_credit_threshold", 100_000)
    wan: dict[str, Any] = {"supplier_wan_alerts": behaviour((0x0D, 0x0E), (0x0D,))}
    assert results(rig.ask("ECS25a", 1, **wan)) == [0]
    assert rig.ask("ECS25r1", 1).payload["supplier_wan_alerts_current"] == bits(0x0D)  # type: ignore[index]
    esme = rig.premises.esme
    esme.log_event(0x810E)
    assert pass_time(rig, timedelta(seconds=1)) == []
    esme.log_event(0x810D)
    (alert,) = pass_time(rig, timedelta(seconds=1))
    assert (codes([alert]), alert_codes([alert]), alert.message.recipient) == (["GNCA-DLMS"], [0x810D], SUPPLIER)
    assert (alert.message.signature, alert.message.mac is not None) == (b"", True)
    assert event_codes(rig)[-2:] == [0x810E, 0x810D]
    # Logging is another matter.
    assert results(rig.ask("ECS25a3", 1, supplier_logging=behaviour((0x0D,), ()))) == [0]
    logged = event_codes(rig)
    esme.log_event(0x810D)
    assert alert_codes(pass_time(rig, timedelta(seconds=1))) == [0x810D]
    assert event_codes(rig) == logged


def test_mandated_alerts_ask_nobody(rig: Rig) -> None:
    for number, (use_case, name) in enumerate((("ECS25a", "supplier_wan_alerts"), ("ECS25a3", "supplier_logging")), 1):
        rig.ask(use_case, number, **{name: "1" * 256 + "0" * 256})
    rig.premises.esme.report(0x8F0F)
    assert alert_codes(pass_time(rig, timedelta(seconds=1))) == [0x8F0F]
    assert event_codes(rig)[-1] == 0x8F0F
