"""The command line: `devices COMMAND` and `python -m devices COMMAND`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from devices.configuration import ConfigurationError, expand
from gbcs import commandline
from gbcs.commandline import Command, clock_start, eui64
from gbcs.framing import WAN_PORT

_LOOPBACK = "127.0.0.1"
#: The HAN has no port of its own; this is the one after the WAN's.
_HAN_PORT = WAN_PORT + 1
#: Option, attribute of `devices.metering.Load`, what it is.
_LOADS = (
    ("--load", "active_import", "active import in W"),
    ("--reactive-load", "reactive_import", "reactive import in var"),
    ("--export", "active_export", "active export in W"),
    ("--reactive-export", "reactive_export", "reactive export in var"),
    ("--second-load", "second_active_import", "active import of the second element in W"),
)


def _esme(parser: argparse.ArgumentParser) -> None:
    _electricity_device(parser)
    parser.add_argument("--variant", choices=("single", "twin", "polyphase"), default="single", help="single if absent")
    parser.add_argument(
        "--supply", choices=("disabled", "enabled", "armed"), default="enabled", help="state of a new device's supply"
    )
    for option, name, help_text in _LOADS:
        parser.add_argument(
            option, dest=name, type=_whole_number, default=0, metavar="N", help=f"{help_text}; 0 if absent"
        )


def _sapc(parser: argparse.ArgumentParser) -> None:
    _electricity_device(parser)


def _electricity_device(parser: argparse.ArgumentParser) -> None:
    _common(parser)
    parser.add_argument(
        "--config", metavar="FILE", help="TOML file of these options, a key each; the command line wins over it"
    )
    parser.add_argument(
        "--hub",
        type=_address,
        default=(_LOOPBACK, _HAN_PORT),
        metavar="HOST:PORT",
        help=f"the HAN side of its hub; {_LOOPBACK}:{_HAN_PORT} if absent",
    )
    parser.add_argument("--supplier", type=eui64, metavar="EUI", help="its supplier, if the keystore holds several")
    parser.add_argument(
        "--speed", type=_speed, default=1.0, metavar="N", help="how fast its clock runs; 1 if absent, 0 stands still"
    )
    parser.add_argument("--record", metavar="FILE", help="file to append every message to, as JSON lines")
    parser.add_argument(
        "--controllers",
        nargs="+",
        type=_controller,
        metavar="KIND",
        help="its auxiliary controllers: none, ALCS, APC, or the EUI-64 of an HCALCS",
    )
    parser.add_argument(
        "--setting",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what the specification leaves open (devices.settings), e.g. undated_activation=true",
    )


def _hub(parser: argparse.ArgumentParser) -> None:
    _common(parser)
    parser.add_argument(
        "--device",
        action="extend",
        nargs="+",
        default=[],
        type=eui64,
        metavar="EUI",
        help="devices that may associate",
    )
    parser.add_argument("--host", default=_LOOPBACK, help=f"address to listen on; {_LOOPBACK} if absent")
    for option, port in (("--wan-port", WAN_PORT), ("--han-port", _HAN_PORT)):
        parser.add_argument(option, type=_port, default=port, metavar="N", help=f"{port} if absent; 0 is any free one")


def _demo(parser: argparse.ArgumentParser) -> None:
    """Takes no arguments."""


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--eui", required=True, type=eui64, help="its identifier")
    parser.add_argument(
        "--keystore", required=True, metavar="DIR", help="folder of PEM files, or a JSON keystore, with its keys"
    )
    parser.add_argument("--state", metavar="FILE", help="SQLite file to keep its state in; in memory if absent")
    parser.add_argument(
        "--clock",
        type=clock_start,
        metavar="TIME",
        help="start of its clock (ISO 8601, UTC); the system's time if absent",
    )
    parser.add_argument("--control", type=_port, metavar="PORT", help="serve a control plane; 0 is any free port")
    parser.add_argument("--control-host", default=_LOOPBACK, metavar="HOST", help=f"its address; {_LOOPBACK} if absent")
    parser.add_argument(
        "--control-token-file", metavar="FILE", help="file with the token that its requests carry; needed off loopback"
    )


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host, _port(port)


def _port(text: str) -> int:
    port = _whole_number(text)
    if port > 0xFFFF:
        raise argparse.ArgumentTypeError(f"{text} is above 65535")
    return port


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = -1
    if not 0 <= speed < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number between 0 and a million")
    return speed


def _controller(text: str) -> str:
    return text if text in ("none", "ALCS", "APC") else eui64(text).hex()


def _whole_number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


COMMANDS = (
    Command("esme", "Run an electricity meter.", "devices.commands.meter", _esme),
    Command("sapc", "Run a stand-alone auxiliary proportional controller.", "devices.commands.meter", _sapc),
    Command("hub", "Run a Communications Hub.", "devices.commands.hub", _hub),
    Command("demo", "Show the whole chain, from request to response.", "devices.demo.command", _demo),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit status."""
    given = sys.argv[1:] if argv is None else argv
    try:
        given = expand(given, {"esme": _esme, "sapc": _sapc})
    except ConfigurationError as error:
        sys.stderr.write(f"devices: {error}\n")
        return error.exit_code
    return commandline.main("devices", "Emulated devices, each in a process of its own.", COMMANDS, given)


if __name__ == "__main__":
    sys.exit(main())
