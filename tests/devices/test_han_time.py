"""The hub's time as its devices know it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from devices.han import time
from devices.han.time import ServedTime, TimeTeller
from gbcs.errors import DecodeError
from tests.devices.rig import NOW

HOUR = timedelta(hours=1)


def test_a_device_goes_on_from_what_it_was_told() -> None:
    served = ServedTime()
    assert served(NOW) is None, "there is no hub"
    served.take(time.encode(NOW + HOUR), NOW)
    assert served(NOW + 2 * HOUR) == NOW + 3 * HOUR
    served.take(time.encode(None), NOW)
    assert served(NOW) is None, "the hub has no time"
    served.take(time.encode(NOW), NOW)
    served.lose()
    assert served(NOW) is None


def test_a_hub_tells_its_time_again_when_it_is_another() -> None:
    teller = TimeTeller()
    assert teller.tell(NOW, 10.0) == time.encode(NOW)
    assert teller.tell(NOW + HOUR, 3610.5) is None, "an hour later it is an hour later"
    assert teller.tell(NOW + 2 * HOUR, 3611.0) == time.encode(NOW + 2 * HOUR)
    assert teller.tell(None, 3612.0) == b""
    assert teller.tell(None, 3613.0) is None
    assert teller.tell(NOW, 3614.0) == time.encode(NOW)


@pytest.mark.parametrize("body", [b"\0", bytes(7), bytes(9), b"\xff" * 8])
def test_what_is_no_time(body: bytes) -> None:
    with pytest.raises(DecodeError, match="time"):
        ServedTime().take(body, NOW)
