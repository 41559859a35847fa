"""`duis decode`."""

from __future__ import annotations

import argparse

from duis.commands.files import convert
from duis.document import parse


def run(arguments: argparse.Namespace) -> int:
    return convert(arguments.files, lambda document: parse(document).to_json(), as_json=False)
