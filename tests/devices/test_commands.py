"""Commands that are executed, seen from the head end: responses, and what they leave in the meter."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from devices.clock import ClockStatus
from devices.electricity.esme import Esme
from devices.electricity.supply import SupplyState
from devices.errors import AccessFailed, DeviceError
from devices.metering import Load
from devices.settings import Settings
from devices.trust_anchors import TrustAnchors
from devices.variant import Variant
from gbcs.cosem import objects as o
from gbcs.cosem.date_time import CosemDateTime
from gbcs.cosem.results import AccessResult
from gbcs.decoding import decode
from gbcs.device_type import DeviceType
from gbcs.message import Supplementary
from gbcs.security.protection import Status
from smki.keystore import Keystore
from tests.devices.rig import BROKER, HUB, METER, NETWORK_OPERATOR, NOW, SUPPLIER, Rig, command, items

WITHIN = {"validity_interval_start": NOW - timedelta(seconds=9), "validity_interval_end": NOW + timedelta(seconds=9)}
PAST = {"validity_interval_start": NOW - timedelta(days=9), "validity_interval_end": NOW - timedelta(days=8)}

COMMISSIONED = 0x8F69


def test_import_registers_are_encrypted_for_the_supplier(keystore: Keystore) -> None:
    rig = Rig(keystore, load=Load(active_import=1500, reactive_import=40))
    rig.premises.advance(timedelta(hours=2))
    answer = rig.ask("ECS17b")
    assert answer.message.mac
    assert answer.message.signature == b""
    assert answer.message.date_time == CosemDateTime.of(NOW + timedelta(hours=2))
    ((registers, result),) = items(answer)
    assert result == 0
    assert (registers["active_import_value"], registers["reactive_import_value"]) == (3000, 80)
    assert "second_active_import_value" not in registers
    assert items(decode(answer.message.encode())) == [(None, 0)], "nothing can be read without keys"


def test_a_twin_element_meter_has_one_more_register(keystore: Keystore) -> None:
    rig = Rig(keystore, variant=Variant.TWIN, load=Load(active_import=1000, second_active_import=250))
    rig.premises.advance(timedelta(hours=4))
    ((registers, _),) = items(rig.ask("ECS17b", by=NETWORK_OPERATOR))
    assert (registers["active_import_value"], registers["second_active_import_value"]) == (4000, 1000)


def test_a_single_element_meter_refuses_a_second_load(keystore: Keystore) -> None:
    with pytest.raises(DeviceError, match="second element"):
        Rig(keystore, load=Load(second_active_import=1))


def test_export_registers_are_read_in_clear(keystore: Keystore) -> None:
    rig = Rig(keystore, load=Load(active_export=600, reactive_export=30))
    rig.premises.advance(timedelta(minutes=90))
    answer = rig.ask("ECS17a", by=NETWORK_OPERATOR)
    assert items(answer) == [(900, 0), ({"scaler": 0, "unit": 30}, 0), (45, 0), ({"scaler": 0, "unit": 32}, 0)]
    assert items(decode(answer.message.encode())) == items(answer)


def test_the_broker_reads_for_a_party_that_the_device_does_not_know(rig: Rig) -> None:
    extra = Supplementary(SUPPLIER, 77)
    answer = rig.ask("ECS17a", by=BROKER, supplementary=extra)
    assert answer.message.recipient == BROKER
    assert answer.message.supplementary == extra


def test_firmware_versions_of_meter_and_hub(rig: Rig) -> None:
    assert items(rig.ask("ECS52")) == [(b"\0\0\0\1", 0)]
    hub = rig.ask("ECS52", by=BROKER, to=HUB, supplementary=Supplementary(SUPPLIER, 1))
    assert (hub.message.originator, items(hub)) == (HUB, [(b"\0\0\0\1", 0)])


def test_a_message_is_shown_and_may_be_sent_again_with_an_old_counter(rig: Rig) -> None:
    for counter, text in ((9, "Good day"), (3, "Grüße")):
        assert items(rig.ask("ECS10", counter, supplier_message=text)) == [(None, 0)]
        assert rig.premises.esme.cosem.get(o.SUPPLIER_MESSAGE, "value") == text


@pytest.mark.parametrize(("interval", "status"), [(WITHIN, ClockStatus.RELIABLE), (PAST, ClockStatus.UNRELIABLE)])
def test_the_clock_is_set_only_within_the_interval_and_the_status_tells(
    rig: Rig, interval: dict[str, Any], status: ClockStatus
) -> None:
    assert rig.premises.esme.cosem.get(o.TIME, "status") == ClockStatus.INVALID
    answer = rig.ask("ECS70", time_preset_adjusting_time=interval)
    assert answer.inspection.signature is Status.VALID
    assert answer.message.mac is None
    assert items(answer) == [(None, 0), (None, 0), (None, 0), (CosemDateTime.of(NOW), 0), (status, 0)]


@pytest.mark.parametrize("is_security", [False, True])
def test_the_first_time_that_the_clock_is_set_is_the_commissioning(keystore: Keystore, is_security: bool) -> None:
    rig = Rig(keystore, settings=Settings(commissioning_is_security=is_security))

    def told() -> list[int]:
        esme = rig.premises.esme
        return [entry.code for entry in (esme.security_log if is_security else esme.event_log)]

    rig.ask("ECS70", 1, time_preset_adjusting_time=PAST)
    assert COMMISSIONED not in told()
    for counter in (2, 3):
        rig.ask("ECS70", counter, time_preset_adjusting_time=WITHIN)
        assert told().count(COMMISSIONED) == 1


def test_the_clock_takes_the_hubs_time(keystore: Keystore) -> None:
    anchors = TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME)
    ahead = timedelta(seconds=5, milliseconds=1)
    esme = Esme(anchors, now=NOW, hub_time=lambda now: now + ahead)
    assert esme.time == NOW
    (octets,) = esme.receive(command(keystore, "ECS70", time_preset_adjusting_time=WITHIN), NOW)
    assert items(decode(octets))[3] == (CosemDateTime.of(NOW + ahead), 0)
    esme.advance(NOW + timedelta(days=1))
    assert esme.time == NOW + timedelta(days=1) + ahead


def test_without_hub_time_the_clock_stays_unreliable(keystore: Keystore) -> None:
    anchors = TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME)
    esme = Esme(anchors, now=NOW, hub_time=lambda now: None)
    (octets,) = esme.receive(command(keystore, "ECS70", time_preset_adjusting_time=WITHIN), NOW)
    assert items(decode(octets))[4] == (ClockStatus.UNRELIABLE, 0)


@pytest.mark.parametrize(
    ("before", "settings", "result", "after"),
    [
        (SupplyState.DISABLED, Settings(), 0, SupplyState.ARMED),
        (SupplyState.ARMED, Settings(), 0, SupplyState.ARMED),
        (SupplyState.ENABLED, Settings(), 250, SupplyState.ENABLED),
        (SupplyState.ENABLED, Settings(arm_enabled_supply=True), 0, SupplyState.ARMED),
    ],
)
def test_arming_the_supply(
    keystore: Keystore, before: SupplyState, settings: Settings, result: int, after: SupplyState
) -> None:
    rig = Rig(keystore, settings=settings)
    rig.premises.esme.cosem.set(o.SUPPLY_STATE, "control_state", before)
    answer = rig.ask("ECS44")
    assert answer.inspection.signature is Status.VALID
    assert items(answer) == [(None, result)]
    assert rig.premises.esme.supply.state is after


def test_after_a_failing_access_nothing_more_is_done_and_nothing_undone(rig: Rig) -> None:
    def fail() -> None:
        raise AccessFailed(AccessResult.HARDWARE_FAULT)

    rig.premises.esme.cosem.compute(o.TIME, "time", fail)
    answer = rig.ask("ECS70", time_preset_adjusting_time=WITHIN)
    assert items(answer) == [(None, 0), (None, 0), (None, 0), (None, 1), (None, 250)]
    assert rig.premises.esme.cosem.get(o.TIME, "status") == ClockStatus.RELIABLE


def test_a_value_that_no_response_can_carry_gives_none(rig: Rig) -> None:
    rig.premises.esme.cosem.compute(o.TIME, "time", lambda: "noon")
    assert rig.send(command(rig.keystore, "ECS70", time_preset_adjusting_time=WITHIN)) == []
    assert items(rig.ask("ECS52")) == [(b"\0\0\0\1", 0)]


def test_parallel_commands_of_different_codes_may_come_out_of_order(rig: Rig) -> None:
    rig.ask("ECS70", 8, time_preset_adjusting_time=WITHIN)
    rig.ask("ECS44", 7)


def test_the_highest_counter_is_taken_once(rig: Rig) -> None:
    rig.ask("ECS44", 2**64 - 1)
    assert rig.send(command(rig.keystore, "ECS44", 2**64 - 1)) == []
