"""The errors of this package: one root, `DeviceError`.

A key or certificate that is not held is `gbcs.errors.MissingKeyError`, here as everywhere.
"""

from __future__ import annotations

from typing import ClassVar

from gbcs.cosem.results import AccessResult
from gbcs.gbz.status import Status


class DeviceError(Exception):
    """Root of everything this package raises of its own."""

    #: Exit status of a command that ends with this error (see `gbcs.commandline`).
    exit_code: ClassVar[int] = 2


class AnchorRefused(DeviceError):
    """A certificate that may not stand in the trust anchor cell it was meant for."""


class AccessFailed(DeviceError):
    """An access that a COSEM server did not perform.

    Attributes:
        result: the code that the response carries for it.
    """

    def __init__(self, result: AccessResult) -> None:
        super().__init__(result.label)
        self.result = result


class ComponentFailed(DeviceError):
    """A ZCL command or attribute that a server did not execute or read.

    Attributes:
        status: what the response carries for it.
    """

    def __init__(self, status: Status = Status.NOT_FOUND) -> None:
        super().__init__(status.name.lower().replace("_", " "))
        self.status = status


class InstallCodeError(DeviceError):
    """An install code of a length that there is not, or with a wrong CRC."""


class DeviceLogFull(DeviceError):
    """A hub that is to take more devices than its device log has entries for."""


class AssociationRefused(DeviceError):
    """One side of an association does not accept the other; the siblings below say why."""


class NotInDeviceLog(AssociationRefused):
    """A device that asks to associate and is not in the hub's device log."""


class JoiningClosed(AssociationRefused):
    """A device in the device log that has not joined yet, and nobody lets it join at this time."""


class WrongCredentials(AssociationRefused):
    """A proof of a wrong install code or link key, by the device or by the hub."""


class StoreError(DeviceError):
    """A state file that cannot be read or written, or that belongs to another device."""
