"""Whoever looks on while a device works: recorders, counters, streams of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gbcs.cosem.objects import CosemObject
from gbcs.cosem.types import Value

if TYPE_CHECKING:
    from devices.device import Device


class Observer:
    """Is told what happens on a device; this one does nothing with it.

    One observer may look on many devices. For a message that comes in, `received` is followed by `refused`, if it is,
    by `sent` for each message that leaves because of it, and by `handled`.
    """

    def received(self, device: Device, octets: bytes) -> None:
        """A message has come, whatever it is."""

    def refused(self, device: Device, code: int) -> None:
        """It is a command that gets no response; `code` is in the security log."""

    def sent(self, device: Device, octets: bytes) -> None:
        """A message leaves the device; what it says is in the device's store."""

    def handled(self, device: Device) -> None:
        """All that the message causes at once is done."""

    def logged(self, device: Device, log: CosemObject, entry: Value) -> None:
        """One of its logs or profiles has a new entry, a table of fields whose first is the time."""
