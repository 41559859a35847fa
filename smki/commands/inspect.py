"""`smki inspect`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from cryptography.x509 import Name
from cryptography.x509.oid import NameOID

from gbcs.commandline import ExitCode
from gbcs.roles import KeyUse
from smki.certificate import Certificate, Validity
from smki.commands.stores import describe, for_each, password_in, utc
from smki.conformity import Deviation, deviations
from smki.keystore import Keystore
from smki.profiles import profile_of
from smki.request import CertificateRequest
from smki.storage import Entry

_Fields = Iterable[tuple[str, str]]


def run(arguments: argparse.Namespace) -> int:
    at = arguments.at or datetime.now(UTC)

    def action(name: str, store: Keystore) -> ExitCode:
        for line in _objects(name, store, at) if arguments.json else _lines(store, at):
            print(line)
        return ExitCode.OK

    def request(name: str, asked: CertificateRequest) -> ExitCode:
        print(_request_object(name, asked) if arguments.json else "\n".join(_block(name, _request_fields(asked))))
        return ExitCode.OK

    return for_each(arguments.files, action, request, password_in(arguments.password_file))


def _request_object(name: str, request: CertificateRequest) -> str:
    fields = {
        "file": name,
        "kind": f"{request.kind} request",
        "eui": request.eui.hex(),
        "role": request.role.label if request.role is not None else None,
        "use": request.use.value,
        "subject": request.subject.rfc4514_string(),
    }
    return json.dumps(fields)


def _request_fields(request: CertificateRequest) -> _Fields:
    yield "request of", f"{request.kind} {request.eui}"
    if request.role is not None:
        yield "role", f"{request.role.label} ({request.role.value}, OU {request.role:02X})"
    yield "use", request.use.label
    yield "subject", _name(request.subject)
    yield "signature", "by the key that it is for"


def _lines(store: Keystore, at: datetime) -> Iterator[str]:
    entries = store.entries()
    if len(entries) == 1:
        yield from _block(entries[0].name, _certificate_fields(entries[0], at))
    else:
        yield from sorted(f"{entry.name}: {describe(entry)}{_remark(entry.certificate, at)}" for entry in entries)
    for note in store.notes:
        yield f"note: {note}"


def _block(title: str, fields: _Fields) -> Iterator[str]:
    yield title
    for name, text in fields:
        yield f"  {name:<12} {text}".rstrip()


def _certificate_fields(entry: Entry, at: datetime) -> _Fields:
    certificate = entry.certificate
    who = f" {certificate.eui}" if certificate.eui else ""
    yield "holder", f"{certificate.kind}{who}{', private key held' if entry.private_key else ''}"
    if certificate.role_code is not None:
        name = certificate.role.label if certificate.role is not None else "no known role"
        yield "role", f"{name} ({certificate.role_code})"
    if certificate.use:
        yield "use", (KeyUse.PP if entry.use is KeyUse.PP else certificate.use).label
    yield "subject", _name(certificate.subject)
    yield "issuer", certificate.issuer_text
    yield "serial", f"{certificate.serial:032X}"
    yield "valid", f"{utc(certificate.not_before)} to {utc(certificate.not_after)}: {certificate.validity_at(at)}"
    for name, identifier in (
        ("key", certificate.subject_key_identifier),
        ("issuer's key", certificate.authority_key_identifier),
    ):
        if identifier is not None:
            yield name, identifier.hex()
    yield "policy", ", ".join(certificate.policies) or "none"
    found = deviations(certificate)
    profile = profile_of(certificate)
    yield "profile", f"{profile.name if profile else 'none'}: {_verdict(found)}"
    for deviation in found:
        yield "", f"- {deviation}"


def _name(name: Name) -> str:
    return name.rfc4514_string({NameOID.X500_UNIQUE_IDENTIFIER: "uniqueIdentifier"}) or "empty"


def _verdict(found: tuple[Deviation, ...]) -> str:
    return f"deviates in {len(found)}" if found else "conforms"


def _remark(certificate: Certificate, at: datetime) -> str:
    validity, found = certificate.validity_at(at), deviations(certificate)
    remarks = [*([] if validity is Validity.VALID else [validity.value]), *([_verdict(found)] if found else [])]
    return "".join(f", {remark}" for remark in remarks)


def _objects(file: str, store: Keystore, at: datetime) -> Iterator[str]:
    for entry in sorted(store.entries(), key=lambda entry: entry.name):
        yield json.dumps({"file": file, **_fields(entry, at)})
    for note in store.notes:
        yield json.dumps({"file": file, "note": note})


def _fields(entry: Entry, at: datetime) -> dict[str, object]:
    certificate = entry.certificate
    profile = profile_of(certificate)
    own, issuers = certificate.subject_key_identifier, certificate.authority_key_identifier
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
        "subject_key_identifier": own.hex() if own is not None else None,
        "authority_key_identifier": issuers.hex() if issuers is not None else None,
        "policies": list(certificate.policies),
        "profile": profile.name if profile else None,
        "deviations": [deviation._asdict() for deviation in deviations(certificate)],
        "private_key": entry.private_key is not None,
    }
