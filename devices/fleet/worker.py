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
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from random import Random
from typing import Any

from devices.electricity.esme import Esme
from devices.fleet.members import Members
from devices.fleet.plan import Plan
from devices.hub.routing import Hub
from devices.link.faults import Faults, Rates
from devices.link.reliable import Link
from devices.processes.clock import AdjustableClock
from devices.processes.device import DeviceProcess
from devices.processes.hub import HubProcess
from smki.keystore import open_keystore

logger = logging.getLogger(__name__)

READY, FIGURES, END = "ready", "figures", "end"
_HOST = "127.0.0.1"


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

    @property
    def meters(self) -> tuple[str, ...]:
        """The devices that have a hub."""
        return tuple(device for device in self.devices if device != "hub")


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
        self._hubs: list[Hub[Any]] = []
        self._meters: list[DeviceProcess] = []
        self._faults: list[Faults] = []
        self._waiting = 0
        self._ended = asyncio.Event()

    async def run(self) -> None:
        share, plan = self._share, self._share.plan
        clock = AdjustableClock(plan.clock, plan.speed)
        if plan.clock is not None:
            clock.advance(timedelta(seconds=plan.speed * (time.monotonic() - share.started)))
        asyncio.get_running_loop().add_reader(self._pipe.fileno(), self._attend)
        with ExitStack() as stores:
            members = Members(plan, open_keystore(share.keyring), clock, stores)
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(each) async for each in self._devices(members, clock)]
                await self._ended.wait()
                for task in running:
                    task.cancel()

    async def _devices(self, members: Members, clock: AdjustableClock) -> Any:
        """Everything that runs until it is cancelled; hubs listen before anybody looks for them."""
        share = self._share
        self._waiting = len(share.meters) * len(share.premises)
        for number in share.premises if "hub" in share.devices else ():
            hub = members.hub(number)
            process = HubProcess(
                hub, clock, han_faults=self._side(share.plan.han), wan_faults=self._side(share.plan.wan)
            )
            await process.start(_HOST, *share.ports[number])
            self._hubs.append(hub)
            yield process.serve()
        for number in share.premises:
            for name in share.meters:
                meter = DeviceProcess(
                    members.meter(number, name),
                    (_HOST, share.ports[number][1]),
                    clock,
                    poll=share.plan.devices[name].get("poll"),
                    faults=self._side(share.plan.han),
                    ready=self._count_ready,
                )
                self._meters.append(meter)
                yield meter.run()
                await asyncio.sleep(0)  # those that are there associate meanwhile
        if not self._waiting:
            self._are_ready()

    def _are_ready(self) -> None:
        # What there is now stays: the collector need not go through thousands of devices again and again.
        gc.collect()
        gc.freeze()
        self._send(READY)

    def _side(self, rates: Rates) -> Faults:
        """Faults of one side of a link, by a seed that no other side has, and no other life of the process."""
        share = self._share
        seed = f"{share.plan.seed} {share.name} {self._life} {len(self._faults)}"
        faults = Faults(rates, Random(seed))  # noqa: S311 - not for keys
        self._faults.append(faults)
        return faults

    def _count_ready(self) -> None:
        self._waiting -= 1
        if not self._waiting:
            self._are_ready()

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
        links: Iterable[Link] = [link for hub in self._hubs for link in (*hub.links, *hub.sessions)]
        return {
            "links": _sum(asdict(link.statistics) for link in [*links, *(meter.link for meter in self._meters)]),
            "faults": _sum(faults.counts for faults in self._faults),
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
