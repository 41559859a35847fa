"""Firmware images on their way over the HAN."""

from __future__ import annotations

import pytest

from devices.han.image import Image, Receiving, Sending
from gbcs.errors import DecodeError

VERSION = b"\0\0\0\2"


def head(length: int, offset: int) -> bytes:
    return VERSION + b"\1" + length.to_bytes(4, "big") + offset.to_bytes(4, "big")


@pytest.mark.parametrize("length", [0, 1, 1 << 14, (1 << 14) + 1, 100_000])
@pytest.mark.parametrize("verifies", [True, False])
def test_an_image_comes_as_it_was_sent(length: int, verifies: bool) -> None:
    image = Image(VERSION, bytes(number % 251 for number in range(length)), verifies)
    sending, receiving = Sending(image), Receiving()
    taken: bool | None = None
    whole: Image | None = None
    while taken is None:
        assert whole is None
        answer, whole = receiving.take(sending.block())
        taken = sending.proceed(answer)
    assert (taken, whole) == (verifies, image)


def test_one_that_begins_again_is_whole_in_the_end() -> None:
    receiving = Receiving()
    receiving.take(head(6, 0) + b"abc")
    receiving.take(head(6, 0) + b"ABC")
    assert receiving.take(head(6, 3) + b"DEF")[1] == Image(VERSION, b"ABCDEF")


@pytest.mark.parametrize(
    "body",
    [b"", head(6, 0)[:-1], head(6, 0), head(6, 3) + b"abc", head(2, 0) + b"abc", head(0xFFFFFFFF, 0) + b"a"],
)
def test_a_block_that_does_not_belong_is_refused(body: bytes) -> None:
    with pytest.raises(DecodeError):
        Receiving().take(body)


@pytest.mark.parametrize("answer", [b"", VERSION, VERSION + bytes(4), bytes(8), VERSION + b"\0\0\0\3\0"])
def test_an_answer_that_does_not_belong_is_refused(answer: bytes) -> None:
    with pytest.raises(DecodeError):
        Sending(Image(VERSION, b"abc")).proceed(answer)
