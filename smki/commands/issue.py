"""`smki issue`."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from gbcs.roles import KeyUse, RemotePartyRole, uses_of
from smki.authority import TestAuthority
from smki.commands.stores import describe
from smki.keystore import Keystore, open_keystore


def run(arguments: argparse.Namespace) -> int:
    authority = TestAuthority.open(arguments.authority, datetime.now(UTC))
    role = next((role for role in RemotePartyRole if role.label == arguments.role), None)
    issued = Keystore()
    for use in map(KeyUse, arguments.use) if arguments.use else uses_of(role):
        issued.add(
            *(
                authority.issue_device(arguments.eui, use)
                if role is None
                else authority.issue_organisation(arguments.eui, role, use)
            )
        )
    store = open_keystore(arguments.authority)
    for entry in issued.entries():
        store.add(entry.certificate, entry.private_key, entry.use)
        print(describe(entry))
    store.save(arguments.authority)
    return 0
