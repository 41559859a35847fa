"""`smki inspect`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

from gbcs.commandline import ExitCode
from smki.commands.stores import describe, for_each, utc
from smki.keystore import Keystore
from smki.storage import Entry


def run(arguments: argparse.Namespace) -> int:
    def action(name: str, store: Keystore) -> ExitCode:
        for line in _objects(name, store) if arguments.json else _lines(store):
            print(line)
        return ExitCode.OK

    return for_each(arguments.files, action)


def _lines(store: Keystore) -> Iterator[str]:
    yield from sorted(f"{entry.name}: {describe(entry)}" for entry in store.entries())
    for note in store.notes:
        yield f"note: {note}"


def _objects(file: str, store: Keystore) -> Iterator[str]:
    for entry in sorted(store.entries(), key=lambda entry: entry.name):
        yield json.dumps({"file": file, **_fields(entry)})
    for note in store.notes:
        yield json.dumps({"file": file, "note": note})


def _fields(entry: Entry) -> dict[str, object]:
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
        "subject_key_identifier": identifier.hex() if identifier is not None else None,
        "private_key": entry.private_key is not None,
    }
