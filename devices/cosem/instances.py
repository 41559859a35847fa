"""Which objects a device has, and what they hold when it is new: data, made from the catalogue's declarations.

A device has every attribute and method that one of its use cases accesses. A new attribute holds the least value of
its type, unless `INITIAL` says what makes more sense.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from devices.cosem.initial import initial_values
from devices.cosem.values import least
from devices.variant import Variant, is_for
from gbcs.cosem.objects import CosemObject, Member
from gbcs.cosem.types import Value
from gbcs.device_type import DeviceType
from gbcs.usecases.access_list import AccessList
from gbcs.usecases.catalogue import USE_CASES


class Attribute(NamedTuple):
    """An attribute that a device has, and its value when the device is new."""

    cosem_object: CosemObject
    name: str
    value: Value


class Instances(NamedTuple):
    """What all devices of a type and variant have: attributes with their octets, and methods, by key."""

    attributes: Mapping[str, bytes]
    methods: frozenset[str]


NO_INSTANCES = Instances({}, frozenset())


@cache
def instances(device_type: DeviceType, variant: Variant) -> Instances:
    """The instances of a device of that type and variant; one and the same object for all of them.

    Raises:
        gbcs.errors.UseCaseError: a value of `INITIAL` is not of its attribute's type.
    """
    members = {key_of(member): member for member in _accessed(device_type, variant)}
    given = initial_values(variant)
    twin = variant is Variant.TWIN
    attributes = {}
    for key, member in members.items():
        if member.is_method or member.name == "buffer":
            continue
        name = (member.object.label, member.name)
        value = given[name] if name in given else least(member.type, optional=twin)
        attributes[key] = member.type.encode(value)
    # The buffers of profiles are logs, which begin empty and are kept elsewhere.
    attributes |= {key: b"" for key, member in members.items() if member.name == "buffer"}
    return Instances(attributes, frozenset(key for key, member in members.items() if member.is_method))


def _accessed(device_type: DeviceType, variant: Variant) -> list[Member]:
    members: list[Member] = []
    for use_case in USE_CASES.values():
        if isinstance(use_case.payload, AccessList) and is_for(use_case, device_type, variant):
            for access in use_case.payload.accesses:
                members += (access.member, *access.protects)
    return members


def key_of(member: Member) -> str:
    """Name of an attribute in a device's state, and of a method in tables."""
    return _key(member.object.interface.class_id, member.object.instance, member.number, member.is_method)


@cache
def _key(class_id: int, instance: bytes, number: int, is_method: bool) -> str:
    kind = "method" if is_method else "cosem"
    return f"{kind}/{class_id}/{instance!s}/{number}"
