"""One message at a time: what a rig pays for decoding, MACing and signing, beside the bare cryptography below it.

Run with `make bench`; compare the rows of one run with each other, not with another machine's.
"""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_benchmark.fixture import BenchmarkFixture

from gbcs.decoding import decode
from gbcs.message import Message
from gbcs.security.category import Category
from gbcs.security.protection import add_mac, protect, sign, verify
from gbcs.usecases.catalogue import USE_CASES
from tests.gbcs.keys import METER, SUPPLIER, MemoryKeys


@pytest.fixture(scope="module")
def keys() -> MemoryKeys:
    return MemoryKeys()


@pytest.fixture(scope="module")
def arm(keys: MemoryKeys) -> Message:
    return protect(USE_CASES["ECS44"].command(SUPPLIER, METER, 1000), Category.CRITICAL, keys)


def test_frame(benchmark: BenchmarkFixture, arm: Message) -> None:
    octets = arm.encode()
    assert benchmark(Message.decode, octets) == arm


def test_decode_without_keys(benchmark: BenchmarkFixture, arm: Message) -> None:
    octets = arm.encode()
    assert benchmark(decode, octets).message == arm


def test_verify_signature_and_mac(benchmark: BenchmarkFixture, arm: Message, keys: MemoryKeys) -> None:
    benchmark(verify, arm, Category.CRITICAL, keys)


def test_add_mac(benchmark: BenchmarkFixture, arm: Message, keys: MemoryKeys) -> None:
    assert benchmark(add_mac, arm, Category.CRITICAL, keys) == arm


def test_sign(benchmark: BenchmarkFixture, arm: Message, keys: MemoryKeys) -> None:
    assert benchmark(sign, arm, keys).signature


def test_baseline_ecdsa_sign(benchmark: BenchmarkFixture, arm: Message) -> None:
    key, octets = ec.generate_private_key(ec.SECP256R1()), arm.signed_octets()
    assert benchmark(key.sign, octets, ec.ECDSA(hashes.SHA256()))


def test_baseline_sha256(benchmark: BenchmarkFixture, arm: Message) -> None:
    assert benchmark(lambda octets: hashlib.sha256(octets).digest(), arm.encode())
