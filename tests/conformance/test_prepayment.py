"""Prepayment tokens of the public test estate, whose supplier's prepayment key its keystore holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gbcs.decoding import read_octets
from gbcs.errors import SecurityError
from gbcs.eui64 import Eui64
from gbcs.message import Message
from gbcs.prepayment import Utrn, ValueClass, make_utrn, token_counter_of, verify_utrn
from smki.keystore import Keystore, open_keystore

SUPPLIER = Eui64.parse("90-B3-D5-1F-30-01-00-00")
ESME = Eui64.parse("00-DB-12-34-56-78-90-A0")
GSME = Eui64.parse("00-DB-12-34-56-78-90-A1")


@pytest.fixture(scope="module")
def keystore(reference: Path) -> Keystore:
    return open_keystore(reference / "rtds/keystore")


@pytest.mark.parametrize(
    ("device", "counter", "value_class", "value", "digits"),
    [
        (ESME, 1, ValueClass.POUNDS, 100, "73943333457189043313"),
        (ESME, 4, ValueClass.PENCE, 1234, "73947252416745201637"),
        (ESME, 1, ValueClass.POUNDS, 8191, "73943680956463432551"),
        (ESME, 3, ValueClass.POUNDS, 10, "73946144332040217315"),
        (ESME, 5, ValueClass.POUNDS, 10, "73948959061972833313"),
        (GSME, 6, ValueClass.PENCE, 1250, "73950067887105178605"),
    ],
)
def test_published_tokens(
    keystore: Keystore, device: Eui64, counter: int, value_class: ValueClass, value: int, digits: str
) -> None:
    assert str(make_utrn(SUPPLIER, device, counter, value, value_class, keystore)) == digits
    verify_utrn(Utrn.parse(digits), SUPPLIER, device, counter, keystore)


def _token(path: Path) -> tuple[Message, str]:
    message = Message.decode(read_octets(path.read_bytes()))
    [digits] = re.findall(rb"[0-9]{20}", message.content)
    return message, digits.decode()


def test_tokens_in_commands_are_their_originators(reference: Path, keystore: Keystore) -> None:
    commands = sorted((reference / "rtds/messages").glob("2.2_CS01?/*_COMMAND_GBCS.HEX"))
    refused = set()
    for path in commands:
        message, digits = _token(path)
        try:
            counter = token_counter_of(message.originator_counter)
            verify_utrn(Utrn.parse(digits), message.originator, message.recipient, counter, keystore)
        except SecurityError as error:
            assert "check digit" in error.reason
            refused.add(path.name)
    assert len(commands) == 4
    # The one of the four that is meant to fail for its token.
    assert refused == {"CS01b_2.2_ERROR_COMMAND_GBCS.HEX"}


def test_a_token_made_with_another_key_is_refused(reference: Path, keystore: Keystore) -> None:
    _, digits = _token(reference / "rtds/messages/NA_PCS01/PCS01_NA_SUCCESS_COMMAND_GBCS.HEX")
    utrn = Utrn.parse(digits)
    assert (utrn.truncated_counter, utrn.value_class, utrn.value) == (0, ValueClass.PENCE, 2025)
    with pytest.raises(SecurityError, match="MAC"):
        verify_utrn(utrn, SUPPLIER, GSME, 0, keystore)
