"""The logs and profiles of a device, by the labels of their objects."""

from __future__ import annotations

from functools import cache

from devices.cosem.log import Log
from devices.device import Device
from gbcs.cosem import objects as o
from gbcs.cosem.objects import CosemObject
from gbcs.cosem.objects.classes import PROFILE_GENERIC

_ALWAYS = (o.EVENT_LOG, o.SECURITY_LOG)


@cache
def objects() -> dict[str, CosemObject]:
    """All objects that there are, by label."""
    named = [each if isinstance(each, tuple) else (each,) for each in vars(o).values()]
    return {each.label: each for several in named for each in several if isinstance(each, CosemObject)}


@cache
def _with_buffers() -> tuple[CosemObject, ...]:
    return tuple(each for each in objects().values() if each.interface is PROFILE_GENERIC and "buffer" in each.types)


def logs_of(device: Device) -> dict[str, Log]:
    """What logs a device has; those of events and security in any case."""
    return {
        each.label: device.cosem.log(each)
        for each in _with_buffers()
        if each in _ALWAYS or device.cosem.has(each, "buffer")
    }
