"""Where the gas data of a GPF come from."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from devices.gas.data import GasData


class GasSource(Protocol):
    """A gas meter, as far as a GPF hears of it.

    Whatever it tells it puts into the GPF's copy, `devices.gas.data.GasData`, and says with `GasData.reported` when
    that was. The copy is the state: a source that is started on one goes on from what that holds.
    """

    def start(self, data: GasData, time: datetime) -> None:
        """The GPF has been switched on, for the first time or again, and it is that time."""
        ...

    def due(self) -> datetime | None:
        """When the meter tells of itself next; None where it never does by itself."""
        ...

    def run(self) -> None:
        """It tells. Afterwards `due` is later, or None."""
        ...


class NoMeter:
    """No gas meter has joined: there is nothing to read."""

    def start(self, data: GasData, time: datetime) -> None:
        """See `GasSource`."""

    def due(self) -> None:
        """See `GasSource`."""

    def run(self) -> None:
        """See `GasSource`."""
