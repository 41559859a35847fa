"""The voltage at a meter's terminals: constant, a function of time, or a recording."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from os import PathLike
from typing import Protocol

from devices.errors import DeviceError
from devices.metering.profiles import chance, read_csv


@dataclass(frozen=True, slots=True)
class Voltage:
    """RMS voltage of each phase in whole V; a meter of one phase has the first. As it is, the voltage for all time."""

    phase_1: int = 230
    phase_2: int = 230
    phase_3: int = 230

    def phase(self, number: int) -> int:
        """That of a phase, counted from 1."""
        return (self.phase_1, self.phase_2, self.phase_3)[number - 1]

    def at(self, moment: datetime) -> Voltage:
        """See `VoltageSource`."""
        del moment
        return self

    def next_change(self, moment: datetime) -> datetime | None:
        """See `VoltageSource`."""
        del moment
        return None


NOMINAL = Voltage()


class VoltageSource(Protocol):
    """A voltage by the process clock, which is constant between its changes."""

    def at(self, moment: datetime) -> Voltage:
        """The voltage at a moment."""
        ...

    def next_change(self, moment: datetime) -> datetime | None:
        """When it may become another, after the moment; None for never."""
        ...


class Sampled:
    """A function of time, looked at in steps: at every multiple of a duration since 2000 (UTC)."""

    def __init__(self, function: Callable[[datetime], Voltage], every: timedelta = timedelta(minutes=30)) -> None:
        """Short steps see short sags, and cost time.

        Raises:
            DeviceError: `every` is no time at all.
        """
        if every <= timedelta():
            raise DeviceError(f"voltage: steps of {every}")
        self._function = function
        self._every = every

    def at(self, moment: datetime) -> Voltage:
        """See `VoltageSource`."""
        return self._function(self._step(moment))

    def next_change(self, moment: datetime) -> datetime | None:
        """See `VoltageSource`."""
        return self._step(moment) + self._every

    def _step(self, moment: datetime) -> datetime:
        return moment - (moment - _EPOCH) % self._every


def feeder(seed: int, *, nominal: int = 241, swing: int = 6) -> VoltageSource:
    """A network's voltage, in each half hour another by the seed: in V, up to `swing` more or less than `nominal`."""

    def volts(moment: datetime) -> Voltage:
        number = 3 * (int(moment.timestamp()) // 1800)
        return Voltage(*(nominal + round(swing * (2 * chance(seed, number + phase) - 1)) for phase in range(3)))

    return Sampled(volts)


class RecordedVoltage:
    """The voltage of a CSV file: a column ``time`` (ISO 8601 with zone, ascending), and ``phase_1`` to ``phase_3``.

    Before the first line it is nominal, as in columns that are not there; the last line's voltage goes on.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        """Reads the file.

        Raises:
            DeviceError: the file is not like that; says which line.
        """
        self._moments, self._voltages = read_csv(path, Voltage)

    def at(self, moment: datetime) -> Voltage:
        """See `VoltageSource`."""
        position = bisect_right(self._moments, moment)
        return self._voltages[position - 1] if position else NOMINAL

    def next_change(self, moment: datetime) -> datetime | None:
        """See `VoltageSource`."""
        position = bisect_right(self._moments, moment)
        return self._moments[position] if position < len(self._moments) else None


_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
