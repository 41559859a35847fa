"""The kernels' twins in plain Python: the same arrays in and out, slow and short.

Tests compare the kernels with these, and they take the kernels' place where ``NUMBA_DISABLE_JIT`` is set.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gbcs.cosem.skip import skip
from gbcs.cursor import Cursor
from gbcs.errors import DecodeError, GbcsError
from gbcs.eui64 import Eui64
from gbcs.kernels import accesses, headers
from gbcs.kernels.curve import G, N, P
from gbcs.message import Kind, Message
from gbcs.security import symmetric

Octets = NDArray[np.uint8]
Words = NDArray[np.uint64]
Positions = NDArray[np.int64]
Flags = NDArray[np.bool_]
Point = tuple[int, int] | None  #: None is the point at infinity


def add(one: Point, other: Point) -> Point:
    """The sum of two points."""
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    rise, run = (3 * (x1 * x1 - 1), 2 * y1) if one == other else (y2 - y1, x2 - x1)
    slope = rise * pow(run, -1, P)
    x = (slope * slope - x1 - x2) % P
    return x, (slope * (x1 - x) - y1) % P


def multiply(scalar: int, point: Point) -> Point:
    """scalar · point."""
    total: Point = None
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point = add(point, point)
        scalar >>= 1
    return total


def nonce(private: int, digest: int) -> int:
    """The nonce of RFC 6979, 3.2, for SHA-256."""
    secret = private.to_bytes(32, "big") + (digest % N).to_bytes(32, "big")
    key, value = bytes(32), b"\1" * 32
    for octet in (b"\0", b"\1"):
        key = hmac.digest(key, value + octet + secret, "sha256")
        value = hmac.digest(key, value, "sha256")
    while True:
        value = hmac.digest(key, value, "sha256")
        candidate = int.from_bytes(value, "big")
        if 1 <= candidate < N:
            return candidate
        key = hmac.digest(key, value + b"\0", "sha256")
        value = hmac.digest(key, value, "sha256")


def numbers(words: Words) -> Iterator[int]:
    """The numbers in words of shape (4, count)."""
    for column in words.T.tolist():
        yield sum(word << 64 * i for i, word in enumerate(column))


def words_of(values: list[int]) -> Words:
    """The inverse of `numbers`."""
    return np.array([[value >> 64 * i & 2**64 - 1 for value in values] for i in range(4)], np.uint64)


def sign(nonces: Words, private: Words, digests: Words) -> tuple[Words, Words, Flags]:
    """Twin of `gbcs.kernels.p256.Curve.sign`."""
    pairs = []
    for k, d, z in zip(numbers(nonces), numbers(private), numbers(digests), strict=True):
        point = multiply(k, G)
        r = point[0] % N if point else 0
        pairs.append((r, pow(k, -1, N) * (z + r * d) % N))
    sure = np.array([r != 0 and s != 0 for r, s in pairs], np.bool_)
    return words_of([r for r, _ in pairs]), words_of([s for _, s in pairs]), sure


def verify(points: list[Point], r: Words, s: Words, digests: Words) -> Flags:
    """Twin of `gbcs.kernels.p256.Curve.verify`, by points instead of tables; always sure."""
    answers = []
    for point, r_i, s_i, z in zip(points, numbers(r), numbers(s), numbers(digests), strict=True):
        inverse = pow(s_i, -1, N)
        found = add(multiply(z * inverse % N, G), multiply(r_i * inverse % N, point))
        answers.append(found is not None and found[0] % N == r_i)
    return np.array(answers, np.bool_)


def agree(point: Point, private: Words) -> Words:
    """Twin of `gbcs.kernels.p256.Curve.agree`, by point instead of table."""
    products = [multiply(d, point) for d in numbers(private)]
    return words_of([product[0] if product else 0 for product in products])


def digest_many(octets: Octets, starts: Positions, ends: Positions) -> Octets:
    """SHA-256 of each octets[start:end], shape (count, 32)."""
    digests = [
        hashlib.sha256(octets[i:j].tobytes()).digest() for i, j in zip(starts.tolist(), ends.tolist(), strict=True)
    ]
    return np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 32)


def gcm(
    seals: bool,
    keys: Octets,
    counters: Octets,
    octets: Octets,
    starts: Positions,
    ends: Positions,
    places: Positions,
    result: Octets,
    valid: Flags,
) -> None:
    """Twin of `gbcs.kernels.gcm`, by OpenSSL."""
    for item, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        key, title, text = keys[item].tobytes(), Eui64(counters[item, :8].tobytes()), octets[start:end].tobytes()
        try:
            made = symmetric.encrypt(key, title, text) if seals else symmetric.decrypt(key, title, text)
        except GbcsError:
            valid[item] = False
            continue
        valid[item] = True
        result[places[item] : places[item] + len(made)] = np.frombuffer(made, np.uint8)


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
