"""Many key agreements: the shared secrets Z of private keys with public ones (GBCS 4.3.3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from gbcs.bulk.column import Octets
from gbcs.bulk.keys import TestKey, point_of
from gbcs.bulk.parallel import in_chunks
from gbcs.bulk.signatures import Access, padded
from gbcs.errors import ArrayError, SecurityError
from gbcs.kernels import p256, reference
from gbcs.kernels.group import Words
from gbcs.kernels.tables import octets_of, words_of
from gbcs.kernels.target import choices


@lru_cache(256)
def _table(point: tuple[int, int], form: str, *, uniform: bool) -> Words:
    curve = p256.curve(form)
    return curve.uniform_table(point) if uniform else curve.indexed_table(point)


def agree_many(
    keys: Sequence[TestKey],
    peer: EllipticCurvePublicKey,
    *,
    access: Access = "uniform",
    threads: int | None = None,
) -> Octets:
    """The shared secrets of many private keys with one public key: shape (count, 32).

    The multiples of the public key are kept, as long as they are among the last 256 that were used.

    Args:
        keys: private keys, marked as test keys.
        peer: the public key, which OpenSSL has found to be on the curve.
        access: see `gbcs.bulk.sign_many`.
        threads: None for one a core.

    Raises:
        SecurityError: a private key is not marked as a test key, or the public key is not on P-256.
    """
    for key in keys:
        if not isinstance(key, TestKey):
            raise SecurityError("key", f"{type(key).__name__} is not marked as a test key: TestKey(key) marks it")
    if access not in ("uniform", "indexed"):
        raise ArrayError("access", "uniform or indexed", access)
    point = point_of(peer)
    secrets = np.empty((len(keys), 32), np.uint8)
    choice = choices()["agree"]
    path = choice.path if len(keys) >= choice.break_even else "openssl"
    private = np.frombuffer(b"".join(key.octets for key in keys), np.uint8).reshape(-1, 32)

    def work(part: slice) -> None:
        count = part.stop - part.start
        sure = np.zeros(count, np.bool_)
        if path == "reference":
            secrets[part], sure[:] = octets_of(reference.agree(point, words_of(private[part]))), True
        elif path != "openssl":
            table = _table(point, path, uniform=access == "uniform")
            found, good = p256.curve(path).agree(table, words_of(padded(private[part])), uniform=access == "uniform")
            secrets[part], sure = octets_of(found)[:count], good[:count]
        for item in part.start + np.flatnonzero(~sure):
            secrets[item] = np.frombuffer(keys[item].exchange(peer), np.uint8)

    in_chunks(work, len(keys), p256.CHUNK, threads if path != "openssl" else 1)
    return secrets
