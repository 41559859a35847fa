"""Configuration files of devices: TOML with a schema, and settings by name.

What the command line says as well, wins.
"""

from __future__ import annotations

import argparse
import inspect
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from enum import EnumMeta
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from devices.errors import DeviceError
from devices.schema import Mismatch, check
from devices.settings import DEFAULTS, Settings

if TYPE_CHECKING:
    from devices.options import Option

_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string"}
_NUMBERS = (int, float)
_BOOLEANS = {"true": True, "false": False}


class ConfigurationError(DeviceError):
    """A configuration file that cannot be read, or with a key or value that means nothing; says which."""


def read(path: str, options: Sequence[Option], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a file, by destination of their options.

    Args:
        path: of a TOML file.
        options: that the file may have.
        schema: of the file, made from the same options.

    Raises:
        ConfigurationError: the file cannot be read, or something in it is not as the schema wants it.
    """
    return values_of(load(path, schema), options, path)


def load(path: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """What a TOML file has, times as text.

    Raises:
        ConfigurationError: see `read`.
    """
    try:
        with Path(path).open("rb") as file:
            contents: dict[str, Any] = _plain(tomllib.load(file))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: {error}") from error
    try:
        check(contents, schema)
    except Mismatch as mismatch:
        raise ConfigurationError(f"{path}: {mismatch}") from None
    return contents


def values_of(table: Mapping[str, Any], options: Sequence[Option], where: str) -> dict[str, Any]:
    """The values of a table that has the schema, by destination of their options; `where` it is, for errors.

    Raises:
        ConfigurationError: a value means nothing all the same.
    """
    given = {}
    for option in options:
        if option.file_key in table:
            try:
                given[option.destination] = option.from_file(table[option.file_key])
            except (ValueError, argparse.ArgumentTypeError) as error:
                raise ConfigurationError(f"{where}: {option.file_key}: {error}") from None
    return given


def _plain(value: Any) -> Any:
    """A TOML value as JSON has it: times as text."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime | date) else value


def settings(given: Sequence[str]) -> Settings:
    """Settings from texts ``name=value``.

    Raises:
        ConfigurationError: a name or value that there is not.
    """
    schema = settings_schema()
    values: dict[str, Any] = {}
    for each in given:
        name, _, text = each.partition("=")
        kind = _KINDS.get(name)
        value = _value(kind, text)
        try:
            check({name: value}, schema, "settings")
        except Mismatch as mismatch:
            raise ConfigurationError(str(mismatch)) from None
        values[name] = kind[value.upper()] if isinstance(kind, EnumMeta) else value
    return Settings(**values)


def settings_schema() -> dict[str, Any]:
    """The JSON Schema of `devices.settings.Settings`, with the reasons that its docstring gives."""
    reasons = _reasons()
    properties = {}
    for field in fields(Settings):
        kind, default = _KINDS[field.name], getattr(DEFAULTS, field.name)
        schema: dict[str, Any] = {"description": reasons.get(field.name, "")}
        if isinstance(kind, EnumMeta):
            members: Mapping[str, Any] = kind.__members__
            meanings = "; ".join(f"{name.lower()}: {member.value}" for name, member in members.items())
            schema |= {"type": "string", "enum": [*map(str.lower, members)], "default": default.name.lower()}
            schema["description"] += f" ({meanings})"
        else:
            schema |= {"type": _TYPES[kind], "default": default} | ({"minimum": 0} if kind in _NUMBERS else {})
        properties[field.name] = schema
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _value(kind: Any, text: str) -> Any:
    """A text as a value of a setting's type, if it is one; the text otherwise."""
    if kind is bool:
        return _BOOLEANS.get(text, text)
    if kind not in _NUMBERS:
        return text
    try:
        return kind(text)
    except ValueError:
        return text


def _reasons() -> dict[str, str]:
    """What the docstring says of each setting; one entry may be of several."""
    text = inspect.getdoc(Settings) or ""
    entries = re.findall(r"^    ([a-z_]+(?:, [a-z_]+)*): (.*(?:\n {5,}.*)*)", text, re.MULTILINE)
    return {name: " ".join(reason.split()) for names, reason in entries for name in names.split(", ")}


_KINDS = get_type_hints(Settings)
