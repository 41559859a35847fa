"""A run of a fleet, from its plan to its report."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Coroutine, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

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

#: Where commands are sent for a time: how many are built ahead for each of the premises, in multiples of the window.
_AHEAD = 4
_LOOK = 0.2
_MIB = 1 << 20
_BALANCE, _FIELD = Order("ECS82", "esme"), "meter_balance_current_credit_amount"
_T = TypeVar("_T")


def run(plan: Plan, progress: Progress) -> dict[str, Any]:
    """Starts a fleet, sends its commands and ends it; gives the report, whose ``ok`` says whether all is well.

    Raises:
        FleetError: a process did not start, or ended by itself.
        DeviceError: the plan's commands or devices are none.
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


async def _until_told(work: Coroutine[Any, Any, _T]) -> _T:
    """Does some work; SIGTERM ends it in good order, as SIGINT does."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


class _Run:
    def __init__(self, plan: Plan, progress: Progress, folder: Path) -> None:
        self._plan = plan
        self._progress = progress
        self._folder = folder
        # Meters that keep their state take no counter twice.
        self._first_counter = time.time_ns() // 1000 if plan.state else 1
        self._errors: Counter[str] = Counter()

    async def run(self) -> dict[str, Any]:
        plan, begun = self._plan, time.monotonic()
        self._progress.show(f"keys of {plan.premises} premises")
        keys = make_keys(plan)
        traffic = Traffic(plan, keys, self._first_counter)
        async with Processes(plan, Keyrings(keys, self._folder)) as processes:
            await processes.start(lambda ready, all_: self._progress.show(f"{ready} of {all_} processes are ready"))
            async with Driver(plan, processes.wan_port, self._first_counter) as driver:
                started = time.monotonic() - begun
                before = await self._balances(driver, traffic, processes, keys)
                before_cpu, before_own = processes.usage().seconds, time.process_time()
                entries, seconds = await self._while_well(processes, self._traffic(driver, traffic, processes))
                cpu, own = processes.usage().seconds - before_cpu, time.process_time() - before_own
                self._progress.show("checking")
                await self._while_well(processes, processes.ready())
                after = await self._balances(driver, traffic, processes, keys)
                await self._while_well(processes, asyncio.sleep(plan.linger))
                figures = await processes.figures()
                memory = processes.usage().memory
                ledger, links = driver.ledger, [asdict(client.link.statistics) for client in driver.clients]
                faults = [client.faults.counts for client in driver.clients]
        self._progress.end()
        failures, wrong = report.results(entries, keys)
        self._errors.update(wrong)
        self._errors.update(ledger.errors)
        held = {meter: balance for each in figures for meter, balance in each["balances"].items()}
        self._errors.update(report.balance_errors(before, report.amounts(entries, failures), after, held))
        outcomes = Counter(entry.outcome for entry in entries)
        self._errors["a command without response"] += outcomes[Outcome.UNANSWERED]
        errors = {kind: count for kind, count in sorted(self._errors.items()) if count}
        return {
            "premises": plan.premises,
            "devices": plan.premises * len(plan.devices),
            "processes": len(processes),
            "start_seconds": round(started, 2),
            "seconds": round(seconds, 2),
            "commands": len(entries),
            "outcomes": {str(outcome): outcomes[outcome] for outcome in Outcome},
            "results": dict(Counter(failures.values())),
            "alerts": ledger.alerts,
            "commands_per_second": round(outcomes[Outcome.ANSWERED] / seconds, 1),
            "latency_ms": report.latencies(entries),
            "memory_mib": {"fleet": memory // _MIB, "driver": usage_of(os.getpid()).memory // _MIB},
            "cpu_seconds": {"fleet": round(cpu, 2), "driver": round(own, 2)},
            "restarts": processes.restarts,
            "links": _sum([*links, *(each["links"] for each in figures)]),
            "faults": _sum([*faults, *(each["faults"] for each in figures)]),
            "errors": errors,
            "ok": not errors and sum(outcomes[each] for each in Outcome) == len(entries),
        }

    async def _traffic(self, driver: Driver, traffic: Traffic, processes: Processes) -> tuple[list[Entry], float]:
        """Sends all commands; gives them, and the seconds from the first of them to the last outcome."""
        plan, loop = self._plan, asyncio.get_running_loop()
        ahead = _AHEAD * plan.window * plan.premises
        commands = traffic.take(ahead if plan.commands is None else plan.commands)
        begun = loop.time()
        driver.put(commands)
        del commands
        tasks = [asyncio.create_task(self._show(driver, begun))]
        if plan.kill:
            tasks.append(asyncio.create_task(_kill(processes, plan.kill)))
        try:
            while plan.seconds and loop.time() < begun + plan.seconds:
                if 2 * driver.left < ahead:
                    driver.put(await asyncio.to_thread(traffic.take, ahead))
                await asyncio.sleep(_LOOK / 4)
            if plan.seconds:
                driver.drop()
            entries = await driver.done()
            return entries, loop.time() - begun
        finally:
            for task in tasks:
                task.cancel()
            for done in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(done, Exception):
                    raise done

    async def _balances(
        self, driver: Driver, traffic: Traffic, processes: Processes, keys: Keystore
    ) -> dict[Eui64, int]:
        """What every meter says that its balance is, where commands adjust balances."""
        if not adjusted(self._plan):
            return {}
        driver.put(traffic.make((number, _BALANCE) for number in range(self._plan.premises)))
        entries = await self._while_well(processes, driver.done())
        balances = {}
        for entry in entries:
            if entry.outcome is Outcome.ANSWERED:
                payload: Mapping[str, Any] = decode(entry.answer, keys).payload or {}
                balances[entry.command.recipient] = int(payload[_FIELD])
            else:
                self._errors["a balance that could not be read"] += 1
        return balances

    async def _show(self, driver: Driver, begun: float) -> None:
        loop, plan = asyncio.get_running_loop(), self._plan
        while True:
            await asyncio.sleep(_LOOK)
            ended, seconds = driver.ended, loop.time() - begun
            wanted = f"of {plan.commands:,}" if plan.seconds is None else f"in {seconds:.0f} of {plan.seconds:g} s"
            errors = sum(driver.ledger.errors.values())
            self._progress.show(f"{ended:,} commands {wanted}, {ended / seconds:,.0f}/s, {errors} errors")

    async def _while_well(self, processes: Processes, work: Awaitable[_T]) -> _T:
        """The outcome of some work, unless a process ends by itself meanwhile."""
        task = asyncio.ensure_future(work)
        waited: set[asyncio.Future[Any]] = {task, processes.failure}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
            processes.failure.result()
        return task.result()


async def _kill(processes: Processes, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        await processes.kill_two()


def _sum(counts: Sequence[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)
