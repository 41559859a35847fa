"""One process of a fleet: some devices of some premises, their sockets, and a pipe to whoever started it.

What comes through the pipe are names of requests, ``figures`` and ``end``; what goes through it are their answers,
before them `READY` once every device has its hub, and `Failed` where the process cannot go on. It ends with the pipe.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

from devices.electricity.esme import Esme
from devices.fleet.plan import Plan
from devices.han.time import ServedTime
from devices.home.assembly import make_device, owner_of
from devices.home.process import PremisesProcess
from devices.link.faults import faults_from
from devices.processes.clock import AdjustableClock
from devices.processes.device import DeviceProcess
from devices.store import Store
from smki.keystore import open_keystore

logger = logging.getLogger(__name__)

READY, FIGURES, END = "ready", "figures", "end"
_HOST = "127.0.0.1"
#: Seconds between two looks whether all meters have their hub.
_LOOK = 0.05
#: Objects that are made, beyond those that are gone, until the collector looks for cycles.
_ALLOCATIONS = 50_000


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a process has ended by itself."""

    reason: str


@dataclass(frozen=True, slots=True)
class Share:
    """What one process runs.

    Attributes:
        name: of the process.
        premises: by their numbers.
        devices: which of each premises' devices: ``hub`` (with its gpf), ``esme``, ``sapc``.
        keyring: the file with their keys.
        ports: of each hub, WAN and HAN, by the number of the premises.
        started: the monotonic time at which the fleet's clock showed `Plan.clock`.
    """

    name: str
    plan: Plan
    premises: tuple[int, ...]
    devices: tuple[str, ...]
    keyring: Path
    ports: Mapping[int, tuple[int, int]]
    started: float

    def __str__(self) -> str:
        return self.name


def run(share: Share, pipe: Pipe, life: int) -> None:
    """The whole of a process; `life` counts how often it was started."""
    # The terminal's interrupt is for whoever started the process, and ends the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise_file_limit()
    _log(share)
    try:
        asyncio.run(_Worker(share, pipe, life).run())
    except Exception as error:
        logger.exception("ended")
        with suppress(OSError):
            pipe.send(Failed(_reason(error)))
        sys.exit(1)


def _reason(error: BaseException) -> str:
    """What went wrong; a group of tasks fails by the one that failed first."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error) or type(error).__name__


def raise_file_limit() -> None:
    """As many open files as the system allows this process."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _log(share: Share) -> None:
    if share.plan.logs is None:
        logging.disable(logging.CRITICAL)
        return
    share.plan.logs.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        filename=share.plan.logs / f"{share.name}.log",
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )


class _Worker:
    def __init__(self, share: Share, pipe: Pipe, life: int) -> None:
        self._share = share
        self._pipe = pipe
        self._life = life
        self._homes: list[PremisesProcess] = []
        self._meters: list[DeviceProcess] = []
        self._ended = asyncio.Event()

    async def run(self) -> None:
        share, plan = self._share, self._share.plan
        clock = AdjustableClock(plan.clock, plan.speed)
        if plan.clock is not None:
            clock.advance(timedelta(seconds=plan.speed * (time.monotonic() - share.started)))
        asyncio.get_running_loop().add_reader(self._pipe.fileno(), self._attend)
        with ExitStack() as stores:
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(each) async for each in self._devices(clock, stores)]
                running.append(tasks.create_task(self._tell_when_ready()))
                await self._ended.wait()
                for task in running:
                    task.cancel()

    async def _devices(self, clock: AdjustableClock, stores: ExitStack) -> AsyncIterator[Coroutine[Any, Any, None]]:
        """Everything that runs until it is cancelled."""
        share, plan, keys = self._share, self._share.plan, open_keystore(self._share.keyring)
        for number in share.premises:
            home = plan.home(number, separate=plan.separate, ports=share.ports[number], life=self._life)
            if "hub" in share.devices:
                mine = replace(home, devices=()) if plan.separate else home
                store = stores.enter_context(self._store(number, "premises", f"CHF {home.hub.eui}"))
                premises = PremisesProcess(mine, keys, clock, store)
                await premises.start()
                self._homes.append(premises)
                self._meters += premises.members.values()
                yield premises.run()
            for device in home.devices if plan.separate else ():
                if device.type in share.devices:
                    store = stores.enter_context(self._store(number, device.type, owner_of(device)))
                    hub_time = ServedTime()
                    meter = DeviceProcess(
                        make_device(device, keys, clock(), store, hub_time),
                        (_HOST, share.ports[number][1]),
                        clock,
                        poll=device.poll,
                        faults=faults_from(device.faults.rates, device.faults.seed),
                        ready=lambda: None,
                        time=hub_time,
                    )
                    self._meters.append(meter)
                    yield meter.run()
            await asyncio.sleep(0)  # those that are there associate meanwhile

    def _store(self, number: int, name: str, owner: str) -> Store:
        state = self._share.plan.state
        if state is None:
            return Store()
        folder = state / f"{number:05}"
        folder.mkdir(parents=True, exist_ok=True)
        return Store(folder / f"{name}.db", owner)

    async def _tell_when_ready(self) -> None:
        while not all(meter.is_connected for meter in self._meters):
            await asyncio.sleep(_LOOK)
        # What there is now stays: the collector need not go through thousands of devices again and again. Nor need it
        # come often, for what a message leaves goes without it.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_ALLOCATIONS)
        self._send(READY)

    def _attend(self) -> None:
        try:
            request = self._pipe.recv()
        except (EOFError, OSError):
            request = END
        if request == FIGURES:
            self._send(self._figures())
        else:
            asyncio.get_running_loop().remove_reader(self._pipe.fileno())
            self._ended.set()

    def _send(self, answer: Any) -> None:
        with suppress(OSError):
            self._pipe.send(answer)

    def _figures(self) -> dict[str, Any]:
        hubs = [home.hub for home in self._homes]
        links = [link for hub in hubs for link in (*hub.links, *hub.sessions)]
        sides = [side for home in self._homes for side in (home.hub_process.han_faults, home.hub_process.wan_faults)]
        return {
            "links": _sum(asdict(link.statistics) for link in [*links, *(meter.link for meter in self._meters)]),
            "faults": _sum(side.counts for side in [*sides, *(meter.faults for meter in self._meters)]),
            "balances": {
                meter.device.eui: meter.device.account.balance("meter_balance")
                for meter in self._meters
                if isinstance(meter.device, Esme)
            },
        }


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)
