"""The supply of an ESME: its state, who and what changes it, and load limiting (SMETS 5.6.3; use cases ECS42 to ECS45).

A supply that was disabled for want of credit becomes armed when there is credit again; so does one that a load limit
has disabled, at once. An armed supply is off until the consumer enables it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import IntEnum

from devices.alerts import AlertCode
from devices.device import Device
from devices.errors import AccessFailed
from gbcs.cosem import objects as o
from gbcs.cosem.results import AccessResult
from gbcs.cosem.types import Value

_CAUSE = "supply cause"
_CREDIT, _LOAD, _TAMPER = b"credit", b"load", b"tamper"


class SupplyState(IntEnum):
    """Supply state."""

    DISABLED = 0
    ENABLED = 1
    ARMED = 2


class Supply:
    """The load switch."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._cosem = device.cosem
        self._scripts: dict[int, Callable[[], None]] = {
            o.ENABLE_SUPPLY: self._enable,
            o.DISABLE_SUPPLY: self._disable,
            o.ARM_SUPPLY: self._arm,
        }
        device.cosem.handle(o.SUPPLY_STATE_SCRIPTS, "execute", self._execute)
        device.cosem.watch(o.SUPPLY_STATE, "control_state", self._remember)
        self._state = SupplyState(self._cosem.get(o.SUPPLY_STATE, "control_state"))

    @property
    def state(self) -> SupplyState:
        """The present state."""
        return self._state

    def is_enabled(self) -> bool:
        """Whether current can flow."""
        return self._state is SupplyState.ENABLED

    @property
    def is_disabled_by_credit(self) -> bool:
        """Whether it waits for credit."""
        return self._device.store.get(_CAUSE) == _CREDIT

    def enable_by_consumer(self) -> bool:
        """The consumer pushes the button; says whether that did anything."""
        if self.state is not SupplyState.ARMED:
            return False
        self._change(SupplyState.ENABLED)
        return True

    def disable_by_credit(self) -> None:
        """There is no credit left."""
        self._change(SupplyState.DISABLED, _CREDIT)
        self._device.report(AlertCode.CREDIT_BELOW_DISABLEMENT)

    def restore_credit(self) -> None:
        """There is credit again."""
        if self.is_disabled_by_credit:
            self._change(SupplyState.ARMED)
            self._device.report(AlertCode.SUPPLY_ARMED)

    def disable_by_load(self) -> None:
        """The load was above its limit for too long."""
        self._change(SupplyState.ARMED, _LOAD)
        self._device.report(AlertCode.LOAD_LIMIT_DISABLED)

    def restore_load(self) -> None:
        """The load limit's restoration period is over."""
        if self._device.store.get(_CAUSE) == _LOAD:
            self._change(SupplyState.ENABLED)
            self._device.report(AlertCode.LOAD_LIMIT_RESTORED)

    def lock(self) -> None:
        """Tampering: the supply goes off, where the supplier has said so (use case ECS81)."""
        if self._cosem.get(o.SUPPLY_TAMPER_STATE, "value"):
            self._change(SupplyState.DISABLED, _TAMPER)
            self._device.log_event(AlertCode.SUPPLY_LOCKED)

    def _execute(self, script: Value) -> None:
        if script not in self._scripts:
            raise AccessFailed(AccessResult.OBJECT_UNDEFINED)
        self._scripts[script]()

    def _enable(self) -> None:
        self._refuse_locked()
        if self.is_disabled_by_credit and not self._device.settings.enable_without_credit:
            raise AccessFailed(AccessResult.OTHER_REASON)
        self._change(SupplyState.ENABLED)

    def _disable(self) -> None:
        self._change(SupplyState.DISABLED)

    def _refuse_locked(self) -> None:
        is_locked = self._device.store.get(_CAUSE) == _TAMPER
        if is_locked and self._cosem.get(o.SUPPLY_TAMPER_STATE, "value"):
            raise AccessFailed(AccessResult.OTHER_REASON)

    def _arm(self) -> None:
        self._refuse_locked()
        if self.state is SupplyState.ENABLED and not self._device.settings.arm_enabled_supply:
            # Which code says so is not in the sources; use cases with such a condition answer other-reason.
            raise AccessFailed(AccessResult.OTHER_REASON)
        self._change(SupplyState.ARMED)

    def _change(self, state: SupplyState, cause: bytes = b"") -> None:
        self._device.store[_CAUSE] = cause
        self._cosem.set(o.SUPPLY_STATE, "control_state", state)

    def _remember(self, state: Value) -> None:
        self._state = SupplyState(state)


class LoadLimiter:
    """Watches the load; a `devices.parts.Part`.

    Where it is above the limit for the whole of the limit's period, that is counted and told; if the supplier has said
    so the supply is disabled, armed, and enabled again after the restoration period.
    """

    _SINCE, _UNTIL = "load above limit since", "load limited until"

    def __init__(self, device: Device, supply: Supply) -> None:
        self._device = device
        self._cosem = device.cosem
        self._supply = supply
        self._threshold = self._limit("threshold_normal")
        self._cosem.watch(o.LOAD_LIMIT, "threshold_normal", self._set_threshold)

    def observe(self, power: int) -> None:
        """The load is so many W from now on."""
        store = self._device.store
        if power <= self._threshold:
            store.pop(self._SINCE, None)
        elif self._SINCE not in store:
            store[self._SINCE] = self._device.time.isoformat().encode()

    def due(self) -> datetime | None:
        """See `devices.parts.Part`."""
        store = self._device.store
        if until := store.get(self._UNTIL):
            return datetime.fromisoformat(until.decode())
        since = store.get(self._SINCE)
        if not since or since.endswith(b"!"):
            return None
        return datetime.fromisoformat(since.decode()) + self._period("min_over_threshold_duration")

    def run(self) -> None:
        """See `devices.parts.Part`."""
        store = self._device.store
        if store.pop(self._UNTIL, None):
            self._supply.restore_load()
            return
        # Counted once, however long it lasts.
        store[self._SINCE] += b"!"
        self._cosem.set(o.LOAD_LIMIT_COUNTER, "value", self._cosem.get(o.LOAD_LIMIT_COUNTER, "value") + 1)
        self._device.report(AlertCode.LOAD_LIMIT_EXCEEDED)
        if self._cosem.get(o.LOAD_LIMIT_SUPPLY_STATE, "value_active"):
            del store[self._SINCE]
            until = self._device.time + self._period("min_under_threshold_duration")
            store[self._UNTIL] = until.isoformat().encode()
            self._supply.disable_by_load()

    def _set_threshold(self, threshold: Value) -> None:
        self._threshold = threshold

    def _limit(self, name: str) -> int:
        value: int = self._cosem.get(o.LOAD_LIMIT, name)
        return value

    def _period(self, name: str) -> timedelta:
        return timedelta(seconds=self._limit(name))
