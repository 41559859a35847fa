"""Makes certificates and certification requests to the profiles."""

from __future__ import annotations

import hashlib
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
from smki.profiles import CRITICAL, TEST_POLICIES, Policies, Profile

_NEVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

# HardwareModuleName in DER up to the Device ID: hwType 1.2.826.0.1.8641679.1.2.2.1, hwSerialNum of 8 octets.
_HARDWARE_MODULE_NAME_HEAD = bytes.fromhex("3019 060d2a863a0001848fb90f01020201 0408")


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
    policies: Policies = TEST_POLICIES,
) -> bytes:
    """One certificate in DER, with an RFC 6979 signature: the same arguments give the same octets.

    `use` is `None` for an authority; `device` is the Device ID, where the profile has a subject alternative name.
    """
    not_before, not_after = validity(profile, now)
    values = extension_values(profile, public_key, use, key_identifier(issuer_key.public_key()), device, policies)
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
        builder = builder.add_extension(values[oid], critical=oid in CRITICAL)
    return builder.sign(issuer_key, hashes.SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER)


def extension_values(
    profile: Profile,
    public_key: ec.EllipticCurvePublicKey,
    use: KeyUse | None,
    issuer_key_identifier: bytes,
    device: Eui64 | None,
    policies: Policies,
) -> dict[ObjectIdentifier, x509.ExtensionType]:
    """What every extension that a profile may have would hold in this certificate."""
    values: dict[ObjectIdentifier, x509.ExtensionType] = {
        ExtensionOID.KEY_USAGE: key_usage(use),
        ExtensionOID.BASIC_CONSTRAINTS: x509.BasicConstraints(ca=True, path_length=profile.path_length),
        ExtensionOID.CERTIFICATE_POLICIES: x509.CertificatePolicies(
            [x509.PolicyInformation(ObjectIdentifier(profile.policy(policies)), None)]
        ),
        ExtensionOID.SUBJECT_KEY_IDENTIFIER: x509.SubjectKeyIdentifier(key_identifier(public_key)),
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER: x509.AuthorityKeyIdentifier(issuer_key_identifier, None, None),
    }
    if device:
        values[ExtensionOID.SUBJECT_ALTERNATIVE_NAME] = device_name(device)
    return values


def build_request(key: ec.EllipticCurvePrivateKey, *, subject: x509.Name, device: Eui64 | None, use: KeyUse) -> bytes:
    """A PKCS #10 certification request in DER, signed by the key that it is for (also where that is to agree keys)."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    builder = builder.add_extension(key_usage(use), critical=True)
    if device:
        builder = builder.add_extension(device_name(device), critical=True)
    return builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER)


def device_name(device: Eui64) -> x509.SubjectAlternativeName:
    """The subject alternative name of a device: its Device ID as a hardwareModuleName."""
    return x509.SubjectAlternativeName([x509.OtherName(HARDWARE_MODULE_NAME, _HARDWARE_MODULE_NAME_HEAD + device)])


def validity(profile: Profile, now: datetime) -> tuple[datetime, datetime]:
    """First and last second of a certificate issued at `now`."""
    now = now.astimezone(UTC)
    if profile.years is None:
        return now.replace(microsecond=0), _NEVER
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    # By way of the first of the month, for a 29 February has no anniversary.
    return day, day.replace(year=day.year + profile.years, day=1) + timedelta(days=day.day - 1, seconds=-1)


def key_usage(use: KeyUse | None) -> x509.KeyUsage:
    """The extension for one use; for an authority where it is `None`."""
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
