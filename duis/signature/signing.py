"""Signing, one document at a time or many at once.

What is signed is the document without white space between elements, for there are verifiers that drop it before they
compute the digest and others that do not.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from duis import markup
from duis.markup import Node
from duis.signature.profile import SIGNATURE, SIGNED_INFO, key_info
from gbcs.security.keys import Signer
from smki.certificate import Certificate

# In a canonical document, with which white space between elements begins; texts that begin so are rare.
_LAYOUT = re.compile(rb">(?:[ \t\n]|&#xD;)")


class BatchSigner(Protocol):
    """A private key that signs many messages at once, wherever and however it does."""

    def sign_many(self, messages: Sequence[bytes]) -> Sequence[bytes]:
        """ECDSA P-256 with SHA-256 over each message: as many times 64 octets, r and s of 32 octets each."""
        ...


class SerialSigner:
    """A `BatchSigner` that has a `Signer` sign one message after the other."""

    __slots__ = ("_signer",)

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def sign_many(self, messages: Sequence[bytes]) -> list[bytes]:
        """See `BatchSigner`."""
        return [self._signer.sign(message) for message in messages]


def sign(document: bytes | Node, signer: Signer, certificate: Certificate) -> bytes:
    """The document with the signature of `signer`, whose certificate is `certificate`, in place of any it had.

    Args:
        document: octets, or the root of a parsed document, which is changed.
        signer: the private key.
        certificate: says whose it is.

    Raises:
        DocumentError: the document is no DUIS Request or Response.
    """
    prepared = prepare(document)
    return prepared.finish(signer.sign(prepared.signed_info), key_info(certificate))


def sign_many(documents: Iterable[bytes | Node], signer: BatchSigner, certificate: Certificate) -> list[bytes]:
    """Every document with a signature, as `sign` makes it one by one; raises as it does, and then signs none."""
    return finish_many([prepare(document) for document in documents], signer, certificate)


class Prepared(NamedTuple):
    """A document ready to be signed: its canonical octets and the SignedInfo over them."""

    content: bytes
    signed_info: bytes

    def finish(self, value: bytes, info: bytes) -> bytes:
        """The document with a signature value and KeyInfo; the canonical form is a document as well."""
        end = self.content.rindex(b"</")
        signature = SIGNATURE % (self.signed_info, b64encode(value), info)
        return b"".join((markup.DECLARATION, self.content[:end], signature, self.content[end:]))


def prepare(document: bytes | Node) -> Prepared:
    """The first half of `sign`, which needs no key; raises `DocumentError`."""
    root = markup.parse(document) if isinstance(document, bytes) else document
    for signature in list(root.iterchildren(markup.SIGNATURE)):
        markup.detach(signature)
    if not root.text:  # a document with layout has some in its root
        content = markup.canonical(root)
        if not _LAYOUT.search(content):
            return _of_content(content)
    markup.compact(root)
    return _of_content(markup.canonical(root))


def _of_content(content: bytes) -> Prepared:
    return Prepared(content, SIGNED_INFO % b64encode(hashlib.sha256(content).digest()))


def finish_many(prepared: Sequence[Prepared], signer: BatchSigner, certificate: Certificate) -> list[bytes]:
    """The second half of `sign_many`: documents in the order in which they were prepared."""
    values = signer.sign_many([one.signed_info for one in prepared])
    info = key_info(certificate)
    return [one.finish(value, info) for one, value in zip(prepared, values, strict=True)]
