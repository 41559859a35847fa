from __future__ import annotations

import contextlib
import string
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duis.document import Request, Response, parse, read_header, with_counter
from duis.errors import CommandVariantError, DocumentError, DuisError
from duis.identifiers import RequestID
from duis.markup import parse as parse_xml
from duis.response_codes import RESPONSE_CODES
from duis.services import COMMAND_VARIANTS, SERVICES, Input
from tests.duis.conftest import ESME, NOW, REQUEST, USER
from tests.duis.test_identifiers import counters, euis

ID = RequestID(USER, ESME, 1000)
HEADER = "Request/Header"
MESSAGE = "Request/Body/DisplayMessage"

times = st.datetimes(datetime(1970, 1, 1), datetime(3000, 12, 31), timezones=st.just(UTC))
payloads = st.binary(max_size=60)
bodies = {
    "3.1": st.fixed_dictionaries(
        {"SupplierMessage": st.text(string.printable[:95], min_size=1, max_size=116)},
        optional={"ExecutionDateTime": times},
    ),
    "6.11": st.fixed_dictionaries({"CurrentDateTime": times, "TolerancePeriod": st.integers(0, 86400)}),
    "7.3": st.just({}),
}
bodies["8.1.1"] = bodies["6.11"]
read = st.fixed_dictionaries({}, optional={"ExecutionDateTime": times})
pre_command = st.fixed_dictionaries({"GBCSPayload": payloads}, optional={"ExecutionDateTime": times})


@st.composite
def requests(draw):
    service = draw(st.sampled_from(list(SERVICES.values())))
    variant = draw(st.sampled_from(sorted(service.command_variants)))
    signed = COMMAND_VARIANTS[variant].input is Input.SIGNED_PRE_COMMAND
    return Request(
        RequestID(draw(euis), draw(euis), draw(counters)),
        variant,
        service,
        draw(pre_command if signed else bodies.get(service.variant, read)),
        draw(st.sampled_from(["4.0", "5.4"])),
        draw(st.sampled_from([None, True, False])),
        draw(st.none() | st.builds(RequestID, euis, euis, counters)),
    )


responses = st.builds(
    Response,
    st.sampled_from([*RESPONSE_CODES, "E061301", "W110101"]),
    times,
    st.sampled_from(["4.1.1", "11.2", "12.1"]),
    st.just({})
    | st.fixed_dictionaries({"GBCSPayload": payloads})
    | st.fixed_dictionaries({"LocalCommand": st.fixed_dictionaries({"GBCSPayload": payloads})})
    | st.fixed_dictionaries(
        {"PreCommand": st.fixed_dictionaries({"GBCSVersion": st.just("4.1"), "GBCSPayload": payloads})}
    ),
    st.none() | st.builds(RequestID, euis, euis, counters),
    st.none() | st.builds(RequestID, euis, euis, counters),
)


@given(requests() | responses)
def test_reads_what_it_writes(document):
    assert parse(document.to_xml()) == document


def test_a_request_is_compact_with_the_declaration_of_the_field():
    declaration = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>'
    assert Request(ID, 1, SERVICES["3.1"], {"SupplierMessage": "Hello"}).to_xml().decode() == declaration + REQUEST


def test_dates_are_written_in_utc_with_the_decimals_of_the_field():
    at = datetime(2024, 6, 1, 1, 30, tzinfo=timezone(timedelta(hours=1)))
    request = Request(ID, 1, SERVICES["4.1.1"], {"ExecutionDateTime": at}).to_xml()
    assert b"<sr:ExecutionDateTime>2024-06-01T00:30:00.00Z<" in request
    response = Response("I99", NOW.replace(microsecond=1500), "4.1.1").to_xml()
    assert b"<sr:ResponseDateTime>2024-05-01T12:00:00.0015Z<" in response


def changed(old: str, new: str) -> bytes:
    assert REQUEST.count(old) == 1
    return REQUEST.replace(old, new).encode()


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (">Hello<", "><", f"{MESSAGE}/SupplierMessage"),
        (">Hello<", f">{'x' * 117}<", f"{MESSAGE}/SupplierMessage"),
        (">Hello<", ">caf\u00e9<", f"{MESSAGE}/SupplierMessage"),
        (">Hello<", "><sr:Hello/><", f"{MESSAGE}/SupplierMessage/Hello"),
        ("<sr:SupplierMessage>", '<sr:SupplierMessage index="1">', f"{MESSAGE}/SupplierMessage"),
        ("<sr:SupplierMessage>Hello</sr:SupplierMessage>", "", MESSAGE),
        ("<sr:DisplayMessage>", "<sr:DisplayMessage>text", MESSAGE),
        ("</sr:DisplayMessage>", "<sr:Extra/></sr:DisplayMessage>", f"{MESSAGE}/Extra"),
        (
            "</sr:DisplayMessage>",
            "<sr:SupplierMessage>x</sr:SupplierMessage></sr:DisplayMessage>",
            f"{MESSAGE}/SupplierMessage",
        ),
        (
            "</sr:DisplayMessage>",
            "<sr:ExecutionDateTime>2024-01-01T00:00:00Z</sr:ExecutionDateTime></sr:DisplayMessage>",
            f"{MESSAGE}/ExecutionDateTime",
        ),
        (
            "<sr:SupplierMessage>",
            "<sr:ExecutionDateTime>2024-01-01T00:00:00</sr:ExecutionDateTime><sr:SupplierMessage>",
            f"{MESSAGE}/ExecutionDateTime",
        ),
        (
            "<sr:SupplierMessage>",
            "<sr:ExecutionDateTime>2024-02-30T00:00:00Z</sr:ExecutionDateTime><sr:SupplierMessage>",
            f"{MESSAGE}/ExecutionDateTime",
        ),
        (
            "<sr:SupplierMessage>",
            "<sr:ExecutionDateTime>0001-01-01T00:00:00+01:00</sr:ExecutionDateTime><sr:SupplierMessage>",
            f"{MESSAGE}/ExecutionDateTime",
        ),
        ("</sr:Body>", "<sr:ArmSupply/></sr:Body>", "Request/Body/ArmSupply"),
        ("</sr:Body>", "</sr:Body><sr:Body/>", "Request/Body"),
        ("<sr:CommandVariant>1<", "<sr:CommandVariant>0<", f"{HEADER}/CommandVariant"),
        ("<sr:CommandVariant>1<", "<sr:CommandVariant>one<", f"{HEADER}/CommandVariant"),
        ("<sr:CommandVariant>1</sr:CommandVariant>", "", HEADER),
        (":1000<", ":01000<", f"{HEADER}/RequestID"),
        ("<sr:ServiceReference>3.1<", "<sr:ServiceReference>3.2<", f"{HEADER}/ServiceReference"),
        (
            "<sr:ServiceReference>3.1</sr:ServiceReference><sr:ServiceReferenceVariant>3.1<",
            "<sr:ServiceReference>3.9</sr:ServiceReference><sr:ServiceReferenceVariant>3.9<",
            f"{HEADER}/ServiceReferenceVariant",
        ),
        (' schemaVersion="5.4"', "", "Request/@schemaVersion"),
        ('schemaVersion="5.4"', 'schemaVersion="five"', "Request/@schemaVersion"),
        ('schemaVersion="5.4"', 'schemaVersion="5.4" Id="x"', "Request"),
        (
            "<sr:CommandVariant>",
            "<sr:FirstInSequence>maybe</sr:FirstInSequence><sr:CommandVariant>",
            f"{HEADER}/FirstInSequence",
        ),
    ],
)
def test_an_error_names_the_element(old, new, path):
    with pytest.raises(DocumentError) as caught:
        parse(changed(old, new))
    assert caught.value.path == path


def test_a_body_of_another_service_is_refused():
    with pytest.raises(DocumentError, match="Request/Body: DisplayMessage missing"):
        parse(REQUEST.replace("DisplayMessage", "ArmSupply").encode())


def test_a_command_variant_of_another_service_is_an_error_of_its_own():
    with pytest.raises(CommandVariantError):
        parse(changed("<sr:CommandVariant>1<", "<sr:CommandVariant>4<"))
    with pytest.raises(CommandVariantError):
        Request(ID, 9, SERVICES["3.1"])


@pytest.mark.parametrize(
    ("variant", "body", "path"),
    [
        ("6.11", {"CurrentDateTime": NOW}, "Request/Body/SynchroniseClock"),
        ("6.11", {"CurrentDateTime": NOW, "TolerancePeriod": 86401}, "Request/Body/SynchroniseClock/TolerancePeriod"),
        ("6.11", {"CurrentDateTime": NOW, "TolerancePeriod": "60"}, "Request/Body/SynchroniseClock/TolerancePeriod"),
        ("6.11", {"CurrentDateTime": NOW, "TolerancePeriod": True}, "Request/Body/SynchroniseClock/TolerancePeriod"),
        (
            "6.11",
            {"CurrentDateTime": NOW.replace(tzinfo=None), "TolerancePeriod": 1},
            "Request/Body/SynchroniseClock/CurrentDateTime",
        ),
        ("7.3", {"Extra": 1}, "Request/Body/ArmSupply/Extra"),
        ("7.3", "text", "Request/Body/ArmSupply"),
    ],
)
def test_values_are_checked_as_well(variant, body, path):
    with pytest.raises(DocumentError) as caught:
        Request(ID, 4, SERVICES[variant], body).to_xml()
    assert caught.value.path == path


def test_text_that_xml_cannot_carry_is_refused():
    response = Response("I0", NOW, "7.3", {"PreCommand": {"GBCSVersion": "4\0", "GBCSPayload": b""}})
    with pytest.raises(DocumentError) as caught:
        response.to_xml()
    assert caught.value.path == "Response/Body/ResponseMessage/PreCommand/GBCSVersion"


def test_a_response_returns_one_thing():
    with pytest.raises(DocumentError, match="exclude each other"):
        Response("I0", NOW, "7.3", {"GBCSPayload": b"", "LocalCommand": {"GBCSPayload": b""}}).to_xml()


def test_a_signed_pre_command_goes_where_the_variant_wants_one():
    request = Request(ID, 5, SERVICES["7.3"], {"GBCSPayload": b"\xdf"})
    assert b"<sr:SignedPreCommand><sr:GBCSPayload>3w==<" in request.to_xml()
    with pytest.raises(DocumentError, match="GBCSPayload missing"):
        Request(ID, 5, SERVICES["7.3"]).to_xml()


def test_a_signature_is_passed_over():
    signature = '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/></sr:Request>'
    assert parse(changed("</sr:Request>", signature)) == parse(REQUEST.encode())


def test_the_header_of_an_unknown_service_can_be_read():
    document = REQUEST.replace(">3.1<", ">3.9<").replace("DisplayMessage", "Anything").encode()
    header = read_header(parse_xml(document))
    assert (header.request_id, header.command_variant, header.variant) == (ID, 1, "3.9")


def test_a_response_has_no_request_header():
    with pytest.raises(DocumentError, match="Header missing"):
        read_header(parse_xml(Response("I99", NOW, "4.1.1", request_id=ID).to_xml()))


def test_the_counter_alone_is_replaced():
    assert with_counter(REQUEST.encode(), 7).endswith(changed(":1000<", ":7<"))


@given(st.binary(max_size=40), st.integers(0, len(REQUEST)), st.integers(0, 40))
def test_nothing_but_the_own_errors_escapes(noise, start, length):
    document = REQUEST.encode()
    with contextlib.suppress(DuisError):
        parse(document[:start] + noise + document[start + length :])


def test_critical_services_are_those_with_a_pre_command():
    assert {variant for variant, service in SERVICES.items() if service.critical} == {"6.11", "7.3", "8.1.1"}
