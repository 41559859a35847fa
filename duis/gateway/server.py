"""The gateway on sockets: web services for users, links to hubs, Responses posted to users (DUIS web services)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from duis.errors import DocumentError
from duis.gateway.core import Gateway, Post
from duis.gateway.inventory import Address
from duis.gateway.wan import Link
from duis.markup import MAX_OCTETS
from duis.services import Endpoint

_log = logging.getLogger(__name__)

#: How often a Response is posted before it is given up, the seconds until the second attempt, doubled with every
#: further one, and the seconds that a user's service may take to answer.
DELIVERY_ATTEMPTS, FIRST_RETRY, DELIVERY_TIMEOUT = 9, 0.5, 10.0
#: Seconds that a request under way may take when the server ends.
_SHUTDOWN_TIMEOUT = 1.0
_XML = "application/xml"


@asynccontextmanager
async def serving(
    gateway: Gateway, hubs: Iterable[Address], clock: Callable[[], datetime], host: str, port: int
) -> AsyncIterator[tuple[str, int]]:
    """Serves inside the context, which is given the address that was bound.

    Args:
        gateway: does the work.
        hubs: to connect to.
        clock: tells the time (timezone-aware).
        host: of the web services.
        port: of the web services; 0 is any that is free.

    Raises:
        OSError: the address cannot be bound.
    """
    async with ClientSession(timeout=ClientTimeout(total=DELIVERY_TIMEOUT)) as session:
        server = _Server(gateway, hubs, clock, session)
        runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=_SHUTDOWN_TIMEOUT)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            server.start()
            yield runner.addresses[0][:2]
        finally:
            await runner.cleanup()
            await server.stop()


class _Server:
    def __init__(
        self, gateway: Gateway, hubs: Iterable[Address], clock: Callable[[], datetime], session: ClientSession
    ) -> None:
        self._gateway = gateway
        self._clock = clock
        self._session = session
        self._links = {hub: Link(hub, gateway.release, self._receive) for hub in hubs}
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def application(self) -> web.Application:
        application = web.Application(client_max_size=MAX_OCTETS)
        for endpoint in Endpoint:
            application.router.add_post(f"/api/v1/{endpoint}", partial(self._handle, endpoint))
        return application

    def start(self) -> None:
        for link in self._links.values():
            self._spawn(link.run())
        self._post(self._gateway.undelivered())

    async def stop(self) -> None:
        if self._timer:
            self._timer.cancel()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _handle(self, endpoint: Endpoint, request: web.Request) -> web.Response:
        if request.content_type != _XML:
            raise web.HTTPUnsupportedMediaType(text=f"{_XML} wanted\n")
        document = await request.read()
        try:
            answer = self._gateway.request(document, endpoint, self._clock())
        except DocumentError as error:
            _log.warning("no request at %s: %s", endpoint, error)
            raise web.HTTPBadRequest(text=f"{error}\n") from None
        for send in answer.sends:
            self._links[send.hub].send(send)
        self._set_timer()
        return web.Response(body=answer.document, content_type=_XML)

    def _receive(self, octets: bytes) -> None:
        self._post(self._gateway.receive(octets, self._clock()))

    def _wake(self) -> None:
        self._post(self._gateway.wake(self._clock()))

    def _post(self, posts: Iterable[Post]) -> None:
        for post in posts:
            self._spawn(self._deliver(post))
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
        wake = self._gateway.next_wake()
        if wake:
            delay = (wake - self._clock()).total_seconds()
            self._timer = asyncio.get_running_loop().call_later(max(0.0, delay), self._wake)

    async def _deliver(self, post: Post) -> None:
        for attempt in range(DELIVERY_ATTEMPTS):
            if attempt:
                await asyncio.sleep(FIRST_RETRY * 2 ** (attempt - 1))
            if await self._is_delivered(post):
                self._gateway.delivered(post)
                return
        _log.error("%s: given up until the next start", post.url)

    async def _is_delivered(self, post: Post) -> bool:
        try:
            async with self._session.post(post.url, data=post.document, headers={"Content-Type": _XML}) as answer:
                if 200 <= answer.status < 300:
                    return True
                _log.warning("%s: status %d", post.url, answer.status)
        except (ClientError, TimeoutError) as error:
            _log.warning("%s: %s", post.url, error or "no answer in time")
        return False

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
