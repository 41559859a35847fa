"""Alerts: their codes and their content (GBCS 16; DLMS data-notification)."""

from __future__ import annotations

from enum import IntEnum

from gbcs.cosem.date_time import CosemDateTime
from gbcs.cosem.types import DATE_TIME, LONG_UNSIGNED, OctetString

_DATA_NOTIFICATION = b"\x0f"
_INVOKE_PRIORITY = b"\x20"
_NO_DATE_TIME = b"\x00"
_STRUCTURE = 0x02


class AlertCode(IntEnum):
    """Alert and event codes."""

    FORMAT_CHECK_FAILED = 0x8F1E
    NOT_AUTHORISED = 0x8F30
    NOT_AUTHENTIC = 0x8F3D
    OTHER_AUTHENTICATION_FAILURE = 0x8F53
    COMMAND_NOT_SUPPORTED = 0x8F85


def content(counter: int, code: AlertCode, time: CosemDateTime, *details: bytes) -> bytes:
    """The content of a DLMS alert: code, time and octet-strings specific to the alert.

    `counter` is the alert's own originator counter.
    """
    elements = [LONG_UNSIGNED.encode(code), DATE_TIME.encode(time), *map(OctetString().encode, details)]
    head = _DATA_NOTIFICATION + _INVOKE_PRIORITY + (counter & 0xFFFFFF).to_bytes(3, "big") + _NO_DATE_TIME
    return head + bytes((_STRUCTURE, len(elements))) + b"".join(elements)
