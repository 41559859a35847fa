"""Chains: what makes a certificate one to rely on, each condition by itself."""

from __future__ import annotations

import random
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import Name

from gbcs.roles import KeyUse, Purpose, RemotePartyRole
from smki import building, profiles, revocation
from smki.authority import Issued, TestAuthority
from smki.certificate import Certificate
from smki.chain import Policy, verify
from smki.errors import Check, VerificationError
from smki.profiles import Policies, Profile
from smki.revocation import Reason, Revocation, RevocationList
from tests.smki import dirt
from tests.smki.conftest import METER, NOW, SUPPLIER


@pytest.fixture(scope="module")
def leaf(authority: TestAuthority) -> Certificate:
    return authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS).certificate


def _check(
    certificate: Certificate,
    authority: TestAuthority,
    at: datetime = NOW,
    *,
    intermediates: Collection[Certificate] | None = None,
    **asked: Any,
) -> Check | None:
    """The check that fails."""
    if intermediates is None:
        intermediates = [authority.organisation_ca.certificate, authority.device_ca.certificate]
    try:
        verify(certificate, [authority.root.certificate, authority.device_root.certificate], at, intermediates, **asked)
    except VerificationError as error:
        return error.check
    return None


def test_the_chain_is_returned(authority: TestAuthority, leaf: Certificate) -> None:
    root, issuing = authority.root.certificate, authority.organisation_ca.certificate
    assert verify(leaf, [root], NOW, [issuing]) == (leaf, issuing, root)
    assert verify(leaf, [issuing], NOW) == (leaf, issuing)
    assert verify(root, [root], NOW) == (root,)


def test_every_certificate_of_the_chain_has_to_be_valid(authority: TestAuthority, leaf: Certificate) -> None:
    second = timedelta(seconds=1)
    assert _check(leaf, authority, leaf.not_after) is None
    assert _check(leaf, authority, leaf.not_after + second) is Check.EXPIRED
    assert _check(leaf, authority, leaf.not_before - second) is Check.NOT_YET_VALID
    late = authority.issue_organisation(
        SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS, now=authority.organisation_ca.certificate.not_after
    ).certificate
    assert _check(late, authority, late.not_before) is None
    assert _check(late, authority, late.not_after) is Check.EXPIRED


def test_the_chain_has_to_reach_an_anchor(authority: TestAuthority, leaf: Certificate) -> None:
    assert _check(leaf, authority, intermediates=()) is Check.ISSUER
    # One that made itself an authority of the same name, and vouches for itself.
    impostor = TestAuthority.create(NOW, random.Random(9))
    with pytest.raises(VerificationError, match="issuer"):
        verify(impostor.root.certificate, [authority.organisation_ca.certificate], NOW, [impostor.root.certificate])


def test_the_name_of_the_issuer_is_not_enough(authority: TestAuthority, leaf: Certificate) -> None:
    impostor = TestAuthority.create(NOW, random.Random(9))
    forged = impostor.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS).certificate
    assert forged.issuer == leaf.issuer
    assert _check(forged, authority) is Check.SIGNATURE


def test_an_end_entity_issues_nothing(authority: TestAuthority, leaf: Certificate) -> None:
    issuing = authority.organisation_ca
    supplier = authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS)
    given = [issuing.certificate, supplier.certificate]
    made = _issued(supplier, profiles.ORGANISATIONS[RemotePartyRole.SUPPLIER], leaf.subject, KeyUse.DS)
    assert _check(made.certificate, authority, intermediates=given) is Check.BASIC_CONSTRAINTS
    # With either of the two things that make an authority, and not the other.
    for change, check in (
        (
            lambda der: dirt.with_extension(Certificate.load(der), issuing, "2.5.29.19", "30030101ff"),
            Check.ISSUER_KEY_USAGE,
        ),
        (
            lambda der: dirt.with_key_usage(Certificate.load(der), issuing, {"key_cert_sign"}),
            Check.BASIC_CONSTRAINTS,
        ),
    ):
        half = Certificate.load(change(supplier.certificate.der))
        assert _check(made.certificate, authority, intermediates=[issuing.certificate, half]) is check


def test_an_issuing_authority_has_no_authority_below_it(authority: TestAuthority, leaf: Certificate) -> None:
    issuing = authority.organisation_ca
    name = building.authority_subject("O2", RemotePartyRole.ISSUING_AUTHORITY)
    below = _issued(issuing, profiles.ISSUING_OCA, name, None)
    made = _issued(below, profiles.ORGANISATIONS[RemotePartyRole.SUPPLIER], leaf.subject, KeyUse.DS)
    given = [issuing.certificate, below.certificate]
    assert _check(made.certificate, authority, intermediates=given) is Check.PATH_LENGTH
    assert verify(made.certificate, [below.certificate], NOW) == (made.certificate, below.certificate)
    assert _check(made.certificate, authority, intermediates=given, policy=Policy(forgiven={Check.PATH_LENGTH})) is None


@pytest.mark.parametrize(
    ("oid", "value", "check"),
    [
        ("2.5.29.32", "300830060604551d2000", Check.POLICY),  # anyPolicy, which is not for end entities
        ("1.2.3.4", "0500", Check.CRITICAL_EXTENSION),
        ("2.5.29.37", "300a06082b06010505070301", Check.CRITICAL_EXTENSION),
    ],
)
def test_policies_and_extensions(
    authority: TestAuthority, leaf: Certificate, oid: str, value: str, check: Check
) -> None:
    certificate = Certificate.load(dirt.with_extension(leaf, authority.organisation_ca, oid, value))
    assert _check(certificate, authority) is check
    assert _check(certificate, authority, policy=Policy(forgiven={check})) is None


def test_the_policies_of_an_estate_are_configured(authority: TestAuthority, leaf: Certificate, meter: Issued) -> None:
    production = Policy(Policies(organisation="1.2.826.0.1.8641679.1.2.1.9"))
    assert _check(leaf, authority, policy=production) is Check.POLICY
    assert _check(meter.certificate, authority, policy=production) is None


def test_null_parameters_and_other_algorithms(authority: TestAuthority, leaf: Certificate) -> None:
    null = Certificate.load(dirt.with_null_parameters(leaf, authority.organisation_ca))
    assert _check(null, authority) is Check.NULL_PARAMETERS
    assert _check(null, authority, policy=Policy(forgiven={Check.NULL_PARAMETERS})) is None
    other = leaf.der.replace(bytes.fromhex("2a8648ce3d040302"), bytes.fromhex("2a8648ce3d040303"))
    assert _check(Certificate.load(other), authority) is Check.ALGORITHM


def test_the_holder_can_be_asked_for(authority: TestAuthority, leaf: Certificate, meter: Issued) -> None:
    assert _check(leaf, authority, eui=SUPPLIER) is None
    assert _check(leaf, authority, eui=METER) is Check.EUI
    assert _check(leaf, authority, purpose=Purpose.GBCS_SIGNATURE) is None
    assert _check(leaf, authority, purpose=Purpose.USER_XML_SIGNATURE) is Check.ROLE
    assert _check(leaf, authority, purpose=Purpose.GBCS_KEY_AGREEMENT) is Check.KEY_USAGE
    assert _check(meter.certificate, authority, purpose=Purpose.TRUST_ANCHOR) is Check.ROLE
    assert _check(authority.root.certificate, authority, purpose=Purpose.GBCS_SIGNATURE) is Check.ROLE
    xml = authority.issue_organisation(SUPPLIER, RemotePartyRole.XML_SIGN, KeyUse.DS).certificate
    for purpose in (Purpose.GBCS_SIGNATURE, Purpose.GBCS_KEY_AGREEMENT, Purpose.TRUST_ANCHOR):
        assert _check(xml, authority, purpose=purpose) is Check.ROLE
    assert _check(xml, authority, purpose=Purpose.USER_XML_SIGNATURE, eui=SUPPLIER) is None


def test_the_profile_can_be_asked_for(authority: TestAuthority, leaf: Certificate) -> None:
    asked = Policy(profile=True)
    assert _check(leaf, authority, policy=asked) is None
    late = dirt.with_unit(leaf, authority.organisation_ca, "3A").replace(b"\x0c\x023A", b"\x0c\x023a")
    assert _check(Certificate.load(late), authority, policy=asked) is not None
    odd = Certificate.load(dirt.without_extension(leaf, authority.organisation_ca, "authority_key_identifier"))
    assert _check(odd, authority) is None
    assert _check(odd, authority, policy=asked) is Check.PROFILE


@pytest.mark.parametrize(
    ("unit", "check"),
    [("02", None), ("87", None), ("88", Check.ROLE), ("07", Check.ROLE), ("Energy", Check.ROLE)],
)
def test_the_role_has_to_be_one_that_signs(
    authority: TestAuthority, leaf: Certificate, unit: str, check: Check | None
) -> None:
    certificate = Certificate.load(dirt.with_unit(leaf, authority.organisation_ca, unit))
    assert _check(certificate, authority) is check


@pytest.mark.parametrize(
    ("usage", "check"),
    [
        ({"digital_signature"}, None),
        ({"key_agreement"}, Check.KEY_USAGE),
        ({"digital_signature", "key_agreement"}, Check.KEY_USAGE),
    ],
)
def test_xml_signing_is_for_signatures_only(authority: TestAuthority, usage: set[str], check: Check | None) -> None:
    issued = authority.issue_organisation(SUPPLIER, RemotePartyRole.XML_SIGN, KeyUse.DS)
    certificate = Certificate.load(dirt.with_key_usage(issued.certificate, authority.organisation_ca, usage))
    assert _check(certificate, authority) is check


class _Lists(NamedTuple):
    """The revocation lists of an organisation hierarchy, on the next day."""

    organisation: RevocationList
    root: RevocationList

    @classmethod
    def make(cls, authority: TestAuthority, *revoked: tuple[Certificate, Reason]) -> _Lists:
        def made(issuer: Issued) -> RevocationList:
            of = [
                (item.serial, Revocation(NOW, why))
                for item, why in revoked
                if item.issuer == issuer.certificate.subject
            ]
            day = timedelta(days=1)
            return revocation.build(*issuer[:2], of, number=7, this_update=NOW + day, next_update=NOW + 2 * day)

        return cls(made(authority.organisation_ca), made(authority.root))


@pytest.mark.parametrize(("reason", "check"), [(Reason.KEY_COMPROMISE, Check.REVOKED), (Reason.HOLD, Check.SUSPENDED)])
def test_revoked_and_suspended(authority: TestAuthority, leaf: Certificate, reason: Reason, check: Check) -> None:
    later = NOW + timedelta(hours=30)
    good, bad = _Lists.make(authority), _Lists.make(authority, (leaf, reason))
    assert _check(leaf, authority, later, policy=Policy(revocation_lists=good)) is None
    assert _check(leaf, authority, later, policy=Policy(revocation_lists=bad)) is check
    issuing = authority.organisation_ca.certificate
    without = _Lists.make(authority, (issuing, reason))
    assert _check(leaf, authority, later, policy=Policy(revocation_lists=without)) is check
    assert verify(leaf, [issuing], later, policy=Policy(revocation_lists=without)) == (leaf, issuing)


def test_status_has_to_be_known_where_it_is_asked(authority: TestAuthority, leaf: Certificate, meter: Issued) -> None:
    lists = _Lists.make(authority)
    later = NOW + timedelta(hours=30)
    forged = _Lists.make(TestAuthority.create(NOW, random.Random(9)))
    for at, held in (
        (NOW, lists),
        (NOW + timedelta(days=3), lists),
        (later, [lists.root]),
        (later, forged),
        (later, ()),
    ):
        assert _check(leaf, authority, at, policy=Policy(revocation_lists=held)) is Check.REVOCATION_UNKNOWN
    assert (
        _check(meter.certificate, authority, later, policy=Policy(revocation_lists=lists)) is Check.REVOCATION_UNKNOWN
    )
    alone = Policy(revocation_lists=())
    assert verify(meter.certificate, [authority.device_ca.certificate], later, policy=alone)


def _issued(issuer: Issued, profile: Profile, subject: Name, use: KeyUse | None) -> Issued:
    key = ec.generate_private_key(ec.SECP256R1())
    der = building.build(
        profile,
        subject=subject,
        device=None,
        public_key=key.public_key(),
        use=use,
        issuer=issuer.certificate.subject,
        issuer_key=issuer.private_key,
        serial=1 << 120,
        now=NOW,
    )
    return Issued(Certificate.load(der), key, use)
