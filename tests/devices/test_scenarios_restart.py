"""Scenario of a restart: what a device has been told, and what it has counted, is there when it comes back."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

import pytest

from devices.electricity.esme import Esme
from devices.metering import Load
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.cosem import objects as o
from gbcs.cosem.date_time import CosemDateTime
from gbcs.decoding import Decoded
from gbcs.device_type import DeviceType
from gbcs.prepayment import ValueClass, make_utrn, originator_counter
from gbcs.roles import KeyUse, RemotePartyRole
from smki.authority import TestAuthority
from smki.keystore import Keystore
from tests.devices.rig import LOAD_CONTROLLER, METER, NOW, STRANGER, SUPPLIER, Lone, cell, codes, command, items
from tests.devices.story import NOON, POUND, alert_codes, price, results, standing_charge

LOAD = 2000


def switched_on(keystore: Keystore, now: datetime, store: Store) -> Lone:
    anchors = TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME)
    meter = Lone(keystore, Esme(anchors, now=now, store=store, load=Load(active_import=LOAD)))
    meter.now = now
    return meter


def restarted(meter: Lone, after: timedelta) -> Lone:
    """The process is gone, and later there is another one with what its store had."""
    store = Store()
    store.update(meter.device.snapshot())
    again = switched_on(meter.keystore, meter.now + after, store)
    again.device.observers = meter.device.observers
    return again


def set_clock(meter: Lone, counter: int) -> Decoded:
    minute = timedelta(minutes=1)
    interval = {"validity_interval_start": meter.now - minute, "validity_interval_end": meter.now + minute}
    return meter.ask("ECS70", counter, time_preset_adjusting_time=interval)


def set_price(meter: Lone, amount: int, when: CosemDateTime, counter: int) -> Decoded:
    return meter.ask(
        "ECS01b",
        counter,
        standing_charge_unit_charge_passive=standing_charge(0),
        tariff_block_price_matrix_tou_unit_charge_passive=price(amount),
        standing_charge_unit_charge_activation_time=when,
        tariff_block_price_matrix_tou_unit_charge_activation_time=when,
    )


def active_price(meter: Lone) -> int:
    matrix = meter.device.cosem.get(o.TARIFF_BLOCK_PRICE_MATRIX_TOU, "unit_charge_active")
    return int(matrix["charge_table"][0]["charge_per_unit"])


def top_up(meter: Lone, counter: int) -> list[int | None]:
    digits = str(make_utrn(SUPPLIER, METER, counter, 1, ValueClass.POUNDS, meter.keystore)).encode()
    octets = command(meter.keystore, "CS01a", originator_counter(counter), prepayment_credit_enter=digits)
    return results(meter.send(octets)[0])


@pytest.fixture
def meter(keystore: Keystore) -> Lone:
    meter = switched_on(keystore, NOW, Store())
    set_clock(meter, 1)
    return meter


def test_nothing_is_forgotten(meter: Lone, authority: TestAuthority) -> None:
    keystore = meter.keystore
    esme = meter.device
    assert isinstance(esme, Esme)
    # It has been told several things, and refused others.
    other = authority.issue_organisation(STRANGER, RemotePartyRole.LOAD_CONTROLLER, KeyUse.DS)
    replacement: dict[str, Any] = {
        "replacement_certificate": other.certificate.der,
        "target_trust_anchor_cell": cell(RemotePartyRole.LOAD_CONTROLLER, KeyUse.DS),
    }
    meter.ask(
        "CS02g",
        1,
        message_code=0x0126,
        authorising_remote_party_control={
            "credentials_replacement_mode": 11,
            "authorising_remote_party_seq_number": 1,
            "other_remote_party_seq_number_changes": [
                {"remote_party_role": RemotePartyRole.LOAD_CONTROLLER, "floor_seq_number": 70}
            ],
        },
        replacements=[replacement],
        certification_path_certificates=[authority.organisation_ca.certificate.der],
    )
    meter.ask("CS03A1", 1, join_method_and_role=0, other_device_entity_identifier=STRANGER, other_device_type=4)
    assert top_up(meter, 7) == [0]
    meter.ask("ECS44", 5)
    (first,) = meter.send(command(keystore, "ECS10", 1, by=LOAD_CONTROLLER, supplier_message="no"))
    esme.firmware.distribute(b"image", b"\0\0\0\2")
    meter.until(NOW + timedelta(hours=1))
    logs = [list(log) for log in (esme.security_log, esme.event_log)]
    cells = dict(esme.anchors.cells)

    meter = restarted(meter, timedelta(hours=1))
    again = meter.device
    assert isinstance(again, Esme)
    assert [list(log) for log in (again.security_log, again.event_log)] == logs
    assert again.anchors.cells == cells
    assert again.replay.floor(RemotePartyRole.LOAD_CONTROLLER) == 70
    assert again.device_log.entries == {STRANGER: 4}
    assert again.account.balance("meter_balance") == POUND
    assert top_up(meter, 7) == [250]
    assert list(again.security_log)[-1].code == 0x8F51
    assert meter.send(command(keystore, "ECS44", 5)) == []
    assert list(again.security_log)[-1].code == 0x8F53
    registers = again.cosem.get(o.IMPORT_REGISTER_COLLECTION, "value")
    assert registers["active_import_value"] == LOAD, "an hour before it went off, and none while it was"
    digest = hashlib.sha256(b"image").digest()
    activation = meter.ask("CS06", 1, manufacturer_image_hash=digest, originator_counter=1)
    assert activation.payload
    assert activation.payload["execution_outcome"] == {"response_code": 0, "firmware_version": b"\0\0\0\2"}
    (second,) = meter.send(command(keystore, "ECS10", 2, by=LOAD_CONTROLLER, supplier_message="no"))
    assert second.message.originator_counter > first.message.originator_counter


def test_what_was_for_later_comes_at_its_time_whether_it_was_off_before_or_at_it(meter: Lone) -> None:
    set_price(meter, 15_000, CosemDateTime.of(NOON), 3)
    meter = restarted(meter, timedelta(hours=1))
    assert active_price(meter) == 0
    alerts = meter.until(NOON)
    assert (codes(alerts), active_price(meter)) == (["FDEIA-DLMS"] * 2, 15_000)
    later = NOON + timedelta(days=1)
    set_price(meter, 16_000, CosemDateTime.of(later), 4)
    meter = restarted(meter, timedelta(days=2))
    assert active_price(meter) == 15_000
    alerts = meter.until(meter.now)
    assert (alert_codes(alerts), active_price(meter)) == ([0x8F66] * 2, 16_000)
    told = [alert.payload["instruction"]["originator_counter"] for alert in alerts if alert.payload]
    assert told == [4, 4]
    # And once.
    meter = restarted(meter, timedelta(days=1))
    assert meter.until(meter.now + timedelta(days=1)) == []


def test_what_is_overdue_waits_for_a_clock_that_can_be_trusted(meter: Lone) -> None:
    set_price(meter, 15_000, CosemDateTime.of(NOON), 3)
    long_ago = {"validity_interval_start": NOW - timedelta(9), "validity_interval_end": NOW - timedelta(8)}
    assert items(meter.ask("ECS70", 2, time_preset_adjusting_time=long_ago))[-1] == (2, 0)
    meter = restarted(meter, timedelta(days=2))
    assert meter.until(meter.now + timedelta(minutes=1)) == []
    assert active_price(meter) == 0
    set_clock(meter, 3)
    assert alert_codes(meter.until(meter.now + timedelta(seconds=1))) == [0x8F66] * 2
    assert active_price(meter) == 15_000


def test_what_was_cancelled_before_a_restart_stays_cancelled(meter: Lone) -> None:
    set_price(meter, 15_000, CosemDateTime.of(NOON), 3)
    set_price(meter, 15_000, CosemDateTime.NEVER, 4)
    meter = restarted(meter, timedelta(hours=1))
    assert meter.until(NOON + timedelta(days=1)) == []
    assert active_price(meter) == 0
