"""Devices as processes: TCP connections, the clock and signals around the sans-I/O cores (asyncio).

WAN: DLMS wrapper frames around messages. HAN: the same frames around tunnel payloads; the device connects, its first
frame is an ASSOCIATE with its EUI-64, the hub answers it with one octet, and then both send PUTs (`gbcs.framing`).
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from devices.device import Device
from devices.errors import NotInDeviceLog, StoreError
from devices.hub import Delivery, Hub
from gbcs.errors import DecodeError
from gbcs.eui64 import Eui64
from gbcs.framing import TunnelCommand, TunnelPayload, Unwrapper, wrap
from smki.process import stop_event

logger = logging.getLogger(__name__)

Address: TypeAlias = tuple[str, int]
ProcessClock: TypeAlias = Callable[[], datetime]
#: Takes a direction, ``received`` or ``sent``, and the octets of a message.
Recorder: TypeAlias = Callable[[str, bytes], None]

#: Seconds until a device tries its hub again: twice as many every time, up to the last.
_FIRST_RETRY, _LAST_RETRY = 0.1, 5.0
#: Octets that may wait for a peer that does not read; then its connection is cut.
_BACKLOG = 1 << 22
#: Seconds between two looks at what a device does by itself.
_TICK = 0.5
#: Messages of a device that wait for its hub.
_HELD_ALERTS = 256
_ACCEPTED, _REFUSED = b"\0", b"\1"

_Connection = TypeVar("_Connection", bound="Connection")


def run(work: Coroutine[Any, Any, None]) -> None:
    """Runs `work` until it fails, or until SIGTERM or SIGINT ends the process in good order."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    asyncio.run(_until_stopped(work))


async def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    tasks = [asyncio.create_task(work), asyncio.create_task(stop_event().wait())]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        try:
            task.result()
        except* StoreError as errors:
            # A group's error is that of the one task that failed.
            raise errors.exceptions[0] from None


def _announce(eui: Eui64, **addresses: Address) -> None:
    """Tells whoever started the process that it is ready."""
    line = {"ready": True, "eui": eui.hex()} | {name: list(address) for name, address in addresses.items()}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


class Connection:
    """One TCP connection that carries wrapper frames."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._peer = writer.get_extra_info("peername")

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
        elif not self._writer.is_closing():
            self._writer.write(frame)


class Tunnel(Connection):
    """A connection on the HAN: messages travel in PUT payloads."""

    def send(self, octets: bytes) -> None:
        """See `Connection`."""
        self._send(TunnelPayload(TunnelCommand.PUT, octets).encode())

    def send_association(self, body: bytes) -> None:
        """Sends the one other payload: a device's request, or the hub's answer."""
        self._send(TunnelPayload(TunnelCommand.ASSOCIATE, body).encode())


def _body(payload: bytes, command: TunnelCommand) -> bytes:
    tunnel_payload = TunnelPayload.decode(payload)
    if tunnel_payload.command is not command:
        raise DecodeError("tunnel.command", 0, f"{tunnel_payload.command.name} where {command.name} belongs")
    return tunnel_payload.body


class HubProcess:
    """Serves both sides of a hub."""

    def __init__(self, hub: Hub[Connection], clock: ProcessClock) -> None:
        self._hub = hub
        self._clock = clock
        self._failure: asyncio.Future[None]

    async def run(self, host: str, wan_port: int, han_port: int) -> None:
        """Serves until the task is cancelled; port 0 is any free one.

        Raises:
            OSError: an address cannot be had.
            StoreError: the state could not be written.
        """
        self._failure = asyncio.get_running_loop().create_future()
        wan = await asyncio.start_server(
            lambda *streams: self._serve(self._attend_wan, Connection(*streams)), host, wan_port
        )
        han = await asyncio.start_server(
            lambda *streams: self._serve(self._attend_device, Tunnel(*streams)), host, han_port
        )
        addresses = {name: server.sockets[0].getsockname()[:2] for name, server in (("wan", wan), ("han", han))}
        _announce(self._hub.chf.eui, **addresses)
        await self._failure

    async def _serve(self, attend: Callable[[_Connection], Awaitable[None]], connection: _Connection) -> None:
        try:
            await attend(connection)
        except (OSError, DecodeError, NotInDeviceLog) as error:
            logger.warning("%s: connection closed: %s", connection, error)
        except StoreError as error:
            if not self._failure.done():
                self._failure.set_exception(error)
        except asyncio.CancelledError:
            pass  # the process ends; raised again, Python 3.11 would log it as a failure
        finally:
            connection.close()

    async def _attend_wan(self, connection: Connection) -> None:
        self._hub.attach(connection)
        try:
            async for message in connection.frames():
                _deliver(self._hub.from_wan(connection, message, self._clock()))
        finally:
            self._hub.detach(connection)

    async def _attend_device(self, tunnel: Tunnel) -> None:
        frames = tunnel.frames()
        device = Eui64(_body(await anext(frames, b""), TunnelCommand.ASSOCIATE))
        former = self._hub.associated.get(device)
        try:
            held = self._hub.associate(device, tunnel)
        except NotInDeviceLog:
            tunnel.send_association(_REFUSED)
            raise
        if former:
            former.close()
        logger.info("%s: %s has associated", tunnel, device.hex())
        tunnel.send_association(_ACCEPTED)
        _deliver(held)
        try:
            async for payload in frames:
                _deliver(self._hub.from_han(device, _body(payload, TunnelCommand.PUT)))
        finally:
            self._hub.dissociate(device, tunnel)


def _deliver(deliveries: Iterable[Delivery[Connection]]) -> None:
    for connection, octets in deliveries:
        connection.send(octets)


class DeviceProcess:
    """Keeps a device connected to its hub, and lets time pass for it."""

    def __init__(
        self,
        device: Device,
        hub: Address,
        clock: ProcessClock,
        record: Recorder | None = None,
    ) -> None:
        """`record` is told of every message."""
        self._device = device
        self._hub = hub
        self._clock = clock
        self._record: Recorder = record or (lambda *_: None)
        self._retry = _FIRST_RETRY
        self._announced = False
        self._tunnel: Tunnel | None = None
        #: What the device has sent while it had no hub, oldest first.
        self._waiting: deque[bytes] = deque(maxlen=_HELD_ALERTS)

    async def run(self) -> None:
        """Attends to commands until the task is cancelled; whenever the hub is not there, tries again.

        Raises:
            StoreError: the state could not be written.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tick())
            tasks.create_task(self._attend_always())

    async def _tick(self) -> None:
        while True:
            self._send(self._device.advance(self._clock()))
            await asyncio.sleep(_TICK)

    async def _attend_always(self) -> None:
        while True:
            try:
                tunnel = Tunnel(*await asyncio.open_connection(*self._hub))
                try:
                    await self._attend(tunnel)
                finally:
                    self._tunnel = None
                    tunnel.close()
                logger.warning("%s: the hub has gone", tunnel)
            except (OSError, DecodeError, NotInDeviceLog) as error:
                logger.warning("%s:%s: no hub: %s", *self._hub, error)
            await asyncio.sleep(self._retry)
            self._retry = min(2 * self._retry, _LAST_RETRY)

    async def _attend(self, tunnel: Tunnel) -> None:
        frames = tunnel.frames()
        tunnel.send_association(self._device.eui)
        if _body(await anext(frames, b""), TunnelCommand.ASSOCIATE) != _ACCEPTED:
            raise NotInDeviceLog(f"{self._device.eui.hex()} is refused, it is not in the device log")
        self._retry = _FIRST_RETRY
        self._tunnel = tunnel
        logger.info("%s: associated", tunnel)
        if not self._announced:
            self._announced = True
            _announce(self._device.eui, hub=self._hub)
        self._send([])
        async for payload in frames:
            message = _body(payload, TunnelCommand.PUT)
            self._record("received", message)
            self._send(self._device.receive(message, self._clock()))

    def _send(self, messages: Iterable[bytes]) -> None:
        self._waiting += messages
        while self._waiting and self._tunnel:
            message = self._waiting.popleft()
            self._record("sent", message)
            self._tunnel.send(message)
