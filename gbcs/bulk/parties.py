"""The keys of the parties that a column of messages names, each asked for once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from gbcs.bulk.column import Octets
from gbcs.errors import MissingKeyError
from gbcs.eui64 import Eui64
from gbcs.kernels import numbering, reference
from gbcs.kernels.target import choices
from gbcs.security.keys import Keys

T = TypeVar("T")
Identifiers = NDArray[np.uint64]
Numbers = NDArray[np.int64]
#: Item -> why its key is missing.
Missing = dict[int, MissingKeyError]


def eui64(identifier: int) -> Eui64:
    """The identifier whose big-endian number this is."""
    return Eui64(int(identifier).to_bytes(8, "big"))


def _number(one: Identifiers, other: Identifiers) -> tuple[Numbers, Numbers]:
    """The number of each pair, and for each number an item that has it."""
    count = len(one)
    numbers, firsts = np.empty(count, np.int64), np.empty(count, np.int64)
    slots = np.full(1 << (2 * count + 1).bit_length(), -1, np.int64)
    kernel = reference if choices()["parse"].path == "reference" else numbering
    known = kernel.number_pairs(np.ascontiguousarray(one), np.ascontiguousarray(other), slots, numbers, firsts)
    return numbers, firsts[:known]


def _ask(
    one: Identifiers, other: Identifiers, question: Callable[[Eui64, Eui64], T]
) -> tuple[list[T | None], Numbers, Missing]:
    """The answers for the different pairs, the number of each item's answer, and the items that have none."""
    numbers, firsts = _number(one, other)
    answers: list[T | None] = []
    errors: dict[int, MissingKeyError] = {}
    for number, first in enumerate(firsts):
        try:
            answers.append(question(eui64(one[first]), eui64(other[first])))
        except MissingKeyError as error:
            answers.append(None)
            errors[number] = error
    missing: Missing = {}
    if errors:
        lacking = np.isin(numbers, list(errors))
        missing = {int(item): errors[int(numbers[item])] for item in np.flatnonzero(lacking)}
    return answers, numbers, missing


def secrets_between(keys: Keys, one: Identifiers, other: Identifiers) -> tuple[Octets, Numbers, Missing]:
    """The shared secrets of pairs of parties, shape (secrets, 32), and the number of each item's; zeros are missing."""
    answers, numbers, missing = _ask(one, other, keys.shared_secret)
    secrets = b"".join(answer or bytes(32) for answer in answers)
    return np.frombuffer(secrets, np.uint8).reshape(-1, 32), numbers, missing


def ask_parties(parties: Identifiers, question: Callable[[Eui64], T]) -> tuple[list[T | None], Numbers, Missing]:
    """As `_ask`, of single parties."""
    return _ask(parties, np.zeros_like(parties), lambda party, _: question(party))
