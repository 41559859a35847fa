"""Many messages at once: sign, verify, protect, encrypt, check and parse columns, by the kernels or by OpenSSL.

Results are those of the one-at-a-time path, octet for octet; which path is taken shows in the time only (`gbcs kernels`
says which, and why). **Not constant time, and for test keys only**: SECURITY.md says what is not promised.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gbcs.bulk.agreements import agree_many
    from gbcs.bulk.checking import Checked, check_many
    from gbcs.bulk.column import Column
    from gbcs.bulk.encryption import Decrypted, decrypt_many, derive_many, encrypt_many
    from gbcs.bulk.keys import KeyTable, TestKey
    from gbcs.bulk.parsing import Parsed, accesses_of, parse_many
    from gbcs.bulk.protection import Protected, protect_many
    from gbcs.bulk.signatures import BulkSigner, sign_many, verify_many

# Names are imported when first used: the kernels' compiler is slow to load.
_HOMES = {
    "agree_many": "gbcs.bulk.agreements",
    "BulkSigner": "gbcs.bulk.signatures",
    "Checked": "gbcs.bulk.checking",
    "check_many": "gbcs.bulk.checking",
    "Column": "gbcs.bulk.column",
    "Decrypted": "gbcs.bulk.encryption",
    "decrypt_many": "gbcs.bulk.encryption",
    "derive_many": "gbcs.bulk.encryption",
    "encrypt_many": "gbcs.bulk.encryption",
    "KeyTable": "gbcs.bulk.keys",
    "TestKey": "gbcs.bulk.keys",
    "Parsed": "gbcs.bulk.parsing",
    "accesses_of": "gbcs.bulk.parsing",
    "parse_many": "gbcs.bulk.parsing",
    "Protected": "gbcs.bulk.protection",
    "protect_many": "gbcs.bulk.protection",
    "sign_many": "gbcs.bulk.signatures",
    "verify_many": "gbcs.bulk.signatures",
}

__all__ = [
    "BulkSigner",
    "Checked",
    "Column",
    "Decrypted",
    "KeyTable",
    "Parsed",
    "Protected",
    "TestKey",
    "accesses_of",
    "agree_many",
    "check_many",
    "decrypt_many",
    "derive_many",
    "encrypt_many",
    "parse_many",
    "protect_many",
    "sign_many",
    "verify_many",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gbcs.bulk' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
