"""Joining with other devices of the HAN: what the device log holds (use cases CS03A1, CS03B, CS04AC, CS04B, CS07).

Key establishment between the two devices is not emulated: an authorised device counts as joined.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from functools import partial

from devices.alerts import AlertCode
from devices.device import Device
from gbcs.cosem.types import Value
from gbcs.eui64 import Eui64
from gbcs.message import Message
from gbcs.usecases.model import Payload

#: Types of device.
HCALCS, PPMID, TYPE_2 = 4, 5, 6
_METHOD_A, _METHOD_B = 0, 2
#: Use case to its join method and role, and the types of device that an electricity meter joins so.
_METHODS = {"CS03A1": (_METHOD_A, (HCALCS, PPMID)), "CS03B": (_METHOD_B, (TYPE_2,))}
_PREFIX = "device log/"


class Join(IntEnum):
    """Outcome of a join."""

    SUCCESS = 0
    INVALID_MESSAGE_CODE = 1
    INVALID_METHOD = 2
    INCOMPATIBLE_ENTRY = 3
    DEVICE_LOG_FULL = 4


class DeviceLog:
    """The devices that one device has joined with, by identifier."""

    def __init__(self, device: Device) -> None:
        self._device = device
        for code, (method, types) in _METHODS.items():
            device.functions[code] = partial(self._join, method, types)
        device.functions |= {"CS04AC": self._unjoin, "CS04B": self._unjoin, "CS07": self._tell}

    @property
    def entries(self) -> dict[Eui64, int]:
        """Identifier and type code of every device joined with, in order of identifiers."""
        store = self._device.store
        names = sorted(name for name in store if name.startswith(_PREFIX))
        return {Eui64.parse(name.removeprefix(_PREFIX)): store[name][0] for name in names}

    def add(self, other: Eui64, device_type: int) -> None:
        """Enters a device, as if it had been joined long ago."""
        self._device.store[_PREFIX + other.hex()] = bytes((device_type,))

    def _join(self, method: int, types: tuple[int, ...], command: Message, request: Payload) -> Mapping[str, Value]:  # noqa: ARG002
        outcome = self._judge(request, method, types)
        if outcome is Join.SUCCESS:
            self.add(request["other_device_entity_identifier"], request["other_device_type"])
        failed = outcome is not Join.SUCCESS
        self._device.log_security(AlertCode.JOINING_FAILED if failed else AlertCode.JOINING_SUCCEEDED)
        return {"join_response_code": outcome}

    def _judge(self, request: Payload, method: int, types: tuple[int, ...]) -> Join:
        device_type = request["other_device_type"]
        if request["join_method_and_role"] != method:
            return Join.INVALID_MESSAGE_CODE
        if device_type not in types:
            return Join.INVALID_METHOD
        entries = self.entries
        held = entries.get(request["other_device_entity_identifier"])
        if held not in (None, device_type):
            return Join.INCOMPATIBLE_ENTRY
        if held is None and len(entries) >= self._device.settings.device_log_size:
            return Join.DEVICE_LOG_FULL
        return Join.SUCCESS

    def _unjoin(self, command: Message, request: Payload) -> Mapping[str, Value]:  # noqa: ARG002
        name = _PREFIX + request["other_device_entity_identifier"].hex()
        held = self._device.store.pop(name, None)
        self._device.log_security(AlertCode.UNJOINING_FAILED if held is None else AlertCode.UNJOINING_SUCCEEDED)
        return {"unjoin_response_code": int(held is None)}

    def _tell(self, command: Message, request: Payload) -> Mapping[str, Value]:  # noqa: ARG002
        entries = [
            {"device_identifier": other, "device_type": device_type} for other, device_type in self.entries.items()
        ]
        return {"response_code": 0, "device_log_entries": entries}
