"""Numbers for what occurs repeatedly: pairs of identifiers become 0, 1, 2 … in order of first occurrence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gbcs.kernels.compilation import compiled

_SPREAD_ONE, _SPREAD_OTHER = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)


@compiled
def number_pairs(
    one: NDArray[np.uint64],
    other: NDArray[np.uint64],
    slots: NDArray[np.int64],
    numbers: NDArray[np.int64],
    firsts: NDArray[np.int64],
) -> int:
    """How many different pairs there are.

    Args:
        one, other: the pairs.
        slots: scratch, all -1, a power of two and more than there are pairs.
        numbers: the number of each pair, written.
        firsts: for each number the item where the pair occurs first, written.
    """
    known = 0
    mask = np.uint64(len(slots) - 1)
    for item in range(len(one)):
        mixed = (one[item] * _SPREAD_ONE) ^ (other[item] * _SPREAD_OTHER)
        slot = (mixed ^ mixed >> np.uint64(32)) & mask
        while slots[slot] >= 0:
            first = firsts[slots[slot]]
            if one[first] == one[item] and other[first] == other[item]:
                break
            slot = (slot + np.uint64(1)) & mask
        if slots[slot] < 0:
            slots[slot], firsts[known] = known, item
            known += 1
        numbers[item] = slots[slot]
    return known
