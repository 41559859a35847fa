"""XML signatures of DUIS documents, by the one profile that DUIS allows.

Enveloped signature over the whole document in Canonical XML 1.0, digest SHA-256; SignedInfo in Exclusive Canonical XML
1.0, ECDSA on P-256 with SHA-256, r and s of 32 octets each; the certificate named by issuer and serial number and never
included. Whatever is not exactly that is refused before anything is computed. Source: DUIS, XML signing; XML Signature
Syntax and Processing.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import NamedTuple, Protocol
from xml.sax.saxutils import escape

from cryptography.x509 import Name

from duis import markup
from duis.document import read_header
from duis.errors import Check, SignatureError
from duis.markup import DSIG, REQUEST, SIGNATURE, WHITE_SPACE, Node
from gbcs.errors import RoleError
from gbcs.eui64 import Eui64
from gbcs.roles import Purpose
from gbcs.security.ecc import signature_is_valid
from gbcs.security.keys import Signer
from smki.certificate import Certificate, parse_name
from smki.errors import CertificateError

_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
_ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"

# In its canonical form, so that what is signed is what is written.
_SIGNED_INFO = (
    f'<ds:SignedInfo xmlns:ds="{DSIG}">'
    f'<ds:CanonicalizationMethod Algorithm="{_EXCLUSIVE}"></ds:CanonicalizationMethod>'
    f'<ds:SignatureMethod Algorithm="{_ECDSA_SHA256}"></ds:SignatureMethod>'
    f'<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="{_ENVELOPED}"></ds:Transform></ds:Transforms>'
    f'<ds:DigestMethod Algorithm="{_SHA256}"></ds:DigestMethod><ds:DigestValue>%s</ds:DigestValue></ds:Reference>'
    "</ds:SignedInfo>"
)
_SIGNATURE = (
    f'<ds:Signature xmlns:ds="{DSIG}">%s<ds:SignatureValue>%s</ds:SignatureValue>'
    "<ds:KeyInfo><ds:X509Data><ds:X509IssuerSerial>"
    "<ds:X509IssuerName>%s</ds:X509IssuerName><ds:X509SerialNumber>%d</ds:X509SerialNumber>"
    "</ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo></ds:Signature>"
)


class _Shape(NamedTuple):
    """What an element of the signature has to be. `children` is None for text, `check` fails where it is not so."""

    name: str
    check: Check
    children: tuple[_Shape, ...] | None = ()
    attributes: tuple[tuple[str, str], ...] = ()


def _algorithm(name: str, uri: str, check: Check) -> _Shape:
    return _Shape(name, check, attributes=(("Algorithm", uri),))


_REFERENCE_SHAPE = (
    _Shape("Transforms", Check.TRANSFORM, (_algorithm("Transform", _ENVELOPED, Check.TRANSFORM),)),
    _algorithm("DigestMethod", _SHA256, Check.ALGORITHM),
    _Shape("DigestValue", Check.DIGEST, None),
)
_SIGNED_INFO_SHAPE = (
    _algorithm("CanonicalizationMethod", _EXCLUSIVE, Check.CANONICALISATION),
    _algorithm("SignatureMethod", _ECDSA_SHA256, Check.ALGORITHM),
    _Shape("Reference", Check.REFERENCE, _REFERENCE_SHAPE, (("URI", ""),)),
)
_ISSUER_SERIAL_SHAPE = (
    _Shape("X509IssuerName", Check.KEY_INFO, None),
    _Shape("X509SerialNumber", Check.KEY_INFO, None),
)
_X509_DATA_SHAPE = (_Shape("X509IssuerSerial", Check.KEY_INFO, _ISSUER_SERIAL_SHAPE),)
_PROFILE = _Shape(
    "Signature",
    Check.STRUCTURE,
    (
        _Shape("SignedInfo", Check.STRUCTURE, _SIGNED_INFO_SHAPE),
        _Shape("SignatureValue", Check.VALUE, None),
        _Shape("KeyInfo", Check.KEY_INFO, (_Shape("X509Data", Check.KEY_INFO, _X509_DATA_SHAPE),)),
    ),
)


class XmlKeys(Protocol):
    """Whoever knows the certificates of signers: a keystore, the SMKI repository."""

    def certificate_by_issuer_serial(self, issuer: Name, serial: int) -> Certificate:
        """The certificate; raises `gbcs.errors.MissingKeyError` when it is not known."""
        ...


@dataclass(frozen=True, slots=True)
class Policy:
    """What is asked of a signature beyond being right.

    Attributes:
        request: what a certificate has to serve for to sign a Request (`gbcs.roles`).
        response: what it has to serve for to sign a Response.
        check_originator: a Request is to be signed by the originator that its RequestID names. If not, any user can
            ask in another's name.
        white_space: a document that was laid out after it was signed is read as it was before, without white space
            between elements. If not, layout breaks the signature, as XML Signature has it.
    """

    request: Purpose = Purpose.USER_XML_SIGNATURE
    response: Purpose = Purpose.DCC_XML_SIGNATURE
    check_originator: bool = True
    white_space: bool = True


STRICT = Policy()
#: Takes also what was signed before there were certificates for XML: by the keys for GBCS messages.
LEGACY = Policy(Purpose.LEGACY_USER_XML_SIGNATURE, Purpose.LEGACY_DCC_XML_SIGNATURE)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a signature vouches for.

    Attributes:
        content: the signed octets: the document in canonical form, without its signature. Read this, not the input.
        certificate: the signer's.
        originator: the signer; for a Request the originator of its RequestID, where the policy checks that.
        notes: what the policy let pass, in words.
    """

    content: bytes
    certificate: Certificate
    originator: Eui64
    notes: tuple[str, ...]


def sign(document: bytes, signer: Signer, certificate: Certificate) -> bytes:
    """The document with the signature of `signer`, whose certificate is `certificate`, in place of any it had.

    White space between elements goes, for there are verifiers that drop it before they compute the digest and others
    that do not.

    Raises:
        DocumentError: the document is no DUIS Request or Response.
    """
    root = markup.parse(document)
    for signature in root.findall(SIGNATURE):
        markup.detach(signature)
    markup.compact(root)
    content = markup.canonical(root)
    signed_info = _SIGNED_INFO % _base64(_digest(content))
    value = _base64(signer.sign(signed_info.encode()))
    signature_text = _SIGNATURE % (signed_info, value, escape(certificate.issuer_text), certificate.serial)
    # The canonical form is a document as well; the signature goes in before its end tag.
    end = content.rindex(b"</")
    return markup.DECLARATION + content[:end] + signature_text.encode() + content[end:]


def verify(document: bytes, keys: XmlKeys, policy: Policy, at: datetime) -> Verified:
    """Returns only if the document has one signature of the profile, made by whom the policy allows.

    Args:
        document: the octets as received.
        keys: knows the signer's certificate.
        policy: whose signatures are accepted.
        at: when (timezone-aware) the certificate has to be valid. Its issuer is not checked here.

    Raises:
        DocumentError: the document is no DUIS Request or Response.
        SignatureError: `check` tells what is wrong.
        MissingKeyError: the certificate is not known.
    """
    root = markup.parse(document)
    layout = []
    try:
        content, certificate = _signed_content(root, keys)
    except SignatureError as error:
        if not policy.white_space or error.check not in (Check.DIGEST, Check.VALUE):
            raise
        root = markup.parse(document)
        markup.compact(root)
        content, certificate = _signed_content(root, keys)
        layout = ["laid out after it was signed"]
    notes = [*certificate.notes, *layout]

    is_request = root.tag == REQUEST
    try:
        certificate.check_role(policy.request if is_request else policy.response)
    except RoleError as error:
        raise SignatureError(Check.ROLE, f"{certificate}: {error.reason}") from error
    if not certificate.serves(STRICT.request if is_request else STRICT.response):
        notes.append(f"{certificate} is for GBCS messages")
    if not certificate.eui:
        raise SignatureError(Check.ROLE, f"{certificate} is not for signing in anyone's name")
    if at < certificate.not_before:
        raise SignatureError(Check.NOT_YET_VALID, f"{certificate} begins {certificate.not_before.isoformat()}")
    if at > certificate.not_after:
        raise SignatureError(Check.EXPIRED, f"{certificate} ended {certificate.not_after.isoformat()}")
    originator = read_header(root).request_id.originator if is_request else certificate.eui
    if policy.check_originator and originator != certificate.eui:
        raise SignatureError(Check.ORIGINATOR, f"by {certificate.eui}, in the name of {originator}")
    return Verified(content, certificate, originator, tuple(notes))


class _Claim(NamedTuple):
    """What a signature says of itself; taken out of the document."""

    signed_info: bytes
    digest: bytes
    value: bytes
    issuer: Name
    serial: int


def _signed_content(root: Node, keys: XmlKeys) -> tuple[bytes, Certificate]:
    """What the signature in `root` is of, and whose certificate it names; `root` is left without it."""
    claim = _read(_own_signature(root))
    certificate = keys.certificate_by_issuer_serial(claim.issuer, claim.serial)
    content = markup.canonical(root)
    if _digest(content) != claim.digest:
        raise SignatureError(Check.DIGEST, "the content is not what was signed")
    if not signature_is_valid(certificate.public_key, claim.value, claim.signed_info):
        raise SignatureError(Check.VALUE, f"not by the key of {certificate}")
    return content, certificate


def _own_signature(root: Node) -> Node:
    found = list(root.iter(SIGNATURE))
    if not found:
        raise SignatureError(Check.MISSING, "the document is not signed")
    if len(found) > 1:
        raise SignatureError(Check.SEVERAL, f"{len(found)} signatures in the document")
    if found[0].getparent() is not root or found[0].getnext() is not None:
        raise SignatureError(Check.POSITION, "not the last element of the document's root")
    return found[0]


def _read(signature: Node) -> _Claim:
    """Reads a signature of the profile and takes it out of its document."""
    texts: dict[str, str] = {}
    _match(signature, _PROFILE, texts)
    serial = texts["X509SerialNumber"].strip(WHITE_SPACE)
    if not re.fullmatch("[0-9]{1,49}", serial):
        raise SignatureError(Check.KEY_INFO, f"{markup.quote(serial)} is not the serial number of a certificate")
    try:
        issuer = parse_name(texts["X509IssuerName"])
    except CertificateError as error:
        raise SignatureError(Check.KEY_INFO, str(error)) from None
    # Before it is detached, so that it keeps the namespaces that it was signed with.
    signed_info = markup.canonical(signature[0], exclusive=True)
    markup.detach(signature)
    return _Claim(
        signed_info,
        _octets(texts["DigestValue"], Check.DIGEST),
        _octets(texts["SignatureValue"], Check.VALUE),
        issuer,
        int(serial),
    )


def _match(node: Node, shape: _Shape, texts: dict[str, str]) -> None:
    """Collects the texts of `node` by element name; raises `SignatureError` unless it has exactly this shape."""
    if tuple(node.attrib.items()) != shape.attributes:
        raise SignatureError(shape.check, f"{shape.name} has not the attributes {dict(shape.attributes)} alone")
    if shape.children is None and not len(node):
        texts[shape.name] = node.text or ""
        return
    if not all(map(markup.is_blank, (node.text, *(child.tail for child in node)))):
        raise SignatureError(shape.check, f"text in {shape.name}")
    children = shape.children or ()
    for wanted, child in zip_longest(children, node):
        if wanted is None:
            checks = {known.name: known.check for known in children}
            extra = markup.name(child)
            raise SignatureError(checks.get(extra, shape.check), f"{extra} more than {shape.name} may hold")
        if child is None or child.tag != f"{{{DSIG}}}{wanted.name}":
            raise SignatureError(wanted.check, f"{wanted.name} missing in {shape.name}")
        _match(child, wanted, texts)


def _octets(text: str, check: Check) -> bytes:
    try:
        return markup.decode_base64(text)
    except ValueError as error:
        raise SignatureError(check, f"not base64: {error}") from None


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
