"""`smki`, given what people give it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, RemotePartyRole
from smki import pem
from smki.__main__ import main
from smki.authority import Issued, TestAuthority
from smki.keystore import Keystore, open_keystore
from tests.command_line import run_text
from tests.smki import dirt
from tests.smki.conftest import METER, SUPPLIER

SWITCH = Eui64.parse("00-00-5E-EF-10-00-00-81")


def smki(*arguments: object, stdin: bytes = b"") -> tuple[int, str, str]:
    done = run_text(main, *arguments, stdin=stdin)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rig") / "keys"
    status, out, _ = smki("init", folder, "--device", f"{METER}:ESME", "--device", f"{SWITCH.hex(':')}:hcalcs")
    assert status == 0
    assert f"device {METER} KA" in out
    return folder


def test_init_makes_an_authority_and_its_estate(rig: Path) -> None:
    store = open_keystore(rig)
    assert store.notes == ()
    assert len(store.shared_secret(store.broker(), METER)) == 32
    assert store.xml_signer(SUPPLIER)[1].role is RemotePartyRole.XML_SIGN
    assert json.loads((rig / "context.json").read_text()) == {"devices": {METER.hex(): "ESME", SWITCH.hex(): "HCALCS"}}
    status, out, err = smki("verify", "--authority", rig, rig)
    assert (status, err) == (0, "")
    assert len(out.splitlines()) == len(store.entries())


def test_init_leaves_a_folder_alone_that_holds_anything(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("")
    status, out, err = smki("init", tmp_path)
    assert (status, out) == (2, "")
    assert "not empty" in err
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


def test_issue_adds_to_the_authoritys_folder(tmp_path: Path) -> None:
    rig = tmp_path / "rig"
    smki("init", rig)
    before = open_keystore(rig)
    for holder, number in ((("--device",), 2), (("--role", "supplier", "--use", "pp-ka", "--use", "ds"), 2)):
        status, out, _ = smki("issue", "--authority", rig, "--eui", SWITCH, *holder)
        assert (status, len(out.splitlines())) == (0, number)
    after = open_keystore(rig)
    assert {(entry.certificate.role, entry.use) for entry in after.entries(SWITCH) if entry.private_key} == {
        (None, KeyUse.DS),
        (None, KeyUse.KA),
        (RemotePartyRole.SUPPLIER, KeyUse.PP),
        (RemotePartyRole.SUPPLIER, KeyUse.DS),
    }
    assert {entry.certificate for entry in before.entries()} < {entry.certificate for entry in after.entries()}
    assert smki("verify", "--authority", rig, rig)[0] == 0


def test_issue_refuses_what_there_is_no_profile_for(rig: Path) -> None:
    status, _, err = smki("issue", "--authority", rig, "--eui", SUPPLIER, "--role", "xmlSign", "--use", "ka")
    assert status == 2
    assert "for an end entity certificate, role xmlSign needs a key for digital signature" in err


def test_issue_needs_the_authoritys_keys(rig: Path, tmp_path: Path) -> None:
    for path in rig.glob("*.pem"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert smki("issue", "--authority", tmp_path, "--eui", METER, "--device")[0] == 3


def test_inspect_says_whose_they_are(rig: Path) -> None:
    status, out, _ = smki("inspect", rig / f"{SUPPLIER.hex()}-pp-ka.pem")
    assert status == 0
    assert re.search(f"holder +organisation {SUPPLIER}$", out, re.MULTILINE)
    assert re.search("role +supplier .2.$", out, re.MULTILINE)
    assert re.search("use +prepayment key agreement$", out, re.MULTILINE)
    assert re.search("profile +supplier: conforms$", out, re.MULTILINE)


@pytest.mark.parametrize(("at", "said"), [("2000-01-01", "not yet valid"), ("2500-01-01", "expired")])
def test_inspect_says_what_is_not_valid_at_a_time(rig: Path, at: str, said: str) -> None:
    status, out, _ = smki("inspect", "--at", at, rig / f"{SUPPLIER.hex()}-ds.pem")
    assert status == 0
    assert f": {said}\n" in out


def test_inspect_says_what_deviates_and_by_which_rule(authority: TestAuthority, tmp_path: Path) -> None:
    certificate = authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS).certificate
    odd = tmp_path / "odd.pem"
    odd.write_bytes(pem.armour("CERTIFICATE", dirt.with_null_parameters(certificate, authority.organisation_ca)))
    _, out, _ = smki("inspect", odd)
    assert "supplier: deviates in 2\n" in out
    assert "- signature: NULL parameters where ecdsa-with-SHA256 has none (RFC 5758 3.2)\n" in out
    (row, note) = map(json.loads, smki("inspect", "--json", odd)[1].splitlines())
    assert [item["field"] for item in row["deviations"]] == ["signature", "signatureAlgorithm"]
    assert "NULL" in note["note"]
    certificate_file = tmp_path / "fine.pem"
    certificate_file.write_bytes(certificate.to_pem())
    lines = smki("inspect", tmp_path)[1].splitlines()
    assert [line.split(":")[0] for line in lines[:2]] == ["fine.pem", "odd.pem"]
    assert lines[1].endswith(", deviates in 2")


def test_a_request_is_made_shown_and_certified(rig: Path, tmp_path: Path) -> None:
    asked = (
        "--eui",
        SUPPLIER,
        "--role",
        "xmlSign",
        "--use",
        "ds",
        "--key",
        tmp_path / "own.key",
        "--common-name",
        "RIG",
    )
    status, text, _ = smki("csr", *asked)
    assert status == 0
    request = tmp_path / "request"
    request.write_text(text)
    assert (tmp_path / "own.key").stat().st_mode & 0o077 == 0
    shown = smki("inspect", request)[1]
    assert re.search(rf"request of +organisation {SUPPLIER}\n +role +xmlSign \(135, OU 87\)", shown)
    assert json.loads(smki("inspect", "--json", "-", stdin=text.encode())[1])["role"] == "xmlSign"
    status, text, _ = smki("issue", "--authority", rig, "--csr", request)
    assert status == 0
    (tmp_path / "own.pem").write_text(text)
    (entry,) = open_keystore(tmp_path).entries()
    assert entry.private_key
    assert entry.certificate.subject.rfc4514_string() == f"2.5.4.45=#00{SUPPLIER.hex()},OU=87,CN=RIG"
    assert smki("verify", "--authority", rig, "--profile", tmp_path)[0] == 0
    status, _, err = smki("issue", "--authority", rig, "--csr", request)
    assert (status, "for this key already" in err) == (2, True)
    # The same key again, for a device; and requests that nobody would certify.
    assert smki("csr", "--eui", METER, "--device", "--use", "ka", "--key", tmp_path / "own.key")[0] == 0
    assert smki("csr", "--eui", SUPPLIER, "--role", "xmlSign", "--use", "ka", "--key", tmp_path / "own.key")[0] == 2
    assert smki("csr", "--eui", METER, "--device", "--use", "ka", "--key", request)[0] == 2
    request.write_text(request.read_text().replace("A", "B", 1))
    for command in (("inspect", request), ("issue", "--authority", rig, "--csr", request)):
        status, _, err = smki(*command)
        assert status == 2
        assert "certification request (" in err


def test_revoked_suspended_reinstated(tmp_path: Path) -> None:
    rig = tmp_path / "rig"
    smki("init", rig, "--device", f"{METER}:ESME")
    store = open_keystore(rig)
    certificate = store.find(SUPPLIER, KeyUse.DS, role=RemotePartyRole.XML_SIGN).certificate
    serial = f"{certificate.serial:x}"
    own = rig / f"{SUPPLIER.hex()}-xmlSign-ds.pem"
    asked = ("verify", "--root", rig / "organisation-ca.pem", "--crl", rig / "organisation-ca.crl", own)
    for arguments, status, word in (
        (("--suspend",), 4, ": suspended: "),
        (("--reinstate",), 0, ""),
        (("--reason", "keyCompromise"), 4, ": revoked: "),
    ):
        code, out, _ = smki("revoke", "--authority", rig, "--serial", serial, *arguments)
        assert code == 0
        assert "organisation-ca.crl" in out
        code, out, err = smki(*asked)
        assert (code, word in err) == (status, True)
    for other, code, word in (
        (serial, 2, "is revoked since"),
        ("1", 3, "no certificate with serial 1"),
        (f"{store.find(METER, KeyUse.DS).certificate.serial:x}", 2, "replaced, not revoked"),
    ):
        status, _, err = smki("revoke", "--authority", rig, "--serial", other)
        assert (status, word in err) == (code, True)


def test_pkcs12_with_its_password(rig: Path, tmp_path: Path) -> None:
    store = Keystore()
    store.add(*open_keystore(rig).find(SUPPLIER, KeyUse.DS, role=RemotePartyRole.XML_SIGN)[:2])
    store.save(tmp_path / "own.p12", b"correct horse")
    (tmp_path / "password").write_text("correct horse\n")
    given = ("--password-file", tmp_path / "password", tmp_path / "own.p12")
    assert "private key held" in smki("inspect", *given)[1]
    assert smki("verify", "--authority", rig, *given)[0] == 0
    status, _, err = smki("inspect", tmp_path / "own.p12")
    assert status == 2
    assert "own.p12: " in err


def test_verify_asks_what_it_is_told_to(rig: Path) -> None:
    own = rig / f"{SUPPLIER.hex()}-ds.pem"
    for arguments, word in (
        (("--purpose", "user-xml-signature"), ": role: "),
        (("--purpose", "gbcs-key-agreement"), ": key usage: "),
        (("--at", "2050-01-01"), ": expired: "),
    ):
        status, _, err = smki("verify", "--authority", rig, *arguments, own)
        assert (status, word in err) == (4, True)
    assert smki("verify", "--authority", rig, "--at", "2050-01-01", "--forgive", "expired", own)[0] == 0


def test_a_seed_and_a_time_make_the_same_estate(tmp_path: Path) -> None:
    for name, seed in (("one", 5), ("two", 5), ("three", 6)):
        smki("init", tmp_path / name, "--seed", seed, "--at", "2026-01-01")
    one, two, three = (
        {path.name: path.read_bytes() for path in (tmp_path / name).glob("*[!b]") if path.suffix != ".db"}
        for name in ("one", "two", "three")
    )
    assert one == two
    assert not {name for name in one if one[name] == three[name]}


def test_inspect_prints_one_object_a_line(rig: Path, tmp_path: Path) -> None:
    store = open_keystore(rig)
    store.save(tmp_path / "keys.json")
    status, out, _ = smki("inspect", "--json", tmp_path / "keys.json")
    assert status == 0
    shown = {(row["eui"], row["role"], row["use"]): row for row in map(json.loads, out.splitlines())}
    certificate = store.find(SUPPLIER, KeyUse.DS, role=RemotePartyRole.XML_SIGN).certificate
    assert shown[SUPPLIER.hex(), "xmlSign", "ds"] == {
        "file": str(tmp_path / "keys.json"),
        "name": "xmlSign-ds",
        "kind": "organisation",
        "eui": SUPPLIER.hex(),
        "role": "xmlSign",
        "role_code": 135,
        "use": "ds",
        "subject": f"2.5.4.45=#00{SUPPLIER.hex()},OU=87",
        "issuer": "CN=O1,OU=07",
        "serial": f"{certificate.serial:032x}",
        "not_before": certificate.not_before.isoformat().replace("+00:00", "Z"),
        "not_after": certificate.not_after.isoformat().replace("+00:00", "Z"),
        "validity": "valid",
        "subject_key_identifier": (certificate.subject_key_identifier or b"").hex(),
        "authority_key_identifier": (certificate.authority_key_identifier or b"").hex(),
        "policies": ["1.2.826.0.1.8641679.1.2.1.4"],
        "profile": "xmlSign",
        "deviations": [],
        "private_key": True,
    }


def test_inspect_shows_notes_and_goes_on_after_a_bad_file(meter: Issued, rig: Path, tmp_path: Path) -> None:
    odd = tmp_path / f"{SUPPLIER.hex()}-ds.pem"
    odd.write_bytes(meter.certificate.to_pem())
    public = tmp_path / "public.pem"
    public.write_bytes(meter.private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    status, out, err = smki("inspect", "--json", public, tmp_path / "nowhere", odd, rig / "root.key")
    assert status == 2
    assert [sorted(json.loads(line)) for line in out.splitlines()[1:]] == [["file", "note"]] * 2
    assert "public.pem: public key that cannot be used" in err
    assert "nowhere" in err


def test_a_certificate_comes_from_standard_input(rig: Path) -> None:
    octets = (rig / "root.pem").read_bytes()
    assert re.search("subject +CN=R1,OU=00$", smki("inspect", "-", stdin=octets)[1], re.MULTILINE)
    assert smki("verify", "--root", rig / "root.pem", "-", stdin=octets)[0] == 0


def test_verify_names_the_check_that_failed(authority: TestAuthority, rig: Path, tmp_path: Path) -> None:
    authority.save(tmp_path / "other")
    foreign = tmp_path / "foreign.pem"
    foreign.write_bytes(authority.issue_device(METER, KeyUse.DS).certificate.to_pem())
    own = rig / f"{METER.hex()}-ds.pem"
    for arguments, check in (
        (("--authority", rig, foreign), "signature"),
        (("--root", rig / "root.pem", own), "issuer"),
        (("--authority", rig, "--at", "2001-01-01", own), "not yet valid"),
    ):
        status, out, err = smki("verify", *arguments)
        assert (status, out) == (4, "")
        assert f": {check}: " in err
    status, out, _ = smki("verify", "--authority", rig, foreign, own)
    assert status == 4
    assert out.startswith(str(own))
    assert smki("verify", "--authority", tmp_path / "other", "--at", "2030-01-01T00:00:00+01:00", foreign)[0] == 0
    assert smki("verify", "--root", rig / "device-ca.pem", own)[0] == 0


def test_verify_vouches_for_nothing_where_there_is_nothing(rig: Path) -> None:
    assert smki("verify", "--authority", rig, rig / "root.key")[0] == 2
    assert smki("verify", "--root", rig / f"{METER.hex()}-ds.pem", rig)[0] == 3


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("frobnicate",),
        ("init", "folder", "--device", "ESME"),
        ("init", "folder", "--device", "00005eef10000080:TOASTER"),
        ("issue", "--authority", "folder", "--eui", "00005eef10000080"),
        ("issue", "--authority", "folder", "--eui", "0", "--device"),
        ("issue", "--authority", "folder"),
        ("issue", "--authority", "folder", "--csr", "file", "--device"),
        ("verify", "--root", "file", "--forgive", "signature", "file"),
        ("csr", "--eui", "00005eef10000080", "--device", "--use", "pp-ka", "--key", "file"),
        ("revoke", "--authority", "folder", "--serial", "x"),
        ("serve", "--authority", "folder", "--port", "65536"),
        ("serve", "--authority", "folder", "--limits", "none"),
        ("verify", "file"),
        ("verify", "--root", "file", "--at", "tomorrow", "file"),
    ],
)
def test_usage_errors_end_with_64(arguments: tuple[str, ...]) -> None:
    status, out, err = smki(*arguments)
    assert (status, out) == (64, "")
    assert "usage" in err


def test_what_the_operating_system_refuses_ends_with_1(tmp_path: Path) -> None:
    assert smki("inspect", tmp_path / "nowhere")[0] == 1
    assert smki("init", Path("/proc/version"))[0] == 1
