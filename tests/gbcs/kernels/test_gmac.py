"""AES, GMAC and the key derivation beside OpenSSL, in processor instructions and in plain arithmetic."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gbcs.eui64 import Eui64
from gbcs.kernels import aes, gmac, kdf
from gbcs.kernels.target import AES, features
from gbcs.security import symmetric

_RANDOM = random.Random(38)
_PREFIX = np.frombuffer(symmetric.MAC_PREFIX, np.uint8)


@pytest.fixture(params=["aesni", "portable"])
def gmac_many(request: pytest.FixtureRequest) -> Callable[..., None]:
    if request.param == "aesni" and not features() >= set(AES):
        pytest.skip("the target has no AES-NI")
    kernel: Callable[..., None] = getattr(gmac, f"gmac_{request.param}")
    return kernel


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
    tags = np.zeros((count, 16), np.uint8)
    counters = np.frombuffer(b"".join(nonce + b"\0\0\0\1" for nonce in nonces), np.uint8).reshape(-1, 16)
    gmac_many(np.frombuffer(b"".join(keys), np.uint8).reshape(-1, 16), counters, _PREFIX, octets, starts, ends, tags)
    wanted = [
        AESGCM(key).encrypt(nonce, b"", symmetric.MAC_PREFIX + message)
        for key, nonce, message in zip(keys, nonces, messages, strict=True)
    ]
    assert [tag.tobytes() for tag in tags] == wanted


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
    keys, counters = np.zeros((count, 16), np.uint8), np.zeros((count, 16), np.uint8)
    kdf.derive_keys(secrets, which, octets, np.arange(count) * 40, keys, counters)
    for item, header in enumerate(headers):
        originator, recipient = Eui64(header[12:20]), Eui64(header[21:29])
        secret, counter = secrets[which[item]].tobytes(), int.from_bytes(header[3:11], "big")
        assert keys[item].tobytes() == symmetric.derive_key(secret, originator, header[2], counter, recipient)
        assert counters[item].tobytes() == originator + bytes(7) + b"\1"
