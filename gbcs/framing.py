"""How messages travel between emulators: the DLMS wrapper on TCP, and the GBCS tunnel header inside it on the HAN.

Octets only; whoever owns a socket feeds them in. Sources: DLMS Green Book 7.3 (wrapper), GBCS 10.2 (tunnel payloads).
GBCS itself defines no TCP transport: the wrapper around it is this project's choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from gbcs.errors import DecodeError

WAN_PORT = 4059
_VERSION = 1
#: Wrapper port, of either end, of frames that hold a payload as it is.
PLAIN_WPORT = 1
#: Wrapper port of frames that hold a frame of a link with acknowledgement (`devices.link`).
LINK_WPORT = 0x4C4B
_HEADER_LENGTH = 8
MAXIMUM_FRAME = 0xFFFF


def wrap(payload: bytes, port: int = PLAIN_WPORT) -> bytes:
    """One wrapper frame: version, source, destination, length, payload. Source and destination are the same `port`.

    Raises:
        DecodeError: the payload is longer than the 65,535 octets that a frame holds.
    """
    if len(payload) > MAXIMUM_FRAME:
        raise DecodeError("wrapper.length", 6, f"{len(payload)} octets, {MAXIMUM_FRAME} at most")
    return b"".join(number.to_bytes(2, "big") for number in (_VERSION, port, port, len(payload))) + payload


class Wrapped(NamedTuple):
    """What a wrapper frame holds, and the port that it is for."""

    port: int
    payload: bytes


class Unwrapper:
    """Cuts a stream of octets into the payloads of wrapper frames."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, octets: bytes) -> Iterator[bytes]:
        """The payloads that are complete once `octets` have come, whatever their port.

        Raises:
            DecodeError: a frame of another version. The stream cannot be resumed after that.
        """
        return (frame.payload for frame in self.frames(octets))

    def frames(self, octets: bytes) -> Iterator[Wrapped]:
        """The same with their ports."""
        self._buffer += octets
        while len(self._buffer) >= 2:
            version = int.from_bytes(self._buffer[:2], "big")
            if version != _VERSION:
                raise DecodeError("wrapper.version", 0, f"{version} where {_VERSION} belongs")
            end = _HEADER_LENGTH + int.from_bytes(self._buffer[6:8], "big")
            if len(self._buffer) < end:
                return
            frame = Wrapped(int.from_bytes(self._buffer[4:6], "big"), bytes(self._buffer[_HEADER_LENGTH:end]))
            del self._buffer[:end]
            yield frame

    @property
    def pending(self) -> int:
        """Octets of an incomplete frame; at the end of a stream there should be none."""
        return len(self._buffer)


class TunnelCommand(IntEnum):
    """First octet of a tunnel payload. ASSOCIATE, TIME and IMAGE are this project's stand-ins for the ZigBee join,
    the Time cluster and OTA upgrades; the rest is GBCS.

    A GET asks for a message, which a device that sleeps does when it wakes; a GET_RESPONSE is the answer.
    """

    ASSOCIATE = 0
    GET = 1
    GET_RESPONSE = 2
    PUT = 3
    TIME = 4
    IMAGE = 5


_TUNNEL_COMMANDS = {command.value: command for command in TunnelCommand}


@dataclass(frozen=True, slots=True)
class TunnelPayload:
    """One payload of the HAN tunnel.

    Attributes:
        remaining: messages that still wait, in a GET-RESPONSE; 255 where there are more.
        body: what a PUT or GET-RESPONSE carries, empty where there is nothing: in GBCS a message, between the emulators
            a link's frame around one (`devices.link.frame`). In an ASSOCIATE a step of `devices.han.association`, in a
            TIME and an IMAGE what `devices.han.time` and `devices.han.image` have.
    """

    command: TunnelCommand
    body: bytes = b""
    remaining: int = 0

    def encode(self) -> bytes:
        """The payload's octets."""
        count = bytes((min(self.remaining, 0xFF),)) if self.command is TunnelCommand.GET_RESPONSE else b""
        return bytes((self.command,)) + count + self.body

    @staticmethod
    def decode(octets: bytes) -> TunnelPayload:
        """Reads a payload; raises `DecodeError` for anything that is none."""
        command = _TUNNEL_COMMANDS.get(octets[0]) if octets else None
        if command is None:
            raise DecodeError("tunnel.command", 0, f"{octets[:1].hex() or 'nothing'} is no tunnel command")
        if command is not TunnelCommand.GET_RESPONSE:
            return TunnelPayload(command, octets[1:])
        if len(octets) < 2:
            raise DecodeError("tunnel.remaining", 1, "1 octet wanted, 0 left")
        return TunnelPayload(command, octets[2:], octets[1])
