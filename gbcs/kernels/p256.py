"""P-256 for many at once: the kernels of this folder put together, on one of the two forms of field element.

Numbers are 64-bit words of shape (4, count), least significant first. Functions also say which results are *sure*.
Where the kernels met a case that their formulas do not cover (equal x coordinates in a sum, a zero), the result is
worthless and the caller has to find it otherwise. The other results of the batch are not touched by that.
"""

from __future__ import annotations

import math
import threading
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gbcs.kernels import ecdsa, group, ifma, jacobian, lookup, recoding, scalar, tables, varied
from gbcs.kernels.curve import G
from gbcs.kernels.group import Words
from gbcs.kernels.tables import INDEXED_WIDTH, UNIFORM_WIDTH, windows

Flags = NDArray[np.bool_]
#: Items that share inversions; more would leave the processor's second-level cache.
CHUNK = 1024
#: Rows of one point's table for `Curve.verify`.
TABLE_ROWS = windows(INDEXED_WIDTH) << (INDEXED_WIDTH - 1)
#: Counts are padded to a multiple of this, which all lanes divide.
MULTIPLE = 16


def _aligned(shape: tuple[int, ...]) -> Words:
    """An array that begins with a cache line, so that no vector lies across two of them."""
    size = 8 * math.prod(shape)
    memory = np.empty(size + 64, np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start : start + size].view(np.uint64).reshape(shape)


class Scratch(NamedTuple):
    """Room for a chunk's points, kept by each thread because fresh memory costs more than what is done with it."""

    x: Words
    y: Words
    prefix: Words


class Curve:
    """The group operations in one form: ``scalar`` or ``ifma``."""

    def __init__(self, form: str) -> None:
        self.form = form
        emitter = {"scalar": scalar, "ifma": ifma}[form]
        self.lanes: int = emitter.LANES
        self.radix: int = emitter.RADIX
        self._shape = (4,) if form == "scalar" else (ifma.LIMBS, ifma.LANES)
        self._local = threading.local()

    def indexed_table(self, point: tuple[int, int]) -> Words:
        """For digits that are public, or by consent: shape (windows · rows, 8)."""
        return tables.rows(*point, INDEXED_WIDTH, self.radix)

    def uniform_table(self, point: tuple[int, int]) -> Words:
        """For secret digits: all of a window is read at each look."""
        rows = tables.rows(*point, UNIFORM_WIDTH, self.radix)
        return rows if self.form == "scalar" else tables.by_limb(rows, UNIFORM_WIDTH)

    @cache  # noqa: B019 - a curve lives as long as the process
    def base_table(self, *, uniform: bool) -> Words:
        """The generator's table."""
        return self.uniform_table(G) if uniform else self.indexed_table(G)

    def scratch(self, points: int) -> Scratch:
        """Room for the sum of `points` groups."""
        held: Scratch | None = getattr(self._local, "scratch", None)
        if held is None or len(held.x) < points:
            x, y = (_aligned((points, *self._shape)) for _ in range(2))
            prefix = _aligned((points + MULTIPLE * 4, *self._shape))
            held = self._local.scratch = Scratch(x, y, prefix)
        return held

    def multiply(self, table: Words, scalars: Words, *, uniform: bool) -> tuple[Scratch, Flags]:
        """scalar · point for one point; the x coordinates are then the first elements of the scratch's x."""
        count = scalars.shape[1]
        width = UNIFORM_WIDTH if uniform else INDEXED_WIDTH
        scratch = self.scratch(windows(width) * count // self.lanes)
        digits = np.empty((windows(width), count), np.uint8)
        recoding.recode(scalars, width, digits)
        if not uniform:
            lookup.place_indexed(table, np.zeros(count, np.int64), digits, width, scratch.x, scratch.y, 0)
        elif self.form == "scalar":
            lookup.place_scanning(table, digits, width, scratch.x, scratch.y)
        else:
            lookup.place_permuting(table, digits, scratch.x, scratch.y)
        digits[:] = 0
        return scratch, self._sum(scratch, windows(width), count)

    def multiply_twice(self, table: Words, bases: NDArray[np.int64], u1: Words, u2: Words) -> tuple[Scratch, Flags]:
        """u1 · G + u2 · point, each item with its own point: the one whose rows begin at `bases` in `table`."""
        count = u1.shape[1]
        number = windows(INDEXED_WIDTH)
        scratch = self.scratch(2 * number * count // self.lanes)
        digits = np.empty((number, count), np.uint8)
        generator, zeros = self.base_table(uniform=False), np.zeros(count, np.int64)
        for row, rows, first, scalars in ((0, generator, zeros, u1), (number, table, bases, u2)):
            recoding.recode(scalars, INDEXED_WIDTH, digits)
            lookup.place_indexed(rows, first, digits, INDEXED_WIDTH, scratch.x, scratch.y, row)
        return scratch, self._sum(scratch, 2 * number, count)

    def _sum(self, scratch: Scratch, rows: int, count: int) -> Flags:
        """Adds the rows up; says which sums are sure."""
        flags = np.zeros(count // self.lanes, np.uint64)
        group.sum_columns(scratch.x, scratch.y, rows, scratch.prefix, flags)
        return self._sure(flags)

    def _sure(self, flags: Words) -> Flags:
        """The items whose lanes are not flagged."""
        bits = flags[:, None] >> np.arange(self.lanes, dtype=np.uint64) & np.uint64(1)
        sure: Flags = bits.ravel() == 0
        return sure

    def sign(self, nonces: Words, private: Words, digests: Words, *, uniform: bool) -> tuple[Words, Words, Flags]:
        """r and s of signatures by nonces and private keys in [1, n-1] of digests below 2^256."""
        count = nonces.shape[1]
        scratch, sure = self.multiply(self.base_table(uniform=uniform), nonces, uniform=uniform)
        r, s = np.empty((4, count), np.uint64), np.empty((4, count), np.uint64)
        ecdsa.coordinates_modulo_n(scratch.x, count // self.lanes, r)
        inverses = scratch.y[: count // self.lanes]
        ecdsa.invert_each(nonces, scratch.prefix, inverses)
        ecdsa.signature_values(r, private, digests, inverses, s)
        return r, s, sure & r.any(axis=0) & s.any(axis=0)

    def verify(self, table: Words, bases: NDArray[np.int64], r: Words, s: Words, digests: Words) -> tuple[Flags, Flags]:
        """Whether each signature, r and s in [1, n-1], is right; then which answers are sure."""
        count = r.shape[1]
        groups = count // self.lanes
        scratch = self.scratch(2 * windows(INDEXED_WIDTH) * groups)
        u1, u2, found = (np.empty((4, count), np.uint64) for _ in range(3))
        ecdsa.invert_each(s, scratch.prefix, scratch.y[:groups])
        ecdsa.verification_scalars(r, digests, scratch.y[:groups], u1, u2)
        scratch, sure = self.multiply_twice(table, bases, u1, u2)
        ecdsa.coordinates_modulo_n(scratch.x, groups, found)
        return (found == r).all(axis=0), sure

    def agree_each(self, x: Words, y: Words, private: Words) -> tuple[Words, Flags]:
        """The shared secrets of private keys, each with its own point, given by its coordinates."""
        count = private.shape[1]
        groups = count // self.lanes
        digits = np.empty((windows(varied.WIDTH), count), np.uint8)
        recoding.recode(private, varied.WIDTH, digits)
        x_chain, y_chain, z_chain = (_aligned((varied.WIDTH * groups, *self._shape)) for _ in range(3))
        prefix = _aligned((varied.ROWS * groups + 16, *self._shape))
        varied.start_doublings(x, y, x_chain, y_chain, z_chain, groups)
        jacobian.normalise(x_chain, y_chain, z_chain, prefix)
        met_equals = np.zeros(groups, np.uint64)
        multiples = [_aligned((varied.ROWS * groups, *self._shape)) for _ in range(2)]
        for target, source in zip(multiples, (x_chain, y_chain), strict=True):
            target[:groups] = source[:groups]
        for i in range(1, varied.WIDTH):
            # (2 j + 1) P + 2^i P for the rows j that there are, 2^(i - 1) of them.
            known = groups << (i - 1)
            step = slice(i * groups, (i + 1) * groups)
            sums = [
                np.concatenate([target[:known], *[source[step]] * (known // groups)])
                for target, source in zip(multiples, (x_chain, y_chain), strict=True)
            ]
            group.add_pairs(sums[0], sums[1], known, known, prefix, met_equals)
            for target, added in zip(multiples, sums, strict=True):
                target[known : 2 * known] = added[:known]
        flags = np.zeros(groups, np.uint64)
        total = x_chain[:groups], y_chain[:groups], z_chain[:groups]
        varied.multiply_each(multiples[0], multiples[1], digits, total[0], total[1], total[2], flags)
        jacobian.normalise(total[0], total[1], total[2], prefix)
        digits[:] = 0
        secrets = np.empty((4, count), np.uint64)
        ecdsa.coordinates(x_chain, groups, secrets)
        return secrets, self._sure(flags) & self._sure(met_equals)

    def agree(self, table: Words, private: Words, *, uniform: bool) -> tuple[Words, Flags]:
        """The shared secrets (x coordinates) of private keys with one point's table."""
        count = private.shape[1]
        scratch, sure = self.multiply(table, private, uniform=uniform)
        secrets = np.empty((4, count), np.uint64)
        ecdsa.coordinates(scratch.x, count // self.lanes, secrets)
        return secrets, sure


@cache
def curve(form: str) -> Curve:
    """The one `Curve` of a form."""
    return Curve(form)
