"""`agree_many`: the secrets that OpenSSL finds."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gbcs.bulk import TestKey, agree_many
from gbcs.errors import ArrayError, SecurityError

_KEYS = [TestKey(ec.generate_private_key(ec.SECP256R1())) for _ in range(3)]
_KEYS += [TestKey(ec.derive_private_key(small, ec.SECP256R1())) for small in (1, 2, 3)]
_PEER = ec.generate_private_key(ec.SECP256R1()).public_key()


@pytest.mark.parametrize("count", [0, 1, 5, 6, 17, 600])
@pytest.mark.parametrize("access", ["uniform", "indexed"])
def test_many_keys_with_one_peer(count: int, access: str) -> None:
    keys = [_KEYS[i % len(_KEYS)] for i in range(count)]
    secrets = agree_many(keys, _PEER, access=access)  # type: ignore[arg-type]
    assert [secret.tobytes() for secret in secrets] == [key.exchange(_PEER) for key in keys]


@pytest.mark.parametrize("count", [0, 1, 13, 40, 530])
def test_one_key_with_many_peers_and_each_with_its_own(count: int) -> None:
    peers = [_KEYS[i % len(_KEYS)].public_key for i in range(count)]
    assert [s.tobytes() for s in agree_many(_KEYS[0], peers)] == [_KEYS[0].exchange(peer) for peer in peers]
    keys = [_KEYS[i % 5] for i in range(count)]
    wanted = [key.exchange(peer) for key, peer in zip(keys, peers, strict=True)]
    assert [s.tobytes() for s in agree_many(keys, peers, threads=2)] == wanted


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ArrayError, match="one for each of 3 keys"):
        agree_many(_KEYS[:3], [_PEER] * 2)
    with pytest.raises(SecurityError, match="not marked as a test key"):
        agree_many([ec.generate_private_key(ec.SECP256R1())], _PEER)  # type: ignore[list-item]
    with pytest.raises(SecurityError, match="P-256"):
        agree_many(_KEYS, ec.generate_private_key(ec.SECP384R1()).public_key())
