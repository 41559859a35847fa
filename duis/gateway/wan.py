"""The WAN: one TCP connection to each hub, on which GBCS messages travel in wrapper frames."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from duis.gateway.core import Send
from duis.gateway.inventory import Address
from gbcs.errors import DecodeError
from gbcs.framing import Unwrapper, wrap

_log = logging.getLogger(__name__)

#: Seconds until a lost connection is made again; doubled with every attempt that fails.
FIRST_RETRY, LONGEST_RETRY = 0.2, 30.0
_CHUNK = 65536


class Link:
    """The connection to one hub, made again whenever it is lost. Commands wait while there is none.

    Args:
        hub: where it listens.
        release: asked before a command goes out whether it still may.
        receive: is given every message that comes.
    """

    def __init__(self, hub: Address, release: Callable[[Send], bool], receive: Callable[[bytes], None]) -> None:
        self._hub = hub
        self._release = release
        self._receive = receive
        self._waiting: deque[Send] = deque()
        self._writer: asyncio.StreamWriter | None = None

    def send(self, command: Send) -> None:
        """Sends a command, now or once there is a connection."""
        self._waiting.append(command)
        self._flush()

    async def run(self) -> None:
        """Keeps the connection until cancelled."""
        delay = FIRST_RETRY
        while True:
            try:
                reader, writer = await asyncio.open_connection(*self._hub)
            except (OSError, UnicodeError) as error:  # a host name may be none
                _log.warning("hub %s:%d: %s", *self._hub, error)
            else:
                delay = FIRST_RETRY
                await self._converse(reader, writer)
            await asyncio.sleep(delay)
            delay = min(2 * delay, LONGEST_RETRY)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _log.info("hub %s:%d: connected", *self._hub)
        unwrapper = Unwrapper()
        self._writer = writer
        try:
            self._flush()
            while octets := await reader.read(_CHUNK):
                for message in unwrapper.feed(octets):
                    self._receive(message)
            _log.warning("hub %s:%d: closed the connection", *self._hub)
        except (OSError, DecodeError) as error:
            _log.warning("hub %s:%d: %s", *self._hub, error)
        finally:
            self._writer = None
            writer.close()

    def _flush(self) -> None:
        while self._writer and self._waiting:
            command = self._waiting.popleft()
            if self._release(command):
                self._writer.write(wrap(command.message))
