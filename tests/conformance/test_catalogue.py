"""The declared catalogue beside the reference's tables of the 235 use cases, row by row."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from gbcs.asn1.composite import Choice, Sequence, SequenceOf
from gbcs.asn1.payload import Asn1Payload
from gbcs.asn1.types import Integer
from gbcs.cosem.composite import Array, Field, Structure
from gbcs.cosem.types import BitString, DataType, Nullable, OctetString, Value
from gbcs.gbz.attributes import AttributeList, AttributeRecords
from gbcs.gbz.component_list import ComponentList
from gbcs.gbz.exchange import DEFAULT_RESPONSE, Exchange, OneOf
from gbcs.gbz.types import Number, Numeric, ZclType
from gbcs.gbz.types import Structure as ZclStructure
from gbcs.roles import RemotePartyRole
from gbcs.usecases.access import Access
from gbcs.usecases.access_list import AccessList
from gbcs.usecases.catalogue import USE_CASES

Reference = dict[str, Any]
_KINDS = {"get": 1, "set": 2, "action": 3}
_ROLES = {
    "Supplier": RemotePartyRole.SUPPLIER,
    "Network Operator": RemotePartyRole.NETWORK_OPERATOR,
    "Access Control Broker": RemotePartyRole.ACCESS_CONTROL_BROKER,
    "Load Controller": RemotePartyRole.LOAD_CONTROLLER,
}
#: Where the declarations are right to be wider than the tables: the end of the path, and why.
_WIDER = {
    "counter_matrix_execution_time": "no entry turns the daily reset off",
    "_buffer": "a range of a log may hold no entry",
    ".manufacturer_identifier": "four octets in some tables, three in others; devices send both",
    ".hashed_tc_link_key": "empty where the device has no link key yet, say the notes of CCS07",
    "_description": "22 characters with the APC functions, 127 in versions without",
    "_type_and_identifier": "one octet of a type or none where there is no identifier (message structure 9)",
}
#: A log may be empty (devices answer an empty compact array), where the tables count from its first entry.
_EMPTY_LOG = re.compile(r"_buffer: 0 to (\d+), 1 to \1 in the table")


@pytest.fixture(scope="module")
def tables(reference: Path) -> dict[str, Reference]:
    folder = reference / "reference" / "usecases"
    if not folder.is_dir():
        pytest.skip("no tables: none below reference/usecases/ in the reference folder")
    rows = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    return {row["code"]: row for row in rows}


def _differences(
    tables: dict[str, Reference], kind: str, compare: Callable[[str, Any, Reference], Iterator[str]]
) -> list[str]:
    found = [
        each
        for code, row in tables.items()
        if row["payload_kind"] == kind
        for each in compare(code, USE_CASES[code].payload, row)
    ]
    return [each for each in found if not each.split(":")[0].endswith(tuple(_WIDER)) and not _EMPTY_LOG.search(each)]


def test_the_facts_are_those_of_the_tables(tables: dict[str, Reference]) -> None:
    assert tables.keys() == USE_CASES.keys()
    for code, row in tables.items():
        use_case = USE_CASES[code]
        assert sorted(use_case.message_codes) == sorted(int(text, 16) for text in row["message_codes"]), code
        assert use_case.title == row["title"]
        assert use_case.payload_kind == row["payload_kind"], code
        assert {device.name for device in use_case.devices} == set(row["devices"]), code
        # Some rows do not say it themselves and point elsewhere.
        if row["category"].startswith(("SME.C.C", "SME.C.NC", "SME.A.C", "SME.A.NC")) and "but" not in row["category"]:
            assert use_case.category == row["category"], code
        if row.get("future_dated_capable") in ("Yes", "No"):
            assert use_case.future_dateable == (row["future_dated_capable"] == "Yes"), code
        if row.get("replay_protection") in ("Yes", "No"):
            assert use_case.replay_protected == (row["replay_protection"] == "Yes"), code
        if set(row.get("access_roles") or ["?"]) <= _ROLES.keys():
            assert use_case.roles == {_ROLES[name] for name in row["access_roles"]}, code


# DLMS COSEM.


def test_accesses_and_their_data_are_those_of_the_tables(tables: dict[str, Reference]) -> None:
    assert _differences(tables, "dlms", _accesses) == []


def _accesses(code: str, form: AccessList, row: Reference) -> Iterator[str]:
    if "command" not in row:
        return
    specifications, results = row["command"]["access_specs"], row["response"]["results"]
    if len(form.accesses) != len(specifications):
        yield f"{code}: {len(form.accesses)} accesses, {len(specifications)} in the table"
    for access, specification, result in zip(form.accesses, specifications, results, strict=False):
        path = f"{code}.{access.name}"
        declared, wanted = _declared(access), _wanted(specification)
        if declared != wanted:
            yield f"{path}: {declared}, {wanted} in the table"
        if access.protects:
            for member, field in zip(access.protects, result["decrypted"]["fields"], strict=True):
                yield from _data(path, member.type, field["schema"])
            continue
        if not access.selective:
            yield from _data(path, access.request_type, specification["data"], access.fixed)
        yield from _data(path, access.response_type, result["data"])


def _declared(access: Access) -> tuple[object, ...]:
    class_id, instance, number = access.member.path
    protects = [(each.path[0], str(each.path[1]), each.path[2]) for each in access.protects]
    return int(access.kind), class_id, str(instance), number, access.optional, access.selective, protects


def _wanted(row: Reference) -> tuple[object, ...]:
    ranged = "selective_access" in row or row.get("restriction", "").startswith("date range")
    protects = [(each["class_id"], each["obis"], each["attribute"]) for each in row.get("protected_objects", ())]
    place = _KINDS[row["kind"]], row["class_id"], row["obis"], row["number"]
    return *place, bool(row.get("optional")), ranged, protects


def _data(path: str, declared: DataType, row: Reference, fixed: Value = None) -> Iterator[str]:
    match declared, row["type"]:
        case (_, "EXCEPTIONAL") | (Nullable(), "null-data"):  # the tables do not say what; devices take more
            return
        case Structure(), "structure" if len(declared.fields) == len(row["fields"]):
            for field, inner in zip(declared.fields, row["fields"], strict=True):
                yield from _field(f"{path}.{field.name}", field, inner)
        case Array(), "array":
            if (declared.low, declared.high) != (row["min"], row["max"]):
                yield f"{path}: {declared.low} to {declared.high}, {row['min']} to {row['max']} in the table"
            if declared.compact != ("compact-array" in (row["encoding_in_samples"] or ())):
                yield f"{path}: {'' if declared.compact else 'not '}compact"
            yield from _data(f"{path}[]", declared.element, row["element"])
        case (Structure() | Array(), _) | (_, "structure" | "array"):
            yield f"{path}: {declared}, {row} in the table"
        case _:
            yield from _simple(path, declared, row, fixed)


def _field(path: str, field: Field, row: Reference) -> Iterator[str]:
    # Where the table has a condition the field is for twin-element meters.
    if field.optional != ("condition" in row or "condition" in row.get("element", ())):
        yield f"{path}: {'' if field.optional else 'not '}optional"
    yield from _data(path, field.type, row, field.fixed)


def _simple(path: str, declared: Any, row: Reference, fixed: Value) -> Iterator[str]:
    if declared.kind[1] != row["type"]:
        yield f"{path}: {declared.kind[1]}, {row['type']} in the table"
    octets = getattr(declared, "octets", declared)
    if isinstance(octets, OctetString | BitString):
        low = 0 if row.get("size_rule") == "max" else int(row["size"])
        if (octets.low, octets.high) != (low, int(row["size"])):
            yield f"{path}: size {octets.low} to {octets.high}, {low} to {row['size']} in the table"
    constant = row.get("constant") or {"choices": ()}
    if "choices" in constant:
        same = fixed is None
    elif "int" in constant:
        same = fixed == constant["int"]
    elif fixed is True:
        same = constant["hex"] == "01"
    else:
        octets = bytes.fromhex(constant["hex"]) if "hex" in constant else int(constant["bits"], 2).to_bytes(1, "big")
        same = fixed is not None and declared.encode(fixed).endswith(octets)
    if not same:
        yield f"{path}: constant {fixed!r}, {constant} in the table"


# GBZ.


def test_components_are_those_of_the_tables(tables: dict[str, Reference]) -> None:
    assert _differences(tables, "gbz", _components) == []


def _components(code: str, form: ComponentList, row: Reference) -> Iterator[str]:
    if "command" not in row:
        return
    commands = row["command"]["components"]
    # A Default Response that may stand for the answer before it is declared with that.
    answers = [each for each in row["response"]["components"] if "alternate" not in each]
    if not len(form.exchanges) == len(commands) == len(answers):
        yield f"{code}: {len(form.exchanges)} exchanges, {len(commands)} and {len(answers)} in the table"
    for exchange, command, answer in zip(form.exchanges, commands, answers, strict=False):
        path = f"{code}.{exchange.name}"
        yield from _command(path, exchange, command)
        yield from _answer(path, exchange, answer)


def _command(path: str, exchange: Exchange, row: Reference) -> Iterator[str]:
    command, instances = exchange.command, row.get("instances", {"min": 1, "max": 1})
    declared = command.cluster, command.frame_control, command.id, exchange.low, exchange.dated is not None
    wanted = *_header(row), instances["min"], "from_date_time" in row
    if declared != wanted or instances["max"] not in (exchange.high, "n"):
        yield f"{path}: {declared} to {exchange.high}, {wanted} to {instances['max']} in the table"
    yield from _body(path, command.body, row)
    names = command.body.fields if isinstance(command.body, ZclStructure) else ()
    for name, field in zip(names, row.get("fields", ()), strict=False):
        rule = exchange.rules.get(name)
        if "value" in field:
            # Of what has a length the value is that: none.
            same = rule is not None and field["value"] == (
                rule % 256 ** field["octets"] if isinstance(rule, int) else len(rule)
            )
        elif "allowed" in field:
            same = isinstance(rule, OneOf) and all(value in rule.values for value in field["allowed"])
        else:
            same = not isinstance(rule, int) or rule in field.get("range", ())
        if not same:
            yield f"{path}.{name}: {rule}, {field} in the table"


def _answer(path: str, exchange: Exchange, row: Reference) -> Iterator[str]:
    answer, high = exchange.answer, row.get("instances", {"max": 1})["max"]
    if answer is None:
        declared = exchange.command.cluster, exchange.default_response_control, DEFAULT_RESPONSE, False
        if row["fields"][0]["value"] != exchange.command.id:
            yield f"{path}: answers another command"
    else:
        declared = answer.cluster, answer.answer_control, answer.id, exchange.encrypted
        yield from _body(path, answer.body, row)
    wanted = *_header(row), row["encrypted"]
    if declared != wanted or high not in (exchange.high * exchange.answers, "n"):
        yield f"{path}: {declared}, {wanted} in the table"


def _header(row: Reference) -> tuple[int, int, int]:
    return int(row["cluster_id"], 16), int(row["zcl"]["frame_control"], 16), int(row["zcl"]["command_id"], 16)


def _body(path: str, body: ZclType, row: Reference) -> Iterator[str]:
    match body:
        case AttributeList():
            declared: list[Any] = [attribute.id for attribute in body.attributes]
            wanted = [int(each["id"], 16) for each in row["read_attributes"]]
        case AttributeRecords():
            declared = [(attribute.id, attribute.type_id) for attribute in body.attributes]
            wanted = [(int(each["id"], 16), int(each["zcl_type_id"], 16)) for each in row["attribute_records"]]
        case ZclStructure():
            # The tables leave what has a layout to ZigBee; it is at the end.
            fields = list(takewhile(lambda field: "layout" not in field, row["fields"]))
            pairs = zip(body.fields.values(), fields, strict=False)
            declared = [_width(each) for each, field in pairs if "STRING" not in field["type"]]
            wanted = [field["octets"] for field in fields if "STRING" not in field["type"]]
    if declared != wanted:
        yield f"{path}: {declared}, {wanted} in the table"


def _width(declared: ZclType) -> int | None:
    number = declared.number if isinstance(declared, Numeric) else declared
    return number.width if isinstance(number, Number) else None


# ASN.1.


def test_asn1_types_have_the_shapes_of_the_tables(tables: dict[str, Reference]) -> None:
    def compare(code: str, form: Asn1Payload, row: Reference) -> Iterator[str]:
        # The alerts that follow a command are use cases of their own.
        for kind in ("command", "response") if form.command else ("alert",):
            if kind in row:
                yield from _asn1(f"{code}.{kind}", getattr(form, kind), row[kind]["definition"])

    assert _differences(tables, "asn1", compare) == []


_TAGS = {"SEQUENCE": 0x30, "SEQUENCE OF": 0x30, "INTEGER": 0x02, "ENUMERATED": 0x0A, "OCTET STRING": 0x04} | {
    "BIT STRING": 0x03,
    "GeneralizedTime": 0x18,
    "NULL": 0x05,
    "Certificate": 0x30,
    "CertificationRequest": 0x30,
}


def _asn1(path: str, declared: Any, row: Reference) -> Iterator[str]:
    match declared:
        case Choice() if row["type"] != "CHOICE":  # gives a name to a bare type
            yield from _asn1(path, *declared.alternatives.values(), row)
        case Choice():
            for (name, inner), choice in zip(declared.alternatives.items(), row["choices"], strict=True):
                yield from _asn1(f"{path}.{name}", inner, choice)
        case _ if declared.tag != row.get("tag", _TAGS[row["type"]]):
            yield f"{path}: tag {declared.tag}, {row} in the table"
        case Sequence():
            for field, inner in zip(declared.fields, row["fields"], strict=True):
                if field.optional != inner.get("optional", False):
                    yield f"{path}.{field.name}: {'' if field.optional else 'not '}optional"
                yield from _asn1(f"{path}.{field.name}", field.type, inner)
        case SequenceOf():
            yield from _asn1(f"{path}[]", declared.element, row["element"])
        case Integer() if declared.names.keys() != set(map(int, row.get("values", declared.names))):
            yield f"{path}: {declared.names}, {row} in the table"
