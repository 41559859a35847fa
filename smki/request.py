"""Certification requests (PKCS #10) of organisations and devices, checked as far as they speak for themselves.

Source: SEC Appendix M and the SMKI interface documents (certificate signing requests); RFC 2986. Whether the one who
sends it may have the certificate is the business of `smki.registration`.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gbcs.errors import RoleError
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, Purpose, RemotePartyRole, check_role
from smki import pem
from smki.certificate import REFUSALS, Kind, device_id, key_use, p256_key, role_code, unique_identifier
from smki.conformity import ECDSA_WITH_SHA256
from smki.errors import CertificateError, CurveError, SmkiError
from smki.structure import read_request

#: Octets in DER and characters of text; a real request has about 280 octets.
MAXIMUM_OCTETS, MAXIMUM_TEXT = 1 << 12, 1 << 13
_LABELS = ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")
_SUBJECT = {NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.X500_UNIQUE_IDENTIFIER}
_LONGEST_COMMON_NAME = 64  # RFC 5280, upper bounds
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]+")


class RequestCheck(StrEnum):
    """What a request failed."""

    SIZE = "size"
    ENCODING = "encoding"
    VERSION = "version"
    ALGORITHM = "algorithm"
    POSSESSION = "proof of possession"
    CURVE = "curve"
    SUBJECT = "subject"
    ROLE = "role"
    KEY_USAGE = "key usage"


class RequestError(SmkiError):
    """A certification request that no certificate can be issued for.

    Attributes:
        check: what failed.
        reason: in words.
    """

    def __init__(self, check: RequestCheck, reason: str) -> None:
        super().__init__(f"certification request ({check}): {reason}")
        self.check = check
        self.reason = reason


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """A request whose form is right, signed by the key that it is for.

    Attributes:
        der: the request as it was read.
        kind: organisation or device.
        eui: of the holder to be.
        role: its Remote Party Role; `None` for devices.
        common_name: of the organisation, where it names one.
    """

    der: bytes
    kind: Kind
    eui: Eui64
    role: RemotePartyRole | None
    use: KeyUse
    common_name: str | None
    subject: x509.Name
    public_key: ec.EllipticCurvePublicKey

    @classmethod
    def load(cls, data: bytes) -> CertificateRequest:
        """Reads DER, or base64 with or without armour, in one line or many.

        Raises:
            RequestError: it is none, or its form is not one that the SMKI accepts.
        """
        der = _octets(data)
        try:
            structure = read_request(der)
            source = x509.load_der_x509_csr(der)
            extensions = source.extensions
            public_key = p256_key(source)
            signed = source.is_signature_valid
        except x509.InvalidVersion as error:
            raise RequestError(RequestCheck.VERSION, f"{structure.version.hex()} where 0 belongs") from error
        except CurveError as error:
            raise RequestError(RequestCheck.CURVE, str(error)) from error
        except (CertificateError, *REFUSALS) as error:
            raise RequestError(RequestCheck.ENCODING, str(error)) from error
        if structure.algorithm != ECDSA_WITH_SHA256:
            raise RequestError(RequestCheck.ALGORITHM, "not signed with ecdsa-with-SHA256")
        if not signed:
            raise RequestError(RequestCheck.POSSESSION, "not signed by the key that it is for")
        use = key_use(extensions)
        if use is None:
            raise RequestError(RequestCheck.KEY_USAGE, "neither digital signature nor key agreement alone is asked for")
        kind, eui, role, common_name = _holder(source, extensions)
        try:
            check_role(Purpose.CERTIFICATE, role, use, device=kind is Kind.DEVICE)
        except RoleError as error:
            raise RequestError(RequestCheck(error.check), error.reason) from error
        return cls(der, kind, eui, role, use, common_name, source.subject, public_key)

    def to_pem(self) -> bytes:
        """The request in PEM armour."""
        return pem.armour(_LABELS[0], self.der)

    def __str__(self) -> str:
        who = (f"{self.kind} {self.eui}", self.role.label if self.role is not None else "", self.use.name)
        return " ".join(filter(None, ("request of", *who)))


def _holder(
    source: x509.CertificateSigningRequest, extensions: x509.Extensions
) -> tuple[Kind, Eui64, RemotePartyRole | None, str | None]:
    device, subject = device_id(extensions), list(source.subject)
    if device:
        if subject:
            raise RequestError(RequestCheck.SUBJECT, "a device has its Device ID as alternative name, and no subject")
        return Kind.DEVICE, device, None, None
    notes: list[str] = []
    party, role = unique_identifier(source.subject, notes), role_code(source.subject, notes)
    if notes or party is None or role is None:
        reason = "; ".join(notes) or "no role"
        raise RequestError(RequestCheck.SUBJECT, f"of neither an organisation nor a device: {reason}")
    oids = [attribute.oid for attribute in subject]
    if set(oids) - _SUBJECT or len(set(oids)) < len(oids):
        raise RequestError(RequestCheck.SUBJECT, "other attributes than CN, OU and uniqueIdentifier, once each")
    try:
        known = RemotePartyRole(role)
    except ValueError:
        raise RequestError(RequestCheck.ROLE, f"{role} is no Remote Party Role") from None
    name = next((str(attribute.value) for attribute in subject if attribute.oid == NameOID.COMMON_NAME), None)
    if name is not None and not 0 < len(name) <= _LONGEST_COMMON_NAME:
        raise RequestError(RequestCheck.SUBJECT, f"a CN of {len(name)} characters, 1 to {_LONGEST_COMMON_NAME} wanted")
    return Kind.ORGANISATION, party, known, name


def _octets(data: bytes) -> bytes:
    if len(data) > MAXIMUM_TEXT:
        raise RequestError(RequestCheck.SIZE, f"{len(data)} octets, at most {MAXIMUM_TEXT} wanted")
    der = next((octets for label, octets in pem.blocks(data) if label in _LABELS), None)
    if der is None and _BASE64.fullmatch(data):
        try:
            der = base64.b64decode(b"".join(data.split()), validate=True)
        except binascii.Error as error:
            raise RequestError(RequestCheck.ENCODING, f"not base64: {error}") from None
    if der is None:
        der = data
    if not 0 < len(der) <= MAXIMUM_OCTETS:
        raise RequestError(RequestCheck.SIZE, f"{len(der)} octets, 1 to {MAXIMUM_OCTETS} wanted")
    return der
