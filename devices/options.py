"""The options of `devices esme`, `sapc`, `hub` and `premises`, each once: for command line, TOML file and its schema.

A key of the file is a long option without its dashes; `Option.key` says where it is not.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from devices import option_values as v
from devices.configuration import settings_schema
from devices.option_values import Timing
from devices.schema import Schema
from gbcs.commandline import eui64
from gbcs.framing import WAN_PORT

_LOOPBACK = "127.0.0.1"
#: The HAN has no port of its own; this is the one after the WAN's.
_HAN_PORT = WAN_PORT + 1
#: What premises do without an option that others need.
_FRESH = {"keystore": "fresh keys"}
#: Key that says what a device of premises is.
TYPE = "type"
_NEEDS_EUI: dict[str, Any] = {"required": ["eui"]}


@dataclass(frozen=True, slots=True)
class Option:
    """One option.

    Attributes:
        name: the long option, without its dashes.
        help: what it is; the default is said from `default`.
        schema: of its value in a file.
        parse: reads one text of the command line; raises ValueError or argparse.ArgumentTypeError.
        read: makes a value of the file, which has the schema, what `parse` makes; by default from its text.
        default: what it is if absent.
        shown: the default in words, where `default` does not tell.
        kind: further arguments for `argparse.ArgumentParser.add_argument`.
        required: whether it has to come from somewhere.
        key: what the file calls it, if not by its name.
        dest: its name in the namespace, if another.
    """

    name: str
    help: str
    schema: Schema
    parse: Callable[[str], Any] = str
    read: Callable[[Any], Any] | None = None
    default: Any = None
    shown: str = ""
    kind: Mapping[str, Any] = field(default_factory=dict)
    required: bool = False
    key: str = ""
    dest: str = ""

    @property
    def file_key(self) -> str:
        """What the file calls it."""
        return self.key or self.name

    @property
    def destination(self) -> str:
        """Its name in the namespace."""
        return self.dest or self.name.replace("-", "_")

    def from_file(self, value: Any) -> Any:
        """What the command line would have made of a value that has the schema.

        Raises:
            ValueError or argparse.ArgumentTypeError: it means nothing all the same.
        """
        if self.read:
            return self.read(value)
        return [self.parse(str(each)) for each in value] if isinstance(value, list) else self.parse(str(value))

    def add_to(self, parser: argparse.ArgumentParser, given: Mapping[str, Any]) -> None:
        """Adds it to a parser; `given` are values that a file has, by destination."""
        default = given.get(self.destination, self.default)
        shown = self.shown or ("" if self.default in (None, False, [], ()) else str(self.default))
        takes: dict[str, Any] = (
            {} if self.schema.get("type") == "boolean" else {"type": self.parse, "choices": self.schema.get("enum")}
        )
        parser.add_argument(
            f"--{self.name}",
            dest=self.destination,
            default=default,
            required=self.required and self.destination not in given,
            **takes,
            help=f"{self.help}; {shown} if absent" if shown else self.help,
            **self.kind,
        )


def add_options(
    parser: argparse.ArgumentParser, options: Sequence[Option], given: Mapping[str, Any] | None = None
) -> None:
    """Adds options to a parser, and ``--config``, the file that may have them as well."""
    for option in options:
        option.add_to(parser, given or {})
    parser.add_argument(
        "--config", metavar="FILE", help="TOML file of these options, a key each; the command line wins over it"
    )


def schema_of(device: str, options: Sequence[Option]) -> dict[str, Any]:
    """The JSON Schema of a device's configuration file."""
    return _titled(device, table_of(options))


def table_of(options: Sequence[Option]) -> dict[str, Any]:
    """The schema of a table with these options."""
    properties = {}
    for option in sorted(options, key=lambda each: each.file_key):
        defaults = {"default": option.default} if isinstance(option.default, str | int | float) else {}
        described = {"description": _sentence(option)}
        properties[option.file_key] = {**option.schema, **described, **defaults}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def schema_of_premises() -> dict[str, Any]:
    """The JSON Schema of the file of `devices premises`."""
    whole = table_of(
        [replace(option, required=False, shown=option.shown or _FRESH.get(option.name, "")) for option in PROCESS]
    )
    whole["properties"] |= {name: table_of(options) | _NEEDS_EUI for name, options in TABLES.items()}
    whole["properties"]["device"] = {"type": "array", "items": {"oneOf": [*map(_device_table, DEVICES)]}}
    return _titled("premises", whole | {"required": ["hub"]})


def _device_table(kind: str) -> dict[str, Any]:
    table = table_of(DEVICES[kind])
    return table | {"properties": {TYPE: {"const": kind}, **table["properties"]}, "required": [TYPE, "eui"]}


def _titled(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    title = f"Configuration of `devices {name}`"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **schema}


def _sentence(option: Option) -> str:
    what = option.schema.get("description")
    needed = "needed here or on the command line" if option.required else ""
    return "; ".join(part for part in (option.help, what, needed, option.shown and f"{option.shown} if absent") if part)


#: Of a process, whatever it runs.
PROCESS: tuple[Option, ...] = (
    Option(
        "keystore",
        "folder of PEM files, or a JSON keystore, with its keys",
        v.TEXT,
        kind={"metavar": "DIR"},
        required=True,
    ),
    Option("state", "SQLite file to keep its state in", v.TEXT, shown="in memory", kind={"metavar": "FILE"}),
    Option(
        "clock",
        "real, or the TIME at which its clock starts (ISO 8601, UTC), or stepped[:TIME] for one that stands still "
        "until standard input says `advance SECONDS` or `to TIME`",
        v.CLOCK,
        v.timing,
        v.timing_of,
        default=Timing(),
        shown="real",
        kind={"metavar": "CLOCK"},
    ),
    Option("speed", "how fast its clock runs", v.SPEED, v.speed_of, shown="1", kind={"metavar": "N"}),
    Option(
        "seed",
        "of all that is random but keys: shapes of loads, randomised offset",
        v.WHOLE,
        v.whole_number,
        kind={"metavar": "N"},
    ),
    Option(
        "record",
        "file to append every message and event to, as JSON lines",
        v.TEXT,
        kind={"metavar": "FILE"},
    ),
    Option(
        "control",
        "serve a control plane; 0 is any free port",
        v.PORT,
        v.port_number,
        shown="none",
        kind={"metavar": "PORT"},
    ),
    Option("control-host", "its address", v.TEXT, default=_LOOPBACK, kind={"metavar": "HOST"}),
    Option(
        "control-token-file",
        "file with the token that its requests carry; needed off loopback",
        v.TEXT,
        kind={"metavar": "FILE"},
    ),
)
#: Of each device.
_OWN: tuple[Option, ...] = (
    Option("eui", "its identifier", v.EUI, eui64, required=True),
    Option(
        "setting",
        "what the specification leaves open, e.g. undated_activation=true; `devices schema` lists them",
        settings_schema(),
        read=lambda table: [f"{name}={str(value).lower()}" for name, value in table.items()],
        default=[],
        kind={"action": "append", "metavar": "NAME=VALUE"},
        key="settings",
    ),
    Option(
        "fault",
        "what happens to frames that it sends to the other side of the HAN: loss, duplication, corruption, reordering, "
        "disconnection as probabilities, delay in seconds, as least or least+mean",
        v.FAULTS,
        read=v.faults,
        default=[],
        kind={"action": "extend", "nargs": "+", "metavar": "NAME=RATE"},
    ),
    Option(
        "fault-seed",
        "of its faults",
        v.WHOLE,
        v.whole_number,
        shown="the process's seed, or none",
        kind={"metavar": "N"},
    ),
)
#: Of each device on the HAN.
_ON_HAN: tuple[Option, ...] = (
    Option(
        "install-code",
        "its install code as it is printed, by which the hub lets it join",
        v.TEXT,
        shown="the default code of an emulated device",
        kind={"metavar": "CODE"},
    ),
    Option(
        "poll",
        "seconds between two times that it asks its hub for messages, as a device does that sleeps",
        v.INTERVAL,
        v.interval,
        shown="it never sleeps",
        kind={"metavar": "SECONDS"},
    ),
    Option("supplier", "its supplier, if the keystore holds several", v.EUI, eui64, kind={"metavar": "EUI"}),
    Option(
        "controllers",
        "its auxiliary controllers, from the first on: none, ALCS, APC, or the EUI-64 of an HCALCS",
        {
            "oneOf": [
                {"type": "array", "items": v.KIND, "maxItems": v.MOST_CONTROLLERS},
                {
                    "type": "object",
                    "properties": {str(number): v.KIND for number in range(1, v.MOST_CONTROLLERS + 1)},
                    "additionalProperties": False,
                },
            ]
        },
        v.controller,
        v.controllers,
        kind={"nargs": "+", "metavar": "KIND"},
    ),
)


def _load(name: str, dest: str, help_text: str) -> Option:
    return Option(name, help_text, v.WHOLE, v.whole_number, default=0, kind={"metavar": "N"}, dest=dest)


_HUB_ADDRESS = Option(
    "hub",
    "the HAN side of its hub",
    v.ADDRESS,
    v.address,
    default=(_LOOPBACK, _HAN_PORT),
    shown=f"{_LOOPBACK}:{_HAN_PORT}",
    kind={"metavar": "HOST:PORT"},
)

_SEED = next(option for option in PROCESS if option.name == "seed")
_SUPPLIER = next(option for option in _ON_HAN if option.name == "supplier")
_GAS = (
    _SUPPLIER,
    Option(
        "gas",
        "the gas meter that the GPF has a copy of: none, or household[:SEED]",
        {**v.TEXT, "pattern": "^(none|household(:[0-9]+)?)$", "title": "none, household or household:SEED"},
        v.gas,
        default="household",
        kind={"metavar": "METER"},
    ),
)
_ESME = (
    *_OWN,
    *_ON_HAN,
    Option(
        "variant", "single, twin or polyphase", {**v.TEXT, "enum": ["single", "twin", "polyphase"]}, default="single"
    ),
    Option(
        "supply",
        "state of a new device's supply",
        {**v.TEXT, "enum": ["disabled", "enabled", "armed"]},
        default="enabled",
    ),
    _load("load", "active_import", "active import in W"),
    _load("reactive-load", "reactive_import", "reactive import in var"),
    _load("export", "active_export", "active export in W"),
    _load("reactive-export", "reactive_export", "reactive export in var"),
    _load("second-load", "second_active_import", "active import of the second element in W"),
    Option(
        "load-profile",
        "a load that changes, beside the constant one: household[:SEED], solar[:SEED] or csv:PATH, or several",
        {"oneOf": [*v.PROFILE, {"type": "array", "items": {"oneOf": v.PROFILE}}]},
        v.profile,
        v.profiles,
        default=[],
        kind={"nargs": "+", "metavar": "PROFILE"},
    ),
)
_SAPC = (*_OWN, *_ON_HAN)
_HUB = (
    *_OWN,
    Option(
        "device",
        "devices that may join, with their install codes as they are printed; without one it is the default code "
        "of an emulated device",
        {"type": "array", "items": v.JOINING},
        v.joining_device,
        default=[],
        kind={"action": "extend", "nargs": "+", "metavar": "EUI[=CODE]"},
    ),
    Option(
        "dual-band",
        "operate at sub-GHz as well",
        {"type": "boolean"},
        read=bool,
        default=False,
        kind={"action": "store_true"},
    ),
    Option(
        "wan-fault",
        "the same of frames to clients on the WAN that confirm",
        v.FAULTS,
        read=v.faults,
        default=[],
        kind={"action": "extend", "nargs": "+", "metavar": "NAME=RATE"},
    ),
    Option("host", "address to listen on", v.TEXT, default=_LOOPBACK),
    Option("wan-port", "0 is any free one", v.PORT, v.port_number, default=WAN_PORT, kind={"metavar": "N"}),
    Option("han-port", "0 is any free one", v.PORT, v.port_number, default=_HAN_PORT, kind={"metavar": "N"}),
)
_WHITELISTED = Option(
    "whitelisted",
    "whether it is in the hub's device log from the start; if not, a command lets it join",
    {"type": "boolean"},
    read=bool,
    default=True,
)
_GPF = Option("gpf", "identifier of its Gas Proxy Function", v.EUI, eui64, shown="it has none", kind={"metavar": "EUI"})

#: Options by command. Those of a load are named for attributes of `devices.metering.Load`.
OPTIONS: Mapping[str, tuple[Option, ...]] = {
    "esme": (*PROCESS, _HUB_ADDRESS, *_ESME),
    "sapc": (*PROCESS, _HUB_ADDRESS, *_SAPC),
    "hub": (*PROCESS, *_HUB, _GPF, *_GAS),
}
#: What a file of premises has beside the options of its process: a table each, and those of devices by their type.
TABLES: Mapping[str, tuple[Option, ...]] = {
    "hub": _HUB,
    "gpf": (*(each for each in _OWN if not each.name.startswith("fault")), _SEED, *_GAS),
}
DEVICES: Mapping[str, tuple[Option, ...]] = {
    kind: (*options, _SEED, _WHITELISTED) for kind, options in (("esme", _ESME), ("sapc", _SAPC))
}
