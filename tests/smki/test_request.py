"""Certification requests: what organisations and devices send, openssl among them, and what is refused."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from gbcs.roles import KeyUse, RemotePartyRole
from smki import building
from smki.certificate import Kind
from smki.request import CertificateRequest, RequestCheck, RequestError
from tests.smki.conftest import METER, SUPPLIER

KEY = ec.derive_private_key(random.Random(5).getrandbits(250), ec.SECP256R1())
SUBJECT = building.organisation_subject(SUPPLIER, RemotePartyRole.XML_SIGN, "RIG")
ORGANISATION = building.build_request(KEY, subject=SUBJECT, device=None, use=KeyUse.DS)
DEVICE = building.build_request(KEY, subject=x509.Name([]), device=METER, use=KeyUse.KA)


def refused(data: bytes) -> RequestCheck:
    with pytest.raises(RequestError) as error:
        CertificateRequest.load(data)
    return error.value.check


def test_an_organisation_says_who_it_is_and_what_it_wants() -> None:
    request = CertificateRequest.load(ORGANISATION)
    assert (request.kind, request.eui, request.role) == (Kind.ORGANISATION, SUPPLIER, RemotePartyRole.XML_SIGN)
    assert (request.use, request.common_name) == (KeyUse.DS, "RIG")
    assert request.public_key == KEY.public_key()
    assert str(request) == f"request of organisation {SUPPLIER} xmlSign DS"


def test_a_device_has_an_alternative_name_alone() -> None:
    request = CertificateRequest.load(DEVICE)
    assert (request.kind, request.eui, request.role, request.use) == (Kind.DEVICE, METER, None, KeyUse.KA)
    assert not request.subject
    assert len(DEVICE) in range(276, 281)  # 279 octets in the specification's example; the signature varies


def test_openssl_reads_what_is_made_here(openssl: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "request.pem"
    path.write_bytes(CertificateRequest.load(DEVICE).to_pem())
    text = openssl("req", "-in", path, "-noout", "-text", "-verify")
    assert "verify OK" in text
    assert "Version: 1 (0x0)" in text
    assert "X509v3 Key Usage: critical" in text
    assert "X509v3 Subject Alternative Name: critical" in text
    assert "ecdsa-with-SHA256" in text
    path.write_bytes(CertificateRequest.load(ORGANISATION).to_pem())
    text = openssl("req", "-in", path, "-noout", "-text", "-verify", "-nameopt", "show_type,sname")
    assert "CN=UTF8STRING:RIG" in text
    assert "OU=UTF8STRING:87" in text
    assert "Digital Signature" in text
    assert "BIT STRING" in openssl("asn1parse", "-in", path)


def test_what_openssl_makes_is_read_here(openssl: Callable[..., str], tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[req]\nprompt=no\ndistinguished_name=name\nreq_extensions=ext\nstring_mask=utf8only\n[name]\nOU=02\n"
        "[ext]\nkeyUsage=critical,keyAgreement\nsubjectAltName=critical,otherName:1.3.6.1.5.5.7.8.4;SEQUENCE:module\n"
        "[module]\ntype=OID:1.2.826.0.1.8641679.1.2.2.1\nserial=FORMAT:HEX,OCTETSTRING:" + METER.hex() + "\n"
    )
    key = tmp_path / "key.pem"
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
    made = tmp_path / "made.pem"
    openssl("req", "-new", "-key", key, "-config", config, "-subj", "/", "-out", made)
    request = CertificateRequest.load(made.read_bytes())
    assert (request.kind, request.eui, request.use) == (Kind.DEVICE, METER, KeyUse.KA)
    # A subject beside the Device ID is refused.
    openssl("req", "-new", "-key", key, "-config", config, "-out", made)
    assert refused(made.read_bytes()) is RequestCheck.SUBJECT


@pytest.mark.parametrize("label", ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST", ""])
@pytest.mark.parametrize("width", [64, 76, 0])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_accepted_encoding(label: str, width: int, end: str) -> None:
    text = base64.b64encode(DEVICE).decode()
    lines = [text[start : start + width] for start in range(0, len(text), width)] if width else [text]
    if label:
        lines = [f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"]
    assert CertificateRequest.load((end.join(lines) + end).encode()).der == DEVICE


def _built(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, usage: x509.KeyUsage | None, digest: bool) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(SUBJECT)
    if usage:
        builder = builder.add_extension(usage, critical=False)
    return builder.sign(key, hashes.SHA256() if digest else hashes.SHA384()).public_bytes(Encoding.DER)


def _usage(**bits: bool) -> x509.KeyUsage:
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
    return x509.KeyUsage(**dict.fromkeys(names, False) | bits)


@pytest.mark.parametrize(
    ("request_", "check"),
    [
        (b"", RequestCheck.SIZE),
        (b"A" * 9000, RequestCheck.SIZE),
        (b"\x30\x00", RequestCheck.ENCODING),
        (b"not base64!", RequestCheck.ENCODING),
        (b"abc", RequestCheck.ENCODING),
        (DEVICE + b"\0", RequestCheck.ENCODING),
        (DEVICE[:-1] + bytes([DEVICE[-1] ^ 1]), RequestCheck.POSSESSION),
        (DEVICE.replace(METER, bytes(8)), RequestCheck.POSSESSION),
        (DEVICE.replace(bytes.fromhex("020100 3000"), bytes.fromhex("020101 3000")), RequestCheck.VERSION),
        (_built(KEY, _usage(digital_signature=True), digest=False), RequestCheck.ALGORITHM),
        (_built(KEY, None, digest=True), RequestCheck.KEY_USAGE),
        (_built(KEY, _usage(digital_signature=True, key_agreement=True), digest=True), RequestCheck.KEY_USAGE),
        (_built(KEY, _usage(key_cert_sign=True), digest=True), RequestCheck.KEY_USAGE),
        (_built(KEY, _usage(key_agreement=True), digest=True), RequestCheck.KEY_USAGE),  # which xmlSign never has
        (
            _built(ec.generate_private_key(ec.SECP384R1()), _usage(digital_signature=True), digest=True),
            RequestCheck.CURVE,
        ),
        (
            _built(rsa.generate_private_key(65537, 2048), _usage(digital_signature=True), digest=True),
            RequestCheck.CURVE,
        ),
        (building.build_request(KEY, subject=x509.Name([]), device=None, use=KeyUse.DS), RequestCheck.SUBJECT),
        (building.build_request(KEY, subject=SUBJECT, device=METER, use=KeyUse.DS), RequestCheck.SUBJECT),
        (
            building.build_request(
                KEY,
                subject=building.organisation_subject(SUPPLIER, RemotePartyRole.ROOT, None),
                device=None,
                use=KeyUse.DS,
            ),
            RequestCheck.ROLE,
        ),
    ],
)
def test_what_is_wrong_is_named(request_: bytes, check: RequestCheck) -> None:
    assert refused(request_) is check


def test_criticality_is_not_looked_at() -> None:
    assert CertificateRequest.load(_built(KEY, _usage(digital_signature=True), digest=True)).use is KeyUse.DS
