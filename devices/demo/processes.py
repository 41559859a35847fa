"""Emulators as processes: started, waited for until they are ready, ended in order."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from devices.errors import DeviceError

_READY_WITHIN = 10.0
_ENDS_WITHIN = 5.0


class Processes:
    """The processes of one demonstration; leaving the context ends those that still run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[asyncio.subprocess.Process] = []

    async def __aenter__(self) -> Processes:
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        # The last to start ends first: devices before their hub.
        for process in reversed(self._running):
            await _end(process)

    async def start(self, name: str, *arguments: str) -> dict[str, Any]:
        """Runs ``python -m …`` and returns its ready line; its log goes to ``NAME.log``.

        Raises:
            DeviceError: it ended, or was not ready in time; the log says why.
        """
        log = self._folder / f"{name}.log"
        with log.open("wb") as stderr:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *arguments, stdout=asyncio.subprocess.PIPE, stderr=stderr
            )
        self._running.append(process)
        if process.stdout is None:
            raise DeviceError(f"{name} has no standard output")
        try:
            line = await asyncio.wait_for(process.stdout.readline(), _READY_WITHIN)
        except TimeoutError:
            line = b""
        if not line:
            raise DeviceError(f"{name} did not start:\n{log.read_text()}")
        ready: dict[str, Any] = json.loads(line)
        return ready


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), _ENDS_WITHIN)
    except TimeoutError:
        process.kill()
        await process.wait()
