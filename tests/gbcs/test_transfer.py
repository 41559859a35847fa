"""General block transfer: whatever becomes of the frames on their way, the message comes whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbcs import pcap
from gbcs.errors import DecodeError, UseCaseError
from gbcs.message import Cra, Message, MessageIdentifier
from gbcs.transfer import (
    MAXIMUM_BLOCK_SIZE,
    MAXIMUM_BLOCKS,
    MAXIMUM_OCTETS,
    Block,
    Reassembler,
    Routing,
    Settings,
    split,
)
from tests.gbcs.capture import dissect, needs_tshark
from tests.gbcs.keys import METER, SUPPLIER


def _message(size: int, counter: int = 1000) -> bytes:
    content = bytes(number % 251 for number in range(size))
    return Message(Cra.COMMAND, counter, SUPPLIER, METER, 0x0021, content, signature=b"", mac=bytes(12)).encode()


_MESSAGE = _message(400)
_BLOCKS = split(_MESSAGE, Settings(block_size=64))


def _feed(blocks: list[Block] | tuple[Block, ...]) -> list[bytes]:
    """What a reassembler gives for blocks that went over the wire."""
    reassembler = Reassembler(blocks[0].routing)
    outcomes = (reassembler.feed(Block.decode(block.encode())) for block in blocks)
    return [message for message in outcomes if message is not None]


@given(st.data())
def test_any_order_with_any_repeats_gives_the_message_once(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 100))
    blocks = split(_MESSAGE, Settings(block_size=size, window=size % 64))
    repeats = data.draw(st.lists(st.sampled_from(blocks)))
    order = data.draw(st.permutations([*blocks, *repeats]))
    assert _feed(order) == [_MESSAGE]


@given(st.sampled_from(_BLOCKS), st.randoms())
def test_any_missing_block_leaves_no_message(lost: Block, random: Random) -> None:
    rest = [block for block in _BLOCKS if block != lost] * 2
    random.shuffle(rest)
    assert _feed(rest) == []


def test_blocks_are_numbered_and_the_last_is_marked() -> None:
    assert [block.number for block in _BLOCKS] == list(range(1, len(_BLOCKS) + 1))
    assert [block.last for block in _BLOCKS] == [False] * (len(_BLOCKS) - 1) + [True]
    assert {len(block.data) for block in _BLOCKS[:-1]} == {64}
    [only] = split(_MESSAGE)
    assert only.last


def test_what_the_sources_leave_open_is_set_and_any_is_read() -> None:
    settings = Settings(block_size=1000, window=63, security_control=0x31, invocation_counter=2**32 - 1)
    [block] = split(_MESSAGE, settings)
    read = Block.decode(replace(block, streaming=True).encode())
    assert (read.window, read.security_control, read.invocation_counter) == (63, 0x31, 2**32 - 1)
    assert read.streaming
    assert _feed([read]) == [_MESSAGE]


def test_acknowledgements_say_up_to_which_block_all_have_come() -> None:
    reassembler = Reassembler(_BLOCKS[0].routing)
    seen = []
    for number in (2, 1, 4, 3):
        reassembler.feed(_BLOCKS[number - 1])
        acknowledgement = Block.decode(reassembler.acknowledgement().encode())
        assert acknowledgement.data == b""
        assert acknowledgement.routing == _BLOCKS[0].routing
        assert reassembler.feed(acknowledgement) is None
        seen.append(acknowledgement.acknowledged)
    assert seen == [0, 2, 2, 4]


@given(window=st.integers(1, 8), lost=st.lists(st.booleans(), max_size=30))
def test_a_sender_that_goes_on_after_what_was_acknowledged_gets_everything_across(
    window: int, lost: list[bool]
) -> None:
    reassembler = Reassembler(_BLOCKS[0].routing)
    message, done, losses = None, 0, iter(lost)
    while message is None:
        for block in _BLOCKS[done : done + window]:
            if not next(losses, False):
                message = reassembler.feed(block) or message
        done = reassembler.acknowledgement().acknowledged
    assert message == _MESSAGE
    assert done == len(_BLOCKS)


_ROUTING = _BLOCKS[0].routing
_IDENTIFIER = _ROUTING.identifier


@pytest.mark.parametrize(
    "routing",
    [
        Routing(_IDENTIFIER._replace(originator=METER), 0x0021),
        Routing(_IDENTIFIER._replace(recipient=SUPPLIER), 0x0021),
        Routing(_IDENTIFIER._replace(originator_counter=1001), 0x0021),
        Routing(_IDENTIFIER._replace(cra=Cra.RESPONSE), 0x0021),
        Routing(_IDENTIFIER, 0x0022),
    ],
)
def test_the_message_must_be_the_one_that_the_routing_header_names(routing: Routing) -> None:
    with pytest.raises(DecodeError, match="not that of the message"):
        _feed([replace(block, routing=routing) for block in _BLOCKS])
    with pytest.raises(DecodeError, match="of another message"):
        _feed([_BLOCKS[0], replace(_BLOCKS[1], routing=routing)])


def test_blocks_that_make_no_message_are_refused() -> None:
    with pytest.raises(DecodeError, match="mac"):
        _feed([replace(block, last=block.number == 3) for block in _BLOCKS[:3]])


@pytest.mark.parametrize(
    ("before", "block", "said"),
    [
        ((), replace(_BLOCKS[0], number=0), "outside 1..255"),
        ((), replace(_BLOCKS[0], number=MAXIMUM_BLOCKS + 1), "outside 1..255"),
        ((), replace(_BLOCKS[0], data=bytes(MAXIMUM_BLOCK_SIZE + 1)), "1200 at most"),
        (_BLOCKS[:1], replace(_BLOCKS[0], data=b"x"), "came before"),
        (_BLOCKS[:1], replace(_BLOCKS[0], last=True), "came before"),
        (_BLOCKS[4:5], replace(_BLOCKS[1], last=True), "one end"),
        (_BLOCKS[-1:], replace(_BLOCKS[1], last=True), "one end"),
        (_BLOCKS[-1:], replace(_BLOCKS[1], number=len(_BLOCKS) + 1), "one end"),
        (_BLOCKS[-1:], replace(_BLOCKS[1], number=len(_BLOCKS) + 1, last=True), "one end"),
    ],
)
def test_a_block_that_cannot_be_is_refused_and_does_no_harm(before: tuple[Block, ...], block: Block, said: str) -> None:
    reassembler = Reassembler(_ROUTING)
    for earlier in before:
        reassembler.feed(earlier)
    with pytest.raises(DecodeError, match=said):
        reassembler.feed(block)
    outcomes = [reassembler.feed(right) for right in _BLOCKS]
    assert [outcome for outcome in outcomes if outcome] == [_MESSAGE]


def test_a_message_does_not_outgrow_its_limit() -> None:
    reassembler = Reassembler(_ROUTING)
    part = bytes(MAXIMUM_BLOCK_SIZE)
    room = MAXIMUM_OCTETS // MAXIMUM_BLOCK_SIZE
    for number in range(1, room + 1):
        reassembler.feed(replace(_BLOCKS[0], number=number, data=part))
    with pytest.raises(DecodeError, match="exceeds 65535"):
        reassembler.feed(replace(_BLOCKS[0], number=room + 1, data=part))


@pytest.mark.parametrize(("size", "settings"), [(MAXIMUM_OCTETS, Settings()), (256, Settings(block_size=1))])
def test_a_message_that_needs_too_much_is_not_split(size: int, settings: Settings) -> None:
    with pytest.raises(UseCaseError, match="at most"):
        split(_message(size), settings)


def test_the_longest_message_goes_through() -> None:
    longest = _message(MAXIMUM_OCTETS - (len(_message(60000)) - 60000))
    assert len(longest) == MAXIMUM_OCTETS
    assert _feed(split(longest)) == [longest]


def test_only_messages_are_split() -> None:
    with pytest.raises(DecodeError):
        split(_MESSAGE[:-1])


@pytest.mark.parametrize(
    ("field", "value"),
    [("block_size", 0), ("block_size", 1201), ("window", 64), ("security_control", 256), ("invocation_counter", -1)],
)
def test_settings_outside_their_range_are_refused(field: str, value: int) -> None:
    with pytest.raises(UseCaseError, match=f"{field}: {value} is outside"):
        Settings(**{field: value})


_blocks = st.builds(
    Block,
    routing=st.builds(
        Routing,
        st.builds(
            MessageIdentifier,
            st.just(SUPPLIER),
            st.just(METER),
            st.sampled_from(Cra),
            st.integers(0, 2**64 - 1),
        ),
        st.integers(0, 0xFFFF),
    ),
    number=st.integers(0, 0xFFFF),
    data=st.binary(max_size=300),
    last=st.booleans(),
    acknowledged=st.integers(0, 0xFFFF),
    window=st.integers(0, 63),
    security_control=st.integers(0, 255),
    invocation_counter=st.integers(0, 2**32 - 1),
    streaming=st.booleans(),
)


@given(_blocks)
def test_frames_are_read_as_they_were_written(block: Block) -> None:
    assert Block.decode(block.encode()) == block


def _spoiled(octets: bytes) -> st.SearchStrategy[bytes]:
    place = st.integers(0, len(octets) - 1)
    return st.builds(lambda at, new: octets[:at] + new + octets[at + 1 :], place, st.binary(max_size=3))


@given(st.binary() | st.binary().map(b"\xdd\x09".__add__) | _spoiled(_BLOCKS[0].encode()))
def test_any_octets_are_a_frame_or_refused(octets: bytes) -> None:
    try:
        block = Block.decode(octets)
    except DecodeError:
        return
    assert Block.decode(block.encode()) == block


@given(st.lists(st.builds(replace, st.sampled_from(_BLOCKS), data=st.binary(max_size=80), last=st.booleans())))
def test_any_blocks_give_a_message_or_are_refused(blocks: list[Block]) -> None:
    reassembler = Reassembler(_ROUTING)
    for block in blocks:
        try:
            reassembler.feed(block)
        except DecodeError as error:
            assert error.reason


def test_a_frame_ends_where_its_lengths_say() -> None:
    frame = _BLOCKS[0].encode()
    for wrong in (frame + b"\0", frame[:-1], b""):
        with pytest.raises(DecodeError):
            Block.decode(wrong)


@needs_tshark
def test_tshark_reassembles_the_same(tmp_path: Path) -> None:
    reassembler = Reassembler(_ROUTING)
    frames = []
    for block in _BLOCKS[::-1]:
        reassembler.feed(block)
        frames += [block, reassembler.acknowledgement()]
    capture = pcap.FILE_HEADER + b"".join(pcap.record(frame.encode()) for frame in frames)
    names = (
        "routing_header.cra_flag",
        "routing_header.originator_counter",
        "routing_header.message_code",
        "gbt_header.block_number",
        "gbt_header.block_number_ack",
        "gbt.reassembled.length",
        "grouping_header.originator_counter",
        "mac",
    )
    *seen, whole, _ = dissect(capture, tmp_path, *(f"gbcs_message.{name}" for name in names))
    assert [(int(cra, 16), int(counter), int(code, 16)) for cra, counter, code, *_ in seen] == [(1, 1000, 0x21)] * len(
        seen
    )
    assert [(int(number), int(acked)) for _, _, _, number, acked, *_ in seen] == [
        (frame.number, frame.acknowledged) for frame in frames[:-2]
    ]
    assert whole[3:] == ["1", "0", str(len(_MESSAGE)), "1000", bytes(12).hex()]
