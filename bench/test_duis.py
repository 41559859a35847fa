"""DUIS documents beside what a user would pick instead: signxml, and python-xmlsec where it is installed.

Run with `make bench`; the figures in brackets are the ratios within a group. signxml cannot make the DUIS profile (it
adds a transform), so it signs in the nearest form that it has. Everything is on one core and with OpenSSL's ECDSA, but
for the rows that name the kernels.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import cycle
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import load_der_x509_certificate
from lxml import etree
from pytest_benchmark.fixture import BenchmarkFixture
from signxml import DigestAlgorithm, SignatureConfiguration, SignatureMethod, XMLSigner, XMLVerifier

from duis import templates
from duis.document import parse
from duis.signature import SerialSigner, Verifier, sign, sign_many
from gbcs.bulk import BulkSigner, TestKey
from gbcs.roles import KeyUse, RemotePartyRole
from gbcs.security.ecc import SoftwareSigner
from smki.authority import Issued, TestAuthority
from smki.keystore import Keystore

try:
    import xmlsec
except ImportError:
    xmlsec = None

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
#: Requests as they are sent most, from a read without parameters to a tariff.
SERVICES = ("4.1.1", "4.8.1", "3.1", "6.11", "7.3", "2.2", "8.11", "11.2", "4.6.1", "1.1.1")
MANY = 10_000
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"

one_by_one = pytest.mark.benchmark(group="sign one document")
verifying = pytest.mark.benchmark(group="verify one document")
in_bulk = pytest.mark.benchmark(group=f"sign {MANY} documents")
reading = pytest.mark.benchmark(group="read one document")
needs_xmlsec = pytest.mark.skipif(xmlsec is None, reason="python-xmlsec is not installed")


@pytest.fixture(scope="module")
def authority() -> TestAuthority:
    return TestAuthority.create(NOW, random.Random(1))


@pytest.fixture(scope="module")
def user(authority: TestAuthority) -> Issued:
    return authority.issue_organisation(templates.ORIGINATOR, RemotePartyRole.XML_SIGN, KeyUse.DS)


@pytest.fixture(scope="module")
def keys(authority: TestAuthority, user: Issued) -> Keystore:
    keystore = Keystore()
    for issued in (user, authority.root, authority.organisation_ca):
        keystore.add(issued.certificate)
    return keystore


@pytest.fixture(scope="module")
def documents() -> list[bytes]:
    return [templates.request(service, NOW).to_xml() for service in SERVICES]


@pytest.fixture(scope="module")
def signed(documents: list[bytes], user: Issued) -> list[bytes]:
    signer = SoftwareSigner(user.private_key)
    return [sign(document, signer, user.certificate) for document in documents]


def each(benchmark: BenchmarkFixture, work: Callable[[bytes], Any], documents: list[bytes]) -> None:
    """One document a round, in turn; a fair mix of all."""
    turns = cycle(documents)
    assert benchmark.pedantic(lambda: work(next(turns)), rounds=20, iterations=10 * len(documents), warmup_rounds=2)


def by_signxml(user: Issued) -> Callable[[bytes], bytes]:
    signer = XMLSigner(signature_algorithm="ecdsa-sha256", digest_algorithm="sha256", c14n_algorithm=EXCLUSIVE)
    certificates = [load_der_x509_certificate(user.certificate.der)]
    return lambda document: etree.tostring(
        signer.sign(etree.fromstring(document), key=user.private_key, cert=certificates)
    )


def by_xmlsec(user: Issued) -> Callable[[bytes], bytes]:
    pem = user.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem)

    def work(document: bytes) -> bytes:
        root = etree.fromstring(document)
        signature = xmlsec.template.create(
            root, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformEcdsaSha256, ns="ds"
        )
        reference = xmlsec.template.add_reference(signature, xmlsec.constants.TransformSha256, uri="")
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
        data = xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature))
        xmlsec.template.x509_data_add_issuer_serial(data)
        root.append(signature)
        context = xmlsec.SignatureContext()
        context.key = key
        context.sign(signature)
        return etree.tostring(root)

    return work


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


@in_bulk
def test_sign_many(benchmark: BenchmarkFixture, documents: list[bytes], user: Issued) -> None:
    many = documents * (MANY // len(documents))
    signer = SerialSigner(SoftwareSigner(user.private_key))
    assert len(benchmark.pedantic(sign_many, (many, signer, user.certificate), rounds=10, warmup_rounds=1)) == MANY


@in_bulk
@pytest.mark.parametrize("threads", [1, 2])
def test_sign_many_by_kernels(benchmark: BenchmarkFixture, documents: list[bytes], user: Issued, threads: int) -> None:
    many, signer = documents * (MANY // len(documents)), BulkSigner(TestKey(user.private_key), threads=threads)
    assert len(benchmark.pedantic(sign_many, (many, signer, user.certificate), rounds=10, warmup_rounds=1)) == MANY


@in_bulk
def test_sign_many_without_the_ecdsa(benchmark: BenchmarkFixture, documents: list[bytes], user: Issued) -> None:
    """What is left for a faster signer to be measured against."""

    class Nothing:
        def sign_many(self, messages: list[bytes]) -> list[bytes]:
            return [bytes(64)] * len(messages)

    many = documents * (MANY // len(documents))
    assert len(benchmark.pedantic(sign_many, (many, Nothing(), user.certificate), rounds=10, warmup_rounds=1)) == MANY


@in_bulk
def test_sign_many_by_signxml(benchmark: BenchmarkFixture, documents: list[bytes], user: Issued) -> None:
    many, work = documents * (MANY // len(documents)), by_signxml(user)
    assert len(benchmark.pedantic(lambda: list(map(work, many)), rounds=5, warmup_rounds=1)) == MANY


@in_bulk
@needs_xmlsec
def test_sign_many_by_xmlsec(benchmark: BenchmarkFixture, documents: list[bytes], user: Issued) -> None:
    many, work = documents * (MANY // len(documents)), by_xmlsec(user)
    assert len(benchmark.pedantic(lambda: list(map(work, many)), rounds=5, warmup_rounds=1)) == MANY


@reading
def test_parse_and_check(benchmark: BenchmarkFixture, documents: list[bytes]) -> None:
    each(benchmark, parse, documents)
