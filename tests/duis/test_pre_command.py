from __future__ import annotations

from dataclasses import replace

import pytest

from duis.document import Request
from duis.errors import CommandVariantError, DocumentError
from duis.identifiers import RequestID
from duis.pre_command import sign_pre_command
from duis.services import SERVICES
from gbcs.errors import MissingKeyError
from gbcs.message import Message
from gbcs.security.ecc import signature_is_valid
from gbcs.security.protection import protect
from gbcs.usecases.catalogue import USE_CASES
from smki.keystore import Keystore
from tests.duis.gateway import METER, NOW, OPERATOR, SUPPLIER, make

ASKED = Request(RequestID(SUPPLIER, METER, 1000), 4, SERVICES["7.3"])
ARM = USE_CASES["ECS44"]
PRE_COMMAND = ARM.command(SUPPLIER, METER, 1000)


def test_it_goes_back_with_the_signature_behind_it():
    keys = make().keys
    order = sign_pre_command(ASKED, PRE_COMMAND.encode(), keys)
    octets = order.body["GBCSPayload"]
    assert octets[:-65] == PRE_COMMAND.encode()
    assert octets[-65] == 64
    assert signature_is_valid(keys.verifying_key(SUPPLIER), octets[-64:], octets[1:-65])
    assert (order.request_id, order.command_variant, order.service) == (ASKED.request_id, 5, ASKED.service)
    assert b"<sr:SignedPreCommand><sr:GBCSPayload>" in order.to_xml()


def test_the_null_signature_of_older_tools_gives_way():
    octets = PRE_COMMAND.encode() + b"\0"
    assert sign_pre_command(ASKED, octets, make().keys).body["GBCSPayload"][:-65] == PRE_COMMAND.encode()


def test_command_variants_and_a_date():
    order = sign_pre_command(ASKED, PRE_COMMAND.encode(), make().keys, 7, NOW)
    assert (order.command_variant, order.body["ExecutionDateTime"]) == (7, NOW)
    assert order.to_xml()
    with pytest.raises(CommandVariantError):
        sign_pre_command(ASKED, PRE_COMMAND.encode(), make().keys, 1)


@pytest.mark.parametrize(
    ("message", "rule"),
    [
        (protect(PRE_COMMAND, ARM.category, make().keys), "a command, not a pre-command"),
        (ARM.command(SUPPLIER, METER, 1001), "with counter 1001, not of"),
        (ARM.command(OPERATOR, METER, 1000), f"a command of {OPERATOR}"),
        (replace(PRE_COMMAND, recipient=OPERATOR), f"to {OPERATOR}"),
    ],
)
def test_what_is_not_the_pre_command_of_the_request_is_not_signed(message: Message, rule):
    with pytest.raises(DocumentError, match=rule) as caught:
        sign_pre_command(ASKED, message.encode(), make().keys)
    assert caught.value.path == "Request/Body/SignedPreCommand/GBCSPayload"


def test_octets_that_are_none_and_keys_that_are_missing():
    with pytest.raises(DocumentError, match="offset"):
        sign_pre_command(ASKED, b"\xdf", make().keys)
    with pytest.raises(MissingKeyError):
        sign_pre_command(ASKED, PRE_COMMAND.encode(), Keystore())
