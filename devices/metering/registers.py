"""Energy registers of an ESME, and the load that advances them (use cases ECS17a to ECS17e)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from devices.cosem.initial import BLOCK_RATES, BLOCKS, TOU_REGISTERS, TOU_SECONDARY_REGISTERS
from devices.cosem.server import CosemServer
from devices.metering.load import Load, LoadProfile
from devices.store import Store
from devices.variant import Variant
from gbcs.cosem import objects as o
from gbcs.cosem.types import Value

_MICROSECOND = timedelta(microseconds=1)
#: A Wh or varh in the units of the registers, W or var times microseconds.
WATT_HOUR = timedelta(hours=1) // _MICROSECOND
#: Registers are double-long-unsigned and begin again at 0.
_RANGE = 2**32 * WATT_HOUR
_NAME = "registers"
#: Moments since which increments are told.
HALF_HOUR, DAY = MARKS = ("half hour", "day")
_FLOWS = ("active_import", "reactive_import", "active_export", "reactive_export", "second_active_import")
_EXPORT = {"active_export": o.ACTIVE_EXPORT_REGISTER, "reactive_export": o.REACTIVE_EXPORT_REGISTER}
_IMPORT = {
    "active_import_value": "active_import",
    "reactive_import_value": "reactive_import",
    "second_active_import_value": "second_active_import",
}


class Consumer(Protocol):
    """Who wants to know of energy that was imported."""

    def consume(self, energy: int, second_element: int) -> None:
        """Takes energy in W times microseconds."""
        ...


class Registers:
    """Integrates the load over time, exactly: what does not fill a Wh or varh is kept for the next time.

    Attributes:
        load: may be changed at any time, and counts from then on.
        consumers: who is told of imported energy.
        carried: what a load comes to on the phases that carry it.
    """

    def __init__(
        self,
        cosem: CosemServer,
        store: Store,
        now: datetime,
        load: Load | LoadProfile,
        is_supplied: Callable[[], bool],
        variant: Variant,
    ) -> None:
        """`is_supplied` says whether the supply is enabled; nothing flows unless it is."""
        self.load = load
        self.consumers: list[Consumer] = []
        self.carried: Callable[[Load], Load] = lambda load: load
        self._store = store
        self._last = now
        self._is_supplied = is_supplied
        self._variant = variant
        self._energy: dict[str, int] = json.loads(store.get(_NAME, b"{}"))
        self._changed = False
        for flow, register in _EXPORT.items():
            cosem.compute(register, "value", partial(self.read, flow), partial(self.write, flow))
        cosem.compute(o.IMPORT_REGISTER_COLLECTION, "value", self._import, self._set_import)
        cosem.compute(o.TARIFF_TOU_REGISTER_COLLECTION, "value", self._tou, self._set_tou)
        cosem.compute(o.TARIFF_BLOCK_TOU_REGISTER_COLLECTION, "value", self._blocks, self._set_blocks)
        cosem.compute(o.POWER_IMPORT_COLLECTION, "value", self._power)

    def read(self, name: str) -> int:
        """A register in Wh or varh."""
        return self._energy.get(name, 0) // WATT_HOUR

    def write(self, name: str, value: int) -> None:
        """Sets a register in Wh or varh; what was marked on it moves along, for nothing was measured."""
        for mark in MARKS:
            self.put(f"{mark}/{name}", (self.exact(f"{mark}/{name}") + (value - self.read(name)) * WATT_HOUR) % _RANGE)
        self.put(name, value * WATT_HOUR)

    def put(self, name: str, energy: int) -> None:
        """Sets a register in W or var times microseconds."""
        self._energy[name] = energy
        self._changed = True

    def exact(self, name: str) -> int:
        """A register in W or var times microseconds."""
        return self._energy.get(name, 0)

    def add(self, name: str, energy: int) -> None:
        """Adds energy in W or var times microseconds."""
        self._energy[name] = (self._energy.get(name, 0) + energy) % _RANGE
        self._changed = True

    def at(self, moment: datetime) -> Load:
        """The load at a moment, as the meter sees it."""
        return self.carried(self.load if isinstance(self.load, Load) else self.load(moment))

    def advance(self, now: datetime, *, is_powered: bool = True) -> None:
        """Measures up to `now`; a clock that goes back measures nothing, nor does a meter without current."""
        elapsed = (now - self._last) // _MICROSECOND
        begun, self._last = self._last, now
        if elapsed <= 0 or not is_powered or not self._is_supplied():
            return
        load = self.at(begun)
        for flow in _FLOWS:
            power = getattr(load, flow)
            if power:
                self.add(flow, power * elapsed)
        if load.active_import or load.second_active_import:
            for consumer in self.consumers:
                consumer.consume(load.active_import * elapsed, load.second_active_import * elapsed)

    def save(self) -> None:
        """Puts what has changed into the store."""
        if self._changed:
            self._store[_NAME] = json.dumps(self._energy).encode()
            self._changed = False

    def increment(self, name: str, mark: str) -> int:
        """Wh or varh since the mark was last set, which this does: the register read at either end."""
        now = self.read(name)
        before = self.read(f"{mark}/{name}")
        self.put(f"{mark}/{name}", now * WATT_HOUR)
        return (now - before) % 2**32

    def rates(self) -> dict[str, Value]:
        """The registers as billing and daily read logs hold them."""
        entry: dict[str, Value] = {"active_import_register_value": self.read("active_import")}
        if self._variant is Variant.TWIN:
            entry["secondary_active_import_register_value"] = self.read("second_active_import")
        entry["tariff_tou_register_values"] = self._all("tou", TOU_REGISTERS)
        if self._variant is Variant.TWIN:
            entry["secondary_tariff_tou_register_values"] = self._all("second tou", TOU_SECONDARY_REGISTERS)
        for block in range(1, BLOCKS + 1):
            entry[f"tariff_tou_block{block}_register_values"] = self._all(f"block {block}", BLOCK_RATES)
        return entry

    def _all(self, name: str, count: int) -> list[int]:
        return [self.read(f"{name}/{number}") for number in range(1, count + 1)]

    def _write_all(self, name: str, values: list[int]) -> None:
        for number, value in enumerate(values, 1):
            self.write(f"{name}/{number}", value)

    def _import(self) -> Value:
        names = [*_IMPORT] if self._variant is Variant.TWIN else [*_IMPORT][:2]
        value: dict[str, Value] = {name: self.read(_IMPORT[name]) for name in names}
        active = {"active_import_scaler": 0, "active_import_unit": 30}
        reactive = {"reactive_import_scaler": 0, "reactive_import_unit": 32}
        return value | {"active_scal_unit_type": active, "reactive_scal_unit_type": reactive}

    def _set_import(self, value: Value) -> None:
        for name, flow in _IMPORT.items():
            if name in value:
                self.write(flow, value[name])

    def _tou(self) -> Value:
        value = {"tou_primary_registers": self._all("tou", TOU_REGISTERS)}
        if self._variant is Variant.TWIN:
            value["tou_secondary_registers"] = self._all("second tou", TOU_SECONDARY_REGISTERS)
        return value

    def _set_tou(self, value: Value) -> None:
        self._write_all("tou", value["tou_primary_registers"])
        self._write_all("second tou", value.get("tou_secondary_registers", []))

    def _blocks(self) -> Value:
        # Of each block its registers, then its counters (devices.md 11).
        registers = []
        for block in range(1, BLOCKS + 1):
            registers += self._all(f"block {block}", BLOCK_RATES) + self._all(f"counter {block}", BLOCK_RATES)
        return {"block_primary_registers": registers}

    def _set_blocks(self, value: Value) -> None:
        registers = value["block_primary_registers"]
        for block in range(1, BLOCKS + 1):
            at = (block - 1) * 2 * BLOCK_RATES
            self._write_all(f"block {block}", registers[at : at + BLOCK_RATES])
            self._write_all(f"counter {block}", registers[at + BLOCK_RATES : at + 2 * BLOCK_RATES])

    def _power(self) -> Value:
        load = self.at(self._last) if self._is_supplied() else Load()
        return {
            "active_power_import_value": load.active_import + load.second_active_import,
            "active_power_scal_unit_type": {"active_power_import_scaler": 0, "active_power_import_unit": 27},
            "primary_active_power_import_value": load.active_import,
        }
