"""Hostile input costs no more than its length allows: what is counted here is work, not time."""

from __future__ import annotations

from math import comb
from unittest.mock import Mock, create_autospec

import pytest

from gbcs.asn1.certificate import CERTIFICATE
from gbcs.asn1.composite import MAXIMUM_ELEMENTS
from gbcs.cosem.composite import Array
from gbcs.cosem.results import AccessResult
from gbcs.cosem.skip import MAXIMUM_NESTING, skip
from gbcs.cosem.types import DOUBLE_LONG_UNSIGNED, NULL
from gbcs.cursor import Cursor, encode_length
from gbcs.decoding import decode
from gbcs.errors import DecodeError, GbcsError
from gbcs.gbz.component_list import ComponentList
from gbcs.gbz.components import MAX_COMPONENTS, Frame, encode_frames
from gbcs.gbz.exchange import DEFAULT_RESPONSE, Exchange, send
from gbcs.gbz.model import Cluster, to_server
from gbcs.gbz.types import Repeated, Structure
from gbcs.json_form import MAXIMUM_NESTING as MAXIMUM_LEVELS
from gbcs.json_form import from_json, to_json
from gbcs.message import Cra, Kind, Message
from gbcs.usecases import access_list
from gbcs.usecases.access import get
from gbcs.usecases.access_list import AccessList
from gbcs.usecases.catalogue import USE_CASES
from gbcs.usecases.model import Context
from tests.gbcs import gbz
from tests.gbcs.keys import METER, SUPPLIER


def _counted(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> Mock:
    """Lets a function do its work and counts its calls."""
    mock = create_autospec(getattr(owner, name), side_effect=getattr(owner, name))
    monkeypatch.setattr(owner, name, mock)
    return mock


def _response(code: str, content: bytes) -> Message:
    return Message(Cra.RESPONSE, 1, METER, SUPPLIER, USE_CASES[code].message_codes[0], content)


def test_fitting_answers_to_optional_accesses_looks_at_no_place_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    # Twenty alike that may be missing, and a last one that does not fit: every selection would have to be tried.
    alike = USE_CASES["ECS52"].payload.accesses[0]
    last = USE_CASES["ECS70"].payload.accesses[0]
    number = 20
    accesses = [
        get(alike.member.object, alike.member.name, optional=True, name=f"firmware_{at}") for at in range(number)
    ]
    form = AccessList(*accesses, last)
    answered = number // 2
    results = bytes((accesses[0].kind, AccessResult.SUCCESS)) * (answered + 1)
    content = b"\xda\x20\x00\x00\x01\x00\x00" + bytes((answered + 1,)) + b"\x09\x04abcd" * (answered + 1)
    counted = _counted(monkeypatch, access_list, "_is_readable")
    with pytest.raises(DecodeError, match="no selection"):
        form.decode(Context(_response("ECS52", content + bytes((answered + 1,)) + results)))
    assert 0 < counted.call_count <= (number + 1) * (answered + 1) < comb(number, answered)


def test_arranging_components_tries_none_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    # Answers to commands that were not executed fit everywhere, and there is one too few for the last.
    commands = [to_server(Cluster.PRICE, at, f"Publish{at}") for at in range(12)]
    form = ComponentList(*(send(command, times=(1, 30)) for command in commands), send(commands[0], name="last"))
    frames = [Frame(Cluster.PRICE, 0x08, at, DEFAULT_RESPONSE, b"\xff\x01") for at in range(40)]
    frames.append(Frame(Cluster.METERING, 0x08, 40, DEFAULT_RESPONSE, b"\xff\x01"))
    content = b"\x01\x09" + bytes((len(frames),)) + encode_frames(frames)
    counted = _counted(monkeypatch, Exchange, "is_answered_by")
    with pytest.raises(DecodeError, match="the use case does not have cluster 0702"):
        form.decode(Context(_response("GCS01a", content)))
    assert 0 < counted.call_count <= 13 * 41 * 30


def test_components_are_counted_in_one_octet() -> None:
    content = b"\x01\x09\xff" + b"\x00\x07\x00\x00\x03\x11\x00\x0b" * MAX_COMPONENTS
    with pytest.raises(DecodeError, match="control"):
        USE_CASES["GCS01a"].payload.decode(Context(_response("GCS01a", content)))


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"\x01\x02" * (MAXIMUM_NESTING + 2), "nested deeper"),  # arrays
        (b"\x02\x01" * (MAXIMUM_NESTING + 2), "nested deeper"),  # structures
        (b"\x13" + b"\x01\xff\xff" * (MAXIMUM_NESTING + 2), "nested deeper"),  # described arrays
        (b"\x13" + b"\x02\xff" * (MAXIMUM_NESTING + 2), "nested deeper"),  # described structures
        (b"\x01\x84\xff\xff\xff\xff" + bytes(50), "wanted, 0 left"),  # an array of null-data of 2^32 - 1 elements
        (b"\x13\x01\xff\xff\x00\x84\xff\xff\xff\xff", "wanted, 0 left"),
        (b"\x09\x84\xff\xff\xff\xff", "wanted, 0 left"),
    ],
)
def test_stepping_over_data_reads_what_is_there(octets: bytes, said: str) -> None:
    with pytest.raises(DecodeError, match=said):
        skip(Cursor(octets))


@pytest.mark.parametrize(
    ("array", "octets", "said"),
    [
        (Array(DOUBLE_LONG_UNSIGNED, 0, 3), "01 84ffffffff 0600000000", "4294967295 elements, 0 to 3 wanted"),
        (Array(DOUBLE_LONG_UNSIGNED, 0, 3, compact=True), "13 06 82ffff" + "00" * 0xFFFF, "more than 3 elements"),
        # Elements without octets would never end.
        (Array(NULL, 0, 3, compact=True), "13 00 01 00", "elements without octets"),
        (Array(Array(NULL, 0, 0xFFFF), 0, 3, compact=True), "13 01 ffff 00 01 00", "elements without octets"),
        (Array(Array(NULL, 0, 3), 0, 3, compact=True), "13 01 ffff 00 01 00", "65535 elements, 0 to 3 wanted"),
    ],
)
def test_an_array_has_no_more_elements_than_declared(array: Array, octets: str, said: str) -> None:
    with pytest.raises(DecodeError, match=said):
        array.decode(Cursor(bytes.fromhex(octets)))


def test_a_list_of_asn1_has_no_more_elements_than_that() -> None:
    entries = b"\x30\x00" * (MAXIMUM_ELEMENTS + 1)
    inner = b"\x30\x82" + len(entries).to_bytes(2, "big") + entries
    content = b"\x30\x82" + len(inner).to_bytes(2, "big") + inner
    with pytest.raises(DecodeError):
        USE_CASES["GCS59"].payload.decode(Context(_response("GCS59", content)))


def test_a_certificate_is_not_followed_into_its_depths() -> None:
    nest = b""
    for _ in range(500):
        nest = b"\x30" + encode_length(len(nest)) + nest
    assert CERTIFICATE.to_json(nest) == {"der": nest.hex()}


def test_repeated_elements_take_octets() -> None:
    exchanges = [exchange for form in gbz.LISTS.values() for exchange in form.exchanges]
    commands = [command for exchange in exchanges for command in (exchange.command, exchange.answer) if command]
    bodies = [command.body for command in commands if isinstance(command.body, Structure)]
    repeated = [each for body in bodies for each in body.fields.values() if isinstance(each, Repeated)]
    assert len(repeated) > 10
    for each in repeated:
        cursor = Cursor(bytes(1000))
        each.element.decode(cursor)
        assert cursor.position


def _nested(levels: int) -> list[object]:
    nest: list[object] = []
    for _ in range(levels):
        nest = [nest]
    return nest


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("payload", "time", "value"), _nested(MAXIMUM_LEVELS), "nested deeper than 32"),
        (("use_case",), _nested(900), "nested deeper than 32"),
        (("payload", "time_status", "value"), 2**64, "a number of more than 64 bits"),
        (("originator_counter",), -(2**64), "a number of more than 64 bits"),
        (("message_code",), "0x" + "f" * 5000, "is outside 0..0xffff"),
        (("payload", "time_status", "result"), float("inf"), "result: inf is no access result"),
        (("payload", "time", "value"), "0001-01-01T00:00:00+23:59", "before the year 1 or after the year 9999"),
        (("date_time",), "9999-12-31T23:59:59-23:59", "before the year 1 or after the year 9999"),
    ],
)
def test_json_that_no_message_has_is_refused_in_our_own_words(place: tuple[str, ...], value: object, said: str) -> None:
    form = USE_CASES["ECS70"].payload
    failed = form.from_json({access.name: {"result": 1} for access in form.accesses}, Kind.RESPONSE)
    message = _response("ECS70", b"")
    fields = to_json(decode(message.with_content(form.encode(failed, Context(message))).encode()))
    *path, last = place
    inner = fields
    for name in path:
        inner = inner[name]
    inner[last] = value
    with pytest.raises(GbcsError, match=said):
        from_json(fields)
