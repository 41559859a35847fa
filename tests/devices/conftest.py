from __future__ import annotations

import random

import pytest

from smki.authority import TestAuthority, make_estate
from smki.keystore import Keystore
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
