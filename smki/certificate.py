"""Reading SMKI certificates: who holds which key, for what, and for how long.

The reader is lenient, for test material is dirty and devices must report what they hold; what was odd is kept in
`Certificate.notes`. Whether a certificate is to be relied on is the business of `smki.chain`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, Purpose, RemotePartyRole, check_role, serves
from smki import pem
from smki.errors import CertificateError, CurveError
from smki.structure import Structure, serial_octets
from smki.structure import read as read_structure

#: id-on-hardwareModuleName (RFC 4108), under which a device certificate carries the Device ID.
HARDWARE_MODULE_NAME = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.4")
#: Real ones have about 420 octets (GBCS devices have little room); what is larger is not looked into.
MAXIMUM_OCTETS = 1 << 14
_EUI64_OCTET_STRING = b"\x04\x08"
_NO_UNUSED_BITS = b"\x00"
_ECDSA_WITH_NULL = bytes.fromhex("300c 06082a8648ce3d040302 0500")  # ecdsa-with-SHA256, which has no parameters

#: What cryptography raises on material that it does not take.
REFUSALS = (
    ValueError,
    TypeError,
    KeyError,  # by version 45, of damaged octets
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


class Kind(StrEnum):
    """Whose certificate it is."""

    ORGANISATION = "organisation"
    DEVICE = "device"
    AUTHORITY = "authority"


class Validity(StrEnum):
    """How a moment stands to a period of validity."""

    NOT_YET_VALID = "not yet valid"
    VALID = "valid"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """One X.509 certificate with a P-256 key; equal to another when the octets are.

    Attributes:
        der: the certificate as it was read.
        kind: organisation, device, or certification authority.
        eui: the holder, from the subject's uniqueIdentifier or a device's hardwareModuleName; `None` for authorities.
        role_code: number of the Remote Party Role in the subject's OU, also where `role` knows no name for it.
        use: the key use by keyUsage; `None` unless there is exactly one. A prepayment key shows as `KeyUse.KA`:
            nothing in the certificate tells the two apart.
        subject, issuer: names that compare by content, whatever string type they are encoded with.
        not_before, not_after: the period of validity, both ends included, UTC.
        subject_key_identifier, authority_key_identifier: octets of the extension, `None` without one.
        policies: the certificate policies, as dotted OIDs.
        is_authority: what basicConstraints says.
        path_length: how many authorities may stand between it and an end entity; `None` is any number.
        signs_certificates, signs_lists: keyCertSign and cRLSign of the key usage.
        notes: what was odd, in words.
    """

    der: bytes
    kind: Kind
    eui: Eui64 | None
    role_code: int | None
    use: KeyUse | None
    subject: x509.Name
    issuer: x509.Name
    serial: int
    not_before: datetime
    not_after: datetime
    public_key: ec.EllipticCurvePublicKey
    subject_key_identifier: bytes | None
    authority_key_identifier: bytes | None
    policies: tuple[str, ...]
    is_authority: bool
    path_length: int | None
    signs_certificates: bool
    signs_lists: bool
    notes: tuple[str, ...]

    @classmethod
    def load(cls, data: bytes) -> Certificate:
        """Reads DER, or the first certificate in PEM text.

        Raises:
            CertificateError: no certificate; `CurveError` where it is one without a P-256 key.
        """
        der = next((octets for label, octets in pem.blocks(data) if label == "CERTIFICATE"), data)
        if len(der) > MAXIMUM_OCTETS:
            raise CertificateError(f"{len(der)} octets, no certificate of the SMKI has more than {MAXIMUM_OCTETS}")
        serial = serial_octets(der)
        if serial[:1] >= b"\x80" or not any(serial):
            raise CertificateError("the serial number is not positive")
        try:
            if _ECDSA_WITH_NULL in der:  # some versions of cryptography refuse it, and others warn of it
                raise ValueError("NULL parameters")
            return _read(x509.load_der_x509_certificate(der), der, [])
        except REFUSALS as refusal:
            mended, note = _mend(der, refusal)
        try:
            return _read(x509.load_der_x509_certificate(mended), der, [note])
        except REFUSALS as refusal:
            raise CertificateError(f"no readable certificate: {refusal}") from refusal

    @property
    def role(self) -> RemotePartyRole | None:
        """The holder's Remote Party Role, `None` where there is none or it has no name."""
        try:
            return RemotePartyRole(self.role_code) if self.role_code is not None else None
        except ValueError:
            return None

    @property
    def issuer_text(self) -> str:
        """The issuer's name as DUIS writes it: most specific first, no blanks, e.g. ``CN=Z1,OU=07``."""
        return self.issuer.rfc4514_string()

    @property
    def is_self_issued(self) -> bool:
        """Whether it names itself as issuer, as a root does."""
        return self.subject == self.issuer

    def check_role(self, purpose: Purpose) -> None:
        """Returns only if the holder's role and the key usage are meant for `purpose`.

        Raises:
            RoleError: they are not (`gbcs.roles.check_role`).
        """
        check_role(purpose, self.role_code, self.use, device=self.kind is Kind.DEVICE)

    def serves(self, purpose: Purpose) -> bool:
        """Whether `check_role` returns."""
        return serves(purpose, self.role_code, self.use, device=self.kind is Kind.DEVICE)

    def validity_at(self, at: datetime) -> Validity:
        """How `at` (timezone-aware) stands to the period of validity."""
        if at < self.not_before:
            return Validity.NOT_YET_VALID
        return Validity.EXPIRED if at > self.not_after else Validity.VALID

    def is_valid_at(self, at: datetime) -> bool:
        """Whether `at` (timezone-aware) lies in the period of validity."""
        return self.validity_at(at) is Validity.VALID

    def is_signed_by(self, key: ec.EllipticCurvePublicKey) -> bool:
        """Whether the certificate's signature is `key`'s, by ECDSA with SHA-256."""
        structure = self.structure()
        try:
            key.verify(structure.signature, structure.signed, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    def structure(self) -> Structure:
        """The certificate as its octets have it.

        Raises:
            CertificateError: they are not DER.
        """
        return read_structure(self.der)

    def to_pem(self) -> bytes:
        """The certificate in PEM armour."""
        return pem.armour("CERTIFICATE", self.der)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self.der == other.der

    def __hash__(self) -> int:
        return hash(self.der)

    def __str__(self) -> str:
        who = (
            self.kind.value,
            str(self.eui) if self.eui else self.subject.rfc4514_string(),
            self.role.label if self.role is not None else "" if self.role_code is None else f"role {self.role_code}",
            self.use.name if self.use else "",
            f"serial {self.serial:032X}",
        )
        return " ".join(part for part in who if part)


def parse_name(text: str) -> x509.Name:
    """Reads a distinguished name as RFC 4514 writes it, blanks after the commas allowed.

    Raises:
        CertificateError: it is none.
    """
    try:
        return x509.Name.from_rfc4514_string(re.sub(r"(?<!\\),\s+", ",", text.strip()))
    except ValueError as error:
        raise CertificateError(f"{text!r} is not a distinguished name") from error


def _mend(der: bytes, refusal: Exception) -> tuple[bytes, str]:
    """The certificate in strict encoding, and a note of what was wrong with it."""
    from asn1crypto.x509 import Certificate as Lenient  # noqa: PLC0415 - rarely needed, and slow to import

    note = f"not strict DER, re-encoded to read it: {refusal}"
    try:
        structure = Lenient.load(der)
        for algorithm in (structure["signature_algorithm"], structure["tbs_certificate"]["signature"]):
            if algorithm.dump() == _ECDSA_WITH_NULL:
                del algorithm["parameters"]
                note = "signature algorithm with NULL parameters"
        return structure.dump(force=True), note
    except Exception as error:  # on hostile input asn1crypto raises whatever it runs into
        raise CertificateError(f"no readable certificate: {error}") from error


def p256_key(source: x509.Certificate | x509.CertificateSigningRequest) -> ec.EllipticCurvePublicKey:
    """The public key of a certificate or request.

    Raises:
        CurveError: it is none on the curve P-256.
    """
    try:
        key = source.public_key()
    except UnsupportedAlgorithm as error:
        raise CurveError(f"the public key is not on curve P-256: {error}") from error
    if not (isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)):
        raise CurveError("the public key is not on curve P-256")
    return key


def _extension(extensions: x509.Extensions, kind: type[_Extension]) -> _Extension | None:
    return next((extension.value for extension in extensions if isinstance(extension.value, kind)), None)


def _read(source: x509.Certificate, der: bytes, notes: list[str]) -> Certificate:
    extensions = source.extensions
    public_key = p256_key(source)
    usage = _extension(extensions, x509.KeyUsage)
    constraints = _extension(extensions, x509.BasicConstraints)
    identifier = _extension(extensions, x509.SubjectKeyIdentifier)
    issuer_identifier = _extension(extensions, x509.AuthorityKeyIdentifier)
    device = device_id(extensions)
    if (usage and usage.key_cert_sign) or (constraints and constraints.ca):
        kind, eui, use = Kind.AUTHORITY, None, None
    else:
        kind = Kind.DEVICE if device else Kind.ORGANISATION
        eui = device or unique_identifier(source.subject, notes)
        use = _noted_use(extensions, notes)
    return Certificate(
        der=der,
        kind=kind,
        eui=eui,
        role_code=None if kind is Kind.DEVICE else role_code(source.subject, notes),
        use=use,
        subject=source.subject,
        issuer=source.issuer,
        serial=source.serial_number,
        not_before=source.not_valid_before_utc,
        not_after=source.not_valid_after_utc,
        public_key=public_key,
        subject_key_identifier=identifier.digest if identifier else None,
        authority_key_identifier=issuer_identifier.key_identifier if issuer_identifier else None,
        policies=tuple(
            policy.policy_identifier.dotted_string for policy in _extension(extensions, x509.CertificatePolicies) or ()
        ),
        is_authority=bool(constraints and constraints.ca),
        path_length=constraints.path_length if constraints else None,
        signs_certificates=bool(usage and usage.key_cert_sign),
        signs_lists=bool(usage and usage.crl_sign),
        notes=tuple(notes),
    )


def device_id(extensions: x509.Extensions) -> Eui64 | None:
    """The Device ID: serial number of the hardwareModuleName, whatever the hardware type (RFC 4108 section 5)."""
    names = _extension(extensions, x509.SubjectAlternativeName)
    for name in names.get_values_for_type(x509.OtherName) if names else ():
        if name.type_id == HARDWARE_MODULE_NAME and name.value[-10:-8] == _EUI64_OCTET_STRING:
            return Eui64(name.value[-8:])
    return None


def unique_identifier(subject: x509.Name, notes: list[str]) -> Eui64 | None:
    """The EUI-64 of an organisation, in its subject; a note where there is none."""
    for attribute in subject.get_attributes_for_oid(NameOID.X500_UNIQUE_IDENTIFIER):
        value = attribute.value
        if isinstance(value, bytes) and len(value) == 9 and value.startswith(_NO_UNUSED_BITS):
            return Eui64(value[1:])
    notes.append("no EUI-64 in the subject")
    return None


def role_code(subject: x509.Name, notes: list[str]) -> int | None:
    """The OU: two upper-case hexadecimal digits; three decimal ones in certificates of an early signing tool."""
    for attribute in subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME):
        text = str(attribute.value)
        if re.fullmatch("[0-9A-F]{2}", text):
            return int(text, 16)
        notes.append(f"role {text!r} is not two upper-case hexadecimal digits")
        if re.fullmatch("[0-9A-Fa-f]{2}", text):
            return int(text, 16)
        if re.fullmatch("[0-9]{3}", text):
            return int(text)
    return None


def _noted_use(extensions: x509.Extensions, notes: list[str]) -> KeyUse | None:
    use = key_use(extensions)
    if use is None:
        notes.append("key usage is neither digital signature nor key agreement alone")
    return use


def key_use(extensions: x509.Extensions) -> KeyUse | None:
    """The use that the keyUsage extension has; `None` unless there is exactly one."""
    usage = _extension(extensions, x509.KeyUsage)
    if usage is None:
        return None
    bits = (
        usage.digital_signature,
        usage.content_commitment,
        usage.key_encipherment,
        usage.data_encipherment,
        usage.key_agreement,
        usage.key_cert_sign,
        usage.crl_sign,
    )
    if sum(bits) != 1 or (usage.key_agreement and (usage.encipher_only or usage.decipher_only)):
        return None
    return KeyUse.DS if usage.digital_signature else KeyUse.KA if usage.key_agreement else None
