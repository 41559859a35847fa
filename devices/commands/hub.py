"""`devices hub`."""

from __future__ import annotations

import argparse

from devices.han.install_code import InstallCode
from devices.hub.chf import Chf
from devices.hub.routing import Hub
from devices.processes import shell
from devices.processes.connection import Connection
from devices.processes.hub import HubProcess
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.device_type import DeviceType
from smki.keystore import open_keystore
from smki.process import clock_from


def run(arguments: argparse.Namespace) -> int:
    clock = clock_from(arguments.clock)
    anchors = TrustAnchors.from_keystore(open_keystore(arguments.keystore), arguments.eui, DeviceType.CHF)
    with Store(arguments.state, f"CHF {arguments.eui}") as store:
        chf = Chf(anchors, now=clock(), store=store, dual_band=arguments.dual_band)
        for device, install_code in arguments.device:
            chf.han.whitelist(device, InstallCode.parse(install_code) if install_code else None)
        hub: Hub[Connection] = Hub(chf)
        shell.run(HubProcess(hub, clock).run(arguments.host, arguments.wan_port, arguments.han_port))
    return 0
