"""Emulated devices: commands a second, a year of metering, an idle fleet."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from devices.electricity.esme import Esme
from devices.metering import Load
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.cosem import objects as o
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.message import Cra, Message
from gbcs.roles import RemotePartyRole
from gbcs.security import protection
from gbcs.usecases.catalogue import USE_CASES
from smki.authority import PARTIES, TestAuthority, make_estate
from smki.keystore import Keystore

NOW = datetime(2026, 1, 1, tzinfo=UTC)
METER = Eui64.parse("00-00-5E-EF-20-00-00-02")
SUPPLIER = PARTIES[RemotePartyRole.SUPPLIER]
WRITES = 500
FLEET = 1000
PAGE = os.sysconf("SC_PAGE_SIZE")


@pytest.fixture(scope="module")
def keys() -> Keystore:
    return make_estate(TestAuthority.create(NOW, random.Random(1)), devices=[METER])


def meter(keys: Keystore, store: Store | None = None, load: Load | None = None) -> Esme:
    anchors = TrustAnchors.from_keystore(keys, METER, DeviceType.ESME)
    return Esme(anchors, now=NOW, store=store, load=load or Load())


@pytest.mark.parametrize("persistence", [False, True], ids=["in memory", "SQLite"])
def test_critical_register_writes(benchmark: Any, keys: Keystore, tmp_path: Path, persistence: bool) -> None:
    """Signed and MACed commands, checked, executed, and answered with a signature; no sockets in between."""
    write = USE_CASES["ECS38"]
    commands = [
        protection.protect(
            write.command(SUPPLIER, METER, counter, randomised_offset_limit=counter % 1799), write.category, keys
        ).encode()
        for counter in range(1, WRITES + 1)
    ]
    names = count()

    def fresh() -> tuple[tuple[Esme], dict[str, Any]]:
        store = Store(tmp_path / f"{next(names)}.db", "bench") if persistence else Store()
        return (meter(keys, store),), {}

    def answer(esme: Esme) -> list[bytes]:
        return [octets for command in commands for octets in esme.receive(command, NOW)]

    answers = benchmark.pedantic(answer, setup=fresh, rounds=5)
    assert [Message.decode(octets).cra for octets in answers] == [Cra.RESPONSE] * WRITES
    benchmark.extra_info["messages"] = WRITES


def test_a_year_of_half_hours(benchmark: Any, keys: Keystore) -> None:
    def fresh() -> tuple[tuple[Esme], dict[str, Any]]:
        return (meter(keys, load=Load(active_import=500, active_export=20)),), {}

    def year(esme: Esme) -> Esme:
        esme.advance(NOW + timedelta(days=365))
        return esme

    esme = benchmark.pedantic(year, setup=fresh, rounds=3)
    assert len(esme.cosem.log(o.PROFILE_DATA_LOG_ACTIVE_IMPORT).read()) == 365 * 48


def test_an_idle_fleet(benchmark: Any, keys: Keystore) -> None:
    """Memory of a meter, from what a thousand take."""
    resident = Path("/proc/self/statm")
    before = int(resident.read_text().split()[1])
    fleet = benchmark.pedantic(lambda: [meter(keys) for _ in range(FLEET)], rounds=1)
    grown = (int(resident.read_text().split()[1]) - before) * PAGE
    benchmark.extra_info["octets a meter"] = grown // len(fleet)
    assert grown // len(fleet) < 2**31 // 10_000
