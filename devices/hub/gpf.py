"""The Gas Proxy Function: the hub's copy of a gas meter, for whoever cannot wait for that to wake up. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from devices.alerts import AlertCode
from devices.clock import HubTime
from devices.device import Function
from devices.events import moment_of, seconds_of
from devices.gas.device import GasDevice
from devices.gas.source import GasSource, NoMeter
from devices.security.joining import GAS_PROXY, Join
from devices.settings import DEFAULTS, Settings
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from devices.zcl.server import Fields
from gbcs.cosem.date_time import CosemDateTime
from gbcs.cosem.types import Value
from gbcs.device_type import DeviceType
from gbcs.gbz.clusters import basic, device_management
from gbcs.gbz.component_list import ComponentList
from gbcs.message import Message
from gbcs.roles import RemotePartyRole
from gbcs.usecases.model import Payload, PayloadForm

_NOW, _CANCELLED = 0, 0xFFFFFFFF
_TENANCY = "change of tenancy"
#: Clock status of the date-times of responses: whose time it is, and whether it can be trusted.
_OWN, _UNRELIABLE, _METER = 0x00, 0x02, 0x04


class Gpf(GasDevice):
    """A GPF. What it holds of the meter is in `data` and, attribute by attribute, in `zcl`.

    Attributes:
        source: the meter.
    """

    def __init__(
        self,
        anchors: TrustAnchors,
        *,
        now: datetime,
        store: Store | None = None,
        source: GasSource | None = None,
        manufacturer: str = "0000",
        model: str = "00010001",
        hub_time: HubTime = lambda now: now,
        settings: Settings = DEFAULTS,
    ) -> None:
        """A GPF switched on at `now`.

        Args:
            anchors: the device's credentials.
            now: the process clock (timezone-aware), here and in every later call.
            store: the state of an earlier run, or an empty one; what it holds wins over the values below.
            source: the gas meter; None while none has joined.
            manufacturer: of the hub, 4 hexadecimal digits.
            model: of the hub, 8 hexadecimal digits.
            hub_time: the Communications Hub's time by the process clock.
            settings: what the sources leave open.
        """
        super().__init__(
            DeviceType.GPF,
            anchors,
            now=now,
            store=Store() if store is None else store,
            methods=GAS_PROXY,
            values=(
                (basic.MANUFACTURER_NAME, manufacturer),
                (basic.MODEL_IDENTIFIER, model),
                (basic.HW_VERSION, 1),
            ),
            hub_time=hub_time,
            settings=settings,
        )
        self.zcl.handle(device_management.PUBLISH_CHANGE_OF_TENANCY, self._change_tenancy)
        self.functions["GCS59"] = self._restore
        for code in ("CS03B", "CS04B", *(("GCS59",) if settings.backup_after_restore else ())):
            self.functions[code] = partial(self._telling, self.functions[code])
        self.source: GasSource = NoMeter() if source is None else source
        self.source.start(self.data, self.time)
        self.parts.append(self.source)

    @property
    def tenancy_start(self) -> datetime | None:
        """Before this, nothing is shown to devices on the HAN (use case GCS09); None where all is."""
        octets = self.store.get(_TENANCY)
        return None if octets is None else moment_of(int.from_bytes(octets, "big"))

    def stamp(self, form: PayloadForm) -> CosemDateTime:
        """Of what comes from the meter, the meter's time while that can be trusted; else the GPF's own."""
        if not isinstance(form, ComponentList):
            return super().stamp(form)
        told = self.data.stamp if self.settings.gpf_tells_meter_time else None
        if told is not None:
            return _stamped(told.time, _METER if told.is_reliable else _UNRELIABLE)
        return _stamped(self.time, _OWN if self.time_is_reliable else _UNRELIABLE)

    def _change_tenancy(self, fields: Fields) -> None:
        when = fields["implementation_date_time"]
        if when == _CANCELLED:
            self.store.pop(_TENANCY, None)
        else:
            self.store[_TENANCY] = (seconds_of(self.time) if when == _NOW else when).to_bytes(4, "big")

    def _restore(self, command: Message, request: Payload) -> Mapping[str, Value]:
        del command
        outcomes = []
        for entry in request["device_log_entries"]:
            joined = entry["device_identifier"], entry["device_type"]
            outcome = self.device_log.judge(*joined)
            if outcome is Join.SUCCESS:
                self.device_log.add(*joined)
            outcomes.append({"device_log_entry": entry, "join_response_code": outcome})
        return {"restore_outcomes": outcomes}

    def _telling(self, function: Function, command: Message, request: Payload) -> Mapping[str, Value]:
        """Executes the function, and tells the broker of the device log if that is another then."""
        before = self.device_log.entries
        answer = function(command, request)
        if self.device_log.entries != before:
            self.alert(
                "GCS62",
                AlertCode.GPF_DEVICE_LOG_CHANGED,
                to=RemotePartyRole.ACCESS_CONTROL_BROKER,
                backup_date_time=self.time.replace(microsecond=0),
                device_log_entries=self.device_log.listed,
            )
        return answer


def _stamped(time: datetime, status: int) -> CosemDateTime:
    return CosemDateTime(CosemDateTime.of(time)[:-1] + bytes((status,)))
