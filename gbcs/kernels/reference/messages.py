"""Headers, access lists and pairs of identifiers, by the one-at-a-time decoder and Python's own containers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gbcs.cosem.skip import skip
from gbcs.cursor import Cursor
from gbcs.errors import DecodeError
from gbcs.kernels import accesses, headers
from gbcs.message import Kind, Message

Octets = NDArray[np.uint8]
Words = NDArray[np.uint64]
Positions = NDArray[np.int64]


def parse_headers(octets: Octets, offsets: Positions, rows: NDArray[np.void]) -> None:
    """Twin of `gbcs.kernels.headers.parse_headers`."""
    fields = headers.FIELDS
    for row, (start, end) in zip(rows, pairwise(offsets.tolist()), strict=True):
        row["signature_length"] = row["certificate"] = row["date_time"] = -1
        data = octets[start:end].tobytes()
        try:
            message = Message.decode(data)
        except DecodeError as error:
            row["error"], row["error_offset"] = fields.index(error.field), error.offset
            continue
        extra, signature = message.supplementary, message.signature
        header = start
        if message.mac is not None:
            header += 13 + (data[7] & 0x7F if data[7] & 0x80 else 0)
        protection = (0 if signature is None else 1 + len(signature)) + len(message.mac or b"")
        row["kind"] = list(Kind).index(message.kind)
        row["cra"], row["maced"], row["message_code"] = message.cra, message.mac is not None, message.message_code
        row["signature_length"] = -1 if signature is None else len(signature)
        row["originator_counter"] = message.originator_counter
        row["originator"] = int.from_bytes(message.originator, "big")
        row["recipient"] = int.from_bytes(message.recipient, "big")
        row["header"] = header
        row["content"], row["content_length"] = end - protection - len(message.content), len(message.content)
        if message.date_time is not None:
            row["date_time"] = header + 30
        if extra:
            row["party"], row["party_counter"] = int.from_bytes(extra.party, "big"), extra.party_counter or 0
            row["own_counter"] = extra.originator_counter or 0
            if extra.certificate:
                row["certificate"] = start + data.index(extra.certificate)


def parse_accesses(
    octets: Octets, contents: Positions, lengths: NDArray[np.uint32], counts: Positions
) -> NDArray[np.void]:
    """Twin of `gbcs.kernels.accesses`: the rows; `counts` is written."""
    found: list[tuple[int, ...]] = []
    for item, (start, length) in enumerate(zip(contents.tolist(), lengths.tolist(), strict=True)):
        content = octets[start : start + length].tobytes()
        counts[item] = 0
        if content[:1] in (b"\xd9", b"\xda"):
            try:
                rows = _accesses(item, Cursor(content, start))
            except DecodeError:
                counts[item] = -1
            else:
                counts[item] = len(rows)
                found += rows
    return np.array(found, accesses.ACCESS)


def _accesses(item: int, cursor: Cursor) -> list[tuple[int, ...]]:
    request = cursor.take(5, "head")[:1] == b"\xd9"
    cursor.expect(b"\0" if request else b"\0\0", "head")
    count = cursor.length("count")
    heads: list[tuple[int, ...]] = []
    if request:
        for _ in range(count):
            choice, class_id = cursor.uint(1, "choice"), cursor.uint(2, "class")
            if not 1 <= choice <= 4:
                raise cursor.error("choice", "unknown")
            obis, attribute = cursor.uint(6, "obis"), cursor.uint(1, "attribute")
            heads.append((choice, attribute, class_id, -1, obis))
            if choice == 4:
                cursor.take(1, "selector")
                skip(cursor)
        _expect_count(cursor, count)
    data = []
    for _ in range(count):
        start = cursor.offset
        skip(cursor)
        data.append((start, cursor.offset - start))
    if not request:
        _expect_count(cursor, count)
        heads = [(cursor.uint(1, "choice"), 0, 0, cursor.uint(1, "result"), 0) for _ in range(count)]
    cursor.finish("content")
    return [(item, *head, *position) for head, position in zip(heads, data, strict=True)]


def _expect_count(cursor: Cursor, count: int) -> None:
    if cursor.length("count") != count:
        raise cursor.error("count", "differs")


def number_pairs(one: Words, other: Words, _slots: Positions, numbers: Positions, firsts: Positions) -> int:
    """Twin of `gbcs.kernels.numbering.number_pairs`."""
    known: dict[tuple[int, int], int] = {}
    for item, pair in enumerate(zip(one.tolist(), other.tolist(), strict=True)):
        if pair not in known:
            firsts[len(known)] = item
        numbers[item] = known.setdefault(pair, len(known))
    return len(known)
