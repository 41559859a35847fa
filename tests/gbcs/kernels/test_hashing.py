"""SHA-256 and RFC 6979 in sixteen lanes."""

from __future__ import annotations

import random

import numpy as np
from numpy.typing import NDArray

from gbcs.bulk.column import Column
from gbcs.kernels import reference, rfc6979, sha256
from gbcs.kernels.curve import N

_RANDOM = random.Random(180)


def test_digests_of_every_length_around_the_blocks() -> None:
    messages = [_RANDOM.randbytes(length) for length in (*range(140), 1000, 4097)]
    _RANDOM.shuffle(messages)
    for count in (1, 15, 16, 17, len(messages)):
        column = Column.of(messages[:count])
        lanes = np.empty((-(-count // 16), 8, 16), np.uint32)
        parts = column.octets, column.offsets[:-1], column.offsets[1:]
        sha256.digest_many(*parts, lanes)
        digests = lanes.transpose(0, 2, 1).astype(">u4").tobytes()[: 32 * count]
        assert digests == reference.digest_many(*parts).tobytes()


def _lanes(values: list[int]) -> NDArray[np.uint32]:
    octets = b"".join(value.to_bytes(32, "big") for value in values)
    return np.ascontiguousarray(np.frombuffer(octets, ">u4").reshape(-1, 16, 8).transpose(0, 2, 1)).astype(np.uint32)


def test_nonces_are_those_of_rfc_6979() -> None:
    # A.2.5, with SHA-256 of "sample" and of "test".
    private = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
    sample = 0xAF2BDBE1AA9B6EC1E2ADE1D694F41FC71A831D0268E9891562113D8A62ADD1BF
    nonce = 0xA6E3C57DD01ABE90086538398355DD4C3B17AA873382B0F24D6129493D8AAD60
    assert reference.nonce(private, sample) == nonce
    keys = [private, 1, N - 1, *(_RANDOM.randrange(1, N) for _ in range(29))]
    digests = [sample, 0, N - 1, *(_RANDOM.randrange(N) for _ in range(29))]
    states = np.empty((2, 8, 16), np.uint32)
    rfc6979.key_state(_lanes(keys), states)
    result, valid = np.empty((4, 32), np.uint64), np.empty(32, np.bool_)
    rfc6979.nonces(states, _lanes(keys), _lanes(digests), result, valid)
    assert valid.all()
    assert list(reference.numbers(result)) == [reference.nonce(*pair) for pair in zip(keys, digests, strict=True)]


def test_a_candidate_out_of_range_is_not_valid() -> None:
    """Once in 2^32 the first candidate is n or more; the range check is what there is to test of it."""
    candidates = [0, 1, N - 1, N, 2**256 - 1, *range(2, 13)]
    lanes = _lanes(candidates)[0]
    assert [rfc6979.is_in_range(lanes, lane) for lane in range(16)] == [1 <= value < N for value in candidates]
