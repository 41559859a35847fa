"""`duis verify`."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from duis.commands.files import convert
from duis.signature import LEGACY, STRICT, verify
from smki.keystore import open_keystore


def run(arguments: argparse.Namespace) -> int:
    at = arguments.at or datetime.now(UTC)
    keys = open_keystore(arguments.keystore or arguments.certificate)
    policy = LEGACY if arguments.legacy else STRICT

    def conversion(document: bytes) -> bytes:
        verified = verify(document, keys, policy, at)
        for note in verified.notes:
            print(f"duis: {note}", file=sys.stderr)
        return verified.content

    return convert(arguments.files, conversion)
