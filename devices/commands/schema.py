"""`devices schema`."""

from __future__ import annotations

import argparse
import json

from devices.fleet.schema import SCHEMA
from devices.options import OPTIONS, schema_of, schema_of_premises


def run(arguments: argparse.Namespace) -> int:
    name = arguments.device
    others = {"premises": schema_of_premises(), "fleet": SCHEMA}
    print(json.dumps(others.get(name) or schema_of(name, OPTIONS[name]), indent=2))
    return 0
