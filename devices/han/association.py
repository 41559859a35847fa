"""Joining a hub and coming back to it: bodies of ASSOCIATE tunnel payloads, in and out. No I/O.

A stand-in for the ZigBee join with its install codes and trust centre link keys (ZigBee Smart Energy 5.4); the octets
are this project's own. Each body begins with its step:

====  ============  =============================================================================================
step  from          holds
====  ============  =============================================================================================
1     device        hello: its EUI-64, a nonce (16)
2     hub           challenge: a nonce (16)
3     device        proofs (16 each), one for every key that it could be known by
4     hub           new key: number of the proof that is right, its own proof (16), a new link key, encrypted (32)
5     device        proof (16) of the new link key
6     hub           welcome: number of the proof that is right, its own proof (16)
7     hub           refusal: why (1)
====  ============  =============================================================================================

A device known by a link key goes from 3 to 6. One that joins with its install code, or comes to a hub that was restored
from a backup and has the hash of its link key alone, is given a new link key in between. Either side keeps what it
was known by until the other has proved the new key, and so they find each other again wherever one of them was ended.

A proof is HMAC-SHA-256 over who proves, the device and both nonces, cut to 16 octets.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum
from typing import Protocol, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from devices.errors import AssociationRefused, JoiningClosed, NotInDeviceLog, WrongCredentials
from devices.han.install_code import InstallCode, aes_mmo
from devices.store import Store
from gbcs.cursor import Cursor
from gbcs.errors import DecodeError
from gbcs.eui64 import Eui64

#: Gives that many octets that nobody can guess.
Draw: TypeAlias = Callable[[int], bytes]

KEY_LENGTH = 16
_EUI, _NONCE, _PROOF, _SEALED = 8, 16, 16, KEY_LENGTH + 16
#: Proofs that a device may send: two link keys, their hashes, and the install code.
_PROOFS = 5
#: A key that encrypts once needs no nonce.
_NO_NONCE = bytes(12)
#: Names in a device's state: the link key, and the one before it while the hub has not confirmed the new one.
_LINK_KEY, _FORMER = "han/link key", "han/former link key"


class Step(IntEnum):
    """First octet of a body."""

    HELLO = 1
    CHALLENGE = 2
    PROOFS = 3
    NEW_KEY = 4
    CONFIRMATION = 5
    WELCOME = 6
    REFUSAL = 7


#: Why a hub refuses, as a refusal says it.
_REASONS: dict[int, type[AssociationRefused]] = {1: NotInDeviceLog, 2: JoiningClosed, 3: WrongCredentials}
_TOLD = {NotInDeviceLog: "it is not in the device log", JoiningClosed: "joining is not open for it",
         WrongCredentials: "it does not know its install code or link key"}  # fmt: skip


class Kind(Enum):
    """What a hub knows a device by."""

    LINK_KEY = "link key"
    INSTALL_CODE = "install code"
    HASHED_LINK_KEY = "hash of the link key"

    @property
    def is_replaced(self) -> bool:
        """Whether it only serves to hand over a link key."""
        return self is not Kind.LINK_KEY


@dataclass(frozen=True, slots=True)
class Credential:
    """A key (16 octets) that a hub accepts from a device, and what it is."""

    kind: Kind
    key: bytes


class Admission(Protocol):
    """What a hub knows of the devices on its HAN. What it is told is in its state before the call returns."""

    def credentials(self, device: Eui64, now: datetime) -> Sequence[Credential]:
        """What the device may be known by at this time; at least one.

        Raises:
            AssociationRefused: it may not come in at all.
        """
        ...

    def hand_over(self, device: Eui64, key: bytes) -> None:
        """The device is about to be given that link key. From now on it is one of its credentials, and what it was
        known by stays one until it has been proved.

        Raises:
            AssociationRefused: it may not come in any longer.
        """
        ...

    def admit(self, device: Eui64, key: bytes, now: datetime) -> None:
        """The device has proved that link key; nothing else holds any longer.

        Raises:
            AssociationRefused: it may not come in any longer.
        """
        ...

    def refuse(self, device: Eui64, error: AssociationRefused, now: datetime) -> None:
        """The device was refused."""
        ...


class _Exchange:
    """What both sides have sent: proofs and sealed keys are about that."""

    def __init__(self, device: Eui64, device_nonce: bytes = b"", hub_nonce: bytes = b"") -> None:
        self.device = device
        self._context = device + device_nonce + hub_nonce

    def by_device(self, key: bytes) -> bytes:
        return self._digest(key, b"device")

    def by_hub(self, key: bytes) -> bytes:
        return self._digest(key, b"hub")

    def seal(self, key: bytes, link_key: bytes) -> bytes:
        return AESGCM(self._digest(key, b"transport")).encrypt(_NO_NONCE, link_key, None)

    def open(self, key: bytes, sealed: bytes) -> bytes:
        """Raises `InvalidTag`."""
        return AESGCM(self._digest(key, b"transport")).decrypt(_NO_NONCE, sealed, None)

    def _digest(self, key: bytes, purpose: bytes) -> bytes:
        return hmac.digest(key, purpose + self._context, "sha256")[:_PROOF]


class Supplicant:
    """The device's side of an association, over one connection or several, one after another."""

    def __init__(self, eui: Eui64, store: Store, install_code: InstallCode, draw: Draw = os.urandom) -> None:
        """Keeps its link key in `store`."""
        self._eui = eui
        self._store = store
        self._install_code = install_code
        self._draw = draw
        self._nonce = b""
        self._exchange = _Exchange(eui)
        self._keys: list[bytes] = []
        self._expected: tuple[Step, ...] = ()

    @property
    def link_key(self) -> bytes | None:
        """The link key that the device has, 16 octets; None before it has ever joined."""
        return self._store.get(_LINK_KEY)

    def begin(self) -> bytes:
        """The first body of a connection."""
        self._nonce = self._draw(_NONCE)
        self._expected = (Step.CHALLENGE,)
        return bytes((Step.HELLO,)) + self._eui + self._nonce

    def proceed(self, body: bytes) -> bytes | None:
        """Takes the hub's body and gives the answer; None once the device is admitted.

        Raises:
            AssociationRefused: the hub refuses, or does not prove that it knows the device.
            DecodeError: the body is none that belongs here.
            StoreError: the state could not be written.
        """
        cursor = Cursor(body)
        step = _step(cursor, (*self._expected, Step.REFUSAL))
        if step is Step.REFUSAL:
            self._give_up(cursor)
        if step is Step.CHALLENGE:
            self._exchange = _Exchange(self._eui, self._nonce, _rest(cursor, _NONCE))
            self._keys = list(self._known_by())
            self._expected = (Step.NEW_KEY, Step.WELCOME)
            return bytes((Step.PROOFS,)) + b"".join(map(self._exchange.by_device, self._keys))
        number = cursor.take(1, "association.number")[0]
        if number >= len(self._keys):
            raise DecodeError("association.number", 1, f"{number}, {len(self._keys)} proofs were sent")
        key = self._keys[number]
        if not hmac.compare_digest(cursor.take(_PROOF, "association.proof"), self._exchange.by_hub(key)):
            raise WrongCredentials("the hub does not prove that it knows the device")
        if step is Step.NEW_KEY:
            return self._take_key(key, _rest(cursor, _SEALED))
        _rest(cursor, 0)
        if key not in (self._store.get(_LINK_KEY), self._store.get(_FORMER)):
            raise WrongCredentials("the hub hands over no link key")
        self._settle(key)
        return None

    def _known_by(self) -> Iterator[bytes]:
        held = [self._store[name] for name in (_LINK_KEY, _FORMER) if name in self._store]
        yield from held
        yield from map(aes_mmo, held)
        yield self._install_code.key

    def _take_key(self, key: bytes, sealed: bytes) -> bytes:
        try:
            link_key = self._exchange.open(key, sealed)
        except InvalidTag:
            raise WrongCredentials("the hub's new link key is not authentic") from None
        # The former one serves until the hub confirms; it may be the only one that this hub will know after a crash.
        if _FORMER not in self._store and _LINK_KEY in self._store:
            self._store[_FORMER] = self._store[_LINK_KEY]
        self._store[_LINK_KEY] = link_key
        self._store.commit()
        self._keys = [link_key]
        self._expected = (Step.WELCOME,)
        return bytes((Step.CONFIRMATION,)) + self._exchange.by_device(link_key)

    def _settle(self, key: bytes) -> None:
        self._store[_LINK_KEY] = key
        self._store.pop(_FORMER, None)
        self._store.commit()
        self._expected = ()

    def _give_up(self, cursor: Cursor) -> None:
        reason = _rest(cursor, 1)[0]
        refusal = _REASONS.get(reason)
        if refusal is None:
            raise DecodeError("association.reason", 1, f"{reason} is no reason")
        raise refusal(f"{self._eui.hex()} is refused, {_TOLD[refusal]}")


class Authenticator:
    """The hub's side of the association over one connection.

    Attributes:
        device: who has come in; None until it is admitted.
        refusal: why it was refused; None while it was not. The connection is of no more use then.
    """

    def __init__(self, admission: Admission, draw: Draw = os.urandom) -> None:
        self._admission = admission
        self._draw = draw
        self._exchange = _Exchange(Eui64(bytes(_EUI)))
        self._link_key = b""
        self._expected: tuple[Step, ...] = (Step.HELLO,)
        self.device: Eui64 | None = None
        self.refusal: str | None = None

    def proceed(self, body: bytes, now: datetime) -> bytes:
        """Takes the device's body and gives the hub's.

        Raises:
            DecodeError: the body is none that belongs here; the connection is of no more use.
            StoreError: the state could not be written.
        """
        cursor = Cursor(body)
        step = _step(cursor, self._expected)
        if step is Step.HELLO:
            return self._challenge(Eui64(cursor.take(_EUI, "association.eui")), _rest(cursor, _NONCE))
        device = self._exchange.device
        try:
            if step is Step.PROOFS:
                return self._recognise(_proofs(cursor), now)
            if not hmac.compare_digest(_rest(cursor, _PROOF), self._exchange.by_device(self._link_key)):
                raise WrongCredentials(f"{device.hex()} does not prove its new link key")
            return self._welcome(0, now)
        except AssociationRefused as error:
            self._expected = ()
            self.refusal = str(error)
            self._admission.refuse(device, error, now)
            reason = next(number for number, kind in _REASONS.items() if isinstance(error, kind))
            return bytes((Step.REFUSAL, reason))

    def _challenge(self, device: Eui64, device_nonce: bytes) -> bytes:
        nonce = self._draw(_NONCE)
        self._exchange = _Exchange(device, device_nonce, nonce)
        self._expected = (Step.PROOFS,)
        return bytes((Step.CHALLENGE,)) + nonce

    def _recognise(self, proofs: list[bytes], now: datetime) -> bytes:
        """Raises `AssociationRefused` unless one of the proofs is of a key that the device is known by."""
        exchange, device = self._exchange, self._exchange.device
        for credential in self._admission.credentials(device, now):
            expected = exchange.by_device(credential.key)
            matches = [number for number, proof in enumerate(proofs) if hmac.compare_digest(proof, expected)]
            if not matches:
                continue
            if not credential.kind.is_replaced:
                self._link_key = credential.key
                return self._welcome(matches[0], now)
            self._link_key = self._draw(KEY_LENGTH)
            self._admission.hand_over(device, self._link_key)
            self._expected = (Step.CONFIRMATION,)
            head = bytes((Step.NEW_KEY, matches[0])) + exchange.by_hub(credential.key)
            return head + exchange.seal(credential.key, self._link_key)
        raise WrongCredentials(f"{device.hex()} does not know its install code or link key")

    def _welcome(self, number: int, now: datetime) -> bytes:
        self._admission.admit(self._exchange.device, self._link_key, now)
        self._expected = ()
        self.device = self._exchange.device
        return bytes((Step.WELCOME, number)) + self._exchange.by_hub(self._link_key)


def _step(cursor: Cursor, expected: Sequence[Step]) -> Step:
    octet = cursor.take(1, "association.step")[0]
    if octet not in expected:
        belongs = " or ".join(step.name for step in expected) or "nothing"
        raise DecodeError("association.step", 0, f"{octet} where {belongs} belongs")
    return Step(octet)


def _rest(cursor: Cursor, length: int) -> bytes:
    octets = cursor.take(length, "association.body")
    cursor.finish("association")
    return octets


def _proofs(cursor: Cursor) -> list[bytes]:
    count, left = divmod(cursor.remaining, _PROOF)
    if left or not 1 <= count <= _PROOFS:
        raise DecodeError(
            "association.proofs", 1, f"{cursor.remaining} octets, 1 to {_PROOFS} proofs of {_PROOF} wanted"
        )
    return [cursor.take(_PROOF, "association.proof") for _ in range(count)]
