"""Rings of entries, kept a page at a time so that a long one costs no more than a short one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from devices.store import Store
from gbcs.cosem.types import Value
from gbcs.cursor import Cursor

#: Entries of a page: a day of half hours.
_PAGE = 48


class Ring:
    """Entries as octets, oldest first; the oldest goes when it is full.

    Attributes:
        capacity: how many entries there can be.
    """

    def __init__(self, store: Store, name: str, capacity: int) -> None:
        """`name` is what the names of the pages in the store begin with."""
        self.capacity = capacity
        self._store = store
        self._name = name
        self._pages = sorted(page for page in store if page.startswith(f"{name}0"))

    def __bool__(self) -> bool:
        return bool(self._pages)

    def append(self, octets: bytes) -> None:
        """Adds an entry."""
        page = self._store[self._pages[-1]] if self._pages else bytes((_PAGE,))
        if page[0] == _PAGE:
            self._turn()
            page = b"\0"
        self._store[self._pages[-1]] = bytes((page[0] + 1,)) + page[1:] + octets

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

    def pages(self) -> Iterator[bytes]:
        """The octets of all entries, those that are too many among them, page by page; the oldest come first."""
        for name in self._pages:
            yield self._store[name][1:]

    def read(self, decode: Callable[[Cursor], Value]) -> list[Value]:
        """The entries; `decode` reads one."""
        entries = []
        for page in self.pages():
            contents = Cursor(page)
            while contents.remaining:
                entries.append(decode(contents))
        return entries[-self.capacity :]
