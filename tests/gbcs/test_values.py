"""The small value types: identifiers, dates, object names, and typed data."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbcs.cosem.composite import fixed, optional, structure
from gbcs.cosem.date_time import CosemDate, CosemDateTime, CosemTime
from gbcs.cosem.obis import Obis
from gbcs.cosem.objects import IMPORT_REGISTER_COLLECTION, SUPPLIER_MESSAGE
from gbcs.cosem.objects.quantities import BALANCE, WATT_HOURS
from gbcs.cosem.objects.shapes import ALERT_CODE
from gbcs.cosem.types import DATE, DATE_TIME, LOGICAL_NAME, TIME, UNSIGNED, DataType, Number, OctetString, Text
from gbcs.cursor import Cursor
from gbcs.errors import DecodeError, UseCaseError
from gbcs.eui64 import Eui64


@pytest.mark.parametrize(
    "text", ["90-B3-D5-1F-30-01-00-00", "90b3d51f30010000", "90:b3:d5:1f:30:01:00:00", " 90 B3 D5 1F 30 01 00 00 "]
)
def test_an_eui64_is_read_in_every_usual_form(text: str) -> None:
    eui = Eui64.parse(text)
    assert str(eui) == "90-B3-D5-1F-30-01-00-00"
    assert eui.hex() == "90b3d51f30010000"


@pytest.mark.parametrize("text", ["", "90b3d51f3001000", "90b3d51f300100000", "90b3d51f3001000g", "90--b3d51f30010000"])
def test_other_text_is_no_eui64(text: str) -> None:
    with pytest.raises(DecodeError):
        Eui64.parse(text)


@given(st.binary(min_size=12, max_size=12))
def test_every_date_time_has_a_text_that_reads_back(octets: bytes) -> None:
    assert CosemDateTime.parse(str(CosemDateTime(octets))) == octets


@given(st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 30)))
def test_a_point_in_time_survives_to_the_second(naive: datetime) -> None:
    moment = naive.replace(tzinfo=UTC, microsecond=0)
    written = CosemDateTime.of(moment)
    assert written.moment() == moment
    assert CosemDateTime.parse(moment.isoformat()) == written


def test_dates_are_shown_as_people_write_them() -> None:
    zone = timezone(timedelta(hours=1))
    assert str(CosemDateTime.of(datetime(2026, 7, 1, 13, 0, 5, tzinfo=zone))) == "2026-07-01T12:00:05Z"
    assert str(CosemDateTime.NOW) == "now"
    assert str(CosemDateTime.NEVER) == "never"
    assert str(CosemDateTime(bytes.fromhex("ffff0c19ff000000008000ff"))) == "*-12-25T00:00:00Z"
    assert str(CosemDateTime(bytes.fromhex("07dffefdff000000008000ff"))) == "2015-#fe-#fdT00:00:00Z"
    assert str(CosemDateTime(bytes.fromhex("07df0101ff00000000800004"))) == "2015-01-01T00:00:00Z[status=04]"


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-07-01", "2026-07-01T12:00:00", "2026-13-01T00:00:00Z", "2026-07-01T12:00:00Z[x=00]"]
)
def test_other_text_is_no_date_time(text: str) -> None:
    with pytest.raises(DecodeError):
        CosemDateTime.parse(text)


@given(st.binary(min_size=5, max_size=5), st.binary(min_size=4, max_size=4))
def test_every_date_and_every_time_has_a_text_that_reads_back(day: bytes, moment: bytes) -> None:
    assert CosemDate.parse(str(CosemDate(day))) == day
    assert CosemTime.parse(str(CosemTime(moment))) == moment


def test_dates_and_times_are_shown_as_people_write_them() -> None:
    assert str(CosemDate.of(date(2026, 12, 25))) == "2026-12-25"
    assert str(CosemDate(bytes.fromhex("ffff0c19ff"))) == "*-12-25"
    assert str(CosemDate(bytes.fromhex("ffffffff07"))) == "*-*-*[day-of-week=07]"
    assert str(CosemTime.of(time(6, 30))) == "06:30:00"
    assert str(CosemTime(bytes.fromhex("ffff0032"))) == "*:*:00[hundredths=32]"


@pytest.mark.parametrize(
    "text", ["", "25.12.", "2026-13-01", "*-*-32", "2026-12-25[x=00]", "2026-12-25[day-of-week=0]"]
)
def test_other_text_is_no_date(text: str) -> None:
    with pytest.raises(DecodeError, match=r"^date at offset 0: "):
        CosemDate.parse(text)


@pytest.mark.parametrize("text", ["", "6:30", "24:00:00", "06:30:60", "06:30:00Z"])
def test_other_text_is_no_time(text: str) -> None:
    with pytest.raises(DecodeError, match=r"^time at offset 0: "):
        CosemTime.parse(text)


@pytest.mark.parametrize("octets", [b"", bytes(3), bytes(13)])
@pytest.mark.parametrize("form", [CosemDate, CosemTime, CosemDateTime])
def test_a_stamp_has_its_length(form: type[CosemDate] | type[CosemTime] | type[CosemDateTime], octets: bytes) -> None:
    with pytest.raises(DecodeError, match=r"octets, .* wanted"):
        form(octets)


@pytest.mark.parametrize(
    ("data_type", "value", "json"),
    [
        (DATE, date(2026, 12, 25), "2026-12-25"),
        (TIME, time(6, 30), "06:30:00"),
        (TIME, bytes.fromhex("061e0000"), "06:30:00"),
        (LOGICAL_NAME, "0-0:10.0.100.255", "0-0:10.0.100.255"),
        (WATT_HOURS, 95, {"value": 95, "scaler": 0, "unit": "Wh"}),
        (WATT_HOURS, {"value": 95}, {"value": 95, "scaler": 0, "unit": "Wh"}),
        (BALANCE, -5, {"value": -5, "scaler": -5, "unit": "currency"}),
        (ALERT_CODE, "0x8F66", {"code": "0x8f66", "name": "Future-dated HAN interface command successfully actioned"}),
        (ALERT_CODE, "Supply armed", {"code": "0x8f32", "name": "Supply armed"}),
        (ALERT_CODE, 0xBEEF, {"code": "0xbeef", "name": None}),
    ],
)
def test_what_a_person_writes_is_shown_in_full_and_reads_back(data_type: DataType, value: Any, json: Any) -> None:
    read = data_type.from_json(value)
    assert data_type.to_json(read) == json
    assert data_type.from_json(json) == read
    assert data_type.decode(Cursor(data_type.encode(read))) == read


@pytest.mark.parametrize(
    ("data_type", "value", "said"),
    [
        (DATE, "soon", "'soon' is not date"),
        (TIME, 5, "5 is not a CosemTime"),
        (LOGICAL_NAME, date(2026, 1, 1), "is not a Obis"),
        (WATT_HOURS, {"value": 1, "unit": "kWh"}, "unit: 'kWh' where 'Wh' belongs"),
        (WATT_HOURS, {"value": 1, "scaler": 3}, "scaler: 3 where 0 belongs"),
        (WATT_HOURS, {}, "None is not a whole number"),
        (ALERT_CODE, "Supply armd", "none of 190 names; near it are Supply armed"),
        (ALERT_CODE, "0x10000", "65536 is not a whole number between 0 and 65535"),
    ],
)
def test_what_cannot_be_is_refused_in_words(data_type: DataType, value: Any, said: str) -> None:
    with pytest.raises(UseCaseError, match=said):
        data_type.encode(data_type.from_json(value))


@given(st.tuples(*[st.integers(0, 255)] * 6))
def test_an_obis_code_survives_as_text(groups: tuple[int, ...]) -> None:
    assert Obis.parse(str(Obis(groups))) == Obis(groups)


@pytest.mark.parametrize("text", ["1-0:2.8.0", "1-0:2.8.0.256", "1.0.2.8.0.255"])
def test_other_text_is_no_obis_code(text: str) -> None:
    with pytest.raises(DecodeError):
        Obis.parse(text)


_SHAPE = structure(
    number=Number("double-long", 0x05, 4, signed=True, low=-10),
    constant=fixed(UNSIGNED, 7),
    when=DATE_TIME,
    name=Text(OctetString(1, 8)),
    extra=optional(UNSIGNED),
)
_shapes = st.fixed_dictionaries(
    {
        "number": st.integers(-10, 2**31 - 1),
        "constant": st.just(7),
        "when": st.binary(min_size=12, max_size=12).map(CosemDateTime),
        "name": st.binary(min_size=1, max_size=8).map(lambda octets: octets.decode("utf-8", "surrogateescape")),
    },
    optional={"extra": st.integers(0, 255)},
)


@given(_shapes)
def test_typed_data_survive_octets_and_json(value: dict[str, object]) -> None:
    cursor = Cursor(_SHAPE.encode(value))
    assert _SHAPE.decode(cursor) == value
    assert not cursor.remaining
    assert _SHAPE.from_json(_SHAPE.to_json(value)) == value


@given(st.binary(max_size=60))
def test_any_octets_are_typed_data_or_a_decode_error(octets: bytes) -> None:
    for start in (b"", b"\x02\x04", b"\x02\x05\x05\x00\x00\x00\x01\x11\x07\x09\x0c"):
        try:
            _SHAPE.decode(Cursor(start + octets))
        except DecodeError as error:
            assert error.offset <= len(start + octets)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"number": -11}, "number: -11 is not a whole number between -10 and 2147483647"),
        ({"number": "1"}, "number: '1' is not"),
        ({"number": True}, "number: True is not"),
        ({"constant": 8}, "constant: 8 where 7 belongs"),
        ({"when": "now"}, "when: 'now' is not a CosemDateTime"),
        ({"name": ""}, "name: b'' is not 1 to 8 octets"),
        ({"nmae": "x"}, "nmae: no such field; there is number, constant, when, name, extra"),
    ],
)
def test_a_wrong_value_is_refused_by_name(change: dict[str, object], said: str) -> None:
    value = {"number": 0, "when": CosemDateTime.NOW, "name": "x"} | change
    with pytest.raises(UseCaseError, match=said.replace("(", r"\(")):
        _SHAPE.encode(value)


def test_a_missing_value_is_refused_by_name() -> None:
    with pytest.raises(UseCaseError, match="when: missing"):
        _SHAPE.encode({"number": 0, "name": "x"})


def test_a_constant_is_checked_on_reading() -> None:
    octets = bytearray(IMPORT_REGISTER_COLLECTION.member("value").type.encode(_registers()))
    at = octets.index(b"\x16\x1e")
    octets[at + 1] = 0x1F
    with pytest.raises(
        DecodeError, match=r"active_scal_unit_type\.active_import_unit at offset \d+: 31 where 30 belongs"
    ):
        IMPORT_REGISTER_COLLECTION.member("value").type.decode(Cursor(bytes(octets)))


def _registers() -> dict[str, object]:
    return {
        "active_import_value": 1,
        "active_scal_unit_type": {},
        "reactive_import_value": 2,
        "reactive_scal_unit_type": {},
    }


def test_text_that_is_too_long_is_refused() -> None:
    message = SUPPLIER_MESSAGE.member("value").type
    assert len(message.encode("x" * 116)) == 118
    with pytest.raises(UseCaseError, match="0 to 116 octets"):
        message.encode("x" * 117)
