"""What a use case is, and what its payload becomes once read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

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
    """What a payload's codec knows of its surroundings.

    Attributes:
        message: the message; of one that is being encoded the header alone.
        keys: to encrypt and decrypt with.
        command: what a response answers, where that is known. A DLMS response does not name what it answers.
    """

    message: Message
    keys: Keys | None = None
    command: Payload | None = None

    def encrypt(self, plaintext: bytes) -> bytes | None:
        """The encrypted form for the message's reader; None without keys."""
        return protection.encrypt(self.message, plaintext, self.keys) if self.keys else None

    def decrypt(self, protected: bytes) -> bytes | None:
        """The plaintext; None without keys. Raises as `gbcs.security.protection.decrypt`."""
        return protection.decrypt(self.message, protected, self.keys) if self.keys else None


class PayloadForm(ABC):
    """A declared payload: DLMS COSEM, GBZ or ASN.1. `kind` chooses between request and response."""

    @abstractmethod
    def decode(self, context: Context) -> Payload:
        """The payload of `context.message`.

        Raises:
            DecodeError: the content is not what the use case declares.
        """

    @abstractmethod
    def encode(self, payload: Payload, context: Context) -> bytes:
        """The content octets.

        Raises:
            UseCaseError: a value is missing, unknown or out of range.
        """

    @abstractmethod
    def to_json(self, payload: Payload, kind: Kind) -> Json:
        """The payload as an object of named fields."""

    @abstractmethod
    def from_json(self, json: Json, kind: Kind) -> Payload:
        """The inverse of `to_json`."""

    def request(self, values: Mapping[str, Value]) -> Payload:
        """A command's payload from named values; what the use case fixes may be left out."""
        raise UseCaseError("", "", f"has no command of {', '.join(values) or 'any kind'}")

    def answer(self, values: Mapping[str, Value], failures: Mapping[str, Json], command: Payload) -> Payload:
        """The payload of a response to `command`: values by name, and the result of what failed."""
        raise UseCaseError("", "", f"has no response of {', '.join((*values, *failures, *command)) or 'any kind'}")

    def notice(self, values: Mapping[str, Value]) -> Payload:
        """An alert's payload from named values."""
        raise UseCaseError("", "", f"has no alert of {', '.join(values) or 'any kind'}")


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
            payload = form.request(values)
        except UseCaseError as error:
            raise error.of(self.code) from None
        return self._filled(header, payload)

    def response(
        self,
        command: Message,
        *,
        date_time: CosemDateTime | datetime,
        keys: Keys | None = None,
        originator_counter: int | None = None,
        failures: Mapping[str, Json] | None = None,
        **values: Value,
    ) -> Message:
        """The device's response to `command`, without protection.

        Args:
            command: what is answered; its identifiers are swapped, its counter and supplementary party echoed.
            date_time: the device's time, sent where the use case says so.
            keys: needed where part of the payload is encrypted.
            originator_counter: the device's own counter, which keys what is encrypted for an unknown remote party.
            failures: field to result, of what failed. What comes after the first of them was not executed.
            **values: what the device answers, by field.

        Raises:
            UseCaseError: a value is missing, unknown or out of range; it names field, value and range.
        """
        form = self.form()
        try:
            asked = form.decode(Context(command))
            payload = form.answer(values, failures or {}, asked)
        except UseCaseError as error:
            raise error.of(self.code) from None
        return self.reply(command, payload, date_time=date_time, keys=keys, originator_counter=originator_counter)

    def reply(
        self,
        command: Message,
        payload: Payload,
        *,
        date_time: CosemDateTime | datetime,
        keys: Keys | None = None,
        originator_counter: int | None = None,
    ) -> Message:
        """As `response`, from a payload that is there already: items with their results."""
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
            _stamp(date_time) if self.dated_response else None,
            extra,
        )
        return self._filled(header, payload, keys)

    def alert(
        self,
        originator: Eui64,
        recipient: Eui64,
        counter: int,
        *,
        keys: Keys | None = None,
        supplementary: Supplementary | None = None,
        **values: Value,
    ) -> Message:
        """An alert without protection.

        Args:
            originator: the device.
            recipient: the remote party, or the Access Control Broker for a party the device does not know.
            counter: the device's originator counter.
            keys: needed where part of the payload is encrypted.
            supplementary: the party behind the broker.
            **values: payload fields, ``alert_code`` among them.

        Raises:
            UseCaseError: a value is missing, unknown or out of range; it names field, value and range.
        """
        header = Message(
            Cra.ALERT, counter, originator, recipient, self.message_codes[0], b"", supplementary=supplementary
        )
        try:
            payload = self.form().notice(values)
        except UseCaseError as error:
            raise error.of(self.code) from None
        return self._filled(header, payload, keys)

    def _filled(self, header: Message, payload: Payload, keys: Keys | None = None) -> Message:
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


def _stamp(moment: CosemDateTime | datetime) -> CosemDateTime:
    return CosemDateTime.of(moment) if isinstance(moment, datetime) else moment


class Slot(NamedTuple):
    """One item of a response: its name, and whether a successful one has a value."""

    name: str
    has_value: bool


def answered(
    slots: Sequence[Slot], values: Mapping[str, Value], failures: Mapping[str, Json], skipped: Mapping[str, Json]
) -> dict[str, Json]:
    """The JSON form of a response: values and failures in their slots; `skipped` from the first failure on.

    Raises:
        UseCaseError: a value is missing, or a name belongs to no slot.
    """
    names = [slot.name for slot in slots]
    for name in (*values, *failures):
        if name not in names:
            raise UseCaseError("", name, f"no such field in a response to this command; there is {', '.join(names)}")
    json: dict[str, Json] = {}
    failed = False
    for slot in slots:
        if slot.name in failures:
            json[slot.name] = {"result": failures[slot.name]}
            failed = True
        elif slot.name in values:
            json[slot.name] = {"value": values[slot.name]}
        elif failed:
            json[slot.name] = skipped
        elif slot.has_value:
            raise UseCaseError("", slot.name, "missing")
        else:
            json[slot.name] = {}
    return json
