"""The time that a hub serves to its HAN, in TIME tunnel payloads: the stand-in for the ZigBee Time cluster (GBCS 9.1).

The hub tells a device its time again and again, until that has confirmed one of these:

======  ======  ==============================================================================
octets  field   holds
======  ======  ==============================================================================
4       number  counts what the hub tells on a connection, from 1
8 or 0  time    of the hub, in microseconds since 1970; nothing while it has no valid time
4       CRC-32  of all before it, the tunnel command TIME included
======  ======  ==============================================================================

A confirmation is the same without a time; its number is the highest that has come. What comes behind a higher number is
late, and changes nothing. By as much time as the newest was on its way a device's time is behind, as over ZigBee.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from devices.han.check import opened, sealed
from gbcs.cursor import Cursor
from gbcs.errors import DecodeError
from gbcs.framing import TunnelCommand

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NUMBER, _TIME = 4, 8
#: A hub tells its time again where a device that goes by what it was told would be wrong by more.
TOLERANCE = timedelta(seconds=1)


class Told(NamedTuple):
    """One TIME; the module's table says what the fields are."""

    number: int
    time: datetime | None = None

    def encode(self) -> bytes:
        """The body of its tunnel payload."""
        time = b"" if self.time is None else ((self.time - _EPOCH) // _MICROSECOND).to_bytes(_TIME, "big")
        return sealed(TunnelCommand.TIME, self.number.to_bytes(_NUMBER, "big") + time)

    @staticmethod
    def decode(body: bytes) -> Told:
        """Reads a body; raises `DecodeError` for anything that is none, or was damaged on its way."""
        cursor = Cursor(opened(TunnelCommand.TIME, body))
        number = cursor.uint(_NUMBER, "time.number")
        if not cursor.remaining:
            return Told(number)
        since = cursor.uint(_TIME, "time")
        cursor.finish("time")
        try:
            return Told(number, _EPOCH + since * _MICROSECOND)
        except OverflowError:
            raise DecodeError("time", _NUMBER, "the calendar ends before") from None


class ServedTime:
    """A device's `devices.clock.HubTime`: what its hub told it, carried on by the device's own process clock."""

    def __init__(self, hub_time: Callable[[datetime], datetime | None] | None = None) -> None:
        """`hub_time` is that of a hub by the same process clock: a TIME then counts as if it had come at once."""
        self._hub_time = hub_time
        self._newest = 0
        self._ahead: timedelta | None = None

    def __call__(self, now: datetime) -> datetime | None:
        """The hub's time at a moment of the process clock; None where it has none, or there is no hub."""
        return None if self._ahead is None else now + self._ahead

    def take(self, body: bytes, now: datetime) -> bytes:
        """The hub tells its time; gives the confirmation. Raises `DecodeError`."""
        number, time = Told.decode(body)
        if number > self._newest:
            self._newest = number
            if self._hub_time:
                time = self._hub_time(now)
            self._ahead = None if time is None else time - now
        return Told(self._newest).encode()

    def lose(self) -> None:
        """The hub has gone."""
        self._newest, self._ahead = 0, None


class TimeTeller:
    """What a hub has told a device of its time on one connection, and whether the device knows enough by that.

    Moments are in seconds of a clock that nothing changes.
    """

    def __init__(self) -> None:
        """Nothing was told."""
        self._number = 0
        #: What was told, when first, and by which number. All later ones say the same.
        self._told: tuple[datetime | None, float] | None = None
        self._since = 0

    def suffices(self, time: datetime | None, moment: float) -> bool:
        """Whether a device that goes by what was told last is right at a moment when the hub's time is `time`."""
        if self._told is None:
            return False
        former, then = self._told
        if former is None or time is None:
            return former is time
        return abs(time - former - timedelta(seconds=moment - then)) <= TOLERANCE

    def tell(self, time: datetime | None, moment: float) -> bytes:
        """The body that tells a time (timezone-aware), or that there is none."""
        self._number += 1
        if not self.suffices(time, moment):
            self._told, self._since = (time, moment), self._number
        return Told(self._number, time).encode()

    def confirm(self, body: bytes) -> bool:
        """Takes a confirmation; gives whether the device has what was told last, or the same of before.

        Raises:
            DecodeError: it is none.
        """
        return self._since <= Told.decode(body).number <= self._number
