from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from shutil import which
from subprocess import PIPE, STDOUT, run

import pytest

from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, RemotePartyRole
from smki.authority import PARTIES, Issued, TestAuthority

SUPPLIER = PARTIES[RemotePartyRole.SUPPLIER]
BROKER = PARTIES[RemotePartyRole.ACCESS_CONTROL_BROKER]
METER = Eui64.parse("00-00-5E-EF-10-00-00-80")
NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)


@pytest.fixture(scope="session")
def authority() -> TestAuthority:
    return TestAuthority.create(NOW, random.Random(1))


@pytest.fixture(scope="session")
def meter(authority: TestAuthority) -> Issued:
    return authority.issue_device(METER, KeyUse.DS)


@pytest.fixture(scope="session")
def openssl() -> Callable[..., str]:
    """Runs openssl and returns what it prints, whether it succeeds or not."""
    program = which("openssl")
    if not program:
        pytest.skip("openssl is not on this machine")

    def call(*arguments: str | Path) -> str:
        return run([program, *arguments], stdout=PIPE, stderr=STDOUT, check=False).stdout.decode(errors="replace")

    return call
