"""What a device must not forget: octets by name, in an SQLite file or in memory."""

from __future__ import annotations

import sqlite3
from collections import UserDict
from collections.abc import Mapping
from os import PathLike
from types import TracebackType
from typing import TypeVar, overload

from devices.errors import StoreError

_SCHEMA = "CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"
#: Another process with the same file is an error, and the write-ahead log makes what was committed outlive this one.
_PRAGMAS = ("PRAGMA locking_mode = EXCLUSIVE", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL")
_OWNER = "owner"
#: Names in the file that belong to a part begin with it and the part's name; no device's own do.
_PART = "/"

_Default = TypeVar("_Default")


class Store(UserDict[str, bytes]):
    """A dict of octets by name, whose changes reach the file with `commit`: all of them, or none.

    Every function of a device keeps its state here, under names that begin with its own. Without a path it is a plain
    dict. As a context manager it commits and closes at the end.
    """

    def __init__(self, path: str | PathLike[str] | None = None, owner: str = "") -> None:
        """Opens or creates the file at `path`, for `owner` alone.

        Raises:
            StoreError: it is no state file, another process has it, or it is another owner's.
        """
        super().__init__()
        self._changed: set[str] = set()
        self._parts: dict[str, _Part] = {}
        #: What begins the names of each store in the file, and the store.
        self._members: list[tuple[str, Store]] = [("", self)]
        self._path = path
        self._is_kept = path is not None
        self._file: sqlite3.Connection | None = None
        if path is None:
            return
        try:
            self._file = sqlite3.connect(path, timeout=1)
            for statement in (*_PRAGMAS, _SCHEMA):
                self._file.execute(statement)
            for name, octets in self._file.execute("SELECT name, value FROM state ORDER BY name"):
                self._load(name, octets)
        except sqlite3.Error as error:
            raise self._failure(error) from error
        try:
            self._claim(self, owner)
        except StoreError:
            self._file.close()
            raise
        self.commit()

    def part(self, name: str, owner: str = "") -> Store:
        """The store of one of several devices that share this one; the same one for the same name.

        Its names are its own. What has changed in this store and in all of its parts is committed together, whichever
        of them is asked to.

        Args:
            name: without a slash.
            owner: who alone may have it, where that matters.

        Raises:
            StoreError: it is another owner's.
        """
        part = self._find(name)
        if owner:
            self._claim(part, owner)
        return part

    def _find(self, name: str) -> Store:
        if name not in self._parts:
            self._parts[name] = _Part(self)
            self._members.append((f"{_PART}{name}/", self._parts[name]))
        return self._parts[name]

    def _load(self, name: str, octets: bytes) -> None:
        if name.startswith(_PART):
            part, _, name = name[len(_PART) :].partition("/")
            self._find(part).data[name] = octets
        else:
            self.data[name] = octets

    def _claim(self, store: Store, owner: str) -> None:
        if store.setdefault(_OWNER, owner.encode()) != owner.encode():
            raise StoreError(f"{self._path}: the state of {store[_OWNER].decode()}, not of {owner}")

    @overload
    def get(self, name: str, default: None = None) -> bytes | None: ...

    @overload
    def get(self, name: str, default: _Default) -> bytes | _Default: ...

    def get(self, name: str, default: _Default | None = None) -> bytes | _Default | None:
        """What a dict gives; that of `UserDict` raises and catches an error for each name that is not there."""
        return self.data.get(name, default)

    def __setitem__(self, name: str, octets: bytes) -> None:
        self.data[name] = octets
        if self._is_kept:
            self._changed.add(name)

    def __delitem__(self, name: str) -> None:
        del self.data[name]
        if self._is_kept:
            self._changed.add(name)

    def replace(self, state: Mapping[str, bytes], keep: tuple[str, ...] = ()) -> None:
        """Makes it hold this and nothing else, but for what it has under names that begin with one of `keep`.

        It stays its owner's.
        """
        kept = (_OWNER, *keep)
        for name in self.data.keys() - state.keys():
            if not name.startswith(kept):
                del self[name]
        self.update((name, octets) for name, octets in state.items() if not name.startswith(kept))

    def commit(self) -> None:
        """Writes what has changed; a process killed after this has lost nothing of it.

        Raises:
            StoreError: it could not be written.
        """
        if not self._is_kept:
            return
        changed = [(prefix, store) for prefix, store in self._members if store._changed]
        if self._file and changed:
            names = [(prefix, store.data, name) for prefix, store in changed for name in store._changed]
            kept = [(prefix + name, data[name]) for prefix, data, name in names if name in data]
            gone = [(prefix + name,) for prefix, data, name in names if name not in data]
            try:
                with self._file:
                    self._file.executemany("REPLACE INTO state VALUES (?, ?)", kept)
                    self._file.executemany("DELETE FROM state WHERE name = ?", gone)
            except sqlite3.Error as error:
                raise self._failure(error) from error
        for _, store in changed:
            store._changed.clear()

    def _failure(self, error: sqlite3.Error) -> StoreError:
        if self._file:
            self._file.close()
        return StoreError(f"{self._path}: {error}")

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            if not isinstance(error, StoreError):
                self.commit()
            self._file.close()


class _Part(Store):
    def __init__(self, whole: Store) -> None:
        super().__init__()
        self._whole = whole
        self._is_kept = whole._is_kept

    def part(self, name: str, owner: str = "") -> Store:
        return self._whole.part(name, owner)

    def commit(self) -> None:
        self._whole.commit()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, StoreError):
            self.commit()
