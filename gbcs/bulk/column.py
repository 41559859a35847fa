"""Columns of octet strings, and the checks of what callers pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gbcs.errors import ArrayError

Octets = NDArray[np.uint8]
_WANTED = "a column, or octet strings (bytes),"


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Octet strings one behind the other; `bytes` go in and come out, kernels read the arrays.

    Attributes:
        octets: all of them, uint8.
        offsets: where each begins, and where the last one ends: one more than there are items, int64.
    """

    octets: Octets
    offsets: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.octets.dtype != np.uint8 or self.octets.ndim != 1:
            raise ArrayError("octets", "uint8 of shape (octets,)", self.octets)
        offsets = self.offsets
        if offsets.dtype != np.int64 or offsets.ndim != 1 or not len(offsets):
            raise ArrayError("offsets", "int64 of shape (items + 1,)", offsets)
        if offsets[0] < 0 or offsets[-1] > len(self.octets) or (np.diff(offsets) < 0).any():
            raise ArrayError("offsets", f"ascending from 0 to {len(self.octets)} at most", offsets)
        # Kernels step from octet to octet, which a view of another array need not allow.
        object.__setattr__(self, "octets", np.ascontiguousarray(self.octets))

    @classmethod
    def of(cls, items: Column | Iterable[bytes]) -> Column:
        """A column of `items`; a column is taken as it is.

        Raises:
            ArrayError: they are anything else than octet strings.
        """
        if isinstance(items, Column):
            return items
        try:
            held = list(items)
            octets, lengths = b"".join(held), [len(item) for item in held]
        except TypeError:
            raise ArrayError("items", _WANTED, items) from None
        offsets = np.zeros(len(held) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        if len(octets) != offsets[-1]:  # arrays of wider numbers
            raise ArrayError("items", _WANTED, items)
        return cls(np.frombuffer(octets, np.uint8), offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> bytes:
        start, end = self.offsets[range(len(self))[index] :][:2]
        return self.octets[start:end].tobytes()

    def __iter__(self) -> Iterator[bytes]:
        data = self.octets.tobytes()
        return (data[start:end] for start, end in pairwise(self.offsets.tolist()))

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Octets of each item."""
        return np.diff(self.offsets)


def rows(name: str, values: Octets | Sequence[bytes], width: int, count: int | None = None) -> Octets:
    """Values of `width` octets each as an array of shape (count, width).

    Raises:
        ArrayError: they are anything else; it says what is wanted.
    """
    wanted = f"{'n' if count is None else count} × {width} octets (uint8, or bytes)"
    if isinstance(values, np.ndarray):
        array = values
    else:
        if any(not isinstance(value, bytes) or len(value) != width for value in values):
            raise ArrayError(name, wanted, values)
        array = np.frombuffer(b"".join(values), np.uint8).reshape(-1, width)
    if array.dtype != np.uint8 or array.ndim != 2 or array.shape[1] != width or count not in (None, len(array)):
        raise ArrayError(name, wanted, array)
    return np.ascontiguousarray(array)
