"""The errors of the protocol library: one root, so that a rig catches `GbcsError` and nothing escapes it."""

from __future__ import annotations

from typing import ClassVar


class GbcsError(Exception):
    """Root of everything this package raises."""

    #: Exit status of a command that ends with this error (see `gbcs.commandline`).
    exit_code: ClassVar[int] = 2


class DecodeError(GbcsError):
    """Octets or text that are not what the field must be.

    Attributes:
        field: path of the field, e.g. ``grouping_header.originator``.
        offset: octet (or character) position in the input, counted from 0.
        reason: what is wrong, in words.
    """

    def __init__(self, field: str, offset: int, reason: str) -> None:
        super().__init__(f"{field} at offset {offset}: {reason}")
        self.field = field
        self.offset = offset
        self.reason = reason

    def within(self, outer: str) -> DecodeError:
        """The same error, its field seen from the enclosing one."""
        return DecodeError(f"{outer}.{self.field}" if self.field else outer, self.offset, self.reason)


class UseCaseError(GbcsError):
    """A value, a use case or a combination that the catalogue does not allow.

    Attributes:
        use_case: code of the use case, e.g. ``ECS70``, or the message code where none is known.
        field: the offending field, or an empty string where the whole use case is meant.
    """

    def __init__(self, use_case: str, field: str, reason: str) -> None:
        super().__init__(": ".join(filter(None, (use_case, field, reason))))
        self.use_case = use_case
        self.field = field
        self.reason = reason

    def within(self, outer: str) -> UseCaseError:
        """The same error, its field seen from the enclosing one."""
        return UseCaseError(self.use_case, f"{outer}.{self.field}" if self.field else outer, self.reason)

    def of(self, use_case: str) -> UseCaseError:
        """The same error, told of a use case."""
        return UseCaseError(use_case, self.field, self.reason)


class SecurityError(GbcsError):
    """A cryptographic check failed.

    Attributes:
        check: which one, e.g. ``mac``, ``signature``, ``counter``, ``protection``, ``decryption``.
    """

    exit_code = 4

    def __init__(self, check: str, reason: str) -> None:
        super().__init__(f"{check}: {reason}")
        self.check = check
        self.reason = reason


class RoleError(SecurityError):
    """A key that is not meant for what it is used for: `check` is ``role`` or ``key usage``."""


class MissingKeyError(SecurityError):
    """A key or certificate that the operation needs is not in the keystore.

    Attributes:
        key: names the key, e.g. ``90b3d51f30010000 KA private key``.
    """

    exit_code = 3

    def __init__(self, key: str) -> None:
        super().__init__("key", f"no {key}")
        self.key = key


class ArrayError(GbcsError, ValueError):
    """An array or list that is not of the shape and type that an argument must have."""

    def __init__(self, name: str, wanted: str, found: object) -> None:
        shape, kind = getattr(found, "shape", None), getattr(found, "dtype", None)
        described = type(found).__name__ if shape is None else f"{kind} of shape {shape}"
        if shape is None and isinstance(found, list | tuple):
            described = f"{described} of {len(found)}"
        super().__init__(f"{name}: {wanted} wanted, not {described}")
