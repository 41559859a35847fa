"""`devices esme`."""

from __future__ import annotations

import argparse
from dataclasses import fields

from devices import process
from devices.esme import Esme
from devices.metering import Load
from devices.store import Store
from devices.supply import SupplyState
from devices.trust_anchors import TrustAnchors
from devices.variant import Variant
from gbcs.device_type import DeviceType
from gbcs.roles import RemotePartyRole
from smki.keystore import open_keystore


def run(arguments: argparse.Namespace) -> int:
    clock = process.clock_from(arguments.clock)
    variant = Variant(arguments.variant)
    parties = {RemotePartyRole.SUPPLIER: arguments.supplier} if arguments.supplier else {}
    keystore = open_keystore(arguments.keystore)
    anchors = TrustAnchors.from_keystore(keystore, arguments.eui, DeviceType.ESME, parties)
    with Store(arguments.state, f"{variant} element ESME {arguments.eui}") as store:
        esme = Esme(
            anchors,
            now=clock(),
            store=store,
            variant=variant,
            load=Load(**{field.name: getattr(arguments, field.name) for field in fields(Load)}),
            supply_state=SupplyState[arguments.supply.upper()],
        )
        process.run(process.DeviceProcess(esme, arguments.hub, clock).run())
        esme.advance(clock())
    return 0
