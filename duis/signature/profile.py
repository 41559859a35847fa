"""The DUIS profile of XML Signature: what a signature looks like, to write and to read.

Enveloped signature over the whole document in Canonical XML 1.0, digest SHA-256; SignedInfo in Exclusive Canonical XML
1.0, ECDSA on P-256 with SHA-256, r and s of 32 octets each; the certificate named by issuer and serial number and never
included. Source: DUIS, XML signing; XML Signature Syntax and Processing.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import zip_longest
from typing import NamedTuple
from xml.sax.saxutils import escape

from cryptography.x509 import Name

from duis import markup
from duis.errors import Check, SignatureError
from duis.markup import DSIG, WHITE_SPACE, Node
from smki.certificate import Certificate, parse_name
from smki.errors import CertificateError

_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
_ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"

#: With the digest in base64; in its canonical form, so that what is signed is what is written.
SIGNED_INFO = (
    f'<ds:SignedInfo xmlns:ds="{DSIG}">'
    f'<ds:CanonicalizationMethod Algorithm="{_EXCLUSIVE}"></ds:CanonicalizationMethod>'
    f'<ds:SignatureMethod Algorithm="{_ECDSA_SHA256}"></ds:SignatureMethod>'
    f'<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="{_ENVELOPED}"></ds:Transform></ds:Transforms>'
    f'<ds:DigestMethod Algorithm="{_SHA256}"></ds:DigestMethod><ds:DigestValue>%s</ds:DigestValue></ds:Reference>'
    "</ds:SignedInfo>"
).encode()
#: With SignedInfo, the signature value in base64 and what `key_info` gives.
SIGNATURE = f'<ds:Signature xmlns:ds="{DSIG}">%s<ds:SignatureValue>%s</ds:SignatureValue>%s</ds:Signature>'.encode()
_KEY_INFO = (
    "<ds:KeyInfo><ds:X509Data><ds:X509IssuerSerial>"
    "<ds:X509IssuerName>%s</ds:X509IssuerName><ds:X509SerialNumber>%d</ds:X509SerialNumber>"
    "</ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo>"
)


@lru_cache(maxsize=64)
def key_info(certificate: Certificate) -> bytes:
    """The KeyInfo that names a certificate."""
    return (_KEY_INFO % (escape(certificate.issuer_text), certificate.serial)).encode()


#: The texts of a signature, in their order.
_TEXTS = ("DigestValue", "SignatureValue", "X509IssuerName", "X509SerialNumber")
# A signature in the form that is written here, recognised at a glance; others are taken apart.
_USUAL = re.compile(
    re.escape(SIGNATURE % (SIGNED_INFO.replace(f' xmlns:ds="{DSIG}"'.encode(), b""), b"%s", _KEY_INFO.encode()))
    .replace(b"%d", b"%s")
    .replace(b"%s", b"([^<>&]*)")
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
_SHAPE = _Shape(
    "Signature",
    Check.STRUCTURE,
    (
        _Shape("SignedInfo", Check.STRUCTURE, _SIGNED_INFO_SHAPE),
        _Shape("SignatureValue", Check.VALUE, None),
        _Shape("KeyInfo", Check.KEY_INFO, (_Shape("X509Data", Check.KEY_INFO, _X509_DATA_SHAPE),)),
    ),
)


class Claim(NamedTuple):
    """What a signature says of itself."""

    signed_info: bytes
    digest: bytes
    value: bytes
    issuer: Name
    serial: int


def read(signature: Node) -> Claim:
    """Reads a signature in its document.

    Raises:
        SignatureError: it is not one of the profile.
    """
    usual = _USUAL.fullmatch(markup.canonical(signature, exclusive=True))
    if usual:
        digest, value, issuer, serial = (text.decode() for text in usual.groups())
        signed_info = SIGNED_INFO % usual[1]
    else:
        texts: dict[str, str] = {}
        _match(signature, _SHAPE, texts)
        digest, value, issuer, serial = (texts[name] for name in _TEXTS)
        signed_info = markup.canonical(signature[0], exclusive=True)
    number = serial.strip(WHITE_SPACE)
    if not re.fullmatch("[0-9]{1,49}", number):
        raise SignatureError(Check.KEY_INFO, f"{markup.quote(serial)} is not the serial number of a certificate")
    return Claim(signed_info, _octets(digest, Check.DIGEST), _octets(value, Check.VALUE), _name(issuer), int(number))


def _match(node: Node, shape: _Shape, texts: dict[str, str]) -> None:
    """Collects the texts of `node` by element name; raises `SignatureError` unless it has exactly this shape."""
    if tuple(node.attrib.items()) != shape.attributes:
        raise SignatureError(shape.check, f"{shape.name} has not the attributes {dict(shape.attributes)} alone")
    if shape.children is None and not len(node):
        texts[shape.name] = node.text or ""
        return
    if not markup.is_blank(node.text):
        raise SignatureError(shape.check, f"text in {shape.name}")
    children = shape.children or ()
    for wanted, child in zip_longest(children, node):
        if wanted is None:
            checks = {known.name: known.check for known in children}
            extra = markup.name(child)
            raise SignatureError(checks.get(extra, shape.check), f"{extra} more than {shape.name} may hold")
        if child is None or child.tag != f"{{{DSIG}}}{wanted.name}":
            raise SignatureError(wanted.check, f"{wanted.name} missing in {shape.name}")
        if not markup.is_blank(child.tail):
            raise SignatureError(shape.check, f"text in {shape.name}")
        _match(child, wanted, texts)


@lru_cache(maxsize=64)
def _name(text: str) -> Name:
    try:
        return parse_name(text)
    except CertificateError as error:
        raise SignatureError(Check.KEY_INFO, str(error)) from None


def _octets(text: str, check: Check) -> bytes:
    try:
        return markup.decode_base64(text)
    except ValueError as error:
        raise SignatureError(check, f"not base64: {error}") from None
