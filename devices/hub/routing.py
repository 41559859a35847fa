"""The way of messages between the WAN and the HAN. No I/O."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Hashable
from datetime import UTC, datetime, timedelta
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from devices.device import Device, label
from devices.errors import NotInDeviceLog
from devices.hub.chf import Chf
from devices.hub.sessions import NAME_LENGTH, Sessions
from devices.link.outbox import Outbox, OutboxFull
from devices.link.reliable import Draw, Link, LinkOptions
from gbcs.errors import DecodeError
from gbcs.eui64 import Eui64
from gbcs.framing import MAXIMUM_FRAME
from gbcs.message import Cra, Message

logger = logging.getLogger(__name__)

#: Messages kept for one device, for one client, and for whichever client comes first.
HELD_MESSAGES = 512
#: Commands of which it is remembered who asked until the response comes; the oldest is forgotten first.
OPEN_COMMANDS = 1024
#: On the WAN all but the longest messages fit into one frame.
_WAN_LINK = LinkOptions(capacity=HELD_MESSAGES, largest=MAXIMUM_FRAME // 2, patience=0.02)
_HAN_LINK = LinkOptions(capacity=HELD_MESSAGES)
_OPEN = "open/"

Handle = TypeVar("Handle", bound=Hashable)
#: Originator, recipient and counter of a command.
_Asked: TypeAlias = tuple[Eui64, Eui64, int]


class Delivery(NamedTuple, Generic[Handle]):
    """Octets to send, and over which connection."""

    link: Handle
    octets: bytes


class Hub(Generic[Handle]):
    """Routes messages by the identifiers in their grouping header.

    There are two ways out. *Links* (`devices.link`) take a message into the hub's store and deliver it once, whatever
    happens to either side: one a device, `link_to`, and one for each client on the WAN that confirms, in `sessions`.
    *Connections* are whatever the shell says they are: it names one with every call, and gets back which ones to write
    to. These are the other clients, `attach`, and devices in the same process, `associate`.

    Attributes:
        chf: the hub's own functions, with the device log.
        associated: the connection of each device that is in the same process.
        sessions: the clients on the WAN that confirm.
        functions: the devices that are the hub itself, by their identifiers.
        on_expelled: called with the connection of a device that has been removed from the device log.
        delivery_time: how long a message may wait for its device.
    """

    def __init__(self, chf: Chf, draw: Draw = os.urandom) -> None:
        """`draw` gives octets at random, for new links."""
        self.chf = chf
        self.associated: dict[Eui64, Handle] = {}
        self.functions: dict[Eui64, Device] = {}
        self.delivery_time = timedelta(seconds=chf.settings.delivery_time)
        self.on_expelled: Callable[[Handle], None] = lambda _: None
        chf.han.on_removed.append(self._expel)
        self._store = chf.store
        self._draw = draw
        self.sessions = Sessions(self._store, _WAN_LINK, draw)
        self._links: dict[Eui64, Link] = {}
        self._held = Outbox(self._store, "held/wan", HELD_MESSAGES)
        self._wan: list[Handle] = []
        self._open: dict[_Asked, Handle | Link] = {}
        #: What is to go out over connections.
        self._deliveries: list[Delivery[Handle]] = []
        self._unsaved = False
        self._recall()
        self.add(chf)

    def add(self, function: Device) -> None:
        """Makes a device a part of the hub. Its store is a part of the hub's (`devices.store.Store.part`)."""
        self.functions[function.eui] = function
        function.outlets.append(self._take_from_function)

    def succeed(self, chf: Chf) -> None:
        """A CHF made of the same store takes the place of the one that there was; its outlets are the caller's.

        Other functions are replaced in `functions`.
        """
        chf.han.on_removed[:] = self.chf.han.on_removed
        chf.distribution.carry = self.chf.distribution.carry
        self.chf = self.functions[chf.eui] = chf
        self.look_at_wan()
        for device in {*self._links, *self.associated}:
            if device in chf.han:
                self.look_for(device)
            else:
                for follow in chf.han.on_removed:
                    follow(device)

    # Connections and links.

    def attach(self, handle: Handle) -> list[Delivery[Handle]]:
        """A WAN connection has come up. Gives what was held while there was none."""
        self._wan.append(handle)
        self.look_at_wan()
        held = [Delivery(handle, each.octets) for each in self._held]
        self._drop_held()
        return held

    def detach(self, handle: Handle) -> None:
        """A WAN connection has gone."""
        self._wan.remove(handle)
        self.look_at_wan()

    def look_at_wan(self) -> None:
        """Tells the hub whether there is a WAN, when a link to a client has come up or gone."""
        is_connected = bool(self._wan) or any(link.is_connected for link in self.sessions)
        self.chf.wan.connect(self.chf.now, is_connected=is_connected)

    def open_session(self, name: bytes) -> Link:
        """The link of a client that confirms; it gets what was held while there was no WAN.

        Raises:
            SessionRefused: see `Sessions.open`.
        """
        link = self.sessions.open(name)
        while self._held and not link.is_full:
            held = next(iter(self._held))
            link.send(held.octets)
            self._held.drop_to(held.number)
            self._unsaved = True
        return link

    def link_to(self, device: Eui64) -> Link:
        """The link to a device, where what waits for it is kept."""
        if device not in self._links:
            self._links[device] = Link(self._store, f"link/han/{device.hex()}", _HAN_LINK, self._draw)
        return self._links[device]

    @property
    def links(self) -> Collection[Link]:
        """The links to devices that there are so far."""
        return self._links.values()

    def associate(self, device: Eui64, handle: Handle) -> list[Delivery[Handle]]:
        """A device in the same process has come, or come again. Gives what was held for it.

        Raises:
            NotInDeviceLog: it is none of ours.
            StoreError: the state could not be written.
        """
        if device not in self.chf.han:
            raise NotInDeviceLog(f"{device.hex()} is not in the device log")
        self.associated[device] = handle
        self.look_for(device)
        deliveries = [Delivery(handle, octets) for octets in self.link_to(device).withdraw()]
        self._store.commit()
        return deliveries

    def dissociate(self, device: Eui64, handle: Handle) -> None:
        """A device's connection has gone, if it has not been replaced by another."""
        if self.associated.get(device) == handle:
            del self.associated[device]
            self.look_for(device)

    def look_for(self, device: Eui64) -> None:
        """Tells the hub whether a device is there, when its link has come up or gone."""
        if device in self.associated or self.link_to(device).is_connected:
            self.chf.han.links.present.add(device)
        else:
            self.chf.han.links.present.discard(device)

    # Messages. What they change is in the store once `commit` was called.

    def from_wan(self, source: Handle | Link, octets: bytes, now: datetime) -> list[Delivery[Handle]]:
        """Takes a message off a WAN connection, or from the link of a client that confirms.

        Raises:
            OutboxFull: there is no room at present; the message is to be given again later.
            StoreError: the state could not be written.
        """
        try:
            message = Message.decode(octets)
        except DecodeError as error:
            logger.warning("WAN: not a message: %s", error)
            return []
        recipient = message.recipient
        if isinstance(source, Link) and 2 * source.waiting >= HELD_MESSAGES:
            raise OutboxFull(f"{source}: does not take its responses")
        way = self._links.get(recipient)
        if way and way.is_full and way.is_connected:
            raise OutboxFull(f"{way}: too many messages wait")
        self.chf.wan.received += 1
        if message.cra is Cra.COMMAND:
            self._remember(message, source)
        if function := self.functions.get(recipient):
            return self._collect(lambda: function.receive(octets, now))
        if self.chf.sub_ghz and self.chf.sub_ghz.is_suspended(recipient):
            logger.warning("%s: discarded, the recipient is suspended", label(message))
            self.chf.sub_ghz.discard(message)
            return self.advance(now)
        if recipient in self.associated:
            return [Delivery(self.associated[recipient], octets)]
        if recipient in self.chf.han:
            if not self._put(message, octets, now):
                return self.advance(now)
        else:
            logger.warning("%s: undeliverable, the recipient is not in the device log", label(message))
        return []

    def from_han(self, device: Eui64, octets: bytes) -> list[Delivery[Handle]]:
        """Takes a message that a device has put into its tunnel.

        Raises:
            OutboxFull: a client does not take what it is sent; the message is to be given again later.
        """
        try:
            message = Message.decode(octets)
        except DecodeError as error:
            logger.warning("%s: not a message: %s", device.hex(), error)
            return []
        if message.originator != device:
            logger.warning("%s: refused, it comes from %s", label(message), device.hex())
            return []
        if device not in self.chf.han:
            logger.warning("%s: refused, %s has been removed from the device log", label(message), device.hex())
            return []
        connections, links = self._ways(message)
        for link in links:
            if link.is_full and link.is_connected:
                raise OutboxFull(f"{link}: does not take its messages")
        self.chf.han.links.heard(device, self.chf.now)
        return self._collect(lambda: self._send(message, octets, connections, links))

    def advance(self, now: datetime) -> list[Delivery[Handle]]:
        """Lets time pass: alerts of the hub's own, and the end of messages that have waited too long for a device.

        Raises:
            StoreError: the state could not be written.
        """
        before = int((now - self.delivery_time).timestamp())
        for link in self._links.values():
            for each in link.expire(before):
                self._give_up(Message.decode(each.octets), "not taken in time")
        return self._collect(lambda: [function.advance(now) for function in self.functions.values()])

    def due(self) -> datetime | None:
        """When `advance` next has something to do, by the process clock; see `devices.device.Device.due`."""
        times = [due for function in self.functions.values() if (due := function.due()) is not None]
        waiting = [since for link in self._links.values() if (since := link.waits_since) is not None]
        if waiting:
            # One second more, for times are whole seconds there.
            times.append(datetime.fromtimestamp(min(waiting) + 1, UTC) + self.delivery_time)
        return min(times, default=None)

    def commit(self) -> None:
        """Writes down what has changed; until then it can be lost.

        Raises:
            StoreError: the state could not be written.
        """
        if self._unsaved:
            self._store.commit()
            self._unsaved = False

    # To devices.

    def _put(self, message: Message, octets: bytes, now: datetime) -> bool:
        """Passes a message on; gives whether there was room for it."""
        way = self.link_to(message.recipient)
        try:
            way.send(octets, int(now.timestamp()))
        except OutboxFull:
            self._give_up(message, f"{HELD_MESSAGES} messages are held already")
            return False
        self._unsaved = True
        if not way.is_connected:
            logger.info("%s: held until the device is there", label(message))
        return True

    def _give_up(self, message: Message, why: str) -> None:
        logger.warning("%s: undeliverable, %s", label(message), why)
        self.chf.report_undelivered(message)
        self._unsaved = True

    def _expel(self, device: Eui64) -> None:
        """A removed device is cut off, and what is held for it is not delivered any more."""
        for octets in self.link_to(device).withdraw():
            self._give_up(Message.decode(octets), "the device was removed from the device log")
        if device in self.associated:
            self.on_expelled(self.associated.pop(device))

    # To the WAN.

    def _collect(self, work: Callable[[], object]) -> list[Delivery[Handle]]:
        """What goes out over connections because of some work, and because of what was done to the hub before."""
        work()
        deliveries, self._deliveries = self._deliveries, []
        return deliveries

    def _take_from_function(self, sent: list[bytes]) -> None:
        """The hub's own messages, before they are committed."""
        for octets in sent:
            message = Message.decode(octets)
            self._send(message, octets, *self._ways(message))

    def _ways(self, message: Message) -> tuple[list[Handle], list[Link]]:
        """A response goes where its command came from, if that is known and still there; all else goes to everyone."""
        asked = self._open.get(_asked(message)) if message.cra is Cra.RESPONSE else None
        if isinstance(asked, Link) and asked in self.sessions:
            return [], [asked]
        if asked in self._wan:
            return [handle for handle in self._wan if handle == asked], []
        return self._wan, list(self.sessions)

    def _send(self, message: Message, octets: bytes, connections: list[Handle], links: list[Link]) -> None:
        if message.cra is Cra.RESPONSE:
            self._forget(_asked(message))
        self._deliveries += (Delivery(handle, octets) for handle in connections)
        self._unsaved = True
        self.chf.wan.sent += bool(connections or links)
        for link in links:
            try:
                link.send(octets)
            except OutboxFull:
                logger.warning(
                    "%s: undeliverable to %s, %s messages are held already", label(message), link, link.waiting
                )
        if not connections and not links:
            self.hold(octets)

    def hold(self, octets: bytes) -> None:
        """Keeps a message for whichever client comes next, for the one that it was for has gone."""
        message = Message.decode(octets)
        try:
            self._held.put(self._held.last + 1, octets)
        except OutboxFull:
            logger.warning("%s: undeliverable, no WAN connection, %s messages are held", label(message), HELD_MESSAGES)
        else:
            self._unsaved = True
            logger.info("%s: held until there is a WAN connection", label(message))

    def _drop_held(self) -> None:
        if self._held:
            self._held.drop_to(self._held.last)
            self._unsaved = True

    # Who has asked.

    def _remember(self, command: Message, source: Handle | Link) -> None:
        asked = command.originator, command.recipient, command.originator_counter
        self._forget(asked)
        if len(self._open) >= OPEN_COMMANDS:
            self._forget(next(iter(self._open)))
        self._open[asked] = source
        if isinstance(source, Link):
            self._store[_name(asked)] = bytes.fromhex(str(source)[-2 * NAME_LENGTH :])
            self._unsaved = True

    def _forget(self, asked: _Asked) -> None:
        if isinstance(self._open.pop(asked, None), Link):
            del self._store[_name(asked)]
            self._unsaved = True

    def _recall(self) -> None:
        for name in sorted(name for name in self._store if name.startswith(_OPEN)):
            session = self.sessions.find(self._store[name])
            if session:
                originator, recipient, counter = name.removeprefix(_OPEN).split("/")
                self._open[Eui64.parse(originator), Eui64.parse(recipient), int(counter, 16)] = session
            else:
                del self._store[name]


def _asked(response: Message) -> _Asked:
    return response.recipient, response.originator, response.originator_counter


def _name(asked: _Asked) -> str:
    originator, recipient, counter = asked
    return f"{_OPEN}{originator.hex()}/{recipient.hex()}/{counter:016x}"
