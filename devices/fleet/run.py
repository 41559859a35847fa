"""A run of a fleet, from its plan to its report."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Coroutine, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from devices.fleet import report
from devices.fleet.driver import Driver
from devices.fleet.keys import Keyrings, make_keys
from devices.fleet.ledger import Entry, Outcome
from devices.fleet.plan import Order, Plan
from devices.fleet.processes import Processes, usage_of
from devices.fleet.progress import Progress
from devices.fleet.traffic import Traffic, adjusted
from devices.fleet.worker import raise_file_limit
from gbcs.decoding import decode
from gbcs.eui64 import Eui64
from smki.keystore import Keystore

#: Where commands are sent for a time: how many are built ahead for each hub, in multiples of the window.
_AHEAD = 4
_LOOK = 0.2
_BALANCE, _FIELD = Order("ECS82", "esme"), "meter_balance_current_credit_amount"
_T = TypeVar("_T")


def run(plan: Plan, progress: Progress) -> dict[str, Any]:
    """Starts a fleet, sends its commands and ends it; gives the report, whose ``ok`` says whether all is well.

    Raises:
        FleetError: a process did not start, or ended by itself.
        DeviceError, GbcsError: the plan's commands or devices are none.
        OSError: no room for files or sockets.
    """
    raise_file_limit()
    with tempfile.TemporaryDirectory(prefix="fleet-") as folder:
        if plan.kill and plan.state is None:
            plan = replace(plan, state=Path(folder, "state"))
        try:
            return asyncio.run(_until_told(_Run(plan, progress, Path(folder)).run()))
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
        finally:
            progress.end()


async def _until_told(work: Coroutine[Any, Any, _T]) -> _T:
    """Does some work; SIGTERM ends it in good order, as SIGINT does."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


class _Sent(NamedTuple):
    """All commands with their outcomes; the seconds that it took, of time, of the fleet's processors and of ours."""

    entries: list[Entry]
    seconds: float
    fleet: float
    driver: float


class _Run:
    def __init__(self, plan: Plan, progress: Progress, folder: Path) -> None:
        self._plan = plan
        self._progress = progress
        self._folder = folder
        # Meters that keep their state take no counter twice.
        self._first_counter = time.time_ns() // 1000 if plan.state else 1
        self._errors: Counter[str] = Counter()
        self._keys: Keystore
        self._traffic: Traffic

    async def run(self) -> dict[str, Any]:
        plan, begun = self._plan, time.monotonic()
        self._progress.show(f"keys of {plan.premises} premises")
        self._keys = make_keys(plan)
        self._traffic = Traffic(plan, self._keys, self._first_counter)
        async with Processes(plan, Keyrings(self._keys, self._folder)) as processes:
            await processes.start(lambda ready, all_: self._progress.show(f"{ready} of {all_} processes are ready"))
            return await _while_well(processes, self._drive(processes, begun))

    async def _drive(self, processes: Processes, begun: float) -> dict[str, Any]:
        async with Driver(self._plan, processes.wan_port, self._first_counter) as driver:
            return await self._all(processes, driver, time.monotonic() - begun)

    async def _all(self, processes: Processes, driver: Driver, started: float) -> dict[str, Any]:
        """Sends everything, checks what came of it, and reports."""
        plan = self._plan
        before = await self._balances(driver)
        sent = await self._send(driver, processes)
        await processes.ready()
        after = await self._balances(driver)
        await asyncio.sleep(plan.linger)
        figures, usage = await processes.figures(), processes.usage()
        self._progress.show("checking")
        failures, wrong = report.results(sent.entries, self._keys)
        held = {meter: balance for each in figures for meter, balance in each["balances"].items()}
        self._errors.update(wrong)
        self._errors.update(driver.ledger.errors)
        self._errors.update(report.balance_errors(before, report.amounts(sent.entries, failures), after, held))
        outcomes = Counter(entry.outcome for entry in sent.entries)
        if outcomes[Outcome.UNANSWERED]:
            self._errors["a command without response"] = outcomes[Outcome.UNANSWERED]
        clients = [client.link.statistics for client in driver.clients]
        return {
            "premises": plan.premises,
            "devices": plan.premises * len(plan.devices),
            "processes": len(processes),
            "start_seconds": round(started, 2),
            "seconds": round(sent.seconds, 2),
            "commands": len(sent.entries),
            "outcomes": {str(outcome): outcomes[outcome] for outcome in Outcome},
            "results": dict(Counter(failures.values())),
            "alerts": driver.ledger.alerts,
            "commands_per_second": round(outcomes[Outcome.ANSWERED] / sent.seconds, 1),
            "latency_ms": report.latencies(sent.entries),
            "memory_mib": {"fleet": usage.memory >> 20, "driver": usage_of(os.getpid()).memory >> 20},
            "cpu_seconds": {"fleet": round(sent.fleet, 2), "driver": round(sent.driver, 2)},
            "restarts": processes.restarts,
            "links": _sum([*map(asdict, clients), *(each["links"] for each in figures)]),
            "faults": _sum([*(each.faults.counts for each in driver.clients), *(each["faults"] for each in figures)]),
            "errors": dict(sorted(self._errors.items())),
            "ok": not self._errors and None not in outcomes,
        }

    async def _send(self, driver: Driver, processes: Processes) -> _Sent:
        """Sends all commands, and waits until each has its outcome."""
        plan, loop = self._plan, asyncio.get_running_loop()
        ahead = _AHEAD * plan.window * plan.addressed
        commands = self._traffic.take(ahead if plan.commands is None else plan.commands)
        begun, fleet, own = loop.time(), processes.usage().seconds, time.process_time()
        driver.put(commands)
        self._progress.end()
        stopped = asyncio.Event()
        tasks = [asyncio.create_task(self._show(driver, begun, stopped))]
        if plan.kill:
            tasks.append(asyncio.create_task(_kill(processes, plan.kill, stopped)))
        try:
            while plan.seconds and loop.time() < begun + plan.seconds:
                if 2 * driver.left < ahead:
                    driver.put(await asyncio.to_thread(self._traffic.take, ahead))
                await asyncio.sleep(_LOOK / 4)
            if plan.seconds:
                driver.drop()
            entries = await driver.done()
            seconds = loop.time() - begun
        finally:
            # Whoever is killed just now comes back before anything else happens.
            stopped.set()
            await asyncio.gather(*tasks)
        return _Sent(entries, seconds, processes.usage().seconds - fleet, time.process_time() - own)

    async def _balances(self, driver: Driver) -> dict[Eui64, int]:
        """What every meter says that its balance is, where commands adjust balances."""
        if not adjusted(self._plan):
            return {}
        driver.put(self._traffic.make((number, _BALANCE) for number in range(self._plan.premises)))
        balances = {}
        for entry in await driver.done():
            if entry.outcome is Outcome.ANSWERED:
                payload: Mapping[str, Any] = decode(entry.answer, self._keys).payload or {}
                balances[entry.command.recipient] = int(payload[_FIELD])
            else:
                self._errors["a balance that could not be read"] += 1
        return balances

    async def _show(self, driver: Driver, begun: float, stopped: asyncio.Event) -> None:
        loop, plan = asyncio.get_running_loop(), self._plan
        while not await _happens(stopped, _LOOK):
            ended, seconds = driver.ended, loop.time() - begun
            wanted = f"in {seconds:.0f} of {plan.seconds:g} s" if plan.seconds else f"of {plan.commands:,}"
            wrong = driver.ledger.unanswered + sum(driver.ledger.errors.values())
            self._progress.show(f"{ended:,} commands {wanted}, {ended / seconds:,.0f}/s, {wrong} errors")


async def _kill(processes: Processes, every: float, stopped: asyncio.Event) -> None:
    while not await _happens(stopped, every):
        await processes.kill_two()


async def _happens(event: asyncio.Event, within: float) -> bool:
    """Waits for an event, but no longer than so many seconds; gives whether it has happened."""
    try:
        await asyncio.wait_for(event.wait(), within)
    except TimeoutError:
        return False
    return True


async def _while_well(processes: Processes, work: Awaitable[_T]) -> _T:
    """The outcome of some work, unless a process ends by itself meanwhile."""
    task = asyncio.ensure_future(work)
    waited: set[asyncio.Future[Any]] = {task, processes.failure}
    try:
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            processes.failure.result()
    finally:
        task.cancel()
        await asyncio.wait({task})
    return task.result()


def _sum(counts: list[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)
