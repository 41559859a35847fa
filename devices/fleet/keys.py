"""The keys of a fleet: all of them for whoever sends commands, and for each process those of its own devices."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from devices.fleet.plan import DEVICES, Plan
from gbcs.eui64 import Eui64
from smki.authority import PARTIES, TestAuthority, make_estate
from smki.keystore import Keystore

#: When all certificates begin, so that a seed makes the same ones whenever the fleet runs.
_ISSUED = datetime(2026, 1, 1, tzinfo=UTC)


def make_keys(plan: Plan) -> Keystore:
    """Keys of a whole test SMKI by the plan's seed: of the parties, and of every device."""
    source = random.Random(f"keys {plan.seed}")  # noqa: S311 - test keys, which a seed repeats
    euis = [plan.eui(number, device) for number in range(plan.premises) for device in DEVICES if device in plan.devices]
    return make_estate(TestAuthority.create(_ISSUED, source), devices=euis)


class Keyrings:
    """Small keystores in a folder, a JSON file each: private keys of a few devices, and the parties' certificates."""

    def __init__(self, keys: Keystore, folder: Path) -> None:
        self._keys = keys
        self._folder = folder
        parties = set(PARTIES.values())
        self._common = [
            entry for entry in keys.entries() if entry.certificate.eui is None or entry.certificate.eui in parties
        ]

    def write(self, name: str, devices: Iterable[Eui64]) -> Path:
        """Writes one; gives where it is."""
        ring = Keystore()
        for entry in self._common:
            ring.add(entry.certificate, None, entry.use)
        for device in devices:
            for entry in self._keys.entries(device):
                ring.add(entry.certificate, entry.private_key, entry.use)
        path = self._folder / f"{name}.json"
        ring.save(path)
        path.chmod(0o600)
        return path
