"""What the tests of devices share: identifiers, and a rig that sends commands and takes the answers apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from devices.device import Device
from devices.emulator import Premises
from gbcs.decoding import Decoded, decode
from gbcs.eui64 import Eui64
from gbcs.message import Cra, Message
from gbcs.roles import KeyUse, RemotePartyRole
from gbcs.security import protection
from gbcs.usecases.catalogue import USE_CASES
from smki.authority import PARTIES, Issued
from smki.keystore import Keystore

#: What a meter's event log has once it has joined its hub.
JOINED = (0x8183, 0x81A2)
NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
HUB = Eui64.parse("00-00-5E-EF-20-00-00-01")
METER = Eui64.parse("00-00-5E-EF-20-00-00-02")
STRANGER = Eui64.parse("00-00-5E-EF-20-00-00-03")
SUPPLIER = PARTIES[RemotePartyRole.SUPPLIER]
NETWORK_OPERATOR = PARTIES[RemotePartyRole.NETWORK_OPERATOR]
BROKER = PARTIES[RemotePartyRole.ACCESS_CONTROL_BROKER]
LOAD_CONTROLLER = PARTIES[RemotePartyRole.LOAD_CONTROLLER]

USAGES = {
    KeyUse.DS: {"key_usage": ["digitalSignature"]},
    KeyUse.KA: {"key_usage": ["keyAgreement"]},
    KeyUse.PP: {"key_usage": ["keyAgreement"], "cell_usage": 1},
}


def cell(role: RemotePartyRole, use: KeyUse) -> dict[str, Any]:
    return {"remote_party_role": role, **USAGES[use]}


def statuses(outcome: dict[str, Any]) -> list[int]:
    return [each["status_code"] for each in outcome["replacement_outcomes"]]


def protected(keystore: Keystore, message: Message, use_case: str) -> bytes:
    """The message with the protection of a use case's commands."""
    return protection.protect(message, USE_CASES[use_case].category, keystore).encode()


def command(
    keystore: Keystore, use_case: str, counter: int = 1, *, by: Eui64 = SUPPLIER, to: Eui64 = METER, **values: Any
) -> bytes:
    """A whole command: built, signed where it is critical, MACed."""
    return protected(keystore, USE_CASES[use_case].command(by, to, counter, **values), use_case)


class Rig:
    """Premises, and a head end that holds everybody's keys."""

    def __init__(self, keystore: Keystore, **arguments: Any) -> None:
        self.keystore = keystore
        self.premises = Premises(keystore, hub=HUB, esme=METER, now=NOW, **arguments)

    def send(self, octets: bytes) -> list[Decoded]:
        """Sends octets and decodes what comes back."""
        answers = [decode(sent, self.keystore) for sent in self.premises.send(octets)]
        for answer in answers:
            if answer.message.cra is Cra.RESPONSE and answer.use_case:
                assert (answer.message.date_time is not None) == answer.use_case.dated_response
        return answers

    def ask(self, use_case: str, counter: int = 1, **values: Any) -> Decoded:
        """Sends a command and gives its response, verified."""
        (answer,) = self.send(command(self.keystore, use_case, counter, **values))
        assert answer.use_case is not None
        protection.verify(answer.message, answer.use_case.category, self.keystore)
        return answer

    @property
    def security_codes(self) -> list[int]:
        """Alert codes of the ESME's security log."""
        return [entry.code for entry in self.premises.esme.security_log]


class Lone:
    """A device without a hub, and the same head end."""

    def __init__(self, keystore: Keystore, device: Device) -> None:
        self.keystore = keystore
        self.device = device
        self.now = NOW

    def send(self, octets: bytes) -> list[Decoded]:
        """As `Rig.send`."""
        return [decode(sent, self.keystore) for sent in self.device.receive(octets, self.now)]

    def ask(self, use_case: str, counter: int = 1, **values: Any) -> Decoded:
        """As `Rig.ask`."""
        octets = command(self.keystore, use_case, counter, **{"to": self.device.eui, **values})
        (answer,) = self.send(octets)
        assert answer.category
        protection.verify(answer.message, answer.category, self.keystore)
        return answer

    def until(self, moment: datetime) -> list[Decoded]:
        """Lets time pass; gives the alerts."""
        self.now = moment
        return [decode(sent, self.keystore) for sent in self.device.advance(moment)]


def joint(keystore: Keystore, more: Sequence[Issued]) -> Keystore:
    """Everybody's keys, the new ones first."""
    keys = Keystore()
    for entry in keystore.entries():
        keys.add(entry.certificate, entry.private_key, entry.use)
    for issued in more:
        keys.add(*issued)
    return keys


def items(answer: Decoded) -> list[tuple[Any, int | None]]:
    """Value and result of every item of a response, in order."""
    assert answer.payload is not None
    return [(item.value, item.result) for item in answer.payload.items_in_order]


def codes(answers: Sequence[Decoded]) -> list[str]:
    """Use case codes of what came back."""
    return [answer.use_case.code for answer in answers if answer.use_case]
