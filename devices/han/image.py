"""Firmware images on their way over the HAN, in IMAGE tunnel payloads: the stand-in for ZigBee OTA upgrades (CS05b).

A block of the hub's: version (4), whether the image is the manufacturer's (1), length of the image (4), offset of the
block (4), octets. The device answers each with the version (4) and the offset of what it wants next (4): that is the
length once it has taken the image, and the highest number where it does not want it.
"""

from __future__ import annotations

from typing import NamedTuple

from gbcs.cursor import Cursor
from gbcs.errors import DecodeError

VERSION = 4
_NUMBER = 4
_BLOCK = 1 << 14
_REFUSED = 0xFFFFFFFF
#: Octets of an image at most.
LARGEST = 1 << 22


class Image(NamedTuple):
    """A firmware image.

    Attributes:
        version: 4 octets.
        octets: what it is made of.
        verifies: whether it is the manufacturer's.
    """

    version: bytes
    octets: bytes
    verifies: bool = True


class Sending:
    """The hub's side of one transfer."""

    def __init__(self, image: Image) -> None:
        """At most one image at a time goes to a device."""
        self.image = image
        self._offset = 0

    def block(self) -> bytes:
        """The body that is next."""
        version, octets, verifies = self.image
        numbers = b"".join(number.to_bytes(_NUMBER, "big") for number in (len(octets), self._offset))
        return version + bytes((verifies,)) + numbers + octets[self._offset : self._offset + _BLOCK]

    def proceed(self, answer: bytes) -> bool | None:
        """Takes the device's answer; gives whether it has taken the image, and None while there is more to send.

        Raises:
            DecodeError: it is none to the last block.
        """
        cursor = Cursor(answer)
        version, wanted = cursor.take(VERSION, "image.version"), cursor.uint(_NUMBER, "image.offset")
        cursor.finish("image")
        if wanted == _REFUSED:
            return False
        if version != self.image.version or wanted != min(self._offset + _BLOCK, len(self.image.octets)):
            raise DecodeError("image.offset", VERSION, f"{wanted} is not what comes next")
        self._offset = wanted
        return True if wanted == len(self.image.octets) else None


class Receiving:
    """The device's side: one image after the other."""

    def __init__(self) -> None:
        """Nothing has come."""
        self._octets = bytearray()

    def take(self, body: bytes) -> tuple[bytes, Image | None]:
        """Takes a block; gives the answer, and the image once it is whole.

        Raises:
            DecodeError: it is none, or not the one that comes next.
        """
        cursor = Cursor(body)
        version = cursor.take(VERSION, "image.version")
        verifies = cursor.take(1, "image.verifies") != b"\0"
        length, offset = cursor.uint(_NUMBER, "image.length"), cursor.uint(_NUMBER, "image.offset")
        octets = cursor.take(cursor.remaining, "image.octets")
        if offset == 0:
            self._octets.clear()
        if offset != len(self._octets) or not offset + len(octets) <= length <= LARGEST or (length and not octets):
            raise DecodeError("image.offset", VERSION + 1 + _NUMBER, f"{len(octets)} octets at {offset} of {length}")
        self._octets += octets
        if len(self._octets) < length:
            return version + len(self._octets).to_bytes(_NUMBER, "big"), None
        image = Image(version, bytes(self._octets), verifies)
        self._octets.clear()
        return version + (length if verifies else _REFUSED).to_bytes(_NUMBER, "big"), image
