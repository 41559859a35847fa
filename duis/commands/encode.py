"""`duis encode`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

from duis.commands.files import Output
from duis.document import from_json
from duis.errors import DuisError
from gbcs.commandline import read_input


def run(arguments: argparse.Namespace) -> int:
    output = Output()
    for name in arguments.files:
        try:
            for line in _lines(read_input(name)):
                output.show(name, from_json(line).to_xml())
        except BrokenPipeError:
            raise
        except (OSError, DuisError) as error:
            output.show(name, error)
    return output.status


def _lines(data: bytes) -> Iterator[object]:
    """The JSON objects of a file: one that fills it, or one a line."""
    try:
        text = data.decode()
        try:
            yield json.loads(text)
        except ValueError:
            lines = [line for line in text.splitlines() if line.strip()]
            if len(lines) < 2:
                raise
            yield from [json.loads(line) for line in lines]
    except (ValueError, RecursionError) as error:
        raise DuisError(f"not JSON: {error}") from None
