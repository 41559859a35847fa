from __future__ import annotations

import pytest

from tests.gbcs.keys import MemoryKeys


@pytest.fixture(scope="session")
def keys() -> MemoryKeys:
    return MemoryKeys()
