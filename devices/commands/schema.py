"""`devices schema`."""

from __future__ import annotations

import argparse
import json

from devices.fleet.schema import SCHEMA
from devices.options import OPTIONS, schema_of


def run(arguments: argparse.Namespace) -> int:
    name = arguments.device
    print(json.dumps(dict(SCHEMA) if name == "fleet" else schema_of(name, OPTIONS[name]), indent=2))
    return 0
