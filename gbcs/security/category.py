"""Which party protects what: the message categories (GBCS 7.2.9, table of categories) as one table."""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import NamedTuple

from gbcs.message import Kind


class Category(StrEnum):
    """Message category of a use case; the value is the specification's name."""

    CRITICAL = "SME.C.C"
    NON_CRITICAL = "SME.C.NC"
    TOP_UP = "SME.C.NC with UTRN"
    CRITICAL_ALERT = "SME.A.C"
    NON_CRITICAL_ALERT = "SME.A.NC"
    PPMID_GSME = "SME.C.PPMID-GSME"
    PROVIDE_CREDENTIALS = "CS02a"
    CREDENTIALS_BY_BROKER = "CS02b by ACB"
    CREDENTIALS_BY_RECOVERY = "CS02b by recovery"
    NOT_A_MESSAGE = "not a GBCS message"


class MacBetween(Enum):
    """Whose key agreement keys key the MAC. The KDF takes the header's parties all the same."""

    BROKER_AND_RECIPIENT = "Access Control Broker and recipient"
    ORIGINATOR_AND_RECIPIENT = "originator and recipient"


class Protection(NamedTuple):
    """One acceptable form: whether the originator signs, and between whom the MAC is."""

    signed: bool
    mac: MacBetween | None

    def __str__(self) -> str:
        signature = "a signature" if self.signed else "no signature"
        return f"{signature} and {f'a MAC of {self.mac.value}' if self.mac else 'no MAC'}"


_BARE = Protection(signed=False, mac=None)
_SIGNED = Protection(signed=True, mac=None)
_BROKER = Protection(signed=False, mac=MacBetween.BROKER_AND_RECIPIENT)
_SIGNED_BROKER = Protection(signed=True, mac=MacBetween.BROKER_AND_RECIPIENT)
_ORIGINATOR = Protection(signed=False, mac=MacBetween.ORIGINATOR_AND_RECIPIENT)

#: Category -> kind -> the forms that are right, the usual one first. A kind that is absent does not occur.
PROTECTION: dict[Category, dict[Kind, tuple[Protection, ...]]] = {
    Category.CRITICAL: {Kind.PRECOMMAND: (_BARE,), Kind.COMMAND: (_SIGNED_BROKER,), Kind.RESPONSE: (_SIGNED,)},
    Category.NON_CRITICAL: {Kind.COMMAND: (_BROKER,), Kind.RESPONSE: (_ORIGINATOR,)},
    Category.TOP_UP: {Kind.COMMAND: (_BROKER,), Kind.RESPONSE: (_ORIGINATOR,)},
    Category.CRITICAL_ALERT: {Kind.ALERT: (_SIGNED,)},
    Category.NON_CRITICAL_ALERT: {Kind.ALERT: (_ORIGINATOR,)},
    Category.PPMID_GSME: {Kind.COMMAND: (_ORIGINATOR,), Kind.RESPONSE: (_ORIGINATOR,)},
    # Authorised by the Access Control Broker's key agreement cell, or by a cell with a signature key.
    Category.PROVIDE_CREDENTIALS: {Kind.COMMAND: (_BROKER, _SIGNED), Kind.RESPONSE: (_ORIGINATOR, _SIGNED)},
    # A Communications Hub holds a signature key of the Access Control Broker and wants that as well.
    Category.CREDENTIALS_BY_BROKER: {Kind.COMMAND: (_BROKER, _SIGNED_BROKER), Kind.RESPONSE: (_SIGNED,)},
    Category.CREDENTIALS_BY_RECOVERY: {Kind.COMMAND: (_SIGNED,), Kind.RESPONSE: (_SIGNED,)},
    Category.NOT_A_MESSAGE: {},
}


def is_critical(category: Category) -> bool:
    """Whether the remote party signs a pre-command of this category."""
    return Kind.PRECOMMAND in PROTECTION[category]


def acceptable(category: Category, kind: Kind) -> tuple[Protection, ...]:
    """The forms a message of this category and kind may have; empty where the category has no such kind."""
    return PROTECTION[category].get(kind, ())
