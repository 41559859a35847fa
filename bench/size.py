"""How much a bench does: all of it, or, where BENCH_QUICK is set, as little as shows that it runs."""

from __future__ import annotations

import os
from typing import TypeVar

_T = TypeVar("_T")


def size(whole: _T, quick: _T) -> _T:
    """One of the two."""
    return quick if os.environ.get("BENCH_QUICK") else whole
