"""What a server's shell needs besides its sockets: a clock that can be set, and an end in good order."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def clock_from(start: datetime | None) -> Callable[[], datetime]:
    """A clock that shows `start` now and runs on from there; the system's without a start."""
    if start is None:
        return lambda: datetime.now(UTC)
    begun = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - begun)


def stop_event() -> asyncio.Event:
    """An event of the running loop that SIGTERM and SIGINT set from now on, instead of ending the process."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
