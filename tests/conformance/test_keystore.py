"""The keystores of the public test estates, and certificates made here beside real ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import parser

from gbcs.errors import MissingKeyError
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, RemotePartyRole
from smki.authority import TestAuthority
from smki.certificate import Certificate, Kind
from smki.chain import verify
from smki.errors import VerificationError
from smki.keystore import Keystore, open_keystore
from smki.profiles import key_identifier

BROKER = Eui64.parse("90-B3-D5-1F-30-00-00-02")
SUPPLIER = Eui64.parse("90-B3-D5-1F-30-01-00-00")
SUPPLIER_2 = Eui64.parse("90-B3-D5-1F-30-03-00-00")
METER = Eui64.parse("00-DB-12-34-56-78-90-A0")
STORES = ("keystore", "xmlsign", "zaz1-keystore.json")


@pytest.fixture(scope="module")
def stores(reference: Path) -> dict[str, Keystore]:
    return {name: open_keystore(reference / "rtds" / name) for name in STORES}


@pytest.fixture(scope="module")
def issuing(reference: Path) -> Certificate:
    """The issuing authority Z1, as a message carries it."""
    serial = "71872BDBC82789BC1401CE01BA06ADA3"
    for path in sorted((reference / "rtds/messages").rglob("*.HEX")):
        before, found, after = path.read_text().strip().partition(serial)
        if found:
            octets = bytes.fromhex(before[-30:] + serial + after)
            return Certificate.load(octets[: parser.peek(octets)])
    pytest.skip("no message of the reference data carries the issuing authority's certificate")


def test_everything_is_read(stores: dict[str, Keystore]) -> None:
    # 416 files in the folder, two of which hold the same certificate.
    certificates = {name: len({entry.certificate for entry in store.entries()}) for name, store in stores.items()}
    assert certificates == {"keystore": 415, "xmlsign": 19, "zaz1-keystore.json": 33}
    private = {name: sum(bool(entry.private_key) for entry in store.entries()) for name, store in stores.items()}
    assert private == {"keystore": 15, "xmlsign": 19, "zaz1-keystore.json": 33}
    kinds = Counter(entry.certificate.kind for entry in stores["keystore"].entries())
    assert kinds == {Kind.DEVICE: 400, Kind.ORGANISATION: 15}
    for store in stores.values():
        for entry in store.entries():
            assert entry.certificate.eui
            assert entry.use
            assert entry.certificate.role or entry.certificate.kind is Kind.DEVICE
            assert entry.certificate.subject_key_identifier == key_identifier(entry.certificate.public_key)


def test_what_is_odd_is_noted(stores: dict[str, Keystore]) -> None:
    assert {name: store.notes for name, store in stores.items()} == {
        "keystore": (
            "90b3d51f30000007-ka.pem: named for party 90-B3-D5-1F-30-00-00-07, "
            "but the certificate's is 90-B3-D5-1F-30-03-00-00",
            "fffffffffffffffe-ka.pem: public key that cannot be used",
            "123456789abcdef0-ka.key: private key without a certificate",
            "abababababababab-ka.key: private key without a certificate",
        ),
        "xmlsign": (
            "dsp-xml-sign-90B3D51F30000002-ds-pre-1.4.1.pem: role '137' is not two upper-case hexadecimal digits",
        ),
        "zaz1-keystore.json": (
            "mdr-ka: signature algorithm with NULL parameters",
            "mdr-ds: signature algorithm with NULL parameters",
        ),
    }


@pytest.mark.parametrize(
    ("one", "secret"),
    [
        (SUPPLIER, "42DA8FAD4C8C9D613976F39F1E79CCC88571EFA43933D57146B533BC6D253E0F"),
        (BROKER, "ED342441DF01551A6BEAFF3B54ADC981F4C6A7E71DFF4C3E1CC80B3C9F4E5AC0"),
    ],
)
def test_shared_secrets_are_the_published_ones(stores: dict[str, Keystore], one: Eui64, secret: str) -> None:
    assert stores["keystore"].broker() == BROKER
    assert stores["keystore"].shared_secret(one, METER).hex().upper() == secret
    assert stores["keystore"].shared_secret(METER, one).hex().upper() == secret


def test_keys_go_by_the_certificate_and_not_by_the_file(stores: dict[str, Keystore]) -> None:
    store = stores["keystore"]
    assert store.shared_secret(SUPPLIER_2, METER) != store.shared_secret(SUPPLIER_2, METER, KeyUse.PP)
    with pytest.raises(MissingKeyError):
        store.shared_secret(Eui64.parse("90-B3-D5-1F-30-00-00-07"), METER)
    assert len(store.shared_secret(Eui64.parse("123456789ABCDEF0"), METER)) == 32
    assert not store.entries(role=RemotePartyRole.XML_SIGN)


def test_the_newest_generation_is_taken(stores: dict[str, Keystore]) -> None:
    store = stores["zaz1-keystore.json"]
    names = {
        store.find(SUPPLIER, use, role=RemotePartyRole.SUPPLIER, at=at).name
        for use in KeyUse
        for at in (None, datetime(2015, 12, 1, tzinfo=UTC))
    }
    assert names == {
        "Z1b-supplier-ds",
        "Z1b-supplier-ka",
        "Z1b-supplierPP-ka",
        "Z1-supplier-ds",
        "Z1-supplier-ka",
        "Z1-supplierPP-ka",
    }


def test_xml_is_signed_by_xml_keys_and_messages_by_others(stores: dict[str, Keystore]) -> None:
    for name in ("xmlsign", "zaz1-keystore.json"):
        store = stores[name]
        assert store.xml_signer(SUPPLIER)[1].serial == 0x14BE4AD2EA1D0E4EC7F7156BD24624A7
        assert store.verifying_key(SUPPLIER) != store.xml_signer(SUPPLIER)[1].public_key
        assert store.xml_signer(BROKER)[1].role is RemotePartyRole.DSP_XML_SIGN
    of_2018 = stores["xmlsign"].certificate_by_issuer_serial("CN=Z1,OU=07", 0x261E9CCC40A78FD13D83BCE07DACFE08)
    assert of_2018.role is RemotePartyRole.DSP_XML_SIGN


def test_real_certificates_verify_under_their_authority(stores: dict[str, Keystore], issuing: Certificate) -> None:
    def check(certificate: Certificate) -> str:
        try:
            verify(certificate, [issuing], datetime(2025, 10, 1, tzinfo=UTC))
        except VerificationError as error:
            return error.check
        return "valid"

    found = {name: Counter(check(entry.certificate) for entry in store.entries()) for name, store in stores.items()}
    assert found == {
        "keystore": {"valid": 13, "signature": 2, "issuer": 400},
        "xmlsign": {"valid": 14, "signature": 5},
        "zaz1-keystore.json": {"valid": 25, "signature": 4, "issuer": 2, "validity": 2},
    }


def _shape(octets: bytes) -> Iterator[object]:
    """The tree of DER values, with those contents that all certificates of a profile have in common."""
    while octets:
        class_, method, tag, header, contents, trailer = parser.parse(octets)
        octets = octets[len(header) + len(contents) + len(trailer) :]
        yield class_, method, tag
        universal = tag if class_ == 0 else None
        if method or (universal == 4 and len(contents) != 8):  # OCTET STRING other than EUI-64 and key identifier
            yield list(_shape(contents))
        elif universal in (1, 6) or (universal == 3 and len(contents) == 2):  # BOOLEAN, OID, the bits of key usage
            yield contents
        elif universal == 2:  # INTEGER
            yield len(contents)


@pytest.mark.parametrize(
    ("path", "role", "use", "common_name"),
    [
        ("keystore/90b3d51f30000001-ds.pem", RemotePartyRole.RECOVERY, KeyUse.DS, None),
        ("keystore/90b3d51f30010000-ds.pem", RemotePartyRole.SUPPLIER, KeyUse.DS, "GITTESTSUPPLIER"),
        ("keystore/90b3d51f30010000-ka.pem", RemotePartyRole.SUPPLIER, KeyUse.KA, None),
        ("keystore/90b3d51f30010000-pp-ka.pem", RemotePartyRole.SUPPLIER, KeyUse.PP, None),
        ("xmlsign/Z1-accessControlBroker-dSPXmlSign.pem", RemotePartyRole.DSP_XML_SIGN, KeyUse.DS, None),
    ],
)
def test_organisation_certificates_have_the_shape_of_real_ones(
    reference: Path, path: str, role: RemotePartyRole, use: KeyUse, common_name: str | None
) -> None:
    real = Certificate.load((reference / "rtds" / path).read_bytes())
    assert real.eui
    authority = TestAuthority.create(real.not_before)
    made = authority.issue_organisation(real.eui, role, use, common_name=common_name).certificate
    assert list(_shape(made.der)) == list(_shape(real.der))
    assert made.subject == real.subject
    assert made.not_before == real.not_before
    if role is not RemotePartyRole.DSP_XML_SIGN:  # the only one whose last day is ten years on, to the day
        assert made.not_after == real.not_after


@pytest.mark.parametrize("use", [KeyUse.DS, KeyUse.KA])
def test_device_certificates_have_the_shape_of_real_ones(stores: dict[str, Keystore], use: KeyUse) -> None:
    real = stores["keystore"].find(METER, use).certificate
    made = TestAuthority.create(real.not_before).issue_device(METER, use).certificate
    assert list(_shape(made.der)) == list(_shape(real.der))
    assert (made.eui, made.not_before, made.not_after) == (METER, real.not_before, real.not_after)


def test_the_issuing_authority_has_the_shape_of_the_real_one(issuing: Certificate) -> None:
    made = TestAuthority.create(issuing.not_before).organisation_ca.certificate
    assert list(_shape(made.der)) == list(_shape(issuing.der))
    assert (made.not_before, made.not_after) == (issuing.not_before, issuing.not_after)
