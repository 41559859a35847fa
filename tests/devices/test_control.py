"""The control plane: through real HTTP, beside a meter in the same process and beside real processes."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from aiohttp import ClientResponse, ClientSession
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from devices.control import operations
from devices.control.actions import ACTIONS
from devices.control.logs import objects
from devices.control.openapi import document
from devices.control.operations import Request
from devices.control.plane import ControlPlane
from devices.control.problem import Problem
from devices.control.routes import ROUTES
from devices.control.server import TokenWanted, serving
from devices.device import Device
from devices.electricity.esme import Esme
from devices.electricity.sapc import Sapc
from devices.hub.chf import Chf
from devices.metering import Load
from devices.observer import Observer
from devices.processes.clock import AdjustableClock
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from devices.variant import Variant
from gbcs.cosem import objects as o
from gbcs.cosem.composite import Array, Structure
from gbcs.decoding import decode
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from smki.keystore import Keystore
from tests.devices.rig import HUB, METER, NETWORK_OPERATOR, NOW, STRANGER, SUPPLIER, command, items

AT = f"/devices/{METER.hex()}"
TOKEN = "a token of the tests"


@dataclass(frozen=True, slots=True)
class Delay:
    """A table of link settings."""

    least: float = 0.0

    def __post_init__(self) -> None:
        if self.least > 60:
            raise ValueError("a delay of more than a minute")


@dataclass
class LinkFaults:
    """What a link lets set."""

    loss: float = 0.0
    delay: Delay = field(default_factory=Delay)

    @property
    def frames(self) -> int:
        return 7


class Rig:
    """A meter and a hub's CHF with their control plane, and a client of it."""

    def __init__(
        self, keystore: Keystore, store: Store | None = None, *, remakes: bool = True, ring: int = 1000
    ) -> None:
        self.keystore = keystore
        self.clock = AdjustableClock(NOW, 0)
        self.sent: list[tuple[Eui64, bytes]] = []
        self.is_up = True
        self.faults = LinkFaults()
        chf = Chf(TrustAnchors.from_keystore(keystore, HUB, DeviceType.CHF), now=NOW)
        meter = self._make(Store() if store is None else store)
        self.devices: dict[Eui64, Device] = {HUB: chf, METER: meter}
        self.plane = ControlPlane(
            self.devices,
            self.clock,
            self._send,
            remake=self._remake if remakes else None,
            faults=self.faults,
            links=lambda: {"hub": self.is_up},
            ring=ring,
        )

    @property
    def meter(self) -> Esme:
        meter = self.devices[METER]
        assert isinstance(meter, Esme)
        return meter

    def _make(self, store: Store) -> Esme:
        anchors = TrustAnchors.from_keystore(self.keystore, METER, DeviceType.ESME)
        return Esme(anchors, now=self.clock(), store=store, load=Load(active_import=2000))

    def _remake(self, former: Device) -> Device:
        return self._make(former.store) if former.eui == METER else former

    def _send(self, device: Device, messages: Sequence[bytes]) -> None:
        self.sent += ((device.eui, octets) for octets in messages)

    def codes(self) -> list[tuple[str, int]]:
        """Use case and alert code of what was sent."""
        told = []
        for _, octets in self.sent:
            decoded = decode(octets, self.keystore)
            assert decoded.use_case
            assert decoded.payload
            told.append((decoded.use_case.code, decoded.payload["alert_code"]))
        return told

    def receive(self, octets: bytes) -> list[bytes]:
        return self.meter.receive(octets, self.clock())

    @asynccontextmanager
    async def served(self, token: str | None = None) -> AsyncIterator[Client]:
        async with serving(self.plane, token=token) as (host, port), ClientSession(f"http://{host}:{port}") as session:
            yield Client(session)


class Client:
    """Asks, and holds every answer against the document.

    Attributes:
        used: the operations that were carried out.
    """

    def __init__(self, session: ClientSession) -> None:
        self.session = session
        self.used: set[str] = set()

    async def ask(self, method: str, path: str, body: Any = None, *, status: int = 200, **more: Any) -> Any:
        extra = {} if body is None else {"json": body}
        async with self.session.request(method, path, **extra, **more) as response:
            text = await response.text()
            assert response.status == status, text
            operation = _operation(method, response.url.path)
            if response.ok and operation:
                self.used.add(operation["operationId"])
            return _checked(operation, response, text)


def _checked(operation: dict[str, Any] | None, response: ClientResponse, text: str) -> Any:
    told = json.loads(text) if "json" in response.content_type else text
    answer = operation["responses"].get(str(response.status)) if operation else None
    if answer and "content" not in answer:
        assert text == ""
        return told
    if answer:
        ((media, content),) = answer["content"].items()
        schema = content["schema"]
    else:
        media, schema = "application/problem+json", document()["components"]["schemas"]["Problem"]
        assert told["status"] == response.status
    assert response.headers["Content-Type"] == media
    Draft202012Validator(schema).validate(told)
    return told


def _operation(method: str, path: str) -> dict[str, Any] | None:
    # A path without parameters comes before one with.
    for template, methods in sorted(document()["paths"].items(), key=lambda each: each[0].count("{")):
        pattern = re.sub(r"\{\w+\}", "[^/]+", template)
        if re.fullmatch(pattern, path) and method.lower() in methods:
            operation: dict[str, Any] = methods[method.lower()]
            return operation
    return None


@pytest.fixture
def rig(keystore: Keystore) -> Rig:
    rig = Rig(keystore)
    rig.meter.advance(rig.meter.now)  # it begins to measure
    return rig


class Served(Protocol):
    """What has a control plane."""

    def served(self, token: str | None = None) -> AbstractAsyncContextManager[Client]: ...


def run(rig: Served, story: Callable[[Client], Awaitable[None]], token: str | None = None) -> None:
    async def work() -> None:
        async with rig.served(token) as client:
            await story(client)

    asyncio.run(work())


def test_the_document_is_valid_and_names_every_route() -> None:
    made = json.loads(json.dumps(document()))
    OpenAPIV31SpecValidator(made).validate()
    named = {(method, path) for path, operations in made["paths"].items() for method in operations}
    assert named == {(route.method.lower(), route.path) for route in ROUTES}
    assert len({route.name for route in ROUTES}) == len(ROUTES)


#: What the actions that take something are asked with.
_BODIES: dict[str, dict[str, Any]] = {
    "lose-phase": {"phase": 1},
    "return-phase": {"phase": 1},
    "tamper": {"how": "magnetic-field"},
    "end-tamper": {"how": "magnetic-field"},
    "top-up": {"utrn": "1" * 20},
    "set-pin": {"pin": "1234"},
    "unlock": {"pin": "1234"},
    "boost": {"minutes": 30},
    "firmware": {"image": "AAAA", "version": "00000002"},
    "distribute": {"device": METER.hex(), "image": "AAAA", "version": "00000002"},
    "load": {"active_import": 500},
    "seed": {"seed": 7},
    "voltage": {"phase_1": 240},
    "feeder": {"seed": 3},
    "drift": {"seconds": -3.5},
    "set-wan-time": {"ahead": 3},
    "raise-event": {"code": "0x8f57"},
}


def test_every_route_is_served_and_answers_as_the_document_says(rig: Rig) -> None:
    message = f"{AT}/attributes/supplier_message/value"
    fault = f"{AT}/faults/supplier_message/value"

    async def story(client: Client) -> None:
        assert await client.ask("GET", "/openapi.json") == json.loads(json.dumps(document()))
        for path in ("/health/live", "/health/ready", "/clock", "/link", "/messages", "/codes", "/devices", "/metrics"):
            await client.ask("GET", path)
        for part in ("", "/attributes", "/faults", "/logs", "/logs/security_log"):
            await client.ask("GET", AT + part)
        await client.ask("GET", message)
        await client.ask("PUT", message, {"value": "Hello"})
        await client.ask("PUT", fault, {"result": "temporary-failure"})
        await client.ask("DELETE", fault, status=204)
        await client.ask("PATCH", "/clock", {"advance": 1})
        await client.ask("PATCH", "/link", {"loss": 0.5})
        snapshot = await client.ask("GET", f"{AT}/snapshot")
        await client.ask("PUT", f"{AT}/snapshot", snapshot)
        await client.ask("POST", f"{AT}/reset")
        offered = (await client.ask("GET", AT))["actions"]
        for action in ACTIONS:
            is_there = action.name in offered
            body = _BODIES.get(action.name, {})
            await client.ask("POST", f"{AT}/actions/{action.name}", body, status=200 if is_there else 404)
            client.used.add("do" + action.name.title().replace("-", ""))
        assert len(offered) >= 13
        async with client.session.get("/messages/stream") as stream:
            assert stream.content_type == "text/event-stream"
            client.used.add("streamMessages")
        assert client.used == {route.name for route in ROUTES}

    run(rig, story)


def test_attributes_are_read_and_set_in_the_form_of_decoded_messages(rig: Rig) -> None:
    async def story(client: Client) -> None:
        sheet = f"{AT}/attributes/billing_calendar/execution_time"
        before = await client.ask("GET", sheet)
        assert before["value"] == [{"time": "00:00:00", "date": "*-*-01"}]
        await client.ask("PUT", sheet, {"value": [{"time": "12:30:00", "date": "*-*-15"}]})
        assert str(rig.meter.cosem.get(o.BILLING_CALENDAR, "execution_time")[0]["date"]) == "*-*-15"
        limit = await client.ask("GET", f"{AT}/attributes/load_limit/threshold_normal")
        assert limit["value"]["unit"] == "W"
        listed = (await client.ask("GET", f"{AT}/attributes?object=load_limit"))["attributes"]
        assert {each["name"] for each in listed} >= {"threshold_normal", "min_over_threshold_duration"}

    run(rig, story)


def _esme(variant: Variant) -> Callable[[TrustAnchors], Device]:
    return lambda anchors: Esme(anchors, now=NOW, variant=variant)


@pytest.mark.parametrize(
    ("device_type", "make", "least"),
    [
        (DeviceType.ESME, _esme(Variant.SINGLE), 200),
        (DeviceType.ESME, _esme(Variant.TWIN), 200),
        (DeviceType.ESME, _esme(Variant.POLYPHASE), 200),
        (DeviceType.SAPC, lambda anchors: Sapc(anchors, now=NOW), 60),
        (DeviceType.CHF, lambda anchors: Chf(anchors, now=NOW), 1),
    ],
    ids=["single", "twin", "polyphase", "SAPC", "CHF"],
)
def test_every_attribute_of_every_device_is_read_in_the_form_in_which_it_is_set(
    keystore: Keystore, device_type: DeviceType, make: Callable[[TrustAnchors], Device], least: int
) -> None:
    eui = HUB if device_type is DeviceType.CHF else METER
    device = make(TrustAnchors.from_keystore(keystore, eui, device_type))
    plane = ControlPlane({eui: device}, lambda: NOW, lambda *_: None)
    at = {"eui": eui.hex()}
    listed = operations.attributes(plane, Request(at, {}, None))["attributes"]
    names = [(each["object"], each["name"]) for each in listed if each["kind"] == "attribute"]
    assert len(names) >= least
    for label, name in names:
        there = Request(at | {"object": label, "attribute": name}, {}, None)
        value = json.loads(json.dumps(operations.read_attribute(plane, there)["value"]))
        try:
            operations.write_attribute(plane, there._replace(body={"value": value}))
        except Problem as problem:
            assert problem.kind == "conflict", f"{label}.{name}: {problem}"


def test_what_is_set_is_in_the_state_before_the_answer(keystore: Keystore, tmp_path: Path) -> None:
    path = tmp_path / "esme.db"

    async def story(client: Client) -> None:
        await client.ask("PUT", f"{AT}/attributes/supplier_message/value", {"value": "kept"})
        # What a killed process would have left.
        for name in ("esme.db", "esme.db-wal"):
            (tmp_path / f"copy-{name}").write_bytes((tmp_path / name).read_bytes())

    with Store(path, "me") as store:
        run(Rig(keystore, store), story)
    (tmp_path / "copy-esme.db-wal").rename(tmp_path / "copy.db-wal")
    (tmp_path / "copy-esme.db").rename(tmp_path / "copy.db")
    with Store(tmp_path / "copy.db", "me") as store:
        assert [value for value in store.values() if b"kept" in value]


def test_a_state_that_cannot_be_written_is_told(keystore: Keystore, tmp_path: Path, caplog: Any) -> None:
    store = Store(tmp_path / "esme.db", "me")
    rig = Rig(keystore, store)
    store.__exit__(None, None, None)

    async def story(client: Client) -> None:
        told = await client.ask("PUT", f"{AT}/attributes/supplier_message/value", {"value": "lost"}, status=503)
        assert told["detail"] == "the state could not be written"

    run(rig, story)
    assert not [record for record in caplog.records if record.exc_info]


def test_a_broken_attribute_fails_for_commands_until_it_is_mended(rig: Rig) -> None:
    fault = f"{AT}/faults/supplier_message/value"

    async def story(client: Client) -> None:
        told = await client.ask("PUT", fault, {"result": "hardware-fault"})
        assert told == {"object": "supplier_message", "name": "value", "result": "hardware-fault"}
        assert (await client.ask("GET", f"{AT}/faults"))["faults"] == [told]
        answers = [rig.receive(command(rig.keystore, "ECS10", 1, supplier_message="no"))]
        await client.ask("DELETE", fault, status=204)
        answers.append(rig.receive(command(rig.keystore, "ECS10", 2, supplier_message="yes")))
        results = [items(decode(answer[0], rig.keystore))[0][1] for answer in answers]
        assert results == [1, 0]
        assert (await client.ask("GET", f"{AT}/faults"))["faults"] == []

    run(rig, story)


def test_an_outage_and_what_it_makes_the_meter_send(rig: Rig) -> None:
    async def story(client: Client) -> None:
        await client.ask("POST", f"{AT}/actions/interrupt")
        assert (await client.ask("GET", AT))["state"] == "unpowered"
        refused = await client.ask("POST", f"{AT}/actions/tamper", {"how": "other"}, status=409)
        assert "no current" in refused["detail"]
        assert rig.receive(command(rig.keystore, "ECS52")) == []
        await client.ask("PATCH", "/clock", {"advance": 600})
        assert (await client.ask("POST", f"{AT}/actions/restore")) == {"done": True, "messages": 1}
        assert rig.codes() == [("ECS80", 0x8F36)]
        entries = (await client.ask("GET", f"{AT}/logs/power_event_log"))["entries"]
        assert [each["log_code"]["code"] for each in entries] == ["0x8f57", "0x8f36"]
        assert entries[0]["timestamp"] == "2026-03-14T15:09:26Z"
        assert entries[0]["log_code"]["name"]

    run(rig, story)


def test_tamper_and_an_event_by_hand_are_logged_and_sent(rig: Rig) -> None:
    async def story(client: Client) -> None:
        await client.ask("POST", f"{AT}/actions/tamper", {"how": "meter-cover"})
        await client.ask("POST", f"{AT}/actions/raise-event", {"code": "0x8f1c", "log": "security", "alert": True})
        hub = f"/devices/{HUB.hex()}/actions/raise-event"
        assert (await client.ask("POST", hub, {"code": "0x8F75", "alert": True}))["messages"] == 1
        assert rig.codes() == [("GCA-DLMS", 0x8F74), ("GCA-DLMS", 0x8F1C), ("GCA-DLMS", 0x8F75)]
        newest = await client.ask("GET", f"{AT}/logs/security_log?limit=1")
        assert [each["log_code"]["code"] for each in newest["entries"]] == ["0x8f1c"]
        codes = (await client.ask("GET", "/codes"))["codes"]
        assert codes["0x8f1c"] == newest["entries"][0]["log_code"]["name"]

    run(rig, story)


def test_the_clock_goes_on_and_the_devices_live_through_the_time_between(rig: Rig) -> None:
    async def story(client: Client) -> None:
        assert await client.ask("GET", "/clock") == {"time": NOW.isoformat(), "speed": 0, "adjustable": True}
        await client.ask("PATCH", "/clock", {"time": "2026-03-15T16:09:26+01:00"})
        assert (await client.ask("GET", "/clock"))["time"] == "2026-03-15T15:09:26+00:00"
        energy = await client.ask("GET", f"{AT}/attributes/import_register_collection/value")
        assert energy["value"]["active_import_value"]["value"] == 48_000
        logs = {each["log"]: each["entries"] for each in (await client.ask("GET", f"{AT}/logs"))["logs"]}
        assert logs["profile_data_log_active_import"] == 48
        await client.ask("PATCH", "/clock", {"speed": 1000})
        assert (await client.ask("GET", "/clock"))["speed"] == 1000
        for body, where in (
            ({"time": "2026-03-15T15:09:26+00:00"}, "body.time"),
            ({"time": "2036-01-01T00:00:00+00:00"}, "body.time"),
        ):
            assert (await client.ask("PATCH", "/clock", body, status=409))["where"] == where

    run(rig, story)


def test_the_clock_of_the_system_stays_as_it_is(keystore: Keystore) -> None:
    rig = Rig(keystore)
    rig.plane = ControlPlane(rig.devices, lambda: NOW, lambda *_: None)

    async def story(client: Client) -> None:
        assert (await client.ask("GET", "/clock"))["adjustable"] is False
        await client.ask("PATCH", "/clock", {"advance": 1}, status=409)
        await client.ask("GET", "/link", status=404)
        await client.ask("POST", f"{AT}/reset", status=409)

    run(rig, story)


def test_a_device_clock_that_goes_wrong_is_the_devices_own(rig: Rig) -> None:
    async def story(client: Client) -> None:
        await client.ask("POST", f"{AT}/actions/drift", {"seconds": 90})
        assert (await client.ask("GET", AT))["time"] == (NOW + timedelta(seconds=90)).isoformat()
        assert (await client.ask("GET", "/clock"))["time"] == NOW.isoformat()

    run(rig, story)


def test_a_snapshot_makes_the_same_device_again(rig: Rig) -> None:
    message = f"{AT}/attributes/supplier_message/value"

    async def story(client: Client) -> None:
        await client.ask("PUT", message, {"value": "then"})
        rig.receive(command(rig.keystore, "ECS52", 5))
        snapshot = await client.ask("GET", f"{AT}/snapshot")
        former, state = rig.meter, rig.meter.snapshot()
        onlooker = Observer()
        former.observers.append(onlooker)
        await client.ask("PUT", message, {"value": "now"})
        rig.receive(command(rig.keystore, "ECS52", 6))
        await client.ask("PUT", f"{AT}/snapshot", snapshot)
        assert rig.meter is not former
        assert rig.meter.observers[-3:] == [rig.plane.messages, rig.plane.metrics, onlooker]
        assert rig.meter.snapshot() == state
        assert (await client.ask("GET", message))["value"] == "then"
        assert rig.receive(command(rig.keystore, "ECS52", 6)), "the counter is what it was"
        assert (await client.ask("GET", "/messages"))["messages"][-1]["direction"] == "sent"

    run(rig, story)


def test_a_reset_device_is_as_it_left_the_factory(keystore: Keystore, tmp_path: Path) -> None:
    other = Rig(keystore).meter
    other.advance(other.now)
    new = other.snapshot()

    async def story(client: Client) -> None:
        await client.ask("POST", f"{AT}/actions/tamper", {"how": "other"})
        await client.ask("PUT", f"{AT}/faults/supplier_message/value")
        told = await client.ask("POST", f"{AT}/reset")
        assert (told["logs"]["security_log"], told["faults"]) == (0, 0)

    path = tmp_path / "esme.db"
    with Store(path, "me") as store:
        rig = Rig(keystore, store)
        run(rig, story)
        assert rig.meter.snapshot() == new | {"owner": b"me"}
    with Store(path, "me") as store:
        assert dict(store) == new | {"owner": b"me"}


def test_no_snapshot_but_the_devices_own_and_unaltered_is_restored(rig: Rig) -> None:
    async def story(client: Client) -> None:
        snapshot = await client.ask("GET", f"{AT}/snapshot")
        other = await client.ask("GET", f"/devices/{HUB.hex()}/snapshot")
        await client.ask("PUT", f"{AT}/attributes/supplier_message/value", {"value": "kept"})
        state = rig.meter.snapshot()
        sealed = snapshot["sealed"]
        for body, status, where in (
            (other, 409, "body.eui"),
            (other | {"eui": METER.hex()}, 409, "body.type"),
            (snapshot | {"sealed": other["sealed"]}, 422, "body.sealed"),
            (
                snapshot | {"sealed": sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:]},
                422,
                "body.sealed",
            ),
            (snapshot | {"sealed": "not base64"}, 422, "body.sealed"),
            (snapshot | {"sealed": ""}, 422, "body.sealed"),
            (snapshot | {"time": NOW.replace(year=2025).isoformat()}, 422, "body.sealed"),
            (snapshot | {"format": 2}, 400, "body.format"),
            ({"format": 1}, 400, "body.eui"),
        ):
            assert (await client.ask("PUT", f"{AT}/snapshot", body, status=status))["where"] == where
        assert rig.meter.snapshot() == state

    run(rig, story)


def test_a_state_that_makes_no_device_changes_nothing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.meter.store["clock offset"] = b"no number"
    bad = asyncio.run(_snapshot(rig))
    rig.meter.store["clock offset"] = b"0"

    async def story(client: Client) -> None:
        await client.ask("PUT", f"{AT}/attributes/supplier_message/value", {"value": "kept"})
        state = rig.meter.snapshot()
        await client.ask("PUT", f"{AT}/snapshot", bad, status=409)
        assert rig.meter.snapshot() == state
        await client.ask("PUT", f"{AT}/attributes/supplier_message/value", {"value": "and works"})

    run(rig, story)


async def _snapshot(rig: Rig) -> Any:
    async with rig.served() as client:
        return await client.ask("GET", f"{AT}/snapshot")


def test_no_answer_has_a_key(rig: Rig) -> None:
    (answer,) = rig.receive(command(rig.keystore, "CS02c", key_usage=["digitalSignature"]))
    assert answer
    secret = rig.meter.store["pending key/DS"]
    assert len(secret) > 100
    told: list[str] = []

    async def story(client: Client) -> None:
        for route in ROUTES:
            if route.method == "GET" and route.name != "streamMessages":
                path = route.path.format(
                    eui=METER.hex(), object="supplier_message", attribute="value", name="value", log="security_log"
                )
                told.append(json.dumps(await client.ask("GET", path)))

    run(rig, story)
    for form in (secret.hex(), json.dumps(secret.decode("latin-1")), base64.b64encode(secret).decode()):
        assert not [each for each in told if form in each]


def test_no_attribute_holds_a_key() -> None:
    names = [
        name
        for each in objects().values()
        for member in map(each.member, each.types)
        if not member.is_method
        for name in (member.name, *_field_names(member.type))
    ]
    assert len(names) > 300
    assert not [name for name in names if re.search(r"(^|_)(key|pin|secret|password)s?($|_)", name)]


def _field_names(data_type: Any) -> Iterator[str]:
    if isinstance(data_type, Array):
        yield from _field_names(data_type.element)
    elif isinstance(data_type, Structure):
        for each in data_type.fields:
            yield each.name
            yield from _field_names(each.type)


def test_messages_of_a_key_are_shown_without_their_octets(rig: Rig) -> None:
    chf = rig.devices[HUB]
    add = command(
        rig.keystore,
        "CCS01",
        to=HUB,
        by=Eui64(chf.anchors.broker()),
        device_log_register_device={"ieee_address": bytes(METER), "key": b"K" * 16, "device_type": "ESME"},
        device_log_join_timeout=60,
    )
    chf.receive(add, rig.clock())

    async def story(client: Client) -> None:
        (seen, *_) = (await client.ask("GET", "/messages"))["messages"]
        assert (seen["use_case"], seen["octets"], seen["length"]) == ("CCS01", None, len(add))

    run(rig, story)


def test_recent_messages_have_their_header_decoded(rig: Rig) -> None:
    octets = command(rig.keystore, "ECS17b", 77)

    async def story(client: Client) -> None:
        (response,) = rig.receive(octets)
        rig.receive(b"junk")
        came, went, junk = (await client.ask("GET", f"/messages?device={METER}"))["messages"]
        assert (came["direction"], came["kind"], came["use_case"], came["octets"]) == (
            "received",
            "command",
            "ECS17b",
            octets.hex(),
        )
        assert (came["originator"], came["recipient"], came["originator_counter"]) == (SUPPLIER.hex(), METER.hex(), 77)
        assert (went["direction"], went["kind"], went["octets"]) == ("sent", "response", response.hex())
        assert went["date_time"]
        assert "error" in junk
        assert (await client.ask("GET", f"/messages?device={HUB}"))["messages"] == []
        assert [each["number"] for each in (await client.ask("GET", "/messages?limit=1"))["messages"]] == [3]
        numbers, last = [], 0
        while told := (page := await client.ask("GET", f"/messages?after={last}&limit=2"))["messages"]:
            numbers.append([each["number"] for each in told])
            last = page["last"]
        assert numbers == [[1, 2], [3]]

    run(rig, story)


class Events:
    """Reads Server-Sent Events."""

    def __init__(self, response: ClientResponse) -> None:
        self._response = response

    async def next(self) -> tuple[str, Any]:
        event = ""
        while True:
            line = (await asyncio.wait_for(self._response.content.readline(), 10)).decode().rstrip("\n")
            if line.startswith("event: "):
                event = line[7:]
            elif line.startswith("data: "):
                return event, json.loads(line[6:])
            assert self._response.content.at_eof() is False, "the stream has ended"


async def _opened(response: ClientResponse) -> Events:
    assert await asyncio.wait_for(response.content.readline(), 10) == b": open\n"
    return Events(response)


def test_a_stream_has_the_messages_of_the_one_device(rig: Rig) -> None:
    async def story(client: Client) -> None:
        async with client.session.get(f"/messages/stream?device={METER}") as response:
            events = await _opened(response)
            rig.devices[HUB].receive(b"for the hub", rig.clock())
            rig.receive(command(rig.keystore, "ECS52"))
            told = [await events.next() for _ in range(2)]
        assert [(event, data["direction"], data["use_case"]) for event, data in told] == [
            ("message", "received", "ECS52"),
            ("message", "sent", "ECS52"),
        ]
        headers = {"Last-Event-ID": str(told[0][1]["number"])}
        async with client.session.get("/messages/stream", headers=headers) as response:
            event, data = await (await _opened(response)).next()
            assert (event, data) == told[1], "what came since the last one that was seen"

    run(rig, story)


def test_a_slow_reader_loses_the_oldest_and_is_told(keystore: Keystore) -> None:
    rig = Rig(keystore, ring=3)

    async def story(client: Client) -> None:
        async with client.session.get("/messages/stream") as response:
            events = await _opened(response)
            for number in range(8):
                rig.receive(b"%d" % number)
            assert await events.next() == ("lost", {"lost": 5})
            told = [await events.next() for _ in range(3)]
            assert [bytes.fromhex(data["octets"]) for _, data in told] == [b"%d" % number for number in range(5, 8)]

    run(rig, story)


def test_a_reader_that_has_gone_leaves_nothing_behind(rig: Rig) -> None:
    async def story(client: Client) -> None:
        async with client.session.get("/messages/stream") as response:
            await _opened(response)
            assert len(rig.plane.messages.listeners) == 1
        for _ in range(1000):
            if not rig.plane.messages.listeners:
                break
            rig.receive(b"x")
            await asyncio.sleep(0.01)
        assert not rig.plane.messages.listeners

    run(rig, story)


def test_figures_for_prometheus(rig: Rig) -> None:
    octets = command(rig.keystore, "ECS44", 3)
    for each in (
        octets,
        octets,
        b"junk",
        command(rig.keystore, "ECS43", 4, by=NETWORK_OPERATOR),
        command(rig.keystore, "CCS02", 5, device_log_unregister_device=bytes(STRANGER)),
    ):
        rig.receive(each)
    rig.is_up = False

    async def story(client: Client) -> None:
        text = await client.ask("GET", "/metrics")
        values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        for name, value in {
            'gbcs_messages_received_total{outcome="answered",use_case="ECS44"}': 1,
            'gbcs_messages_received_total{outcome="refused",use_case="ECS44"}': 1,
            'gbcs_messages_received_total{outcome="unanswered",use_case="unknown"}': 1,
            'gbcs_messages_received_total{outcome="refused",use_case="ECS43"}': 1,
            'gbcs_messages_sent_total{kind="response",use_case="ECS44"}': 1,
            'gbcs_commands_refused_total{code="0x8f53"}': 1,
            "gbcs_receive_seconds_count": 5,
            'gbcs_receive_seconds_bucket{le="+Inf"}': 5,
            'gbcs_devices{type="ESME"}': 1,
            'gbcs_devices_powered{type="CHF"}': 1,
            'gbcs_log_entries{log="security_log",type="ESME"}': len(list(rig.meter.security_log)),
            'gbcs_link_up{link="hub"}': 0,
        }.items():
            assert float(values[name]) == value, name
        assert float(values['gbcs_stored_octets{type="ESME"}']) == sum(map(len, rig.meter.store.values())) > 0
        down = await client.ask("GET", "/health/ready", status=503)
        assert "hub" in down["detail"]
        await client.ask("GET", "/health/live")

    run(rig, story)


def test_link_settings_are_changed_all_or_none(rig: Rig) -> None:
    async def story(client: Client) -> None:
        assert await client.ask("GET", "/link") == {"loss": 0.0, "delay": {"least": 0.0}, "frames": 7}
        await client.ask("PATCH", "/link", {"loss": 1, "delay": {"least": 0.5}})
        assert (rig.faults.loss, rig.faults.delay.least) == (1, 0.5)
        for body, status, where in (
            ({"loss": 0, "delay": {"least": 61}}, 422, "body.delay"),
            ({"loss": 0, "delay": {"most": 1}}, 404, "body.delay.most"),
            ({"loss": 0, "colour": "red"}, 404, "body.colour"),
            ({"loss": "much"}, 422, "body.loss"),
            ({"delay": 5}, 422, "body.delay"),
            ({"loss": 0, "frames": 8}, 422, "body.frames"),
        ):
            assert (await client.ask("PATCH", "/link", body, status=status))["where"] == where
        assert (rig.faults.loss, rig.faults.delay.least) == (1, 0.5)

    run(rig, story)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "where"),
    [
        ("GET", "/nowhere", None, 404, None),
        ("POST", "/devices", None, 405, None),
        ("GET", f"/devices/{STRANGER.hex()}", None, 404, "path.eui"),
        ("GET", "/devices/me", None, 404, "path.eui"),
        ("GET", "/devices?colour=red", None, 400, "query.colour"),
        ("GET", "/devices?limit=0", None, 400, "query.limit"),
        ("GET", "/devices?limit=ten", None, 400, "query.limit"),
        ("GET", "/devices?limit=1&limit=2", None, 400, "query.limit"),
        ("GET", f"{AT}/attributes/no_object/value", None, 404, "path.object"),
        ("GET", f"{AT}/attributes/supplier_message/colour", None, 404, "path.attribute"),
        ("GET", f"{AT}/attributes/supply_state_scripts/execute", None, 404, "path.attribute"),
        ("GET", f"{AT}/attributes/device_log/active_devices", None, 404, "path.object"),
        ("GET", f"{AT}/logs/no_log", None, 404, "path.log"),
        ("PUT", f"{AT}/attributes/security_log/buffer", {"value": []}, 409, "path.attribute"),
        ("PUT", f"{AT}/attributes/supplier_message/value", {}, 400, "body.value"),
        ("PUT", f"{AT}/attributes/supplier_message/value", {"value": "x", "more": 1}, 400, "body.more"),
        ("PUT", f"{AT}/attributes/supplier_message/value", {"value": 5}, 422, "body.value"),
        ("PUT", f"{AT}/attributes/supplier_message/value", {"value": "x" * 1000}, 422, "body.value"),
        ("PUT", f"{AT}/attributes/power_thresholds/thresholds", {"value": [1, "x"]}, 422, "body.value.1"),
        ("PUT", f"{AT}/faults/supplier_message/value", {"result": "success"}, 400, "body.result"),
        ("POST", f"{AT}/actions/tamper", {"how": "politely"}, 400, "body.how"),
        ("POST", f"{AT}/actions/tamper", None, 400, "body.how"),
        ("POST", f"{AT}/actions/raise-event", {"code": "8f57"}, 400, "body.code"),
        ("POST", f"{AT}/actions/load", {"active_import": True}, 400, "body.active_import"),
        ("POST", f"{AT}/actions/load", {"second_active_import": 1}, 409, "body"),
        ("POST", f"{AT}/actions/firmware", {"image": "!", "version": "00000001"}, 422, "body.image"),
        ("POST", f"/devices/{HUB.hex()}/actions/interrupt", {}, 404, "path"),
        ("PATCH", "/clock", {}, 400, "body"),
        ("PATCH", "/clock", {"advance": 1, "speed": 1}, 400, "body"),
        ("PATCH", "/clock", {"advance": -1}, 400, "body.advance"),
        ("PATCH", "/clock", {"time": "2026-03-14"}, 400, "body.time"),
        ("PATCH", "/clock", {"time": "noon"}, 400, "body.time"),
        ("PATCH", "/clock", {"speed": 10**400}, 400, "body.speed"),
        ("PATCH", "/clock", [], 400, "body"),
    ],
)
def test_a_request_that_means_nothing_is_told_where_and_why(
    rig: Rig, method: str, path: str, body: Any, status: int, where: str | None
) -> None:
    async def story(client: Client) -> None:
        state = rig.meter.snapshot()
        told = await client.ask(method, path, body, status=status)
        assert told.get("where") == where
        assert told["detail"]
        assert rig.meter.snapshot() == state

    run(rig, story)


@pytest.mark.parametrize(
    ("data", "headers", "status"),
    [
        (b"{", {"Content-Type": "application/json"}, 400),
        (b"[" * 60000, {"Content-Type": "application/json"}, 400),
        (b"\xff", {"Content-Type": "application/json"}, 400),
        (b'{"advance": NaN}', {"Content-Type": "application/json"}, 400),
        (b'{"advance": 1e999}', {"Content-Type": "application/json"}, 400),
        (b'{"advance": 1}', {"Content-Type": "text/plain"}, 415),
        (b'{"advance": 1}', {"Content-Type": "application/json", "Origin": "http://example.org"}, 403),
        (b'{"advance": 1}', {"Content-Type": "application/json", "Host": "example.org"}, 403),
        (b'{"advance": 1}', {"Content-Type": "application/json", "Host": "127.0.0.1:x"}, 403),
        (b'{"advance": 1}', {"Content-Type": "application/json", "Host": "[::1"}, 403),
        (b'{"advance": 1}', {"Content-Type": "application/json", "Host": "[::1]:80"}, 200),
        (b" " * (1 << 17), {"Content-Type": "application/json"}, 413),
    ],
)
def test_a_body_that_is_none_and_a_request_of_a_web_page_are_refused(
    rig: Rig, data: bytes, headers: dict[str, str], status: int
) -> None:
    async def story(client: Client) -> None:
        await client.ask("PATCH", "/clock", data=data, headers=headers, status=status)

    run(rig, story)


@settings(max_examples=150, deadline=None)
@given(
    data=st.data(),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    ),
)
def test_no_value_of_an_attribute_fails_but_as_a_problem(keystore: Keystore, data: st.DataObject, value: Any) -> None:
    rig = _shared(keystore)
    path = {"eui": METER.hex()}
    listed = operations.attributes(rig.plane, Request(path, {}, None))["attributes"]
    each = data.draw(st.sampled_from([each for each in listed if each["kind"] == "attribute"]))
    path |= {"object": each["object"], "attribute": each["name"]}
    try:
        operations.write_attribute(rig.plane, Request(path, {}, {"value": value}))
    except Problem as problem:
        assert problem.status in (409, 422)


_RIGS: list[Rig] = []


def _shared(keystore: Keystore) -> Rig:
    if not _RIGS:
        _RIGS.append(Rig(keystore))
    return _RIGS[0]


def test_a_token_keeps_others_off(rig: Rig) -> None:
    async def story(client: Client) -> None:
        for headers in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": f"Basic {TOKEN}"},
            {"Authorization": "Bearer \u00e9"},
        ):
            told = await client.ask("GET", "/devices", status=401, headers=headers)
            assert TOKEN not in json.dumps(told)
        await client.ask("GET", "/health/live")
        for name in ("Bearer", "bearer"):
            await client.ask("GET", "/devices", headers={"Authorization": f"{name} {TOKEN}"})

    run(rig, story, TOKEN)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])
def test_off_loopback_there_is_no_serving_without_a_token(rig: Rig, host: str) -> None:
    async def work() -> None:
        async with serving(rig.plane, host):
            pytest.fail("it serves")

    with pytest.raises(TokenWanted, match="token"):
        asyncio.run(work())


def test_many_devices_are_listed_a_page_at_a_time(rig: Rig) -> None:
    async def story(client: Client) -> None:
        first = await client.ask("GET", "/devices?limit=1")
        assert [each["eui"] for each in first["devices"]] == [HUB.hex()]
        rest = await client.ask("GET", f"/devices?limit=1&after={first['next']}")
        assert rest == {
            "devices": [{"eui": METER.hex(), "type": "ESME", "variant": "single", "state": "powered"}],
            "next": None,
        }
        assert len((await client.ask("GET", "/devices?type=CHF"))["devices"]) == 1

    run(rig, story)
