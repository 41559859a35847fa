"""`smki init`."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

from smki.authority import TestAuthority, make_estate
from smki.commands.stores import describe
from smki.errors import KeystoreError


def run(arguments: argparse.Namespace) -> int:
    folder = Path(arguments.folder)
    if folder.exists() and any(folder.iterdir()):
        raise KeystoreError(f"{folder} is not empty")
    devices = dict(arguments.device)
    authority = TestAuthority.create(datetime.now(UTC))
    estate = make_estate(authority, devices=devices)
    authority.save(folder)
    estate.save(folder)
    if devices:
        # What `duis transform --context` reads, for nothing in a certificate tells the type of a device.
        context = {"devices": {eui.hex(): device_type.value for eui, device_type in devices.items()}}
        (folder / "context.json").write_text(json.dumps(context, indent=2) + "\n")
    print("\n".join(sorted(map(describe, estate.entries()))))
    return 0
