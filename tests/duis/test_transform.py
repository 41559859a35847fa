"""Requests become commands, responses become MMC documents."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from duis.__main__ import main
from duis.document import Request
from duis.errors import TransformError
from duis.identifiers import RequestID
from duis.mapping.table import MAPPINGS
from duis.mmc import NAMESPACE, render
from duis.services import SERVICES
from duis.transform import Context, Originator, command, roles_of, transform
from gbcs.cosem.date_time import CosemDateTime
from gbcs.decoding import decode
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.message import Kind, Message
from gbcs.roles import KeyUse, RemotePartyRole
from gbcs.security.category import is_critical
from gbcs.security.protection import protect, sign, verify
from gbcs.usecases.catalogue import USE_CASES
from smki.authority import PARTIES, TestAuthority, make_estate
from smki.keystore import Keystore
from tests.command_line import run

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SUPPLIER = PARTIES[RemotePartyRole.SUPPLIER]
OPERATOR = PARTIES[RemotePartyRole.NETWORK_OPERATOR]
BROKER = PARTIES[RemotePartyRole.ACCESS_CONTROL_BROKER]
METER = Eui64.parse("00-00-5E-EF-10-00-01-00")
BODIES: dict[str, dict[str, Any]] = {
    "3.1": {"SupplierMessage": "Hello"},
    "6.11": {"CurrentDateTime": NOW, "TolerancePeriod": 60},
    "8.1.1": {"CurrentDateTime": NOW, "TolerancePeriod": 60},
}


@pytest.fixture(scope="module")
def keystore() -> Keystore:
    authority = TestAuthority.create(NOW, random.Random(2))
    return make_estate(authority, devices=[METER])


def request(variant: str, user: Eui64 = SUPPLIER, counter: int = 1000) -> Request:
    service = SERVICES[variant]
    first = min(service.command_variants)
    return Request(RequestID(user, METER, counter), first, service, BODIES.get(variant, {}))


def transformed(document: Request, keystore: Keystore, context: Context | None = None) -> Message:
    return transform(document, context or Context(), lambda user: roles_of(user, keystore))[1]


@pytest.mark.parametrize("variant", MAPPINGS)
def test_every_service_becomes_a_command_that_the_device_can_verify(variant: str, keystore: Keystore) -> None:
    user = OPERATOR if variant == "4.2" else SUPPLIER
    document = request(variant, user)
    use_case, message = transform(document, Context({METER: DeviceType.ESME}), lambda _: roles_of(user, keystore))
    assert message.identifier[:2] == (user, METER)
    assert message.originator_counter == 1000
    category = use_case.category_of(message.message_code)
    assert is_critical(category) == document.service.critical
    if is_critical(category):
        assert message.kind is Kind.PRECOMMAND
        message = sign(message, keystore)
    finished = command(use_case, message, keystore)
    verify(finished, category, keystore)
    assert decode(finished.encode(), keystore).use_case is use_case


def test_values_of_the_body_arrive_in_the_command(keystore: Keystore) -> None:
    shown = decode(transformed(request("3.1"), keystore).encode())
    assert shown.payload["supplier_message"] == "Hello"
    clock = decode(transformed(request("6.11"), keystore).encode()).payload["time_preset_adjusting_time"]
    assert str(clock["preset_time"]) == "never"
    assert str(clock["validity_interval_start"]) == "2026-11-23T12:00:00Z"
    assert str(clock["validity_interval_end"]) == "2026-11-23T12:01:00Z"


def test_a_user_that_the_device_does_not_know_goes_through_the_broker(keystore: Keystore) -> None:
    context = Context({METER: DeviceType.ESME}, Originator(BROKER, 77))
    message = transformed(request("4.2", SUPPLIER, 5), keystore, context)
    assert message.originator == BROKER
    assert message.originator_counter == 77
    assert message.supplementary.party == SUPPLIER
    assert message.supplementary.party_counter == 5
    with pytest.raises(TransformError, match="which counter"):
        transformed(request("4.2", SUPPLIER, 5), keystore)


def test_an_xml_signing_certificate_does_not_make_a_user_known_to_devices(keystore: Keystore) -> None:
    assert roles_of(SUPPLIER, keystore) == {RemotePartyRole.SUPPLIER}
    assert roles_of(Eui64.parse("00-00-5E-EF-10-00-09-00"), keystore) is None
    xml_only = Keystore()
    xml = keystore.find(SUPPLIER, KeyUse.DS, role=RemotePartyRole.XML_SIGN)
    xml_only.add(xml.certificate)
    assert roles_of(SUPPLIER, xml_only) == frozenset()
    with pytest.raises(TransformError, match="not known to the device"):
        transformed(request("3.1"), xml_only)


def test_an_interval_beyond_the_calendar_is_refused(keystore: Keystore) -> None:
    body = {"CurrentDateTime": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), "TolerancePeriod": 60}
    with pytest.raises(TransformError, match="9999"):
        transformed(replace(request("6.11"), body=body), keystore)


def test_a_service_that_the_device_does_not_have_is_refused(keystore: Keystore) -> None:
    with pytest.raises(TransformError) as caught:
        transformed(request("7.3"), keystore, Context({METER: DeviceType.GSME}))
    assert caught.value.response_code == "E11"


@pytest.mark.parametrize(
    "fields", [[], {"devices": {"x": "ESME"}}, {"devices": {METER.hex(): "METER"}}, {"originator": {}}]
)
def test_a_context_that_says_something_else_is_refused(fields: object) -> None:
    with pytest.raises(TransformError, match="context"):
        Context.from_json(fields)


# Responses.


def response(variant: str, answers: dict[str, Any], keystore: Keystore) -> bytes:
    user = OPERATOR if variant == "4.2" else SUPPLIER
    use_case = USE_CASES[MAPPINGS[variant][0].use_case]
    message = transformed(request(variant, user), keystore)
    payload = use_case.form().from_json(answers, Kind.RESPONSE)
    answer = use_case.reply(message, payload, date_time=CosemDateTime.of(NOW), keys=keystore)
    return protect(answer, use_case.category, keystore).encode()


def texts(document: bytes) -> dict[str, str]:
    """Path of element names to text, of every element that has text and of every attribute."""
    root = etree.fromstring(document)
    found = {}
    for node in root.iter():
        names = [etree.QName(part).localname for part in (*reversed(list(node.iterancestors())), node)][1:]
        if node.text:
            found["/".join(names)] = node.text
        found |= {f"{'/'.join(names)}@{name}": value for name, value in node.attrib.items()}
    return found


REGISTERS = {
    "active_import_value": 4711,
    "active_scal_unit_type": {"active_import_scaler": 0, "active_import_unit": "Wh"},
    "reactive_import_value": 12,
    "reactive_scal_unit_type": {"reactive_import_scaler": 0, "reactive_import_unit": "varh"},
}


def test_the_register_reading_is_in_the_document(keystore: Keystore) -> None:
    octets = response("4.1.1", {"import_register_collection": {"value": REGISTERS}}, keystore)
    shown = texts(render(decode(octets, keystore)))
    inside = "Body/ResponseMessage/SMETSData/ReadInstantaneousImportRegistersRsp"
    assert shown[f"{inside}@MessageSuccess"] == "true"
    assert shown[f"{inside}/Electricity/ActiveImportRegister/Value"] == "4711"
    assert shown[f"{inside}/Electricity/ReactiveImportRegister/ReactiveEnergyUnit"] == "varh"
    assert f"{inside}/Electricity/SecondaryActiveImportRegister/Value" not in shown
    assert shown["Header/BusinessOriginatorID"] == str(METER)
    assert shown["Header/OriginatorCounter"] == "1000"
    assert shown["Header/GBCSHexadecimalMessageCode"] == "0027"
    assert shown["Header/ServiceReferenceVariant"] == "4.1.1"
    assert shown["Header/Timestamp"] == "2026-11-23T12:00:00Z"
    assert shown["Header/Timestamp@ClockStatus"] == "reliable"


def test_a_secondary_element_has_its_own_register(keystore: Keystore) -> None:
    twin = REGISTERS | {"second_active_import_value": 99}
    octets = response("4.1.1", {"import_register_collection": {"value": twin}}, keystore)
    shown = texts(render(decode(octets, keystore)))
    assert any(path.endswith("SecondaryActiveImportRegister/Value") and text == "99" for path, text in shown.items())


def test_what_cannot_be_decrypted_is_passed_on_encrypted(keystore: Keystore) -> None:
    octets = response("4.1.1", {"import_register_collection": {"value": REGISTERS}}, keystore)
    root = etree.fromstring(render(decode(octets)))
    assert [data.get("format") for data in root.iter(f"{{{NAMESPACE}}}GBCSData")] == ["plain", "encrypted"]
    assert root.find(f".//{{{NAMESPACE}}}SMETSData") is None


def test_a_failure_is_explained_instruction_by_instruction(keystore: Keystore) -> None:
    answers = {
        "time_clock_base": {},
        "time_preset_adjusting_time": {"result": "temporary-failure"},
        "time_adjust_to_preset_time": {"result": 15},
        "time": {"result": 250},
        "time_status": {"result": 99},
    }
    root = etree.fromstring(render(decode(response("6.11", answers, keystore), keystore)))
    debug = root.findall(f".//{{{NAMESPACE}}}COSEMResponse")
    assert [(d.get("Position"), d.get("ResponseCode"), etree.QName(d[0]).localname, d[0].text) for d in debug] == [
        ("1", "0", "DataAccessResult", "success"),
        ("2", "2", "ActionResult", "temporary-failure"),
        ("3", "15", "ActionResult", "long-action-aborted"),
        ("4", "250", "DataAccessResult", "other-reason"),
        ("5", "99", "DataAccessResult", "response-code-not-known"),
    ]
    assert root.find(f".//{{{NAMESPACE}}}SynchroniseClockRsp").get("MessageSuccess") == "false"


def test_one_use_case_answers_two_services(keystore: Keystore) -> None:
    answers = {
        "time_clock_base": {},
        "time_preset_adjusting_time": {},
        "time_adjust_to_preset_time": {},
        "time": {"value": "2026-11-23T12:00:01Z"},
        "time_status": {"value": "unreliable"},
    }
    decoded = decode(response("6.11", answers, keystore), keystore)
    assert b"CommissionDeviceSynchroniseClockRsp" in render(decoded, "8.1.1")
    shown = texts(render(decoded))
    clock = "Body/ResponseMessage/SMETSData/SynchroniseClockRsp"
    assert shown[f"{clock}/DeviceTime"] == "2026-11-23T12:00:01Z"
    assert shown[f"{clock}/Electricity/ElecClockTimeStatus@TimeStatusCode"] == "2"
    assert shown[f"{clock}/Electricity/ElecClockTimeStatus/TimeStatus"] == "unreliable"
    with pytest.raises(TransformError, match=r"no service 7\.3 leads to ECS70"):
        render(decoded, "7.3")


def test_a_command_has_no_response_document(keystore: Keystore) -> None:
    with pytest.raises(TransformError):
        render(decode(transformed(request("3.1"), keystore).encode()))


# The commands.


duis = partial(run, main)


@pytest.fixture(scope="module")
def folder(keystore: Keystore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys") / "estate"
    keystore.save(folder)
    return folder


def test_transform_prints_pre_command_and_command(folder: Path, keystore: Keystore) -> None:
    run = duis("transform", "--keystore", str(folder), "--json", "-", stdin=request("7.3").to_xml())
    shown = json.loads(run.stdout)
    assert (shown["srv"], shown["use_case"], shown["command"]) == ("7.3", "ECS44", None)
    assert Message.decode(bytes.fromhex(shown["pre_command"])).kind is Kind.PRECOMMAND
    signed = duis("transform", "--keystore", str(folder), "--json", "--sign", "-", stdin=request("7.3").to_xml())
    verify(Message.decode(bytes.fromhex(json.loads(signed.stdout)["command"])), USE_CASES["ECS44"].category, keystore)


def test_a_request_that_cannot_be_transformed_spoils_only_itself(folder: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_bytes(request("3.1").to_xml())
    bad.write_bytes(request("3.1").to_xml().replace(b"Hello", b"Hello\xc2\xa3"))
    run = duis("transform", "--keystore", str(folder), "--json", str(bad), str(good))
    first, second = map(json.loads, run.stdout.splitlines())
    assert run.returncode != 0
    assert "SupplierMessage" in first["error"]
    assert second["use_case"] == "ECS10"


def test_mmc_refuses_a_response_that_is_not_the_device_s(folder: Path, keystore: Keystore) -> None:
    octets = response("11.2", {"firmware_version": {"value": "0123abcd"}}, keystore)
    good = duis("mmc", "--keystore", str(folder), "-", stdin=octets.hex().encode())
    assert b"<ra:FirmwareVersion>0123ABCD</ra:FirmwareVersion>" in good.stdout
    bad = duis("mmc", "--keystore", str(folder), "-", stdin=octets[:-1].hex().encode() + b"00")
    assert bad.returncode == 4
    assert bad.stdout == b""


def test_mmc_names_the_key_it_lacks(keystore: Keystore, tmp_path: Path) -> None:
    octets = response("11.2", {"firmware_version": {"value": "0123abcd"}}, keystore)
    lacking = Keystore()
    for entry in keystore.entries():
        if entry.certificate.eui != METER or entry.use is not KeyUse.KA:
            lacking.add(entry.certificate, entry.private_key, entry.use)
    lacking.save(tmp_path / "lacking")
    run = duis("mmc", "--keystore", str(tmp_path / "lacking"), "-", stdin=octets.hex().encode())
    assert run.returncode == 3
    assert METER.hex().encode() in run.stderr
