"""The hub's time as its devices know it."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.han.check import sealed
from devices.han.time import TOLERANCE, ServedTime, TimeTeller, Told
from gbcs.errors import DecodeError
from gbcs.framing import TunnelCommand
from tests.devices.rig import NOW
from tests.devices.under_way import UnderWay

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("told", [Told(1), Told(1, NOW), Told(0xFFFFFFFF, NOW + timedelta(microseconds=1))])
def test_a_body_says_what_was_told(told: Told) -> None:
    assert Told.decode(told.encode()) == told


def test_a_device_goes_on_from_what_it_was_told() -> None:
    served = ServedTime()
    assert served(NOW) is None, "there is no hub"
    served.take(Told(1, NOW + HOUR).encode(), NOW)
    assert served(NOW + 2 * HOUR) == NOW + 3 * HOUR
    served.take(Told(2).encode(), NOW)
    assert served(NOW) is None, "the hub has no time"
    served.take(Told(3, NOW).encode(), NOW)
    served.lose()
    assert served(NOW) is None
    served.take(Told(1, NOW).encode(), NOW)
    assert served(NOW) == NOW, "another connection begins anew"


def test_what_comes_late_changes_nothing_and_is_confirmed_by_the_newest() -> None:
    served = ServedTime()
    assert served.take(Told(2, NOW).encode(), NOW) == Told(2).encode()
    for late in (Told(1, NOW + HOUR), Told(2, NOW + HOUR)):
        assert served.take(late.encode(), NOW) == Told(2).encode()
    assert served(NOW) == NOW


def test_by_the_hubs_own_clock_the_way_counts_for_nothing() -> None:
    served = ServedTime(lambda now: now + HOUR)
    assert served(NOW) is None, "it has not been told yet"
    served.take(Told(1, NOW + HOUR).encode(), NOW + 5 * HOUR)
    assert served(NOW + 5 * HOUR) == NOW + 6 * HOUR


def test_a_hub_tells_its_time_again_when_it_is_another() -> None:
    teller = TimeTeller()
    assert not teller.suffices(NOW, 10.0), "nothing was told"
    assert teller.tell(NOW, 10.0) == Told(1, NOW).encode()
    assert teller.suffices(NOW + HOUR, 3610.5), "an hour later it is an hour later"
    assert not teller.suffices(NOW + 2 * HOUR, 3611.0)
    assert teller.tell(NOW + 2 * HOUR, 3611.0) == Told(2, NOW + 2 * HOUR).encode()
    assert not teller.suffices(None, 3612.0)
    assert teller.tell(None, 3612.0) == Told(3).encode()
    assert teller.suffices(None, 3613.0)
    assert not teller.suffices(NOW, 3614.0)


def test_only_what_was_told_last_is_confirmed() -> None:
    teller = TimeTeller()
    teller.tell(NOW, 0.0)
    teller.tell(NOW + 2 * HOUR, 1.0)
    teller.tell(NOW + 2 * HOUR + timedelta(seconds=5), 6.0)
    assert [teller.confirm(Told(number).encode()) for number in (0, 1, 2, 3, 4)] == [False, False, True, True, False]


_NONSENSE = [bytes(3), bytes(5), bytes(11), bytes(13), bytes(4) + b"\xff" * 8]


@pytest.mark.parametrize("body", [b"", bytes(7), *(sealed(TunnelCommand.TIME, octets) for octets in _NONSENSE)])
def test_what_is_no_time(body: bytes) -> None:
    with pytest.raises(DecodeError):
        ServedTime().take(body, NOW)


def test_an_image_is_no_time() -> None:
    with pytest.raises(DecodeError, match="damaged"):
        ServedTime().take(sealed(TunnelCommand.IMAGE, bytes(12)), NOW)


class Pair:
    """A hub that tells its time and a device, with a line between them on which anything may happen.

    Attributes:
        way: how long the newest that has come was on its way.
    """

    def __init__(self, random: Random) -> None:
        self.moment = 0.0
        self.ahead: timedelta | None = timedelta()
        self.served = ServedTime()
        self._random = random
        self.connect()

    def connect(self) -> None:
        self.served.lose()
        self.way = timedelta()
        self.is_confirmed = False
        self._teller = TimeTeller()
        self._sent: list[float] = []
        self._newest = 0
        self._down = UnderWay(self._random, self._take)
        self._up = UnderWay(self._random, self._confirm)

    @property
    def now(self) -> datetime:
        """The device's process clock."""
        return NOW + timedelta(seconds=self.moment)

    @property
    def hubs(self) -> datetime | None:
        return None if self.ahead is None else self.now + self.ahead

    def tell(self) -> None:
        """As the hub does when it looks, and when no confirmation has come for some time."""
        self.is_confirmed &= self._teller.suffices(self.hubs, self.moment)
        if not self.is_confirmed:
            self._down.put(self._teller.tell(self.hubs, self.moment))
            self._sent.append(self.moment)

    def step(self) -> None:
        self._down.step()
        self._up.step()

    def _take(self, body: bytes) -> None:
        confirmation = self.served.take(body, self.now)
        newest = Told.decode(confirmation).number
        if newest > self._newest:
            self._newest, self.way = newest, timedelta(seconds=self.moment - self._sent[newest - 1])
        self._up.put(confirmation)

    def _confirm(self, body: bytes) -> None:
        self.is_confirmed |= self._teller.confirm(body)


_EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("step"), st.integers(1, 8)),
        st.tuples(st.just("tell"), st.integers(1, 3)),
        st.tuples(st.just("wait"), st.integers(1, 1000)),
        st.tuples(st.just("set"), st.integers(-3600, 3600)),
        st.tuples(st.just("lose"), st.just(0)),
        st.tuples(st.just("connect"), st.just(0)),
    ),
    max_size=60,
)


@given(st.integers(0, 1 << 32), _EVENTS)
def test_whatever_happens_on_the_way_the_time_arrives(seed: int, events: list[tuple[str, int]]) -> None:
    pair = Pair(Random(seed))
    for event, number in events:
        if event in ("step", "tell"):
            for _ in range(number):
                pair.step() if event == "step" else pair.tell()
        elif event == "wait":
            pair.moment += number / 100
        elif event == "connect":
            pair.connect()
        else:
            pair.ahead = timedelta(seconds=number) if event == "set" else None
    pair.tell()
    while not pair.is_confirmed:
        pair.step()
        pair.tell()
    known = pair.served(pair.now)
    if pair.hubs is None:
        assert known is None
    else:
        assert known
        assert abs(known + pair.way - pair.hubs) <= TOLERANCE, "behind by the way, and no more"


@given(st.integers(0, 1 << 32), st.integers(2, 20))
def test_a_device_never_goes_back_to_what_was_told_before(seed: int, count: int) -> None:
    pair = Pair(Random(seed))
    known: list[datetime] = []
    for number in range(count):
        pair.ahead = timedelta(hours=number)
        pair.tell()
        for _ in range(3):
            pair.step()
            if time := pair.served(pair.now):
                known.append(time)
    assert known == sorted(known)
