"""The electricity meter (ESME), single and twin element."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from devices.clock import Clock, HubTime
from devices.cosem_server import Attribute, CosemServer
from devices.device import Device
from devices.errors import DeviceError
from devices.metering import NO_LOAD, Load, Metering
from devices.settings import DEFAULTS, Settings
from devices.store import Store
from devices.supply import Supply, SupplyState
from devices.trust_anchors import TrustAnchors
from gbcs.cosem import objects as o
from gbcs.device_type import DeviceType


class Variant(StrEnum):
    """ESME variant."""

    SINGLE = "single"
    TWIN = "twin"


class Esme(Device):
    """An ESME; its registers, messages and states are in `cosem`.

    Attributes:
        clock: the device's clock, set by ECS70.
        supply: the load switch.
        metering: the registers' drive; its `load` may be changed.
    """

    def __init__(
        self,
        anchors: TrustAnchors,
        *,
        now: datetime,
        store: Store | None = None,
        variant: Variant = Variant.SINGLE,
        load: Load = NO_LOAD,
        supply_state: SupplyState = SupplyState.ENABLED,
        firmware_version: bytes = b"\0\0\0\1",
        hub_time: HubTime = lambda now: now,
        settings: Settings = DEFAULTS,
    ) -> None:
        """A meter switched on at `now`.

        Args:
            anchors: the device's credentials.
            now: the process clock (timezone-aware), here and in every later call.
            store: the state of an earlier run, or an empty one; what it holds wins over the initial values below.
            variant: which registers there are.
            load: what flows through the meter.
            supply_state: of a new device.
            firmware_version: 4 octets.
            hub_time: the Communications Hub's time by the process clock.
            settings: what the sources leave open.

        Raises:
            DeviceError: a load on the second element of a single element meter.
        """
        if load.second_active_import and variant is not Variant.TWIN:
            raise DeviceError(f"a {variant} element ESME measures no second element")
        store = Store() if store is None else store
        attributes = (
            Attribute(o.FIRMWARE_VERSION, "value", firmware_version),
            Attribute(o.SUPPLIER_MESSAGE, "value", ""),
            *Clock.ATTRIBUTES,
            *Supply.attributes(supply_state),
            *Metering.attributes(second_element=variant is Variant.TWIN),
        )
        cosem = CosemServer(store, attributes)
        super().__init__(DeviceType.ESME, anchors, cosem, store, now=now, settings=settings)
        self.clock = Clock(cosem, store, now, hub_time)
        self.supply = Supply(cosem, settings)
        self.metering = Metering(cosem, store, now, load, lambda: self.supply.state is SupplyState.ENABLED)

    @property
    def time(self) -> datetime:
        """See `devices.device.Device`."""
        return self.clock.time

    def advance(self, now: datetime) -> None:
        """See `devices.device.Device`."""
        super().advance(now)
        self.metering.advance(now)
        self.clock.advance(now)
