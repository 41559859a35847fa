"""Registers under load."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.electricity.esme import Esme
from devices.electricity.supply import SupplyState
from devices.errors import DeviceError
from devices.metering import Load, household, netted, recorded, solar
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


def test_a_household_is_the_same_by_the_same_seed(keystore: Keystore) -> None:
    def used(seed: int) -> int:
        rig = Rig(keystore, load=household(seed))
        rig.premises.advance(timedelta(days=7))
        value: int = rig.premises.esme.cosem.get(o.IMPORT_REGISTER_COLLECTION, "value")["active_import_value"]
        return value

    assert used(1) == used(1) != used(2)
    assert 7 * 24 * 250 < used(1) < 7 * 24 * 2750


def exported(rig: Rig) -> int:
    value: int = rig.premises.esme.cosem.get(o.ACTIVE_EXPORT_REGISTER, "value")
    return value


def test_panels_export_by_day_and_more_in_june_by_the_same_seed(keystore: Keystore) -> None:
    panels = solar(3)

    def day(month: int) -> list[int]:
        midnight = datetime(2026, month, 21, tzinfo=UTC)
        return [panels(midnight + timedelta(minutes=30 * n)).active_export for n in range(48)]

    june, december = day(6), day(12)
    assert 0 < sum(december) < sum(june)
    assert (june[:6], december[:15]) == ([0] * 6, [0] * 15), "the sun is not up"
    assert max(june) == max(june[18:30]), "around noon"
    assert [solar(seed)(NOW) == panels(NOW) for seed in (3, 4)] == [True, False]
    rig = Rig(keystore, load=panels)
    rig.premises.advance(datetime(2026, 3, 16, tzinfo=UTC) - NOW)
    log = rig.premises.esme.cosem.log(o.PROFILE_DATA_LOG_EXPORT).read()
    assert sum(entry["dl_value"] for entry in log) == exported(rig) > 0


def test_generation_covers_use_first(keystore: Keystore) -> None:
    def used(moment: datetime) -> Load:
        del moment
        return Load(active_import=600, reactive_import=50, second_active_import=7)

    def made(moment: datetime) -> Load:
        return Load(active_export=1000 if moment >= NOW + timedelta(hours=1) else 200)

    both = netted(used, made)
    assert both(NOW) == Load(active_import=400, reactive_import=50, second_active_import=7)
    assert both(NOW + timedelta(hours=1)) == Load(active_export=400, reactive_import=50, second_active_import=7)


def test_a_household_with_panels_imports_and_exports_the_same_by_its_seeds(keystore: Keystore) -> None:
    def month() -> list[int]:
        rig = Rig(keystore, load=netted(household(1), solar(2)))
        rig.premises.advance(timedelta(days=30))
        imported: int = rig.premises.esme.cosem.get(o.IMPORT_REGISTER_COLLECTION, "value")["active_import_value"]
        return [imported, exported(rig)]

    first = month()
    assert first == month()
    assert 100_000 < first[0] < 600_000
    assert 50_000 < first[1] < 400_000


def test_a_recorded_load_is_that_of_its_last_line(keystore: Keystore, tmp_path: Path) -> None:
    path = tmp_path / "load.csv"
    path.write_text("time,active_import\n2026-03-14T16:00:00Z,1000\n2026-03-14T18:00:00Z,3000\n")
    rig = Rig(keystore, load=recorded(path))
    rig.premises.advance(NOW.replace(hour=19, minute=0, second=0) - NOW)
    assert rig.premises.esme.cosem.get(o.IMPORT_REGISTER_COLLECTION, "value")["active_import_value"] == 5000


@pytest.mark.parametrize(
    "lines",
    ["time,mood\n2026-03-14T16:00:00Z,1", "time,active_import\n2026-03-14T16:00:00,1", "active_import\n1",
     "time,active_import\n2026-03-14T16:00:00Z,a", "time,active_import\n2026-03-14T16:00:00Z"],
)  # fmt: skip
def test_a_file_that_is_no_load_is_told_with_its_line(tmp_path: Path, lines: str) -> None:
    path = tmp_path / "load.csv"
    path.write_text(lines)
    with pytest.raises(DeviceError, match="line 2"):
        recorded(path)
