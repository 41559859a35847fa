"""Verification: who signed a document, and what exactly was signed.

Whatever is not exactly the profile is refused before anything is computed, and what comes out is what the signature is
of, not the document that came in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, Protocol

from cryptography.x509 import Name

from duis import markup
from duis.document import request_id_of
from duis.errors import Check, SignatureError
from duis.markup import DUIS, REQUEST, RESPONSE, SIGNATURE, Node
from duis.signature import profile
from gbcs.errors import RoleError
from gbcs.eui64 import Eui64
from gbcs.roles import Purpose
from gbcs.security.ecc import signature_is_valid
from smki import chain, errors
from smki.certificate import Certificate, Kind, Validity
from smki.errors import VerificationError
from smki.keystore import Keystore
from smki.revocation import RevocationList

_REVOKED = (errors.Check.REVOKED, errors.Check.SUSPENDED)
#: Where a Response carries what a SMETS1 service provider signed: parents of that signature, from the inside out.
_SMETS1_PLACES = (
    [f"{{{DUIS}}}{name}" for name in ("SMETS1SignedResponse", "SMETS1ResponseMessage", "Body")],
    [f"{{{DUIS}}}{name}" for name in ("S1SPAlert", "S1SPAlertDSP", "DCCAlert", "DCCAlertMessage", "Body")],
)


class XmlKeys(Protocol):
    """Whoever knows the certificates of signers: a keystore, the SMKI repository."""

    def certificate_by_issuer_serial(self, issuer: Name, serial: int) -> Certificate:
        """The certificate; raises `gbcs.errors.MissingKeyError` when it is not known."""
        ...


@dataclass(frozen=True, slots=True)
class Policy:
    """What is asked of a signature beyond being right.

    Attributes:
        request: what a certificate has to serve for to sign a Request (`gbcs.roles`).
        response: what it has to serve for to sign a Response.
        check_originator: a Request is to be signed by the originator that its RequestID names. If not, any user can
            ask in another's name.
        white_space: a document that was laid out after it was signed is read as it was before, without white space
            between elements. If not, layout breaks the signature, as XML Signature has it.
        anchors: certification authorities that are trusted; a certificate's chain has to end at one. Without any, a
            certificate that is known is trusted as it is, and the result says so.
        intermediates: authorities that may stand between.
        revocation_lists: where given, with anchors, every certificate of a chain has to be covered by a current one.
    """

    request: Purpose = Purpose.USER_XML_SIGNATURE
    response: Purpose = Purpose.DCC_XML_SIGNATURE
    check_originator: bool = True
    white_space: bool = True
    anchors: frozenset[Certificate] = frozenset()
    intermediates: frozenset[Certificate] = frozenset()
    revocation_lists: tuple[RevocationList, ...] | None = None

    def trusting(self, authorities: Iterable[Certificate]) -> Policy:
        """The policy with those authorities: roots, which name themselves as issuers, are anchors."""
        held = frozenset(authorities)
        roots = frozenset(authority for authority in held if authority.is_self_issued)
        return replace(self, anchors=roots, intermediates=held - roots)


STRICT = Policy()
#: Takes also what was signed before there were certificates for XML: by the keys for GBCS messages.
LEGACY = Policy(Purpose.LEGACY_USER_XML_SIGNATURE, Purpose.LEGACY_DCC_XML_SIGNATURE)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a signature vouches for.

    Attributes:
        content: the signed octets: the document in canonical form, without its signature. Read this, not the input.
        certificate: the signer's.
        chain: from that certificate to the anchor; the certificate alone where the policy has no anchors.
        originator: the signer; for a Request the originator of its RequestID, where the policy checks that.
        notes: what the policy let pass, in words.
    """

    content: bytes
    certificate: Certificate
    chain: tuple[Certificate, ...]
    originator: Eui64
    notes: tuple[str, ...]


class Verifier:
    """Verifies documents one after the other; what is found out of a signer's certificate is found out once.

    Args:
        keys: knows the signers' certificates.
        policy: whose signatures are accepted.
    """

    def __init__(self, keys: XmlKeys, policy: Policy = STRICT) -> None:
        self._keys = keys
        self._policy = policy
        self._signers: dict[tuple[Certificate, str], _Signer] = {}
        self._chains: dict[Certificate, tuple[Certificate, ...]] = {}

    @classmethod
    def of(cls, keystore: Keystore, policy: Policy = STRICT) -> Verifier:
        """A verifier by the certificates of a keystore, whose certification authorities, if it has any, are trusted."""
        authorities = [entry.certificate for entry in keystore.entries() if entry.certificate.kind is Kind.AUTHORITY]
        return cls(keystore, policy.trusting(authorities))

    def verify(self, document: bytes, at: datetime) -> Verified:
        """Returns only if the document has one signature of the profile, made by whom the policy allows.

        Args:
            document: the octets as received.
            at: when (timezone-aware) the certificates have to be valid.

        Raises:
            DocumentError: the document is no DUIS Request or Response.
            SignatureError: `check` tells what is wrong.
            MissingKeyError: the certificate is not known.
        """
        root = markup.parse(document)
        notes: list[str] = []
        try:
            content, certificate = self._signed_content(root)
        except SignatureError as error:
            if not self._policy.white_space or error.check not in (Check.DIGEST, Check.VALUE):
                raise
            root = markup.parse(document)
            markup.compact(root)
            content, certificate = self._signed_content(root)
            notes.append("laid out after it was signed")
        signer = self._signer(certificate, root.tag)
        certificates = self._chain(certificate, at)
        originator = request_id_of(root).originator if root.tag == REQUEST else signer.eui
        if self._policy.check_originator and originator != signer.eui:
            raise SignatureError(Check.ORIGINATOR, f"by {signer.eui}, in the name of {originator}")
        if root.tag == RESPONSE and next(root.iter(SIGNATURE), None) is not None:
            notes.append("the signature of a SMETS1 service provider inside was not checked")
        return Verified(content, certificate, certificates, originator, (*signer.notes, *notes))

    def _signed_content(self, root: Node) -> tuple[bytes, Certificate]:
        """What the signature in `root` is of, and whose certificate it names; `root` is left without it."""
        signature = _own_signature(root)
        claim = profile.read(signature)
        markup.detach(signature)
        certificate = self._keys.certificate_by_issuer_serial(claim.issuer, claim.serial)
        content = markup.canonical(root)
        if hashlib.sha256(content).digest() != claim.digest:
            raise SignatureError(Check.DIGEST, "the content is not what was signed")
        if not signature_is_valid(certificate.public_key, claim.value, claim.signed_info):
            raise SignatureError(Check.VALUE, f"not by the key of {certificate}")
        return content, certificate

    def _signer(self, certificate: Certificate, tag: str) -> _Signer:
        """The holder of a certificate that may sign documents with this root."""
        known = self._signers.get((certificate, tag))
        if known:
            return known
        strict, allowed = (
            (STRICT.request, self._policy.request) if tag == REQUEST else (STRICT.response, self._policy.response)
        )
        try:
            certificate.check_role(allowed)
        except RoleError as error:
            raise SignatureError(Check.ROLE, f"{certificate}: {error.reason}") from error
        if not certificate.eui:
            raise SignatureError(Check.ROLE, f"{certificate} is not for signing in anyone's name")
        notes = list(certificate.notes)
        if not certificate.serves(strict):
            notes.append(f"{certificate} is for GBCS messages")
        if not self._policy.anchors:
            notes.append("no trust anchor is held: the chain was not checked")
        self._signers[certificate, tag] = signer = _Signer(certificate.eui, tuple(notes))
        return signer

    def _chain(self, certificate: Certificate, at: datetime) -> tuple[Certificate, ...]:
        """The chain of a certificate, every one of it valid at the time."""
        validity = certificate.validity_at(at)
        if validity is Validity.NOT_YET_VALID:
            raise SignatureError(Check.NOT_YET_VALID, f"{certificate} begins {certificate.not_before.isoformat()}")
        if validity is Validity.EXPIRED:
            raise SignatureError(Check.EXPIRED, f"{certificate} ended {certificate.not_after.isoformat()}")
        if not self._policy.anchors:
            return (certificate,)
        known = self._chains.get(certificate, ())
        # A revocation may have a date, so that with lists the time matters to more than validity.
        if not known or self._policy.revocation_lists or not all(link.is_valid_at(at) for link in known):
            policy = chain.Policy(revocation_lists=self._policy.revocation_lists)
            try:
                known = chain.verify(certificate, self._policy.anchors, at, self._policy.intermediates, policy=policy)
            except VerificationError as error:
                check = Check.REVOKED if error.check in _REVOKED else Check.CHAIN
                raise SignatureError(check, f"{certificate}: {error}") from error
            self._chains[certificate] = known
        return known


class _Signer(NamedTuple):
    """Who may sign, and what the policy let pass."""

    eui: Eui64
    notes: tuple[str, ...]


def verify(document: bytes, keys: XmlKeys, policy: Policy, at: datetime) -> Verified:
    """Verifies one document; see `Verifier.verify`."""
    return Verifier(keys, policy).verify(document, at)


def _own_signature(root: Node) -> Node:
    found = list(root.iter(SIGNATURE))
    if len(found) > 1 and root.tag == RESPONSE:
        found = [signature for signature in found if not _is_of_provider(signature, root)]
    if not found:
        raise SignatureError(Check.MISSING, "the document is not signed")
    if len(found) > 1:
        raise SignatureError(Check.SEVERAL, f"{len(found)} signatures in the document")
    if found[0].getparent() is not root or found[0].getnext() is not None:
        raise SignatureError(Check.POSITION, "not the last element of the document's root")
    return found[0]


def _is_of_provider(signature: Node, root: Node) -> bool:
    """Whether it stands where a SMETS1 service provider's does."""
    outer = list(signature.iterancestors())
    return outer[-1] is root and [node.tag for node in outer[:-1]] in _SMETS1_PLACES
