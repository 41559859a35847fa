"""The alert and event codes that devices act on (GBCS 16; `gbcs.alert_codes` names all)."""

from __future__ import annotations

from enum import IntEnum


class AlertCode(IntEnum):
    """Alert and event codes."""

    FORMAT_CHECK_FAILED = 0x8F1E
    NOT_AUTHORISED = 0x8F30
    NOT_AUTHENTIC = 0x8F3D
    OTHER_AUTHENTICATION_FAILURE = 0x8F53
    COMMAND_NOT_SUPPORTED = 0x8F85
