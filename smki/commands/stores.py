"""Stores in, lines out, for the commands that read or write several certificates."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from gbcs.commandline import ExitCode, read_input
from gbcs.roles import KeyUse
from smki import storage
from smki.errors import SmkiError
from smki.keystore import Keystore, open_keystore
from smki.request import CertificateRequest, RequestError
from smki.storage import Entry


def for_each(
    names: Iterable[str],
    action: Callable[[str, Keystore], ExitCode],
    request: Callable[[str, CertificateRequest], ExitCode] | None = None,
    password: bytes | None = None,
) -> ExitCode:
    """Opens each store and runs `action` on it, or `request` on a certification request where that is given.

    A bad one does not keep back the others. Returns the highest exit status.
    """
    worst = ExitCode.OK
    for name in names:
        try:
            worst = max(worst, _open(name, action, request, password))
        except BrokenPipeError:
            raise
        except OSError as error:
            print(f"smki: {error}", file=sys.stderr)
            worst = max(worst, ExitCode.OPERATING_SYSTEM)
        except SmkiError as error:
            print(f"smki: {name}: {error}" if isinstance(error, RequestError) else f"smki: {error}", file=sys.stderr)
            worst = max(worst, ExitCode(error.exit_code))
    return worst


def _open(
    name: str,
    action: Callable[[str, Keystore], ExitCode],
    request: Callable[[str, CertificateRequest], ExitCode] | None,
    password: bytes | None,
) -> ExitCode:
    if name != "-" and Path(name).is_dir():
        return action(name, open_keystore(name, password))
    data = read_input(name)
    if request and (b"CERTIFICATE REQUEST" in data or name.lower().endswith((".csr", ".p10"))):
        return request(name, CertificateRequest.load(data))
    return action(name, Keystore(storage.read_octets(Path(name).name, data, password)))


def password_in(name: str | None) -> bytes | None:
    """The password in a file, without the end of its line."""
    return Path(name).read_bytes().rstrip(b"\r\n") if name else None


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
