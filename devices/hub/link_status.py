"""How a hub hears the devices on its HAN: what CCS06 tells of each (GBCS 10.6.2.1, DLMS Blue Book, class 104)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from devices.hub.device_log import Entry
from devices.store import Store
from gbcs.cosem.date_time import CosemDateTime
from gbcs.cosem.types import Value
from gbcs.eui64 import Eui64

_NAME = "link status"
#: Counters of the attribute are one octet wide; they stay at the highest.
_HIGHEST = 255
_APPLICATION_VERSION, _STACK_VERSION = 1, 1


@dataclass(slots=True)
class LinkStatus:
    """The link to one device; what the physical side does not say is a good link.

    Attributes:
        rssi: highest, average and lowest signal strength in dBm.
        lqi: highest, average and lowest link quality, 0 to 255.
        hops: how many there are between hub and device.
        failures, successes: of transmissions.
        last: when the device was last heard; None for never.
    """

    rssi: tuple[int, int, int] = (-50, -60, -70)
    lqi: tuple[int, int, int] = (255, 240, 220)
    hops: int = 1
    failures: int = 0
    successes: int = 0
    last: datetime | None = None


class LinkStatuses:
    """The links to all devices; counted in memory, and kept whenever the hub keeps its state.

    Attributes:
        present: devices that are associated at this time.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.present: set[Eui64] = set()
        self._links = dict(_read(store))
        self._changed = False

    def __getitem__(self, device: Eui64) -> LinkStatus:
        return self._links.get(device, LinkStatus())

    def set(self, device: Eui64, status: LinkStatus) -> None:
        """How well the link is, by the physical side."""
        self._links[device] = status
        self._changed = True

    def heard(self, device: Eui64, now: datetime) -> None:
        """Something has come from a device."""
        status = self._changing(device)
        status.successes = min(status.successes + 1, _HIGHEST)
        status.last = now

    def failed(self, device: Eui64) -> None:
        """Something could not be sent to a device."""
        status = self._changing(device)
        status.failures = min(status.failures + 1, _HIGHEST)

    def _changing(self, device: Eui64) -> LinkStatus:
        self._changed = True
        return self._links.setdefault(device, LinkStatus())

    def forget(self, device: Eui64) -> None:
        """A device has been removed."""
        self.present.discard(device)
        self._changed |= self._links.pop(device, None) is not None

    def save(self) -> None:
        """Puts what has changed into the state."""
        if self._changed:
            self._changed = False
            links = {device.hex(): asdict(status) for device, status in self._links.items()}
            self._store[_NAME] = json.dumps(links, default=datetime.isoformat).encode()

    def describe(self, entry: Entry) -> dict[str, Value]:
        """An element of the attribute active_devices."""
        status = self[entry.eui]
        last = CosemDateTime.of(status.last) if status.last else CosemDateTime.NEVER
        is_present = entry.eui in self.present
        # Authorised, reporting, unauthorised, authorised after a swap-out of the hub, Smart Energy profile.
        bits = (bool(entry.link_key), is_present, False, bool(entry.restored_hash), is_present)
        which = ("max", "average", "min")
        return {
            "mac_address": bytes(entry.eui),
            "status": "".join("01"[bit] for bit in bits) + "000",
            **{f"{each}_rssi": value for each, value in zip(which, status.rssi, strict=True)},
            **{f"{each}_lqi": value for each, value in zip(which, status.lqi, strict=True)},
            "last_communication_date_time": last,
            "number_of_hops": status.hops,
            "transmission_failures": status.failures,
            "transmission_successes": status.successes,
            "application_version": _APPLICATION_VERSION,
            "stack_version": _STACK_VERSION,
        }


def _read(store: Store) -> Iterator[tuple[Eui64, LinkStatus]]:
    for eui, fields in json.loads(store.get(_NAME, b"{}")).items():
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
        }
        values["last"] = datetime.fromisoformat(values["last"]) if values["last"] else None
        yield Eui64.parse(eui), LinkStatus(**values)
