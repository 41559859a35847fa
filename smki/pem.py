"""PEM text armour (RFC 7468), read leniently: any number of blocks, with anything between them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

# The body stops at the first hyphen, so that hostile input cannot make the search quadratic.
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----")


def blocks(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Label and octets of every block in `data`; blocks whose base64 is broken are passed over."""
    for match in _BLOCK.finditer(data):
        try:
            yield match[1].decode(), binascii.a2b_base64(match[2])
        except binascii.Error:
            continue


def armour(label: str, octets: bytes) -> bytes:
    """One block, 64 characters a line."""
    text = base64.b64encode(octets)
    lines = b"\n".join(text[start : start + 64] for start in range(0, len(text), 64))
    return b"-----BEGIN %s-----\n%s\n-----END %s-----\n" % (label.encode(), lines, label.encode())
