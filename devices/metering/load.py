"""What flows through a meter: a constant load, or one that is another at another time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Load:
    """Power in whole W and var."""

    active_import: int = 0
    reactive_import: int = 0
    active_export: int = 0
    reactive_export: int = 0
    second_active_import: int = 0


NO_LOAD = Load()

#: The load at a time. It is asked for when something can change it: at half hours, switching times and commands.
LoadProfile: TypeAlias = Callable[[datetime], Load]
