"""Numbers that mean something, as JSON shows them, whatever the encoding on the wire.

A code has a name: ``{"code": 30, "name": "Wh"}``. A quantity is ``value × 10^scaler`` of a unit:
``{"value": 230, "scaler": 0, "unit": "V"}``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from gbcs.errors import UseCaseError

#: More names than these are not all told in an error.
_SHOWN = 30


def named_to_json(value: int, names: Mapping[int, str], digits: int = 0) -> dict[str, Any]:
    """Code and name, None where there is no name. With `digits` the code is hexadecimal text such as ``0x8f66``."""
    return {"code": f"0x{value:0{digits}x}" if digits else value, "name": names.get(value)}


def named_from_json(json: Any, names: Mapping[int, str]) -> Any:
    """The code from what `named_to_json` gives, from the name, or from the code as number or hexadecimal text.

    Raises:
        UseCaseError: text that is neither.
    """
    if isinstance(json, Mapping):
        json = json.get("code")
    if not isinstance(json, str):
        return json
    if re.fullmatch("0x[0-9A-Fa-f]{1,16}", json):
        return int(json, 16)
    for code, name in names.items():
        if name == json:
            return code
    raise UseCaseError("", "", f"{json!r} is {_wanted(json, list(names.values()))}")


def _wanted(name: str, names: list[str]) -> str:
    if len(names) <= _SHOWN:
        return f"none of {', '.join(names)}" if names else "not of the form 0x8f66"
    near = get_close_matches(name, names, cutoff=0.4)
    return f"none of {len(names)} names" + (f"; near it are {', '.join(near)}" if near else "")


def quantity_to_json(value: int, unit: str, scaler: int) -> dict[str, Any]:
    """The number as it is sent, with scaler and unit."""
    return {"value": value, "scaler": scaler, "unit": unit}


def quantity_from_json(json: Any, unit: str, scaler: int) -> Any:
    """The number as it is sent, from that alone or from what `quantity_to_json` gives.

    Raises:
        UseCaseError: another unit or scaler.
    """
    if not isinstance(json, Mapping):
        return json
    for name, wanted in (("unit", unit), ("scaler", scaler)):
        if json.get(name, wanted) != wanted:
            raise UseCaseError("", name, f"{json[name]!r} where {wanted!r} belongs")
    return json.get("value")
