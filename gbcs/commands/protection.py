"""`gbcs sign`, `gbcs protect` and `gbcs verify`: a message in, the message signed, MACed or merely checked out."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from gbcs.commandline import read_input
from gbcs.commands.keystore import open_keystore
from gbcs.decoding import decode, read_octets
from gbcs.errors import GbcsError, MissingKeyError, UseCaseError
from gbcs.message import Message
from gbcs.security import protection
from gbcs.security.category import Category
from gbcs.security.keys import Keys


def _sign(message: Message, _category: Category, keys: Keys) -> Message:
    return protection.sign(message, keys)


def _verify(message: Message, category: Category, keys: Keys) -> Message:
    protection.verify(message, category, keys)
    return message


_ACTIONS: dict[str, Callable[[Message, Category, Keys], Message]] = {
    "sign": _sign,
    "protect": protection.protect,
    "verify": _verify,
}


def run(arguments: argparse.Namespace) -> int:
    keys = open_keystore(arguments.keystore)
    if keys is None:
        raise MissingKeyError("keystore: name one with --keystore")
    for name in arguments.files:
        try:
            print(_apply(_ACTIONS[arguments.command], read_octets(read_input(name)), keys).encode().hex())
        except GbcsError as error:
            error.add_note(name)
            raise
    return 0


def _apply(action: Callable[[Message, Category, Keys], Message], octets: bytes, keys: Keys) -> Message:
    decoded = decode(octets)
    if decoded.category is None:
        raise UseCaseError(f"0x{decoded.message.message_code:04x}", "", "no use case has this message code")
    return action(decoded.message, decoded.category, keys)
