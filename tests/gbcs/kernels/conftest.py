from __future__ import annotations

import pytest

from gbcs.kernels import p256
from gbcs.kernels.p256 import Curve
from gbcs.kernels.target import IFMA, features


@pytest.fixture(params=["scalar", "ifma"], scope="session")
def curve(request: pytest.FixtureRequest) -> Curve:
    if request.param == "ifma" and not features() >= set(IFMA):
        pytest.skip("the target has no AVX-512 IFMA")
    return p256.curve(request.param)
