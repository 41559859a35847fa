"""`devices esme` and `devices sapc`."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from devices.device import Device
from devices.han.time import ServedTime
from devices.home.assembly import make_device, owner_of
from devices.home.plan import DevicePlan, device_plan
from devices.link.faults import faults_from
from devices.processes import shell, stepping
from devices.processes.clock import AdjustableClock, clock_of
from devices.processes.control import OF_PROCESS, LinkFaults, controlled
from devices.processes.device import DeviceProcess
from devices.recorder import Record, recorder
from devices.store import Store
from smki.keystore import Keystore, open_keystore

if TYPE_CHECKING:
    from devices.control.plane import ControlPlane


def run(arguments: argparse.Namespace) -> int:
    clock = clock_of(arguments.clock, arguments.speed)
    plan = device_plan(arguments.command, vars(arguments))
    with (
        Store(arguments.state, owner_of(plan)) as store,
        recorder(arguments.record, clock) as record,
    ):
        time = ServedTime()
        make = partial(_device, plan, open_keystore(arguments.keystore), clock, store, time)
        process = _process(arguments, plan, make(), clock, record, time)
        record.event("start", device=process.device.device_type.value, eui=plan.eui.hex())
        process.device.observers.append(record)
        shell.run(_work(arguments, process, clock, record, make))
        process.device.advance(clock())
        record.event("stop")
    return 0


def _device(plan: DevicePlan, keystore: Keystore, clock: AdjustableClock, store: Store, hub_time: ServedTime) -> Device:
    return make_device(plan, keystore, clock(), store, hub_time)


def _process(
    arguments: argparse.Namespace,
    plan: DevicePlan,
    device: Device,
    clock: AdjustableClock,
    record: Record,
    hub_time: ServedTime,
) -> DeviceProcess:
    return DeviceProcess(
        device,
        arguments.hub,
        clock,
        lambda event, hub: record.event(event, hub=hub),
        install_code=plan.install_code,
        poll=plan.poll,
        faults=faults_from(plan.faults.rates, plan.faults.seed),
        time=hub_time,
    )


async def _work(
    arguments: argparse.Namespace,
    process: DeviceProcess,
    clock: AdjustableClock,
    record: Record,
    make: Callable[[], Device],
) -> None:
    async def work() -> None:
        steps = [stepping.attend(clock, process.advance, record.event)] if arguments.clock.stepped else []
        await asyncio.gather(process.run(), *steps)

    await controlled(work, arguments, process.addresses, partial(_plane, clock, process, make))


def _plane(clock: AdjustableClock, process: DeviceProcess, make: Callable[[], Device]) -> ControlPlane:
    from devices.control.plane import ControlPlane  # noqa: PLC0415 - its libraries are for those who want it

    def remake(_: Device) -> Device:
        process.succeed(make())
        return process.device

    return ControlPlane(
        {process.device.eui: process.device},
        clock,
        lambda *_: process.follow(),
        remake=remake,
        faults=LinkFaults(hub=process.faults),
        links=lambda: {"hub": process.is_connected},
        keep=OF_PROCESS,
    )
