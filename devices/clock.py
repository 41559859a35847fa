"""The clock of a metering device, and how it is set (GBCS 9.1, use case ECS70)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import TypeAlias

from devices.cosem.server import CosemServer
from devices.store import Store
from gbcs.cosem import objects as o
from gbcs.cosem.date_time import CosemDateTime
from gbcs.cosem.types import Value

_OFFSET = "clock offset"
_MICROSECOND = timedelta(microseconds=1)

#: The Communications Hub's time at a given moment of the process clock; None while the hub has none.
HubTime: TypeAlias = Callable[[datetime], datetime | None]


class ClockStatus(IntEnum):
    """Status of the time."""

    RELIABLE = 0
    INVALID = 1
    UNRELIABLE = 2


class Clock:
    """Runs with the process clock at an offset, which setting the clock changes.

    Setting it takes the hub's time, if that lies in the interval that the supplier gave; if not, the time stays and
    its status tells.

    Attributes:
        on_set: called when the time has become another.
    """

    def __init__(self, cosem: CosemServer, store: Store, now: datetime, hub_time: HubTime) -> None:
        self._cosem = cosem
        self._store = store
        self._now = now.astimezone(UTC)
        self._hub_time = hub_time
        self.on_set: list[Callable[[], None]] = []
        self._interval: tuple[datetime | None, datetime | None] = (None, None)
        self._offset = int(store.get(_OFFSET, b"0")) * _MICROSECOND
        self._reliable: bool = cosem.get(o.TIME, "status") == ClockStatus.RELIABLE
        cosem.compute(o.TIME, "time", lambda: CosemDateTime.of(self.time))
        cosem.handle(o.TIME, "preset_adjusting_time", self._preset)
        cosem.handle(o.TIME, "adjust_to_preset_time", self._adjust)

    @property
    def time(self) -> datetime:
        """The time that the clock shows."""
        return self._now + self._offset

    @property
    def is_reliable(self) -> bool:
        """Whether the time has been set, and can be trusted."""
        return self._reliable

    def advance(self, now: datetime) -> None:
        """Lets the process clock go on to `now`."""
        self._now = now

    def drift(self, by: timedelta) -> None:
        """The clock goes wrong by so much, and does not know."""
        self._shift(by)

    def compare(self) -> timedelta | None:
        """How far the Communications Hub's time is ahead; None where it has none."""
        hub_time = self._hub_time(self._now)
        return None if hub_time is None else hub_time - self.time

    def correct(self, by: timedelta) -> None:
        """Moves the time by a difference that is small enough to be trusted."""
        self._shift(by)

    def distrust(self) -> None:
        """Holds the time for unreliable until it is set again."""
        self._set_status(ClockStatus.UNRELIABLE)

    def _shift(self, by: timedelta) -> None:
        self._offset += by
        self._store[_OFFSET] = b"%d" % (self._offset // _MICROSECOND)

    def _preset(self, parameter: Value) -> None:
        start: CosemDateTime = parameter["validity_interval_start"]
        end: CosemDateTime = parameter["validity_interval_end"]
        self._interval = (start.moment(), end.moment())

    def _adjust(self, _parameter: Value) -> None:
        hub_time = self._hub_time(self._now)
        start, end = self._interval
        if hub_time and start and end and start <= hub_time <= end:
            self._shift(hub_time - self.time)
            self._set_status(ClockStatus.RELIABLE)
            for follow in self.on_set:
                follow()
        else:
            self._set_status(ClockStatus.UNRELIABLE)

    def _set_status(self, status: ClockStatus) -> None:
        self._reliable = status is ClockStatus.RELIABLE
        self._cosem.set(o.TIME, "status", status)
