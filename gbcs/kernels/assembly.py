"""Whole messages out of their parts (GBCS 7.2.7), and the MAC at their end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gbcs.kernels.compilation import compiled
from gbcs.kernels.memory import copy, put_word32, word32, word64

Octets = NDArray[np.uint8]
Positions = NDArray[np.int64]
MAC_LENGTH = 12
_SIGNATURE_LENGTH = 64


@compiled
def assemble(
    octets: Octets,
    starts: Positions,
    ends: Positions,
    suffixes: NDArray[np.int64],
    signatures: Octets,
    maced: NDArray[np.bool_],
    offsets: Positions,
    result: Octets,
    headers: Positions,
) -> None:
    """Puts MAC header, grouping header, content and signature together, and leaves room for the MAC.

    Args:
        octets, starts, ends: grouping header and content, and the signature if the message has it already.
        suffixes: what comes behind that: 64 the signature, 0 the null signature, -1 nothing.
        signatures: shape (count, 64); read where the suffix is 64.
        maced: whether a message has MAC header and MAC.
        offsets: where each message begins in `result`, and where the last one ends; equal where there is no message.
        result: written.
        headers: where the grouping headers are in `result`, written.
    """
    for item in range(len(starts)):
        at, after = offsets[item], offsets[item + 1]
        if at == after:
            continue
        if maced[item]:
            put_word32(result, at, 0xDD000000)
            put_word32(result, at + 3, 0)
            at = _put_mac_length(result, at + 7, starts[item], ends[item], suffixes[item])
            put_word32(result, at, 0x11000000)
            result[at + 4] = 0
            at += 5
        headers[item] = at
        copy(result, at, octets, starts[item], ends[item] - starts[item])
        at += ends[item] - starts[item]
        if suffixes[item] >= 0:
            result[at] = suffixes[item]
            copy(result, at + 1, signatures[item], 0, suffixes[item])


@compiled
def _put_mac_length(result: Octets, at: int, start: int, end: int, suffix: int) -> int:
    """The BER length in the MAC header; returns the position after it."""
    length = 5 + end - start + 1 + suffix + MAC_LENGTH
    width = 0
    while length >= (0x80 if width == 0 else 1 << 8 * width):
        width += 1
    if width:
        result[at] = 0x80 | width
        at += 1
    for i in range(max(width, 1) - 1, -1, -1):
        result[at] = length >> 8 * i & 0xFF
        at += 1
    return at


@compiled
def put_macs(tags: Octets, octets: Octets, ends: Positions) -> None:
    """Writes the first 12 octets of each tag before octets[end]."""
    for item in range(len(ends)):
        copy(octets, ends[item] - MAC_LENGTH, tags[item], 0, MAC_LENGTH)


@compiled
def compare_macs(tags: Octets, octets: Octets, ends: Positions, equal: NDArray[np.bool_]) -> None:
    """Whether the first 12 octets of each tag stand before octets[end]."""
    for item in range(len(ends)):
        equal[item] = mac_stands(tags[item], octets, ends[item])


@compiled
def mac_stands(tag: Octets, octets: Octets, end: int) -> bool:
    """Whether the first 12 octets of the tag stand before octets[end]."""
    at = end - MAC_LENGTH
    difference = word64(tag, 0) ^ word64(octets, at)
    return bool((difference | np.uint64(word32(tag, 8) ^ word32(octets, at + 8))) == 0)
