"""Every path makes the same octets: without compiler, on a target that has nothing, with checked indices."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from gbcs.kernels.target import choices

#: Run in a process of its own, because the target is settled when Numba is imported.
_WORK = """
import sys
import numpy as np
from cryptography.hazmat.primitives.asymmetric import ec
from gbcs.bulk import KeyTable, TestKey
from gbcs.bulk import accesses_of, agree_many, check_many, protect_many, sign_many, verify_many
from gbcs.kernels.target import choices
from gbcs.message import Message
from gbcs.roles import KeyUse
from gbcs.security import protection
from gbcs.security.category import Category
from gbcs.usecases.catalogue import USE_CASES
from tests.gbcs.keys import METER, SUPPLIER, MemoryKeys

count = int(sys.argv[1])
keys = MemoryKeys()
key = TestKey(keys.private[SUPPLIER, KeyUse.DS])
signers = {SUPPLIER: key}
for code, length in (("ECS44", None), ("ECS52", None), ("ECS10", 700)):
    values = {} if length is None else {"supplier_message": "x" * 100}
    use_case = USE_CASES[code]
    commands = [use_case.command(SUPPLIER, METER, 1 + i, **values).encode() for i in range(count)]
    made = protect_many(commands, use_case.category, keys, signers=signers, threads=1)
    assert not made.errors
    for one, many in zip(commands, made.messages, strict=True):
        message = Message.decode(one)
        if use_case.category is Category.CRITICAL:
            signature = key.sign(message.signed_octets())
            message = Message.decode(one + b"\\x40" + signature)
        assert protection.protect(message, use_case.category, keys).encode() == many
    octets = list(made.messages)
    octets[1] = octets[1][:-1] + bytes([octets[1][-1] ^ 1])
    octets[2] = octets[2][:-1]
    checked = check_many(octets, keys, threads=1)
    assert np.flatnonzero(~checked.passed).tolist() == [1, 2]
    rows, counts = accesses_of(checked.parsed)
    assert counts[0] == counts[1] > 0 == counts[2]

peers = [ec.generate_private_key(ec.SECP256R1()).public_key() for _ in range(count)]
for pairs in (([key] * count, peers[0]), (key, peers)):
    own, others = ([part] * count if not isinstance(part, list) else part for part in pairs)
    wanted = [one.exchange(other) for one, other in zip(own, others, strict=True)]
    assert [secret.tobytes() for secret in agree_many(*pairs, threads=1)] == wanted
messages = [bytes([i % 256]) * i for i in range(count)]
signatures = sign_many(key, messages, threads=1)
assert [s.tobytes() for s in signatures] == [key.sign(message) for message in messages]
signatures[3, 3] ^= 1
valid = verify_many(KeyTable([key.public_key]), signatures, messages, threads=1)
assert np.flatnonzero(~valid).tolist() == [3]
print(*(choice.path for choice in choices().values()))
"""
_BARE = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
_HERE = " ".join(choice.path for choice in choices().values())


@pytest.mark.timeout(600)  # compiles everything anew
@pytest.mark.parametrize(
    ("settings", "paths", "count"),
    [
        ({"NUMBA_DISABLE_JIT": "1"}, " ".join(["reference"] * 7), 4),
        (
            _BARE,
            "scalar scalar scalar openssl lanes portable compiled",
            40,
        ),
        ({"NUMBA_BOUNDSCHECK": "1"}, _HERE, 40),
    ],
    ids=["no compiler", "portable", "checked indices"],
)
def test_every_target_does_the_same(settings: dict[str, str], paths: str, count: int) -> None:
    command = [sys.executable, "-c", _WORK, str(count)]
    run = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == paths
