"""General block transfer: a message too long for one transfer, in frames.

A frame is a routing header, which names the message, and a DLMS general-block-transfer APDU. Octets in, octets out:
whoever owns the connection sends the blocks of `split`, feeds those that come to a `Reassembler` and sends its
acknowledgement. After an acknowledgement of block n the sender goes on with ``blocks[n : n + window]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from gbcs.cursor import Cursor, encode_length
from gbcs.errors import DecodeError, UseCaseError
from gbcs.eui64 import Eui64
from gbcs.framing import MAXIMUM_FRAME
from gbcs.message import Cra, Message, MessageIdentifier

MAXIMUM_BLOCKS = 255
#: Octets of the message in one block.
MAXIMUM_BLOCK_SIZE = 1200
#: Octets of a whole message: what the connection between two emulators carries in one piece.
MAXIMUM_OCTETS = MAXIMUM_FRAME
#: general-ciphering with a transaction-id of 9 octets, where a MAC header has none.
_TAG = b"\xdd\x09"
_SYSTEM_TITLE_LENGTH = b"\x08"
_NO_DATE_TIME = b"\x00"
_OTHER_INFORMATION_LENGTH = b"\x02"
_NO_KEY_INFO = b"\x00"
_BLOCK_TAG = b"\xe0"
_LAST = 0x80
_STREAMING = 0x40
_WINDOW = 0x3F
#: Field of `Settings` or `Block` -> least and greatest value.
_RANGES = {
    "block_size": (1, MAXIMUM_BLOCK_SIZE),
    "window": (0, _WINDOW),
    "security_control": (0, 0xFF),
    "invocation_counter": (0, 0xFFFFFFFF),
    "number": (0, 0xFFFF),
    "acknowledged": (0, 0xFFFF),
}


def _check_ranges(value: object) -> None:
    for field, (least, greatest) in _RANGES.items():
        number = getattr(value, field, least)
        if not least <= number <= greatest:
            raise UseCaseError("GBT", field, f"{number} is outside {least}..{greatest}")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the sources leave open: the defaults are this project's choice, and whatever comes is accepted.

    Attributes:
        block_size: octets of the message in each block but the last, 1 to 1200. Open but for the maximum.
        window: blocks that may be under way without acknowledgement, 0 to 63. Its use is open.
        security_control: open; as in a MAC header.
        invocation_counter: open; zero as in a MAC header.
    """

    block_size: int = 1024
    window: int = 1
    security_control: int = 0x11
    invocation_counter: int = 0

    def __post_init__(self) -> None:
        _check_ranges(self)


class Routing(NamedTuple):
    """Which message a frame belongs to: what the message's own grouping header says."""

    identifier: MessageIdentifier
    message_code: int

    @classmethod
    def of(cls, message: Message) -> Routing:
        """The routing of a message's frames."""
        return cls(message.identifier, message.message_code)


@dataclass(frozen=True, slots=True)
class Block:
    """One frame.

    Attributes:
        number: counts from 1.
        data: the block's part of the message; empty in an acknowledgement.
        last: whether the message ends here.
        acknowledged: the block up to which all have come from the other side.
        streaming: whether the sender goes on without waiting.
        window, security_control, invocation_counter: see `Settings`.
    """

    routing: Routing
    number: int
    data: bytes
    last: bool
    acknowledged: int
    window: int
    security_control: int
    invocation_counter: int
    streaming: bool = False

    def __post_init__(self) -> None:
        _check_ranges(self)

    def encode(self) -> bytes:
        """The frame's octets."""
        identifier, message_code = self.routing
        body = b"".join(
            (
                self.security_control.to_bytes(1, "big"),
                self.invocation_counter.to_bytes(4, "big"),
                _BLOCK_TAG,
                (self.last * _LAST | self.streaming * _STREAMING | self.window).to_bytes(1, "big"),
                self.number.to_bytes(2, "big"),
                self.acknowledged.to_bytes(2, "big"),
                encode_length(len(self.data)),
                self.data,
            )
        )
        return b"".join(
            (
                _TAG,
                identifier.cra.to_bytes(1, "big"),
                identifier.originator_counter.to_bytes(8, "big"),
                _SYSTEM_TITLE_LENGTH,
                identifier.originator,
                _SYSTEM_TITLE_LENGTH,
                identifier.recipient,
                _NO_DATE_TIME,
                _OTHER_INFORMATION_LENGTH,
                message_code.to_bytes(2, "big"),
                _NO_KEY_INFO,
                encode_length(len(body)),
                body,
            )
        )

    @staticmethod
    def decode(octets: bytes) -> Block:
        """Takes exactly one frame apart; raises `DecodeError` for anything else."""
        cursor = Cursor(octets)
        routing = _decode_routing(cursor)
        length = cursor.length("routing_header.length")
        if length != cursor.remaining:
            raise cursor.error("routing_header.length", f"{length} octets announced, {cursor.remaining} follow")
        security_control = cursor.uint(1, "routing_header.security_control")
        invocation_counter = cursor.uint(4, "routing_header.invocation_counter")
        cursor.expect(_BLOCK_TAG, "general_block_transfer")
        control = cursor.uint(1, "block_control")
        number = cursor.uint(2, "block_number")
        acknowledged = cursor.uint(2, "block_number_acknowledged")
        data = cursor.take(cursor.length("block_data.length"), "block_data")
        cursor.finish("frame")
        return Block(
            routing,
            number,
            data,
            last=bool(control & _LAST),
            acknowledged=acknowledged,
            window=control & _WINDOW,
            security_control=security_control,
            invocation_counter=invocation_counter,
            streaming=bool(control & _STREAMING),
        )


def split(octets: bytes, settings: Settings = Settings()) -> tuple[Block, ...]:
    """The blocks of one encoded message.

    Raises:
        DecodeError: the octets are not one whole message.
        UseCaseError: it takes more than `MAXIMUM_OCTETS` or, of this size, more than `MAXIMUM_BLOCKS`.
    """
    routing = Routing.of(Message.decode(octets))
    room = min(MAXIMUM_OCTETS, MAXIMUM_BLOCKS * settings.block_size)
    if len(octets) > room:
        raise UseCaseError("GBT", "message", f"{len(octets)} octets, {room} at most")
    parts = [octets[start : start + settings.block_size] for start in range(0, len(octets), settings.block_size)]
    return tuple(
        _block(routing, number, part, settings, last=number == len(parts)) for number, part in enumerate(parts, 1)
    )


class Reassembler:
    """Collects the blocks of one message, in any order and however often each comes."""

    __slots__ = ("_blocks", "_count", "_routing")

    def __init__(self, routing: Routing) -> None:
        self._routing = routing
        self._blocks: dict[int, bytes] = {}
        #: Number of the last block, once it has come.
        self._count: int | None = None

    def feed(self, block: Block) -> bytes | None:
        """The whole message when `block` was all that it lacked, else None, as for repeats and acknowledgements.

        Raises:
            DecodeError: the block is another message's, contradicts one that came before or exceeds a limit, and is not
                kept; or the message that it completes is none, or not the one that the routing header names.
        """
        if block.routing != self._routing:
            raise DecodeError("routing_header", 0, "of another message")
        if not block.data:
            return None
        if block.number in self._blocks:
            if (self._blocks[block.number], block.number == self._count) != (block.data, block.last):
                raise DecodeError("block_data", 0, f"block {block.number} came before and was another")
            return None
        self._check(block)
        self._blocks[block.number] = block.data
        if block.last:
            self._count = block.number
        return self._message() if len(self._blocks) == self._count else None

    @property
    def acknowledged(self) -> int:
        """The block up to which all have come."""
        number = 0
        while number + 1 in self._blocks:
            number += 1
        return number

    def acknowledgement(self, settings: Settings = Settings()) -> Block:
        """The frame that acknowledges what has come.

        The sources leave its routing header and block number open: here the header is that of the blocks and the number
        is 1.
        """
        return _block(self._routing, 1, b"", settings, last=True, acknowledged=self.acknowledged)

    def _check(self, block: Block) -> None:
        if not 1 <= block.number <= MAXIMUM_BLOCKS:
            raise DecodeError("block_number", 0, f"{block.number} is outside 1..{MAXIMUM_BLOCKS}")
        if len(block.data) > MAXIMUM_BLOCK_SIZE:
            raise DecodeError("block_data", 0, f"{len(block.data)} octets, {MAXIMUM_BLOCK_SIZE} at most")
        if len(block.data) + sum(map(len, self._blocks.values())) > MAXIMUM_OCTETS:
            raise DecodeError("block_data", 0, f"the message exceeds {MAXIMUM_OCTETS} octets")
        ends = [number for number in (self._count, block.last and block.number) if number]
        if ends and max(block.number, *self._blocks, 0) > min(ends):
            raise DecodeError("block_number", 0, f"block {block.number} and those before do not have one end")

    def _message(self) -> bytes:
        octets = b"".join(self._blocks[number] for number in sorted(self._blocks))
        if Routing.of(Message.decode(octets)) != self._routing:
            raise DecodeError("routing_header", 0, "not that of the message in the blocks")
        return octets


def _block(
    routing: Routing, number: int, data: bytes, settings: Settings, *, last: bool, acknowledged: int = 0
) -> Block:
    return Block(
        routing,
        number,
        data,
        last,
        acknowledged,
        settings.window,
        settings.security_control,
        settings.invocation_counter,
    )


def _decode_routing(cursor: Cursor) -> Routing:
    cursor.expect(_TAG, "routing_header")
    flag = cursor.uint(1, "routing_header.cra_flag")
    if flag not in Cra.__members__.values():
        raise DecodeError("routing_header.cra_flag", cursor.offset - 1, f"{flag:02x} is not 01, 02 or 03")
    counter = cursor.uint(8, "routing_header.originator_counter")
    cursor.expect(_SYSTEM_TITLE_LENGTH, "routing_header.originator.length")
    originator = Eui64(cursor.take(8, "routing_header.originator"))
    cursor.expect(_SYSTEM_TITLE_LENGTH, "routing_header.recipient.length")
    recipient = Eui64(cursor.take(8, "routing_header.recipient"))
    cursor.expect(_NO_DATE_TIME, "routing_header.date_time")
    cursor.expect(_OTHER_INFORMATION_LENGTH, "routing_header.other_information.length")
    message_code = cursor.uint(2, "routing_header.message_code")
    cursor.expect(_NO_KEY_INFO, "routing_header.key_info")
    return Routing(MessageIdentifier(originator, recipient, Cra(flag), counter), message_code)
