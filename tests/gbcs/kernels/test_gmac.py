"""AES, GMAC, GCM and the key derivation beside their twins and OpenSSL, by instructions and in plain arithmetic."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from gbcs.eui64 import Eui64
from gbcs.kernels import aes, gcm, gmac, kdf, reference
from gbcs.kernels.target import AES, features
from gbcs.security import symmetric

_RANDOM = random.Random(38)
_PREFIX = np.frombuffer(symmetric.MAC_PREFIX, np.uint8)


@pytest.fixture(params=["aesni", "portable"])
def path(request: pytest.FixtureRequest) -> str:
    if request.param == "aesni" and not features() >= set(AES):
        pytest.skip("the target has no AES-NI")
    return str(request.param)


@pytest.fixture
def gmac_many(path: str) -> Callable[..., None]:
    kernel: Callable[..., None] = getattr(gmac, f"gmac_{path}")
    return kernel


@pytest.fixture
def gcm_many(path: str) -> Callable[..., None]:
    kernel: Callable[..., None] = getattr(gcm, f"gcm_{path}")
    return kernel


def _octets(parts: list[bytes]) -> NDArray[np.uint8]:
    """One row a part."""
    return np.frombuffer(b"".join(parts), np.uint8).reshape(len(parts), -1)


def test_tags_of_every_length(gmac_many: Callable[..., None]) -> None:
    messages = [_RANDOM.randbytes(length) for length in (*range(150), 1000, 4096, 65_535)]
    messages += [bytes(100), b"\xff" * 100]
    _RANDOM.shuffle(messages)
    count = len(messages)
    keys = [bytes(16), b"\xff" * 16, *(_RANDOM.randbytes(16) for _ in range(count - 2))]
    nonces = [_RANDOM.randbytes(12) for _ in range(count)]
    ends = 3 + np.cumsum([len(message) for message in messages])
    starts = ends - np.array([len(message) for message in messages])
    octets = np.frombuffer(b"any" + b"".join(messages), np.uint8)
    tags, twins = np.zeros((2, count, 16), np.uint8)
    arguments = _octets(keys), _octets([nonce + b"\0\0\0\1" for nonce in nonces]), _PREFIX, octets, starts, ends
    gmac_many(*arguments, tags)
    reference.gmac(*arguments, twins)
    np.testing.assert_array_equal(tags, twins)
    wanted = [
        AESGCM(key).encrypt(nonce, b"", symmetric.MAC_PREFIX + message)
        for key, nonce, message in zip(keys, nonces, messages, strict=True)
    ]
    assert [tag.tobytes() for tag in tags] == wanted


#: Nothing, every length up to four blocks and one octet, and both sides of later rows of blocks.
_TEXTS = [*range(66), 79, 80, 81, 111, 112, 113, 127, 128, 129, 191, 192, 193, 255, 256, 257, 1000, 4097]


def _turned(
    turn: Callable[..., None], seals: bool, keys: list[bytes], parts: list[bytes], change: int
) -> tuple[list[bytes], list[bool]]:
    """What a kernel or its twin makes of items whose lengths change by so much; zeros where it makes nothing."""
    lengths = np.array([len(part) for part in parts])
    offsets, places = (
        3 + np.concatenate([[0], np.cumsum(each)]) for each in (lengths, np.maximum(lengths + change, 0))
    )
    octets = np.frombuffer(b"any" + b"".join(parts), np.uint8)
    counters = _octets([key[:12] + b"\0\0\0\1" for key in keys])
    result, valid = np.zeros(places[-1] + 3, np.uint8), np.zeros(len(parts), np.bool_)
    turn(seals, _octets(keys), counters, octets, offsets[:-1], offsets[1:], places[:-1], result, valid)
    assert not result[:3].any()
    assert not result[-3:].any()
    return [result[i:j].tobytes() for i, j in pairwise(places.tolist())], valid.tolist()


def test_texts_of_every_length_are_encrypted_and_decrypted(gcm_many: Callable[..., None]) -> None:
    texts = [_RANDOM.randbytes(length) for length in _TEXTS]
    _RANDOM.shuffle(texts)
    keys = [_RANDOM.randbytes(16) for _ in texts]
    sealed, valid = _turned(gcm_many, True, keys, texts, 17)
    assert all(valid)
    assert (sealed, valid) == _turned(reference.gcm, True, keys, texts, 17)
    wanted = [AESGCM(key).encrypt(key[:12], text, b"\x31")[:-4] for key, text in zip(keys, texts, strict=True)]
    assert sealed == [b"\x31\0\0\0\0" + octets for octets in wanted]
    for turn in (gcm_many, reference.gcm):
        assert _turned(turn, False, keys, sealed, -17) == (texts, valid)


def test_what_was_altered_is_found_by_kernel_and_twin(gcm_many: Callable[..., None]) -> None:
    keys = [_RANDOM.randbytes(16) for _ in range(70)]
    sealed, _ = _turned(reference.gcm, True, keys, [_RANDOM.randbytes(35)] * len(keys), 17)
    # A bit of every octet of an item, and items cut to every length that has no room for header and tag.
    altered = [octets[:i] + bytes([octets[i] ^ 1 << i % 8]) + octets[i + 1 :] for i, octets in enumerate(sealed[:52])]
    altered += [octets[:i] for i, octets in enumerate(sealed[52:69])] + sealed[69:]
    for turn in (gcm_many, reference.gcm):
        found, valid = _turned(turn, False, keys, altered, -17)
        assert valid == [False] * 69 + [True]
        assert not any(map(any, found[:-1]))


def test_aes_of_fips_197() -> None:
    key = np.frombuffer(bytes(range(16)), np.uint8)  # appendix C.1
    schedule, state = np.empty(44, np.uint32), np.array([0x00112233, 0x44556677, 0x8899AABB, 0xCCDDEEFF], np.uint32)
    aes.expand(key, schedule)
    aes.encrypt(schedule, state, np.empty(4, np.uint32))
    assert state.astype(">u4").tobytes().hex() == "69c4e0d86a7b0430d8cdb78070b4c55a"


@pytest.mark.parametrize("count", [1, 15, 16, 17, 50])
def test_derived_keys(count: int) -> None:
    secrets = np.frombuffer(_RANDOM.randbytes(96), np.uint8).reshape(3, 32)
    which = np.array([_RANDOM.randrange(3) for _ in range(count)])
    headers = [_RANDOM.randbytes(40) for _ in range(count)]
    headers = [b"\xdf\x09" + header[2:] for header in headers]
    octets = np.frombuffer(b"".join(headers), np.uint8)
    (keys, counters), twins = np.zeros((2, 2, count, 16), np.uint8)
    kdf.derive_keys(secrets, which, octets, np.arange(count) * 40, keys, counters)
    reference.derive_keys(secrets, which, octets, np.arange(count) * 40, *twins)
    np.testing.assert_array_equal([keys, counters], twins)
    for item, header in enumerate(headers):
        originator, recipient = Eui64(header[12:20]), Eui64(header[21:29])
        secret, counter = secrets[which[item]].tobytes(), int.from_bytes(header[3:11], "big")
        assert keys[item].tobytes() == symmetric.derive_key(secret, originator, header[2], counter, recipient)
        assert counters[item].tobytes() == originator + bytes(7) + b"\1"
