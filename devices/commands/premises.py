"""`devices premises`."""

from __future__ import annotations

import argparse

from devices.home import file, running


def run(arguments: argparse.Namespace) -> int:
    values, plan = file.read(arguments.file)
    running.run(plan, argparse.Namespace(**{**values, **vars(arguments)}))
    return 0
