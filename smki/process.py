"""What a server's shell needs besides its sockets: a clock that can be set, and an end in good order."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def clock_from(start: datetime | None, speed: float = 1) -> Callable[[], datetime]:
    """A clock that shows `start` now and runs on from there, so many times as fast; the system's time by default."""
    if start is None and speed == 1:
        return lambda: datetime.now(UTC)
    first, begun = start or datetime.now(UTC), time.monotonic()
    return lambda: first + timedelta(seconds=speed * (time.monotonic() - begun))


def stop_event() -> asyncio.Event:
    """An event of the running loop that SIGTERM and SIGINT set from now on, instead of ending the process."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
