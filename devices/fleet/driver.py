"""Whoever commands a fleet: a session with each hub that confirms, and as many commands under way as the plan says."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from zlib import crc32

from devices.fleet.ledger import Entry, Ledger
from devices.fleet.plan import Plan
from devices.fleet.traffic import Command
from devices.link.faults import faults_from
from devices.processes.client import WanClient

_HOST = "127.0.0.1"
_NAME = b"thefleet"
#: Seconds between two looks for commands that were not answered in time.
_LOOK = 0.25


@dataclass(slots=True)
class _Session:
    """The session with one hub: what is still to be sent, and how many commands are under way."""

    client: WanClient
    queue: deque[Command] = field(default_factory=deque)
    under_way: int = 0


class Driver:
    """Sends commands to the hubs of a fleet, and writes down in its ledger what comes back.

    Attributes:
        ledger: what became of each command.
        left: how many have no outcome yet.
    """

    def __init__(self, plan: Plan, wan_port: Callable[[int], int], first_counter: int) -> None:
        """`wan_port` gives that of the hub of a number; counters are `first_counter` and above."""
        self.ledger = Ledger(first_counter, self._ended)
        self.left = 0
        self._plan = plan
        self._loop = asyncio.get_running_loop()
        self._stack = AsyncExitStack()
        self._idle = asyncio.Event()
        self._idle.set()
        self._entries: list[Entry] = []
        self._sessions = []
        for number in range(plan.premises):
            faults = faults_from(plan.wan, crc32(f"{plan.seed} {number}".encode()))
            client = WanClient((_HOST, wan_port(number)), _NAME, faults=faults, take=self._take)
            self._sessions.append(_Session(client))

    async def __aenter__(self) -> Self:
        for session in self._sessions:
            # One by one, so that each can say in time that it confirms.
            await self._stack.enter_async_context(session.client)
            await session.client.connected()
        watch = asyncio.create_task(self._watch())
        self._stack.callback(watch.cancel)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def put(self, commands: Iterable[Command]) -> None:
        """More commands to send, those for each hub in their order."""
        for command in commands:
            session = self._sessions[command.premises]
            session.queue.append(command)
            self.left += 1
            self._idle.clear()
            self._send(session)

    def drop(self) -> None:
        """Nothing is sent any more that has not been sent."""
        for session in self._sessions:
            self.left -= len(session.queue)
            session.queue.clear()
        self._look_whether_idle()

    async def done(self) -> list[Entry]:
        """Waits until every command has its outcome; gives those since the last time."""
        await self._idle.wait()
        entries, self._entries = self._entries, []
        return entries

    @property
    def clients(self) -> list[WanClient]:
        """The sessions' clients, to look at."""
        return [session.client for session in self._sessions]

    @property
    def ended(self) -> int:
        """Commands that have had their outcome since the last time that all had."""
        return len(self._entries) - len(self.ledger)

    def _send(self, session: _Session) -> None:
        """Sends what the window allows."""
        while session.queue and session.under_way < self._plan.window:
            command = session.queue.popleft()
            self._entries.append(self.ledger.send(command, self._loop.time()))
            session.under_way += 1
            # Its room is that of the link, which the window does not fill.
            session.client.offer(command.octets)

    def _take(self, octets: bytes) -> bool:
        self.ledger.take(octets, self._loop.time())
        return True

    def _ended(self, entry: Entry) -> None:
        session = self._sessions[entry.command.premises]
        session.under_way -= 1
        self.left -= 1
        self._look_whether_idle()
        # At once, so that the next command takes the acknowledgement along.
        self._send(session)

    def _look_whether_idle(self) -> None:
        if not self.left:
            self._idle.set()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK)
            self.ledger.expire(self._loop.time() - self._plan.response)
