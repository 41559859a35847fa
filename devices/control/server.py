"""The control plane on a socket (aiohttp), as its table of routes says."""

from __future__ import annotations

import asyncio
import hmac
import inspect
import ipaddress
import json
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeAlias

from aiohttp import web
from aiohttp.http import HttpProcessingError
from aiohttp.typedefs import Handler

from devices.control.messages import to_json
from devices.control.openapi import PROBLEM_JSON, document
from devices.control.operations import Request, wanted_device
from devices.control.plane import ControlPlane
from devices.control.problem import Problem
from devices.control.routes import JSON, ROUTES, Route
from devices.control.schema import Json, fault
from devices.errors import DeviceError, StoreError

_log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
_SHUTDOWN_TIMEOUT = 1.0
#: Seconds after which a silent stream says that it is alive.
_HEARTBEAT = 15.0
#: A name or address, and a port.
_HOST = re.compile(r"(\[[^\]]*\]|[^:]*)(?::\d{1,5})?")
_OF_STATUS = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "unsupported-media-type"}

_Answer: TypeAlias = Callable[[Route, Request, web.Request], Awaitable[web.StreamResponse]]


class TokenWanted(DeviceError):
    """An address that others can reach, and no token to keep them off."""


_SERVER_LOG = logging.getLogger("aiohttp.server")


def _in_one_line(record: logging.LogRecord) -> bool:
    """A request that is no HTTP is the peer's mistake: a line tells of it, and no traceback."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.args, record.exc_info = "not a request: %s", (" ".join(error.message.split()),), None
    return True


@asynccontextmanager
async def serving(
    plane: ControlPlane, host: str = LOOPBACK, port: int = 0, token: str | None = None
) -> AsyncIterator[tuple[str, int]]:
    """Serves inside the context, which is given the address that was bound.

    Args:
        plane: does the work.
        host: name or address.
        port: 0 is any that is free.
        token: what requests have to carry as ``Authorization: Bearer``; needed off loopback.

    Raises:
        TokenWanted: an address off loopback, and no token.
        OSError: the address cannot be bound.
    """
    if token is None and not is_loopback(host):
        raise TokenWanted(f"{host} is not loopback: the control plane wants a token there")
    server = _Server(plane, token)
    _SERVER_LOG.addFilter(_in_one_line)
    runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=_SHUTDOWN_TIMEOUT)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][:2]
    finally:
        await runner.cleanup()


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine can reach an address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class _Server:
    def __init__(self, plane: ControlPlane, token: str | None) -> None:
        self._plane = plane
        self._token = None if token is None else token.encode()
        self._is_ending = False
        self._streams: set[asyncio.Event] = set()

    def application(self) -> web.Application:
        application = web.Application(middlewares=[_as_problem])
        special = {"getDocument": self._document, "streamMessages": self._stream}
        for route in ROUTES:
            answer = special.get(route.name, self._answer)
            application.router.add_route(route.method, route.path, partial(self._handle, route, answer))
        application.on_shutdown.append(self._end)
        return application

    async def _end(self, application: web.Application) -> None:
        del application
        self._is_ending = True
        for woken in self._streams:
            woken.set()

    async def _handle(self, route: Route, answer: _Answer, request: web.Request) -> web.StreamResponse:
        if not route.is_open:
            self._admit(request)
        return await answer(route, await _read(route, request), request)

    def _admit(self, request: web.Request) -> None:
        if self._token is None:
            # Pages in a browser of this machine reach loopback as well; they say where they are from.
            named = _HOST.fullmatch(request.headers.get("Host", ""))
            if "Origin" in request.headers or not (named and is_loopback(named[1])):
                raise Problem("forbidden", "a request of a web page, or to another host's name")
            return
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        is_right = hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), self._token)
        if not is_right or scheme.lower() != "bearer":
            raise Problem("unauthorised", "Authorization: Bearer with the token wanted")

    async def _answer(self, route: Route, taken: Request, request: web.Request) -> web.StreamResponse:
        del request
        result: Json = route.does(self._plane, taken) if route.does else None
        if inspect.isawaitable(result):
            result = await result
        if route.answer is None:
            return web.Response(status=204)
        body = _dumped(result) if route.media == JSON else result.encode()
        return web.Response(body=body, headers={"Content-Type": route.media})

    async def _document(self, route: Route, taken: Request, request: web.Request) -> web.StreamResponse:
        del route, taken, request
        return web.Response(body=_dumped(document()), headers={"Content-Type": JSON})

    async def _stream(self, route: Route, taken: Request, request: web.Request) -> web.StreamResponse:
        messages, device = self._plane.messages, wanted_device(self._plane, taken)
        last = request.headers.get("Last-Event-ID", "")
        following = int(last) + 1 if last.isascii() and last.isdigit() and len(last) < 19 else messages.following
        response = web.StreamResponse(headers={"Content-Type": route.media, "Cache-Control": "no-store"})
        woken = asyncio.Event()
        self._streams.add(woken)
        messages.listeners.add(woken.set)
        try:
            await response.prepare(request)
            await response.write(b": open\n\n")
            while not self._is_ending:
                woken.clear()
                reading = messages.read(following, device)
                following = reading.following
                if reading.lost:
                    await response.write(_event("lost", {"lost": reading.lost}))
                for seen in reading.messages:
                    await response.write(_event("message", to_json(seen), seen.number))
                try:
                    await asyncio.wait_for(woken.wait(), _HEARTBEAT)
                except TimeoutError:
                    await response.write(b": alive\n\n")
        except ConnectionError:
            pass  # the reader has gone
        finally:
            messages.listeners.discard(woken.set)
            self._streams.discard(woken)
        return response


async def _read(route: Route, request: web.Request) -> Request:
    return Request(request.match_info, _query(route, request), await _body(route, request))


def _query(route: Route, request: web.Request) -> dict[str, Json]:
    values: dict[str, Json] = {}
    for name, text in request.query.items():
        where = f"query.{name}"
        if name not in route.query or name in values:
            told = "given twice" if name in values else f"unknown; there is {', '.join(route.query) or 'none'}"
            raise Problem("bad-request", told, where)
        schema = route.query[name]
        is_number = schema["type"] == "integer" and text.isascii() and text.isdigit() and len(text) < 19
        values[name] = int(text) if is_number else text
        if found := fault(schema, values[name], where):
            raise Problem("bad-request", found[1], found[0])
    return values


async def _body(route: Route, request: web.Request) -> Json:
    if route.body is None:
        return None
    octets = bytearray()
    async for part in request.content.iter_any():
        octets += part
        if len(octets) > route.limit:
            raise Problem("too-large", f"more than {route.limit} octets", "body")
    if not octets:
        value: Json = {}
    elif request.content_type != JSON:
        raise Problem("unsupported-media-type", f"{JSON} wanted", "body")
    else:
        try:
            value = json.loads(octets)
        except (RecursionError, ValueError) as error:
            raise Problem("bad-request", f"no JSON: {error}", "body") from None
    if found := fault(route.body, value, "body"):
        raise Problem("bad-request", found[1], found[0])
    return value


@web.middleware
async def _as_problem(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Says in the one form what keeps a request from being carried out."""
    headers: dict[str, str] = {}
    try:
        return await handler(request)
    except Problem as error:
        problem = error
    except StoreError as error:
        _log.error("%s %s: %s", request.method, request.path, error)
        problem = Problem("unavailable", "the state could not be written")
    except web.HTTPException as error:
        problem = Problem(_OF_STATUS.get(error.status, "bad-request"), error.reason)
        headers = {name: value for name, value in error.headers.items() if name == "Allow"}
    except Exception:
        _log.exception("%s %s", request.method, request.path)
        problem = Problem("internal", "the process's log says more")
    if problem.kind == "unauthorised":
        headers["WWW-Authenticate"] = "Bearer"
    headers["Content-Type"] = PROBLEM_JSON
    return web.Response(status=problem.status, body=_dumped(problem.to_json()), headers=headers)


def _dumped(value: Json) -> bytes:
    return json.dumps(value, allow_nan=False).encode()


def _event(name: str, data: Json, number: int | None = None) -> bytes:
    identifier = "" if number is None else f"id: {number}\n"
    return f"{identifier}event: {name}\ndata: {json.dumps(data)}\n\n".encode()
