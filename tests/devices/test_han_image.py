"""Firmware images on their way over the HAN."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.han.check import sealed
from devices.han.image import LARGEST, Answer, Block, Image, Receiving, Sending
from gbcs.errors import DecodeError
from gbcs.framing import TunnelCommand
from tests.devices.under_way import UnderWay

VERSION = b"\0\0\0\2"
REFUSED = 0xFFFFFFFF
BLOCK = 1 << 14


def image_of(length: int, verifies: bool = True) -> Image:
    return Image(VERSION, bytes(number % 251 for number in range(length)), verifies)


def part(octets: bytes, offset: int, length: int = 6, transfer: int = 7) -> bytes:
    return Block(transfer, VERSION, True, length, offset, octets).encode()


def wanted(receiving: Receiving, body: bytes) -> tuple[int | None, Image | None]:
    answer, image = receiving.take(body)
    return (Answer.decode(answer).wanted if answer else None), image


@pytest.mark.parametrize("length", [0, 1, BLOCK, BLOCK + 1, 100_000])
@pytest.mark.parametrize("verifies", [True, False])
def test_an_image_comes_as_it_was_sent(length: int, verifies: bool) -> None:
    image = image_of(length, verifies)
    sending, receiving = Sending(image, 1), Receiving()
    whole: Image | None = None
    while sending.taken is None:
        assert whole is None
        answer, whole = receiving.take(sending.block())
        assert answer
        assert sending.proceed(answer)
    assert (sending.taken, whole) == (verifies, image)


def test_a_block_that_was_had_or_is_not_due_is_answered_and_changes_nothing() -> None:
    receiving = Receiving()
    assert wanted(receiving, part(b"DEF", 3)) == (0, None)
    assert wanted(receiving, part(b"abc", 0)) == (3, None)
    assert wanted(receiving, part(b"ABC", 0)) == (3, None)
    assert wanted(receiving, part(b"DEF", 3)) == (6, Image(VERSION, b"abcDEF"))
    assert wanted(receiving, part(b"DEF", 3)) == (6, None), "it is taken once"
    assert wanted(receiving, part(b"", 0, length=0, transfer=8)) == (0, Image(VERSION, b""))
    assert wanted(receiving, part(b"", 0, length=0, transfer=8)) == (0, None)


def test_what_is_late_of_a_transfer_that_is_over_is_ignored() -> None:
    receiving = Receiving()
    receiving.take(part(b"abcdef", 0))
    receiving.take(part(b"abc", 0, transfer=8))
    assert receiving.take(part(b"abcdef", 0)) == (None, None)
    assert wanted(receiving, part(b"def", 3, transfer=8)) == (6, Image(VERSION, b"abcdef"))


def test_over_another_connection_a_transfer_goes_on_and_another_hub_begins_anew() -> None:
    receiving = Receiving()
    receiving.take(part(b"abc", 0))
    receiving.lose()
    assert wanted(receiving, part(b"def", 3)) == (6, Image(VERSION, b"abcdef"))
    receiving.lose()
    assert wanted(receiving, part(b"abcdef", 0, transfer=1)) == (6, Image(VERSION, b"abcdef"))


def test_an_image_that_is_too_large_is_refused() -> None:
    receiving = Receiving()
    assert wanted(receiving, part(b"a", 0, length=LARGEST + 1)) == (REFUSED, None)
    sending = Sending(image_of(1), 7)
    assert sending.proceed(Answer(7, REFUSED).encode())
    assert sending.taken is False


def test_a_hub_ignores_answers_that_are_late() -> None:
    sending = Sending(image_of(3 * BLOCK), 7)
    second = Answer(7, BLOCK).encode()
    assert sending.proceed(second)
    block = sending.block()
    for late in (second, Answer(7, 0).encode(), Answer(6, 3 * BLOCK).encode(), Answer(6, REFUSED).encode()):
        assert not sending.proceed(late)
        assert (sending.block(), sending.taken) == (block, None)
    assert sending.proceed(Answer(7, 3 * BLOCK).encode())
    assert not sending.proceed(Answer(7, REFUSED).encode())
    assert sending.taken is True


def test_a_hub_goes_back_for_a_device_that_has_forgotten_what_it_had() -> None:
    sending = Sending(image_of(3 * BLOCK), 7)
    sending.proceed(Answer(7, 2 * BLOCK).encode())
    sending.resume()
    assert Block.decode(sending.block()).offset == 2 * BLOCK, "it may still have that"
    assert sending.proceed(Answer(7, 0).encode())
    assert Block.decode(sending.block()).offset == 0
    assert sending.proceed(Answer(7, BLOCK).encode())
    assert not sending.proceed(Answer(7, 0).encode()), "it says so once"


_HEAD = bytes(4) + VERSION + b"\1"
_NO_BLOCKS = [
    _HEAD + bytes(7),
    _HEAD + b"\0\0\0\6" + bytes(4),  # nothing of something
    _HEAD + b"\0\0\0\2" + bytes(4) + b"abc",  # more than there is
    _HEAD + b"\0\0\0\6" + b"\0\0\0\4" + b"abc",
]


@pytest.mark.parametrize("body", [b"", bytes(20), *(sealed(TunnelCommand.IMAGE, octets) for octets in _NO_BLOCKS)])
def test_what_is_no_block(body: bytes) -> None:
    with pytest.raises(DecodeError):
        Receiving().take(body)


_NO_ANSWERS = [bytes(7), bytes(9), b"\0\0\0\7\0\0\0\4"]


@pytest.mark.parametrize("body", [b"", bytes(12), *(sealed(TunnelCommand.IMAGE, octets) for octets in _NO_ANSWERS)])
def test_what_is_no_answer(body: bytes) -> None:
    with pytest.raises(DecodeError):
        Sending(Image(VERSION, b"abc"), 7).proceed(body)


class Pair:
    """A hub that sends images and a device, with a line between them on which anything may happen.

    Attributes:
        taken: what the device has taken.
        outcomes: what the hub knows of it.
        forgotten: how often the device was started again.
    """

    def __init__(self, random: Random) -> None:
        self.taken: list[Image] = []
        self.outcomes: list[bool] = []
        self.forgotten = 0
        self._random = random
        self._sent = 0
        self._sending = Sending(Image(VERSION, b""), 0)
        self._receiving = Receiving()
        self.connect()

    def connect(self) -> None:
        self._receiving.lose()
        self._down = UnderWay(self._random, self._take)
        self._up = UnderWay(self._random, self._proceed)
        self._sending.resume()
        self.repeat()

    def forget(self) -> None:
        self.forgotten += 1
        self._receiving = Receiving()
        self.connect()

    def send(self, image: Image) -> None:
        """Sends an image, once the former has an outcome."""
        self.settle()
        self._sent += 1
        self._sending = Sending(image, self._sent)
        self.repeat()

    def settle(self) -> None:
        while len(self.outcomes) < self._sent:
            self.repeat()
            self.step()

    def repeat(self) -> None:
        """No answer has come for some time."""
        if len(self.outcomes) < self._sent:
            self._down.put(self._sending.block())

    def step(self) -> None:
        self._down.step()
        self._up.step()

    def _take(self, body: bytes) -> None:
        answer, image = self._receiving.take(body)
        if image:
            self.taken.append(image)
        if answer:
            self._up.put(answer)

    def _proceed(self, body: bytes) -> None:
        if self._sending.proceed(body):
            if self._sending.taken is not None:
                self.outcomes.append(self._sending.taken)
            self.repeat()


_EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.sampled_from([0, 1, BLOCK, 3 * BLOCK, 5 * BLOCK + 1])),
        st.tuples(st.just("step"), st.integers(1, 20)),
        st.tuples(st.just("repeat"), st.integers(1, 4)),
        st.tuples(st.just("connect"), st.just(1)),
        st.tuples(st.just("forget"), st.just(1)),
    ),
    max_size=40,
)


@given(st.integers(0, 1 << 32), _EVENTS)
def test_whatever_happens_on_the_way_every_image_arrives(seed: int, events: list[tuple[str, int]]) -> None:
    pair, sent = Pair(Random(seed)), list[Image]()
    for event, number in events:
        if event == "send":
            sent.append(Image(len(sent).to_bytes(4, "big"), image_of(number).octets, verifies=bool(len(sent) % 3)))
            pair.send(sent[-1])
        else:
            for _ in range(number):
                getattr(pair, event)()
    pair.settle()
    assert pair.outcomes == [image.verifies for image in sent]
    once = list(dict.fromkeys(pair.taken))
    assert once == sent
    assert len(pair.taken) - len(once) <= pair.forgotten, (
        "what a device has taken it takes once, unless it forgets that"
    )
