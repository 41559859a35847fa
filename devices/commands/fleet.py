"""`devices fleet`."""

from __future__ import annotations

import argparse
import json
import sys

from devices.fleet.plan import read
from devices.fleet.progress import Progress
from devices.fleet.report import shown
from devices.fleet.run import run as run_fleet
from gbcs.commandline import ExitCode


def run(arguments: argparse.Namespace) -> int:
    changes = {name: getattr(arguments, name) for name in ("premises", "commands", "seconds")}
    plan = read(arguments.file, **{name: value for name, value in changes.items() if value is not None})
    report = run_fleet(plan, Progress(sys.stderr))
    print(json.dumps(report) if arguments.json else "\n".join(shown(report)))
    return ExitCode.OK if report["ok"] else ExitCode.CHECK_FAILED
