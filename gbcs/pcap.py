"""Messages as a capture file, for the `gbcs_message` dissector of Wireshark and tshark.

Classic pcap, link type 252 (exported PDU): each packet is a message behind a tag that names its dissector. Sources:
draft-ietf-opsawg-pcap (file format), Wireshark's exported_pdu.h (tags).
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

from gbcs.errors import UseCaseError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Longest packet that readers of captures accept.
MAXIMUM_PACKET = 0x40000
_LINKTYPE_WIRESHARK_UPPER_PDU = 252
#: Magic number (microseconds), version 2.4, two unused words, snapshot length, link type.
FILE_HEADER = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, MAXIMUM_PACKET, _LINKTYPE_WIRESHARK_UPPER_PDU)
_DISSECTOR = b"gbcs_message"
#: Tag 12 (name of the dissector; a multiple of four octets) and the end-of-tags tag.
_TAGS = struct.pack(">HH12sHH", 12, len(_DISSECTOR), _DISSECTOR, 0, 0)


def record(octets: bytes, at: datetime = EPOCH) -> bytes:
    """One packet of a capture file, which is `FILE_HEADER` and records.

    Args:
        octets: a GBCS message, or a frame of a block transfer.
        at: when it was seen, timezone-aware; the default says that nobody knows.

    Raises:
        UseCaseError: the time is outside 1970 to 2106, or the packet too long for a capture file.
    """
    packet = _TAGS + octets
    if len(packet) > MAXIMUM_PACKET:
        raise UseCaseError("pcap", "octets", f"{len(octets)} octets, {MAXIMUM_PACKET - len(_TAGS)} at most")
    seconds, rest = divmod(at - EPOCH, timedelta(seconds=1))
    if not 0 <= seconds < 2**32:
        raise UseCaseError("pcap", "at", f"{at} is outside 1970 to 2106")
    return struct.pack("<IIII", seconds, rest.microseconds, len(packet), len(packet)) + packet
