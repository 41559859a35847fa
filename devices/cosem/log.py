"""Logs and profiles: rings of entries of one COSEM type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from devices.ring import Ring
from devices.store import Store
from gbcs.cosem.composite import Array
from gbcs.cosem.objects import Member
from gbcs.cosem.types import Value
from gbcs.cursor import Cursor


class Log:
    """The entries of one profile generic object, oldest first; the oldest goes when it is full.

    The first field of an entry is a time in seconds since 2000. All entries of a log are of one shape.

    Attributes:
        capacity: how many entries there can be.
    """

    def __init__(self, store: Store, member: Member, told: Callable[[Value], None] = lambda _: None) -> None:
        """`member` is the buffer of the object; `told` is called with each new entry."""
        if not isinstance(member.type, Array):
            raise TypeError(f"{member} is no log")
        self._type = member.type
        self.capacity = member.type.high
        self._store = store
        self._told = told
        self._name = f"log/{member.object.label}/"
        self._ring = Ring(store, self._name, self.capacity)

    def append(self, entry: Value) -> None:
        """Adds an entry.

        Raises:
            UseCaseError: it is not of the log's type.
        """
        octets = self._type.element.encode_bare(entry)
        if self._name not in self._store:
            self._store[self._name] = self._type.element.describe(entry)
        self._ring.append(octets)
        self._told(entry)

    def clear(self) -> None:
        """Forgets all entries."""
        self._ring.clear()

    def read(self, start: int | None = None, end: int | None = None) -> list[Value]:
        """The entries from `start` to `end` (seconds since 2000, both included)."""
        entries = self._ring.read(self._type.element.bind(Cursor(self._store[self._name]))) if self._ring else []
        if start is None and end is None:
            return entries
        key = next(iter(entries[0])) if entries else ""
        first, last = start or 0, 0xFFFFFFFF if end is None else end
        return [entry for entry in entries if first <= entry[key] <= last]


def count_entries(store: Mapping[str, bytes]) -> Counter[str]:
    """How many entries a device keeps in each of its logs, by the object's label; some more than their capacity."""
    entries: Counter[str] = Counter()
    for name, octets in store.items():
        label, _, page = name.removeprefix("log/").rpartition("/")
        if page and name.startswith("log/"):
            entries[label] += octets[0]
    return entries
