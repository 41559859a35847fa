"""Protection against replay: the highest counter taken from each originator (GBCS use case tables say for whom)."""

from __future__ import annotations

from devices.settings import ReplayScope
from devices.store import Store
from gbcs.message import Message


class ReplayCounters:
    """Originator counters of accepted commands. A command is fresh while its counter exceeds the last of its scope."""

    def __init__(self, store: Store, scope: ReplayScope) -> None:
        self._store = store
        self._scope = scope

    def is_fresh(self, command: Message) -> bool:
        """Whether the command is newer than all that were accepted."""
        last = self._store.get(self._name(command))
        return last is None or command.originator_counter > int.from_bytes(last, "big")

    def accept(self, command: Message) -> None:
        """Remembers the counter. Only for commands that are fresh and whose MAC and signature were right."""
        self._store[self._name(command)] = command.originator_counter.to_bytes(8, "big")

    def _name(self, command: Message) -> str:
        name = f"replay/{command.originator.hex()}"
        return name if self._scope is ReplayScope.ORIGINATOR else f"{name}/{command.message_code:04x}"
