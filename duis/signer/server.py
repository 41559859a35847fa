"""The signing service over HTTP: JSON in, JSON out.

The contract is that of the service which this one replaces: ``POST /sign`` with ``{"message": base64}`` and optionally
``"preserveCounter"``, and ``POST /verify`` with ``{"message": base64}``, both answered by ``{"message": base64}``. What
cannot be done is status 400 with ``{"error": text, "errorCode": name}``; another method is 405, another path 404.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from aiohttp import web

from duis.errors import DocumentError, DuisError, SignatureError
from duis.markup import MAX_OCTETS
from duis.signature import Verifier
from duis.signer.core import SigningTool, verified
from gbcs.errors import GbcsError, MissingKeyError

_log = logging.getLogger(__name__)

DEFAULT_PORT = 8080
_SHUTDOWN_TIMEOUT = 1.0
#: The names that clients know, by what went wrong.
_ERROR_CODES: tuple[tuple[type[Exception], str], ...] = (
    (MissingKeyError, "KeyException"),
    (SignatureError, "SignatureException"),
    (DocumentError, "SAXParseException"),
    (DuisError, "SignatureException"),
    (GbcsError, "CertificateException"),
)
_BAD_REQUEST = "IllegalArgumentException"


class Service(NamedTuple):
    """What the server offers.

    Attributes:
        tool: signs.
        verifier: verifies.
        clock: tells the time (timezone-aware) at which certificates have to be valid.
        unsigned: acknowledgements without a signature are let through by ``/verify``, as clients are used to.
    """

    tool: SigningTool
    verifier: Verifier
    clock: Callable[[], datetime]
    unsigned: bool = True

    def sign(self, message: bytes, fields: dict[str, Any]) -> bytes:
        """The answer to ``/sign``."""
        preserve = fields.get("preserveCounter", False)
        if preserve not in (True, False, "true", "false"):
            raise ValueError("preserveCounter is neither true nor false")
        return self.tool.sign(message, preserve_counter=preserve in (True, "true"))

    def verify(self, message: bytes, fields: dict[str, Any]) -> bytes:  # noqa: ARG002 - none is looked at
        """The answer to ``/verify``."""
        content, notes, _ = verified(self.verifier, message, self.clock(), unsigned=self.unsigned)
        for note in notes:
            _log.info("verify: %s", note)
        return content


@asynccontextmanager
async def serving(service: Service, host: str, port: int) -> AsyncIterator[tuple[str, int]]:
    """Serves inside the context, which is given the address that was bound; port 0 is any that is free.

    Raises:
        OSError: the address cannot be bound.
    """
    # Base64 takes a third more, and the other fields are short.
    application = web.Application(client_max_size=MAX_OCTETS * 4 // 3 + 1024, middlewares=[_as_json])
    application.router.add_post("/sign", partial(_handle, service.sign))
    application.router.add_post("/verify", partial(_handle, service.verify))
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_SHUTDOWN_TIMEOUT)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][:2]
    finally:
        await runner.cleanup()


async def _handle(answer: Callable[[bytes, dict[str, Any]], bytes], request: web.Request) -> web.Response:
    try:
        fields = json.loads(await request.read())
        message = base64.b64decode(fields["message"], validate=True)
    except (KeyError, RecursionError, TypeError, ValueError):
        return _failure(_BAD_REQUEST, 'a JSON object with a "message" in base64 wanted')
    try:
        content = answer(message, fields)
    except ValueError as error:
        return _failure(_BAD_REQUEST, str(error))
    except (DuisError, GbcsError) as error:
        _log.warning("%s: %s", request.path, error)
        return _failure(next(code for kind, code in _ERROR_CODES if isinstance(error, kind)), str(error))
    return web.json_response({"message": base64.b64encode(content).decode()})


def _failure(code: str, text: str) -> web.Response:
    return web.json_response({"error": text, "errorCode": code}, status=400)


@web.middleware
async def _as_json(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Errors of the server itself as clients expect them."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        texts = {404: "Not found", 405: "Method not allowed", 413: "Message too large"}
        return web.json_response({"error": texts.get(error.status, error.reason)}, status=error.status)
