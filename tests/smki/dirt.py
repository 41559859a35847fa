"""Certificates as they should not be."""

from __future__ import annotations

from asn1crypto import core, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import Name

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


def with_subject(certificate: Certificate, issuer: Issued, subject: Name) -> bytes:
    """The certificate, signed again, with another subject."""
    structure = x509.Certificate.load(certificate.der)
    structure["tbs_certificate"]["subject"] = x509.Name.load(subject.public_bytes())
    return _signed(structure, issuer)


def with_key_usage(certificate: Certificate, issuer: Issued, usage: set[str]) -> bytes:
    """The certificate, signed again, with another key usage."""
    structure = x509.Certificate.load(certificate.der)
    for extension in structure["tbs_certificate"]["extensions"]:
        if extension["extn_id"].native == "key_usage":
            extension["extn_value"] = core.ParsableOctetString(x509.KeyUsage(usage).dump())
    return _signed(structure, issuer)


def with_extension(certificate: Certificate, issuer: Issued, oid: str, value: str) -> bytes:
    """The certificate, signed again, with a critical extension of this content, in place of any that it had."""
    structure = x509.Certificate.load(certificate.der)
    extensions = [item for item in structure["tbs_certificate"]["extensions"] if item["extn_id"].dotted != oid]
    content = core.OctetString(bytes.fromhex(value)).dump()
    body = core.ObjectIdentifier(oid).dump() + core.Boolean(True).dump() + content
    extensions.append(x509.Extension.load(bytes((0x30, len(body))) + body))
    structure["tbs_certificate"]["extensions"] = x509.Extensions(extensions)
    return _signed(structure, issuer)


def without_extension(certificate: Certificate, issuer: Issued, name: str) -> bytes:
    """The certificate, signed again, without an extension."""
    structure = x509.Certificate.load(certificate.der)
    kept = [item for item in structure["tbs_certificate"]["extensions"] if item["extn_id"].native != name]
    structure["tbs_certificate"]["extensions"] = x509.Extensions(kept)
    return _signed(structure, issuer)


def _signed(structure: x509.Certificate, issuer: Issued) -> bytes:
    octets: bytes = structure["tbs_certificate"].dump(force=True)
    structure["signature_value"] = issuer.private_key.sign(octets, ec.ECDSA(hashes.SHA256()))
    der: bytes = structure.dump(force=True)
    return der
