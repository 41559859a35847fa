"""A contingency key that stands in a root's certificate, encrypted."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from smki import chain
from smki.authority import TestAuthority
from smki.certificate import Certificate
from smki.contingency import contingency_key, with_contingency_key
from smki.errors import CertificateError

NOW = datetime(2026, 3, 14, tzinfo=UTC)
AUTHORITY = TestAuthority.create(NOW, random.Random(3))
CONTINGENCY = ec.derive_private_key(11, ec.SECP256R1()).public_key()
SYMMETRIC_KEY = bytes(range(32))


@pytest.fixture(scope="module")
def root() -> Certificate:
    return with_contingency_key(AUTHORITY.root.certificate, AUTHORITY.root.private_key, CONTINGENCY, SYMMETRIC_KEY)


def test_it_is_found_by_who_has_the_symmetric_key(root: Certificate) -> None:
    assert contingency_key(root, SYMMETRIC_KEY) == CONTINGENCY
    chain.verify(AUTHORITY.organisation_ca.certificate, [root], NOW)


@pytest.mark.parametrize("key", [bytes(32), SYMMETRIC_KEY[:16], b""], ids=["another", "too short", "empty"])
def test_without_that_there_is_none(root: Certificate, key: bytes) -> None:
    with pytest.raises(CertificateError, match="symmetric key"):
        contingency_key(root, key)


def test_a_root_without_one_says_so() -> None:
    with pytest.raises(CertificateError, match="has no contingency key"):
        contingency_key(AUTHORITY.root.certificate, SYMMETRIC_KEY)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("608648016503040130", "608648016503040106"),
        ("608648016503040130", "6086480165030401b0"),
        ("608648016503040130", "608648016503040130"[:-2] + "08"),
    ],
    ids=["another algorithm", "no algorithm", "of another key length"],
)
def test_a_damaged_extension_is_told_of(root: Certificate, old: str, new: str) -> None:
    damaged = Certificate.load(root.der.replace(bytes.fromhex(old), bytes.fromhex(new)))
    assert damaged.der != root.der
    with pytest.raises(CertificateError):
        contingency_key(damaged, SYMMETRIC_KEY)
