"""Firmware images on their way over the HAN, in IMAGE tunnel payloads: the stand-in for ZigBee OTA upgrades (CS05b).

The hub sends one block at a time, again and again until that is answered:

======  ========  ============================================================================
octets  field     holds
======  ========  ============================================================================
4       transfer  its number; that of a later one on the same connection is higher
4       version   of the image
1       verifies  1 where the image is the manufacturer's, else 0
4       length    of the image in octets
4       offset    in the image of what follows
n       octets    of the image
4       CRC-32    of all before it, the tunnel command IMAGE included
======  ========  ============================================================================

The device answers each, one that it has had or cannot use yet as well:

======  ========  ============================================================================
4       transfer  the same
4       wanted    offset of what it wants next; the length once it has taken the image, and the
                  highest number where it does not want that
4       CRC-32    as above
======  ========  ============================================================================

What is of an older transfer is late, and is ignored; so is an answer that wants nothing further on. A device keeps what
has come when its connection breaks, and the hub asks on the next by what it sends whether it still has that.
"""

from __future__ import annotations

from typing import NamedTuple

from devices.han.check import opened, sealed
from gbcs.cursor import Cursor
from gbcs.errors import DecodeError
from gbcs.framing import TunnelCommand

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


class Block(NamedTuple):
    """A part of an image; the module's table says what the fields are."""

    transfer: int
    version: bytes
    verifies: bool
    length: int
    offset: int
    octets: bytes

    def encode(self) -> bytes:
        """The body of its tunnel payload."""
        head = _octets(self.transfer) + self.version + bytes((self.verifies,))
        return sealed(TunnelCommand.IMAGE, head + _octets(self.length) + _octets(self.offset) + self.octets)

    @staticmethod
    def decode(body: bytes) -> Block:
        """Reads a body; raises `DecodeError` for anything that is none, or was damaged on its way."""
        cursor = Cursor(opened(TunnelCommand.IMAGE, body))
        transfer = cursor.uint(_NUMBER, "image.transfer")
        version = cursor.take(VERSION, "image.version")
        verifies = cursor.octet("image.verifies") != 0
        length, offset = cursor.uint(_NUMBER, "image.length"), cursor.uint(_NUMBER, "image.offset")
        octets = cursor.take(cursor.remaining, "image.octets")
        if offset + len(octets) > length or (length and not octets):
            raise cursor.error("image.octets", f"{len(octets)} octets at {offset} of {length}")
        return Block(transfer, version, verifies, length, offset, octets)


class Answer(NamedTuple):
    """What a device says to a block; the module's table says what the fields are."""

    transfer: int
    wanted: int

    def encode(self) -> bytes:
        """The body of its tunnel payload."""
        return sealed(TunnelCommand.IMAGE, _octets(self.transfer) + _octets(self.wanted))

    @staticmethod
    def decode(body: bytes) -> Answer:
        """Reads a body; raises `DecodeError` for anything that is none, or was damaged on its way."""
        cursor = Cursor(opened(TunnelCommand.IMAGE, body))
        answer = Answer(cursor.uint(_NUMBER, "image.transfer"), cursor.uint(_NUMBER, "image.wanted"))
        cursor.finish("image")
        return answer


class Sending:
    """The hub's side of one transfer.

    Attributes:
        taken: whether the device has taken the image; None while the transfer goes on.
    """

    def __init__(self, image: Image, transfer: int) -> None:
        """`transfer` is the number of this one."""
        self.image = image
        self.taken: bool | None = None
        self._transfer = transfer
        self._offset = 0
        self._may_go_back = False

    def resume(self) -> None:
        """There is another connection: the device may have forgotten what it had."""
        self._may_go_back = True

    def block(self) -> bytes:
        """The body that is next."""
        version, octets, verifies = self.image
        part = octets[self._offset : self._offset + _BLOCK]
        return Block(self._transfer, version, verifies, len(octets), self._offset, part).encode()

    def proceed(self, body: bytes) -> bool:
        """Takes an answer; gives whether it changes anything.

        Raises:
            DecodeError: it is none.
        """
        transfer, wanted = Answer.decode(body)
        length = len(self.image.octets)
        if transfer != self._transfer or self.taken is not None:
            return False
        if wanted in (length, _REFUSED):
            self.taken = wanted == length
        elif wanted > length:
            raise DecodeError("image.wanted", _NUMBER, f"{wanted} of {length} octets")
        elif wanted > self._offset or self._may_go_back:
            self._offset = wanted
        else:
            return False
        self._may_go_back = False
        return True


class Receiving:
    """The device's side: one image after the other."""

    def __init__(self) -> None:
        """Nothing has come."""
        self._transfer = 0
        #: What has come of the image, and once that is over what the device then says that it wants.
        self._octets = bytearray()
        self._last: int | None = None
        #: Transfers before this one are over, as far as can be told on this connection.
        self._newest = 0

    def lose(self) -> None:
        """The hub has gone. If it comes back as another, its numbers are others."""
        self._newest = 0

    def take(self, body: bytes) -> tuple[bytes | None, Image | None]:
        """Takes a block; gives the answer, if there is one, and the image when it has just become whole.

        Raises:
            DecodeError: it is none.
        """
        block = Block.decode(body)
        if block.transfer < self._newest:
            return None, None
        if block.transfer != self._transfer:
            self._transfer, self._last = block.transfer, None
            self._octets.clear()
        self._newest = block.transfer
        image = self._add(block) if self._last is None else None
        wanted = len(self._octets) if self._last is None else self._last
        return Answer(block.transfer, wanted).encode(), image

    def _add(self, block: Block) -> Image | None:
        if block.length > LARGEST:
            self._last = _REFUSED
        elif block.offset == len(self._octets):
            self._octets += block.octets
            if len(self._octets) == block.length:
                image = Image(block.version, bytes(self._octets), block.verifies)
                self._octets.clear()
                self._last = block.length if block.verifies else _REFUSED
                return image
        return None


def _octets(number: int) -> bytes:
    return number.to_bytes(_NUMBER, "big")
