"""The GBCS protocol: messages, cryptography and the use-case catalogue. No I/O, no clock, no randomness of its own.

>>> import gbcs
>>> message = gbcs.usecases.ECS52.command(gbcs.Eui64.parse("90-B3-D5-1F-30-00-00-01"),
...     gbcs.Eui64.parse("00-DB-12-34-56-78-90-01"), 1000)
>>> gbcs.decode(message.encode()).use_case.title
'Read ESME/SAPC/Comms Hub Firmware Version'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gbcs import usecases
    from gbcs.cosem.date_time import CosemDateTime
    from gbcs.decoding import Decoded, decode, read_octets, receive
    from gbcs.errors import DecodeError, GbcsError, MissingKeyError, SecurityError, UseCaseError
    from gbcs.eui64 import Eui64
    from gbcs.message import Message
    from gbcs.roles import KeyUse, RemotePartyRole
    from gbcs.security.protection import protect, sign, verify
    from gbcs.usecases.catalogue import USE_CASES

# Names are imported when first used, so that a command line starts without loading cryptography.
_HOMES = {
    "CosemDateTime": "gbcs.cosem.date_time",
    "Decoded": "gbcs.decoding",
    "decode": "gbcs.decoding",
    "read_octets": "gbcs.decoding",
    "receive": "gbcs.decoding",
    "DecodeError": "gbcs.errors",
    "GbcsError": "gbcs.errors",
    "MissingKeyError": "gbcs.errors",
    "SecurityError": "gbcs.errors",
    "UseCaseError": "gbcs.errors",
    "Eui64": "gbcs.eui64",
    "Message": "gbcs.message",
    "KeyUse": "gbcs.roles",
    "RemotePartyRole": "gbcs.roles",
    "protect": "gbcs.security.protection",
    "sign": "gbcs.security.protection",
    "verify": "gbcs.security.protection",
    "USE_CASES": "gbcs.usecases.catalogue",
}

__all__ = [
    "USE_CASES",
    "CosemDateTime",
    "DecodeError",
    "Decoded",
    "Eui64",
    "GbcsError",
    "KeyUse",
    "Message",
    "MissingKeyError",
    "RemotePartyRole",
    "SecurityError",
    "UseCaseError",
    "decode",
    "protect",
    "read_octets",
    "receive",
    "sign",
    "usecases",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name == "usecases":
        return import_module("gbcs.usecases")
    if name not in _HOMES:
        raise AttributeError(f"module 'gbcs' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
