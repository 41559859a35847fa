"""The command line: `duis COMMAND` and `python -m duis COMMAND`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from gbcs import commandline
from gbcs.commandline import Command, eui64, moment


def _sign(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(usage_error=parser.error)
    parser.add_argument("--keystore", metavar="DIR", help="folder of PEM files, or a JSON keystore")
    parser.add_argument("--key", metavar="PEM", help="private key, in place of a keystore")
    parser.add_argument("--certificate", metavar="PEM", help="its certificate")
    parser.add_argument(
        "--preserve-counter",
        action="store_true",
        help="keep the counter of the RequestID, which is else the time in ms",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a Request or Response; - is stdin")


def _verify(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(usage_error=parser.error)
    trust = parser.add_mutually_exclusive_group(required=True)
    trust.add_argument("--keystore", metavar="DIR", help="folder of PEM files, or a JSON keystore")
    trust.add_argument("--certificate", metavar="PEM", help="the signer's certificate")
    parser.add_argument(
        "--at",
        type=moment,
        metavar="TIME",
        help="when the certificate has to be valid (ISO 8601); now if absent",
    )
    parser.add_argument("--legacy", action="store_true", help="accept signatures by the keys for GBCS messages as well")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a signed Request or Response; - is stdin")


def _request(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--srv", required=True, metavar="VARIANT", help="service reference variant, e.g. 4.1.1")
    parser.add_argument("--originator", required=True, type=eui64, metavar="EUI", help="the user")
    parser.add_argument("--target", required=True, type=eui64, metavar="EUI", help="the device, or the DCC")
    parser.add_argument("--counter", type=int, metavar="N", help="originator counter; the time in ms if absent")
    parser.add_argument("--command-variant", type=int, metavar="N", help="the service's first if absent")
    parser.add_argument("values", nargs="*", metavar="KEY=VALUE", help="elements of the body by name")


def _transform(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--keystore", required=True, metavar="DIR", help="folder of PEM files, or a JSON keystore")
    parser.add_argument("--context", metavar="FILE", help="JSON: what the DCC knows and the requests do not say")
    parser.add_argument("--sign", action="store_true", help="sign critical commands with the originator's key")
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of hex")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a Request; - is stdin")


def _mmc(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--keystore", required=True, metavar="DIR", help="folder of PEM files, or a JSON keystore")
    parser.add_argument("--srv", metavar="VARIANT", help="service reference variant that was asked for")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a GBCS response as hex, base64 or octets; - is stdin")


def _gateway(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(usage_error=parser.error)
    parser.add_argument("--keystore", required=True, metavar="DIR", help="the DCC's keys and everybody's certificates")
    parser.add_argument("--inventory", required=True, metavar="FILE", help="JSON: devices with their hubs, and users")
    parser.add_argument("--host", default="127.0.0.1", help="address to bind; the loopback address if absent")
    parser.add_argument("--port", type=int, default=8079, metavar="N", help="8079 if absent, 0 for any")
    parser.add_argument("--state", metavar="FILE", help="SQLite file that outlives the process; in memory if absent")
    parser.add_argument(
        "--clock",
        type=moment,
        metavar="TIME",
        help="when the gateway's clock starts (ISO 8601); now if absent",
    )
    parser.add_argument("--timeout", type=float, default=30, metavar="SECONDS", help="for a device to respond; 30")


COMMANDS = (
    Command("request", "Build an unsigned Request.", "duis.commands.request", _request),
    Command("sign", "Sign Requests or Responses.", "duis.commands.sign", _sign),
    Command("verify", "Check signatures and print what was signed.", "duis.commands.verify", _verify),
    Command("transform", "Make GBCS commands of Requests.", "duis.commands.transform", _transform),
    Command("gateway", "Run the emulated DCC.", "duis.commands.gateway", _gateway),
    Command("mmc", "Make MMC documents of GBCS responses.", "duis.commands.mmc", _mmc),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit status."""
    return commandline.main("duis", "DUIS documents: build, sign, verify, transform.", COMMANDS, argv)


if __name__ == "__main__":
    sys.exit(main())
