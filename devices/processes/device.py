"""A device as a process: it looks for its hub and stays with it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeAlias

from devices.device import Device
from devices.errors import NotInDeviceLog
from devices.processes.connection import ACCEPTED, Tunnel, body_of
from devices.processes.shell import Address, ProcessClock, announce
from gbcs.errors import DecodeError
from gbcs.framing import TunnelCommand

logger = logging.getLogger(__name__)

#: Takes a direction, ``received`` or ``sent``, and the octets of a message.
Recorder: TypeAlias = Callable[[str, bytes], None]

#: Seconds until a device tries its hub again: twice as many every time, up to the last.
_FIRST_RETRY, _LAST_RETRY = 0.1, 5.0
#: Seconds between two looks at what a device does by itself.
_TICK = 0.5
#: Messages of a device that wait for its hub.
_HELD_ALERTS = 256


class DeviceProcess:
    """Keeps a device connected to its hub, and lets time pass for it.

    Attributes:
        device: may be replaced by another with the same identifier.
        addresses: what else the process listens on, by name, for the line that tells that it is ready.
    """

    def __init__(
        self,
        device: Device,
        hub: Address,
        clock: ProcessClock,
        record: Recorder | None = None,
    ) -> None:
        """`record` is told of every message."""
        self.device = device
        self.addresses: dict[str, Address] = {}
        self._hub = hub
        self._clock = clock
        self._record: Recorder = record or (lambda *_: None)
        self._retry = _FIRST_RETRY
        self._announced = False
        self._tunnel: Tunnel | None = None
        #: What the device has sent while it had no hub, oldest first.
        self._waiting: deque[bytes] = deque(maxlen=_HELD_ALERTS)

    @property
    def is_connected(self) -> bool:
        """Whether the hub is there."""
        return self._tunnel is not None

    async def run(self) -> None:
        """Attends to commands until the task is cancelled; whenever the hub is not there, tries again.

        Raises:
            StoreError: the state could not be written.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tick())
            tasks.create_task(self._attend_always())

    async def _tick(self) -> None:
        while True:
            self.send(self.device.advance(self._clock()))
            await asyncio.sleep(_TICK)

    async def _attend_always(self) -> None:
        while True:
            try:
                tunnel = Tunnel(*await asyncio.open_connection(*self._hub))
                try:
                    await self._attend(tunnel)
                finally:
                    self._tunnel = None
                    tunnel.close()
                logger.warning("%s: the hub has gone", tunnel)
            except (OSError, DecodeError, NotInDeviceLog) as error:
                logger.warning("%s:%s: no hub: %s", *self._hub, error)
            await asyncio.sleep(self._retry)
            self._retry = min(2 * self._retry, _LAST_RETRY)

    async def _attend(self, tunnel: Tunnel) -> None:
        frames = tunnel.frames()
        tunnel.send_association(self.device.eui)
        if body_of(await anext(frames, b""), TunnelCommand.ASSOCIATE) != ACCEPTED:
            raise NotInDeviceLog(f"{self.device.eui.hex()} is refused, it is not in the device log")
        self._retry = _FIRST_RETRY
        self._tunnel = tunnel
        logger.info("%s: associated", tunnel)
        if not self._announced:
            self._announced = True
            announce(self.device.eui, hub=self._hub, **self.addresses)
        self.send([])
        async for payload in frames:
            message = body_of(payload, TunnelCommand.PUT)
            self._record("received", message)
            self.send(self.device.receive(message, self._clock()))

    def send(self, messages: Iterable[bytes]) -> None:
        """Sends what the device has to say, at once or when the hub is there."""
        self._waiting += messages
        while self._waiting and self._tunnel:
            message = self._waiting.popleft()
            self._record("sent", message)
            self._tunnel.send(message)
