"""What a device does by itself: parts of it, each with a time at which it has something to do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol


class Part(Protocol):
    """A part of a device that does something by itself when its time has come."""

    def due(self) -> datetime | None:
        """When, by the device's clock; None while there is nothing to do. It is asked at every message."""
        ...

    def run(self) -> None:
        """Does it. Afterwards `due` is later, or None."""
        ...


def first_due(parts: Iterable[Part]) -> tuple[datetime, Part] | None:
    """When the first of several has something to do, and which it is; None where none has."""
    first = None
    for part in parts:
        due = part.due()
        if due is not None and (first is None or due < first[0]):
            first = due, part
    return first
