"""`smki` as people run it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, RemotePartyRole
from smki.authority import Issued, TestAuthority
from smki.keystore import open_keystore
from tests.smki.conftest import METER, SUPPLIER

SWITCH = Eui64.parse("00-00-5E-EF-10-00-00-81")


def smki(*arguments: object, stdin: bytes = b"") -> tuple[int, str, str]:
    command = [sys.executable, "-m", "smki", *map(str, arguments)]
    run = subprocess.run(command, input=stdin, capture_output=True, check=False)
    out, err = run.stdout.decode(), run.stderr.decode()
    assert "Traceback" not in err
    return run.returncode, out, err


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
    assert f"organisation {SUPPLIER} supplier KA" in out
    assert "for prepayment" in out
    assert "private key" not in out


@pytest.mark.parametrize(("at", "said"), [("2000-01-01", "not yet valid"), ("2500-01-01", "expired")])
def test_inspect_says_what_is_not_valid_at_a_time(rig: Path, at: str, said: str) -> None:
    status, out, _ = smki("inspect", "--at", at, rig / f"{SUPPLIER.hex()}-ds.pem")
    assert status == 0
    assert out.endswith(f", {said}\n")


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
        "subject_key_identifier": certificate.subject_key_identifier.hex()
        if certificate.subject_key_identifier
        else "",
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
    pem = (rig / "root.pem").read_bytes()
    assert "authority CN=R1,OU=00" in smki("inspect", "-", stdin=pem)[1]
    assert smki("verify", "--root", rig / "root.pem", "-", stdin=pem)[0] == 0


def test_verify_names_the_check_that_failed(authority: TestAuthority, rig: Path, tmp_path: Path) -> None:
    authority.save(tmp_path / "other")
    foreign = tmp_path / "foreign.pem"
    foreign.write_bytes(authority.issue_device(METER, KeyUse.DS).certificate.to_pem())
    own = rig / f"{METER.hex()}-ds.pem"
    for arguments, check in (
        (("--authority", rig, foreign), "signature"),
        (("--root", rig / "root.pem", own), "issuer"),
        (("--authority", rig, "--at", "2001-01-01", own), "validity"),
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
