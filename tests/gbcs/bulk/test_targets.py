"""Every path makes the same octets: without compiler, on a target that has nothing, with checked indices."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gbcs.kernels.target import choices

#: Run in a process of its own, because the target is settled when Numba is imported.
_WORK = """
import sys
from pathlib import Path
import numpy as np
from cryptography.hazmat.primitives.asymmetric import ec
from gbcs.bulk import KeyTable, TestKey
from gbcs.bulk import accesses_of, agree_many, check_many, decrypt_many, derive_many, encrypt_many, protect_many
from gbcs.bulk import sign_many, verify_many
from gbcs.eui64 import Eui64
from gbcs.kernels.target import choices
from gbcs.message import Message
from gbcs.roles import KeyUse
from gbcs.security import protection, symmetric
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
texts = [bytes([i % 256]) * (37 * i) for i in range(count)]
titles = [bytes(7) + bytes([i % 256]) for i in range(count)]
derived = derive_many([bytes(32)], titles, range(count), [METER] * count)
keys = [symmetric.derive_key(bytes(32), Eui64(one), 4, i, METER) for i, one in enumerate(titles)]
assert [key.tobytes() for key in derived] == keys
encrypted = list(encrypt_many(derived, titles, texts, threads=1))
assert encrypted == [symmetric.encrypt(*item) for item in zip(keys, map(Eui64, titles), texts, strict=True)]
encrypted[1] = encrypted[1][:-1] + bytes([encrypted[1][-1] ^ 1])
encrypted[2] = encrypted[2][:16]
plaintexts, valid = decrypt_many(derived, titles, encrypted, threads=1)
assert np.flatnonzero(~valid).tolist() == [1, 2]
assert list(plaintexts) == [texts[0], b"", b"", *texts[3:]]
print(*(choice.path for choice in choices().values()))
"""
_BARE = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
_HERE = " ".join(choice.path for choice in choices().values())


_PORTABLE = "scalar scalar scalar openssl lanes portable portable compiled"
#: Settings, the paths that they lead to, and how many items go through each operation.
_TARGETS = {
    "no compiler": ({"NUMBA_DISABLE_JIT": "1"}, " ".join(["reference"] * 8), 4),
    "portable, checked indices": (_BARE | {"NUMBA_BOUNDSCHECK": "1"}, _PORTABLE, 40),
    "checked indices": ({"NUMBA_BOUNDSCHECK": "1"}, _HERE, 40),
}


@pytest.fixture(scope="module")
def processes() -> Iterator[dict[str, subprocess.Popen[str]]]:
    """One for each target, at the same time: they compile everything anew."""
    started = {
        name: subprocess.Popen(
            [sys.executable, "-c", _WORK, str(count)],
            env=os.environ | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, (settings, _, count) in _TARGETS.items()
    }
    yield started
    for process in started.values():
        process.kill()
        process.communicate()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", _TARGETS)
def test_every_target_does_the_same(name: str, processes: dict[str, subprocess.Popen[str]]) -> None:
    told, errors = processes[name].communicate()
    assert processes[name].returncode == 0, errors
    assert told.strip() == _TARGETS[name][1]


_FORK = """
import os
from cryptography.hazmat.primitives.asymmetric import ec
from gbcs.bulk import TestKey, sign_many
key, messages = TestKey(ec.generate_private_key(ec.SECP256R1())), [b"message"] * 3000
made = sign_many(key, messages, threads=2)
child = os.fork()
if not child:
    os._exit(int((sign_many(key, messages, threads=2) != made).any()))
assert os.waitpid(child, 0)[1] == 0
"""


def test_a_forked_process_has_threads_of_its_own() -> None:
    subprocess.run([sys.executable, "-W", "ignore", "-c", _FORK], check=True, timeout=100)


def test_where_nothing_can_be_kept_everything_is_compiled_anew(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    work = (
        "import numpy as np; from gbcs.kernels import headers; print(headers.read_length(np.zeros(1, np.uint8), 0, 1))"
    )
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "file")}
    run = subprocess.run([sys.executable, "-c", work], env=environment, capture_output=True, text=True, check=False)
    assert run.stdout == "(0, 1)\n", run.stderr
