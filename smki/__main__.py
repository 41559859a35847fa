"""The command line: `smki COMMAND` and `python -m smki COMMAND`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from gbcs import commandline
from gbcs.commandline import Command, eui64, moment
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, RemotePartyRole


def _init(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", help="where to; must be empty or not exist yet")
    parser.add_argument(
        "--device",
        action="append",
        default=[],
        type=_device,
        metavar="EUI:TYPE",
        help=f"make keys for this device too; TYPE is {', '.join(DeviceType)}",
    )


def _issue(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--authority", required=True, metavar="DIR", help="made by `smki init`; the keys go there too")
    parser.add_argument("--eui", required=True, type=eui64, metavar="EUI", help="whose certificate")
    holder = parser.add_mutually_exclusive_group(required=True)
    holder.add_argument("--role", choices=[role.label for role in RemotePartyRole], help="of an organisation")
    holder.add_argument("--device", action="store_true", help="the holder is a device")
    parser.add_argument(
        "--use",
        action="append",
        choices=[use.value for use in KeyUse],
        help="what for; all that the holder has if absent",
    )


def _inspect(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--at", type=moment, metavar="TIME", help="say what is not valid then (ISO 8601, UTC), not now")
    parser.add_argument("files", nargs="+", metavar="FILE", help=_FILES)


def _verify(parser: argparse.ArgumentParser) -> None:
    trust = parser.add_mutually_exclusive_group(required=True)
    trust.add_argument("--authority", metavar="DIR", help="trust the root in this folder or keystore")
    trust.add_argument("--root", metavar="PEM", help="trust the authority certificates in this file")
    parser.add_argument(
        "--at",
        type=moment,
        metavar="TIME",
        help="when the certificates have to be valid (ISO 8601, UTC); now if absent",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help=_FILES)


_FILES = "a certificate, a folder of them or a JSON keystore; - is stdin"


def _device(text: str) -> tuple[Eui64, DeviceType]:
    eui, _, name = text.rpartition(":")
    try:
        return eui64(eui), DeviceType(name.upper())
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


COMMANDS = (
    Command("init", "Make a test authority and the keys of every party of a rig.", "smki.commands.init", _init),
    Command("issue", "Issue further certificates by a test authority.", "smki.commands.issue", _issue),
    Command("inspect", "Say whose certificates these are, and what is odd.", "smki.commands.inspect", _inspect),
    Command("verify", "Check certificates up to a root.", "smki.commands.verify", _verify),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit status."""
    return commandline.main("smki", "SMKI certificates: make, show, check.", COMMANDS, argv)


if __name__ == "__main__":
    sys.exit(main())
