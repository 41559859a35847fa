"""The control plane of one process, without sockets: what it knows of the devices, and how it acts on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias, TypeVar, runtime_checkable

from devices.control.messages import Messages
from devices.control.metrics import Metrics
from devices.control.problem import Problem
from devices.device import Device
from devices.errors import StoreError
from gbcs.errors import DecodeError
from gbcs.eui64 import Eui64

Result = TypeVar("Result")

#: Sends what a device has to say by itself.
Send: TypeAlias = Callable[[Device, Sequence[bytes]], None]
#: Makes a device anew from what its store holds, puts it into the process in place of the former, and gives it.
Remake: TypeAlias = Callable[[Device], Device]

DEFAULT_RING = 1000


@runtime_checkable
class Adjustable(Protocol):
    """A clock that can be moved: `devices.processes.clock.AdjustableClock`."""

    speed: float

    def advance(self, by: timedelta) -> None:
        """Moves it on."""
        ...


class ControlPlane:
    """Looks at the devices of a process, and acts on them.

    Everything runs in the thread that also feeds messages to the devices, so that nothing comes between. What an action
    changes is in the device's store, and its alerts are with the process, before the action is answered.

    Attributes:
        devices: by identifier. Those that come later are told to `adopt`.
        clock: the process clock.
        adjustable: the same, if it can be moved.
        faults: settings of the process's links, as attributes of an object; None where there are none.
        links: tells which links there are, and whether each is up.
        remake: see `Remake`; without one nothing can be restored or reset.
        keep: how names begin of what is in a device's store and the process's own: it is in no snapshot, and stays.
        messages: what passed lately.
        metrics: what passed since the start.
    """

    def __init__(
        self,
        devices: MutableMapping[Eui64, Device],
        clock: Callable[[], datetime],
        send: Send,
        *,
        remake: Remake | None = None,
        faults: object | None = None,
        links: Callable[[], Mapping[str, bool]] = dict,
        keep: tuple[str, ...] = (),
        ring: int = DEFAULT_RING,
    ) -> None:
        """Looks on the devices from now on; `ring` is how many messages are kept to be looked at."""
        self.devices = devices
        self.clock = clock
        given: object = clock
        self.adjustable = given if isinstance(given, Adjustable) else None
        self.remake = remake
        self.faults = faults
        self.links = links
        self.keep = keep
        self.messages = Messages(clock, ring)
        self.metrics = Metrics(devices.values, links)
        self._send = send
        for device in devices.values():
            device.observers += (self.messages, self.metrics)

    def adopt(self, device: Device) -> None:
        """Takes one more device."""
        self.devices[device.eui] = device
        device.observers += (self.messages, self.metrics)

    def device(self, text: str) -> Device:
        """The device of that identifier.

        Raises:
            Problem: there is none.
        """
        try:
            return self.devices[Eui64.parse(text)]
        except (DecodeError, KeyError):
            raise Problem("not-found", f"no device {text}", "path.eui") from None

    def act(self, device: Device, action: Callable[[], Result]) -> tuple[Result, int]:
        """Does something to a device at the present time; gives the result, and how many messages left because of it.

        Raises:
            StoreError: the state could not be written.
        """
        now = self.clock()
        self._send(device, device.advance(now))
        try:
            result = action()
        finally:
            sent = device.advance(now)
            self._send(device, sent)
        return result, len(sent)

    def state_of(self, device: Device) -> dict[str, bytes]:
        """All that a device would not forget, as of now.

        Raises:
            StoreError: the state could not be written.
        """
        self._send(device, device.advance(self.clock()))
        return {name: octets for name, octets in device.snapshot().items() if not name.startswith(self.keep)}

    def replace(self, device: Device, state: Mapping[str, bytes]) -> None:
        """Makes the device another whose state this is: all of it, or nothing changes.

        Raises:
            Problem: the process cannot do it, or no device can be made of the state.
            StoreError: the state could not be written.
        """
        if self.remake is None:
            raise Problem("conflict", "this process cannot make its devices anew")
        former = self.state_of(device)
        device.store.replace(state, self.keep)
        try:
            self._succeed(device, self.remake(device))
        except StoreError:
            raise
        except Exception as error:
            device.store.replace(former, self.keep)
            self._succeed(device, self.remake(device))
            # What is wrong with it may quote it.
            raise Problem("conflict", f"no device can be made of that state: {type(error).__name__}") from error

    def _succeed(self, former: Device, device: Device) -> None:
        """One device takes the place of another, with whoever looks on that and takes what it sends."""
        self.devices[device.eui] = device
        device.observers[:], device.outlets[:] = former.observers, former.outlets
        self._send(device, device.advance(self.clock()))
