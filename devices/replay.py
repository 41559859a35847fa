"""Protection against replay: the highest counter taken from each originator (GBCS use case tables say for whom)."""

from __future__ import annotations

from collections.abc import Iterable

from devices.settings import ReplayScope
from devices.store import Store
from gbcs.eui64 import Eui64
from gbcs.message import Message
from gbcs.roles import RemotePartyRole


class ReplayCounters:
    """Originator counters of accepted commands, and the floors that replaced credentials set.

    A command is fresh while its counter exceeds the last of its scope and the floor of a role that its originator has.
    """

    def __init__(self, store: Store, scope: ReplayScope) -> None:
        self._store = store
        self._scope = scope

    def is_fresh(self, command: Message, roles: Iterable[RemotePartyRole] = ()) -> bool:
        """Whether the command is newer than all that were accepted."""
        last = self._store.get(self._name(command))
        if last is not None and command.originator_counter <= int.from_bytes(last, "big"):
            return False
        floors = [self.floor(role) for role in roles]
        return not floors or any(floor is None or command.originator_counter > floor for floor in floors)

    def accept(self, command: Message) -> None:
        """Remembers the counter. Only for commands that are fresh and whose MAC and signature were right."""
        self._store[self._name(command)] = command.originator_counter.to_bytes(8, "big")

    def floor(self, role: RemotePartyRole) -> int | None:
        """The floor of a role; None where none was ever set."""
        floor = self._store.get(_floor(role))
        return None if floor is None else int.from_bytes(floor, "big")

    def set_floor(self, role: RemotePartyRole, floor: int, party: Eui64 | None) -> None:
        """Lets the commands of the role's party count from the floor on again."""
        self._store[_floor(role)] = floor.to_bytes(8, "big")
        if party is not None:
            for name in [name for name in self._store if name.startswith(f"replay/{party.hex()}")]:
                del self._store[name]

    def _name(self, command: Message) -> str:
        name = f"replay/{command.originator.hex()}"
        return name if self._scope is ReplayScope.ORIGINATOR else f"{name}/{command.message_code:04x}"


def _floor(role: RemotePartyRole) -> str:
    return f"floor/{role.label}"
