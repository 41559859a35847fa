"""What a use case is, and what its payload becomes once read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from gbcs.cosem.date_time import CosemDateTime
from gbcs.cosem.types import Json, Value
from gbcs.errors import UseCaseError
from gbcs.eui64 import Eui64
from gbcs.message import Cra, Kind, Message, Supplementary
from gbcs.security import protection
from gbcs.security.category import Category
from gbcs.security.keys import Keys
from gbcs.usecases.index import CATEGORY_OF_CODE, Facts


@dataclass(frozen=True, slots=True)
class Item:
    """One named part of a payload.

    Attributes:
        name: the field, unique within the payload.
        value: a plain value (see `gbcs.cosem.types`); None where there is none, or where it could not be decrypted.
        result: how the access went, in responses; 0 is success.
        protected: the encrypted form as it stands on the wire, where the value is sent encrypted.
        one_of: every field that this could be as well, where a response leaves that open.
    """

    name: str
    value: Value = None
    result: int | None = None
    protected: bytes | None = None
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Payload(Mapping[str, Value]):
    """A payload's items in wire order; as a mapping, field name to value."""

    items_in_order: tuple[Item, ...]

    def item(self, name: str) -> Item:
        """The item called `name`; raises KeyError if there is none."""
        for item in self.items_in_order:
            if item.name == name:
                return item
        raise KeyError(name)

    def __getitem__(self, name: str) -> Value:
        return self.item(name).value

    def __iter__(self) -> Iterator[str]:
        return (item.name for item in self.items_in_order)

    def __len__(self) -> int:
        return len(self.items_in_order)

    @property
    def failures(self) -> dict[str, int]:
        """Field name to result code, of every access that did not succeed."""
        return {item.name: item.result for item in self.items_in_order if item.result}


@dataclass(frozen=True, slots=True)
class Context:
    """What a payload's codec knows of its surroundings: the message (its header; the content is not read) and keys."""

    message: Message
    keys: Keys | None = None

    def encrypt(self, plaintext: bytes) -> bytes | None:
        """The encrypted form for the message's reader; None without keys."""
        return protection.encrypt(self.message, plaintext, self.keys) if self.keys else None

    def decrypt(self, protected: bytes) -> bytes | None:
        """The plaintext; None without keys. Raises as `gbcs.security.protection.decrypt`."""
        return protection.decrypt(self.message, protected, self.keys) if self.keys else None


class PayloadForm(Protocol):
    """A declared payload: DLMS COSEM, GBZ or ASN.1. `kind` chooses between request and response."""

    def decode(self, context: Context) -> Payload:
        """The payload of `context.message`.

        Raises:
            DecodeError: the content is not what the use case declares.
        """
        ...

    def encode(self, payload: Payload, context: Context) -> bytes:
        """The content octets.

        Raises:
            UseCaseError: a value is missing, unknown or out of range.
        """
        ...

    def request(self, values: Mapping[str, Value]) -> Payload:
        """A command's payload from named values; what the use case fixes may be left out."""
        ...

    def to_json(self, payload: Payload, kind: Kind) -> Json:
        """The payload as an object of named fields."""
        ...

    def from_json(self, json: Json, kind: Kind) -> Payload:
        """The inverse of `to_json`."""
        ...


@dataclass(frozen=True, slots=True)
class UseCase(Facts):
    """One use case of the catalogue: its facts, and its payload where the catalogue has it."""

    payload: PayloadForm | None

    def category_of(self, message_code: int) -> Category:
        """The category of messages with that code: the use case's, but for a few modes of CS02b."""
        return CATEGORY_OF_CODE.get(message_code, self.category)

    def command(
        self,
        originator: Eui64,
        recipient: Eui64,
        counter: int,
        *,
        supplementary: Supplementary | None = None,
        message_code: int | None = None,
        **values: Value,
    ) -> Message:
        """A command without protection, which for a critical use case is the pre-command.

        Args:
            originator: the remote party, or the Access Control Broker for a party the device does not know.
            recipient: the device.
            counter: originator counter.
            supplementary: the party behind the broker.
            message_code: which of the use case's, where it has several; the first if None.
            **values: payload fields that the use case leaves to the sender.

        Raises:
            UseCaseError: a value is missing, unknown or out of range; it names field, value and range.
        """
        form = self.form()
        code = self.message_codes[0] if message_code is None else message_code
        if code not in self.message_codes:
            raise UseCaseError(self.code, "message_code", f"0x{code:04x} is not one of the use case")
        header = Message(Cra.COMMAND, counter, originator, recipient, code, b"", supplementary=supplementary)
        try:
            return header.with_content(form.encode(form.request(values), Context(header)))
        except UseCaseError as error:
            raise error.of(self.code) from None

    def response(
        self,
        command: Message,
        payload: Payload,
        *,
        date_time: CosemDateTime,
        keys: Keys | None = None,
        originator_counter: int | None = None,
    ) -> Message:
        """The device's response to `command`, without protection.

        Args:
            command: what is answered; its identifiers are swapped, its counter and supplementary party echoed.
            payload: items with their results.
            date_time: the device's time, sent where the use case says so.
            keys: needed where part of the payload is encrypted.
            originator_counter: the device's own counter, which keys what is encrypted for an unknown remote party.

        Raises:
            UseCaseError: the payload is not the use case's.
        """
        extra = command.supplementary
        if extra:
            own = originator_counter if extra.certificate else None
            extra = Supplementary(extra.party, extra.party_counter, own)
        header = Message(
            Cra.RESPONSE,
            command.originator_counter,
            command.recipient,
            command.originator,
            command.message_code,
            b"",
            date_time if self.dated_response else None,
            extra,
        )
        try:
            return header.with_content(self.form().encode(payload, Context(header, keys)))
        except UseCaseError as error:
            raise error.of(self.code) from None

    def form(self) -> PayloadForm:
        """The declared payload.

        Raises:
            UseCaseError: there is none.
        """
        if self.payload is None:
            raise UseCaseError(self.code, "", "the catalogue does not have this payload")
        return self.payload
