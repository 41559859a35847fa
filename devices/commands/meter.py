"""`devices esme` and `devices sapc`."""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import fields
from typing import Any

import devices
from devices.electricity.metered import ElectricityDevice
from devices.errors import DeviceError
from devices.han.install_code import InstallCode
from devices.link.faults import faults_from
from devices.metering import Load
from devices.metering.named import combine
from devices.processes import shell, stepping
from devices.processes.clock import AdjustableClock
from devices.processes.device import DeviceProcess
from devices.recorder import Record, recorder

#: Arguments of `devices.esme` and `devices.sapc` that go by the same name here.
_SAME = ("keystore", "eui", "supplier", "state", "seed")


def run(arguments: argparse.Namespace) -> int:
    timing = arguments.clock
    if timing.stepped and arguments.speed:
        raise DeviceError("a stepped clock has no speed")
    clock = AdjustableClock(timing.start, 0 if timing.stepped else arguments.speed or timing.speed or 1)
    with recorder(arguments.record, clock) as record, _device(arguments, clock) as device:
        device.observers.append(record)
        record.event("start", device=device.device_type.value, eui=device.eui.hex())
        shell.run(_work(arguments, device, clock, record))
        device.advance(clock())
        record.event("stop")
    return 0


async def _work(
    arguments: argparse.Namespace, device: ElectricityDevice, clock: AdjustableClock, record: Record
) -> None:
    process = DeviceProcess(
        device,
        arguments.hub,
        clock,
        lambda event, hub: record.event(event, hub=hub),
        install_code=InstallCode.parse(arguments.install_code) if arguments.install_code else None,
        poll=arguments.poll,
        faults=faults_from(arguments.fault, arguments.seed if arguments.fault_seed is None else arguments.fault_seed),
    )
    work = [process.run()]
    if arguments.clock.stepped:
        work.append(stepping.attend(clock, process.advance, record.event))
    await asyncio.gather(*work)


def _device(arguments: argparse.Namespace, clock: AdjustableClock) -> ElectricityDevice:
    common: dict[str, Any] = {name: getattr(arguments, name) for name in _SAME}
    common |= {"now": clock(), "settings": arguments.setting}
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
