"""Whole commands that wait for their time: use cases with ASN.1 payloads (GBCS 13.3, 13.8)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeAlias

from devices.device import Device
from gbcs.asn1.types import NEVER
from gbcs.eui64 import Eui64
from gbcs.message import Message

_EPOCH = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
_TIME = struct.Struct(">q")

Executor: TypeAlias = Callable[[Message, datetime], None]


class DatedCommands:
    """The future-dated commands of one use case, one a message code; a `devices.parts.Part`."""

    def __init__(self, device: Device, name: str, execute: Executor) -> None:
        """`execute` gets a command when its time has come, and that time."""
        self._device = device
        self._prefix = f"dated/{name}/"
        self._execute = execute
        self._due = self._find_next()
        device.parts.append(self)
        device.cancels.append(self.cancel)

    def is_put_off(self, command: Message, time: datetime | None) -> bool:
        """Takes the command if it is for a time to come; forgets what waits if it says *never*.

        Where it gives False, the command is for now.
        """
        name = f"{self._prefix}{command.message_code:04x}"
        self._device.store.pop(name, None)
        is_later = time is not None and time > self._device.time
        if time is not None and time != NEVER and is_later:
            seconds = (time - _EPOCH) // timedelta(seconds=1)
            self._device.store[name] = _TIME.pack(seconds) + command.encode()
        self._due = self._find_next()
        return is_later

    def due(self) -> datetime | None:
        """See `devices.parts.Part`."""
        if self._due is None or not (self._device.time_is_reliable or self._device.settings.undated_activation):
            return None
        return self._due

    def run(self) -> None:
        """See `devices.parts.Part`."""
        for name in self._names():
            time, command = _read(self._device.store[name])
            if time <= self._device.time:
                del self._device.store[name]
                self._execute(command, time)
        self._due = self._find_next()

    def cancel(self, originator: Eui64) -> None:
        """Forgets what a party has ordered."""
        for name in self._names():
            if _read(self._device.store[name])[1].originator == originator:
                del self._device.store[name]
        self._due = self._find_next()

    def _names(self) -> list[str]:
        return sorted(name for name in self._device.store if name.startswith(self._prefix))

    def _find_next(self) -> datetime | None:
        return min((_read(self._device.store[name])[0] for name in self._names()), default=None)


def _read(octets: bytes) -> tuple[datetime, Message]:
    (seconds,) = _TIME.unpack_from(octets)
    return _EPOCH + timedelta(seconds=seconds), Message.decode(octets[_TIME.size :])
