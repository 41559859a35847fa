"""A message sent is taken once and in order, over every fault of the line and every end of a process."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.link.faults import Delay, Rates
from devices.link.frame import Frame, Kind
from devices.link.outbox import OutboxFull
from devices.link.reliable import ASKS, Link, LinkOptions
from devices.store import Store
from gbcs.errors import DecodeError
from gbcs.message import Cra, Message
from tests.devices.link.ends import Pair
from tests.devices.rig import METER, SUPPLIER

BAD_LINE = Rates(
    loss=0.1, duplication=0.1, corruption=0.1, reordering=0.2, disconnection=0.01, delay=Delay(0.001, 0.002)
)


def numbered(count: int, start: int = 0) -> list[bytes]:
    return [number.to_bytes(4, "big") for number in range(start, start + count)]


def large(octets: int, counter: int = 1) -> bytes:
    return Message(Cra.COMMAND, counter, SUPPLIER, METER, 0x0059, bytes(octets)).encode()


def test_messages_go_both_ways() -> None:
    pair = Pair()
    for message in numbered(40):
        pair.ends[0].send(message)
        pair.ends[1].send(message + b"!")
    pair.settle()
    assert pair.ends[1].taken == numbered(40)
    assert pair.ends[0].taken == [message + b"!" for message in numbered(40)]
    assert [end.link.waiting for end in pair.ends] == [0, 0]
    assert pair.ends[0].link.statistics.resent == 0


def test_a_bad_line_costs_time_and_nothing_else() -> None:
    pair = Pair(3, BAD_LINE)
    sent = [*numbered(150), large(20_000), *numbered(20, 150)]
    for message in sent:
        pair.ends[0].send(message)
    pair.settle()
    assert pair.ends[1].taken == sent
    assert all(pair.faults.counts.values()), "each fault happened"
    statistics = pair.ends[1].link.statistics
    assert statistics.damaged > 0
    assert statistics.repeated > 0


_EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(0, 1), st.integers(1, 8)),
        st.tuples(st.just("step"), st.integers(0, 1), st.integers(1, 6)),
        st.tuples(st.just("kill"), st.integers(0, 1), st.integers(0, 1)),
        st.tuples(st.just("break"), st.integers(0, 1), st.just(0)),
        st.tuples(st.just("large"), st.integers(0, 1), st.integers(1300, 9000)),
        st.tuples(st.just("wait"), st.just(0), st.integers(1, 30)),
    ),
    max_size=60,
)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 1 << 32), st.booleans(), _EVENTS)
def test_whatever_is_killed_and_whenever(seed: int, bad: bool, events: list[tuple[str, int, int]]) -> None:
    pair = Pair(seed, BAD_LINE if bad else Rates(), LinkOptions(window=4, capacity=1000, largest=1200))
    sent: tuple[list[bytes], list[bytes]] = ([], [])
    for event, which, number in events:
        if event in ("send", "large"):
            count = len(sent[which])
            new = [large(number, count)] if event == "large" else numbered(number, count)
            for message in new:
                pair.ends[which].send(message)
            sent[which].extend(new)
        elif event == "step":
            for _ in range(number):
                pair.step()
        elif event == "kill":
            pair.step(which, committed=bool(number))
        elif event == "break":
            pair.connect()
        else:
            pair.now += number / 100
    pair.settle()
    assert (pair.ends[1].taken, pair.ends[0].taken) == sent


def test_an_end_that_has_forgotten_everything_begins_anew() -> None:
    pair = Pair()
    left, right = pair.ends
    for message in numbered(10):
        left.send(message)
        right.send(message)
    pair.settle()
    right.forget()
    pair.connect()
    for message in numbered(5, 10):
        left.send(message)
        right.send(message)
    pair.settle()
    assert left.taken == numbered(15)
    assert right.taken == numbered(5, 10), "what it had taken before is gone with its state"


def test_an_end_with_a_state_of_earlier_loses_nothing_that_it_sends() -> None:
    pair = Pair()
    left, right = pair.ends
    left.send(b"before")
    snapshot = dict(left.disk.kept)
    pair.settle()
    for message in numbered(6):
        left.send(message)
    pair.settle()
    left.restore(snapshot)
    for message in numbered(20, 100):
        left.send(message)
    pair.connect()
    pair.settle()
    assert right.taken == [b"before", *numbered(6), *numbered(20, 100)], "nothing twice either"


def test_a_taker_with_a_state_of_earlier_goes_on() -> None:
    pair = Pair()
    left, right = pair.ends
    left.send(b"before")
    pair.settle()
    snapshot = dict(right.disk.kept)
    left.send(b"lost with the state")
    pair.settle()
    right.restore(snapshot)
    pair.connect()
    left.send(b"after")
    pair.settle()
    assert right.taken == [b"before", b"after"]


def test_an_outbox_is_bounded_and_keeps_the_oldest() -> None:
    pair = Pair(options=LinkOptions(capacity=3))
    for message in numbered(3):
        pair.ends[0].send(message)
    assert pair.ends[0].link.is_full
    with pytest.raises(OutboxFull, match="3 messages wait"):
        pair.ends[0].send(b"more")
    pair.settle()
    assert pair.ends[1].taken == numbered(3)


def test_an_end_without_room_takes_the_rest_once_it_has_some() -> None:
    pair = Pair(options=LinkOptions(last_retry=2))
    left, right = pair.ends
    right.room = 5
    for message in numbered(200):
        left.send(message)
    for _ in range(50):
        pair.step()
        pair.now += 0.1
    assert right.taken == numbered(5)
    assert left.link.waiting == 195
    assert right.link.has_refused
    right.resume(1 << 30)
    pair.settle()
    assert right.taken == numbered(200)


def test_what_waits_too_long_is_given_up_and_the_rest_arrives() -> None:
    pair = Pair()
    left, right = pair.ends
    for since, message in enumerate(numbered(6)):
        left.link.send(message, since)
    assert [each.octets for each in left.link.expire(4)] == numbered(4)
    pair.settle()
    assert right.taken == numbered(2, 4)


def test_an_end_that_sleeps_asks_for_each_message() -> None:
    pair = Pair()
    hub, sleeper = (end.link for end in pair.ends)
    hub.connect()
    sleeper.connect(ASKS)
    taken: list[bytes] = []

    def awake(lose: bool = False) -> int:
        """The sleeper asks once; gives how many wait."""
        for frame in sleeper.frames(pair.now):
            hub.receive(frame, lambda _: False)
        for frame in hub.frames(pair.now):
            sleeper.receive(frame, lambda _: False)
        remaining, frame = hub.poll()
        if frame and not lose:
            sleeper.receive(frame, lambda octets: not taken.append(octets))
        return remaining

    sent = [b"first", large(3000), b"last"]
    for message in sent:
        hub.send(message)
    assert awake() == 2
    assert hub.frames(1e6) == [], "nothing by itself"
    assert hub.due() is None
    assert [awake() for _ in range(3)] == [2, 2, 1]
    assert awake(lose=True) == 0
    assert taken == sent[:2]
    assert awake() == 0
    assert taken == sent
    assert awake() == 0
    assert hub.waiting == 0


@pytest.mark.parametrize("octets", [b"", bytes(36), Frame(Kind.MESSAGE, 1, 0, 0, 1, 1, b"x").encode()[:-1]])
def test_what_is_no_frame_is_told(octets: bytes) -> None:
    with pytest.raises(DecodeError, match="frame"):
        Frame.decode(octets)


def test_a_message_that_cannot_go_in_blocks_is_refused_at_once() -> None:
    pair = Pair()
    with pytest.raises(DecodeError):
        pair.ends[0].send(bytes(2000))
    assert pair.ends[0].link.waiting == 0


@given(st.binary(max_size=200))
def test_octets_of_any_kind_are_dropped(octets: bytes) -> None:
    pair = Pair()
    pair.ends[0].receive(octets)
    pair.ends[0].send(b"still there")
    pair.settle()
    assert pair.ends[1].taken == [b"still there"]


def greet(near: Link, far: Link) -> None:
    """Connects two ends, and lets each hear what the other has."""
    for link in (near, far):
        link.connect()
    for _ in range(2):
        for one, other in ((near, far), (far, near)):
            for frame in one.frames(0.0):
                other.receive(frame, lambda _: True)


def test_what_was_not_acknowledged_yet_is_not_sent_again_with_every_acknowledgement() -> None:
    near, far = Link(Store(), "near"), Link(Store(), "far")
    greet(near, far)
    near.send(b"first")
    near.send(b"second")
    frames = near.frames(1.0)
    assert len(frames) == 2
    far.receive(frames[0], lambda _: True)
    (acknowledgement,) = far.frames(3.0)
    near.receive(acknowledgement, lambda _: True)
    assert near.frames(3.0) == []
    assert near.due() == 3.0 + 2.0 + 4 * 1.0, "the time that the first acknowledgement took, and four times half of it"
    assert near.frames(8.9) == []
    assert len(near.frames(9.0)) == 1


def test_where_acknowledgements_come_soon_what_was_lost_is_sent_again_soon() -> None:
    options = LinkOptions(first_retry=0.5, least_retry=0.1, last_retry=1.0)
    near, far = Link(Store(), "near", options), Link(Store(), "far")
    greet(near, far)

    def send(now: float, takes: float | None) -> float:
        """Sends a message, whose acknowledgement takes so many seconds or does not come; gives when it is repeated."""
        near.send(b"message")
        (frame,) = near.frames(now)
        due = near.due()
        assert due is not None
        if takes is not None:
            far.receive(frame, lambda _: True)
            (acknowledgement,) = far.frames(now)
            near.receive(acknowledgement, lambda _: True)
            near.frames(now + takes)
        return due - now

    assert send(1.0, takes=0.01) == pytest.approx(0.5), "no acknowledgement was timed yet"
    assert send(2.0, takes=0.01) == pytest.approx(0.1), "but no sooner than this"
    assert send(3.0, takes=2.0) == pytest.approx(0.1)
    assert send(6.0, takes=None) == pytest.approx(1.0), "and no later than this"
