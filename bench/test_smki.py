"""Certificates in bulk: a batched request from its XML to the stored answers, beside bare signatures.

Run with `make bench`; compare the rows of one run with each other, not with another machine's.
"""

from __future__ import annotations

import base64
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree
from pytest_benchmark.fixture import BenchmarkFixture

from bench.size import size
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse
from smki import building
from smki.authority import PARTIES, TestAuthority
from smki.certificate import Certificate
from smki.chain import verify
from smki.conformity import deviations
from smki.registration import registry_of
from smki.repository import Repository
from smki.services import documents
from smki.services.certification import CertificationService

NOW = datetime(2026, 3, 14, tzinfo=UTC)
COUNT = size(1000, 50)
REGISTRY = registry_of(PARTIES, random.Random(1))


@pytest.fixture(scope="module")
def authority() -> TestAuthority:
    return TestAuthority.create(NOW, random.Random(1))


@pytest.fixture(scope="module")
def batch() -> bytes:
    """A SubmitCSRBatch."""
    root = etree.Element("SubmitCSRBatch", ID="b")
    etree.SubElement(root, "Version").text = "1.0"
    for number in range(COUNT):
        key, device = ec.generate_private_key(ec.SECP256R1()), Eui64((0x5EEF20000000 + number).to_bytes(8, "big"))
        der = building.build_request(key, subject=x509.Name([]), device=device, use=KeyUse.DS)
        etree.SubElement(root, "DeviceCSR", ID=f"n{number}").text = base64.b64encode(der).decode()
    return etree.tostring(root)


def test_batch_of_1000_devices(
    benchmark: BenchmarkFixture, authority: TestAuthority, batch: bytes, tmp_path: Path
) -> None:
    def done(folder: int) -> bytes:
        party = REGISTRY.parties["manufacturer"]
        with Repository(tmp_path / f"{folder}.db") as repository:
            service = CertificationService(authority, repository)
            document = documents.parse(batch, "SubmitCSRBatch")
            number = service.submit(party, documents.batch_requests(document), NOW)
            while service.work([party], NOW, 20):
                pass
            return documents.render("CSRBatchResult", documents.batch_result(service.result(party, number, NOW)))

    folders = iter(range(100))
    answer = benchmark.pedantic(lambda: done(next(folders)), rounds=size(3, 1))
    assert answer.count(b"<Status>SUCCESS</Status>") == COUNT


def test_baseline_1000_signatures_and_verifications(benchmark: BenchmarkFixture) -> None:
    """What the cryptography of such a batch costs alone."""
    key, algorithm = ec.generate_private_key(ec.SECP256R1()), ec.ECDSA(hashes.SHA256())

    def done() -> None:
        for _ in range(COUNT):
            key.public_key().verify(key.sign(b"data", algorithm), b"data", algorithm)

    benchmark.pedantic(done, rounds=size(3, 1))


def test_read(benchmark: BenchmarkFixture, authority: TestAuthority) -> None:
    der = authority.issue_device(Eui64(bytes(8)), KeyUse.DS).certificate.der
    assert benchmark(Certificate.load, der).der == der


def test_baseline_read(benchmark: BenchmarkFixture, authority: TestAuthority) -> None:
    der = authority.issue_device(Eui64(bytes(8)), KeyUse.DS).certificate.der
    assert benchmark(x509.load_der_x509_certificate, der)


def test_verify_a_path(benchmark: BenchmarkFixture, authority: TestAuthority) -> None:
    leaf = authority.issue_device(Eui64(bytes(8)), KeyUse.DS).certificate
    root, issuing = authority.device_root.certificate, authority.device_ca.certificate
    assert len(benchmark(verify, leaf, [root], NOW, [issuing])) == 3


def test_profile_verdict(benchmark: BenchmarkFixture, authority: TestAuthority) -> None:
    leaf = authority.issue_device(Eui64(bytes(8)), KeyUse.DS).certificate
    assert benchmark(deviations, leaf) == ()
