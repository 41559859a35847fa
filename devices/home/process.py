"""Premises as a part of a process: the servers of a hub, and devices that are connected to it without sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from devices.device import Device
from devices.han.time import ServedTime
from devices.home.assembly import make_chf, make_device, make_gpf, part_of
from devices.home.plan import DevicePlan, GpfPlan, Plan
from devices.hub.routing import Hub
from devices.link.faults import faults_from
from devices.processes.clock import AdjustableClock
from devices.processes.connection import Connection, connected
from devices.processes.control import OF_PROCESS, LinkFaults
from devices.processes.device import DeviceProcess
from devices.processes.hub import HubProcess
from devices.processes.shell import Address
from devices.recorder import Record
from devices.store import Store
from gbcs.eui64 import Eui64
from smki.keystore import Keystore

if TYPE_CHECKING:
    from devices.control.plane import ControlPlane


class PremisesProcess:
    """A hub with its servers, its GPF, and the devices of a plan, over one store.

    The devices join like any others, over links whose frames are passed on within the process. Whatever a message
    changes in several of them is committed at once.

    ::

        premises = PremisesProcess(plan, keystore, clock)
        addresses = await premises.start()
        await premises.run()

    Attributes:
        hub: the way of messages.
        hub_process: its servers.
        members: the devices on the HAN, by identifier, each with its link.
        store: of the CHF, with a part for everybody else.
    """

    def __init__(
        self,
        plan: Plan,
        keystore: Keystore,
        clock: AdjustableClock,
        store: Store | None = None,
        record: Record | None = None,
    ) -> None:
        """Makes all devices; nothing runs yet.

        Args:
            plan: what there is.
            keystore: with the keys of all of it, see `devices.home.assembly.keystore_for`.
            clock: of the process.
            store: of an earlier run, or an empty one; in memory without it.
            record: is told of every message and event.

        Raises:
            MissingKeyError: a key is not in the keystore.
            DeviceError: the plan, or the state, means something that cannot be.
        """
        self.store = Store() if store is None else store
        self._plan = plan
        self._keystore = keystore
        self._clock = clock
        self._record = record or Record(None, clock)
        #: By identifier, how to make a device again of what its store holds.
        self._remakes: dict[Eui64, Callable[[], Device]] = {plan.hub.eui: self._remake_chf}
        self.hub: Hub[Connection] = Hub(make_chf(plan, keystore, clock(), self.store))
        han, wan = (faults_from(each.rates, each.seed) for each in (plan.hub.faults, plan.hub.wan_faults))
        self.hub_process = HubProcess(self.hub, clock, han_faults=han, wan_faults=wan)
        if plan.gpf:
            self._remakes[plan.gpf.eui] = partial(self._remake_gpf, plan.gpf)
            self.hub.add(self._make_gpf(plan.gpf))
        self.members: dict[Eui64, DeviceProcess] = {}
        for each in plan.devices:
            self.members[each.eui] = self._member(each)
            self._remakes[each.eui] = partial(self._remake_member, each)
        self._attending: set[asyncio.Task[None]] = set()
        for device in self.devices.values():
            device.observers.append(self._record)

    @property
    def devices(self) -> dict[Eui64, Device]:
        """All devices, by identifier: the CHF, the GPF, and those on the HAN."""
        return self.hub.functions | {eui: member.device for eui, member in self.members.items()}

    async def start(self) -> dict[str, Address]:
        """Listens; gives the addresses by the names of the hub's sides, ``wan`` and ``han``.

        Raises:
            OSError: an address cannot be had.
        """
        for device in self.devices.values():
            self._record.event("start", device=device.device_type.value, eui=device.eui.hex())
        hub = self._plan.hub
        return await self.hub_process.start(hub.host, hub.wan_port, hub.han_port)

    async def run(self) -> None:
        """Attends to everything until the task is cancelled.

        Raises:
            StoreError: the state could not be written.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.hub_process.serve())
            for member in self.members.values():
                tasks.create_task(member.run())

    def advance(self) -> int:
        """Lets all devices do what has fallen due by now; gives the number of messages that those on the HAN send.

        Raises:
            StoreError: the state could not be written.
        """
        sent = sum(member.advance() for member in self.members.values())
        self.hub_process.follow()
        return sent

    def plane(self) -> ControlPlane:
        """A control plane over all devices."""
        from devices.control.plane import ControlPlane  # noqa: PLC0415 - its libraries are for those who want it

        sides = {eui.hex(): member.faults for eui, member in self.members.items()}
        return ControlPlane(
            self.devices,
            self._clock,
            lambda device, _: self._follow(device),
            remake=lambda former: self._remakes[former.eui](),
            faults=LinkFaults(han=self.hub_process.han_faults, wan=self.hub_process.wan_faults, **sides),
            links=self._links,
            keep=OF_PROCESS,
        )

    def _follow(self, device: Device) -> None:
        """Something was done to a device."""
        if device.eui in self.members:
            self.members[device.eui].follow()
        else:
            self.hub_process.follow()

    def _links(self) -> dict[str, bool]:
        chf = self.hub.chf
        return {entry.eui.hex(): entry.eui in chf.han.links.present for entry in chf.han.logs}

    def _hub_time(self, now: datetime) -> datetime | None:
        return self.hub.chf.han_time(now)  # the CHF may be another by then

    def _make_gpf(self, plan: GpfPlan) -> Device:
        return make_gpf(plan, self._keystore, self._clock(), part_of(self.store, plan), self._hub_time)

    def _make_device(self, plan: DevicePlan, time: ServedTime) -> Device:
        return make_device(plan, self._keystore, self._clock(), part_of(self.store, plan), time)

    def _member(self, plan: DevicePlan) -> DeviceProcess:
        eui, time = plan.eui.hex(), ServedTime(self._hub_time)
        return DeviceProcess(
            self._make_device(plan, time),
            partial(self._connect, eui),
            self._clock,
            lambda event, hub: self._record.event(event, eui=eui, hub=hub),
            install_code=plan.install_code,
            poll=plan.poll,
            faults=faults_from(plan.faults.rates, plan.faults.seed),
            ready=lambda: None,
            time=time,
        )

    async def _connect(self, device: str) -> Connection:
        ours, hubs = connected(self._plan.hub.eui.hex(), device)
        attending = asyncio.create_task(self.hub_process.take_device(hubs))
        self._attending.add(attending)
        attending.add_done_callback(self._attending.discard)
        return ours

    def _remake_chf(self) -> Device:
        self.hub.succeed(make_chf(self._plan, self._keystore, self._clock(), self.store))
        return self.hub.chf

    def _remake_gpf(self, plan: GpfPlan) -> Device:
        self.hub.functions[plan.eui] = self._make_gpf(plan)
        return self.hub.functions[plan.eui]

    def _remake_member(self, plan: DevicePlan) -> Device:
        member = self.members[plan.eui]
        member.succeed(self._make_device(plan, member.time))
        return member.device
