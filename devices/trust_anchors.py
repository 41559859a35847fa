"""Trust anchor cells: the certificates of remote parties that a device holds, and its own private keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from devices.errors import AnchorRefused, DeviceError
from devices.store import Store
from gbcs.device_type import DeviceType
from gbcs.errors import MissingKeyError, RoleError
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, Purpose, RemotePartyRole
from gbcs.security.ecc import SoftwareSigner, agree
from gbcs.security.keys import Keys, Signer
from smki.certificate import Certificate, Kind
from smki.keystore import Keystore


class Cell(NamedTuple):
    """A trust anchor cell.

    `KeyUse.PP` is the key agreement cell for prepayment top-ups (GBCS 12.4, CellUsage), None the root's, for
    certificate signing.
    """

    role: RemotePartyRole
    use: KeyUse | None

    def __str__(self) -> str:
        return f"{self.role.label} {self.use.name if self.use else 'certificate signing'}"


_COMMON: dict[RemotePartyRole, tuple[KeyUse | None, ...]] = {
    RemotePartyRole.ROOT: (None,),
    RemotePartyRole.RECOVERY: (KeyUse.DS,),
}
_METERING: dict[RemotePartyRole, tuple[KeyUse | None, ...]] = {
    **_COMMON,
    RemotePartyRole.SUPPLIER: (KeyUse.DS, KeyUse.KA, KeyUse.PP),
    RemotePartyRole.NETWORK_OPERATOR: (KeyUse.DS, KeyUse.KA),
    RemotePartyRole.ACCESS_CONTROL_BROKER: (KeyUse.KA,),
    RemotePartyRole.TRANSITIONAL_COS: (KeyUse.DS,),
    RemotePartyRole.LOAD_CONTROLLER: (KeyUse.DS, KeyUse.KA),
}


def _without(*roles: RemotePartyRole) -> Mapping[RemotePartyRole, tuple[KeyUse | None, ...]]:
    return {role: uses for role, uses in _METERING.items() if role not in roles}


#: The cells that each type of device has (GBCS 12.4). The sources doubt that a SAPC has one for top-ups.
CELLS: Mapping[DeviceType, Mapping[RemotePartyRole, tuple[KeyUse | None, ...]]] = {
    DeviceType.ESME: _METERING,
    DeviceType.SAPC: {**_METERING, RemotePartyRole.SUPPLIER: (KeyUse.DS, KeyUse.KA)},
    DeviceType.GSME: _without(RemotePartyRole.NETWORK_OPERATOR, RemotePartyRole.LOAD_CONTROLLER),
    # Nobody tops up a GPF, whose cell for that is replaced all the same.
    DeviceType.GPF: _without(RemotePartyRole.LOAD_CONTROLLER),
    DeviceType.CHF: {
        **_COMMON,
        RemotePartyRole.ACCESS_CONTROL_BROKER: (KeyUse.DS, KeyUse.KA),
        RemotePartyRole.WAN_PROVIDER: (KeyUse.DS,),
    },
}

_BROKER = Cell(RemotePartyRole.ACCESS_CONTROL_BROKER, KeyUse.KA)
#: Names in a device's state.
_ANCHOR, _OWN_KEY, _OWN_CERTIFICATE = "anchor", "own key", "own certificate"


class TrustAnchors:
    """A device's credentials; satisfies `gbcs.security.keys.Keys` as far as a device can: it signs for itself alone.

    Attributes:
        device: whose they are.
        cells: what stands in each cell that is not empty; `install` changes it.
    """

    def __init__(
        self,
        device: Eui64,
        signing_key: EllipticCurvePrivateKey,
        agreement_key: EllipticCurvePrivateKey,
        certificates: Iterable[Certificate] = (),
    ) -> None:
        """Raises `AnchorRefused` unless every certificate (of the device's own keys) has a use."""
        self.device = device
        self._cells: dict[Cell, Certificate] = {}
        self.cells: Mapping[Cell, Certificate] = MappingProxyType(self._cells)
        #: What follows from the cells, of the parties in them.
        self._roles: dict[Eui64, frozenset[RemotePartyRole]] = {}
        self._secrets: dict[tuple[Eui64, KeyUse], bytes] = {}
        self._private = {KeyUse.DS: signing_key, KeyUse.KA: agreement_key}
        self._first_agreement_key = agreement_key
        self._own = {certificate.use: certificate for certificate in certificates}
        self._signer = SoftwareSigner(signing_key)
        self._store: Store | None = None

    def attach(self, store: Store) -> None:
        """Keeps changes in a device's state from now on. What that holds already, wins."""
        for role in RemotePartyRole:
            for use in (*KeyUse, None):
                if octets := store.get(_anchor_name(Cell(role, use))):
                    self._cells[Cell(role, use)] = Certificate.load(octets)
        for use in self._private:
            if octets := store.get(f"{_OWN_KEY}/{use.name}"):
                self._take_own(use, load_key(octets), Certificate.load(store[f"{_OWN_CERTIFICATE}/{use.name}"]))
        self._forget()
        self._store = store

    def own_certificate(self, use: KeyUse) -> Certificate | None:
        """The device's certificate for a use; None where only the key is known."""
        return self._own.get(use)

    def replace_own(self, use: KeyUse, key: EllipticCurvePrivateKey, certificate: Certificate) -> None:
        """Puts another key pair into use."""
        self._take_own(use, key, certificate)
        if self._store is not None:
            self._store[f"{_OWN_KEY}/{use.name}"] = key_octets(key)
            self._store[f"{_OWN_CERTIFICATE}/{use.name}"] = certificate.der

    def _take_own(self, use: KeyUse, key: EllipticCurvePrivateKey, certificate: Certificate) -> None:
        self._private[use], self._own[use] = key, certificate
        self._signer = SoftwareSigner(self._private[KeyUse.DS])
        self._forget()

    def _forget(self) -> None:
        self._roles.clear()
        self._secrets.clear()

    def for_reader(self, certificate: bytes) -> Keys:
        """The same keys, and the one of a remote party that sent its certificate along.

        Raises:
            CertificateError: it is none.
        """
        return _WithReader(self, Certificate.load(certificate))

    def for_verifier(self, key: EllipticCurvePublicKey) -> Keys:
        """The same keys, and the one of a signer that sits in no cell."""
        return _WithSigner(self, key)

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
        own = []
        for use in (KeyUse.DS, KeyUse.KA):
            entry = keystore.find(device, use)
            if entry.private_key is None:
                raise MissingKeyError(f"{device.hex()} {use.name} private key")
            own.append((entry.private_key, entry.certificate))
        (signing_key, signing), (agreement_key, agreement) = own
        anchors = cls(device, signing_key, agreement_key, (signing, agreement))
        for root in keystore.entries(role=RemotePartyRole.ROOT)[:1]:
            anchors.install(Cell(RemotePartyRole.ROOT, None), root.certificate)
        for role, uses in CELLS[device_type].items():
            if role is RemotePartyRole.ROOT:
                continue
            party = (parties or {}).get(role) or _only_party(keystore, role)
            for cell_use in uses if party else ():
                for entry in keystore.entries(party, cell_use, role=role)[:1]:
                    anchors.install(Cell(role, cell_use), entry.certificate)
        anchors.broker()
        return anchors

    def install(self, cell: Cell, certificate: Certificate) -> None:
        """Puts a certificate into a cell.

        The certificate's role may be another than the cell's, as with the broker in the cells of a supplier to come.

        Raises:
            AnchorRefused: see `check`.
        """
        self.check(cell, certificate)
        self._cells[cell] = certificate
        self._forget()
        if self._store is not None:
            self._store[_anchor_name(cell)] = certificate.der

    @staticmethod
    def check(cell: Cell, certificate: Certificate) -> None:
        """Whether a certificate may stand in a cell.

        Raises:
            AnchorRefused: it is not an organisation's certificate for GBCS messages (xmlSign is for DUIS alone), or not
                for the cell's use; the root cell takes an authority's.
        """
        is_root = cell.role is RemotePartyRole.ROOT
        if is_root != (certificate.kind is Kind.AUTHORITY):
            raise AnchorRefused(f"{cell} cell: {certificate} is not for GBCS messages")
        if not is_root:
            try:
                certificate.check_role(Purpose.TRUST_ANCHOR)
            except RoleError as error:
                raise AnchorRefused(f"{cell} cell: {certificate}: {error.reason}") from error
            if certificate.eui is None:
                raise AnchorRefused(f"{cell} cell: {certificate} names no party")
        wanted = KeyUse.KA if cell.use is KeyUse.PP else cell.use
        if certificate.use is not wanted:
            raise AnchorRefused(f"{cell} cell: {certificate} is not for {wanted.label if wanted else 'signing'}")

    def roles_of(self, party: Eui64) -> frozenset[RemotePartyRole]:
        """The roles in whose cells the party sits."""
        roles = self._roles.get(party)
        if roles is None:
            roles = frozenset(cell.role for cell, certificate in self.cells.items() if certificate.eui == party)
            if roles:  # there is no end of strangers
                self._roles[party] = roles
        return roles

    def party_in(self, role: RemotePartyRole) -> Eui64 | None:
        """Who sits in a role's cells; None where they are empty."""
        return next((certificate.eui for cell, certificate in self.cells.items() if cell.role is role), None)

    def broker(self) -> Eui64:
        """See `gbcs.security.keys.Keys`."""
        certificate = self._cells.get(_BROKER)
        if certificate is None or certificate.eui is None:
            raise MissingKeyError(f"{_BROKER} certificate")
        return certificate.eui

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
        secret = self._secrets.get(key)
        if secret is None:
            secret = self._secrets[key] = agree(self._private[KeyUse.KA], self._public_key(*key))
        return secret

    def sealing_key(self) -> bytes:
        """32 octets that only a device made with the same key agreement key knows, whatever keys it has been given."""
        secret = agree(self._first_agreement_key, self._first_agreement_key.public_key())
        return HKDF(hashes.SHA256(), 32, None, b"gbcs-rig sealed state").derive(secret)

    def agree_with(self, key: EllipticCurvePublicKey) -> bytes:
        """Z of the device's key agreement key and another."""
        return agree(self._private[KeyUse.KA], key)

    def _public_key(self, party: Eui64, use: KeyUse) -> EllipticCurvePublicKey:
        for cell, certificate in self.cells.items():
            if cell.use is use and certificate.eui == party:
                return certificate.public_key
        raise MissingKeyError(f"{party.hex()} {use.name} certificate in a trust anchor cell")


class _WithReader:
    """A device's keys, and the key agreement certificate of one party that it does not know."""

    def __init__(self, anchors: TrustAnchors, reader: Certificate) -> None:
        self._anchors = anchors
        self._reader = reader
        self.broker = anchors.broker
        self.signer = anchors.signer
        self.verifying_key = anchors.verifying_key

    def shared_secret(self, one: Eui64, other: Eui64, use: KeyUse = KeyUse.KA) -> bytes:
        """See `gbcs.security.keys.Keys`."""
        if self._reader.eui in (one, other):
            return self._anchors.agree_with(self._reader.public_key)
        return self._anchors.shared_secret(one, other, use)


class _WithSigner:
    """A device's keys, and a signature key that is everybody's."""

    def __init__(self, anchors: TrustAnchors, key: EllipticCurvePublicKey) -> None:
        self._key = key
        self.broker = anchors.broker
        self.signer = anchors.signer
        self.shared_secret = anchors.shared_secret

    def verifying_key(self, party: Eui64) -> EllipticCurvePublicKey:  # noqa: ARG002
        """See `gbcs.security.keys.Keys`."""
        return self._key


def key_octets(key: EllipticCurvePrivateKey) -> bytes:
    """A private key as it stands in a device's state."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def load_key(octets: bytes) -> EllipticCurvePrivateKey:
    """The inverse of `key_octets`."""
    key = load_der_private_key(octets, None)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise DeviceError("a private key of another kind in a device's state")
    return key


def _anchor_name(cell: Cell) -> str:
    return f"{_ANCHOR}/{cell}"


def _only_party(keystore: Keystore, role: RemotePartyRole) -> Eui64 | None:
    parties = {entry.certificate.eui for entry in keystore.entries(role=role)} - {None}
    if len(parties) > 1:
        held = ", ".join(sorted(map(str, parties)))
        raise DeviceError(f"the keystore holds several parties of the role {role.label}, name one: {held}")
    return parties.pop() if parties else None
