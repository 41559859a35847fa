"""`gbcs utrn make` and `gbcs utrn check`."""

from __future__ import annotations

import argparse
import json

from gbcs.commands.keystore import open_keystore
from gbcs.errors import MissingKeyError
from gbcs.prepayment import (
    Utrn,
    ValueClass,
    deduce_token_counter,
    make_utrn,
    originator_counter,
    token_counter_of,
    verify_utrn,
)
from gbcs.security.keys import Keys


def run(arguments: argparse.Namespace) -> int:
    keys = open_keystore(arguments.keystore)
    if keys is None:
        raise MissingKeyError("keystore: name one with --keystore")
    counter: int = arguments.token_counter
    if arguments.counter is not None:
        counter = token_counter_of(arguments.counter)
    if arguments.action == "make":
        value_class = ValueClass.PENCE if arguments.pence else ValueClass.POUNDS
        utrn = make_utrn(arguments.supplier, arguments.device, counter, arguments.value, value_class, keys)
        line = str(utrn)
    else:
        utrn, counter = _checked(arguments, counter, keys)
        line = f"{utrn.grouped()}: {utrn.value} {utrn.value_class.name.lower()}, token counter {counter}, valid"
    print(json.dumps(_fields(utrn, counter)) if arguments.json else line)
    return 0


def _checked(arguments: argparse.Namespace, counter: int | None, keys: Keys) -> tuple[Utrn, int]:
    utrn = Utrn.parse(arguments.utrn)
    if counter is None:
        counter = deduce_token_counter(utrn.truncated_counter, arguments.highest)
    verify_utrn(utrn, arguments.supplier, arguments.device, counter, keys)
    return utrn, counter


def _fields(utrn: Utrn, counter: int) -> dict[str, object]:
    return {
        "utrn": str(utrn),
        "token_counter": counter,
        "originator_counter": originator_counter(counter),
        "value": utrn.value,
        "value_class": {"code": utrn.value_class.value, "name": utrn.value_class.name.lower()},
        "ptut": utrn.ptut.hex(),
    }
