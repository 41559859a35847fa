"""A hub as a process: servers on both of its sides."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from devices.errors import NotInDeviceLog, StoreError
from devices.hub.routing import Delivery, Hub
from devices.processes.connection import ACCEPTED, REFUSED, Connection, Tunnel, body_of
from devices.processes.shell import Address, ProcessClock, announce
from gbcs.errors import DecodeError
from gbcs.eui64 import Eui64
from gbcs.framing import TunnelCommand

logger = logging.getLogger(__name__)

_Connection = TypeVar("_Connection", bound=Connection)


class HubProcess:
    """Serves both sides of a hub.

    Attributes:
        addresses: what else the process listens on, by name, for the line that tells that it is ready.
    """

    def __init__(self, hub: Hub[Connection], clock: ProcessClock) -> None:
        self._hub = hub
        self._clock = clock
        self.addresses: dict[str, Address] = {}
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
        announce(self._hub.chf.eui, **addresses, **self.addresses)
        await self._failure

    def send(self, messages: Iterable[bytes]) -> None:
        """Sends what the hub itself has to say."""
        for message in messages:
            _deliver(self._hub.to_wan(message))

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
        device = Eui64(body_of(await anext(frames, b""), TunnelCommand.ASSOCIATE))
        former = self._hub.associated.get(device)
        try:
            held = self._hub.associate(device, tunnel)
        except NotInDeviceLog:
            tunnel.send_association(REFUSED)
            raise
        if former:
            former.close()
        logger.info("%s: %s has associated", tunnel, device.hex())
        tunnel.send_association(ACCEPTED)
        _deliver(held)
        try:
            async for payload in frames:
                _deliver(self._hub.from_han(device, body_of(payload, TunnelCommand.PUT)))
        finally:
            self._hub.dissociate(device, tunnel)


def _deliver(deliveries: Iterable[Delivery[Connection]]) -> None:
    for connection, octets in deliveries:
        connection.send(octets)
