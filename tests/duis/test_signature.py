from __future__ import annotations

import random
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from signxml import DigestAlgorithm, SignatureConfiguration, SignatureMethod, XMLVerifier
from signxml.exceptions import InvalidDigest

from duis.document import Request, Response, Smets1Response, parse
from duis.errors import Check, DocumentError, DuisError, SignatureError
from duis.identifiers import RequestID
from duis.markup import DUIS, MAX_OCTETS
from duis.services import SERVICES
from duis.signature import LEGACY, STRICT, Policy, SerialSigner, Verifier, sign, sign_many, verify
from gbcs.errors import MissingKeyError
from gbcs.roles import KeyUse, Purpose, RemotePartyRole
from gbcs.security.ecc import SoftwareSigner
from smki.authority import TestAuthority
from smki.keystore import Keystore
from smki.revocation import Reason, Revocation
from tests.duis.conftest import DCC, ESME, NOW, OTHER, REQUEST, USER, Estate

DOCUMENT = REQUEST.encode()
RESPONSE = Response("I99", NOW, "3.1").to_xml()
DS = "http://www.w3.org/2000/09/xmldsig#"
#: Of P-256.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def signed(issued, document=DOCUMENT):
    return sign(document, SoftwareSigner(issued.private_key), issued.certificate)


@pytest.fixture(scope="module")
def genuine(estate: Estate) -> bytes:
    return signed(estate.user)


def check_of(document, estate, policy=None, at=NOW):
    with pytest.raises(SignatureError) as caught:
        verify(document, estate.keys, policy or estate.policy, at)
    return caught.value.check


def test_what_was_signed_is_returned_and_nothing_else(genuine, estate):
    verified = verify(genuine, estate.keys, estate.policy, NOW)
    assert verified.content == DOCUMENT
    assert (verified.certificate, verified.originator, verified.notes) == (estate.user.certificate, USER, ())
    authorities = (estate.authority.organisation_ca.certificate, estate.authority.root.certificate)
    assert verified.chain == (estate.user.certificate, *authorities)


def test_a_response_is_signed_by_the_dcc(estate):
    assert verify(signed(estate.dcc, RESPONSE), estate.keys, STRICT, NOW).originator == DCC


def test_the_form_of_the_field(genuine, estate):
    text = genuine.decode()
    assert text.startswith('<?xml version="1.0" encoding="UTF-8" standalone="no"?><sr:Request ')
    assert f'<ds:Signature xmlns:ds="{DS}">' in text
    assert f"<ds:X509SerialNumber>{estate.user.certificate.serial}<" in text
    assert "<ds:X509IssuerName>CN=O1,OU=07<" in text
    assert text.endswith("</ds:Signature></sr:Request>")


def test_signing_again_replaces_the_signature_and_the_layout(genuine, estate):
    laid_out = genuine.replace(b"><", b">\n  <")
    again = signed(estate.user, laid_out)
    assert again.count(b"<ds:Signature ") == 1
    assert verify(again, estate.keys, STRICT, NOW).content == DOCUMENT


@pytest.mark.parametrize(
    ("old", "new", "check"),
    [
        (b">Hello<", b">Howdy<", Check.DIGEST),
        (b":1000<", b":1001<", Check.DIGEST),
        (b"schemaVersion", b'xmlns:x="urn:x" schemaVersion', Check.DIGEST),
        (b"<ds:DigestValue>", b"<ds:DigestValue>AAAA", Check.DIGEST),
        (b"<ds:DigestValue>", b"<ds:DigestValue>!", Check.DIGEST),
        (b"<ds:SignatureValue>", b"<ds:SignatureValue>AAAA", Check.VALUE),
        (b"<ds:SignatureValue>", b"<ds:SignatureValue>!", Check.VALUE),
        (
            b"http://www.w3.org/2001/10/xml-exc-c14n#",
            b"http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
            Check.CANONICALISATION,
        ),
        (
            b"http://www.w3.org/2001/10/xml-exc-c14n#",
            b"http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
            Check.CANONICALISATION,
        ),
        (
            b"</ds:CanonicalizationMethod>",
            b'<e:InclusiveNamespaces xmlns:e="urn:e" PrefixList="sr"/></ds:CanonicalizationMethod>',
            Check.CANONICALISATION,
        ),
        (b"xmldsig-more#ecdsa-sha256", b"xmldsig-more#ecdsa-sha1", Check.ALGORITHM),
        (b"xmldsig-more#ecdsa-sha256", b"xmldsig-more#hmac-sha256", Check.ALGORITHM),
        (
            b"</ds:SignatureMethod>",
            b"<ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>",
            Check.ALGORITHM,
        ),
        (b"xmlenc#sha256", b"xmlenc#sha512", Check.ALGORITHM),
        (b'URI=""', b'URI="#body"', Check.REFERENCE),
        (b' URI=""', b"", Check.REFERENCE),
        (b'URI=""', b'URI="" Type="x"', Check.REFERENCE),
        (b"</ds:Reference>", b'</ds:Reference><ds:Reference URI="#x"/>', Check.REFERENCE),
        (b"xmldsig#enveloped-signature", b"xmldsig#base64", Check.TRANSFORM),
        (
            b"</ds:Transforms>",
            b'<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/></ds:Transforms>',
            Check.TRANSFORM,
        ),
        (
            b"<ds:Transforms>",
            b'<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#base64"/>',
            Check.TRANSFORM,
        ),
        (b"</ds:Signature>", b"<ds:Object/></ds:Signature>", Check.STRUCTURE),
        (b"<ds:SignedInfo ", b'<ds:SignedInfo Id="x" ', Check.STRUCTURE),
        (b"<ds:KeyInfo>", b"text<ds:KeyInfo>", Check.STRUCTURE),
        (b"<ds:X509IssuerSerial>", b"<ds:X509Certificate/><ds:X509IssuerSerial>", Check.KEY_INFO),
        (b"<ds:X509SerialNumber>", b"<ds:X509SerialNumber>-", Check.KEY_INFO),
        (b"<ds:X509SerialNumber>", b"<ds:X509SerialNumber>" + b"9" * 5000, Check.KEY_INFO),
        (b"CN=O1,OU=07", b"nobody", Check.KEY_INFO),
        (b"</sr:Request>", b"<sr:Body/></sr:Request>", Check.POSITION),
        (b"<ds:Signature ", b"<ds:Signature/><ds:Signature ", Check.SEVERAL),
    ],
)
def test_refused(genuine, estate, old, new, check):
    new = new.replace(b"<ds:Signature/>", f'<ds:Signature xmlns:ds="{DS}"/>'.encode())
    assert genuine.count(old) == 1
    assert check_of(genuine.replace(old, new), estate) is check


def test_unsigned(estate):
    assert check_of(DOCUMENT, estate) is Check.MISSING


@pytest.mark.parametrize("tag", [b"KeyInfo", b"X509IssuerSerial", b"X509SerialNumber"])
def test_a_signer_that_is_not_named(genuine, estate, tag):
    start, end = genuine.index(b"<ds:" + tag), genuine.index(b"</ds:" + tag) + len(tag) + 6
    assert check_of(genuine[:start] + genuine[end:], estate) is Check.KEY_INFO


def test_wrapping(genuine, estate):
    inner = genuine[genuine.index(b"?>") + 2 :]
    outer = DOCUMENT.replace(b"Hello", b"Evil").replace(b"</sr:Body>", inner + b"</sr:Body>")
    assert check_of(outer, estate) is Check.POSITION
    start, end = genuine.index(b"<ds:Signature "), genuine.index(b"</ds:Signature>") + 15
    moved = (genuine[:start] + genuine[end:]).replace(b"</sr:Header>", b"</sr:Header>" + genuine[start:end])
    assert check_of(moved, estate) is Check.POSITION


def test_wrapping_with_two_bodies_or_an_id(genuine, estate):
    evil = b"<sr:Body><sr:ArmSupply/></sr:Body>"
    assert check_of(genuine.replace(b"<sr:Body>", evil + b"<sr:Body>"), estate) is Check.DIGEST
    by_id = genuine.replace(b"<sr:Body>", b'<sr:Body Id="body">').replace(b'URI=""', b'URI="#body"')
    assert check_of(by_id, estate) is Check.REFERENCE
    assert check_of(genuine.replace(b"<sr:Body>", b'<sr:Body xml:id="body">'), estate) is Check.DIGEST


def test_a_signature_within_another_element_or_within_itself(genuine, estate):
    start, end = genuine.index(b"<ds:Signature "), genuine.index(b"</ds:Signature>") + 15
    signature = genuine[start:end]
    assert check_of(genuine.replace(b"</ds:KeyInfo>", b"</ds:KeyInfo>" + signature), estate) is Check.SEVERAL
    in_object = signature.replace(b"</ds:Signature>", b"<ds:Object>" + signature + b"</ds:Object></ds:Signature>")
    assert check_of(genuine[:start] + in_object + genuine[end:], estate) is Check.SEVERAL
    in_text = genuine[:start].replace(b">Hello<", b">" + signature + b"<") + genuine[end:]
    assert check_of(in_text, estate) is Check.POSITION


def test_comments_do_not_cut_texts(genuine, estate):
    start = genuine.index(b"<ds:DigestValue>") + 16
    commented = genuine[: start + 5] + b"<!-- x -->" + genuine[start + 5 :]
    assert verify(commented, estate.keys, estate.policy, NOW).content == DOCUMENT
    issuer = genuine.replace(b"CN=O1,", b"CN=O1<!-- ,CN=Z1 -->,")
    assert verify(issuer, estate.keys, estate.policy, NOW).certificate == estate.user.certificate


def test_a_smets1_signature_inside_is_not_the_document_s(estate):
    inner = f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo/></ds:Signature>'
    by_provider = f'<sr:SMETS1SignedResponse xmlns:sr="{DUIS}">{inner}</sr:SMETS1SignedResponse>'
    response = Smets1Response(response_date_time=NOW, message={"SMETS1SignedResponse": by_provider}).to_xml()
    assert check_of(response, estate) is Check.POSITION
    # Signing replaces the signature of the document, and no other.
    verified = verify(signed(estate.dcc, response), estate.keys, estate.policy, NOW)
    assert verified.notes == ("the signature of a SMETS1 service provider inside was not checked",)
    assert b"<ds:SignedInfo></ds:SignedInfo>" in verified.content
    twice = signed(estate.dcc, response).replace(b"<sr:Header>", inner.encode() + b"<sr:Header>")
    assert check_of(twice, estate) is Check.SEVERAL


@pytest.mark.parametrize("length", [0, 63, 65])
def test_r_and_s_have_32_octets_each(genuine, estate, length):
    assert check_of(sign(DOCUMENT, Constant(bytes(length)), estate.user.certificate), estate) is Check.VALUE


class Constant:
    """Signs everything in the same way."""

    def __init__(self, value: bytes) -> None:
        self._value = value

    def sign(self, data: bytes) -> bytes:
        return self._value


@pytest.mark.parametrize("r", [0, ORDER, 2**256 - 1])
@pytest.mark.parametrize("s", [0, 1, ORDER, 2**256 - 1])
def test_r_and_s_out_of_range(estate, r, s):
    value = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert check_of(sign(DOCUMENT, Constant(value), estate.user.certificate), estate) is Check.VALUE


def test_a_signature_in_der(estate):
    value = estate.user.private_key.sign(b"", ec.ECDSA(hashes.SHA256()))
    assert check_of(sign(DOCUMENT, Constant(value), estate.user.certificate), estate) is Check.VALUE


def test_many_at_once_are_signed_as_one_by_one(estate):
    documents = [DOCUMENT.replace(b"1000", str(number).encode()) for number in range(20)]
    signer = SerialSigner(SoftwareSigner(estate.user.private_key))
    made = sign_many(documents, signer, estate.user.certificate)
    verifier = Verifier(estate.keys, estate.policy)
    assert [verifier.verify(document, NOW).content for document in made] == documents
    assert sign_many([], signer, estate.user.certificate) == []
    with pytest.raises(DocumentError):
        sign_many([DOCUMENT, b"<x/>"], signer, estate.user.certificate)


def test_a_signature_of_another_key(estate):
    assert (
        check_of(sign(DOCUMENT, SoftwareSigner(estate.other.private_key), estate.user.certificate), estate)
        is Check.VALUE
    )


def test_an_unknown_certificate(genuine):
    with pytest.raises(MissingKeyError):
        verify(genuine, Keystore(), STRICT, NOW)


def test_roles(estate):
    assert check_of(signed(estate.dcc), estate) is Check.ROLE
    assert check_of(signed(estate.user, RESPONSE), estate) is Check.ROLE
    assert check_of(signed(estate.supplier), estate) is Check.ROLE
    assert check_of(signed(estate.agreement), estate, LEGACY) is Check.ROLE


def test_legacy_signers_are_accepted_by_name_only(estate):
    verified = verify(signed(estate.supplier), estate.keys, LEGACY, NOW)
    assert verified.originator == USER
    assert any("GBCS" in note for note in verified.notes)
    assert check_of(signed(estate.supplier, RESPONSE), estate, LEGACY) is Check.ROLE


def test_nobody_asks_in_the_name_of_another(estate):
    document = signed(estate.other)
    assert check_of(document, estate) is Check.ORIGINATOR
    verified = verify(document, estate.keys, Policy(check_originator=False), NOW)
    assert (verified.originator, verified.certificate.eui) == (USER, OTHER)


def test_the_chain_ends_at_an_anchor(genuine, estate):
    stranger = TestAuthority.create(NOW, random.Random(2))
    others = [stranger.root.certificate, stranger.organisation_ca.certificate]
    assert check_of(genuine, estate, STRICT.trusting(others)) is Check.CHAIN
    assert check_of(genuine, estate, STRICT.trusting([estate.authority.root.certificate])) is Check.CHAIN
    forged = stranger.issue_organisation(USER, RemotePartyRole.XML_SIGN, KeyUse.DS)
    keys = Keystore()
    keys.add(forged.certificate)
    with pytest.raises(SignatureError) as caught:
        verify(signed(forged), keys, estate.policy, NOW)
    assert caught.value.check is Check.CHAIN
    unchecked = verify(signed(forged), keys, STRICT, NOW)
    assert unchecked.notes == ("no trust anchor is held: the chain was not checked",)
    assert unchecked.chain == (forged.certificate,)


def test_a_chain_is_built_once_and_checked_at_every_time(genuine, estate):
    verifier = Verifier.of(estate.keys)
    assert len(verifier.verify(genuine, NOW).chain) == 3
    with pytest.raises(SignatureError) as caught:
        verifier.verify(genuine, estate.user.certificate.not_after + timedelta(days=1))
    assert caught.value.check is Check.EXPIRED
    assert len(verifier.verify(genuine, NOW).chain) == 3


def test_a_revoked_certificate_is_refused_from_then_on(genuine, estate):
    authority, day = estate.authority, timedelta(days=1)

    def policy(*revoked):
        lists = (
            authority.revocation_list(authority.organisation_ca, revoked, number=1, lifetime=day),
            authority.revocation_list(authority.root, (), number=1, lifetime=day),
        )
        return replace(estate.policy, revocation_lists=lists)

    revocation = Revocation(NOW + timedelta(hours=1), Reason.KEY_COMPROMISE)
    revoked = policy((estate.user.certificate.serial, revocation))
    verifier = Verifier(estate.keys, revoked)
    assert verifier.verify(genuine, NOW)
    with pytest.raises(SignatureError) as caught:
        verifier.verify(genuine, NOW + timedelta(hours=2))
    assert caught.value.check is Check.REVOKED
    assert verify(genuine, estate.keys, policy(), NOW + timedelta(hours=2))
    # A list that has ended says nothing.
    assert check_of(genuine, estate, policy(), at=NOW + 2 * day) is Check.CHAIN


def test_validity_is_that_of_the_given_time(genuine, estate):
    certificate = estate.user.certificate
    second = timedelta(seconds=1)
    assert verify(genuine, estate.keys, STRICT, certificate.not_before)
    assert verify(genuine, estate.keys, STRICT, certificate.not_after)
    assert check_of(genuine, estate, at=certificate.not_before - second) is Check.NOT_YET_VALID
    assert check_of(genuine, estate, at=certificate.not_after + second) is Check.EXPIRED


def test_layout_after_signing_is_read_as_before_if_the_policy_allows(genuine, estate):
    root = etree.fromstring(genuine)
    etree.indent(root)
    laid_out = etree.tostring(root)
    assert laid_out.count(b"\n") > 20
    verified = verify(laid_out, estate.keys, estate.policy, NOW)
    assert verified.content == DOCUMENT
    assert verified.notes == ("laid out after it was signed",)
    assert check_of(laid_out, estate, Policy(white_space=False)) is Check.DIGEST


def test_comments_are_no_part_of_what_is_signed(genuine, estate):
    commented = genuine.replace(b">Hello<", b">He<!-- x -->llo<").replace(b"<ds:KeyInfo>", b"<!-- x --><ds:KeyInfo>")
    assert verify(commented + b"<!-- x -->", estate.keys, STRICT, NOW).content == DOCUMENT


def test_a_doctype_is_refused_before_all_else(genuine, estate):
    with pytest.raises(DocumentError, match="DOCTYPE"):
        verify(b"<!DOCTYPE x []>" + genuine, estate.keys, STRICT, NOW)


def test_large_and_deep_documents_are_refused(genuine, estate):
    for inside, rule in ((b"x" * MAX_OCTETS, "more than"), (b"<a>" * 260 + b"</a>" * 260, "depth")):
        with pytest.raises(DocumentError, match=rule):
            verify(genuine.replace(b"Hello", inside), estate.keys, STRICT, NOW)


def test_the_largest_image_of_firmware_can_be_signed(estate):
    image = bytes(10_240_000)
    body = {"FirmwareImage": image, "FirmwareVersion": "00000001", "DeviceIDList": [ESME]}
    document = Request(RequestID(USER, DCC, 1), 8, SERVICES["11.1"], body).to_xml()
    content = verify(signed(estate.user, document), estate.keys, estate.policy, NOW).content
    assert parse(content).body["FirmwareImage"] == image


@given(st.data())
def test_a_changed_octet_is_refused_or_changes_nothing(genuine, estate, data):
    position = data.draw(st.integers(0, len(genuine) - 1))
    octet = data.draw(st.integers(0, 255))
    changed = genuine[:position] + bytes([octet]) + genuine[position + 1 :]
    try:
        verified = verify(changed, estate.keys, STRICT, NOW)
    except (DuisError, MissingKeyError):
        assert octet != genuine[position]
    else:
        assert verified.content == DOCUMENT


# Other verifiers, and documents that tell them apart.

ANY_ROLE = Policy(response=Purpose.USER_XML_SIGNATURE)

DOCUMENTS = {
    "plain": DOCUMENT,
    "response": RESPONSE,
    "laid out": DOCUMENT.replace(b"><", b">\r\n\t<"),
    "characters": DOCUMENT.replace(b"Hello", "&amp;&lt;>\"'&#13;\t\u00e9".encode()),
    "white space": DOCUMENT.replace(b"Hello", b"  "),
    "default namespace": DOCUMENT.replace(b"sr:", b"").replace(b"xmlns:sr", b"xmlns"),
    "spare namespaces": DOCUMENT.replace(b" schemaVersion", f' xmlns:a="{DS}" xmlns:ds="{DS}" schemaVersion'.encode()),
    "comment": DOCUMENT.replace(b"Hello", b"He<!-- x -->llo"),
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_signxml_agrees(estate, document):
    octets = signed(estate.user, document)
    config = SignatureConfiguration(
        location="./",
        signature_methods=frozenset({SignatureMethod.ECDSA_SHA256}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
        verification_time=NOW,
    )
    certificate = estate.user.certificate.to_pem().decode()
    result = XMLVerifier().verify(octets, x509_cert=certificate, expect_config=config)
    assert result.signed_data == verify(octets, estate.keys, ANY_ROLE, NOW).content
    with pytest.raises(InvalidDigest):
        XMLVerifier().verify(octets.replace(b"3.1<", b"3.2<", 1), x509_cert=certificate, expect_config=config)


@pytest.mark.skipif(not shutil.which("xmlsec1"), reason="xmlsec1 is not installed")
@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_xmlsec1_agrees(estate, tmp_path, document):
    (tmp_path / "certificate.pem").write_bytes(estate.user.certificate.to_pem())

    def status(octets: bytes) -> int:
        (tmp_path / "signed.xml").write_bytes(octets)
        # Without key-name it would look for the certificate by its serial, and among trusted ones.
        command = ("xmlsec1", "--verify", "--enabled-key-data", "key-name", "--pubkey-cert-pem", "certificate.pem")
        return subprocess.run([*command, "signed.xml"], cwd=tmp_path, capture_output=True, check=False).returncode

    octets = signed(estate.user, document)
    assert status(octets) == 0
    assert status(octets.replace(b"3.1<", b"3.2<", 1)) != 0
