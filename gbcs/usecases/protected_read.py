"""Reads through a data protection object: get_protected_attributes (GBCS 8.5, message structure 4.6).

The command asks in clear for attributes; the response carries them as one encrypted structure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gbcs.cosem.composite import structure
from gbcs.cosem.date_time import CosemDateTime
from gbcs.cosem.objects.model import Member
from gbcs.cosem.types import DATE_TIME, Json, OctetString, Value
from gbcs.cursor import Cursor, encode_length
from gbcs.errors import DecodeError, MissingKeyError, SecurityError, UseCaseError
from gbcs.message import Cra, Message
from gbcs.security.symmetric import ENCRYPTION_FLAG
from gbcs.usecases.model import Context

#: The key is agreed, by C(0e,2s) ECC CDH, and no ciphered data are sent along.
_KEY_INFO = bytes.fromhex("0202 1602 0202 090102 0900")
#: Protection type: authentication and encryption.
_PROTECTION_TYPE = b"\x16\x02"
_NO_RESTRICTION = bytes.fromhex("0202 1600 00")
_BY_DATE = b"\x16\x01"
_DATE_RANGE = structure(start=DATE_TIME, end=DATE_TIME)
_ANY_DATES = {"start": CosemDateTime.NOW, "end": CosemDateTime.NOW}
_DATA_INDEX = b"\x12\x00\x00"


def _octet_string(octets: bytes) -> bytes:
    return b"\x09" + encode_length(len(octets)) + octets


def _structure(*elements: bytes) -> bytes:
    return bytes((0x02, len(elements))) + b"".join(elements)


def _array(elements: Iterable[bytes]) -> bytes:
    listed = list(elements)
    return b"\x01" + encode_length(len(listed)) + b"".join(listed)


def _parameters(message: Message) -> bytes:
    """The one entry of protection parameters: transaction id, originator, recipient, other information, key info.

    In a request the originator is the party that shall be able to read, which for an unknown remote party is the
    supplementary one; in a response all are the header's.
    """
    originator = message.originator
    if message.cra is Cra.COMMAND and message.supplementary:
        originator = message.supplementary.party
    transaction_id = bytes((ENCRYPTION_FLAG,)) + message.originator_counter.to_bytes(8, "big")
    options = map(_octet_string, (transaction_id, originator, message.recipient, b""))
    return _array([_structure(_PROTECTION_TYPE, _structure(*options, _KEY_INFO))])


def request(members: Sequence[Member], dates: Value, message: Message) -> bytes:
    """The parameter of the method that asks for `members`, of the dates from start to end unless `dates` is None."""
    restriction = _NO_RESTRICTION if dates is None else _structure(_BY_DATE, _DATE_RANGE.encode(dates))
    return _asked(members, restriction) + _parameters(message)


def _asked(members: Sequence[Member], restriction: bytes) -> bytes:
    """The parameter's head and the list of objects."""
    objects = []
    for class_id, instance, number in (member.path for member in members):
        identity = (b"\x12" + class_id.to_bytes(2, "big"), _octet_string(instance), bytes((0x0F, number)))
        objects.append(_structure(*identity, _DATA_INDEX, restriction))
    return b"\x02\x02" + _array(objects)


def decode_request(
    members: Sequence[Member], ranged: bool, cursor: Cursor, message: Message, name: str
) -> dict[str, Value] | None:
    """Reads the parameter; gives the dates where the use case has them. All objects have the same."""
    field = f"{name}.protection_request"
    if not ranged:
        cursor.expect(request(members, None, message), field)
        return None
    # The dates stand at a fixed place of the first object, and all octets follow from them.
    probe = _asked(members, _structure(_BY_DATE, _DATE_RANGE.encode(_ANY_DATES)))
    at = probe.index(_structure(_BY_DATE, _DATE_RANGE.encode(_ANY_DATES))) + 4
    ahead = Cursor(cursor.octets)
    ahead.take(cursor.position, field)
    ahead.take(at, field)
    try:
        dates: dict[str, Value] = _DATE_RANGE.decode(ahead)
    except DecodeError as error:
        raise error.within(field) from None
    cursor.expect(request(members, dates, message), field)
    return dates


class Plaintext:
    """The encrypted structure of the attributes' values. One attribute stands for itself, several make a dict."""

    __slots__ = ("_members",)

    def __init__(self, members: Sequence[Member]) -> None:
        self._members = members

    def decode(self, cursor: Cursor) -> Value:
        cursor.expect(bytes((0x02, len(self._members))), "protected_attributes")
        return self._joined([member.type.decode(cursor) for member in self._members])

    def encode(self, value: Value) -> bytes:
        return _structure(*(member.type.encode(part) for member, part in self._split(value)))

    def to_json(self, value: Value) -> Json:
        return self._joined([member.type.to_json(part) for member, part in self._split(value)])

    def from_json(self, json: Json) -> Value:
        return self._joined([member.type.from_json(part) for member, part in self._split(json)])

    def _split(self, value: Value) -> list[tuple[Member, Value]]:
        if len(self._members) == 1:
            return [(self._members[0], value)]
        names = [member.object.label for member in self._members]
        if not isinstance(value, dict) or set(value) != set(names):
            raise UseCaseError("", "", f"{value!r} is not a mapping of {', '.join(names)}")
        return [(member, value[member.object.label]) for member in self._members]

    def _joined(self, values: list[Value]) -> Value:
        if len(values) == 1:
            return values[0]
        return {member.object.label: value for member, value in zip(self._members, values, strict=True)}


def decode_response(members: Sequence[Member], cursor: Cursor, context: Context) -> tuple[bytes, Value]:
    """The encrypted form, and the value if the context's keys can read it (None if not).

    A wrong tag is not an error here: whether the message is genuine is for its own protection to say.
    """
    cursor.expect(b"\x02\x02", "protection_response")
    return decode_protected(members, cursor, context)


def decode_protected(members: Sequence[Member], cursor: Cursor, context: Context) -> tuple[bytes, Value]:
    """As `decode_response`, of the parameters and the encrypted octets that stand without a structure around them."""
    cursor.expect(_parameters(context.message), "protection_parameters")
    octets: bytes = OctetString().decode(cursor)
    start = cursor.offset - len(octets)
    try:
        plaintext = context.decrypt(octets)
    except DecodeError as error:
        raise DecodeError(error.field, start + error.offset, error.reason) from None
    except SecurityError:
        plaintext = None
    if plaintext is None:
        return octets, None
    inner = Cursor(plaintext, start)
    value = Plaintext(members).decode(inner)
    inner.finish("protected_attributes")
    return octets, value


def encode_response(members: Sequence[Member], value: Value, octets: bytes | None, context: Context) -> bytes:
    """The return value of the method: `octets` as given, or else `value` encrypted.

    Raises:
        UseCaseError: the value is not that of the attributes.
        MissingKeyError: there are neither octets nor keys.
    """
    return b"\x02\x02" + encode_protected(members, value, octets, context)


def encode_protected(members: Sequence[Member], value: Value, octets: bytes | None, context: Context) -> bytes:
    """As `encode_response`, without the structure around it."""
    if octets is None:
        octets = context.encrypt(Plaintext(members).encode(value))
    if octets is None:
        raise MissingKeyError("keystore to encrypt with")
    return _parameters(context.message) + _octet_string(octets)
