"""Signed Pre-Commands: how a user sends back what the Transform made of its critical request (DUIS flow 2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from duis.document import Request
from duis.errors import DocumentError
from gbcs.errors import DecodeError
from gbcs.message import Kind, Message
from gbcs.security.keys import Keys
from gbcs.security.protection import sign

_PAYLOAD = "Request/Body/SignedPreCommand/GBCSPayload"


def sign_pre_command(
    request: Request,
    pre_command: bytes,
    keys: Keys,
    command_variant: int = 5,
    execution_date_time: datetime | None = None,
) -> Request:
    """The request that sends a pre-command back with the user's signature, under the same RequestID.

    Whether the pre-command does what was asked for is the user's to find out before: decode it with `gbcs`.

    Args:
        request: the critical request, which asked for the pre-command.
        pre_command: `GBCSPayload` of `PreCommand` in the Response.
        keys: hold the user's key for GBCS signatures, which is not the one for XML.
        command_variant: 5, 6 or 7.
        execution_date_time: until when the DCC keeps the command.

    Raises:
        CommandVariantError: the service does not have the command variant.
        DocumentError: it is no pre-command, or not one for this request.
        MissingKeyError: the key is not held.
    """
    try:
        message = Message.decode(pre_command)
    except DecodeError as error:
        raise DocumentError(_PAYLOAD, str(error)) from None
    asked = request.request_id
    if message.kind is not Kind.PRECOMMAND:
        raise DocumentError(_PAYLOAD, f"a {message.kind}, not a pre-command that awaits its signature")
    if (message.originator, message.recipient, message.originator_counter) != (
        asked.originator,
        asked.target,
        asked.counter,
    ):
        rule = f"a command of {message.originator} to {message.recipient} with counter {message.originator_counter}"
        raise DocumentError(_PAYLOAD, f"{rule}, not of {asked}")
    date = {} if execution_date_time is None else {"ExecutionDateTime": execution_date_time}
    body = {**date, "GBCSPayload": sign(message, keys).encode()}
    return replace(request, command_variant=command_variant, body=body)
