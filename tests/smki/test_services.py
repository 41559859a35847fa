"""What the certification services decide, without sockets: eligibility, limits, batches, times."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, RemotePartyRole
from smki import building, status
from smki.authority import PARTIES, TestAuthority
from smki.chain import Policy, verify
from smki.errors import Check, RevocationListError, VerificationError
from smki.registration import Party, Registry, RegistryError, registry_of
from smki.repository import CertificateStatus, Repository, RepositoryError
from smki.revocation import Reason
from smki.services.certification import (
    FAST,
    STRICT,
    BatchStatus,
    CertificationService,
    Limits,
    ServiceError,
)
from smki.services.documents import DocumentError, parse, render
from tests.smki.conftest import METER, NOW, SUPPLIER

REGISTRY = registry_of(PARTIES, random.Random(1))
USER, DCC, MAKER = (REGISTRY.parties[name] for name in ("supplier", "dcc", "manufacturer"))


class Keys:
    """Requests, each for a key of its own."""

    def __init__(self) -> None:
        self._random = random.Random(4)

    def device(self, device: Eui64 = METER, use: KeyUse = KeyUse.DS) -> bytes:
        return building.build_request(self._key(), subject=x509.Name([]), device=device, use=use)

    def organisation(self, role: RemotePartyRole, eui: Eui64 = SUPPLIER, use: KeyUse = KeyUse.DS) -> bytes:
        subject = building.organisation_subject(eui, role, None)
        return building.build_request(self._key(), subject=subject, device=None, use=use)

    def _key(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(self._random.getrandbits(250), ec.SECP256R1())


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    with Repository(tmp_path / "repository.db") as opened:
        yield opened


@pytest.fixture
def service(authority: TestAuthority, repository: Repository) -> CertificationService:
    return CertificationService(authority, repository)


def code(error: pytest.ExceptionInfo[ServiceError]) -> tuple[str, str]:
    return error.value.status, error.value.code


def batch(service: CertificationService, *texts: bytes, now: datetime = NOW) -> list[tuple[str | None, str | None]]:
    number = service.submit(MAKER, [(f"n{place}", text) for place, text in enumerate(texts)], now)
    while service.work(REGISTRY.parties.values(), now, 3):
        pass
    return [(item.status, item.code) for item in service.result(MAKER, number, now).items]


def test_a_first_certificate_comes_by_batch_and_the_next_singly(
    service: CertificationService, repository: Repository, keys: Keys
) -> None:
    with pytest.raises(ServiceError) as refused:
        service.device(USER, keys.device(), NOW)
    assert code(refused) == ("UNKNOWN_DEVICE", "UD:DD1")
    assert batch(service, keys.device(), keys.device(use=KeyUse.KA)) == [("SUCCESS", None)] * 2
    first = repository.find(NOW, eui=METER, use=KeyUse.DS)[0]
    assert (first.status, first.manufacturing, first.party) == (CertificateStatus.IN_USE, True, "manufacturer")
    second = service.device(USER, keys.device(), NOW).certificate
    held = repository.find(NOW, eui=METER, use=KeyUse.DS)
    assert [item.status for item in held] == [CertificateStatus.IN_USE, CertificateStatus.PENDING]
    repository.set_status(second, CertificateStatus.IN_USE)
    held = repository.find(NOW, eui=METER, use=KeyUse.DS)
    assert [item.status for item in held] == [CertificateStatus.NOT_IN_USE, CertificateStatus.IN_USE]
    assert repository.find(NOW, eui=METER, use=KeyUse.KA)[0].status is CertificateStatus.IN_USE


@pytest.mark.parametrize(
    ("party", "role", "eui", "words"),
    [
        (USER, RemotePartyRole.SUPPLIER, SUPPLIER, None),
        (USER, RemotePartyRole.XML_SIGN, SUPPLIER, None),
        (USER, RemotePartyRole.DSP_XML_SIGN, SUPPLIER, "not registered for the role dspXmlSign"),
        (USER, RemotePartyRole.XML_SIGN, METER, "not an identifier of supplier"),
        (DCC, RemotePartyRole.DSP_XML_SIGN, PARTIES[RemotePartyRole.ACCESS_CONTROL_BROKER], None),
        (MAKER, RemotePartyRole.XML_SIGN, SUPPLIER, "not registered for the role xmlSign"),
    ],
)
def test_organisations_get_what_they_are_registered_for(
    service: CertificationService, keys: Keys, party: Party, role: RemotePartyRole, eui: Eui64, words: str | None
) -> None:
    text = keys.organisation(role, eui)
    if words is None:
        made = service.organisation(party, text, NOW).certificate
        assert (made.role, made.eui) == (role, eui)
        with pytest.raises(ServiceError) as refused:
            service.organisation(party, text, NOW)
        assert code(refused) == ("CSR_ERROR", "CR:CC0")
    else:
        with pytest.raises(ServiceError, match=words) as refused:
            service.organisation(party, text, NOW)
        assert code(refused) == ("INELIGIBLE", "IN:EE1")


def test_requests_that_are_none_or_of_another_kind(service: CertificationService, keys: Keys) -> None:
    for text, codes in ((b"nonsense", "CR:CC2"), (keys.organisation(RemotePartyRole.XML_SIGN), "CR:CC10")):
        with pytest.raises(ServiceError) as refused:
            service.device(USER, text, NOW)
        assert code(refused) == ("CSR_ERROR", codes)
    stranger = Party("stranger", "x", frozenset(), ())
    for ask in (
        lambda: service.device(stranger, keys.device(), NOW),
        lambda: service.submit(stranger, [("n", keys.device())], NOW),
    ):
        with pytest.raises(ServiceError) as refused:
            ask()
        assert code(refused) == ("WORKFLOW_ERROR", "WF:BB1")


def test_a_batch_answers_each_request_by_itself(service: CertificationService, keys: Keys) -> None:
    good = keys.device()
    assert batch(
        service, good, b"?", good, keys.organisation(RemotePartyRole.SUPPLIER), keys.device(use=KeyUse.KA)
    ) == [
        ("SUCCESS", None),
        ("CSR_ERROR", "CR:CC2"),
        ("CSR_ERROR", "CR:CC0"),
        ("CSR_ERROR", "CR:CC10"),
        ("SUCCESS", None),
    ]


def test_limits_of_batches_and_devices(authority: TestAuthority, repository: Repository, keys: Keys) -> None:
    service = CertificationService(authority, repository, Limits(batch=3, waiting=4, per_device=2))
    with pytest.raises(ServiceError) as refused:
        service.submit(MAKER, [(str(number), b"") for number in range(4)], NOW)
    assert code(refused) == ("FORMAT_ERROR", "FM:AA2")
    assert batch(service, *(keys.device() for _ in range(3)))[1:] == [("SUCCESS", None), ("ISSUANCE_ANOMALY", "CA:GG1")]
    service.submit(MAKER, [("1", b""), ("2", b""), ("3", b"")], NOW)
    with pytest.raises(ServiceError, match="would wait"):
        service.submit(MAKER, [("1", b""), ("2", b"")], NOW)
    assert (FAST.batch, FAST.per_device) == (50_000, 100)


def test_a_batch_is_its_senders_alone(service: CertificationService, keys: Keys) -> None:
    number = service.submit(MAKER, [("n", keys.device())], NOW)
    for at in (NOW, NOW - timedelta(days=1)):  # also by the clock of a server that was started again
        assert service.result(MAKER, number, at).status is BatchStatus.PENDING
    for party, asked in ((USER, number), (MAKER, number + 1), (MAKER, 0)):
        with pytest.raises(ServiceError) as refused:
            service.result(party, asked, NOW)
        assert code(refused) == ("FORMAT_ERROR", "FM:AA3")


def test_a_batch_is_resumed_where_it_was_left(authority: TestAuthority, tmp_path: Path, keys: Keys) -> None:
    with Repository(tmp_path / "r") as first:
        service = CertificationService(authority, first)
        number = service.submit(MAKER, [(str(place), keys.device()) for place in range(5)], NOW)
        assert service.work(REGISTRY.parties.values(), NOW, 2)
        assert service.result(MAKER, number, NOW).status is BatchStatus.PROCESSING
    with Repository(tmp_path / "r") as second:
        service = CertificationService(authority, second)
        while service.work(REGISTRY.parties.values(), NOW, 2):
            pass
        done = service.result(MAKER, number, NOW)
        assert done.status is BatchStatus.COMPLETED
        assert [(item.name, item.status) for item in done.items] == [(str(place), "SUCCESS") for place in range(5)]
        assert len(second.find(NOW, eui=METER)) == 5
        # A sender that is gone from the registry is not served.
        number = service.submit(MAKER, [("x", keys.device())], NOW)
        service.work([USER], NOW, 2)
        assert service.result(MAKER, number, NOW).items[0].status == "INELIGIBLE"


def test_the_real_times(authority: TestAuthority, repository: Repository, keys: Keys) -> None:
    service = CertificationService(authority, repository, STRICT)
    noon = datetime(2026, 3, 14, 12, tzinfo=UTC)
    number = service.submit(MAKER, [("n", keys.device())], noon)

    def result(at: datetime) -> str:
        try:
            return service.result(MAKER, number, at).status
        except ServiceError as error:
            return f"{error.code} {error.text.split()[0]}"

    with pytest.raises(ServiceError, match="not completed"):
        service.submit(MAKER, [("n", keys.device())], noon)
    assert not service.work(REGISTRY.parties.values(), noon, 10)
    morning = datetime(2026, 3, 15, 8, tzinfo=UTC)
    assert result(morning - timedelta(seconds=1)) == "WF:BB2 the"
    assert result(morning) == "PENDING"
    assert result(morning + timedelta(minutes=59)) == "WF:BB2 one"
    night = noon + timedelta(days=1, hours=9)
    service.work(REGISTRY.parties.values(), night, 10)
    assert result(night + timedelta(hours=2)) == "COMPLETED"
    assert result(night + timedelta(hours=5)) == "WF:BB2 the"
    assert STRICT.result_from(noon + timedelta(hours=9)) == morning + timedelta(hours=14)
    # Single requests: one in 0.8 s by day, in 4 s by night, for each party.
    for at, gap in ((noon, 0.8), (night, 4)):
        service.device(USER, keys.device(), at)
        with pytest.raises(ServiceError, match=f"in {gap:g} s"):
            service.device(USER, keys.device(), at + timedelta(seconds=gap - 0.1))
        service.device(DCC, keys.device(), at + timedelta(seconds=gap - 0.1))
        service.device(USER, keys.device(), at + timedelta(seconds=gap))


def test_what_is_revoked_is_on_the_list(
    authority: TestAuthority, service: CertificationService, repository: Repository, keys: Keys
) -> None:
    made = service.organisation(USER, keys.organisation(RemotePartyRole.SUPPLIER), NOW).certificate
    issuing, root = authority.organisation_ca, authority.root

    def check(at: datetime) -> Check | None:
        lists = [status.current_list(authority, repository, issuer, at) for issuer in (issuing, root)]
        try:
            verify(made, [root.certificate], at, [issuing.certificate], policy=Policy(revocation_lists=lists))
        except VerificationError as error:
            return error.check
        return None

    assert check(NOW) is None
    status.revoke(authority, repository, made, Reason.HOLD, NOW)
    assert check(NOW) is Check.SUSPENDED
    assert repository.find(NOW, eui=SUPPLIER)[0].status is CertificateStatus.REVOKED
    status.reinstate(authority, repository, made, NOW)
    assert check(NOW) is None
    with pytest.raises(RepositoryError, match="not on hold"):
        status.reinstate(authority, repository, made, NOW)
    later = NOW + timedelta(days=3)
    status.revoke(authority, repository, made, Reason.KEY_COMPROMISE, later)
    assert check(later + timedelta(hours=20)) is Check.REVOKED
    with pytest.raises(RepositoryError, match="revoked since"):
        status.revoke(authority, repository, made, Reason.SUPERSEDED, later)
    with pytest.raises(RepositoryError, match="revoked"):
        repository.set_status(made, CertificateStatus.IN_USE)


def test_lists_are_renewed_at_half_time_and_numbered(authority: TestAuthority, repository: Repository) -> None:
    issuer = authority.organisation_ca
    numbers = [
        status.current_list(authority, repository, issuer, NOW + timedelta(hours=hours)).number
        for hours in (0, 1, 12, 13, 14, 26)
    ]
    assert numbers == [1, 1, 1, 2, 2, 3]


def test_what_is_on_no_list(authority: TestAuthority, repository: Repository, meter: object) -> None:
    device = authority.issue_device(METER, KeyUse.DS).certificate
    other = TestAuthority.create(NOW, random.Random(8)).issue_organisation(
        SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS
    )
    for certificate, words in (
        (device, "replaced"),
        (authority.root.certificate, "nobody's list"),
        (other.certificate, "not issued by"),
    ):
        with pytest.raises(RevocationListError, match=words):
            status.revoke(authority, repository, certificate, Reason.SUPERSEDED, NOW)
    unknown = authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS).certificate
    with pytest.raises(RepositoryError, match="not held"):
        status.revoke(authority, repository, unknown, Reason.SUPERSEDED, NOW)
    assert repository.newest_list(authority.organisation_ca.certificate) is None


def test_the_repository_keeps_what_it_is_given(authority: TestAuthority, tmp_path: Path) -> None:
    certificate = authority.issue_organisation(SUPPLIER, RemotePartyRole.XML_SIGN, KeyUse.DS).certificate
    with Repository(tmp_path / "r") as repository:
        repository.lodge(certificate, NOW, party="supplier")
        with pytest.raises(RepositoryError, match="serial number before"):
            repository.lodge(certificate, NOW)
        assert repository.audit("a", "b", NOW) < repository.audit("a", "b", NOW)
    with Repository(tmp_path / "r") as repository:
        (held,) = repository.find(certificate.not_after, eui=SUPPLIER, role=135, use=KeyUse.DS)
        assert (held.certificate, held.status) == (certificate, CertificateStatus.IN_USE)
        (held,) = repository.find(certificate.not_after + timedelta(seconds=1), serial=certificate.serial)
        assert held.status is CertificateStatus.EXPIRED
        assert not repository.find(NOW, status=CertificateStatus.PENDING)
    (tmp_path / "text").write_text("no database, but longer than its header would be" * 10)
    for path in (tmp_path / "text", tmp_path):
        with pytest.raises(RepositoryError):
            Repository(path)


def test_a_registry_comes_back_as_it_was() -> None:
    again = Registry.from_json(REGISTRY.to_json())
    assert again.parties == REGISTRY.parties
    assert again.by_key(USER.api_key) == USER
    assert again.by_key("") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "registry"),
        ("[]", "not a JSON object"),
        ("[" * 100_000, "registry"),
        ('{"a": []}', "a: not an object"),
        ('{"a": {"key": "x"}}', "a: not an object"),
        ('{"a": {}}', "a: 'api_key' is missing"),
        ('{"a": {"api_key": ""}}', "a: api_key"),
        ('{"a": {"api_key": "x", "roles": ["root"]}}', "a: 'root' is missing, or not a role"),
        ('{"a": {"api_key": "x", "roles": ["dspXmlSign"]}}', "only the DCC holds dspXmlSign"),
        ('{"a": {"api_key": "x", "ranges": [["0", "1"]]}}', "a: .*hexadecimal"),
        ('{"a": {"api_key": "x", "ranges": [["0000000000000002", "0000000000000001"]]}}', "ends before it begins"),
        ('{"a": {"api_key": "x", "ranges": [5]}}', "a: "),
        ('{"a": {"api_key": "x", "devices": 1}}', "neither true nor false"),
        ('{"a": {"api_key": "x"}, "b": {"api_key": "x"}}', "same api_key"),
    ],
)
def test_a_registry_that_is_none(text: str, words: str) -> None:
    with pytest.raises(RegistryError, match=words):
        Registry.from_json(text.encode())


def test_entities_are_not_looked_into(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    for inner in (f'<!ENTITY e SYSTEM "{secret.as_uri()}">', '<!ENTITY e "eeee">', ""):
        text = f"<!DOCTYPE a [{inner}]><a><b>{'&e;' if inner else ''}</b></a>"
        with pytest.raises(DocumentError, match="DOCTYPE"):
            parse(text.encode(), "a")
    with pytest.raises(DocumentError, match="not XML"):
        parse(b"<a>" * 100_000, "a")


def test_what_xml_cannot_hold_is_replaced() -> None:
    assert parse(render("a", [("b", "x\x00\ud800y")]), "a").texts == {"b": "x\ufffd\ufffdy"}
