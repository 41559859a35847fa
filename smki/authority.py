"""Certification authorities for tests: two roots, an organisation CA, a device CA; and the estate of keys of a rig."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from os import PathLike
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from gbcs.errors import MissingKeyError, RoleError
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, Purpose, RemotePartyRole, check_role, uses_of
from smki import building, profiles, revocation
from smki.certificate import Certificate, Kind
from smki.errors import ProfileError
from smki.keystore import Keystore, open_keystore
from smki.profiles import TEST_POLICIES, Policies, Profile
from smki.revocation import Revocation, RevocationList

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

# The authorities: profile, name, and the profile of the issuer.
_AUTHORITIES = (
    (profiles.ROOT, "R1", profiles.ROOT),
    (profiles.ISSUING_OCA, "O1", profiles.ROOT),
    (profiles.DEVICE_ROOT, "R2", profiles.DEVICE_ROOT),
    (profiles.ISSUING_DCA, "D1", profiles.DEVICE_ROOT),
)

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SYSTEM_RANDOM = random.SystemRandom()


class Issued(NamedTuple):
    """A certificate with its private key, in the order in which `Keystore.add` takes them."""

    certificate: Certificate
    private_key: ec.EllipticCurvePrivateKey
    use: KeyUse | None


class TestAuthority:
    """Issues certificates for tests, to the profiles of the SMKI: an organisation and a device hierarchy.

    Private keys are made here too, so that a whole estate comes from one source of randomness: with a seeded
    `random.Random` and the same times, every octet is the same again.
    """

    __test__ = False  # not a test case, whatever its name says to pytest

    def __init__(
        self,
        authorities: Iterable[Issued],
        now: datetime,
        source: random.Random = _SYSTEM_RANDOM,
        policies: Policies = TEST_POLICIES,
    ) -> None:
        """Takes the authorities of every generation, with their private keys; the newest of each profile issues.

        Raises:
            MissingKeyError: there is none of some profile.
        """
        self._generations: dict[str, list[Issued]] = {}
        self._links: list[Certificate] = []
        for authority in authorities:
            profile = profiles.profile_of(authority.certificate)
            if profile is None:
                continue
            if profile.is_root and not authority.certificate.is_signed_by(authority.certificate.public_key):
                self._links.append(authority.certificate)
            else:
                self._generations.setdefault(profile.name, []).append(authority)
        for profile, name, _ in _AUTHORITIES:
            if profile.name not in self._generations:
                raise MissingKeyError(f"authority {name} ({profile.name}) with its private key")
            self._generations[profile.name].sort(
                key=lambda held: (held.certificate.not_before, held.certificate.serial)
            )
        self._now = now
        self._source = source
        self._policies = policies

    @classmethod
    def create(
        cls, now: datetime, source: random.Random = _SYSTEM_RANDOM, policies: Policies = TEST_POLICIES
    ) -> TestAuthority:
        """Makes the authorities. `now` (timezone-aware) is the time of this and of every later issue."""
        made: dict[str, Issued] = {}
        for profile, name, issuer in _AUTHORITIES:
            subject = building.authority_subject(name, profile.role)
            made[profile.name] = _issue(profile, made.get(issuer.name), subject, now, source, policies)
        return cls(made.values(), now, source, policies)

    @classmethod
    def open(
        cls,
        folder: str | PathLike[str],
        now: datetime,
        source: random.Random = _SYSTEM_RANDOM,
        policies: Policies = TEST_POLICIES,
    ) -> TestAuthority:
        """Reopens an authority that `save` wrote; the folder may hold any other keys as well.

        Raises:
            KeystoreError: `folder` holds nothing readable.
            MissingKeyError: one of the authorities is not there with its private key.
        """
        try:
            return cls(
                (
                    Issued(entry.certificate, entry.private_key, None)
                    for entry in open_keystore(folder).entries()
                    if entry.certificate.kind is Kind.AUTHORITY and entry.private_key
                ),
                now,
                source,
                policies,
            )
        except MissingKeyError as error:
            raise MissingKeyError(f"{error.key} in {folder}") from None

    @property
    def root(self) -> Issued:
        """The newest root of the organisation hierarchy."""
        return self._newest(profiles.ROOT)

    @property
    def organisation_ca(self) -> Issued:
        """The authority that issues to organisations."""
        return self._newest(profiles.ISSUING_OCA)

    @property
    def device_root(self) -> Issued:
        """The newest root of the device hierarchy."""
        return self._newest(profiles.DEVICE_ROOT)

    @property
    def device_ca(self) -> Issued:
        """The authority that issues to devices."""
        return self._newest(profiles.ISSUING_DCA)

    def authorities(self) -> Iterator[Issued]:
        """Every generation of every authority, the present ones last."""
        for held in self._generations.values():
            yield from held

    def certificates(self) -> list[Certificate]:
        """Every certificate of an authority, and those that link a root to the one before."""
        return [*(authority.certificate for authority in self.authorities()), *self._links]

    def save(self, folder: str | PathLike[str]) -> None:
        """Writes certificates and private keys of the authorities, next to what `folder` may hold already."""
        store = Keystore()
        for authority in self.authorities():
            store.add(*authority)
        for link in self._links:
            store.add(link)
        store.save(folder)

    def roll_over(self, profile: Profile, *, now: datetime | None = None) -> list[Certificate]:
        """Gives one of the authorities a new key pair under the same name, which issues from now on.

        What the former key signed stays valid. A root comes with two further certificates, of the new key by the
        former and of the former by the new (RFC 4210 section 4.4), so that whoever trusts either trusts both.

        Returns the new certificates, the authority's own first.

        Raises:
            ProfileError: `profile` is no authority's.
        """
        if profile.name not in self._generations:
            raise ProfileError(f"{profile.name} is the profile of no authority")
        now = now or self._now
        issuers = {issued.name: issuer for issued, _, issuer in _AUTHORITIES}
        former = self._newest(profile)
        issuer = None if profile.is_root else self._newest(issuers[profile.name])
        # Generations of one day are told apart by their serial numbers.
        above = former.certificate.serial
        made = _issue(profile, issuer, former.certificate.subject, now, self._source, self._policies, above)
        links = []
        if profile.is_root:
            links = [
                Certificate.load(
                    self._certify(profile, by, of.certificate.subject, of.certificate.public_key, None, now)
                )
                for of, by in ((made, former), (former, made))
            ]
        self._generations[profile.name].append(made)
        self._links += links
        return [made.certificate, *links]

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
        key = _private_key(self._source)
        return Issued(self.certify_organisation(key.public_key(), eui, role, use, common_name, now=now), key, use)

    def issue_device(self, eui: Eui64, use: KeyUse, *, now: datetime | None = None) -> Issued:
        """A new key pair and certificate of a device; `now` where the authority's time will not do.

        Raises:
            ProfileError: a prepayment key, which no device has.
        """
        key = _private_key(self._source)
        return Issued(self.certify_device(key.public_key(), eui, use, now=now), key, use)

    def certify_organisation(
        self,
        public_key: ec.EllipticCurvePublicKey,
        eui: Eui64,
        role: RemotePartyRole,
        use: KeyUse,
        common_name: str | None = None,
        *,
        now: datetime | None = None,
    ) -> Certificate:
        """A certificate for a key that an organisation made; raises as `issue_organisation`."""
        _check_holder(role, use)
        subject = building.organisation_subject(eui, role, common_name)
        profile = profiles.ORGANISATIONS[role]
        return Certificate.load(
            self._certify(profile, self.organisation_ca, subject, public_key, use, now or self._now)
        )

    def certify_device(
        self, public_key: ec.EllipticCurvePublicKey, eui: Eui64, use: KeyUse, *, now: datetime | None = None
    ) -> Certificate:
        """A certificate for a key that a device made; raises as `issue_device`."""
        _check_holder(None, use)
        subject = x509.Name([])
        return Certificate.load(
            self._certify(profiles.DEVICE, self.device_ca, subject, public_key, use, now or self._now, eui)
        )

    def revocation_list(
        self,
        issuer: Issued,
        revocations: Iterable[tuple[int, Revocation]],
        *,
        number: int,
        lifetime: timedelta,
        now: datetime | None = None,
    ) -> RevocationList:
        """A CRL of the organisation authority or ARL of the root, whichever `issuer` is."""
        at = now or self._now
        return revocation.build(*issuer[:2], revocations, number=number, this_update=at, next_update=at + lifetime)

    def _newest(self, profile: Profile) -> Issued:
        return self._generations[profile.name][-1]

    def _certify(
        self,
        profile: Profile,
        issuer: Issued,
        subject: x509.Name,
        public_key: ec.EllipticCurvePublicKey,
        use: KeyUse | None,
        now: datetime,
        device: Eui64 | None = None,
    ) -> bytes:
        return building.build(
            profile,
            subject=subject,
            device=device,
            public_key=public_key,
            use=use,
            issuer=issuer.certificate.subject,
            issuer_key=issuer.private_key,
            serial=_serial(self._source),
            now=now,
            policies=self._policies,
        )


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
    for certificate in authority.certificates():
        store.add(certificate)
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
    profile: Profile,
    issuer: Issued | None,
    subject: x509.Name,
    now: datetime,
    source: random.Random,
    policies: Policies,
    above: int = 0,
) -> Issued:
    """Makes an authority's key pair and certifies it, by itself where there is no issuer.

    The serial number is greater than `above`.
    """
    key = _private_key(source)
    der = building.build(
        profile,
        subject=subject,
        device=None,
        public_key=key.public_key(),
        use=None,
        issuer=issuer.certificate.subject if issuer else subject,
        issuer_key=issuer.private_key if issuer else key,
        serial=_serial(source, above),
        now=now,
        policies=policies,
    )
    return Issued(Certificate.load(der), key, None)


def _private_key(source: random.Random) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(source.randrange(1, _P256_ORDER), ec.SECP256R1())


def _serial(source: random.Random, above: int = 0) -> int:
    return source.randrange(max(1 << 120, above + 1), 1 << 127)  # 16 octets, positive
