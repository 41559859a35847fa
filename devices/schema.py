"""Checks of values against a JSON Schema, as far as the configuration of devices uses it, with one clear error."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

_TYPES: dict[str, tuple[str, type | tuple[type, ...]]] = {
    "string": ("a string", str),
    "integer": ("a whole number", int),
    "number": ("a number", (int, float)),
    "boolean": ("true or false", bool),
    "array": ("an array", list),
    "object": ("a table", dict),
}
#: A property of one value in every branch of a ``oneOf`` tells which branch is meant.
_CONST = "const"


class Mismatch(Exception):
    """A value that the schema does not allow.

    Attributes:
        path: keys and positions on the way to it, joined by dots.
        reason: what it is, and what belongs there.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.path = path
        self.reason = reason


def check(value: Any, schema: Schema, path: str = "") -> None:
    """Checks a value and all that is in it.

    Raises:
        Mismatch: the first that the schema does not allow.
    """
    if "oneOf" in schema:
        schema = _branch(value, schema["oneOf"], path)
    if not _is(value, schema["type"]):
        raise Mismatch(path, f"{_shown(value)} where {_TYPES[schema['type']][0]} belongs")
    if "enum" in schema and value not in schema["enum"]:
        raise _none_of(value, schema["enum"], path)
    if "pattern" in schema and not re.search(schema["pattern"], value):
        raise Mismatch(path, f"{_shown(value)} is not {schema['title']}")
    _check_bounds(value, schema, path)
    if schema["type"] == "array":
        for number, each in enumerate(value):
            check(each, schema["items"], f"{path}[{number}]")
    if schema["type"] == "object":
        _check_table(value, schema, path)


def _check_bounds(value: Any, schema: Schema, path: str) -> None:
    size = len(value) if isinstance(value, list) else value
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        raise Mismatch(path, f"{value} is not above {schema['exclusiveMinimum']}")
    for words, name in (("is below", "minimum"), ("entries, at least", "minItems")):
        if name in schema and size < schema[name]:
            raise Mismatch(path, f"{size} {words} {schema[name]}")
    for words, name in (("is above", "maximum"), ("entries, at most", "maxItems")):
        if name in schema and size > schema[name]:
            raise Mismatch(path, f"{size} {words} {schema[name]}")


def _check_table(table: Mapping[str, Any], schema: Schema, path: str) -> None:
    properties = schema["properties"]
    for key, value in table.items():
        below = f"{path}.{key}" if path else key
        if key not in properties:
            if schema.get("additionalProperties") is True:
                continue
            raise Mismatch(
                below, f"no such key{_near(key, properties) or '; there is ' + ', '.join(sorted(properties))}"
            )
        if _CONST not in properties[key]:
            check(value, properties[key], below)
    for key in schema.get("required", ()):
        if key not in table:
            raise Mismatch(path, f"{key} is missing")


def _branch(value: Any, branches: list[Schema], path: str) -> Schema:
    """The branch whose type the value has; among tables the one whose constant it has."""
    fitting = [branch for branch in branches if _is(value, branch["type"])]
    if not fitting:
        kinds = dict.fromkeys(_TYPES[branch["type"]][0] for branch in branches)
        raise Mismatch(path, f"{_shown(value)} where {' or '.join(kinds)} belongs")
    if len(fitting) == 1:
        return fitting[0]
    key = next(name for name, each in fitting[0]["properties"].items() if _CONST in each)
    by_constant = {branch["properties"][key][_CONST]: branch for branch in fitting}
    if key not in value:
        raise Mismatch(path, f"{key} is missing")
    if value[key] not in [*by_constant]:
        raise _none_of(value[key], by_constant, f"{path}.{key}")
    return by_constant[value[key]]


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind][1]) and (kind == "boolean" or not isinstance(value, bool))


def _none_of(value: Any, known: Iterable[Any], path: str) -> Mismatch:
    return Mismatch(path, f"{_shown(value)} is none of {', '.join(map(_shown, known))}{_near(value, known)}")


def _near(value: Any, known: Iterable[Any]) -> str:
    matches = get_close_matches(str(value), [str(each) for each in known], 1)
    return f"; did you mean {matches[0]}?" if matches else ""


def _shown(value: Any) -> str:
    """A value as TOML has it, cut short."""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
