"""The supply of an ESME: its state and the scripts that change it (SMETS 5.6.3, use cases ECS42 to ECS45)."""

from __future__ import annotations

from enum import IntEnum

from devices.cosem_server import Attribute, CosemServer
from devices.errors import AccessFailed
from devices.settings import Settings
from gbcs.cosem import objects as o
from gbcs.cosem.types import Value
from gbcs.usecases.access import AccessResult


class SupplyState(IntEnum):
    """Supply state; an armed supply is off until the consumer enables it."""

    DISABLED = 0
    ENABLED = 1
    ARMED = 2


class Supply:
    """The load switch."""

    def __init__(self, cosem: CosemServer, settings: Settings) -> None:
        self._cosem = cosem
        self._arms_enabled = settings.arm_enabled_supply
        cosem.handle(o.SUPPLY_STATE_SCRIPTS, "execute", self._execute)

    @staticmethod
    def attributes(state: SupplyState) -> tuple[Attribute, ...]:
        """What a new device in `state` has."""
        return (Attribute(o.SUPPLY_STATE, "control_state", state),)

    @property
    def state(self) -> SupplyState:
        """The present state."""
        return SupplyState(self._cosem.get(o.SUPPLY_STATE, "control_state"))

    def _execute(self, script: Value) -> None:
        if script != o.ARM_SUPPLY:
            raise AccessFailed(AccessResult.OBJECT_UNDEFINED)
        if self.state is SupplyState.ENABLED and not self._arms_enabled:
            # Which code says so is not in the sources; use cases with such a condition answer other-reason.
            raise AccessFailed(AccessResult.OTHER_REASON)
        self._cosem.set(o.SUPPLY_STATE, "control_state", SupplyState.ARMED)
