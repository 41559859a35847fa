"""Links: what a message costs beside a plain write to the store, and messages a second through hub and meter."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bench.size import size
from devices.electricity.esme import Esme
from devices.hub.chf import Chf
from devices.hub.routing import Hub
from devices.link.reliable import Link
from devices.processes.client import WanClient
from devices.processes.connection import Connection
from devices.processes.device import DeviceProcess
from devices.processes.hub import HubProcess
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.roles import RemotePartyRole
from gbcs.security import protection
from gbcs.usecases.catalogue import USE_CASES
from smki.authority import PARTIES, TestAuthority, make_estate
from smki.keystore import Keystore

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HUB = Eui64.parse("00-00-5E-EF-20-00-00-01")
METER = Eui64.parse("00-00-5E-EF-20-00-00-02")
SUPPLIER = PARTIES[RemotePartyRole.SUPPLIER]
MESSAGE = bytes(200)
MESSAGES = size(1000, 100)
COMMANDS = size(300, 50)
#: Commands under way at a time.
AT_A_TIME = 32

PERSISTENCE = pytest.mark.parametrize("persistence", [False, True], ids=["in memory", "SQLite"])


@pytest.fixture(scope="module")
def keys() -> Keystore:
    return make_estate(TestAuthority.create(NOW, random.Random(1)), devices=[HUB, METER])


class Stores:
    """Fresh stores, in memory or in files."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._names = count()

    def __call__(self) -> Store:
        return Store(self._folder / f"{next(self._names)}.db", "bench") if self._folder else Store()


@PERSISTENCE
def test_plain_writes(benchmark: Any, tmp_path: Path, persistence: bool) -> None:
    """What the two stores of a link would cost without one: a message written and committed in either."""
    stores = Stores(tmp_path if persistence else None)

    def write(ends: tuple[Store, Store]) -> None:
        for number in range(MESSAGES):
            for store in ends:
                store[f"message/{number}"] = MESSAGE
                store.commit()

    benchmark.pedantic(write, setup=lambda: (((stores(), stores()),), {}), rounds=size(5, 1))
    benchmark.extra_info["messages"] = MESSAGES


@PERSISTENCE
def test_messages_over_a_link(benchmark: Any, tmp_path: Path, persistence: bool) -> None:
    """From store to store, one message at a time, each committed at both ends, acknowledged and forgotten."""
    stores = Stores(tmp_path if persistence else None)

    def fresh() -> tuple[tuple[Link, Link], dict[str, Any]]:
        near, far = Link(stores(), "link"), Link(stores(), "link")
        for link in (near, far):
            link.connect()
        return (near, far), {}

    def carry(near: Link, far: Link) -> int:
        taken = 0

        def take(_: bytes) -> bool:
            nonlocal taken
            taken += 1
            return True

        for _ in range(MESSAGES):
            near.send(MESSAGE)
            _pump(near, far, take)
        return taken

    assert benchmark.pedantic(carry, setup=fresh, rounds=size(5, 1)) == MESSAGES
    benchmark.extra_info["messages"] = MESSAGES


def _pump(near: Link, far: Link, take: Callable[[bytes], bool]) -> None:
    busy = True
    while busy:
        busy = False
        for link, other in ((near, far), (far, near)):
            for frame in link.frames(0.0):
                other.receive(frame, take)
                busy = True


@pytest.mark.parametrize("name", [None, b"bench..1"], ids=["plain", "confirmed"])
@PERSISTENCE
def test_writes_through_hub_and_meter(
    benchmark: Any, keys: Keystore, tmp_path: Path, persistence: bool, name: bytes | None
) -> None:
    """Critical writes over loopback TCP: client, hub and meter in one process, on one core."""
    logging.disable(logging.WARNING)
    stores = Stores(tmp_path if persistence else None)
    write = USE_CASES["ECS38"]
    commands = [
        protection.protect(
            write.command(SUPPLIER, METER, counter, randomised_offset_limit=1), write.category, keys
        ).encode()
        for counter in range(1, COMMANDS + 1)
    ]

    async def run() -> float:
        chf = Chf(TrustAnchors.from_keystore(keys, HUB, DeviceType.CHF), now=NOW, store=stores())
        chf.han.whitelist(METER)
        hub: HubProcess = HubProcess(Hub[Connection](chf), lambda: NOW)
        at = await hub.start("127.0.0.1", 0, 0)
        esme = Esme(TrustAnchors.from_keystore(keys, METER, DeviceType.ESME), now=NOW, store=stores())
        ready = asyncio.Event()
        meter = DeviceProcess(esme, at["han"], lambda: NOW, ready=ready.set)
        tasks = [asyncio.create_task(hub.serve()), asyncio.create_task(meter.run())]
        await ready.wait()
        gate = asyncio.Semaphore(AT_A_TIME)

        async def ask(client: WanClient, command: bytes) -> None:
            async with gate:
                await client.ask(command)

        async with WanClient(at["wan"], name) as client:
            start = asyncio.get_running_loop().time()
            await asyncio.gather(*(ask(client, command) for command in commands))
            taken = asyncio.get_running_loop().time() - start
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return taken

    times: list[float] = []
    benchmark.pedantic(lambda: times.append(asyncio.run(run())), rounds=size(3, 1))
    logging.disable(logging.NOTSET)
    benchmark.extra_info["commands/s"] = round(COMMANDS / min(times))
