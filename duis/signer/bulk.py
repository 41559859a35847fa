"""Signing many documents at once by the kernels of `gbcs.bulk`: for test keys only, see SECURITY.md."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric import ec

from gbcs.bulk import TestKey, sign_many


class BulkSigner:
    """A `duis.signature.BatchSigner` by a key of which the caller says that it is a test key.

    Nonces are those of RFC 6979: a document has the same signature as by `gbcs.bulk` on any other machine.
    """

    __slots__ = ("_key", "_threads")

    def __init__(self, key: ec.EllipticCurvePrivateKey, threads: int | None = None) -> None:
        """`threads` None is one a core."""
        self._key = TestKey(key)
        self._threads = threads

    def sign_many(self, messages: Sequence[bytes]) -> list[bytes]:
        """See `duis.signature.BatchSigner`."""
        return [row.tobytes() for row in sign_many(self._key, messages, threads=self._threads)]
