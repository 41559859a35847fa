"""The folder of `smki init`: keys and certificates as PEM files, the repository and the registry beside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from gbcs.errors import MissingKeyError
from smki.authority import TestAuthority
from smki.certificate import Certificate, Kind
from smki.errors import CertificateError
from smki.keystore import Keystore, open_keystore
from smki.repository import Repository
from smki.revocation import RevocationList
from smki.storage import authority_stem

REPOSITORY, REGISTRY = "repository.db", "parties.json"


class Estate(NamedTuple):
    """An opened folder."""

    folder: Path
    authority: TestAuthority
    keystore: Keystore
    repository: Repository


@contextmanager
def opened(folder: str, now: datetime) -> Iterator[Estate]:
    """Opens the folder; what its files hold and its repository does not is lodged first.

    Raises:
        KeystoreError: the folder holds nothing readable.
        MissingKeyError: it lacks an authority with its private key.
        RepositoryError: the repository cannot be read or written.
    """
    authority, keystore = TestAuthority.open(folder, now), open_keystore(folder)
    with Repository(Path(folder) / REPOSITORY) as repository:
        lodge(repository, keystore, authority, now)
        yield Estate(Path(folder), authority, keystore, repository)


def lodge(repository: Repository, keystore: Keystore, authority: TestAuthority, now: datetime) -> None:
    """Lodges what the keystore holds of the authority's certificates and the repository does not."""
    held = {lodged.certificate for lodged in repository.find(now)}
    with repository.transaction():
        for certificate in dict.fromkeys(entry.certificate for entry in keystore.entries()):
            if certificate not in held and _is_issued_by(authority, certificate):
                repository.lodge(certificate, now, manufacturing=certificate.kind is Kind.DEVICE, party="init")


def _is_issued_by(authority: TestAuthority, certificate: Certificate) -> bool:
    issuers = [issuer for issuer in authority.certificates() if issuer.subject == certificate.issuer]
    try:
        return any(certificate.is_signed_by(issuer.public_key) for issuer in issuers)
    except CertificateError:
        return False


def certificate_with(repository: Repository, serial: int, now: datetime) -> Certificate:
    """The certificate with a serial number.

    Raises:
        MissingKeyError: there is none, or more than one.
    """
    found = repository.find(now, serial=serial)
    if len(found) != 1:
        raise MissingKeyError(f"certificate with serial {serial:x}" if not found else f"single certificate {serial:x}")
    return found[0].certificate


def write_list(estate: Estate, issuer: Certificate, made: RevocationList) -> Path:
    """Writes a list beside the certificate of the authority that signed it."""
    path = estate.folder / f"{authority_stem(issuer)}.crl"
    path.write_bytes(made.to_pem())
    return path
