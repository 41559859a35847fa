"""ASN.1 payloads of commands, responses and alerts (message structure 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gbcs.asn1.composite import Choice, Sequence
from gbcs.cosem.types import Json, Value
from gbcs.cursor import Cursor
from gbcs.errors import DecodeError, UseCaseError
from gbcs.message import Kind
from gbcs.usecases.model import Context, Item, Payload, PayloadForm


@dataclass(frozen=True, slots=True)
class Asn1Payload(PayloadForm):
    """The payload of an ASN.1 use case: a SEQUENCE or a CHOICE for each kind of message that it has.

    The fields of a payload are those of the SEQUENCE, or the chosen alternative.
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
        cursor = Cursor(message.content)
        try:
            values: dict[str, Value] = declared.decode(cursor)
        except DecodeError as error:
            raise error if error.field else error.within("content") from None
        cursor.finish("content")
        return _payload(values)

    def encode(self, payload: Payload, context: Context) -> bytes:
        """See `gbcs.usecases.model.PayloadForm`."""
        return self._needed(context.message.kind).encode(dict(payload), context.message)

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
        return self._needed(kind).to_json(dict(payload))

    def from_json(self, json: Json, kind: Kind) -> Payload:
        """See `gbcs.usecases.model.PayloadForm`."""
        declared = self._needed(kind)
        if not isinstance(json, Mapping):
            raise UseCaseError("", "payload", f"{json!r} is not an object")
        return _payload(declared.from_json(json))

    def _of(self, kind: Kind) -> Sequence | Choice | None:
        return {Kind.RESPONSE: self.response, Kind.ALERT: self.alert}.get(kind, self.command)

    def _needed(self, kind: Kind) -> Sequence | Choice:
        declared = self._of(kind)
        if declared is None:
            raise UseCaseError("", "payload", f"the use case has no {kind}")
        return declared


def _payload(values: Mapping[str, Value]) -> Payload:
    return Payload(tuple(Item(name, value) for name, value in values.items()))
