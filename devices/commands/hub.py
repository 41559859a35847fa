"""`devices hub`: premises without devices of their own."""

from __future__ import annotations

import argparse

from devices.home import running
from devices.home.plan import Plan, gpf_plan, hub_plan


def run(arguments: argparse.Namespace) -> int:
    values = vars(arguments)
    gpf = gpf_plan({**values, "eui": arguments.gpf}) if arguments.gpf else None
    running.run(Plan(hub_plan(values), gpf), arguments)
    return 0
