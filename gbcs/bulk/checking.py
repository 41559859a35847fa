"""Checking columns of messages: `gbcs.security.protection.inspect` and `verify` for many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from gbcs.bulk.column import Column
from gbcs.bulk.keys import KeyTable
from gbcs.bulk.macs import tags_of
from gbcs.bulk.parsing import Parsed, parse_many
from gbcs.bulk.parties import ask_parties, secrets_between
from gbcs.bulk.signatures import digest_parts, verify_numbered
from gbcs.errors import GbcsError, MissingKeyError, UseCaseError
from gbcs.kernels import assembly, reference
from gbcs.kernels.target import choices
from gbcs.message import MAC_LENGTH, SIGNATURE_LENGTH, Kind, Message
from gbcs.security import protection
from gbcs.security.category import Category, MacBetween, acceptable
from gbcs.security.keys import Keys
from gbcs.security.protection import Status, mac_parties
from gbcs.usecases.index import CATEGORY_OF_CODE, FACTS

_STATUSES = tuple(Status)
_CATEGORIES = tuple(Category)
_KINDS = tuple(Kind)
_VALID, _INVALID, _EMPTY, _ABSENT, _UNVERIFIABLE = range(len(_STATUSES))
#: Stands in tables of categories for a message code that no use case has.
_UNKNOWN = len(_CATEGORIES)


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What `check_many` found.

    Attributes:
        parsed: the messages and their headers.
        passed: which messages `gbcs.security.protection.verify` lets pass.
        signature, mac: how they stand; numbers in `Status`, in its order. Absent where a message is not whole.
    """

    parsed: Parsed
    passed: NDArray[np.bool_]
    signature: NDArray[np.uint8]
    mac: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.parsed)

    def status(self, item: int) -> tuple[Status, Status]:
        """How signature and MAC of a message stand."""
        return _STATUSES[self.signature[item]], _STATUSES[self.mac[item]]

    def error(self, item: int, keys: Keys) -> GbcsError | None:
        """Why a message did not pass, as the one-at-a-time path says it; None for one that passed."""
        if self.passed[item]:
            return None
        try:
            message = Message.decode(self.parsed.messages[item])
            category = category_of(message.message_code)
            if category is None:
                raise UseCaseError(f"0x{message.message_code:04x}", "", "no use case has this message code")
            protection.verify(message, category, keys)
        except GbcsError as error:
            return error
        return None


@cache
def _categories() -> NDArray[np.uint8]:
    """Message code -> number of its category."""
    table = np.full(1 << 16, _UNKNOWN, np.uint8)
    for facts in FACTS:
        for code in facts.message_codes:
            table[code] = _CATEGORIES.index(CATEGORY_OF_CODE.get(code, facts.category))
    return table


def category_of(message_code: int) -> Category | None:
    """The category of messages with that code; None where no use case has it."""
    number = int(_categories()[message_code])
    return None if number == _UNKNOWN else _CATEGORIES[number]


@cache
def _forms() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether category, kind, signed and maced make an acceptable form; whether category and kind take the broker's."""
    right = np.zeros((_UNKNOWN + 1, len(_KINDS), 2, 2), np.bool_)
    broker = np.zeros((_UNKNOWN + 1, len(_KINDS)), np.bool_)
    for (i, category), (j, kind) in product(enumerate((*_CATEGORIES, None)), enumerate(_KINDS)):
        broker[i, j] = mac_parties(category, kind) is MacBetween.BROKER_AND_RECIPIENT
        for form in acceptable(category, kind) if category else ():
            right[i, j, int(form.signed), int(form.mac is not None)] = form.signed or form.mac is not None
    return right, broker


def check_many(messages: Column | Iterable[bytes] | Parsed, keys: Keys, *, threads: int | None = None) -> Checked:
    """Form, signature and MAC of messages, each by the category of its message code.

    Args:
        messages: a column, bytes, or what `parse_many` made of them.
        keys: whose keys check; each party is asked for once, and what is missing leaves messages unverifiable.
        threads: None for one a core.
    """
    parsed = messages if isinstance(messages, Parsed) else parse_many(messages, threads=threads)
    valid = parsed.valid
    signed, maced = parsed["signature_length"] == SIGNATURE_LENGTH, parsed["maced"] & valid
    category = _categories()[parsed["message_code"]]
    right, broker = _forms()

    signature = np.where(parsed["signature_length"] == 0, _EMPTY, _ABSENT).astype(np.uint8)
    signature[~valid] = _ABSENT
    mac = np.full(len(parsed), _ABSENT, np.uint8)
    items = np.flatnonzero(signed & valid)
    if len(items):
        signature[items] = _signatures(parsed, items, keys, threads)
    items = np.flatnonzero(maced)
    if len(items):
        mac[items] = _macs(parsed, items, broker[category, parsed["kind"]][items], keys, threads)

    formal = right[category, parsed["kind"], signed.astype(int), maced.astype(int)]
    passed = valid & formal & (~signed | (signature == _VALID)) & (~maced | (mac == _VALID))
    return Checked(parsed, passed, signature, mac)


def _signatures(parsed: Parsed, items: NDArray[np.int64], keys: Keys, threads: int | None) -> NDArray[np.uint8]:
    octets = parsed.messages.octets
    ends = (parsed["content"] + parsed["content_length"])[items]
    found, numbers, missing = ask_parties(parsed["originator"][items], keys.verifying_key)
    table = KeyTable(key for key in found if key is not None)
    # Numbers among the keys that there are; items without a key take any and are set right below.
    held = np.cumsum([key is not None for key in found]) - 1
    status = np.full(len(items), _UNVERIFIABLE, np.uint8)
    known = np.ones(len(items), np.bool_)
    known[list(missing)] = False
    if known.any():
        digests = digest_parts(octets, parsed["header"][items][known] + 1, ends[known])
        signatures = octets[ends[known][:, None] + np.arange(1, 1 + SIGNATURE_LENGTH)]
        answers = verify_numbered(table, held[numbers[known]], signatures, digests, threads)
        status[known] = np.where(answers, _VALID, _INVALID)
    return status


def _macs(
    parsed: Parsed, items: NDArray[np.int64], broker: NDArray[np.bool_], keys: Keys, threads: int | None
) -> NDArray[np.uint8]:
    octets = parsed.messages.octets
    one = parsed["originator"][items]
    unknown = np.zeros(len(items), np.bool_)
    if broker.any():
        try:
            one[broker] = int.from_bytes(keys.broker(), "big")
        except MissingKeyError:
            unknown |= broker
    asked = np.flatnonzero(~unknown)
    status = np.full(len(items), _UNVERIFIABLE, np.uint8)
    secrets, which, missing = secrets_between(keys, one[asked], parsed["recipient"][items][asked])
    ends = parsed.messages.offsets[1:][items][asked]
    starts = parsed["header"][items][asked]
    tags = tags_of(octets, starts, ends - MAC_LENGTH, secrets, which, threads)
    equal = np.empty(len(asked), np.bool_)
    kernel = reference if choices()["mac"].path == "reference" else assembly
    kernel.compare_macs(tags, octets, ends, equal)
    status[asked] = np.where(equal, _VALID, _INVALID)
    status[asked[list(missing)]] = _UNVERIFIABLE
    return status
