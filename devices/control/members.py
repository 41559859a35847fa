"""What a device holds, by names: attributes and methods of COSEM objects, attributes and commands of ZCL clusters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import partial
from typing import Any

from devices.control.logs import objects
from devices.control.problem import Problem
from devices.control.schema import Json
from devices.cosem.instances import key_of as cosem_key
from devices.device import Device
from devices.gas.device import GasDevice
from devices.zcl.instances import attributes, commands
from devices.zcl.instances import key_of as zcl_key
from gbcs.cosem.objects import Member as CosemMember
from gbcs.cosem.objects.classes import PROFILE_GENERIC
from gbcs.cosem.results import AccessResult
from gbcs.errors import UseCaseError
from gbcs.gbz.model import Attribute, Cluster, Command
from gbcs.gbz.status import Status

_COSEM: Mapping[str, IntEnum] = {
    result.label: result
    for result in (AccessResult.HARDWARE_FAULT, *AccessResult)
    if result is not AccessResult.SUCCESS
}
_ZCL: Mapping[str, IntEnum] = {
    status.name.lower().replace("_", "-"): status
    for status in (Status.HARDWARE_FAILURE, *Status)
    if status is not Status.SUCCESS
}
#: Where a word begins in the name of a ZCL command.
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
#: What a broken member answers: COSEM results, and ZCL status codes; the usual one of each comes first.
RESULTS = (*_COSEM, *(label for label in _ZCL if label not in _COSEM))


def _nothing(*_: Any) -> None:
    """What there is to read or write of a method or command."""


@dataclass(frozen=True, slots=True)
class Member:
    """One attribute, method or command of a device.

    Attributes:
        object: label of its object or cluster.
        name: its own.
        kind: ``attribute``, ``method`` or ``command``.
        meaning: of the object, for people.
        path: class or cluster, instance, and number.
        results: what it may answer when it is broken, by label; the first is the usual one.
        fail: breaks it with one of them, or mends it with None.
        broken: by which of them it is broken.
        type: of an attribute's value.
        get: gives that; may raise `AccessFailed` or `ComponentFailed`.
        set: gives it another value; may raise the same.
        is_log: whether it is the device's alone to write.
    """

    object: str
    name: str
    kind: str
    meaning: str
    path: tuple[int, str, int]
    results: Mapping[str, IntEnum]
    fail: Callable[[Any], None]
    broken: Callable[[], IntEnum | None]
    type: Any = None
    get: Callable[[], Any] = _nothing
    set: Callable[[Any], None] = _nothing
    is_log: bool = False

    def described(self) -> dict[str, Json]:
        """What a list says of it."""
        class_id, instance, number = self.path
        told = {"object": self.object, "name": self.name, "kind": self.kind, "meaning": self.meaning}
        return told | {"class_id": class_id, "instance": instance, "number": number}

    def read(self) -> dict[str, Json]:
        """The value, and whose it is. Raises `AccessFailed` or `ComponentFailed`."""
        return {"object": self.object, "attribute": self.name, "value": self.type.to_json(self.get())}

    def value_of(self, json: Json) -> Any:
        """A value of its type.

        Raises:
            Problem: it is none.
        """
        try:
            value = self.type.from_json(json)
            self.type.encode(value)
        except UseCaseError as error:
            raise Problem("not-a-value", error.reason, ".".join(filter(None, ("body.value", error.field)))) from error
        return value

    def break_with(self, label: str | None) -> dict[str, Json]:
        """Breaks it; with the usual code where none is named. Gives the fault.

        Raises:
            Problem: nothing of its kind answers that.
        """
        label = label or next(iter(self.results))
        if label not in self.results:
            raise Problem("not-a-value", f"none of {', '.join(self.results)}", "body.result")
        self.fail(self.results[label])
        return {"object": self.object, "name": self.name, "result": label}

    def fault(self) -> dict[str, Json] | None:
        """The fault that it has, if it has one."""
        code = self.broken()
        if code is None:
            return None
        label = next(label for label, each in self.results.items() if each is code)
        return {"object": self.object, "name": self.name, "result": label}


def members(device: Device) -> Iterator[Member]:
    """All that a device holds."""
    for each in objects().values():
        for name in each.types:
            if device.cosem.has(each, name):
                yield _of_cosem(device, each.member(name))
    if isinstance(device, GasDevice):
        yield from (_of_zcl(device, each) for each in attributes(device.device_type).values())
        yield from (_of_zcl(device, each) for each in commands(device.device_type).values())


def find(device: Device, label: str, name: str, part: str) -> Member:
    """One of them; `part` of the path names it.

    Raises:
        Problem: the device does not have it.
    """
    known = objects().get(label)
    if known and name in known.types and device.cosem.has(known, name):
        return _of_cosem(device, known.member(name))
    there = {member.name: member for member in members(device) if member.object == label}
    if not there:
        raise Problem("not-found", f"the device has no object {label}", "path.object")
    if name not in there:
        raise Problem("not-found", f"{label} has no {name}; there is {', '.join(there)}", f"path.{part}")
    return there[name]


def count_faults(device: Device) -> int:
    """How many of them are broken."""
    return len(device.cosem.faults) + (len(device.zcl.faults) if isinstance(device, GasDevice) else 0)


def _of_cosem(device: Device, member: CosemMember) -> Member:
    class_id, instance, number = member.path
    cosem, named = device.cosem, (member.object, member.name)
    return Member(
        member.object.label,
        member.name,
        "method" if member.is_method else "attribute",
        member.object.name,
        (class_id, str(instance), number),
        _COSEM,
        partial(cosem.fail, *named),
        lambda: cosem.faults.get(cosem_key(member)),
        member.type,
        partial(cosem.get, *named),
        partial(cosem.set, *named),
        member.object.interface is PROFILE_GENERIC,
    )


def _of_zcl(device: GasDevice, what: Attribute | Command) -> Member:
    cluster, zcl = Cluster(what.cluster), device.zcl
    member = Member(
        cluster.name.lower(),
        _CAPITAL.sub("_", what.name).lower(),
        "command",
        cluster.label,
        (what.cluster, cluster.label, what.id),
        _ZCL,
        partial(zcl.fail, what),
        lambda: zcl.faults.get(zcl_key(what)),
    )
    if isinstance(what, Command):
        return member
    return replace(member, kind="attribute", type=what.type, get=partial(zcl.get, what), set=partial(zcl.set, what))
