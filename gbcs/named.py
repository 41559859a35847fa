"""Numbers that have names, as JSON shows them: ``{"code": 30, "name": "Wh"}``, whatever the encoding on the wire."""

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
    if re.fullmatch("0x[0-9A-Fa-f]+", json):
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
