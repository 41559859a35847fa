"""The command line: `smki COMMAND` and `python -m smki COMMAND`."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence

from gbcs import commandline
from gbcs.commandline import Command, clock_start, eui64, moment
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, Purpose, RemotePartyRole
from smki.errors import INDISPENSABLE, Check


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
    parser.add_argument("--at", type=moment, metavar="TIME", help="issue everything at this time (ISO 8601, UTC)")
    parser.add_argument("--seed", type=int, metavar="N", help="the same keys again for the same N and TIME; no secret!")


def _issue(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--authority", required=True, metavar="DIR", help="made by `smki init`; the keys go there too")
    parser.add_argument("--eui", type=eui64, metavar="EUI", help="whose certificate")
    _holder(parser, required=False)
    parser.add_argument(
        "--use",
        action="append",
        choices=[use.value for use in KeyUse],
        help="what for; all that the holder has if absent",
    )
    parser.add_argument("--csr", metavar="FILE", help="certify this request instead; the certificate goes to stdout")
    parser.set_defaults(usage_error=parser.error)


def _csr(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--eui", required=True, type=eui64, metavar="EUI", help="who asks")
    _holder(parser, required=True)
    parser.add_argument("--use", required=True, choices=["ds", "ka"], help="what for")
    parser.add_argument("--key", required=True, metavar="FILE", help="the private key; made if it is not there")
    parser.add_argument("--common-name", metavar="CN", help="of an organisation that has one")


def _revoke(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--authority", required=True, metavar="DIR", help="made by `smki init`; the list goes there")
    parser.add_argument("--serial", required=True, type=_serial, metavar="HEX", help="of the certificate")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--reason", choices=_REASONS, default="unspecified", help="unspecified if absent")
    what.add_argument("--suspend", action="store_true", help="put it on hold, which can be undone")
    what.add_argument("--reinstate", action="store_true", help="take it off hold")


def _serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--authority", required=True, metavar="DIR", help="made by `smki init`")
    parser.add_argument("--registry", metavar="FILE", help="who may ask for what; DIR/parties.json if absent")
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="127.0.0.1 if absent")
    parser.add_argument("--port", type=int, default=8083, metavar="N", help="8083 if absent, 0 for any")
    parser.add_argument("--limits", choices=["fast", "strict"], default="fast", help="strict: the real times and rates")
    parser.add_argument(
        "--search-key", action="append", default=[], metavar="KEY", help="a further key that may search"
    )
    parser.add_argument("--clock", type=clock_start, metavar="TIME", help="when the clock starts; now if absent")
    parser.set_defaults(usage_error=parser.error)


def _inspect(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--at", type=moment, metavar="TIME", help="say what is not valid then (ISO 8601, UTC), not now")
    _password(parser)
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
    parser.add_argument("--crl", action="append", metavar="FILE", help="check revocation by these lists")
    purposes = [purpose.name.lower().replace("_", "-") for purpose in Purpose]
    parser.add_argument(
        "--purpose", choices=purposes, default=purposes[0], metavar="PURPOSE", help="; ".join(purposes[1:])
    )
    parser.add_argument("--profile", action="store_true", help="ask for the profile in every detail")
    checks = [check.value for check in Check if check not in INDISPENSABLE]
    parser.add_argument(
        "--forgive", action="append", default=[], choices=checks, metavar="CHECK", help="; ".join(checks)
    )
    _password(parser)
    parser.add_argument("files", nargs="+", metavar="FILE", help=_FILES)


_FILES = "a certificate, a folder of them, a JSON or PKCS #12 keystore; - is stdin"
# The words of `smki.revocation.Reason`, told here so that --help does not load it.
_REASONS = (
    "unspecified",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "privilegeWithdrawn",
)


def _password(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--password-file", metavar="FILE", help="holds the password of PKCS #12 files")


def _holder(parser: argparse.ArgumentParser, *, required: bool) -> None:
    holder = parser.add_mutually_exclusive_group(required=required)
    holder.add_argument("--role", choices=[role.label for role in RemotePartyRole], help="of an organisation")
    holder.add_argument("--device", action="store_true", help="the holder is a device")


def _serial(text: str) -> int:
    if not re.fullmatch("[0-9A-Fa-f]{1,40}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a serial number in hexadecimal")
    return int(text, 16)


def _device(text: str) -> tuple[Eui64, DeviceType]:
    eui, _, name = text.rpartition(":")
    try:
        return eui64(eui), DeviceType(name.upper())
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


COMMANDS = (
    Command("init", "Make a test authority and the keys of every party of a rig.", "smki.commands.init", _init),
    Command("issue", "Issue further certificates by a test authority.", "smki.commands.issue", _issue),
    Command("csr", "Make a certification request, and its key.", "smki.commands.csr", _csr),
    Command("inspect", "Show certificates and requests, and what is odd.", "smki.commands.inspect", _inspect),
    Command("verify", "Check certificates up to a root.", "smki.commands.verify", _verify),
    Command("revoke", "Revoke or suspend a certificate.", "smki.commands.revoke", _revoke),
    Command("serve", "Run the certificate search, certification and CRL services.", "smki.commands.serve", _serve),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit status."""
    return commandline.main("smki", "SMKI certificates: make, show, check, serve.", COMMANDS, argv)


if __name__ == "__main__":
    sys.exit(main())
