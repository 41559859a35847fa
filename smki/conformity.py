"""Does a certificate have its profile? Every deviation, with the rule that it breaks.

Whether a deviation keeps anybody from relying on the certificate is another question: `smki.chain` answers that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from cryptography.x509.oid import ExtensionOID, NameOID, ObjectIdentifier

from gbcs.roles import KeyUse
from smki.building import extension_values, key_identifier, validity
from smki.certificate import Certificate
from smki.errors import CertificateError
from smki.profiles import CRITICAL, TEST_POLICIES, Part, Policies, Profile, profile_of
from smki.structure import BIT_STRING, GENERALIZED_TIME, UTC_TIME, Name, Structure

ECDSA_WITH_SHA256 = bytes.fromhex("300a 06082a8648ce3d040302")
ECDSA_WITH_NULL = bytes.fromhex("300c 06082a8648ce3d040302 0500")
_P256_HEAD = bytes.fromhex("3059 3013 06072a8648ce3d0201 06082a8648ce3d030107 034200 04")

# Where the rules stand.
_CERTIFICATE = "RFC 5280 4.1"
_ECDSA = "RFC 5758 3.2"
_KEY = "RFC 5480 2"
_TIME = "RFC 5280 4.1.2.5"
_POLICY = "SMKI Certificate Policy, certificate profiles"
_PERIOD = "SMKI Certificate Policy, validity; whole days as in the public test estates"
_OBSERVED = "as in the certificates of the public test estates"

_NAMES = {
    ExtensionOID.KEY_USAGE.dotted_string: "keyUsage",
    ExtensionOID.BASIC_CONSTRAINTS.dotted_string: "basicConstraints",
    ExtensionOID.CERTIFICATE_POLICIES.dotted_string: "certificatePolicies",
    ExtensionOID.SUBJECT_KEY_IDENTIFIER.dotted_string: "subjectKeyIdentifier",
    ExtensionOID.AUTHORITY_KEY_IDENTIFIER.dotted_string: "authorityKeyIdentifier",
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME.dotted_string: "subjectAltName",
    ExtensionOID.EXTENDED_KEY_USAGE.dotted_string: "extendedKeyUsage",
    ExtensionOID.CRL_DISTRIBUTION_POINTS.dotted_string: "cRLDistributionPoints",
    ExtensionOID.AUTHORITY_INFORMATION_ACCESS.dotted_string: "authorityInfoAccess",
    NameOID.COMMON_NAME.dotted_string: "CN",
    NameOID.ORGANIZATIONAL_UNIT_NAME.dotted_string: "OU",
    NameOID.X500_UNIQUE_IDENTIFIER.dotted_string: "uniqueIdentifier",
}
_TAGS = {0x03: "BIT STRING", 0x0C: "UTF8String", 0x13: "PrintableString", 0x14: "TeletexString", 0x16: "IA5String"}
_KEY_USAGE_NAMES = {KeyUse.DS: "digitalSignature", KeyUse.KA: "keyAgreement", None: "keyCertSign, cRLSign"}


class Deviation(NamedTuple):
    """One thing in which a certificate is not as its profile has it.

    Attributes:
        field: what deviates, e.g. ``serialNumber`` or ``extensions.keyUsage``.
        reason: what was found, and what belongs there.
        source: the rule.
    """

    field: str
    reason: str
    source: str

    def __str__(self) -> str:
        return f"{self.field}: {self.reason} ({self.source})"


def deviations(certificate: Certificate, policies: Policies = TEST_POLICIES) -> tuple[Deviation, ...]:
    """Every deviation from the profile that the certificate's kind and role ask for; empty if it has its profile."""
    try:
        structure = certificate.structure()
    except CertificateError as error:
        return (Deviation("encoding", str(error), "X.690 DER"),)
    profile = profile_of(certificate)
    if profile is None:
        role = "no role" if certificate.role_code is None else f"role {certificate.role_code}"
        return (Deviation("subject", f"{role} has no certificate profile of this kind", _POLICY),)
    return (
        *_outer(structure),
        *_name("issuer", structure.issuer, profile.issuer, _OBSERVED),
        *_name("subject", structure.subject, profile.subject, _POLICY),
        *_subject_values(certificate, profile),
        *_validity(certificate, structure, profile),
        *_extensions(certificate, structure, profile, policies),
    )


def _outer(structure: Structure) -> Iterator[Deviation]:
    if structure.version != 3:
        yield Deviation("version", f"{structure.version} where 3 belongs", _CERTIFICATE)
    serial = structure.serial
    if len(serial) != 16 or serial[0] & 0x80:
        sign = "negative" if serial[:1] and serial[0] & 0x80 else "positive"
        yield Deviation("serialNumber", f"{sign}, {len(serial)} octets where 16 positive ones belong", _POLICY)
    for name, algorithm in zip(("signature", "signatureAlgorithm"), structure.algorithms, strict=True):
        if algorithm == ECDSA_WITH_NULL:
            yield Deviation(name, "NULL parameters where ecdsa-with-SHA256 has none", _ECDSA)
        elif algorithm != ECDSA_WITH_SHA256:
            yield Deviation(name, f"{algorithm.hex()} is not ecdsa-with-SHA256", _ECDSA)
    if not structure.key.startswith(_P256_HEAD):
        yield Deviation("subjectPublicKeyInfo", "not an uncompressed point of the named curve P-256", _KEY)


def _name(field: str, name: Name, parts: tuple[Part, ...], source: str) -> Iterator[Deviation]:
    if any(len(rdn) != 1 for rdn in name):
        yield Deviation(field, "several attributes in one RelativeDistinguishedName", source)
        return
    found = [rdn[0] for rdn in name]
    present = {attribute.oid for attribute in found}
    wanted = [part for part in parts if not part.optional or part.oid.dotted_string in present]
    if [attribute.oid for attribute in found] != [part.oid.dotted_string for part in wanted]:
        shown = ", ".join(_NAMES.get(attribute.oid, attribute.oid) for attribute in found) or "nothing"
        meant = ", ".join(_NAMES[part.oid.dotted_string] + " if any" * part.optional for part in parts) or "nothing"
        yield Deviation(field, f"consists of {shown} where {meant} belongs", source)
        return
    for attribute, part in zip(found, wanted, strict=True):
        if attribute.tag != part.tag:
            shown = _TAGS.get(attribute.tag, f"tag {attribute.tag:02x}")
            yield Deviation(f"{field}.{_NAMES[attribute.oid]}", f"{shown} where {_TAGS[part.tag]} belongs", source)


def _subject_values(certificate: Certificate, profile: Profile) -> Iterator[Deviation]:
    for rdn in certificate.structure().subject:
        for attribute in rdn:
            if attribute.oid == NameOID.ORGANIZATIONAL_UNIT_NAME.dotted_string and profile.role is not None:
                text = attribute.value.decode(errors="replace")
                if not re.fullmatch("[0-9A-F]{2}", text):
                    reason = f"{text!r} where two upper-case hexadecimal digits belong"
                    yield Deviation("subject.OU", reason, _POLICY)
            elif (
                attribute.oid == NameOID.X500_UNIQUE_IDENTIFIER.dotted_string
                and attribute.tag == BIT_STRING
                and (len(attribute.value) != 9 or attribute.value[0])
            ):
                yield Deviation("subject.uniqueIdentifier", "not the 64 bits of an EUI-64", _POLICY)


def _validity(certificate: Certificate, structure: Structure, profile: Profile) -> Iterator[Deviation]:
    for field, (tag, _), time in (
        ("notBefore", structure.not_before, certificate.not_before),
        ("notAfter", structure.not_after, certificate.not_after),
    ):
        wanted = UTC_TIME if time.year < 2050 else GENERALIZED_TIME
        if tag != wanted:
            name = {UTC_TIME: "UTCTime", GENERALIZED_TIME: "GeneralizedTime"}
            yield Deviation(f"validity.{field}", f"{name.get(tag, tag)} where {name[wanted]} belongs", _TIME)
    try:
        not_before, not_after = validity(profile, certificate.not_before)
    except (ValueError, OverflowError):  # a period that would end after the year 9999
        not_before, not_after = certificate.not_before, datetime.max.replace(tzinfo=UTC)
    for field, found, meant in (
        ("notBefore", certificate.not_before, not_before),
        ("notAfter", certificate.not_after, not_after),
    ):
        if found != meant:
            yield Deviation(
                f"validity.{field}", f"{found:%Y-%m-%d %H:%M:%S} where {meant:%Y-%m-%d %H:%M:%S} belongs", _PERIOD
            )


def _extensions(
    certificate: Certificate, structure: Structure, profile: Profile, policies: Policies
) -> Iterator[Deviation]:
    wanted = {oid.dotted_string: oid for oid in profile.extensions}
    found = [extension.oid for extension in structure.extensions]
    values = _values(certificate, profile, policies)
    for oid in wanted.keys() - set(found):
        yield Deviation(f"extensions.{_NAMES[oid]}", "missing", _POLICY)
    for oid in found:
        if found.count(oid) > 1:
            yield Deviation(f"extensions.{_NAMES.get(oid, oid)}", "more than once", "RFC 5280 4.2")
    for extension in structure.extensions:
        field = f"extensions.{_NAMES.get(extension.oid, extension.oid)}"
        if extension.oid not in wanted:
            yield Deviation(field, "not allowed here", _POLICY)
            continue
        if extension.critical != (wanted[extension.oid] in CRITICAL):
            yield Deviation(field, "critical" if extension.critical else "not critical", _POLICY)
        allowed, words = values[wanted[extension.oid]]
        if extension.value not in allowed:
            yield Deviation(field, f"{extension.value.hex()} where {words} belongs", _POLICY)
    order = [oid for oid in wanted if oid in found]
    if [oid for oid in found if oid in wanted] != order and len(set(found)) == len(found):
        yield Deviation(
            "extensions", "in another order: " + ", ".join(_NAMES.get(oid, oid) for oid in found), _OBSERVED
        )


def _values(
    certificate: Certificate, profile: Profile, policies: Policies
) -> dict[ObjectIdentifier, tuple[list[bytes], str]]:
    """What each extension may hold, in DER and in words; an authority's key identifier only has to be one."""
    uses: list[KeyUse | None] = [use for use in KeyUse if use in profile.uses and use is not KeyUse.PP] or [None]
    authority = certificate.authority_key_identifier or b""
    made = [
        extension_values(profile, certificate.public_key, use, authority, certificate.eui, policies) for use in uses
    ]
    words = {
        ExtensionOID.KEY_USAGE: " or ".join(_KEY_USAGE_NAMES[use] for use in uses),
        ExtensionOID.BASIC_CONSTRAINTS: "cA"
        if profile.path_length is None
        else f"cA with pathLenConstraint {profile.path_length}",
        ExtensionOID.CERTIFICATE_POLICIES: f"the policy {profile.policy(policies)} alone, without qualifiers",
        ExtensionOID.SUBJECT_KEY_IDENTIFIER: f"{key_identifier(certificate.public_key).hex()} (method 2)",
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER: "a keyIdentifier of 8 octets alone",
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME: "one hardwareModuleName with the hwType of the SMKI and a Device ID",
    }
    values = {oid: ([item[oid].public_bytes() for item in made if oid in item], text) for oid, text in words.items()}
    if len(authority) != 8:
        values[ExtensionOID.AUTHORITY_KEY_IDENTIFIER][0].clear()
    return values
