"""Many messages at once: sign, verify, protect, check and parse columns of messages, by the kernels or by OpenSSL.

Results are those of the one-at-a-time path, octet for octet; which path is taken shows in the time only (`gbcs kernels`
says which, and why). **Not constant time, and for test keys only**: SECURITY.md says what is not promised.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gbcs.bulk.column import Column
    from gbcs.bulk.keys import KeyTable, TestKey
    from gbcs.bulk.signatures import sign_many, verify_many

# Names are imported when first used: the kernels' compiler is slow to load.
_HOMES = {
    "Column": "gbcs.bulk.column",
    "KeyTable": "gbcs.bulk.keys",
    "TestKey": "gbcs.bulk.keys",
    "sign_many": "gbcs.bulk.signatures",
    "verify_many": "gbcs.bulk.signatures",
}

__all__ = ["Column", "KeyTable", "TestKey", "sign_many", "verify_many"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gbcs.bulk' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
