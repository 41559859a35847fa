"""What happens to a meter from outside: outages and tampering (SMETS 5.5, 5.6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum

from devices.alerts import AlertCode
from devices.device import Device
from devices.electricity.supply import Supply
from devices.events import seconds_of
from gbcs.cosem import objects as o
from gbcs.roles import RemotePartyRole

_OFF_SINCE = "off since"
_LONG_OUTAGE = timedelta(minutes=3)


class Tamper(Enum):
    """Ways to tamper with a meter, by the code of the alert that tells."""

    METER_COVER = AlertCode.METER_COVER_REMOVED
    TERMINAL_COVER = AlertCode.TERMINAL_COVER_REMOVED
    MAGNETIC_FIELD = AlertCode.MAGNETIC_FIELD
    OTHER = AlertCode.OTHER_TAMPER


class World:
    """The meter's surroundings. What the meter sends because of them comes with its next `advance` or `receive`."""

    def __init__(self, device: Device, supply: Supply, resume: Callable[[], None]) -> None:
        """`resume` is called when the meter has current again."""
        self._device = device
        self._supply = supply
        self._resume = resume
        device.is_powered = _OFF_SINCE not in device.store

    def interrupt(self) -> None:
        """The current fails: the meter measures nothing and answers nobody."""
        if self._device.is_powered:
            self._device.store[_OFF_SINCE] = self._device.time.isoformat().encode()
            self._log(AlertCode.SUPPLY_INTERRUPTED, 0)
            self._device.is_powered = False

    def restore(self) -> None:
        """The current is back: what has fallen due is done, and the network operator is told."""
        if self._device.is_powered:
            return
        since = datetime.fromisoformat(self._device.store.pop(_OFF_SINCE).decode())
        self._device.is_powered = True
        now = self._device.time
        self._resume()
        code = AlertCode.LONG_OUTAGE_RESTORED if now - since >= _LONG_OUTAGE else AlertCode.OUTAGE_RESTORED
        self._log(code, int((now - since).total_seconds()))
        self._device.alert("ECS80", code, to=RemotePartyRole.NETWORK_OPERATOR, interruption=since, restoration=now)

    def tamper(self, how: Tamper) -> None:
        """Somebody tampers with the meter; it locks its supply if the supplier has said so."""
        self._device.log_security(how.value)
        self._device.alert("GCA-DLMS", how.value)
        self._supply.lock()

    def _log(self, code: AlertCode, value: int) -> None:
        entry = {"timestamp": seconds_of(self._device.time), "log_code": code, "other_information": value}
        self._device.cosem.log(o.POWER_EVENT_LOG).append(entry)
