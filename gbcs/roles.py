"""Who may hold which key: remote party roles, key usages and trust anchor cells.

Source: GBCS 12.4 (RemotePartyRole, KeyUsage, CellUsage); 135 and 137 are Organisation Certificate roles of the SMKI.
"""

from __future__ import annotations

from enum import Enum, IntEnum


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


#: The roles whose certificates a device may hold, and with which a GBCS message may be signed or keyed (GBCS 12.4).
#: xmlSign and dspXmlSign are for DUIS XML and nothing else.
GBCS_ROLES = frozenset(role for role in RemotePartyRole if role <= RemotePartyRole.LOAD_CONTROLLER)

#: The roles for which a device may encrypt: those, and users whom it does not know (GBCS 8.4).
AGREEMENT_ROLES = GBCS_ROLES | {RemotePartyRole.OTHER}
