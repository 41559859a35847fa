"""The gateway as a process, between a user and a hub on real sockets."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiohttp import ClientSession, web

from duis.__main__ import main
from duis.document import Response
from duis.gateway.state import State
from duis.markup import MAX_OCTETS
from duis.mmc import render
from gbcs.decoding import decode
from gbcs.framing import Unwrapper, wrap
from gbcs.message import Message
from gbcs.security.protection import Inspection, Status
from tests.command_line import run
from tests.duis.gateway import EXPORTER, NOW, ask, counter_of, inventory, make, read, respond, share, signed

_LATER = NOW + timedelta(minutes=1)


class Hub:
    """A hub behind which the meter answers.

    Attributes:
        commands: what came.
        greetings: what to say on each of the first connections.
        silent: whether the meter is.
        connections: all that were made.
    """

    def __init__(self) -> None:
        self.commands: list[bytes] = []
        self.greetings: list[bytes] = []
        self.silent = False
        self.connections: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer)
        writer.write(b"".join(self.greetings[:1]))
        del self.greetings[:1]
        unwrapper = Unwrapper()
        with suppress(OSError):
            while octets := await reader.read(65536):
                for command in unwrapper.feed(octets):
                    self.commands.append(command)
                    if not self.silent:
                        writer.write(wrap(respond(command).encode()))
        writer.close()


class User:
    """The user's receive service, which refuses as many documents as `refusals` says."""

    def __init__(self) -> None:
        self.refusals = 0
        self.refused = asyncio.Event()
        self.received: asyncio.Queue[Response] = asyncio.Queue()

    async def receive(self, request: web.Request) -> web.Response:
        assert request.content_type == "application/xml"
        if self.refusals:
            self.refusals -= 1
            self.refused.set()
            return web.Response(status=503)
        await self.received.put(read(await request.read(), _LATER))
        return web.Response(status=204)


class Rig(NamedTuple):
    """Everything around the gateway, and how to start one: it gives the base of its services, and its process."""

    hub: Hub
    hub_server: asyncio.Server
    user: User
    session: ClientSession
    start: Callable[..., Awaitable[tuple[str, asyncio.subprocess.Process]]]

    async def post(self, base: str, service: str, document: bytes) -> Response:
        headers = {"Content-Type": "application/xml"}
        async with self.session.post(f"{base}/{service}", data=document, headers=headers) as answer:
            assert (answer.status, answer.content_type) == (200, "application/xml")
            return read(await answer.read(), _LATER)

    async def response(self) -> Response:
        return await asyncio.wait_for(self.user.received.get(), 10)


@asynccontextmanager
async def rig(folder: Path) -> AsyncIterator[Rig]:
    hub, user, started = Hub(), User(), []
    application = web.Application()
    application.router.add_post("/receive", user.receive)
    runner = web.AppRunner(application, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hub_server = await asyncio.start_server(hub.serve, "127.0.0.1", 0)
    share(make().keys).save(folder / "keys")
    receive_url = f"http://127.0.0.1:{runner.addresses[0][1]}/receive"
    (folder / "inventory").write_bytes(inventory(receive_url, hub_server.sockets[0].getsockname()[1]))

    async def start(*arguments: str) -> tuple[str, asyncio.subprocess.Process]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "duis", "gateway", "--keystore", str(folder / "keys"), "--inventory",
            str(folder / "inventory"), "--port", "0", "--clock", NOW.isoformat(), *arguments,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        started.append(process)
        assert process.stdout
        ready = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
        assert ready["ready"] is True
        host, port = ready["duis"]
        assert host == "127.0.0.1"
        return f"http://{host}:{port}/api/v1", process

    async with ClientSession() as session, hub_server:
        try:
            yield Rig(hub, hub_server, user, session, start)
        finally:
            for process in started:
                if process.returncode is None:
                    process.kill()
                await process.wait()
            await runner.cleanup()


async def grows(collection: list[Any], length: int) -> None:
    async with asyncio.timeout(10):
        while len(collection) < length:
            await asyncio.sleep(0.01)


async def ends_well(process: asyncio.subprocess.Process) -> None:
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 5) == 0


def test_a_reading_from_the_request_to_the_mmc_document(tmp_path: Path) -> None:
    async def scene() -> None:
        async with rig(tmp_path) as around:
            around.user.refusals = 1
            base, process = await around.start()
            request = ask("4.1.1", 1, 1000)
            assert (await around.post(base, "serviceS", signed(request))).response_code == "I99"
            response = await around.response()
            assert (response.response_code, response.request_id) == ("I0", request.request_id)
            assert around.user.refused.is_set()
            decoded = decode(response.payload["GBCSPayload"], make().keys)
            assert decoded.inspection == Inspection(Status.EMPTY, Status.VALID, ())
            assert b"<ra:Value>4711</ra:Value>" in render(decoded, response.variant)

            local = ask("3.1", 2, 1001)
            assert (await around.post(base, "serviceD", signed(local))).response_code == "I0"
            critical = ask("7.3", 4, 1002)
            answer = await around.post(base, "serviceT", signed(critical))
            assert Message.decode(answer.payload["PreCommand"]["GBCSPayload"]).originator_counter == 1002
            assert len(around.hub.commands) == 1
            await ends_well(process)

    asyncio.run(scene())


def test_what_no_response_can_be_formed_for_has_an_http_status(tmp_path: Path) -> None:
    xml = {"Content-Type": "application/xml"}
    cases: tuple[tuple[str, str, dict[str, str], Any, int], ...] = (
        ("POST", "serviceS", xml, b"<request/>", 400),
        ("POST", "serviceS", xml, b"", 400),
        ("POST", "serviceS", xml, BytesIO(bytes(MAX_OCTETS + 1)), 413),
        ("POST", "serviceT", {"Content-Type": "text/xml"}, b"<request/>", 415),
        ("GET", "serviceS", {}, b"", 405),
        ("PUT", "serviceD", xml, b"<request/>", 405),
        ("POST", "service", xml, b"<request/>", 404),
    )

    async def scene() -> None:
        async with rig(tmp_path) as around:
            base, process = await around.start()
            for method, service, headers, body, status in cases:
                async with around.session.request(method, f"{base}/{service}", data=body, headers=headers) as answer:
                    assert answer.status == status
            with_parameter = {"Content-Type": "application/xml; charset=utf-8"}
            document = signed(ask("3.1", 1, 1))
            async with around.session.post(f"{base}/serviceS", data=document, headers=with_parameter) as answer:
                assert read(await answer.read(), _LATER).response_code == "I99"
            await ends_well(process)

    asyncio.run(scene())


def test_the_connection_to_a_hub_is_made_again(tmp_path: Path) -> None:
    async def scene() -> None:
        async with rig(tmp_path) as around:
            hub = around.hub
            hub.greetings = [b"no wrapper frame", wrap(b"no message")]
            base, process = await around.start("--timeout", "3")
            await grows(hub.connections, 2)
            assert (await around.post(base, "serviceS", signed(ask("3.1", 1, 1)))).response_code == "I99"
            assert (await around.response()).response_code == "I0"
            assert len(hub.connections) == 2
            port = around.hub_server.sockets[0].getsockname()[1]
            around.hub_server.close()
            hub.connections[-1].close()
            with suppress(OSError):  # the gateway may be quicker
                await hub.connections[-1].wait_closed()
            request = ask("3.1", 1, 2)
            assert (await around.post(base, "serviceS", signed(request))).response_code == "I99"
            response = await around.response()
            assert (response.request_id, response.response_code) == (request.request_id, "E20")

            async with await asyncio.start_server(hub.serve, "127.0.0.1", port):
                await grows(hub.connections, 3)
                assert (await around.post(base, "serviceS", signed(ask("3.1", 1, 3)))).response_code == "I99"
                assert (await around.response()).response_code == "I0"
                assert [Message.decode(command).originator_counter for command in hub.commands] == [1, 3]
                await ends_well(process)

    asyncio.run(scene())


def test_a_killed_gateway_forgets_nothing(tmp_path: Path) -> None:
    async def scene() -> None:
        async with rig(tmp_path) as around:
            state = ("--state", str(tmp_path / "state"), "--timeout", "2")
            base, process = await around.start(*state)
            around.user.refusals = 1000
            documents = [signed(ask("4.2", 1, counter, EXPORTER)) for counter in range(4)]
            assert (await around.post(base, "serviceS", documents[0])).response_code == "I99"
            await asyncio.wait_for(around.user.refused.wait(), 10)
            around.hub.silent = True
            for document in documents[1:3]:
                assert (await around.post(base, "serviceS", document)).response_code == "I99"
            await grows(around.hub.commands, 3)
            process.kill()
            await process.wait()

            around.user.refusals = 0
            around.hub.silent = False
            base, process = await around.start(*state)
            for document in documents[:3]:
                assert (await around.post(base, "serviceS", document)).response_code == "E100"
            assert (await around.post(base, "serviceS", documents[3])).response_code == "I99"
            outcomes = [await around.response() for _ in documents]
            assert {counter_of(outcome): outcome.response_code for outcome in outcomes} == {
                0: "I0",
                1: "E21",
                2: "E21",
                3: "I0",
            }
            counters = [Message.decode(command).originator_counter for command in around.hub.commands]
            assert counters == sorted(set(counters))
            assert len(counters) == 4
            await ends_well(process)
            with closing(State(str(tmp_path / "state"))) as left:
                assert left.undelivered() == []

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--port", "65536"), 64),
        (("--timeout", "0"), 64),
        (("--timeout", "nan"), 64),
        (("--clock", "noon"), 64),
        (("--inventory", "nowhere"), 1),
        (("--inventory", __file__), 2),
        (("--keystore", "nowhere"), 1),
        (("--state", "/"), 2),
        (("--host", "203.0.113.1"), 1),
    ],
)
def test_exit_status(tmp_path: Path, arguments: tuple[str, ...], status: int) -> None:
    share(make().keys).save(tmp_path / "keys")
    (tmp_path / "inventory").write_bytes(inventory())
    given = ("--keystore", str(tmp_path / "keys"), "--inventory", str(tmp_path / "inventory"), "--port", "0")
    done = run(main, "gateway", *given, *arguments)
    assert (done.returncode, done.stdout) == (status, b"")
    assert b"duis" in done.stderr
