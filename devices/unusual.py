"""Commands that should not come, counted: malformed, out of order or unexpected ones in unusual numbers (8F60)."""

from __future__ import annotations

import struct
from datetime import datetime, timedelta

from devices.settings import Settings
from devices.store import Store

_NAME = "unusual commands"
_EPOCH = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
_SECOND = timedelta(seconds=1)


class UnusualCommands:
    """How many came within the window that ends now. Once it is told, counting begins again."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._threshold = settings.unusual_commands
        self._window = settings.unusual_commands_window

    def count(self, now: datetime) -> bool:
        """One more has come; whether that makes their number unusual."""
        if not self._threshold:
            return False
        second = (now - _EPOCH) // _SECOND
        octets = self._store.get(_NAME, b"")
        recent = [each for (each,) in struct.iter_unpack(">q", octets) if second - self._window < each <= second]
        recent.append(second)
        is_unusual = len(recent) >= self._threshold
        self._store[_NAME] = b"" if is_unusual else struct.pack(f">{len(recent)}q", *recent)
        return is_unusual
