"""The certificate profiles as data, for those who build certificates and those who check them.

Source: the SMKI Organisation and Device Certificate Policies (profiles annexes), and the certificates of the public
test estates where those are silent (order of extensions, string types).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from cryptography.x509.oid import ExtensionOID, NameOID, ObjectIdentifier

from gbcs.roles import KeyUse, Purpose, RemotePartyRole, roles_for, uses_of
from smki.certificate import Certificate, Kind
from smki.structure import BIT_STRING, PRINTABLE_STRING, UTF8_STRING

ANY_POLICY = "2.5.29.32.0"


class Hierarchy(StrEnum):
    """Under which root a certificate stands; each has its own Certificate Policy."""

    ORGANISATION = "organisation"
    DEVICE = "device"


class Policies(NamedTuple):
    """The policy OIDs of an estate. The defaults are those of the public test estates; production has its own."""

    organisation: str = "1.2.826.0.1.8641679.1.2.1.4"
    device: str = "1.2.826.0.1.1800000.1.2.1.4"

    def of(self, hierarchy: Hierarchy) -> str:
        """The OID of one hierarchy."""
        return self.organisation if hierarchy is Hierarchy.ORGANISATION else self.device


TEST_POLICIES = Policies()


class Part(NamedTuple):
    """An attribute of a subject: the string type that its value has, and whether it may be left out."""

    oid: ObjectIdentifier
    tag: int
    optional: bool = False


_COMMON_NAME = NameOID.COMMON_NAME
_UNIT = NameOID.ORGANIZATIONAL_UNIT_NAME
_AUTHORITY_PARTS = (Part(_UNIT, PRINTABLE_STRING), Part(_COMMON_NAME, PRINTABLE_STRING))
_DEVICE_AUTHORITY_PARTS = (Part(_COMMON_NAME, PRINTABLE_STRING),)
_ORGANISATION_PARTS = (
    Part(_COMMON_NAME, UTF8_STRING, optional=True),
    Part(_UNIT, UTF8_STRING),
    Part(NameOID.X500_UNIQUE_IDENTIFIER, BIT_STRING),
)

CRITICAL = frozenset(
    {
        ExtensionOID.KEY_USAGE,
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    }
)
_ROOT_EXTENSIONS = (
    ExtensionOID.KEY_USAGE,
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.CERTIFICATE_POLICIES,
    ExtensionOID.SUBJECT_KEY_IDENTIFIER,
)
_ISSUING_EXTENSIONS = (*_ROOT_EXTENSIONS, ExtensionOID.AUTHORITY_KEY_IDENTIFIER)
_ORGANISATION_EXTENSIONS = (
    ExtensionOID.KEY_USAGE,
    ExtensionOID.SUBJECT_KEY_IDENTIFIER,
    ExtensionOID.CERTIFICATE_POLICIES,
    ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
)
_DEVICE_EXTENSIONS = (
    ExtensionOID.KEY_USAGE,
    ExtensionOID.SUBJECT_KEY_IDENTIFIER,
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    ExtensionOID.CERTIFICATE_POLICIES,
    ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
)


@dataclass(frozen=True, slots=True)
class Profile:
    """What a kind of certificate has to be, beyond what all have in common. What is not named here is forbidden.

    Attributes:
        name: the role's label, or what else the certificate is.
        hierarchy: decides the certificate policy.
        subject: attributes of the subject, in their order, one in each RelativeDistinguishedName.
        issuer: the issuer's, in the same way.
        role: the OU of the subject; `None` where there is none.
        uses: the key uses of end entities, one in each certificate; empty for authorities.
        years: whole days of validity, from the day of issue; `None` is from the second of issue and for ever.
        extensions: OIDs in the order of the certificate; those in `CRITICAL` are critical.
        path_length: of basicConstraints, where the profile has them.
    """

    name: str
    hierarchy: Hierarchy
    subject: tuple[Part, ...]
    issuer: tuple[Part, ...]
    role: RemotePartyRole | None
    uses: tuple[KeyUse, ...]
    years: int | None
    extensions: tuple[ObjectIdentifier, ...]
    path_length: int | None = None

    @property
    def is_root(self) -> bool:
        """Whether it certifies itself, for any policy."""
        return ExtensionOID.AUTHORITY_KEY_IDENTIFIER not in self.extensions

    def policy(self, policies: Policies) -> str:
        """The one policy OID."""
        return ANY_POLICY if self.is_root else policies.of(self.hierarchy)


def _authority(
    name: str, hierarchy: Hierarchy, parts: tuple[Part, ...], role: RemotePartyRole | None, *, root: bool
) -> Profile:
    extensions = _ROOT_EXTENSIONS if root else _ISSUING_EXTENSIONS
    return Profile(name, hierarchy, parts, parts, role, (), 50 if root else 25, extensions, None if root else 0)


def _organisation(role: RemotePartyRole) -> Profile:
    return Profile(
        role.label,
        Hierarchy.ORGANISATION,
        _ORGANISATION_PARTS,
        _AUTHORITY_PARTS,
        role,
        uses_of(role),
        10,
        _ORGANISATION_EXTENSIONS,
    )


ROOT = _authority("root", Hierarchy.ORGANISATION, _AUTHORITY_PARTS, RemotePartyRole.ROOT, root=True)
ISSUING_OCA = _authority(
    "issuingAuthority", Hierarchy.ORGANISATION, _AUTHORITY_PARTS, RemotePartyRole.ISSUING_AUTHORITY, root=False
)
DEVICE_ROOT = _authority("deviceRoot", Hierarchy.DEVICE, _DEVICE_AUTHORITY_PARTS, None, root=True)
ISSUING_DCA = _authority("deviceAuthority", Hierarchy.DEVICE, _DEVICE_AUTHORITY_PARTS, None, root=False)
DEVICE = Profile("device", Hierarchy.DEVICE, (), _DEVICE_AUTHORITY_PARTS, None, uses_of(None), None, _DEVICE_EXTENSIONS)
ORGANISATIONS: Mapping[RemotePartyRole, Profile] = {
    role: _organisation(role) for role in sorted(roles_for(Purpose.CERTIFICATE))
}
#: Every profile by its name.
PROFILES: Mapping[str, Profile] = {
    profile.name: profile for profile in (ROOT, ISSUING_OCA, DEVICE_ROOT, ISSUING_DCA, *ORGANISATIONS.values(), DEVICE)
}


def profile_of(certificate: Certificate) -> Profile | None:
    """The profile that a certificate is meant to have, by kind and role; `None` where its role has none."""
    if certificate.kind is Kind.DEVICE:
        return DEVICE
    role = certificate.role
    if certificate.kind is Kind.ORGANISATION:
        return ORGANISATIONS.get(role) if role is not None else None
    by_place = {
        (RemotePartyRole.ROOT, True): ROOT,
        (RemotePartyRole.ISSUING_AUTHORITY, False): ISSUING_OCA,
        (None, True): DEVICE_ROOT,
        (None, False): ISSUING_DCA,
    }
    return by_place.get((role, certificate.is_self_issued))
