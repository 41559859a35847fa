"""The state file."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from devices.electricity.esme import Esme
from devices.electricity.supply import SupplyState
from devices.errors import StoreError
from devices.metering import Load
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.cosem import objects as o
from gbcs.device_type import DeviceType
from smki.keystore import Keystore
from tests.devices.rig import METER, NETWORK_OPERATOR, NOW, command


def test_what_was_committed_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with Store(path, "meter") as store:
        store.update({"a": b"1", "b": b"\0" * 8, "c": b""})
        store.commit()
        del store["c"]
        store["a"] = b"2"
    with Store(path, "meter") as store:
        assert {name: store[name] for name in "ab"} == {"a": b"2", "b": b"\0" * 8}
        assert "c" not in store


def test_parts_have_their_own_names_and_one_commit(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with Store(path, "hub") as store:
        gas, meter = store.part("gas"), store.part("meter", "a meter")
        for number, each in enumerate((store, gas, meter)):
            each.update({"counter": bytes((number,)), "gone": b""})
        gas.commit()
        for each in (store, gas, meter):
            del each["gone"]
        meter.replace({"counter": b"new"})
        with meter:
            pass
        assert dict(gas) == {"counter": b"\1"}
        assert store.part("gas") is gas is meter.part("gas")
        copy = tmp_path / "copy"
        for name in ("", "-wal"):  # as a process that is killed leaves it
            (tmp_path / f"copy{name}").write_bytes((tmp_path / f"state{name}").read_bytes())
    for left in (path, copy):
        with Store(left, "hub") as store:
            assert dict(store) == {"owner": b"hub", "counter": b"\0"}
            assert dict(store.part("gas")) == {"counter": b"\1"}
            assert dict(store.part("meter", "a meter")) == {"owner": b"a meter", "counter": b"new"}
            with pytest.raises(StoreError, match="the state of a meter, not of a clock"):
                store.part("meter", "a clock")


def test_the_file_is_sqlite_in_write_ahead_mode(tmp_path: Path) -> None:
    with Store(tmp_path / "state", "meter"):
        assert (tmp_path / "state-wal").exists()
    with sqlite3.connect(tmp_path / "state") as file:
        assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    file.close()


def test_a_file_serves_one_owner_and_one_process(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with Store(path, "meter"), pytest.raises(StoreError, match="locked"):
        Store(path, "meter")
    with pytest.raises(StoreError, match="the state of meter, not of hub"):
        Store(path, "hub")


def test_what_is_no_state_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_bytes(b"certainly not a database" * 100)
    with pytest.raises(StoreError, match="state: "):
        Store(path, "meter")
    with pytest.raises(StoreError):
        Store(tmp_path / "missing" / "state", "meter")


def test_a_meter_goes_on_where_it_was(tmp_path: Path, keystore: Keystore) -> None:
    anchors = TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME)
    interval = {"validity_interval_start": NOW, "validity_interval_end": NOW + timedelta(days=1)}
    load = Load(active_export=1)
    with Store(tmp_path / "state", "meter") as store:
        esme = Esme(anchors, now=NOW, store=store, load=load, supply_state=SupplyState.DISABLED,
                    hub_time=lambda now: now + timedelta(seconds=3))  # fmt: skip
        esme.receive(command(keystore, "ECS10", supplier_message="Hello"), NOW)
        esme.receive(command(keystore, "ECS70", time_preset_adjusting_time=interval), NOW)
        esme.receive(command(keystore, "ECS44"), NOW)
        (alert,) = esme.receive(command(keystore, "ECS44", by=NETWORK_OPERATOR), NOW)
        esme.cosem.set(o.SUPPLY_STATE, "control_state", SupplyState.ENABLED)
        esme.advance(NOW + timedelta(minutes=59))
    later = NOW + timedelta(days=2)
    with Store(tmp_path / "state", "meter") as store:
        esme = Esme(anchors, now=later, store=store, load=load)
        assert esme.cosem.get(o.SUPPLIER_MESSAGE, "value") == "Hello"
        assert esme.cosem.get(o.TIME, "status") == 0
        assert esme.time == later + timedelta(seconds=3)
        assert esme.receive(command(keystore, "ECS44"), later) == []
        assert [entry.code for entry in esme.security_log] == [0x8F30, 0x8F53]
        (next_alert,) = esme.receive(command(keystore, "ECS44", by=NETWORK_OPERATOR), later)
        assert next_alert[3:11] == (int.from_bytes(alert[3:11], "big") + 1).to_bytes(8, "big")
        esme.advance(later + timedelta(minutes=1))
        assert esme.cosem.get(o.ACTIVE_EXPORT_REGISTER, "value") == 1, "the remainder was kept, the gap not measured"
