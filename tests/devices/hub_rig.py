"""A hub, the broker that commands it, and devices that try to join it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from devices.han.association import Authenticator, Supplicant
from devices.han.install_code import InstallCode, default_install_code
from devices.hub.chf import Chf
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.decoding import Decoded, decode
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.message import Message, Supplementary
from gbcs.security import protection
from gbcs.security.category import Category
from gbcs.usecases.catalogue import USE_CASES
from smki.keystore import Keystore
from tests.devices.rig import BROKER, HUB, NOW, SUPPLIER

#: Devices on the HAN that have nothing but an identifier.
OTHERS = [Eui64.parse(f"00-00-5E-EF-20-00-01-{number:02X}") for number in range(20)]


class HubRig:
    """A CHF that is driven without a WAN, and what it has sent."""

    def __init__(
        self, keystore: Keystore, contents: Mapping[str, bytes] = MappingProxyType({}), **arguments: Any
    ) -> None:
        self.keystore = keystore
        self.arguments = arguments
        self.now = NOW
        self.counter = 0
        self.devices: dict[Eui64, Supplicant] = {}
        self._alerts: list[Decoded] = []
        self.store = Committed(contents)
        self.chf = self._hub()

    def _hub(self) -> Chf:
        anchors = TrustAnchors.from_keystore(self.keystore, HUB, DeviceType.CHF)
        return Chf(anchors, now=self.now, store=self.store, **self.arguments)

    def kill(self) -> None:
        """The hub is ended and started again: it has what was committed."""
        self.store = Committed(self.store.left)
        self.chf = self._hub()

    def command(self, use_case: str, *, by: Eui64 = BROKER, **values: Any) -> Message:
        """A command on behalf of the supplier, without protection."""
        self.counter += 1
        extra = Supplementary(SUPPLIER, self.counter) if by == BROKER else None
        return USE_CASES[use_case].command(by, HUB, self.counter, supplementary=extra, **values)

    def send(self, message: Message, use_case: str, category: Category | None = None) -> list[Decoded]:
        """Protects and sends a command; gives the response and what else comes, verified."""
        protected = protection.protect(message, category or USE_CASES[use_case].category, self.keystore)
        return self._read(self.chf.receive(protected.encode(), self.now))

    def ask(self, use_case: str, **values: Any) -> list[Decoded]:
        """The same for a command by its values."""
        return self.send(self.command(use_case, **values), use_case)

    def alerts(self) -> list[Decoded]:
        """What the hub has sent by itself, associations included."""
        alerts = self._alerts + self._read(self.chf.advance(self.now))
        self._alerts = []
        return alerts

    def _read(self, sent: Sequence[bytes]) -> list[Decoded]:
        read = []
        for octets in sent:
            answer = decode(octets, self.keystore)
            assert answer.category
            protection.verify(answer.message, answer.category, self.keystore)
            read.append(answer)
        return read

    def register(self, device: Eui64, code: bytes | None = None, timeout: int = 90, device_type: int = 0) -> list[Any]:
        """CCS01: results, and the device log of every CS14 that comes with them."""
        key = default_install_code(device).octets if code is None else code
        self.counter += 1
        answers = self.send(registering(device, key, self.counter, timeout, device_type), "CCS01")
        return [results(answers[0]), *map(device_log, answers[1:])]

    def remove(self, device: Eui64) -> list[Any]:
        """CCS02: the same."""
        answers = self.ask("CCS02", device_log_unregister_device=bytes(device))
        return [results(answers[0]), *map(device_log, answers[1:])]

    def associate(self, device: Eui64, code: InstallCode | None = None) -> Authenticator:
        """A device comes to the hub; what it keeps is kept from one time to the next.

        Raises `AssociationRefused`.
        """
        if device not in self.devices:
            self.devices[device] = Supplicant(device, Committed({}), code or default_install_code(device))
        hub = Authenticator(self.chf.han)
        for _ in self.bodies(device, hub):
            pass
        self._alerts = self.alerts()
        return hub

    def bodies(self, device: Eui64, hub: Authenticator) -> Iterator[None]:
        """Carries an association's bodies, and stops after each that one side has made."""
        body: bytes | None = self.devices[device].begin()
        while body is not None:
            yield
            answer = hub.proceed(body, self.now)
            yield
            body = self.devices[device].proceed(answer)

    def link_key(self, device: Eui64) -> bytes:
        return self.devices[device].link_key or b""

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @property
    def security_codes(self) -> list[int]:
        return [entry.code for entry in self.chf.security_log]

    @property
    def event_codes(self) -> list[int]:
        return [entry.code for entry in self.chf.event_log]


def registering(device: Eui64, key: bytes, counter: int, timeout: int = 90, device_type: int = 0) -> Message:
    """A CCS01 on behalf of the supplier, with an install code of any length, without protection."""
    usual = bytes(16)
    message = USE_CASES["CCS01"].command(
        BROKER,
        HUB,
        counter,
        supplementary=Supplementary(SUPPLIER, counter),
        device_log_register_device={
            "ieee_address": bytes(device),
            "key_type": 1,
            "key": usual,
            "device_type": device_type,
        },
        device_log_join_timeout=timeout,
    )
    # The rig can say nothing but 16 octets; the DCC is bypassed.
    return replace(message, content=message.content.replace(b"\x09\x10" + usual, bytes((9, len(key))) + key))


class Committed(Store):
    """A store in memory that knows what would be left of it if its owner were killed."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        super().__init__()
        self.update(contents)
        self.left = dict(contents)

    def commit(self) -> None:
        super().commit()
        self.left = dict(self)


def results(answer: Decoded) -> list[int | None]:
    """Results of a response, in order."""
    assert answer.payload
    return [item.result for item in answer.payload.items_in_order]


def device_log(alert: Decoded) -> list[tuple[Eui64, bytes]]:
    """What a CS14 alert shows: devices and the hashes of their link keys."""
    assert alert.use_case
    assert alert.payload
    assert (alert.use_case.code, alert.payload["alert_code"]) == ("CS14", 0x8F12)
    assert alert.message.recipient == BROKER
    return [(Eui64(each["device"]), each["hashed_tc_link_key"]) for each in alert.payload["device_log"]["devices"]]
