"""`duis mmc`."""

from __future__ import annotations

import argparse
from functools import partial

from duis.commands.files import convert
from duis.mmc import render
from gbcs.decoding import decode, read_octets
from gbcs.errors import MissingKeyError, SecurityError
from gbcs.security.protection import Status
from smki.keystore import Keystore, open_keystore


def run(arguments: argparse.Namespace) -> int:
    return convert(arguments.files, partial(_render, open_keystore(arguments.keystore), arguments.srv))


def _render(keystore: Keystore, variant: str | None, data: bytes) -> bytes:
    decoded = decode(read_octets(data), keystore)
    for key in decoded.inspection.missing:
        raise MissingKeyError(key)
    for check, status in (("signature", decoded.inspection.signature), ("mac", decoded.inspection.mac)):
        if status is Status.INVALID:
            raise SecurityError(check, "not that of the device")
    return render(decoded, variant)
