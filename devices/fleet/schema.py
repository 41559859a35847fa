"""What the file of a fleet may hold, as a JSON Schema (`devices schema fleet`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from devices.options import OPTIONS, Option, schema_of
from devices.schema import Schema
from gbcs.roles import RemotePartyRole

#: The most premises whose hubs find ports of their own.
MOST_PREMISES = 10_000

#: Keys of a device's own file that a fleet's file has as well: what it is, not where and as whom it runs.
_OF_METERS = ("settings", "controllers", "poll")
_OF_ESME = (
    "variant",
    "supply",
    "load",
    "reactive-load",
    "export",
    "reactive-export",
    "second-load",
    "load-profile",
)
_KEYS: Mapping[str, tuple[str, ...]] = {
    "hub": ("settings", "dual-band"),
    "esme": (*_OF_METERS, *_OF_ESME),
    "sapc": _OF_METERS,
}
_DEVICES = ("hub", "gpf", "esme", "sapc")
#: Who may send commands, by the names that the file has for them.
PARTIES: Mapping[str, RemotePartyRole] = {
    "supplier": RemotePartyRole.SUPPLIER,
    "network-operator": RemotePartyRole.NETWORK_OPERATOR,
    "access-control-broker": RemotePartyRole.ACCESS_CONTROL_BROKER,
    "load-controller": RemotePartyRole.LOAD_CONTROLLER,
}


def options_of(device: str) -> tuple[Option, ...]:
    """The options of a kind of device that a fleet's file may give."""
    return tuple(option for option in OPTIONS[device] if option.file_key in _KEYS[device])


def _table(properties: Mapping[str, Schema], description: str, required: Iterable[str] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": [*required],
        "additionalProperties": False,
    }


def _positive(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "number", "exclusiveMinimum": 0, "description": description, **more}


def _count(description: str, least: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "description": description, **more}


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


def _device(name: str) -> dict[str, Any]:
    return {**schema_of(name, options_of(name)), "description": f"what each {name} is"}


_FAULTS = next(option.schema for option in OPTIONS["hub"] if option.name == "fault")

_COMMAND = _table(
    {
        "use-case": _text("its code"),
        "to": _text("to which of the premises' devices", enum=[*_DEVICES]),
        "by": _text("who sends it; by default the first of these who may", enum=[*PARTIES]),
        "weight": _count("how often it is sent, beside the others", default=1),
        "values": {
            "type": "object",
            "description": "fields of its payload, as in `gbcs usecases --fields`",
            "properties": {},
            "additionalProperties": True,
        },
    },
    "one kind of command; by default the register read ECS17b to each esme",
    ("use-case", "to"),
)

SCHEMA: Mapping[str, Any] = MappingProxyType(
    {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of `devices fleet`",
        "type": "object",
        "properties": {
            "premises": _count("how many", maximum=MOST_PREMISES),
            "first-eui": {
                **next(option.schema for option in OPTIONS["hub"] if option.name == "eui"),
                "description": "identifier of the first hub; each of the premises takes four: hub, gpf, esme, sapc",
                "default": "00-00-5E-EF-30-00-00-00",
            },
            "seed": _count("of keys, faults, order of commands, loads and kills", 0, default=0),
            "processes": _count("worker processes that share the premises", default=2),
            "separate": {
                "type": "boolean",
                "description": "a process for each hub (with its gpf), esme and sapc",
                "default": False,
            },
            "state": _text("folder for SQLite files, one a device; in memory if absent"),
            "logs": _text("folder for a log of each process; none if absent"),
            "clock": _text("start of all clocks (ISO 8601); the system's time if absent"),
            "speed": _positive("how fast they run", default=1),
            "hub": _device("hub"),
            "gpf": _table(
                {"household": {"type": "boolean", "description": "a gas meter fills it", "default": True}},
                "if it is there, each hub has a gpf",
            ),
            "esme": _device("esme"),
            "sapc": _device("sapc"),
            "traffic": _table(
                {
                    "commands": _count("how many in all", 0),
                    "seconds": _positive("how long commands are sent, instead"),
                    "window": _count("commands under way at a time, for each hub", maximum=256, default=4),
                    "command": {"type": "array", "items": _COMMAND, "description": "kinds of commands", "minItems": 1},
                },
                "what is sent; by default ten commands to each of the premises",
            ),
            "faults": _table(
                {
                    "han": {**_FAULTS, "description": "of links between hubs and devices, both ways"},
                    "wan": {**_FAULTS, "description": "of links between hubs and whoever sends commands, both ways"},
                },
                "of the links",
            ),
            "kill": _table(
                {"every": _positive("seconds between two times that a hub and a meter are killed and come back")},
                "processes are ended by SIGKILL and started again; without `state` they keep it as long as the run",
                ("every",),
            ),
            "timeouts": _table(
                {
                    "response": _positive("seconds until a command counts as unanswered", default=60),
                    "start": _positive("seconds within which all devices have to be ready", default=120),
                    "linger": _positive(
                        "seconds that are waited at the end for what should not come any more", default=1
                    ),
                },
                "how long what may take",
            ),
        },
        "required": ["premises"],
        "additionalProperties": False,
    }
)
