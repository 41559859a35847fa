"""The time that a hub serves to its HAN, in TIME tunnel payloads: the stand-in for the ZigBee Time cluster (GBCS 9.1).

The body is the hub's time in microseconds since 1970 (8 octets), or nothing while the hub has no valid time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gbcs.errors import DecodeError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LENGTH = 8
#: A hub tells its time again where a device that goes by what it was told would be wrong by more.
TOLERANCE = timedelta(seconds=1)


def encode(time: datetime | None) -> bytes:
    """The body that tells a time (timezone-aware), or that there is none."""
    return b"" if time is None else ((time - _EPOCH) // _MICROSECOND).to_bytes(_LENGTH, "big")


def decode(body: bytes) -> datetime | None:
    """The time that a body tells.

    Raises:
        DecodeError: it is none.
    """
    if not body:
        return None
    if len(body) != _LENGTH:
        raise DecodeError("tunnel.time", 1, f"{len(body)} octets, {_LENGTH} or none wanted")
    try:
        return _EPOCH + int.from_bytes(body, "big") * _MICROSECOND
    except OverflowError:
        raise DecodeError("tunnel.time", 1, "the calendar ends before") from None


class ServedTime:
    """A device's `devices.clock.HubTime`: what its hub told it, carried on by the device's own process clock."""

    def __init__(self) -> None:
        self._ahead: timedelta | None = None

    def __call__(self, now: datetime) -> datetime | None:
        """The hub's time at a moment of the process clock; None where it has none, or there is no hub."""
        return None if self._ahead is None else now + self._ahead

    def take(self, body: bytes, now: datetime) -> None:
        """The hub tells its time. Raises `DecodeError`."""
        time = decode(body)
        self._ahead = None if time is None else time - now

    def lose(self) -> None:
        """The hub has gone."""
        self._ahead = None


class TimeTeller:
    """What a hub has told a device of its time, and whether that has to be told again."""

    def __init__(self) -> None:
        self._told: tuple[datetime | None, float] | None = None

    def tell(self, time: datetime | None, monotonic: float) -> bytes | None:
        """The body that is due, by a clock in seconds that nothing changes; None where the device knows enough."""
        if self._told is not None and self._is_known(self._told, time, monotonic):
            return None
        self._told = time, monotonic
        return encode(time)

    @staticmethod
    def _is_known(told: tuple[datetime | None, float], time: datetime | None, monotonic: float) -> bool:
        former, since = told
        if former is None or time is None:
            return former is time
        return abs(time - former - timedelta(seconds=monotonic - since)) <= TOLERANCE
