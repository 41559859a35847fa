"""What message protection asks of whoever keeps the keys.

A rig's keystore, a device's trust anchor cells and a hardware module all satisfy `Keys`; nothing here knows which.
"""

from __future__ import annotations

from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse


class Signer(Protocol):
    """A private key for digital signatures, wherever it lives."""

    def sign(self, data: bytes) -> bytes:
        """ECDSA P-256 with SHA-256 over `data`: 64 octets, r and s of 32 octets each."""
        ...


class Keys(Protocol):
    """Keys by party. Every method raises `gbcs.errors.MissingKeyError`, naming the key, when it is not held."""

    def broker(self) -> Eui64:
        """The Access Control Broker, whose key agreement key MACs remote party commands."""
        ...

    def signer(self, party: Eui64) -> Signer:
        """The party's private digital signature key for GBCS messages."""
        ...

    def verifying_key(self, party: Eui64) -> EllipticCurvePublicKey:
        """The public key of the party's digital signature certificate."""
        ...

    def shared_secret(self, one: Eui64, other: Eui64, use: KeyUse = KeyUse.KA) -> bytes:
        """Z of the two parties' static key agreement keys, 32 octets; either side's private key serves.

        `use` is the use of the first party's key: `KeyUse.KA`, or `KeyUse.PP` for prepayment tokens.
        """
        ...
