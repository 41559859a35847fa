"""What the devices on the gas side of a HAN have in common: gas data, credentials, device log, event logs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from devices.alerts import AlertCode
from devices.clock import HubTime
from devices.cosem.server import CosemServer
from devices.device import Device
from devices.errors import ComponentFailed
from devices.gas.data import GasData
from devices.security.credentials import Credentials
from devices.security.joining import DeviceLog, Methods
from devices.security.own_keys import OwnKeys
from devices.settings import Settings
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from devices.zcl.records import lies_in
from devices.zcl.server import Fields, ZclServer
from gbcs.cosem import objects as o
from gbcs.cosem.types import Value
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.gbz.clusters import events
from gbcs.gbz.component_list import ComponentList
from gbcs.gbz.model import Attribute

#: The device's own logs, by the identifier that asks for them, and the objects that keep them.
_OWN_LOGS = {0x03: o.EVENT_LOG, 0x04: o.SECURITY_LOG}
#: Of the octet that asks for a log; its other bits say how much of each event is wanted.
_LOG_ID = 0x0F
_EVENT_LOG_CLEARED = 0x08


class GasDevice(Device):
    """A device whose commands are made of ZCL components. Its event logs alone are kept as COSEM logs.

    Attributes:
        zcl: attributes and commands.
        data: registers, logs and tariff.
        device_log: the devices that it has joined with.
    """

    family: ClassVar[str] = "ZigBee"

    def __init__(
        self,
        device_type: DeviceType,
        anchors: TrustAnchors,
        *,
        now: datetime,
        store: Store,
        methods: Methods,
        values: Iterable[tuple[Attribute, Value]] = (),
        hub_time: HubTime,
        settings: Settings,
    ) -> None:
        """See `devices.hub.gpf.Gpf`.

        `methods` are the ways to join it with other devices, `values` those of a new device's attributes.
        """
        self._hub_time = hub_time
        super().__init__(device_type, anchors, CosemServer(store), store, now=now, settings=settings)
        self.zcl = ZclServer(store, device_type, values)
        self.data = GasData(self.zcl, store)
        self.executors[ComponentList] = self.zcl.execute
        self.zcl.handle(events.GET_EVENT_LOG, self._read_log)
        self.zcl.handle(events.CLEAR_EVENT_LOG_REQUEST, self._clear_log)
        self.device_log = DeviceLog(self, methods)
        Credentials(self).on_supplier_change.append(self._lose_supplier)
        OwnKeys(self)

    @property
    def time(self) -> datetime:
        """The Communications Hub's time; the process clock's while that has none."""
        return self._hub_time(self.now) or self.now

    @property
    def time_is_reliable(self) -> bool:
        """See `devices.device.Device`."""
        return self._hub_time(self.now) is not None

    def counter_for(self, party: Eui64) -> int | None:
        """See `devices.device.Device`; None where the command's counter serves for a party that the device knows."""
        is_known = bool(self.anchors.roles_of(party))
        return None if is_known and not self.settings.gas_counter_for_known_party else super().counter_for(party)

    def _read_log(self, query: Fields) -> Fields:
        log_id = query["event_control_log_id"] & _LOG_ID
        found = [
            {"log_id": log_id, "event_id": code, "event_time": time, "event_data": data}
            for time, code, data in self._entries(log_id)
            if lies_in(time, query["start_time"], query["end_time"])
        ]
        if not found:
            raise ComponentFailed
        parts = {"command_index": 0, "total_commands": 1}
        return {"total_number_of_events": len(found), **parts, "log_payload_control": 0, "events": found}

    def _entries(self, log_id: int) -> list[tuple[int, int, bytes]]:
        """Time, code and data of every event, oldest first."""
        if log_id in _OWN_LOGS:
            entries = self.cosem.log(_OWN_LOGS[log_id]).read()
            return [(each["timestamp"], each["log_code"], each.get("other_information", b"")) for each in entries]
        return [(each["time"], each["event_id"], each["event_data"]) for each in self.data.events[log_id].read()]

    def _clear_log(self, fields: Fields) -> Value:
        del fields
        self.cosem.log(o.EVENT_LOG).clear()
        self.log_security(AlertCode.EVENT_LOG_CLEARED)
        return {"cleared_event_logs": _EVENT_LOG_CLEARED}

    def _lose_supplier(self, former: Eui64 | None, top_up_floor: int | None) -> None:
        del top_up_floor
        if former is not None and self.settings.cancel_on_supplier_change:
            for cancel in self.cancels:
                cancel(former)
