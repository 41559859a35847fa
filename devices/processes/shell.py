"""What every process does: it starts, says that it is ready, and ends in good order."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, TypeAlias

from devices.errors import StoreError
from gbcs.eui64 import Eui64
from smki.process import stop_event

Address: TypeAlias = tuple[str, int]
ProcessClock: TypeAlias = Callable[[], datetime]


def run(work: Coroutine[Any, Any, None]) -> None:
    """Runs `work` until it fails, or until SIGTERM or SIGINT ends the process in good order."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    asyncio.run(_until_stopped(work))


async def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    tasks = [asyncio.create_task(work), asyncio.create_task(stop_event().wait())]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        try:
            task.result()
        except* StoreError as errors:
            # A group's error is that of the one task that failed.
            raise errors.exceptions[0] from None


def announce(eui: Eui64, **addresses: Address) -> None:
    """Tells whoever started the process that it is ready."""
    line = {"ready": True, "eui": eui.hex()} | {name: list(address) for name, address in addresses.items()}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
