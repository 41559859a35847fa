"""The doors of the SMKI: certificates, requests, revocation lists, keystores and documents of strangers."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509

from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, RemotePartyRole
from smki import building, storage
from smki.authority import TestAuthority
from smki.certificate import Certificate
from smki.chain import verify
from smki.conformity import deviations
from smki.errors import SmkiError
from smki.registration import Registry
from smki.request import CertificateRequest
from smki.revocation import Reason, Revocation, RevocationList
from smki.services.documents import batch_requests, parse, render

_NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
_PARTY, _DEVICE = (Eui64.parse(f"00-00-5E-EF-10-00-00-0{digit}") for digit in (2, 9))


@cache
def _authority() -> TestAuthority:
    return TestAuthority.create(_NOW, random.Random(1))


def certificate(octets: bytes) -> None:
    """Reads, judges and verifies."""
    authority = _authority()
    roots = [authority.root.certificate, authority.device_root.certificate]
    try:
        read = Certificate.load(octets)
        assert str(read)
        assert all(map(str, deviations(read)))
        verify(read, roots, _NOW, authority.certificates())
    except SmkiError:
        return
    assert Certificate.load(read.to_pem()) == read


@cache
def certificates() -> list[bytes]:
    """One of each kind."""
    authority = _authority()
    issued = (
        authority.root,
        authority.device_ca,
        authority.issue_organisation(_PARTY, RemotePartyRole.XML_SIGN, KeyUse.DS, common_name="RIG"),
        authority.issue_device(_DEVICE, KeyUse.KA),
    )
    return [each.certificate.der for each in issued]


def request(octets: bytes) -> None:
    """Reads a certification request."""
    try:
        read = CertificateRequest.load(octets)
    except SmkiError:
        return
    assert CertificateRequest.load(read.to_pem()) == read


@cache
def requests() -> list[bytes]:
    """Of an organisation and of a device."""
    key = _authority().root.private_key
    subject = building.organisation_subject(_PARTY, RemotePartyRole.SUPPLIER, "RIG")
    return [
        building.build_request(key, subject=subject, device=None, use=KeyUse.DS),
        building.build_request(key, subject=x509.Name([]), device=_DEVICE, use=KeyUse.KA),
    ]


def revocation_list(octets: bytes) -> None:
    """Reads a list and checks whose it is."""
    try:
        read = RevocationList.load(octets)
    except SmkiError:
        return
    read.is_of(_authority().organisation_ca.certificate)


@cache
def revocation_lists() -> list[bytes]:
    """One that is empty, and one that is not."""
    authority = _authority()
    entries = [(number, Revocation(_NOW, reason)) for number, reason in enumerate(Reason, 1)]
    day = timedelta(days=1)
    return [
        authority.revocation_list(authority.organisation_ca, revoked, number=1, lifetime=day).der
        for revoked in ((), entries)
    ]


def keystore(octets: bytes) -> None:
    """Reads a file of keys, whichever kind it is."""
    for name in ("file.pem", "file.p12"):
        try:
            storage.read_octets(name, octets)
        except SmkiError:
            continue


@cache
def keystores() -> list[bytes]:
    """PEM and JSON."""
    text = Certificate.load(certificates()[2]).to_pem()
    held = {_PARTY.hex(): {"digitalSignature": {"1": {"certificate": text.decode(), "name": "x-ds", "role": 135}}}}
    return [text, json.dumps(held).encode()]


def documents(octets: bytes) -> None:
    """Reads what the services are sent, and the registry."""
    with suppress(SmkiError):
        assert batch_requests(parse(octets, "SubmitCSRBatch"))
    try:
        registry = Registry.from_json(octets)
    except SmkiError:
        return
    assert Registry.from_json(registry.to_json()).parties == registry.parties


@cache
def document_texts() -> list[bytes]:
    """A batch and a registry."""
    party = {"api_key": "x", "roles": ["xmlSign"], "ranges": [[str(_PARTY), str(_PARTY)]], "devices": True}
    return [
        render("SubmitCSRBatch", [("Version", "1.0"), ("DeviceCSR", "AAAA", "x")], "urn:x", "b"),
        json.dumps({"supplier": party}).encode(),
    ]
