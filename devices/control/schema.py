"""JSON Schema, as much of it as the control plane speaks: told in its OpenAPI document, and checked in requests."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

Json: TypeAlias = Any
Schema: TypeAlias = dict[str, Any]

ANY: Schema = {}
STRING: Schema = {"type": "string"}
BOOLEAN: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
MOMENT: Schema = {"type": "string", "format": "date-time"}
HEX: Schema = {"type": "string", "pattern": "^([0-9a-fA-F]{2})*$"}
BASE64: Schema = {"type": "string", "contentEncoding": "base64"}
EUI: Schema = {"type": "string", "pattern": "^[0-9a-f]{16}$"}

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}


def obj(needed: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None, **more: Json) -> Schema:
    """An object with these properties and no others."""
    properties = {**needed, **(optional or {})}
    return {"type": "object", "properties": properties, "required": [*needed], "additionalProperties": False, **more}


def array(items: Schema) -> Schema:
    """An array."""
    return {"type": "array", "items": items}


def one_of(values: Iterable[str]) -> Schema:
    """One of these words."""
    return {"type": "string", "enum": [*values]}


def whole(low: int, high: int, **more: Json) -> Schema:
    """A whole number, bounds included."""
    return {"type": "integer", "minimum": low, "maximum": high, **more}


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    return {**schema, "type": [schema["type"], "null"]}


def fault(schema: Schema, value: Json, where: str) -> tuple[str, str] | None:
    """Where and why a value is not what the schema says; None if it is."""
    kind = schema.get("type")
    if kind is None:
        return None
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        return where, f"not of the type {kind}"
    if isinstance(value, dict) and "properties" in schema:
        return _fault_of_object(schema, value, where)
    if isinstance(value, str):
        return _fault_of_text(schema, value, where)
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
        if not low <= value <= high or abs(value) == math.inf or value <= schema.get("exclusiveMinimum", -math.inf):
            return where, f"not between {schema.get('exclusiveMinimum', low)} and {high}"
    return None


def _fault_of_object(schema: Schema, value: dict[str, Json], where: str) -> tuple[str, str] | None:
    properties: Mapping[str, Schema] = schema["properties"]
    for name in schema["required"]:
        if name not in value:
            return f"{where}.{name}", "missing"
    for name in value:
        if name not in properties:
            return f"{where}.{name}", f"unknown; there is {', '.join(properties)}"
    if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", len(properties)):
        return where, f"one of {', '.join(properties)} wanted"
    faults = (fault(properties[name], each, f"{where}.{name}") for name, each in value.items())
    return next((found for found in faults if found), None)


def _fault_of_text(schema: Schema, value: str, where: str) -> tuple[str, str] | None:
    if "enum" in schema and value not in schema["enum"]:
        return where, f"none of {', '.join(schema['enum'])}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return where, f"not of the form {schema['pattern']}"
    if schema.get("format") == "date-time":
        try:
            if datetime.fromisoformat(value).tzinfo is None:
                return where, "a time without its zone"
        except ValueError:
            return where, "not a date and time (ISO 8601)"
    return None
