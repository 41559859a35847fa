"""From octets to everything that can be said of a message."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

from gbcs.errors import DecodeError, SecurityError, UseCaseError
from gbcs.message import Cra, Kind, Message
from gbcs.security import protection
from gbcs.security.category import Category, acceptable
from gbcs.security.keys import Keys
from gbcs.security.protection import Inspection
from gbcs.usecases.catalogue import use_case_of
from gbcs.usecases.model import Context, Payload, UseCase


@dataclass(frozen=True, slots=True)
class Decoded:
    """One message with all that is known of it.

    Attributes:
        use_case: None where no use case has the message code.
        payload: None where the catalogue does not declare it; then `undecoded_octets` counts the content.
        inspection: how signature and MAC stand, and which keys were missing to tell.
        fault: why there is no payload, where the content is not what the use case declares.
    """

    message: Message
    use_case: UseCase | None
    payload: Payload | None
    inspection: Inspection
    fault: DecodeError | None = None

    @property
    def category(self) -> Category | None:
        """The message's category."""
        return self.use_case.category_of(self.message.message_code) if self.use_case else None

    @property
    def undecoded_octets(self) -> int:
        """Octets of the content that no field explains."""
        return len(self.message.content) if self.payload is None else 0


def decode(
    octets: bytes,
    keys: Keys | None = None,
    *,
    command: Decoded | None = None,
    signatures: bool = True,
    strict: bool = True,
) -> Decoded:
    """Takes a message apart, checks what `keys` allow to check and decrypts what they allow to read.

    Args:
        octets: one message.
        keys: see `gbcs.security.keys.Keys`.
        command: what the message answers. A DLMS response does not name what it answers; where its command may leave
            out accesses, only that tells for sure.
        signatures: False leaves a signature unverifiable and checks the MAC alone, at about a tenth of the cost.
        strict: False tells of content that is not what the use case declares in `Decoded.fault`, and raises nothing.

    Raises:
        DecodeError: the octets are not one whole message, or the payload is not what its use case declares. Its offset
            counts from the first octet of the message.
        UseCaseError: the message does not answer `command`.
    """
    message = Message.decode(octets)
    if command and not answers(message, command.message):
        asked = command.message
        told = f"does not answer message 0x{asked.message_code:04x} of counter {asked.originator_counter}"
        raise UseCaseError(f"0x{message.message_code:04x}", "", told)
    use_case = use_case_of(message)
    category = use_case.category_of(message.message_code) if use_case else None
    payload = fault = None
    if use_case and use_case.payload:
        try:
            if category and not acceptable(category, Kind.COMMAND if message.cra is Cra.COMMAND else message.kind):
                raise DecodeError("content", 0, f"the use case has no {message.kind}")
            payload = use_case.payload.decode(Context(message, keys, command.payload if command else None))
        except DecodeError as error:
            offset = _content_offset(octets, message) + error.offset
            fault = DecodeError(f"payload.{error.field}", offset, error.reason)
    if fault and strict:
        raise fault
    inspection = protection.inspect(message, category, keys, signatures=signatures)
    return Decoded(message, use_case, payload, inspection, fault)


def receive(octets: bytes, keys: Keys, *, command: Decoded | None = None) -> Decoded:
    """As `decode`, for whoever acts on the message: a device on a command, a user on a response or alert.

    What it returns has the form that its category demands, and every protection on it was checked. Whether the
    message is new is for the receiver's counters to say.

    Raises:
        DecodeError, UseCaseError: as `decode`; of content only once the protection is known to be right.
        SecurityError: `check` is ``protection``, ``mac`` or ``signature``.
        MissingKeyError: a key is not held.
    """
    decoded = decode(octets, keys, command=command, strict=False)
    if decoded.category is None:
        raise SecurityError("protection", f"no use case has message code 0x{decoded.message.message_code:04x}")
    protection.verify(decoded.message, decoded.category, keys)
    if decoded.fault:
        raise decoded.fault
    return decoded


def answers(response: Message, command: Message) -> bool:
    """Whether the one is a response to the other, by what identifies them; nothing else of them is checked."""
    return (
        (command.cra, response.cra) == (Cra.COMMAND, Cra.RESPONSE)
        # A few responses go to another party than the one who asked.
        and response.originator == command.recipient
        and (response.originator_counter, response.message_code) == (command.originator_counter, command.message_code)
    )


def _content_offset(octets: bytes, message: Message) -> int:
    signature = 0 if message.signature is None else 1 + len(message.signature)
    return len(octets) - len(message.mac or b"") - signature - len(message.content)


def read_octets(data: bytes) -> bytes:
    """The octets of a message given raw, as hexadecimal digits (white space and ``:`` ignored) or as base64.

    Raises:
        DecodeError: it is none of these.
    """
    if data[:1] in (b"\xdd", b"\xdf"):
        return data
    text = re.sub(rb"[\s:]", b"", data)
    if not text:
        raise DecodeError("input", 0, "empty")
    if re.fullmatch(rb"(?:[0-9A-Fa-f]{2})+", text):
        return bytes.fromhex(text.decode())
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        raise DecodeError("input", 0, "neither a raw message, nor hexadecimal digits, nor base64") from None
