"""A device behind its network: octets of commands in, octets of responses and alerts out. No I/O, no clock.

What a command passes, in this order (GBCS 6.2.4): form, recipient, use case, originator, authority, counter, MAC and
signature, payload; then it is executed.
"""

from __future__ import annotations

import logging
from datetime import datetime

from devices.alerts import AlertCode
from devices.cosem_server import CosemServer
from devices.replay import ReplayCounters
from devices.security_log import LogEntry, SecurityLog
from devices.settings import Settings
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.cosem.date_time import CosemDateTime
from gbcs.cosem.types import Value
from gbcs.device_type import DeviceType
from gbcs.errors import DecodeError, GbcsError, SecurityError
from gbcs.eui64 import Eui64
from gbcs.message import Cra, Message, Supplementary
from gbcs.roles import RemotePartyRole
from gbcs.security import protection
from gbcs.usecases.access_list import AccessList
from gbcs.usecases.catalogue import USE_CASES, use_case_of
from gbcs.usecases.model import Context, Payload, UseCase

logger = logging.getLogger(__name__)

#: Refusals that an alert tells of; the others are entries in the security log alone.
_ALERTED = (AlertCode.NOT_AUTHORISED, AlertCode.NOT_AUTHENTIC)
#: To whom the generic alerts of a type of device go.
_ALERT_ROLES = {DeviceType.CHF: RemotePartyRole.ACCESS_CONTROL_BROKER}
_ORIGINATOR_COUNTER = "originator counter"


class _Refused(Exception):
    """The command gets no response; `code` goes into the security log."""

    def __init__(self, code: AlertCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Device:
    """One device: its credentials, its COSEM server, and what it does with a message.

    Attributes:
        cosem: the device's objects, to look at and to set from outside as well.
        security_log: iterates over `devices.security_log.LogEntry`, oldest first.
    """

    def __init__(
        self,
        device_type: DeviceType,
        anchors: TrustAnchors,
        cosem: CosemServer,
        store: Store,
        *,
        now: datetime,
        settings: Settings,
    ) -> None:
        self.device_type = device_type
        self.anchors = anchors
        self.cosem = cosem
        self.store = store
        self.settings = settings
        self.security_log = SecurityLog(store)
        self._replay = ReplayCounters(store, settings.replay_scope)
        self._now = now

    @property
    def eui(self) -> Eui64:
        """The device's Entity Identifier."""
        return self.anchors.device

    @property
    def time(self) -> datetime:
        """What the device takes for the time."""
        return self._now

    def advance(self, now: datetime) -> None:
        """Lets time (timezone-aware) pass, and with it whatever the device does by itself."""
        self._now = now

    def receive(self, octets: bytes, now: datetime) -> list[bytes]:
        """Takes one message and gives those that the device sends because of it; often one response, or nothing.

        What they say is in the device's store before they are returned.

        Raises:
            StoreError: the state could not be written. Nothing else, whatever the octets are.
        """
        self.advance(now)
        sent = self._receive(octets)
        self.store.commit()
        return [message.encode() for message in sent]

    def _receive(self, octets: bytes) -> list[Message]:
        try:
            command = Message.decode(octets)
        except DecodeError as error:
            logger.info("%s: not a message: %s", self.eui.hex(), error)
            return []
        if command.cra is not Cra.COMMAND or command.recipient != self.eui:
            logger.info("%s: not a command to this device: %s", self.eui.hex(), label(command))
            return []
        use_case = use_case_of(command)
        if use_case is None:
            logger.info("%s: no use case has the message code", label(command))
            return []
        try:
            self._check(command, use_case)
            if use_case.replay_protected:
                self._replay.accept(command)
            return [self._perform(command, use_case)]
        except _Refused as refusal:
            logger.warning("%s: refused: %s", label(command), refusal)
            self.security_log.append(LogEntry(self.time, refusal.code, command.message_code))
            return self._refusal_alerts(refusal.code)
        except GbcsError as error:
            # Executed, but a key or a value fails the response; there is nobody to tell but the log.
            logger.error("%s: no response: %s", label(command), error)
            return []

    def _check(self, command: Message, use_case: UseCase) -> None:
        roles = self.anchors.roles_of(command.originator)
        if command.supplementary:
            # The broker speaks for somebody the device does not know, and nobody else may do that.
            roles &= {RemotePartyRole.ACCESS_CONTROL_BROKER}
        if not roles & use_case.roles:
            raise _Refused(AlertCode.NOT_AUTHORISED, "the originator has no authority for the command")
        if use_case.replay_protected and not self._replay.is_fresh(command):
            raise _Refused(AlertCode.OTHER_AUTHENTICATION_FAILURE, "the originator counter is not new")
        try:
            protection.verify(command, use_case.category_of(command.message_code), self.anchors)
        except SecurityError as error:
            raise _Refused(AlertCode.NOT_AUTHENTIC, str(error)) from error

    def _perform(self, command: Message, use_case: UseCase) -> Message:
        form = use_case.payload
        if self.device_type not in use_case.devices or not isinstance(form, AccessList):
            logger.warning("%s: not supported", label(command))
            return self._not_supported(command)
        try:
            request = form.decode(Context(command))
        except DecodeError as error:
            raise _Refused(AlertCode.FORMAT_CHECK_FAILED, str(error)) from error
        result = self.cosem.execute(form.present(request), request)
        logger.info("%s: %s executed%s", label(command), use_case.code, _failures(result))
        response = use_case.reply(command, result, date_time=CosemDateTime.of(self.time), keys=self.anchors)
        return protection.protect(response, use_case.category_of(command.message_code), self.anchors)

    def _refusal_alerts(self, code: AlertCode) -> list[Message]:
        # To a party in the device's own cells, never to whoever sent the command.
        role = _ALERT_ROLES.get(self.device_type, RemotePartyRole.SUPPLIER)
        recipient = self.anchors.party_in(role)
        if recipient is None or code not in _ALERTED or not self.settings.refusal_alerts:
            return []
        return [self._alert("GCA-DLMS", recipient, code)]

    def _not_supported(self, command: Message) -> Message:
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
        code: AlertCode,
        supplementary: Supplementary | None = None,
        **values: Value,
    ) -> Message:
        use_case = USE_CASES[use_case_code]
        counter = int.from_bytes(self.store.get(_ORIGINATOR_COUNTER, b""), "big") + 1
        self.store[_ORIGINATOR_COUNTER] = counter.to_bytes(8, "big")
        alert = use_case.alert(
            self.eui, recipient, counter, supplementary=supplementary, alert_code=code, time_stamp=self.time, **values
        )
        return protection.protect(alert, use_case.category, self.anchors)


def label(message: Message) -> str:
    """What a log line says of a message: its identifier and message code."""
    originator, recipient, cra, counter = message.identifier
    return f"{cra.name.lower()} {message.message_code:04x} {originator.hex()} > {recipient.hex()} {counter}"


def _failures(result: Payload) -> str:
    return "".join(f", {name} failed with {code}" for name, code in result.failures.items())
