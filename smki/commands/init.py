"""`smki init`."""

from __future__ import annotations

import argparse
import json
import os
import random
from datetime import UTC, datetime
from pathlib import Path

from smki.authority import PARTIES, TestAuthority, make_estate
from smki.commands.estate import REGISTRY, REPOSITORY, lodge
from smki.commands.stores import describe
from smki.errors import KeystoreError
from smki.registration import registry_of
from smki.repository import Repository


def run(arguments: argparse.Namespace) -> int:
    folder = Path(arguments.folder)
    if folder.exists() and any(folder.iterdir()):
        raise KeystoreError(f"{folder} is not empty")
    devices = dict(arguments.device)
    now = arguments.at or datetime.now(UTC)
    source = random.SystemRandom() if arguments.seed is None else random.Random(arguments.seed)  # noqa: S311 - asked for
    authority = TestAuthority.create(now, source)
    estate = make_estate(authority, devices=devices)
    authority.save(folder)
    estate.save(folder)
    with Repository(folder / REPOSITORY) as repository:
        lodge(repository, estate, authority, now)
    with open(os.open(folder / REGISTRY, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        file.write(registry_of(PARTIES, source).to_json())
    if devices:
        # What `duis transform --context` reads, for nothing in a certificate tells the type of a device.
        context = {"devices": {eui.hex(): device_type.value for eui, device_type in devices.items()}}
        (folder / "context.json").write_text(json.dumps(context, indent=2) + "\n")
    print("\n".join(sorted(map(describe, estate.entries()))))
    return 0
