"""Races: contenders for the same work, timed in turn in one run, the best of several rounds each.

A machine's speed wanders, so figures of different runs say little; the ratio of two contenders of one run says much.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.size import size


@dataclass
class Contender:
    """One way of doing the work.

    Attributes:
        run: does it once.
        items: how many items one run does.
        reports: whether `run` returns the seconds of its best round so far; else the clock tells.
        best: seconds an item, the best round so far.
    """

    run: Callable[[], object]
    items: int = 1
    reports: bool = False
    best: float = field(default=float("inf"))

    def measure(self) -> None:
        """One round."""
        start = time.perf_counter()
        result = self.run()
        taken = (time.perf_counter() - start) / self.items
        self.best = result if self.reports and isinstance(result, float) else min(self.best, taken)


def race(contenders: list[Contender], rounds: int = 9) -> None:
    """Times the contenders in turn; the first round, which may compile, does not count."""
    for contender in contenders:
        if not contender.reports:
            contender.run()
    gc.disable()
    try:
        for _ in range(size(rounds, 1)):
            for contender in contenders:
                contender.measure()
    finally:
        gc.enable()
