"""The services on sockets (aiohttp): certificate search and retrieval, certification requests, revocation lists.

Every request carries the API key of a party, as ``?apikey=``; revocation lists and authorities are for everybody.
"""

from __future__ import annotations

import asyncio
import binascii
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

from aiohttp import web
from aiohttp.typedefs import Handler

from smki import status
from smki.authority import TestAuthority
from smki.errors import SmkiError
from smki.registration import Party, Registry
from smki.repository import CertificateStatus, Lodged, Repository
from smki.revocation import Reason
from smki.services import documents
from smki.services.certification import (
    BAD_XML,
    UNKNOWN_BATCH,
    BatchResult,
    CertificationService,
    Limits,
    ServiceError,
)
from smki.services.documents import Document, DocumentError

_log = logging.getLogger(__name__)

#: The key that the public client of DCC Boxed sends; it reads, and does nothing else.
BOXED_CLIENT_KEY = "u3bg9gt38htd0j2"
_XML = "application/xml"
#: Octets of a body: a search, one request, and a batch of 50,000.
_SMALL, _LARGE = 1 << 16, 1 << 26
#: Requests of a batch that are answered before others have their turn, and the seconds until a closed window is tried.
_SLICE, _PAUSE = 10, 1.0
_SHUTDOWN_TIMEOUT = 1.0
#: What a search is told (certificate search interface): nothing found, and a question that is none.
_NOTHING_FOUND, _INVALID = 402, 401


@asynccontextmanager
async def serving(
    authority: TestAuthority,
    repository: Repository,
    registry: Registry,
    clock: Callable[[], datetime],
    host: str,
    port: int,
    limits: Limits,
    search_keys: Iterable[str] = (BOXED_CLIENT_KEY,),
) -> AsyncIterator[tuple[str, int]]:
    """Serves inside the context, which is given the address that was bound.

    Args:
        authority: issues.
        repository: keeps.
        registry: the parties and their API keys.
        clock: tells the time (timezone-aware).
        host: of the web services.
        port: of the web services; 0 is any that is free.
        limits: how much, how often and when.
        search_keys: API keys, besides those of the parties, that may search.

    Raises:
        OSError: the address cannot be bound.
    """
    server = _Server(authority, repository, registry, clock, limits, frozenset(search_keys))
    runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=_SHUTDOWN_TIMEOUT)
    await runner.setup()
    worker = asyncio.create_task(server.work())
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][:2]
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
        await runner.cleanup()


class _Server:
    def __init__(
        self,
        authority: TestAuthority,
        repository: Repository,
        registry: Registry,
        clock: Callable[[], datetime],
        limits: Limits,
        search_keys: frozenset[str],
    ) -> None:
        self._authority = authority
        self._repository = repository
        self._registry = registry
        self._clock = clock
        self._search_keys = search_keys
        self._service = CertificationService(authority, repository, limits)
        self._submitted = asyncio.Event()

    def application(self) -> web.Application:
        application = web.Application(client_max_size=_LARGE, middlewares=[_unavailable])
        application.add_routes(
            [
                web.post("/services/certificatesearch", self._search),
                web.post("/services/retrievecertificate", self._retrieve),
                web.post("/1.0/DeviceCSR", partial(self._single, "Device")),
                web.post("/1.0/OrganisationCSR", partial(self._single, "Organisation")),
                web.post("/1.0/PortalCSRBatch/SubmitCSRBatch", self._submit),
                web.get("/1.0/PortalCSRBatch/CSRBatchResult", self._result),
                web.post("/control/revoke", self._revoke),
                web.post("/control/status", self._set_status),
                web.get("/crl/{identifier:[0-9a-f]{16}}.crl", self._list),
                web.get("/ca/{identifier:[0-9a-f]{16}}.cer", self._issuer),
            ]
        )
        return application

    async def work(self) -> None:
        """Does what batches ask for, also those that a former process has left."""
        while True:
            try:
                if self._service.work(self._registry.parties.values(), self._clock(), _SLICE):
                    await asyncio.sleep(0)
                    continue
            except SmkiError as error:
                _log.error("batches have to wait: %s", error)
            self._submitted.clear()
            try:
                await asyncio.wait_for(self._submitted.wait(), _PAUSE)
            except TimeoutError:
                continue

    async def _search(self, request: web.Request) -> web.Response:
        name, now = "CertificateSearch", self._clock()
        reader = self._reader(request)
        if reader is None:
            return self._refusal(name, "wrong API key", "unknown", now)
        try:
            document = documents.parse(await _body(request, _SMALL), f"{name}Request")
            kind, eui = documents.holder(document)
            use = documents.asked_use(document)
        except DocumentError as error:
            return self._refusal(name, str(error), reader, now)
        found = self._repository.find(now, eui=eui, kind=kind, use=use)
        audit = self._repository.audit(reader, f"searched {kind} {eui}: {len(found)} found", now)
        if not found:
            content = documents.failure(_NOTHING_FOUND, "No result", audit)
            return _xml(document.answer(f"{name}Response", content), _NOTHING_FOUND)
        return _xml(document.answer(f"{name}Response", documents.search_result(found, audit)))

    async def _retrieve(self, request: web.Request) -> web.Response:
        name, now = "CertificateData", self._clock()
        reader = self._reader(request)
        if reader is None:
            return self._refusal(name, "wrong API key", "unknown", now)
        try:
            document = documents.parse(await _body(request, _SMALL), f"{name}Request")
            serial = _serial(document.texts.get("CertificateSerial", ""))
        except DocumentError as error:
            return self._refusal(name, str(error), reader, now)
        found = self._repository.find(now, serial=serial)
        audit = self._repository.audit(reader, f"retrieved {serial:032X}: {len(found)} found", now)
        if not found:
            content = documents.failure(_NOTHING_FOUND, "No result", audit)
            return _xml(document.answer(f"{name}Response", content), _NOTHING_FOUND)
        return _xml(document.answer(f"{name}Response", documents.data_result(found[-1], audit)))

    async def _single(self, holder: str, request: web.Request) -> web.Response:
        party, now = self._party(request), self._clock()
        body = await _body(request, _SMALL)
        name = f"{holder}CertificateSigning"
        document = Document()
        try:
            document = _parsed(body, f"{name}Request")
            text = document.texts.get("CertificateSigningRequest", "").encode()
            issue = self._service.device if holder == "Device" else self._service.organisation
            answer = issue(party, text, now)
            content = documents.issued(answer, answer.transaction)
        except ServiceError as error:
            transaction = self._repository.audit(party.name, f"{holder.lower()} request refused: {error}", now)
            content = documents.issued(error, transaction)
        return _xml(document.answer(f"{name}Response", content))

    async def _submit(self, request: web.Request) -> web.Response:
        party, now = self._party(request), self._clock()
        body = await _body(request, _LARGE)
        document = Document()
        outcome: int | ServiceError
        try:
            document = _parsed(body, "SubmitCSRBatch")
            outcome = self._service.submit(party, _requests(document), now)
            self._submitted.set()
        except ServiceError as error:
            outcome = error
        return _xml(document.answer("SubmitCSRBatchStatus", documents.submitted(outcome)))

    async def _result(self, request: web.Request) -> web.Response:
        party, text = self._party(request), request.query.get("BatchId", "")
        outcome: BatchResult | ServiceError
        try:
            if not (text.isascii() and text.isdigit() and len(text) < 19):
                raise ServiceError(*UNKNOWN_BATCH, f"no batch {text!r}")
            outcome = self._service.result(party, int(text), self._clock())
        except ServiceError as error:
            outcome = error
        return _xml(documents.render("CSRBatchResult", documents.batch_result(outcome)))

    async def _revoke(self, request: web.Request) -> web.Response:
        """JSON: serial, and a reason or ``"reinstate": true``."""
        party, now = self._party(request), self._clock()
        fields = await _json(request)
        certificate = self._held(fields, now).certificate
        if not party.dcc and not any(
            certificate.eui and first <= certificate.eui <= last for first, last in party.ranges
        ):
            raise web.HTTPForbidden(text=f"{certificate} is not of {party.name}\n")
        try:
            if fields.get("reinstate"):
                made = status.reinstate(self._authority, self._repository, certificate, now)
            else:
                reason = Reason(str(fields.get("reason", Reason.UNSPECIFIED)))
                made = status.revoke(self._authority, self._repository, certificate, reason, now)
        except (SmkiError, ValueError) as error:
            raise web.HTTPConflict(text=f"{error}\n") from None
        self._repository.audit(party.name, f"revocation of {certificate}: {fields}", now)
        return web.json_response({"serial": f"{certificate.serial:032x}", "crl_number": made.number})

    async def _set_status(self, request: web.Request) -> web.Response:
        """JSON: serial and status, P, I or N; what comes into use puts its forerunner out of use."""
        party, now = self._party(request), self._clock()
        if not (party.dcc or party.devices):
            raise web.HTTPForbidden(text=f"{party.name} has nothing to do with devices\n")
        fields = await _json(request)
        certificate = self._held(fields, now).certificate
        try:
            letter = CertificateStatus(str(fields.get("status")))
            if letter in (CertificateStatus.EXPIRED, CertificateStatus.REVOKED):
                raise ValueError(f"{letter} is not set by hand")
            self._repository.set_status(certificate, letter)
        except (SmkiError, ValueError) as error:
            raise web.HTTPConflict(text=f"{error}\n") from None
        self._repository.audit(party.name, f"status of {certificate}: {letter}", now)
        return web.json_response({"serial": f"{certificate.serial:032x}", "status": letter})

    async def _list(self, request: web.Request) -> web.Response:
        identifier = bytes.fromhex(request.match_info["identifier"])
        for issuer in status.list_issuers(self._authority):
            if issuer.certificate.subject_key_identifier == identifier:
                made = status.current_list(self._authority, self._repository, issuer, self._clock())
                return web.Response(body=made.der, content_type="application/pkix-crl")
        raise web.HTTPNotFound(text="no authority with this key that has a list\n")

    async def _issuer(self, request: web.Request) -> web.Response:
        identifier = bytes.fromhex(request.match_info["identifier"])
        for certificate in self._authority.certificates():
            if certificate.subject_key_identifier == identifier:
                return web.Response(body=certificate.der, content_type="application/pkix-cert")
        raise web.HTTPNotFound(text="no authority with this key\n")

    def _held(self, fields: dict[str, object], now: datetime) -> Lodged:
        try:
            found = self._repository.find(now, serial=_serial(str(fields.get("serial", ""))))
        except DocumentError as error:
            raise web.HTTPBadRequest(text=f"{error}\n") from None
        if len(found) != 1:
            raise web.HTTPNotFound(text=f"{len(found)} certificates with this serial number\n")
        return found[0]

    def _reader(self, request: web.Request) -> str | None:
        """Who searches; None if nobody that may."""
        key = request.query.get("apikey", "")
        party = self._registry.by_key(key)
        if party:
            return party.name
        return "search" if key in self._search_keys else None

    def _party(self, request: web.Request) -> Party:
        party = self._registry.by_key(request.query.get("apikey", ""))
        if party is None:
            raise web.HTTPUnauthorized(text="wrong API key\n")
        return party

    def _refusal(self, name: str, reason: str, reader: str, now: datetime) -> web.Response:
        audit = self._repository.audit(reader, f"{name} refused: {reason}", now)
        content = documents.failure(_INVALID, f"Invalid parameters: {reason}", audit)
        return _xml(documents.render(f"{name}Response", content), _INVALID)


@web.middleware
async def _unavailable(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Says so where the repository cannot be read or written."""
    try:
        return await handler(request)
    except SmkiError as error:
        _log.error("%s: %s", request.path, error)
        raise web.HTTPServiceUnavailable(text=f"{error}\n") from None


def _parsed(body: bytes, name: str) -> Document:
    try:
        return documents.parse(body, name)
    except DocumentError as error:
        raise ServiceError(*BAD_XML, str(error)) from None


def _requests(document: Document) -> list[tuple[str, bytes]]:
    try:
        return documents.batch_requests(document)
    except DocumentError as error:
        raise ServiceError(*BAD_XML, str(error)) from None


async def _body(request: web.Request, limit: int) -> bytes:
    """The body, if it is not larger than this."""
    octets = bytearray()
    async for part in request.content.iter_any():
        octets += part
        if len(octets) > limit:
            raise web.HTTPRequestEntityTooLarge(max_size=limit, actual_size=len(octets))
    return bytes(octets)


async def _json(request: web.Request) -> dict[str, object]:
    try:
        fields = json.loads(await _body(request, _SMALL))
    except (ValueError, RecursionError) as error:
        raise web.HTTPBadRequest(text=f"not JSON: {error}\n") from None
    if not isinstance(fields, dict):
        raise web.HTTPBadRequest(text="not a JSON object\n")
    return fields


def _serial(text: str) -> int:
    if not 1 <= len(text) <= 40:
        raise DocumentError("CertificateSerial is not 1 to 40 hexadecimal digits")
    try:
        return int.from_bytes(binascii.unhexlify(text.zfill(len(text) + len(text) % 2)))
    except (binascii.Error, ValueError):
        raise DocumentError(f"CertificateSerial {text!r} is not hexadecimal") from None


def _xml(body: bytes, code: int = 200) -> web.Response:
    return web.Response(body=body, status=code, content_type=_XML, charset="utf-8")
