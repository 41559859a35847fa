"""Signing, MACing, encrypting and checking whole messages: the categories' table applied to one message.

`inspect` says how each protection stands, for people and tools; `verify` raises unless all of it is right, for
everything that acts on a message.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from gbcs.errors import MissingKeyError, SecurityError
from gbcs.message import Kind, Message
from gbcs.security import symmetric
from gbcs.security.category import Category, MacBetween, Protection, acceptable
from gbcs.security.ecc import signature_is_valid
from gbcs.security.keys import Keys


class Status(StrEnum):
    """How a signature or MAC stands."""

    VALID = "valid"
    INVALID = "invalid"
    EMPTY = "empty"
    ABSENT = "absent"
    UNVERIFIABLE = "unverifiable"


class Inspection(NamedTuple):
    """What `inspect` found; `missing` names the keys without which something stayed unverifiable."""

    signature: Status
    mac: Status
    missing: tuple[str, ...]


def mac_parties(category: Category | None, kind: Kind) -> MacBetween:
    """Between whom the MAC of a message is; no category: that of most messages."""
    forms = acceptable(category, kind) if category else ()
    between = next((form.mac for form in forms if form.mac), None)
    if between:
        return between
    return MacBetween.BROKER_AND_RECIPIENT if kind is Kind.COMMAND else MacBetween.ORIGINATOR_AND_RECIPIENT


def _mac_key(message: Message, between: MacBetween, keys: Keys) -> bytes:
    one = keys.broker() if between is MacBetween.BROKER_AND_RECIPIENT else message.originator
    secret = keys.shared_secret(one, message.recipient)
    return symmetric.derive_key(secret, message.originator, message.cra, message.originator_counter, message.recipient)


def inspect(message: Message, category: Category | None, keys: Keys | None, *, signatures: bool = True) -> Inspection:
    """How signature and MAC of `message` stand under `keys`; raises nothing.

    Without a category the MAC is taken for that of most messages. Where `signatures` is False they are left
    unverifiable.
    """
    missing: list[str] = []

    def status(held: Keys | None, is_valid: Callable[[Keys], bool]) -> Status:
        if held is None:
            return Status.UNVERIFIABLE
        try:
            return Status.VALID if is_valid(held) else Status.INVALID
        except MissingKeyError as error:
            missing.append(error.key)
            return Status.UNVERIFIABLE

    signature = Status.ABSENT if message.signature is None else Status.EMPTY
    if message.signature:
        signature = status(keys if signatures else None, lambda held: _signature_is_valid(message, held))
    mac = Status.ABSENT
    if message.mac is not None:
        mac = status(keys, lambda held: _mac_is_valid(message, mac_parties(category, message.kind), held))
    return Inspection(signature, mac, tuple(missing))


def _signature_is_valid(message: Message, keys: Keys) -> bool:
    key = keys.verifying_key(message.originator)
    return signature_is_valid(key, message.signature or b"", message.signed_octets())


def _mac_is_valid(message: Message, between: MacBetween, keys: Keys) -> bool:
    key = _mac_key(message, between, keys)
    return symmetric.mac_is_valid(key, message.originator, message.maced_octets(), message.mac or b"")


def form_of(message: Message, category: Category) -> Protection:
    """The acceptable form that `message` has.

    Raises:
        SecurityError: the category allows no message of this kind, or not with this signature and MAC.
    """
    forms = acceptable(category, message.kind)
    if not forms:
        raise SecurityError("protection", f"category {category} has no {message.kind}")
    for form in forms:
        if form.signed == bool(message.signature) and (form.mac is not None) == (message.mac is not None):
            return form
    wanted = ", or ".join(map(str, forms))
    raise SecurityError("protection", f"a {category} {message.kind} has {wanted}")


def verify(message: Message, category: Category, keys: Keys) -> None:
    """Returns only if the message has the form its category demands and every protection on it is right.

    A pre-command has the right form and no protection at all, so it never passes.

    Raises:
        SecurityError: `check` is ``protection``, ``mac`` or ``signature``.
        MissingKeyError: a key is not held.
    """
    form = form_of(message, category)
    if not form.signed and not form.mac:
        raise SecurityError("protection", f"a {message.kind} has neither signature nor MAC")
    if form.mac and not _mac_is_valid(message, form.mac, keys):
        raise SecurityError("mac", f"the MAC is not that of the {form.mac.value}")
    if form.signed and not _signature_is_valid(message, keys):
        raise SecurityError("signature", f"the signature is not that of {message.originator}")


def sign(message: Message, keys: Keys) -> Message:
    """The message with its originator's signature: a signed pre-command, or a signed response or alert."""
    return message.with_protection(keys.signer(message.originator).sign(message.signed_octets()), None)


def add_mac(message: Message, category: Category, keys: Keys) -> Message:
    """The message with the MAC of its category, over whatever signature it has."""
    return _maced(message, mac_parties(category, _protected_kind(message)), keys)


def _maced(message: Message, between: MacBetween, keys: Keys) -> Message:
    key = _mac_key(message, between, keys)
    mac = symmetric.mac(key, message.originator, message.maced_octets())
    return message.with_protection(message.signature or b"", mac)


def protect(message: Message, category: Category, keys: Keys) -> Message:
    """The message with the usual protection of its category: signature first, then MAC.

    A signature that is there already is kept, so that the broker can protect what a remote party signed.

    Raises:
        SecurityError: the category allows no message of this kind.
        MissingKeyError: a key is not held.
    """
    forms = acceptable(category, _protected_kind(message))
    if not forms:
        raise SecurityError("protection", f"category {category} has no {_protected_kind(message)}")
    form = forms[0]
    if form.signed and not message.signature:
        message = sign(message, keys)
    return _maced(message, form.mac, keys) if form.mac else message


def _protected_kind(message: Message) -> Kind:
    return Kind.COMMAND if message.kind is Kind.PRECOMMAND else message.kind


def _encryption_key(message: Message, keys: Keys) -> bytes:
    # The party that can read is the one behind the broker, where there is one (GBCS 8.4, 8.5).
    extra = message.supplementary
    reader = extra.party if extra else message.recipient
    counter = message.originator_counter
    if extra and extra.originator_counter is not None:
        counter = extra.originator_counter
    secret = keys.shared_secret(message.originator, reader)
    return symmetric.derive_key(secret, message.originator, symmetric.ENCRYPTION_FLAG, counter, reader)


def encrypt(message: Message, plaintext: bytes, keys: Keys) -> bytes:
    """Encrypts a part of a response or alert for its reader: ``31 00000000 || ciphertext || tag``."""
    return symmetric.encrypt(_encryption_key(message, keys), message.originator, plaintext)


def decrypt(message: Message, protected: bytes, keys: Keys) -> bytes:
    """The plaintext of an encrypted part of a response or alert.

    Raises:
        SecurityError: the tag is wrong.
        MissingKeyError: a key is not held.
        DecodeError: the part is not ``31 00000000 || ciphertext || tag``.
    """
    return symmetric.decrypt(_encryption_key(message, keys), message.originator, protected)
