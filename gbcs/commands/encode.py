"""`gbcs encode`."""

from __future__ import annotations

import argparse
import json

from gbcs.commandline import read_input
from gbcs.commands.keystore import open_keystore
from gbcs.errors import DecodeError, GbcsError
from gbcs.json_form import from_json
from gbcs.security.keys import Keys


def run(arguments: argparse.Namespace) -> int:
    keys = open_keystore(arguments.keystore)
    for name in arguments.files:
        for number, line in enumerate(read_input(name).splitlines(), 1):
            if line.strip():
                print(_encode(f"{name}:{number}", line, keys).hex())
    return 0


def _encode(place: str, line: bytes, keys: Keys | None) -> bytes:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DecodeError(place, 0, f"not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise DecodeError(place, 0, "not a JSON object")
    try:
        return from_json(fields, keys)
    except GbcsError as error:
        error.add_note(place)
        raise
