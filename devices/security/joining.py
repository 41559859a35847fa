"""Joining with other devices of the HAN: what the device log holds (use cases CS03A1, CS03B, CS04AC, CS04B, CS07).

Of the key establishment that follows the authorisation the outcome is emulated: a partner does its part, unless told
otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from functools import partial
from typing import TypeAlias

from devices.alerts import AlertCode
from devices.device import Device
from devices.errors import DeviceError
from gbcs.cosem.types import Value
from gbcs.eui64 import Eui64
from gbcs.message import Message
from gbcs.usecases.model import Payload

#: Types of device.
GSME, HCALCS, PPMID, TYPE_2 = 0, 4, 5, 6
_METHOD_A, _METHOD_B = 0, 2
#: Use case to its join method and role, and the types of other devices that join so.
Methods: TypeAlias = Mapping[str, tuple[int, tuple[int, ...]]]
ELECTRICITY: Methods = {"CS03A1": (_METHOD_A, (HCALCS, PPMID)), "CS03B": (_METHOD_B, (TYPE_2,))}
GAS_PROXY: Methods = {"CS03B": (_METHOD_B, (GSME, PPMID, TYPE_2))}
_PREFIX = "device log/"


class Join(IntEnum):
    """Outcome of a join."""

    SUCCESS = 0
    INVALID_MESSAGE_CODE = 1
    INVALID_METHOD = 2
    INCOMPATIBLE_ENTRY = 3
    DEVICE_LOG_FULL = 4
    WRITE_FAILURE = 5
    KEY_AGREEMENT_NO_RESOURCES = 6
    KEY_AGREEMENT_UNKNOWN_ISSUER = 7
    KEY_AGREEMENT_UNSUPPORTED_SUITE = 8
    KEY_AGREEMENT_BAD_MESSAGE = 9
    KEY_AGREEMENT_BAD_KEY_CONFIRM = 10
    INVALID_OR_MISSING_CERTIFICATE = 11
    NO_PARTNER_LINK_KEY = 12
    NO_RESPONSE = 13


#: What the device decides before it turns to its partner.
_DECIDED = (Join.INVALID_MESSAGE_CODE, Join.INVALID_METHOD, Join.INCOMPATIBLE_ENTRY, Join.DEVICE_LOG_FULL)


class DeviceLog:
    """The devices that one device has joined with, by identifier."""

    def __init__(self, device: Device, methods: Methods = ELECTRICITY) -> None:
        self._device = device
        self._partners: dict[Eui64, Join] = {}
        for code, (method, types) in methods.items():
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

    def partner(self, other: Eui64, outcome: Join = Join.SUCCESS) -> None:
        """Says how the key establishment with a device ends from now on; with all others it succeeds.

        Joining by method B has none.

        Raises:
            DeviceError: an outcome of the authorisation, which is not the partner's.
        """
        if outcome in _DECIDED:
            raise DeviceError(f"{outcome.name} is not an outcome of a key establishment")
        self._partners[other] = outcome

    def _join(self, method: int, types: tuple[int, ...], command: Message, request: Payload) -> Mapping[str, Value]:  # noqa: ARG002
        other, device_type = request["other_device_entity_identifier"], request["other_device_type"]
        if request["join_method_and_role"] != method:
            outcome = Join.INVALID_MESSAGE_CODE
        elif device_type not in types:
            outcome = Join.INVALID_METHOD
        else:
            outcome = self.judge(other, device_type)
        if outcome is Join.SUCCESS and method != _METHOD_B:
            outcome = self._partners.get(other, Join.SUCCESS)
        if outcome is Join.SUCCESS:
            self.add(other, device_type)
        failed = outcome is not Join.SUCCESS
        self._device.log_security(AlertCode.JOINING_FAILED if failed else AlertCode.JOINING_SUCCEEDED)
        return {"join_response_code": outcome}

    def judge(self, other: Eui64, device_type: int) -> Join:
        """Whether a device may be entered: the log is not full, nor has it as another kind of device."""
        entries = self.entries
        held = entries.get(other)
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
        return {"response_code": 0, "device_log_entries": self.listed}

    @property
    def listed(self) -> list[dict[str, Value]]:
        """The entries as messages have them."""
        return [{"device_identifier": other, "device_type": device_type} for other, device_type in self.entries.items()]
