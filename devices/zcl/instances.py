"""Which attributes a device has: data, made from the catalogue's declarations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from gbcs.device_type import DeviceType
from gbcs.gbz.attributes import AttributeList
from gbcs.gbz.component_list import ComponentList
from gbcs.gbz.model import Attribute, Command
from gbcs.usecases.catalogue import USE_CASES


@cache
def attributes(device_type: DeviceType) -> Mapping[str, Attribute]:
    """The attributes that a use case of the device type reads, by key."""
    bodies = (command.body for command in _asked(device_type))
    lists = (body for body in bodies if isinstance(body, AttributeList))
    return {key_of(attribute): attribute for body in lists for attribute in body.attributes}


@cache
def commands(device_type: DeviceType) -> Mapping[str, Command]:
    """The commands, beside those that read attributes, that a use case of the device type has, by key."""
    return {key_of(each): each for each in _asked(device_type) if not isinstance(each.body, AttributeList)}


def _asked(device_type: DeviceType) -> Iterator[Command]:
    for use_case in USE_CASES.values():
        if device_type in use_case.devices and isinstance(use_case.payload, ComponentList):
            yield from (exchange.command for exchange in use_case.payload.exchanges)


def key_of(what: Attribute | Command) -> str:
    """Name of an attribute in a device's state, and of a command in tables."""
    kind = "attribute" if isinstance(what, Attribute) else what.direction.name.lower()
    return f"zcl/{kind}/{what.cluster:04x}/{what.id:04x}"
