"""What the test authority makes, with openssl as the judge."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gbcs.errors import MissingKeyError
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, RemotePartyRole
from smki import profiles
from smki.authority import PARTIES, Issued, TestAuthority, make_estate
from smki.building import key_identifier
from smki.certificate import Certificate
from smki.chain import verify
from smki.conformity import deviations
from smki.errors import KeystoreError, ProfileError
from smki.profiles import Profile
from tests.smki.conftest import METER, NOW, SUPPLIER

Openssl = Callable[..., str]


@pytest.fixture
def show(openssl: Openssl, tmp_path: Path) -> Callable[[Certificate], str]:
    def call(certificate: Certificate) -> str:
        path = tmp_path / "shown.pem"
        path.write_bytes(certificate.to_pem())
        text = openssl("x509", "-in", path, "-noout", "-text", "-nameopt", "show_type,sep_comma_plus_space,sname")
        return re.sub(r"\s+", " ", text)

    return call


@pytest.fixture
def is_trusted(
    openssl: Openssl, authority: TestAuthority, tmp_path: Path
) -> Callable[[Issued, Issued, datetime], bool]:
    def call(issued: Issued, issuer: Issued, at: datetime) -> bool:
        for name, certificate in (
            ("root", (authority.device_root if issuer == authority.device_ca else authority.root).certificate),
            ("ca", issuer.certificate),
            ("leaf", issued.certificate),
        ):
            (tmp_path / f"{name}.pem").write_bytes(certificate.to_pem())
        arguments = ["-x509_strict", "-attime", str(int(at.timestamp())), "-CAfile", tmp_path / "root.pem"]
        return "leaf.pem: OK" in openssl("verify", *arguments, "-untrusted", tmp_path / "ca.pem", tmp_path / "leaf.pem")

    return call


def test_organisation_certificate(authority: TestAuthority, show: Callable[[Certificate], str]) -> None:
    certificate = authority.issue_organisation(
        SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.KA, common_name="RIG"
    ).certificate
    text = show(certificate)
    assert "Version: 3" in text
    assert text.count("Signature Algorithm: ecdsa-with-SHA256") == 2
    assert "Issuer: OU=PRINTABLESTRING:07, CN=PRINTABLESTRING:O1" in text
    assert "Subject: CN=UTF8STRING:RIG, OU=UTF8STRING:02, x500UniqueIdentifier=" in text
    assert "Not Before: Mar 14 00:00:00 2026 GMT Not After : Mar 13 23:59:59 2036 GMT" in text
    extensions = re.search("X509v3 extensions: (.*) Signature Algorithm", text)
    assert extensions
    assert extensions[1] == (
        "X509v3 Key Usage: critical Key Agreement "
        f"X509v3 Subject Key Identifier: {key_identifier(certificate.public_key).hex(':').upper()} "
        "X509v3 Certificate Policies: critical Policy: 1.2.826.0.1.8641679.1.2.1.4 "
        "X509v3 Authority Key Identifier: "
        + key_identifier(authority.organisation_ca.certificate.public_key).hex(":").upper()
    )


def test_device_certificate(authority: TestAuthority, show: Callable[[Certificate], str]) -> None:
    text = show(authority.issue_device(METER, KeyUse.DS).certificate)
    assert "Issuer: CN=PRINTABLESTRING:D1 Validity" in text
    assert "Not Before: Mar 14 15:09:26 2026 GMT Not After : Dec 31 23:59:59 9999 GMT Subject: Subject Public" in text
    names = [name.strip() for name in re.findall(r"X509v3 ([A-Z][A-Za-z ]+): ?(?:critical)?", text)]
    assert names == [
        "Key Usage",
        "Subject Key Identifier",
        "Subject Alternative Name",
        "Certificate Policies",
        "Authority Key Identifier",
    ]
    assert "X509v3 Key Usage: critical Digital Signature X509v3" in text
    assert "X509v3 Subject Alternative Name: critical" in text
    assert "Policy: 1.2.826.0.1.1800000.1.2.1.4" in text


def test_authority_certificates(authority: TestAuthority, show: Callable[[Certificate], str]) -> None:
    root, issuing = show(authority.root.certificate), show(authority.organisation_ca.certificate)
    assert "Subject: OU=PRINTABLESTRING:00, CN=PRINTABLESTRING:R1" in root
    assert "X509v3 Basic Constraints: critical CA:TRUE X509v3" in root
    assert "Policy: X509v3 Any Policy" in root
    assert "Not After : Mar 13 23:59:59 2076 GMT" in root
    assert "X509v3 Key Usage: critical Certificate Sign, CRL Sign" in issuing
    assert "X509v3 Basic Constraints: critical CA:TRUE, pathlen:0" in issuing
    assert "Not After : Mar 13 23:59:59 2051 GMT" in issuing


def test_openssl_trusts_what_was_issued(
    authority: TestAuthority, is_trusted: Callable[[Issued, Issued, datetime], bool]
) -> None:
    supplier = authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS)
    meter = authority.issue_device(METER, KeyUse.KA)
    assert is_trusted(supplier, authority.organisation_ca, NOW)
    assert is_trusted(meter, authority.device_ca, NOW)
    assert not is_trusted(supplier, authority.device_ca, NOW)
    assert not is_trusted(supplier, authority.organisation_ca, NOW + timedelta(days=3653))
    assert not is_trusted(meter, authority.device_ca, NOW - timedelta(seconds=1))


@pytest.mark.parametrize("day", [datetime(2024, 2, 29, 12, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)])
def test_ten_years_end_the_day_before_also_from_a_leap_day(authority: TestAuthority, day: datetime) -> None:
    certificate = authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS, now=day).certificate
    last_february = datetime(day.year + 10, 2, 28, 23, 59, 59, tzinfo=UTC)
    assert (certificate.not_before, certificate.not_after) == (day.replace(hour=0), last_february)


def test_serials_have_sixteen_octets(authority: TestAuthority) -> None:
    for _ in range(20):
        serial = authority.issue_device(METER, KeyUse.DS).certificate.serial
        assert len(serial.to_bytes(16, "big", signed=True).lstrip(b"\0")) == 16


def test_everything_comes_from_the_seed() -> None:
    def octets(seed: int) -> list[bytes]:
        authority = TestAuthority.create(NOW, random.Random(seed))
        return [entry.certificate.der for entry in make_estate(authority, devices=[METER]).entries()]

    assert octets(7) == octets(7)
    assert not set(octets(7)) & set(octets(8))


@pytest.mark.parametrize(
    ("role", "use"),
    [
        (RemotePartyRole.XML_SIGN, KeyUse.KA),
        (RemotePartyRole.DSP_XML_SIGN, KeyUse.KA),
        (RemotePartyRole.NETWORK_OPERATOR, KeyUse.PP),
        (RemotePartyRole.RECOVERY, KeyUse.KA),
        (RemotePartyRole.ROOT, KeyUse.DS),
    ],
)
def test_a_use_that_the_role_does_not_have_is_refused(
    authority: TestAuthority, role: RemotePartyRole, use: KeyUse
) -> None:
    with pytest.raises(ProfileError, match=role.label):
        authority.issue_organisation(SUPPLIER, role, use)


def test_a_device_has_no_prepayment_key(authority: TestAuthority) -> None:
    with pytest.raises(ProfileError, match="device"):
        authority.issue_device(METER, KeyUse.PP)


def test_a_reopened_authority_issues_more(authority: TestAuthority, tmp_path: Path) -> None:
    authority.save(tmp_path)
    reopened = TestAuthority.open(tmp_path, NOW, random.Random(2))
    assert reopened.root.certificate == authority.root.certificate
    assert reopened.organisation_ca.certificate == authority.organisation_ca.certificate
    certificate = reopened.issue_device(METER, KeyUse.DS).certificate
    assert certificate.is_signed_by(authority.device_ca.certificate.public_key)


def test_an_authority_without_a_key_does_not_open(authority: TestAuthority, tmp_path: Path) -> None:
    authority.save(tmp_path)
    (tmp_path / "device-ca.key").unlink()
    with pytest.raises(MissingKeyError, match="D1"):
        TestAuthority.open(tmp_path, NOW)


def test_an_empty_folder_is_no_authority(tmp_path: Path) -> None:
    with pytest.raises(KeystoreError, match="no certificates or keys"):
        TestAuthority.open(tmp_path, NOW)


def test_the_estate_holds_every_key_of_a_rig(authority: TestAuthority) -> None:
    estate = make_estate(authority, devices=[METER])
    held = {
        (entry.certificate.eui, entry.certificate.role, entry.use) for entry in estate.entries() if entry.private_key
    }
    uses = {
        RemotePartyRole.RECOVERY: "ds",
        RemotePartyRole.SUPPLIER: "ds ka pp-ka",
        RemotePartyRole.NETWORK_OPERATOR: "ds ka",
        RemotePartyRole.ACCESS_CONTROL_BROKER: "ds ka",
        RemotePartyRole.TRANSITIONAL_COS: "ds",
        RemotePartyRole.WAN_PROVIDER: "ds ka",
        RemotePartyRole.LOAD_CONTROLLER: "ds ka",
    }
    wanted: set[tuple[Eui64 | None, RemotePartyRole | None, KeyUse | None]] = {
        (PARTIES[role], role, KeyUse(use)) for role, text in uses.items() for use in text.split()
    }
    for role in (RemotePartyRole.SUPPLIER, RemotePartyRole.NETWORK_OPERATOR, RemotePartyRole.LOAD_CONTROLLER):
        wanted.add((PARTIES[role], RemotePartyRole.XML_SIGN, KeyUse.DS))
    wanted.add((PARTIES[RemotePartyRole.ACCESS_CONTROL_BROKER], RemotePartyRole.DSP_XML_SIGN, KeyUse.DS))
    wanted |= {(METER, None, KeyUse.DS), (METER, None, KeyUse.KA)}
    assert held == wanted


@pytest.mark.parametrize("profile", [profiles.ISSUING_OCA, profiles.ISSUING_DCA])
def test_an_issuing_authority_changes_its_key(profile: Profile) -> None:
    authority = TestAuthority.create(NOW, random.Random(3))
    before, root = [_leaf(authority, profile)], [authority.root.certificate, authority.device_root.certificate]
    (made,) = authority.roll_over(profile, now=NOW + timedelta(days=1))
    after = _leaf(authority, profile)
    assert (made.subject, made.issuer) == (before[0].issuer, root[profile is profiles.ISSUING_DCA].subject)
    assert after.authority_key_identifier == made.subject_key_identifier != before[0].authority_key_identifier
    at = NOW + timedelta(days=2)
    for leaf, depth in ((before[0], 3), (after, 3)):
        assert len(verify(leaf, root, at, authority.certificates())) == depth
    assert deviations(made) == ()


@pytest.mark.parametrize("profile", [profiles.ROOT, profiles.DEVICE_ROOT])
def test_a_root_changes_its_key_and_either_vouches_for_the_other(profile: Profile, tmp_path: Path) -> None:
    authority = TestAuthority.create(NOW, random.Random(3))
    issuing = profiles.ISSUING_OCA if profile is profiles.ROOT else profiles.ISSUING_DCA
    old = (authority.root if profile is profiles.ROOT else authority.device_root).certificate
    before = _leaf(authority, issuing)
    new, new_by_old, old_by_new = authority.roll_over(profile, now=NOW + timedelta(days=1))
    authority.roll_over(issuing, now=NOW + timedelta(days=1))
    after = _leaf(authority, issuing)
    at = NOW + timedelta(days=2)
    former, renewed = authority.certificates(), [authority.organisation_ca.certificate, authority.device_ca.certificate]
    for leaf in (before, after):
        for anchor in (old, new):
            path = verify(leaf, [anchor], at, [item for item in former if item not in (old, new)])
            assert path[-1] == anchor
    assert len(verify(after, [old], at, [*renewed, new_by_old])) == 4
    assert old_by_new.public_key == old.public_key
    authority.save(tmp_path)
    assert set(TestAuthority.open(tmp_path, at).certificates()) == set(former)
    assert TestAuthority.open(tmp_path, at).root.certificate == authority.root.certificate


def test_a_key_changed_twice_in_a_day_is_the_last_one_after_reopening(tmp_path: Path) -> None:
    authority = TestAuthority.create(NOW, random.Random(3))
    for _ in range(4):
        authority.roll_over(profiles.ISSUING_DCA)
    authority.save(tmp_path)
    assert TestAuthority.open(tmp_path, NOW).device_ca.certificate == authority.device_ca.certificate
    assert len({item.public_key.public_numbers() for item in authority.certificates()}) == 8


def test_an_end_entity_does_not_roll_over(authority: TestAuthority) -> None:
    with pytest.raises(ProfileError, match="no authority"):
        authority.roll_over(profiles.DEVICE)


def _leaf(authority: TestAuthority, issuing: Profile) -> Certificate:
    if issuing is profiles.ISSUING_DCA:
        return authority.issue_device(METER, KeyUse.DS).certificate
    return authority.issue_organisation(SUPPLIER, RemotePartyRole.XML_SIGN, KeyUse.DS).certificate


def test_the_parties_can_be_others(authority: TestAuthority) -> None:
    broker = Eui64(bytes(8))
    estate = make_estate(authority, parties={RemotePartyRole.ACCESS_CONTROL_BROKER: broker})
    assert estate.broker() == broker
    assert {entry.certificate.eui for entry in estate.entries()} == {None, broker}
