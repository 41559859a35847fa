"""Signed documents of the public signing tool, with the certificates of its test estate."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from duis import markup
from duis.document import Response, parse, read_header
from duis.errors import Check, DocumentError, SignatureError
from duis.signature import LEGACY, STRICT, Policy, SerialSigner, sign, sign_many, verify
from gbcs.errors import MissingKeyError
from gbcs.eui64 import Eui64
from smki.keystore import Keystore, open_keystore

AT = datetime(2022, 8, 17, 16, 0, tzinfo=UTC)
DCC = Eui64.parse("90-B3-D5-1F-30-00-00-02")
USER = Eui64.parse("90-B3-D5-1F-30-01-00-00")


@pytest.fixture(scope="module")
def keystore(reference) -> Keystore:
    return open_keystore(reference / "rtds/xmlsign")


@pytest.fixture(scope="module")
def signed(reference):
    return lambda name: (reference / "rtds/signed" / name).read_bytes()


def test_a_genuine_response(signed, keystore):
    verified = verify(signed("readfw-response.xml"), keystore, STRICT, AT)
    assert verified.originator == DCC
    assert any("137" in note for note in verified.notes)
    response = parse(verified.content)
    assert isinstance(response, Response)
    assert (response.response_code, response.variant) == ("I0", "11.2")
    assert response.request_id.originator == response.response_id.target == USER
    assert response.payload["GBCSPayload"][0] == 0xDD


def test_an_unsigned_error(signed):
    response = parse(signed("acknowledgement-error.xml"))
    assert (response.response_code, response.payload) == ("E65", {})


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("readfw-response-badsignature.xml", Check.VALUE),
        ("readfw-response-invalid.xml", Check.DIGEST),
        ("readfw-response-no-serial.xml", Check.KEY_INFO),
        # The tool lets unsigned Responses pass.
        ("readfw-response-no-signature.xml", Check.MISSING),
        ("acknowledgement-error.xml", Check.MISSING),
    ],
)
def test_damaged(signed, keystore, name, check):
    with pytest.raises(SignatureError) as caught:
        verify(signed(name), keystore, LEGACY, AT)
    assert caught.value.check is check


@pytest.mark.parametrize(
    "name", ["readfw-response-nonexist-serial.xml", "ECS17b_4.1.1_SINGLE_SUCCESS_REQUEST_DUIS-signed.XML"]
)
def test_an_unknown_serial(signed, keystore, name):
    with pytest.raises(MissingKeyError):
        verify(signed(name), keystore, LEGACY, AT)


def test_an_external_entity(signed, keystore):
    with pytest.raises(DocumentError, match="DOCTYPE"):
        verify(signed("duis-xxe.xml"), keystore, LEGACY, AT)


@pytest.mark.parametrize(
    ("name", "verifying", "signing"),
    [
        ("readfw-response.xml", 0, 0),
        ("readfw-response-badsignature.xml", 10, 0),
        ("readfw-response-invalid.xml", 10, 10),
        ("readfw-response-no-serial.xml", 10, 0),
        ("readfw-response-nonexist-serial.xml", 3, 0),
        ("duis-xxe.xml", 10, 10),
        ("ECS17b_4.1.1_SINGLE_SUCCESS_REQUEST_DUIS-signed.XML", 3, 0),
    ],
)
def test_exit_status_is_that_of_the_tool(reference, name, verifying, signing):
    for command, status in (("verify", verifying), ("sign", signing)):
        arguments = ("--keystore", reference / "rtds/xmlsign", reference / "rtds/signed" / name)
        at = ("--at", AT.isoformat()) if command == "verify" else ()
        done = subprocess.run(
            [sys.executable, "-m", "duis", command, *at, *map(str, arguments)], capture_output=True, check=False
        )
        assert done.returncode == status, done.stderr


@pytest.mark.skipif(not shutil.which("xmlsec1"), reason="xmlsec1 is not installed")
def test_xmlsec1_verifies_every_request_that_is_signed(reference, keystore, tmp_path):
    signer, certificate = keystore.xml_signer(USER)
    (tmp_path / "certificate.pem").write_bytes(certificate.to_pem())
    # Without key-name it would look for the certificate by its serial, and among trusted ones.
    command = ("xmlsec1", "--verify", "--enabled-key-data", "key-name", "--pubkey-cert-pem", "certificate.pem")
    policy = Policy(check_originator=False)
    requests = [path.read_bytes() for path in sorted((reference / "rtds/duis").glob("*.XML"))]
    signed = sign_many(requests, SerialSigner(signer), certificate)
    for number, document in enumerate(signed):
        (tmp_path / f"{number}.xml").write_bytes(document)
        assert verify(document, keystore, policy, AT).certificate == certificate
    files = [f"{number}.xml" for number in range(len(signed))]
    done = subprocess.run([*command, *files], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, len(files)) == (0, 220), done.stderr
    assert (done.stdout + done.stderr).splitlines().count("OK") == 220


def test_requests_signed_with_the_estate(reference, keystore):
    originators = set()
    for path in sorted((reference / "rtds/duis").glob("ECS1*.XML")):
        document = path.read_bytes()
        originator = read_header(markup.parse(document)).request_id.originator
        verified = verify(sign(document, *keystore.xml_signer(originator)), keystore, STRICT, AT)
        originators.add(verified.originator)
    assert len(originators) > 1
