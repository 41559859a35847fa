"""Firmware images on their way from a hub to the devices on its HAN."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import TypeAlias

from devices.han.image import Image, Sending
from devices.hub.distribution import Transfer
from devices.processes.repetition import Repetition
from devices.processes.tunnel import Tunnel
from gbcs.eui64 import Eui64
from gbcs.framing import TunnelCommand

#: Told to which device an image of which version went, and how that ended.
Report: TypeAlias = Callable[[Eui64, bytes, Transfer], None]

#: Seconds that a device may be away before its transfer has failed: it may be switched on again meanwhile.
_PATIENCE = 60.0
_RANDOM = 3


class Carrier:
    """Carries images to devices, one at a time to each, for as long as the device is there or comes back in time."""

    def __init__(self, report: Report) -> None:
        """`report` is called at the end of every transfer."""
        self._report = report
        self._tunnels: dict[Eui64, Tunnel] = {}
        self._journeys: dict[Eui64, _Journey] = {}
        # A device may still have a part of what the hub sent before it was started again.
        self._numbers = count(1 + int.from_bytes(os.urandom(_RANDOM), "big"))

    def carry(self, device: Eui64, image: Image) -> bool:
        """Begins a transfer; False where the device is not there, or another image is on its way to it."""
        if device not in self._tunnels or device in self._journeys:
            return False
        give_up = partial(self._end, device, Transfer.FILE_TRANSFER_FAILURE)
        self._journeys[device] = _Journey(Sending(image, next(self._numbers)), give_up)
        self._journeys[device].go_on(self._tunnels[device])
        return True

    def take(self, device: Eui64, body: bytes) -> None:
        """Takes what a device answers to a block; raises `DecodeError` if that is damaged."""
        journey = self._journeys.get(device)
        if journey and (taken := journey.take(body)) is not None:
            self._end(device, Transfer.SUCCESS if taken else Transfer.FILE_TRANSFER_FAILURE)

    def open(self, device: Eui64, tunnel: Tunnel) -> None:
        """A device is there: what was on its way to it goes on."""
        self._tunnels[device] = tunnel
        if device in self._journeys:
            self._journeys[device].go_on(tunnel)

    def close(self, device: Eui64, tunnel: Tunnel, *, comes_back: bool) -> None:
        """A device's tunnel has gone, if it has not been replaced by another."""
        if self._tunnels.get(device) is not tunnel:
            return
        del self._tunnels[device]
        if device in self._journeys and comes_back:
            self._journeys[device].wait()
        elif device in self._journeys:
            self._end(device, Transfer.FILE_TRANSFER_FAILURE)

    def stop(self) -> None:
        """Carries nothing any more, and reports nothing."""
        for journey in self._journeys.values():
            journey.rest()
        self._journeys.clear()

    def _end(self, device: Eui64, outcome: Transfer) -> None:
        journey = self._journeys.pop(device)
        journey.rest()
        self._report(device, journey.sending.image.version, outcome)


class _Journey:
    """One image on its way: stop and wait, each block again until it is answered."""

    def __init__(self, sending: Sending, give_up: Callable[[], None]) -> None:
        self.sending = sending
        self._give_up = give_up
        self._limit: asyncio.TimerHandle | None = None
        self._repetition: Repetition | None = None

    def go_on(self, tunnel: Tunnel) -> None:
        self.rest()
        self.sending.resume()
        self._repetition = tunnel.repeating(TunnelCommand.IMAGE, self.sending.block)
        self._repetition.start()

    def take(self, body: bytes) -> bool | None:
        """Takes an answer, and gives whether the device has taken the image; None where the transfer goes on."""
        if self.sending.proceed(body) and self._repetition:
            self._repetition.answered()
            if self.sending.taken is None:
                self._repetition.start()
        return self.sending.taken

    def wait(self) -> None:
        self.rest()
        self._limit = asyncio.get_running_loop().call_later(_PATIENCE, self._give_up)

    def rest(self) -> None:
        if self._repetition:
            self._repetition.stop()
        if self._limit:
            self._limit.cancel()
