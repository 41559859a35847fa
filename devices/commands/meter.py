"""`devices esme` and `devices sapc`."""

from __future__ import annotations

import argparse
from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING

from devices import configuration
from devices.device import Device
from devices.electricity.auxiliary import ALCS, APC, NO_CONTROLLER
from devices.electricity.esme import Esme
from devices.electricity.metered import ElectricityDevice
from devices.electricity.sapc import Sapc
from devices.electricity.supply import SupplyState
from devices.metering import Load
from devices.processes import shell
from devices.processes.clock import AdjustableClock
from devices.processes.control import controlled
from devices.processes.device import DeviceProcess
from devices.recorder import recorder
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from devices.variant import Variant
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.roles import RemotePartyRole
from smki.keystore import open_keystore

if TYPE_CHECKING:
    from devices.control.plane import ControlPlane

_KINDS = {"none": NO_CONTROLLER, "ALCS": ALCS, "APC": APC}


def run(arguments: argparse.Namespace) -> int:
    clock = AdjustableClock(arguments.clock, arguments.speed)
    device_type = DeviceType(arguments.command.upper())
    name = f"{Variant(arguments.variant)} element ESME" if device_type is DeviceType.ESME else "SAPC"
    with Store(arguments.state, f"{name} {arguments.eui}") as store, recorder(arguments.record, clock) as record:
        process = DeviceProcess(_device(arguments, clock, store), arguments.hub, clock, record)
        plane = partial(_plane, arguments, clock, process)
        shell.run(controlled(process.run, arguments, process.addresses, plane))
        process.device.advance(clock())
    return 0


def _plane(arguments: argparse.Namespace, clock: AdjustableClock, process: DeviceProcess) -> ControlPlane:
    from devices.control.plane import ControlPlane  # noqa: PLC0415 - its libraries are for those who want it

    def remake(former: Device) -> Device:
        process.device = _device(arguments, clock, former.store)
        return process.device

    return ControlPlane(
        {process.device.eui: process.device},
        clock,
        lambda _, messages: process.send(messages),
        remake=remake,
        links=lambda: {"hub": process.is_connected},
    )


def _device(arguments: argparse.Namespace, clock: shell.ProcessClock, store: Store) -> ElectricityDevice:
    device_type = DeviceType(arguments.command.upper())
    parties = {RemotePartyRole.SUPPLIER: arguments.supplier} if arguments.supplier else {}
    anchors = TrustAnchors.from_keystore(open_keystore(arguments.keystore), arguments.eui, device_type, parties)
    make = _esme if device_type is DeviceType.ESME else _sapc
    return make(arguments, anchors, clock, store)


def _esme(
    arguments: argparse.Namespace, anchors: TrustAnchors, clock: shell.ProcessClock, store: Store
) -> ElectricityDevice:
    return Esme(
        anchors,
        now=clock(),
        store=store,
        variant=Variant(arguments.variant),
        load=Load(**{field.name: getattr(arguments, field.name) for field in fields(Load)}),
        supply_state=SupplyState[arguments.supply.upper()],
        controllers=_controllers(arguments, (ALCS,)),
        settings=configuration.settings(arguments.setting),
    )


def _sapc(
    arguments: argparse.Namespace, anchors: TrustAnchors, clock: shell.ProcessClock, store: Store
) -> ElectricityDevice:
    return Sapc(
        anchors,
        now=clock(),
        store=store,
        controllers=_controllers(arguments, (APC,)),
        settings=configuration.settings(arguments.setting),
    )


def _controllers(arguments: argparse.Namespace, default: tuple[bytes, ...]) -> tuple[bytes, ...]:
    given = arguments.controllers
    return default if given is None else tuple(_KINDS.get(kind) or _other(kind) for kind in given)


def _other(kind: str) -> bytes:
    return NO_CONTROLLER if kind in _KINDS else bytes(Eui64.parse(kind))
