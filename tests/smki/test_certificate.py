"""Reading certificates: what they say, and what is forgiven."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from gbcs.roles import KeyUse, RemotePartyRole
from smki.authority import Issued, TestAuthority
from smki.certificate import Certificate, Kind, parse_name
from smki.errors import CertificateError
from tests.smki import dirt
from tests.smki.conftest import METER, NOW, SUPPLIER


def test_an_organisation_certificate_says_who_holds_it(authority: TestAuthority) -> None:
    certificate = authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS).certificate
    assert certificate.kind is Kind.ORGANISATION
    assert (certificate.eui, certificate.role, certificate.use) == (SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS)
    assert certificate.issuer_text == "CN=O1,OU=07"
    assert certificate.notes == ()
    assert str(certificate) == f"organisation {SUPPLIER} supplier DS serial {certificate.serial:032X}"


def test_a_device_certificate_says_whose_it_is(meter: Issued) -> None:
    certificate = meter.certificate
    assert (certificate.kind, certificate.eui, certificate.use) == (Kind.DEVICE, METER, KeyUse.DS)
    assert certificate.role is None
    assert certificate.role_code is None


def test_an_authority_has_a_role_and_no_use(authority: TestAuthority) -> None:
    certificate = authority.organisation_ca.certificate
    assert (certificate.kind, certificate.eui, certificate.use) == (Kind.AUTHORITY, None, None)
    assert certificate.role is RemotePartyRole.ISSUING_AUTHORITY
    assert authority.root.certificate.is_self_issued
    assert not certificate.is_self_issued


def test_der_and_pem_in_any_company_read_alike(meter: Issued) -> None:
    certificate = meter.certificate
    text = b"Subject: a meter\r\n" + certificate.to_pem().replace(b"\n", b"\r\n") + b"\r\nBye."
    assert Certificate.load(text) == Certificate.load(certificate.der) == certificate
    assert len({Certificate.load(text), certificate}) == 1
    assert x509.load_pem_x509_certificate(certificate.to_pem()).public_bytes(Encoding.DER) == certificate.der


def test_the_period_of_validity_includes_both_ends(authority: TestAuthority) -> None:
    certificate = authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS).certificate
    second = timedelta(seconds=1)
    assert certificate.is_valid_at(certificate.not_before)
    assert certificate.is_valid_at(certificate.not_after)
    assert not certificate.is_valid_at(certificate.not_before - second)
    assert not certificate.is_valid_at(certificate.not_after + second)


def test_null_parameters_are_forgiven_and_noted(authority: TestAuthority) -> None:
    issued = authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.KA)
    der = dirt.with_null_parameters(issued.certificate, authority.organisation_ca)
    certificate = Certificate.load(der)
    assert certificate.notes == ("signature algorithm with NULL parameters",)
    assert certificate.der == der
    assert (certificate.eui, certificate.use, certificate.serial) == (SUPPLIER, KeyUse.KA, issued.certificate.serial)
    assert certificate.public_key == issued.private_key.public_key()
    assert certificate.is_signed_by(authority.organisation_ca.certificate.public_key)


def test_lengths_that_are_not_minimal_are_forgiven_and_noted(authority: TestAuthority, meter: Issued) -> None:
    strict = meter.certificate
    assert strict.der[:2] == b"\x30\x82"
    certificate = Certificate.load(b"\x30\x83\x00" + strict.der[2:])
    assert certificate.notes[0].startswith("not strict DER")
    assert certificate.eui == METER
    assert certificate.is_signed_by(authority.device_ca.certificate.public_key)


@pytest.mark.parametrize(
    ("unit", "code", "role", "noted"),
    [
        ("89", 137, RemotePartyRole.DSP_XML_SIGN, False),
        ("137", 137, RemotePartyRole.DSP_XML_SIGN, True),
        ("7f", 127, RemotePartyRole.OTHER, True),
        ("88", 136, None, False),
        ("Energy", None, None, True),
    ],
)
def test_the_role_is_two_hexadecimal_digits_or_else_noted(
    authority: TestAuthority, unit: str, code: int | None, role: RemotePartyRole | None, noted: bool
) -> None:
    issued = authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS)
    certificate = Certificate.load(dirt.with_unit(issued.certificate, authority.organisation_ca, unit))
    assert (certificate.role_code, certificate.role) == (code, role)
    assert [repr(unit) in note for note in certificate.notes] == [True] * noted


@pytest.mark.parametrize("usage", [{"digital_signature", "key_agreement"}, {"data_encipherment"}])
def test_a_key_for_two_uses_or_none_has_no_use(authority: TestAuthority, meter: Issued, usage: set[str]) -> None:
    certificate = Certificate.load(dirt.with_key_usage(meter.certificate, authority.device_ca, usage))
    assert certificate.use is None
    assert len(certificate.notes) == 1


@pytest.mark.parametrize(
    "key", [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)], ids=["P-384", "RSA"]
)
def test_keys_on_no_p256_curve_are_refused(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    name = x509.Name.from_rfc4514_string("CN=x")
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW, NOW)
    with pytest.raises(CertificateError, match="P-256"):
        Certificate.load(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER))


@given(position=st.integers(32, 430), removed=st.integers(0, 3), inserted=st.binary(max_size=3))
def test_damaged_octets_are_read_or_refused_and_nothing_else(
    meter: Issued, position: int, removed: int, inserted: bytes
) -> None:
    der = bytearray(meter.certificate.der)
    der[position : position + removed] = inserted
    try:
        certificate = Certificate.load(bytes(der))
    except CertificateError:
        return
    assert certificate.der == der
    assert str(certificate)


@given(st.binary())
def test_other_octets_are_refused(octets: bytes) -> None:
    with pytest.raises(CertificateError):
        Certificate.load(octets)


def test_names_compare_by_content() -> None:
    assert parse_name("CN=Z1,OU=07") == parse_name(" CN=Z1, OU=07\n")
    assert parse_name("CN=Z1,OU=07") != parse_name("OU=07,CN=Z1")
    assert parse_name("CN=Z1,OU=07") != parse_name("CN=Z1")
    assert parse_name(r"CN=a\, b,OU=07").rfc4514_string() == r"CN=a\, b,OU=07"


@pytest.mark.parametrize("text", ["Z1", "CN=Z1;OU=07", "2.5.4.45=#030900ff"])
def test_text_that_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(CertificateError, match="distinguished name"):
        parse_name(text)


def test_a_signature_by_another_key_is_none(authority: TestAuthority, meter: Issued) -> None:
    certificate = meter.certificate
    assert certificate.is_signed_by(authority.device_ca.certificate.public_key)
    assert not certificate.is_signed_by(authority.organisation_ca.certificate.public_key)


@pytest.mark.parametrize("serial", ["00" * 16, "80" + "01" * 15])
def test_a_serial_number_is_positive(meter: Issued, serial: str) -> None:
    own = meter.certificate.serial.to_bytes(16, "big")
    with pytest.raises(CertificateError, match="not positive"):
        Certificate.load(meter.certificate.der.replace(own, bytes.fromhex(serial)))
