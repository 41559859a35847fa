"""Trust anchor cells: the certificates of remote parties that a device holds, and its own private keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

from devices.errors import AnchorRefused, DeviceError
from gbcs.device_type import DeviceType
from gbcs.errors import MissingKeyError, RoleError
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, Purpose, RemotePartyRole
from gbcs.security.ecc import SoftwareSigner, agree
from gbcs.security.keys import Signer
from smki.certificate import Certificate
from smki.keystore import Keystore


class Cell(NamedTuple):
    """A trust anchor cell. `KeyUse.PP` is the key agreement cell for prepayment top-ups (GBCS 12.4, CellUsage)."""

    role: RemotePartyRole
    use: KeyUse

    def __str__(self) -> str:
        return f"{self.role.label} {self.use.name}"


#: The cells that each type of device has (GBCS 12.4).
CELLS: Mapping[DeviceType, Mapping[RemotePartyRole, tuple[KeyUse, ...]]] = {
    DeviceType.ESME: {
        RemotePartyRole.RECOVERY: (KeyUse.DS,),
        RemotePartyRole.SUPPLIER: (KeyUse.DS, KeyUse.KA, KeyUse.PP),
        RemotePartyRole.NETWORK_OPERATOR: (KeyUse.DS, KeyUse.KA),
        RemotePartyRole.ACCESS_CONTROL_BROKER: (KeyUse.KA,),
        RemotePartyRole.TRANSITIONAL_COS: (KeyUse.DS,),
    },
    DeviceType.CHF: {
        RemotePartyRole.RECOVERY: (KeyUse.DS,),
        RemotePartyRole.ACCESS_CONTROL_BROKER: (KeyUse.DS, KeyUse.KA),
        RemotePartyRole.WAN_PROVIDER: (KeyUse.DS,),
    },
}


class TrustAnchors:
    """A device's credentials; satisfies `gbcs.security.keys.Keys` as far as a device can: it signs for itself alone.

    Attributes:
        device: whose they are.
        cells: what stands in each cell that is not empty.
    """

    def __init__(
        self, device: Eui64, signing_key: EllipticCurvePrivateKey, agreement_key: EllipticCurvePrivateKey
    ) -> None:
        self.device = device
        self.cells: dict[Cell, Certificate] = {}
        self._signer = SoftwareSigner(signing_key)
        self._agreement_key = agreement_key
        self._secrets: dict[tuple[Eui64, KeyUse], bytes] = {}

    @classmethod
    def from_keystore(
        cls,
        keystore: Keystore,
        device: Eui64,
        device_type: DeviceType,
        parties: Mapping[RemotePartyRole, Eui64] | None = None,
    ) -> TrustAnchors:
        """Takes the device's private keys, and for each of its cells the newest certificate of the role's party.

        Cells for which the keystore holds no certificate stay empty.

        Args:
            keystore: where everything comes from.
            device: whose credentials these become.
            device_type: says which cells there are.
            parties: who has a role, where the keystore holds several parties of it.

        Raises:
            MissingKeyError: the keystore lacks a private key of the device, or an Access Control Broker's certificate,
                without which no command can be checked.
            DeviceError: several parties of one role, and `parties` does not say which.
        """
        keys = []
        for use in (KeyUse.DS, KeyUse.KA):
            key = keystore.find(device, use).private_key
            if key is None:
                raise MissingKeyError(f"{device.hex()} {use.name} private key")
            keys.append(key)
        anchors = cls(device, *keys)
        for role, uses in CELLS[device_type].items():
            party = (parties or {}).get(role) or _only_party(keystore, role)
            for use in uses if party else ():
                for entry in keystore.entries(party, use, role=role)[:1]:
                    anchors.install(Cell(role, use), entry.certificate)
        anchors.broker()
        return anchors

    def install(self, cell: Cell, certificate: Certificate) -> None:
        """Puts a certificate into a cell.

        The certificate's role may be another than the cell's, as with the broker in the cells of a supplier to come.

        Raises:
            AnchorRefused: it is not an organisation's certificate for GBCS messages (xmlSign is for DUIS alone), or not
                for the cell's use.
        """
        try:
            certificate.check_role(Purpose.TRUST_ANCHOR)
        except RoleError as error:
            raise AnchorRefused(f"{cell} cell: {certificate}: {error.reason}") from error
        if certificate.eui is None:
            raise AnchorRefused(f"{cell} cell: {certificate} names no party")
        wanted = KeyUse.KA if cell.use is KeyUse.PP else cell.use
        if certificate.use is not wanted:
            raise AnchorRefused(f"{cell} cell: {certificate} is not for {wanted.label}")
        self.cells[cell] = certificate
        self._secrets.clear()

    def roles_of(self, party: Eui64) -> frozenset[RemotePartyRole]:
        """The roles in whose cells the party sits."""
        return frozenset(cell.role for cell, certificate in self.cells.items() if certificate.eui == party)

    def party_in(self, role: RemotePartyRole) -> Eui64 | None:
        """Who sits in a role's cells; None where they are empty."""
        return next((certificate.eui for cell, certificate in self.cells.items() if cell.role is role), None)

    def broker(self) -> Eui64:
        """See `gbcs.security.keys.Keys`."""
        cell = Cell(RemotePartyRole.ACCESS_CONTROL_BROKER, KeyUse.KA)
        party = self.cells[cell].eui if cell in self.cells else None
        if party is None:
            raise MissingKeyError(f"{cell} certificate")
        return party

    def signer(self, party: Eui64) -> Signer:
        """See `gbcs.security.keys.Keys`."""
        if party != self.device:
            raise MissingKeyError(f"{party.hex()} DS private key")
        return self._signer

    def verifying_key(self, party: Eui64) -> EllipticCurvePublicKey:
        """See `gbcs.security.keys.Keys`."""
        return self._public_key(party, KeyUse.DS)

    def shared_secret(self, one: Eui64, other: Eui64, use: KeyUse = KeyUse.KA) -> bytes:
        """See `gbcs.security.keys.Keys`."""
        if self.device not in (one, other):
            raise MissingKeyError(f"{one.hex()} {use.name} or {other.hex()} KA private key")
        key = (other, KeyUse.KA) if one == self.device else (one, use)
        if key not in self._secrets:
            self._secrets[key] = agree(self._agreement_key, self._public_key(*key))
        return self._secrets[key]

    def _public_key(self, party: Eui64, use: KeyUse) -> EllipticCurvePublicKey:
        for cell, certificate in self.cells.items():
            if cell.use is use and certificate.eui == party:
                return certificate.public_key
        raise MissingKeyError(f"{party.hex()} {use.name} certificate in a trust anchor cell")


def _only_party(keystore: Keystore, role: RemotePartyRole) -> Eui64 | None:
    parties = {entry.certificate.eui for entry in keystore.entries(role=role)} - {None}
    if len(parties) > 1:
        held = ", ".join(sorted(map(str, parties)))
        raise DeviceError(f"the keystore holds several parties of the role {role.label}, name one: {held}")
    return parties.pop() if parties else None
