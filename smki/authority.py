"""A certification authority for tests: a root, an organisation CA and a device CA; and the estate of keys of a rig."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import datetime
from os import PathLike
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from gbcs.errors import MissingKeyError, RoleError
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, Purpose, RemotePartyRole, check_role, uses_of
from smki import profiles
from smki.certificate import Certificate, Kind
from smki.errors import ProfileError
from smki.keystore import Keystore, open_keystore

#: The parties of `make_estate`, from the EUI-64 range for documentation (RFC 9542 section 2.2.3).
PARTIES: Mapping[RemotePartyRole, Eui64] = {
    role: Eui64.parse(f"00-00-5E-EF-10-00-00-{role:02X}")
    for role in (
        RemotePartyRole.RECOVERY,
        RemotePartyRole.SUPPLIER,
        RemotePartyRole.NETWORK_OPERATOR,
        RemotePartyRole.ACCESS_CONTROL_BROKER,
        RemotePartyRole.TRANSITIONAL_COS,
        RemotePartyRole.WAN_PROVIDER,
        RemotePartyRole.LOAD_CONTROLLER,
    )
}

# The further role of a party that signs DUIS XML, under the same EUI-64.
_XML_ROLES = {
    RemotePartyRole.SUPPLIER: (RemotePartyRole.XML_SIGN,),
    RemotePartyRole.NETWORK_OPERATOR: (RemotePartyRole.XML_SIGN,),
    RemotePartyRole.LOAD_CONTROLLER: (RemotePartyRole.XML_SIGN,),
    RemotePartyRole.ACCESS_CONTROL_BROKER: (RemotePartyRole.DSP_XML_SIGN,),
}

# Profile, name and role of the three authorities, the root first; the role tells them apart.
_AUTHORITIES = (
    (profiles.ROOT, "R1", RemotePartyRole.ROOT),
    (profiles.ISSUING_OCA, "O1", RemotePartyRole.ISSUING_AUTHORITY),
    (profiles.ISSUING_DCA, "D1", None),
)

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SYSTEM_RANDOM = random.SystemRandom()


class Issued(NamedTuple):
    """A certificate with its private key, in the order in which `Keystore.add` takes them."""

    certificate: Certificate
    private_key: ec.EllipticCurvePrivateKey
    use: KeyUse | None


class TestAuthority:
    """Issues certificates for tests, to the profiles of the SMKI.

    Private keys are made here too, so that a whole estate comes from one source of randomness: with a seeded
    `random.Random` and the same times, every octet is the same again.

    Attributes:
        root, organisation_ca, device_ca: the authorities, with their private keys.
    """

    __test__ = False  # not a test case, whatever its name says to pytest

    def __init__(self, authorities: Iterable[Issued], now: datetime, source: random.Random) -> None:
        self.root, self.organisation_ca, self.device_ca = authorities
        self._now = now
        self._source = source

    @classmethod
    def create(cls, now: datetime, source: random.Random = _SYSTEM_RANDOM) -> TestAuthority:
        """Makes the three authorities. `now` (timezone-aware) is the time of this and of every later issue."""
        made: list[Issued] = []
        for profile, name, role in _AUTHORITIES:
            subject = profiles.authority_subject(name, role)
            made.append(_issue(profile, made[0] if made else None, subject, None, now, source))
        return cls(made, now, source)

    @classmethod
    def open(cls, folder: str | PathLike[str], now: datetime, source: random.Random = _SYSTEM_RANDOM) -> TestAuthority:
        """Reopens an authority that `save` wrote; the folder may hold any other keys as well.

        Raises:
            KeystoreError: `folder` holds nothing readable.
            MissingKeyError: one of the three is not there with its private key.
        """
        held = {
            entry.certificate.role: Issued(entry.certificate, entry.private_key, None)
            for entry in open_keystore(folder).entries()
            if entry.certificate.kind is Kind.AUTHORITY and entry.private_key
        }
        for _, name, role in _AUTHORITIES:
            if role not in held:
                raise MissingKeyError(f"authority {name} with its private key in {folder}")
        return cls((held[role] for _, _, role in _AUTHORITIES), now, source)

    def save(self, folder: str | PathLike[str]) -> None:
        """Writes certificates and private keys of the three authorities, next to what `folder` may hold already."""
        store = Keystore()
        for authority in (self.root, self.organisation_ca, self.device_ca):
            store.add(*authority)
        store.save(folder)

    def issue_organisation(
        self,
        eui: Eui64,
        role: RemotePartyRole,
        use: KeyUse,
        *,
        common_name: str | None = None,
        now: datetime | None = None,
    ) -> Issued:
        """A new key pair and certificate of an organisation; `now` where the authority's time will not do.

        Raises:
            ProfileError: there is no such certificate, e.g. none of role xmlSign for key agreement.
        """
        _check_holder(role, use)
        subject = profiles.organisation_subject(eui, role, common_name)
        return _issue(profiles.ORGANISATION, self.organisation_ca, subject, use, now or self._now, self._source)

    def issue_device(self, eui: Eui64, use: KeyUse, *, now: datetime | None = None) -> Issued:
        """A new key pair and certificate of a device; `now` where the authority's time will not do.

        Raises:
            ProfileError: a prepayment key, which no device has.
        """
        _check_holder(None, use)
        return _issue(profiles.DEVICE, self.device_ca, x509.Name([]), use, now or self._now, self._source, eui)


def make_estate(
    authority: TestAuthority,
    *,
    devices: Iterable[Eui64] = (),
    parties: Mapping[RemotePartyRole, Eui64] = PARTIES,
) -> Keystore:
    """Every key that a rig needs: all uses of each party's role, its XML signing key if it has one, and the devices'.

    The keystore holds the authorities' certificates too, but not their private keys.
    """
    store = Keystore()
    for ca in (authority.root, authority.organisation_ca, authority.device_ca):
        store.add(ca.certificate)
    for party_role, eui in parties.items():
        for role in (party_role, *_XML_ROLES.get(party_role, ())):
            for use in uses_of(role):
                store.add(*authority.issue_organisation(eui, role, use))
    for eui in devices:
        for use in uses_of(None):
            store.add(*authority.issue_device(eui, use))
    return store


def _check_holder(role: RemotePartyRole | None, use: KeyUse) -> None:
    try:
        check_role(Purpose.CERTIFICATE, role, use, device=role is None)
    except RoleError as error:
        raise ProfileError(error.reason) from error


def _issue(
    profile: profiles.Profile,
    issuer: Issued | None,
    subject: x509.Name,
    use: KeyUse | None,
    now: datetime,
    source: random.Random,
    device: Eui64 | None = None,
) -> Issued:
    """Makes a key pair and certifies it, by itself where there is no issuer."""
    key = ec.derive_private_key(source.randrange(1, _P256_ORDER), ec.SECP256R1())
    der = profiles.build(
        profile,
        subject=subject,
        device=device,
        public_key=key.public_key(),
        use=use,
        issuer=issuer.certificate.subject if issuer else subject,
        issuer_key=issuer.private_key if issuer else key,
        serial=source.randrange(1 << 120, 1 << 127),  # 16 octets, positive
        now=now,
    )
    return Issued(Certificate.load(der), key, use)
