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

    __slots__ = ("_capacity", "_name", "_numbers", "_store")

    def __init__(self, store: MutableMapping[str, bytes], name: str, capacity: int) -> None:
        self._store = store
        self._name = f"{name}/"
        self._capacity = capacity
        start = len(self._name)
        self._numbers = deque(sorted(int(each[start:], 16) for each in store if each.startswith(self._name)))

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[Waiting]:
        """The messages, oldest first."""
        return map(self._read, tuple(self._numbers))

    @property
    def is_full(self) -> bool:
        """Whether there is no room for another message."""
        return len(self._numbers) >= self._capacity

    @property
    def first(self) -> int | None:
        """Number of the oldest message; None where nothing waits."""
        return self._numbers[0] if self._numbers else None

    @property
    def last(self) -> int:
        """Number of the newest message; 0 where nothing waits."""
        return self._numbers[-1] if self._numbers else 0

    @property
    def since(self) -> int | None:
        """When the oldest message came; None where nothing waits."""
        return self._read(self._numbers[0]).since if self._numbers else None

    def put(self, number: int, octets: bytes, since: int = 0) -> None:
        """Appends a message; its number is above those of all that wait.

        Raises:
            OutboxFull: the messages that came before it are kept.
        """
        if self.is_full:
            raise OutboxFull(f"{self._name[:-1]}: {len(self)} messages wait already")
        self._store[self._key(number)] = since.to_bytes(_TIME, "big") + octets
        self._numbers.append(number)

    def get(self, number: int) -> bytes:
        """The message of that number."""
        return self._read(number).octets

    def after(self, number: int) -> int | None:
        """The number that follows `number`; None where it is the last."""
        if not self._numbers or self._numbers[-1] <= number:
            return None
        return max(number + 1, self._numbers[0])

    def drop_to(self, number: int) -> None:
        """Forgets all messages up to `number`."""
        while self._numbers and self._numbers[0] <= number:
            del self._store[self._key(self._numbers.popleft())]

    def _read(self, number: int) -> Waiting:
        value = self._store[self._key(number)]
        return Waiting(number, value[_TIME:], int.from_bytes(value[:_TIME], "big"))

    def _key(self, number: int) -> str:
        return f"{self._name}{number:016x}"
