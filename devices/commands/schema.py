"""`devices schema`."""

from __future__ import annotations

import argparse
import json

from devices.options import OPTIONS, schema_of


def run(arguments: argparse.Namespace) -> int:
    print(json.dumps(schema_of(arguments.device, OPTIONS[arguments.device]), indent=2))
    return 0
