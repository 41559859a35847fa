"""Chains: what makes a certificate one to rely on, each condition by itself."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from gbcs.roles import KeyUse, RemotePartyRole
from smki.authority import TestAuthority
from smki.certificate import Certificate
from smki.chain import verify
from smki.errors import VerificationError
from tests.smki import dirt
from tests.smki.conftest import NOW, SUPPLIER


@pytest.fixture(scope="module")
def leaf(authority: TestAuthority) -> Certificate:
    return authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS).certificate


def _check(
    certificate: Certificate, authority: TestAuthority, at: datetime = NOW, *, intermediates: bool = True
) -> str:
    """The check that fails, or an empty string."""
    given = [authority.organisation_ca.certificate, authority.device_ca.certificate] if intermediates else []
    try:
        verify(certificate, [authority.root.certificate], at, given)
    except VerificationError as error:
        return error.check
    return ""


def test_the_chain_is_returned(authority: TestAuthority, leaf: Certificate) -> None:
    root, issuing = authority.root.certificate, authority.organisation_ca.certificate
    assert verify(leaf, [root], NOW, [issuing]) == (leaf, issuing, root)
    assert verify(leaf, [issuing], NOW) == (leaf, issuing)
    assert verify(root, [root], NOW) == (root,)


def test_every_certificate_of_the_chain_has_to_be_valid(authority: TestAuthority, leaf: Certificate) -> None:
    second = timedelta(seconds=1)
    assert _check(leaf, authority, leaf.not_after) == ""
    assert _check(leaf, authority, leaf.not_after + second) == "validity"
    assert _check(leaf, authority, leaf.not_before - second) == "validity"
    late = authority.issue_organisation(
        SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS, now=authority.organisation_ca.certificate.not_after
    ).certificate
    assert _check(late, authority, late.not_before) == ""
    assert _check(late, authority, late.not_after) == "validity"


def test_the_chain_has_to_reach_an_anchor(authority: TestAuthority, leaf: Certificate) -> None:
    assert _check(leaf, authority, intermediates=False) == "issuer"
    # One that made itself an authority of the same name, and vouches for itself.
    impostor = TestAuthority.create(NOW, random.Random(9))
    with pytest.raises(VerificationError, match="issuer"):
        verify(impostor.root.certificate, [authority.organisation_ca.certificate], NOW, [impostor.root.certificate])


def test_the_name_of_the_issuer_is_not_enough(authority: TestAuthority, leaf: Certificate) -> None:
    impostor = TestAuthority.create(NOW, random.Random(9))
    forged = impostor.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS).certificate
    assert forged.issuer == leaf.issuer
    assert _check(forged, authority) == "signature"


def test_an_end_entity_issues_nothing(authority: TestAuthority) -> None:
    supplier = authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS)
    pretender = TestAuthority([authority.root, supplier, authority.device_ca], NOW, random.Random(9))
    certificate = pretender.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS).certificate
    with pytest.raises(VerificationError, match="issuer"):
        verify(
            certificate,
            [authority.root.certificate],
            NOW,
            [supplier.certificate, authority.organisation_ca.certificate],
        )


@pytest.mark.parametrize(("unit", "check"), [("02", ""), ("87", ""), ("88", "use"), ("07", "use"), ("Energy", "use")])
def test_the_role_has_to_be_one_that_signs(authority: TestAuthority, leaf: Certificate, unit: str, check: str) -> None:
    certificate = Certificate.load(dirt.with_unit(leaf, authority.organisation_ca, unit))
    assert _check(certificate, authority) == check


@pytest.mark.parametrize(
    ("usage", "check"),
    [({"digital_signature"}, ""), ({"key_agreement"}, "use"), ({"digital_signature", "key_agreement"}, "use")],
)
def test_xml_signing_is_for_signatures_only(authority: TestAuthority, usage: set[str], check: str) -> None:
    issued = authority.issue_organisation(SUPPLIER, RemotePartyRole.XML_SIGN, KeyUse.DS)
    certificate = Certificate.load(dirt.with_key_usage(issued.certificate, authority.organisation_ca, usage))
    assert _check(certificate, authority) == check
