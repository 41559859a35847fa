"""Many key agreements: the shared secrets Z of private keys with public ones (GBCS 4.3.3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from numpy.typing import NDArray

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
    keys: TestKey | Sequence[TestKey],
    peers: EllipticCurvePublicKey | Sequence[EllipticCurvePublicKey],
    *,
    access: Access = "uniform",
    threads: int | None = None,
) -> Octets:
    """The shared secrets of private keys with public ones: shape (count, 32).

    Many keys with one peer are fastest: the peer's multiples are tabled, and kept while they are among the last 256.

    Args:
        keys: the one private key of all, or one for each; marked as test keys.
        peers: the one public key of all, or one for each. OpenSSL has found them to be on the curve.
        access: see `gbcs.bulk.sign_many`; where each item has its own peer access is always uniform.
        threads: None for one a core.

    Raises:
        SecurityError: a private key is not marked as a test key, or a public key is not on P-256.
        ArrayError: there are not as many keys as peers.
    """
    fixed = not isinstance(peers, Sequence)
    count = 1 if fixed else len(peers)  # type: ignore[arg-type]
    count = len(keys) if isinstance(keys, Sequence) else count
    own = list(keys) if isinstance(keys, Sequence) else [keys] * count
    others: list[EllipticCurvePublicKey] = [peers] * count if fixed else list(peers)  # type: ignore[arg-type,list-item]
    if len(own) != len(others):
        raise ArrayError("peers", f"one, or one for each of {len(own)} keys,", peers)
    for key in own:
        if not isinstance(key, TestKey):
            raise SecurityError("key", f"{type(key).__name__} is not marked as a test key: TestKey(key) marks it")
    if access not in ("uniform", "indexed"):
        raise ValueError(f"access={access!r}: uniform or indexed")
    points = [point_of(peer) for peer in (others[:1] if fixed else others)]

    secrets = np.empty((count, 32), np.uint8)
    choice = choices()["agree" if fixed else "agree each"]
    path = choice.path if count >= choice.break_even else "openssl"
    private = np.frombuffer(b"".join(key.octets for key in own), np.uint8).reshape(-1, 32)

    def work(part: slice) -> None:
        sure = np.zeros(part.stop - part.start, np.bool_)
        if path != "openssl":
            peer_points = points if fixed else points[part]
            secrets[part], sure = _agree(path, private[part], peer_points, uniform=access == "uniform")
        for item in part.start + np.flatnonzero(~sure):
            secrets[item] = np.frombuffer(own[item].exchange(others[item]), np.uint8)

    in_chunks(work, count, p256.CHUNK, threads if path != "openssl" else 1)
    return secrets


def _agree(
    path: str, private: Octets, points: list[tuple[int, int]], *, uniform: bool
) -> tuple[Octets, NDArray[np.bool_]]:
    """Secrets with the one point, or with each key's own, and which are sure."""
    count = len(private)
    words = words_of(padded(private))
    if path == "reference":
        found = [reference.agree(points[i % len(points)], words[:, i : i + 1]) for i in range(count)]
        return octets_of(np.concatenate(found, axis=1)), np.ones(count, np.bool_)
    if len(points) == 1:
        secrets, sure = p256.curve(path).agree(_table(points[0], path, uniform=uniform), words, uniform=uniform)
    else:
        coordinates = b"".join(number.to_bytes(32, "big") for point in points for number in point)
        xy = padded(np.frombuffer(coordinates, np.uint8).reshape(count, 64))
        x, y = (words_of(np.ascontiguousarray(half)) for half in (xy[:, :32], xy[:, 32:]))
        secrets, sure = p256.curve(path).agree_each(x, y, words)
    return octets_of(secrets)[:count], sure[:count]
