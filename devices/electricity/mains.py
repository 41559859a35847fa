"""The conductors at an ESME's terminals, and the log of what goes wrong with them (SMETS 5.7.5.25)."""

from __future__ import annotations

import json
from datetime import datetime

from devices.device import Device
from devices.events import seconds_of
from devices.metering.load import Load
from devices.metering.voltage import VoltageSource
from devices.variant import Variant
from gbcs.cosem import objects as o

_NAME = "interrupted phases"


class Mains:
    """Voltage and interruptions by phase, counted from 1; single and twin element meters have one phase.

    Attributes:
        source: the voltage, as far as no phase is interrupted.
        phases: all that the meter has.
        interruptions: the phases that carry no voltage, and since when by the meter's clock.
    """

    def __init__(self, device: Device, source: VoltageSource) -> None:
        self._device = device
        self.source = source
        self.phases = (1, 2, 3) if device.variant is Variant.POLYPHASE else (1,)
        stored = json.loads(device.store.get(_NAME, b"{}"))
        self.interruptions = {int(phase): datetime.fromisoformat(since) for phase, since in stored.items()}

    @property
    def live(self) -> int:
        """How many phases carry voltage."""
        return len(self.phases) - len(self.interruptions)

    def carried(self, load: Load) -> Load:
        """What a load, the same on each phase, comes to on those that carry voltage."""
        return load.share(self.live, len(self.phases)) if self.interruptions else load

    def volts(self, phase: int) -> int:
        """RMS voltage now, in V."""
        return 0 if phase in self.interruptions else self.source.at(self._device.now).phase(phase)

    def interrupt(self, phase: int) -> None:
        """A phase fails."""
        self.interruptions[phase] = self._device.time
        self._keep()

    def restore(self, phase: int) -> datetime:
        """A phase is back; says since when it was not there."""
        since = self.interruptions.pop(phase)
        self._keep()
        return since

    def codes(self, first: int, phase: int, step: int = 1) -> list[int]:
        """What tells of an event on a phase: of a row of codes, those for any phase and for each one."""
        if len(self.phases) == 1:
            return [first]
        plain = [first] if self._device.settings.polyphase_plain_codes else []
        return [*plain, first + step * phase]

    def log(self, code: int, value: int, moment: datetime | None = None) -> None:
        """Makes an entry of the moment, by default of now; of a code that can be configured where it is wanted."""
        if self._device.behaviours.logs(code):
            stamp = seconds_of(moment or self._device.time)
            entry = {"timestamp": stamp, "log_code": code, "other_information": value}
            self._device.cosem.log(o.POWER_EVENT_LOG).append(entry)

    def tell(self, code: int, value: int, moment: datetime) -> None:
        """Makes an entry, and sends the alert to the network operator where that wants it."""
        self.log(code, value, moment)
        role = self._device.behaviours.recipient(code)
        if role is not None:
            self._device.alert("GNCA-DLMS", code, to=role)

    def _keep(self) -> None:
        stored = {phase: since.isoformat() for phase, since in self.interruptions.items()}
        self._device.store[_NAME] = json.dumps(stored).encode()
