"""`smki verify`."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from gbcs.commandline import ExitCode, read_input
from gbcs.errors import MissingKeyError
from gbcs.roles import Purpose
from smki.certificate import Certificate, Kind
from smki.chain import Policy, verify
from smki.commands.stores import for_each, password_in
from smki.errors import Check, KeystoreError, VerificationError
from smki.keystore import Keystore, open_keystore
from smki.revocation import RevocationList


def run(arguments: argparse.Namespace) -> int:
    at = arguments.at or datetime.now(UTC)
    trusted = _authorities(open_keystore(arguments.root or arguments.authority))
    anchors = trusted if arguments.root else [certificate for certificate in trusted if certificate.is_self_issued]
    if not anchors:
        raise MissingKeyError(f"authority certificate to trust in {arguments.root or arguments.authority}")

    lists = [RevocationList.load(read_input(name)) for name in arguments.crl] if arguments.crl else None
    policy = Policy(
        revocation_lists=lists, profile=arguments.profile, forgiven=frozenset(map(Check, arguments.forgive))
    )
    purpose = Purpose[arguments.purpose.upper().replace("-", "_")]

    def action(name: str, store: Keystore) -> ExitCode:
        status = ExitCode.OK
        if not store.entries():
            raise KeystoreError(f"{name}: no certificate")
        for certificate in dict.fromkeys(entry.certificate for entry in store.entries()):
            try:
                others = [*trusted, *_authorities(store)]
                chain = verify(certificate, anchors, at, others, purpose=purpose, policy=policy)
            except VerificationError as error:
                print(f"smki: {name}: {error}", file=sys.stderr)
                status = ExitCode(error.exit_code)
            else:
                by = " < ".join(issuer.subject.rfc4514_string() for issuer in chain[1:])
                print(f"{name}: {certificate}: valid{', by ' + by if by else ''}")
        return status

    return for_each(arguments.files, action, password=password_in(arguments.password_file))


def _authorities(store: Keystore) -> list[Certificate]:
    return [entry.certificate for entry in store.entries() if entry.certificate.kind is Kind.AUTHORITY]
