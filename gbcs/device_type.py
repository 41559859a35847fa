"""The kinds of device that GBCS messages come from and go to."""

from __future__ import annotations

from enum import StrEnum


class DeviceType(StrEnum):
    """Device type, by the specification's abbreviation."""

    ESME = "ESME"
    SAPC = "SAPC"
    GSME = "GSME"
    GPF = "GPF"
    CHF = "CHF"
    PPMID = "PPMID"
    HCALCS = "HCALCS"
