"""The keys of bulk operations: private ones that their owner has marked as test keys, and tables of public ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import ClassVar

import numpy as np
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature, encode_dss_signature
from numpy.typing import NDArray

from gbcs.errors import SecurityError
from gbcs.kernels import p256
from gbcs.kernels.group import Words

_DETERMINISTIC = ec.ECDSA(Prehashed(hashes.SHA256()), deterministic_signing=True)
_RANDOM = ec.ECDSA(Prehashed(hashes.SHA256()))


class TestKey:
    """A private key on P-256 of which the caller says that it protects nothing: only such keys sign in bulk.

    The bulk signer is not constant time and leaves keys and nonces in memory (SECURITY.md).
    """

    __test__: ClassVar[bool] = False  # not a test case, whatever its name says to pytest

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        """Raises `SecurityError` if the key is not one on P-256."""
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise SecurityError("key", f"{type(key).__name__} is not a private key on P-256")
        self._key = key

    def __repr__(self) -> str:
        return "TestKey(…)"

    @cached_property
    def octets(self) -> bytes:
        """The private key, 32 octets."""
        return self._key.private_numbers().private_value.to_bytes(32, "big")

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        """The public key."""
        return self._key.public_key()

    def sign(self, data: bytes) -> bytes:
        """As `gbcs.security.keys.Signer`, with the nonce of RFC 6979."""
        return self.sign_digest(hashlib.sha256(data).digest(), deterministic=True)

    def sign_digest(self, digest: bytes, *, deterministic: bool) -> bytes:
        """r||s of a SHA-256 digest, by OpenSSL."""
        r, s = decode_dss_signature(self._key.sign(digest, _DETERMINISTIC if deterministic else _RANDOM))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def exchange(self, public: ec.EllipticCurvePublicKey) -> bytes:
        """The shared secret Z with a public key, by OpenSSL."""
        return self._key.exchange(ec.ECDH(), public)


def verify_digest(key: ec.EllipticCurvePublicKey, signature: bytes, digest: bytes) -> bool:
    """Whether r||s is the key's over a SHA-256 digest, by OpenSSL."""
    r, s = (int.from_bytes(signature[i : i + 32], "big") for i in (0, 32))
    try:
        key.verify(encode_dss_signature(r, s), digest, _RANDOM)
    except InvalidSignature:
        return False
    return True


def point_of(key: ec.EllipticCurvePublicKey) -> tuple[int, int]:
    """The point of a public key on P-256; OpenSSL has checked that it is on the curve.

    Raises:
        SecurityError: it is no such key.
    """
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise SecurityError("key", f"{type(key).__name__} is not a public key on P-256")
    numbers = key.public_numbers()
    return numbers.x, numbers.y


@lru_cache(256)
def _multiples(point: tuple[int, int], form: str) -> Words:
    return p256.curve(form).indexed_table(point)


class KeyTable:
    """Public keys with their multiples, for many verifications: 256 KiB and about a millisecond a key.

    Make one and keep it; `verify_many` takes it together with the number of each signature's key.
    """

    def __init__(self, keys: Iterable[ec.EllipticCurvePublicKey]) -> None:
        """Raises `SecurityError` if one of them is not a public key on P-256."""
        self.keys = tuple(keys)
        self.points = tuple(point_of(key) for key in self.keys)
        self._rows: dict[str, Words] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def rows(self, form: str) -> Words:
        """The tables of all keys, one behind the other, for `gbcs.kernels.p256.Curve.verify`."""
        if form not in self._rows:
            self._rows[form] = np.concatenate([_multiples(point, form) for point in self.points])
        return self._rows[form]

    def bases(self, which: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the tables of keys begin in `rows`."""
        return which * p256.TABLE_ROWS
