"""Load profiles by name, as a command line or a configuration file gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from functools import reduce
from typing import Any, NamedTuple

from devices.errors import DeviceError
from devices.metering.load import Load, LoadProfile, household, netted, recorded, solar

_SEED = {"type": "integer", "minimum": 0, "description": "chooses the shape; the process's seed if absent"}
_POWER = {"type": "integer", "minimum": 0}
#: What each profile takes, as JSON Schema; the first is what may stand behind the colon of ``NAME:VALUE``.
PROFILES: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "constant": {field.name: {**_POWER, "description": "W or var"} for field in fields(Load)},
    "household": {
        "seed": _SEED,
        "base": {**_POWER, "default": 250, "description": "W that are always taken"},
        "peak": {**_POWER, "default": 2500, "description": "W at most above them"},
    },
    "solar": {
        "seed": _SEED,
        "peak": {**_POWER, "default": 3500, "description": "W with the sun in the zenith and no cloud"},
    },
    "csv": {"path": {"type": "string", "description": "columns: time (ISO 8601 with zone), and any field of a load"}},
}
#: Fields without which there is no profile.
NEEDED: Mapping[str, tuple[str, ...]] = {"csv": ("path",)}
_MAKERS: Mapping[str, Callable[..., LoadProfile]] = {"household": household, "solar": solar, "csv": recorded}


class Profile(NamedTuple):
    """A load profile that is still to be made.

    Attributes:
        name: one of `PROFILES`.
        values: its fields.
    """

    name: str
    values: Mapping[str, Any]

    @classmethod
    def parse(cls, text: str) -> Profile:
        """A profile from ``NAME`` or ``NAME:VALUE``, such as ``household:7`` or ``csv:load.csv``.

        Raises:
            ValueError: there is no such profile, or the value is none of it.
        """
        name, colon, value = text.partition(":")
        if name not in PROFILES:
            raise ValueError(f"{text!r} is none of {', '.join(PROFILES)}")
        if not colon and name not in NEEDED:
            return cls(name, {})
        field, schema = next(iter(PROFILES[name].items()))
        if not value or (schema["type"] == "integer" and not value.isdecimal()):
            raise ValueError(f"{text!r}: {field} of a {name} profile belongs behind the colon")
        return cls(name, {field: int(value) if schema["type"] == "integer" else value})


def combine(constant: Load, profiles: Iterable[Profile], seed: int = 0) -> Load | LoadProfile:
    """What a meter sees where all are behind it; `seed` is that of profiles that name none.

    Raises:
        DeviceError: a file that is no load profile.
    """
    made = [_make(profile, seed) for profile in profiles]
    if not made:
        return constant
    if constant != Load():
        made.append(lambda _moment: constant)
    return reduce(netted, made)


def _make(profile: Profile, seed: int) -> LoadProfile:
    name, values = profile
    if name == "constant":
        load = Load(**values)
        return lambda _moment: load
    if "seed" in PROFILES[name]:
        values = {"seed": seed, **values}
    try:
        return _MAKERS[name](**values)
    except (OSError, UnicodeDecodeError) as error:
        raise DeviceError(f"{name} load profile: {error}") from error
