"""What a hub keeps of the devices on its HAN: the CHF device log (whitelist) and the historic one (CHTS 4.5.1, 4.6)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from devices.han.install_code import aes_mmo
from devices.store import Store
from gbcs.eui64 import Eui64

#: Entries of either log. The historic one overwrites the oldest.
CAPACITY, HISTORIC_CAPACITY = 16, 15
#: Names in the state.
_LOG, _HISTORIC = "device log", "historic device log"


@dataclass(frozen=True, slots=True)
class Entry:
    """A device in the device log.

    Attributes:
        eui: its identifier.
        device_type: as CCS01 gives it (0 ESME, 1 GSME, 13 HCALCS, 128 IHD, 130 CAD, 132 PPMID, 254 GPF).
        install_code: 6 to 16 octets; empty where the hub was given none.
        link_key: the trust centre link key that the device has proved; empty while it has not.
        handed_over: one that it was given and has not proved yet.
        restored_hash: hash of the link key that it had with the hub whose backup this one was restored from.
        opened: when joining was opened for it, by the hub's process clock.
        timeout: for how many seconds; None is for ever.
    """

    eui: Eui64
    device_type: int = 0
    install_code: bytes = b""
    link_key: bytes = b""
    handed_over: bytes = b""
    restored_hash: bytes = b""
    opened: datetime | None = None
    timeout: int | None = 0

    @property
    def link_key_hash(self) -> bytes:
        """What a backup says of the link key: 16 octets, or none."""
        return aes_mmo(self.link_key) if self.link_key else self.restored_hash

    def opening(self, now: datetime) -> float | None:
        """How far the time for which joining was opened has passed, 0 to 1 and beyond; None if it never was."""
        if self.opened is None or now < self.opened:
            return None
        if self.timeout is None:
            return 0.0
        span = timedelta(seconds=self.timeout)
        return (now - self.opened) / span if span else None


@dataclass(frozen=True, slots=True)
class Former:
    """A device in the historic device log, and the link key that it had."""

    eui: Eui64
    link_key: bytes

    @property
    def link_key_hash(self) -> bytes:
        """What a backup says of the link key."""
        return aes_mmo(self.link_key)


class DeviceLogs:
    """Both logs, oldest entry first, kept in a device's state."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._entries = {each["eui"]: Entry(**each) for each in _read(store, _LOG)}
        self._historic = {each["eui"]: Former(**each) for each in _read(store, _HISTORIC)}

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries.values()))

    def __contains__(self, device: object) -> bool:
        return device in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def historic(self) -> tuple[Former, ...]:
        """Devices that were removed."""
        return tuple(self._historic.values())

    def find(self, device: Eui64) -> Entry | None:
        """The entry of a device."""
        return self._entries.get(device)

    def former_key(self, device: Eui64) -> bytes:
        """The link key of a device that was removed before; empty where there is none."""
        former = self._historic.get(device)
        return former.link_key if former else b""

    def put(self, entry: Entry) -> None:
        """Adds an entry, or changes the one of that device."""
        self._entries[entry.eui] = entry
        self._write(_LOG, self._entries)

    def remove(self, device: Eui64) -> None:
        """Takes a device off the log; its link key goes into the historic log, if it had one."""
        entry = self._entries.pop(device)
        self._write(_LOG, self._entries)
        if entry.link_key:
            self._historic.pop(device, None)
            self._historic[device] = Former(device, entry.link_key)
            while len(self._historic) > HISTORIC_CAPACITY:
                del self._historic[next(iter(self._historic))]
            self._write(_HISTORIC, self._historic)

    def replace_all(self, entries: list[Entry]) -> None:
        """Forgets the log and takes another."""
        self._entries = {entry.eui: entry for entry in entries}
        self._write(_LOG, self._entries)

    def _write(self, name: str, entries: dict[Eui64, Any]) -> None:
        self._store[name] = json.dumps([_to_json(asdict(each)) for each in entries.values()]).encode()


def _read(store: Store, name: str) -> Iterator[dict[str, Any]]:
    for entry in json.loads(store.get(name, b"[]")):
        yield {field: _READ.get(field, bytes.fromhex)(value) for field, value in entry.items()}


def _to_json(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _WRITTEN.get(type(value), _as_it_is)(value) for name, value in values.items()}


def _as_it_is(value: Any) -> Any:
    return value


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


#: How values stand in JSON: octets as hexadecimal digits.
_READ: dict[str, Callable[[Any], Any]] = {
    "eui": Eui64.parse,
    "opened": _moment,
    "device_type": _as_it_is,
    "timeout": _as_it_is,
}
_WRITTEN: dict[type, Callable[[Any], Any]] = {bytes: bytes.hex, Eui64: bytes.hex, datetime: datetime.isoformat}
