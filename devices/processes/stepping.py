"""A clock that stands still until a line on standard input puts it forward; each line is answered by one of JSON.

Lines are ``advance SECONDS``, ``to TIME`` (ISO 8601) and ``now``. The end of the input changes nothing.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import MAXYEAR, UTC, datetime, timedelta
from threading import Thread

from devices.processes.clock import AdjustableClock

#: The most that passes at once: between two steps the process attends to its connections.
_STEP = timedelta(hours=12)
_STDIN = 0


async def attend(clock: AdjustableClock, advance: Callable[[], int], record: Callable[..., None]) -> None:
    """Takes lines until the task is cancelled.

    Args:
        clock: is put forward.
        advance: called after each step; gives the number of messages sent because of it.
        record: takes an event, ``clock``, and its fields.
    """
    async for line in _lines():
        try:
            target = _target(line, clock())
        except (ValueError, OverflowError) as error:
            _answer({"error": str(error)})
            continue
        before, sent = clock(), 0
        while clock() < target:
            clock.advance(min(_STEP, target - clock()))
            sent += advance()
            await asyncio.sleep(0)
        if before < target:
            record("clock", before=before.isoformat(), after=target.isoformat())
        _answer({"now": clock().isoformat(), "sent": sent})


def _target(line: str, now: datetime) -> datetime:
    match line.split():
        case ["now"]:
            return now
        case ["advance", seconds]:
            target = now + timedelta(seconds=float(seconds))
        case ["to", text]:
            target = datetime.fromisoformat(text)
            target = target.astimezone(UTC) if target.tzinfo else target.replace(tzinfo=UTC)
        case _:
            raise ValueError(f"{line[:60]!r} is none of `advance SECONDS`, `to TIME`, `now`")
    if target < now:
        raise ValueError(f"{target.isoformat()} is before {now.isoformat()}, and time does not go back")
    if target.year >= MAXYEAR:
        raise ValueError(f"{target.isoformat()} leaves the clock no time to run")
    return target


def _answer(fields: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


async def _lines() -> AsyncIterator[str]:
    """Lines of standard input, whatever that is; after its end none come any more."""
    lines: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    # A thread, for not everything that can be standard input can be waited for; it holds no lock when the process ends.

    def take(line: str) -> None:
        loop.call_soon_threadsafe(lines.put_nowait, line)

    if sys.stdin is not None:  # closed, its number may be another file's by now
        Thread(target=_read, args=(take,), daemon=True).start()
    while True:
        yield await lines.get()


def _read(take: Callable[[str], None]) -> None:
    rest = b""
    with suppress(OSError, RuntimeError):  # a terminal that has gone; a loop that has ended
        while octets := os.read(_STDIN, 1 << 12):
            *whole, rest = (rest + octets).split(b"\n")
            for line in whole:
                if line.strip():
                    take(line.decode(errors="replace"))
