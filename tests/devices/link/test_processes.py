"""Hub, meter and client as processes over bad lines, ended without warning: every command has one outcome."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devices import esme
from devices.alerts import AlertCode
from devices.link.faults import Faults, parse
from devices.processes.client import NoAnswer, WanClient
from gbcs.cosem import objects as o
from gbcs.decoding import decode
from gbcs.framing import wrap
from gbcs.message import Cra, Message
from gbcs.transfer import MAXIMUM_BLOCK_SIZE
from smki.keystore import Keystore
from tests.devices.processes import PATIENCE, Estate, Process, free_port
from tests.devices.rig import BROKER, HUB, METER, NETWORK_OPERATOR, codes, command, items

FAULTS = ("loss=0.02", "duplication=0.02", "corruption=0.02", "reordering=0.05", "disconnection=0.002")
COMMANDS = 500
NAME = b"the rig."
EVER = {"start": datetime(2000, 1, 1, tzinfo=UTC), "end": datetime(2099, 1, 1, tzinfo=UTC)}


class Premises:
    """A hub and a meter as processes that come back where they were."""

    def __init__(self, estate: Estate, *faults: str) -> None:
        self.wan, self.han = ("127.0.0.1", free_port()), ("127.0.0.1", free_port())
        self._estate = estate
        self._faults = ("--fault", *faults) if faults else ()
        self._wan_faults = ("--wan-fault", *faults) if faults else ()
        self.hub = self.start_hub()
        self.meter = self.start_meter()

    def _state(self, name: str) -> tuple[str, str]:
        return "--state", str(self._estate.folder / f"{name}.db")

    def start_hub(self, *arguments: str) -> Process:
        hub = self._estate.start(
            "hub", "--eui", str(HUB), "--wan-port", str(self.wan[1]), "--han-port", str(self.han[1]),
            "--device", str(METER), *self._state("hub"), *self._faults, *self._wan_faults, *arguments,
        )  # fmt: skip
        hub.ready()
        return hub

    def start_meter(self, *arguments: str) -> Process:
        return self._estate.start(
            "esme", "--eui", str(METER), "--hub", "{}:{}".format(*self.han), *self._state("esme"), *self._faults,
            *arguments,
        )  # fmt: skip

    def restart_hub(self, *arguments: str) -> None:
        self.hub.end(signal.SIGKILL)
        self.hub = self.start_hub(*arguments)

    def restart_meter(self, *arguments: str) -> None:
        self.meter.end(signal.SIGKILL)
        self.meter = self.start_meter(*arguments)


@asynccontextmanager
async def client_of(premises: Premises, faults: Faults | None = None) -> AsyncIterator[WanClient]:
    async with asyncio.timeout(PATIENCE), WanClient(premises.wan, NAME, faults=faults) as client:
        yield client


def contents(path: Path) -> bytes:
    """What a file holds that comes and goes."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


async def alert_of(client: WanClient, code: str, keystore: Keystore) -> Message:
    """The next alert of a use case."""
    while True:
        decoded = decode(await client.receive(), keystore)
        if codes([decoded]) == [code]:
            return decoded.message


def test_commands_have_one_outcome_whenever_hub_or_meter_are_killed(estate: Estate, keystore: Keystore) -> None:
    premises = Premises(estate, *FAULTS)
    source = random.Random(20)
    outcomes: list[bytes] = []
    kills = 0

    async def adjust(client: WanClient, gate: asyncio.Semaphore, counter: int) -> None:
        async with gate:
            outcomes.append(await client.ask(command(keystore, "ECS04a", counter, meter_balance_update_amount=counter)))

    async def kill() -> None:
        nonlocal kills
        while True:
            done = len(outcomes)
            while len(outcomes) < done + 60:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(premises.restart_hub if source.random() < 0.5 else premises.restart_meter)
            kills += 1

    async def run() -> None:
        gate = asyncio.Semaphore(24)
        async with client_of(premises, Faults(parse(FAULTS), source)) as client:
            killing = asyncio.create_task(kill())
            async with asyncio.TaskGroup() as tasks:
                for counter in range(1, COMMANDS + 1):
                    tasks.create_task(adjust(client, gate, counter))
            killing.cancel()
            await client.ask(command(keystore, "ECS52", COMMANDS + 1))
            unasked = [Message.decode(await client.receive()).cra for _ in range(client.unread)]
            assert Cra.RESPONSE not in unasked, "no response came twice"

    asyncio.run(run())
    assert kills >= 6
    answered = [Message.decode(octets).originator_counter for octets in outcomes]
    assert sorted(answered) == list(range(1, COMMANDS + 1))
    assert all(items(decode(octets, keystore)) == [(None, 0)] for octets in outcomes)
    assert premises.meter.end(signal.SIGTERM) == 0
    with esme(keystore, METER, state=estate.folder / "esme.db") as meter:
        assert meter.cosem.get(o.METER_BALANCE, "current_credit_amount") == sum(range(1, COMMANDS + 1))
        assert AlertCode.OTHER_AUTHENTICATION_FAILURE not in [entry.code for entry in meter.security_log]
    assert premises.hub.end(signal.SIGTERM) == 0
    for process in (premises.hub, premises.meter):
        assert "Traceback" not in process.log.read_text()


def test_a_client_that_confirms_gets_what_came_while_it_was_away(estate: Estate, keystore: Keystore) -> None:
    premises = Premises(estate)

    async def run() -> None:
        async with client_of(premises) as client:
            await client.ask(command(keystore, "ECS52", 1))
            premises.meter.end(signal.SIGKILL)
            await client.send(command(keystore, "ECS52", 2))
            await client.settled()
        premises.restart_hub()
        premises.restart_meter()
        # The plain listener gets none of it, for it has not asked.
        async with client_of(premises) as client:
            response = Message.decode(await client.receive())
            while response.cra is not Cra.RESPONSE:
                response = Message.decode(await client.receive())
            assert response.originator_counter == 2

    asyncio.run(run())


def test_an_alert_outlives_the_meter_and_the_hub_that_carry_it(estate: Estate, keystore: Keystore) -> None:
    premises = Premises(estate)

    async def run() -> None:
        async with client_of(premises) as client:
            await client.ask(command(keystore, "ECS52", by=BROKER, to=HUB))
        premises.hub.end(signal.SIGKILL)
        # Half an hour a second: the billing calendar's first of the month comes while there is no hub.
        premises.meter.end(signal.SIGKILL)
        meter = premises.start_meter("--clock", "2026-03-31T23:50:00Z", "--speed", "1800")
        while b"link/hub/out/" not in contents(estate.folder / "esme.db-wal"):
            await asyncio.sleep(0.02)
        meter.end(signal.SIGKILL)
        premises.hub = premises.start_hub()
        premises.meter = premises.start_meter()
        async with client_of(premises) as client:
            assert (await alert_of(client, "ECS68", keystore)).originator == METER

    asyncio.run(run())


def test_a_long_response_comes_in_blocks(estate: Estate, keystore: Keystore) -> None:
    premises = Premises(estate, *FAULTS)
    premises.restart_meter("--clock", "2026-03-01T00:00:00Z", "--speed", "500000")

    async def run() -> None:
        async with client_of(premises) as client:
            counter, octets = 0, b""
            while len(octets) <= 5 * MAXIMUM_BLOCK_SIZE:
                counter += 1
                octets = await client.ask(
                    command(keystore, "ECS22b", counter, profile_data_log_active_import_buffer=EVER)
                )
            ((entries, _),) = items(decode(octets, keystore))
            assert len(entries) > 100

    asyncio.run(run())


def test_a_meter_that_sleeps_asks_for_its_messages(estate: Estate, keystore: Keystore) -> None:
    premises = Premises(estate)
    premises.restart_meter("--poll", "0.2")

    async def run() -> None:
        async with client_of(premises) as client, asyncio.TaskGroup() as tasks:
            answers = [tasks.create_task(client.ask(command(keystore, "ECS52", counter))) for counter in range(1, 21)]
        assert [Message.decode(await each).originator_counter for each in answers] == list(range(1, 21))

    asyncio.run(run())


def test_a_command_that_no_meter_takes_is_reported(estate: Estate, keystore: Keystore) -> None:
    premises = Premises(estate)
    premises.meter.end(signal.SIGKILL)
    premises.restart_hub("--setting", "delivery_time=1")

    async def run() -> None:
        async with client_of(premises) as client:
            with pytest.raises(NoAnswer, match="no response within 1 s to 77"):
                await client.ask(command(keystore, "ECS52", 77), timeout=1)
            alert = await alert_of(client, "FTDRPM", keystore)
            assert alert.originator == HUB

    asyncio.run(run())


def test_a_plain_client_that_floods_and_does_not_read_holds_nobody_up(estate: Estate, keystore: Keystore) -> None:
    premises = Premises(estate)
    flood = b"".join(wrap(command(keystore, "ECS52", counter)) for counter in range(1, 101))

    async def run() -> None:
        async with client_of(premises) as client:
            await client.ask(command(keystore, "ECS52", 1000))
            peer = estate.connect(list(premises.wan))
            peer.socket.setblocking(False)
            for _ in range(30):
                with suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.get_running_loop().sock_sendall(peer.socket, flood), 0.2)
            octets = await client.ask(command(keystore, "ECS38", 5000, randomised_offset_limit=5))
            assert items(decode(octets, keystore)) == [(None, 0)]

    asyncio.run(run())
    assert "undeliverable" not in premises.hub.log.read_text(), "what there was no room for waited"


def test_a_plain_client_is_told_of_what_it_asked_alone(estate: Estate, keystore: Keystore) -> None:
    premises = Premises(estate)

    async def run() -> None:
        async with asyncio.timeout(PATIENCE), WanClient(premises.wan) as plain, client_of(premises) as client:
            await plain.ask(command(keystore, "ECS52", 1))
            response = await client.ask(command(keystore, "ECS52", 2))
            assert Message.decode(response).originator_counter == 2
            await plain.send(command(keystore, "ECS10", 3, by=NETWORK_OPERATOR, supplier_message="no"))
            for each in (plain, client):
                assert (await alert_of(each, "GCA-DLMS", keystore)).originator == METER

    asyncio.run(run())
