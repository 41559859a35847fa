"""Signing and verifying many: ECDSA on P-256 with SHA-256, signatures as r||s of 64 octets."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from itertools import cycle
from typing import Literal, NamedTuple

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from numpy.typing import NDArray

from gbcs.bulk.column import Column, Octets, rows
from gbcs.bulk.keys import KeyTable, TestKey, verify_digest
from gbcs.bulk.parallel import in_chunks
from gbcs.errors import ArrayError, SecurityError
from gbcs.kernels import ecdsa, p256, reference, rfc6979, sha256
from gbcs.kernels.group import Words
from gbcs.kernels.tables import octets_of, words_of
from gbcs.kernels.target import choices

Nonces = Literal["rfc6979", "os"]
Access = Literal["uniform", "indexed"]
_LENGTH = 64
_ONE = np.array([[1], [0], [0], [0]], np.uint64)
#: From how many signatures by one key on its table pays for itself.
_TABLE_PAYS = 24
#: From how many messages on hashing in lanes is faster than one after the other.
_LANES_PAY = 8


def digest_many(messages: Column | Iterable[bytes]) -> Octets:
    """SHA-256 of each message: shape (count, 32)."""
    column = Column.of(messages)
    return digest_parts(column.octets, column.offsets[:-1], column.offsets[1:])


def digest_parts(octets: Octets, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Octets:
    """SHA-256 of octets[start:end] for each: shape (count, 32)."""
    if choices()["digest"].path == "reference":
        return reference.digest_many(octets, starts, ends)
    if len(starts) < _LANES_PAY:
        texts = (octets[i:j].tobytes() for i, j in zip(starts.tolist(), ends.tolist(), strict=True))
        return np.frombuffer(b"".join(hashlib.sha256(text).digest() for text in texts), np.uint8).reshape(-1, 32)
    lanes = np.empty((-(-len(starts) // sha256.LANES), 8, sha256.LANES), np.uint32)
    sha256.digest_many(octets, starts, ends, lanes)
    return np.ascontiguousarray(lanes.transpose(0, 2, 1)).astype(">u4").view(np.uint8).reshape(-1, 32)[: len(starts)]


def _expect_either(messages: object, digests: object) -> None:
    if (messages is None) == (digests is None):
        raise TypeError("give either messages or digests=")


def _digests(messages: Column | Iterable[bytes] | None, digests: Octets | Sequence[bytes] | None) -> Octets:
    _expect_either(messages, digests)
    return digest_many(messages) if messages is not None else rows("digests", digests, 32)  # type: ignore[arg-type]


def _lanes(octets: Octets) -> NDArray[np.uint32]:
    """Numbers of 32 octets, a multiple of 16 of them, as `gbcs.kernels.rfc6979` wants them."""
    return np.ascontiguousarray(octets.view(">u4").reshape(-1, 16, 8).transpose(0, 2, 1)).astype(np.uint32)


def padded(octets: Octets) -> Octets:
    """The rows, and copies of the first one up to the next multiple of all lanes."""
    missing = -len(octets) % p256.MULTIPLE
    return np.concatenate([octets, np.repeat(octets[:1], missing, axis=0)]) if missing else octets


def sign_many(
    keys: TestKey | Sequence[TestKey],
    messages: Column | Iterable[bytes] | None = None,
    *,
    digests: Octets | Sequence[bytes] | None = None,
    nonces: Nonces = "rfc6979",
    access: Access = "uniform",
    threads: int | None = None,
) -> Octets:
    """Signatures of messages, or of their SHA-256 digests: shape (count, 64), r||s each.

    Args:
        keys: the one key of all, or one for each.
        messages: a column, or bytes.
        digests: 32 octets each, instead of messages.
        nonces: ``rfc6979``, by which the same message has the same signature on every path, or ``os``.
        access: ``uniform`` reads the table of points alike whatever the nonce; ``indexed`` is faster and shows the
            nonce to whoever shares the processor's cache.
        threads: None for one a core.

    Raises:
        SecurityError: a key is not marked as a test key.
        ArrayError: a digest has not 32 octets, or there are more or fewer keys than messages.
    """
    _expect_either(messages, digests)
    texts = messages if isinstance(messages, Column | list | tuple) else Column.of(() if messages is None else messages)
    hashed = None if digests is None else rows("digests", digests, 32)
    count = len(texts) if hashed is None else len(hashed)
    held = [keys] if isinstance(keys, TestKey) or not isinstance(keys, Sequence) else list(keys)
    for key in held:
        if not isinstance(key, TestKey):
            raise SecurityError("key", f"{type(key).__name__} is not marked as a test key: TestKey(key) marks it")
    if isinstance(keys, Sequence) and len(held) != count:
        raise ArrayError("keys", f"one, or one for each of {count} messages,", keys)
    if nonces not in ("rfc6979", "os") or access not in ("uniform", "indexed"):
        raise ValueError(f"nonces={nonces!r}, access={access!r}: rfc6979 or os, uniform or indexed")

    deterministic, choice = nonces == "rfc6979", choices()["sign"]
    if choice.path == "openssl" or count < choice.break_even:
        # By bytes alone: what arrays cost a batch would count here.
        if not all(isinstance(text, bytes) for text in texts):
            texts = Column.of(texts)
        each = (hashlib.sha256(text).digest() for text in texts) if hashed is None else map(bytes, hashed)
        pairs = zip(each, cycle(held), strict=False)
        made = b"".join(key.sign_digest(digest, deterministic=deterministic) for digest, key in pairs)
        return np.frombuffer(bytearray(made), np.uint8).reshape(count, _LENGTH)

    hashed = digest_many(texts) if hashed is None else hashed
    signatures = np.empty((count, _LENGTH), np.uint8)
    private = np.frombuffer(b"".join(key.octets for key in held), np.uint8).reshape(-1, 32)
    size = min(count, p256.CHUNK)
    one = _private(np.repeat(private, size, axis=0), nonces) if len(private) == 1 else None

    def work(part: slice) -> None:
        own = one or _private(private[part], nonces)
        signatures[part], sure = _sign(choice.path, own, hashed[part], nonces, access)
        for item in part.start + np.flatnonzero(~sure):
            again = held[item % len(held)].sign_digest(hashed[item].tobytes(), deterministic=deterministic)
            signatures[item] = np.frombuffer(again, np.uint8)

    in_chunks(work, count, p256.CHUNK, threads)
    return signatures


class BulkSigner:
    """One test key as a signer of batches, where an interface asks for one (`duis.signature.BatchSigner`)."""

    def __init__(self, key: TestKey, *, access: Access = "uniform", threads: int | None = None) -> None:
        """`access` and `threads` as `sign_many` takes them."""
        self._key, self._access, self._threads = key, access, threads

    def sign_many(self, messages: Sequence[bytes]) -> list[bytes]:
        """ECDSA P-256 with SHA-256 over each message, with the nonces of RFC 6979: 64 octets each."""
        made = sign_many(self._key, messages, access=self._access, threads=self._threads)
        return [signature.tobytes() for signature in made]


class _Private(NamedTuple):
    """Private keys as the kernels want them, one a signature."""

    words: Words
    lanes: NDArray[np.uint32]
    states: NDArray[np.uint32]


def _private(octets: Octets, nonces: Nonces) -> _Private:
    rounded = padded(octets)
    lanes = _lanes(rounded)
    states = np.empty_like(lanes)
    if nonces == "rfc6979" and choices()["sign"].path != "reference":
        rfc6979.key_state(lanes, states)
    return _Private(words_of(rounded), lanes, states)


def _sign(
    path: str, private: _Private, digests: Octets, nonces: Nonces, access: Access
) -> tuple[Octets, NDArray[np.bool_]]:
    z_octets = padded(digests)
    z, d = words_of(z_octets), private.words[:, : len(z_octets)]
    k, valid = _nonces(path, private, z, nonces)
    if path == "reference":
        r, s, sure = reference.sign(k, d, z)
    else:
        r, s, sure = p256.curve(path).sign(k, np.ascontiguousarray(d), z, uniform=access == "uniform")
    k[:] = 0
    made = np.concatenate([octets_of(r), octets_of(s)], axis=1)
    return made[: len(digests)], (sure & valid)[: len(digests)]


def _nonces(path: str, private: _Private, digests: Words, source: Nonces) -> tuple[Words, NDArray[np.bool_]]:
    """Nonces in words, and which of them are in [1, n-1]; the others are 1."""
    count = digests.shape[1]
    valid = np.ones(count, np.bool_)
    if source == "os":
        k = words_of(np.frombuffer(os.urandom(32 * count), np.uint8).reshape(-1, 32))
        ecdsa.are_scalars(k, valid)
        k[:, ~valid] = _ONE
        return k, valid
    if path == "reference":
        pairs = zip(reference.numbers(private.words[:, :count]), reference.numbers(digests), strict=True)
        return reference.words_of([reference.nonce(*pair) for pair in pairs]), valid
    reduced, k = digests.copy(), np.empty(digests.shape, np.uint64)
    ecdsa.reduce_modulo_n(reduced)
    batches = count // sha256.LANES
    rfc6979.nonces(private.states[:batches], private.lanes[:batches], _lanes(octets_of(reduced)), k, valid)
    return k, valid


def verify_many(
    keys: EllipticCurvePublicKey | Sequence[EllipticCurvePublicKey] | KeyTable,
    signatures: Octets | Sequence[bytes],
    messages: Column | Iterable[bytes] | None = None,
    *,
    digests: Octets | Sequence[bytes] | None = None,
    which: NDArray[np.int64] | None = None,
    threads: int | None = None,
) -> NDArray[np.bool_]:
    """Whether each signature is its key's over its message, or over the message's SHA-256 digest.

    Args:
        keys: the one key of all, one for each, or a table of keys.
        signatures: r||s of 64 octets each; one of another length is invalid.
        messages: a column, or bytes.
        digests: 32 octets each, instead of messages.
        which: with a table, the number of each signature's key in it; may be left out where the table holds one key.
        threads: None for one a core.

    Raises:
        SecurityError: a key is not on P-256.
        ArrayError: the arguments do not fit each other.
    """
    hashed = _digests(messages, digests)
    count = len(hashed)
    if not isinstance(signatures, np.ndarray):
        if len(signatures) != count:
            raise ArrayError("signatures", f"{count} × {_LENGTH} octets", signatures)
        right = [len(signature) == _LENGTH for signature in signatures]
        signatures = [s if fits else bytes(_LENGTH) for s, fits in zip(signatures, right, strict=True)]
    signed = rows("signatures", signatures, _LENGTH, count)
    table, numbers = _table(keys, which, count)

    return verify_numbered(table, numbers, signed, hashed, threads, pays=isinstance(keys, KeyTable))


def verify_numbered(
    table: KeyTable,
    numbers: NDArray[np.int64],
    signatures: Octets,
    digests: Octets,
    threads: int | None,
    *,
    pays: bool = False,
) -> NDArray[np.bool_]:
    """Whether each signature is that of the key with its number in `table`.

    Keys with few signatures are left to OpenSSL, unless `pays` says that their multiples will be used again.
    """
    count = len(digests)
    result, singly = np.zeros(count, np.bool_), np.ones(count, np.bool_)
    choice = choices()["verify"]
    often = np.bincount(numbers, minlength=len(table)) >= (1 if pays else _TABLE_PAYS)
    eligible = np.flatnonzero(often[numbers]) if choice.path != "openssl" else np.empty(0, np.int64)
    if len(eligible) >= choice.break_even:
        used = table if often.all() else KeyTable([table.keys[number] for number in np.flatnonzero(often)])
        local = (np.cumsum(often) - 1)[numbers]
        if choice.path != "reference":
            used.rows(choice.path)

        def work(part: slice) -> None:
            items = eligible[part]
            answers, sure = _verify(choice.path, used, local[items], signatures[items], digests[items])
            result[items], singly[items] = answers, ~sure

        in_chunks(work, len(eligible), p256.CHUNK, threads)
    for item in np.flatnonzero(singly):
        result[item] = verify_digest(table.keys[numbers[item]], signatures[item].tobytes(), digests[item].tobytes())
    return result


def _table(
    keys: EllipticCurvePublicKey | Sequence[EllipticCurvePublicKey] | KeyTable,
    which: NDArray[np.int64] | None,
    count: int,
) -> tuple[KeyTable, NDArray[np.int64]]:
    """The keys without repetition, and the number of each item's key among them."""
    if isinstance(keys, KeyTable):
        if which is None and len(keys) != 1:
            raise ArrayError("which", f"the numbers of the keys of {count} signatures", which)
        numbers = np.zeros(count, np.int64) if which is None else np.asarray(which)
        if numbers.shape != (count,) or numbers.dtype.kind not in "iu":
            raise ArrayError("which", f"integers of shape ({count},)", numbers)
        if count and not 0 <= numbers.min() <= numbers.max() < len(keys):
            raise ArrayError("which", f"numbers of {len(keys)} keys, from 0,", numbers)
        return keys, numbers.astype(np.int64)
    if not isinstance(keys, Sequence):
        return KeyTable([keys]), np.zeros(count, np.int64)
    if len(keys) != count:
        raise ArrayError("keys", f"one, or one for each of {count} signatures,", keys)
    known: dict[int, int] = {}
    numbers = np.array([known.setdefault(id(key), len(known)) for key in keys], np.int64)
    firsts = {number: item for item, number in reversed(list(enumerate(numbers.tolist())))}
    return KeyTable([keys[firsts[number]] for number in range(len(known))]), numbers


def _verify(
    path: str, table: KeyTable, which: NDArray[np.int64], signatures: Octets, digests: Octets
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    count = len(digests)
    signed = padded(signatures)
    r, s = words_of(np.ascontiguousarray(signed[:, :32])), words_of(np.ascontiguousarray(signed[:, 32:]))
    z = words_of(padded(digests))
    valid = np.empty((2, len(signed)), np.bool_)
    ecdsa.are_scalars(r, valid[0])
    ecdsa.are_scalars(s, valid[1])
    in_range = valid.all(axis=0)
    r[:, ~in_range] = s[:, ~in_range] = _ONE
    numbers = np.concatenate([which, np.repeat(which[:1], len(signed) - count)])
    if path == "reference":
        right = reference.verify([table.points[number] for number in numbers], r, s, z)
        sure = np.ones(len(signed), np.bool_)
    else:
        right, sure = p256.curve(path).verify(table.rows(path), table.bases(numbers), r, s, z)
    return (right & in_range)[:count], (sure | ~in_range)[:count]
