"""Whether a certificate may be relied on: its chain to an anchor, signatures, dates, and role against key usage."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from gbcs.errors import RoleError
from gbcs.roles import Purpose
from smki.certificate import Certificate, Kind
from smki.errors import VerificationError


def verify(
    certificate: Certificate,
    anchors: Collection[Certificate],
    at: datetime,
    intermediates: Collection[Certificate] = (),
) -> tuple[Certificate, ...]:
    """Verifies `certificate` at the time `at` (timezone-aware) and returns its chain, up to the anchor.

    Raises:
        VerificationError: `use` where role and key usage do not go together, `validity` for a certificate of the
            chain that is not valid at the time, `issuer` where the chain does not reach an anchor, `signature`
            where no issuer of the right name made a certificate's signature.
    """
    if certificate.kind is not Kind.AUTHORITY:
        _check_use(certificate)
    chain = [certificate]
    while True:
        current = chain[-1]
        if not current.is_valid_at(at):
            raise VerificationError("validity", f"{current} is valid from {current.not_before} to {current.not_after}")
        if current in anchors:
            return tuple(chain)
        issuers = [
            issuer
            for issuer in (*anchors, *intermediates)
            if issuer.kind is Kind.AUTHORITY and issuer.subject == current.issuer and issuer not in chain
        ]
        if not issuers:
            raise VerificationError("issuer", f"no certificate of {current.issuer_text}, which issued {current}")
        signers = [issuer for issuer in issuers if current.is_signed_by(issuer.public_key)]
        if not signers:
            raise VerificationError("signature", f"{current} is not signed by {current.issuer_text}")
        chain.append(signers[0])


def _check_use(certificate: Certificate) -> None:
    try:
        certificate.check_role(Purpose.CERTIFICATE)
    except RoleError as error:
        raise VerificationError("use", f"{certificate}: {error.reason}") from error
