"""`devices hub`."""

from __future__ import annotations

import argparse

from devices.configuration import settings
from devices.han.install_code import InstallCode
from devices.hub.chf import Chf
from devices.hub.routing import Hub
from devices.link.faults import faults_from
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
        chf = Chf(
            anchors,
            now=clock(),
            store=store,
            dual_band=arguments.dual_band,
            settings=settings(arguments.setting),
        )
        for device, install_code in arguments.device:
            chf.han.whitelist(device, InstallCode.parse(install_code) if install_code else None)
        hub: Hub[Connection] = Hub(chf)
        faults = [faults_from(texts, arguments.fault_seed) for texts in (arguments.fault, arguments.wan_fault)]
        process = HubProcess(hub, clock, han_faults=faults[0], wan_faults=faults[1])
        shell.run(process.run(arguments.host, arguments.wan_port, arguments.han_port))
    return 0
