"""The signing service over a real socket, as its clients use it."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import ClientSession

from duis.document import Response, parse
from duis.errors import DuisError
from duis.signature import STRICT, Verifier, sign, verify
from duis.signer.core import KeystoreSignatories, SigningTool
from duis.signer.server import Service, serving
from gbcs.errors import MissingKeyError
from gbcs.security.ecc import SoftwareSigner
from smki.keystore import Keystore
from tests.duis.conftest import NOW, REQUEST, USER

MILLISECONDS = 1_700_000_000_000


def tool_of(keys: Keystore) -> SigningTool:
    return SigningTool(KeystoreSignatories(keys), lambda: MILLISECONDS)


@asynccontextmanager
async def served(keys, unsigned=True, at=NOW):
    service = Service(tool_of(keys), Verifier.of(keys), lambda: at, unsigned)
    async with serving(service, "127.0.0.1", 0) as (host, port), ClientSession(f"http://{host}:{port}") as session:
        yield session


def encoded(document) -> str:
    return base64.b64encode(document if isinstance(document, bytes) else document.encode()).decode()


async def post(session, path, fields):
    body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    async with session.post(path, data=body) as answer:
        return answer.status, await answer.json()


def test_sign_and_verify(estate):
    async def scene():
        async with served(estate.keys) as session:
            status, answer = await post(session, "/sign", {"message": encoded(REQUEST)})
            assert (status, list(answer)) == (200, ["message"])
            document = base64.b64decode(answer["message"])
            assert parse(document).request_id.counter == MILLISECONDS
            assert await post(session, "/verify", answer) == (
                200,
                {"message": encoded(verify(document, estate.keys, STRICT, NOW).content)},
            )

    asyncio.run(scene())


@pytest.mark.parametrize(("preserve", "kept"), [(True, True), ("true", True), (False, False), ("false", False)])
def test_the_counter_is_kept_on_demand(estate, preserve, kept):
    async def scene():
        async with served(estate.keys) as session:
            fields = {"message": encoded(REQUEST), "preserveCounter": preserve}
            _, answer = await post(session, "/sign", fields)
            assert (parse(base64.b64decode(answer["message"])).request_id.counter == 1000) is kept

    asyncio.run(scene())


def test_what_cannot_be_done_is_told_by_the_names_that_clients_know(estate):
    signed = sign(REQUEST.encode(), SoftwareSigner(estate.user.private_key), estate.user.certificate)
    stranger = REQUEST.replace("90-B3-D5-1F-30-01-00-00", "90-B3-D5-1F-30-09-00-00")
    cases = (
        ("/sign", {"message": encoded(stranger)}, "KeyException"),
        ("/sign", {"message": encoded("<x/>")}, "SAXParseException"),
        ("/sign", {"message": encoded(REQUEST.replace("Hello", "é"))}, "SAXParseException"),
        ("/sign", {"message": encoded("<!DOCTYPE x []>" + REQUEST)}, "SAXParseException"),
        ("/sign", {"message": encoded(REQUEST), "preserveCounter": "maybe"}, "IllegalArgumentException"),
        ("/sign", {"message": encoded(REQUEST), "preserveCounter": []}, "IllegalArgumentException"),
        ("/verify", {"message": encoded(REQUEST)}, "SignatureException"),
        ("/verify", {"message": encoded(signed.replace(b"Hello", b"Howdy"))}, "SignatureException"),
        ("/verify", {"message": encoded(signed.replace(b"CN=O1", b"CN=O2"))}, "KeyException"),
        ("/verify", {"message": "!"}, "IllegalArgumentException"),
        ("/verify", {"message": 5}, "IllegalArgumentException"),
        ("/verify", {}, "IllegalArgumentException"),
        ("/verify", ["message"], "IllegalArgumentException"),
        ("/verify", b"not json", "IllegalArgumentException"),
        ("/verify", b"[" * 100_000, "IllegalArgumentException"),
        ("/verify", b"\xff", "IllegalArgumentException"),
    )

    async def scene():
        async with served(estate.keys) as session:
            for path, fields, code in cases:
                status, answer = await post(session, path, fields)
                assert (status, answer["errorCode"]) == (400, code), (path, fields)
                assert answer["error"]
            async with session.get("/sign") as answer:
                assert (answer.status, await answer.json()) == (405, {"error": "Method not allowed"})
            for path in ("/signzz", "/", "/sign/", "/Sign"):
                status, answer = await post(session, path, {})
                assert (status, answer) == (404, {"error": "Not found"})

    asyncio.run(scene())


def test_acknowledgements_without_a_signature_pass_unless_told_otherwise(estate):
    acknowledgement = {"message": encoded(Response("I99", NOW, "3.1").to_xml())}
    with_payload = {"message": encoded(Response("I0", NOW, "3.1", {"GBCSPayload": b"\xdf"}).to_xml())}

    async def scene():
        async with served(estate.keys) as session:
            status, answer = await post(session, "/verify", acknowledgement)
            assert (status, parse(base64.b64decode(answer["message"])).response_code) == (200, "I99")
            assert (await post(session, "/verify", with_payload))[0] == 400
        async with served(estate.keys, unsigned=False) as session:
            assert (await post(session, "/verify", acknowledgement))[0] == 400

    asyncio.run(scene())


def test_certificates_have_to_be_valid_at_the_time_of_the_service(estate):
    signed = sign(REQUEST.encode(), SoftwareSigner(estate.user.private_key), estate.user.certificate)

    async def scene():
        async with served(estate.keys, at=NOW + timedelta(days=36500)) as session:
            status, answer = await post(session, "/verify", {"message": encoded(signed)})
            assert (status, answer["errorCode"]) == (400, "SignatureException")
            assert "expired" in answer["error"]

    asyncio.run(scene())


def test_the_tool_signs_many_and_tells_which_it_could_not(estate):
    documents = [
        REQUEST.encode(),
        b"<x/>",
        REQUEST.replace("30-01", "30-09").encode(),
        Response("I99", NOW, "3.1").to_xml(),
    ]
    documents.append(REQUEST.replace(' schemaVersion="', ' xmlns:a="relative" schemaVersion="').encode())
    documents.append(REQUEST.encode())
    first, no_document, no_key, response, no_form, last = tool_of(estate.keys).sign_many(documents)
    assert isinstance(no_document, DuisError)
    assert isinstance(no_key, MissingKeyError)
    assert isinstance(no_form, DuisError)
    counters = [parse(document).request_id.counter for document in (first, last)]
    assert MILLISECONDS <= counters[0] < counters[1]
    assert verify(response, estate.keys, STRICT, NOW)
    with pytest.raises(MissingKeyError):
        tool_of(Keystore()).sign(Response("I99", NOW, "3.1").to_xml())


def test_as_a_process(estate, tmp_path):
    estate.keys.save(tmp_path)
    command = [
        sys.executable,
        "-m",
        "duis",
        "signer",
        "serve",
        "--keystore",
        tmp_path,
        "--port",
        "0",
        "--at",
        "2024-05-02",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            host, port = json.loads(process.stdout.readline())["signer"]

            async def scene():
                async with ClientSession(f"http://{host}:{port}") as session:
                    _, answer = await post(session, "/sign", {"message": encoded(REQUEST)})
                    status, answer = await post(session, "/verify", answer)
                    assert (status, parse(base64.b64decode(answer["message"])).request_id.originator) == (200, USER)

            asyncio.run(scene())
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
