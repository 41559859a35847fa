"""What ESME and SAPC have in common: clock, credentials, device log, firmware, settings for a time to come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from devices.alerts import AlertCode
from devices.clock import Clock, HubTime
from devices.cosem.instances import Attribute, instances
from devices.cosem.server import CosemServer
from devices.device import Device
from devices.electricity.auxiliary import Controllers
from devices.electricity.clock_check import ClockCheck
from devices.future import FutureSettings
from devices.security.credentials import Credentials
from devices.security.firmware import Firmware
from devices.security.joining import DeviceLog
from devices.security.own_keys import OwnKeys
from devices.settings import Settings
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from devices.variant import Variant
from gbcs.cosem import objects as o
from gbcs.cosem.types import Value
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64

#: Name in a device's state.
_COMMISSIONED = "commissioned"


class ElectricityDevice(Device):
    """A device on the electricity side of a HAN.

    Attributes:
        clock: the device's clock, set by ECS70.
        firmware: the image that runs, and the one that waits.
        device_log: the devices that it has joined with.
        controllers: the auxiliary controllers, with what they are commanded.
    """

    def __init__(
        self,
        device_type: DeviceType,
        anchors: TrustAnchors,
        *,
        now: datetime,
        store: Store,
        variant: Variant,
        attributes: Iterable[Attribute],
        controllers: Sequence[bytes],
        hub_time: HubTime,
        settings: Settings,
    ) -> None:
        """See `devices.electricity.esme.Esme`; `attributes` are the device's own values of a new device."""
        own = (Attribute(o.ENTITY_IDENTIFIER, "value", bytes(anchors.device)), *attributes)
        cosem = CosemServer(store, own, instances(device_type, variant))
        self.clock = Clock(cosem, store, now, hub_time)
        super().__init__(device_type, anchors, cosem, store, now=now, settings=settings, variant=variant)
        self.firmware = Firmware(self)
        self.device_log = DeviceLog(self)
        FutureSettings(self)
        self.parts.append(ClockCheck(self, self.clock))
        self.cosem.handle(o.EVENT_LOG, "reset", self._clear_event_log)
        Credentials(self).on_supplier_change.append(self._lose_supplier)
        OwnKeys(self)
        self.controllers = Controllers(self, controllers)
        self.parts.append(self.controllers)
        self.clock.on_set += (self.controllers.run, self._commission)

    def _commission(self) -> None:
        """The first time that the clock is set is the end of the installation."""
        if _COMMISSIONED in self.store:
            return
        self.store[_COMMISSIONED] = b"\1"
        if self.settings.commissioning_is_security:
            self.log_security(AlertCode.COMMISSIONED)
        else:
            self.log_event(AlertCode.COMMISSIONED)

    def _clear_event_log(self, parameter: Value) -> None:
        del parameter
        self.cosem.log(o.EVENT_LOG).clear()
        self.log_security(AlertCode.EVENT_LOG_CLEARED)

    @property
    def time(self) -> datetime:
        """See `devices.device.Device`."""
        return self.clock.time

    @property
    def time_is_reliable(self) -> bool:
        """See `devices.device.Device`."""
        return self.clock.is_reliable

    def _pass(self, now: datetime) -> None:
        super()._pass(now)
        self.clock.advance(now)

    def _lose_supplier(self, former: Eui64 | None, top_up_floor: int | None) -> None:
        if former is not None and self.settings.cancel_on_supplier_change:
            for cancel in self.cancels:
                cancel(former)
        self._gain_supplier(top_up_floor)

    def _gain_supplier(self, top_up_floor: int | None) -> None:
        """Another supplier's tokens count from a floor on; only a meter takes tokens."""
