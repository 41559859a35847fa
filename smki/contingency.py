"""The contingency key of a root: its public half stands encrypted in the root's certificate (RFC 5934 section 7).

Whoever holds a root can check what the contingency key has signed, but only once told the symmetric key; this comes
with the command that replaces everything, the root among it (GBCS CS02b by contingency).

::

    ApexContingencyKey ::= SEQUENCE { wrapAlgorithm AlgorithmIdentifier, wrappedContingencyPublicKey OCTET STRING }

What is wrapped is a SubjectPublicKeyInfo. The algorithms are those of AES key wrap (RFC 3394, RFC 5649): no source at
hand says which of them the SMKI uses, but the extension names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_unwrap_with_padding,
    aes_key_wrap_with_padding,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from gbcs.asn1.types import open_contents
from gbcs.cursor import Cursor, encode_length
from gbcs.errors import DecodeError
from smki.certificate import REFUSALS, Certificate
from smki.errors import CertificateError
from smki.structure import OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, oid_text

#: id-pe-wrappedApexContinKey
EXTENSION = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.20")
_WRAP_WITH_PADDING = bytes.fromhex("608648016503040130")  # id-aes256-wrap-pad


class _Wrap(NamedTuple):
    """A key wrap: octets of its symmetric key, and its inverse."""

    key_octets: int
    unwrap: Callable[[bytes, bytes], bytes]


_AES = "2.16.840.1.101.3.4.1"
_WRAPS: Mapping[str, _Wrap] = {
    f"{_AES}.5": _Wrap(16, aes_key_unwrap),
    f"{_AES}.8": _Wrap(16, aes_key_unwrap_with_padding),
    f"{_AES}.25": _Wrap(24, aes_key_unwrap),
    f"{_AES}.28": _Wrap(24, aes_key_unwrap_with_padding),
    f"{_AES}.45": _Wrap(32, aes_key_unwrap),
    f"{_AES}.48": _Wrap(32, aes_key_unwrap_with_padding),
}


def contingency_key(root: Certificate, symmetric_key: bytes) -> ec.EllipticCurvePublicKey:
    """The public contingency key of a root, decrypted.

    Raises:
        CertificateError: the root has none, or the symmetric key is not its own.
    """
    value = next((each.value for each in root.structure().extensions if each.oid == EXTENSION.dotted_string), None)
    if value is None:
        raise CertificateError(f"{root} has no contingency key")
    algorithm, wrapped = _read(value)
    wrap = _WRAPS.get(algorithm)
    if wrap is None:
        raise CertificateError(f"{root}: contingency key encrypted by {algorithm}, which is no AES key wrap")
    if len(symmetric_key) != wrap.key_octets:
        raise CertificateError(f"a symmetric key of {len(symmetric_key)} octets where {wrap.key_octets} belong")
    try:
        key = load_der_public_key(wrap.unwrap(symmetric_key, wrapped))
    except (InvalidUnwrap, *REFUSALS) as error:
        raise CertificateError(f"the symmetric key is not that of the contingency key of {root}") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise CertificateError(f"the contingency key of {root} is not on the curve P-256")
    return key


def with_contingency_key(
    root: Certificate,
    root_key: ec.EllipticCurvePrivateKey,
    public_key: ec.EllipticCurvePublicKey,
    symmetric_key: bytes,
) -> Certificate:
    """A test root again, with the next serial number and a contingency key.

    Args:
        root: a self-signed certificate.
        root_key: its private key.
        public_key: the contingency key.
        symmetric_key: what encrypts it, 32 octets.
    """
    before = x509.load_der_x509_certificate(root.der)
    builder = (
        x509.CertificateBuilder()
        .subject_name(before.subject)
        .issuer_name(before.subject)
        .public_key(root_key.public_key())
        .serial_number(before.serial_number + 1)
        .not_valid_before(before.not_valid_before_utc)
        .not_valid_after(before.not_valid_after_utc)
    )
    for each in before.extensions:
        builder = builder.add_extension(each.value, each.critical)
    wrapped = aes_key_wrap_with_padding(
        symmetric_key, public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    algorithm = _der(SEQUENCE, _der(OBJECT_IDENTIFIER, _WRAP_WITH_PADDING))
    value = _der(SEQUENCE, algorithm + _der(OCTET_STRING, wrapped))
    builder = builder.add_extension(x509.UnrecognizedExtension(EXTENSION, value), critical=False)
    made = builder.sign(root_key, hashes.SHA256(), ecdsa_deterministic=True)
    return Certificate.load(made.public_bytes(Encoding.DER))


def _read(value: bytes) -> tuple[str, bytes]:
    """Dotted identifier of the algorithm, and the wrapped key."""
    try:
        whole = open_contents(Cursor(value), SEQUENCE)
        algorithm = oid_text(open_contents(open_contents(whole, SEQUENCE), OBJECT_IDENTIFIER).octets)
        return algorithm, open_contents(whole, OCTET_STRING).octets
    except (DecodeError, ValueError) as error:
        raise CertificateError(f"not a wrapped contingency key: {error}") from error


def _der(tag: int, contents: bytes) -> bytes:
    return bytes((tag,)) + encode_length(len(contents)) + contents
