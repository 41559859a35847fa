"""Settings of every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.devices.watching import watched_devices

# How long an example takes says more of the machine than of the code: no test depends on time.
settings.register_profile("any machine", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session", autouse=True)
def watched() -> Iterator[None]:
    """Whatever a device sends in any test keeps to the invariants."""
    with watched_devices():
        yield
