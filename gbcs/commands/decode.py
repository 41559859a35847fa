"""`gbcs decode`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeAlias

from gbcs import pcap
from gbcs.commandline import ExitCode, read_input
from gbcs.commands.keystore import open_keystore
from gbcs.commands.tree import render
from gbcs.decoding import Decoded, decode, read_octets
from gbcs.errors import GbcsError
from gbcs.eui64 import Eui64
from gbcs.json_form import to_json
from gbcs.message import Cra, Message
from gbcs.security.keys import Keys
from gbcs.security.protection import Status

#: Which exit status wins when files end differently.
_PRECEDENCE = (
    ExitCode.OK,
    ExitCode.MISSING_KEY,
    ExitCode.CHECK_FAILED,
    ExitCode.BAD_INPUT,
    ExitCode.OPERATING_SYSTEM,
)
#: Commands of the files before, by device, counter and message code: a response is read as the answer to its command.
_Commands: TypeAlias = dict[tuple[Eui64, int, int], Decoded]


def run(arguments: argparse.Namespace) -> int:
    keys = open_keystore(arguments.keystore)
    worst = ExitCode.OK
    messages: list[bytes] = []
    commands: _Commands = {}
    for file in arguments.files:
        for name, read in _inputs(file):
            shown, status = _decode(name, read, keys, messages, commands)
            print(json.dumps(shown) if arguments.json else render(shown))
            worst = max(worst, status, key=_PRECEDENCE.index)
    if arguments.pcap:
        Path(arguments.pcap).write_bytes(pcap.FILE_HEADER + b"".join(map(pcap.record, messages)))
    return worst


def _inputs(file: str) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """The messages of a file, by name: one, or those in the lines of a record of `devices`."""
    try:
        data = read_input(file)
    except OSError:
        yield file, partial(read_input, file)
        return
    lines = enumerate(data.splitlines(), 1) if data.startswith(b"{") else ()
    found = [(number, octets) for number, line in lines if (octets := _recorded(line)) is not None]
    if not found:
        yield file, lambda: data
    for number, octets in found:
        yield f"{file}:{number}", octets.encode


def _recorded(line: bytes) -> str | None:
    try:
        octets = json.loads(line)["octets"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return str(octets)


def _decode(
    name: str, read: Callable[[], bytes], keys: Keys | None, messages: list[bytes], commands: _Commands
) -> tuple[dict[str, object], ExitCode]:
    try:
        octets = read_octets(read())
        messages.append(octets)
        message = Message.decode(octets)
        answered = (message.originator, message.originator_counter, message.message_code)
        command = commands.get(answered) if message.cra is Cra.RESPONSE else None
        decoded = decode(octets, keys, command=command, strict=False)
    except OSError as error:
        return {"file": name, "error": str(error)}, ExitCode.OPERATING_SYSTEM
    except GbcsError as error:
        return {"file": name, "error": str(error)}, ExitCode.BAD_INPUT
    if message.cra is Cra.COMMAND and not decoded.fault:
        commands[message.recipient, message.originator_counter, message.message_code] = decoded
    for key in decoded.inspection.missing:
        print(f"gbcs: {name}: no {key}", file=sys.stderr)
    status = ExitCode.MISSING_KEY if decoded.inspection.missing else ExitCode.OK
    if Status.INVALID in decoded.inspection:
        status = ExitCode.CHECK_FAILED
    if decoded.fault:
        status = ExitCode.BAD_INPUT
    return {"file": name, **to_json(decoded)}, status
