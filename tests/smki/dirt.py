"""Certificates as they should not be."""

from __future__ import annotations

from asn1crypto import core, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from smki.authority import Issued
from smki.certificate import Certificate


def with_null_parameters(certificate: Certificate, issuer: Issued) -> bytes:
    """The certificate, signed again, with NULL where ecdsa-with-SHA256 has nothing."""
    structure = x509.Certificate.load(certificate.der)
    for algorithm in (structure["signature_algorithm"], structure["tbs_certificate"]["signature"]):
        algorithm["parameters"] = core.Null()
    return _signed(structure, issuer)


def with_unit(certificate: Certificate, issuer: Issued, unit: str) -> bytes:
    """The certificate, signed again, with another OU in its subject."""
    structure = x509.Certificate.load(certificate.der)
    for rdn in structure["tbs_certificate"]["subject"].chosen:
        if rdn[0]["type"].native == "organizational_unit_name":
            rdn[0]["value"] = x509.DirectoryString(name="utf8_string", value=core.UTF8String(unit))
    return _signed(structure, issuer)


def with_key_usage(certificate: Certificate, issuer: Issued, usage: set[str]) -> bytes:
    """The certificate, signed again, with another key usage."""
    structure = x509.Certificate.load(certificate.der)
    for extension in structure["tbs_certificate"]["extensions"]:
        if extension["extn_id"].native == "key_usage":
            extension["extn_value"] = core.ParsableOctetString(x509.KeyUsage(usage).dump())
    return _signed(structure, issuer)


def _signed(structure: x509.Certificate, issuer: Issued) -> bytes:
    octets: bytes = structure["tbs_certificate"].dump(force=True)
    structure["signature_value"] = issuer.private_key.sign(octets, ec.ECDSA(hashes.SHA256()))
    der: bytes = structure.dump(force=True)
    return der
