"""A tap on the WAN: passes frames between the DCC and a hub, keeps a copy, and lets the demonstration send its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from gbcs.framing import Unwrapper, wrap

_CHUNK = 65536


class Tap:
    """Listens on a free loopback port and passes everything on to the hub.

    Attributes:
        address: where it listens.
        down: messages that went to the hub.
        up: messages that came from it.
    """

    def __init__(self, host: str, port: int) -> None:
        self._hub = (host, port)
        self._server: asyncio.Server | None = None
        self._to_hub: asyncio.StreamWriter | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.address = ("", 0)
        self.down: list[bytes] = []
        self.up: list[bytes] = []

    async def __aenter__(self) -> Tap:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.address = self._server.sockets[0].getsockname()[:2]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def send(self, message: bytes) -> None:
        """Sends a message to the hub as if the DCC had."""
        if self._to_hub is None:
            raise ConnectionError("the DCC is not connected")
        self._to_hub.write(wrap(message))
        await self._to_hub.drain()

    async def _connected(self, dcc_reader: asyncio.StreamReader, dcc_writer: asyncio.StreamWriter) -> None:
        hub_reader, hub_writer = await asyncio.open_connection(*self._hub)
        self._to_hub = hub_writer
        for reader, writer, keep in (
            (dcc_reader, hub_writer, self.down.append),
            (hub_reader, dcc_writer, self.up.append),
        ):
            task = asyncio.create_task(_pass(reader, writer, keep))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, keep: Callable[[bytes], None]) -> None:
    unwrapper = Unwrapper()
    try:
        while octets := await reader.read(_CHUNK):
            for message in unwrapper.feed(octets):
                keep(message)
                writer.write(wrap(message))
            await writer.drain()
    finally:
        writer.close()
