"""The messages that devices have lately received and sent: one ring for the process, read from any number of places.

A reader is a number, the next it has not seen. What has left the ring before it was read is lost to that reader, who
is told how many; so nobody can make the process keep more than the ring, nor wait.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from devices.control.schema import ANY, COUNT, EUI, HEX, MOMENT, STRING, Json, Schema, nullable, obj, one_of
from devices.device import Device
from devices.observer import Observer
from gbcs.errors import DecodeError
from gbcs.eui64 import Eui64
from gbcs.message import Message
from gbcs.usecases.catalogue import use_case_of

#: Use cases whose messages carry a key, or its hash, for everybody to read: their octets are not shown.
_WITH_KEYS = frozenset({"CCS01", "CCS03", "CCS07", "CS02b", "CS02g", "CS14", "GCS59", "GCS62"})

MESSAGE: Schema = obj(
    {
        "number": COUNT,
        "time": MOMENT,
        "device": EUI,
        "direction": one_of(("received", "sent")),
        "length": COUNT,
        "octets": nullable(HEX) | {"description": "null where the message carries a key"},
    },
    {
        "error": STRING | {"description": "why the octets are no message"},
        "kind": STRING,
        "use_case": nullable(STRING),
        "message_code": STRING,
        "originator": EUI,
        "recipient": EUI,
        "originator_counter": ANY,
        "date_time": nullable(STRING),
    },
)


class Seen(NamedTuple):
    """A message that came or went."""

    number: int
    time: datetime
    device: Eui64
    direction: str
    octets: bytes


class Reading(NamedTuple):
    """What a reader gets: messages, how many are lost to it, and the number to go on with."""

    messages: list[Seen]
    lost: int
    following: int


class Messages(Observer):
    """The ring.

    Attributes:
        following: the number of the next message; they count from 1.
        listeners: are called after each message.
    """

    def __init__(self, clock: Callable[[], datetime], size: int) -> None:
        self._clock = clock
        self._ring: deque[Seen] = deque(maxlen=size)
        self.following = 1
        self.listeners: set[Callable[[], None]] = set()

    def received(self, device: Device, octets: bytes) -> None:
        """See `devices.observer.Observer`."""
        self._add(device, "received", octets)

    def sent(self, device: Device, octets: bytes) -> None:
        """See `devices.observer.Observer`."""
        self._add(device, "sent", octets)

    def read(self, start: int, device: Eui64 | None = None) -> Reading:
        """The messages from number `start` on; of one device, if it is named. What is lost is counted for all."""
        oldest = self.following - len(self._ring)
        skipped = max(start, oldest) - oldest
        found = [self._ring[index] for index in range(skipped, len(self._ring))]
        wanted = [seen for seen in found if device is None or seen.device == device]
        return Reading(wanted, max(0, oldest - start), self.following)

    def _add(self, device: Device, direction: str, octets: bytes) -> None:
        self._ring.append(Seen(self.following, self._clock(), device.eui, direction, octets))
        self.following += 1
        for listener in self.listeners:
            listener()


def to_json(seen: Seen) -> dict[str, Json]:
    """A message with its header taken apart."""
    told: dict[str, Json] = {
        "number": seen.number,
        "time": seen.time.isoformat(),
        "device": seen.device.hex(),
        "direction": seen.direction,
        "length": len(seen.octets),
        "octets": seen.octets.hex(),
    }
    try:
        message = Message.decode(seen.octets)
    except DecodeError as error:
        return told | {"error": str(error)}
    use_case = use_case_of(message)
    if use_case and use_case.code in _WITH_KEYS:
        told["octets"] = None
    return told | {
        "kind": message.kind.value,
        "use_case": use_case and use_case.code,
        "message_code": f"0x{message.message_code:04x}",
        "originator": message.originator.hex(),
        "recipient": message.recipient.hex(),
        "originator_counter": message.originator_counter,
        "date_time": message.date_time and str(message.date_time),
    }
