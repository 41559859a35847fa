from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from duis.document import (
    DccAlert,
    DeviceAlert,
    Request,
    Response,
    Smets1Response,
    from_json,
    parse,
    read_header,
    request_id_of,
    set_counter,
)
from duis.errors import CommandVariantError, DocumentError, DuisError
from duis.identifiers import RequestID
from duis.markup import parse as parse_xml
from duis.markup import serialise
from duis.schema.values import ANY_YEAR, CalendarDate
from duis.services import COMMAND_VARIANTS, SERVICES, Endpoint, FutureDating
from tests.duis.conftest import DCC, ESME, NOW, REQUEST, USER
from tests.duis.strategies import documents

ID = RequestID(USER, ESME, 1000)
HEADER = "Request/Header"
MESSAGE = "Request/Body/DisplayMessage"


@given(documents)
def test_reads_what_it_writes(document):
    assert parse(document.to_xml()) == document


@given(documents)
def test_json_is_plain_and_leads_back(document):
    text = json.dumps(document.to_json())
    again = from_json(json.loads(text))
    assert again == document
    assert again.to_xml() == document.to_xml()


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
        ('schemaVersion="5.4"', 'schemaVersion="5.5"', "Request/@schemaVersion"),
        ('schemaVersion="5.4"', 'schemaVersion="3.1"', "Request/@schemaVersion"),
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
    root = parse_xml(REQUEST.encode())
    set_counter(root, 7)
    assert serialise(root).endswith(changed(":1000<", ":7<"))
    assert request_id_of(root).counter == 7


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (">Hello<", None),
        ('>Hello</sr:SupplierMessage><sr:SupplierMessage xmlns:a="urn:a"><', f"{MESSAGE}/SupplierMessage"),
    ],
)
def test_header_and_body_are_read_strictly_and_the_request_id_alone_is_not(body, path):
    document = changed(">Hello<", body)
    assert request_id_of(parse_xml(document)) == ID
    if path:
        with pytest.raises(DocumentError) as caught:
            parse(document)
        assert caught.value.path == path


# How a document was written.

WRITTEN = """<r:Request xmlns:r="http://www.dccinterface.co.uk/ServiceUserGateway" xmlns:a="urn:a"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x y.xsd" schemaVersion="5.40"><r:Header>
<r:RequestID> 90-b3-d5-1f-30-01-00-00:00-db-12-34-56-78-90-a0:1000</r:RequestID>
<r:FirstInSequence>1</r:FirstInSequence><r:CommandVariant>+04</r:CommandVariant>
<r:ServiceReference>6.26</r:ServiceReference><r:ServiceReferenceVariant>6.26</r:ServiceReferenceVariant></r:Header>
<r:Body><r:UpdateDeviceConfigurationDailyResettingOfTariffBlockCounterMatrix>
<r:DailyTariffBlockCounterMatrixReset>0</r:DailyTariffBlockCounterMatrixReset>
</r:UpdateDeviceConfigurationDailyResettingOfTariffBlockCounterMatrix></r:Body></r:Request>""".replace("\n<", "<")


def test_what_can_be_written_in_several_ways_stays_as_it_was():
    document = parse(WRITTEN.encode())
    assert (document.request_id, document.command_variant, document.first_in_sequence) == (ID, 4, True)
    assert document.body == {"DailyTariffBlockCounterMatrixReset": False}
    for same in (document, from_json(json.loads(json.dumps(document.to_json())))):
        assert canonical(same.to_xml()) == canonical(WRITTEN.encode())


def canonical(document: bytes) -> bytes:
    return etree.tostring(etree.fromstring(document), method="c14n")


def test_a_changed_value_is_written_anew():
    document = parse(WRITTEN.encode())
    changed_body = replace(document, body={"DailyTariffBlockCounterMatrixReset": True}, first_in_sequence=None)
    text = changed_body.to_xml().decode()
    assert ">true</r:Daily" in text
    assert "FirstInSequence" not in text
    assert "+04" in text


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-06-01T01:30:00+01:00", datetime(2024, 6, 1, 0, 30, tzinfo=UTC)),
        ("2024-06-01T01:30:00", datetime(2024, 6, 1, 1, 30, tzinfo=UTC)),
        ("2024-06-30T24:00:00Z", datetime(2024, 7, 1, tzinfo=UTC)),
        ("2024-06-01T01:30:00.1234567Z", datetime(2024, 6, 1, 1, 30, 0, 123456, tzinfo=UTC)),
    ],
)
def test_moments_are_read_whatever_their_zone_and_decimals(text, moment):
    element = f"<sr:ExecutionDateTime>{text}</sr:ExecutionDateTime>"
    document = changed("<sr:SupplierMessage>", f"{element}<sr:SupplierMessage>")
    request = parse(document)
    assert request.body["ExecutionDateTime"] == moment
    assert request.to_xml().endswith(document)


def test_a_date_may_hold_in_every_year():
    written = CalendarDate(ANY_YEAR, 4, 29)
    request = Request(ID, 8, SERVICES["8.6"], {**OPT_IN, "OptInDate": written})
    assert b">65535-04-29Z<" in request.to_xml()
    assert parse(request.to_xml()).body["OptInDate"] == written
    assert b">2024-05-01Z<" in Request(ID, 8, SERVICES["8.6"], {**OPT_IN, "OptInDate": NOW.date()}).to_xml()


OPT_IN = {"DeviceID": ESME, "DeviceType": "ESME", "MPxNs": {"ImportMPxN": "1200000000019"}}


# Errors in JSON.


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"SupplierMessage": 5}, f"{MESSAGE}/SupplierMessage"),
        ({"SupplierMessage": ["Hello"]}, f"{MESSAGE}/SupplierMessage"),
        ({"SupplierMessage": {"#text": "Hello"}}, f"{MESSAGE}/SupplierMessage"),
        ({"Message": "Hello"}, f"{MESSAGE}/Message"),
        ({"ExecutionDateTime": 1.5, "SupplierMessage": "Hello"}, f"{MESSAGE}/ExecutionDateTime"),
        ("Hello", MESSAGE),
        (["Hello"], MESSAGE),
    ],
)
def test_an_error_in_json_names_the_element(change, path):
    fields = parse(REQUEST.encode()).to_json()
    fields["Request"]["Body"]["DisplayMessage"] = change
    with pytest.raises(DocumentError) as caught:
        from_json(fields).to_xml()
    assert caught.value.path == path


@pytest.mark.parametrize(
    "fields",
    [
        None,
        [],
        {},
        {"Request": 1},
        {"Request": {}, "Response": {}},
        {"Alert": {}},
        {"Request": {}},
        {"Response": {}},
        {"Request": {"@xmlns:": 1, "Header": []}},
        {"Response": {"@schemaVersion": "5.4", "Header": {}, "Body": {"ResponseMessage": {}}}},
    ],
)
def test_what_is_no_document_in_json_is_refused(fields):
    with pytest.raises(DocumentError):
        from_json(fields).to_xml()


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@given(documents, _json, st.data())
def test_nothing_but_the_own_errors_escapes_from_json(document, noise, data):
    fields = document.to_json()
    place, key = {"": fields}, ""
    while isinstance(place[key], dict | list) and place[key] and data.draw(st.integers(0, 3)):
        place = place[key]
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    place[key] = noise
    with contextlib.suppress(DuisError):
        assert parse(from_json(fields).to_xml())


# Alerts.


def test_an_alert_of_a_device():
    alert = DeviceAlert(
        alert_code=b"\x8f\x3f",
        payload=b"\xdf",
        response_date_time=NOW,
        response_id=RequestID(ESME, USER, 5),
        throttled_count=3,
    )
    text = alert.to_xml().decode()
    assert "<sr:DeviceAlertMessage><sr:AlertCode>8F3F<" in text
    assert "<sr:ThrottledAlertCount>3<" in text
    assert parse(alert.to_xml()) == alert


def test_an_alert_of_the_dcc():
    event = {"PowerOutageEvent": {"CommsHubDeviceID": ESME, "StartDateTime": NOW, "MPxN": "1200000000019"}}
    alert = DccAlert(alert_code="AD1", alert=event, response_date_time=NOW, response_id=RequestID(DCC, USER, 5))
    assert parse(alert.to_xml()) == alert
    for bad in ({}, {**event, "UpdateHANDeviceLogResult": {"UpdateHANDeviceLogServiceRequestID": ID}}):
        with pytest.raises(DocumentError):
            replace(alert, alert=bad).to_xml()
    with pytest.raises(DocumentError, match="N32"):
        replace(alert, alert_code="N32").to_xml()


def test_what_a_smets1_provider_signed_is_kept_as_it_is():
    signed = (
        '<sr:SMETS1SignedResponse xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion="5.4">'
        '<sr:SMETS1Response><a:Any xmlns:a="urn:a"/></sr:SMETS1Response></sr:SMETS1SignedResponse>'
    )
    response = Smets1Response(response_date_time=NOW, message={"DSPScheduleID": 5, "SMETS1SignedResponse": signed})
    assert parse(response.to_xml()).message == {"DSPScheduleID": 5, "SMETS1SignedResponse": signed}
    assert from_json(response.to_json()) == response
    for bad in ("<a/>", "text", 5, "<!DOCTYPE x []>" + signed):
        with pytest.raises(DocumentError) as caught:
            replace(response, message={"SMETS1SignedResponse": bad}).to_xml()
        assert caught.value.path == "Response/Body/SMETS1ResponseMessage/SMETS1SignedResponse"


def test_a_response_names_a_service():
    with pytest.raises(DocumentError, match=r"no service 4\.9"):
        Response("I0", NOW, "4.9").to_xml()


@given(st.binary(max_size=40), st.integers(0, len(REQUEST)), st.integers(0, 40))
def test_nothing_but_the_own_errors_escapes(noise, start, length):
    document = REQUEST.encode()
    with contextlib.suppress(DuisError):
        parse(document[:start] + noise + document[start + length :])


# The service table.


def test_every_service_is_asked_for_in_one_way():
    for service in SERVICES.values():
        variants = [COMMAND_VARIANTS[number] for number in service.command_variants]
        assert service.critical == any(variant.endpoint is Endpoint.TRANSFORM for variant in variants)
        assert service.for_device == any(variant.sent for variant in variants)
        assert len(service.roles) or service.variant in ("7.16", "8.5", "8.6")
        assert list(service.body.type.elements)[:1] == ["ExecutionDateTime"] or service.future_dating in (
            FutureDating.NONE,
            FutureDating.DEVICE,
        )


def test_there_are_129_services_and_8_command_variants():
    assert len(SERVICES) == 129
    assert sorted(COMMAND_VARIANTS) == list(range(1, 9))
