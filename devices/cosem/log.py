"""Logs and profiles: rings of entries, kept a page at a time so that a long one costs no more than a short one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from devices.store import Store
from gbcs.cosem.composite import Array
from gbcs.cosem.objects import Member
from gbcs.cosem.types import Value
from gbcs.cursor import Cursor

#: Entries of a page: a day of half hours.
_PAGE = 48


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
        self._pages = sorted(name for name in store if name.startswith(self._name + "0"))

    def append(self, entry: Value) -> None:
        """Adds an entry.

        Raises:
            UseCaseError: it is not of the log's type.
        """
        octets = self._type.element.encode_bare(entry)
        if self._name not in self._store:
            self._store[self._name] = self._type.element.describe(entry)
        page = self._store[self._pages[-1]] if self._pages else bytes((_PAGE,))
        if page[0] == _PAGE:
            self._turn()
            page = b"\0"
        self._store[self._pages[-1]] = bytes((page[0] + 1,)) + page[1:] + octets
        self._told(entry)

    def _turn(self) -> None:
        number = int(self._pages[-1].rpartition("/")[2]) + 1 if self._pages else 0
        self._pages.append(f"{self._name}{number:08}")
        # The newest page is about to be empty: as many full ones as the capacity needs stay beside it.
        while len(self._pages) > -(-self.capacity // _PAGE) + 1:
            del self._store[self._pages.pop(0)]

    def clear(self) -> None:
        """Forgets all entries."""
        for name in self._pages:
            del self._store[name]
        self._pages.clear()

    def read(self, start: int | None = None, end: int | None = None) -> list[Value]:
        """The entries from `start` to `end` (seconds since 2000, both included)."""
        entries = self._entries()
        if start is None and end is None:
            return entries
        key = next(iter(entries[0])) if entries else ""
        first, last = start or 0, 0xFFFFFFFF if end is None else end
        return [entry for entry in entries if first <= entry[key] <= last]

    def _entries(self) -> list[Value]:
        if not self._pages:
            return []
        read = self._type.element.bind(Cursor(self._store[self._name]))
        entries = []
        for name in self._pages:
            contents = Cursor(self._store[name][1:])
            while contents.remaining:
                entries.append(read(contents))
        return entries[-self.capacity :]


def count_entries(store: Mapping[str, bytes]) -> Counter[str]:
    """How many entries a device keeps in each of its logs, by the object's label; some more than their capacity."""
    entries: Counter[str] = Counter()
    for name, octets in store.items():
        label, _, page = name.removeprefix("log/").rpartition("/")
        if page and name.startswith("log/"):
            entries[label] += octets[0]
    return entries
