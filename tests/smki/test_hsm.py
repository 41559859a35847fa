"""Keys in SoftHSM2 beside the same operations in software."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from subprocess import run

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from gbcs.roles import KeyUse, RemotePartyRole
from gbcs.security.ecc import agree, signature_is_valid
from smki import building
from smki.authority import TestAuthority
from smki.errors import KeystoreError
from smki.keystore import Keystore
from smki.request import CertificateRequest
from tests.smki.conftest import METER, SUPPLIER

LIBRARIES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
PIN = "1234"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The module, with an empty token called rig."""
    found = next((path for path in LIBRARIES if Path(path).exists()), None)
    if not (found and which("softhsm2-util")):
        pytest.skip("SoftHSM2 is not on this machine (Debian: apt install softhsm2)")
    pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed: pip install 'gbcs-rig[hsm]'")
    folder = tmp_path_factory.mktemp("hsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    command = ["softhsm2-util", "--init-token", "--free", "--label", "rig", "--so-pin", "5678", "--pin", PIN]
    run(command, check=True, capture_output=True)
    yield found
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


@pytest.fixture(scope="module")
def hardware(library: str, authority: TestAuthority) -> Iterator[Keystore]:
    """A supplier whose keys were made in the module and certified by request."""
    from smki.hsm import Token

    with Token.open(library, "rig", PIN) as token:
        for number, use in enumerate(KeyUse):
            key = token.generate(bytes([number]), f"supplier-{use.value}")
            subject = building.organisation_subject(SUPPLIER, RemotePartyRole.SUPPLIER, None)
            asked = KeyUse.KA if use is KeyUse.PP else use
            request = CertificateRequest.load(building.build_request(key, subject=subject, device=None, use=asked))
            made = authority.certify_organisation(request.public_key, SUPPLIER, RemotePartyRole.SUPPLIER, asked)
            token.add(bytes([number]), f"supplier-{use.value}", made)
        yield token.keystore()


def test_the_module_signs(hardware: Keystore) -> None:
    signer = hardware.key(SUPPLIER, KeyUse.DS)
    data = b"a message"
    for signature in (
        signer.sign(data),
        signer.sign_digest(hashlib.sha256(data).digest()),
        hardware.signer(SUPPLIER).sign(data),
    ):
        assert signature_is_valid(signer.certificate.public_key, signature, data)
    with pytest.raises(ValueError, match="31 octets"):
        signer.sign_digest(bytes(31))


def test_the_module_agrees(hardware: Keystore, authority: TestAuthority) -> None:
    meter = authority.issue_device(METER, KeyUse.KA)
    hardware.add(meter.certificate)
    for use in (KeyUse.KA, KeyUse.PP):
        own = hardware.key(SUPPLIER, use)
        secret = agree(meter.private_key, own.certificate.public_key)
        assert own.agree(meter.certificate.public_key) == secret
        assert hardware.shared_secret(SUPPLIER, METER, use) == secret


def test_private_keys_stay_where_they_are(hardware: Keystore, tmp_path: Path) -> None:
    key = hardware.find(SUPPLIER, KeyUse.DS).private_key
    assert key is not None
    with pytest.raises(KeystoreError, match="not shown"):
        key.private_numbers()
    with pytest.raises(KeystoreError, match="not shown"):
        hardware.save(tmp_path / "keys")
    with pytest.raises(ValueError, match="sha384"):
        key.sign(b"", ec.ECDSA(hashes.SHA384()))


def test_what_the_module_refuses(library: str) -> None:
    from smki.hsm import Token

    for label, pin in (("rig", "0000"), ("nobody", PIN)):
        with pytest.raises(KeystoreError, match="hardware module"), Token.open(library, label, pin):
            pass
