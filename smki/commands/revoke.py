"""`smki revoke`."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from smki import status
from smki.commands.estate import certificate_with, opened, write_list
from smki.revocation import Reason


def run(arguments: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    with opened(arguments.authority, now) as estate:
        certificate = certificate_with(estate.repository, arguments.serial, now)
        if arguments.reinstate:
            made = status.reinstate(estate.authority, estate.repository, certificate, now)
        else:
            reason = Reason.HOLD if arguments.suspend else Reason(arguments.reason)
            made = status.revoke(estate.authority, estate.repository, certificate, reason, now)
        issuer = next(
            item.certificate for item in status.list_issuers(estate.authority) if made.is_of(item.certificate)
        )
        path = write_list(estate, issuer, made)
    done = "reinstated" if arguments.reinstate else "suspended" if arguments.suspend else "revoked"
    print(f"{certificate}: {done}, list {made.number} in {path}")
    return 0
