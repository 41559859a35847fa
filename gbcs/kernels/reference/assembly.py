"""Whole messages out of their parts (GBCS 7.2.7), and their MACs."""

from __future__ import annotations

import hmac

import numpy as np
from numpy.typing import NDArray

from gbcs.cursor import encode_length
from gbcs.message import MAC_HEADER, MAC_LENGTH

Octets = NDArray[np.uint8]
Positions = NDArray[np.int64]


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
    """Twin of `gbcs.kernels.assembly.assemble`."""
    for item, suffix in enumerate(suffixes.tolist()):
        at, after = offsets[item : item + 2].tolist()
        if at == after:
            continue
        body = octets[starts[item] : ends[item]].tobytes()
        if suffix >= 0:
            body += bytes([suffix]) + signatures[item, :suffix].tobytes()
        header = b""
        if maced[item]:
            rest = b"\x11\0\0\0\0"
            header = MAC_HEADER + encode_length(len(rest) + len(body) + MAC_LENGTH) + rest
        headers[item] = at + len(header)
        made = header + body
        result[at : at + len(made)] = np.frombuffer(made, np.uint8)


def put_macs(tags: Octets, octets: Octets, ends: Positions) -> None:
    """Twin of `gbcs.kernels.assembly.put_macs`."""
    for tag, end in zip(tags, ends.tolist(), strict=True):
        octets[end - MAC_LENGTH : end] = tag[:MAC_LENGTH]


def compare_macs(tags: Octets, octets: Octets, ends: Positions, equal: NDArray[np.bool_]) -> None:
    """Twin of `gbcs.kernels.assembly.compare_macs`."""
    for item, end in enumerate(ends.tolist()):
        found = octets[end - MAC_LENGTH : end].tobytes()
        equal[item] = hmac.compare_digest(tags[item, :MAC_LENGTH].tobytes(), found)
