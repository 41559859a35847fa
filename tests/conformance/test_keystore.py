"""The keystores of the public test estates, and certificates made here beside real ones."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import parser
from cryptography.hazmat.primitives.asymmetric import ec

from gbcs.errors import MissingKeyError
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, RemotePartyRole
from smki import building, pem
from smki.building import key_identifier
from smki.certificate import Certificate, Kind
from smki.chain import verify
from smki.conformity import deviations
from smki.errors import VerificationError
from smki.keystore import Keystore, open_keystore
from smki.profiles import Profile, profile_of

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
        "zaz1-keystore.json": {"valid": 25, "signature": 4, "null parameters": 2, "expired": 2},
    }


def test_every_real_certificate_has_a_verdict(stores: dict[str, Keystore]) -> None:
    """docs/smki.md says why the few deviate."""
    found = {
        name: Counter(
            tuple(deviation.field for deviation in deviations(entry.certificate)) for entry in store.entries()
        )
        for name, store in stores.items()
    }
    of_2018 = ("issuer.OU", "issuer.CN", "validity.notAfter", "extensions.authorityKeyIdentifier", "extensions")
    seconds = ("validity.notBefore", "validity.notAfter")
    mdr = ("signature", "signatureAlgorithm", "issuer.OU", "issuer.CN", *seconds, "extensions")
    unit = (*of_2018[:2], "subject.OU", *of_2018[2:])
    assert found == {
        "keystore": {(): 413, of_2018: 2},
        "xmlsign": {(): 13, of_2018: 4, unit: 1, ("validity.notAfter",): 1},
        "zaz1-keystore.json": {(): 23, of_2018: 4, mdr: 2, seconds: 2, ("extensions.basicConstraints",): 2},
    }


def test_real_certificates_are_made_again_octet_for_octet(stores: dict[str, Keystore], issuing: Certificate) -> None:
    """From the names, key, serial number, time and use of a real one: everything but the signature.

    Those that deviate in their period of validity alone are compared in all the rest.
    """
    made: Counter[str] = Counter()
    for real in (issuing, *(entry.certificate for store in stores.values() for entry in store.entries())):
        profile = profile_of(real)
        if profile is None or not all(found.field.startswith("validity.") for found in deviations(real)):
            continue
        assert _made_again(real, profile) == real.structure().signed
        made[profile.name] += 1
    assert made == {
        "issuingAuthority": 1,
        "recovery": 5,
        "supplier": 18,
        "networkOperator": 8,
        "accessControlBroker": 8,
        "transitionalCoS": 5,
        "wanProvider": 5,
        "loadController": 2,
        "dspXmlSign": 1,
        "device": 400,
    }


def _made_again(real: Certificate, profile: Profile) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    der = building.build(
        profile,
        subject=real.subject,
        device=real.eui if real.kind is Kind.DEVICE else None,
        public_key=real.public_key,
        use=real.use,
        issuer=real.issuer,
        issuer_key=key,
        serial=real.serial,
        now=real.not_before,
    )
    made, meant = Certificate.load(der).structure(), real.structure()
    assert real.authority_key_identifier
    octets = made.signed.replace(building.key_identifier(key.public_key()), real.authority_key_identifier)
    for own, theirs in ((made.not_before, meant.not_before), (made.not_after, meant.not_after)):
        assert own[0] == theirs[0]
        octets = octets.replace(own[1], theirs[1])
    return octets


def test_the_json_keystore_is_written_as_it_was_read(
    stores: dict[str, Keystore], reference: Path, tmp_path: Path
) -> None:
    name = STORES[2]
    stores[name].save(tmp_path / name)
    ours, theirs = (json.loads((folder / name).read_bytes()) for folder in (tmp_path, reference / "rtds"))

    def plain(document: dict[str, Any]) -> dict[str, Any]:
        """With keys and certificates as octets, for their armour may differ."""
        return {
            f"{eui} {use} {serial}": {
                member: list(pem.blocks(value.encode())) if str(value).startswith("-----") else value
                for member, value in item.items()
            }
            for eui, uses in document.items()
            for use, serials in uses.items()
            for serial, item in serials.items()
        }

    assert plain(ours) == plain(theirs)
