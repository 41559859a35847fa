"""The supplier's side: requests signed and posted, asynchronous responses received and checked."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from aiohttp import ClientSession, web

from devices.errors import DeviceError
from duis.document import Request, Response, parse
from duis.identifiers import RequestID
from duis.services import COMMAND_VARIANTS
from duis.signature import STRICT, sign, verify
from smki.keystore import Keystore

_ANSWERED_WITHIN = 10.0


class User:
    """A DCC user with its receive service on a free loopback port.

    Attributes:
        receive_url: where the DCC shall post asynchronous responses.
    """

    def __init__(self, keystore: Keystore) -> None:
        self._keystore = keystore
        self._runner: web.AppRunner | None = None
        self._waiting: dict[RequestID, asyncio.Future[Response]] = {}
        self.receive_url = ""

    async def __aenter__(self) -> User:
        self._http = ClientSession()
        application = web.Application()
        application.router.add_post("/", self._receive)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.receive_url = f"http://{host}:{port}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()
        if self._runner:
            await self._runner.cleanup()

    def sign(self, request: Request) -> bytes:
        """The request as a document signed with the user's xmlSign key."""
        return sign(request.to_xml(), *self._keystore.xml_signer(request.request_id.originator))

    async def post(self, base: str, request: Request, document: bytes) -> Response:
        """Posts a signed request to the web service of its command variant; returns the DCC's verified answer."""
        self._waiting.setdefault(request.request_id, asyncio.get_running_loop().create_future())
        url = f"{base}/{COMMAND_VARIANTS[request.command_variant].endpoint}"
        async with self._http.post(url, data=document, headers={"Content-Type": "application/xml"}) as answer:
            body = await answer.read()
            if answer.status != 200:
                raise DeviceError(f"the DCC answers HTTP {answer.status}: {body.decode(errors='replace')}")
        return self._verified(body)

    async def response(self, request: Request) -> Response:
        """The asynchronous response to a request that was accepted."""
        return await asyncio.wait_for(self._waiting[request.request_id], _ANSWERED_WITHIN)

    async def _receive(self, posted: web.Request) -> web.Response:
        response = self._verified(await posted.read())
        waiting = self._waiting.get(response.request_id) if response.request_id else None
        if waiting and not waiting.done():
            waiting.set_result(response)
        return web.Response(status=204)

    def _verified(self, document: bytes) -> Response:
        verified = verify(document, self._keystore, STRICT, datetime.now(UTC))
        response = parse(verified.content)
        if not isinstance(response, Response):
            raise DeviceError("a Request where a Response belongs")
        return response
