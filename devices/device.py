"""A device behind its network: octets of commands in, octets of responses and alerts out. No I/O, no clock.

What a command passes, in this order (GBCS 6.2.4): form, recipient, use case, originator, authority, counter, MAC and
signature, payload; then it is executed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, ClassVar, Self, TypeAlias

from devices.alerts import AlertCode
from devices.cosem.server import CosemServer
from devices.events import Behaviours, Journal
from devices.observer import Observer
from devices.parts import Part, first_due
from devices.replay import ReplayCounters
from devices.settings import Settings, VariantRefusal
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from devices.unusual import UnusualCommands
from devices.variant import Variant, has, is_for
from gbcs.asn1.payload import Asn1Payload
from gbcs.cosem import objects as o
from gbcs.cosem.date_time import CosemDateTime
from gbcs.cosem.objects import CosemObject
from gbcs.cosem.types import Value
from gbcs.device_type import DeviceType
from gbcs.errors import DecodeError, GbcsError, MissingKeyError, SecurityError
from gbcs.eui64 import Eui64
from gbcs.gbz.status import Status
from gbcs.message import Cra, Message, Supplementary
from gbcs.roles import RemotePartyRole
from gbcs.security import protection
from gbcs.security.category import Category
from gbcs.security.keys import Keys
from gbcs.usecases.access_list import AccessList
from gbcs.usecases.catalogue import USE_CASES, use_case_of
from gbcs.usecases.model import Context, Payload, PayloadForm, UseCase
from smki.errors import CertificateError

logger = logging.getLogger(__name__)

#: Refusals that an alert tells of; the others are entries in the security log alone.
_ALERTED = (AlertCode.NOT_AUTHORISED, AlertCode.NOT_AUTHENTIC, AlertCode.UNUSUAL_COMMANDS)
#: Refusals of commands that are malformed or out of order; their number may become unusual.
_COUNTED = (AlertCode.FORMAT_CHECK_FAILED, AlertCode.OTHER_AUTHENTICATION_FAILURE)
#: A slot of a log in which there is nothing to find is no failure; DLMS COSEM has no such result.
_HARMLESS = frozenset({Status.NOT_FOUND})
#: To whom the generic alerts of a type of device go.
_ALERT_ROLES = dict.fromkeys((DeviceType.CHF, DeviceType.GPF), RemotePartyRole.ACCESS_CONTROL_BROKER)
_ORIGINATOR_COUNTER = "originator counter"


class _Refused(Exception):
    """The command gets no response; `code` goes into the security log."""

    def __init__(self, code: AlertCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class _Unexpected(Exception):
    """What came is no command to this device: nothing but their number is of interest."""


#: Executes a command whose payload, of one form, says itself what is to be done: gives the payload of the response.
Executor: TypeAlias = Callable[[Any, Payload], Payload]
#: Executes a command whose payload is ASN.1: gives the fields of the response.
Function: TypeAlias = Callable[[Message, Payload], Mapping[str, Value]]
#: The role and the keys of an originator who sits in no trust anchor cell; it may raise `SecurityError`.
Stranger: TypeAlias = Callable[[Message], tuple[RemotePartyRole, Keys]]
#: Who may send a command, where the use case alone does not say; empty refuses it.
Authority: TypeAlias = Callable[[Message, Payload], frozenset[RemotePartyRole]]


class Device:
    """One device: its credentials, its COSEM server, and what it does with a message.

    Attributes:
        cosem: the device's objects, to look at and to set from outside as well.
        security_log, event_log: iterate over `devices.events.LogEntry`, oldest first.
        executors: what executes commands by the form of their payload.
        functions: what executes ASN.1 use cases, by code.
        authorities: who may send them, by code, where that depends on the payload.
        strangers: by message code, how a command names its originator that nobody else could know.
        deputies: who else may send a use case's commands to this device, by code.
        forms: what commands of a use case are read by, where that is not the use case's own form.
        parts: what does something by itself.
        cancels: make parts forget what a party has ordered for a time to come.
        command: the command that is being executed; None in between.
        afterwards: what is to be done once the response is made.
        is_powered: whether it has current; nothing happens while it has none.
        savers: put into the store what parts of the device keep elsewhere, before anything leaves the device.
        outlets: are given what the device sends before that is in its store, and what they put there is committed with
            it; an outlet does not raise.
        observers: are told of every message and every entry of a log.
    """

    #: The family of payloads that the device's alerts belong to, as the generic ones' codes name it.
    family: ClassVar[str] = "DLMS"

    def __init__(
        self,
        device_type: DeviceType,
        anchors: TrustAnchors,
        cosem: CosemServer,
        store: Store,
        *,
        now: datetime,
        settings: Settings,
        variant: Variant = Variant.SINGLE,
    ) -> None:
        self.device_type = device_type
        self.variant = variant
        self.anchors = anchors
        self.cosem = cosem
        self.store = store
        self.settings = settings
        self.security_log = Journal(cosem.log(o.SECURITY_LOG), lambda: self.time)
        self.event_log = Journal(cosem.log(o.EVENT_LOG), lambda: self.time)
        self.behaviours = Behaviours(cosem)
        self.replay = ReplayCounters(store, settings.replay_scope)
        self._unusual = UnusualCommands(store, settings)
        self.executors: dict[type[PayloadForm], Executor] = {
            AccessList: lambda form, request: cosem.execute(form.present(request), request)
        }
        self.functions: dict[str, Function] = {}
        self.authorities: dict[str, Authority] = {}
        self.strangers: dict[int, Stranger] = {}
        self.deputies: dict[str, frozenset[RemotePartyRole]] = {}
        self.forms: dict[str, PayloadForm] = {}
        self.parts: list[Part] = []
        self.cancels: list[Callable[[Eui64], None]] = []
        self.is_powered = True
        self.command: Message | None = None
        self.afterwards: list[Callable[[], None]] = []
        self.savers: list[Callable[[], None]] = []
        self.outlets: list[Callable[[list[bytes]], None]] = []
        self.observers: list[Observer] = []
        cosem.on_entry = self._logged
        self._now = now.astimezone(UTC)
        self._sent: list[Message] = []
        anchors.attach(store)

    @property
    def eui(self) -> Eui64:
        """The device's Entity Identifier."""
        return self.anchors.device

    @property
    def now(self) -> datetime:
        """The process clock, as last told."""
        return self._now

    @property
    def time(self) -> datetime:
        """What the device takes for the time."""
        return self._now

    @property
    def time_is_reliable(self) -> bool:
        """Whether the device trusts its clock."""
        return True

    def due(self) -> datetime | None:
        """When the device next does something by itself, by the process clock; None while there is nothing, or no
        current. A message, and whatever is done to the device from outside, may change it.
        """
        if not self.is_powered:
            return None
        first = first_due(self.parts)
        return first[0] - (self.time - self._now) if first else None

    def advance(self, now: datetime) -> list[bytes]:
        """Lets time (timezone-aware) pass, and with it whatever the device does by itself; gives the alerts it sends.

        Raises:
            StoreError: the state could not be written.
        """
        self._advance(now.astimezone(UTC))
        return self._flush()

    def receive(self, octets: bytes, now: datetime) -> list[bytes]:
        """Takes one message and gives those that the device sends because of it; often one response, or nothing.

        What they say is in the device's store before they are returned.

        Raises:
            StoreError: the state could not be written. Nothing else, whatever the octets are, but what an observer
                raises.
        """
        for observer in self.observers:
            observer.received(self, octets)
        self._advance(now.astimezone(UTC))
        if self.is_powered:
            self._receive(octets)
        sent = self._flush()
        for observer in self.observers:
            observer.handled(self)
        return sent

    def snapshot(self) -> dict[str, bytes]:
        """All that the device would not forget: a store updated with it makes the same device again."""
        self._save()
        return dict(self.store)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Writes the state and closes its file."""
        self._save()
        self.store.__exit__(kind, error, trace)

    def _save(self) -> None:
        for save in self.savers:
            save()

    def _logged(self, log: CosemObject, entry: Value) -> None:
        for observer in self.observers:
            observer.logged(self, log, entry)

    def _flush(self) -> list[bytes]:
        sent, self._sent = [message.encode() for message in self._sent], []
        for outlet in self.outlets:
            outlet(sent)
        self._save()
        self.store.commit()
        for observer in self.observers:
            for octets in sent:
                observer.sent(self, octets)
        return sent

    def _advance(self, now: datetime) -> None:
        """Stops wherever a part of the device has something to do on the way to `now`."""
        while self.is_powered and now >= self._now and (first := first_due(self.parts)):
            due, part = first
            offset = self.time - self._now
            if due > now + offset:
                break
            self._pass(max(due - offset, self._now))
            part.run()
        self._pass(now)

    def _pass(self, now: datetime) -> None:
        """Time passes up to `now`, and nothing happens in between."""
        self._now = now

    def _receive(self, octets: bytes) -> None:
        try:
            command, use_case = self._read(octets)
        except _Unexpected as error:
            logger.info("%s: %s", self.eui.hex(), error)
            self._count_unusual()
            return
        try:
            roles = self._check(command, use_case)
            if self._is_ordered(use_case):
                self.replay.accept(command)
            # What the command causes comes after its response.
            position = len(self._sent)
            self.command = command
            self._sent.insert(position, self._perform(command, use_case, roles))
        except _Refused as refusal:
            logger.warning("%s: refused: %s", label(command), refusal)
            self._tell_refusal(refusal.code)
            for observer in self.observers:
                observer.refused(self, refusal.code)
            if refusal.code in _COUNTED:
                self._count_unusual()
        except (GbcsError, CertificateError) as error:
            # Executed, but a key or a value fails the response; there is nobody to tell but the log.
            logger.error("%s: no response: %s", label(command), error)
        finally:
            for follow in self.afterwards:
                follow()
            self.afterwards.clear()
            self.command = None

    def _read(self, octets: bytes) -> tuple[Message, UseCase]:
        try:
            command = Message.decode(octets)
        except DecodeError as error:
            raise _Unexpected(f"not a message: {error}") from error
        if command.cra is not Cra.COMMAND or command.recipient != self.eui:
            raise _Unexpected(f"not a command to this device: {label(command)}")
        use_case = use_case_of(command)
        if use_case is None:
            raise _Unexpected(f"no use case has the message code: {label(command)}")
        return command, use_case

    def _check(self, command: Message, use_case: UseCase) -> frozenset[RemotePartyRole]:
        """In which roles the originator may send the command."""
        keys: Keys = self.anchors
        if stranger := self.strangers.get(command.message_code):
            try:
                role, keys = stranger(command)
            except SecurityError as error:
                raise _Refused(AlertCode.NOT_AUTHENTIC, str(error)) from error
            roles = frozenset({role})
        else:
            roles = self.anchors.roles_of(command.originator)
        if command.supplementary:
            # The broker speaks for somebody the device does not know, and nobody else may do that.
            roles &= {RemotePartyRole.ACCESS_CONTROL_BROKER}
        roles &= use_case.roles | self.deputies.get(use_case.code, frozenset())
        if not roles:
            raise _Refused(AlertCode.NOT_AUTHORISED, "the originator has no authority for the command")
        if self._is_ordered(use_case) and not self.replay.is_fresh(command, roles):
            raise _Refused(AlertCode.OTHER_AUTHENTICATION_FAILURE, "the originator counter is not new")
        try:
            protection.verify(command, use_case.category_of(command.message_code), keys)
        except SecurityError as error:
            raise _Refused(AlertCode.NOT_AUTHENTIC, str(error)) from error
        return roles

    def _perform(self, command: Message, use_case: UseCase, roles: frozenset[RemotePartyRole]) -> Message:
        form = self.forms.get(use_case.code, use_case.payload)
        if not self._supports(use_case) or form is None:
            logger.warning("%s: not supported", label(command))
            return self._not_supported(command)
        if command.date_time is not None:
            raise _Refused(AlertCode.FORMAT_CHECK_FAILED, "a command has no date-time")
        if _lacks_reader(command.supplementary, form):
            raise _Refused(AlertCode.FORMAT_CHECK_FAILED, "an encrypted read without the reader's certificate")
        try:
            request = form.decode(Context(command))
        except DecodeError as error:
            raise _Refused(AlertCode.FORMAT_CHECK_FAILED, str(error)) from error
        keys: Keys = self.anchors
        counter = None
        if command.supplementary and command.supplementary.certificate:
            keys = self.anchors.for_reader(command.supplementary.certificate)
            counter = self.counter_for(command.supplementary.party)
        if executor := self.executors.get(type(form)):
            result = executor(form, request)
            self._log_outcome(command, succeeded=_HARMLESS.issuperset(result.failures.values()))
        else:
            authority = self.authorities.get(use_case.code)
            if authority and not roles & authority(command, request):
                raise _Refused(AlertCode.NOT_AUTHORISED, "the originator has no authority for what it asks")
            result = form.answer(self.functions[use_case.code](command, request), {}, request)
        if logger.isEnabledFor(logging.INFO):
            logger.info("%s: %s executed%s", label(command), use_case.code, _failures(result))
        response = use_case.reply(command, result, date_time=self.stamp(form), keys=keys, originator_counter=counter)
        category = use_case.category_of(command.message_code)
        if category is Category.PROVIDE_CREDENTIALS and command.signature:
            return protection.sign(response, keys)
        return protection.protect(response, category, keys)

    def _is_ordered(self, use_case: UseCase) -> bool:
        """Whether a command's counter has to exceed those before."""
        if not use_case.replay_protected:
            return False
        return use_case.category is not Category.TOP_UP or not self.settings.top_up_by_token_alone

    def _supports(self, use_case: UseCase) -> bool:
        if self.settings.variant_refusal is VariantRefusal.ALERT:
            is_ours = is_for(use_case, self.device_type, self.variant)
        else:
            is_ours = has(use_case, self.device_type)
        executable = type(use_case.payload) in self.executors or use_case.code in self.functions
        return is_ours and executable

    def counter_for(self, party: Eui64) -> int | None:
        """The counter of the device's own that keys what it encrypts for a party which the broker speaks for."""
        del party
        return self.next_counter()

    def stamp(self, form: PayloadForm) -> CosemDateTime:
        """The date-time of a response of that form, where its use case has one."""
        del form
        return CosemDateTime.of(self.time)

    def _log_outcome(self, command: Message, *, succeeded: bool) -> None:
        code = AlertCode.COMMAND_ACTIONED if succeeded else AlertCode.COMMAND_NOT_ACTIONED
        self.log_event(code, command.message_code.to_bytes(2, "big"))

    def log_security(self, code: int) -> None:
        """Puts an entry into the security log, which nobody can clear."""
        self.security_log.append(code)

    def log_event(self, code: int, other_information: bytes = b"") -> None:
        """Puts an entry into the event log and sends an alert, as far as the code's party wants them."""
        if self.behaviours.logs(code):
            self.event_log.append(code, other_information=other_information)
        role = self.behaviours.recipient(code)
        if role is not None:
            self.alert(f"GNCA-{self.family}", code, to=role)

    def report(self, code: int) -> None:
        """Logs a mandated event and tells the supplier."""
        self.log_event(code)
        self.alert(f"GCA-{self.family}", code)

    def alert(
        self,
        use_case_code: str,
        code: int,
        *,
        to: RemotePartyRole | Eui64 = RemotePartyRole.SUPPLIER,
        supplementary: Supplementary | None = None,
        **values: Value,
    ) -> None:
        """Sends an alert to a party, or to whoever is in a role's cells; to nobody where they are empty.

        The time stamp of a DLMS COSEM alert is the device's time. Where a key is missing, only the process's log tells.
        """
        recipient = to if isinstance(to, Eui64) else self.anchors.party_in(to)
        if recipient is None:
            return
        try:
            self._sent.append(self._alert(use_case_code, recipient, code, supplementary, **values))
        except MissingKeyError as error:
            logger.error("%s: no alert %04x: %s", self.eui.hex(), code, error)

    def next_counter(self) -> int:
        """The next of the counters that the device originates."""
        counter = int.from_bytes(self.store.get(_ORIGINATOR_COUNTER, b""), "big") + 1
        self.store[_ORIGINATOR_COUNTER] = counter.to_bytes(8, "big")
        return counter

    def _count_unusual(self) -> None:
        if self._unusual.count(self._now):
            self._tell_refusal(AlertCode.UNUSUAL_COMMANDS)

    def _tell_refusal(self, code: AlertCode) -> None:
        self.log_security(code)
        # To a party in the device's own cells, never to whoever sent the command.
        if code in _ALERTED and self.settings.refusal_alerts:
            self.alert(f"GCA-{self.family}", code, to=_ALERT_ROLES.get(self.device_type, RemotePartyRole.SUPPLIER))

    def _not_supported(self, command: Message) -> Message:
        if self.family != "DLMS":
            # The alert is a DLMS COSEM one.
            raise _Refused(AlertCode.FORMAT_CHECK_FAILED, "not supported")
        extra = command.supplementary
        return self._alert(
            "ECS100",
            command.originator,
            AlertCode.COMMAND_NOT_SUPPORTED,
            Supplementary(extra.party, extra.party_counter) if extra else None,
            command={"message_code": command.message_code, "originator_counter": command.originator_counter},
        )

    def _alert(
        self,
        use_case_code: str,
        recipient: Eui64,
        code: int,
        supplementary: Supplementary | None = None,
        **values: Value,
    ) -> Message:
        use_case = USE_CASES[use_case_code]
        if not isinstance(use_case.payload, Asn1Payload):
            values["time_stamp"] = self.time
        alert = use_case.alert(
            self.eui,
            recipient,
            self.next_counter(),
            keys=self.anchors,
            supplementary=supplementary,
            alert_code=code,
            **values,
        )
        return protection.protect(alert, use_case.category, self.anchors)


def label(message: Message) -> str:
    """What a log line says of a message: its identifier and message code."""
    originator, recipient, cra, counter = message.identifier
    return f"{cra.name.lower()} {message.message_code:04x} {originator.hex()} > {recipient.hex()} {counter}"


def _lacks_reader(extra: Supplementary | None, form: PayloadForm) -> bool:
    """Whether nobody could decrypt the response: what is encrypted is so for the party that the broker speaks for."""
    if extra is None or extra.certificate is not None:
        return False
    return isinstance(form, AccessList) and any(access.protects for access in form.accesses)


def _failures(result: Payload) -> str:
    return "".join(f", {name} failed with {code}" for name, code in result.failures.items())
