"""Stores in, lines out, for the commands that read or write several certificates."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from datetime import datetime

from gbcs.commandline import ExitCode, read_input
from gbcs.roles import KeyUse
from smki import storage
from smki.errors import SmkiError
from smki.keystore import Keystore, open_keystore
from smki.storage import Entry


def for_each(names: Iterable[str], action: Callable[[str, Keystore], ExitCode]) -> ExitCode:
    """Opens each store and runs `action` on it; a bad one does not keep back the others.

    Returns the highest exit status.
    """
    worst = ExitCode.OK
    for name in names:
        try:
            store = Keystore(storage.read_octets(name, read_input(name))) if name == "-" else open_keystore(name)
            worst = max(worst, action(name, store))
        except BrokenPipeError:
            raise
        except OSError as error:
            print(f"smki: {error}", file=sys.stderr)
            worst = max(worst, ExitCode.OPERATING_SYSTEM)
        except SmkiError as error:
            print(f"smki: {error}", file=sys.stderr)
            worst = max(worst, ExitCode(error.exit_code))
    return worst


def describe(entry: Entry) -> str:
    """One line on a certificate: who, what for, when, by whom, and whether the private key is there."""
    certificate = entry.certificate
    parts = (
        str(certificate),
        "for prepayment" if entry.use is KeyUse.PP else "",
        f"{utc(certificate.not_before)} to {utc(certificate.not_after)}",
        f"issuer {certificate.issuer_text}",
        "private key" if entry.private_key else "",
    )
    return ", ".join(part for part in parts if part)


def utc(time: datetime) -> str:
    """ISO 8601 to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
