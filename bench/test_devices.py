"""Emulated devices: commands a second, a year of metering, an idle fleet."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bench.size import size
from devices.electricity.esme import Esme
from devices.metering import Load
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.cosem import objects as o
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.framing import Unwrapper, wrap
from gbcs.message import Cra, Message
from gbcs.roles import RemotePartyRole
from gbcs.security import protection
from gbcs.usecases.catalogue import USE_CASES
from smki.authority import PARTIES, TestAuthority, make_estate
from smki.keystore import Keystore

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HUB = Eui64.parse("00-00-5E-EF-20-00-00-01")
METER = Eui64.parse("00-00-5E-EF-20-00-00-02")
SUPPLIER = PARTIES[RemotePartyRole.SUPPLIER]
WRITES = 500
ROUNDS, WINDOW = size(5, 1), 32
FLEET, METER_0 = size(10_000, 100), int.from_bytes(METER, "big")
PAGE = os.sysconf("SC_PAGE_SIZE")


@pytest.fixture(scope="module")
def keys() -> Keystore:
    return make_estate(TestAuthority.create(NOW, random.Random(1)), devices=[HUB, METER])


def meter(keys: Keystore, store: Store | None = None, load: Load | None = None, eui: Eui64 = METER) -> Esme:
    anchors = TrustAnchors.from_keystore(keys, eui, DeviceType.ESME)
    return Esme(anchors, now=NOW, store=store, load=load or Load())


def critical_write(keys: Keystore, counter: int) -> bytes:
    write = USE_CASES["ECS38"]
    command = write.command(SUPPLIER, METER, counter, randomised_offset_limit=counter % 1799)
    return protection.protect(command, write.category, keys).encode()


@pytest.mark.parametrize("persistence", [False, True], ids=["in memory", "SQLite"])
def test_critical_register_writes(benchmark: Any, keys: Keystore, tmp_path: Path, persistence: bool) -> None:
    """Signed and MACed commands, checked, executed, and answered with a signature; no sockets in between."""
    commands = [critical_write(keys, counter) for counter in range(1, WRITES + 1)]
    names = count()

    def fresh() -> tuple[tuple[Esme], dict[str, Any]]:
        store = Store(tmp_path / f"{next(names)}.db", "bench") if persistence else Store()
        return (meter(keys, store),), {}

    def answer(esme: Esme) -> list[bytes]:
        return [octets for command in commands for octets in esme.receive(command, NOW)]

    answers = benchmark.pedantic(answer, setup=fresh, rounds=ROUNDS)
    assert [Message.decode(octets).cra for octets in answers] == [Cra.RESPONSE] * WRITES
    benchmark.extra_info["messages"] = WRITES


def test_a_year_of_half_hours(benchmark: Any, keys: Keystore) -> None:
    def fresh() -> tuple[tuple[Esme], dict[str, Any]]:
        return (meter(keys, load=Load(active_import=500, active_export=20)),), {}

    def year(esme: Esme) -> Esme:
        esme.advance(NOW + timedelta(days=365))
        return esme

    esme = benchmark.pedantic(year, setup=fresh, rounds=size(3, 1))
    assert len(esme.cosem.log(o.PROFILE_DATA_LOG_ACTIVE_IMPORT).read()) == 365 * 48


@pytest.mark.timeout(600)
def test_an_idle_fleet(benchmark: Any) -> None:
    """Ten thousand meters in one process, each with keys of its own, after half an hour: the memory of the whole."""
    euis = [Eui64((METER_0 + number).to_bytes(8, "big")) for number in range(FLEET)]
    keys = make_estate(TestAuthority.create(NOW, random.Random(1)), devices=euis)

    def start() -> list[Esme]:
        fleet = [meter(keys, eui=eui) for eui in euis]
        for esme in fleet:
            esme.advance(NOW + timedelta(minutes=30))
        return fleet

    fleet = benchmark.pedantic(start, rounds=1)
    assert len(fleet) == FLEET
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
    benchmark.extra_info["MiB in all"] = resident >> 20
    assert resident < 2**31


@pytest.mark.parametrize("persistence", [False, True], ids=["in memory", "SQLite"])
def test_critical_register_writes_through_processes(
    benchmark: Any, keys: Keystore, tmp_path: Path, persistence: bool
) -> None:
    """From a client over loopback TCP through a hub's process to a meter's and back, `WINDOW` commands under way."""
    state = ("--state", str(tmp_path / "meter.db")) if persistence else ()
    with Processes(tmp_path, keys, *state) as processes:
        counters = count(1)

        def fresh() -> tuple[tuple[list[bytes]], dict[str, Any]]:
            return ([wrap(critical_write(keys, next(counters))) for _ in range(WRITES)],), {}

        before = processes.meter_seconds()
        benchmark.pedantic(processes.ask, setup=fresh, rounds=ROUNDS)
        seconds = processes.meter_seconds() - before
    benchmark.extra_info["messages"] = WRITES
    benchmark.extra_info["a second of the meter's processor"] = round(ROUNDS * WRITES / seconds)


class Processes:
    """A hub and a meter, and a client of the hub."""

    def __init__(self, folder: Path, keys: Keystore, *arguments: str) -> None:
        keys.save(folder / "keys")
        self._started: list[subprocess.Popen[bytes]] = []
        hub = self._start("hub", folder, HUB, "--wan-port", "0", "--han-port", "0", "--device", str(METER))
        self._start("esme", folder, METER, "--hub", "{}:{}".format(*hub["han"]), *arguments)
        self._client = socket.create_connection(tuple(hub["wan"]))
        self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _start(self, name: str, folder: Path, eui: Eui64, *arguments: str) -> dict[str, Any]:
        """The ready line."""
        command = [sys.executable, "-m", "devices", name, "--eui", str(eui), "--keystore", str(folder / "keys")]
        with (folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, stderr=log)
        self._started.append(process)
        assert process.stdout
        fields: dict[str, Any] = json.loads(process.stdout.readline())
        return fields

    def ask(self, frames: list[bytes]) -> None:
        """Sends commands, and takes a response to each of them."""
        unwrapper, sent, answered = Unwrapper(), 0, 0
        while answered < len(frames):
            until = min(answered + WINDOW, len(frames))
            if until > sent:
                self._client.sendall(b"".join(frames[sent:until]))
                sent = until
            # Alerts of hub and meter come in between.
            messages = map(Message.decode, unwrapper.feed(self._client.recv(1 << 16)))
            answered += sum(message.cra is Cra.RESPONSE for message in messages)

    def meter_seconds(self) -> float:
        """Processor time of the meter so far."""
        fields = Path(f"/proc/{self._started[-1].pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        for process in self._started:
            process.terminate()
            assert process.wait(5) == 0
            assert process.stdout
            process.stdout.close()
