"""`smki inspect`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, datetime

from gbcs.commandline import ExitCode
from smki.certificate import Validity
from smki.commands.stores import describe, for_each, utc
from smki.keystore import Keystore
from smki.storage import Entry


def run(arguments: argparse.Namespace) -> int:
    at = arguments.at or datetime.now(UTC)

    def action(name: str, store: Keystore) -> ExitCode:
        for line in _objects(name, store, at) if arguments.json else _lines(store, at):
            print(line)
        return ExitCode.OK

    return for_each(arguments.files, action)


def _lines(store: Keystore, at: datetime) -> Iterator[str]:
    yield from sorted(f"{entry.name}: {describe(entry)}{_remark(entry, at)}" for entry in store.entries())
    for note in store.notes:
        yield f"note: {note}"


def _remark(entry: Entry, at: datetime) -> str:
    validity = entry.certificate.validity_at(at)
    return "" if validity is Validity.VALID else f", {validity}"


def _objects(file: str, store: Keystore, at: datetime) -> Iterator[str]:
    for entry in sorted(store.entries(), key=lambda entry: entry.name):
        yield json.dumps({"file": file, **_fields(entry, at)})
    for note in store.notes:
        yield json.dumps({"file": file, "note": note})


def _fields(entry: Entry, at: datetime) -> dict[str, object]:
    certificate = entry.certificate
    identifier = certificate.subject_key_identifier
    return {
        "name": entry.name,
        "kind": certificate.kind.value,
        "eui": certificate.eui.hex() if certificate.eui else None,
        "role": certificate.role.label if certificate.role is not None else None,
        "role_code": certificate.role_code,
        "use": entry.use.value if entry.use else None,
        "subject": certificate.subject.rfc4514_string(),
        "issuer": certificate.issuer_text,
        "serial": f"{certificate.serial:032x}",
        "not_before": utc(certificate.not_before),
        "not_after": utc(certificate.not_after),
        "validity": certificate.validity_at(at).value,
        "subject_key_identifier": identifier.hex() if identifier is not None else None,
        "private_key": entry.private_key is not None,
    }
