"""The errors of this package: one root, `SmkiError`.

A key or certificate that is not held is `gbcs.errors.MissingKeyError`, and one that is not meant for what it is used
for is `gbcs.errors.RoleError`, here as everywhere.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class SmkiError(Exception):
    """Root of everything this package raises of its own."""

    #: Exit status of a command that ends with this error (see `gbcs.commandline`).
    exit_code: ClassVar[int] = 2


class CertificateError(SmkiError):
    """Octets that are no readable P-256 certificate, or text that is no distinguished name."""


class CurveError(CertificateError):
    """A certificate or request whose public key is not on the curve P-256."""


class KeystoreError(SmkiError):
    """A store that holds nothing readable or may not be written, or an entry that contradicts itself."""


class ProfileError(SmkiError):
    """A role and a key use for which there is no certificate profile."""


class RevocationListError(SmkiError):
    """Octets that are no readable CRL, or a certificate that cannot be revoked."""


class Check(StrEnum):
    """What a certificate failed: RFC 5280 section 6.1, and the Organisation and Device Certificate Policies."""

    ROLE = "role"
    KEY_USAGE = "key usage"
    EUI = "eui"
    ENCODING = "encoding"
    ALGORITHM = "algorithm"
    NULL_PARAMETERS = "null parameters"
    CRITICAL_EXTENSION = "critical extension"
    POLICY = "policy"
    PROFILE = "profile"
    NOT_YET_VALID = "not yet valid"
    EXPIRED = "expired"
    ISSUER = "issuer"
    BASIC_CONSTRAINTS = "basic constraints"
    ISSUER_KEY_USAGE = "issuer key usage"
    SIGNATURE = "signature"
    PATH_LENGTH = "path length"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    REVOCATION_UNKNOWN = "revocation unknown"


#: Without these there is no path at all, whatever is forgiven.
INDISPENSABLE = frozenset({Check.ENCODING, Check.ISSUER, Check.SIGNATURE})


class VerificationError(SmkiError):
    """A certificate that is not to be relied on.

    Attributes:
        check: what failed.
        reason: in words.
    """

    exit_code = 4

    def __init__(self, check: Check, reason: str) -> None:
        super().__init__(f"{check}: {reason}")
        self.check = check
        self.reason = reason
