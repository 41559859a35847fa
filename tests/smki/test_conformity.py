"""Profiles: every deviation is named, and what is made here has none."""

from __future__ import annotations

import pytest
from cryptography.x509 import Name

from gbcs.roles import KeyUse, RemotePartyRole, uses_of
from smki import profiles
from smki.authority import TestAuthority, make_estate
from smki.building import authority_subject, organisation_subject
from smki.certificate import Certificate
from smki.conformity import deviations
from smki.profiles import PROFILES, Policies, profile_of
from tests.smki import dirt
from tests.smki.conftest import METER, NOW, SUPPLIER


def test_there_is_a_profile_for_every_role_and_kind() -> None:
    roles = {role.label for role in RemotePartyRole}
    assert set(PROFILES) == roles | {"deviceRoot", "deviceAuthority", "device"}
    assert PROFILES["xmlSign"].uses == PROFILES["dspXmlSign"].uses == (KeyUse.DS,)


def test_what_is_made_here_has_its_profile(authority: TestAuthority) -> None:
    made = [entry.certificate for entry in make_estate(authority, devices=[METER]).entries()]
    made += [
        authority.issue_organisation(SUPPLIER, role, use, common_name="RIG").certificate
        for role in profiles.ORGANISATIONS
        for use in uses_of(role)
    ]
    assert {profile.name for certificate in made if (profile := profile_of(certificate))} == set(PROFILES)
    assert [deviations(certificate) for certificate in made if deviations(certificate)] == []


def test_policies_are_configuration(authority: TestAuthority) -> None:
    own = Policies("1.2.826.0.1.8641679.1.2.1.7", "1.2.826.0.1.8641679.1.2.1.8")
    other = TestAuthority.create(NOW, policies=own)
    for held in (other.issue_device(METER, KeyUse.DS), other.organisation_ca, other.root):
        assert deviations(held.certificate, own) == ()
    (found,) = deviations(other.issue_device(METER, KeyUse.DS).certificate)
    assert found.field == "extensions.certificatePolicies"
    assert "the policy 1.2.826.0.1.1800000.1.2.1.4 alone" in found.reason
    assert "Certificate Policy" in found.source


@pytest.mark.parametrize(
    ("oid", "value", "fields"),
    [
        ("2.5.29.15", "03020780", []),
        ("2.5.29.15", "030206c0", ["extensions.keyUsage"]),
        ("2.5.29.15", "03020106", ["subject"]),  # no authority has this role
        ("2.5.29.14", "04084000000000000000", ["extensions.subjectKeyIdentifier"]),
        ("2.5.29.35", "3009800740000000000000", ["extensions.authorityKeyIdentifier"]),
        ("2.5.29.35", "301680144000000000000000400000000000000040000000", ["extensions.authorityKeyIdentifier"]),
        ("2.5.29.32", "300830060604551d2000", ["extensions.certificatePolicies"]),
        ("2.5.29.19", "3000", ["extensions.basicConstraints"]),
        ("2.5.29.37", "300a06082b06010505070301", ["extensions.extendedKeyUsage"]),
        ("2.5.29.31", "300b3009a007a0058603666f6f", ["extensions.cRLDistributionPoints"]),
        ("1.2.3.4", "0500", ["extensions.1.2.3.4"]),
    ],
)
def test_extensions(authority: TestAuthority, oid: str, value: str, fields: list[str]) -> None:
    certificate = authority.issue_organisation(SUPPLIER, RemotePartyRole.XML_SIGN, KeyUse.DS).certificate
    changed = Certificate.load(dirt.with_extension(certificate, authority.organisation_ca, oid, value))
    # The extension stands behind the others now, and is critical.
    found = [item.field for item in deviations(changed) if item.reason != "critical" and item.field != "extensions"]
    assert found == fields


def test_names(authority: TestAuthority) -> None:
    issuing = authority.organisation_ca
    certificate = authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS).certificate
    lower = Certificate.load(dirt.with_unit(certificate, issuing, "7f"))
    assert [item.field for item in deviations(lower)] == ["subject.OU"]
    unknown = Certificate.load(dirt.with_unit(certificate, issuing, "88"))
    assert [str(item) for item in deviations(unknown)] == [
        "subject: role 136 has no certificate profile of this kind (SMKI Certificate Policy, certificate profiles)"
    ]
    other = Certificate.load(dirt.with_null_parameters(certificate, issuing))
    assert [item.field for item in deviations(other)] == ["signature", "signatureAlgorithm"]


def test_subjects_consist_of_what_the_profile_says(authority: TestAuthority) -> None:
    certificate = authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS).certificate
    parts = list(organisation_subject(SUPPLIER, RemotePartyRole.SUPPLIER, "RIG"))
    for subject, reason in (
        (Name([*parts[1:], parts[0]]), "OU, uniqueIdentifier, CN where CN if any, OU, uniqueIdentifier belongs"),
        (Name([*parts, parts[1]]), "CN, OU, uniqueIdentifier, OU where"),
        (Name([*authority_subject("X", RemotePartyRole.SUPPLIER), parts[2]]), "OU, CN, uniqueIdentifier where"),
    ):
        changed = Certificate.load(dirt.with_subject(certificate, authority.organisation_ca, subject))
        (found,) = deviations(changed)
        assert found.field == "subject"
        assert reason in found.reason
