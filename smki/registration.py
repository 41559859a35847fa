"""Who may have which certificate: the parties of an estate, what they are entitled to, and what they are refused.

The registry is a JSON object, the name of a party -> its entry:

    {"supplier": {"api_key": "s3cret", "roles": ["supplier", "xmlSign"], "devices": true,
                  "ranges": [["00-00-5E-EF-10-00-00-02", "00-00-5E-EF-10-00-00-02"]]}}

Source: SEC Appendix D (registration authority policies and procedures) and Appendix M.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gbcs.errors import DecodeError
from gbcs.eui64 import Eui64
from gbcs.roles import Purpose, RemotePartyRole, roles_for
from smki.certificate import Kind
from smki.errors import SmkiError
from smki.request import CertificateRequest

#: Roles that nobody but the DCC holds.
DCC_ROLES = frozenset(
    {
        RemotePartyRole.RECOVERY,
        RemotePartyRole.ACCESS_CONTROL_BROKER,
        RemotePartyRole.TRANSITIONAL_COS,
        RemotePartyRole.WAN_PROVIDER,
        RemotePartyRole.DSP_XML_SIGN,
    }
)
_ROLES = {role.label: role for role in roles_for(Purpose.CERTIFICATE)}
_MEMBERS = {"api_key", "roles", "ranges", "devices", "dcc"}


class RegistryError(SmkiError):
    """A registry that cannot be read; the message names the entry."""


class NotEligible(SmkiError):
    """A request for a certificate that the party is not entitled to."""


@dataclass(frozen=True, slots=True)
class Party:
    """One party.

    Attributes:
        name: as in the registry.
        api_key: by which the services know it.
        roles: Remote Party Roles that it may hold certificates for.
        ranges: first and last EUI-64 of its identifiers.
        devices: it is an Authorised Subscriber for device certificates.
        dcc: it is the DCC.
    """

    name: str
    api_key: str
    roles: frozenset[RemotePartyRole]
    ranges: tuple[tuple[Eui64, Eui64], ...]
    devices: bool = False
    dcc: bool = False

    def check(self, request: CertificateRequest) -> None:
        """Returns only if the party may have what it asks for.

        Raises:
            NotEligible: it may not; the message says why.
        """
        if request.kind is Kind.DEVICE:
            if not self.devices:
                raise NotEligible(f"{self.name} is no Authorised Subscriber for device certificates")
        elif request.role not in self.roles:
            role = request.role.label if request.role is not None else "no role"
            raise NotEligible(f"{self.name} is not registered for the role {role}")
        elif not any(first <= request.eui <= last for first, last in self.ranges):
            raise NotEligible(f"{request.eui} is not an identifier of {self.name}")

    def to_json(self) -> dict[str, object]:
        """The entry of the registry."""
        return {
            "api_key": self.api_key,
            "roles": [role.label for role in sorted(self.roles)],
            "ranges": [[str(first), str(last)] for first, last in self.ranges],
            "devices": self.devices,
            "dcc": self.dcc,
        }


def registry_of(parties: Mapping[RemotePartyRole, Eui64], source: random.Random) -> Registry:
    """A registry for the parties of an estate: the DCC, a user for each other role, and a maker of devices.

    Every user may sign XML as well (SEC: any DCC User may hold xmlSign for its own User ID).
    """

    def key() -> str:
        return f"{source.getrandbits(128):032x}"

    dcc = {role: eui for role, eui in parties.items() if role in DCC_ROLES}
    users = {role: eui for role, eui in parties.items() if role not in DCC_ROLES}
    made = [
        Party(role.label, key(), frozenset({role, RemotePartyRole.XML_SIGN}), ((eui, eui),), devices=True)
        for role, eui in users.items()
    ]
    ranges = tuple((eui, eui) for eui in dcc.values())
    made.append(Party("dcc", key(), frozenset(dcc) | {RemotePartyRole.DSP_XML_SIGN}, ranges, devices=True, dcc=True))
    made.append(Party("manufacturer", key(), frozenset(), (), devices=True))
    return Registry(made)


class Registry:
    """The parties of an estate, by name and by API key."""

    def __init__(self, parties: Iterable[Party]) -> None:
        self.parties = {party.name: party for party in parties}
        self._by_key = {party.api_key: party for party in self.parties.values()}

    def by_key(self, api_key: str) -> Party | None:
        """The party with this API key."""
        return self._by_key.get(api_key)

    def to_json(self) -> bytes:
        """The registry as JSON text."""
        entries = {name: party.to_json() for name, party in self.parties.items()}
        return json.dumps(entries, indent=2).encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes) -> Registry:
        """Reads the JSON form.

        Raises:
            RegistryError: it is something else.
        """
        try:
            document = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise RegistryError(f"registry: {error}") from None
        if not isinstance(document, dict):
            raise RegistryError("registry: not a JSON object")
        parties = [_party(name, entry) for name, entry in document.items()]
        keys = [party.api_key for party in parties]
        if len(set(keys)) < len(keys):
            raise RegistryError("registry: two parties have the same api_key")
        return cls(parties)


def _party(name: str, entry: object) -> Party:
    if not isinstance(entry, Mapping) or set(entry) - _MEMBERS:
        raise RegistryError(f"{name}: not an object of {', '.join(sorted(_MEMBERS))}")
    try:
        party = Party(
            name,
            _text(entry["api_key"]),
            frozenset(_ROLES[role] for role in entry.get("roles", ())),
            tuple((Eui64.parse(first), Eui64.parse(last)) for first, last in entry.get("ranges", ())),
            _flag(entry.get("devices", False)),
            _flag(entry.get("dcc", False)),
        )
    except KeyError as error:
        raise RegistryError(f"{name}: {error} is missing, or not a role that there are certificates for") from None
    except (AttributeError, DecodeError, TypeError, ValueError) as error:
        raise RegistryError(f"{name}: {error}") from None
    if not party.dcc and (forbidden := party.roles & DCC_ROLES):
        raise RegistryError(f"{name}: only the DCC holds {', '.join(role.label for role in sorted(forbidden))}")
    if any(first > last for first, last in party.ranges):
        raise RegistryError(f"{name}: a range that ends before it begins")
    return party


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("api_key is not text")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value
