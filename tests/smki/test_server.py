"""`smki serve` as a process: real sockets, real SQLite, real kills."""

from __future__ import annotations

import asyncio
import base64
import json
import random
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiohttp import ClientConnectionError, ClientSession
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree

from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, RemotePartyRole
from smki import building
from smki.__main__ import main
from smki.authority import PARTIES, TestAuthority, make_estate
from smki.certificate import Certificate
from smki.commands.estate import REGISTRY, REPOSITORY
from smki.keystore import Keystore
from smki.registration import registry_of
from smki.repository import Repository
from smki.revocation import RevocationList
from smki.services.documents import render
from smki.services.server import BOXED_CLIENT_KEY
from tests.command_line import run_text
from tests.smki.conftest import METER, NOW, SUPPLIER

PARTIES_HERE = registry_of(PARTIES, random.Random(2))
KEYS = {name: party.api_key for name, party in PARTIES_HERE.parties.items()}
XML = {"Content-Type": "application/xml"}


class Rig(NamedTuple):
    """A running server, and the estate that it serves."""

    folder: Path
    estate: Keystore
    authority: TestAuthority
    session: ClientSession
    start: Callable[..., Awaitable[asyncio.subprocess.Process]]
    base: list[str]

    async def post(
        self, path: str, body: bytes, key: str = KEYS["supplier"], headers: dict[str, str] = XML
    ) -> tuple[int, etree._Element]:
        async with self.session.post(self.base[0] + path, params={"apikey": key}, data=body, headers=headers) as answer:
            text = await answer.read()
            assert answer.content_type == "application/xml", text
            return answer.status, etree.fromstring(text)

    async def get(self, path: str, **parameters: str) -> tuple[int, bytes]:
        async with self.session.get(self.base[0] + path, params=parameters) as answer:
            return answer.status, await answer.read()

    async def result(self, number: str) -> etree._Element:
        """Of a batch, once it is completed."""
        async with asyncio.timeout(20):
            while True:
                _, octets = await self.get(
                    "/1.0/PortalCSRBatch/CSRBatchResult", BatchId=number, apikey=KEYS["manufacturer"]
                )
                result = etree.fromstring(octets)
                if result.findtext("BatchStatus") not in ("PENDING", "PROCESSING"):
                    return result
                await asyncio.sleep(0.02)


def make(folder: Path) -> tuple[TestAuthority, Keystore]:
    """An authority and its estate, in the folder that is served."""
    authority = TestAuthority.create(NOW, random.Random(6))
    estate = make_estate(authority, devices=[METER])
    authority.save(folder)
    estate.save(folder)
    (folder / REGISTRY).write_bytes(PARTIES_HERE.to_json())
    return authority, estate


@asynccontextmanager
async def rig(folder: Path) -> AsyncIterator[Rig]:
    authority, estate = make(folder)
    started: list[asyncio.subprocess.Process] = []
    base: list[str] = []

    async def start(*arguments: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "smki", "serve", "--authority", str(folder), "--port", "0", "--clock",
            NOW.isoformat(), *arguments, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        started.append(process)
        assert process.stdout
        ready = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
        host, port = ready["smki"]
        assert (ready["ready"], host) == (True, "127.0.0.1")
        base[:] = [f"http://{host}:{port}"]
        return process

    async with ClientSession() as session:
        try:
            yield Rig(folder, estate, authority, session, start, base)
        finally:
            for process in started:
                if process.returncode is None:
                    process.kill()
                await process.wait()


async def ends_well(process: asyncio.subprocess.Process) -> None:
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 5) == 0
    assert process.stdout
    assert await process.stdout.read() == b""


def run(tmp_path: Path, scene: Callable[[Rig], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with rig(tmp_path / "estate") as around:
            process = await around.start()
            await scene(around)
            await ends_well(process)

    asyncio.run(whole())


def request(device: Eui64 = METER, use: KeyUse = KeyUse.DS) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return base64.b64encode(building.build_request(key, subject=x509.Name([]), device=device, use=use)).decode()


def search(**fields: str) -> bytes:
    return render("CertificateSearchRequest", fields.items())


def tags(node: etree._Element) -> list[str]:
    return [str(child.tag) for child in node]


def test_search_and_retrieval(tmp_path: Path) -> None:
    async def scene(around: Rig) -> None:
        for field, holder, role in (
            ("CertificateSubjectAltName", METER, None),
            ("CertificateSubjectName", SUPPLIER, RemotePartyRole.SUPPLIER),
        ):
            status, answer = await around.post(
                "/services/certificatesearch", search(**{field: str(holder)}), BOXED_CLIENT_KEY
            )
            assert status == 200
            assert tags(answer)[:3] == ["ResponseCode", "ResponseMessage", "AuditReference"]
            assert (answer.findtext("ResponseCode"), answer.findtext("ResponseMessage")) == ("200", "Success")
            expected = {entry.certificate for entry in around.estate.entries(holder)}
            results = answer.findall("Result")
            assert {result.findtext("CertificateSerial") for result in results} == {
                f"{certificate.serial:032X}" for certificate in expected
            }
            for result in results:
                ask = render(
                    "CertificateDataRequest", [("CertificateSerial", result.findtext("CertificateSerial") or "")]
                )
                status, data = await around.post("/services/retrievecertificate", ask, BOXED_CLIENT_KEY)
                found = data.find("CertificateResponse")
                assert status == 200
                assert found is not None
                certificate = Certificate.load(base64.b64decode(found.findtext("CertificateBody") or ""))
                assert certificate in expected
                assert found.findtext(field) == result.findtext(field) == str(holder)
                assert (
                    found.findtext("CertificateUsage")
                    == result.findtext("CertificateUsage")
                    == (certificate.use and certificate.use.name)
                )
                assert result.findtext("CertificateStatus") == "I"
                assert result.findtext("ManufacturingFlag") == ("true" if role is None else "false")
                assert result.findtext("CertificateRole") == (str(certificate.role_code) if role is not None else None)
        order = [
            "CertificateSerial",
            "CertificateSubjectName",
            "CertificateStatus",
            "CertificateRole",
            "CertificateUsage",
            "ManufacturingFlag",
        ]
        assert tags(results[0]) == order

    run(tmp_path, scene)


@pytest.mark.parametrize(
    ("service", "body", "key", "status"),
    [
        ("certificatesearch", search(CertificateSubjectAltName=str(METER)), "wrong", 401),
        ("certificatesearch", search(CertificateSubjectAltName=str(METER)), "", 401),
        ("certificatesearch", b"<CertificateSearchRequest>", KEYS["dcc"], 401),
        ("certificatesearch", b"", KEYS["dcc"], 401),
        ("certificatesearch", b"<Other/>", KEYS["dcc"], 401),
        ("certificatesearch", b"<!DOCTYPE a><CertificateSearchRequest/>", KEYS["dcc"], 401),
        ("certificatesearch", search(), KEYS["dcc"], 401),
        ("certificatesearch", search(CertificateSubjectAltName="x"), KEYS["dcc"], 401),
        ("certificatesearch", search(CertificateSubjectAltName=str(METER), CertificateUsage="XX"), KEYS["dcc"], 401),
        ("certificatesearch", search(CertificateSubjectAltName="00-00-00-00-00-00-00-00"), KEYS["dcc"], 402),
        ("retrievecertificate", render("CertificateDataRequest", [("CertificateSerial", "1")]), KEYS["dcc"], 402),
        ("retrievecertificate", render("CertificateDataRequest", [("CertificateSerial", "XY")]), KEYS["dcc"], 401),
        ("retrievecertificate", render("CertificateDataRequest", [("CertificateSerial", "")]), KEYS["dcc"], 401),
        ("retrievecertificate", render("CertificateDataRequest", []), "wrong", 401),
    ],
)
def test_a_question_without_an_answer_has_its_status(
    shared: Rig, run_shared: Callable[..., Any], service: str, body: bytes, key: str, status: int
) -> None:
    found, answer = run_shared(lambda: shared.post(f"/services/{service}", body, key))
    assert (found, answer.findtext("ResponseCode")) == (status, str(status))
    assert answer.findtext("AuditReference")


@pytest.fixture(scope="module")
def loop() -> Iterable[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture(scope="module")
def run_shared(loop: asyncio.AbstractEventLoop) -> Callable[..., Any]:
    return lambda ask: loop.run_until_complete(ask())


@pytest.fixture(scope="module")
def shared(loop: asyncio.AbstractEventLoop, tmp_path_factory: pytest.TempPathFactory) -> Iterable[Rig]:
    """A server for all the tests that leave nothing behind."""
    context = rig(tmp_path_factory.mktemp("shared") / "estate")
    around = loop.run_until_complete(context.__aenter__())
    loop.run_until_complete(around.start())
    yield around
    loop.run_until_complete(context.__aexit__(None, None, None))


@pytest.mark.parametrize(
    ("method", "path", "key", "size", "status"),
    [
        ("POST", "/services/certificatesearch", "dcc", 70_000, 413),
        ("POST", "/1.0/DeviceCSR", "supplier", 70_000, 413),
        ("POST", "/1.0/PortalCSRBatch/SubmitCSRBatch", "manufacturer", (1 << 26) + 1, 413),
        ("POST", "/1.0/DeviceCSR", None, 1, 401),
        ("POST", "/1.0/OrganisationCSR", None, 1, 401),
        ("POST", "/1.0/PortalCSRBatch/SubmitCSRBatch", None, 1, 401),
        ("GET", "/1.0/PortalCSRBatch/CSRBatchResult", None, 0, 401),
        ("POST", "/control/revoke", None, 1, 401),
        ("POST", "/control/revoke", "dcc", 1, 400),
        ("GET", "/services/certificatesearch", "dcc", 0, 405),
        ("POST", "/services/other", "dcc", 1, 404),
        ("GET", "/crl/0000000000000000.crl", "dcc", 0, 404),
        ("GET", "/crl/..%2f..%2fetc.crl", "dcc", 0, 404),
    ],
)
def test_what_is_refused_before_it_is_read(
    shared: Rig, run_shared: Callable[..., Any], method: str, path: str, key: str | None, size: int, status: int
) -> None:
    async def ask() -> int:
        parameters = {"apikey": KEYS[key]} if key else {}

        async def body() -> AsyncIterator[bytes]:
            for start in range(0, size, 1 << 16):
                yield b"x" * min(1 << 16, size - start)

        try:
            async with shared.session.request(
                method, shared.base[0] + path, params=parameters, data=body() if size else None
            ) as answer:
                return answer.status
        except ClientConnectionError:  # it may hang up while a body that is too large is under way
            return 413

    assert run_shared(ask) == status


def test_single_requests(tmp_path: Path) -> None:
    async def scene(around: Rig) -> None:
        path, name = "/1.0/DeviceCSR", "DeviceCertificateSigning"
        text = request()
        ask = render(f"{name}Request", [("Version", "1.0"), ("CertificateSigningRequest", text)], identifier="r1")
        status, answer = await around.post(path, ask)
        assert (status, answer.tag, answer.get("ID")) == (200, f"{name}Response", "r1")
        assert tags(answer) == ["Version", "Build", "TransactionId", "Status", "Certificate"]
        assert answer.findtext("Status") == "SUCCESS"
        made = Certificate.load(base64.b64decode(answer.findtext("Certificate") or ""))
        assert made.eui == METER
        for body, outcome, code in (
            (ask, "CSR_ERROR", "CR:CC0"),
            (b"<a/>", "FORMAT_ERROR", "FM:AA1"),
            (ask.replace(text.encode(), request(Eui64(bytes(8))).encode()), "UNKNOWN_DEVICE", "UD:DD1"),
            (ask.replace(text.encode(), b"AAAA"), "CSR_ERROR", "CR:CC2"),
        ):
            status, answer = await around.post(path, body)
            assert (status, answer.findtext("Status")) == (200, outcome)
            assert answer.findtext("Error/ErrorCode") == code
            assert answer.findtext("Error/ErrorText")
        namespaced = ask.replace(b"<DeviceCertificateSigningRequest", b'<DeviceCertificateSigningRequest xmlns="urn:x"')
        _, answer = await around.post(path, namespaced)
        assert answer.tag == f"{{urn:x}}{name}Response"

        key = ec.generate_private_key(ec.SECP256R1())
        subject = building.organisation_subject(SUPPLIER, RemotePartyRole.XML_SIGN, None)
        der = building.build_request(key, subject=subject, device=None, use=KeyUse.DS)
        ask = render(
            "OrganisationCertificateSigningRequest",
            [("Version", "1.0"), ("CertificateSigningRequest", base64.b64encode(der).decode())],
        )
        _, answer = await around.post("/1.0/OrganisationCSR", ask, KEYS["networkOperator"])
        assert answer.findtext("Status") == "INELIGIBLE"
        _, answer = await around.post("/1.0/OrganisationCSR", ask)
        assert answer.findtext("Status") == "SUCCESS"
        made = Certificate.load(base64.b64decode(answer.findtext("Certificate") or ""))
        assert (made.role, made.public_key) == (RemotePartyRole.XML_SIGN, key.public_key())

    run(tmp_path, scene)


def _batch(count: int, names: str = "c{}") -> bytes:
    root = etree.Element("SubmitCSRBatch", ID="b")
    etree.SubElement(root, "Version").text = "1.0"
    for number in range(count):
        etree.SubElement(root, "DeviceCSR", ID=names.format(number)).text = request(
            Eui64((0x5EEF20000000 + number).to_bytes(8, "big"))
        )
    return etree.tostring(root)


def test_batches(tmp_path: Path) -> None:
    async def scene(around: Rig) -> None:
        path = "/1.0/PortalCSRBatch/SubmitCSRBatch"
        status, answer = await around.post(path, _batch(45), KEYS["manufacturer"])
        assert (status, tags(answer)) == (200, ["Version", "Build", "BatchStatus", "BatchId"])
        assert answer.findtext("BatchStatus") == "PENDING"
        number = answer.findtext("BatchId") or ""
        result = await around.result(number)
        assert result.findtext("BatchStatus") == "COMPLETED"
        items = result.findall("DeviceCertificate")
        assert [item.get("ID") for item in items] == [f"c{number}" for number in range(45)]
        assert {item.findtext("Status") for item in items} == {"SUCCESS"}
        made = Certificate.load(base64.b64decode(items[3].findtext("Certificate") or ""))
        assert made.eui == Eui64((0x5EEF20000003).to_bytes(8, "big"))
        nested = _batch(1).replace(b'ID="c0">', b'ID="c0"><Version>1.0</Version><CertificateSigningRequest>')
        nested = nested.replace(b"</DeviceCSR>", b"</CertificateSigningRequest></DeviceCSR>")
        _, answer = await around.post(path, nested, KEYS["manufacturer"])
        assert (await around.result(answer.findtext("BatchId") or "")).findtext("DeviceCertificate/Status") == "SUCCESS"
        for body, code in (
            (b"<", "FM:AA1"),
            (_batch(0), "FM:AA1"),
            (_batch(2, "same"), "FM:AA1"),
            (_batch(1, ""), "FM:AA1"),
        ):
            _, answer = await around.post(path, body, KEYS["manufacturer"])
            assert answer.findtext("BatchStatus") == "FORMAT_ERROR"
            assert answer.findtext("Error/ErrorCode") == code
        for text in (number, "999", "x", ""):
            key = KEYS["supplier"] if text == number else KEYS["manufacturer"]
            _, octets = await around.get("/1.0/PortalCSRBatch/CSRBatchResult", BatchId=text, apikey=key)
            assert etree.fromstring(octets).findtext("Error/ErrorCode") == "FM:AA3"

    run(tmp_path, scene)


def test_revocation_by_the_control_plane(tmp_path: Path) -> None:
    async def scene(around: Rig) -> None:
        issuing = around.authority.organisation_ca.certificate
        identifier = (issuing.subject_key_identifier or b"").hex()
        certificate = around.estate.find(SUPPLIER, KeyUse.DS, role=RemotePartyRole.XML_SIGN).certificate

        async def control(path: str, key: str, **fields: object) -> int:
            where = around.base[0] + f"/control/{path}"
            async with around.session.post(where, params={"apikey": KEYS[key]}, json=fields) as answer:
                return answer.status

        async def listed() -> RevocationList:
            status, octets = await around.get(f"/crl/{identifier}.crl")
            assert status == 200
            found = RevocationList.load(octets)
            assert found.is_of(issuing)
            return found

        serial = f"{certificate.serial:X}"
        assert not (await listed()).revocations
        assert await control("revoke", "networkOperator", serial=serial) == 403
        assert await control("revoke", "supplier", serial=serial, reason="bored") == 409
        assert await control("revoke", "supplier", serial="12") == 404
        assert await control("revoke", "supplier", serial=serial, reason="certificateHold") == 200
        assert set((await listed()).revocations) == {certificate.serial}
        assert await control("revoke", "dcc", serial=serial, reinstate=True) == 200
        assert not (await listed()).revocations
        assert await control("revoke", "dcc", serial=serial) == 200
        _, answer = await around.post("/services/certificatesearch", search(CertificateSubjectName=str(SUPPLIER)))
        letters = {
            item.findtext("CertificateSerial"): item.findtext("CertificateStatus") for item in answer.findall("Result")
        }
        assert letters[f"{certificate.serial:032X}"] == "R"
        device = around.estate.find(METER, KeyUse.DS).certificate
        assert await control("revoke", "dcc", serial=f"{device.serial:x}") == 409
        assert await control("status", "dcc", serial=f"{device.serial:x}", status="N") == 200
        assert await control("status", "dcc", serial=f"{device.serial:x}", status="R") == 409
        status, octets = await around.get(f"/ca/{identifier}.cer")
        assert (status, Certificate.load(octets)) == (200, issuing)

    run(tmp_path, scene)


def test_a_killed_server_forgets_nothing(tmp_path: Path) -> None:
    async def scene() -> None:
        async with rig(tmp_path / "estate") as around:
            process = await around.start()
            ask = render(
                "DeviceCertificateSigningRequest", [("Version", "1.0"), ("CertificateSigningRequest", request())]
            )
            _, answer = await around.post("/1.0/DeviceCSR", ask)
            single = Certificate.load(base64.b64decode(answer.findtext("Certificate") or ""))
            _, answer = await around.post("/1.0/PortalCSRBatch/SubmitCSRBatch", _batch(1000), KEYS["manufacturer"])
            number = answer.findtext("BatchId") or ""
            process.kill()
            assert await process.wait() == -signal.SIGKILL
            with Repository(around.folder / REPOSITORY) as left:
                done = sum(item.status is not None for item in left.items(int(number)))
                assert left.find(NOW, serial=single.serial)
            assert done < 1000  # it was killed in the middle of it

            process = await around.start()
            result = await around.result(number)
            items = result.findall("DeviceCertificate")
            assert [item.findtext("Status") for item in items] == ["SUCCESS"] * 1000, etree.tostring(result)
            made = [Certificate.load(base64.b64decode(item.findtext("Certificate") or "")) for item in items]
            with Repository(around.folder / REPOSITORY) as left:
                # None was issued twice, and every one that was answered is there.
                held = [lodged.certificate for lodged in left.find(NOW) if lodged.party == "manufacturer"]
            assert sorted(certificate.serial for certificate in held) == sorted(item.serial for item in made)
            await ends_well(process)

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--authority", "nowhere"), 1),
        (("--registry", "nowhere"), 1),
        (("--registry", __file__), 2),
        (("--host", "203.0.113.1"), 1),
        (("--clock", "noon"), 64),
    ],
)
def test_exit_status(tmp_path: Path, arguments: tuple[str, ...], status: int) -> None:
    make(tmp_path / "estate")
    done = run_text(main, "serve", "--authority", tmp_path / "estate", "--port", "0", *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert "smki" in done.stderr
