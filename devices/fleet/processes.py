"""The processes of a fleet: started by a fork server, asked for figures, killed and started again, ended in order."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from devices.errors import DeviceError
from devices.fleet import worker
from devices.fleet.keys import Keyrings
from devices.fleet.plan import Plan
from devices.fleet.worker import Failed, Share

#: What the fork server imports once for all processes.
_PRELOADED = ("devices.fleet.preload",)
_HOST = "127.0.0.1"
#: Ports that the system gives to nobody by itself, so that a hub finds its own again.
_FIRST_PORT, _PAST_PORTS = 10_000, 32_768
_ENDS_WITHIN = 20.0
_ANSWERS_WITHIN = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


class FleetError(DeviceError):
    """A process of the fleet that did not start, or ended by itself; says which and why."""


class Usage(NamedTuple):
    """What processes take: seconds of processors, and octets of memory by proportional share (PSS)."""

    seconds: float = 0.0
    memory: int = 0


@dataclass(slots=True)
class _Member:
    """One process in all its lives."""

    share: Share
    process: ForkServerProcess
    pipe: Pipe
    lives: int = 1
    is_ready: asyncio.Event = field(default_factory=asyncio.Event)
    answers: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)
    #: It is being killed, or has been told to end.
    is_leaving: bool = False


class Processes:
    """The processes of a fleet; leaving the context ends them.

    Attributes:
        restarts: how many were killed and started again, by kind: ``hub``, ``meter``, ``shared``.
    """

    def __init__(self, plan: Plan, keyrings: Keyrings) -> None:
        self.restarts: dict[str, int] = {}
        self._plan = plan
        self._keyrings = keyrings
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([*_PRELOADED])
        self._members: list[_Member] = []
        self._random = random.Random(f"kills {plan.seed}")  # noqa: S311 - not for keys
        #: Processor time of lives that have ended.
        self._spent = 0.0
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for member in self._members:
            member.is_leaving = True
            with suppress(OSError):
                member.pipe.send(worker.END)
        try:
            async with asyncio.timeout(_ENDS_WITHIN):
                for member in self._members:
                    await _ended(member.process)
        except TimeoutError:
            for member in self._members:
                member.process.kill()
        for member in self._members:
            self._forget(member)
        if self._failure.done():
            self._failure.exception()

    @property
    def failure(self) -> asyncio.Future[None]:
        """Done, with a `FleetError`, once a process has ended by itself."""
        return self._failure

    def wan_port(self, number: int) -> int:
        """The WAN port of a hub, by the number of its premises."""
        return self._ports[number][0]

    async def start(self, progress: Callable[[int, int], None]) -> None:
        """Starts all, and waits until every device has its hub; `progress` is told how many processes are ready.

        Raises:
            FleetError: one is not ready in time, or has ended.
        """
        free = _free_ports()
        self._ports = {number: (next(free), next(free)) for number in range(self._plan.premises)}
        started = time.monotonic()
        for share in self._shares(started):
            self._members.append(self._launch(share))
            await asyncio.sleep(0)
        await self.ready(progress)

    async def ready(self, progress: Callable[[int, int], None] = lambda *_: None) -> None:
        """Waits until every device has its hub; raises as `start`."""
        for done, member in enumerate(self._members):
            progress(done, len(self._members))
            await self._while_well(member.is_ready.wait(), f"{member.share} is not ready", self._plan.start)
        progress(len(self._members), len(self._members))

    async def figures(self) -> list[dict[str, Any]]:
        """What each process has counted in its present life, and what its meters hold."""
        for member in self._members:
            member.pipe.send(worker.FIGURES)
        return [
            await self._while_well(member.answers.get(), f"{member.share} tells no figures", _ANSWERS_WITHIN)
            for member in self._members
        ]

    async def kill_two(self) -> None:
        """Kills a hub's process and a meter's, or one that is shared, and starts them again."""
        kinds: dict[str, list[_Member]] = {}
        for member in self._members:
            if member.is_ready.is_set():
                kinds.setdefault(_kind(member.share, self._plan), []).append(member)
        for kind, members in kinds.items():
            await self._restart(self._random.choice(members))
            self.restarts[kind] = self.restarts.get(kind, 0) + 1

    def usage(self) -> Usage:
        """Of all processes but this one, the fork server included; memory as it is now."""
        pids = [member.process.pid for member in self._members if member.process.pid]
        server = getattr(_fork_server(), "_forkserver_pid", None)
        measured = [usage_of(pid) for pid in (*pids, *([server] if server else []))]
        return Usage(self._spent + sum(each.seconds for each in measured), sum(each.memory for each in measured))

    def __len__(self) -> int:
        return len(self._members)

    def _shares(self, started: float) -> Iterator[Share]:
        plan, everybody = self._plan, tuple(name for name in self._plan.devices if name != "gpf")
        parts: list[tuple[tuple[int, ...], tuple[str, ...], str]]
        if plan.separate:
            parts = [
                ((number,), (name,), f"{name}-{number:05}") for number in range(plan.premises) for name in everybody
            ]
        else:
            count = min(plan.processes, plan.premises)
            parts = [(tuple(range(at, plan.premises, count)), everybody, f"worker-{at}") for at in range(count)]
        for numbers, names, label in parts:
            inside = [*names, *(["gpf"] if "gpf" in plan.devices and "hub" in names else [])]
            ring = self._keyrings.write(label, [plan.eui(number, name) for number in numbers for name in inside])
            yield Share(label, plan, numbers, names, ring, {number: self._ports[number] for number in numbers}, started)

    def _launch(self, share: Share, former: _Member | None = None) -> _Member:
        near, far = self._context.Pipe()
        life = former.lives + 1 if former else 1
        process = self._context.Process(target=worker.run, args=(share, far, life), name=share.name, daemon=True)
        process.start()
        far.close()
        if former:
            member = former
            member.process, member.pipe, member.lives, member.is_leaving = process, near, life, False
        else:
            member = _Member(share, process, near)
        asyncio.get_running_loop().add_reader(near.fileno(), self._attend, member)
        return member

    async def _restart(self, member: _Member) -> None:
        member.is_leaving = True
        member.is_ready.clear()
        if member.process.pid:
            self._spent += usage_of(member.process.pid).seconds
        member.process.kill()
        await _ended(member.process)
        self._forget(member)
        self._launch(member.share, member)

    def _forget(self, member: _Member) -> None:
        asyncio.get_running_loop().remove_reader(member.pipe.fileno())
        member.pipe.close()
        member.process.join()
        member.process.close()

    def _attend(self, member: _Member) -> None:
        try:
            told = member.pipe.recv()
        except (EOFError, OSError):
            asyncio.get_running_loop().remove_reader(member.pipe.fileno())
            told = Failed("has ended without a word")
        if told == worker.READY:
            member.is_ready.set()
        elif not isinstance(told, Failed):
            member.answers.put_nowait(told)
        elif not member.is_leaving and not self._failure.done():
            self._failure.set_exception(FleetError(f"{member.share}: {told.reason}"))

    async def _while_well(self, waited: Any, what: str, seconds: float) -> Any:
        """What is waited for, unless a process fails or time is up."""
        task = asyncio.ensure_future(waited)
        done, _ = await asyncio.wait({task, self._failure}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if task in done:
            return task.result()
        task.cancel()
        if self._failure in done:
            self._failure.result()
        raise FleetError(f"{what} within {seconds:g} s")


def _kind(share: Share, plan: Plan) -> str:
    return "shared" if not plan.separate else "hub" if "hub" in share.devices else "meter"


def _fork_server() -> object:
    from multiprocessing import forkserver  # noqa: PLC0415 - its one instance says which process it is

    return forkserver._forkserver


async def _ended(process: ForkServerProcess) -> None:
    """Waits until a process has ended."""
    if process.exitcode is not None:
        return
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(process.sentinel, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(process.sentinel)


def _free_ports() -> Iterator[int]:
    """Ports on which nobody listens, from one at random on."""
    ports = range(_FIRST_PORT, _PAST_PORTS)
    start = random.SystemRandom().randrange(len(ports))
    for port in (*ports[start:], *ports[:start]):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((_HOST, port))
            except OSError:
                continue
        yield port


def usage_of(pid: int) -> Usage:
    """What one process takes; nothing where it has gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return Usage()
    memory = next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)
    return Usage((int(fields[11]) + int(fields[12])) / _TICKS, memory << 10)
