"""ASN.1 payloads: every use case that has one is built and read; asn1crypto says what DER is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asn1crypto import core, parser
from asn1crypto import x509 as oracle
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from gbcs.asn1.certificate import CERTIFICATE
from gbcs.asn1.common import KEY_USAGE, REMOTE_PARTY_ROLE
from gbcs.asn1.composite import MAXIMUM_ELEMENTS, SequenceOf
from gbcs.asn1.types import COUNTER, ENTITY_IDENTIFIER, NEVER, NULL, TIME, OctetString, Type
from gbcs.cosem.date_time import CosemDateTime
from gbcs.cursor import Cursor
from gbcs.decoding import decode
from gbcs.errors import DecodeError, GbcsError, UseCaseError
from gbcs.json_form import from_json, to_json
from gbcs.message import Cra, Kind, Message
from gbcs.usecases.catalogue import USE_CASES
from gbcs.usecases.model import Context
from tests.gbcs.keys import METER, SUPPLIER
from tests.gbcs.strategies import ANY_JSON

_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
_PEER = "00db1234567f0002"
_HEADERS = {cra: Message(cra, 1000, SUPPLIER, METER, 0x0102, b"") for cra in (Cra.COMMAND, Cra.RESPONSE, Cra.ALERT)}
_KEY = ec.derive_private_key(7, ec.SECP256R1())
_HARDWARE_MODULE_NAME = x509.OtherName(
    x509.ObjectIdentifier("1.3.6.1.5.5.7.8.4"),
    core.Sequence.load(bytes.fromhex("300f 06032a0304 0408") + METER).dump(),
)
_ALTERNATIVE = x509.SubjectAlternativeName([_HARDWARE_MODULE_NAME])


def _certificate(subject: x509.Name, *extensions: x509.ExtensionType) -> bytes:
    issuer = x509.Name([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "07")])
    builder = x509.CertificateBuilder(issuer, subject, _KEY.public_key(), 1, _NOON, _NOON + timedelta(days=1))
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(_KEY, hashes.SHA256()).public_bytes(Encoding.DER)


_ORGANISATION = _certificate(
    x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "02"),
            x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, b"\x00" + SUPPLIER, _ASN1Type.BitString),
        ]
    )
)
_DEVICE = _certificate(x509.Name([]), _ALTERNATIVE)
_REQUEST = (
    x509.CertificateSigningRequestBuilder(x509.Name([]))
    .add_extension(_ALTERNATIVE, critical=True)
    .sign(_KEY, hashes.SHA256())
    .public_bytes(Encoding.DER)
)

_CELL = {"remote_party_role": "supplier", "key_usage": "digitalSignature"}
_TOP_UP_CELL = {"remote_party_role": 2, "key_usage": ["keyAgreement"], "cell_usage": "prePaymentTopUp"}
_FLOORS = [
    {"remote_party_role": "supplier", "floor_seq_number": 0, "specialist_floor_seq_numbers": []},
    {"remote_party_role": "networkOperator", "floor_seq_number": 2**64 - 1},
]
_OUTCOME = {
    "remote_party_seq_number_changes": _FLOORS,
    "replacement_outcomes": [
        {
            "affected_trust_anchor_cell": cell,
            "status_code": status,
            "existing_subject_unique_id": SUPPLIER.hex(),
            "existing_subject_key_identifier": "4000000000000001",
            "replacing_subject_unique_id": SUPPLIER.hex(),
            "replacing_subject_key_identifier": "4000000000000002",
        }
        for cell, status in ((_CELL, "success"), (_TOP_UP_CELL, "noTrustAnchor"))
    ],
}
_UPDATED = {
    "alert_code": 0x8F67,
    "execution_date_time": "2026-11-23T12:00:00Z",
    "execution_outcome": _OUTCOME
    | {"authorising_remote_party_seq_number": 7, "credentials_replacement_mode": "supplierByTransCoS"},
}
_UPDATE_COMMANDS = [
    {
        "authorising_remote_party_control": {
            "credentials_replacement_mode": "supplierBySupplier",
            "plaintext_symmetric_key": "00ff",
            "apply_time_based_cpv_checks": "disapply",
            "authorising_remote_party_ta_cell_identifier": _CELL,
            "authorising_remote_party_seq_number": 2**63,
            "new_remote_party_floor_seq_number": 128,
            "new_remote_party_specialist_floor_seq_number": [{"usage": "prepaymentTopUp", "seq_number": 0}],
            "other_remote_party_seq_number_changes": _FLOORS,
        },
        "replacements": [{"replacement_certificate": _ORGANISATION, "target_trust_anchor_cell": _TOP_UP_CELL}],
        "certification_path_certificates": [_DEVICE.hex()],
        "execution_date_time": execution,
    }
    for execution in (None, _NOON, "never")
] + [{"authorising_remote_party_control": {}, "replacements": [], "certification_path_certificates": []}]
_UPDATE_RESPONSES = [{"command_accepted": None}, {"command_accepted": None, "execution_outcome": _OUTCOME}]
_DETAILS = (
    [{"authorising_remote_party_ta_cell_identifier": _CELL, "remote_party_roles_credentials_required": [2, "root"]}],
    [
        {"remote_party_details": []},
        {
            "remote_party_details": [
                {
                    "remote_party_role": "supplier",
                    "status_code": "success",
                    "current_seq_number": 1_795_000_000_000,
                    "trust_anchor_cells_details": [
                        {
                            "key_usage": ["keyAgreement"],
                            "cell_usage": usage,
                            "existing_subject_unique_id": SUPPLIER,
                            "existing_subject_key_identifier": "4000000000000001",
                        }
                        for usage in ("management", "prePaymentTopUp", 9)
                    ],
                },
                {"remote_party_role": "wanProvider", "status_code": "trustAnchorNotFound"},
            ]
        },
    ],
)
_ENTRIES = [{"device_identifier": _PEER, "device_type": "pPMID"}, {"device_identifier": METER, "device_type": 0}]
_JOIN = (
    [
        {
            "join_method_and_role": "methodC",
            "other_device_entity_identifier": "00-DB-12-34-56-7F-00-02",
            "other_device_type": "pPMID",
            "other_device_certificate": _DEVICE,
        },
        {"join_method_and_role": 2, "other_device_entity_identifier": _PEER, "other_device_type": {"code": 3}},
    ],
    [{"join_response_code": "success"}, {"join_response_code": 200}],
)
_UNJOIN = ([{"other_device_entity_identifier": _PEER}], [{"unjoin_response_code": "notInDeviceLog"}])
_ACTIVATED = {"response_code": "hashMismatch", "firmware_version": "0123abcd"}

#: For each use case: values of commands, and payloads of responses.
_EXAMPLES = {
    "CS02a": _DETAILS,
    "CS02b": (_UPDATE_COMMANDS, _UPDATE_RESPONSES),
    "CS02c": (
        [{"key_usage": "keyAgreement"}],
        [{"certification_request": _REQUEST.hex()}, {"response_code": "cRProductionFailed"}],
    ),
    "CS02d": ([{"certificate": _DEVICE}], [{"response_code": "wrongPublicKey"}]),
    "CS02e": (
        [{"key_usage": ["digitalSignature"]}],
        [{"certificate": {"der": _DEVICE.hex()}}, {"response_code": "noCertificateHeld"}],
    ),
    "CS02f": _DETAILS,
    "CS02g": (_UPDATE_COMMANDS, _UPDATE_RESPONSES),
    "CS03A1": _JOIN,
    "CS03A2": _JOIN,
    "CS03B": _JOIN,
    "CS03C": _JOIN,
    "CS04AC": _UNJOIN,
    "CS04B": _UNJOIN,
    "CS06": (
        [{"manufacturer_image_hash": "ab" * 32}, {"manufacturer_image_hash": bytes(32), "execution_date_time": NEVER}],
        [{"command_accepted": None}, {"execution_outcome": _ACTIVATED}],
    ),
    "CS07": ([{}], [{"response_code": "readFailure"}, {"response_code": 0, "device_log_entries": 6 * _ENTRIES}]),
    "CS08": ([{}], [{"firmware_version": "00000000", "response_code": "failure"}]),
    "GCS28": (
        [{"validity_interval_start": _NOON, "validity_interval_end": "2026-11-23T12:00:10+00:00"}],
        [{"device_time": "2026-11-23T12:00:03Z", "device_time_status": "unreliable"}],
    ),
    "GCS59": (
        [{"device_log_entries": _ENTRIES}],
        [{"restore_outcomes": [{"device_log_entry": _ENTRIES[0], "join_response_code": "deviceLogFull"}]}],
    ),
}
_ALERTS = {
    "FDUSCA": _UPDATED,
    "FDULCSCA": _UPDATED,
    "FDFAA": {
        "alert_code": 0x8F66,
        "execution_date_time": _NOON,
        "originator_counter": 1000,
        "execution_outcome": _ACTIVATED,
    },
    "CS09": {"alert_code": 0x8F8B, "date_time": _NOON, "firmware_version": "0123abcd", "activation_result": "failure"},
    "CCS08": {
        "alert_code": "Firmware transfer failed",
        "date_time": _NOON,
        "device_identifier": _PEER,
        "firmware_version": "0123abcd",
        "response_code": "hardwareVersionMismatch",
    },
    "GCS62": {"alert_code": 0x8071, "backup_date_time": _NOON, "device_log_entries": 6 * _ENTRIES},
}


def _response(code: str, command: Message, payload: object) -> Message:
    use_case = USE_CASES[code]
    answer = use_case.form().from_json(payload, Kind.RESPONSE)
    return use_case.reply(command, answer, date_time=CosemDateTime.of(_NOON))


def _alert(code: str) -> Message:
    header = Message(Cra.ALERT, 2000, METER, SUPPLIER, USE_CASES[code].message_codes[0], b"")
    form = USE_CASES[code].form()
    return header.with_content(form.encode(form.from_json(_ALERTS[code], Kind.ALERT), Context(header)))


def _examples() -> list[Message]:
    messages = [_alert(code) for code in _ALERTS]
    for code, (commands, responses) in _EXAMPLES.items():
        built = [USE_CASES[code].command(SUPPLIER, METER, 1000, **values) for values in commands]
        messages += built + [_response(code, built[0], payload) for payload in responses]
    return messages


#: An example of everything.
MESSAGES = _examples()


def test_the_examples_are_of_every_use_case() -> None:
    declared = {code for code, use_case in USE_CASES.items() if use_case.payload_kind == "asn1"}
    assert _EXAMPLES.keys() | _ALERTS.keys() == declared


def test_every_example_survives_octets_and_json() -> None:
    for message in MESSAGES:
        decoded = decode(message.encode())
        assert decoded.payload is not None
        fields = json.loads(json.dumps(to_json(decoded)))
        assert "content_octets" not in fields
        assert from_json({name: fields[name] for name in fields if name != "octets"}) == message.encode()


def test_what_was_given_is_what_is_read() -> None:
    command = USE_CASES["CS02b"].command(SUPPLIER, METER, 1000, **_UPDATE_COMMANDS[1])
    read = decode(command.encode()).payload
    control = read["authorising_remote_party_control"]
    assert control["credentials_replacement_mode"] == 2
    assert control["plaintext_symmetric_key"] == b"\x00\xff"
    assert control["authorising_remote_party_ta_cell_identifier"] == {
        "remote_party_role": 2,
        "key_usage": ["digitalSignature"],
        "cell_usage": 0,
    }
    assert control["other_remote_party_seq_number_changes"][1] == {
        "remote_party_role": 3,
        "floor_seq_number": 2**64 - 1,
    }
    assert read["replacements"][0]["replacement_certificate"] == _ORGANISATION
    assert read["execution_date_time"] == _NOON


def test_codes_are_shown_with_their_names() -> None:
    shown = to_json(decode(_alert("CCS08").encode()))["payload"]
    assert shown["alert_code"] == {"code": "0x8f89", "name": "Firmware transfer failed"}
    assert shown["device_identifier"] == _PEER
    assert shown["date_time"] == "2026-11-23T12:00:00Z"
    assert REMOTE_PARTY_ROLE.to_json(135) == {"code": 135, "name": None}


def test_a_command_is_der() -> None:
    command = USE_CASES["CS06"].command(SUPPLIER, METER, 0x8000, manufacturer_image_hash=bytes(32))
    assert command.content.hex() == f"3027 0420 {'00' * 32} 0203008000".replace(" ", "")
    command = USE_CASES["CS02c"].command(SUPPLIER, METER, 1, key_usage="keyAgreement")
    assert command.content.hex() == "300403020308"
    assert USE_CASES["CS07"].command(SUPPLIER, METER, 1).content == b"\x05\x00"


def test_the_components_of_a_credentials_update_have_context_tags() -> None:
    content = USE_CASES["CS02b"].command(SUPPLIER, METER, 1000, **_UPDATE_COMMANDS[0]).content
    control = next(_elements(parser.parse(content, strict=True)[4]))
    assert [element[:3] for element in _elements(control[4])] == [
        (0, 0, 2),
        (2, 0, 0),
        (2, 0, 1),
        (2, 1, 2),
        (2, 0, 3),
        (2, 0, 4),
        (2, 1, 5),
        (2, 1, 6),
    ]


def _elements(contents: bytes) -> Iterator[tuple[int, int, int, bytes, bytes, bytes]]:
    """Class, method (1 is constructed), tag, header, contents and trailer of each."""
    while contents:
        element = parser.parse(contents)
        yield element
        contents = contents[len(element[3]) + len(element[4]) :]


# What the header says already.


def test_what_the_header_says_need_not_be_given() -> None:
    command = replace(_HEADERS[Cra.COMMAND], message_code=0x0107)
    form = USE_CASES["CS02b"].form()
    content = form.encode(form.request(_UPDATE_COMMANDS[3]), Context(command))
    control = form.decode(Context(command.with_content(content)))["authorising_remote_party_control"]
    assert control == {
        "credentials_replacement_mode": 7,
        "apply_time_based_cpv_checks": 0,
        "authorising_remote_party_seq_number": 1000,
    }
    response = _response(
        "CS02g", USE_CASES["CS02g"].command(SUPPLIER, METER, 5, **_UPDATE_COMMANDS[3]), _UPDATE_RESPONSES[1]
    )
    outcome = decode(response.encode()).payload["execution_outcome"]
    assert (outcome["authorising_remote_party_seq_number"], outcome["credentials_replacement_mode"]) == (5, 10)


def test_what_contradicts_the_header_is_read_and_kept() -> None:
    command = USE_CASES["CS06"].command(SUPPLIER, METER, 1, manufacturer_image_hash=bytes(32))
    decoded = decode(replace(command, originator_counter=2).encode())
    assert decoded.payload["originator_counter"] == 1
    assert from_json(to_json(decoded)) == decoded.message.encode()


def test_an_alert_says_of_itself_which_command_it_is_about() -> None:
    header = replace(_HEADERS[Cra.ALERT], message_code=0x00CB)
    form = USE_CASES["FDUSCA"].form()
    payload = form.from_json(_UPDATED | {"execution_outcome": _OUTCOME}, Kind.ALERT)
    with pytest.raises(UseCaseError, match=r"execution_outcome\.authorising_remote_party_seq_number: missing"):
        form.encode(payload, Context(header))


# Lengths.


@pytest.mark.parametrize(
    ("cra", "head"), [(Cra.COMMAND, "0481c8"), (Cra.RESPONSE, "048200c8"), (Cra.ALERT, "048200c8")]
)
def test_devices_write_long_lengths_in_two_octets(cra: Cra, head: str) -> None:
    octets = OctetString()
    assert octets.encode(bytes(200), _HEADERS[cra]).hex() == head + "00" * 200
    assert octets.encode(bytes(127), _HEADERS[cra])[:2].hex() == "047f"
    assert octets.encode(bytes(256), _HEADERS[cra])[:4].hex() == "04820100"


@pytest.mark.parametrize(
    "content",
    [
        "308103020101",  # lengths in more octets than they need
        "30820003020101",
        "308400000003020101",
        "300702840000000101",
        "300402020001",  # an integer in more octets than it needs
    ],
)
def test_another_encoding_of_the_same_is_kept_until_a_field_changes(content: str) -> None:
    message = Message(Cra.RESPONSE, 1, METER, SUPPLIER, USE_CASES["CS07"].message_codes[0], bytes.fromhex(content))
    fields = to_json(decode(message.encode()))
    assert fields["payload"] == {"response_code": {"code": 1, "name": "readFailure"}}
    assert fields["content_octets"] == content
    assert from_json(fields) == message.encode()
    fields["content_octets"] = "30"
    assert Message.decode(from_json(fields)).content.hex() == "3003020101"
    fields |= {"content_octets": content, "payload": {"response_code": "success"}}
    assert Message.decode(from_json(fields)).content.hex() == "3003020100"
    fields["content_octets"] = "x"
    with pytest.raises(UseCaseError, match="content_octets: "):
        from_json(fields)


def test_a_default_that_was_written_out_is_kept() -> None:
    content = bytes.fromhex("300e 300a 020102 03020780 020100 3000")
    message = Message(Cra.COMMAND, 1, SUPPLIER, METER, USE_CASES["CS02a"].message_codes[0], content)
    decoded = decode(message.encode())
    assert decoded.payload["authorising_remote_party_ta_cell_identifier"]["cell_usage"] == 0
    assert to_json(decoded)["content_octets"] == content.hex()
    assert from_json(to_json(decoded)) == message.encode()


# Each type against another implementation.


def _agree(declared: Type, value: object, theirs: core.Asn1Value) -> None:
    octets = declared.encode(value, _HEADERS[Cra.COMMAND])
    assert octets == theirs.dump()
    cursor = Cursor(octets)
    assert declared.decode(cursor) == value
    cursor.finish("")
    assert declared.from_json(json.loads(json.dumps(declared.to_json(value)))) == value


@given(st.integers(0, 2**64 - 1) | st.integers(0, 300))
def test_integers_are_der(value: int) -> None:
    _agree(COUNTER, value, core.Integer(value))


@given(st.binary(max_size=300))
def test_octet_strings_are_der(value: bytes) -> None:
    _agree(OctetString(), value, core.OctetString(value))


@given(st.sets(st.integers(0, 8)))
def test_bit_strings_are_der(bits: set[int]) -> None:
    # asn1crypto keeps trailing zero bits, which DER forbids where bits have names: give it the bits without them.
    theirs = core.BitString(tuple(int(bit in bits) for bit in range(max(bits, default=-1) + 1)))
    _agree(KEY_USAGE, [KEY_USAGE.names[bit] for bit in sorted(bits)], theirs)


@given(st.datetimes(min_value=datetime(1000, 1, 1)))  # asn1crypto does not pad earlier years
def test_times_are_der(moment: datetime) -> None:
    value = moment.replace(microsecond=0, tzinfo=UTC)
    _agree(TIME, value, core.GeneralizedTime(value))


@given(st.lists(st.integers(0, 2**64 - 1), max_size=9))
def test_lists_are_der(values: list[int]) -> None:
    class Theirs(core.SequenceOf):
        _child_spec = core.Integer

    _agree(SequenceOf(COUNTER), values, Theirs(values))


def test_key_usage_bits_are_those_of_x509() -> None:
    names = {name.lower() for name in KEY_USAGE.names}
    assert {name.replace("_", "") for name in oracle.KeyUsage._map.values()} == names
    assert KEY_USAGE.encode(["cRLSign"], _HEADERS[Cra.COMMAND])[2:] == oracle.KeyUsage({"crl_sign"}).dump()[2:]


@pytest.mark.parametrize(
    ("declared", "octets", "said"),
    [
        (COUNTER, "0201ff", "-1 is not between 0 and"),
        (COUNTER, "0209010000000000000000", "18446744073709551616 is not between"),
        (COUNTER, "020a" + "00" * 10, "an integer of 10 octets"),
        (COUNTER, "0200", "an integer of 0 octets"),
        (COUNTER, "0a0101", "tag 0a where tag 02 belongs"),
        (COUNTER, "", "nothing where tag 02 belongs"),
        (COUNTER, "0280", "length form 80 is not used"),
        (ENTITY_IDENTIFIER, "040700000000000000", "7 octets, 8 wanted"),
        (KEY_USAGE, "0300", "1 octets wanted, 0 left"),
        (KEY_USAGE, "030101", "1 unused bits in 0 octets"),
        (KEY_USAGE, "03020880", "8 unused bits"),
        (KEY_USAGE, "030400000001", "bit 23 has no name"),
        (TIME, "180f" + b"20261323120000Z".hex(), "is not a time"),
        (TIME, "1811" + b"20261123120000.5Z".hex(), "is not a time"),
        (TIME, "180f" + b"202611231200+00".hex(), "is not a time"),
        (NULL, "050100", "1 octets too many"),
        (SequenceOf(COUNTER), "308103" + "020100", None),
        (SequenceOf(COUNTER), "30820303" + "020100" * (MAXIMUM_ELEMENTS + 1), "more than 256 elements"),
        (CERTIFICATE, "3003020100", None),
        (CERTIFICATE, "30040201", "4 octets wanted, 2 left"),
    ],
)
def test_octets_that_are_not_of_the_type_are_refused(declared: Type, octets: str, said: str | None) -> None:
    cursor = Cursor(bytes.fromhex(octets))
    if said is None:
        declared.decode(cursor)
        return
    with pytest.raises(DecodeError, match=said):
        declared.decode(cursor)


# Certificates.


@pytest.mark.parametrize(
    ("octets", "shown"),
    [
        (_ORGANISATION, {"subject": SUPPLIER.hex(), "role": {"code": 2, "name": "supplier"}}),
        (_DEVICE, {"subject": METER.hex()}),
        (_REQUEST, {"subject": METER.hex()}),
        (_certificate(x509.Name([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "x")])), {}),
        (bytes.fromhex("3000"), {}),
        (bytes.fromhex("30023000"), {}),
        (b"\x30\x82\x01\x00" + 64 * b"\x30\x82\x01\x00", {}),
    ],
)
def test_a_certificate_is_shown_with_its_subject_where_that_is_readable(octets: bytes, shown: dict[str, Any]) -> None:
    assert CERTIFICATE.to_json(octets) == {"der": octets.hex()} | shown


@given(st.data())
def test_any_octets_in_a_certificate_are_kept(data: st.DataObject) -> None:
    octets = bytearray(data.draw(st.sampled_from((_ORGANISATION, _DEVICE, _REQUEST))))
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(4, len(octets) - 1))] = data.draw(st.integers(0, 255))
    value = CERTIFICATE.decode(Cursor(bytes(octets)))
    assert value == octets
    assert CERTIFICATE.from_json(CERTIFICATE.to_json(value)) == octets


# Anything at all.


@settings(max_examples=500)
@given(data=st.data())
def test_any_content_is_a_payload_or_a_decode_error(data: st.DataObject) -> None:
    message = data.draw(st.sampled_from(MESSAGES))
    content = bytearray(message.content)
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, min(len(content), 400)))
        content[start : start + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    changed = message.with_content(bytes(content))
    try:
        decoded = decode(changed.encode())
    except DecodeError as error:
        assert error.field.startswith("payload.")
        assert 0 <= error.offset <= len(changed.encode())
    else:
        assert from_json(json.loads(json.dumps(to_json(decoded)))) == changed.encode()


def test_every_truncation_is_refused_with_an_offset_in_the_message() -> None:
    for message in MESSAGES:
        for length in (*range(min(len(message.content), 80)), len(message.content) - 1):
            cut = message.with_content(message.content[:length]).encode()
            with pytest.raises(DecodeError) as caught:
                decode(cut)
            assert caught.value.field.startswith("payload.")
            assert len(cut) - length <= caught.value.offset <= len(cut)


@settings(max_examples=500)
@given(data=st.data())
def test_any_json_is_a_message_or_an_error_of_this_package(data: st.DataObject) -> None:
    fields = to_json(decode(data.draw(st.sampled_from(MESSAGES)).encode()))
    place, key = fields, "payload"
    while place[key] and isinstance(place[key], dict | list) and data.draw(st.booleans()):
        place = place[key]
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    place[key] = data.draw(ANY_JSON)
    try:
        Message.decode(from_json(fields))
    except GbcsError as error:
        assert str(error)


# Refusals.


def _join(**changes: object) -> dict[str, Any]:
    return {
        "join_method_and_role": "methodB",
        "other_device_entity_identifier": _PEER,
        "other_device_type": "pPMID",
    } | changes


def _update(**control: object) -> dict[str, Any]:
    return _UPDATE_COMMANDS[3] | {"authorising_remote_party_control": control}


@pytest.mark.parametrize(
    ("code", "values", "said"),
    [
        ("CS03B", {}, "join_method_and_role: missing"),
        ("CS03B", _join(key="x"), "key: no such field; there is join_method_and_role, other_device_entity_ident"),
        ("CS03B", _join(other_device_type=256), "other_device_type: 256 is not a whole number between 0 and 255"),
        ("CS03B", _join(other_device_type=True), "other_device_type: True is not a whole number between 0 and 255"),
        ("CS03B", _join(other_device_type="toaster"), "other_device_type: 'toaster' is none of gSME, eSME, "),
        ("CS03B", _join(other_device_entity_identifier=b"1"), "other_device_entity_identifier: b'1' is not 8 octets"),
        ("CS03B", _join(other_device_entity_identifier="x"), "other_device_entity_identifier: 'x' is not 16 hexad"),
        ("CS03B", _join(other_device_certificate="3005"), "other_device_certificate: not a certificate: .* left"),
        ("CS03B", _join(other_device_certificate="zz"), "other_device_certificate: 'zz' is not hexadecimal digits"),
        ("CS04B", {}, "other_device_entity_identifier: missing"),
        ("CS06", {"manufacturer_image_hash": bytes(31)}, "manufacturer_image_hash: .* is not 32 octets"),
        (
            "CS06",
            {"manufacturer_image_hash": bytes(32), "execution_date_time": datetime(2026, 1, 1)},
            "execution_date_time: .* is not a time with a time zone",
        ),
        (
            "CS06",
            {"manufacturer_image_hash": bytes(32), "execution_date_time": "soon"},
            "execution_date_time: 'soon' is not a date and time",
        ),
        (
            "CS06",
            {"manufacturer_image_hash": bytes(32), "execution_date_time": "9999-12-31T23:59:59-01:00"},
            "execution_date_time: .* after the year 9999",
        ),
        ("CS07", {"read_device_join_details": 1}, "read_device_join_details: 1 where there is no value"),
        ("CS07", {"x": None}, "x: no such field; there is read_device_join_details"),
        ("CS02c", {"key_usage": "sign"}, "key_usage: 'sign' is none of digitalSignature, "),
        ("CS02c", {"key_usage": 7}, "key_usage: 7 is not a list of names"),
        (
            "CS02b",
            _update(authorising_remote_party_seq_number=2**64),
            r"authorising_remote_party_control\.authorising_remote_party_seq_number: 18446744073709551616 is not",
        ),
        (
            "CS02b",
            _update(other_remote_party_seq_number_changes=[_FLOORS[1], {"remote_party_role": 2}]),
            r"authorising_remote_party_control\.other_remote_party_seq_number_changes\.1\.floor_seq_number: missing",
        ),
        (
            "CS02b",
            _UPDATE_COMMANDS[3] | {"replacements": {}},
            "replacements: {} is not a list of up to 256 elements",
        ),
        (
            "CS02b",
            _UPDATE_COMMANDS[3] | {"authorising_remote_party_control": 1},
            "authorising_remote_party_control: 1 is not an obj",
        ),
        ("FDUSCA", {}, "payload: the use case has no command"),
    ],
)
def test_a_command_that_cannot_be_is_refused_by_name(code: str, values: dict[str, Any], said: str) -> None:
    with pytest.raises(UseCaseError, match=f"^{code}: {said}") as caught:
        USE_CASES[code].command(SUPPLIER, METER, 1, **values)
    assert caught.value.use_case == code


def test_a_response_to_what_has_none_is_refused() -> None:
    message = Message(Cra.RESPONSE, 1, METER, SUPPLIER, USE_CASES["CS09"].message_codes[0], b"\x05\x00")
    with pytest.raises(DecodeError, match="the use case has no response"):
        decode(message.encode())
    with pytest.raises(UseCaseError, match="command_accepted and execution_outcome exclude each other"):
        USE_CASES["CS06"].form().from_json({"command_accepted": None, "execution_outcome": _ACTIVATED}, Kind.RESPONSE)
