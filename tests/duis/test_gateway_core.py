"""The gateway as a value: octets and the time in, octets and effects out."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duis.document import Request
from duis.errors import DocumentError, DuisError
from duis.gateway.core import Answer, Gateway, Post, Settings
from duis.gateway.inventory import Address, Inventory
from duis.gateway.state import State
from duis.identifiers import RequestID
from duis.services import Endpoint
from duis.signature import sign
from gbcs.errors import MissingKeyError
from gbcs.eui64 import Eui64
from gbcs.message import Cra, Kind, Message, Supplementary
from gbcs.roles import KeyUse, RemotePartyRole
from gbcs.security import protection
from gbcs.security.ecc import SoftwareSigner
from gbcs.usecases.catalogue import USE_CASES
from smki.keystore import Keystore
from tests.duis.gateway import (
    DCC,
    EXPORTER,
    GAS_METER,
    KEYLESS_METER,
    METER,
    NOW,
    OPERATOR,
    RECEIVE_URL,
    RETIRED,
    STRANGER,
    SUPPLIER,
    ask,
    counter_of,
    inventory,
    make,
    order,
    read,
    respond,
    share,
    signed,
)

SEND, TRANSFORM, DCC_ONLY = Endpoint.SEND_COMMAND, Endpoint.TRANSFORM, Endpoint.DCC_ONLY
TIMEOUT = timedelta(seconds=10)


_states: list[State] = []


@pytest.fixture(autouse=True)
def _closed_states() -> Iterator[None]:
    yield
    while _states:
        _states.pop().close()


def opened(path: Path | str = ":memory:") -> State:
    """A state that is closed when the test ends."""
    _states.append(State(str(path)))
    return _states[-1]


def gateway(state: State | None = None, keystore: Keystore | None = None) -> Gateway:
    settings = Settings(gbcs_version="4.1", response_timeout=TIMEOUT)
    return Gateway(keystore or make().dcc, Inventory.parse(inventory()), state or opened(), settings)


@pytest.fixture
def dcc() -> Gateway:
    return gateway()


def code_of(answer: Answer) -> str:
    return read(answer.document).response_code


def refused(answer: Answer) -> str:
    """The code of a refusal, which has no effect and says nothing else."""
    response = read(answer.document)
    assert (answer.sends, response.payload, response.response_id) == ((), {}, None)
    return response.response_code


def sent(answer: Answer) -> bytes:
    """The command of an accepted request."""
    (send,) = answer.sends
    assert send.hub == Address("127.0.0.1", 4059)
    return send.message


def posted(posts: list[Post]) -> bytes:
    (post,) = posts
    assert post.url == RECEIVE_URL
    return post.document


# What is done.


def test_a_non_critical_request_is_acknowledged_sent_and_answered(dcc: Gateway) -> None:
    request = ask("4.1.1", 1, 1000)
    answer = dcc.request(signed(request), SEND, NOW)
    acknowledged = read(answer.document)
    assert (acknowledged.response_code, acknowledged.response_date_time) == ("I99", NOW)
    assert (acknowledged.request_id, acknowledged.variant, acknowledged.response_id) == (
        request.request_id,
        "4.1.1",
        None,
    )
    command = Message.decode(sent(answer))
    assert command.identifier == (SUPPLIER, METER, Cra.COMMAND, 1000)
    octets = respond(command.encode()).encode()
    posts = dcc.receive(octets, NOW)
    response = read(posted(posts))
    assert (response.response_code, response.request_id) == ("I0", request.request_id)
    assert response.response_id == RequestID(METER, SUPPLIER, 1000)
    assert response.payload == {"GBCSPayload": octets}
    assert dcc.undelivered() == posts
    dcc.delivered(posts[0])
    assert dcc.undelivered() == []
    assert dcc.next_wake() is None


def test_a_response_counts_once(dcc: Gateway) -> None:
    octets = respond(sent(dcc.request(signed(ask("4.1.1", 1, 1)), SEND, NOW))).encode()
    assert dcc.receive(octets, NOW)
    assert dcc.receive(octets, NOW) == []


def pre_command(dcc: Gateway, request: Request) -> Message:
    response = read(dcc.request(signed(request), TRANSFORM, NOW).document)
    assert (response.response_code, response.request_id) == ("I0", request.request_id)
    assert response.payload["PreCommand"]["GBCSVersion"] == "4.1"
    return Message.decode(response.payload["PreCommand"]["GBCSPayload"])


def signed_by_user(message: Message) -> bytes:
    return protection.sign(message, make().keys).encode()


def test_a_critical_request_goes_through_a_pre_command(dcc: Gateway) -> None:
    request = ask("7.3", 4, 7)
    message = pre_command(dcc, request)
    assert message == USE_CASES["ECS44"].command(SUPPLIER, METER, 7)
    assert message.kind is Kind.PRECOMMAND
    assert dcc.next_wake() is None
    answer = dcc.request(signed(order(request, 5, signed_by_user(message))), SEND, NOW)
    assert code_of(answer) == "I99"
    octets = respond(sent(answer)).encode()
    assert read(posted(dcc.receive(octets, NOW))).payload == {"GBCSPayload": octets}


@pytest.mark.parametrize("command_variant", [2, 3])
def test_a_local_command_is_in_the_answer(dcc: Gateway, command_variant: int) -> None:
    endpoint = DCC_ONLY if command_variant == 2 else SEND
    answer = dcc.request(signed(ask("3.1", command_variant, 1)), endpoint, NOW)
    local = read(answer.document).payload["LocalCommand"]["GBCSPayload"]
    assert code_of(answer) == "I0"
    assert respond(local).originator == METER
    assert [send.message for send in answer.sends] == ([local] if command_variant == 3 else [])


@pytest.mark.parametrize("command_variant", [6, 7])
def test_a_critical_local_command_is_in_the_answer(dcc: Gateway, command_variant: int) -> None:
    request = ask("7.3", 4, 1)
    payload = signed_by_user(pre_command(dcc, request))
    endpoint = DCC_ONLY if command_variant == 6 else SEND
    answer = dcc.request(signed(order(request, command_variant, payload)), endpoint, NOW)
    local = read(answer.document).payload["LocalCommand"]["GBCSPayload"]
    assert respond(local).signature
    assert [send.message for send in answer.sends] == ([local] if command_variant == 7 else [])


def test_the_dcc_originates_for_a_user_that_devices_do_not_know(dcc: Gateway) -> None:
    commands = [
        Message.decode(sent(dcc.request(signed(ask("4.2", 1, counter, EXPORTER)), SEND, now)))
        for counter, now in ((5, NOW), (6, NOW), (7, NOW - timedelta(hours=1)))
    ]
    first = int(NOW.timestamp() * 1000)
    assert [command.originator_counter for command in commands] == [first, first + 1, first + 2]
    assert all(command.originator == DCC for command in commands)
    assert [command.supplementary for command in commands] == [
        Supplementary(EXPORTER, counter) for counter in (5, 6, 7)
    ]
    response = read(posted(dcc.receive(respond(commands[1].encode()).encode(), NOW)))
    assert response.request_id == RequestID(EXPORTER, METER, 6)
    assert response.response_id == RequestID(METER, EXPORTER, 6)


def test_a_network_operator_originates_itself_where_devices_know_it(dcc: Gateway) -> None:
    assert Message.decode(sent(dcc.request(signed(ask("4.2", 1, 5, OPERATOR)), SEND, NOW))).originator == OPERATOR


# What is refused.


@cache
def forgeries() -> tuple[Keystore, dict[str, bytes]]:
    """A DCC's keystore, and requests that nobody may rely on by what the log says of them."""
    estate = make()
    dcc = share(estate.keys)
    request = ask("3.1", 1, 1).to_xml()
    made = {}
    for reason, years in (("ended", -11), ("begins", 1)):
        now = NOW.replace(year=NOW.year + years)
        pair = estate.authority.issue_organisation(SUPPLIER, RemotePartyRole.XML_SIGN, KeyUse.DS, now=now)
        dcc.add(pair.certificate)
        made[reason] = sign(request, SoftwareSigner(pair.private_key), pair.certificate)
    foreign = estate.authority.issue_organisation(SUPPLIER, RemotePartyRole.XML_SIGN, KeyUse.DS)
    made["no certificate with serial"] = sign(request, SoftwareSigner(foreign.private_key), foreign.certificate)
    supplier = estate.keys.find(SUPPLIER, KeyUse.DS, role=RemotePartyRole.SUPPLIER).certificate
    made["role supplier is not for signing DUIS Requests"] = sign(request, estate.keys.signer(SUPPLIER), supplier)
    made["role dspXmlSign is not for signing DUIS Requests"] = sign(request, *estate.keys.xml_signer(DCC))
    made["in the name of"] = sign(request, *estate.keys.xml_signer(OPERATOR))
    made["not what was signed"] = signed(ask("3.1", 1, 1)).replace(b"Hello", b"Howdy")
    made["is not signed"] = request
    return dcc, made


@pytest.mark.parametrize("reason", forgeries()[1])
def test_who_cannot_be_authenticated_is_no_user(reason: str, caplog: pytest.LogCaptureFixture) -> None:
    keystore, documents = forgeries()
    assert refused(gateway(keystore=keystore).request(documents[reason], SEND, NOW)) == "E1"
    assert re.search(f"refused: E1: .*{reason}", caplog.text)


@pytest.mark.parametrize(
    ("code", "request_", "endpoint"),
    [
        ("E1", ask("3.1", 1, 1, STRANGER), SEND),
        ("E1", ask("3.1", 1, 1, RETIRED), SEND),
        ("E2", ask("3.1", 1, 1, OPERATOR), SEND),
        ("E19", ask("3.1", 1, 1, target=STRANGER), SEND),
        ("E13", ask("3.1", 1, 1), TRANSFORM),
        ("E13", ask("3.1", 1, 1), DCC_ONLY),
        ("E13", ask("7.3", 4, 1), SEND),
        ("E11", ask("3.1", 1, 1, target=GAS_METER), SEND),
        ("E100", ask("3.1", 1, 1, target=KEYLESS_METER), SEND),
        ("E100", replace(ask("3.1", 1, 1), body={"SupplierMessage": "x", "ExecutionDateTime": NOW}), SEND),
        ("E100", replace(ask("3.1", 1, 2), preceding=RequestID(SUPPLIER, METER, 1)), SEND),
        # The first check that fails gives the code.
        ("E2", ask("3.1", 1, 1, OPERATOR, STRANGER), TRANSFORM),
        ("E19", ask("3.1", 1, 1, target=STRANGER), TRANSFORM),
        ("E13", ask("3.1", 1, 1, target=GAS_METER), TRANSFORM),
    ],
)
def test_the_code_says_what_is_wrong(dcc: Gateway, code: str, request_: Request, endpoint: Endpoint) -> None:
    answer = dcc.request(signed(request_), endpoint, NOW)
    assert refused(answer) == code
    response = read(answer.document)
    assert (response.request_id, response.variant) == (request_.request_id, request_.service.variant)
    assert dcc.next_wake() is None


@pytest.mark.parametrize(
    ("code", "user", "target"), [("E12", SUPPLIER, METER), ("E2", OPERATOR, METER), ("E19", SUPPLIER, STRANGER)]
)
def test_a_command_variant_that_the_service_does_not_have(dcc: Gateway, code: str, user: Eui64, target: Eui64) -> None:
    document = ask("3.1", 1, 1, user, target).to_xml().replace(b"CommandVariant>1<", b"CommandVariant>4<")
    assert refused(dcc.request(sign(document, *make().keys.xml_signer(user)), TRANSFORM, NOW)) == code


def test_a_request_id_is_good_for_one_request(dcc: Gateway) -> None:
    first = signed(ask("3.1", 1, 1))
    assert code_of(dcc.request(first, SEND, NOW)) == "I99"
    assert refused(dcc.request(first, SEND, NOW)) == "E100"
    assert refused(dcc.request(signed(ask("7.3", 4, 1)), TRANSFORM, NOW)) == "E100"
    assert code_of(dcc.request(signed(ask("3.1", 1, 2)), SEND, NOW)) == "I99"


def test_a_refused_request_does_not_use_up_its_request_id(dcc: Gateway) -> None:
    document = signed(ask("3.1", 1, 1))
    assert refused(dcc.request(document, TRANSFORM, NOW)) == "E13"
    assert code_of(dcc.request(document, SEND, NOW)) == "I99"


def test_only_the_issued_pre_command_is_taken_and_only_once(dcc: Gateway) -> None:
    request = ask("7.3", 4, 1)
    message = pre_command(dcc, request)
    good = signed_by_user(message)
    other = signed_by_user(replace(message, originator_counter=2))
    wrong = {
        "another counter": other,
        "no signature": message.encode(),
        "null signature": message.encode() + b"\x00",
        "trailing octet": good + b"\x00",
        "short": good[:-1],
        "empty": b"",
        "nonsense": bytes(len(good)),
    }
    for name, payload in wrong.items():
        assert refused(dcc.request(signed(order(request, 5, payload)), SEND, NOW)) == "E100", name
    by_operator = make().keys.signer(OPERATOR).sign(message.signed_octets())
    for signature in (good[-64:-1] + bytes((good[-1] ^ 1,)), by_operator, bytes(64)):
        payload = good[:-64] + signature
        assert refused(dcc.request(signed(order(request, 5, payload)), SEND, NOW)) == "E1"
    another_service = Request(request.request_id, 5, ask("6.11", 4, 1).service, {"GBCSPayload": good})
    assert refused(dcc.request(signed(another_service), SEND, NOW)) == "E100"
    assert refused(dcc.request(signed(request), TRANSFORM, NOW)) == "E100"
    accepted = signed(order(request, 5, good))
    assert code_of(dcc.request(accepted, SEND, NOW)) == "I99"
    assert refused(dcc.request(accepted, SEND, NOW)) == "E100"
    assert refused(dcc.request(signed(order(ask("7.3", 4, 9), 5, good)), SEND, NOW)) == "E100"


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<a/>",
        signed(ask("3.1", 1, 1))[:-1],
        sign(ask("3.1", 1, 1).to_xml().replace(b"SupplierMessage", b"Message"), *make().keys.xml_signer(SUPPLIER)),
        sign(ask("3.1", 1, 1).to_xml().replace(b">3.1<", b">3.9<"), *make().keys.xml_signer(SUPPLIER)),
    ],
)
def test_what_is_no_request_gets_no_response(dcc: Gateway, document: bytes) -> None:
    with pytest.raises(DocumentError):
        dcc.request(document, SEND, NOW)


@given(st.data())
def test_a_damaged_request_is_done_as_it_was_signed_or_not_at_all(data: st.DataObject) -> None:
    document = signed(ask("3.1", 1, 1))
    start = data.draw(st.integers(0, len(document)))
    end = data.draw(st.integers(start, min(start + 3, len(document))))
    damaged = document[:start] + data.draw(st.binary(max_size=3)) + document[end:]
    try:
        answer = gateway().request(damaged, SEND, NOW)
    except DocumentError:
        return
    if answer.sends:
        assert sent(answer) == sent(gateway().request(document, SEND, NOW))
    else:
        assert refused(answer) == "E1"


def test_a_response_is_no_request(dcc: Gateway) -> None:
    response = dcc.request(signed(ask("3.1", 1, 1)), SEND, NOW).document
    with pytest.raises(DocumentError):
        dcc.request(response, SEND, NOW)


def test_a_gateway_needs_the_keys_of_a_dcc() -> None:
    certificates = Keystore()
    for certificate, _, use, _ in make().keys.entries():
        certificates.add(certificate, use=use)
    signs = Keystore()
    for certificate, private_key, use, _ in make().keys.entries():
        signs.add(certificate, private_key if certificate.role is RemotePartyRole.DSP_XML_SIGN else None, use)
    for keystore, missing in (
        (Keystore(), "accessControlBroker KA certificate"),
        (share(make().keys, without=RemotePartyRole.DSP_XML_SIGN), "xmlSign certificate"),
        (certificates, "dspXmlSign private key"),
        (signs, "KA private key"),
    ):
        with pytest.raises(MissingKeyError, match=missing):
            gateway(keystore=keystore)


# What comes over the WAN.


def test_what_is_not_the_awaited_response_is_dropped(dcc: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    request = ask("7.3", 4, 1)
    payload = signed_by_user(pre_command(dcc, request))
    command = sent(dcc.request(signed(order(request, 5, payload)), SEND, NOW))
    good = respond(command)
    unsigned = protection.add_mac(replace(good, signature=None), USE_CASES["ECS10"].category, make().keys)
    bad = [
        b"",
        b"\xdd",
        command,
        protection.sign(replace(good, originator_counter=2), make().keys).encode(),
        protection.sign(replace(good, originator=GAS_METER), make().keys).encode(),
        protection.sign(replace(good, message_code=0x0052), make().keys).encode(),
        replace(good, signature=bytes(64)).encode(),
        replace(good, signature=None).encode(),
        unsigned.encode(),
        replace(unsigned, message_code=USE_CASES["ECS10"].message_codes[0]).encode(),
        replace(good, cra=Cra.ALERT).encode(),
    ]
    with caplog.at_level(logging.INFO):
        for octets in bad:
            caplog.clear()
            assert dcc.receive(octets, NOW) == []
            assert caplog.records
    assert "alert 0x0051" in caplog.text
    assert dcc.receive(good.encode(), NOW)


@given(st.binary(max_size=300))
def test_whatever_comes_over_the_wan_is_survived(octets: bytes) -> None:
    dcc = gateway()
    command = sent(dcc.request(signed(ask("3.1", 1, 1)), SEND, NOW))
    for message in (octets, command[:7] + octets, command[: len(octets)] + octets):
        assert dcc.receive(message, NOW) == []


@pytest.mark.parametrize("keystore", [make().dcc, make().keys], ids=["the DCC's", "everybody's"])
def test_a_mac_is_checked_where_the_dcc_is_the_recipient_and_passed_on_where_a_user_is(keystore: Keystore) -> None:
    dcc = gateway(keystore=keystore)
    for user, passed in ((EXPORTER, 0), (OPERATOR, 1)):
        good = respond(sent(dcc.request(signed(ask("4.2", 1, 1, user)), SEND, NOW)))
        bad = replace(good, mac=bytes(12))
        assert len(dcc.receive(bad.encode(), NOW)) == passed
        assert len(dcc.receive(good.encode(), NOW)) == 1 - passed


def test_a_silent_device_is_given_up(dcc: Gateway) -> None:
    request = ask("3.1", 1, 1)
    answer = dcc.request(signed(request), SEND, NOW)
    assert dcc.release(answer.sends[0])
    assert dcc.next_wake() == NOW + TIMEOUT
    assert dcc.wake(NOW + TIMEOUT - timedelta(microseconds=1)) == []
    response = read(posted(dcc.wake(NOW + TIMEOUT)))
    assert (response.response_code, response.request_id, response.payload) == ("E21", request.request_id, {})
    assert response.response_id == RequestID(METER, SUPPLIER, 1)
    assert dcc.next_wake() is None
    assert dcc.receive(respond(answer.sends[0].message).encode(), NOW + TIMEOUT) == []


def test_a_command_that_could_not_be_delivered_is_not_sent_afterwards(dcc: Gateway) -> None:
    answer = dcc.request(signed(ask("3.1", 1, 1)), SEND, NOW)
    assert read(posted(dcc.wake(NOW + TIMEOUT))).response_code == "E20"
    assert not dcc.release(answer.sends[0])


def test_each_command_has_its_own_deadline(dcc: Gateway) -> None:
    for counter in (1, 2, 3):
        dcc.request(signed(ask("3.1", 1, counter)), SEND, NOW + timedelta(seconds=4 - counter))
    assert dcc.next_wake() == NOW + TIMEOUT + timedelta(seconds=1)
    given_up = [counter_of(post.document) for post in dcc.wake(NOW + TIMEOUT + timedelta(seconds=2))]
    assert given_up == [3, 2]
    assert dcc.next_wake() == NOW + TIMEOUT + timedelta(seconds=3)


# What is not forgotten.


def test_a_gateway_goes_on_where_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "state"
    state = opened(path)
    dcc = gateway(state)
    requests = [ask("3.1", 1, 1), ask("4.1.1", 1, 2), ask("7.3", 4, 3), ask("4.2", 1, 4, EXPORTER)]
    dcc.request(signed(requests[0]), SEND, NOW)
    octets = respond(sent(dcc.request(signed(requests[1]), SEND, NOW))).encode()
    undelivered = dcc.receive(octets, NOW)
    message = pre_command(dcc, requests[2])
    counter = Message.decode(sent(dcc.request(signed(requests[3]), SEND, NOW))).originator_counter
    state.close()

    state = opened(path)
    assert Gateway(make().dcc, Inventory({}, {}), state).undelivered() == []
    dcc = gateway(state)
    assert dcc.undelivered() == undelivered
    for request in requests:
        endpoint = TRANSFORM if request.command_variant == 4 else SEND
        assert refused(dcc.request(signed(request), endpoint, NOW)) == "E100"
    assert code_of(dcc.request(signed(order(requests[2], 5, signed_by_user(message))), SEND, NOW)) == "I99"
    later = Message.decode(sent(dcc.request(signed(ask("4.2", 1, 5, EXPORTER)), SEND, NOW - timedelta(hours=1))))
    assert later.originator_counter == counter + 1
    assert dcc.next_wake() == NOW - timedelta(hours=1) + TIMEOUT
    assert {counter_of(post.document) for post in dcc.wake(NOW + TIMEOUT)} == {1, 3, 4, 5}


def test_a_state_file_is_one_gateway_s(tmp_path: Path) -> None:
    path = tmp_path / "state"
    state = opened(path)
    with pytest.raises(DuisError, match="locked"):
        State(str(path))
    state.close()
    opened(path).close()
    path.write_bytes(b"something else" * 100)
    for bad in (path, tmp_path, tmp_path / "none" / "state"):
        with pytest.raises(DuisError, match="state"):
            State(str(bad))
