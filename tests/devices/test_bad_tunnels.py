"""Time and firmware over HAN links with faults: hub and meter in the loop of the test, with sockets between them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random

import pytest

from devices.alerts import AlertCode
from devices.electricity.esme import Esme
from devices.han.image import Block, Image
from devices.han.time import ServedTime
from devices.home.plan import DevicePlan, FaultPlan, HubPlan, Plan
from devices.home.process import PremisesProcess
from devices.hub import routing
from devices.hub.chf import Chf
from devices.hub.distribution import Transfer
from devices.hub.routing import HELD_MESSAGES, Hub
from devices.link.faults import NONE, Delay, Faults, Rates
from devices.link.reliable import LinkOptions
from devices.processes import carrier
from devices.processes.client import WanClient
from devices.processes.clock import AdjustableClock
from devices.processes.connection import Connection
from devices.processes.device import DeviceProcess
from devices.processes.hub import HubProcess
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.decoding import decode
from gbcs.device_type import DeviceType
from gbcs.framing import PLAIN_WPORT, TunnelCommand, Wrapped
from gbcs.usecases.catalogue import USE_CASES
from smki.keystore import Keystore
from tests.devices.link.test_one_process import until
from tests.devices.rig import BROKER, HUB, METER, NOW, SUPPLIER, codes, command, protected

PATIENCE = 60.0
#: Of all links, so that a line that is good again is used at once.
QUICK = LinkOptions(capacity=HELD_MESSAGES, first_retry=0.05, last_retry=0.2)
BAD = Rates(
    loss=0.1, duplication=0.1, corruption=0.1, reordering=0.1, disconnection=0.1, delay=Delay(least=0.001, mean=0.01)
)
NOTHING = Rates(loss=1)
IMAGE = Image(b"\0\0\0\7", bytes(range(250)) * 600)  # ten blocks
HOUR = timedelta(hours=1)


class Watched(Connection):
    """A meter's connection to its hub."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, came: list[bytes], left: list[bytes]
    ) -> None:
        super().__init__(reader, writer)
        self._came = came
        self._left = left

    async def chunks(self) -> AsyncIterator[list[Wrapped]]:
        async for frames in super().chunks():
            self._came += [frame.payload for frame in frames]
            yield frames

    def send(self, *payloads: bytes, port: int = PLAIN_WPORT) -> bool:
        self._left += payloads
        return super().send(*payloads, port=port)


class Home:
    """A hub and a meter, which knows no time but the hub's, and a client on the WAN.

    Attributes:
        came, left: tunnel payloads that came to the meter, and that left it.
    """

    def __init__(self, keystore: Keystore) -> None:
        self.keystore = keystore
        self.came: list[bytes] = []
        self.left: list[bytes] = []
        self.clock = AdjustableClock(NOW)
        self.chf = Chf(TrustAnchors.from_keystore(keystore, HUB, DeviceType.CHF), now=NOW)
        self.chf.han.whitelist(METER)
        self.hub = HubProcess(Hub(self.chf), self.clock, han_faults=Faults(random=Random(1)))
        self.client: WanClient
        self._store = Store()
        self._make_meter()
        self._han = ("", 0)

    def _make_meter(self) -> None:
        time, anchors = ServedTime(), TrustAnchors.from_keystore(self.keystore, METER, DeviceType.ESME)
        self.esme = Esme(anchors, now=self.clock(), store=self._store, hub_time=time)
        self.meter = DeviceProcess(
            self.esme,
            self._connect,
            self.clock,
            faults=Faults(random=Random(2)),
            time=time,
            options=QUICK,
            ready=lambda: None,
        )

    async def _connect(self) -> Connection:
        return Watched(*await asyncio.open_connection(*self._han), self.came, self.left)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.timeout(PATIENCE):
            at = await self.hub.start("127.0.0.1", 0, 0)
            self._han = at["han"]
            hub = asyncio.create_task(self.hub.serve())
            self._running = asyncio.create_task(self.meter.run())
            try:
                async with WanClient(at["wan"], b"the rig.") as self.client:
                    await until(lambda: METER in self.chf.han.links.present)
                    yield
            finally:
                for task in (hub, self._running):
                    task.cancel()
                await asyncio.gather(hub, self._running, return_exceptions=True)

    async def restart_meter(self) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        self._make_meter()
        self._running = asyncio.create_task(self.meter.run())

    async def switch_off(self) -> None:
        """The meter loses its current, and the hub notices."""
        self.esme.world.interrupt()
        self.meter.follow()
        await until(lambda: METER not in self.chf.han.links.present)

    async def switch_on(self) -> None:
        self.esme.world.restore()
        self.meter.follow()
        await until(lambda: METER in self.chf.han.links.present)

    @property
    def ahead(self) -> float | None:
        """Seconds by which the hub is ahead of the meter's clock, as far as the meter knows."""
        difference = self.esme.clock.compare()
        return None if difference is None else difference.total_seconds()

    @property
    def blocks(self) -> list[Block]:
        """Those that have come to the meter."""
        return [Block.decode(each[1:]) for each in self.came if each[0] == TunnelCommand.IMAGE]

    @property
    def passed(self) -> int:
        return len(self.came) + len(self.left)

    @property
    def verified(self) -> int:
        """How often the meter has taken an image."""
        return [entry.code for entry in self.esme.security_log].count(AlertCode.FIRMWARE_VERIFIED)

    def is_ahead(self, by: timedelta) -> bool:
        return self.ahead is not None and abs(self.ahead - by.total_seconds()) < 1

    def set_faults(self, hub: Rates, meter: Rates) -> None:
        self.hub.han_faults.rates, self.meter.faults.rates = hub, meter

    async def outcome(self) -> tuple[int, int]:
        """Alert code and response code of the next CCS08."""
        while True:
            answer = decode(await self.client.receive(), self.keystore)
            if codes([answer]) == ["CCS08"]:
                assert answer.payload
                return answer.payload["alert_code"], answer.payload["response_code"]

    async def quiet(self) -> None:
        """Waits until nothing has passed for several times as long as what is not answered may wait."""
        before = -1
        while self.passed != before:
            before = self.passed
            await asyncio.sleep(5 * QUICK.last_retry)


TRANSFERRED = (AlertCode.FIRMWARE_TRANSFERRED, Transfer.SUCCESS)
FAILED = (AlertCode.FIRMWARE_NOT_TRANSFERRED, Transfer.FILE_TRANSFER_FAILURE)


@pytest.fixture
def home(keystore: Keystore, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(routing, "_HAN_LINK", QUICK)
    return Home(keystore)


def test_firmware_over_a_line_with_every_fault_arrives_once_and_is_activated(home: Home) -> None:
    digest = hashlib.sha256(IMAGE.octets).digest()
    faults = (home.hub.han_faults, home.meter.faults)
    sent = 0

    async def run() -> None:
        nonlocal sent
        async with home.running():
            while not all(count for side in faults for count in side.counts.values()):
                await until(lambda: METER in home.chf.han.links.present)
                home.set_faults(BAD, BAD)
                home.chf.distribution.send(METER, IMAGE)
                sent += 1
                assert await home.outcome() == TRANSFERRED
                assert home.verified == sent
            activate = USE_CASES["CS06"].command(
                SUPPLIER, METER, 5, manufacturer_image_hash=digest, originator_counter=5
            )
            answer = decode(await home.client.ask(protected(home.keystore, activate, "CS06")), home.keystore)
            assert answer.payload
            assert answer.payload["execution_outcome"] == {"response_code": 0, "firmware_version": IMAGE.version}
            await until(lambda: home.is_ahead(timedelta()))

    asyncio.run(run())
    assert home.verified == sent, "none was taken twice"


def test_a_hub_that_loses_everything_brings_neither_time_nor_firmware_until_it_loses_nothing(home: Home) -> None:
    lost = home.hub.han_faults.counts

    async def run() -> None:
        home.set_faults(NOTHING, NONE)
        async with home.running():
            home.chf.distribution.send(METER, IMAGE)
            await until(lambda: lost["loss"] >= 12)  # a greeting, a time and a block, again and again
            assert home.ahead is None
            assert home.blocks == []
            home.set_faults(NONE, NONE)
            await until(lambda: home.is_ahead(timedelta()))
            assert await home.outcome() == TRANSFERRED
            home.set_faults(NOTHING, NONE)
            home.chf.wan.set_time(HOUR)
            home.hub.follow()
            before = lost["loss"]
            await until(lambda: lost["loss"] > before + 1)
            assert home.is_ahead(timedelta())
            home.set_faults(NONE, NONE)
            await until(lambda: home.is_ahead(HOUR))

    asyncio.run(run())


def test_a_meter_that_loses_everything_confirms_nothing_until_it_loses_nothing(home: Home) -> None:
    async def run() -> None:
        home.set_faults(NONE, NOTHING)
        async with home.running():
            home.chf.distribution.send(METER, IMAGE)
            await until(lambda: home.is_ahead(timedelta()) and len(home.blocks) >= 3)
            assert {block.offset for block in home.blocks} == {0}
            assert home.verified == 0
            home.set_faults(NONE, NONE)
            assert await home.outcome() == TRANSFERRED

    asyncio.run(run())


def test_what_is_damaged_is_dropped_and_counted(home: Home) -> None:
    async def run() -> None:
        home.set_faults(Rates(corruption=1), NONE)
        async with home.running():
            home.chf.distribution.send(METER, IMAGE)
            await until(lambda: home.hub.han_faults.counts["corruption"] >= 8)
            assert home.ahead is None
            counted = (TunnelCommand.PUT, TunnelCommand.GET_RESPONSE, TunnelCommand.TIME, TunnelCommand.IMAGE)
            assert home.meter.link.statistics.damaged == sum(each[0] in counted for each in home.came)
            home.set_faults(NONE, NONE)
            assert await home.outcome() == TRANSFERRED
            await until(lambda: home.is_ahead(timedelta()))

    asyncio.run(run())
    first_steps = [each for each in home.left if each.startswith(b"\0\1")]
    assert len(first_steps) == 1, "the connection has never broken"


async def half(home: Home) -> None:
    """Half of an image has come."""
    home.set_faults(Rates(delay=Delay(least=0.04)), NONE)
    home.chf.distribution.send(METER, IMAGE)
    await until(lambda: len(home.blocks) >= 5)


def test_a_transfer_goes_on_when_the_meter_has_current_again(home: Home) -> None:
    async def run() -> None:
        async with home.running():
            await half(home)
            await home.switch_off()
            before = len(home.blocks)
            await home.switch_on()
            assert await home.outcome() == TRANSFERRED
            assert 0 not in [block.offset for block in home.blocks[before:]]

    asyncio.run(run())
    assert home.verified == 1


def test_a_transfer_that_goes_on_has_all_the_time_there_is(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier, "_PATIENCE", 2.0)

    async def run() -> None:
        async with home.running():
            await half(home)
            await home.switch_off()
            home.set_faults(NOTHING, NONE)
            await home.switch_on()
            await asyncio.sleep(2.1)
            home.set_faults(NONE, NONE)
            assert await home.outcome() == TRANSFERRED

    asyncio.run(run())


def test_a_transfer_begins_again_when_the_meter_is_another_process(home: Home) -> None:
    async def run() -> None:
        async with home.running():
            await half(home)
            await home.restart_meter()
            before = len(home.blocks)
            assert await home.outcome() == TRANSFERRED
            assert 0 in [block.offset for block in home.blocks[before:]]

    asyncio.run(run())
    assert home.verified == 1


def test_a_transfer_to_a_meter_that_stays_away_has_failed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier, "_PATIENCE", 0.2)

    async def run() -> None:
        async with home.running():
            await half(home)
            await home.switch_off()
            assert await home.outcome() == FAILED
            await home.switch_on()
            home.chf.distribution.send(METER, IMAGE)
            assert await home.outcome() == TRANSFERRED

    asyncio.run(run())


def test_a_transfer_to_a_meter_that_is_removed_has_failed(home: Home) -> None:
    async def run() -> None:
        async with home.running():
            await half(home)
            removal = command(home.keystore, "CCS02", by=BROKER, to=HUB, device_log_unregister_device=bytes(METER))
            await home.client.ask(removal)
            assert await home.outcome() == FAILED

    asyncio.run(run())


def test_a_second_image_has_to_wait_for_the_outcome_of_the_first(home: Home) -> None:
    async def run() -> None:
        async with home.running():
            await half(home)
            home.chf.distribution.send(METER, IMAGE._replace(version=b"\0\0\0\x08"))
            home.hub.follow()
            assert [await home.outcome(), await home.outcome()] == [FAILED, TRANSFERRED]

    asyncio.run(run())


def test_an_idle_hub_and_meter_say_nothing(home: Home) -> None:
    async def run() -> None:
        async with home.running():
            await home.client.ask(command(home.keystore, "ECS52", 1))
            home.chf.distribution.send(METER, IMAGE)
            assert await home.outcome() == TRANSFERRED
            await home.quiet()
            home.chf.wan.set_time(HOUR)
            home.hub.follow()
            await until(lambda: home.is_ahead(HOUR))
            await home.quiet()

    asyncio.run(run())


def test_nothing_is_told_to_a_meter_that_has_gone(home: Home) -> None:
    lost = home.hub.han_faults.counts

    async def run() -> None:
        home.set_faults(NOTHING, NONE)
        async with home.running():
            home.chf.distribution.send(METER, IMAGE)
            await until(lambda: lost["loss"] >= 6)
            await home.switch_off()
            before = lost["loss"]
            await asyncio.sleep(5 * QUICK.last_retry)
            assert lost["loss"] == before

    asyncio.run(run())


def test_devices_of_one_process_have_the_hubs_time_over_their_links_as_well(keystore: Keystore) -> None:
    plan = Plan(HubPlan(HUB, faults=FaultPlan(("loss=1",))), devices=(DevicePlan("esme", METER),))

    async def run() -> None:
        premises = PremisesProcess(plan, keystore, AdjustableClock(NOW))
        await premises.start()
        running = asyncio.create_task(premises.run())
        async with asyncio.timeout(PATIENCE):
            member, faults = premises.members[METER], premises.hub_process.han_faults
            assert isinstance(member.device, Esme)
            await until(lambda: member.is_connected and faults.counts["loss"] >= 4)
            assert member.device.clock.compare() is None
            faults.rates = NONE
            while member.device.clock.compare() is None:
                await asyncio.sleep(0.01)
            assert member.device.clock.compare() == timedelta(), "by the same clock"
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(run())
