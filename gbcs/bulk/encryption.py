"""Encrypting and decrypting columns of texts: `gbcs.security.symmetric.encrypt` and `decrypt` for many, a key each."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from gbcs.bulk.column import Column, Octets, rows
from gbcs.bulk.parallel import in_chunks
from gbcs.errors import ArrayError
from gbcs.kernels import gcm, kdf, reference
from gbcs.kernels.target import choices
from gbcs.security import symmetric

Positions = NDArray[np.int64]

_CHUNK = 1024
_OVERHEAD = len(symmetric.CIPHER_HEADER) + symmetric.TAG_LENGTH
_KERNELS: dict[str, Callable[..., None]] = {
    "aesni": gcm.gcm_aesni,
    "portable": gcm.gcm_portable,
    "reference": reference.gcm,
}
_AUTHENTICATED = symmetric.CIPHER_HEADER[:1]
#: Octets of text from which OpenSSL is faster, by path and whether it encrypts.
_LIMITS = {("aesni", True): 49_152, ("portable", True): 320, ("portable", False): 544}


class Decrypted(NamedTuple):
    """What `decrypt_many` made.

    Attributes:
        plaintexts: empty where an item is not valid.
        valid: whether an item has the right form and its tag is that of its ciphertext.
    """

    plaintexts: Column
    valid: NDArray[np.bool_]


def derive_many(
    secrets: Octets | Sequence[bytes],
    originators: Octets | Sequence[bytes],
    counters: Iterable[int],
    recipients: Octets | Sequence[bytes],
    *,
    flag: int = symmetric.ENCRYPTION_FLAG,
    threads: int | None = None,
) -> Octets:
    """The AES keys of items, as `gbcs.security.symmetric.derive_key` derives them: shape (count, 16).

    Args:
        secrets: the shared secret of each, 32 octets, or the one of all.
        originators: EUI-64 of the sender of each.
        counters: the originator counter of each.
        recipients: EUI-64 of the other party of each.
        flag: CRA flag of the messages for MAC keys; the default is that of encryption keys.
        threads: None for one a core.

    Raises:
        ArrayError: not as many of one as of the others, of another width, or a counter out of range.
    """
    try:
        numbers = np.fromiter(counters, np.uint64)
    except (OverflowError, TypeError, ValueError):
        raise ArrayError("counters", "numbers from 0 to 2^64-1", counters) from None
    count = len(numbers)
    shared = rows("secrets", secrets, 32, 1 if len(secrets) == 1 else count)
    which = np.zeros(count, np.int64) if len(shared) == 1 else np.arange(count)
    from_, to = rows("originators", originators, 8, count), rows("recipients", recipients, 8, count)
    keys = np.empty((count, 16), np.uint8)
    derive = reference.derive_keys if choices()["digest"].path == "reference" else kdf.derive_keys
    # Grouping headers, as far as the derivation reads them.
    headers = np.zeros((count, 29), np.uint8)
    headers[:, 1], headers[:, 2] = 0x09, flag
    headers[:, 3:11] = numbers.astype(">u8").view(np.uint8).reshape(-1, 8)
    headers[:, 12:20], headers[:, 21:29] = from_, to
    octets, starts = headers.reshape(-1), np.arange(count) * headers.shape[1]

    def work(part: slice) -> None:
        blocks = np.empty((part.stop - part.start, 16), np.uint8)
        derive(shared, which[part], octets, starts[part], keys[part], blocks)

    in_chunks(work, count, _CHUNK, threads)
    return keys


def encrypt_many(
    keys: Octets | Sequence[bytes],
    titles: Octets | Sequence[bytes],
    plaintexts: Column | Iterable[bytes],
    *,
    threads: int | None = None,
) -> Column:
    """``31 00000000 || ciphertext || tag`` of each plaintext, the tag being 12 octets long.

    Args:
        keys: 16 octets each. A key encrypts once: `derive_many` makes one for each originator counter.
        titles: the system title (EUI-64) of each item's originator, or the one of all.
        plaintexts: a column, or bytes.
        threads: None for one a core.

    Raises:
        ArrayError: not as many keys or titles as plaintexts, or of another width.
    """
    column = Column.of(plaintexts)
    return _turned(True, column, keys, titles, column.lengths + _OVERHEAD, threads)[0]


def decrypt_many(
    keys: Octets | Sequence[bytes],
    titles: Octets | Sequence[bytes],
    protected: Column | Iterable[bytes],
    *,
    threads: int | None = None,
) -> Decrypted:
    """The plaintexts of what `encrypt_many` makes, and which items are valid; the others' are withheld.

    Takes and raises what `encrypt_many` does.
    """
    column = Column.of(protected)
    made, valid = _turned(False, column, keys, titles, np.maximum(column.lengths - _OVERHEAD, 0), threads)
    if not valid.all():
        lengths = np.where(valid, made.lengths, 0)
        made = Column(made.octets[np.repeat(valid, made.lengths)], _offsets(lengths))
    return Decrypted(made, valid)


def _offsets(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def _turned(
    seals: bool,
    column: Column,
    keys: Octets | Sequence[bytes],
    titles: Octets | Sequence[bytes],
    lengths: NDArray[np.int64],
    threads: int | None,
) -> tuple[Column, NDArray[np.bool_]]:
    """The items' counterparts of these lengths, zeros where an item is not valid, and which are."""
    count = len(column)
    held = rows("keys", keys, 16, count)
    counters = np.zeros((count, 16), np.uint8)
    counters[:, :8] = rows("titles", titles, 8, 1 if len(titles) == 1 else count)
    counters[:, 15] = 1
    offsets = _offsets(lengths)
    result, valid = np.zeros(offsets[-1], np.uint8), np.zeros(count, np.bool_)
    starts, ends, places = column.offsets[:-1], column.offsets[1:], offsets[:-1]
    path = choices()["encrypt"].path
    singly = column.lengths > _LIMITS.get((path, seals), np.inf)

    def turn(kernel: Callable[..., None], items: slice | NDArray[np.int64]) -> None:
        found = np.empty(len(starts[items]), np.bool_)
        arguments = held[items], counters[items], column.octets, starts[items], ends[items], places[items]
        kernel(seals, *arguments, result, found)
        valid[items] = found

    def work(part: slice) -> None:
        if not singly[part].any():
            turn(_KERNELS[path], part)
            return
        items = np.arange(part.start, part.stop)
        turn(_KERNELS[path], items[~singly[part]])
        turn(_by_openssl, items[singly[part]])

    in_chunks(work, count, _CHUNK, threads)
    return Column(result, offsets), valid


def _by_openssl(
    seals: bool,
    keys: Octets,
    counters: Octets,
    octets: Octets,
    starts: Positions,
    ends: Positions,
    places: Positions,
    result: Octets,
    valid: NDArray[np.bool_],
) -> None:
    """As the kernels of `gbcs.kernels.gcm`."""
    turn = _seal if seals else _open
    # Views and numbers of Python, because an array's items cost as much as the encryption.
    source, target, key_octets, blocks = octets.data, result.data, keys.tobytes(), counters.tobytes()
    positions = zip(starts.tolist(), ends.tolist(), places.tolist(), strict=True)
    for item, (start, end, place) in enumerate(positions):
        at = 16 * item
        made = turn(AESGCM(key_octets[at : at + 16]), blocks[at : at + 12], bytes(source[start:end]))
        valid[item] = made is not None
        if made is not None:
            target[place : place + len(made)] = made


def _seal(key: AESGCM, nonce: bytes, plaintext: bytes) -> bytes:
    sealed = key.encrypt(nonce, plaintext, _AUTHENTICATED)
    return symmetric.CIPHER_HEADER + sealed[: len(plaintext) + symmetric.TAG_LENGTH]


def _open(key: AESGCM, nonce: bytes, protected: bytes) -> bytes | None:
    """The plaintext, or None.

    `AESGCM.decrypt` takes no tags of 12 octets, and what does costs more than encrypting twice: the ciphertext, which
    gives the plaintext, and that, which gives the tag.
    """
    if len(protected) < _OVERHEAD or not protected.startswith(symmetric.CIPHER_HEADER):
        return None
    ciphertext = protected[len(symmetric.CIPHER_HEADER) : -symmetric.TAG_LENGTH]
    plaintext = key.encrypt(nonce, ciphertext, None)[: len(ciphertext)]
    return plaintext if hmac.compare_digest(_seal(key, nonce, plaintext), protected) else None
