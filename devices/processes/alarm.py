"""Time for a core that knows when it next has something to do: it sleeps until then, and costs nothing meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from math import inf

from devices.processes.shell import ProcessClock

#: Seconds in which it is looked anew when something has happened that may have changed what is due.
_SOON = 0.5
#: Seconds between two looks at least, and at most, should anything happen that nobody told of.
_LEAST, _MOST = 0.05, 60.0


class Alarm:
    """Calls `wake` at once and whenever something has fallen due by the process clock."""

    def __init__(self, clock: ProcessClock, due: Callable[[], datetime | None], wake: Callable[[], object]) -> None:
        """`due` says when `wake` next has something to do."""
        self._clock = clock
        self._due = due
        self._wake = wake
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._failure: asyncio.Future[None]

    async def run(self) -> None:
        """Attends to time until the task is cancelled; raises what `wake` raises."""
        self._loop = asyncio.get_running_loop()
        self._failure = self._loop.create_future()
        followers = getattr(self._clock, "on_change", [])
        followers.append(self._wake_soon)
        self._ring(at_once=True)
        try:
            await self._failure
        finally:
            followers.remove(self._wake_soon)
            self._loop = None
            if self._timer:
                self._timer.cancel()

    def touch(self) -> None:
        """Something has happened."""
        if self._loop and (self._timer is None or self._timer.when() > self._loop.time() + _SOON):
            self._set(_SOON)

    def _wake_soon(self) -> None:
        """The clock shows something else."""
        if self._loop:
            if self._timer:
                self._timer.cancel()
            self._timer = self._loop.call_later(0, partial(self._ring, at_once=True))

    def _ring(self, *, at_once: bool = False) -> None:
        self._timer = None
        try:
            due = self._due()
            if at_once or (due is not None and due <= self._clock()):
                self._wake()
                due = self._due()
        except Exception as error:
            if not self._failure.done():
                self._failure.set_exception(error)
        else:
            self._set(self._seconds_until(due))

    def _seconds_until(self, due: datetime | None) -> float:
        speed = getattr(self._clock, "speed", 1.0)
        seconds = (due - self._clock()).total_seconds() / speed if due and speed else inf
        return min(max(seconds, _LEAST), _MOST)

    def _set(self, seconds: float) -> None:
        if self._loop:
            if self._timer:
                self._timer.cancel()
            self._timer = self._loop.call_later(seconds, self._ring)
