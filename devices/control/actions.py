"""What can be done to a device beside its attributes: one table, of which each line is a route."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from functools import partial
from operator import attrgetter
from typing import Any, TypeAlias

from devices.control.problem import Problem
from devices.control.schema import BASE64, BOOLEAN, COUNT, EUI, STRING, Json, Schema, obj, one_of, whole
from devices.device import Device
from devices.han.image import LARGEST, Image
from devices.metering import Load, Voltage, household
from devices.metering.voltage import feeder
from devices.variant import Variant
from devices.world import Tamper
from gbcs.eui64 import Eui64
from gbcs.roles import RemotePartyRole

#: Takes the device, which has what the action needs, and the body; False tells that there was no effect.
Does: TypeAlias = Callable[[Any, Mapping[str, Json]], bool | None]

_TAMPERS = {each.name.lower().replace("_", "-"): each for each in Tamper}
_CODE: Schema = {"type": "string", "pattern": "^0x[0-9a-fA-F]{4}$", "description": "alert or event code (GBCS 16)"}
_HOW = obj({"how": one_of(_TAMPERS)})
_PHASE = obj({"phase": whole(1, 3)})
_SECONDS: Schema = {"type": "number", "minimum": -(10**8), "maximum": 10**8}
_IMAGE: Mapping[str, Schema] = {"image": BASE64, "version": {"type": "string", "pattern": "^[0-9a-fA-F]{8}$"}}
_VERIFIES: Mapping[str, Schema] = {"verifies": BOOLEAN | {"default": True}}
_PIN = obj({"pin": STRING})
_PHASES = tuple(each.name for each in fields(Voltage))
_VOLTS = whole(0, 1000)
_POWERS = dict.fromkeys((each.name for each in fields(Load)), whole(0, 1 << 40))


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do to a device.

    Attributes:
        needs: the attribute of the device that it is about, dotted; a device without it does not have the action.
        body: schema of what it takes.
        without_power: whether it makes sense on a device that has no current.
    """

    name: str
    summary: str
    needs: str
    does: Does
    body: Schema = field(default_factory=partial(obj, {}))
    without_power: bool = False

    def is_of(self, device: Device) -> bool:
        """Whether the device has it."""
        try:
            attrgetter(self.needs)(device)
        except AttributeError:
            return False
        return True


def _raise_event(device: Device, body: Mapping[str, Json]) -> None:
    code = int(body["code"], 16)
    {"event": device.log_event, "security": device.log_security}[body.get("log", "event")](code)
    if body.get("alert", False):
        has_supplier = device.anchors.party_in(RemotePartyRole.SUPPLIER) is not None
        party = RemotePartyRole.SUPPLIER if has_supplier else RemotePartyRole.ACCESS_CONTROL_BROKER
        device.alert(f"GCA-{device.family}", code, to=party)


def _image(body: Mapping[str, Json]) -> Image:
    try:
        octets = base64.b64decode(body["image"], validate=True)
    except binascii.Error as error:
        raise Problem("not-a-value", f"not base64: {error}", "body.image") from None
    if len(octets) > LARGEST:
        raise Problem("not-a-value", f"{len(octets)} octets, {LARGEST} at most", "body.image")
    return Image(bytes.fromhex(body["version"]), octets, body.get("verifies", True))


def _distribute(device: Any, body: Mapping[str, Json]) -> None:
    version, octets, verifies = _image(body)
    device.firmware.distribute(octets, version, verifies=verifies)


def _load(device: Any, body: Mapping[str, Json]) -> None:
    load = Load(**body)
    if load.second_active_import and device.variant is not Variant.TWIN:
        raise Problem("conflict", f"a {device.variant} element ESME measures no second element", "body")
    device.metering.load = load


def _voltage(device: Any, body: Mapping[str, Json]) -> None:
    for name in _PHASES[1:] if device.variant is not Variant.POLYPHASE else ():
        if name in body:
            raise Problem("conflict", f"a {device.variant} element ESME has one phase", f"body.{name}")
    device.world.voltage = replace(device.world.voltage.at(device.now), **body)


def _feeder(device: Any, body: Mapping[str, Json]) -> None:
    device.world.voltage = feeder(**body)


def _seed(device: Any, body: Mapping[str, Json]) -> None:
    device.metering.load = household(**body)


ACTIONS: tuple[Action, ...] = (
    Action(
        "interrupt",
        "The current fails: the device measures nothing and answers nobody",
        "world",
        lambda device, _: device.world.interrupt(),
        without_power=True,
    ),
    Action(
        "restore",
        "The current is back",
        "world",
        lambda device, _: device.world.restore(),
        without_power=True,
    ),
    Action(
        "lose-phase",
        "The current of one phase fails",
        "world.voltage",
        lambda device, body: device.world.interrupt(body["phase"]),
        _PHASE,
        without_power=True,
    ),
    Action(
        "return-phase",
        "The current of one phase is back",
        "world.voltage",
        lambda device, body: device.world.restore(body["phase"]),
        _PHASE,
        without_power=True,
    ),
    Action(
        "tamper",
        "Somebody tampers with the device",
        "world",
        lambda device, body: device.world.tamper(_TAMPERS[body["how"]]),
        _HOW,
    ),
    Action(
        "end-tamper",
        "The cover is closed again, or the magnet gone",
        "world.end_tamper",
        lambda device, body: device.world.end_tamper(_TAMPERS[body["how"]]),
        _HOW,
    ),
    Action(
        "top-up",
        "A person types a top-up token (UTRN)",
        "keypad",
        lambda device, body: device.keypad.enter(body["utrn"]),
        obj({"utrn": STRING}),
    ),
    Action(
        "emergency-credit",
        "A person takes the emergency credit",
        "keypad",
        lambda device, _: device.keypad.activate_emergency_credit(),
    ),
    Action(
        "enable-supply",
        "A person turns an armed supply on",
        "keypad",
        lambda device, _: device.keypad.enable_supply(),
    ),
    Action(
        "set-pin",
        "A person sets the privacy PIN, or another one",
        "keypad.set_pin",
        lambda device, body: device.keypad.set_pin(body["pin"]),
        _PIN,
    ),
    Action(
        "unlock",
        "A person enters the privacy PIN",
        "keypad.unlock",
        lambda device, body: device.keypad.unlock(body["pin"]),
        _PIN,
    ),
    Action(
        "boost",
        "A person boosts the auxiliary load",
        "controllers",
        lambda device, body: device.controllers.boost(timedelta(minutes=body["minutes"])),
        obj({"minutes": whole(1, 24 * 60)}),
    ),
    Action(
        "cancel-boost",
        "A person ends the boost",
        "controllers",
        lambda device, _: device.controllers.cancel_boost(),
    ),
    Action(
        "firmware",
        "An image has come over the HAN; its SHA-256 is what a command to activate it names",
        "firmware",
        _distribute,
        obj(_IMAGE, _VERIFIES),
    ),
    Action(
        "distribute",
        "An image has come for a device on the HAN, and is carried to it; CCS08 tells how that went",
        "distribution",
        lambda device, body: device.distribution.send(Eui64.parse(body["device"]), _image(body)),
        obj({"device": EUI, **_IMAGE}, _VERIFIES),
    ),
    Action(
        "load",
        "A constant load flows through the meter, in W and var; what is not named is 0",
        "metering",
        _load,
        obj({}, _POWERS),
        without_power=True,
    ),
    Action(
        "seed",
        "The load of a household, by a seed: the same again for the same seed and time",
        "metering",
        _seed,
        obj({"seed": COUNT}, {"base": whole(0, 1 << 20), "peak": whole(0, 1 << 20)}),
        without_power=True,
    ),
    Action(
        "voltage",
        "A constant voltage lies at the meter, in V; phases that are not named keep theirs",
        "world.voltage",
        _voltage,
        obj({}, dict.fromkeys(_PHASES, _VOLTS), minProperties=1),
        without_power=True,
    ),
    Action(
        "feeder",
        "The voltage of a network, by a seed: around `nominal`, up to `swing` more or less",
        "world.voltage",
        _feeder,
        obj({"seed": COUNT}, {"nominal": _VOLTS, "swing": _VOLTS}),
        without_power=True,
    ),
    Action(
        "drift",
        "The device's clock goes wrong by so many seconds, and the device does not know",
        "clock",
        lambda device, body: device.clock.drift(timedelta(seconds=body["seconds"])),
        obj({"seconds": _SECONDS}),
    ),
    Action(
        "lose-wan-time",
        "The hub has no time of the WAN any longer, and serves none to its HAN",
        "wan",
        lambda device, _: device.wan.lose_time(),
    ),
    Action(
        "set-wan-time",
        "The WAN gives the time again: the process clock's, ahead by so many seconds",
        "wan",
        lambda device, body: device.wan.set_time(timedelta(seconds=body["ahead"])),
        obj({"ahead": _SECONDS}),
    ),
    Action(
        "raise-event",
        "An event happens: it is logged, and sent as its party wants; with `alert` an alert tells of it in any case",
        "event_log",
        _raise_event,
        obj({"code": _CODE}, {"log": one_of(("event", "security")), "alert": BOOLEAN | {"default": False}}),
    ),
)
