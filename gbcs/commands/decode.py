"""`gbcs decode`."""

from __future__ import annotations

import argparse
import json
import sys
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
    for name in arguments.files:
        shown, status = _decode(name, keys, messages, commands)
        print(json.dumps(shown) if arguments.json else render(shown))
        worst = max(worst, status, key=_PRECEDENCE.index)
    if arguments.pcap:
        Path(arguments.pcap).write_bytes(pcap.FILE_HEADER + b"".join(map(pcap.record, messages)))
    return worst


def _decode(
    name: str, keys: Keys | None, messages: list[bytes], commands: _Commands
) -> tuple[dict[str, object], ExitCode]:
    try:
        octets = read_octets(read_input(name))
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
