"""What passes between a hub and a device on its HAN, in tunnel payloads.

First the steps of an association (`devices.han.association`), then a link's frames in PUTs. Beside these, over the same
line with the same faults, go TIME and IMAGE payloads (`devices.han.time`, `devices.han.image`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from devices.han.time import TimeTeller
from devices.link.faults import Faults
from devices.link.reliable import Link, Take
from devices.processes.connection import Channel, Connection
from devices.processes.repetition import Repetition
from gbcs.errors import DecodeError
from gbcs.framing import TunnelCommand, TunnelPayload

logger = logging.getLogger(__name__)

#: Takes the body of a payload and gives that of the answer, if there is one; raises `DecodeError`.
Hear: TypeAlias = Callable[[bytes], bytes | None]


class Tunnel(Channel):
    """A link on the HAN, and what goes beside its frames."""

    def __init__(
        self,
        link: Link,
        connection: Connection,
        faults: Faults,
        take: Take,
        beside: Mapping[TunnelCommand, Hear],
        greeting: bytes = b"",
    ) -> None:
        """`beside` takes what comes beside the link's frames."""
        super().__init__(link, connection, faults, take, greeting)
        self._beside = beside

    def hear(self, payload: bytes) -> TunnelPayload | None:
        """Takes a tunnel payload; gives it, or None where it was damaged on its way."""
        try:
            tunnelled = TunnelPayload.decode(payload)
        except DecodeError as error:
            logger.debug("dropped: %s", error)
            return None
        if tunnelled.command in (TunnelCommand.PUT, TunnelCommand.GET_RESPONSE):
            self.receive(tunnelled.body)
        elif hear := self._beside.get(tunnelled.command):
            self._answer(tunnelled, hear)
        return tunnelled

    def say(self, command: TunnelCommand, body: bytes = b"") -> None:
        """Sends a payload beside the link's frames."""
        self.put(TunnelPayload(command, body).encode())

    def repeating(self, command: TunnelCommand, body: Callable[[], bytes]) -> Repetition:
        """What sends such payloads until one is answered, once it is started."""
        return Repetition(lambda: self.say(command, body()), self.link.new_patience())

    def _answer(self, tunnelled: TunnelPayload, hear: Hear) -> None:
        """What is none, or a damaged one, is dropped like a frame of the link."""
        try:
            answer = hear(tunnelled.body)
        except DecodeError as error:
            self.link.statistics.damaged += 1
            logger.debug("%s: dropped: %s", self.link, error)
            return
        if answer is not None:
            self.say(tunnelled.command, answer)

    def _in_envelope(self, frame: bytes) -> bytes:
        return TunnelPayload(TunnelCommand.PUT, frame).encode()


class HubTunnel(Tunnel):
    """The hub's end, which tells the device the hub's time until the device has confirmed it."""

    def __init__(
        self,
        link: Link,
        connection: Connection,
        faults: Faults,
        take: Take,
        time: Callable[[], datetime | None],
        take_answer: Callable[[bytes], None],
    ) -> None:
        """`time` is the hub's, `take_answer` takes what a device says of an image."""
        beside: Mapping[TunnelCommand, Hear] = {TunnelCommand.TIME: self._confirm, TunnelCommand.IMAGE: take_answer}
        super().__init__(link, connection, faults, take, beside)
        self._time = time
        self._teller = TimeTeller()
        self._telling = self.repeating(TunnelCommand.TIME, self._told)

    def tell(self) -> None:
        """Tells the device the time, or that there is none, if it would go by something else."""
        if not self._teller.suffices(self._time(), self._loop.time()):
            self._telling.start()

    def close(self) -> None:
        """See `Channel`."""
        self._telling.stop()
        super().close()

    def _told(self) -> bytes:
        return self._teller.tell(self._time(), self._loop.time())

    def _confirm(self, body: bytes) -> None:
        if self._teller.confirm(body):
            self._telling.answered()


def associating(body: bytes) -> bytes:
    """A tunnel payload with a step of an association."""
    return TunnelPayload(TunnelCommand.ASSOCIATE, body).encode()


def step_of(payload: bytes) -> bytes:
    """The step of an association in a tunnel payload; raises `DecodeError` if it is another command."""
    tunnel_payload = TunnelPayload.decode(payload)
    if tunnel_payload.command is not TunnelCommand.ASSOCIATE:
        raise DecodeError("tunnel.command", 0, f"{tunnel_payload.command.name} where ASSOCIATE belongs")
    return tunnel_payload.body
