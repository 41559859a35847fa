"""P-256 signature and key agreement on single keys (GBCS 4.3.3), by OpenSSL through `cryptography`."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

SIGNATURE_LENGTH = 64
_ECDSA = ec.ECDSA(hashes.SHA256())


class SoftwareSigner:
    """A `Signer` on a private key held in memory."""

    __slots__ = ("_key",)

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key

    def sign(self, data: bytes) -> bytes:
        """See `gbcs.security.keys.Signer`."""
        r, s = decode_dss_signature(self._key.sign(data, _ECDSA))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def signature_is_valid(key: ec.EllipticCurvePublicKey, signature: bytes, data: bytes) -> bool:
    """Whether `signature` (r||s, 64 octets) is the key's over SHA-256 of `data`."""
    if len(signature) != SIGNATURE_LENGTH:
        return False
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    try:
        key.verify(der, data, _ECDSA)
    except InvalidSignature:
        return False
    return True


def agree(private: ec.EllipticCurvePrivateKey, public: ec.EllipticCurvePublicKey) -> bytes:
    """The shared secret Z: the x coordinate of the common point, 32 octets."""
    return private.exchange(ec.ECDH(), public)
