"""The Communications Hub's own functions (CHF). No I/O."""

from __future__ import annotations

from datetime import datetime

from devices.alerts import AlertCode
from devices.cosem.instances import Attribute, instances
from devices.cosem.server import CosemServer
from devices.device import Device
from devices.hub.distribution import Distribution
from devices.hub.han import Han
from devices.hub.sub_ghz import SubGhz, described, new_configuration
from devices.hub.wan import Wan
from devices.security.credentials import Credentials
from devices.security.firmware import Firmware
from devices.security.own_keys import OwnKeys
from devices.settings import DEFAULTS, Settings
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from devices.variant import Variant
from gbcs.cosem import objects as o
from gbcs.device_type import DeviceType
from gbcs.message import Message
from gbcs.roles import RemotePartyRole
from gbcs.usecases.model import UseCase

_BROKER = RemotePartyRole.ACCESS_CONTROL_BROKER
#: Type of device in the device log (CCS01).
_GSME = 1
#: What a meter's supplier orders; a hub has none, and the broker in its place (no source says who else would).
_OF_SUPPLIERS = ("CS02c", "CS02d", "CS02e", "CS06")
_SUB_GHZ = "DBCH"


class Chf(Device):
    """The Communications Hub Function.

    Attributes:
        han: the devices on the HAN: device logs, joining, how each is heard.
        sub_ghz: sub-GHz operation; None on a hub of one band.
        wan: whether the WAN is there, and its time.
        firmware: the hub's own image, and the one that waits.
        distribution: images for the devices on the HAN.
    """

    def __init__(
        self,
        anchors: TrustAnchors,
        *,
        now: datetime,
        store: Store | None = None,
        firmware_version: bytes = b"\0\0\0\1",
        model: bytes = b"00010001",
        manufacturer: bytes = b"0000",
        dual_band: bool = False,
        sub_ghz_capacity: int = 8,
        settings: Settings = DEFAULTS,
    ) -> None:
        """A hub switched on at `now`; see `devices.electricity.esme.Esme`.

        `model` is image type and hardware version, 8 hexadecimal digits in ASCII, `manufacturer` the manufacturer's
        ZigBee code, 4 of them (ECS26n). A dual-band hub operates at sub-GHz as well, where so many devices may join.
        """
        store = Store() if store is None else store
        own = [
            Attribute(o.ENTITY_IDENTIFIER, "value", bytes(anchors.device)),
            Attribute(o.FIRMWARE_VERSION, "value", firmware_version),
            Attribute(o.MODEL_TYPE, "value", model),
            Attribute(o.MANUFACTURER_IDENTIFIER, "value", manufacturer),
            *(new_configuration() if dual_band else ()),
        ]
        cosem = CosemServer(store, own, instances(DeviceType.CHF, Variant.SINGLE))
        self.wan = Wan(store)
        super().__init__(DeviceType.CHF, anchors, cosem, store, now=now, settings=settings)
        self.deputies = dict.fromkeys(_OF_SUPPLIERS, frozenset({_BROKER}))
        Credentials(self)
        OwnKeys(self)
        self.firmware = Firmware(self)
        self.han = Han(self)
        self.distribution = Distribution(self, self.han)
        self.sub_ghz: SubGhz | None = None
        if dual_band:
            self.sub_ghz = SubGhz(self, self.han.has_joined, sub_ghz_capacity)
            self.han.gates.append(self.sub_ghz.gate)

    @property
    def time(self) -> datetime:
        """See `devices.device.Device`."""
        return self.wan.time(self.now)

    @property
    def time_is_reliable(self) -> bool:
        """See `devices.device.Device`."""
        return self.wan.has_time

    def han_time(self, now: datetime) -> datetime | None:
        """The time that the hub serves to its HAN (a `devices.clock.HubTime`); None while it has none of the WAN."""
        return self.wan.time(now) if self.wan.has_time else None

    def report_undelivered(self, message: Message) -> None:
        """A remote party's message could not be delivered to a device, and will not be."""
        self.han.links.failed(message.recipient)
        entry = self.han.logs.find(message.recipient)
        if entry and entry.device_type == _GSME:
            self.log_event(AlertCode.GSME_COMMAND_NOT_RETRIEVED)  # it sleeps, and should have asked
        self.log_event(AlertCode.NOT_DELIVERED)
        self.alert("FTDRPM", AlertCode.NOT_DELIVERED, to=_BROKER, undelivered_message=described(message))

    def _supports(self, use_case: UseCase) -> bool:
        is_there = self.sub_ghz is not None or not use_case.code.startswith(_SUB_GHZ)
        return is_there and super()._supports(use_case)
