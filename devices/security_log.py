"""The security log: a ring of the newest entries, in the shape in which ECS35b reads it (GBCS use case tables)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from devices.store import Store

CAPACITY = 100
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
#: Seconds since 2000, alert code, message code.
_ENTRY = struct.Struct(">IHH")
_NAME = "security log"


class LogEntry(NamedTuple):
    """What happened (alert code), when by the device's clock (to the second), on a command of which message code."""

    time: datetime
    code: int
    message_code: int


class SecurityLog:
    """Entries, oldest first."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def append(self, entry: LogEntry) -> None:
        """Adds an entry, in place of the oldest when the log is full."""
        seconds = (entry.time - _EPOCH) // timedelta(seconds=1) & 0xFFFFFFFF
        octets = self._store.get(_NAME, b"") + _ENTRY.pack(seconds, entry.code, entry.message_code)
        self._store[_NAME] = octets[-CAPACITY * _ENTRY.size :]

    def __iter__(self) -> Iterator[LogEntry]:
        for seconds, code, message_code in _ENTRY.iter_unpack(self._store.get(_NAME, b"")):
            yield LogEntry(_EPOCH + timedelta(seconds=seconds), code, message_code)
