"""Putting messages together and numbering what repeats, beside the twins."""

from __future__ import annotations

import random

import numpy as np
import pytest

from gbcs.bulk.column import Column
from gbcs.kernels import assembly, numbering, reference

_RANDOM = random.Random(727)
#: Both sides of each width of a BER length: in the MAC header it is 18 more, and 64 more with a signature.
_LENGTHS = [33, *(edge - 18 - suffix + by for edge in (128, 256, 65_536) for suffix in (0, 64) for by in (-1, 0, 1))]


@pytest.mark.parametrize("maced", [False, True])
@pytest.mark.parametrize("suffix", [-1, 0, 64])
def test_messages_are_put_together(suffix: int, maced: bool) -> None:
    parts = Column.of(_RANDOM.randbytes(length) for length in _LENGTHS)
    count = len(parts)
    body = 5 + parts.lengths + 1 + suffix + 12
    sizes = 7 + np.where(body < 128, 1, np.where(body < 256, 2, np.where(body < 65_536, 3, 4))) + body
    sizes = sizes if maced else parts.lengths + 1 + suffix
    sizes[3] = 0  # no message
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    signatures = np.frombuffer(_RANDOM.randbytes(64 * count), np.uint8).reshape(-1, 64)
    arguments = (parts.octets, parts.offsets[:-1], parts.offsets[1:], np.full(count, suffix), signatures)
    made, twin = np.zeros((2, offsets[-1]), np.uint8)
    headers, twins = np.zeros((2, count), np.int64)
    assembly.assemble(*arguments, np.full(count, maced), offsets, made, headers)
    reference.assemble(*arguments, np.full(count, maced), offsets, twin, twins)
    np.testing.assert_array_equal(made, twin)
    np.testing.assert_array_equal(headers, twins)
    assert made[headers[0] :][:33].tobytes() == parts[0]

    written = np.flatnonzero(sizes)
    tags = np.frombuffer(_RANDOM.randbytes(16 * len(written)), np.uint8).reshape(-1, 16)
    for module, octets in ((assembly, made), (reference, twin)):
        equal = np.empty(len(written), np.bool_)
        module.put_macs(tags, octets, offsets[1:][written])
        octets[offsets[1:][written[5]] - 1] ^= 1
        module.compare_macs(tags, octets, offsets[1:][written], equal)
        assert np.flatnonzero(~equal).tolist() == [5]
    np.testing.assert_array_equal(made, twin)


@pytest.mark.parametrize("count", [0, 1, 500])
def test_pairs_are_numbered_in_order_of_occurrence(count: int) -> None:
    values = [0, 1, 2**32, 2**64 - 1, *(_RANDOM.getrandbits(64) for _ in range(20))]
    one, other = (np.array([_RANDOM.choice(values) for _ in range(count)], np.uint64) for _ in range(2))
    found = []
    for module in (numbering, reference):
        slots, numbers, firsts = np.full(1024, -1, np.int64), np.empty(count, np.int64), np.empty(count, np.int64)
        known = module.number_pairs(one, other, slots, numbers, firsts)
        found.append((known, numbers.tolist(), firsts[:known].tolist()))
    assert found[0] == found[1]
