"""The command line: `devices COMMAND` and `python -m devices COMMAND`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from devices import configuration
from devices.configuration import ConfigurationError
from devices.option_values import interval, whole_number
from devices.options import OPTIONS, PROCESS, add_options, schema_of
from gbcs import commandline
from gbcs.commandline import Command

_DEVICES = {
    "esme": ("Run an electricity meter.", "devices.commands.meter"),
    "sapc": ("Run a stand-alone auxiliary proportional controller.", "devices.commands.meter"),
    "hub": ("Run a Communications Hub.", "devices.commands.hub"),
}


def _demo(parser: argparse.ArgumentParser) -> None:
    """Takes no arguments."""


def _fleet(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="TOML file; `devices schema fleet` says of what")
    parser.add_argument("--premises", type=whole_number, metavar="N", help="so many, whatever the file says")
    number = parser.add_mutually_exclusive_group()
    number.add_argument("--commands", type=whole_number, metavar="N", help="send so many, whatever the file says")
    number.add_argument("--seconds", type=interval, metavar="S", help="send commands for so long")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")


def _schema(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("device", choices=[*OPTIONS, "premises", "fleet"], help="whose configuration file")


def _premises(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="TOML file; its options of the process may be given here as well")
    for option in PROCESS:
        option.add_to(parser, {option.destination: argparse.SUPPRESS})


def _commands(given: Mapping[str, Any]) -> tuple[Command, ...]:
    """The commands; `given` are values that a configuration file has."""
    devices = [
        Command(name, help_text, module, partial(add_options, options=OPTIONS[name], given=given))
        for name, (help_text, module) in _DEVICES.items()
    ]
    return (
        *devices,
        Command("premises", "Run a hub and the devices on its HAN.", "devices.commands.premises", _premises),
        Command("fleet", "Run many premises, and send them commands.", "devices.commands.fleet", _fleet),
        Command("demo", "Show the whole chain, from request to response.", "devices.demo.command", _demo),
        Command("schema", "Print the JSON Schema of a configuration file.", "devices.commands.schema", _schema),
    )


def _configured(argv: Sequence[str]) -> dict[str, Any]:
    """What the file has that ``--config`` names."""
    if not argv or argv[0] not in OPTIONS:
        return {}
    finder = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    finder.add_argument("--config")
    path = finder.parse_known_args(argv[1:])[0].config
    options = OPTIONS[argv[0]]
    return {} if path is None else configuration.read(path, options, schema_of(argv[0], options))


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit status."""
    arguments = sys.argv[1:] if argv is None else argv
    try:
        given = _configured(arguments)
    except ConfigurationError as error:
        sys.stderr.write(f"devices: {error}\n")
        return error.exit_code
    return commandline.main("devices", "Emulated devices, each in a process of its own.", _commands(given), arguments)


if __name__ == "__main__":
    sys.exit(main())
