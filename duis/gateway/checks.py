"""What the DCC checks before it acts: on requests of users, on signed pre-commands, on responses of devices.

The first check that fails gives the response code (DUIS response codes; DCC processes 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, cast

from duis import markup
from duis.document import Request, parse, read_header
from duis.errors import CommandVariantError, DuisError, SignatureError, TransformError
from duis.gateway.inventory import Device, Inventory, User
from duis.services import COMMAND_VARIANTS, SERVICES, Endpoint
from duis.signature import Verifier
from duis.transform import Context, use_case_of
from gbcs.errors import MissingKeyError, SecurityError
from gbcs.message import SIGNATURE_LENGTH, Message
from gbcs.security.keys import Keys
from gbcs.security.protection import Status, form_of, inspect
from gbcs.usecases import catalogue
from gbcs.usecases.model import UseCase

#: The code for what DUIS has no published code for: the DCC refuses the request as a whole.
REFUSED = "E100"
_SIGNATURE_HEAD = bytes((SIGNATURE_LENGTH,))


class Refusal(DuisError):
    """A request that is not done.

    Attributes:
        response_code: what the user is told.
        reason: what the log is told.
    """

    def __init__(self, response_code: str, reason: str) -> None:
        super().__init__(f"{response_code}: {reason}")
        self.response_code = response_code
        self.reason = reason


class Admitted(NamedTuple):
    """A request that passed, with what it is about."""

    request: Request
    user: User
    device: Device
    use_case: UseCase


def admit(document: bytes, endpoint: Endpoint, verifier: Verifier, inventory: Inventory, now: datetime) -> Admitted:
    """The request that `document` is, if its user may make it there and its device can do it.

    Raises:
        Refusal: it may not be done.
        DocumentError: it is no request of any service.
    """
    content = _authentic(document, verifier, now)
    header = read_header(markup.parse(content))
    originator, target = header.request_id.originator, header.request_id.target
    user, device, service = inventory.users.get(originator), inventory.devices.get(target), SERVICES.get(header.variant)
    if not user or not user.roles:
        raise Refusal("E1", f"{originator} is no user, or has no User Role")
    if service and not user.roles & service.roles:
        raise Refusal("E2", f"{service.variant} is not for the roles {', '.join(sorted(user.roles))}")
    if not device:
        raise Refusal("E19", f"{target} is not in the inventory")
    try:
        request = cast(Request, parse(content))  # for it has the header of one
    except CommandVariantError as error:
        raise Refusal("E12", str(error)) from None
    if COMMAND_VARIANTS[request.command_variant].endpoint is not endpoint:
        raise Refusal("E13", f"command variant {request.command_variant} at {endpoint}")
    try:
        use_case, _ = use_case_of(request, Context({target: device.type}))
    except TransformError as error:
        raise Refusal(error.response_code or REFUSED, str(error)) from None
    # To do these at once would be worse than not to do them.
    if request.preceding or "ExecutionDateTime" in request.body:
        raise Refusal(REFUSED, "sequenced and future-dated requests are not kept")
    return Admitted(request, user, device, use_case)


def _authentic(document: bytes, verifier: Verifier, now: datetime) -> bytes:
    """What the document's signature vouches for.

    A failure is answered like any other, in a Response, for HTTP statuses are for what no Response can be formed for
    (DUIS web services). Its code is E1: who cannot be authenticated is no user.
    """
    try:
        return verifier.verify(document, now).content
    except (SignatureError, MissingKeyError) as error:
        raise Refusal("E1", str(error)) from None


def signed_pre_command(body: Mapping[str, bytes], pre_command: bytes, use_case: UseCase, keys: Keys) -> Message:
    """The command, without its MAC, that the user made of `pre_command` by signing it.

    Raises:
        Refusal: E1 where the signature is not the user's, `REFUSED` where it is of anything but the pre-command.
    """
    octets = body["GBCSPayload"]
    head = pre_command + _SIGNATURE_HEAD
    if len(octets) != len(head) + SIGNATURE_LENGTH or not octets.startswith(head):
        raise Refusal(REFUSED, "this is not the pre-command that was issued, with a signature behind it")
    message = Message.decode(octets)
    found = inspect(message, use_case.category_of(message.message_code), keys)
    if found.signature is not Status.VALID:
        missing = f": no {', '.join(found.missing)}" if found.missing else ""
        raise Refusal("E1", f"signature of the pre-command is {found.signature}{missing}")
    return message


def check_response(message: Message, message_code: int, keys: Keys) -> None:
    """Checks a device's response to a command with `message_code` as far as the DCC can.

    The form has to be that of the category. A signature is checked if the device's certificate is held. A MAC is made
    with the key of the party that the response is for, so it is checked where that is the DCC; that of any other is
    the user's to check.

    Raises:
        SecurityError: it is not the device's response to this command.
    """
    use_case = catalogue.use_case_of(message)
    if use_case is None or message.message_code != message_code:
        raise SecurityError("message code", f"{message.message_code:04x} in response to {message_code:04x}")
    category = use_case.category_of(message.message_code)
    form_of(message, category)
    found = inspect(message, category, keys)
    if found.signature is Status.INVALID:
        raise SecurityError("signature", f"not that of {message.originator}")
    if found.mac is Status.INVALID and message.recipient == keys.broker():
        raise SecurityError("mac", f"not that of {message.originator}")
