"""ZCL data: values, their wire form and their JSON."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gbcs.cursor import Cursor
from gbcs.errors import DecodeError, UseCaseError
from gbcs.gbz.clusters import calendar, metering, prepayment, price
from gbcs.gbz.types import (
    I32,
    PUBLICATION_START,
    START,
    TIME,
    U8,
    U24,
    U48,
    Code,
    Date,
    Number,
    Octets,
    OptionalField,
    Plain,
    Repeated,
    Structure,
    ZclType,
    text,
)
from tests.gbcs.gbz import (
    fields_of,
    values_of,
)

_TYPES = [
    U8,
    U24,
    U48,
    I32,
    Number(2, order="big"),
    Code(),
    TIME,
    START,
    PUBLICATION_START,
    Date(),
    Octets(),
    Octets(5, 5),
    Plain(),
    text(20),
    Repeated(U24),
    metering.UNIT_OF_MEASURE.type,
    metering.PUBLISH_SNAPSHOT.body,
    price.PUBLISH_PRICE.body,
    prepayment.PUBLISH_DEBT_LOG.body,
    calendar.PUBLISH_SPECIAL_DAYS.body,
]


@pytest.mark.parametrize("field_type", _TYPES, ids=lambda field_type: type(field_type).__name__)
@settings(max_examples=40)
@given(data=st.data())
def test_values_survive_octets_and_json(field_type: ZclType, data: st.DataObject) -> None:
    value = data.draw(values_of(field_type))
    octets = field_type.encode(value)
    cursor = Cursor(octets)
    assert field_type.decode(cursor) == value
    assert cursor.remaining == 0
    assert field_type.from_json(json.loads(json.dumps(field_type.to_json(value)))) == value


@pytest.mark.parametrize("field_type", _TYPES, ids=lambda field_type: type(field_type).__name__)
@settings(max_examples=40)
@given(octets=st.binary(max_size=80))
def test_any_octets_are_a_value_that_writes_them_or_refused(field_type: ZclType, octets: bytes) -> None:
    cursor = Cursor(octets)
    try:
        value = field_type.decode(cursor)
    except DecodeError as error:
        assert 0 <= error.offset <= len(octets)
    else:
        assert field_type.encode(value) == octets[: cursor.position]


@pytest.mark.parametrize(
    ("field_type", "value", "octets"),
    [
        (U48, 3, "030000000000"),
        (I32, -2, "feffffff"),
        (TIME, "2015-01-01T00:00:00Z", "804a371c"),
        (START, "now", "00000000"),
        (START, "cancel", "ffffffff"),
        (PUBLICATION_START, "cancel", "feffffff"),
        (TIME, "latest", "feffffff"),
        (Date(), "2015-03-20", "730314ff"),
        (Date(), "*-12-25", "ff0c19ff"),
        (Date(), "*-*-01[day-of-week=1]", "ffff0101"),
        (text(9), "Gas", "03476173"),
        (Octets(), "0123abcd", "040123abcd"),
        (Code(), "0x81ff", "ff81"),
        (fields_of(price.PUBLISH_CALORIFIC_VALUE)["unit"], "MJ/m3", "01"),
        (fields_of(price.PUBLISH_CALORIFIC_VALUE)["unit"], {"code": 9, "name": None}, "09"),
    ],
)
def test_the_wire_form_of_values(field_type: ZclType, value: Any, octets: str) -> None:
    assert field_type.encode(field_type.from_json(value)).hex() == octets


@pytest.mark.parametrize(
    ("field_type", "value", "said"),
    [
        (U8, 256, "256 is not a whole number between 0 and 255"),
        (U8, True, "True is not a whole number"),
        (START, "soon", "'soon' is not a date and time"),
        (START, datetime(2026, 1, 1), "no time zone"),
        (START, "1999-12-31T23:59:59Z", "-1 is not a whole number between 0 and 4294967295"),
        (Date(), "2015-13-01", "'13' is not between 01 and 12"),
        (Date(), "1899-01-01", "between the years 1900 and 2154"),
        (Date(), "2155-01-01", "between the years 1900 and 2154"),
        (Date(), "soon", "'soon' is not a date"),
        (Code(), "81ff", "'81ff' is not of the form 0x8f66"),
        (text(3), "four", "is not 0 to 3 octets"),
        (text(3), 4, "4 is not text"),
        (text(3), "\ud800", "UTF-8 has no octets"),
        (Octets(), "xyz", "not hexadecimal"),
        (Repeated(U8), 7, "7 is not a list"),
        (Repeated(U8), [1, 300], "1: 300 is not a whole number"),
        (Structure({"a": U8}), {"b": 1}, "b: no such field; there is a"),
        (Structure({"a": U8}), {}, "a: missing"),
        (Structure({"a": U8, "b": OptionalField(U8), "c": OptionalField(U8)}), {"a": 1, "c": 2}, "b: missing"),
        (metering.UNIT_OF_MEASURE.type, "litres", "'litres' is none of kWh, m3"),
    ],
)
def test_a_value_that_cannot_be_is_refused_in_words(field_type: ZclType, value: Any, said: str) -> None:
    with pytest.raises(UseCaseError, match=said):
        field_type.encode(field_type.from_json(value))
