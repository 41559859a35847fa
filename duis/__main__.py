"""The command line: `duis COMMAND` and `python -m duis COMMAND`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from gbcs import commandline
from gbcs.commandline import Command, eui64, moment


def _signing(parser: argparse.ArgumentParser, *, by_keystore: bool) -> None:
    parser.set_defaults(usage_error=parser.error)
    parser.add_argument(
        "--keystore", required=by_keystore, metavar="DIR", help="folder of PEM files, or a JSON keystore"
    )
    parser.add_argument("--no-check", dest="check", action="store_false", help="sign what DUIS does not allow as well")
    _schemas(parser)


def _schemas(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--schemas",
        metavar="DIR",
        help="folder of the official schemas, to validate against as well; DUIS_SCHEMAS names it if absent",
    )


def _sign(parser: argparse.ArgumentParser) -> None:
    _signing(parser, by_keystore=False)
    parser.add_argument("--key", metavar="PEM", help="private key, in place of a keystore")
    parser.add_argument("--certificate", metavar="PEM", help="its certificate")
    parser.add_argument(
        "--preserve-counter",
        action="store_true",
        help="keep the counter of the RequestID, which is else the time in ms",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of the document")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a Request or Response, or a folder; - is stdin")


def _legacy(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--legacy", action="store_true", help="accept signatures by the keys for GBCS messages as well")
    parser.add_argument(
        "--at",
        type=moment,
        metavar="TIME",
        help="when the certificate has to be valid (ISO 8601); now if absent",
    )


def _verify(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(usage_error=parser.error)
    trust = parser.add_mutually_exclusive_group(required=True)
    trust.add_argument("--keystore", metavar="DIR", help="folder of PEM files, or a JSON keystore")
    trust.add_argument("--certificate", metavar="PEM", help="the signer's certificate")
    parser.add_argument("--crl", action="append", metavar="FILE", help="check revocation by these lists")
    _legacy(parser)
    parser.add_argument(
        "--unsigned-acknowledgements",
        action="store_true",
        help="let a Response pass that carries no payload and no signature",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of the content")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a signed document, or a folder of them; - is stdin")


def _validate(parser: argparse.ArgumentParser) -> None:
    _schemas(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a document, or a folder of them; - is stdin")


def _decode(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="a document, or a folder of them; - is stdin")


def _encode(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="what duis decode printed; - is stdin")


def _signer(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    serve = actions.add_parser("serve", help="serve POST /sign and POST /verify")
    _signing(serve, by_keystore=True)
    _legacy(serve)
    serve.set_defaults(key=None, certificate=None)
    serve.add_argument("--signed-only", action="store_true", help="refuse acknowledgements without a signature")
    serve.add_argument("--host", default="127.0.0.1", help="address to bind; the loopback address if absent")
    serve.add_argument("--port", "-p", type=int, default=8080, metavar="N", help="8080 if absent, 0 for any")


def _template(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="all services: element, command variants, User Roles")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    show = actions.add_parser("show", help="what a request may hold")
    new = actions.add_parser("new", help="a valid request to begin with")
    for action in (show, new):
        action.add_argument("srv", metavar="SRV", help="service reference variant, e.g. 4.1.1")
    new.add_argument("--originator", type=eui64, metavar="EUI", help="the user; an example if absent")
    new.add_argument("--target", type=eui64, metavar="EUI", help="the device, or the DCC; an example if absent")
    new.add_argument("--counter", type=int, metavar="N", help="originator counter; the time in ms if absent")
    new.add_argument("--command-variant", type=int, metavar="N", help="the service's first if absent")
    new.add_argument(
        "--with", action="append", dest="wanted", metavar="NAME", help="have this optional element, or this alternative"
    )
    new.add_argument("--compact", action="store_true", help="without white space between elements")
    new.add_argument("--json", action="store_true", help="in JSON, as duis decode prints it")
    new.add_argument(
        "--set",
        action="append",
        dest="settings",
        metavar="PATH=VALUE",
        help="give an element a value, by its path below that of the service, e.g. Season[2]/SeasonName=Winter",
    )


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
    Command("template", "Make requests to begin with, and describe them.", "duis.commands.template", _template),
    Command("validate", "Check documents.", "duis.commands.validate", _validate),
    Command("decode", "Show documents as JSON.", "duis.commands.decode", _decode),
    Command("encode", "Make documents of that JSON.", "duis.commands.encode", _encode),
    Command("sign", "Sign Requests or Responses.", "duis.commands.sign", _sign),
    Command("verify", "Check signatures and print what was signed.", "duis.commands.verify", _verify),
    Command("signer", "Run the signing service.", "duis.commands.signer", _signer),
    Command("transform", "Make GBCS commands of Requests.", "duis.commands.transform", _transform),
    Command("gateway", "Run the emulated DCC.", "duis.commands.gateway", _gateway),
    Command("mmc", "Make MMC documents of GBCS responses.", "duis.commands.mmc", _mmc),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit status."""
    return commandline.main("duis", "DUIS documents: make, check, sign, verify, transform.", COMMANDS, argv)


if __name__ == "__main__":
    sys.exit(main())
