"""ASN.1 payloads of commands, responses and alerts (message structure 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gbcs.asn1.composite import Choice, Sequence
from gbcs.asn1.types import OctetString
from gbcs.cosem.types import Json, Value
from gbcs.cursor import Cursor
from gbcs.errors import DecodeError, UseCaseError
from gbcs.message import Kind
from gbcs.usecases.model import Context, Item, Payload, PayloadForm

#: Item of a payload that was not encoded as this package would encode it, and JSON field: the octets.
ENCODING = "encoding"
_OCTETS = OctetString()


@dataclass(frozen=True, slots=True)
class Asn1Payload(PayloadForm):
    """The payload of an ASN.1 use case: a SEQUENCE or a CHOICE for each kind of message that it has.

    The fields of a payload are those of the SEQUENCE, or the chosen alternative. Where octets come in another valid
    form than the one written here, say with longer lengths, they are kept as a field `ENCODING` and written again as
    long as the other fields are still what they say.
    """

    command: Sequence | Choice | None = None
    response: Sequence | Choice | None = None
    alert: Sequence | Choice | None = None

    def decode(self, context: Context) -> Payload:
        """See `gbcs.usecases.model.PayloadForm`."""
        message = context.message
        declared = self._of(message.kind)
        if declared is None:
            raise DecodeError("content", 0, f"the use case has no {message.kind}")
        values = _decode(declared, message.content)
        octets = None if declared.encode(values, message) == message.content else message.content
        return _payload(values, octets)

    def encode(self, payload: Payload, context: Context) -> bytes:
        """See `gbcs.usecases.model.PayloadForm`."""
        declared = self._needed(context.message.kind)
        values, octets = _parted(payload)
        if octets is not None and _says(declared, octets, values):
            return octets
        return declared.encode(values, context.message)

    def request(self, values: Mapping[str, Value]) -> Payload:
        """See `gbcs.usecases.model.PayloadForm`."""
        return self.from_json(values, Kind.COMMAND)

    def answer(self, values: Mapping[str, Value], failures: Mapping[str, Json], command: Payload) -> Payload:  # noqa: ARG002
        """See `gbcs.usecases.model.PayloadForm`; outcomes are among the values."""
        for name in failures:
            raise UseCaseError("", name, "the outcomes of an ASN.1 response are among its values")
        return self.from_json(values, Kind.RESPONSE)

    def notice(self, values: Mapping[str, Value]) -> Payload:
        """See `gbcs.usecases.model.PayloadForm`."""
        return self.from_json(values, Kind.ALERT)

    def to_json(self, payload: Payload, kind: Kind) -> Json:
        """See `gbcs.usecases.model.PayloadForm`."""
        values, octets = _parted(payload)
        json = self._needed(kind).to_json(values)
        return json if octets is None else {**json, ENCODING: octets.hex()}

    def from_json(self, json: Json, kind: Kind) -> Payload:
        """See `gbcs.usecases.model.PayloadForm`."""
        declared = self._needed(kind)
        if not isinstance(json, Mapping):
            raise UseCaseError("", "payload", f"{json!r} is not an object")
        fields, octets = _parted(json)
        return _payload(declared.from_json(fields), octets)

    def _of(self, kind: Kind) -> Sequence | Choice | None:
        return {Kind.RESPONSE: self.response, Kind.ALERT: self.alert}.get(kind, self.command)

    def _needed(self, kind: Kind) -> Sequence | Choice:
        declared = self._of(kind)
        if declared is None:
            raise UseCaseError("", "payload", f"the use case has no {kind}")
        return declared


def _decode(declared: Sequence | Choice, octets: bytes) -> dict[str, Value]:
    cursor = Cursor(octets)
    try:
        values: dict[str, Value] = declared.decode(cursor)
    except DecodeError as error:
        raise error if error.field else error.within("content") from None
    cursor.finish("content")
    return values


def _says(declared: Sequence | Choice, octets: bytes, values: dict[str, Value]) -> bool:
    try:
        return _decode(declared, octets) == values
    except DecodeError as error:
        raise UseCaseError("", ENCODING, str(error)) from None


def _parted(fields: Mapping[str, Value]) -> tuple[dict[str, Value], bytes | None]:
    values = dict(fields)
    octets = values.pop(ENCODING, None)
    try:
        return values, None if octets is None else _OCTETS.from_json(octets)
    except UseCaseError as error:
        raise error.within(ENCODING) from None


def _payload(values: Mapping[str, Value], octets: bytes | None) -> Payload:
    items = [Item(name, value) for name, value in values.items()]
    if octets is not None:
        items.append(Item(ENCODING, octets))
    return Payload(tuple(items))
