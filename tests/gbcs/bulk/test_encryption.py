"""`encrypt_many` and `decrypt_many`: what `cryptography` makes of each item, on every path."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gbcs.bulk import Column, decrypt_many, derive_many, encrypt_many
from gbcs.errors import ArrayError
from gbcs.eui64 import Eui64
from gbcs.kernels import target
from gbcs.security import symmetric

_RANDOM = random.Random(84)
_HEADER = bytes.fromhex("3100000000")
_LENGTHS = [0, 1, 15, 16, 17, 47, 48, 49, 63, 64, 65, 127, 128, 129, 255, 256]


@pytest.fixture(params=["aesni", "portable", "reference", "openssl"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Has items of every length take one path."""
    if request.param == "aesni" and not target.features() >= set(target.AES):
        pytest.skip("the target has no AES-NI")
    by_openssl = request.param == "openssl"
    choice = target.Choice("encrypt", "portable" if by_openssl else request.param, "asked for")
    monkeypatch.setattr("gbcs.bulk.encryption.choices", lambda: target.choices() | {"encrypt": choice})
    limits = {("portable", seals): -1 for seals in (True, False)} if by_openssl else {}
    monkeypatch.setattr("gbcs.bulk.encryption._LIMITS", limits)
    return request.param


def _items(lengths: list[int]) -> tuple[list[bytes], list[bytes], list[bytes]]:
    keys, titles = ([_RANDOM.randbytes(width) for _ in lengths] for width in (16, 8))
    return keys, titles, [_RANDOM.randbytes(length) for length in lengths]


def _wanted(keys: list[bytes], titles: list[bytes], texts: list[bytes]) -> list[bytes]:
    sealed = (AESGCM(k).encrypt(t + bytes(4), text, b"\x31") for k, t, text in zip(keys, titles, texts, strict=True))
    return [_HEADER + octets[:-4] for octets in sealed]


def _lengths() -> list[int]:
    lengths = _LENGTHS + [_RANDOM.randrange(2001) for _ in range(40)] + [20_000]
    _RANDOM.shuffle(lengths)
    return lengths


@pytest.mark.usefixtures("path")
def test_items_of_every_length() -> None:
    keys, titles, texts = _items(_lengths())
    made = encrypt_many(keys, titles, texts, threads=1)
    assert list(made) == _wanted(keys, titles, texts)
    plaintexts, valid = decrypt_many(keys, titles, made, threads=1)
    assert valid.all()
    assert list(plaintexts) == texts


def test_long_and_short_items_on_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    choice = target.Choice("encrypt", "portable", "asked for")
    monkeypatch.setattr("gbcs.bulk.encryption.choices", lambda: target.choices() | {"encrypt": choice})
    keys, titles, texts = _items(_lengths() * 12)
    made = encrypt_many(keys, titles, texts, threads=2)
    assert list(made) == _wanted(keys, titles, texts)
    assert list(decrypt_many(keys, titles, made, threads=2).plaintexts) == texts


@pytest.mark.usefixtures("path")
def test_a_wrong_item_spoils_itself_only() -> None:
    keys, titles, texts = _items([*_LENGTHS, *_LENGTHS, *[300] * 20])
    octets = list(encrypt_many(keys, titles, texts))
    wrong = {}
    for item in range(0, len(octets), 2):
        at = _RANDOM.randrange(len(octets[item]))
        wrong[item] = octets[item][:at] + bytes([octets[item][at] ^ 1 << _RANDOM.randrange(8)]) + octets[item][at + 1 :]
    last, start = octets[-1], octets[-3]
    wrong |= {len(octets) - 1: last[:-1] + bytes([last[-1] ^ 1]), len(octets) - 3: b"\x30" + start[1:]}
    wrong |= {1: b"", 3: _HEADER, 5: octets[5][:16], 7: octets[7] + b"\0", 9: octets[9][:-1]}
    plaintexts, valid = decrypt_many(keys, titles, [wrong.get(item, good) for item, good in enumerate(octets)])
    assert set(np.flatnonzero(~valid)) == set(wrong)
    assert list(plaintexts) == [b"" if item in wrong else text for item, text in enumerate(texts)]


@pytest.mark.usefixtures("path")
def test_key_and_title_are_each_items_own() -> None:
    keys, titles, texts = _items([20] * 6)
    made = encrypt_many(keys, titles, texts)
    keys[1], titles[4] = bytes(16), bytes(8)
    assert decrypt_many(keys, titles, made).valid.tolist() == [True, False, True, True, False, True]
    same = encrypt_many(keys, titles[:1], texts)
    assert list(same) == _wanted(keys, titles[:1] * 6, texts)


@pytest.mark.usefixtures("path")
def test_columns_that_begin_elsewhere_and_nothing_at_all() -> None:
    keys, titles, texts = _items([30, 0, 70])
    column = Column(np.frombuffer(b"before" + b"".join(texts) + b"after", np.uint8), np.array([6, 36, 36, 106]))
    assert list(encrypt_many(keys, titles, column)) == _wanted(keys, titles, texts)
    assert len(encrypt_many([], [], [])) == 0
    assert len(decrypt_many([], [], []).valid) == 0


@pytest.mark.parametrize("count", [0, 1, 17, 1100])
def test_derived_keys(count: int) -> None:
    secrets, parties = ([_RANDOM.randbytes(width) for _ in range(count + 1)] for width in (32, 8))
    counters = [_RANDOM.randrange(2**64) for _ in range(count)]
    for shared in (secrets[:count], secrets[:1]):
        keys = derive_many(shared, parties[:count], counters, parties[1:])
        for item, counter in enumerate(counters):
            one, other = Eui64(parties[item]), Eui64(parties[item + 1])
            secret = shared[item % len(shared)]
            wanted = symmetric.derive_key(secret, one, symmetric.ENCRYPTION_FLAG, counter, other)
            assert keys[item].tobytes() == wanted


def test_wrong_shapes_say_what_is_wanted() -> None:
    keys, titles, texts = _items([20] * 3)
    with pytest.raises(ArrayError, match=r"keys.*3 × 16"):
        encrypt_many(keys[:2], titles, texts)
    with pytest.raises(ArrayError, match=r"titles.*3 × 8"):
        decrypt_many(keys, titles[:2], texts)
    with pytest.raises(ArrayError, match=r"keys.*3 × 16"):
        encrypt_many(np.zeros((3, 16), np.int8), titles, texts)  # type: ignore[arg-type]
    with pytest.raises(ArrayError, match=r"recipients.*2 × 8"):
        derive_many([bytes(32)], titles[:2], [1, 2], titles)
    for counter in (-1, 2**64, "one"):
        with pytest.raises(ArrayError, match=r"counters: numbers from 0 to 2\^64-1 wanted"):
            derive_many([bytes(32)], titles[:1], [counter], titles[:1])  # type: ignore[list-item]
