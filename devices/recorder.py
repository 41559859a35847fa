"""A file of what happens to a device: one JSON object a line, written as it happens (docs/emulators.md)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TextIO

from devices.device import Device
from devices.events import moment_of
from devices.observer import Observer
from gbcs.alert_codes import ALERT_NAMES
from gbcs.cosem.objects import CosemObject
from gbcs.cosem.types import Value
from gbcs.errors import DecodeError
from gbcs.message import Message
from gbcs.usecases.catalogue import use_case_of

#: Logs without codes whose entries are events; the other profiles are readings.
_EVENTS = ("boost_function_event_log", "auxiliary_controller_event_log")
#: Fields in seconds since 2000.
_TIMES = ("timestamp", "boost_start", "boost_end")


class Record(Observer):
    """Writes a line for each thing that happens; messages as they are on the wire, no keys, no state."""

    def __init__(self, file: TextIO | None, clock: Callable[[], datetime]) -> None:
        """Without a file nothing is written."""
        self._file = file
        self._clock = clock

    def event(self, event: str, **fields: Any) -> None:
        """Something that happened now, by the process clock."""
        if self._file:
            line = {"time": self._clock().isoformat(), "event": event, **fields}
            self._file.write(json.dumps(line, default=str) + "\n")

    def received(self, device: Device, octets: bytes) -> None:
        """See `devices.observer.Observer`."""
        self._message("received", device, octets)

    def sent(self, device: Device, octets: bytes) -> None:
        """See `devices.observer.Observer`."""
        self._message("sent", device, octets)

    def logged(self, device: Device, log: CosemObject, entry: Value) -> None:
        """See `devices.observer.Observer`."""
        if not self._file or ("log_code" not in entry and log.label not in _EVENTS):
            return
        fields = {name: _shown(name, value) for name, value in entry.items()}
        if "log_code" in entry:
            fields["name"] = ALERT_NAMES.get(entry["log_code"], "")
        self.event("log", eui=device.eui.hex(), log=log.label, **fields)

    def _message(self, event: str, device: Device, octets: bytes) -> None:
        if self._file is None:
            return
        try:
            message = Message.decode(octets)
        except DecodeError:
            fields = {}
        else:
            use_case = use_case_of(message)
            fields = {"kind": str(message.kind), "use_case": use_case.code if use_case else ""}
        self.event(event, eui=device.eui.hex(), **fields, octets=octets.hex())


def _shown(name: str, value: Value) -> Value:
    if name in _TIMES:
        return moment_of(value).isoformat()
    if name == "log_code":
        return f"{value:04x}"
    return value.hex() if isinstance(value, bytes) else value


@contextmanager
def recorder(path: str | None, clock: Callable[[], datetime]) -> Iterator[Record]:
    """A record that appends to the file at `path`, line by line; one of nothing without a path.

    Raises:
        OSError: the file cannot be written.
    """
    if path is None:
        yield Record(None, clock)
        return
    with open(path, "a", encoding="utf-8", buffering=1) as file:
        yield Record(file, clock)
