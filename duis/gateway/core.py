"""The DCC as a value: octets and the time in, octets and effects out (DUIS flows 1 to 3).

It opens no socket and reads no clock. Every effect stands in the state before it is returned.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from duis import markup
from duis.document import Request, Response, read_header
from duis.errors import TransformError
from duis.gateway.checks import REFUSED, Admitted, Refusal, admit, check_response, signed_pre_command
from duis.gateway.inventory import Address, Inventory
from duis.gateway.state import Awaited, State, Undelivered, command_key
from duis.identifiers import RequestID
from duis.services import COMMAND_VARIANTS, Endpoint, Input
from duis.signature import Verifier, sign
from duis.transform import Context, Originator, command, transform
from gbcs.errors import DecodeError, GbcsError, MissingKeyError, SecurityError
from gbcs.message import Cra, Message, MessageIdentifier
from gbcs.roles import KeyUse
from gbcs.usecases.model import UseCase
from smki.keystore import Keystore

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a gateway can be told.

    Attributes:
        gbcs_version: said in the Response that carries a pre-command.
        response_timeout: how long a device has for its response, from the moment the request is accepted.
    """

    gbcs_version: str = "4.3"
    response_timeout: timedelta = timedelta(seconds=30)


DEFAULTS = Settings()


class Send(NamedTuple):
    """A command to send to a hub, once `Gateway.release` lets it go."""

    hub: Address
    message: bytes
    key: bytes


class Post(NamedTuple):
    """A document to post to a user's Receive Response service, until `Gateway.delivered` is told."""

    url: str
    document: bytes
    number: int


class Answer(NamedTuple):
    """The signed synchronous Response, and what to do besides."""

    document: bytes
    sends: tuple[Send, ...] = ()


class Gateway:
    """One DCC.

    Args:
        keystore: the DCC's key agreement key as Access Control Broker and its dspXmlSign key; certificates of users
            and devices. If it holds certification authorities, the chains of XML signers have to end there.
        inventory: users and devices.
        state: what survives this object.
        settings: see there.

    Raises:
        MissingKeyError: one of the DCC's own keys is not held.
    """

    def __init__(self, keystore: Keystore, inventory: Inventory, state: State, settings: Settings = DEFAULTS) -> None:
        self._keystore = keystore
        self._inventory = inventory
        self._state = state
        self._settings = settings
        self._broker = keystore.broker()
        self._signer = keystore.xml_signer(self._broker)
        self._verifier = Verifier.of(keystore)
        if not keystore.find(self._broker, KeyUse.KA).private_key:
            raise MissingKeyError(f"{self._broker.hex()} KA private key")

    def request(self, document: bytes, endpoint: Endpoint, now: datetime) -> Answer:
        """Does what a user asks for at one of the web services.

        Args:
            document: the octets as received.
            endpoint: where they were received.
            now: timezone-aware.

        Raises:
            DocumentError: it is no request of any service, so that there is no Response to give.
        """
        header = read_header(markup.parse(document))
        try:
            return self._perform(admit(document, endpoint, self._verifier, self._inventory, now), now)
        except Refusal as refusal:
            _log.warning("%s refused: %s", header.request_id, refusal)
            response = Response(refusal.response_code, now, header.variant, request_id=header.request_id)
            return Answer(self._signed(response))

    def receive(self, octets: bytes, now: datetime) -> list[Post]:
        """Takes a message that came over the WAN.

        What is not the response to an awaited command is logged and dropped.
        """
        try:
            message = Message.decode(octets)
        except DecodeError as error:
            _log.warning("no GBCS message from the WAN: %s", error)
            return []
        if message.cra is not Cra.RESPONSE:
            _log.info("%s 0x%04x of %s", message.kind, message.message_code, message.originator)
            return []
        counter = message.originator_counter
        identifier = MessageIdentifier(message.recipient, message.originator, Cra.COMMAND, counter)
        awaited = self._state.awaited(command_key(identifier))
        if awaited is None:
            _log.warning("response of %s to %s that is not awaited", message.originator, message.recipient)
            return []
        try:
            check_response(message, awaited.message_code, self._keystore)
        except SecurityError as error:
            _log.warning("response of %s to %s: %s", message.originator, awaited.request_id, error)
            return []
        return self._settle(awaited, "I0", now, {"GBCSPayload": octets})

    def release(self, send: Send) -> bool:
        """Lets a command go out to its hub; False where the user was told meanwhile that it did not."""
        return self._state.mark_sent(send.key)

    def delivered(self, post: Post) -> None:
        """The user has the document."""
        self._state.delivered(post.number)

    def undelivered(self) -> list[Post]:
        """Every document that its user does not have; what to post first after a start."""
        return self._posts(self._state.undelivered())

    def next_wake(self) -> datetime | None:
        """When `wake` has something to do, as things stand."""
        return self._state.next_deadline()

    def wake(self, now: datetime) -> list[Post]:
        """Gives up the commands whose time is over: E21 without a response, E20 if they never got to their hub."""
        posts = []
        for awaited in self._state.overdue(now):
            posts += self._settle(awaited, "E21" if awaited.sent else "E20", now, {})
        return posts

    def _perform(self, admitted: Admitted, now: datetime) -> Answer:
        request, use_case = admitted.request, admitted.use_case
        how = COMMAND_VARIANTS[request.command_variant]
        if how.input is Input.SIGNED_PRE_COMMAND:
            message = self._signed_pre_command(request, use_case)
        else:
            message = self._transformed(admitted, now)
        if how.endpoint is Endpoint.TRANSFORM:
            octets = message.encode()
            self._state.issue(request.request_id, request.service.variant, octets)
            pre_command = {"GBCSVersion": self._settings.gbcs_version, "GBCSPayload": octets}
            return self._answer(request, now, {"PreCommand": pre_command})
        octets = self._command(use_case, message)
        key = command_key(message.identifier)
        awaited: Awaited | None = None
        sends: tuple[Send, ...] = ()
        if how.sent:
            deadline = now + self._settings.response_timeout
            awaited = Awaited(key, request.request_id, request.service.variant, message.message_code, deadline)
            sends = (Send(admitted.device.hub, octets, key),)
        by_broker = message.originator == self._broker
        self._state.accept(request.request_id, awaited, message.originator_counter if by_broker else None)
        payload = {how.returned: {"GBCSPayload": octets}} if how.returned else {}
        return self._answer(request, now, payload, sends)

    def _transformed(self, admitted: Admitted, now: datetime) -> Message:
        request = admitted.request
        if self._state.knows(request.request_id):
            raise Refusal(REFUSED, "the RequestID was used before")
        # In milliseconds like the users' counters, and greater than the last even if the clock was set back.
        counter = max(self._state.broker_counter + 1, int(now.timestamp() * 1000))
        devices = {request.request_id.target: admitted.device.type}
        context = Context(devices, Originator(self._broker, counter))
        try:
            _, message = transform(request, context, lambda _: admitted.user.known_as)
        except TransformError as error:
            raise Refusal(error.response_code or REFUSED, str(error)) from None
        except GbcsError as error:
            raise Refusal(REFUSED, str(error)) from None
        return message

    def _signed_pre_command(self, request: Request, use_case: UseCase) -> Message:
        variant, pre_command = self._state.issued(request.request_id) or (None, b"")
        if variant != request.service.variant:
            raise Refusal(REFUSED, f"no pre-command of {request.service.variant} is outstanding for this RequestID")
        return signed_pre_command(request.body, pre_command, use_case, self._keystore)

    def _command(self, use_case: UseCase, message: Message) -> bytes:
        try:
            return command(use_case, message, self._keystore).encode()
        except SecurityError as error:
            raise Refusal(REFUSED, str(error)) from None

    def _answer(
        self, request: Request, now: datetime, payload: Mapping[str, Any], sends: tuple[Send, ...] = ()
    ) -> Answer:
        code = "I0" if payload else "I99"
        _log.info("%s %s: %s", request.service.variant, request.request_id, code)
        response = Response(code, now, request.service.variant, payload, request.request_id)
        return Answer(self._signed(response), sends)

    def _settle(self, awaited: Awaited, code: str, now: datetime, payload: Mapping[str, Any]) -> list[Post]:
        asked = awaited.request_id
        _log.info("%s %s: %s", awaited.variant, asked, code)
        response_id = RequestID(asked.target, asked.originator, asked.counter)
        document = self._signed(Response(code, now, awaited.variant, payload, asked, response_id))
        return self._posts([self._state.settle(awaited, document)])

    def _posts(self, undelivered: Iterable[Undelivered]) -> list[Post]:
        users = self._inventory.users
        return [Post(users[user].receive_url, document, n) for n, user, document in undelivered if user in users]

    def _signed(self, response: Response) -> bytes:
        return sign(response.to_xml(), *self._signer)
