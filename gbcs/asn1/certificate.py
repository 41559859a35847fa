"""Certificates and certification requests inside payloads: their octets, and a word on whose they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from gbcs.asn1.common import REMOTE_PARTY_ROLE
from gbcs.asn1.types import SEQUENCE, OctetString, TaggedType, fault, open_contents
from gbcs.cosem.types import Json, Value
from gbcs.cursor import Cursor
from gbcs.errors import DecodeError
from gbcs.message import Message

_OBJECT_IDENTIFIER, _CONSTRUCTED = 0x06, 0x20
_MAXIMUM_DEPTH = 16
_ORGANISATIONAL_UNIT = bytes.fromhex("55040b")
_UNIQUE_IDENTIFIER = bytes.fromhex("55042d")
_SUBJECT_ALTERNATIVE_NAME = bytes.fromhex("551d11")
_NO_UNUSED_BITS = b"\x00"
_EUI64_OCTET_STRING = b"\x04\x08"


@dataclass(frozen=True, slots=True)
class Certificate(TaggedType):
    """A certificate or certification request; the value is its octets, which are not judged here.

    JSON shows the octets and, where they can be read, the subject's EUI-64 and Remote Party Role; it accepts the octets
    alone.
    """

    tag: int = SEQUENCE

    def decode(self, cursor: Cursor) -> bytes:
        start = cursor.position
        open_contents(cursor, self.tag)
        return cursor.octets[start : cursor.position]

    def encode(self, value: Value, header: Message) -> bytes:  # noqa: ARG002 - nobody re-encodes what was signed
        return self.from_json(value)

    def to_json(self, value: Value) -> Json:
        return {"der": value.hex(), **_subject(value)}

    def from_json(self, json: Json) -> bytes:
        octets = OctetString().from_json(json.get("der") if isinstance(json, Mapping) else json)
        cursor = Cursor(octets)
        try:
            open_contents(cursor, self.tag)
            cursor.finish("")
        except DecodeError as error:
            raise fault(f"not a certificate: {error.reason}") from None
        return octets


def _subject(octets: bytes) -> dict[str, Json]:
    """What the subject says of a remote party, or the alternative name of a device; nothing where it is unreadable."""
    try:
        signed = open_contents(open_contents(Cursor(octets), SEQUENCE), SEQUENCE)
        # Of a certificate: algorithm, issuer, validity, subject, public key; of a request: subject, public key.
        sequences = [contents for tag, contents in _elements(signed) if tag == SEQUENCE]
        subject = dict(_labelled(sequences[3 if len(sequences) == 5 else 0]))
        extensions = dict(_labelled(Cursor(octets)))
    except (DecodeError, IndexError):
        return {}
    shown: dict[str, Json] = {}
    party, name = subject.get(_UNIQUE_IDENTIFIER, b""), extensions.get(_SUBJECT_ALTERNATIVE_NAME, b"")
    if len(party) == 9 and party.startswith(_NO_UNUSED_BITS):
        shown["subject"] = party[1:].hex()
    elif name[-10:-8] == _EUI64_OCTET_STRING:  # a hardwareModuleName ends with it
        shown["subject"] = name[-8:].hex()
    with suppress(KeyError, ValueError):
        shown["role"] = REMOTE_PARTY_ROLE.to_json(int(subject[_ORGANISATIONAL_UNIT], 16))
    return shown


def _elements(contents: Cursor) -> Iterator[tuple[int, Cursor]]:
    while contents.remaining:
        tag = contents.uint(1, "")
        yield tag, contents.part(contents.length(""), "")


def _labelled(contents: Cursor, depth: int = _MAXIMUM_DEPTH) -> Iterator[tuple[bytes, bytes]]:
    """Every object identifier with the simple values that follow it, such as attributes and extensions."""
    identifier = None
    for tag, inner in _elements(contents):
        if tag == _OBJECT_IDENTIFIER:
            identifier = inner.octets
        elif tag & _CONSTRUCTED and depth:
            yield from _labelled(inner, depth - 1)
        elif identifier:
            yield identifier, inner.octets


CERTIFICATE = Certificate()
