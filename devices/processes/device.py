"""A device as a process: it looks for its hub and stays with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import TypeAlias

from devices.device import Device, label
from devices.electricity.metered import ElectricityDevice
from devices.errors import AssociationRefused
from devices.han.image import Receiving
from devices.han.install_code import InstallCode, default_install_code
from devices.han.member import Member
from devices.han.time import ServedTime
from devices.link.faults import Faults
from devices.link.outbox import OutboxFull
from devices.link.reliable import ASKS, DEFAULTS, Link, LinkOptions
from devices.processes.alarm import Alarm
from devices.processes.connection import Connection
from devices.processes.shell import Address, ProcessClock, announce
from devices.processes.tunnel import Tunnel, associating, step_of
from gbcs.errors import DecodeError, GbcsError
from gbcs.framing import TunnelCommand
from gbcs.message import Message

logger = logging.getLogger(__name__)

#: Takes what has happened, ``connected`` or ``disconnected``, and to which hub.
Recorder: TypeAlias = Callable[[str, str], None]
#: Connects to a hub; may raise `OSError`.
Connect: TypeAlias = Callable[[], Awaitable[Connection]]

#: Seconds until a device tries its hub again: twice as many every time, up to the last.
_FIRST_RETRY, _LAST_RETRY = 0.1, 5.0
#: Seconds that an association may take.
_PATIENCE = 10.0
_LINK = "link/hub"


class DeviceProcess:
    """Keeps a device connected to its hub, and lets time pass for it.

    What the device sends waits in its store until the hub has it: nothing is lost and nothing is sent twice, whichever
    of the two is killed.

    Attributes:
        addresses: what else the process listens on, by name, for the line that tells that it is ready.
        device: may be replaced by another with the same identifier and outlets, see `succeed`.
        faults: what happens to what the device sends to its hub; may be changed at any time.
        link: the device's end of the link.
        time: what its hub has told it of its time.
    """

    def __init__(
        self,
        device: Device,
        hub: Address | Connect,
        clock: ProcessClock,
        record: Recorder | None = None,
        *,
        install_code: InstallCode | None = None,
        poll: float | None = None,
        faults: Faults | None = None,
        time: ServedTime | None = None,
        options: LinkOptions = DEFAULTS,
        ready: Callable[[], None] | None = None,
    ) -> None:
        """Takes a device that is not connected yet.

        Args:
            device: whose messages go in and out.
            hub: the HAN side of its hub, or how to connect to one in the same process.
            clock: the time that the device is told.
            record: is told when the hub comes and goes.
            install_code: what the hub lets the device join by; the default one without it.
            poll: seconds between two times that a device that sleeps asks for messages; without it the device never
                sleeps.
            faults: none without it.
            time: is told the hub's time; without it nobody asks for that.
            options: of the link.
            ready: called when the device has associated for the first time; prints the ready line without it.
        """
        self.faults = faults or Faults()
        self.link = Link(device.store, _LINK, options)
        self.device = device
        self._connect = partial(_dial, hub) if isinstance(hub, tuple) else hub
        self._clock = clock
        self._record: Recorder = record or (lambda *_: None)
        self.time = time or ServedTime()
        self._images = Receiving()
        self._poll = poll
        self._capacity = options.capacity
        self.addresses: dict[str, Address] = {}
        there = {"hub": hub} if isinstance(hub, tuple) else {}
        self._ready = ready or (lambda: announce(device.eui, **there, **self.addresses))
        self._supplicant = Member(device, install_code or default_install_code(device.eui))
        self._retry = _FIRST_RETRY
        self._announced = False
        self._channel: Tunnel | None = None
        self._powered = asyncio.Event()
        self._alarm = Alarm(clock, self._due, self.advance)
        device.outlets.append(self._put)

    async def run(self) -> None:
        """Attends to commands until the task is cancelled; whenever the hub is not there, tries again.

        Raises:
            StoreError: the state could not be written.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._alarm.run())
            tasks.create_task(self.attend())

    def advance(self) -> int:
        """Lets the device do what has fallen due by now; gives the number of messages that it sends because of it.

        Raises:
            StoreError: the state could not be written.
        """
        messages = self.device.advance(self._clock())
        self.follow()
        return len(messages)

    def follow(self) -> None:
        """Something was done to the device: what it sends goes out, and whether it has current has consequences."""
        self._look_at_power()
        self._flush()
        self._alarm.touch()

    def _due(self) -> datetime | None:
        return self.device.due()  # the device may be another by then

    def succeed(self, device: Device) -> None:
        """A device made of the same store takes the place of the one that there was."""
        self.device = self._supplicant.device = device

    @property
    def is_connected(self) -> bool:
        """Whether the hub is there."""
        return self._channel is not None

    def _look_at_power(self) -> None:
        """Without current a device is not there, and takes nothing."""
        if self.device.is_powered:
            self._powered.set()
        else:
            self._powered.clear()
            if self._channel:
                self._channel.connection.cut()

    async def attend(self) -> None:
        """Does the same, but that time passes only when `advance` is called."""
        while True:
            await self._powered.wait()
            try:
                connection = await self._connect()
                try:
                    await self._attend(connection)
                finally:
                    if self._channel:
                        self._record("disconnected", str(connection))
                        self._channel.close()
                        self._channel = None
                        self.time.lose()
                        self._images.lose()
                        self._supplicant.lose()
                    connection.close()
                logger.warning("%s: the hub has gone", connection)
            except (OSError, DecodeError, AssociationRefused) as error:
                logger.warning("%s: no hub: %s", self.device.eui.hex(), error)
            await asyncio.sleep(self._retry)
            self._retry = min(2 * self._retry, _LAST_RETRY)

    async def _attend(self, connection: Connection) -> None:
        patience = asyncio.get_running_loop().call_later(_PATIENCE, connection.cut)
        waking: asyncio.Task[None] | None = None
        connection.send(associating(self._supplicant.begin()))
        try:
            async for frames in connection.chunks():
                asks = False
                for frame in frames:
                    if self._channel:
                        tunnelled = self._channel.hear(frame.payload)
                        asks |= tunnelled is not None and tunnelled.remaining > 0
                    elif answer := self._supplicant.proceed(step_of(frame.payload)):
                        connection.send(associating(answer))
                    else:
                        patience.cancel()
                        self._associated(connection)
                        waking = asyncio.create_task(self._wake(self._poll)) if self._poll else None
                self._flush()
                self._alarm.touch()
                if asks:
                    self._ask()
        finally:
            patience.cancel()
            if waking:
                waking.cancel()

    def _associated(self, connection: Connection) -> None:
        self._retry = _FIRST_RETRY
        beside = {TunnelCommand.TIME: self._take_time, TunnelCommand.IMAGE: self._take_image}
        greeting = ASKS if self._poll else b""
        self._channel = Tunnel(self.link, connection, self.faults, self._take, beside, greeting)
        logger.info("%s: associated", connection)
        self._record("connected", str(connection))
        if not self._announced:
            self._announced = True
            self._ready()

    def _take_time(self, body: bytes) -> bytes:
        return self.time.take(body, self._clock())

    def _take_image(self, body: bytes) -> bytes | None:
        if not self.device.is_powered:
            return None
        answer, image = self._images.take(body)
        if image and isinstance(self.device, ElectricityDevice):
            self.device.firmware.distribute(image.octets, image.version, verifies=image.verifies)
            self.advance()
        return answer

    def _take(self, message: bytes) -> bool:
        # Half of the room is for what the device sends by itself, and half for what it answers.
        if not self.device.is_powered or 2 * self.link.waiting >= self._capacity:
            return False
        self.device.receive(message, self._clock())
        return True

    def _put(self, messages: list[bytes]) -> None:
        for octets in messages:
            try:
                self.link.send(octets)
            except (OutboxFull, GbcsError) as error:
                logger.warning("%s: undeliverable: %s", label(Message.decode(octets)), error)

    def _flush(self) -> None:
        if self._channel:
            self._channel.resume()
            self._channel.flush()

    async def _wake(self, poll: float) -> None:
        while True:
            self._ask()
            await asyncio.sleep(poll)

    def _ask(self) -> None:
        if self._channel:
            self._channel.say(TunnelCommand.GET)


async def _dial(hub: Address) -> Connection:
    return Connection(*await asyncio.open_connection(*hub))
