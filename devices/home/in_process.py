"""Premises in one process: a Communications Hub and the devices on its HAN, without sockets and without a clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from os import PathLike
from types import TracebackType
from typing import Self, TypeVar

from devices.device import Device
from devices.electricity.esme import Esme
from devices.electricity.sapc import Sapc
from devices.errors import DeviceError
from devices.han.association import Authenticator
from devices.han.install_code import InstallCode, default_install_code
from devices.han.member import Member
from devices.home import file
from devices.home.assembly import keystore_for, make_chf, make_device, make_gpf, part_of
from devices.home.plan import DevicePlan, GpfPlan, HubPlan, Plan
from devices.hub.chf import Chf
from devices.hub.gpf import Gpf
from devices.hub.routing import Delivery, Hub
from devices.in_process import DEFAULT_EUI
from devices.invariants import Invariants
from devices.store import Store
from gbcs.eui64 import Eui64
from smki.keystore import Keystore

_WAN = "WAN"
_Kind = TypeVar("_Kind", bound=Device)

#: A hub with its GPF, a meter and a controller, from the EUI-64 range for documentation (RFC 9542 section 2.2.3).
DEFAULT_PLAN = Plan(
    HubPlan(Eui64.parse("00-00-5E-EF-10-00-01-01")),
    GpfPlan(Eui64.parse("00-00-5E-EF-10-00-01-04")),
    (DevicePlan("esme", DEFAULT_EUI), DevicePlan("sapc", Eui64.parse("00-00-5E-EF-10-00-01-03"))),
)


class Home:
    """A hub and devices on its HAN, to be driven from a test; `devices.invariants` hold for all that they send.

    Attributes:
        now: the time that every device is told.
        hub: the hub; its own functions are in `chf`, and with the GPF in `functions`.
        devices: those on the HAN, by identifier.
    """

    def __init__(self, chf: Chf, now: datetime) -> None:
        """A hub with a WAN, and nobody on its HAN."""
        self.now = now
        self.hub: Hub[str | Device] = Hub(chf)
        self.hub.attach(_WAN)
        self.devices: dict[Eui64, Device] = {}
        self._members: dict[Eui64, Member] = {}
        chf.observers.append(Invariants())

    def add_function(self, function: Device) -> None:
        """Makes a device, such as a GPF, a part of the hub; its store is a part of the hub's."""
        function.observers.append(Invariants())
        self.hub.add(function)

    def add(self, device: Device, install_code: InstallCode | None = None) -> None:
        """Brings a device, which joins the hub by `join`; without an install code by its default one."""
        device.observers.append(Invariants())
        self.devices[device.eui] = device
        self._members[device.eui] = Member(device, install_code or default_install_code(device.eui))

    def join(self, device: Eui64) -> list[bytes]:
        """A device joins the hub, or comes back to it; gives what comes over the WAN because of it.

        Raises:
            AssociationRefused: one does not accept the other.
        """
        hub = Authenticator(self.hub.chf.han)
        body: bytes | None = self._members[device].begin()
        while body is not None:
            body = self._members[device].proceed(hub.proceed(body, self.now))
        held = self.hub.associate(device, self.devices[device])
        return self._carry([*held, *self.hub.advance(self.now)])

    def leave(self, device: Eui64) -> None:
        """A device loses the hub, until it joins again."""
        self._members[device].lose()
        self.hub.dissociate(device, self.devices[device])

    def advance(self, by: timedelta) -> list[bytes]:
        """Lets time pass for all devices; gives the alerts that come over the WAN because of it."""
        self.now += by
        sent = [delivery.octets for delivery in self.hub.advance(self.now)]
        for device in self.devices.values():
            for alert in device.advance(self.now):
                sent += (delivery.octets for delivery in self.hub.from_han(device.eui, alert))
        return sent

    def send(self, octets: bytes) -> list[bytes]:
        """Sends a message over the WAN; gives what comes back, responses and alerts."""
        return self._carry(self.hub.from_wan(_WAN, octets, self.now))

    def _carry(self, deliveries: Iterable[Delivery[str | Device]]) -> list[bytes]:
        """Carries messages to and fro until there are none; gives those that leave over the WAN."""
        sent: list[bytes] = []
        waiting = deque(deliveries)
        while waiting:
            link, message = waiting.popleft()
            if isinstance(link, str):
                sent.append(message)
            else:
                for answer in link.receive(message, self.now):
                    waiting += self.hub.from_han(link.eui, answer)
        return sent


class PlannedPremises(Home):
    """Premises of a plan, whose whitelisted devices have joined; a context manager that keeps the state at the end.

    Attributes:
        keystore: what a head end signs with; with fresh keys of every party where none was given.
        plan: what there is.
        store: of the CHF, with a part for everybody else.
    """

    def __init__(self, plan: Plan, keystore: Keystore, now: datetime, store: Store) -> None:
        """See `premises`."""
        self.plan = plan
        self.keystore = keystore
        self.store = store
        chf = make_chf(plan, keystore, now, store)
        super().__init__(chf, now)
        if plan.gpf:
            self.add_function(make_gpf(plan.gpf, keystore, now, part_of(store, plan.gpf), chf.han_time))
        for each in plan.devices:
            device = make_device(each, keystore, now, part_of(store, each), chf.han_time)
            self.add(device, each.install_code)
            if each.eui in chf.han:
                self.join(each.eui)

    @property
    def esme(self) -> Esme:
        """The first meter. Raises `DeviceError` where there is none."""
        return self._first(Esme, self.devices.values())

    @property
    def sapc(self) -> Sapc:
        """The first controller. Raises `DeviceError` where there is none."""
        return self._first(Sapc, self.devices.values())

    @property
    def gpf(self) -> Gpf:
        """The GPF. Raises `DeviceError` where there is none."""
        return self._first(Gpf, self.hub.functions.values())

    @staticmethod
    def _first(kind: type[_Kind], among: Iterable[Device]) -> _Kind:
        for device in among:
            if isinstance(device, kind):
                return device
        raise DeviceError("the plan has no such device")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Writes the state and closes its file."""
        for device in (*self.hub.functions.values(), *self.devices.values()):
            device.snapshot()  # puts what a device has in memory into its store
        self.store.__exit__(kind, error, trace)


def premises(
    plan: Plan | str | PathLike[str] = DEFAULT_PLAN,
    keystore: Keystore | str | PathLike[str] | None = None,
    *,
    now: datetime | None = None,
    state: str | PathLike[str] | None = None,
) -> PlannedPremises:
    """A hub and the devices of a plan, in one process, as a context manager.

    Args:
        plan: what there is, or the file of `devices premises` that says so; a hub with GPF, meter and controller if
            absent. Of a file its keystore and state hold where they are not given here; clock, record and control plane
            are the process's alone.
        keystore: with the keys of all of it, or where it is or shall be; fresh keys of a whole test SMKI if absent.
        now: the process clock (timezone-aware); the system's time if absent.
        state: SQLite file; in memory if absent.

    Raises:
        MissingKeyError: a key that a device needs is not there.
        ConfigurationError: the file means nothing.
        DeviceError: the plan does not.
        StoreError: `state` is another hub's.
    """
    moment = datetime.now(UTC) if now is None else now
    if not isinstance(plan, Plan):
        options, plan = file.read(str(plan))
        keystore = options["keystore"] if keystore is None else keystore
        state = options["state"] if state is None else state
    if not isinstance(keystore, Keystore):
        keystore = keystore_for(plan, keystore, moment, keeps_state=state is not None)
    store = Store(state, f"CHF {plan.hub.eui}")
    try:
        return PlannedPremises(plan, keystore, moment, store)
    except Exception as error:
        store.__exit__(type(error), error, None)
        raise
