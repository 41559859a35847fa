"""One end of a link: what it is given to send arrives at the other end once and in order, whatever lies between.

No I/O, no clock. Both ends keep their state in the store of whoever owns them, in the commit of what a message causes,
so that a message goes from store to store exactly once although either side is killed at any instant:

* messages wait in an `Outbox` until the other end has acknowledged them;
* the number of the last message taken is kept with what taking it has changed.

After every connection each end first hears what the other has. One that has lost its state begins another *epoch*, by
a number drawn at random, and the other end goes along; one whose state was put back to an older one notices that the
other has more than was ever sent, and does the same.
"""

from __future__ import annotations

import logging
import os
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import takewhile
from typing import NamedTuple, TypeAlias

from devices.link.frame import Frame, Kind
from devices.link.outbox import Outbox, Waiting
from devices.link.patience import Patience
from devices.store import Store
from gbcs import transfer
from gbcs.errors import DecodeError

logger = logging.getLogger(__name__)

#: Takes a message that has come; False if there is no room for what it causes, and then it has changed nothing.
Take: TypeAlias = Callable[[bytes], bool]
#: Gives so many octets at random.
Draw: TypeAlias = Callable[[int], bytes]

#: What a device's greeting says that sleeps, and asks for each message (GET).
ASKS = b"\x01"
#: How far ahead of the last message taken one may be that is kept; what is farther comes again.
_AHEAD = 64
_STATE = struct.Struct(">IQQIQ")
_EPOCH = 4
_BLOCKS = transfer.Settings(window=16)


@dataclass(frozen=True, slots=True)
class LinkOptions:
    """Settings of a link; the two ends may have different ones.

    Attributes:
        window: frames that may be under way without acknowledgement.
        capacity: messages that may wait.
        patience: seconds that an acknowledgement waits for a message that takes it along.
        first_retry: seconds until frames are sent again, as long as no acknowledgement was timed. Then it is by those
            that were (RFC 6298). Every time it takes twice as many.
        least_retry, last_retry: no fewer seconds, and no more.
        largest: octets of a message that travels in one frame; what is longer goes by general block transfer.
        blocks: how it does.
    """

    window: int = 16
    capacity: int = 256
    patience: float = 0.0
    first_retry: float = 0.5
    least_retry: float = 0.1
    last_retry: float = 8.0
    largest: int = transfer.MAXIMUM_BLOCK_SIZE
    blocks: transfer.Settings = _BLOCKS


DEFAULTS = LinkOptions()


@dataclass(slots=True)
class Statistics:
    """What an end of a link has counted since it was made, in frames; `taken` in messages."""

    sent: int = 0
    resent: int = 0
    taken: int = 0
    repeated: int = 0
    damaged: int = 0


class _Unit(NamedTuple):
    """What one frame carries: a message, or one block of it (counted from 1)."""

    number: int
    block: int
    body: bytes


@dataclass(slots=True)
class _Incoming:
    """What has come and cannot be taken yet: whole messages by number, and those that lack blocks."""

    whole: dict[int, bytes] = field(default_factory=dict)
    partial: dict[int, transfer.Reassembler] = field(default_factory=dict)

    def forget(self) -> None:
        self.whole.clear()
        self.partial.clear()


class Link:
    """One end of a link.

    The owner passes `send` what is to go out and `receive` what comes in, and then sends what `frames` gives, which
    commits the store before it lets the other end know. Times are seconds of any clock that does not go back.

    Attributes:
        peer: what the other end's greeting has said on this connection.
        statistics: what was counted.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        options: LinkOptions = DEFAULTS,
        draw: Draw = os.urandom,
    ) -> None:
        """Goes on with what `store` has under `name`."""
        self.peer = b""
        self.statistics = Statistics()
        self._store = store
        self._name = name
        self._options = options
        self._draw = draw
        self._outbox = Outbox(store, f"{name}/out", options.capacity)
        #: Whether the numbers go on from what the other end has seen, for all that this end can know: a state that was
        #: read may be one of earlier, until the other end has told what it has.
        self._goes_on = name not in store
        if name in store:
            self._epoch, last, self._offered, self._known, self._received = _STATE.unpack(store[name])
            self._last = max(last, self._outbox.last)
        else:
            self._last = self._offered = self._known = self._received = 0
            self._epoch = self._new_epoch()
        self._connected = self._greeted = self._unsaved = False
        self._has_news = True
        self._greeting = b""
        self._incoming = _Incoming()
        #: Blocks to be sent for the first time, and what was sent but not acknowledged.
        self._ready: deque[_Unit] = deque()
        self._flight: deque[_Unit] = deque()
        self._owes_acknowledgement = False
        #: Until when that may wait.
        self._owes_by: float | None = None
        self._owes_block: int | None = None
        self._patience = self.new_patience()
        #: The message that is being timed, since when.
        self._timed: tuple[int, float] | None = None
        self._retry_at: float | None = None
        if self._goes_on:
            self._save()

    def __str__(self) -> str:
        return self._name

    @property
    def waiting(self) -> int:
        """Messages that the other end has not acknowledged."""
        return len(self._outbox)

    @property
    def waits_since(self) -> int | None:
        """When the oldest of them was sent, as `send` was told; None where there is none."""
        return self._outbox.since

    @property
    def is_full(self) -> bool:
        """Whether `send` has no room."""
        return self._outbox.is_full

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection."""
        return self._connected

    @property
    def has_news(self) -> bool:
        """Whether anything has happened since `frames` was asked, so that it may have something before its time."""
        return self._has_news

    @property
    def has_refused(self) -> bool:
        """Whether a message that has come could not be taken yet."""
        return self._received + 1 in self._incoming.whole

    def send(self, octets: bytes, since: int = 0) -> None:
        """Puts a message into the store; it goes out when the other end is there. `since` is the time, for `expire`.

        Raises:
            OutboxFull: too many messages wait.
            DecodeError, UseCaseError: too long for one frame, and not what goes by block transfer.
        """
        if len(octets) > self._options.largest:
            transfer.split(octets, self._options.blocks)
        self._outbox.put(self._last + 1, octets, since)
        self._last += 1
        if self._goes_on:
            self._offered = self._last
        self._has_news = True
        self._save()

    def expire(self, before: int) -> list[Waiting]:
        """Gives up the messages that wait since before a time, and gives them; the other end may have taken the last
        ones all the same, if its acknowledgement was lost.
        """
        gone = list(takewhile(lambda each: each.since < before, self._outbox))
        if gone:
            self._forget_to(gone[-1].number)
        return gone

    def withdraw(self) -> list[bytes]:
        """Takes back all that waits, for an owner that has another way."""
        octets = [each.octets for each in self._outbox]
        self._forget_to(self._last)
        return octets

    def connect(self, greeting: bytes = b"") -> None:
        """A connection has come up, a new one if there was one; `greeting` tells the other end who is there."""
        self.disconnect()
        self._connected = self._has_news = True
        self._greeting = greeting
        self._retry_at = 0.0

    def disconnect(self) -> None:
        """The connection has gone; messages wait for another."""
        self._connected = self._greeted = False
        self.peer = b""
        self._incoming.forget()
        self._ready.clear()
        self._flight.clear()
        self._timed = None
        self._owes_acknowledgement, self._owes_by, self._owes_block = False, None, None
        self._patience.renew()
        self._retry_at = None

    def receive(self, octets: bytes, take: Take) -> None:
        """Takes a frame. Every message that is due by it is passed to `take`, after its number was put into the store:
        what `take` commits is committed with it. What is no frame, or a damaged one, is dropped.
        """
        try:
            frame = Frame.decode(octets)
        except DecodeError as error:
            self.statistics.damaged += 1
            logger.debug("%s: dropped: %s", self, error)
            return
        self._has_news = True
        self._take_acknowledgement(frame)
        if frame.kind is Kind.GREETING:
            self.peer = frame.body
            # Who greets waits for the answer.
            self._owes_acknowledgement, self._owes_by = True, 0.0
        elif frame.kind is not Kind.ACKNOWLEDGEMENT:
            self._owes_acknowledgement = True
            self._arrange(frame)
            self.resume(take)

    def resume(self, take: Take) -> None:
        """Passes on what has come and was refused, or is due only now."""
        while (octets := self._incoming.whole.get(self._received + 1)) is not None:
            self._received += 1
            self._save()
            if not take(octets):
                self._received -= 1
                self._save()
                return
            del self._incoming.whole[self._received]
            self.statistics.taken += 1
            self._owes_acknowledgement = self._has_news = True

    def frames(self, now: float) -> list[bytes]:
        """What is to be sent now: greetings, messages, acknowledgements, repetitions. What they say is in the store.

        Raises:
            StoreError: it could not be written.
        """
        self._has_news = False
        if not self._connected:
            return []
        self._commit()
        if not self._greeted:
            return [self._frame(Kind.GREETING, body=self._greeting)] if self._is_due(now) else []
        frames = [] if self.peer == ASKS else self._messages(now)
        if self._owes_acknowledgement and (not frames or self._owes_block is not None):
            if self._may_wait(now):
                return frames
            frames.append(self._acknowledgement())
        self._owes_acknowledgement, self._owes_by, self._owes_block = False, None, None
        return frames

    def _may_wait(self, now: float) -> bool:
        """Whether the acknowledgement that is owed may go with a message to come."""
        if self._owes_block is not None or not self._options.patience:
            return False
        if self._owes_by is None:
            self._owes_by = now + self._options.patience
        return now < self._owes_by

    def new_patience(self) -> Patience:
        """How long to wait for an answer over this link, by its settings alone."""
        return Patience(self._options.first_retry, self._options.least_retry, self._options.last_retry)

    def poll(self) -> tuple[int, bytes]:
        """For an end that asks: how many messages wait behind the frame, and the frame; empty where there is none.

        Raises:
            StoreError: the state could not be written.
        """
        self._commit()
        if not self._flight and (first := self._next()):
            self._flight.append(first)
        if not self._greeted or not self._flight:
            return 0, b""
        unit = self._flight[0]
        is_last_of_it = not self._ready
        return len(self._outbox) - is_last_of_it, self._carrying(unit)

    def due(self) -> float | None:
        """When `frames` has something by itself; None where it waits for the other end or the owner."""
        if not self._connected:
            return None
        waits = not self._greeted or (self._flight and self.peer != ASKS)
        return earlier(self._retry_at if waits else None, self._owes_by)

    # What goes out.

    def _measure(self, now: float) -> None:
        """Takes the time of the last message that was sent when none was timed, once it is acknowledged."""
        if self._timed and self._timed[0] < self._base:
            self._patience.measure(now - self._timed[1])
            self._timed = None

    def _messages(self, now: float) -> list[bytes]:
        self._measure(now)
        # Without a time to send again, some of it was acknowledged just now.
        if self._flight and self._retry_at is not None and self._is_due(now):
            self.statistics.resent += len(self._flight)
            # Of what was sent twice nobody knows which one is acknowledged.
            self._timed = None
            frames = [self._carrying(unit) for unit in self._flight]
        else:
            frames = []
        while len(self._flight) < self._options.window and (unit := self._next()):
            self._flight.append(unit)
            self.statistics.sent += 1
            if self._timed is None:
                self._timed = unit.number, now
            frames.append(self._carrying(unit))
        if self._flight and self._retry_at is None:
            self._retry_at = now + self._patience.seconds
        return frames

    def _is_due(self, now: float) -> bool:
        """Whether it is time to send again; if it is, sets the next time."""
        if self._retry_at is not None and now < self._retry_at:
            return False
        self._retry_at = now + self._patience.seconds
        self._patience.double()
        return True

    def _next(self) -> _Unit | None:
        """What is to be sent after what is under way."""
        if self._ready:
            return self._ready.popleft()
        waiting = self._outbox.after(self._flight[-1].number if self._flight else 0)
        if waiting is None or waiting.number > self._offered:
            return None
        if len(waiting.octets) <= self._options.largest:
            return _Unit(waiting.number, 0, waiting.octets)
        blocks = transfer.split(waiting.octets, self._options.blocks)
        self._ready.extend(_Unit(waiting.number, block.number, block.encode()) for block in blocks)
        return self._ready.popleft()

    def _carrying(self, unit: _Unit) -> bytes:
        return self._frame(Kind.BLOCK if unit.block else Kind.MESSAGE, unit.number, unit.body)

    def _acknowledgement(self) -> bytes:
        number = self._owes_block
        if number is None or number not in self._incoming.partial:
            return self._frame(Kind.ACKNOWLEDGEMENT)
        block = self._incoming.partial[number].acknowledgement(self._options.blocks)
        return self._frame(Kind.ACKNOWLEDGEMENT, number, block.encode())

    def _frame(self, kind: Kind, number: int = 0, body: bytes = b"") -> bytes:
        return Frame(kind, self._epoch, self._known, self._received, number, self._base, body).encode()

    @property
    def _base(self) -> int:
        """Number of the oldest message that is kept, or of the one to come."""
        return self._outbox.first or self._last + 1

    # What comes in.

    def _take_acknowledgement(self, frame: Frame) -> None:
        if frame.known == self._epoch:
            if frame.acknowledged > self._offered:
                logger.warning("%s: the other side has more than was sent: a new epoch", self)
                self._forget_to(self._offered)
                self._epoch = self._new_epoch()
                self._save()
            elif frame.acknowledged >= self._base:
                self._forget_to(frame.acknowledged)
            if frame.kind is Kind.ACKNOWLEDGEMENT and frame.body:
                self._take_block_acknowledgement(frame)
        if not self._greeted:
            self._greeted = True
            self._patience.renew()
            self._retry_at = None
            self._goes_on = True
            if self._offered != self._last:
                self._offered = self._last
                self._save()

    def _take_block_acknowledgement(self, frame: Frame) -> None:
        try:
            acknowledged = transfer.Block.decode(frame.body).acknowledged
        except DecodeError as error:
            logger.warning("%s: dropped: %s", self, error)
            return
        while self._flight and self._flight[0].number == frame.number and self._flight[0].block <= acknowledged:
            self._flight.popleft()
            self._retry_at = None

    def _forget_to(self, number: int) -> None:
        self._outbox.drop_to(number)
        for units in (self._flight, self._ready):
            while units and units[0].number <= number:
                units.popleft()
        # The delay stays what it has become until an acknowledgement has been timed.
        self._retry_at = None

    def _arrange(self, frame: Frame) -> None:
        """Puts a message, or a part of one, to what has come."""
        if frame.epoch != self._known:
            self._known, self._received = frame.epoch, max(frame.base, 1) - 1
            self._incoming.forget()
        elif frame.base > self._received + 1:
            logger.warning("%s: the other side has given up %s messages", self, frame.base - 1 - self._received)
            self._received = frame.base - 1
        if frame.number <= self._received or frame.number in self._incoming.whole:
            self.statistics.repeated += 1
        elif frame.number <= self._received + _AHEAD:
            if frame.kind is Kind.MESSAGE:
                self._incoming.whole[frame.number] = frame.body
            else:
                self._take_block(frame)

    def _take_block(self, frame: Frame) -> None:
        partial = self._incoming.partial
        self._owes_block = frame.number
        try:
            block = transfer.Block.decode(frame.body)
            reassembler = partial.setdefault(frame.number, transfer.Reassembler(block.routing))
            whole = reassembler.feed(block)
        except DecodeError as error:
            logger.warning("%s: dropped: %s", self, error)
            partial.pop(frame.number, None)
            return
        if whole is not None:
            self._incoming.whole[frame.number] = whole
            del partial[frame.number]

    # What is kept.

    def _new_epoch(self) -> int:
        return int.from_bytes(self._draw(_EPOCH), "big") or 1

    def _save(self) -> None:
        self._store[self._name] = _STATE.pack(self._epoch, self._last, self._offered, self._known, self._received)
        self._unsaved = True

    def _commit(self) -> None:
        # Not for what was acknowledged: should that come back after a crash, the other end knows that it has it.
        if self._unsaved:
            self._store.commit()
            self._unsaved = False


def earlier(one: float | None, other: float | None) -> float | None:
    """The earlier of two times; None is never."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
