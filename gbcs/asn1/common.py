"""ASN.1 types that many payloads share (GBCS 13; message structure 6.2)."""

from __future__ import annotations

from collections.abc import Mapping

from gbcs.alert_codes import ALERT_NAMES
from gbcs.asn1.types import INTEGER, BitString, Integer, OctetString
from gbcs.message import Message
from gbcs.roles import RemotePartyRole


def codes(*names: str) -> Integer:
    """An INTEGER whose values from 0 on have these names."""
    return coded(dict(enumerate(names)))


def coded(names: Mapping[int, str], tag: int = INTEGER) -> Integer:
    """An INTEGER or, with that tag, ENUMERATED of one octet whose values have names."""
    return Integer(names, 0xFF, tag)


def originator_counter(header: Message) -> int:
    """The counter of the command, which its response repeats in the header."""
    return header.originator_counter


ALERT_CODE = Integer(ALERT_NAMES, 0xFFFF, digits=4)
#: The type of GBCS 12.4 ends with other; the roles behind it are of the SMKI alone.
REMOTE_PARTY_ROLE = coded({role.value: role.label for role in RemotePartyRole if role <= RemotePartyRole.OTHER})
#: X.509 keyUsage; a trust anchor cell has digitalSignature, keyAgreement or keyCertSign.
KEY_USAGE = BitString(
    (
        "digitalSignature",
        "nonRepudiation",
        "keyEncipherment",
        "dataEncipherment",
        "keyAgreement",
        "keyCertSign",
        "cRLSign",
        "encipherOnly",
        "decipherOnly",
    )
)
CELL_USAGE = codes("management", "prePaymentTopUp")
KEY_IDENTIFIER = OctetString(8)
FIRMWARE_VERSION = OctetString(4)
