"""Firmware: an image that was distributed to the device, verified and activated (use cases CS05b, CS06)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import IntEnum

from devices.alerts import AlertCode
from devices.device import Device
from devices.security.dated import DatedCommands
from gbcs.cosem import objects as o
from gbcs.cosem.types import Value
from gbcs.message import Message
from gbcs.usecases.catalogue import USE_CASES
from gbcs.usecases.model import Context, Payload

_HELD = "firmware image"
_HASH_LENGTH = 32


class Activation(IntEnum):
    """Outcome of CS06."""

    SUCCESS = 0
    NO_IMAGE_HELD = 1
    HASH_MISMATCH = 2


class Firmware:
    """The image that runs, and one that waits to be activated."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._dated = DatedCommands(device, "CS06", self._execute)
        device.functions["CS06"] = self._order

    @property
    def version(self) -> bytes:
        """Version of the image that runs, 4 octets."""
        version: bytes = self._device.cosem.get(o.FIRMWARE_VERSION, "value")
        return version

    def distribute(self, image: bytes, version: bytes, *, verifies: bool = True) -> None:
        """An image has come over the HAN. What the device thinks of it goes to its supplier.

        Args:
            image: its hash (SHA-256 stands for the manufacturer's) is what a command to activate it has to name.
            version: what the device reports once the image runs, 4 octets.
            verifies: False for an image that is not the manufacturer's.
        """
        digest = hashlib.sha256(image).digest()
        if verifies:
            self.hold(digest, version)
        code = AlertCode.FIRMWARE_VERIFIED if verifies else AlertCode.FIRMWARE_VERIFICATION_FAILED
        self._device.log_security(code)
        self._device.alert("FDRA-DLMS", code, manufacturer_image_hash=digest)

    def hold(self, digest: bytes, version: bytes) -> None:
        """An image with that hash is there and verified, and waits to be activated."""
        self._device.store[_HELD] = digest + version

    def _order(self, command: Message, request: Payload) -> Mapping[str, Value]:
        if self._dated.is_put_off(command, request.get("execution_date_time")):
            return {"command_accepted": None}
        return {"execution_outcome": self._activate(request["manufacturer_image_hash"])}

    def _execute(self, command: Message, time: datetime) -> None:
        request = USE_CASES["CS06"].form().decode(Context(command))
        outcome = self._activate(request["manufacturer_image_hash"])
        failed = outcome["response_code"] != Activation.SUCCESS
        code = AlertCode.FUTURE_DATED_NOT_ACTIONED if failed else AlertCode.FUTURE_DATED_ACTIONED
        self._device.log_event(code)
        self._device.alert(
            "FDFAA",
            code,
            to=command.originator,
            execution_date_time=time,
            originator_counter=command.originator_counter,
            execution_outcome=outcome,
        )

    def _activate(self, digest: bytes) -> dict[str, Value]:
        held = self._device.store.get(_HELD)
        if held is None:
            outcome = Activation.NO_IMAGE_HELD
        elif held[:_HASH_LENGTH] != digest:
            outcome = Activation.HASH_MISMATCH
        else:
            outcome = Activation.SUCCESS
            self._device.cosem.set(o.FIRMWARE_VERSION, "value", held[_HASH_LENGTH:])
            del self._device.store[_HELD]
            self._device.log_security(AlertCode.FIRMWARE_CHANGED)
        return {"response_code": outcome, "firmware_version": self.version}
