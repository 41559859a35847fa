"""A hub as a process: servers on both of its sides."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

from devices.errors import AssociationRefused, StoreError
from devices.han.association import Authenticator
from devices.hub.distribution import Transfer
from devices.hub.routing import Delivery, Hub
from devices.hub.sessions import SessionRefused
from devices.link.faults import Faults
from devices.link.frame import Frame, Kind
from devices.link.outbox import OutboxFull
from devices.link.reliable import Link
from devices.processes.alarm import Alarm
from devices.processes.carrier import Carrier
from devices.processes.connection import Channel, Confirmed, Connection
from devices.processes.shell import Address, ProcessClock
from devices.processes.tunnel import HubTunnel, associating, step_of
from gbcs.errors import DecodeError
from gbcs.eui64 import Eui64
from gbcs.framing import LINK_WPORT, TunnelCommand, TunnelPayload

logger = logging.getLogger(__name__)

#: Seconds in which a WAN client that confirms shows it. One that is silent until then is there to listen.
_GRACE = 0.2
#: Seconds that an association may take.
_PATIENCE = 10.0
#: Seconds until the time is told again where the clock runs faster or slower than time.
_TELL = 0.5


class HubProcess:
    """Serves both sides of a hub.

    Attributes:
        han_faults, wan_faults: what happens to what the hub sends to devices, and to clients that confirm; may be
            changed at any time.
    """

    def __init__(
        self,
        hub: Hub[Connection],
        clock: ProcessClock,
        *,
        han_faults: Faults | None = None,
        wan_faults: Faults | None = None,
    ) -> None:
        """Without faults there are none."""
        self.han_faults = han_faults or Faults()
        self.wan_faults = wan_faults or Faults()
        self._hub = hub
        self._clock = clock
        self._alarm = Alarm(clock, self._due, self.follow)
        #: When the devices were last told the time.
        self._told = clock()
        hub.chf.han.on_removed.append(self._expel)
        self._carrier = Carrier(self._report)
        hub.chf.distribution.carry = self._carrier.carry
        self._failure: asyncio.Future[None]
        self._servers: list[asyncio.Server] = []
        self._channels: dict[Link, Channel] = {}
        self._connections: set[Connection] = set()
        self._listeners: set[Connection] = set()
        #: What goes out with the next `_flush`, to clients that do not confirm.
        self._outgoing: dict[Connection, list[bytes]] = {}
        #: Set when there may be room again for what was not taken.
        self._room = asyncio.Event()

    async def start(self, host: str, wan_port: int, han_port: int) -> dict[str, Address]:
        """Listens; gives the addresses by the names of the sides, ``wan`` and ``han``.

        Raises:
            OSError: an address cannot be had.
        """
        self._failure = asyncio.get_running_loop().create_future()
        addresses = {}
        sides = (("wan", self._attend_wan, wan_port), ("han", self._attend_device, han_port))
        for name, attend, port in sides:
            server = await asyncio.start_server(self._server(attend), host, port)
            self._servers.append(server)
            addresses[name] = server.sockets[0].getsockname()[:2]
        return addresses

    async def serve(self) -> None:
        """Lets time pass for the hub, until the task is cancelled.

        Raises:
            StoreError: the state could not be written.
        """
        ticking = asyncio.create_task(self._alarm.run())
        try:
            await asyncio.wait((ticking, self._failure), return_when=asyncio.FIRST_COMPLETED)
            for done in (self._failure, ticking):
                if done.done():
                    done.result()
        finally:
            ticking.cancel()
            self._carrier.stop()
            for server in self._servers:
                server.close()
            for connection in self._connections:
                connection.cut()

    def follow(self) -> None:
        """Lets the hub do what has fallen due, and sends what was done to it has caused.

        Raises:
            StoreError: the state could not be written.
        """
        self._deliver(self._hub.advance(self._clock()))
        self._go_on()
        self._told = self._clock()
        for channel in self._channels.values():
            if isinstance(channel, HubTunnel):
                channel.tell()

    def _due(self) -> datetime | None:
        """When `follow` has something to do. A clock that does not run like time is told to the devices often."""
        due, speed = self._hub.due(), getattr(self._clock, "speed", 1.0)
        if speed == 1 or not self._channels:
            return due
        tell = self._told + timedelta(seconds=_TELL * speed)
        return min(due, tell) if due else tell

    def _server(
        self, attend: Callable[[Connection], Awaitable[None]]
    ) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._attend(attend, Connection(reader, writer))

        return serve

    async def take_device(self, connection: Connection) -> None:
        """Attends to a device that has connected in another way than over the HAN's server, until it goes."""
        await self._attend(self._attend_device, connection)

    async def _attend(self, attend: Callable[[Connection], Awaitable[None]], connection: Connection) -> None:
        self._connections.add(connection)
        try:
            await attend(connection)
        except (OSError, DecodeError, AssociationRefused, SessionRefused) as error:
            logger.warning("%s: connection closed: %s", connection, error)
        except StoreError as error:
            self._fail(error)
        except asyncio.CancelledError:
            pass  # the process ends; raised again, Python 3.11 would log it as a failure
        finally:
            self._connections.discard(connection)
            connection.close()

    def _fail(self, error: StoreError) -> None:
        if not self._failure.done():
            self._failure.set_exception(error)

    # The WAN.

    async def _attend_wan(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        is_silent = True

        def listen() -> None:
            if is_silent:
                self._listen(connection)

        # Not before what has come in time was read, however busy the process is.
        grace = loop.call_later(_GRACE, loop.call_soon, listen)
        channel: Channel | None = None
        try:
            async for frames in connection.chunks():
                is_silent = False
                for port, payload in frames:
                    if port == LINK_WPORT:
                        self._listen_no_more(connection)
                        channel = channel or self._open_session(connection, payload)
                        if channel:
                            channel.receive(payload)
                    elif channel is None:
                        self._listen(connection)
                        await self._take_plain(connection, payload)
                self._go_on()
        finally:
            is_silent = False
            grace.cancel()
            self._listen_no_more(connection)
            self._close(channel)
            self._hub.look_at_wan()

    def _listen(self, connection: Connection) -> None:
        """The connection is a client's that takes messages as they are."""
        if connection not in self._listeners:
            self._listeners.add(connection)
            self._deliver(self._hub.attach(connection))
            try:
                self._flush()
            except StoreError as error:
                self._fail(error)

    def _listen_no_more(self, connection: Connection) -> None:
        if connection in self._listeners:
            self._listeners.remove(connection)
            self._hub.detach(connection)

    async def _take_plain(self, connection: Connection, octets: bytes) -> None:
        """Takes a message; while there is no room for it, no more is read."""
        while True:
            try:
                self._deliver(self._hub.from_wan(connection, octets, self._clock()))
                return
            except OutboxFull:
                self._flush()
                self._room.clear()
                await self._room.wait()

    def _open_session(self, connection: Connection, payload: bytes) -> Channel | None:
        """Opens the link that a greeting is for; None for another frame, as when the greeting was lost.

        Raises:
            SessionRefused: no session has that name, and none may.
        """
        try:
            greeting = Frame.decode(payload)
        except DecodeError:
            return None
        if greeting.kind is not Kind.GREETING:
            return None
        link = self._hub.open_session(greeting.body)
        self._close(self._channels.get(link))
        logger.info("%s: %s", connection, link)
        channel = Confirmed(link, connection, self.wan_faults, self._taker(link, None))
        self._channels[link] = channel
        self._hub.look_at_wan()
        return channel

    # The HAN.

    async def _attend_device(self, connection: Connection) -> None:
        patience = asyncio.get_running_loop().call_later(_PATIENCE, connection.cut)
        authenticator = Authenticator(self._hub.chf.han)
        channel: HubTunnel | None = None
        try:
            async for frames in connection.chunks():
                asks = False
                for _, payload in frames:
                    if channel:
                        tunnelled = channel.hear(payload)
                        asks |= tunnelled is not None and tunnelled.command is TunnelCommand.GET
                    elif device := self._associate(connection, authenticator, payload):
                        patience.cancel()
                        channel = self._open_tunnel(connection, device)
                self._go_on()
                if asks and channel:
                    remaining, answer = channel.link.poll()
                    channel.put(TunnelPayload(TunnelCommand.GET_RESPONSE, answer, remaining).encode())
        finally:
            patience.cancel()
            self._close(channel)
            if channel and (device := authenticator.device):
                self._hub.look_for(device)
                self._carrier.close(device, channel, comes_back=device in self._hub.chf.han)

    def _associate(self, connection: Connection, authenticator: Authenticator, payload: bytes) -> Eui64 | None:
        """Takes a step; gives the device once it is admitted.

        Raises:
            AssociationRefused: it is not.
            DecodeError: it is no step, or not the one that belongs here.
        """
        connection.send(associating(authenticator.proceed(step_of(payload), self._clock())))
        if authenticator.refusal:
            raise AssociationRefused(authenticator.refusal)
        return authenticator.device

    def _open_tunnel(self, connection: Connection, device: Eui64) -> HubTunnel:
        link = self._hub.link_to(device)
        self._close(self._channels.get(link))
        logger.info("%s: %s has associated", connection, device.hex())
        taker, take_answer = self._taker(link, device), partial(self._carrier.take, device)
        tunnel = HubTunnel(link, connection, self.han_faults, taker, self._han_time, take_answer)
        self._channels[link] = tunnel
        self._hub.look_for(device)
        tunnel.tell()
        self._carrier.open(device, tunnel)
        # What the hub has to tell of it goes out at once.
        self._deliver(self._hub.advance(self._clock()))
        return tunnel

    def _han_time(self) -> datetime | None:
        return self._hub.chf.han_time(self._clock())

    def _report(self, device: Eui64, version: bytes, outcome: Transfer) -> None:
        """The transfer of an image to a device has ended."""
        self._hub.chf.distribution.report(device, version, outcome)
        try:
            self.follow()
        except StoreError as error:
            self._fail(error)

    def _expel(self, device: Eui64) -> None:
        if channel := self._channels.get(self._hub.link_to(device)):
            channel.connection.cut()

    # Both.

    def _taker(self, link: Link, device: Eui64 | None) -> Callable[[bytes], bool]:
        def take(octets: bytes) -> bool:
            try:
                if device is None:
                    self._deliver(self._hub.from_wan(link, octets, self._clock()))
                else:
                    self._deliver(self._hub.from_han(device, octets))
            except OutboxFull:
                return False
            return True

        return take

    def _close(self, channel: Channel | None) -> None:
        if channel:
            channel.close()
            if self._channels.get(channel.link) is channel:
                del self._channels[channel.link]
            self._room.set()

    def _go_on(self) -> None:
        """Something has happened: what waited for it goes on."""
        for channel in self._channels.values():
            channel.resume()
        self._flush()
        self._room.set()
        self._alarm.touch()

    def _flush(self) -> None:
        # As a rule before the hub has it in its store: a plain client rather gets a message twice than never.
        for connection, messages in self._outgoing.items():
            if not connection.send(*messages):
                for octets in messages:
                    self._hub.hold(octets)
        self._outgoing.clear()
        self._hub.commit()
        for channel in self._channels.values():
            channel.flush()

    def _deliver(self, deliveries: Iterable[Delivery[Connection]]) -> None:
        for connection, octets in deliveries:
            self._outgoing.setdefault(connection, []).append(octets)
