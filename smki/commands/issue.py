"""`smki issue`."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from gbcs.commandline import read_input
from gbcs.roles import KeyUse, RemotePartyRole, uses_of
from smki.authority import TestAuthority
from smki.certificate import Certificate
from smki.commands.estate import Estate, opened
from smki.commands.stores import describe
from smki.keystore import Keystore
from smki.repository import RepositoryError
from smki.request import CertificateRequest


def run(arguments: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    holder = bool(arguments.role or arguments.device)
    if (bool(arguments.eui), holder) != (not arguments.csr,) * 2 or (arguments.csr and arguments.use):
        arguments.usage_error("either --csr alone, or --eui with --role or --device")
    with opened(arguments.authority, now) as estate:
        if arguments.csr:
            _certify(arguments.csr, estate, now)
        else:
            _make(arguments, estate, now)
    return 0


def _certify(name: str, estate: Estate, now: datetime) -> None:
    """The certificate for a request, to stdout."""
    request = CertificateRequest.load(read_input(name))
    if estate.repository.has_key(request.public_key):
        raise RepositoryError(f"{name}: there is a certificate for this key already")
    certificate = _certificate(estate.authority, request)
    estate.repository.lodge(certificate, now, party="issue")
    sys.stdout.write(certificate.to_pem().decode())


def _certificate(authority: TestAuthority, request: CertificateRequest) -> Certificate:
    if request.role is None:
        return authority.certify_device(request.public_key, request.eui, request.use)
    return authority.certify_organisation(
        request.public_key, request.eui, request.role, request.use, request.common_name
    )


def _make(arguments: argparse.Namespace, estate: Estate, now: datetime) -> None:
    """Key pairs and certificates, to the folder."""
    role = next((role for role in RemotePartyRole if role.label == arguments.role), None)
    issued = Keystore()
    for use in map(KeyUse, arguments.use) if arguments.use else uses_of(role):
        issued.add(
            *(
                estate.authority.issue_device(arguments.eui, use)
                if role is None
                else estate.authority.issue_organisation(arguments.eui, role, use)
            )
        )
    for entry in issued.entries():
        estate.keystore.add(entry.certificate, entry.private_key, entry.use)
    estate.keystore.save(estate.folder)
    for entry in issued.entries():
        estate.repository.lodge(entry.certificate, now, party="issue")
        print(describe(entry))
