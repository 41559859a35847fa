"""`duis verify`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from duis.commands.files import Outcome, convert
from duis.signature import LEGACY, STRICT, Verifier
from duis.signer.core import verified
from gbcs.commandline import read_input
from smki.keystore import open_keystore
from smki.revocation import RevocationList


def run(arguments: argparse.Namespace) -> int:
    at = arguments.at or datetime.now(UTC)
    keystore = open_keystore(arguments.keystore or arguments.certificate)
    policy = LEGACY if arguments.legacy else STRICT
    if arguments.crl:
        lists = tuple(RevocationList.load(read_input(name)) for name in arguments.crl)
        policy = replace(policy, revocation_lists=lists)
    verifier = Verifier.of(keystore, policy)

    def conversion(document: bytes) -> Outcome:
        content, notes, certificate = verified(verifier, document, at, unsigned=arguments.unsigned_acknowledgements)
        if not arguments.json:
            for note in notes:
                print(f"duis: {note}", file=sys.stderr)
            return content
        fields: dict[str, Any] = {"document": content.decode(), "notes": list(notes)}
        if certificate:
            fields |= {"signer": str(certificate.eui), "certificate": str(certificate)}
        return fields

    return convert(arguments.files, conversion, as_json=arguments.json)
