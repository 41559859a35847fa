"""Reads through a data protection object: get_protected_attributes (GBCS 8.5, message structure 4.6).

The command asks in clear for attributes; the response carries them as one encrypted structure.
"""

from __future__ import annotations

from collections.abc import Sequence

from gbcs.cosem.composite import structure
from gbcs.cosem.date_time import CosemDateTime
from gbcs.cosem.objects.model import Member
from gbcs.cosem.types import DATE_TIME, Json, OctetString, Value
from gbcs.cursor import Cursor, encode_length
from gbcs.errors import DecodeError, MissingKeyError, SecurityError, UseCaseError
from gbcs.message import Cra, Message
from gbcs.security.symmetric import ENCRYPTION_FLAG
from gbcs.usecases.model import Context

#: An array of one entry: authentication and encryption, and a structure that begins with the transaction id.
_PARAMETERS_HEAD = bytes.fromhex("0101 0202 1602 0205 0909") + bytes((ENCRYPTION_FLAG,))
_TITLE_HEAD = b"\x09\x08"
#: No other information; the key is agreed, by C(0e,2s) ECC CDH, and no ciphered data are sent along.
_PARAMETERS_TAIL = bytes.fromhex("0900 0202 1602 0202 090102 0900")
_NO_RESTRICTION = bytes.fromhex("0202 1600 00")
_BY_DATE = b"\x16\x01"
_DATE_RANGE = structure(start=DATE_TIME, end=DATE_TIME)
_ANY_DATES = {"start": CosemDateTime.NOW, "end": CosemDateTime.NOW}
_DATA_INDEX = b"\x12\x00\x00"
#: A structure of the parameters and the encrypted octets.
_RESPONSE = b"\x02\x02"


def _octet_string(octets: bytes) -> bytes:
    return b"\x09" + encode_length(len(octets)) + octets


def _structure(*elements: bytes) -> bytes:
    return bytes((0x02, len(elements))) + b"".join(elements)


def _array(elements: Sequence[bytes]) -> bytes:
    return b"\x01" + encode_length(len(elements)) + b"".join(elements)


def _parameters(message: Message) -> bytes:
    """The one entry of protection parameters: transaction id, originator, recipient, other information, key info.

    In a request the originator is the party that shall be able to read, which for an unknown remote party is the
    supplementary one; in a response all are the header's.
    """
    originator = message.originator
    if message.cra is Cra.COMMAND and message.supplementary:
        originator = message.supplementary.party
    counter = message.originator_counter.to_bytes(8, "big")
    titles = _TITLE_HEAD + originator + _TITLE_HEAD + message.recipient
    return _PARAMETERS_HEAD + counter + titles + _PARAMETERS_TAIL


def _by_date(dates: Value) -> bytes:
    return _structure(_BY_DATE, _DATE_RANGE.encode(dates))


def _asked(members: Sequence[Member], restriction: bytes) -> bytes:
    """The parameter's head and the list of objects."""
    objects = []
    for class_id, instance, number in (member.path for member in members):
        identity = (b"\x12" + class_id.to_bytes(2, "big"), _octet_string(instance), bytes((0x0F, number)))
        objects.append(_structure(*identity, _DATA_INDEX, restriction))
    return b"\x02\x02" + _array(objects)


class Plaintext:
    """The encrypted structure of the attributes' values. One attribute stands for itself, several make a dict."""

    __slots__ = ("_members",)

    def __init__(self, members: Sequence[Member]) -> None:
        self._members = members

    def decode(self, cursor: Cursor) -> Value:
        cursor.expect(bytes((0x02, len(self._members))), "protected_attributes")
        return self._joined([member.type.decode(cursor) for member in self._members])

    def encode(self, value: Value) -> bytes:
        return _structure(*[member.type.encode(part) for member, part in self._split(value)])

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


def decode_protected(plaintext: Plaintext, cursor: Cursor, context: Context) -> tuple[bytes, Value]:
    """Reads the parameters and the encrypted octets; gives these, and the value if the context's keys can read it.

    A wrong tag is not an error here: whether the message is genuine is for its own protection to say.
    """
    cursor.expect(_parameters(context.message), "protection_parameters")
    octets: bytes = OctetString().decode(cursor)
    start = cursor.offset - len(octets)
    try:
        decrypted = context.decrypt(octets)
    except DecodeError as error:
        raise DecodeError(error.field, start + error.offset, error.reason) from None
    except SecurityError:
        decrypted = None
    if decrypted is None:
        return octets, None
    inner = Cursor(decrypted, start)
    value = plaintext.decode(inner)
    inner.finish("protected_attributes")
    return octets, value


def encode_protected(plaintext: Plaintext, value: Value, octets: bytes | None, context: Context) -> bytes:
    """The parameters, and `octets` as given, or else `value` encrypted.

    Raises:
        UseCaseError: the value is not that of the attributes.
        MissingKeyError: there are neither octets nor keys.
    """
    if octets is None:
        octets = context.encrypt(plaintext.encode(value))
    if octets is None:
        raise MissingKeyError("keystore to encrypt with")
    return _parameters(context.message) + _octet_string(octets)


class ProtectedRead:
    """How attributes are read through a protection object: what the command says, and what the response."""

    __slots__ = ("_members", "_whole", "plaintext")

    def __init__(self, members: Sequence[Member]) -> None:
        self.plaintext = Plaintext(members)
        self._members = members
        self._whole = _asked(members, _NO_RESTRICTION)

    def request(self, dates: Value, message: Message) -> bytes:
        """The parameter of the method, which asks for the dates from start to end unless `dates` is None."""
        asked = self._whole if dates is None else _asked(self._members, _by_date(dates))
        return asked + _parameters(message)

    def decode_request(self, cursor: Cursor, message: Message, name: str, *, ranged: bool) -> dict[str, Value] | None:
        """Reads the parameter; gives the dates where the use case has them. All objects have the same."""
        field = f"{name}.protection_request"
        if not ranged:
            cursor.expect(self.request(None, message), field)
            return None
        # The dates stand at a fixed place of the first object, and all octets follow from them.
        restriction = _by_date(_ANY_DATES)
        at = _asked(self._members, restriction).index(restriction) + 4
        ahead = Cursor(cursor.octets)
        ahead.take(cursor.position, field)
        ahead.take(at, field)
        try:
            dates: dict[str, Value] = _DATE_RANGE.decode(ahead)
        except DecodeError as error:
            raise error.within(field) from None
        cursor.expect(self.request(dates, message), field)
        return dates

    def decode_response(self, cursor: Cursor, context: Context) -> tuple[bytes, Value]:
        """Reads the method's return value, as `decode_protected`."""
        cursor.expect(_RESPONSE, "protection_response")
        return decode_protected(self.plaintext, cursor, context)

    def encode_response(self, value: Value, octets: bytes | None, context: Context) -> bytes:
        """The method's return value, as `encode_protected`."""
        return _RESPONSE + encode_protected(self.plaintext, value, octets, context)
