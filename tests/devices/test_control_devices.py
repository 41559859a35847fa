"""The control plane over premises: clusters of a gas proxy; phases, voltage, PIN and covers of a polyphase meter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession

import devices
from devices.control.plane import ControlPlane
from devices.control.server import serving
from devices.electricity.esme import Esme
from devices.home.in_process import PlannedPremises
from devices.home.plan import DevicePlan, GpfPlan, HubPlan, Plan
from devices.processes.clock import AdjustableClock
from gbcs.decoding import decode
from gbcs.eui64 import Eui64
from gbcs.gbz.attributes import Failed
from gbcs.gbz.status import Status
from smki.authority import TestAuthority, make_estate
from tests.devices.rig import HUB, METER, NOW, command
from tests.devices.test_control import Client, run

GPF = Eui64.parse("00-00-5E-EF-20-00-00-04")
METER_AT, GPF_AT = f"/devices/{METER.hex()}", f"/devices/{GPF.hex()}"
SUMMATION = f"{GPF_AT}/attributes/metering/current_summation_delivered"


class Rig:
    """Premises with a polyphase meter and a gas proxy, their control plane, and a client of that."""

    def __init__(self, home: PlannedPremises) -> None:
        self.home = home
        self.clock = AdjustableClock(NOW, 0)
        self.sent: list[bytes] = []
        everything = {**home.hub.functions, **home.devices}
        self.plane = ControlPlane(everything, self.clock, lambda _, sent: self.sent.extend(sent))

    @asynccontextmanager
    async def served(self, token: str | None = None) -> AsyncIterator[Client]:
        async with serving(self.plane, token=token) as (host, port), ClientSession(f"http://{host}:{port}") as session:
            yield Client(session)

    @property
    def meter(self) -> Esme:
        return self.home.esme

    def told(self) -> list[int]:
        """Alert codes of what was sent since it was last asked."""
        alerts = [decode(octets, self.home.keystore).payload for octets in self.sent]
        self.sent.clear()
        return [alert["alert_code"] for alert in alerts if alert]

    async def act(self, client: Client, action: str, body: Any = None, *, status: int = 200) -> Any:
        return await client.ask("POST", f"{METER_AT}/actions/{action}", body or {}, status=status)


@pytest.fixture
def rig(authority: TestAuthority) -> Iterator[Rig]:
    plan = Plan(HubPlan(HUB), GpfPlan(GPF), (DevicePlan("esme", METER, {"variant": "polyphase", "load": 3000}),))
    with devices.premises(plan, make_estate(authority, devices=plan.members), now=NOW) as home:
        yield Rig(home)


def test_a_gas_proxys_attributes_are_read_set_and_broken(rig: Rig) -> None:
    def read() -> Any:
        (response,) = rig.home.send(command(rig.home.keystore, "GCS13a", len(rig.sent) + 1, to=GPF))
        payload = decode(response, rig.home.keystore).payload
        assert payload
        return {name: value for records in payload.values() for name, value in records.items()}

    async def story(client: Client) -> None:
        listed = (await client.ask("GET", f"{GPF_AT}/attributes?object=metering"))["attributes"]
        kinds = {each["name"]: each["kind"] for each in listed}
        assert kinds["current_summation_delivered"] == "attribute"
        assert kinds["get_sampled_data"] == "command"
        assert (await client.ask("GET", SUMMATION))["value"] == 0
        assert (await client.ask("PUT", SUMMATION, {"value": 12345}))["value"] == 12345
        assert 12345 in read().values()
        told = await client.ask("PUT", SUMMATION, {"value": "much"}, status=422)
        assert told["where"] == "body.value"
        broken = SUMMATION.replace("attributes", "faults")
        assert (await client.ask("PUT", broken, {}))["result"] == "hardware-failure"
        assert (await client.ask("GET", f"{GPF_AT}/faults"))["faults"] == [
            {"object": "metering", "name": "current_summation_delivered", "result": "hardware-failure"}
        ]
        assert (await client.ask("GET", GPF_AT))["faults"] == 1
        assert Failed(Status.HARDWARE_FAILURE) in read().values()
        told = await client.ask("PUT", broken, {"result": "object-undefined"}, status=422)
        assert told["where"] == "body.result"
        await client.ask("DELETE", broken, status=204)
        assert 12345 in read().values()
        sampled = f"{GPF_AT}/faults/metering/get_sampled_data"
        assert (await client.ask("PUT", sampled, {"result": "not-found"}))["result"] == "not-found"
        path = sampled.replace("faults", "attributes")
        assert "is a command" in (await client.ask("GET", path, status=404))["detail"]
        assert "there is " in (await client.ask("GET", f"{GPF_AT}/attributes/metering/volume", status=404))["detail"]

    run(rig, story)


def test_an_event_of_a_gas_proxy_is_told_in_its_own_way(rig: Rig) -> None:
    async def story(client: Client) -> None:
        body = {"code": "0x8f57", "alert": True}
        assert (await client.ask("POST", f"{GPF_AT}/actions/raise-event", body))["messages"] == 1
        (octets,) = rig.sent
        use_case = decode(octets, rig.home.keystore).use_case
        assert use_case
        assert use_case.code == "GCA-ZigBee"

    run(rig, story)


def test_one_phase_fails_and_comes_back(rig: Rig) -> None:
    async def story(client: Client) -> None:
        await rig.act(client, "lose-phase", {"phase": 2})
        assert (await client.ask("GET", METER_AT))["state"] == "powered"
        await client.ask("PATCH", "/clock", {"advance": 3600})
        rig.told()
        await rig.act(client, "return-phase", {"phase": 2})
        codes = rig.told()
        assert codes
        assert all(code >> 8 == 0x8F for code in codes)
        for phase in (1, 2, 3):
            await rig.act(client, "lose-phase", {"phase": phase})
        assert (await client.ask("GET", METER_AT))["state"] == "unpowered"
        await rig.act(client, "restore")
        assert (await client.ask("GET", METER_AT))["state"] == "powered"

    run(rig, story)


def test_the_voltage_of_one_phase_sags_and_is_told(rig: Rig) -> None:
    async def story(client: Client) -> None:
        assert (await rig.act(client, "voltage", {"phase_3": 100}))["done"] is True
        assert (await rig.act(client, "voltage", {"phase_1": 250}))["done"] is True
        there = rig.meter.world.voltage.at(rig.meter.now)
        assert [there.phase(number) for number in (1, 2, 3)] == [250, 230, 100]
        await client.ask("PATCH", "/clock", {"advance": 7200})
        power = f"{METER_AT}/logs/power_event_log"
        assert (await client.ask("GET", power))["entries"], "the sag is logged"
        await rig.act(client, "feeder", {"seed": 4, "nominal": 240, "swing": 0})
        assert rig.meter.world.voltage.at(rig.meter.now).phase_2 == 240
        assert (await rig.act(client, "voltage", {}, status=400))["where"] == "body"

    run(rig, story)


def test_a_cover_is_opened_and_closed(rig: Rig) -> None:
    async def story(client: Client) -> None:
        await rig.act(client, "tamper", {"how": "terminal-cover"})
        assert rig.told() == [0x8F76]
        assert 0x81C1 not in [entry.code for entry in rig.meter.event_log]
        await rig.act(client, "end-tamper", {"how": "terminal-cover"})
        assert 0x81C1 in [entry.code for entry in rig.meter.event_log]

    run(rig, story)


def test_a_pin_is_set_and_entered(rig: Rig) -> None:
    async def story(client: Client) -> None:
        assert (await rig.act(client, "set-pin", {"pin": "1234"}))["done"] is True
        assert (await rig.act(client, "unlock", {"pin": "4321"}))["done"] is False
        assert rig.meter.keypad.show("balances") is None
        assert (await rig.act(client, "unlock", {"pin": "1234"}))["done"] is True
        assert rig.meter.keypad.show("balances") is not None
        assert (await rig.act(client, "set-pin", {"pin": "12"}))["done"] is False

    run(rig, story)
