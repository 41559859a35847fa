"""What the author of a rig writes: use cases by name, commands, responses and alerts from keyword arguments."""

from __future__ import annotations

import inspect
from dataclasses import replace
from datetime import UTC, datetime

import pytest

import gbcs
from gbcs import usecases
from gbcs.errors import DecodeError, SecurityError, UseCaseError
from gbcs.message import Kind, Message
from gbcs.usecases.access_list import AccessList
from gbcs.usecases.model import UseCase
from tests.gbcs.keys import METER, SUPPLIER, MemoryKeys

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
_READING = {"active_import_value": 4711, "reactive_import_value": 0}
_UNITS = {
    "active_scal_unit_type": {"active_import_scaler": 0, "active_import_unit": "Wh"},
    "reactive_scal_unit_type": {"reactive_import_scaler": 0, "reactive_import_unit": "varh"},
}
#: Parameters of the builders, which no payload field may be called.
_RESERVED = {
    name
    for builder in (UseCase.command, UseCase.response, UseCase.alert)
    for name, parameter in inspect.signature(builder).parameters.items()
    if parameter.kind is not inspect.Parameter.VAR_KEYWORD
}


@pytest.fixture(scope="module")
def keys() -> MemoryKeys:
    return MemoryKeys()


def answered(command: Message, octets: bytes, keys: MemoryKeys | None = None) -> gbcs.Decoded:
    return gbcs.decode(octets, keys, command=gbcs.decode(command.encode()))


def test_use_cases_are_attributes() -> None:
    assert gbcs.usecases.ECS17b is gbcs.USE_CASES["ECS17b"]
    assert gbcs.usecases.GCA_DLMS is gbcs.USE_CASES["GCA-DLMS"]
    assert {"ECS17b", "GCA_DLMS", "profile"} <= set(dir(usecases))
    with pytest.raises(AttributeError, match="ECS999"):
        usecases.ECS999  # noqa: B018


def test_no_field_is_called_like_a_parameter() -> None:
    for use_case in gbcs.USE_CASES.values():
        if isinstance(use_case.payload, AccessList):
            assert _RESERVED.isdisjoint(access.name for access in use_case.payload.accesses), use_case.code


def test_a_reading_there_and_back(keys: MemoryKeys) -> None:
    command = usecases.ECS17b.command(SUPPLIER, METER, 1)
    response = usecases.ECS17b.response(
        command, date_time=NOON, keys=keys, import_register_collection={**_READING, **_UNITS}
    )
    decoded = answered(command, gbcs.protect(response, usecases.ECS17b.category, keys).encode(), keys)
    assert decoded.inspection.mac == "valid"
    assert decoded.message.date_time == gbcs.CosemDateTime.of(NOON)
    assert decoded.payload["import_register_collection"]["active_import_value"] == 4711


def test_what_fails_and_what_comes_after_it() -> None:
    command = usecases.ECS70.command(
        SUPPLIER,
        METER,
        1,
        time_preset_adjusting_time={
            "validity_interval_start": NOON,
            "validity_interval_end": NOON,
        },
    )
    first, second, *rest = gbcs.decode(command.encode()).payload
    response = usecases.ECS70.response(command, date_time=NOON, failures={second: "read-write-denied"})
    decoded = answered(command, response.encode())
    assert decoded.payload.item(first).result == 0
    assert decoded.payload.failures == {second: 3, **dict.fromkeys(rest, 250)}


@pytest.mark.parametrize(
    ("failures", "values", "said"),
    [
        ({}, {}, "ECS17b: import_register_collection: missing"),
        ({}, {"registers": 1}, "ECS17b: registers: no such field in a response to this command"),
        ({"registers": 1}, {}, "ECS17b: registers: no such field"),
        ({"import_register_collection": "broken"}, {}, "'broken' is no access result"),
        (
            {},
            {"import_register_collection": {**_READING, **_UNITS, "active_import_value": -1}},
            "active_import_value: -1 is not a whole number between 0 and 4294967295",
        ),
    ],
)
def test_a_response_that_cannot_be(
    failures: dict[str, object], values: dict[str, object], said: str, keys: MemoryKeys
) -> None:
    command = usecases.ECS17b.command(SUPPLIER, METER, 1)
    with pytest.raises(UseCaseError, match=said):
        usecases.ECS17b.response(command, date_time=NOON, keys=keys, failures=failures, **values)


def test_gas_components_are_answered_each() -> None:
    command = usecases.GCS46.command(SUPPLIER, METER, 1)
    (name,) = gbcs.decode(command.encode()).payload
    response = usecases.GCS46.response(command, date_time=NOON, **{name: {"site_id": "1234567890"}})
    assert answered(command, response.encode()).payload.item(name).result == 0
    failed = usecases.GCS46.response(command, date_time=NOON, failures={name: "failure"})
    assert answered(command, failed.encode()).payload.failures == {name: 1}


def test_an_asn1_response_tells_outcomes_as_values() -> None:
    use_case = usecases.CS02a
    command = use_case.command(
        SUPPLIER,
        METER,
        1,
        authorising_remote_party_ta_cell_identifier={
            "remote_party_role": "supplier",
            "key_usage": ["digitalSignature"],
        },
        remote_party_roles_credentials_required=["supplier"],
    )
    with pytest.raises(UseCaseError, match=r"CS02a: outcome: the outcomes of an ASN\.1 response are among its values"):
        use_case.response(command, date_time=NOON, failures={"outcome": 1})


def test_alerts(keys: MemoryKeys) -> None:
    alert = usecases.GCA_DLMS.alert(METER, SUPPLIER, 7, alert_code="Supply armed", time_stamp=NOON)
    decoded = gbcs.decode(gbcs.protect(alert, usecases.GCA_DLMS.category, keys).encode(), keys)
    assert decoded.message.kind is Kind.ALERT
    assert decoded.inspection.signature == "valid"
    assert dict(decoded.payload) == {"alert_code": 0x8F32, "time_stamp": gbcs.CosemDateTime.of(NOON)}
    pushed = [{"timestamp": NOON, "log_code": 1}]
    with pytest.raises(UseCaseError, match=r"^ECS17b: has no alert of alert_code"):
        usecases.ECS17b.alert(METER, SUPPLIER, 7, alert_code=1)
    with pytest.raises(UseCaseError, match=r"^GCA-DLMS: has no command of any kind"):
        usecases.GCA_DLMS.command(SUPPLIER, METER, 7)
    with pytest.raises(UseCaseError, match=r"^ECS68: billing_data_log_registers_buffer.0.log_code: no such field"):
        usecases.ECS68.alert(
            METER, SUPPLIER, 7, alert_code=1, time_stamp=NOON, billing_data_log_registers_buffer=pushed
        )


#: Of the five that the use case has, and all of which a command may leave out.
_LABELS = ("auxiliary_controller_2_description", "auxiliary_controller_4_description")


def labelling(counter: int, *labels: str) -> Message:
    return usecases.ECS46a.command(SUPPLIER, METER, counter, **dict.fromkeys(labels, "Heat pump"))


def test_an_answer_without_its_command_is_open() -> None:
    octets = usecases.ECS46a.response(labelling(1, *_LABELS), date_time=NOON).encode()
    first, second = gbcs.decode(octets).payload.items_in_order
    assert first.name == "auxiliary_controller_1_description"
    assert set(_LABELS) <= set(first.one_of) & set(second.one_of)


def test_an_answer_with_its_command_is_known() -> None:
    command = labelling(1, *_LABELS)
    payload = answered(command, usecases.ECS46a.response(command, date_time=NOON).encode()).payload
    assert tuple(payload) == _LABELS
    assert not any(item.one_of for item in payload.items_in_order)


def test_an_answer_to_another_command_is_refused() -> None:
    octets = usecases.ECS46a.response(labelling(1, *_LABELS), date_time=NOON).encode()
    with pytest.raises(UseCaseError, match="0x0053: does not answer message 0x0053 of counter 2"):
        answered(labelling(2, *_LABELS), octets)
    with pytest.raises(DecodeError, match="2 answers to the command's 1 accesses"):
        answered(labelling(1, _LABELS[0]), octets)


def test_what_is_received_was_checked(keys: MemoryKeys) -> None:
    command = usecases.ECS44.command(SUPPLIER, METER, 1)
    protected = gbcs.protect(command, usecases.ECS44.category, keys)
    assert gbcs.receive(protected.encode(), keys).message == protected
    for spoilt, check in (
        (replace(protected, mac=bytes(12)), "mac"),
        (replace(protected, originator_counter=2), "mac"),
        (command, "protection"),
        (replace(protected, message_code=0xFFFF), "protection"),
    ):
        with pytest.raises(SecurityError, match=f"^{check}: "):
            gbcs.receive(spoilt.encode(), keys)


def test_a_log_may_have_no_entry_in_the_range() -> None:
    keys = MemoryKeys()
    period = {"start": NOON, "end": NOON}
    command = usecases.ECS22b.command(SUPPLIER, METER, 1, profile_data_log_active_import_buffer=period)
    response = usecases.ECS22b.response(command, date_time=NOON, keys=keys, profile_data_log_active_import_buffer=[])
    decoded = answered(command, response.encode(), keys)
    assert decoded.payload["profile_data_log_active_import_buffer"] == []
    assert decoded.payload.failures == {}
