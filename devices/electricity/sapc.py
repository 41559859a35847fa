"""The stand-alone auxiliary proportional controller (SAPC): what SMETS section 9 gives it, and nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from devices.clock import HubTime
from devices.electricity.auxiliary import APC
from devices.electricity.metered import ElectricityDevice
from devices.settings import DEFAULTS, Settings
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from devices.variant import Variant
from gbcs.cosem import objects as o
from gbcs.cosem.results import AccessResult
from gbcs.device_type import DeviceType


class Sapc(ElectricityDevice):
    """A SAPC; what it controls and when is in `cosem`."""

    def __init__(
        self,
        anchors: TrustAnchors,
        *,
        now: datetime,
        store: Store | None = None,
        controllers: Sequence[bytes] = (APC,),
        hub_time: HubTime = lambda now: now,
        settings: Settings = DEFAULTS,
    ) -> None:
        """A device switched on at `now`; the arguments are those of `devices.electricity.esme.Esme`."""
        super().__init__(
            DeviceType.SAPC,
            anchors,
            now=now,
            store=Store() if store is None else store,
            variant=Variant.SINGLE,
            attributes=(),
            controllers=controllers,
            hub_time=hub_time,
            settings=settings,
        )
        if not settings.sapc_variant:
            for missing in (o.METER_VARIANT, o.SUPPLY_TAMPER_STATE):
                self.cosem.fail(missing, "value", AccessResult.OBJECT_UNDEFINED)
