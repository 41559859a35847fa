"""The control plane: through real HTTP, beside a meter in the same process and beside real processes."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from devices.control.logs import objects
from devices.control.openapi import document
from devices.control.plane import ControlPlane
from devices.control.routes import ROUTES
from devices.control.server import TokenWanted, serving
from devices.device import Device
from devices.electricity.esme import Esme
from devices.hub.chf import Chf
from devices.metering import Load
from devices.processes.clock import AdjustableClock
from devices.store import Store
from devices.trust_anchors import TrustAnchors
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

    def __init__(self, keystore: Keystore, store: Store | None = None, *, remakes: bool = True, ring: int = 1000) -> None:
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
        self.seen: set[str] = set()

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
    """Asks, and holds every answer against the document."""

    used: set[str] = set()

    def __init__(self, session: ClientSession) -> None:
        self.session = session

    async def ask(self, method: str, path: str, body: Any = None, *, status: int = 200, **more: Any) -> Any:
        extra = {} if body is None else {"json": body}
        async with self.session.request(method, path, **extra, **more) as response:
            text = await response.text()
            assert response.status == status, text
            return _checked(method, response, text)


def _checked(method: str, response: ClientResponse, text: str) -> Any:
    told = json.loads(text) if "json" in response.content_type else text
    operation = _operation(method, response.url.path)
    if operation is None:
        return told
    Client.used.add(operation["operationId"])
    answer = operation["responses"].get(str(response.status), operation["responses"]["default"])
    content = answer.get("content", {})
    if content:
        ((media, schema),) = content.items()
        assert response.headers["Content-Type"] == media
        resolved = schema["schema"]
        if "$ref" in resolved:
            resolved = document()["components"]["schemas"]["Problem"]
        Draft202012Validator(resolved).validate(told)
    else:
        assert text == ""
    return told


def _operation(method: str, path: str) -> dict[str, Any] | None:
    exact = document()["paths"].get(path, {}).get(method.lower())
    if exact:
        found: dict[str, Any] = exact
        return found
    for template, operations in document()["paths"].items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", template)
        if re.fullmatch(pattern, path) and method.lower() in operations:
            found = operations[method.lower()]
            return found
    return None


@pytest.fixture
def rig(keystore: Keystore) -> Rig:
    return Rig(keystore)


def run(rig: Rig, story: Callable[[Client], Awaitable[None]], token: str | None = None) -> None:
    async def work() -> None:
        async with rig.served(token) as client:
            await story(client)

    asyncio.run(work())
