"""Keys for tests of the protocol alone: real P-256 keys in a dict, by party and use."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec

from gbcs.errors import MissingKeyError
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse
from gbcs.security.ecc import SoftwareSigner, agree

SUPPLIER = Eui64.parse("90-B3-D5-1F-30-7F-00-01")
BROKER = Eui64.parse("90-B3-D5-1F-30-7F-00-02")
OTHER_USER = Eui64.parse("90-B3-D5-1F-30-7F-00-03")
METER = Eui64.parse("00-DB-12-34-56-7F-00-01")


class MemoryKeys:
    """Satisfies `gbcs.security.keys.Keys` for the parties above; `forget` takes one key out."""

    def __init__(self) -> None:
        self.private = {
            (party, use): ec.generate_private_key(ec.SECP256R1())
            for party in (SUPPLIER, BROKER, OTHER_USER, METER)
            for use in (KeyUse.DS, KeyUse.KA)
        }

    def _key(self, party: Eui64, use: KeyUse) -> ec.EllipticCurvePrivateKey:
        try:
            return self.private[party, use]
        except KeyError:
            raise MissingKeyError(f"{party.hex()} {use.label} key") from None

    def forget(self, party: Eui64, use: KeyUse) -> None:
        del self.private[party, use]

    def broker(self) -> Eui64:
        return BROKER

    def signer(self, party: Eui64) -> SoftwareSigner:
        return SoftwareSigner(self._key(party, KeyUse.DS))

    def verifying_key(self, party: Eui64) -> ec.EllipticCurvePublicKey:
        return self._key(party, KeyUse.DS).public_key()

    def shared_secret(self, one: Eui64, other: Eui64, use: KeyUse = KeyUse.KA) -> bytes:
        return agree(self._key(one, use), self._key(other, KeyUse.KA).public_key())
