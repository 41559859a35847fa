"""Hub, meter and clients in one process: what a rig that embeds them does to them at run time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import pytest

from devices.electricity.esme import Esme
from devices.hub.chf import Chf
from devices.hub.routing import Hub
from devices.link.faults import NONE, Rates
from devices.link.reliable import LinkOptions
from devices.processes.client import NoAnswer, WanClient
from devices.processes.connection import Connection
from devices.processes.device import DeviceProcess
from devices.processes.hub import HubProcess
from devices.processes.shell import Address
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.decoding import decode
from gbcs.device_type import DeviceType
from gbcs.message import Message
from gbcs.usecases.catalogue import USE_CASES
from smki.keystore import Keystore
from tests.devices.rig import HUB, METER, NETWORK_OPERATOR, NOW, command

PATIENCE = 30.0
NAME = b"one loop"
#: So that a line that is good again is used at once.
QUICK = LinkOptions(first_retry=0.05, last_retry=0.2)


class Premises:
    """A hub and a meter that run in the loop of the test."""

    def __init__(self, keystore: Keystore) -> None:
        chf = Chf(TrustAnchors.from_keystore(keystore, HUB, DeviceType.CHF), now=NOW)
        chf.han.whitelist(METER)
        self.hub: Hub[Connection] = Hub(chf)
        self.esme = Esme(TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME), now=NOW)
        self.process = HubProcess(self.hub, lambda: NOW)
        self.wan: Address
        self.meter: DeviceProcess

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.timeout(PATIENCE):
            at = await self.process.start("127.0.0.1", 0, 0)
            self.wan = at["wan"]
            self.meter = DeviceProcess(self.esme, at["han"], lambda: NOW, options=QUICK, ready=lambda: None)
            tasks = [asyncio.create_task(self.process.serve()), asyncio.create_task(self.meter.run())]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


def test_a_meter_without_current_is_not_there_until_it_has_some(keystore: Keystore) -> None:
    premises = Premises(keystore)

    async def run() -> None:
        link = premises.hub.link_to(METER)
        async with premises.running(), WanClient(premises.wan, NAME, options=QUICK) as client:
            await client.ask(command(keystore, "ECS52", 1))
            premises.esme.world.interrupt()
            premises.meter.follow()
            await until(lambda: not link.is_connected)
            waiting = asyncio.create_task(client.ask(command(keystore, "ECS52", 2)))
            await until(lambda: link.waiting == 1)
            premises.esme.world.restore()
            premises.meter.follow()
            assert Message.decode(await waiting).originator_counter == 2

    asyncio.run(run())


def test_faults_come_and_go_while_it_runs(keystore: Keystore) -> None:
    premises = Premises(keystore)

    async def run() -> None:
        async with premises.running(), WanClient(premises.wan, NAME, options=QUICK) as client:
            await client.ask(command(keystore, "ECS52", 1))
            premises.meter.faults.rates = Rates(loss=1)
            with pytest.raises(NoAnswer):
                await client.ask(command(keystore, "ECS52", 2), timeout=0.3)
            assert premises.meter.faults.counts["loss"] > 0
            premises.meter.faults.rates = NONE
            late = Message.decode(await client.receive())
            while late.originator == HUB:
                late = Message.decode(await client.receive())
            assert late.originator_counter == 2

    asyncio.run(run())


def test_an_alert_is_in_the_outbox_before_it_is_sent(keystore: Keystore) -> None:
    class Disk(Store):
        kept: dict[str, bytes]

        def commit(self) -> None:
            super().commit()
            self.kept = dict(self.data)

    disk = Disk()

    async def run(now: datetime) -> None:
        esme = Esme(TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME), now=NOW, store=disk)
        DeviceProcess(esme, ("127.0.0.1", 1), lambda: now)
        assert len(esme.advance(now)) == 1

    asyncio.run(run(NOW.replace(month=4)))
    assert [name for name in disk.kept if name.startswith("link/hub/out/")]


def test_a_command_that_the_meter_does_not_support_is_not_waited_for(keystore: Keystore) -> None:
    premises = Premises(keystore)

    async def run() -> None:
        async with premises.running(), WanClient(premises.wan, NAME, options=QUICK) as client:
            polyphase = command(keystore, "ECS26k", 7, by=NETWORK_OPERATOR)
            alert = decode(await client.ask(polyphase, timeout=10), keystore)
            assert alert.use_case == USE_CASES["ECS100"]
            assert alert.payload
            refused = {"message_code": Message.decode(polyphase).message_code, "originator_counter": 7}
            assert alert.payload["command"] == refused

    asyncio.run(run())
