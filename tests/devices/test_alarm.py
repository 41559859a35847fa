"""Processes sleep until a device has something to do, and devices say when that is."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from devices import esme
from devices.home.plan import DevicePlan, HubPlan, Plan
from devices.home.process import PremisesProcess
from devices.hub.routing import Hub
from devices.metering import Load
from devices.processes import hub as hub_process
from devices.processes.alarm import Alarm
from devices.processes.client import WanClient
from devices.processes.clock import AdjustableClock
from gbcs.cosem import objects as o
from gbcs.message import Cra, Message
from smki.keystore import Keystore
from tests.devices.hub_rig import HubRig
from tests.devices.rig import HUB, METER, NOW, command

#: Seconds that a test waits for something before it fails.
PATIENCE = 20.0
HALF_PAST = NOW.replace(minute=30, second=0)


def test_a_meter_says_when_it_has_something_to_do(keystore: Keystore) -> None:
    with esme(keystore, METER, now=NOW) as meter:
        assert meter.due() == HALF_PAST
        meter.advance(HALF_PAST)
        assert meter.due() == HALF_PAST + timedelta(minutes=30)
        meter.clock.drift(timedelta(minutes=1))
        assert meter.due() == HALF_PAST + timedelta(minutes=29), "by the process clock, not by its own"
        meter.world.interrupt()
        assert meter.due() is None


def test_where_energy_has_a_price_the_account_is_looked_at(keystore: Keystore) -> None:
    with esme(keystore, METER, now=NOW, load=Load(active_import=1000)) as meter:
        prices = meter.cosem.get(o.TARIFF_BLOCK_PRICE_MATRIX_TOU, "unit_charge_active")
        table = [{**entry, "charge_per_unit": 10} for entry in prices["charge_table"]]
        assert table
        meter.cosem.set(o.TARIFF_BLOCK_PRICE_MATRIX_TOU, "unit_charge_active", {**prices, "charge_table": table})
        assert meter.due() == NOW + timedelta(seconds=1)


def test_a_hub_has_something_to_do_when_a_message_has_waited_too_long(keystore: Keystore) -> None:
    rig = HubRig(keystore)
    rig.chf.han.whitelist(METER)
    hub: Hub[str] = Hub(rig.chf)
    assert hub.due() is None
    hub.from_wan("a client", command(keystore, "ECS52"), NOW)
    due = hub.due()
    assert due is not None
    assert 0 <= (due - hub.delivery_time - NOW).total_seconds() <= 1
    hub.advance(due)
    assert hub.due() is None
    assert hub.link_to(METER).waiting == 0


class Core:
    """Something to do every so often, by the process clock; `times` counts how often it was woken."""

    def __init__(self, start: datetime, every: timedelta) -> None:
        self.next, self.every, self.times = start, every, 0

    def due(self) -> datetime:
        return self.next

    def wake(self) -> None:
        self.times += 1
        self.next += self.every


async def until_woken(core: Core, times: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while core.times < times:
            await asyncio.sleep(0.005)


def test_an_alarm_wakes_at_the_time_and_when_the_clock_is_moved() -> None:
    async def run() -> None:
        clock = AdjustableClock(NOW, 0)
        core = Core(NOW + timedelta(hours=1), timedelta(hours=1))
        alarm = Alarm(clock, core.due, core.wake)
        alarm.touch()
        task = asyncio.create_task(alarm.run())
        await until_woken(core, 1)
        alarm.touch()
        clock.advance(timedelta(hours=2))
        await until_woken(core, 2)
        clock.speed = 100_000
        await until_woken(core, 5)
        task.cancel()
        await asyncio.wait([task])
        assert not clock.on_change

    asyncio.run(run())


def test_an_alarm_fails_as_what_it_wakes() -> None:
    def fail() -> None:
        raise ValueError("broken")

    async def run() -> None:
        with pytest.raises(ValueError, match="broken"):
            await Alarm(AdjustableClock(NOW), lambda: None, fail).run()

    asyncio.run(run())


def test_a_client_that_is_slow_to_confirm_gets_what_came_before(
    keystore: Keystore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_process, "_GRACE", 0.0)

    class Slow(WanClient):
        async def _attend(self, connection: object) -> None:
            await asyncio.sleep(0.3)
            await super()._attend(connection)  # type: ignore[arg-type]

    async def run() -> None:
        clock = AdjustableClock(datetime.now(UTC))
        premises = PremisesProcess(Plan(HubPlan(HUB), None, (DevicePlan("esme", METER),)), keystore, clock)
        address = (await premises.start())["wan"]
        task = asyncio.create_task(premises.run())
        async with asyncio.timeout(PATIENCE), Slow(address, b"slow....") as client:
            alert = Message.decode(await client.receive())
            assert (alert.cra, alert.originator) == (Cra.ALERT, HUB)
            await client.ask(command(keystore, "ECS52", 1))
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(run())
