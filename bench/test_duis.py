"""DUIS documents beside what a user would pick instead: signxml, and python-xmlsec where it is installed.

Run with `make bench`; the figures in brackets are the ratios within a group. signxml cannot make the DUIS profile (it
adds a transform), so it signs in the nearest form that it has. Everything is on one core and with OpenSSL's ECDSA;
`bench.ratios` has the rows of signing in bulk.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from signxml import DigestAlgorithm, SignatureConfiguration, SignatureMethod, XMLVerifier

from bench.documents import HAS_XMLSEC, NOW, by_signxml, by_xmlsec, issue_user, make_authority, make_documents
from bench.size import size
from duis.document import parse
from duis.signature import Verifier, sign
from gbcs.security.ecc import SoftwareSigner
from smki.authority import Issued, TestAuthority
from smki.keystore import Keystore

one_by_one = pytest.mark.benchmark(group="sign one document")
verifying = pytest.mark.benchmark(group="verify one document")
reading = pytest.mark.benchmark(group="read one document")
needs_xmlsec = pytest.mark.skipif(not HAS_XMLSEC, reason="python-xmlsec is not installed")


@pytest.fixture(scope="module")
def authority() -> TestAuthority:
    return make_authority()


@pytest.fixture(scope="module")
def user(authority: TestAuthority) -> Issued:
    return issue_user(authority)


@pytest.fixture(scope="module")
def keys(authority: TestAuthority, user: Issued) -> Keystore:
    keystore = Keystore()
    for issued in (user, authority.root, authority.organisation_ca):
        keystore.add(issued.certificate)
    return keystore


@pytest.fixture(scope="module")
def documents() -> list[bytes]:
    return make_documents()


@pytest.fixture(scope="module")
def signed(documents: list[bytes], user: Issued) -> list[bytes]:
    signer = SoftwareSigner(user.private_key)
    return [sign(document, signer, user.certificate) for document in documents]


def each(benchmark: BenchmarkFixture, work: Callable[[bytes], Any], documents: list[bytes]) -> None:
    """One document a round, in turn; a fair mix of all."""
    turns = cycle(documents)
    rounds, times, warmup = size((20, 10, 2), (1, 1, 0))
    assert benchmark.pedantic(
        lambda: work(next(turns)), rounds=rounds, iterations=times * len(documents), warmup_rounds=warmup
    )


@one_by_one
def test_sign(benchmark: BenchmarkFixture, documents: list[bytes], user: Issued) -> None:
    signer = SoftwareSigner(user.private_key)
    each(benchmark, lambda document: sign(document, signer, user.certificate), documents)


@one_by_one
def test_sign_by_signxml(benchmark: BenchmarkFixture, documents: list[bytes], user: Issued) -> None:
    each(benchmark, by_signxml(user), documents)


@one_by_one
@needs_xmlsec
def test_sign_by_xmlsec(benchmark: BenchmarkFixture, documents: list[bytes], user: Issued) -> None:
    each(benchmark, by_xmlsec(user), documents)


@one_by_one
def test_baseline_ecdsa_sign(benchmark: BenchmarkFixture, documents: list[bytes], user: Issued) -> None:
    each(benchmark, SoftwareSigner(user.private_key).sign, documents)


@verifying
def test_verify_with_chain_role_and_originator(
    benchmark: BenchmarkFixture, signed: list[bytes], keys: Keystore
) -> None:
    verifier = Verifier.of(keys)
    each(benchmark, lambda document: verifier.verify(document, NOW), signed)


@verifying
def test_verify_by_signxml(benchmark: BenchmarkFixture, signed: list[bytes], user: Issued) -> None:
    config = SignatureConfiguration(
        location="./",
        signature_methods=frozenset({SignatureMethod.ECDSA_SHA256}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
        verification_time=NOW,
    )
    certificate, verifier = user.certificate.to_pem().decode(), XMLVerifier()
    each(benchmark, lambda document: verifier.verify(document, x509_cert=certificate, expect_config=config), signed)


@reading
def test_parse_and_check(benchmark: BenchmarkFixture, documents: list[bytes]) -> None:
    each(benchmark, parse, documents)
