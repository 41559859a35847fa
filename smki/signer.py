"""A party's private key with its certificate, wherever the key lives: in memory, or in a hardware module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature

from gbcs.security.ecc import SoftwareSigner, agree
from smki.certificate import Certificate

_DIGEST_LENGTH = 32
_ECDSA_OF_DIGEST = ec.ECDSA(Prehashed(hashes.SHA256()))


class Signer(Protocol):
    """What can be done with a private key that cannot be seen; satisfies `gbcs.security.keys.Signer` too."""

    @property
    def certificate(self) -> Certificate:
        """The certificate of the key."""
        ...

    def sign(self, data: bytes) -> bytes:
        """ECDSA P-256 with SHA-256 over `data`: 64 octets, r and s of 32 octets each."""
        ...

    def sign_digest(self, digest: bytes) -> bytes:
        """The same for a SHA-256 digest of 32 octets; raises `ValueError` for any other length."""
        ...

    def agree(self, public_key: ec.EllipticCurvePublicKey) -> bytes:
        """The shared secret Z with another's public key, 32 octets."""
        ...


@dataclass(frozen=True, slots=True)
class KeySigner:
    """A `Signer` on whatever behaves as a private key of `cryptography`, software or `smki.hsm.HardwareKey`."""

    certificate: Certificate
    private_key: ec.EllipticCurvePrivateKey

    def sign(self, data: bytes) -> bytes:
        """See `Signer`."""
        return SoftwareSigner(self.private_key).sign(data)

    def sign_digest(self, digest: bytes) -> bytes:
        """See `Signer`."""
        if len(digest) != _DIGEST_LENGTH:
            raise ValueError(f"a digest of {len(digest)} octets, {_DIGEST_LENGTH} wanted")
        r, s = decode_dss_signature(self.private_key.sign(digest, _ECDSA_OF_DIGEST))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def agree(self, public_key: ec.EllipticCurvePublicKey) -> bytes:
        """See `Signer`."""
        return agree(self.private_key, public_key)
