"""TCP connections that carry wrapper frames.

WAN: DLMS wrapper frames around messages. HAN: the same frames around tunnel payloads; the device connects, its first
frame is an ASSOCIATE with its EUI-64, the hub answers it with one octet, and then both send PUTs (`gbcs.framing`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from gbcs.errors import DecodeError
from gbcs.framing import TunnelCommand, TunnelPayload, Unwrapper, wrap

logger = logging.getLogger(__name__)

#: Octets that may wait for a peer that does not read; then its connection is cut.
_BACKLOG = 1 << 22
#: The hub's answer to an ASSOCIATE.
ACCEPTED, REFUSED = b"\0", b"\1"


class Connection:
    """One TCP connection that carries wrapper frames."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._peer = writer.get_extra_info("peername")
        #: Frames that go out together once what has come is dealt with: a write costs more than its octets.
        self._corked: list[bytes] = []

    def __str__(self) -> str:
        return "{}:{}".format(*self._peer[:2]) if self._peer else "connection"

    async def frames(self) -> AsyncIterator[bytes]:
        """Payloads as they come, until the peer closes.

        Raises:
            DecodeError: a frame that is none; the connection is of no more use.
        """
        unwrapper = Unwrapper()
        while octets := await self._reader.read(1 << 16):
            for payload in unwrapper.feed(octets):
                yield payload

    def send(self, octets: bytes) -> None:
        """Sends a message, if the peer is still there."""
        self._send(octets)

    def close(self) -> None:
        """Closes the connection once everything is sent."""
        self._uncork()
        self._writer.close()

    def _send(self, payload: bytes) -> None:
        try:
            frame = wrap(payload)
        except DecodeError as error:
            logger.warning("%s: undeliverable: %s", self, error)
            return
        if self._writer.transport.get_write_buffer_size() > _BACKLOG:
            logger.warning("%s: does not read, connection cut", self)
            self._writer.transport.abort()
        else:
            if not self._corked:
                asyncio.get_running_loop().call_soon(self._uncork)
            self._corked.append(frame)

    def _uncork(self) -> None:
        frames, self._corked = self._corked, []
        if frames and not self._writer.is_closing():
            self._writer.write(b"".join(frames))


class Tunnel(Connection):
    """A connection on the HAN: messages travel in PUT payloads."""

    def send(self, octets: bytes) -> None:
        """See `Connection`."""
        self._send(TunnelPayload(TunnelCommand.PUT, octets).encode())

    def send_association(self, body: bytes) -> None:
        """Sends the one other payload: a device's request, or the hub's answer."""
        self._send(TunnelPayload(TunnelCommand.ASSOCIATE, body).encode())


def body_of(payload: bytes, command: TunnelCommand) -> bytes:
    """The body of a tunnel payload; raises `DecodeError` if it is another command."""
    tunnel_payload = TunnelPayload.decode(payload)
    if tunnel_payload.command is not command:
        raise DecodeError("tunnel.command", 0, f"{tunnel_payload.command.name} where {command.name} belongs")
    return tunnel_payload.body
