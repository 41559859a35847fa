"""A hub's WAN: whether it is there, and the time that comes from it (CHTS 4.4; GBCS 9.1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from devices.store import Store

_OFFSET, _NO_TIME = "wan time offset", "wan time lost"
_MICROSECOND = timedelta(microseconds=1)


class Wan:
    """The WAN as a hub sees it. Its time is the process clock at an offset, until somebody takes it away.

    Attributes:
        is_connected: whether a connection is attached.
        since: when that last changed, by the process clock; None for never.
        received, sent: messages since the hub was started.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.is_connected = False
        self.since: datetime | None = None
        self.received = 0
        self.sent = 0

    def connect(self, now: datetime, *, is_connected: bool = True) -> None:
        """The first connection has come up, or the last has gone."""
        if is_connected != self.is_connected:
            self.is_connected, self.since = is_connected, now

    @property
    def has_time(self) -> bool:
        """Whether the hub knows the time."""
        return _NO_TIME not in self._store

    def time(self, now: datetime) -> datetime:
        """What the hub's clock shows; right as long as the hub has the time of the WAN."""
        offset = int(self._store.get(_OFFSET, b"0")) * _MICROSECOND
        return now.astimezone(UTC) + offset

    def lose_time(self) -> None:
        """The hub does not trust its time any longer, and serves none to its HAN."""
        self._store[_NO_TIME] = b""

    def set_time(self, offset: timedelta = timedelta(0)) -> None:
        """The WAN gives the time again: the process clock's, ahead by `offset`."""
        self._store.pop(_NO_TIME, None)
        self._store[_OFFSET] = b"%d" % (offset // _MICROSECOND)
