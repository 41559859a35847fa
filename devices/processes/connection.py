"""TCP connections that carry wrapper frames, and the links that go over them.

WAN: wrapper frames around messages, or on another wrapper port around a link's frames. HAN: wrapper frames around
tunnel payloads (`devices.processes.tunnel`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress

from devices.link.faults import Faults, Line
from devices.link.reliable import Link, Take, earlier
from gbcs.errors import DecodeError
from gbcs.framing import LINK_WPORT, PLAIN_WPORT, Unwrapper, Wrapped, wrap

logger = logging.getLogger(__name__)

#: Octets that may wait for a peer that does not read; then its connection is cut.
_BACKLOG = 1 << 22
_CHUNK = 1 << 16


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

    async def chunks(self) -> AsyncIterator[list[Wrapped]]:
        """Frames as they come, those together that have come together, until the peer closes.

        Raises:
            DecodeError: a frame that is none; the connection is of no more use.
        """
        unwrapper = Unwrapper()
        while octets := await self._reader.read(_CHUNK):
            if frames := list(unwrapper.frames(octets)):
                yield frames

    def send(self, *payloads: bytes, port: int = PLAIN_WPORT) -> bool:
        """Sends payloads, a frame each; gives whether the peer is still there to take them."""
        try:
            octets = b"".join(wrap(payload, port) for payload in payloads)
        except DecodeError as error:
            logger.warning("%s: undeliverable: %s", self, error)
            return True
        if self._writer.is_closing():
            return False
        if self._writer.transport.get_write_buffer_size() > _BACKLOG:
            logger.warning("%s: does not read, connection cut", self)
            self.cut()
            return False
        if not self._corked:
            asyncio.get_running_loop().call_soon(self._uncork)
        self._corked.append(octets)
        return True

    def _uncork(self) -> None:
        frames, self._corked = self._corked, []
        if frames and not self._writer.is_closing():
            self._writer.write(b"".join(frames))

    async def drain(self) -> None:
        """Waits while the peer is slow to read."""
        self._uncork()
        with suppress(ConnectionError):
            await self._writer.drain()

    def close(self) -> None:
        """Closes the connection once everything is sent."""
        self._uncork()
        self._writer.close()

    def cut(self) -> None:
        """Breaks the connection, whatever is under way."""
        self._writer.transport.abort()


class InnerConnection(Connection):
    """One end of a connection within a process, without a socket; see `connected`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._frames: list[Wrapped] = []
        #: Set while nothing waits to be taken; whoever puts something there ends it.
        self._waiter: asyncio.Future[None] | None = None
        self._is_cut = False
        self.other = self

    def __str__(self) -> str:
        return self._name

    async def chunks(self) -> AsyncIterator[list[Wrapped]]:
        """See `Connection`."""
        while True:
            if not self._frames and not self._is_cut:
                self._waiter = asyncio.get_running_loop().create_future()
                await self._waiter
            if self._frames:
                frames, self._frames = self._frames, []
                yield frames
            if self._is_cut and not self._frames:
                return

    def send(self, *payloads: bytes, port: int = PLAIN_WPORT) -> bool:
        """See `Connection`."""
        if self._is_cut:
            return False
        self.other._frames += [Wrapped(port, payload) for payload in payloads]
        self.other._wake()
        return True

    async def drain(self) -> None:
        """See `Connection`; the other end always reads."""

    def close(self) -> None:
        """See `Connection`."""
        self._frames.clear()
        for end in (self, self.other):
            end._is_cut = True
            end._wake()

    def cut(self) -> None:
        """See `Connection`."""
        self.other._frames.clear()
        self.close()

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)


def connected(*names: str) -> tuple[InnerConnection, InnerConnection]:
    """Both ends of a connection within the process, by what they are to be called."""
    one, other = map(InnerConnection, names)
    one.other, other.other = other, one
    return one, other


class Channel:
    """A link over its connection of the moment: the link's frames go out through the faults, in time."""

    port = PLAIN_WPORT

    def __init__(self, link: Link, connection: Connection, faults: Faults, take: Take, greeting: bytes = b"") -> None:
        """`take` is given what comes; see `Link.receive`."""
        self.link = link
        self.connection = connection
        self._take = take
        self._line = Line(faults, connection.cut)
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._is_open = True
        link.connect(greeting)

    def receive(self, frame: bytes) -> None:
        """Takes a frame of the link; what is due because of it goes out with `flush`."""
        self.link.receive(frame, self._take)

    def resume(self) -> None:
        """Takes what had to wait."""
        if self.link.has_refused:
            self.link.resume(self._take)

    def flush(self) -> None:
        """Sends what is due because something has happened, and sees to it that the rest is sent in time.

        Raises:
            StoreError: the state could not be written.
        """
        if self._is_open and self.link.has_news:
            self._send_due()

    def put(self, payload: bytes) -> None:
        """Sends a payload beside the link's."""
        now = self._loop.time()
        self._line.put(payload, now)
        self._flush_line(now)

    def close(self) -> None:
        """Nothing goes out any more, and the link waits for its next connection."""
        if self._is_open:
            self._is_open = False
            if self._timer:
                self._timer.cancel()
            self.link.disconnect()
        self.connection.close()

    def _in_envelope(self, frame: bytes) -> bytes:
        return frame

    def _send_due(self) -> None:
        now = self._loop.time()
        for frame in self.link.frames(now):
            self._line.put(self._in_envelope(frame), now)
        self._flush_line(now)

    def _flush_line(self, now: float) -> None:
        if payloads := self._line.take(now):
            self.connection.send(*payloads, port=self.port)
        due = earlier(self.link.due(), self._line.due())
        # A timer that comes too early looks again.
        if due is not None and not (self._timer and self._timer.when() <= due):
            if self._timer:
                self._timer.cancel()
            self._timer = self._loop.call_at(due, self._wake)

    def _wake(self) -> None:
        self._timer = None
        if self._is_open:
            self._send_due()


class Confirmed(Channel):
    """A link on the WAN: its frames have a wrapper port of their own."""

    port = LINK_WPORT
