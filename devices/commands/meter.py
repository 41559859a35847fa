"""`devices esme` and `devices sapc`."""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, Any

import devices
from devices.device import Device
from devices.electricity.metered import ElectricityDevice
from devices.errors import DeviceError
from devices.han.install_code import InstallCode
from devices.link.faults import faults_from
from devices.metering import Load
from devices.metering.named import combine
from devices.processes import shell, stepping
from devices.processes.clock import AdjustableClock
from devices.processes.control import LinkFaults, controlled
from devices.processes.device import DeviceProcess
from devices.recorder import Record, recorder
from devices.store import Store

if TYPE_CHECKING:
    from devices.control.plane import ControlPlane

#: Arguments of `devices.esme` and `devices.sapc` that go by the same name here.
_SAME = ("keystore", "eui", "supplier", "state", "seed")

#: What the link to the hub keeps in the device's store.
_OF_PROCESS = ("link/", "han/")


def run(arguments: argparse.Namespace) -> int:
    timing = arguments.clock
    if timing.stepped and arguments.speed:
        raise DeviceError("a stepped clock has no speed")
    clock = AdjustableClock(timing.start, 0 if timing.stepped else arguments.speed or timing.speed or 1)
    device = _device(arguments, clock)
    with device.store, recorder(arguments.record, clock) as record:
        process = _process(arguments, device, clock, record)
        device.observers.append(record)
        record.event("start", device=device.device_type.value, eui=device.eui.hex())
        shell.run(_work(arguments, process, clock, record))
        process.device.advance(clock())
        record.event("stop")
    return 0


def _process(
    arguments: argparse.Namespace, device: ElectricityDevice, clock: AdjustableClock, record: Record
) -> DeviceProcess:
    return DeviceProcess(
        device,
        arguments.hub,
        clock,
        lambda event, hub: record.event(event, hub=hub),
        install_code=InstallCode.parse(arguments.install_code) if arguments.install_code else None,
        poll=arguments.poll,
        faults=faults_from(arguments.fault, arguments.seed if arguments.fault_seed is None else arguments.fault_seed),
    )


async def _work(arguments: argparse.Namespace, process: DeviceProcess, clock: AdjustableClock, record: Record) -> None:
    async def work() -> None:
        steps = [stepping.attend(clock, process.advance, record.event)] if arguments.clock.stepped else []
        await asyncio.gather(process.run(), *steps)

    await controlled(work, arguments, process.addresses, partial(_plane, arguments, clock, process))


def _plane(arguments: argparse.Namespace, clock: AdjustableClock, process: DeviceProcess) -> ControlPlane:
    from devices.control.plane import ControlPlane  # noqa: PLC0415 - its libraries are for those who want it

    def remake(former: Device) -> Device:
        process.device = _device(arguments, clock, former.store)
        return process.device

    return ControlPlane(
        {process.device.eui: process.device},
        clock,
        lambda *_: process.follow(),
        remake=remake,
        faults=LinkFaults(hub=process.faults),
        links=lambda: {"hub": process.is_connected},
        keep=_OF_PROCESS,
    )


def _device(arguments: argparse.Namespace, clock: AdjustableClock, store: Store | None = None) -> ElectricityDevice:
    """The device that the arguments describe; by the store of one that there was, if it is given."""
    common: dict[str, Any] = {name: getattr(arguments, name) for name in _SAME}
    common |= {"now": clock(), "settings": arguments.setting}
    if store is not None:
        common["state"] = store
    if arguments.controllers is not None:
        common["controllers"] = arguments.controllers
    if arguments.command == "sapc":
        return devices.sapc(**common)
    constant = Load(**{field.name: getattr(arguments, field.name) for field in fields(Load)})
    return devices.esme(
        **common,
        variant=arguments.variant,
        supply=arguments.supply,
        load=combine(constant, arguments.load_profile, arguments.seed or 0),
    )
