"""Energy registers of an ESME, and the load that advances them (registers: use cases ECS17a and ECS17b)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from devices.cosem_server import Attribute, CosemServer
from devices.store import Store
from gbcs.cosem import objects as o
from gbcs.cosem.objects import CosemObject

_MICROSECOND = timedelta(microseconds=1)
_MICROSECONDS_PER_HOUR = timedelta(hours=1) // _MICROSECOND
#: Registers are double-long-unsigned and begin again at 0.
_REGISTER_RANGE = 2**32


@dataclass(frozen=True, slots=True)
class Load:
    """What flows through the meter, in whole W and var."""

    active_import: int = 0
    reactive_import: int = 0
    active_export: int = 0
    reactive_export: int = 0
    second_active_import: int = 0


NO_LOAD = Load()


class _Register(NamedTuple):
    """Where a register stands; `field` where it is part of a structure."""

    object: CosemObject
    field: str | None = None


#: By the name of the flow in `Load`.
_REGISTERS = {
    "active_import": _Register(o.IMPORT_REGISTER_COLLECTION, "active_import_value"),
    "reactive_import": _Register(o.IMPORT_REGISTER_COLLECTION, "reactive_import_value"),
    "active_export": _Register(o.ACTIVE_EXPORT_REGISTER),
    "reactive_export": _Register(o.REACTIVE_EXPORT_REGISTER),
    "second_active_import": _Register(o.IMPORT_REGISTER_COLLECTION, "second_active_import_value"),
}


class Metering:
    """Integrates the load over time, exactly: what does not fill a Wh or varh is kept for the next time.

    Attributes:
        load: may be changed at any time, and counts from the last `advance`.
    """

    def __init__(
        self, cosem: CosemServer, store: Store, now: datetime, load: Load, is_supplied: Callable[[], bool]
    ) -> None:
        """`is_supplied` says whether the supply is enabled; nothing flows unless it is."""
        self.load = load
        self._cosem = cosem
        self._store = store
        self._last = now
        self._is_supplied = is_supplied

    @staticmethod
    def attributes(*, second_element: bool) -> tuple[Attribute, ...]:
        """What a new device has."""
        collection = {
            "active_import_value": 0,
            "active_scal_unit_type": {},
            "reactive_import_value": 0,
            "reactive_scal_unit_type": {},
        }
        if second_element:
            collection["second_active_import_value"] = 0
        return (
            Attribute(o.IMPORT_REGISTER_COLLECTION, "value", collection),
            Attribute(o.ACTIVE_EXPORT_REGISTER, "value", 0),
            Attribute(o.ACTIVE_EXPORT_REGISTER, "scaler_unit", {}),
            Attribute(o.REACTIVE_EXPORT_REGISTER, "value", 0),
            Attribute(o.REACTIVE_EXPORT_REGISTER, "scaler_unit", {}),
        )

    def advance(self, now: datetime) -> None:
        """Measures up to `now`; a clock that goes back measures nothing."""
        elapsed = max(0, (now - self._last) // _MICROSECOND)
        self._last = now
        if elapsed and self._is_supplied():
            for flow, power in asdict(self.load).items():
                if power:
                    self._measure(flow, power * elapsed)

    def _measure(self, flow: str, energy: int) -> None:
        """Adds `energy` (in W or var times microseconds) to a register."""
        name = f"metering remainder/{flow}"
        energy += int.from_bytes(self._store.get(name, b""), "big")
        units, remainder = divmod(energy, _MICROSECONDS_PER_HOUR)
        self._store[name] = remainder.to_bytes(8, "big")
        if not units:
            return
        register = _REGISTERS[flow]
        value = self._cosem.get(register.object, "value")
        if register.field is None:
            value = (value + units) % _REGISTER_RANGE
        else:
            value[register.field] = (value[register.field] + units) % _REGISTER_RANGE
        self._cosem.set(register.object, "value", value)
