"""The errors of DUIS documents and their signatures: one root, `DuisError`.

A key or certificate that is not held is `gbcs.errors.MissingKeyError`, here as everywhere.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class DuisError(Exception):
    """Root of everything this package raises of its own."""

    #: Exit status of a command that ends with this error (see `gbcs.commandline`).
    exit_code: ClassVar[int] = 2


class DocumentError(DuisError):
    """A document, or values meant for one, that DUIS does not allow.

    Attributes:
        path: the offending element, e.g. ``Request/Body/DisplayMessage/SupplierMessage``, or an empty string where
            the whole document is meant.
        rule: what was broken, in words.
    """

    exit_code = 10

    def __init__(self, path: str, rule: str) -> None:
        super().__init__(f"{path or 'document'}: {rule}")
        self.path = path
        self.rule = rule


class CommandVariantError(DocumentError):
    """A command variant that the service reference variant does not have (response code E12)."""


class Check(StrEnum):
    """What a signature failed."""

    MISSING = "missing"
    SEVERAL = "several"
    POSITION = "position"
    STRUCTURE = "structure"
    CANONICALISATION = "canonicalisation"
    ALGORITHM = "algorithm"
    REFERENCE = "reference"
    TRANSFORM = "transform"
    KEY_INFO = "key info"
    DIGEST = "digest"
    VALUE = "value"
    ROLE = "role"
    ORIGINATOR = "originator"
    NOT_YET_VALID = "not yet valid"
    EXPIRED = "expired"
    CHAIN = "chain"
    REVOKED = "revoked"


class SignatureError(DuisError):
    """The XML signature of a document is not one to rely on.

    Attributes:
        check: which check failed.
        reason: in words.
    """

    exit_code = 10

    def __init__(self, check: Check, reason: str) -> None:
        super().__init__(f"signature ({check}): {reason}")
        self.check = check
        self.reason = reason


class TransformError(DuisError):
    """A request that cannot become a GBCS command, or a response that cannot become an MMC document.

    Attributes:
        response_code: what the DCC answers (see `duis.response_codes`), where there is a code for it.
    """

    def __init__(self, reason: str, response_code: str | None = None) -> None:
        super().__init__(reason)
        self.response_code = response_code
