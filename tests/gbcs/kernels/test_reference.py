"""The twins in plain Python beside OpenSSL, which has no part in them, and beside published vectors."""

from __future__ import annotations

import hashlib
import hmac
import random

import numpy as np
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gbcs.kernels import reference
from gbcs.kernels.curve import G, N
from gbcs.kernels.reference import encryption, hashing, numbers, words_of

_RANDOM = random.Random(197)
#: Nothing, every length up to four blocks and one octet, both sides of later edges.
_LENGTHS = [*range(66), 79, 80, 81, 127, 128, 129, 255, 256, 257]


def test_aes_of_fips_197() -> None:
    schedule = encryption.round_keys(bytes(range(16)))  # appendix C.1
    assert schedule[10].hex() == "13111d7fe3944a17f307a78b4d2b30c5"
    block = bytes.fromhex("00112233445566778899aabbccddeeff")
    assert encryption.encrypt_block(schedule, block).hex() == "69c4e0d86a7b0430d8cdb78070b4c55a"


def test_aes_of_any_key_and_block() -> None:
    keys = [bytes(16), b"\xff" * 16, *(_RANDOM.randbytes(16) for _ in range(100))]
    for key in keys:
        block = _RANDOM.randbytes(16)
        encryptor = Cipher(algorithms.AES128(key), modes.ECB()).encryptor()
        assert encryption.encrypt_block(encryption.round_keys(key), block) == encryptor.update(block)


def test_gcm_of_its_authors() -> None:
    """Test cases 1 and 2 of McGrew and Viega, "The Galois/Counter Mode of operation"."""
    zeros = bytes(16)
    assert encryption.encrypt(zeros, bytes(12), b"", b"").hex() == "58e2fccefa7e3061367f1d57a4e7455a"
    sealed = encryption.encrypt(zeros, bytes(12), zeros, b"").hex()
    assert sealed == "0388dace60b6a392f328c2b971b2fe78" + "ab6e47d42cec13bdf53a67b21257bddf"
    assert encryption.ghash(bytes.fromhex("66e94bd4ef8a2c3b884cfa59ca342b2e"), bytes(16)) == zeros


@pytest.mark.parametrize("tag_length", [12, 16])
@pytest.mark.parametrize("authenticated_length", [0, 1, 6, 15, 16, 17, 40])
def test_gcm_of_every_length(authenticated_length: int, tag_length: int) -> None:
    for length in _LENGTHS:
        key, nonce = _RANDOM.randbytes(16), _RANDOM.randbytes(12)
        plaintext, authenticated = _RANDOM.randbytes(length), _RANDOM.randbytes(authenticated_length)
        sealed = encryption.encrypt(key, nonce, plaintext, authenticated, tag_length)
        assert sealed == AESGCM(key).encrypt(nonce, plaintext, authenticated)[: length + tag_length]
        assert encryption.decrypt(key, nonce, sealed, authenticated, tag_length) == plaintext


@pytest.mark.parametrize("length", [0, 1, 16, 33])
def test_what_was_altered_is_not_decrypted(length: int) -> None:
    key, nonce, authenticated = _RANDOM.randbytes(16), _RANDOM.randbytes(12), b"authenticated"
    sealed = encryption.encrypt(key, nonce, _RANDOM.randbytes(length), authenticated, 12)
    altered = [sealed[:at] + bytes([sealed[at] ^ 0x10]) + sealed[at + 1 :] for at in range(len(sealed))]
    for octets in (*altered, sealed[:-1], sealed + b"\0", sealed[:11], b""):
        assert encryption.decrypt(key, nonce, octets, authenticated, 12) is None
    assert encryption.decrypt(key, nonce, sealed, b"Authenticated", 12) is None
    assert encryption.decrypt(bytes(16), nonce, sealed, authenticated, 12) is None
    assert encryption.decrypt(key, bytes(12), sealed, authenticated, 12) is None


def test_digests_and_hmac() -> None:
    assert hashing.sha256(b"abc").hex().startswith("ba7816bf8f01cfea414140de5dae2223")  # FIPS 180-2, B.1
    for length in _LENGTHS:
        message, key = _RANDOM.randbytes(length), _RANDOM.randbytes(min(length, 64))
        assert hashing.sha256(message) == hashlib.sha256(message).digest()
        assert hashing.hmac(key, message) == hmac.digest(key, message, "sha256")


def _private(scalar: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(scalar, ec.SECP256R1())


_SCALARS = [1, 2, 3, N - 1, N - 2, N // 2, 2**128, *(_RANDOM.randrange(1, N) for _ in range(5))]


def test_points() -> None:
    for scalar in _SCALARS:
        public = _private(scalar).public_key().public_numbers()
        assert reference.multiply(scalar, G) == (public.x, public.y)
    assert reference.multiply(N, G) is None
    assert reference.add(None, G) == reference.add(G, None) == reference.multiply(N + 1, G) == G


def test_signatures_are_made_and_accepted_as_by_openssl() -> None:
    messages = [_RANDOM.randbytes(length) for length in range(len(_SCALARS))]
    digests = [int.from_bytes(hashing.sha256(message), "big") for message in messages]
    nonces = [reference.nonce(*pair) for pair in zip(_SCALARS, digests, strict=True)]
    r, s, sure = reference.sign(words_of(nonces), words_of(_SCALARS), words_of(digests))
    assert sure.all()
    algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    made = [_private(key).sign(message, algorithm) for key, message in zip(_SCALARS, messages, strict=True)]
    assert list(map(encode_dss_signature, numbers(r), numbers(s))) == made
    points = [reference.multiply(scalar, G) for scalar in _SCALARS]
    others = [
        _private(key).sign(message, ec.ECDSA(hashes.SHA256())) for key, message in zip(_SCALARS, messages, strict=True)
    ]
    pairs = [decode_dss_signature(signature) for signature in others]
    r, s = (words_of([pair[i] for pair in pairs]) for i in (0, 1))
    assert reference.verify(points, r, s, words_of(digests)).all()
    assert not reference.verify(points, r, s, words_of([digest ^ 1 for digest in digests])).any()


def test_shared_secrets() -> None:
    peer = _private(_RANDOM.randrange(1, N)).public_key()
    point = peer.public_numbers().x, peer.public_numbers().y
    wanted = [_private(scalar).exchange(ec.ECDH(), peer) for scalar in _SCALARS]
    found = numbers(reference.agree(point, words_of(_SCALARS)))
    assert [secret.to_bytes(32, "big") for secret in found] == wanted


def test_words_and_numbers_are_inverse() -> None:
    values = [0, 1, 2**64, 2**256 - 1, N]
    assert list(numbers(words_of(values))) == values
    assert words_of(values).dtype == np.uint64
