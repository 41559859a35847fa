"""Who may hold which key, and what it serves for: remote party roles, key usages, and the one check of the two.

Source: GBCS 12.4 (RemotePartyRole, KeyUsage, CellUsage); 135 and 137 are Organisation Certificate roles of the SMKI.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, IntEnum
from typing import NamedTuple

from gbcs.errors import RoleError


class RemotePartyRole(IntEnum):
    """Remote Party Role as certificates (subject OU, two hex digits) and CS02 commands carry it."""

    ROOT = 0
    RECOVERY = 1
    SUPPLIER = 2
    NETWORK_OPERATOR = 3
    ACCESS_CONTROL_BROKER = 4
    TRANSITIONAL_COS = 5
    WAN_PROVIDER = 6
    ISSUING_AUTHORITY = 7
    LOAD_CONTROLLER = 8
    OTHER = 127
    XML_SIGN = 135
    DSP_XML_SIGN = 137

    @property
    def label(self) -> str:
        """The specification's spelling, e.g. ``networkOperator``."""
        return _LABELS[self]


_LABELS = {
    RemotePartyRole.ROOT: "root",
    RemotePartyRole.RECOVERY: "recovery",
    RemotePartyRole.SUPPLIER: "supplier",
    RemotePartyRole.NETWORK_OPERATOR: "networkOperator",
    RemotePartyRole.ACCESS_CONTROL_BROKER: "accessControlBroker",
    RemotePartyRole.TRANSITIONAL_COS: "transitionalCoS",
    RemotePartyRole.WAN_PROVIDER: "wanProvider",
    RemotePartyRole.ISSUING_AUTHORITY: "issuingAuthority",
    RemotePartyRole.LOAD_CONTROLLER: "loadController",
    RemotePartyRole.OTHER: "other",
    RemotePartyRole.XML_SIGN: "xmlSign",
    RemotePartyRole.DSP_XML_SIGN: "dspXmlSign",
}


class KeyUse(Enum):
    """What a key pair is for. PP is the supplier's second key agreement key, for prepayment top-ups."""

    DS = "ds"
    KA = "ka"
    PP = "pp-ka"

    @property
    def label(self) -> str:
        """The use in words."""
        return {"ds": "digital signature", "ka": "key agreement", "pp-ka": "prepayment key agreement"}[self.value]


class Purpose(Enum):
    """What a key is to be relied on for."""

    CERTIFICATE = "an end entity certificate"
    TRUST_ANCHOR = "a device's trust anchor cell"
    GBCS_SIGNATURE = "signing GBCS messages"
    GBCS_KEY_AGREEMENT = "key agreement for GBCS messages"
    USER_XML_SIGNATURE = "signing DUIS Requests"
    DCC_XML_SIGNATURE = "signing DUIS Responses"
    LEGACY_USER_XML_SIGNATURE = "signing DUIS Requests without xmlSign"
    LEGACY_DCC_XML_SIGNATURE = "signing DUIS Responses without dspXmlSign"


class _Rule(NamedTuple):
    """Whose key, and of which use, serves a purpose."""

    uses: frozenset[KeyUse]
    roles: frozenset[RemotePartyRole]
    devices: bool = False


# Who holds which keys: trust anchor cells (GBCS 12.4); signing alone for the roles of DUIS XML (SMKI, roles 135, 137).
_USES = {
    RemotePartyRole.RECOVERY: (KeyUse.DS,),
    RemotePartyRole.SUPPLIER: (KeyUse.DS, KeyUse.KA, KeyUse.PP),
    RemotePartyRole.NETWORK_OPERATOR: (KeyUse.DS, KeyUse.KA),
    RemotePartyRole.ACCESS_CONTROL_BROKER: (KeyUse.DS, KeyUse.KA),
    RemotePartyRole.TRANSITIONAL_COS: (KeyUse.DS,),
    RemotePartyRole.WAN_PROVIDER: (KeyUse.DS, KeyUse.KA),
    RemotePartyRole.LOAD_CONTROLLER: (KeyUse.DS, KeyUse.KA),
    RemotePartyRole.OTHER: (KeyUse.DS, KeyUse.KA),
    RemotePartyRole.XML_SIGN: (KeyUse.DS,),
    RemotePartyRole.DSP_XML_SIGN: (KeyUse.DS,),
}
_DEVICE_USES = (KeyUse.DS, KeyUse.KA)

_SIGNING = frozenset({KeyUse.DS})
_AGREEMENT = frozenset({KeyUse.KA, KeyUse.PP})
_KNOWN_TO_DEVICES = frozenset(role for role in _USES if role <= RemotePartyRole.LOAD_CONTROLLER)
_XML_SIGN = frozenset({RemotePartyRole.XML_SIGN})
_DSP_XML_SIGN = frozenset({RemotePartyRole.DSP_XML_SIGN})
_USERS = frozenset(
    {
        RemotePartyRole.SUPPLIER,
        RemotePartyRole.NETWORK_OPERATOR,
        RemotePartyRole.LOAD_CONTROLLER,
        RemotePartyRole.OTHER,
    }
)

#: Every question of the kind "is this key meant for that?" is a row here, within what the holders have at all.
_RULES: Mapping[Purpose, _Rule] = {
    Purpose.CERTIFICATE: _Rule(_SIGNING | _AGREEMENT, frozenset(_USES), devices=True),
    Purpose.TRUST_ANCHOR: _Rule(_SIGNING | _AGREEMENT, _KNOWN_TO_DEVICES),  # GBCS 12.4
    Purpose.GBCS_SIGNATURE: _Rule(_SIGNING, _KNOWN_TO_DEVICES, devices=True),  # GBCS 12.4
    # A device encrypts also for users whom it does not know (GBCS 8.4).
    Purpose.GBCS_KEY_AGREEMENT: _Rule(_AGREEMENT, _KNOWN_TO_DEVICES | {RemotePartyRole.OTHER}, devices=True),
    Purpose.USER_XML_SIGNATURE: _Rule(_SIGNING, _XML_SIGN),
    Purpose.DCC_XML_SIGNATURE: _Rule(_SIGNING, _DSP_XML_SIGN),
    # Before there were certificates for XML, it was signed by the keys for GBCS messages.
    Purpose.LEGACY_USER_XML_SIGNATURE: _Rule(_SIGNING, _XML_SIGN | _USERS),
    Purpose.LEGACY_DCC_XML_SIGNATURE: _Rule(_SIGNING, _DSP_XML_SIGN | {RemotePartyRole.ACCESS_CONTROL_BROKER}),
}


def roles_for(purpose: Purpose) -> frozenset[RemotePartyRole]:
    """The organisations' roles whose keys serve `purpose`."""
    return _RULES[purpose].roles


def uses_of(role: RemotePartyRole | None) -> tuple[KeyUse, ...]:
    """The key uses for which an organisation in `role`, or a device where it is `None`, holds certificates."""
    return _DEVICE_USES if role is None else _USES.get(role, ())


def check_role(purpose: Purpose, role: int | None, use: KeyUse | None, *, device: bool = False) -> None:
    """Returns only if a key of that holder and use serves `purpose`.

    Args:
        purpose: what the key is to be relied on for.
        role: the holder's Remote Party Role code, also one that has no name; `None` where it has none.
        use: `None` where the key is neither for signing nor for key agreement alone.
        device: the holder is a device.

    Raises:
        RoleError: `check` is ``role`` where such a holder's keys never serve the purpose, ``key usage`` where this
            one does not.
    """
    rule = _RULES[purpose]
    known = None if device else next((known for known in rule.roles if known == role), None)
    if not (rule.devices if device else known is not None):
        meant = sorted(rule.roles)
        raise RoleError(
            "role",
            f"{_holder(role, device)} is not for {purpose.value}: that is for "
            + ", ".join([known.label for known in meant] + ["devices"] * rule.devices),
        )
    if use not in rule.uses.intersection(uses_of(known)):
        meant_uses = [held.label for held in uses_of(known) if held in rule.uses]
        raise RoleError(
            "key usage",
            f"for {purpose.value}, {_holder(role, device)} needs a key for {' or '.join(meant_uses)}, "
            f"not one for {use.label if use else 'another usage'}",
        )


def serves(purpose: Purpose, role: int | None, use: KeyUse | None, *, device: bool = False) -> bool:
    """Whether `check_role` returns."""
    try:
        check_role(purpose, role, use, device=device)
    except RoleError:
        return False
    return True


def _holder(role: int | None, device: bool) -> str:
    if device:
        return "a device"
    if role is None:
        return "an organisation without a role"
    return f"role {next((known.label for known in RemotePartyRole if known == role), role)}"
