"""One GBCS message: MAC header, grouping header, content, signature, MAC (GBCS 7.2.7 to 7.2.9).

Two outer forms, told apart by the first octet::

    DF…  GroupingHeader || Content [ || SigLen || Signature ]
    DD…  MACHeader || GroupingHeader || Content || SigLen [ || Signature ] || MAC
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import NamedTuple

from gbcs.cosem.date_time import CosemDateTime
from gbcs.cursor import Cursor, encode_length
from gbcs.errors import DecodeError, UseCaseError
from gbcs.eui64 import Eui64

GENERAL_SIGNING = b"\xdf"
#: general-ciphering with transaction-id, both system titles, date-time and other-information of length zero, and no
#: key-info; then the length.
MAC_HEADER = bytes.fromhex("dd000000000000")
#: Security control octet (authentication only, suite 1) and the invocation counter, which is always zero.
SECURITY_HEADER = bytes.fromhex("1100000000")
MAC_LENGTH = 12
SIGNATURE_LENGTH = 64
MAXIMUM_COUNTER = 2**64 - 1
_TRANSACTION_ID_LENGTH = b"\x09"
_SYSTEM_TITLE_LENGTH = b"\x08"
_COUNTER_LENGTH = 8
#: Tag, transaction-id with its length, and both system titles with theirs.
_HEAD = struct.Struct(">ccBQc8sc8s")


class Cra(IntEnum):
    """CRA flag: command, response or alert (GBCS 7.2.7)."""

    COMMAND = 1
    RESPONSE = 2
    ALERT = 3


class Kind(StrEnum):
    """What a message is; a pre-command is a command that nobody has signed or MACed."""

    PRECOMMAND = "precommand"
    COMMAND = "command"
    RESPONSE = "response"
    ALERT = "alert"


class MessageIdentifier(NamedTuple):
    """What tells one message from every other (GBCS 4.3.1.1)."""

    originator: Eui64
    recipient: Eui64
    cra: Cra
    originator_counter: int


@dataclass(frozen=True, slots=True)
class Supplementary:
    """Supplementary fields of the other-information, for parties the device does not know (GBCS 7.2.8).

    Attributes:
        party: the remote party behind the Access Control Broker.
        party_counter: that party's own counter for the request; None in one alert form.
        originator_counter: the device's counter that keys an encrypted response.
        certificate: DER of the party's key agreement certificate, in commands whose response is encrypted.
    """

    party: Eui64
    party_counter: int | None = None
    originator_counter: int | None = None
    certificate: bytes | None = None

    def encode(self) -> bytes:
        """The octets that follow the message code."""
        counters = (self.party_counter, self.originator_counter)
        return (
            self.party + b"".join(c.to_bytes(8, "big") for c in counters if c is not None) + (self.certificate or b"")
        )


@dataclass(frozen=True, slots=True, init=False)
class Message:
    """One message, taken apart. What protects it is kept as octets; `gbcs.security.protection` makes and checks them.

    Attributes:
        signature: None where even the length octet is missing (a pre-command), b"" for the null signature, or r||s.
        mac: None in the form without MAC header, else 12 octets.
        received: grouping header and content as they came, whatever the form of their lengths: MAC and signature are
            over these. None in a message that was built or changed.
    """

    cra: Cra
    originator_counter: int
    originator: Eui64
    recipient: Eui64
    message_code: int
    content: bytes
    date_time: CosemDateTime | None = None
    supplementary: Supplementary | None = None
    signature: bytes | None = None
    mac: bytes | None = None
    received: bytes | None = field(default=None, init=False, repr=False, compare=False)

    def __init__(
        self,
        cra: Cra,
        originator_counter: int,
        originator: Eui64,
        recipient: Eui64,
        message_code: int,
        content: bytes,
        date_time: CosemDateTime | None = None,
        supplementary: Supplementary | None = None,
        signature: bytes | None = None,
        mac: bytes | None = None,
    ) -> None:
        # By the slots' own setters: twice as quick as the initialiser of a frozen dataclass.
        _put_cra(self, cra)
        _put_originator_counter(self, originator_counter)
        _put_originator(self, originator)
        _put_recipient(self, recipient)
        _put_message_code(self, message_code)
        _put_content(self, content)
        _put_date_time(self, date_time)
        _put_supplementary(self, supplementary)
        _put_signature(self, signature)
        _put_mac(self, mac)
        _put_received(self, None)
        if not self._is_simple():
            self._check()

    def _check(self) -> None:
        extra = self.supplementary
        counters = {"originator_counter": self.originator_counter}
        if extra:
            counters |= {
                f"supplementary.{name}": value
                for name in ("party_counter", "originator_counter")
                if (value := getattr(extra, name)) is not None
            }
        faults = [
            (name, f"{value} is outside 0..2^64-1")
            for name, value in counters.items()
            if not 0 <= value <= MAXIMUM_COUNTER
        ]
        if not 0 <= self.message_code <= 0xFFFF:
            faults.append(("message_code", f"{self.message_code:#x} is outside 0..0xffff"))
        if self.signature and len(self.signature) != SIGNATURE_LENGTH:
            faults.append(("signature", f"{len(self.signature)} octets, {SIGNATURE_LENGTH} wanted"))
        if self.mac is not None and len(self.mac) != MAC_LENGTH:
            faults.append(("mac", f"{len(self.mac)} octets, {MAC_LENGTH} wanted"))
        if self.mac is not None and self.signature is None:
            faults.append(("signature", "a MACed message has a signature, be it the null signature"))
        if extra and extra.party_counter is None and (extra.originator_counter is not None or extra.certificate):
            faults.append(("supplementary.party_counter", "missing"))
        if extra and extra.originator_counter is not None and extra.certificate:
            faults.append(("supplementary", "an originator counter and a certificate exclude each other"))
        if extra and extra.certificate is not None and not _is_certificate(extra.certificate):
            faults.append(("supplementary.certificate", "not a DER certificate"))
        for name, reason in faults:
            raise UseCaseError(f"0x{self.message_code & 0xFFFF:04x}", name, reason)

    def _is_simple(self) -> bool:
        """Whether the message is one of the many of which nothing is out of range, by the quickest way to see it."""
        return (
            self.supplementary is None
            and 0 <= self.originator_counter <= MAXIMUM_COUNTER
            and 0 <= self.message_code <= 0xFFFF
            and (not self.signature or len(self.signature) == SIGNATURE_LENGTH)
            and (self.mac is None or (len(self.mac) == MAC_LENGTH and self.signature is not None))
        )

    @property
    def kind(self) -> Kind:
        """Pre-command, command, response or alert."""
        if self.cra is Cra.COMMAND and not self.signature and self.mac is None:
            return Kind.PRECOMMAND
        return _KINDS[self.cra]

    @property
    def identifier(self) -> MessageIdentifier:
        """The message identifier."""
        return MessageIdentifier(self.originator, self.recipient, self.cra, self.originator_counter)

    def with_content(self, content: bytes) -> Message:
        """The same header around other content, unprotected."""
        return self._with(content, None, None)

    def with_protection(self, signature: bytes | None, mac: bytes | None) -> Message:
        """The same header and content, as they came, with that signature and MAC."""
        message = self._with(self.content, signature, mac)
        _put_received(message, self.received)
        return message

    def _with(self, content: bytes, signature: bytes | None, mac: bytes | None) -> Message:
        # By far quicker than `dataclasses.replace`.
        return Message(
            self.cra,
            self.originator_counter,
            self.originator,
            self.recipient,
            self.message_code,
            content,
            self.date_time,
            self.supplementary,
            signature,
            mac,
        )

    def grouped(self) -> bytes:
        """Grouping header and content."""
        if self.received is not None:
            return self.received
        extra = self.supplementary.encode() if self.supplementary else b""
        date_time = self.date_time or b""
        return b"".join(
            (
                _HEAD.pack(
                    GENERAL_SIGNING,
                    _TRANSACTION_ID_LENGTH,
                    self.cra,
                    self.originator_counter,
                    _SYSTEM_TITLE_LENGTH,
                    self.originator,
                    _SYSTEM_TITLE_LENGTH,
                    self.recipient,
                ),
                len(date_time).to_bytes(),
                date_time,
                encode_length(2 + len(extra)),
                self.message_code.to_bytes(2, "big"),
                extra,
                encode_length(len(self.content)),
                self.content,
            )
        )

    def signed_octets(self) -> bytes:
        """What the signature covers: grouping header without its tag, and content (GBCS 4.3.3.2)."""
        return self.grouped()[1:]

    def maced_octets(self) -> bytes:
        """What the MAC covers: grouping header, content, signature length and signature."""
        signature = self.signature or b""
        return self.grouped() + len(signature).to_bytes() + signature

    def encode(self) -> bytes:
        """The whole message."""
        if self.mac is None:
            return self.grouped() if self.signature is None else self.maced_octets()
        body = SECURITY_HEADER + self.maced_octets() + self.mac
        return MAC_HEADER + encode_length(len(body)) + body

    @staticmethod
    def decode(octets: bytes) -> Message:
        """Takes exactly one message apart.

        Raises:
            DecodeError: anything that is not one whole message; `field` and `offset` say where.
        """
        cursor = Cursor(octets)
        if cursor.peek() == GENERAL_SIGNING[0]:
            return _decode_grouped(cursor, maced=False)
        cursor.expect(MAC_HEADER, "mac_header")
        length = cursor.length("mac_header.length")
        if length != cursor.remaining:
            raise cursor.error("mac_header.length", f"{length} octets announced, {cursor.remaining} follow")
        cursor.expect(SECURITY_HEADER, "mac_header.security_header")
        return _decode_grouped(cursor, maced=True)


# A frozen class lets nothing set a slot but the slot itself.
(
    _put_cra,
    _put_originator_counter,
    _put_originator,
    _put_recipient,
    _put_message_code,
    _put_content,
    _put_date_time,
    _put_supplementary,
    _put_signature,
    _put_mac,
    _put_received,
) = (vars(Message)[name].__set__ for name in Message.__slots__)
_HEAD_CONSTANTS = (GENERAL_SIGNING, _TRANSACTION_ID_LENGTH, _SYSTEM_TITLE_LENGTH, _SYSTEM_TITLE_LENGTH)
_CRAS = {cra.value: cra for cra in Cra}
_KINDS = {Cra.COMMAND: Kind.COMMAND, Cra.RESPONSE: Kind.RESPONSE, Cra.ALERT: Kind.ALERT}


def _decode_grouped(cursor: Cursor, *, maced: bool) -> Message:
    start = cursor.position
    cra, counter, originator, recipient = _decode_identifier(cursor)
    date_time = _decode_date_time(cursor)
    message_code, supplementary = _decode_other_information(cursor)
    content = cursor.take(cursor.length("content.length"), "content")
    received = cursor.octets[start : cursor.position]
    signature = _decode_signature(cursor, maced=maced)
    mac = cursor.take(MAC_LENGTH, "mac") if maced else None
    cursor.finish("message")
    message = Message(
        cra, counter, originator, recipient, message_code, content, date_time, supplementary, signature, mac
    )
    _put_received(message, received)
    return message


def _decode_identifier(cursor: Cursor) -> tuple[Cra, int, Eui64, Eui64]:
    if cursor.remaining >= _HEAD.size:
        tag, id_length, flag, counter, length, originator, other_length, recipient = _HEAD.unpack_from(
            cursor.octets, cursor.position
        )
        if (tag, id_length, length, other_length) == _HEAD_CONSTANTS and flag in _CRAS:
            cursor.position += _HEAD.size
            return _CRAS[flag], counter, Eui64(originator), Eui64(recipient)
    # Something is wrong; the same field by field says what.
    cursor.expect(GENERAL_SIGNING, "grouping_header")
    cursor.expect(_TRANSACTION_ID_LENGTH, "grouping_header.transaction_id.length")
    flag = cursor.octet("grouping_header.cra_flag")
    if flag not in _CRAS:
        raise DecodeError("grouping_header.cra_flag", cursor.offset - 1, f"{flag:02x} is not 01, 02 or 03")
    counter = cursor.uint(8, "grouping_header.originator_counter")
    cursor.expect(_SYSTEM_TITLE_LENGTH, "grouping_header.originator.length")
    originator = Eui64(cursor.take(8, "grouping_header.originator"))
    cursor.expect(_SYSTEM_TITLE_LENGTH, "grouping_header.recipient.length")
    return _CRAS[flag], counter, originator, Eui64(cursor.take(8, "grouping_header.recipient"))


def _decode_date_time(cursor: Cursor) -> CosemDateTime | None:
    length = cursor.octet("grouping_header.date_time.length")
    if length not in (0, 12):
        raise DecodeError("grouping_header.date_time.length", cursor.offset - 1, f"{length} octets, 0 or 12 wanted")
    return CosemDateTime(cursor.take(length, "grouping_header.date_time")) if length else None


def _decode_other_information(cursor: Cursor) -> tuple[int, Supplementary | None]:
    length = cursor.length("other_information.length")
    if length == 2:
        return cursor.uint(2, "other_information"), None
    if length not in (10, 18, 26) and length < 27:
        raise cursor.error("other_information.length", f"{length} octets is none of the five forms")
    part = cursor.part(length, "other_information")
    message_code = part.uint(2, "other_information.message_code")
    party = Eui64(part.take(8, "other_information.supplementary_remote_party_id"))
    counter = part.uint(8, "other_information.supplementary_remote_party_counter") if part.remaining else None
    own, certificate = None, None
    if part.remaining == 8:
        own = part.uint(8, "other_information.supplementary_originator_counter")
    elif part.remaining:
        certificate = _decode_certificate(part)
    return message_code, Supplementary(party, counter, own, certificate)


def _decode_certificate(part: Cursor) -> bytes:
    field = "other_information.supplementary_remote_party_key_agreement_certificate"
    start = part.position
    part.expect(b"\x30", field)
    length = part.length(field)
    if length != part.remaining:
        raise part.error(field, f"a certificate of {length} octets in {part.remaining}")
    part.take(length, field)
    return part.octets[start:]


def _is_certificate(octets: bytes) -> bool:
    """Whether the other-information that ends with it reads back: told from a counter by length, whole by its own."""
    try:
        return len(octets) > _COUNTER_LENGTH and _decode_certificate(Cursor(octets)) == octets
    except DecodeError:
        return False


def _decode_signature(cursor: Cursor, *, maced: bool) -> bytes | None:
    if not maced and not cursor.remaining:
        return None
    length = cursor.octet("signature.length")
    if length not in (0, SIGNATURE_LENGTH):
        raise DecodeError("signature.length", cursor.offset - 1, f"{length} octets, 0 or {SIGNATURE_LENGTH} wanted")
    return cursor.take(length, "signature")
