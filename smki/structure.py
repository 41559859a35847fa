"""A certificate as its octets have it: versions, tags and encodings that a reader by meaning does not see.

Source: RFC 5280 section 4.1. Nothing is judged here; `smki.conformity` and `smki.chain` do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from gbcs.asn1.types import open_contents
from gbcs.cursor import Cursor
from gbcs.errors import DecodeError
from smki.errors import CertificateError

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OBJECT_IDENTIFIER = 0x01, 0x02, 0x03, 0x04, 0x06
UTF8_STRING, PRINTABLE_STRING, UTC_TIME, GENERALIZED_TIME = 0x0C, 0x13, 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31
_VERSION, _EXTENSIONS, _REQUEST_ATTRIBUTES = 0xA0, 0xA3, 0xA0
_EXTENSION_REQUEST = "1.2.840.113549.1.9.14"
_TRUE = b"\xff"


class Element(NamedTuple):
    """One encoding: its identifier octet, its contents, and both with the length between them."""

    tag: int
    contents: bytes
    der: bytes


class Attribute(NamedTuple):
    """One attribute of a name; `tag` is the string type of its value."""

    oid: str
    tag: int
    value: bytes


class Extension(NamedTuple):
    """One extension; `value` is what the OCTET STRING holds."""

    oid: str
    critical: bool
    value: bytes


#: A name: one tuple for each RelativeDistinguishedName.
Name: TypeAlias = tuple[tuple[Attribute, ...], ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """The parts of a certificate.

    Attributes:
        signed: the octets that the signature is of.
        version: 1 to 3.
        serial: content octets of the INTEGER.
        algorithms: the AlgorithmIdentifiers in DER, of the signed part and of the certificate.
        issuer, subject: names, with the string types.
        not_before, not_after: tag and text.
        key: the SubjectPublicKeyInfo in DER.
        extensions: in the order of the certificate.
        signature: contents of the BIT STRING after the count of unused bits.
    """

    signed: bytes
    version: int
    serial: bytes
    algorithms: tuple[bytes, bytes]
    issuer: Name
    subject: Name
    not_before: tuple[int, bytes]
    not_after: tuple[int, bytes]
    key: bytes
    extensions: tuple[Extension, ...]
    signature: bytes


@dataclass(frozen=True, slots=True)
class RequestStructure:
    """The parts of a PKCS #10 certification request; as in `Structure`, and the version is 0."""

    signed: bytes
    version: bytes
    subject: Name
    key: bytes
    extensions: tuple[Extension, ...]
    algorithm: bytes
    signature: bytes


def read(der: bytes) -> Structure:
    """The parts of a certificate.

    Raises:
        CertificateError: it is none, or has octets behind it.
    """
    try:
        body, algorithm, signature = _signed(der)
        parts = _elements(body.contents)
        version = 1
        if parts and parts[0].tag == _VERSION:
            version = 1 + int.from_bytes(_only(parts.pop(0).contents, INTEGER), "big")
        serial, inner, issuer, validity, subject, key, *rest = parts
        not_before, not_after = _elements(validity.contents)
        extensions = next((item for item in rest if item.tag == _EXTENSIONS), None)
        return Structure(
            signed=body.der,
            version=version,
            serial=serial.contents,
            algorithms=(inner.der, algorithm.der),
            issuer=_name(issuer),
            subject=_name(subject),
            not_before=(not_before.tag, not_before.contents),
            not_after=(not_after.tag, not_after.contents),
            key=key.der,
            extensions=tuple(_extensions(_only(extensions.contents, SEQUENCE))) if extensions else (),
            signature=signature.contents[1:],
        )
    except (DecodeError, ValueError, RecursionError) as error:
        raise CertificateError(f"not the structure of a certificate: {error}") from error


def serial_octets(der: bytes) -> bytes:
    """Content octets of the serial number, without reading further.

    Raises:
        CertificateError: there is none.
    """
    try:
        body = open_contents(open_contents(Cursor(der), SEQUENCE), SEQUENCE)
        if body.peek() == _VERSION:
            open_contents(body, _VERSION)
        return open_contents(body, INTEGER).octets
    except DecodeError as error:
        raise CertificateError(f"no readable certificate: {error}") from error


def read_request(der: bytes) -> RequestStructure:
    """The parts of a certification request.

    Raises:
        CertificateError: it is none, or has octets behind it.
    """
    try:
        body, algorithm, signature = _signed(der)
        version, subject, key, *rest = _elements(body.contents)
        attributes = next((item for item in rest if item.tag == _REQUEST_ATTRIBUTES), None)
        return RequestStructure(
            signed=body.der,
            version=version.contents,
            subject=_name(subject),
            key=key.der,
            extensions=tuple(_requested(attributes.contents)) if attributes else (),
            algorithm=algorithm.der,
            signature=signature.contents[1:],
        )
    except (DecodeError, ValueError) as error:
        raise CertificateError(f"not the structure of a certification request: {error}") from error


def oid_text(contents: bytes) -> str:
    """An object identifier in dotted form.

    Raises:
        ValueError: the contents are none.
    """
    if not contents or contents[-1] & 0x80:
        raise ValueError("object identifier without an end")
    numbers, value = [], 0
    for octet in contents:
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def _signed(der: bytes) -> tuple[Element, Element, Element]:
    """The three parts of everything that is signed in X.509."""
    (whole,) = _elements(der)
    body, algorithm, signature = _elements(_expect(whole, SEQUENCE))
    _expect(body, SEQUENCE)
    _expect(signature, BIT_STRING)
    return body, algorithm, signature


def _elements(octets: bytes) -> list[Element]:
    cursor = Cursor(octets)
    found = []
    while cursor.remaining:
        start, tag = cursor.position, cursor.octets[cursor.position]
        contents = open_contents(cursor, tag).octets
        found.append(Element(tag, contents, octets[start : cursor.position]))
    return found


def _expect(element: Element, tag: int) -> bytes:
    if element.tag != tag:
        raise ValueError(f"tag {element.tag:02x} where {tag:02x} belongs")
    return element.contents


def _only(octets: bytes, tag: int) -> bytes:
    """Contents of the one element that there is."""
    (element,) = _elements(octets)
    return _expect(element, tag)


def _name(element: Element) -> Name:
    return tuple(tuple(_attributes(_expect(rdn, SET))) for rdn in _elements(_expect(element, SEQUENCE)))


def _attributes(octets: bytes) -> Iterator[Attribute]:
    for attribute in _elements(octets):
        oid, value = _elements(_expect(attribute, SEQUENCE))
        yield Attribute(oid_text(_expect(oid, OBJECT_IDENTIFIER)), value.tag, value.contents)


def _extensions(octets: bytes) -> Iterator[Extension]:
    for extension in _elements(octets):
        oid, *critical, value = _elements(_expect(extension, SEQUENCE))
        is_critical = bool(critical) and _expect(critical[0], BOOLEAN) == _TRUE
        yield Extension(oid_text(_expect(oid, OBJECT_IDENTIFIER)), is_critical, _expect(value, OCTET_STRING))


def _requested(octets: bytes) -> Iterator[Extension]:
    for attribute in _elements(octets):
        oid, values = _elements(_expect(attribute, SEQUENCE))
        if oid_text(_expect(oid, OBJECT_IDENTIFIER)) == _EXTENSION_REQUEST:
            yield from _extensions(_only(_expect(values, SET), SEQUENCE))
