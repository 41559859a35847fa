"""EUI-64 identifiers: devices, remote parties and the Access Control Broker alike (GBCS 4.3.1.2)."""

from __future__ import annotations

import re

from gbcs.errors import DecodeError

_TEXT = re.compile(r"[0-9a-fA-F]{2}(?:[-: ]?[0-9a-fA-F]{2}){7}")


class Eui64(bytes):
    """Eight octets, most significant first.

    An `Eui64` is its own wire form. ``str()`` gives the form that DUIS and the SMKI print
    (``90-B3-D5-1F-30-01-00-00``), ``.hex()`` the one that file names and JSON use.
    """

    __slots__ = ()

    def __new__(cls, octets: bytes) -> Eui64:
        """Raises `DecodeError` unless there are exactly 8 octets."""
        if len(octets) != 8:
            raise DecodeError("eui64", 0, f"{len(octets)} octets, 8 wanted")
        return bytes.__new__(cls, octets)

    @classmethod
    def parse(cls, text: str) -> Eui64:
        """Reads 16 hex digits in either case, with `-`, `:` or blanks between octets, or none.

        Raises:
            DecodeError: the text is anything else.
        """
        if not _TEXT.fullmatch(text.strip()):
            raise DecodeError("eui64", 0, f"{text!r} is not 16 hexadecimal digits")
        return cls(bytes.fromhex(re.sub(r"[-: ]", "", text)))

    def __str__(self) -> str:
        return self.hex("-").upper()

    def __repr__(self) -> str:
        return f"Eui64({str(self)!r})"
