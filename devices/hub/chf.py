"""The Communications Hub's own functions (CHF). No I/O."""

from __future__ import annotations

from datetime import datetime

from devices.cosem.instances import Attribute
from devices.cosem.server import CosemServer
from devices.device import Device
from devices.settings import DEFAULTS, Settings
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.cosem import objects as o
from gbcs.device_type import DeviceType


class Chf(Device):
    """The Communications Hub Function."""

    def __init__(
        self,
        anchors: TrustAnchors,
        *,
        now: datetime,
        store: Store | None = None,
        firmware_version: bytes = b"\0\0\0\1",
        settings: Settings = DEFAULTS,
    ) -> None:
        """See `devices.electricity.esme.Esme`."""
        store = Store() if store is None else store
        cosem = CosemServer(store, (Attribute(o.FIRMWARE_VERSION, "value", firmware_version),))
        super().__init__(DeviceType.CHF, anchors, cosem, store, now=now, settings=settings)
