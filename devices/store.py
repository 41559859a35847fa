"""What a device must not forget: octets by name, in an SQLite file or in memory."""

from __future__ import annotations

import sqlite3
from collections import UserDict
from collections.abc import Mapping
from os import PathLike
from types import TracebackType

from devices.errors import StoreError

_SCHEMA = "CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"
#: Another process with the same file is an error, and the write-ahead log makes what was committed outlive this one.
_PRAGMAS = ("PRAGMA locking_mode = EXCLUSIVE", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL")
_OWNER = "owner"


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
        self._path = path
        self._file: sqlite3.Connection | None = None
        if path is None:
            return
        try:
            self._file = sqlite3.connect(path, timeout=1)
            for statement in (*_PRAGMAS, _SCHEMA):
                self._file.execute(statement)
            self.data = dict(self._file.execute("SELECT name, value FROM state ORDER BY name"))
        except sqlite3.Error as error:
            raise self._failure(error) from error
        if self.setdefault(_OWNER, owner.encode()) != owner.encode():
            self._file.close()
            raise StoreError(f"{path}: the state of {self[_OWNER].decode()}, not of {owner}")
        self.commit()

    def __setitem__(self, name: str, octets: bytes) -> None:
        super().__setitem__(name, octets)
        self._changed.add(name)

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
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
        if self._file and self._changed:
            kept = [(name, self.data[name]) for name in self._changed if name in self.data]
            gone = [(name,) for name in self._changed if name not in self.data]
            try:
                with self._file:
                    self._file.executemany("REPLACE INTO state VALUES (?, ?)", kept)
                    self._file.executemany("DELETE FROM state WHERE name = ?", gone)
            except sqlite3.Error as error:
                raise self._failure(error) from error
        self._changed.clear()

    def _failure(self, error: sqlite3.Error) -> StoreError:
        if self._file:
            self._file.close()
        return StoreError(f"{self._path}: {error}")

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file and not isinstance(error, StoreError):
            self.commit()
            self._file.close()
