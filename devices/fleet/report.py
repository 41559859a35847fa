"""What a run of a fleet has shown: figures, and whether all is as it should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from devices.fleet.ledger import Entry, Outcome
from devices.fleet.traffic import ADJUSTMENT
from gbcs.bulk import accesses_of, check_many
from gbcs.cosem.results import AccessResult
from gbcs.decoding import decode
from gbcs.errors import GbcsError
from gbcs.eui64 import Eui64
from gbcs.security.keys import Keys

_PERCENTILES = (50, 90, 99, 99.9)
_AT_A_TIME = 20_000


def results(entries: Sequence[Entry], keys: Keys) -> tuple[dict[int, str], Counter[str]]:
    """What the answers say, checked.

    Returns:
        the results that are no success, by counter of the command; and what is wrong with answers, by kind.
    """
    failures: dict[int, str] = {}
    errors: Counter[str] = Counter()
    ended = [entry for entry in entries if entry.answer]
    for start in range(0, len(ended), _AT_A_TIME):
        part = ended[start : start + _AT_A_TIME]
        checked = check_many([entry.answer for entry in part], keys)
        if wrong := int((~checked.passed).sum()):
            errors["a response that is not authentic"] += wrong
        rows, counts = accesses_of(checked.parsed)
        failed = rows[rows["result"] > 0]
        for item, row in zip(*np.unique(failed["message"], return_index=True), strict=True):
            failures[part[item].command.counter] = AccessResult(int(failed["result"][row])).label
        for item in np.flatnonzero(counts <= 0):
            entry = part[item]
            if entry.outcome is not Outcome.ANSWERED:
                continue
            try:
                payload = decode(entry.answer, keys, signatures=False).payload
            except GbcsError:
                errors["a response that says nothing"] += 1
                continue
            for result in (payload.failures if payload else {}).values():
                failures.setdefault(entry.command.counter, str(result))
    return failures, errors


def latencies(entries: Iterable[Entry]) -> dict[str, float]:
    """Milliseconds from command to response: percentiles, and the longest."""
    seconds = [entry.seconds for entry in entries if entry.outcome is Outcome.ANSWERED]
    if not seconds:
        return {}
    found = np.percentile(seconds, [*_PERCENTILES, 100]) * 1000
    names = (*(f"{each:g}" for each in _PERCENTILES), "max")
    return {name: round(float(value), 3) for name, value in zip(names, found, strict=True)}


def amounts(entries: Iterable[Entry], failures: Mapping[int, str]) -> Counter[Eui64]:
    """What the adjustments that succeeded add up to, by meter."""
    total: Counter[Eui64] = Counter()
    for entry in entries:
        command = entry.command
        if command.order.use_case == ADJUSTMENT and entry.outcome is Outcome.ANSWERED:
            total[command.recipient] += 0 if command.counter in failures else command.amount
    return total


def balance_errors(
    before: Mapping[Eui64, int], amounts: Mapping[Eui64, int], after: Mapping[Eui64, int], held: Mapping[Eui64, int]
) -> Counter[str]:
    """What is wrong with the balances of meters, by kind.

    Args:
        before: what each told at first.
        amounts: what was added in between, by the answers.
        after: what each told at the end.
        held: what each has in its process at the end.
    """
    errors: Counter[str] = Counter()
    for meter, balance in before.items():
        told = after.get(meter)
        if told != balance + amounts.get(meter, 0):
            errors["a balance that is not the sum of what was answered"] += 1
        if told != held.get(meter):
            errors["a balance that is not what the meter holds"] += 1
    return errors


def shown(report: Mapping[str, Any]) -> Iterator[str]:
    """The report as lines of text."""
    for name, value in report.items():
        yield f"{name.replace('_', ' '):<22}{_figure(value)}"


def _figure(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_figure(each)}" for key, each in value.items()) or "none"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}"
