"""`devices hub`: premises without devices of their own."""

from __future__ import annotations

import argparse

from devices.home import running
from devices.home.plan import Plan, gpf_plan, hub_plan
from devices.processes.clock import clock_of
from smki.keystore import open_keystore


def run(arguments: argparse.Namespace) -> int:
    values = vars(arguments)
    gpf = gpf_plan({**values, "eui": arguments.gpf}) if arguments.gpf else None
    clock = clock_of(arguments.clock, arguments.speed)
    running.run(Plan(hub_plan(values), gpf), clock, open_keystore(arguments.keystore), arguments)
    return 0
