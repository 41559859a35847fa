"""Messages that wait in a store, first in, first out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, MutableMapping
from typing import NamedTuple

from devices.errors import DeviceError

_TIME = 8


class OutboxFull(DeviceError):
    """No room for one more message at present."""


class Waiting(NamedTuple):
    """One message, its number, and when it came (seconds since 1970)."""

    number: int
    octets: bytes
    since: int


class Outbox:
    """A queue of messages, numbered as they come, under names of a store that begin with its own.

    Whoever owns the store commits; until then nothing here outlives the process.
    """

    __slots__ = ("_capacity", "_name", "_store", "_waiting")

    def __init__(self, store: MutableMapping[str, bytes], name: str, capacity: int) -> None:
        self._store = store
        self._name = f"{name}/"
        self._capacity = capacity
        start = len(self._name)
        names = sorted((int(each[start:], 16), each) for each in store if each.startswith(self._name))
        self._waiting = deque(_read(number, store[each]) for number, each in names)

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Waiting]:
        """The messages, oldest first."""
        return iter(tuple(self._waiting))

    @property
    def is_full(self) -> bool:
        """Whether there is no room for another message."""
        return len(self._waiting) >= self._capacity

    @property
    def first(self) -> int | None:
        """Number of the oldest message; None where nothing waits."""
        return self._waiting[0].number if self._waiting else None

    @property
    def last(self) -> int:
        """Number of the newest message; 0 where nothing waits."""
        return self._waiting[-1].number if self._waiting else 0

    @property
    def since(self) -> int | None:
        """When the oldest message came; None where nothing waits."""
        return self._waiting[0].since if self._waiting else None

    def put(self, number: int, octets: bytes, since: int = 0) -> None:
        """Appends a message; its number is the next after those of all that wait.

        Raises:
            OutboxFull: the messages that came before it are kept.
        """
        if self.is_full:
            raise OutboxFull(f"{self._name[:-1]}: {len(self)} messages wait already")
        self._store[self._key(number)] = since.to_bytes(_TIME, "big") + octets
        self._waiting.append(Waiting(number, octets, since))

    def after(self, number: int) -> Waiting | None:
        """The message that follows the one of that number; None where that is the last."""
        if not self._waiting or self._waiting[-1].number <= number:
            return None
        return self._waiting[max(number + 1 - self._waiting[0].number, 0)]

    def drop_to(self, number: int) -> None:
        """Forgets all messages up to `number`."""
        while self._waiting and self._waiting[0].number <= number:
            del self._store[self._key(self._waiting.popleft().number)]

    def _key(self, number: int) -> str:
        return f"{self._name}{number:016x}"


def _read(number: int, value: bytes) -> Waiting:
    return Waiting(number, value[_TIME:], int.from_bytes(value[:_TIME], "big"))
