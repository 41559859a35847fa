"""What the file of a fleet may hold, as a JSON Schema (`devices schema fleet`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from devices.options import DEVICES, OPTIONS, TABLES, Option, table_of
from devices.schema import Schema
from gbcs.roles import RemotePartyRole

#: The most premises whose hubs find ports of their own.
MOST_PREMISES = 10_000

#: Keys of a device that a fleet says in another way, or not at all.
_NOT = ("eui", "seed", "supplier", "fault", "fault-seed", "wan-fault", "install-code", "whitelisted")
_NOT_OF_HUB = (*_NOT, "device", "host", "wan-port", "han-port")
#: Options of each kind of device that its table in a fleet's file has.
TABLE_OPTIONS: Mapping[str, tuple[Option, ...]] = {
    name: tuple(option for option in options if option.file_key not in (_NOT_OF_HUB if name == "hub" else _NOT))
    for name, options in {**TABLES, **DEVICES}.items()
}
#: Who may send commands, by the names that the file has for them.
PARTIES: Mapping[str, RemotePartyRole] = {
    "supplier": RemotePartyRole.SUPPLIER,
    "network-operator": RemotePartyRole.NETWORK_OPERATOR,
    "access-control-broker": RemotePartyRole.ACCESS_CONTROL_BROKER,
    "load-controller": RemotePartyRole.LOAD_CONTROLLER,
}


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
    return {**table_of(TABLE_OPTIONS[name]), "description": f"what each {name} is; without it there is none"}


_FAULTS = next(option.schema for option in OPTIONS["hub"] if option.name == "fault")

_COMMAND = _table(
    {
        "use-case": _text("its code"),
        "to": _text("to which of the premises' devices", enum=[*TABLE_OPTIONS]),
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

SCHEMA: Mapping[str, Any] = {
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
        "hub": {**table_of(TABLE_OPTIONS["hub"]), "description": "what each hub is"},
        "gpf": _device("gpf"),
        "esme": _device("esme"),
        "sapc": _device("sapc"),
        "traffic": _table(
            {
                "commands": _count("how many in all", 0),
                "seconds": _positive("how long commands are sent, instead"),
                "window": _count("commands under way at a time, for each hub", maximum=256, default=4),
                "active": _count("how many of the premises, the first, commands are for; all if absent"),
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
                "linger": _positive("seconds that are waited at the end for what should not come any more", default=1),
            },
            "how long what may take",
        ),
    },
    "required": ["premises"],
    "additionalProperties": False,
}
