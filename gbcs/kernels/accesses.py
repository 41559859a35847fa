"""The access lists of DLMS COSEM requests and responses into rows of numbers, without knowing the use case.

Message structure 4: ``D9 invoke(4) 00 n specifications n data`` and ``DA invoke(4) 00 00 n data n results``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gbcs.kernels.compilation import compiled
from gbcs.kernels.headers import read_length
from gbcs.kernels.memory import word16, word32

Octets = NDArray[np.uint8]
Positions = NDArray[np.int64]

#: One row an access. Positions count from the first octet of the column.
ACCESS = np.dtype(
    [
        ("message", np.int64),  # number of the message
        ("choice", np.uint8),  # 1 get, 2 set, 3 action, 4 get with selection; in responses 1 to 3
        ("attribute", np.uint8),  # or method; 0 in responses, as the two fields below
        ("class_id", np.uint16),
        ("result", np.int16),  # in responses; -1 in requests
        ("obis", np.uint64),  # six octets as a number
        ("data", np.int64),  # position of the value's tag
        ("data_length", np.uint32),
    ],
    align=True,
)

#: Octets of the value behind a tag of fixed width, -1 where the width is written, -2 for no type of GBCS.
_WIDTHS = np.full(256, -2, np.int64)
_WIDTHS[[0x00, 0x03, 0x05, 0x06, 0x0F, 0x10, 0x11, 0x12, 0x14, 0x15, 0x16]] = [0, 1, 4, 4, 1, 2, 1, 2, 8, 8, 1]
_WIDTHS[[0x01, 0x02, 0x04, 0x09, 0x0A, 0x0C, 0x13]] = -1
#: That of `gbcs.cosem.skip`, repeated because compiled code is found again by the sources of this folder alone.
MAXIMUM_NESTING = 16
_ARRAY, _STRUCTURE, _BIT_STRING, _COMPACT_ARRAY = 0x01, 0x02, 0x04, 0x13


@compiled
def skip(octets: Octets, at: Any, end: Any, pending: Positions) -> Any:
    """The position after the A-XDR value at `at`, or -1 if it is not whole or nested too deep.

    Twin of `gbcs.cosem.skip.skip`; `pending`, of `MAXIMUM_NESTING` + 2 numbers, counts what each level still holds.
    """
    level = 0
    pending[0] = 1
    while level >= 0:
        if pending[level] == 0:
            level -= 1
            continue
        pending[level] -= 1
        if level > MAXIMUM_NESTING or at >= end:
            return -1
        tag = octets[at]
        at += 1
        width = _WIDTHS[tag]
        if width == -2:
            return -1
        if width == -1:
            if tag == _COMPACT_ARRAY:
                at = _skip_description(octets, at, end, level + 1)
                if at < 0:
                    return -1
            width, at = read_length(octets, at, end)
            if width < 0:
                return -1
            if tag in (_ARRAY, _STRUCTURE):
                level += 1
                pending[level] = width
                continue
            if tag == _BIT_STRING:
                width = (width + 7) // 8
        at += width
        if at > end:
            return -1
    return at


@compiled
def _skip_description(octets: Octets, at: Any, end: Any, level: int) -> Any:
    """The position after a compact array's type description, or -1."""
    stack = np.zeros(MAXIMUM_NESTING + 2, np.int64)
    depth = 0
    stack[0] = 1
    while depth >= 0:
        if stack[depth] == 0:
            depth -= 1
            continue
        stack[depth] -= 1
        if level + depth > MAXIMUM_NESTING or at >= end:
            return -1
        tag = octets[at]
        at += 1
        if _WIDTHS[tag] == -2:
            return -1
        if tag == _ARRAY:
            at += 2
            depth += 1
            stack[depth] = 1
        elif tag == _STRUCTURE:
            if at >= end:
                return -1
            depth += 1
            stack[depth] = octets[at]
            at += 1
        if at > end:
            return -1
    return at


@compiled
def count_accesses(octets: Octets, contents: Positions, lengths: NDArray[np.uint32], counts: Positions) -> None:
    """How many accesses each content has: 0 for what is no access list, -1 where it is not whole.

    Args:
        contents, lengths: where each message's content is.
        counts: written.
    """
    nothing = np.zeros(0, ACCESS)
    pending = np.zeros(MAXIMUM_NESTING + 2, np.int64)
    for item in range(len(contents)):
        start = contents[item]
        counts[item] = _parse(octets, start, start + np.int64(lengths[item]), item, nothing, 0, pending)


@compiled
def parse_accesses(
    octets: Octets, contents: Positions, lengths: NDArray[np.uint32], counts: Positions, rows: NDArray[np.void]
) -> None:
    """Writes the accesses that `count_accesses` counted, one behind the other, into rows of type `ACCESS`."""
    pending = np.zeros(MAXIMUM_NESTING + 2, np.int64)
    first = 0
    for item in range(len(contents)):
        if counts[item] > 0:
            start = contents[item]
            _parse(octets, start, start + np.int64(lengths[item]), item, rows, first, pending)
            first += counts[item]


@compiled
def _parse(octets: Octets, at: Any, end: Any, item: int, rows: NDArray[np.void], first: int, pending: Positions) -> Any:
    """The number of accesses, or -1; rows from `first` on are written unless there are none."""
    if at >= end or octets[at] not in (0xD9, 0xDA):
        return 0
    request = octets[at] == 0xD9
    no_date_time = at + 5
    at += 6 if request else 7
    if at > end or octets[no_date_time] or octets[at - 1]:
        return -1
    count, at = read_length(octets, at, end)
    if count > end - at:
        return -1
    if request:
        at = _parse_specifications(octets, at, end, item, count, rows, first, pending)
        if at < 0:
            return -1
    for i in range(count):
        after = skip(octets, at, end, pending)
        if after < 0:
            return -1
        if len(rows):
            rows[first + i].data, rows[first + i].data_length = at, after - at
        at = after
    if not request:
        at = _parse_results(octets, at, end, item, count, rows, first)
    return count if at == end else -1


@compiled
def _parse_specifications(
    octets: Octets, at: Any, end: Any, item: int, count: int, rows: NDArray[np.void], first: int, pending: Positions
) -> Any:
    """What is to be accessed, and the count once more; the position after it, or -1."""
    for i in range(count):
        if end - at < 10 or not 1 <= octets[at] <= 4:
            return -1
        if len(rows):
            row = rows[first + i]
            row.message, row.choice, row.attribute, row.result = item, octets[at], octets[at + 9], -1
            row.class_id = word16(octets, at + 1)
            row.obis = np.uint64(word16(octets, at + 3)) << np.uint64(32) | np.uint64(word32(octets, at + 5))
        at += 10
        if octets[at - 10] == 4:
            at = skip(octets, at + 1, end, pending)
            if at < 0:
                return -1
    again, at = read_length(octets, at, end)
    return at if again == count else -1


@compiled
def _parse_results(octets: Octets, at: Any, end: Any, item: int, count: int, rows: NDArray[np.void], first: int) -> Any:
    """The result of each access; the position after it, or -1."""
    again, at = read_length(octets, at, end)
    if again != count or end - at < 2 * count:
        return -1
    if len(rows):
        for i in range(count):
            row = rows[first + i]
            row.message, row.choice, row.result = item, octets[at + 2 * i], octets[at + 2 * i + 1]
            row.attribute = row.class_id = row.obis = 0
    return at + 2 * count
