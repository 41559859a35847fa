"""What each route does: the plane, the path, the query and the body in, JSON out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from devices.control import snapshot
from devices.control.actions import ACTIONS, Action
from devices.control.logs import capacity, log_sizes, objects
from devices.control.members import Member, count_faults, find, members
from devices.control.messages import to_json
from devices.control.plane import ControlPlane
from devices.control.problem import Problem
from devices.control.schema import Json, fault
from devices.device import Device
from devices.errors import AccessFailed, ComponentFailed, DeviceError, StoreError
from gbcs.alert_codes import ALERT_NAMES
from gbcs.eui64 import Eui64

#: Seconds by which the clock is moved at most with one request: devices live through every half hour of it.
LONGEST_STEP = 366 * 86400
DEFAULT_LIMIT = 100
#: The devices live through it before messages have their turn.
_STEP = timedelta(hours=12)


class Request(NamedTuple):
    """A request, its body and query checked against the route's schemas."""

    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any


def health(plane: ControlPlane, request: Request) -> Json:
    """The process answers."""
    del plane, request
    return {"status": "up"}


def readiness(plane: ControlPlane, request: Request) -> Json:
    """Whether all links are up."""
    del request
    links = dict(plane.links())
    if not all(links.values()):
        down = ", ".join(name for name, is_up in links.items() if not is_up)
        raise Problem("unavailable", f"not connected: {down}")
    return {"status": "ready", "links": links}


def metrics(plane: ControlPlane, request: Request) -> str:
    """Figures for Prometheus."""
    del request
    return plane.metrics.text()


def devices(plane: ControlPlane, request: Request) -> Json:
    """Devices in the order of their identifiers, from behind one on."""
    after, wanted = request.query.get("after", ""), request.query.get("type")
    limit = request.query.get("limit", DEFAULT_LIMIT)
    chosen = (
        device
        for eui, device in sorted(plane.devices.items())
        if eui.hex() > after and wanted in (None, device.device_type.value)
    )
    found = list(islice(chosen, limit + 1))
    page = [_described(device) for device in found[:limit]]
    return {"devices": page, "next": page[-1]["eui"] if len(found) > limit else None}


def device_summary(plane: ControlPlane, request: Request) -> Json:
    """One device."""
    device = plane.device(request.path["eui"])
    return _described(device) | {
        "time": device.time.isoformat(),
        "time_is_reliable": device.time_is_reliable,
        "stored_octets": sum(map(len, device.store.data.values())),
        "logs": log_sizes(device),
        "actions": [action.name for action in ACTIONS if action.is_of(device)],
        "faults": count_faults(device),
    }


def _described(device: Device) -> dict[str, Json]:
    return {
        "eui": device.eui.hex(),
        "type": device.device_type.value,
        "variant": device.variant.value,
        "state": "powered" if device.is_powered else "unpowered",
    }


def attributes(plane: ControlPlane, request: Request) -> Json:
    """What attributes, methods and commands a device has."""
    device = plane.device(request.path["eui"])
    wanted = request.query.get("object")
    return {"attributes": [each.described() for each in members(device) if wanted in (None, each.object)]}


def read_attribute(plane: ControlPlane, request: Request) -> Json:
    """The value of an attribute; a fault that the attribute has been given is for others."""
    _, attribute = _attribute(plane, request)
    return _read(attribute)


def write_attribute(plane: ControlPlane, request: Request) -> Json:
    """Gives an attribute a value, as the device's own; answers with what it holds now."""
    device, attribute = _attribute(plane, request)
    if attribute.is_log:
        raise Problem("conflict", "a log is not set", "path.attribute")
    value = attribute.value_of(request.body["value"])
    try:
        plane.act(device, partial(attribute.set, value))
    except (AccessFailed, ComponentFailed) as failure:
        raise Problem("conflict", f"the device answers {failure}", "path.attribute") from failure
    return _read(attribute)


def _read(attribute: Member) -> Json:
    try:
        return attribute.read()
    except (AccessFailed, ComponentFailed) as failure:
        raise Problem("conflict", f"the device answers {failure}", "path.attribute") from failure


def _attribute(plane: ControlPlane, request: Request) -> tuple[Device, Member]:
    device, member = _member(plane, request, "attribute")
    if member.kind != "attribute":
        raise Problem("not-found", f"{member.object}.{member.name} is a {member.kind}", "path.attribute")
    return device, member


def _member(plane: ControlPlane, request: Request, part: str) -> tuple[Device, Member]:
    device = plane.device(request.path["eui"])
    return device, find(device, request.path["object"], request.path[part], part)


def faults(plane: ControlPlane, request: Request) -> Json:
    """Broken attributes, methods and commands."""
    device = plane.device(request.path["eui"])
    held = members(device) if count_faults(device) else ()
    return {"faults": [found for member in held if (found := member.fault())]}


def break_member(plane: ControlPlane, request: Request) -> Json:
    """Breaks an attribute, method or command."""
    return _member(plane, request, "name")[1].break_with(request.body.get("result"))


def mend_member(plane: ControlPlane, request: Request) -> None:
    """Mends it."""
    _member(plane, request, "name")[1].fail(None)


def link_faults(plane: ControlPlane, request: Request) -> Json:
    """The settings of the process's links."""
    del request
    return _settings(plane)


def set_link_faults(plane: ControlPlane, request: Request) -> Json:
    """Changes settings of the links: all that are named, or none."""
    holder, there = plane.faults, _settings(plane)
    changed = {name: _changed(there, getattr(holder, name, None), name, request.body, "body") for name in request.body}
    former = {name: getattr(holder, name) for name in changed}
    try:
        for name, value in changed.items():
            setattr(holder, name, value)
    except (AttributeError, DeviceError, ValueError) as error:
        for undone in [*changed][: [*changed].index(name)]:
            setattr(holder, undone, former[undone])
        raise Problem("not-a-value", str(error), f"body.{name}") from error
    return _settings(plane)


def _settings(plane: ControlPlane) -> dict[str, Json]:
    if plane.faults is None:
        raise Problem("not-found", "the links of this process have no settings")
    return _shown_settings(plane.faults)


def _shown_settings(holder: object) -> dict[str, Json]:
    """Attributes that are plain values or dataclasses of them; `getattr` sees slots and properties as well."""
    shown: dict[str, Json] = {}
    for name in dir(holder):
        value = None if name.startswith("_") else getattr(holder, name)
        if isinstance(value, bool | int | float | str):
            shown[name] = value
        elif is_dataclass(value) and not isinstance(value, type):
            shown[name] = _shown_settings(value)
    return shown


def _changed(there: Mapping[str, Json], before: Any, name: str, body: Mapping[str, Json], where: str) -> Any:
    """The value of a setting after a change of it; of a table of settings the change may name some only."""
    where, value = f"{where}.{name}", body[name]
    if name not in there:
        raise Problem("not-found", f"no such setting; there is {', '.join(there)}", where)
    if not isinstance(there[name], dict):
        kind = next(kind for kind, types in _KINDS if isinstance(there[name], types))
        if found := fault({"type": kind}, value, where):
            raise Problem("not-a-value", found[1], found[0])
        return value
    if not isinstance(value, dict):
        raise Problem("not-a-value", "not of the type object", where)
    inner = {each: _changed(there[name], getattr(before, each, None), each, value, where) for each in value}
    try:
        return replace(before, **inner)
    except (DeviceError, ValueError) as error:
        raise Problem("not-a-value", str(error), where) from error


_KINDS: tuple[tuple[str, type], ...] = (("boolean", bool), ("integer", int), ("number", float), ("string", str))


def clock(plane: ControlPlane, request: Request) -> Json:
    """What the process clock shows."""
    del request
    return {
        "time": plane.clock().isoformat(),
        "speed": plane.adjustable.speed if plane.adjustable else 1.0,
        "adjustable": plane.adjustable is not None,
    }


async def set_clock(plane: ControlPlane, request: Request) -> Json:
    """Moves the clock on, or changes its speed; the devices live through the time between."""
    if plane.adjustable is None:
        raise Problem("conflict", "the clock of this process is the system's")
    ((name, value),) = request.body.items()
    if name == "speed":
        plane.adjustable.speed = value
        return clock(plane, request)
    step = timedelta(seconds=value) if name == "advance" else datetime.fromisoformat(value) - plane.clock()
    if not timedelta() <= step <= timedelta(seconds=LONGEST_STEP):
        raise Problem("conflict", f"the clock goes on by at most {LONGEST_STEP} s, and not back", f"body.{name}")
    while True:
        now, step = min(step, _STEP), step - min(step, _STEP)
        try:
            plane.adjustable.advance(now)
        except ValueError as error:
            raise Problem("conflict", str(error), f"body.{name}") from error
        for eui in list(plane.devices):
            plane.act(plane.devices[eui], lambda: None)
            await asyncio.sleep(0)
        if not step:
            return clock(plane, request)


def logs(plane: ControlPlane, request: Request) -> Json:
    """What logs a device has."""
    device = plane.device(request.path["eui"])
    sizes = log_sizes(device).items()
    return {"logs": [{"log": label, "entries": count, "capacity": capacity(label)} for label, count in sizes]}


def read_log(plane: ControlPlane, request: Request) -> Json:
    """The newest entries of a log, oldest first."""
    device = plane.device(request.path["eui"])
    label = request.path["log"]
    if label not in (there := log_sizes(device)):
        raise Problem("not-found", f"no log {label}; there is {', '.join(there)}", "path.log")
    entries = device.cosem.log(objects()[label]).read()[-request.query.get("limit", DEFAULT_LIMIT) :]
    return {"log": label, "entries": objects()[label].member("buffer").type.to_json(entries)}


def event_codes(plane: ControlPlane, request: Request) -> Json:
    """The names of all alert and event codes."""
    del plane, request
    return {"codes": {f"0x{code:04x}": name for code, name in sorted(ALERT_NAMES.items())}}


def act(action: Action, plane: ControlPlane, request: Request) -> Json:
    """Carries out an action of the table."""
    device = plane.device(request.path["eui"])
    if not action.is_of(device):
        raise Problem("not-found", f"a {device.device_type} does not have it", "path")
    if not device.is_powered and not action.without_power:
        raise Problem("conflict", "the device has no current")
    try:
        done, messages = plane.act(device, partial(action.does, device, request.body))
    except (Problem, StoreError):
        raise
    except DeviceError as error:
        raise Problem("conflict", f"the device answers {error}") from error
    except (ValueError, OverflowError) as error:
        raise Problem("not-a-value", str(error), "body") from error
    return {"done": done is not False, "messages": messages}


def take_snapshot(plane: ControlPlane, request: Request) -> Json:
    """All that a device would not forget."""
    device = plane.device(request.path["eui"])
    return snapshot.take(device, plane.state_of(device), plane.clock())


def restore_snapshot(plane: ControlPlane, request: Request) -> Json:
    """Makes a device what it was."""
    device = plane.device(request.path["eui"])
    plane.replace(device, snapshot.open_for(device, request.body))
    return device_summary(plane, request)


def reset(plane: ControlPlane, request: Request) -> Json:
    """Makes a device what it was when it left the factory."""
    plane.replace(plane.device(request.path["eui"]), {})
    return device_summary(plane, request)


def messages(plane: ControlPlane, request: Request) -> Json:
    """The newest messages, oldest first; or those that follow one."""
    after, limit = request.query.get("after"), request.query.get("limit", DEFAULT_LIMIT)
    reading = plane.messages.read((after or 0) + 1, wanted_device(plane, request))
    is_cut = after is not None and len(reading.messages) > limit
    found = reading.messages[:limit] if is_cut else reading.messages[-limit:]
    last = found[-1].number if is_cut else reading.following - 1
    return {"messages": [to_json(seen) for seen in found], "last": last, "lost": 0 if after is None else reading.lost}


def wanted_device(plane: ControlPlane, request: Request) -> Eui64 | None:
    """The one device that the query names."""
    eui = request.query.get("device")
    return None if eui is None else plane.device(eui).eui
