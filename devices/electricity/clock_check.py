"""The daily comparison of a device's clock with the Communications Hub's (SMETS 5.6.1; devices.md 7)."""

from __future__ import annotations

from datetime import datetime, timedelta

from devices.alerts import AlertCode
from devices.clock import Clock
from devices.device import Device

#: Differences up to this are adjusted; with a larger one the device no longer trusts its clock.
TOLERANCE = timedelta(seconds=10)
_DAY = timedelta(days=1)


class ClockCheck:
    """Compares at midnight by the device's clock, once that has been set; a `devices.parts.Part`."""

    def __init__(self, device: Device, clock: Clock) -> None:
        self._device = device
        self._clock = clock
        self._next = _midnight_after(clock.time)
        clock.on_set.append(self._start_again)

    def due(self) -> datetime | None:
        """See `devices.parts.Part`."""
        return self._next if self._clock.is_reliable else None

    def run(self) -> None:
        """See `devices.parts.Part`."""
        self._next = _midnight_after(self._device.time)
        difference = self._clock.compare()
        if not difference:
            return
        if abs(difference) <= TOLERANCE:
            self._clock.correct(difference)
            self._device.log_event(AlertCode.CLOCK_ADJUSTED)
        else:
            self._clock.distrust()
            self._device.log_security(AlertCode.CLOCK_NOT_ADJUSTED)

    def _start_again(self) -> None:
        self._next = _midnight_after(self._clock.time)


def _midnight_after(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
