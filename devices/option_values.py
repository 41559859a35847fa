"""What values of options are: JSON Schemas of what a file has, and readers of it and of the command line's texts.

A reader raises ValueError or argparse.ArgumentTypeError.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from devices.metering.named import NEEDED, PROFILES, Profile
from devices.schema import Schema
from gbcs.commandline import clock_start, eui64
from gbcs.eui64 import Eui64

_CONTROLLERS = ("none", "ALCS", "APC")
MOST_CONTROLLERS = 5
_FASTEST = 1e6

TEXT: Schema = {"type": "string"}
EUI: Schema = {
    "type": "string",
    "pattern": "^[0-9a-fA-F]{2}([-: ]?[0-9a-fA-F]{2}){7}$",
    "title": "an EUI-64",
    "description": "16 hexadecimal digits, with or without `-` or `:` between octets",
}
_PROBABILITY: Schema = {"type": "number", "minimum": 0, "maximum": 1}
#: `devices.link.faults.Rates`.
FAULTS: Schema = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("loss", "duplication", "corruption", "reordering", "disconnection"), _PROBABILITY),
        "delay": {"oneOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^[0-9.]+\+[0-9.]+$"}]},
    },
    "additionalProperties": False,
}
JOINING: Schema = {
    "type": "string",
    "pattern": f"{str(EUI['pattern'])[:-1]}(=[0-9a-fA-F: -]+)?$",
    "title": "EUI-64[=install code]",
}
ADDRESS: Schema = {"type": "string", "pattern": "^.+:[0-9]+$", "title": "HOST:PORT"}
PORT: Schema = {"type": "integer", "minimum": 0, "maximum": 0xFFFF}
WHOLE: Schema = {"type": "integer", "minimum": 0}
SPEED: Schema = {"type": "number", "exclusiveMinimum": 0, "maximum": _FASTEST}
INTERVAL: Schema = {"type": "number", "exclusiveMinimum": 0, "maximum": 86400}
TIME: Schema = {"type": "string", "format": "date-time", "description": "ISO 8601, UTC where it names no zone"}


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


def address(text: str) -> tuple[str, int]:
    """HOST:PORT."""
    host, _, port = text.rpartition(":")
    if not host:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host, port_number(port)


def port_number(text: str) -> int:
    """A port."""
    port = whole_number(text)
    if port > 0xFFFF:
        raise argparse.ArgumentTypeError(f"{text} is above 65535")
    return port


def speed_of(text: str) -> float:
    """How many times as fast as time."""
    try:
        speed = float(text)
    except ValueError:
        speed = 0
    if not 0 < speed <= _FASTEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number between 0 and a million")
    return speed


def interval(text: str) -> float:
    """Seconds, up to a day."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= 86400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds up to a day")
    return seconds


def whole_number(text: str) -> int:
    """A number of digits."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def joining_device(text: str) -> tuple[Eui64, str]:
    """EUI-64[=install code]; the code is empty where there is none."""
    device, _, install_code = text.partition("=")
    return eui64(device), install_code


def faults(value: Any) -> list[str]:
    """A table of faults as the command line has them."""
    return [f"{name}={rate}" for name, rate in value.items()]


def controller(text: str) -> str:
    """Kind of an auxiliary controller."""
    return text if text in _CONTROLLERS else eui64(text).hex()


def controllers(value: Any) -> list[str]:
    """Kinds in order, from an array, or a table by number."""
    if isinstance(value, dict):
        value = [value.get(str(number), "none") for number in range(1, max(map(int, value), default=0) + 1)]
    return [controller(each) for each in value]


def timing(text: str) -> Timing:
    """How time goes, from a text."""
    if text == "real":
        return Timing()
    mode, _, start = text.partition(":")
    if mode == "stepped":
        return Timing(clock_start(start) if start else None, stepped=True)
    return Timing(clock_start(text))


def timing_of(value: Any) -> Timing:
    """The same from a text or a table."""
    if isinstance(value, str):
        return timing(value)
    start = clock_start(value["start"]) if "start" in value else None
    return Timing(start, value.get("speed"), value["mode"] == "stepped")


def profile(text: str) -> Profile:
    """A load profile by its name."""
    try:
        return Profile.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def profiles(value: Any) -> list[Profile]:
    """One or several, each a name or a table."""
    given = value if isinstance(value, list) else [value]
    return [
        profile(each)
        if isinstance(each, str)
        else Profile(each["profile"], {name: part for name, part in each.items() if name != "profile"})
        for each in given
    ]


def gas(text: str) -> str:
    """The gas meter of a GPF, as `devices.gpf` takes it."""
    name, _, seed = text.partition(":")
    if text == "none" or (name == "household" and (seed.isdecimal() or text == name)):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is none of none, household, household:SEED")


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
    "offset": {"start": TIME},
    "accelerated": {"start": TIME, "speed": SPEED},
    "stepped": {"start": TIME},
}
CLOCK: Schema = {
    "oneOf": [TEXT, *_tables("mode", _MODES, {"offset": ("start",), "accelerated": ("speed",)})],
}
PROFILE: list[Schema] = [TEXT, *_tables("profile", PROFILES, NEEDED)]
KIND: Schema = {
    "type": "string",
    "pattern": f"^({'|'.join(_CONTROLLERS)}|{str(EUI['pattern'])[1:-1]})$",
    "title": f"{', '.join(_CONTROLLERS)}, or the EUI-64 of an HCALCS",
}
