"""A client on a hub's WAN, as a rig uses it: commands in, responses and alerts out."""

from __future__ import annotations

import asyncio
import logging
from types import TracebackType
from typing import Self, TypeAlias

from devices.device import label
from devices.errors import DeviceError
from devices.link.faults import Faults
from devices.link.outbox import OutboxFull
from devices.link.reliable import Link, LinkOptions, Take
from devices.processes.connection import Channel, Confirmed, Connection
from devices.processes.shell import Address
from devices.refusal import refused_counter
from devices.store import Store
from gbcs.errors import DecodeError
from gbcs.eui64 import Eui64
from gbcs.framing import LINK_WPORT, MAXIMUM_FRAME
from gbcs.message import Cra, Message

logger = logging.getLogger(__name__)

#: Seconds until a lost connection is made again: twice as many every time, up to the last.
_FIRST_RETRY, _LAST_RETRY = 0.05, 2.0
#: Messages that nobody has asked for and nobody has taken yet.
_INBOX = 1024
_OPTIONS = LinkOptions(capacity=1024, largest=MAXIMUM_FRAME // 2)

#: Originator, recipient and counter of a command.
_Asked: TypeAlias = tuple[Eui64, Eui64, int]


class NoAnswer(DeviceError):
    """A command to which no response has come in time."""


class WanClient:
    """A client of one hub, which keeps its connection for as long as it is entered.

    ::

        async with WanClient(address, b"my rig 1") as client:
            response = await client.ask(command)
            alert = await client.receive()

    With a name of 8 octets it confirms what it gets, and the hub what the client sends: whatever happens to the
    connection and to the hub's process, each message arrives once and in order. Nothing outlives the client itself.
    Without a name it sends and takes plain wrapper frames, and what is under way when a connection breaks is lost.

    Attributes:
        faults: what happens to the frames of a client that confirms; may be changed at any time.
    """

    def __init__(
        self,
        hub: Address,
        name: bytes | None = None,
        *,
        faults: Faults | None = None,
        options: LinkOptions = _OPTIONS,
        take: Take | None = None,
    ) -> None:
        """`hub` is its WAN side, `options` are of the link; `take` gets all that comes, in place of whoever asks."""
        self.faults = faults or Faults()
        self._hub = hub
        self._name = name
        self._take = take or self._sort
        self._link = Link(Store(), "link/wan", options)
        self._channel: Channel | None = None
        self._connection: Connection | None = None
        self._asked: dict[_Asked, asyncio.Future[bytes]] = {}
        self._inbox: asyncio.Queue[bytes] = asyncio.Queue(_INBOX)
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])

    @property
    def link(self) -> Link:
        """The client's end of the link, to look at."""
        return self._link

    @property
    def unread(self) -> int:
        """Messages that `receive` would give at once."""
        return self._inbox.qsize()

    async def send(self, octets: bytes) -> None:
        """Sends a message; waits while there is no room for it or, without a name, no connection."""
        while not self.offer(octets):
            self._changed.clear()
            await self._changed.wait()
        if self._name is None and self._connection:
            await self._connection.drain()

    async def ask(self, command: bytes, timeout: float | None = None) -> bytes:
        """Sends a command and gives its response, or the alert that the device does not support it (ECS100).

        Raises:
            DecodeError: it is no message.
            NoAnswer: none has come within so many seconds.
        """
        message = Message.decode(command)
        asked = message.originator, message.recipient, message.originator_counter
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._asked[asked] = future
        try:
            async with asyncio.timeout(timeout):
                await self.send(command)
                return await future
        except TimeoutError:
            raise NoAnswer(f"no response within {timeout} s to {asked[2]} for {asked[1].hex()}") from None
        finally:
            self._asked.pop(asked, None)

    async def receive(self) -> bytes:
        """The next message that is no response to what was asked: an alert, as a rule."""
        octets = await self._inbox.get()
        if self._channel:
            self._channel.resume()
            self._channel.flush()
        return octets

    async def connected(self) -> None:
        """Waits until there is a connection."""
        while not self._connection:
            self._changed.clear()
            await self._changed.wait()

    async def settled(self) -> None:
        """Waits until the hub has everything that was sent."""
        while self._link.waiting:
            self._changed.clear()
            await self._changed.wait()

    def offer(self, octets: bytes) -> bool:
        """Sends a message if there is room for it; gives whether there was."""
        if self._name is None:
            if self._connection:
                self._connection.send(octets)
            return self._connection is not None
        try:
            self._link.send(octets)
        except OutboxFull:
            return False
        if self._channel:
            self._channel.flush()
        return True

    async def _run(self) -> None:
        delay = _FIRST_RETRY
        while True:
            try:
                connection = Connection(*await asyncio.open_connection(*self._hub))
                delay = _FIRST_RETRY
                try:
                    await self._attend(connection)
                finally:
                    self._connection = None
                    connection.close()
            except (OSError, DecodeError) as error:
                logger.info("hub %s:%s: %s", *self._hub, error)
            await asyncio.sleep(delay)
            delay = min(2 * delay, _LAST_RETRY)

    async def _attend(self, connection: Connection) -> None:
        self._connection = connection
        self._changed.set()
        if self._name is None:
            async for frames in connection.chunks():
                for frame in frames:
                    if not self._take(frame.payload):
                        await self._inbox.put(frame.payload)
            return
        # Says at once that it confirms, past all faults; see `devices.processes.hub`.
        connection.send(b"", port=LINK_WPORT)
        self._channel = channel = Confirmed(self._link, connection, self.faults, self._take, self._name)
        try:
            channel.flush()
            async for frames in connection.chunks():
                for port, payload in frames:
                    if port == LINK_WPORT:
                        channel.receive(payload)
                    elif not self._take(payload):
                        # The hub took us for one that does not confirm, for we were slow to say so.
                        await self._inbox.put(payload)
                channel.flush()
                self._changed.set()
        finally:
            self._channel = None
            channel.close()

    def _sort(self, octets: bytes) -> bool:
        try:
            message = Message.decode(octets)
        except DecodeError as error:
            logger.warning("not a message: %s", error)
            return True
        asked = _answered(message)
        future = self._asked.pop(asked, None) if asked else None
        if future and not future.done():
            future.set_result(octets)
            return True
        if self._inbox.full():
            return False
        self._inbox.put_nowait(octets)
        return True


def _answered(message: Message) -> _Asked | None:
    """The command that a response answers, or an alert refuses."""
    if message.cra is Cra.RESPONSE:
        return message.recipient, message.originator, message.originator_counter
    try:
        counter = refused_counter(message)
    except DecodeError as error:
        logger.warning("%s: %s", label(message), error)
        return None
    return None if counter is None else (message.recipient, message.originator, counter)
