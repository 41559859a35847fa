"""A decoded message as a tree for people, in colour on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from gbcs.usecases.index import TITLES

#: Said in the tree's first lines, or of no use to a reader.
_TOLD = {"file", "use_case", "kind", "message_code", "category", "octets", "undecoded_octets", "payload"}
#: What an access or a component says of itself beside its value.
_GLOSS = {
    "access": "{}",
    "class_id": "class {}",
    "instance": "{}",
    "attribute": "attribute {}",
    "method": "method {}",
    "object": "{}",
    "cluster": "{}",
    "command": "{}",
}
_COLOURS = {"valid": 32, "success": 32, "invalid": 31, "error": 31, "unverifiable": 33}
_BOLD, _DIM, _RED, _CYAN = 1, 2, 31, 36
#: A list or structure of plain values that is no longer stands in one line.
_LINE = 100


def render(fields: Mapping[str, Any]) -> str:
    """The tree of what `gbcs.json_form.to_json` gives, or of an object with ``error``."""
    if "kind" not in fields:
        return f"{fields['file']}: {_paint(str(fields['error']), _RED)}"
    use_case = fields["use_case"] or "unknown use case"
    title = f"{use_case} {fields['kind']}"
    told = (
        TITLES.get(use_case, ""),
        f"message code {fields['message_code']}, {fields['category'] or 'no category'}",
        fields["file"],
    )
    lines = [emphasised(title) + "".join(f"{_paint(' · ', _DIM)}{part}" for part in told if part)]
    shown = {name: value for name, value in fields.items() if name not in _TOLD and value is not None}
    if fields["undecoded_octets"]:
        shown["undecoded_octets"] = fields["undecoded_octets"]
    lines += branches(shown | {"payload": fields["payload"]}, "")
    return "\n".join(lines)


def emphasised(text: str) -> str:
    """The text in bold on a terminal."""
    return _paint(text, _BOLD)


def branches(fields: Mapping[str, Any], indent: str) -> Iterator[str]:
    """A line a field, nested ones below their parent."""
    for position, (name, value) in enumerate(fields.items(), 1):
        last = position == len(fields)
        stem, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
        leaf, children = _taken_apart(value)
        yield f"{_paint(indent + stem, _DIM)}{_paint(name, _CYAN)}{leaf and ': '}{leaf}"
        yield from branches(children, indent + below)


def _taken_apart(value: Any) -> tuple[str, Mapping[str, Any]]:
    """What stands in the line of a field, and what below it."""
    leaf = _leaf(value)
    if leaf is not None:
        return leaf, {}
    if not isinstance(value, Mapping):
        return "", _numbered(value)
    if not ("access" in value or "cluster" in value):
        return "", value
    gloss = [form.format(value[name]) for name, form in _GLOSS.items() if name in value]
    rest = {name: part for name, part in value.items() if name not in _GLOSS}
    inner = rest.pop("value", None)
    parts = [_leaf(rest.pop("result"))] if "result" in rest else []
    leaf = None if inner is None else _leaf(inner)
    if leaf is not None:
        parts.append(leaf)
    parts.append(_paint(f"({' '.join(gloss)})", _DIM))
    if leaf is None and inner is not None:
        rest |= inner if isinstance(inner, Mapping) else _numbered(inner)
    return " ".join(part for part in parts if part), rest


def _numbered(elements: list[Any]) -> Mapping[str, Any]:
    """The elements of a list as fields; a structure of few plain values stands in one line."""
    fields = {}
    for index, element in enumerate(elements):
        leaves = {name: _leaf(part) for name, part in element.items()} if isinstance(element, Mapping) else {}
        line = ", ".join(f"{name} {leaf}" for name, leaf in leaves.items())
        in_line = None not in leaves.values() and 0 < len(line) <= _LINE
        fields[f"[{index}]"] = line if in_line else element
    return fields


def _leaf(value: Any) -> str | None:
    """The text of a value that fits its line; None where it has branches of its own."""
    match value:
        case {"code": code, "name": name, **rest} if not rest:
            return f"{_word(name or 'unknown')} ({code})"
        case {"value": number, "scaler": scaler, "unit": unit, **rest} if not rest:
            return f"{Decimal(number).scaleb(scaler):f} {unit}"
        case Mapping():
            return None if value else "none"
        case list():
            return _elements(value)
        case bool():
            return str(value).lower()
        case _:
            return _word(str(value)) or '""'


def _elements(elements: list[Any]) -> str | None:
    """A list of plain values, if it fits."""
    leaves = [_leaf(element) for element in elements]
    texts = [leaf for leaf in leaves if leaf is not None]
    line = ", ".join(texts)
    return (line or "none") if len(texts) == len(leaves) and len(line) <= _LINE else None


def _word(text: str) -> str:
    colour = _COLOURS.get(text)
    return _paint(text, colour) if colour else text


def _paint(text: str, code: int) -> str:
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{code}m{text}\x1b[0m"
