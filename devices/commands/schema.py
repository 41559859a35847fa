"""`devices schema`."""

from __future__ import annotations

import argparse
import json

from devices.options import OPTIONS, schema_of, schema_of_premises


def run(arguments: argparse.Namespace) -> int:
    options = OPTIONS.get(arguments.device)
    print(json.dumps(schema_of(arguments.device, options) if options else schema_of_premises(), indent=2))
    return 0
