"""The way of messages between the WAN and the HAN. No I/O."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterable
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from devices.device import Device, label
from devices.errors import NotInDeviceLog
from gbcs.errors import DecodeError
from gbcs.eui64 import Eui64
from gbcs.message import Cra, Message

logger = logging.getLogger(__name__)

#: Messages kept for one device that is not connected.
HELD_MESSAGES = 64
#: Commands whose WAN connection is remembered until the response comes; the oldest is forgotten first.
OPEN_COMMANDS = 1024

Link = TypeVar("Link", bound=Hashable)


class Delivery(NamedTuple, Generic[Link]):
    """Octets to send, and over which connection."""

    link: Link
    octets: bytes


class Hub(Generic[Link]):
    """Routes messages by the identifiers in their grouping header.

    Connections are whatever the shell says they are: it names one with every call, and gets back which ones to write
    to. On the WAN any number may be attached; on the HAN there is one a device.

    Attributes:
        device_log: the devices that may associate.
        associated: the connection of each device that is there.
    """

    def __init__(self, chf: Device, device_log: Iterable[Eui64]) -> None:
        self.chf = chf
        self.device_log = frozenset(device_log)
        self.associated: dict[Eui64, Link] = {}
        self._store = chf.store
        self._wan: list[Link] = []
        self._open: dict[tuple[Eui64, Eui64, int], Link] = {}

    def attach(self, link: Link) -> None:
        """A WAN connection has come up."""
        self._wan.append(link)

    def detach(self, link: Link) -> None:
        """A WAN connection has gone."""
        self._wan.remove(link)

    def associate(self, device: Eui64, link: Link) -> list[Delivery[Link]]:
        """A device has come, or come again over another connection. Gives what was held for it.

        Raises:
            NotInDeviceLog: it is none of ours.
            StoreError: the state could not be written.
        """
        if device not in self.device_log:
            raise NotInDeviceLog(f"{device.hex()} is not in the device log")
        self.associated[device] = link
        names = self._held(device)
        deliveries = [Delivery(link, self._store.pop(name)) for name in names]
        self._store.commit()
        return deliveries

    def dissociate(self, device: Eui64, link: Link) -> None:
        """A device's connection has gone, if it has not been replaced by another."""
        if self.associated.get(device) == link:
            del self.associated[device]

    def from_wan(self, link: Link, octets: bytes, now: datetime) -> list[Delivery[Link]]:
        """Takes a message off a WAN connection.

        Raises:
            StoreError: the state could not be written.
        """
        try:
            message = Message.decode(octets)
        except DecodeError as error:
            logger.warning("WAN: not a message: %s", error)
            return []
        if message.cra is Cra.COMMAND:
            self._remember(message, link)
        if message.recipient == self.chf.eui:
            return [delivery for sent in self.chf.receive(octets, now) for delivery in self.to_wan(sent)]
        if message.recipient in self.associated:
            return [Delivery(self.associated[message.recipient], octets)]
        if message.recipient in self.device_log:
            self._hold(message, octets)
        else:
            logger.warning("%s: undeliverable, the recipient is not in the device log", label(message))
        return []

    def from_han(self, device: Eui64, octets: bytes) -> list[Delivery[Link]]:
        """Takes a message that a device has put into its tunnel."""
        try:
            message = Message.decode(octets)
        except DecodeError as error:
            logger.warning("%s: not a message: %s", device.hex(), error)
            return []
        if message.originator != device:
            logger.warning("%s: refused, it comes from %s", label(message), device.hex())
            return []
        return self.to_wan(octets)

    def to_wan(self, octets: bytes) -> list[Delivery[Link]]:
        """A response goes where its command came from, if that is known and still there; all else goes to everyone."""
        message = Message.decode(octets)
        links = self._wan
        if message.cra is Cra.RESPONSE:
            asked = self._open.pop((message.recipient, message.originator, message.originator_counter), None)
            links = [asked] if asked in self._wan else links
        if not links:
            logger.warning("%s: undeliverable, no WAN connection", label(message))
        return [Delivery(link, octets) for link in links]

    def _remember(self, command: Message, link: Link) -> None:
        if len(self._open) >= OPEN_COMMANDS:
            del self._open[next(iter(self._open))]
        self._open[command.originator, command.recipient, command.originator_counter] = link

    def _hold(self, message: Message, octets: bytes) -> None:
        names = self._held(message.recipient)
        if len(names) >= HELD_MESSAGES:
            logger.warning("%s: undeliverable, %s messages are held already", label(message), HELD_MESSAGES)
            return
        number = int(names[-1].rpartition("/")[2]) + 1 if names else 0
        self._store[f"{_held_prefix(message.recipient)}{number:08}"] = octets
        self._store.commit()
        logger.info("%s: held until the device is there", label(message))

    def _held(self, device: Eui64) -> list[str]:
        """Names of the messages held for a device, oldest first."""
        return sorted(name for name in self._store if name.startswith(_held_prefix(device)))


def _held_prefix(device: Eui64) -> str:
    return f"held/{device.hex()}/"
