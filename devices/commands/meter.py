"""`devices esme` and `devices sapc`."""

from __future__ import annotations

import argparse
from dataclasses import fields

from devices import configuration
from devices.electricity.auxiliary import ALCS, APC, NO_CONTROLLER
from devices.electricity.esme import Esme
from devices.electricity.metered import ElectricityDevice
from devices.electricity.sapc import Sapc
from devices.electricity.supply import SupplyState
from devices.metering import Load
from devices.processes import shell
from devices.processes.device import DeviceProcess
from devices.recorder import recorder
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from devices.variant import Variant
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.roles import RemotePartyRole
from smki.keystore import open_keystore
from smki.process import clock_from

_KINDS = {"none": NO_CONTROLLER, "ALCS": ALCS, "APC": APC}


def run(arguments: argparse.Namespace) -> int:
    clock = clock_from(arguments.clock, arguments.speed)
    device_type = DeviceType(arguments.command.upper())
    parties = {RemotePartyRole.SUPPLIER: arguments.supplier} if arguments.supplier else {}
    anchors = TrustAnchors.from_keystore(open_keystore(arguments.keystore), arguments.eui, device_type, parties)
    make = _esme if device_type is DeviceType.ESME else _sapc
    name = f"{Variant(arguments.variant)} element ESME" if device_type is DeviceType.ESME else "SAPC"
    with Store(arguments.state, f"{name} {arguments.eui}") as store, recorder(arguments.record, clock) as record:
        device = make(arguments, anchors, clock, store)
        shell.run(DeviceProcess(device, arguments.hub, clock, record).run())
        device.advance(clock())
    return 0


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
