"""The command line: `gbcs COMMAND` and `python -m gbcs COMMAND`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from gbcs import commandline
from gbcs.commandline import Command


def _decode(parser: argparse.ArgumentParser) -> None:
    _keystore(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of a tree")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a message as hex, base64 or raw octets; - is stdin")


def _encode(parser: argparse.ArgumentParser) -> None:
    _keystore(parser)
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="JSON lines as `gbcs decode --json` prints; - is stdin"
    )


def _protection(parser: argparse.ArgumentParser) -> None:
    _keystore(parser)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a message as hex, base64 or raw octets; - is stdin")


def _use_cases(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of a table")
    parser.add_argument("codes", nargs="*", metavar="CODE", help="use case codes or message codes; all if none")


def _keystore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--keystore", metavar="DIR", help="folder of PEM files, or a JSON keystore")


COMMANDS = (
    Command("decode", "Name and check everything in GBCS messages.", "gbcs.commands.decode", _decode),
    Command("encode", "Build GBCS messages from their JSON form.", "gbcs.commands.encode", _encode),
    Command("sign", "Sign pre-commands, with or without a null signature.", "gbcs.commands.protection", _protection),
    Command("protect", "Add the signature and MAC that messages lack.", "gbcs.commands.protection", _protection),
    Command("verify", "Check form, signature and MAC strictly.", "gbcs.commands.protection", _protection),
    Command("usecases", "List the use cases and what they allow.", "gbcs.commands.usecases", _use_cases),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit status."""
    return commandline.main("gbcs", "GBCS messages: decode, build, check.", COMMANDS, argv)


if __name__ == "__main__":
    sys.exit(main())
