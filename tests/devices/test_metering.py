"""Registers under load."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from devices.esme import Esme
from devices.metering import Load
from devices.supply import SupplyState
from devices.trust_anchors import TrustAnchors
from devices.variant import Variant
from gbcs.cosem import objects as o
from gbcs.device_type import DeviceType
from smki.keystore import Keystore
from tests.devices.rig import METER, NOW, Rig


def registers(esme: Esme) -> list[int]:
    collection = esme.cosem.get(o.IMPORT_REGISTER_COLLECTION, "value")
    exported = [esme.cosem.get(item, "value") for item in (o.ACTIVE_EXPORT_REGISTER, o.REACTIVE_EXPORT_REGISTER)]
    names = ("active_import_value", "reactive_import_value", "second_active_import_value")
    return [collection[name] for name in names] + exported


@given(
    powers=st.tuples(*[st.integers(0, 30_000)] * 5),
    steps=st.lists(st.integers(0, 10**11), max_size=12),
)
def test_nothing_is_lost_however_time_is_cut(
    keystore: Keystore, powers: tuple[int, int, int, int, int], steps: list[int]
) -> None:
    anchors = TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME)
    active, reactive, second, exported, reactive_exported = powers
    load = Load(active, reactive, exported, reactive_exported, second)
    esme = Esme(anchors, now=NOW, variant=Variant.TWIN, load=load)
    now = NOW
    for step in steps:
        now += timedelta(microseconds=step)
        esme.advance(now)
    assert registers(esme) == [power * sum(steps) // 3_600_000_000 for power in powers]


def test_a_register_begins_again_after_its_last_value(keystore: Keystore) -> None:
    rig = Rig(keystore, load=Load(active_export=3))
    rig.premises.esme.cosem.set(o.ACTIVE_EXPORT_REGISTER, "value", 2**32 - 2)
    rig.premises.advance(timedelta(hours=1))
    assert rig.premises.esme.cosem.get(o.ACTIVE_EXPORT_REGISTER, "value") == 1


def test_nothing_flows_while_the_supply_is_off_or_time_goes_back(keystore: Keystore) -> None:
    rig = Rig(keystore, load=Load(active_export=10))
    esme = rig.premises.esme
    esme.cosem.set(o.SUPPLY_STATE, "control_state", SupplyState.ARMED)
    rig.premises.advance(timedelta(hours=5))
    rig.premises.advance(-timedelta(hours=2))
    assert esme.cosem.get(o.ACTIVE_EXPORT_REGISTER, "value") == 0
    esme.cosem.set(o.SUPPLY_STATE, "control_state", SupplyState.ENABLED)
    rig.premises.advance(timedelta(hours=1))
    assert esme.cosem.get(o.ACTIVE_EXPORT_REGISTER, "value") == 10


def test_the_load_may_change(keystore: Keystore) -> None:
    rig = Rig(keystore)
    rig.premises.advance(timedelta(hours=1))
    rig.premises.esme.metering.load = Load(active_export=200)
    rig.premises.advance(timedelta(minutes=15))
    assert rig.premises.esme.cosem.get(o.ACTIVE_EXPORT_REGISTER, "value") == 50
