"""The options of `devices esme`, `sapc` and `hub`, each once: for the command line, the TOML file and its schema.

A key of the file is a long option without its dashes; `Option.key` says where it is not.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from devices.configuration import settings_schema
from devices.metering.named import NEEDED, PROFILES, Profile
from devices.schema import Schema
from gbcs.commandline import clock_start, eui64
from gbcs.eui64 import Eui64
from gbcs.framing import WAN_PORT

_LOOPBACK = "127.0.0.1"
#: The HAN has no port of its own; this is the one after the WAN's.
_HAN_PORT = WAN_PORT + 1
_CONTROLLERS = ("none", "ALCS", "APC")
_MOST_CONTROLLERS = 5
_FASTEST = 1e6

_TEXT: Schema = {"type": "string"}
_EUI: Schema = {
    "type": "string",
    "pattern": "^[0-9a-fA-F]{2}([-: ]?[0-9a-fA-F]{2}){7}$",
    "title": "an EUI-64",
    "description": "16 hexadecimal digits, with or without `-` or `:` between octets",
}
_PROBABILITY: Schema = {"type": "number", "minimum": 0, "maximum": 1}
#: `devices.link.faults.Rates`.
_FAULTS: Schema = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("loss", "duplication", "corruption", "reordering", "disconnection"), _PROBABILITY),
        "delay": {"oneOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^[0-9.]+\+[0-9.]+$"}]},
    },
    "additionalProperties": False,
}
_JOINING: Schema = {
    "type": "string",
    "pattern": f"{str(_EUI['pattern'])[:-1]}(=[0-9a-fA-F: -]+)?$",
    "title": "EUI-64[=install code]",
}
_ADDRESS: Schema = {"type": "string", "pattern": "^.+:[0-9]+$", "title": "HOST:PORT"}
_PORT: Schema = {"type": "integer", "minimum": 0, "maximum": 0xFFFF}
_WHOLE: Schema = {"type": "integer", "minimum": 0}
_SPEED: Schema = {"type": "number", "exclusiveMinimum": 0, "maximum": _FASTEST}
_INTERVAL: Schema = {"type": "number", "exclusiveMinimum": 0, "maximum": 86400}
_TIME: Schema = {"type": "string", "format": "date-time", "description": "ISO 8601, UTC where it names no zone"}


class Timing(NamedTuple):
    """How a process's time goes.

    Attributes:
        start: what its clock shows first; None is the system's time.
        speed: how fast it runs, where that is said.
        stepped: it stands still until it is told to go on.
    """

    start: datetime | None = None
    speed: float | None = None
    stepped: bool = False


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
    properties = {}
    for option in sorted(options, key=lambda each: each.file_key):
        defaults = {"default": option.default} if isinstance(option.default, str | int | float) else {}
        described = {"description": _sentence(option)}
        properties[option.file_key] = {**option.schema, **described, **defaults}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Configuration of `devices {device}`",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _sentence(option: Option) -> str:
    what = option.schema.get("description")
    needed = "needed here or on the command line" if option.required else ""
    return "; ".join(part for part in (option.help, what, needed, option.shown and f"{option.shown} if absent") if part)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host, _port(port)


def _port(text: str) -> int:
    port = whole_number(text)
    if port > 0xFFFF:
        raise argparse.ArgumentTypeError(f"{text} is above 65535")
    return port


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0
    if not 0 < speed <= _FASTEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number between 0 and a million")
    return speed


def interval(text: str) -> float:
    """The type of an argument that is a time in seconds."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= 86400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds up to a day")
    return seconds


def whole_number(text: str) -> int:
    """The type of an argument that is a number without fraction or sign."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def _joining_device(text: str) -> tuple[Eui64, str]:
    device, _, install_code = text.partition("=")
    return eui64(device), install_code


def _faults(value: Any) -> list[str]:
    return [f"{name}={rate}" for name, rate in value.items()]


def _controller(text: str) -> str:
    return text if text in _CONTROLLERS else eui64(text).hex()


def _controllers(value: Any) -> list[str]:
    """Kinds in order, from an array, or a table by number."""
    if isinstance(value, dict):
        value = [value.get(str(number), "none") for number in range(1, max(map(int, value), default=0) + 1)]
    return [_controller(each) for each in value]


def _timing(text: str) -> Timing:
    if text == "real":
        return Timing()
    mode, _, start = text.partition(":")
    if mode == "stepped":
        return Timing(clock_start(start) if start else None, stepped=True)
    return Timing(clock_start(text))


def _timing_of(value: Any) -> Timing:
    if isinstance(value, str):
        return _timing(value)
    start = clock_start(value["start"]) if "start" in value else None
    return Timing(start, value.get("speed"), value["mode"] == "stepped")


def _profile(text: str) -> Profile:
    try:
        return Profile.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _profiles(value: Any) -> list[Profile]:
    given = value if isinstance(value, list) else [value]
    return [
        _profile(each)
        if isinstance(each, str)
        else Profile(each["profile"], {name: part for name, part in each.items() if name != "profile"})
        for each in given
    ]


def _tables(key: str, tables: Mapping[str, Mapping[str, Schema]], needed: Mapping[str, Sequence[str]]) -> list[Schema]:
    """Tables of which each is told from the others by the value of one key."""
    return [
        {
            "type": "object",
            "properties": {key: {"const": name}, **properties},
            "required": [key, *needed.get(name, ())],
            "additionalProperties": False,
        }
        for name, properties in tables.items()
    ]


_MODES: Mapping[str, Mapping[str, Schema]] = {
    "real": {},
    "offset": {"start": _TIME},
    "accelerated": {"start": _TIME, "speed": _SPEED},
    "stepped": {"start": _TIME},
}
_CLOCK: Schema = {
    "oneOf": [_TEXT, *_tables("mode", _MODES, {"offset": ("start",), "accelerated": ("speed",)})],
}
_PROFILE: list[Schema] = [_TEXT, *_tables("profile", PROFILES, NEEDED)]
_KIND: Schema = {
    "type": "string",
    "pattern": f"^({'|'.join(_CONTROLLERS)}|{str(_EUI['pattern'])[1:-1]})$",
    "title": f"{', '.join(_CONTROLLERS)}, or the EUI-64 of an HCALCS",
}

_COMMON = (
    Option("eui", "its identifier", _EUI, eui64, required=True),
    Option(
        "keystore",
        "folder of PEM files, or a JSON keystore, with its keys",
        _TEXT,
        kind={"metavar": "DIR"},
        required=True,
    ),
    Option(
        "fault",
        "what happens to frames that it sends to the other side of the HAN: loss, duplication, corruption, reordering, "
        "disconnection as probabilities, delay in seconds, as least or least+mean",
        _FAULTS,
        read=_faults,
        default=[],
        kind={"action": "extend", "nargs": "+", "metavar": "NAME=RATE"},
    ),
    Option(
        "fault-seed", "of its faults", _WHOLE, whole_number, shown="the process's seed, or none", kind={"metavar": "N"}
    ),
    Option("state", "SQLite file to keep its state in", _TEXT, shown="in memory", kind={"metavar": "FILE"}),
    Option(
        "control", "serve a control plane; 0 is any free port", _PORT, _port, shown="none", kind={"metavar": "PORT"}
    ),
    Option("control-host", "its address", _TEXT, default=_LOOPBACK, kind={"metavar": "HOST"}),
    Option(
        "control-token-file",
        "file with the token that its requests carry; needed off loopback",
        _TEXT,
        kind={"metavar": "FILE"},
    ),
)
_SETTING = Option(
    "setting",
    "what the specification leaves open, e.g. undated_activation=true; `devices schema` lists them",
    settings_schema(),
    read=lambda table: [f"{name}={str(value).lower()}" for name, value in table.items()],
    default=[],
    kind={"action": "append", "metavar": "NAME=VALUE"},
    key="settings",
)
_METERING = (
    *_COMMON,
    _SETTING,
    Option(
        "clock",
        "real, or the TIME at which its clock starts (ISO 8601, UTC), or stepped[:TIME] for one that stands still "
        "until standard input says `advance SECONDS` or `to TIME`",
        _CLOCK,
        _timing,
        _timing_of,
        default=Timing(),
        shown="real",
        kind={"metavar": "CLOCK"},
    ),
    Option("speed", "how fast its clock runs", _SPEED, _speed, shown="1", kind={"metavar": "N"}),
    Option(
        "hub",
        "the HAN side of its hub",
        _ADDRESS,
        _address,
        default=(_LOOPBACK, _HAN_PORT),
        shown=f"{_LOOPBACK}:{_HAN_PORT}",
        kind={"metavar": "HOST:PORT"},
    ),
    Option(
        "install-code",
        "its install code as it is printed, by which the hub lets it join",
        _TEXT,
        shown="the default code of an emulated device",
        kind={"metavar": "CODE"},
    ),
    Option(
        "poll",
        "seconds between two times that it asks its hub for messages, as a device does that sleeps",
        _INTERVAL,
        interval,
        shown="it never sleeps",
        kind={"metavar": "SECONDS"},
    ),
    Option("supplier", "its supplier, if the keystore holds several", _EUI, eui64, kind={"metavar": "EUI"}),
    Option(
        "seed",
        "of all that is random but keys: shapes of loads, randomised offset",
        _WHOLE,
        whole_number,
        kind={"metavar": "N"},
    ),
    Option(
        "record",
        "file to append every message and event to, as JSON lines",
        _TEXT,
        kind={"metavar": "FILE"},
    ),
    Option(
        "controllers",
        "its auxiliary controllers, from the first on: none, ALCS, APC, or the EUI-64 of an HCALCS",
        {
            "oneOf": [
                {"type": "array", "items": _KIND, "maxItems": _MOST_CONTROLLERS},
                {
                    "type": "object",
                    "properties": {str(number): _KIND for number in range(1, _MOST_CONTROLLERS + 1)},
                    "additionalProperties": False,
                },
            ]
        },
        _controller,
        _controllers,
        kind={"nargs": "+", "metavar": "KIND"},
    ),
)


def _load(name: str, dest: str, help_text: str) -> Option:
    return Option(name, help_text, _WHOLE, whole_number, default=0, kind={"metavar": "N"}, dest=dest)


#: Options by command. Those of a load are named for attributes of `devices.metering.Load`.
OPTIONS: Mapping[str, tuple[Option, ...]] = {
    "esme": (
        *_METERING,
        Option(
            "variant", "single, twin or polyphase", {**_TEXT, "enum": ["single", "twin", "polyphase"]}, default="single"
        ),
        Option(
            "supply",
            "state of a new device's supply",
            {**_TEXT, "enum": ["disabled", "enabled", "armed"]},
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
            {"oneOf": [*_PROFILE, {"type": "array", "items": {"oneOf": _PROFILE}}]},
            _profile,
            _profiles,
            default=[],
            kind={"nargs": "+", "metavar": "PROFILE"},
        ),
    ),
    "sapc": _METERING,
    "hub": (
        *_COMMON,
        _SETTING,
        Option(
            "clock",
            "start of its clock (ISO 8601, UTC)",
            _TIME,
            clock_start,
            shown="the system's time",
            kind={"metavar": "TIME"},
        ),
        Option(
            "device",
            "devices that may join, with their install codes as they are printed; without one it is the default code "
            "of an emulated device",
            {"type": "array", "items": _JOINING},
            _joining_device,
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
            _FAULTS,
            read=_faults,
            default=[],
            kind={"action": "extend", "nargs": "+", "metavar": "NAME=RATE"},
        ),
        Option("host", "address to listen on", _TEXT, default=_LOOPBACK),
        Option("wan-port", "0 is any free one", _PORT, _port, default=WAN_PORT, kind={"metavar": "N"}),
        Option("han-port", "0 is any free one", _PORT, _port, default=_HAN_PORT, kind={"metavar": "N"}),
    ),
}
