"""COSEM objects by their labels, and which of them are a device's logs and profiles."""

from __future__ import annotations

from functools import cache

from devices.cosem.log import count_entries
from devices.device import Device
from gbcs.cosem import objects as o
from gbcs.cosem.composite import Array
from gbcs.cosem.objects import CosemObject
from gbcs.cosem.objects.classes import PROFILE_GENERIC

#: Every device has them, whether a use case reads them or not.
_ALWAYS = (o.EVENT_LOG, o.SECURITY_LOG)


@cache
def objects() -> dict[str, CosemObject]:
    """All objects that there are, by label."""
    named = [each if isinstance(each, tuple) else (each,) for each in vars(o).values()]
    return {each.label: each for several in named for each in several if isinstance(each, CosemObject)}


@cache
def _capacities() -> dict[str, int]:
    """Entries that each log can have, by label."""
    buffers = (each.member("buffer") for each in objects().values() if each.interface is PROFILE_GENERIC)
    return {member.object.label: member.type.high for member in buffers if isinstance(member.type, Array)}


def capacity(label: str) -> int:
    """Entries that a log can have."""
    return _capacities()[label]


def log_sizes(device: Device) -> dict[str, int]:
    """The labels of a device's logs, and how many entries each has. Costs a look at the names in the store."""
    entries = count_entries(device.store.data)
    return {
        label: min(entries[label], high)
        for label, high in _capacities().items()
        if objects()[label] in _ALWAYS or device.cosem.has(objects()[label], "buffer")
    }
