"""Whether a certificate may be relied on: its path to an anchor at a given time, and what it is meant for.

Source: RFC 5280 section 6.1; the Organisation and Device Certificate Policies; GBCS 12.4 for roles. Every condition has
its own `smki.errors.Check`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from gbcs.errors import RoleError
from gbcs.eui64 import Eui64
from gbcs.roles import Purpose
from smki.certificate import Certificate, Kind, Validity
from smki.conformity import ECDSA_WITH_NULL, ECDSA_WITH_SHA256, deviations
from smki.errors import CertificateError, Check, VerificationError
from smki.profiles import ANY_POLICY, CRITICAL, TEST_POLICIES, Hierarchy, Policies
from smki.revocation import Reason, RevocationList

_KNOWN = frozenset(oid.dotted_string for oid in CRITICAL)


@dataclass(frozen=True, slots=True)
class Policy:
    """What is asked of a path beyond being whole.

    Attributes:
        policies: the certificate policy OIDs of the estate.
        revocation_lists: where given, every organisation and authority below the anchor has to be covered by a list
            that is current. Devices never are: their certificates are replaced, not revoked.
        profile: whether the certificate has to have its profile in every detail (`smki.conformity`).
        forgiven: checks that are passed over, for test material that is long expired or was never right. A path needs
            its issuers and signatures all the same.
    """

    policies: Policies = TEST_POLICIES
    revocation_lists: Collection[RevocationList] | None = None
    profile: bool = False
    forgiven: Collection[Check] = frozenset()


STRICT = Policy()


def verify(
    certificate: Certificate,
    anchors: Collection[Certificate],
    at: datetime,
    intermediates: Collection[Certificate] = (),
    *,
    purpose: Purpose = Purpose.CERTIFICATE,
    eui: Eui64 | None = None,
    policy: Policy = STRICT,
) -> tuple[Certificate, ...]:
    """Verifies `certificate` and returns its path, up to the anchor.

    Args:
        certificate: an end entity's or an authority's.
        anchors: what is trusted: roots, or any certificate that is pinned.
        at: when (timezone-aware) every certificate of the path has to be valid.
        intermediates: authorities that may stand between.
        purpose: what the key is to be relied on for.
        eui: who has to be the holder, if that matters.
        policy: what else is asked.

    Raises:
        VerificationError: `check` tells what is wrong.
    """
    return _Path(certificate, at, policy).to(anchors, intermediates, purpose, eui)


class _Path:
    def __init__(self, certificate: Certificate, at: datetime, policy: Policy) -> None:
        self._path = [certificate]
        self._at = at
        self._policy = policy

    def to(
        self, anchors: Collection[Certificate], others: Collection[Certificate], purpose: Purpose, eui: Eui64 | None
    ) -> tuple[Certificate, ...]:
        leaf = self._path[0]
        self._check_holder(leaf, purpose, eui)
        while True:
            current = self._path[-1]
            self._check_form(current)
            self._check_dates(current)
            if current in anchors:
                return tuple(self._path)
            self._check_policy(current)
            issuer = self._issuer(current, (*anchors, *others))
            self._check_status(current, issuer)
            self._path.append(issuer)

    def _fail(self, check: Check, reason: str) -> None:
        if check not in self._policy.forgiven:
            raise VerificationError(check, reason)

    def _check_holder(self, leaf: Certificate, purpose: Purpose, eui: Eui64 | None) -> None:
        if leaf.kind is not Kind.AUTHORITY or purpose is not Purpose.CERTIFICATE:
            try:
                leaf.check_role(purpose)
            except RoleError as error:
                self._fail(Check(error.check), f"{leaf}: {error.reason}")
        if eui is not None and leaf.eui != eui:
            self._fail(Check.EUI, f"{leaf} is not {eui}")
        if self._policy.profile and (found := deviations(leaf, self._policy.policies)):
            self._fail(Check.PROFILE, f"{leaf}: " + "; ".join(map(str, found)))

    def _check_form(self, current: Certificate) -> None:
        try:
            structure = current.structure()
        except CertificateError as error:
            raise VerificationError(Check.ENCODING, f"{current}: {error}") from error
        if ECDSA_WITH_NULL in structure.algorithms:
            self._fail(Check.NULL_PARAMETERS, f"{current}: NULL where ecdsa-with-SHA256 has no parameters")
        elif set(structure.algorithms) != {ECDSA_WITH_SHA256}:
            self._fail(Check.ALGORITHM, f"{current} is not signed with ecdsa-with-SHA256")
        unknown = [item.oid for item in structure.extensions if item.critical and item.oid not in _KNOWN]
        if unknown:
            self._fail(Check.CRITICAL_EXTENSION, f"{current}: {', '.join(unknown)}")

    def _check_dates(self, current: Certificate) -> None:
        validity = current.validity_at(self._at)
        if validity is not Validity.VALID:
            self._fail(Check(validity.value), f"{current} is valid from {current.not_before} to {current.not_after}")

    def _check_policy(self, current: Certificate) -> None:
        """The leaf's policy has to be that of its hierarchy, and its authorities have to issue under it."""
        leaf = self._path[0]
        wanted = {self._policy.policies.of(hierarchy) for hierarchy in _hierarchies(leaf)}
        if current.kind is Kind.AUTHORITY:
            wanted.add(ANY_POLICY)
        if not wanted.intersection(current.policies):
            self._fail(
                Check.POLICY, f"{current} has the policies {', '.join(current.policies)}, not {' or '.join(wanted)}"
            )

    def _issuer(self, current: Certificate, candidates: tuple[Certificate, ...]) -> Certificate:
        """The certificate whose key signed `current`."""
        named = [
            candidate for candidate in candidates if candidate.subject == current.issuer and candidate not in self._path
        ]
        if not named:
            raise VerificationError(Check.ISSUER, f"no certificate of {current.issuer_text}, which issued {current}")
        try:
            signers = [issuer for issuer in named if current.is_signed_by(issuer.public_key)]
        except CertificateError as error:
            raise VerificationError(Check.ENCODING, f"{current}: {error}") from error
        if not signers:
            raise VerificationError(Check.SIGNATURE, f"{current} is not signed by {current.issuer_text}")
        # After a change of key there may be several with the same key: the one that is valid first.
        issuer = min(signers, key=lambda signer: not signer.is_valid_at(self._at))
        if not issuer.is_authority:
            self._fail(Check.BASIC_CONSTRAINTS, f"{issuer} is no certification authority, but issued {current}")
        if not issuer.signs_certificates:
            self._fail(Check.ISSUER_KEY_USAGE, f"{issuer} may not sign certificates, but issued {current}")
        between = sum(not passed.is_self_issued for passed in self._path[1:])
        if issuer.path_length is not None and between > issuer.path_length:
            self._fail(Check.PATH_LENGTH, f"{issuer} may have {issuer.path_length} authorities below it, not {between}")
        return issuer

    def _check_status(self, current: Certificate, issuer: Certificate) -> None:
        lists = self._policy.revocation_lists
        if lists is None or current.kind is Kind.DEVICE:
            return
        current_lists = [item for item in lists if item.is_current_at(self._at) and item.is_of(issuer)]
        if not current_lists:
            self._fail(Check.REVOCATION_UNKNOWN, f"no current revocation list of {issuer}, which issued {current}")
            return
        newest = max(current_lists, key=lambda item: (item.number or 0, item.this_update))
        revocation = newest.revocations.get(current.serial)
        if revocation and revocation.since <= self._at:
            check = Check.SUSPENDED if revocation.reason is Reason.HOLD else Check.REVOKED
            self._fail(check, f"{current}: since {revocation.since.isoformat()}, {revocation.reason}")


def _hierarchies(leaf: Certificate) -> tuple[Hierarchy, ...]:
    if leaf.kind is Kind.AUTHORITY:
        return tuple(Hierarchy)
    return (Hierarchy.DEVICE if leaf.kind is Kind.DEVICE else Hierarchy.ORGANISATION,)
