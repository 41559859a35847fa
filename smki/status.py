"""Revoking, suspending and reinstating certificates, and the lists that say so.

Only organisations and authorities are on lists; device certificates are replaced. Source: SMKI Organisation Certificate
Policy (revocation); SEC Appendix D.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from smki.authority import Issued, TestAuthority
from smki.certificate import Certificate, Kind
from smki.errors import RevocationListError
from smki.profiles import ISSUING_OCA, ROOT, profile_of
from smki.repository import Repository
from smki.revocation import Reason, Revocation, RevocationList

#: How long a list is good for: the organisation CA's CRL and the root's ARL. A new one comes at half-time.
LIFETIMES = {ISSUING_OCA.name: timedelta(days=1), ROOT.name: timedelta(days=365)}


def revoke(
    authority: TestAuthority, repository: Repository, certificate: Certificate, reason: Reason, now: datetime
) -> RevocationList:
    """Revokes a certificate, or suspends it for `Reason.HOLD`; returns the new list.

    Raises:
        RevocationListError: a device's or a root's certificate, or one of another authority.
        RepositoryError: it is not held, or revoked for good already.
    """
    issuer = _issuer(authority, certificate)
    with repository.transaction():
        repository.revoke(certificate, Revocation(now.replace(microsecond=0), reason))
        return _issue(authority, repository, issuer, now)


def reinstate(
    authority: TestAuthority, repository: Repository, certificate: Certificate, now: datetime
) -> RevocationList:
    """Takes a certificate off hold; returns the new list. Raises as `revoke`."""
    issuer = _issuer(authority, certificate)
    with repository.transaction():
        repository.reinstate(certificate)
        return _issue(authority, repository, issuer, now)


def current_list(authority: TestAuthority, repository: Repository, issuer: Issued, now: datetime) -> RevocationList:
    """The list of an authority's key, a new one if there is none or the last is past half of its time."""
    with repository.transaction():
        newest = repository.newest_list(issuer.certificate)
        if newest and newest.this_update <= now <= newest.this_update + _lifetime(issuer) / 2:
            return newest
        return _issue(authority, repository, issuer, now)


def list_issuers(authority: TestAuthority) -> list[Issued]:
    """Those that sign lists: every generation of the organisation CA and of its root."""
    return [issued for issued in authority.authorities() if _name(issued) in LIFETIMES]


def _issue(authority: TestAuthority, repository: Repository, issuer: Issued, now: datetime) -> RevocationList:
    newest = repository.newest_list(issuer.certificate)
    made = authority.revocation_list(
        issuer,
        repository.revocations(issuer.certificate),
        number=1 + (newest.number or 0 if newest else 0),
        lifetime=_lifetime(issuer),
        now=now,
    )
    repository.add_list(issuer.certificate, made)
    return made


def _issuer(authority: TestAuthority, certificate: Certificate) -> Issued:
    if certificate.kind is Kind.DEVICE:
        raise RevocationListError(f"{certificate}: device certificates are replaced, not revoked")
    if certificate.is_self_issued:
        raise RevocationListError(f"{certificate}: a root is on nobody's list")
    for issuer in list_issuers(authority):
        if certificate.is_signed_by(issuer.certificate.public_key):
            return issuer
    raise RevocationListError(f"{certificate} was not issued by an authority that has a list here")


def _name(issued: Issued) -> str:
    profile = profile_of(issued.certificate)
    return profile.name if profile else ""


def _lifetime(issuer: Issued) -> timedelta:
    return LIFETIMES[_name(issuer)]
