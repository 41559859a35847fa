"""`devices premises`."""

from __future__ import annotations

import argparse

from devices.home import file, running
from devices.home.assembly import keystore_for
from devices.processes.clock import clock_of


def run(arguments: argparse.Namespace) -> int:
    values, plan = file.read(arguments.file, vars(arguments))
    options = argparse.Namespace(**values)
    clock = clock_of(options.clock, options.speed)
    keystore = keystore_for(plan, options.keystore, clock(), keeps_state=options.state is not None)
    running.run(plan, clock, keystore, options)
    return 0
