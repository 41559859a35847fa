"""The keystore: whose key is taken for what, and what comes back from disk."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from gbcs.errors import MissingKeyError
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, RemotePartyRole
from gbcs.security.ecc import signature_is_valid
from gbcs.security.keys import Keys
from smki import storage
from smki.authority import Issued, TestAuthority, make_estate
from smki.certificate import Certificate
from smki.errors import KeystoreError
from smki.keystore import Keystore, open_keystore
from tests.smki import dirt
from tests.smki.conftest import BROKER, METER, NOW, SUPPLIER

STRANGER = Eui64.parse("00-00-5E-EF-10-00-00-FF")


@pytest.fixture(scope="module")
def estate(authority: TestAuthority) -> Keystore:
    return make_estate(authority, devices=[METER])


def _private(key: ec.EllipticCurvePrivateKey, form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    return key.private_bytes(Encoding.PEM, form, NoEncryption())


def _held(store: Keystore) -> set[tuple[Certificate, KeyUse | None, bytes | None]]:
    return {
        (entry.certificate, entry.use, _private(entry.private_key) if entry.private_key else None)
        for entry in store.entries()
    }


# --- what `Keys` asks


def test_it_signs_and_verifies_for_gbcs(estate: Keystore) -> None:
    keys: Keys = estate
    for party in (SUPPLIER, METER):
        signature = keys.signer(party).sign(b"message")
        assert signature_is_valid(keys.verifying_key(party), signature, b"message")


def test_both_sides_agree_on_the_secret(estate: Keystore) -> None:
    assert estate.broker() == BROKER
    secret = estate.shared_secret(BROKER, METER)
    assert secret == estate.shared_secret(METER, BROKER)
    assert len(secret) == 32


def test_the_prepayment_key_is_another(estate: Keystore) -> None:
    prepayment = estate.shared_secret(SUPPLIER, METER, KeyUse.PP)
    assert prepayment != estate.shared_secret(SUPPLIER, METER)
    private = estate.find(METER, KeyUse.KA).private_key
    assert private
    public = estate.find(SUPPLIER, KeyUse.PP).certificate.public_key
    assert prepayment == private.exchange(ec.ECDH(), public)


def test_one_private_key_on_either_side_is_enough(estate: Keystore) -> None:
    for with_key, without in ((SUPPLIER, METER), (METER, SUPPLIER)):
        store = Keystore()
        store.add(*estate.find(with_key, KeyUse.KA)[:2])
        store.add(estate.find(without, KeyUse.KA).certificate)
        assert store.shared_secret(SUPPLIER, METER) == estate.shared_secret(SUPPLIER, METER)


def test_missing_keys_are_named(estate: Keystore) -> None:
    store = Keystore()
    for party, use in ((SUPPLIER, KeyUse.KA), (METER, KeyUse.KA), (METER, KeyUse.DS)):
        store.add(estate.find(party, use).certificate)
    missing = {
        "00005eef10000080 DS private key": lambda: store.signer(METER),
        "00005eef10000002 DS certificate": lambda: store.verifying_key(SUPPLIER),
        "00005eef10000002 PP certificate": lambda: store.shared_secret(SUPPLIER, METER, KeyUse.PP),
        "00005eef10000002 KA or 00005eef10000080 KA private key": lambda: store.shared_secret(SUPPLIER, METER),
        "00005eef10000002 xmlSign certificate": lambda: store.xml_signer(SUPPLIER),
        "accessControlBroker KA certificate": store.broker,
    }
    for key, call in missing.items():
        with pytest.raises(MissingKeyError) as caught:
            call()
        assert caught.value.key == key


def test_a_key_added_later_is_used(authority: TestAuthority) -> None:
    store = Keystore()
    old = authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.KA, now=NOW - timedelta(days=9))
    new = authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.KA)
    store.add(*authority.issue_device(METER, KeyUse.KA))
    store.add(*old)
    before = store.shared_secret(SUPPLIER, METER)
    store.add(*new)
    assert store.shared_secret(SUPPLIER, METER) != before
    with pytest.raises(MissingKeyError):
        store.broker()
    store.add(*authority.issue_organisation(BROKER, RemotePartyRole.ACCESS_CONTROL_BROKER, KeyUse.KA))
    assert store.broker() == BROKER


# --- xmlSign


@pytest.mark.parametrize(
    ("party", "role"), [(SUPPLIER, RemotePartyRole.XML_SIGN), (BROKER, RemotePartyRole.DSP_XML_SIGN)]
)
def test_xml_is_signed_with_the_certificate_for_it(estate: Keystore, party: Eui64, role: RemotePartyRole) -> None:
    signer, certificate = estate.xml_signer(party)
    assert certificate.role is role
    assert signature_is_valid(certificate.public_key, signer.sign(b"<Request/>"), b"<Request/>")
    assert certificate.public_key != estate.verifying_key(party)


@pytest.mark.parametrize("role", [RemotePartyRole.XML_SIGN, RemotePartyRole.DSP_XML_SIGN])
def test_an_xml_signing_key_is_never_used_for_gbcs(authority: TestAuthority, role: RemotePartyRole) -> None:
    store = Keystore()
    store.add(*authority.issue_organisation(SUPPLIER, role, KeyUse.DS))
    store.xml_signer(SUPPLIER)
    with pytest.raises(MissingKeyError):
        store.signer(SUPPLIER)
    with pytest.raises(MissingKeyError):
        store.verifying_key(SUPPLIER)


def test_an_xml_signing_certificate_for_key_agreement_agrees_on_nothing(authority: TestAuthority) -> None:
    ordinary = authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.KA)
    der = dirt.with_unit(ordinary.certificate, authority.organisation_ca, "87")
    store = Keystore()
    store.add(Certificate.load(der), ordinary.private_key)
    store.add(*authority.issue_device(METER, KeyUse.KA))
    with pytest.raises(MissingKeyError):
        store.shared_secret(SUPPLIER, METER)


def test_a_user_that_devices_do_not_know_agrees_on_keys_but_signs_nothing(authority: TestAuthority) -> None:
    store = Keystore()
    for use in (KeyUse.DS, KeyUse.KA):
        store.add(*authority.issue_organisation(STRANGER, RemotePartyRole.OTHER, use))
    store.add(*authority.issue_device(METER, KeyUse.KA))
    assert store.shared_secret(METER, STRANGER) == store.shared_secret(STRANGER, METER)
    with pytest.raises(MissingKeyError):
        store.signer(STRANGER)


def test_a_gbcs_key_signs_no_xml(authority: TestAuthority) -> None:
    store = Keystore()
    store.add(*authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS))
    with pytest.raises(MissingKeyError):
        store.xml_signer(SUPPLIER)


# --- queries


def test_the_newest_certificate_wins_unless_a_time_is_named(authority: TestAuthority) -> None:
    generations = [
        authority.issue_organisation(SUPPLIER, RemotePartyRole.XML_SIGN, KeyUse.DS, now=NOW + timedelta(days=days))
        for days in (0, 400, -400)
    ]
    store = Keystore()
    for issued in generations:
        store.add(*issued)
    now, future, past = (issued.certificate for issued in generations)
    assert [entry.certificate for entry in store.entries(SUPPLIER)] == [future, now, past]
    assert store.find(SUPPLIER, KeyUse.DS).certificate == future
    assert store.find(SUPPLIER, KeyUse.DS, at=NOW).certificate == now
    assert store.xml_signer(SUPPLIER, at=NOW - timedelta(days=1))[1] == past
    with pytest.raises(MissingKeyError):
        store.find(SUPPLIER, KeyUse.DS, at=NOW - timedelta(days=401))


def test_certificates_are_found_by_issuer_and_serial(estate: Keystore) -> None:
    certificate = estate.find(SUPPLIER, KeyUse.DS, role=RemotePartyRole.XML_SIGN).certificate
    for issuer in ("CN=O1,OU=07", "CN=O1, OU=07", certificate.issuer):
        assert estate.certificate_by_issuer_serial(issuer, certificate.serial) == certificate
    assert estate.certificate_by_serial(certificate.serial) == certificate
    for issuer in ("CN=Z1,OU=07", "OU=07,CN=O1", "O1"):
        with pytest.raises(MissingKeyError, match=issuer):
            estate.certificate_by_issuer_serial(issuer, certificate.serial)
    with pytest.raises(MissingKeyError):
        estate.certificate_by_issuer_serial("CN=O1,OU=07", certificate.serial + 1)
    with pytest.raises(MissingKeyError, match="serial"):
        estate.certificate_by_serial(certificate.serial + 1)


def test_entries_that_contradict_themselves_are_refused(authority: TestAuthority, meter: Issued) -> None:
    store = Keystore()
    other = authority.issue_device(METER, KeyUse.DS)
    with pytest.raises(KeystoreError, match="private key"):
        store.add(meter.certificate, other.private_key)
    for use in (KeyUse.KA, KeyUse.PP):
        with pytest.raises(KeystoreError, match=use.label):
            store.add(meter.certificate, meter.private_key, use)
    assert store.entries() == []


def test_a_private_key_that_comes_later_completes_the_entry(meter: Issued) -> None:
    store = Keystore()
    store.add(meter.certificate)
    store.add(*meter)
    store.add(meter.certificate)
    assert len(store.entries()) == 1
    assert store.entries()[0].private_key


# --- on disk


@pytest.fixture
def generations(authority: TestAuthority, estate: Keystore) -> Keystore:
    """The estate with an older certificate of each kind that can have one."""
    store = Keystore(storage.Contents(estate.entries()))
    for use in (KeyUse.DS, KeyUse.KA, KeyUse.PP):
        store.add(
            *authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, use, now=NOW - timedelta(days=3650))
        )
    return store


def test_a_folder_comes_back_as_it_was(generations: Keystore, tmp_path: Path) -> None:
    generations.save(tmp_path / "new" / "folder")
    store = open_keystore(tmp_path / "new" / "folder")
    assert _held(store) == _held(generations)
    assert store.notes == ()
    newest = generations.find(SUPPLIER, KeyUse.PP).certificate
    assert (tmp_path / "new" / "folder" / "00005eef10000002-pp-ka.pem").read_bytes() == newest.to_pem()


def test_saving_again_changes_nothing(generations: Keystore, tmp_path: Path) -> None:
    def files() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    generations.save(tmp_path)
    before = files()
    open_keystore(tmp_path).save(tmp_path)
    assert files() == before


def test_private_keys_are_for_their_owner_only(estate: Keystore, tmp_path: Path) -> None:
    estate.save(tmp_path)
    estate.save(tmp_path / "keys.json")
    secret = [*tmp_path.glob("*.key"), tmp_path / "keys.json"]
    assert len(secret) == 1 + sum(entry.private_key is not None for entry in estate.entries())
    assert {path.stat().st_mode & 0o777 for path in secret} == {0o600}


def test_a_json_keystore_comes_back_as_it_was(generations: Keystore, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    generations.save(path)
    store = open_keystore(path)
    authorities = {entry.certificate for entry in generations.entries() if entry.certificate.eui is None}
    assert _held(store) == {item for item in _held(generations) if item[0] not in authorities}
    assert store.notes == ()
    supplier = json.loads(path.read_text())[SUPPLIER.hex()]
    assert set(supplier) == {"digitalSignature", "keyAgreement"}
    serial = generations.find(SUPPLIER, KeyUse.PP).certificate.serial
    assert supplier["keyAgreement"][str(serial)]["name"] == "supplierPP-ka"
    assert supplier["keyAgreement"][str(serial)]["role"] == 2


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_private_keys_are_read_in_their_usual_forms(
    meter: Issued, tmp_path: Path, form: PrivateFormat, encoding: Encoding
) -> None:
    (tmp_path / "free text.der").write_bytes(meter.certificate.der)
    (tmp_path / "another.key").write_bytes(meter.private_key.private_bytes(encoding, form, NoEncryption()))
    assert open_keystore(tmp_path).signer(METER).sign(b"x")


def test_one_file_may_hold_it_all(authority: TestAuthority, meter: Issued, tmp_path: Path) -> None:
    path = tmp_path / "bundle.pem"
    path.write_bytes(
        _private(meter.private_key) + meter.certificate.to_pem() + authority.device_ca.certificate.to_pem()
    )
    store = open_keystore(path)
    assert [(entry.certificate, bool(entry.private_key)) for entry in store.entries(METER)] == [
        (meter.certificate, True)
    ]
    assert len(store.entries()) == 2
    assert store.notes == ()


def test_what_the_certificate_says_wins_over_the_name(meter: Issued, tmp_path: Path) -> None:
    (tmp_path / f"{STRANGER.hex()}-ka.pem").write_bytes(meter.certificate.to_pem())
    (tmp_path / f"{STRANGER.hex()}-ka.key").write_bytes(_private(meter.private_key))
    store = open_keystore(tmp_path)
    assert store.signer(METER).sign(b"x")
    assert store.entries(STRANGER) == []
    assert store.notes == (
        f"{STRANGER.hex()}-ka.pem: named for party {STRANGER}, but the certificate's is {METER}",
        f"{STRANGER.hex()}-ka.pem: named for use KA, but the certificate's is DS",
    )


def test_a_private_key_without_certificate_agrees_for_the_party_of_its_name(
    authority: TestAuthority, tmp_path: Path
) -> None:
    meter = authority.issue_device(METER, KeyUse.KA)
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "meter.pem").write_bytes(meter.certificate.to_pem())
    (tmp_path / f"{STRANGER.hex()}-ka.key").write_bytes(_private(key))
    store = open_keystore(tmp_path)
    wanted = meter.private_key.exchange(ec.ECDH(), key.public_key())
    assert store.shared_secret(STRANGER, METER) == store.shared_secret(METER, STRANGER) == wanted
    assert store.notes == (f"{STRANGER.hex()}-ka.key: private key without a certificate",)
    store.save(tmp_path / "copy")
    assert open_keystore(tmp_path / "copy").shared_secret(STRANGER, METER) == wanted


def test_odd_files_are_noted_and_spoil_nothing(authority: TestAuthority, meter: Issued, tmp_path: Path) -> None:
    public = meter.private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    null_parameters = dirt.with_null_parameters(meter.certificate, authority.device_ca)
    files = {
        "a.pem": b"",
        "b.pem": public,
        "c.key": b"-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n",
        "d.key": _private(ec.generate_private_key(ec.SECP384R1()), PrivateFormat.PKCS8),
        "e.pem": bytes(1 << 21),
        "f.der": null_parameters,
        "g.pem": meter.certificate.to_pem()[:-50],
        "readme.txt": b"not looked at",
    }
    for name, octets in files.items():
        (tmp_path / name).write_bytes(octets)
    (tmp_path / "folder.pem").mkdir()
    (tmp_path / "gone.pem").symlink_to(tmp_path / "nowhere")
    store = open_keystore(tmp_path)
    assert [entry.name for entry in store.entries()] == ["f.der"]
    assert [note.split(":")[0] for note in store.notes] == [
        "a.pem",
        "b.pem",
        "c.key",
        "d.key",
        "e.pem",
        "f.der",
        "g.pem",
    ]


@pytest.mark.parametrize("octets", [b"", b"{", b"[]", b"{}", b'{"a": {"b": {"c": {}}}}', b"{" * 100_000, b"\x30\x80"])
def test_a_file_that_is_no_keystore_is_refused(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(octets)
    with pytest.raises(KeystoreError):
        open_keystore(path)


def test_a_path_that_is_not_there_is_the_operating_systems_affair(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_keystore(tmp_path / "nowhere")


def test_what_a_json_keystore_says_wrongly_is_noted(meter: Issued, tmp_path: Path) -> None:
    item = {"certificate": meter.certificate.to_pem().decode(), "name": "meter", "role": 2}
    document = {
        STRANGER.hex(): {"keyAgreement": {"7": item}},
        "nobody": {"keyAgreement": {"7": {"certificate": "text", "name": "odd"}}},
        "a": 1,
    }
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(document))
    store = open_keystore(path)
    assert store.verifying_key(METER) == meter.certificate.public_key
    whats = [note.split(",")[0].removeprefix("meter: named for ").split()[0] for note in store.notes[:4]]
    assert whats == ["party", "use", "serial", "role"]
    assert [note.split(":")[0] for note in store.notes[4:]] == ["odd", "odd", "a"]


_MEMBERS = st.sampled_from(["certificate", "privateKey", "name", "role", "digitalSignature", "7", SUPPLIER.hex()])
_JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_MEMBERS, inner, max_size=2),
    max_leaves=6,
)


@given(st.dictionaries(_MEMBERS, _JSON, max_size=2))
def test_any_json_is_read_or_refused_and_nothing_else(document: dict[str, object]) -> None:
    with pytest.raises(KeystoreError):
        storage.read_octets("keys.json", json.dumps(document).encode())


def test_what_a_kill_in_the_middle_of_saving_leaves_behind_is_not_read(
    authority: TestAuthority, tmp_path: Path
) -> None:
    store = Keystore()
    store.add(*authority.issue_device(METER, KeyUse.DS))
    store.save(tmp_path)
    (tmp_path / f".{METER.hex()}-ds.pem.new").write_bytes(b"half a certific")
    assert _held(open_keystore(tmp_path)) == _held(store)
    assert open_keystore(tmp_path).notes == ()


def test_the_seed_decides_the_files_too(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_estate(TestAuthority.create(NOW, random.Random(3)), devices=[METER]).save(tmp_path / name)
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two


@pytest.mark.parametrize("password", [None, b"correct horse"])
def test_pkcs12_comes_back_as_it_was(
    authority: TestAuthority, openssl: Callable[..., str], tmp_path: Path, password: bytes | None
) -> None:
    store = Keystore()
    store.add(*authority.issue_organisation(SUPPLIER, RemotePartyRole.XML_SIGN, KeyUse.DS))
    for certificate in authority.certificates():
        store.add(certificate)
    path = tmp_path / "own.p12"
    store.save(path, password)
    assert path.stat().st_mode & 0o077 == 0
    again = open_keystore(path, password)
    assert again.notes == ()
    assert {(entry.certificate, entry.private_key is None) for entry in again.entries()} == {
        (entry.certificate, entry.private_key is None) for entry in store.entries()
    }
    shown = openssl("pkcs12", "-in", path, "-passin", f"pass:{(password or b'').decode()}", "-nodes")
    assert shown.count("BEGIN CERTIFICATE") == len(store.entries())
    assert shown.count("BEGIN PRIVATE KEY") == 1
    with pytest.raises(KeystoreError, match=r"own\.p12: "):
        open_keystore(path, b"wrong")


def test_pkcs12_of_openssl_is_read(authority: TestAuthority, openssl: Callable[..., str], tmp_path: Path) -> None:
    store = Keystore()
    store.add(*authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS))
    store.save(tmp_path)
    stem = tmp_path / f"{SUPPLIER.hex()}-ds"
    path = tmp_path / "made.pfx"
    openssl("pkcs12", "-export", "-in", f"{stem}.pem", "-inkey", f"{stem}.key", "-out", path, "-passout", "pass:x")
    assert open_keystore(path, b"x").key(SUPPLIER, KeyUse.DS).certificate == store.entries()[0].certificate


def test_pkcs12_holds_one_private_key(authority: TestAuthority, tmp_path: Path) -> None:
    with pytest.raises(KeystoreError, match="one private key, not 0"):
        Keystore().save(tmp_path / "x.p12")
    with pytest.raises(KeystoreError, match=r"one private key, not \d\d"):
        make_estate(authority).save(tmp_path / "x.pfx")


def test_a_key_signs_and_agrees_with_its_certificate(authority: TestAuthority) -> None:
    store = make_estate(authority, devices=[METER])
    signer = store.key(SUPPLIER, KeyUse.DS, role=RemotePartyRole.XML_SIGN)
    assert signer.certificate.role is RemotePartyRole.XML_SIGN
    digest = hashlib.sha256(b"data").digest()
    for signature in (signer.sign(b"data"), signer.sign_digest(digest)):
        assert signature_is_valid(signer.certificate.public_key, signature, b"data")
    meter = store.key(METER, KeyUse.KA)
    other = store.find(SUPPLIER, KeyUse.KA).certificate.public_key
    assert meter.agree(other) == store.shared_secret(SUPPLIER, METER)
    store.add(authority.issue_device(METER, KeyUse.DS).certificate)
    bare = Keystore()
    bare.add(signer.certificate)
    with pytest.raises(MissingKeyError, match="DS private key"):
        bare.key(SUPPLIER, KeyUse.DS)
