"""Configuration files of devices: TOML whose keys are a command's long options, so that there is one list of them.

A key is an option without its dashes; ``[settings]`` holds those of `devices.settings`. What the command line says as
well, wins.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from enum import EnumMeta
from pathlib import Path
from typing import Any, get_type_hints

from devices.errors import DeviceError
from devices.settings import Settings

_OPTION = "--config"
_SETTINGS = "settings"


class ConfigurationError(DeviceError):
    """A configuration file that cannot be read, or with a key that means nothing; says which."""


def expand(argv: Sequence[str], commands: Mapping[str, Callable[[argparse.ArgumentParser], None]]) -> list[str]:
    """The arguments with those of the file that ``--config`` names put before them.

    Args:
        argv: a command and its arguments.
        commands: what adds the options of each command to a parser.

    Raises:
        ConfigurationError: the file cannot be read, or one of its keys is none of the command's options.
    """
    if not argv or argv[0] not in commands:
        return list(argv)
    finder = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    finder.add_argument(_OPTION)
    found, rest = finder.parse_known_args(argv[1:])
    if found.config is None:
        return list(argv)
    parser = argparse.ArgumentParser(add_help=False)
    commands[argv[0]](parser)
    options = {option.removeprefix("--") for action in parser._actions for option in action.option_strings}
    try:
        return [argv[0], *_arguments(Path(found.config), options), *rest]
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{found.config}: {error}") from error


def _arguments(path: Path, options: set[str]) -> Iterator[str]:
    with path.open("rb") as file:
        read = tomllib.load(file)
    for key, value in read.items():
        if key == _SETTINGS and isinstance(value, dict):
            for name, setting in value.items():
                yield from ("--setting", f"{name}={_text(setting)}")
        elif key not in options or isinstance(value, dict) or f"--{key}" == _OPTION:
            raise ConfigurationError(f"{path}: {key}: no such option; there is {', '.join(sorted(options))}")
        else:
            values = value if isinstance(value, list) else [value]
            yield from (f"--{key}", *map(_text, values))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def settings(given: Sequence[str]) -> Settings:
    """Settings from texts ``name=value``.

    Raises:
        ConfigurationError: a name or value that there is not.
    """
    types = get_type_hints(Settings)
    values: dict[str, Any] = {}
    for each in given:
        name, _, text = each.partition("=")
        if name not in types:
            known = ", ".join(field.name for field in fields(Settings))
            raise ConfigurationError(f"settings.{name}: no such setting; there is {known}")
        try:
            values[name] = _VALUES[types[name]](text) if types[name] in _VALUES else _member(types[name], text)
        except (KeyError, ValueError):
            raise ConfigurationError(f"settings.{name}: {text!r} is no value of it") from None
    return Settings(**values)


_VALUES: dict[type, Callable[[str], Any]] = {bool: {"true": True, "false": False}.__getitem__, int: int}


def _member(kind: EnumMeta, text: str) -> Any:
    return kind[text.upper()]
