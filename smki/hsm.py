"""Keys in a hardware security module, by PKCS #11 (python-pkcs11, the extra ``hsm``).

The private keys never leave the module. What it holds becomes entries of a `smki.keystore.Keystore` like any other:

    with Token.open("/usr/lib/softhsm/libsofthsm2.so", "rig", pin) as token:
        keys = token.keystore()
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from typing import Any, NoReturn

import pkcs11
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.exceptions import PKCS11Error
from pkcs11.util.ec import encode_named_curve_parameters

from gbcs.roles import KeyUse
from smki.certificate import Certificate
from smki.errors import CertificateError, KeystoreError
from smki.keystore import Keystore

_P256 = encode_named_curve_parameters("secp256r1")
_OCTET_STRING_OF_POINT = b"\x04\x41"
_PREPAYMENT = "pp-ka"


class HardwareKey(ec.EllipticCurvePrivateKey):
    """A private key in the module; behaves as one in memory, but for showing itself."""

    def __init__(self, handle: Any, public_key: ec.EllipticCurvePublicKey) -> None:
        self._handle = handle
        self._public_key = public_key

    @property
    def curve(self) -> ec.EllipticCurve:
        """See `EllipticCurvePrivateKey`."""
        return self._public_key.curve

    @property
    def key_size(self) -> int:
        """See `EllipticCurvePrivateKey`."""
        return self._public_key.key_size

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """See `EllipticCurvePrivateKey`."""
        return self._public_key

    def sign(self, data: Any, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """See `EllipticCurvePrivateKey`; ECDSA with SHA-256 alone."""
        algorithm = signature_algorithm.algorithm
        if isinstance(algorithm, Prehashed):
            digest = bytes(data)
        elif isinstance(algorithm, hashes.SHA256):
            digest = hashlib.sha256(data).digest()
        else:
            raise ValueError(f"ECDSA with {algorithm.name} is not of the SMKI")
        with _errors():
            octets = self._handle.sign(digest, mechanism=Mechanism.ECDSA)
        return encode_dss_signature(int.from_bytes(octets[:32], "big"), int.from_bytes(octets[32:], "big"))

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> bytes:  # noqa: ARG002
        """See `EllipticCurvePrivateKey`."""
        point = peer_public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        with _errors():
            secret = self._handle.derive_key(
                KeyType.GENERIC_SECRET,
                256,
                mechanism=Mechanism.ECDH1_DERIVE,
                mechanism_param=(pkcs11.mechanisms.KDF.NULL, None, point),
                template={Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True, Attribute.TOKEN: False},
            )
            octets: bytes = secret[Attribute.VALUE]
        return octets

    def private_numbers(self) -> NoReturn:
        """Raises `KeystoreError`."""
        raise KeystoreError("a private key in a hardware module is not shown")

    def private_bytes(self, *arguments: Any, **named: Any) -> NoReturn:  # noqa: ARG002
        """Raises `KeystoreError`."""
        self.private_numbers()

    def __copy__(self) -> HardwareKey:
        return self

    def __deepcopy__(self, memo: dict[Any, Any]) -> HardwareKey:
        return self


class Token:
    """A token in a module, logged in."""

    def __init__(self, session: Any) -> None:
        self._session = session

    @classmethod
    @contextmanager
    def open(cls, library: str | PathLike[str], label: str, pin: str) -> Iterator[Token]:
        """Opens the token with this label by the PKCS #11 library of its maker.

        Raises:
            KeystoreError: there is none, or the PIN is wrong.
        """
        with _errors():
            session = pkcs11.lib(str(library)).get_token(token_label=label).open(rw=True, user_pin=pin)
        with session:
            yield cls(session)

    def generate(self, identifier: bytes, label: str) -> HardwareKey:
        """Makes a key pair that both signs and agrees; `add` brings its certificate.

        Raises:
            KeystoreError: the module does not do it.
        """
        with _errors():
            parameters = self._session.create_domain_parameters(KeyType.EC, {Attribute.EC_PARAMS: _P256}, local=True)
            public, private = parameters.generate_keypair(
                id=identifier,
                label=label,
                store=True,
                private_template={Attribute.DERIVE: True, Attribute.SIGN: True, Attribute.EXTRACTABLE: False},
            )
            return HardwareKey(private, _public_key(public[Attribute.EC_POINT]))

    def add(self, identifier: bytes, label: str, certificate: Certificate) -> None:
        """Stores the certificate of the key pair with this identifier; a `label` with ``pp-ka`` is for prepayment.

        Raises:
            KeystoreError: the module does not do it.
        """
        with _errors():
            self._session.create_object(
                {
                    Attribute.CLASS: ObjectClass.CERTIFICATE,
                    Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                    Attribute.TOKEN: True,
                    Attribute.ID: identifier,
                    Attribute.LABEL: label,
                    Attribute.SUBJECT: certificate.subject.public_bytes(),
                    Attribute.VALUE: certificate.der,
                }
            )

    def keystore(self) -> Keystore:
        """Everything that the token holds; a private key belongs to the certificate with the same identifier.

        Raises:
            KeystoreError: the module does not show it.
        """
        store = Keystore()
        with _errors():
            keys = {
                bytes(item[Attribute.ID]): item
                for item in self._session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})
            }
            for item in self._session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
                try:
                    certificate = Certificate.load(bytes(item[Attribute.VALUE]))
                except CertificateError:
                    continue  # the token may serve others too
                handle = keys.get(bytes(item[Attribute.ID]))
                key = HardwareKey(handle, certificate.public_key) if handle is not None else None
                prepayment = certificate.use is KeyUse.KA and _PREPAYMENT in item[Attribute.LABEL]
                store.add(certificate, key, KeyUse.PP if prepayment else None)
        return store


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except PKCS11Error as error:
        raise KeystoreError(f"hardware module: {type(error).__name__} {error}".strip()) from error


def _public_key(point: bytes) -> ec.EllipticCurvePublicKey:
    octets = point.removeprefix(_OCTET_STRING_OF_POINT) if len(point) > 65 else point
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), octets)
