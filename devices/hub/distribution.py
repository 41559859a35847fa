"""Firmware images on their way from a hub to the devices on its HAN, and what the hub tells of it (GBCS CCS08)."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from devices.alerts import AlertCode
from devices.device import Device
from devices.han.image import Image
from devices.hub.han import Han
from gbcs.eui64 import Eui64
from gbcs.roles import RemotePartyRole


class Transfer(IntEnum):
    """Outcome of a transfer."""

    SUCCESS = 0
    IMAGE_DISCARDED = 1
    HARDWARE_VERSION_MISMATCH = 2
    FILE_TRANSFER_FAILURE = 3


class Distribution:
    """What a hub does with images that the DCC sends for its HAN (ZigBee OTA; the file transfer is the caller's).

    Attributes:
        carry: brings an image to a device and calls `report` in the end; False where it cannot.
    """

    def __init__(self, device: Device, han: Han) -> None:
        self._device = device
        self._han = han
        self.carry: Callable[[Eui64, Image], bool] = lambda *_: False

    def send(self, to: Eui64, image: Image) -> None:
        """Lets an image be carried to a device; the broker is told how that went once it is known."""
        if to not in self._han:
            self.report(to, image.version, Transfer.IMAGE_DISCARDED)
        elif not self.carry(to, image):
            self.report(to, image.version, Transfer.FILE_TRANSFER_FAILURE)

    def transfer(
        self, to: Eui64, version: bytes, give: Callable[[], None] | None, *, hardware_fits: bool = True
    ) -> Transfer:
        """Transfers an image to a device, and tells the broker how it went.

        Args:
            to: a device that is not in the device log has its image discarded.
            version: of the image, 4 octets.
            give: lets the device take the image; None for one that cannot be reached.
            hardware_fits: whether the device's hardware version is among those that the image is for.
        """
        if to not in self._han:
            outcome = Transfer.IMAGE_DISCARDED
        elif not hardware_fits:
            outcome = Transfer.HARDWARE_VERSION_MISMATCH
        elif give is None:
            outcome = Transfer.FILE_TRANSFER_FAILURE
        else:
            give()
            outcome = Transfer.SUCCESS
        self.report(to, version, outcome)
        return outcome

    def report(self, to: Eui64, version: bytes, outcome: Transfer) -> None:
        """Tells the broker how the transfer of an image went."""
        succeeded = outcome is Transfer.SUCCESS
        code = AlertCode.FIRMWARE_TRANSFERRED if succeeded else AlertCode.FIRMWARE_NOT_TRANSFERRED
        self._device.log_event(code)
        self._device.alert(
            "CCS08",
            code,
            to=RemotePartyRole.ACCESS_CONTROL_BROKER,
            date_time=self._device.time,
            device_identifier=to,
            firmware_version=version,
            response_code=outcome,
        )
