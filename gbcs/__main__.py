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
    parser.add_argument("--pcap", metavar="OUT", help="write the messages to a capture file for Wireshark as well")
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a message as hex, base64 or raw octets, or a record of `devices`; - is stdin",
    )


def _encode(parser: argparse.ArgumentParser) -> None:
    _keystore(parser)
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="JSON lines as `gbcs decode --json` prints; - is stdin"
    )


def _protection(parser: argparse.ArgumentParser) -> None:
    _keystore(parser)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a message as hex, base64 or raw octets; - is stdin")


def _utrn(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    make = actions.add_parser("make", help="Make the token that a supplier issues to a device.")
    check = actions.add_parser("check", help="Check a token as the device does.")
    for action in (make, check):
        _keystore(action)
        action.add_argument("--json", action="store_true", help="a JSON object instead of text")
        action.add_argument("--supplier", metavar="EUI", type=commandline.eui64, required=True)
        action.add_argument("--device", metavar="EUI", type=commandline.eui64, required=True)
        counter = action.add_mutually_exclusive_group(required=True)
        counter.add_argument("--counter", metavar="N", type=int, help="originator counter: N × 2^32")
        counter.add_argument("--token-counter", metavar="N", type=int, help="its upper half")
        if action is check:
            counter.add_argument("--highest", metavar="N", type=int, help="deduce it from the highest one so far")
    make.add_argument("--value", metavar="N", type=int, required=True, help="0 to 8191 pounds")
    make.add_argument("--pence", action="store_true", help="the value is in pence")
    check.add_argument("utrn", metavar="UTRN", help="20 digits, blanks and hyphens as typed")


def _use_cases(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of a table")
    parser.add_argument("--fields", action="store_true", help="what each field of the messages takes")
    parser.add_argument("--gbcs", metavar="VERSION", help="only those of a GBCS version, such as 4.0")
    parser.add_argument("codes", nargs="*", metavar="CODE", help="use case codes or message codes; all if none")


def _kernels(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of text")


def _keystore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--keystore", metavar="DIR", help="folder of PEM files, or a JSON keystore")


COMMANDS = (
    Command("decode", "Name and check everything in GBCS messages.", "gbcs.commands.decode", _decode),
    Command("encode", "Build GBCS messages from their JSON form.", "gbcs.commands.encode", _encode),
    Command("sign", "Sign pre-commands, with or without a null signature.", "gbcs.commands.protection", _protection),
    Command("protect", "Add the signature and MAC that messages lack.", "gbcs.commands.protection", _protection),
    Command("verify", "Check form, signature and MAC strictly.", "gbcs.commands.protection", _protection),
    Command("utrn", "Make and check prepayment top up tokens.", "gbcs.commands.utrn", _utrn),
    Command("kernels", "Say which path each bulk operation takes here.", "gbcs.commands.kernels", _kernels),
    Command("usecases", "List the use cases and what they allow.", "gbcs.commands.usecases", _use_cases),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit status."""
    return commandline.main("gbcs", "GBCS messages: decode, build, check.", COMMANDS, argv)


if __name__ == "__main__":
    sys.exit(main())
