"""The errors of this package: one root, `SmkiError`.

A key or certificate that is not held is `gbcs.errors.MissingKeyError`, here as everywhere.
"""

from __future__ import annotations

from typing import ClassVar


class SmkiError(Exception):
    """Root of everything this package raises of its own."""

    #: Exit status of a command that ends with this error (see `gbcs.commandline`).
    exit_code: ClassVar[int] = 2


class CertificateError(SmkiError):
    """Octets that are no readable P-256 certificate, or text that is no distinguished name."""


class KeystoreError(SmkiError):
    """A store that holds nothing readable or may not be written, or an entry that contradicts itself."""


class ProfileError(SmkiError):
    """A role and a key use for which there is no certificate profile."""


class VerificationError(SmkiError):
    """A certificate that is not to be relied on.

    Attributes:
        check: what failed: ``use``, ``validity``, ``issuer`` or ``signature``.
        reason: in words.
    """

    exit_code = 4

    def __init__(self, check: str, reason: str) -> None:
        super().__init__(f"{check}: {reason}")
        self.check = check
        self.reason = reason
