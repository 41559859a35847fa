"""`devices hub`."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING

from devices.configuration import settings
from devices.device import Device
from devices.errors import InstallCodeError
from devices.han.install_code import InstallCode
from devices.hub.chf import Chf
from devices.hub.routing import Hub
from devices.link.faults import faults_from
from devices.processes import shell
from devices.processes.clock import AdjustableClock
from devices.processes.connection import Connection
from devices.processes.control import LinkFaults, controlled
from devices.processes.hub import HubProcess
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from smki.keystore import open_keystore

if TYPE_CHECKING:
    from devices.control.plane import ControlPlane

#: What the hub's way of messages keeps in the store of its CHF.
_OF_PROCESS = ("link/", "held/", "open/")


def run(arguments: argparse.Namespace) -> int:
    clock = AdjustableClock(arguments.clock)
    with Store(arguments.state, f"CHF {arguments.eui}") as store:
        hub: Hub[Connection] = Hub(_chf(arguments, clock, store))
        faults = [faults_from(texts, arguments.fault_seed) for texts in (arguments.fault, arguments.wan_fault)]
        process = HubProcess(hub, clock, han_faults=faults[0], wan_faults=faults[1])
        work = partial(process.run, arguments.host, arguments.wan_port, arguments.han_port)
        plane = partial(_plane, arguments, clock, hub, process)
        shell.run(controlled(work, arguments, process.addresses, plane))
    return 0


def _plane(
    arguments: argparse.Namespace, clock: AdjustableClock, hub: Hub[Connection], process: HubProcess
) -> ControlPlane:
    from devices.control.plane import ControlPlane  # noqa: PLC0415 - its libraries are for those who want it

    def remake(former: Device) -> Device:
        hub.succeed(_chf(arguments, clock, former.store))
        return hub.chf

    return ControlPlane(
        {hub.chf.eui: hub.chf},
        clock,
        lambda *_: process.follow(),
        remake=remake,
        faults=LinkFaults(han=process.han_faults, wan=process.wan_faults),
        links=lambda: {entry.eui.hex(): entry.eui in hub.chf.han.links.present for entry in hub.chf.han.logs},
        keep=_OF_PROCESS,
    )


def _chf(arguments: argparse.Namespace, clock: shell.ProcessClock, store: Store) -> Chf:
    anchors = TrustAnchors.from_keystore(open_keystore(arguments.keystore), arguments.eui, DeviceType.CHF)
    chf = Chf(anchors, now=clock(), store=store, dual_band=arguments.dual_band, settings=settings(arguments.setting))
    for device, install_code in arguments.device:
        chf.han.whitelist(device, _install_code(device, install_code))
    return chf


def _install_code(device: Eui64, text: str) -> InstallCode | None:
    try:
        return InstallCode.parse(text) if text else None
    except InstallCodeError as error:
        raise InstallCodeError(f"--device {device}: {error}") from None
