"""The demonstration, step by step."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from devices.demo.narrator import Narrator
from devices.demo.processes import Processes
from devices.demo.tap import Tap
from devices.demo.user import User
from devices.errors import DeviceError
from duis.document import Request, Response
from duis.identifiers import RequestID
from duis.mmc import NAMESPACE, render
from duis.pre_command import sign_pre_command
from duis.response_codes import RESPONSE_CODES
from duis.services import SERVICES
from duis.signature import sign
from gbcs.decoding import Decoded, decode
from gbcs.eui64 import Eui64
from gbcs.json_form import to_json
from gbcs.message import Cra, Message
from gbcs.roles import KeyUse, RemotePartyRole
from gbcs.security import protection
from gbcs.security.protection import Status
from smki.authority import PARTIES, TestAuthority, make_estate
from smki.keystore import Keystore

SUPPLIER = PARTIES[RemotePartyRole.SUPPLIER]
#: Device identifiers from the EUI-64 range for documentation (RFC 9542).
HUB, METER = (Eui64.parse(f"00-00-5E-EF-10-00-01-0{number}") for number in (1, 2))
#: How long the demonstration listens before it says that a device stays silent.
_SILENCE = 0.7


class Stage(NamedTuple):
    """Who takes part once everything runs; `base` is the address of the DUIS services."""

    base: str
    user: User
    tap: Tap
    keystore: Keystore


class Story:
    """One run. Every check that does not hold raises `DeviceError`."""

    def __init__(self, narrator: Narrator, folder: Path) -> None:
        self._narrator = narrator
        self._folder = folder
        self._counter = 1000 * int(datetime.now(UTC).timestamp())

    async def tell(self) -> None:
        """Runs all steps."""
        narrator = self._narrator
        with narrator.step("A test SMKI: root, issuing authorities, and everybody's certificates"):
            keystore = self._make_keys()
        async with Processes(self._folder) as processes, User(keystore) as user:
            with narrator.step("Communications Hub and ESME start as processes"):
                hub = await self._start_devices(processes)
            async with Tap(*hub) as tap:
                with narrator.step("The DCC gateway starts as a process"):
                    base = await self._start_gateway(processes, tap, user)
                stage = Stage(base, user, tap, keystore)
                await self._read_registers(stage)
                await self._set_clock(stage)
                await self._refusals(stage)

    # Setting the stage.

    def _make_keys(self) -> Keystore:
        authority = TestAuthority.create(datetime.now(UTC))
        keystore = make_estate(authority, devices=[HUB, METER])
        keystore.save(self._folder / "keys")
        entries = keystore.entries()
        xml = keystore.find(SUPPLIER, KeyUse.DS, role=RemotePartyRole.XML_SIGN).certificate
        self._narrator.say(f"{len(entries)} certificates in {self._folder / 'keys'}")
        self._narrator.say(f"supplier {SUPPLIER}, XML signing certificate: {xml}")
        return keystore

    async def _start_devices(self, processes: Processes) -> tuple[str, int]:
        keys = str(self._folder / "keys")
        state = str(self._folder)
        hub = await processes.start(
            "hub", "devices", "hub", "--eui", str(HUB), "--keystore", keys, "--wan-port", "0", "--han-port", "0",
            "--device", str(METER), "--state", f"{state}/hub.db",
        )  # fmt: skip
        self._narrator.say(f"hub {HUB}: WAN {_address(hub['wan'])}, HAN {_address(hub['han'])}")
        await processes.start(
            "esme", "devices", "esme", "--eui", str(METER), "--keystore", keys, "--hub", _address(hub["han"]),
            "--state", f"{state}/esme.db", "--load", "36000",
        )  # fmt: skip
        self._narrator.say(f"ESME {METER}: joined, in the hub's device log")
        return hub["wan"][0], hub["wan"][1]

    async def _start_gateway(self, processes: Processes, tap: Tap, user: User) -> str:
        inventory = {
            "hubs": {str(HUB): {"host": tap.address[0], "port": tap.address[1]}},
            "devices": {str(METER): {"type": "ESME", "hub": str(HUB)}},
            "users": {str(SUPPLIER): {"receive_url": user.receive_url, "roles": ["IS"]}},
        }
        path = self._folder / "inventory.json"
        path.write_text(json.dumps(inventory))
        gateway = await processes.start(
            "gateway", "duis", "gateway", "--keystore", str(self._folder / "keys"), "--inventory", str(path),
            "--port", "0", "--state", str(self._folder / "gateway.db"),
        )  # fmt: skip
        base = f"http://{_address(gateway['duis'])}/api/v1"
        self._narrator.say(f"DUIS services at {base}, user's receive service at {user.receive_url}")
        return base

    def _request(self, variant: str, command_variant: int, **body: object) -> Request:
        self._counter += 1
        return Request(RequestID(SUPPLIER, METER, self._counter), command_variant, SERVICES[variant], body)

    # What should work.

    async def _read_registers(self, stage: Stage) -> None:
        narrator = self._narrator
        with narrator.step("The supplier asks for the import registers: DUIS 4.1.1, signed by xmlSign"):
            request = self._request("4.1.1", 1)
            document = stage.user.sign(request)
            narrator.say(_pretty(document))
        with narrator.step("The DCC verifies, acknowledges and transforms it"):
            self._expect(await stage.user.post(stage.base, request, document), "I99")
        with narrator.step("The response comes back to the supplier, signed by dspXmlSign"):
            response = await stage.user.response(request)
            self._expect(response, "I0")
        with narrator.step("What went to the meter: the GBCS command, checked with the meter's keys"):
            self._show(_checked(stage.tap.down[-1], stage.keystore))
        with narrator.step("What the meter answered, decrypted with the supplier's key agreement key"):
            answer = _checked(response.payload["GBCSPayload"], stage.keystore)
            self._show(answer)
            _demand("import_register_collection" in (answer.payload or {}), "no registers in the response")
        with narrator.step("The same as MMC XML"):
            mmc = render(answer, "4.1.1")
            narrator.say(_pretty(mmc))
            reading = etree.fromstring(mmc).findtext(f".//{{{NAMESPACE}}}ActiveImportRegister/{{{NAMESPACE}}}Value")
            _demand(reading is not None, "no register reading in the MMC document")
            narrator.say(f"\nActive import register: {reading} Wh")

    async def _set_clock(self, stage: Stage) -> None:
        narrator = self._narrator
        with narrator.step("A critical one: Synchronise Clock (6.11) comes back as a pre-command to sign"):
            ask = self._request("6.11", 4, CurrentDateTime=datetime.now(UTC), TolerancePeriod=60)
            answer = await stage.user.post(stage.base, ask, stage.user.sign(ask))
            self._expect(answer, "I0")
            pre_command = answer.payload["PreCommand"]["GBCSPayload"]
            narrator.say(f"pre-command of {len(pre_command)} octets")
        with narrator.step("The supplier signs it with its GBCS key; the DCC MACs it; the meter sets its clock"):
            order = sign_pre_command(ask, pre_command, stage.keystore)
            self._expect(await stage.user.post(stage.base, order, stage.user.sign(order)), "I99")
            response = await stage.user.response(order)
            done = _checked(response.payload["GBCSPayload"], stage.keystore)
            _demand(done.inspection.signature is Status.VALID, "the meter's signature is missing")
            self._show(done)

    # What must not.

    async def _refusals(self, stage: Stage) -> None:
        narrator = self._narrator
        commands = [octets for octets in stage.tap.down if Message.decode(octets).cra is Cra.COMMAND]
        read, set_clock = commands[0], commands[-1]
        with narrator.step("Refused: the read command again, one bit of its MAC changed"):
            await self._silent(stage.tap, read[:-1] + bytes((read[-1] ^ 1,)))
        with narrator.step("Refused: the clock command again, unchanged (a replay)"):
            await self._silent(stage.tap, set_clock)
        with narrator.step("Refused: a request signed with the supplier's GBCS certificate, whose role is not xmlSign"):
            request = self._request("4.1.1", 1)
            entry = stage.keystore.find(SUPPLIER, KeyUse.DS, role=RemotePartyRole.SUPPLIER)
            document = sign(request.to_xml(), stage.keystore.signer(SUPPLIER), entry.certificate)
            before = len(stage.tap.down)
            self._expect(await stage.user.post(stage.base, request, document), "E1")
            _demand(len(stage.tap.down) == before, "a command went out all the same")
            self._last_log_line("gateway")
        with narrator.step("And the meter still answers an honest request"):
            request = self._request("11.2", 1)
            self._expect(await stage.user.post(stage.base, request, stage.user.sign(request)), "I99")
            self._show(_checked((await stage.user.response(request)).payload["GBCSPayload"], stage.keystore))

    async def _silent(self, tap: Tap, octets: bytes) -> None:
        """Sends a command; no response may come, though an alert may."""
        before = len(tap.up)
        await tap.send(octets)
        await asyncio.sleep(_SILENCE)
        came = [Message.decode(message) for message in tap.up[before:]]
        _demand(not any(message.cra is Cra.RESPONSE for message in came), "the meter responded")
        self._narrator.say(f"no response within {_SILENCE} s")
        for message in came:
            self._narrator.say(f"the meter raised an alert: message code 0x{message.message_code:04x}")
        self._last_log_line("esme")

    # Saying and checking.

    def _expect(self, response: Response, code: str) -> None:
        meaning = RESPONSE_CODES.get(response.response_code, "")
        self._narrator.say(f"response code {response.response_code}: {meaning}")
        _demand(response.response_code == code, f"{code} was expected")

    def _show(self, decoded: Decoded) -> None:
        message, found = decoded.message, decoded.inspection
        name = f"{decoded.use_case.code} {decoded.use_case.title}" if decoded.use_case else "unknown use case"
        self._narrator.say(
            f"{message.kind} {name}, {len(message.encode())} octets, counter {message.originator_counter}"
        )
        self._narrator.say(f"signature {found.signature}, MAC {found.mac}")
        for field, fields in to_json(decoded)["payload"].items():
            result = f"{fields['result']} " if "result" in fields else ""
            decrypted = "decrypted " if fields.get("decrypted") else ""
            value = _words(fields.get("value", ""))
            self._narrator.say(f"  {fields['access']} {field}: {result}{decrypted}{value}".rstrip(" :"))

    def _last_log_line(self, process: str) -> None:
        lines = (self._folder / f"{process}.log").read_text().splitlines()
        _demand(bool(lines), f"the log of the {process} is empty")
        self._narrator.say(f"log of the {process}: {lines[-1]}")


def _checked(octets: bytes, keystore: Keystore) -> Decoded:
    decoded = decode(octets, keystore)
    _demand(decoded.category is not None, "an unknown message code")
    if decoded.category:
        protection.verify(decoded.message, decoded.category, keystore)
    return decoded


def _demand(condition: bool, otherwise: str) -> None:
    if not condition:
        raise DeviceError(otherwise)


def _words(value: object) -> str:
    """A JSON value in a line: enumerations by name, structures as ``(field value, …)``."""
    if not isinstance(value, Mapping):
        return str(value)
    if set(value) == {"code", "name"}:
        return str(value["name"])
    return f"({', '.join(f'{name} {_words(part)}' for name, part in value.items())})"


def _address(pair: list[object]) -> str:
    return f"{pair[0]}:{pair[1]}"


def _pretty(document: bytes) -> str:
    root = etree.fromstring(document)
    etree.indent(root)
    return etree.tostring(root, encoding="unicode")


async def run() -> None:
    """Tells the story in a temporary folder."""
    narrator = Narrator()
    with tempfile.TemporaryDirectory(prefix="gbcs-demo-") as folder:
        await Story(narrator, Path(folder)).tell()
    narrator.close("All steps done, all three refusals proven.")
