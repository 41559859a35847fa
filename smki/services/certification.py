"""What the certification services decide: single and batched requests of devices, and those of organisations.

No sockets and no clock: requests and the time in, answers out; the repository keeps everything. Source: SEC Appendix M
(statuses and error prefixes) and N (limits). Of error codes only a few are published: the rest of the others is ours.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from smki.authority import TestAuthority
from smki.certificate import Certificate, Kind
from smki.errors import SmkiError
from smki.registration import NotEligible, Party
from smki.repository import Batch, BatchItem, CertificateStatus, Repository
from smki.request import CertificateRequest, RequestCheck, RequestError


class Status(StrEnum):
    """How a request ended."""

    SUCCESS = "SUCCESS"
    UNKNOWN_DEVICE = "UNKNOWN_DEVICE"
    ISSUANCE_ANOMALY = "ISSUANCE_ANOMALY"
    INELIGIBLE = "INELIGIBLE"
    CSR_ERROR = "CSR_ERROR"
    CA_ERROR = "CA_ERROR"
    FORMAT_ERROR = "FORMAT_ERROR"
    WORKFLOW_ERROR = "WORKFLOW_ERROR"


class BatchStatus(StrEnum):
    """How a batch stands."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"


class ServiceError(SmkiError):
    """A request that ends without a certificate.

    Attributes:
        status: what the answer says.
        code: its error code.
        text: in words.
    """

    def __init__(self, status: Status, code: str, text: str) -> None:
        super().__init__(f"{status} {code}: {text}")
        self.status = status
        self.code = code
        self.text = text


# Status and code of every way to fail.
BAD_XML = (Status.FORMAT_ERROR, "FM:AA1")
TOO_MANY = (Status.FORMAT_ERROR, "FM:AA2")
UNKNOWN_BATCH = (Status.FORMAT_ERROR, "FM:AA3")
NOT_AUTHORISED = (Status.WORKFLOW_ERROR, "WF:BB1")
TOO_SOON = (Status.WORKFLOW_ERROR, "WF:BB2")
INELIGIBLE = (Status.INELIGIBLE, "IN:EE1")
UNKNOWN_DEVICE = (Status.UNKNOWN_DEVICE, "UD:DD1")
TOO_MANY_OF_DEVICE = (Status.ISSUANCE_ANOMALY, "CA:GG1")
NOT_ISSUED = (Status.CA_ERROR, "CA:GG2")
DUPLICATE_KEY = (Status.CSR_ERROR, "CR:CC0")
WRONG_KIND = (Status.CSR_ERROR, "CR:CC10")
_BAD_REQUEST = {check: (Status.CSR_ERROR, f"CR:CC{number}") for number, check in enumerate(RequestCheck, 1)}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much, how often and when. The defaults make nobody wait (SEC Appendix N has the figures of `STRICT`).

    Attributes:
        batch: requests in one batch.
        waiting: requests in all batches that are not answered yet.
        per_device: certificates that one Device ID may ever have.
        day: when the day begins and ends.
        ad_hoc_day, ad_hoc_night: time between a party's single requests.
        one_batch: a party may submit no further batch until its last is completed.
        batch_window: batches are done between these times only, past midnight.
        result_times: when the result of a batch can be had on the next day: of one submitted in the day, and after it.
        poll: time between two looks at a result; after the result was had there is no other.
    """

    batch: int = 50_000
    waiting: int = 375_000
    per_device: int = 100
    day: tuple[time, time] = (time(7), time(20))
    ad_hoc_day: timedelta = timedelta(0)
    ad_hoc_night: timedelta = timedelta(0)
    one_batch: bool = False
    batch_window: tuple[time, time] | None = None
    result_times: tuple[time, time] | None = None
    poll: timedelta | None = None

    def ad_hoc_at(self, now: datetime) -> timedelta:
        """The time between single requests that holds at a time of day (UTC)."""
        return self.ad_hoc_day if self.day[0] <= now.time() < self.day[1] else self.ad_hoc_night

    def works_at(self, now: datetime) -> bool:
        """Whether batches are done at a time of day (UTC)."""
        return self.batch_window is None or not self.batch_window[1] <= now.time() < self.batch_window[0]

    def result_from(self, submitted: datetime) -> datetime | None:
        """When the result of a batch can be had first; `None` is at any time, also by a clock that was set back."""
        if self.result_times is None:
            return None
        at = self.result_times[submitted.time() >= self.day[1]]
        return datetime.combine(submitted.date() + timedelta(days=1), at, submitted.tzinfo)


FAST = Limits()
STRICT = Limits(
    ad_hoc_day=timedelta(seconds=0.8),
    ad_hoc_night=timedelta(seconds=4),
    one_batch=True,
    batch_window=(time(20), time(8)),
    result_times=(time(8), time(22)),
    poll=timedelta(hours=1),
)
LIMITS = {"fast": FAST, "strict": STRICT}


class Answer(NamedTuple):
    """The certificate that was issued, and the number of the transaction."""

    transaction: int
    certificate: Certificate


class BatchResult(NamedTuple):
    """How a batch stands; `items` is empty until it is completed."""

    status: BatchStatus
    number: int
    items: list[BatchItem]


class CertificationService:
    """Issues certificates for the requests of parties."""

    def __init__(self, authority: TestAuthority, repository: Repository, limits: Limits = FAST) -> None:
        self._authority = authority
        self._repository = repository
        self._limits = limits
        self._last_ad_hoc: dict[str, datetime] = {}

    def device(self, party: Party, text: bytes, now: datetime) -> Answer:
        """A certificate for a single request of a device that has one already.

        Raises:
            ServiceError: there is none.
        """
        if not party.devices:
            raise ServiceError(*NOT_AUTHORISED, f"{party.name} is no Authorised Subscriber for device certificates")
        last, interval = self._last_ad_hoc.get(party.name), self._limits.ad_hoc_at(now)
        if last and now - last < interval:
            raise ServiceError(*TOO_SOON, f"one request in {interval.total_seconds():g} s")
        self._last_ad_hoc[party.name] = now
        request = self._read(text, Kind.DEVICE)
        if not self._repository.count_of(request.eui):
            raise ServiceError(*UNKNOWN_DEVICE, f"{request.eui} has never had a certificate")
        return self._issue(party, request, now, manufacturing=False)

    def organisation(self, party: Party, text: bytes, now: datetime) -> Answer:
        """A certificate for the request of an organisation.

        Raises:
            ServiceError: there is none.
        """
        return self._issue(party, self._read(text, Kind.ORGANISATION), now, manufacturing=False)

    def submit(self, party: Party, requests: list[tuple[str, bytes]], now: datetime) -> int:
        """Keeps a batched request for `work`; names and texts of the requests of devices. Returns its number.

        Raises:
            ServiceError: it is not taken.
        """
        if not party.devices:
            raise ServiceError(*NOT_AUTHORISED, f"{party.name} is no Authorised Subscriber for device certificates")
        if len(requests) > self._limits.batch:
            raise ServiceError(*TOO_MANY, f"{len(requests)} requests, at most {self._limits.batch} make a batch")
        if self._repository.waiting() + len(requests) > self._limits.waiting:
            raise ServiceError(*TOO_SOON, f"more than {self._limits.waiting} requests would wait")
        if self._limits.one_batch and any(batch.party == party.name for batch in self._repository.open_batches()):
            raise ServiceError(*TOO_SOON, "the last batch is not completed")
        with self._repository.transaction():
            number = self._repository.add_batch(party.name, requests, now)
            self._repository.audit(party.name, f"batch {number} submitted, {len(requests)} requests", now)
        return number

    def work(self, parties: Iterable[Party], now: datetime, count: int) -> bool:
        """Answers up to `count` requests of the oldest batch that is open; returns whether there is more to do."""
        batches = self._repository.open_batches()
        if not batches or not self._limits.works_at(now):
            return False
        batch = batches[0]
        party = next((party for party in parties if party.name == batch.party), None)
        with self._repository.transaction():
            items = self._repository.unanswered(batch.number, count)
            for item in items:
                self._answer(party, item, now)
            if len(items) < count:
                self._repository.complete(batch.number, now)
        return len(items) == count or len(batches) > 1

    def result(self, party: Party, number: int, now: datetime) -> BatchResult:
        """How a batch of the party stands.

        Raises:
            ServiceError: it has no such batch, or asks too soon or too often.
        """
        batch = self._repository.batch(number)
        if batch is None or batch.party != party.name:
            raise ServiceError(*UNKNOWN_BATCH, f"no batch {number}")
        self._check_poll(batch, now)
        self._repository.polled(number, now)
        if batch.completed is None:
            started = self._repository.has_answers(number)
            return BatchResult(BatchStatus.PROCESSING if started else BatchStatus.PENDING, number, [])
        return BatchResult(BatchStatus.COMPLETED, number, self._repository.items(number))

    def _check_poll(self, batch: Batch, now: datetime) -> None:
        first = self._limits.result_from(batch.submitted)
        if first and now < first:
            raise ServiceError(*TOO_SOON, f"the result can be had from {first.isoformat()}")
        if self._limits.poll is None or batch.polled is None:
            return
        if batch.completed and batch.polled >= batch.completed:
            raise ServiceError(*TOO_SOON, "the result was given already")
        if now - batch.polled < self._limits.poll:
            raise ServiceError(*TOO_SOON, f"one look in {self._limits.poll.total_seconds():g} s")

    def _answer(self, party: Party | None, item: BatchItem, now: datetime) -> None:
        try:
            if party is None:
                raise ServiceError(*INELIGIBLE, "the sender is not registered any more")
            answer = self._issue(party, self._read(item.text, Kind.DEVICE), now, manufacturing=True)
        except ServiceError as error:
            self._repository.answer(item, error.status, error.code, error.text)
        else:
            self._repository.answer(item, Status.SUCCESS, None, encoded(answer.certificate))

    def _read(self, text: bytes, kind: Kind) -> CertificateRequest:
        try:
            request = CertificateRequest.load(text)
        except RequestError as error:
            raise ServiceError(*_BAD_REQUEST[error.check], error.reason) from None
        if request.kind is not kind:
            raise ServiceError(*WRONG_KIND, f"a request of {request.kind}, {kind} wanted")
        return request

    def _issue(self, party: Party, request: CertificateRequest, now: datetime, *, manufacturing: bool) -> Answer:
        try:
            party.check(request)
        except NotEligible as error:
            raise ServiceError(*INELIGIBLE, str(error)) from None
        repository = self._repository
        with repository.transaction():
            if repository.has_key(request.public_key):
                raise ServiceError(*DUPLICATE_KEY, "there is a certificate for this key already")
            if request.kind is Kind.DEVICE and repository.count_of(request.eui) >= self._limits.per_device:
                reason = f"{request.eui} has had {self._limits.per_device} certificates"
                raise ServiceError(*TOO_MANY_OF_DEVICE, reason)
            certificate = self._certify(request, now)
            repository.lodge(
                certificate,
                now,
                status=self._first_status(request, now),
                manufacturing=manufacturing,
                party=party.name,
            )
            transaction = repository.audit(party.name, f"issued {certificate}", now)
        return Answer(transaction, certificate)

    def _certify(self, request: CertificateRequest, now: datetime) -> Certificate:
        try:
            if request.role is None:
                return self._authority.certify_device(request.public_key, request.eui, request.use, now=now)
            return self._authority.certify_organisation(
                request.public_key, request.eui, request.role, request.use, request.common_name, now=now
            )
        except (SmkiError, ValueError) as error:
            raise ServiceError(*NOT_ISSUED, str(error)) from error

    def _first_status(self, request: CertificateRequest, now: datetime) -> CertificateStatus:
        """A device's further certificate waits until the device has installed it."""
        if request.kind is Kind.DEVICE and self._repository.find(
            now, eui=request.eui, kind=Kind.DEVICE, use=request.use, status=CertificateStatus.IN_USE
        ):
            return CertificateStatus.PENDING
        return CertificateStatus.IN_USE


def encoded(certificate: Certificate) -> str:
    """The certificate as the services give it: DER in base64, without armour."""
    return base64.b64encode(certificate.der).decode()
