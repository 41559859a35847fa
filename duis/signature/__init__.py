"""XML signatures of DUIS documents: made by `sign` and `sign_many`, checked by `Verifier` and `verify`.

`duis.signature.profile` is the one profile that DUIS allows, `signing` makes it, `verification` accepts nothing else.
"""

from __future__ import annotations

from duis.signature.signing import BatchSigner, SerialSigner, sign, sign_many
from duis.signature.verification import LEGACY, STRICT, Policy, Verified, Verifier, XmlKeys, verify

__all__ = [
    "LEGACY",
    "STRICT",
    "BatchSigner",
    "Policy",
    "SerialSigner",
    "Verified",
    "Verifier",
    "XmlKeys",
    "sign",
    "sign_many",
    "verify",
]
