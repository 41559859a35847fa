from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from smki.authority import TestAuthority, make_estate
from smki.keystore import Keystore
from tests.devices.processes import Estate
from tests.devices.rig import HUB, METER, NOW, STRANGER, Rig


@pytest.fixture(scope="session")
def authority() -> TestAuthority:
    return TestAuthority.create(NOW, random.Random(5))


@pytest.fixture(scope="session")
def keystore(authority: TestAuthority) -> Keystore:
    return make_estate(authority, devices=(HUB, METER, STRANGER))


@pytest.fixture
def rig(keystore: Keystore) -> Rig:
    return Rig(keystore)


@pytest.fixture(scope="session")
def keys(keystore: Keystore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a keystore that processes read."""
    folder = tmp_path_factory.mktemp("keys")
    keystore.save(folder)
    return folder


@pytest.fixture
def estate(tmp_path: Path, keystore: Keystore, keys: Path) -> Iterator[Estate]:
    estate = Estate(tmp_path, keystore, keys)
    yield estate
    estate.close()
