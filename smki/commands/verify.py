"""`smki verify`."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from gbcs.commandline import ExitCode
from gbcs.errors import MissingKeyError
from smki.certificate import Certificate, Kind
from smki.chain import verify
from smki.commands.stores import for_each
from smki.errors import KeystoreError, VerificationError
from smki.keystore import Keystore, open_keystore


def run(arguments: argparse.Namespace) -> int:
    at = arguments.at or datetime.now(UTC)
    trusted = _authorities(open_keystore(arguments.root or arguments.authority))
    anchors = trusted if arguments.root else [certificate for certificate in trusted if certificate.is_self_issued]
    if not anchors:
        raise MissingKeyError(f"authority certificate to trust in {arguments.root or arguments.authority}")

    def action(name: str, store: Keystore) -> ExitCode:
        status = ExitCode.OK
        if not store.entries():
            raise KeystoreError(f"{name}: no certificate")
        for certificate in dict.fromkeys(entry.certificate for entry in store.entries()):
            try:
                chain = verify(certificate, anchors, at, [*trusted, *_authorities(store)])
            except VerificationError as error:
                print(f"smki: {name}: {error}", file=sys.stderr)
                status = ExitCode(error.exit_code)
            else:
                by = " < ".join(issuer.subject.rfc4514_string() for issuer in chain[1:])
                print(f"{name}: {certificate}: valid{', by ' + by if by else ''}")
        return status

    return for_each(arguments.files, action)


def _authorities(store: Keystore) -> list[Certificate]:
    return [entry.certificate for entry in store.entries() if entry.certificate.kind is Kind.AUTHORITY]
