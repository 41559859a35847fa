"""Revocation lists, made here and read by openssl, and the other way round."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gbcs.roles import KeyUse, RemotePartyRole
from smki.authority import TestAuthority
from smki.errors import RevocationListError
from smki.revocation import Reason, Revocation, RevocationList
from tests.smki.conftest import NOW, SUPPLIER

LIFETIME = timedelta(days=1)
REVOCATIONS = {0x1234: Revocation(NOW, Reason.KEY_COMPROMISE), 1 << 126: Revocation(NOW, Reason.UNSPECIFIED)}


@pytest.fixture(scope="module")
def listed(authority: TestAuthority) -> RevocationList:
    return authority.revocation_list(authority.organisation_ca, REVOCATIONS.items(), number=300, lifetime=LIFETIME)


def test_a_list_says_who_was_revoked_when_and_why(authority: TestAuthority, listed: RevocationList) -> None:
    assert listed.revocations == REVOCATIONS
    assert (listed.number, listed.this_update, listed.next_update) == (300, NOW, NOW + LIFETIME)
    assert listed.authority_key_identifier == authority.organisation_ca.certificate.subject_key_identifier
    assert listed.is_of(authority.organisation_ca.certificate)
    assert not listed.is_of(authority.root.certificate)
    assert RevocationList.load(listed.to_pem()).der == listed.der
    again = authority.revocation_list(authority.organisation_ca, REVOCATIONS.items(), number=300, lifetime=LIFETIME)
    assert again.der == listed.der
    assert [listed.is_current_at(at) for at in (NOW, NOW + LIFETIME)] == [True, True]
    second = timedelta(seconds=1)
    assert not any(listed.is_current_at(at) for at in (NOW - second, NOW + LIFETIME + second))


def test_openssl_reads_and_obeys_it(authority: TestAuthority, openssl: Callable[..., str], tmp_path: Path) -> None:
    issuing = authority.organisation_ca
    leaf = authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS).certificate
    for name, octets in (("root", authority.root.certificate), ("ca", issuing.certificate), ("leaf", leaf)):
        (tmp_path / f"{name}.pem").write_bytes(octets.to_pem())
    arl = authority.revocation_list(authority.root, (), number=1, lifetime=LIFETIME)
    arguments = ("verify", "-crl_check_all", "-attime", str(int(NOW.timestamp()) + 60))
    files = ("-CAfile", tmp_path / "root.pem", "-untrusted", tmp_path / "ca.pem", "-CRLfile", tmp_path / "lists.pem")
    for revoked, answer in (((), "leaf.pem: OK"), (((leaf.serial, REVOCATIONS[0x1234]),), "certificate revoked")):
        crl = authority.revocation_list(issuing, revoked, number=2, lifetime=LIFETIME)
        (tmp_path / "lists.pem").write_bytes(crl.to_pem() + arl.to_pem())
        assert answer in openssl(*arguments, *files, tmp_path / "leaf.pem")
    (tmp_path / "crl.pem").write_bytes(crl.to_pem())
    text = openssl("crl", "-in", tmp_path / "crl.pem", "-noout", "-text", "-CAfile", tmp_path / "ca.pem")
    assert "verify OK" in text
    assert "X509v3 CRL Number:" in text
    assert "Key Compromise" in text
    assert f"{leaf.serial:032X}" in text


def test_what_openssl_lists_is_read_here(authority: TestAuthority, openssl: Callable[..., str], tmp_path: Path) -> None:
    issuing = authority.organisation_ca
    (tmp_path / "ca.pem").write_bytes(issuing.certificate.to_pem())
    (tmp_path / "ca.key").write_bytes(
        issuing.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (tmp_path / "index.txt").write_text("R\t360101000000Z\t260314120000Z,keyCompromise\t0ABC\tunknown\t/OU=02\n")
    (tmp_path / "number").write_text("0F\n")
    (tmp_path / "config").write_text(
        f"[ca]\ndefault_ca=a\n[a]\ndatabase={tmp_path}/index.txt\ncrlnumber={tmp_path}/number\ndefault_md=sha256\n"
        "default_crl_days=1\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n"
    )
    out = tmp_path / "crl.pem"
    openssl("ca", "-gencrl", "-config", tmp_path / "config", "-keyfile", tmp_path / "ca.key", "-cert",
            tmp_path / "ca.pem", "-out", out)  # fmt: skip
    listed = RevocationList.load(out.read_bytes())
    since = datetime(2026, 3, 14, 12, tzinfo=UTC)
    assert listed.revocations == {0xABC: Revocation(since, Reason.KEY_COMPROMISE)}
    assert listed.number == 15
    assert listed.is_of(issuing.certificate)


def test_sizes_are_bounded() -> None:
    with pytest.raises(RevocationListError, match="too many"):
        RevocationList.load(bytes((1 << 24) + 1))
