"""Revocation lists: the CRL of an Organisation Certification Authority and the ARL of a root, made and read.

Device certificates are replaced and never revoked; their state is the repository's. Source: RFC 5280 section 5; SMKI
Organisation Certificate Policy (certificate status).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from smki import pem
from smki.certificate import REFUSALS, Certificate
from smki.errors import RevocationListError

#: Larger lists are not looked into.
MAXIMUM_OCTETS = 1 << 24


class Reason(StrEnum):
    """Why a certificate is on the list (RFC 5280 section 5.3.1); the last one suspends it."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    AUTHORITY_COMPROMISE = "cACompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION = "cessationOfOperation"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"
    HOLD = "certificateHold"


class Revocation(NamedTuple):
    """One entry: since when (timezone-aware, whole seconds) and why."""

    since: datetime
    reason: Reason


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list as it was issued.

    Attributes:
        der: the list as it was read.
        issuer: name of the authority.
        authority_key_identifier: which of its keys signed; `None` where the list does not say.
        number: cRLNumber, which grows with every issue; `None` without one.
        this_update, next_update: when it was issued, and when there will be another; `None` where it does not say.
        revocations: by serial number.
    """

    der: bytes
    issuer: x509.Name
    authority_key_identifier: bytes | None
    number: int | None
    this_update: datetime
    next_update: datetime | None
    revocations: Mapping[int, Revocation]

    @classmethod
    def load(cls, data: bytes) -> RevocationList:
        """Reads DER, or the first list in PEM text.

        Raises:
            RevocationListError: there is none.
        """
        if len(data) > MAXIMUM_OCTETS:
            raise RevocationListError(f"{len(data)} octets are too many for a revocation list")
        der = next((octets for label, octets in pem.blocks(data) if label == "X509 CRL"), data)
        try:
            source = x509.load_der_x509_crl(der)
            identifier, number = None, None
            for extension in source.extensions:
                if isinstance(extension.value, x509.AuthorityKeyIdentifier):
                    identifier = extension.value.key_identifier
                elif isinstance(extension.value, x509.CRLNumber):
                    number = extension.value.crl_number
                elif extension.critical:
                    raise RevocationListError(f"critical extension {extension.oid.dotted_string} is not known")
            return cls(
                der=der,
                issuer=source.issuer,
                authority_key_identifier=identifier,
                number=number,
                this_update=source.last_update_utc,
                next_update=source.next_update_utc,
                revocations={
                    entry.serial_number: Revocation(entry.revocation_date_utc, _reason(entry)) for entry in source
                },
            )
        except REFUSALS as error:
            raise RevocationListError(f"no readable revocation list: {error}") from error

    def is_current_at(self, at: datetime) -> bool:
        """Whether `at` (timezone-aware) lies between this update and the next."""
        return self.this_update <= at and (self.next_update is None or at <= self.next_update)

    def is_of(self, issuer: Certificate) -> bool:
        """Whether `issuer` made this list: its name, its key identifier, its signature, and it may sign lists."""
        named = self.authority_key_identifier in (None, issuer.subject_key_identifier)
        return self.issuer == issuer.subject and named and issuer.signs_lists and self._is_signed_by(issuer.public_key)

    def to_pem(self) -> bytes:
        """The list in PEM armour."""
        return pem.armour("X509 CRL", self.der)

    def _is_signed_by(self, key: ec.EllipticCurvePublicKey) -> bool:
        source = x509.load_der_x509_crl(self.der)
        try:
            key.verify(source.signature, source.tbs_certlist_bytes, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


def build(
    issuer: Certificate,
    issuer_key: ec.EllipticCurvePrivateKey,
    revocations: Iterable[tuple[int, Revocation]],
    *,
    number: int,
    this_update: datetime,
    next_update: datetime,
) -> RevocationList:
    """A list of these serial numbers; the same arguments give the same octets."""
    identifier = issuer.subject_key_identifier
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(this_update.astimezone(UTC).replace(microsecond=0))
        .next_update(next_update.astimezone(UTC).replace(microsecond=0))
    )
    if identifier is not None:
        builder = builder.add_extension(x509.AuthorityKeyIdentifier(identifier, None, None), critical=False)
    builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    for serial, revocation in sorted(revocations):
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(serial)
            .revocation_date(revocation.since.astimezone(UTC).replace(microsecond=0))
        )
        if revocation.reason is not Reason.UNSPECIFIED:  # which RFC 5280 wants left out
            entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags(revocation.reason.value)), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    source = builder.sign(issuer_key, hashes.SHA256(), ecdsa_deterministic=True)
    return RevocationList.load(source.public_bytes(Encoding.DER))


def _reason(entry: x509.RevokedCertificate) -> Reason:
    for extension in entry.extensions:
        if isinstance(extension.value, x509.CRLReason):
            try:
                return Reason(extension.value.reason.value)
            except ValueError:
                break
    return Reason.UNSPECIFIED
