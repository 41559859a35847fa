"""What the four commands have in common: exit codes, subcommands that import only what they run, errors in one line."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Sequence
from datetime import MAXYEAR, UTC, datetime
from enum import IntEnum
from importlib import import_module
from pathlib import Path
from typing import NamedTuple, NoReturn

from gbcs.errors import DecodeError
from gbcs.eui64 import Eui64


class ExitCode(IntEnum):
    """Exit status; scripts rely on these numbers."""

    OK = 0
    OPERATING_SYSTEM = 1
    BAD_INPUT = 2
    MISSING_KEY = 3
    CHECK_FAILED = 4
    XML_INVALID = 10
    USAGE = 64


class Parser(argparse.ArgumentParser):
    """An argument parser whose usage errors have the exit status of the contract."""

    def error(self, message: str) -> NoReturn:
        """Prints usage and the error, and exits."""
        self.print_usage(sys.stderr)
        self.exit(ExitCode.USAGE, f"{self.prog}: {message}\n")


class Command(NamedTuple):
    """One subcommand.

    Attributes:
        module: holds ``run(arguments: argparse.Namespace) -> int``; imported only when the command runs.
    """

    name: str
    help: str
    module: str
    configure: Callable[[argparse.ArgumentParser], None]


def main(program: str, description: str, commands: Sequence[Command], argv: Sequence[str] | None = None) -> int:
    """Parses, runs one subcommand and turns its errors into a line on stderr and an exit status."""
    parser = Parser(prog=program, description=description)
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in commands:
        subparser = subparsers.add_parser(command.name, help=command.help, description=command.help)
        command.configure(subparser)
        subparser.set_defaults(module=command.module)
    arguments = parser.parse_args(argv)
    try:
        status: int = import_module(arguments.module).run(arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # The reader has gone; keep the interpreter from complaining when it flushes at exit.
        with contextlib.suppress(OSError):
            sys.stdout.close()
        return ExitCode.OPERATING_SYSTEM
    except OSError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return ExitCode.OPERATING_SYSTEM
    except KeyboardInterrupt:
        return ExitCode.OPERATING_SYSTEM
    except Exception as error:
        exit_code = getattr(error, "exit_code", None)
        if exit_code is None:
            raise
        # A note says which of several inputs was meant.
        print(": ".join((program, *getattr(error, "__notes__", ()), str(error))), file=sys.stderr)
        return ExitCode(exit_code)


def eui64(text: str) -> Eui64:
    """The type of an argument that is an EUI-64."""
    try:
        return Eui64.parse(text)
    except DecodeError as error:
        raise argparse.ArgumentTypeError(error.reason) from None


def moment(text: str) -> datetime:
    """The type of an argument that is a time: ISO 8601, UTC where it names no zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def clock_start(text: str) -> datetime:
    """The type of an argument at which a clock starts, which leaves it a year to run before the calendar ends."""
    at = moment(text)
    if at.year > MAXYEAR - 1:
        raise argparse.ArgumentTypeError(f"{text!r} leaves a clock no time to run")
    return at


def read_input(name: str) -> bytes:
    """The octets of a file, or of standard input for ``-``."""
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
