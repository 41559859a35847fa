"""What scenarios are told with: time that passes, alerts that come, and the commands that many of them need."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from devices.cosem.server import CosemServer
from gbcs.cosem import objects as o
from gbcs.cosem.date_time import CosemDateTime
from gbcs.decoding import Decoded, decode
from gbcs.message import Cra
from gbcs.security import protection
from gbcs.usecases.access_list import AccessList
from gbcs.usecases.catalogue import USE_CASES
from tests.devices.rig import Rig, items

POUND = 100_000
MIDNIGHT = datetime(2026, 3, 15, tzinfo=UTC)
NOON = MIDNIGHT + timedelta(hours=12)


def set_clock(rig: Rig, counter: int = 1) -> Decoded:
    interval = {
        "validity_interval_start": rig.premises.now - timedelta(seconds=10),
        "validity_interval_end": rig.premises.now + timedelta(seconds=10),
    }
    return rig.ask("ECS70", counter, time_preset_adjusting_time=interval)


def pass_time(rig: Rig, by: timedelta) -> list[Decoded]:
    """The alerts that come while time passes, every one verified."""
    alerts = [decode(octets, rig.keystore) for octets in rig.premises.advance(by)]
    for alert in alerts:
        assert alert.category
        assert alert.message.cra is Cra.ALERT
        protection.verify(alert.message, alert.category, rig.keystore)
    return alerts


def until(rig: Rig, moment: datetime) -> list[Decoded]:
    return pass_time(rig, moment - rig.premises.now)


def cosem(rig: Rig) -> CosemServer:
    return rig.premises.esme.cosem


def alert_codes(alerts: Sequence[Decoded]) -> list[int]:
    return [alert.payload["alert_code"] for alert in alerts if alert.payload]


def results(answer: Decoded) -> list[int | None]:
    return [result for _, result in items(answer)]


def price(amount: int) -> dict[str, Any]:
    return {
        "charge_per_unit_scaling": {"commodity_scale": 3, "price_scale": -5},
        "commodity_reference": {"class_id": 3, "logical_name": "1-0:1.8.0.255", "attribute_index": 2},
        "charge_table": [{"index": b"\1", "charge_per_unit": amount}],
    }


def standing_charge(amount: int) -> dict[str, Any]:
    return {
        "charge_per_unit_scaling": {"commodity_scale": 0, "price_scale": -5},
        "commodity_reference": {"class_id": 0, "logical_name": "0-0:0.0.0.0", "attribute_index": 0},
        "charge_table": [{"index": b"", "charge_per_unit": amount}],
    }


def set_price(rig: Rig, amount: int, when: CosemDateTime, counter: int, *, standing: int = 0) -> Decoded:
    return rig.ask(
        "ECS01b",
        counter,
        standing_charge_unit_charge_passive=standing_charge(standing),
        tariff_block_price_matrix_tou_unit_charge_passive=price(amount),
        standing_charge_unit_charge_activation_time=when,
        tariff_block_price_matrix_tou_unit_charge_activation_time=when,
    )


def active_price(rig: Rig) -> int:
    matrix = cosem(rig).get(o.TARIFF_BLOCK_PRICE_MATRIX_TOU, "unit_charge_active")
    return int(matrix["charge_table"][0]["charge_per_unit"])


def present(rig: Rig, use_case: str, **values: Any) -> dict[str, Any]:
    """Values for every access of a command that writes: what is there already, but for those that are given."""
    form = USE_CASES[use_case].payload
    assert isinstance(form, AccessList)
    members = {access.name: access.member for access in form.accesses if access.name not in values}
    return {name: cosem(rig).get(member.object, member.name) for name, member in members.items()} | values


def activated(use_case: str, when: CosemDateTime) -> dict[str, CosemDateTime]:
    """All activation times of a command."""
    form = USE_CASES[use_case].payload
    assert isinstance(form, AccessList)
    names = [access.name for access in form.accesses]
    return {name: when for name in names if name.endswith(("_time", "_calendar_time")) and "activat" in name}
