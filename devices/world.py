"""What happens to a meter from outside: voltage, outages and tampering (SMETS 5.5, 5.6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from enum import Enum

from devices.alerts import AlertCode
from devices.device import Device
from devices.electricity.mains import Mains
from devices.electricity.power_quality import PowerQuality
from devices.electricity.supply import Supply
from devices.errors import DeviceError
from devices.metering.voltage import VoltageSource
from gbcs.roles import RemotePartyRole

_LONG_OUTAGE = timedelta(minutes=3)


class Tamper(Enum):
    """Ways to tamper with a meter, by the code of the alert that tells."""

    DETECTED = AlertCode.TAMPER_DETECTED
    BATTERY_COVER = AlertCode.BATTERY_COVER_REMOVED
    METER_COVER = AlertCode.METER_COVER_REMOVED
    TERMINAL_COVER = AlertCode.TERMINAL_COVER_REMOVED
    SECOND_TERMINAL_COVER = AlertCode.SECOND_TERMINAL_COVER_REMOVED
    MAGNETIC_FIELD = AlertCode.MAGNETIC_FIELD
    OTHER = AlertCode.OTHER_TAMPER


#: What tells that it is over; of the other ways nothing does.
_ENDS = {
    Tamper.BATTERY_COVER: AlertCode.BATTERY_COVER_CLOSED,
    Tamper.METER_COVER: AlertCode.METER_COVER_CLOSED,
    Tamper.TERMINAL_COVER: AlertCode.TERMINAL_COVER_CLOSED,
    Tamper.MAGNETIC_FIELD: AlertCode.MAGNETIC_FIELD_REMOVED,
}


class World:
    """The meter's surroundings. What the meter sends because of them comes with its next `advance` or `receive`."""

    def __init__(
        self, device: Device, supply: Supply, mains: Mains, quality: PowerQuality, resume: Callable[[], None]
    ) -> None:
        """`resume` is called when the meter has current again, or carries another load."""
        self._device = device
        self._supply = supply
        self._mains = mains
        self._quality = quality
        self._resume = resume
        device.is_powered = mains.live > 0

    @property
    def voltage(self) -> VoltageSource:
        """The voltage at the terminals; another counts from now on."""
        return self._mains.source

    @voltage.setter
    def voltage(self, source: VoltageSource) -> None:
        # What was measured so far, was measured of the voltage that there was.
        self._quality.settle()
        self._mains.source = source
        self._quality.observe()

    def interrupt(self, phase: int | None = None) -> None:
        """A phase fails, or all do: the meter without current measures nothing and answers nobody.

        Raises:
            DeviceError: the meter has no such phase.
        """
        self._quality.settle()
        interrupted = [number for number in self._chosen(phase) if number not in self._mains.interruptions]
        for number in interrupted:
            self._mains.interrupt(number)
        self._device.is_powered = self._mains.live > 0
        for number in interrupted:
            for code in self._mains.codes(AlertCode.SUPPLY_INTERRUPTED, number):
                self._mains.log(code, 0)
                if self._device.settings.phase_loss_alert and self._device.is_powered:
                    self._device.alert("GCA-DLMS", code, to=RemotePartyRole.NETWORK_OPERATOR)
        if self._device.is_powered:
            self._quality.observe()
            self._resume()

    def restore(self, phase: int | None = None) -> None:
        """A phase is back, or all are: what has fallen due is done, and the network operator is told.

        Raises:
            DeviceError: the meter has no such phase.
        """
        restored = [number for number in self._chosen(phase) if number in self._mains.interruptions]
        self._quality.settle()
        was_powered = self._device.is_powered
        outages = {number: self._mains.restore(number) for number in restored}
        self._device.is_powered = self._mains.live > 0
        if not was_powered:
            self._quality.restart()
        if outages:
            self._quality.observe()
            self._resume()
        now = self._device.time
        for number, since in outages.items():
            # The clock may have been set back meanwhile.
            duration = max(now - since, timedelta())
            is_long = duration >= _LONG_OUTAGE
            for code in self._mains.codes(AlertCode.OUTAGE_RESTORED, number, 2):
                self._mains.log(code + is_long, int(duration.total_seconds()))
                self._device.alert(
                    "ECS80",
                    code + is_long,
                    to=RemotePartyRole.NETWORK_OPERATOR,
                    interruption=since,
                    restoration=now,
                )

    def tamper(self, how: Tamper) -> None:
        """Somebody tampers with the meter; it locks its supply if the supplier has said so."""
        self._device.log_security(how.value)
        self._device.alert("GCA-DLMS", how.value)
        self._supply.lock()

    def end_tamper(self, how: Tamper) -> None:
        """The cover is closed again, or the magnet gone; the supply stays locked."""
        if how in _ENDS:
            self._device.log_event(_ENDS[how])

    def _chosen(self, phase: int | None) -> tuple[int, ...]:
        if phase is not None and phase not in self._mains.phases:
            raise DeviceError(f"phase {phase}: a {self._device.variant} element ESME has {self._mains.phases}")
        return self._mains.phases if phase is None else (phase,)
