"""What the sources leave open about a device's behaviour, by name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReplayScope(StrEnum):
    """Which earlier commands a counter has to exceed."""

    MESSAGE_CODE = "the originator's earlier commands of the same message code"
    ORIGINATOR = "all earlier commands of the originator"


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one device.

    Attributes:
        replay_scope: per message code by default, for the DCC may deliver parallel commands out of order.
        refusal_alerts: whether a command that is not authorised or not authentic makes an alert, beside the entry in
            the security log. On by default: the reference data have such an alert, to the supplier.
        arm_enabled_supply: whether an enabled supply may be armed, which interrupts it. Off by default: arming is there
            to let the consumer restore a supply that was disabled.
    """

    replay_scope: ReplayScope = ReplayScope.MESSAGE_CODE
    refusal_alerts: bool = True
    arm_enabled_supply: bool = False


DEFAULTS = Settings()
