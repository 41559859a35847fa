"""Frames of a link, octets in and out.

======  ============  ===========================================================================
octets  field         holds
======  ============  ===========================================================================
1       kind          `Kind`
4       epoch         which numbering the sender's messages have
4       known         the epoch of the other side's messages, as the sender knows it; 0 where it knows none
8       acknowledged  number of the last of those messages that the sender has, all before it included
8       number        of the message that this frame carries, or a part of it; else 0
8       base          number of the oldest message that the sender still keeps; the one to come where there is none
n       body          message, block, acknowledgement of a block, or what a greeting says
4       CRC-32        of all before it
======  ============  ===========================================================================

The format is this project's own: GBCS leaves delivery to ZigBee on the HAN and to the DCC on the WAN.
"""

from __future__ import annotations

import struct
import zlib
from enum import IntEnum
from typing import NamedTuple

from gbcs.errors import DecodeError

_HEADER = struct.Struct(">BIIQQQ")
_CHECK = 4
#: Octets of a frame beside its body.
OVERHEAD = _HEADER.size + _CHECK


class Kind(IntEnum):
    """What a frame is for."""

    #: Asks for an answer, whichever; the body says who is there.
    GREETING = 0x10
    #: Carries what every frame says, and where a message is under way in blocks, its transfer's acknowledgement.
    ACKNOWLEDGEMENT = 0x11
    MESSAGE = 0x12
    #: One block of a general block transfer (`gbcs.transfer`).
    BLOCK = 0x13


_KINDS = {kind.value: kind for kind in Kind}


class Frame(NamedTuple):
    """One frame; the module's table says what the fields are."""

    kind: Kind
    epoch: int
    known: int
    acknowledged: int
    number: int = 0
    base: int = 0
    body: bytes = b""

    def encode(self) -> bytes:
        """The frame's octets."""
        header = _HEADER.pack(self.kind, self.epoch, self.known, self.acknowledged, self.number, self.base)
        octets = header + self.body
        return octets + zlib.crc32(octets).to_bytes(_CHECK, "big")

    @staticmethod
    def decode(octets: bytes) -> Frame:
        """Reads a frame; raises `DecodeError` for anything that is none, or was damaged on its way."""
        if len(octets) < OVERHEAD:
            raise DecodeError("frame", 0, f"{len(octets)} octets, {OVERHEAD} at least")
        end = len(octets) - _CHECK
        if zlib.crc32(octets[:end]) != int.from_bytes(octets[end:], "big"):
            raise DecodeError("frame.crc", end, "the frame is damaged")
        kind, epoch, known, acknowledged, number, base = _HEADER.unpack_from(octets)
        if kind not in _KINDS:
            raise DecodeError("frame.kind", 0, f"{kind:02x} is no kind of frame")
        return Frame(_KINDS[kind], epoch, known, acknowledged, number, base, octets[_HEADER.size : end])
