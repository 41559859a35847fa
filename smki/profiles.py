"""The certificate profiles as data, and the one builder that reads them.

Source: the SMKI Organisation and Device Certificate Policies (profiles annexes), and the certificates of the public
test estates where those are silent (order of extensions, string types).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.name import _ASN1Type  # the only way to a BIT STRING or PrintableString attribute
from cryptography.x509.oid import ExtensionOID, NameOID, ObjectIdentifier

from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, RemotePartyRole
from smki.certificate import HARDWARE_MODULE_NAME

_ANY_POLICY = "2.5.29.32.0"
_ORGANISATION_POLICY = "1.2.826.0.1.8641679.1.2.1.4"
_DEVICE_POLICY = "1.2.826.0.1.1800000.1.2.1.4"  # the arc of the test estates
_NEVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

# HardwareModuleName in DER up to the Device ID: hwType 1.2.826.0.1.8641679.1.2.2.1, hwSerialNum of 8 octets.
_HARDWARE_MODULE_NAME_HEAD = bytes.fromhex("3019 060d2a863a0001848fb90f01020201 0408")

_CRITICAL = frozenset(
    {
        ExtensionOID.KEY_USAGE,
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    }
)
_CA_EXTENSIONS = (
    ExtensionOID.KEY_USAGE,
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.CERTIFICATE_POLICIES,
    ExtensionOID.SUBJECT_KEY_IDENTIFIER,
)


@dataclass(frozen=True, slots=True)
class Profile:
    """What distinguishes one kind of certificate.

    Attributes:
        policy: dotted OID of the one certificate policy.
        years: whole days of validity, from the day of issue; `None` is from the second of issue and for ever.
        extensions: OIDs in the order of the certificate.
        path_length: of basicConstraints, where the profile has them.
    """

    policy: str
    years: int | None
    extensions: tuple[ObjectIdentifier, ...]
    path_length: int | None = None


ROOT = Profile(_ANY_POLICY, 50, _CA_EXTENSIONS)
ISSUING_OCA = Profile(_ORGANISATION_POLICY, 25, (*_CA_EXTENSIONS, ExtensionOID.AUTHORITY_KEY_IDENTIFIER), 0)
ISSUING_DCA = Profile(_DEVICE_POLICY, 25, (*_CA_EXTENSIONS, ExtensionOID.AUTHORITY_KEY_IDENTIFIER), 0)
ORGANISATION = Profile(
    _ORGANISATION_POLICY,
    10,
    (
        ExtensionOID.KEY_USAGE,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
    ),
)
DEVICE = Profile(
    _DEVICE_POLICY,
    None,
    (
        ExtensionOID.KEY_USAGE,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
    ),
)


def key_identifier(key: ec.EllipticCurvePublicKey) -> bytes:
    """The 8 octets that name a key: 0100 and the last 60 bits of the point's SHA-1 (RFC 5280 4.2.1.2, method 2)."""
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    tail = hashlib.sha1(point, usedforsecurity=False).digest()[-8:]
    return bytes([0x40 | tail[0] & 0x0F]) + tail[1:]


def authority_subject(name: str, role: RemotePartyRole | None) -> x509.Name:
    """Name of a certification authority: OU where it has a role, then CN."""
    attributes = [(NameOID.COMMON_NAME, name)]
    if role is not None:
        attributes.insert(0, (NameOID.ORGANIZATIONAL_UNIT_NAME, f"{role:02X}"))
    return x509.Name([x509.NameAttribute(oid, text, _ASN1Type.PrintableString) for oid, text in attributes])


def organisation_subject(eui: Eui64, role: RemotePartyRole, common_name: str | None) -> x509.Name:
    """Name of an organisation: CN if given, the role as OU, the EUI-64 as uniqueIdentifier."""
    attributes: list[x509.NameAttribute[str] | x509.NameAttribute[bytes]] = [
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, f"{role:02X}"),
        x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, b"\x00" + eui, _ASN1Type.BitString),
    ]
    if common_name:
        attributes.insert(0, x509.NameAttribute(NameOID.COMMON_NAME, common_name))
    return x509.Name(attributes)


def build(
    profile: Profile,
    *,
    subject: x509.Name,
    device: Eui64 | None,
    public_key: ec.EllipticCurvePublicKey,
    use: KeyUse | None,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    serial: int,
    now: datetime,
) -> bytes:
    """One certificate in DER, with an RFC 6979 signature: the same arguments give the same octets.

    `use` is `None` for an authority; `device` is the Device ID, where the profile has a subject alternative name.
    """
    not_before, not_after = _validity(profile, now)
    values: dict[ObjectIdentifier, x509.ExtensionType] = {
        ExtensionOID.KEY_USAGE: _key_usage(use),
        ExtensionOID.BASIC_CONSTRAINTS: x509.BasicConstraints(ca=True, path_length=profile.path_length),
        ExtensionOID.CERTIFICATE_POLICIES: x509.CertificatePolicies(
            [x509.PolicyInformation(ObjectIdentifier(profile.policy), None)]
        ),
        ExtensionOID.SUBJECT_KEY_IDENTIFIER: x509.SubjectKeyIdentifier(key_identifier(public_key)),
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER: x509.AuthorityKeyIdentifier(
            key_identifier(issuer_key.public_key()), None, None
        ),
    }
    if device:
        name = x509.OtherName(HARDWARE_MODULE_NAME, _HARDWARE_MODULE_NAME_HEAD + device)
        values[ExtensionOID.SUBJECT_ALTERNATIVE_NAME] = x509.SubjectAlternativeName([name])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(serial)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )
    for oid in profile.extensions:
        builder = builder.add_extension(values[oid], critical=oid in _CRITICAL)
    return builder.sign(issuer_key, hashes.SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER)


def _validity(profile: Profile, now: datetime) -> tuple[datetime, datetime]:
    now = now.astimezone(UTC)
    if profile.years is None:
        return now.replace(microsecond=0), _NEVER
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    # By way of the first of the month, for a 29 February has no anniversary.
    return day, day.replace(year=day.year + profile.years, day=1) + timedelta(days=day.day - 1, seconds=-1)


def _key_usage(use: KeyUse | None) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=use is KeyUse.DS,
        key_agreement=use in (KeyUse.KA, KeyUse.PP),
        key_cert_sign=use is None,
        crl_sign=use is None,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        encipher_only=False,
        decipher_only=False,
    )
