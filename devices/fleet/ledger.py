"""What became of each command: exactly one outcome, and what came that should not have. No I/O, no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from devices.fleet.traffic import Command
from devices.refusal import refused_counter
from gbcs.errors import DecodeError
from gbcs.eui64 import Eui64
from gbcs.message import Cra, Message


class Outcome(StrEnum):
    """How a command ended."""

    ANSWERED = "answered"
    #: By the alert that the device does not support it.
    REFUSED = "refused"
    UNANSWERED = "unanswered"


@dataclass(slots=True)
class Entry:
    """One command: when it was sent, how and after how many seconds it ended, and the message that ended it."""

    command: Command
    sent: float
    outcome: Outcome | None = None
    seconds: float = 0.0
    answer: bytes = b""


class Ledger:
    """Commands under way and ended. Times are seconds of any clock that does not go back.

    Attributes:
        errors: what came that should not have, by kind.
        alerts: how many came, beside those that refuse commands.
        received: how many messages came.
        unanswered: how many commands were not answered in time.
        earlier: how many of them answer commands of before the first counter.
        ended: is told of every command that has its outcome.
    """

    def __init__(self, first_counter: int, ended: Callable[[Entry], None] = lambda _: None) -> None:
        self.errors: Counter[str] = Counter()
        self.alerts = self.received = self.unanswered = self.earlier = 0
        self.ended = ended
        self._first = first_counter
        self._open: dict[tuple[Eui64, int], Entry] = {}
        self._closed: dict[tuple[Eui64, int], Entry] = {}

    def __len__(self) -> int:
        """Commands under way."""
        return len(self._open)

    def send(self, command: Command, now: float) -> Entry:
        """A command goes out."""
        entry = Entry(command, now)
        self._open[command.recipient, command.counter] = entry
        return entry

    def take(self, octets: bytes, now: float) -> None:
        """A message has come."""
        self.received += 1
        try:
            message = Message.decode(octets)
        except DecodeError:
            self.errors["not a message"] += 1
            return
        if message.cra is Cra.RESPONSE:
            self._close((message.originator, message.originator_counter), Outcome.ANSWERED, octets, now)
        elif message.cra is Cra.ALERT:
            self._take_alert(message, octets, now)
        else:
            self.errors["a command from a device"] += 1

    def expire(self, before: float) -> None:
        """Commands sent before a time, and not answered, will not be waited for any longer."""
        for key, entry in list(self._open.items()):
            if entry.sent >= before:
                break
            self._end(key, entry, Outcome.UNANSWERED, entry.sent)

    def _take_alert(self, alert: Message, octets: bytes, now: float) -> None:
        try:
            counter = refused_counter(alert)
        except DecodeError:
            self.errors["an unreadable refusal"] += 1
            return
        if counter is None:
            self.alerts += 1
        else:
            self._close((alert.originator, counter), Outcome.REFUSED, octets, now)

    def _close(self, key: tuple[Eui64, int], outcome: Outcome, octets: bytes, now: float) -> None:
        if entry := self._open.get(key):
            entry.answer = octets
            self._end(key, entry, outcome, now)
        elif entry := self._closed.get(key):
            self.errors["a late response" if entry.outcome is Outcome.UNANSWERED else "a second response"] += 1
        elif key[1] < self._first:
            self.earlier += 1
        else:
            self.errors["a response that nobody asked for"] += 1

    def _end(self, key: tuple[Eui64, int], entry: Entry, outcome: Outcome, now: float) -> None:
        entry.outcome, entry.seconds = outcome, now - entry.sent
        self.unanswered += outcome is Outcome.UNANSWERED
        self._closed[key] = self._open.pop(key)
        self.ended(entry)
