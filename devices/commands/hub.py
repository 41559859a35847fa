"""`devices hub`."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING

from devices.device import Device
from devices.hub.chf import Chf
from devices.hub.routing import Hub
from devices.processes import shell
from devices.processes.clock import AdjustableClock
from devices.processes.connection import Connection
from devices.processes.control import controlled
from devices.processes.hub import HubProcess
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.device_type import DeviceType
from smki.keystore import open_keystore

if TYPE_CHECKING:
    from devices.control.plane import ControlPlane


def run(arguments: argparse.Namespace) -> int:
    clock = AdjustableClock(arguments.clock)
    with Store(arguments.state, f"CHF {arguments.eui}") as store:
        hub: Hub[Connection] = Hub(_chf(arguments, clock, store), arguments.device)
        process = HubProcess(hub, clock)
        work = partial(process.run, arguments.host, arguments.wan_port, arguments.han_port)
        plane = partial(_plane, arguments, clock, hub, process)
        shell.run(controlled(work, arguments, process.addresses, plane))
    return 0


def _plane(
    arguments: argparse.Namespace, clock: AdjustableClock, hub: Hub[Connection], process: HubProcess
) -> ControlPlane:
    from devices.control.plane import ControlPlane  # noqa: PLC0415 - its libraries are for those who want it

    def remake(former: Device) -> Device:
        hub.chf = _chf(arguments, clock, former.store)
        return hub.chf

    return ControlPlane(
        {hub.chf.eui: hub.chf},
        clock,
        lambda _, messages: process.send(messages),
        remake=remake,
        links=lambda: {device.hex(): device in hub.associated for device in sorted(hub.device_log)},
    )


def _chf(arguments: argparse.Namespace, clock: shell.ProcessClock, store: Store) -> Chf:
    anchors = TrustAnchors.from_keystore(open_keystore(arguments.keystore), arguments.eui, DeviceType.CHF)
    return Chf(anchors, now=clock(), store=store)
