"""The check of what goes beside a link through its tunnel, TIME and IMAGE payloads: a CRC-32, as frames of links have.

It covers the tunnel command, so that none is taken for another whose command differs by the bit that was damaged.
"""

from __future__ import annotations

import zlib

from gbcs.errors import DecodeError
from gbcs.framing import TunnelCommand

_LENGTH = 4


def sealed(command: TunnelCommand, octets: bytes) -> bytes:
    """The body of a tunnel payload that says `octets`."""
    return octets + _check(command, octets)


def opened(command: TunnelCommand, body: bytes) -> bytes:
    """What a body says.

    Raises:
        DecodeError: it was damaged on its way.
    """
    octets = body[:-_LENGTH]
    if body[-_LENGTH:] != _check(command, octets):
        raise DecodeError("tunnel.crc", 1 + len(octets), f"the {command.name} is damaged")
    return octets


def _check(command: TunnelCommand, octets: bytes) -> bytes:
    return zlib.crc32(octets, zlib.crc32(bytes((command,)))).to_bytes(_LENGTH, "big")
