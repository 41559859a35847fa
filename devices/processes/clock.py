"""A process clock that can be moved on, made faster, and stopped, while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import MAXYEAR, UTC, datetime, timedelta

from devices.errors import DeviceError
from devices.option_values import Timing


class AdjustableClock:
    """Shows `start` now, and runs on from there `speed` times as fast as time; 0 stands still. It never goes back."""

    def __init__(
        self, start: datetime | None = None, speed: float = 1.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`start` is the system's time if it is None."""
        self._monotonic = monotonic
        self._begun = monotonic()
        self._first = start or datetime.now(UTC)
        self._speed = speed
        #: Called when it was moved on, or has another speed.
        self.on_change: list[Callable[[], None]] = []

    def __call__(self) -> datetime:
        """The time that it shows."""
        return self._first + timedelta(seconds=self._speed * (self._monotonic() - self._begun))

    @property
    def speed(self) -> float:
        """How many times as fast as time it runs."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._first, self._begun, self._speed = self(), self._monotonic(), speed
        self._tell()

    def advance(self, by: timedelta) -> None:
        """Moves it on.

        Raises:
            ValueError: back, or to where the calendar ends within a year.
        """
        if by < timedelta():
            raise ValueError("the clock does not go back")
        try:
            moved = self._first + by
        except OverflowError:
            raise ValueError("the calendar ends before") from None
        if moved.year > MAXYEAR - 1:
            raise ValueError("the calendar ends before")
        self._first = moved
        self._tell()

    def _tell(self) -> None:
        for follow in self.on_change:
            follow()


def clock_of(timing: Timing, speed: float | None = None) -> AdjustableClock:
    """The clock that options ask for; `speed` wins over that of the timing.

    Raises:
        DeviceError: a stepped clock with a speed.
    """
    if timing.stepped and speed:
        raise DeviceError("a stepped clock has no speed")
    return AdjustableClock(timing.start, 0 if timing.stepped else speed or timing.speed or 1)
