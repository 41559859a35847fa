"""`sign_many` and `verify_many`: what OpenSSL makes and accepts, for every size of batch."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from gbcs.bulk import BulkSigner, Column, KeyTable, TestKey, sign_many, verify_many
from gbcs.bulk import signatures as signatures_module
from gbcs.errors import ArrayError, SecurityError
from gbcs.kernels.curve import N
from gbcs.security.ecc import signature_is_valid

_RANDOM = random.Random(6979)
_DETERMINISTIC = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
_KEYS = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]


def _by_openssl(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(message, _DETERMINISTIC))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _messages(count: int) -> list[bytes]:
    return [_RANDOM.randbytes(_RANDOM.randrange(300)) for _ in range(count)]


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8, 9, 15, 16, 17, 63, 255, 511, 513, 1000])
def test_signatures_are_the_ones_that_openssl_makes(count: int) -> None:
    messages = _messages(count)
    signatures = sign_many(TestKey(_KEYS[0]), messages)
    np.testing.assert_array_equal(sign_many(TestKey(_KEYS[0]), Column.of(messages)), signatures)
    np.testing.assert_array_equal(sign_many(TestKey(_KEYS[0]), map(bytearray, messages)), signatures)
    assert [s.tobytes() for s in signatures] == [_by_openssl(_KEYS[0], m) for m in messages]
    assert verify_many(_KEYS[0].public_key(), signatures, messages).all()


@pytest.mark.parametrize("access", ["uniform", "indexed"])
@pytest.mark.parametrize("threads", [1, 2])
def test_many_keys_digests_access_and_threads_change_nothing(access: str, threads: int) -> None:
    messages = _messages(600)
    keys = [_KEYS[i % 3] for i in range(600)]
    wanted = [_by_openssl(key, message) for key, message in zip(keys, messages, strict=True)]
    digests = [hashes.Hash(hashes.SHA256()) for _ in messages]
    for digest, message in zip(digests, messages, strict=True):
        digest.update(message)
    marked = [TestKey(key) for key in _KEYS]
    made = sign_many(
        [marked[i % 3] for i in range(600)],
        digests=[digest.finalize() for digest in digests],
        access=access,  # type: ignore[arg-type]
        threads=threads,
    )
    assert [s.tobytes() for s in made] == wanted


@pytest.mark.parametrize("count", [0, 2, 33])
def test_a_signer_of_batches(count: int) -> None:
    messages = _messages(count)
    assert BulkSigner(TestKey(_KEYS[0])).sign_many(messages) == [_by_openssl(_KEYS[0], m) for m in messages]


@pytest.mark.parametrize("count", [3, 40])
def test_nonces_of_the_operating_system_differ_each_time(count: int) -> None:
    messages = [b"the same"] * count
    signatures = sign_many(TestKey(_KEYS[0]), messages, nonces="os")
    assert len({s.tobytes()[:32] for s in signatures}) == count
    assert all(signature_is_valid(_KEYS[0].public_key(), s.tobytes(), b"the same") for s in signatures)


def test_repeated_messages_have_the_same_signature() -> None:
    signatures = sign_many(TestKey(_KEYS[0]), [b"the same"] * 33)
    assert {s.tobytes() for s in signatures} == {_by_openssl(_KEYS[0], b"the same")}


def test_items_that_the_kernels_do_not_cover_are_signed_by_openssl(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first candidate for the nonce out of range comes once in 2^32; here two are said to be."""
    found = signatures_module._nonces

    def nonces(*arguments: Any) -> Any:
        words, valid = found(*arguments)
        words[:, [3, 18]], valid[[3, 18]] = words[:, :1], False
        return words, valid

    monkeypatch.setattr(signatures_module, "_nonces", nonces)
    messages = _messages(40)
    assert [s.tobytes() for s in sign_many(TestKey(_KEYS[0]), messages)] == [_by_openssl(_KEYS[0], m) for m in messages]


def test_keys_that_are_not_marked_do_not_sign() -> None:
    marked: Sequence[TestKey]
    for marked in (_KEYS[0], [TestKey(_KEYS[0]), _KEYS[1]]):  # type: ignore[assignment]
        with pytest.raises(SecurityError, match="not marked as a test key"):
            sign_many(marked, [b"", b""])
    with pytest.raises(SecurityError, match="P-256"):
        TestKey(ec.generate_private_key(ec.SECP384R1()))
    assert repr(TestKey(_KEYS[0])) == "TestKey(…)"


def test_arguments_that_do_not_fit_are_refused_with_what_is_wanted() -> None:
    key, public = TestKey(_KEYS[0]), _KEYS[0].public_key()
    with pytest.raises(ArrayError, match="32 octets"):
        sign_many(key, digests=[b"short"])
    with pytest.raises(ArrayError, match=r"not float64 of shape \(2, 32\)"):
        sign_many(key, digests=np.zeros((2, 32)))  # type: ignore[arg-type]
    with pytest.raises(ArrayError, match="one for each of 3 messages"):
        sign_many([key, key], _messages(3))
    for messages in (b"message", ["text"], ["text"] * 40, [b"", None], np.zeros((2, 3))):
        with pytest.raises(ArrayError, match="octet strings"):
            sign_many(key, messages)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="either messages or digests"):
        sign_many(key)
    with pytest.raises(ArrayError, match="2 × 64"):
        verify_many(public, np.zeros((2, 63), np.uint8), _messages(2))
    with pytest.raises(ArrayError, match="numbers of 1 keys"):
        verify_many(KeyTable([public]), np.zeros((2, 64), np.uint8), _messages(2), which=np.array([0, 1]))
    with pytest.raises(ArrayError, match="offsets"):
        Column(np.zeros(3, np.uint8), np.array([0, 4]))


def _damages() -> list[tuple[str, bytes]]:
    """Signatures that no verifier may accept, the cases of Wycheproof's ecdsa_secp256r1 tests among them."""
    good = _by_openssl(_KEYS[0], b"message")
    r, s = int.from_bytes(good[:32], "big"), int.from_bytes(good[32:], "big")

    def pair(r: int, s: int) -> bytes:
        return (r % 2**256).to_bytes(32, "big") + (s % 2**256).to_bytes(32, "big")

    edges = (0, 1, N - 1, N, N + 1, 2**256 - 1, 2**255)
    return [
        *((f"r = {edge:x}", pair(edge, s)) for edge in edges),
        *((f"s = {edge:x}", pair(r, edge)) for edge in edges),
        *((f"r = s = {edge:x}", pair(edge, edge)) for edge in edges),
        ("swapped", pair(s, r)),
        ("r + n", pair(r + N, s)),
        ("s + n", pair(r, s + N)),
        ("-r", pair(-r, s)),
        ("n - r", pair(N - r, s)),
        *((f"bit {bit}", (int.from_bytes(good, "big") ^ 1 << bit).to_bytes(64, "big")) for bit in range(0, 512, 37)),
        ("empty", b""),
        ("short", good[:-1]),
        ("long", good + b"\0"),
    ]


def test_bad_signatures_are_found_and_spoil_no_other() -> None:
    bad = [signature for _, signature in _damages()]
    good = _by_openssl(_KEYS[0], b"message")
    signatures = [s for damaged in bad for s in (good, damaged)]
    public = _KEYS[0].public_key()
    valid = verify_many(public, signatures, [b"message"] * len(signatures))
    assert valid[::2].all()
    names = [name for (name, _), accepted in zip(_damages(), valid[1::2], strict=True) if accepted]
    assert not names
    assert not any(signature_is_valid(public, damaged, b"message") for damaged in bad)


def test_the_other_s_is_accepted_as_openssl_accepts_it() -> None:
    good = _by_openssl(_KEYS[0], b"message")
    other = good[:32] + (N - int.from_bytes(good[32:], "big")).to_bytes(32, "big")
    assert signature_is_valid(_KEYS[0].public_key(), other, b"message")
    assert verify_many(_KEYS[0].public_key(), [other] * 32, [b"message"] * 32).all()


def test_a_table_of_keys_and_a_list_of_keys_say_the_same() -> None:
    messages = _messages(90)
    which = np.array([_RANDOM.randrange(3) for _ in messages])
    signatures = sign_many([TestKey(_KEYS[i]) for i in which], messages)
    signatures[40, 7] ^= 1
    publics = [key.public_key() for key in _KEYS]
    wanted = np.arange(90) != 40
    np.testing.assert_array_equal(verify_many(KeyTable(publics), signatures, messages, which=which), wanted)
    np.testing.assert_array_equal(verify_many([publics[i] for i in which], signatures, messages), wanted)
    np.testing.assert_array_equal(verify_many(publics[0], signatures, messages)[which != 0], [False] * sum(which != 0))


def test_exceptional_signatures_are_left_to_openssl() -> None:
    """A digest of zero makes u1 = 0, for which the kernels' formulas do not hold."""
    key = ec.derive_private_key(7, ec.SECP256R1())
    digests = [bytes(32)] * 20 + [os.urandom(32) for _ in range(20)]
    signatures = sign_many(TestKey(key), digests=digests)
    assert verify_many(KeyTable([key.public_key()]), signatures, digests=digests).all()
