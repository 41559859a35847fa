"""A decoded message as a tree for people, in colour on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping

#: Said in the tree's first line, or of no use to a reader.
_HIDDEN = {"file", "use_case", "kind", "message_code", "category", "octets", "undecoded_octets"}
_COLOURS = {"valid": 32, "success": 32, "invalid": 31, "error": 31, "unverifiable": 33}


def render(fields: Mapping[str, object]) -> str:
    """The tree of what `gbcs.json_form.to_json` gives, or of an object with ``error``."""
    if "error" in fields:
        return f"{fields['file']}: {_paint(str(fields['error']), 'error')}"
    use_case = fields["use_case"] or "unknown use case"
    title = f"{use_case} {fields['kind']}, message code {fields['message_code']}, {fields['category'] or 'no category'}"
    lines = [f"{fields['file']}: {_paint(title, None, bold=True)}"]
    shown = {name: value for name, value in fields.items() if name not in _HIDDEN and value is not None}
    if fields["undecoded_octets"]:
        shown["undecoded_octets"] = fields["undecoded_octets"]
    lines += _branches(shown, "")
    return "\n".join(lines)


def _branches(fields: Mapping[str, object], indent: str) -> Iterator[str]:
    for position, (name, value) in enumerate(fields.items(), 1):
        last = position == len(fields)
        stem, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
        if isinstance(value, Mapping) and set(value) == {"code", "name"}:
            yield f"{indent}{stem}{name}: {value['name'] or 'unknown'} ({value['code']})"
        elif isinstance(value, Mapping):
            yield f"{indent}{stem}{name}"
            yield from _branches(value, indent + below)
        else:
            yield f"{indent}{stem}{name}: {_paint(str(value), str(value))}"


def _paint(text: str, key: str | None, *, bold: bool = False) -> str:
    colour = 1 if bold else _COLOURS.get(key or "")
    if colour is None or not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{colour}m{text}\x1b[0m"
