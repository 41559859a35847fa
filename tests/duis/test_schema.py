"""The notation of the tables, and the types: what the documents of the field do not show."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

import pytest
from lxml import etree

from duis import schema
from duis.errors import DocumentError
from duis.markup import DUIS
from duis.schema.model import Form
from duis.schema.notation import Reader, read_table

TABLE = """
# A comment, with = in it.
Two, Three = First eui,
    (Second 1..3 | (Third text(2..4) /[a-z]+/, Fourth?)), Fifth{2..3} ()
Fourth = <one "two words">
Mixed = @index 0.., +Two, each x <0A 0B>? boolean
Only = one Channel <0..2> ()
Numbers = Decimal decimal(0..2.5, 1), Any integer, Code hex<8F66>, Time time, Text (@index 1..3, #text int8)
Optional = (A boolean, B? boolean)?, C boolean
"""
EUI = "00-00-5E-EF-10-00-01-02"


@pytest.fixture
def reader():
    return Reader(read_table(TABLE))


def read(reader, name, xml):
    node = etree.fromstring(f'<sr:X xmlns:sr="{DUIS}">{xml}</sr:X>'.replace("<_", "<sr:").replace("</_", "</sr:"))
    return reader.content(name).read(node, "X", Form())


def test_a_definition_may_have_several_names_and_lines(reader):
    assert reader.content("Two").elements.keys() == reader.content("Three").elements.keys()
    assert list(reader.content("Mixed").elements) == ["First", "Second", "Third", "Fourth", "Fifth", "x0A", "x0B"]
    assert list(reader.content("Only").elements) == ["Channel0", "Channel1", "Channel2"]


@pytest.mark.parametrize(
    ("xml", "error"),
    [
        (f"<_First>{EUI}</_First><_Second>2</_Second><_Fifth/><_Fifth/>", None),
        (f"<_First>{EUI}</_First><_Third>ab</_Third><_Fourth>two words</_Fourth><_Fifth/><_Fifth/><_Fifth/>", None),
        (f"<_First>{EUI}</_First><_Fifth/><_Fifth/>", "X: Second or Third missing"),
        (f"<_First>{EUI}</_First><_Second>2</_Second><_Fifth/>", "X: 1 times Fifth, at least 2 wanted"),
        (f"<_First>{EUI}</_First><_Second>2</_Second>{'<_Fifth/>' * 4}", "X/Fifth: not expected here"),
        (f"<_First>{EUI}</_First><_Second>4</_Second>", "X/Second: '4' is not an integer of 1..3"),
        (f"<_First>{EUI}</_First><_Third>abcde</_Third>", "X/Third: 'abcde' has 5 characters, not 2..4"),
        (f"<_First>{EUI}</_First><_Third>AB</_Third>", "does not match"),
        (f"<_First>{EUI[:-3]}</_First>", "X/First: '00-00-5E-EF-10-00-01' is not an EUI-64 in dashed pairs"),
        ("<_First><_Inner/></_First>", "X/First/Inner: not expected in a simple element"),
    ],
)
def test_particles(reader, xml, error):
    if error is None:
        assert read(reader, "Two", xml)["First"].hex("-").upper() == EUI
        return
    with pytest.raises(DocumentError) as caught:
        read(reader, "Two", xml)
    assert error in str(caught.value)


def test_an_optional_group_is_there_as_a_whole(reader):
    assert read(reader, "Optional", "<_C>1</_C>") == {"C": True}
    assert read(reader, "Optional", "<_A>0</_A><_C>1</_C>") == {"A": False, "C": True}
    with pytest.raises(DocumentError, match="X: C missing"):
        read(reader, "Optional", "<_B>0</_B><_C>1</_C>")
    node = etree.Element("X")
    with pytest.raises(DocumentError, match="X: A missing"):
        reader.content("Optional").write(node, {"B": True, "C": True}, "X", Form())


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"Decimal": Decimal("2.6")}, "X/Decimal"),
        ({"Decimal": Decimal("0.15")}, "X/Decimal"),
        ({"Decimal": Decimal("NaN")}, "X/Decimal"),
        ({"Decimal": 1.5}, "X/Decimal"),
        ({"Any": True}, "X/Any"),
        ({"Code": b"\x8f\x67"}, "X/Code"),
        ({"Code": "8F66"}, "X/Code"),
        ({"Time": "08:00:00"}, "X/Time"),
        ({"Text": {"@index": 1}}, "X/Text"),
        ({"Text": {"#text": 1}}, "X/Text/@index"),
        ({"Text": {"@index": 4, "#text": 1}}, "X/Text/@index"),
        ({"Text": {"@index": 3, "#text": 128}}, "X/Text"),
        ({"Text": 5}, "X/Text"),
    ],
)
def test_values_that_do_not_fit(reader, values, path):
    right = {"Decimal": Decimal("2.5"), "Any": -(10**40), "Code": b"\x8f\x66", "Time": time(8), "Text": {}}
    right["Text"] = {"@index": 3, "#text": -128}
    reader.content("Numbers").write(etree.Element("X"), right, "X", Form())
    with pytest.raises(DocumentError) as caught:
        reader.content("Numbers").write(etree.Element("X"), {**right, **values}, "X", Form())
    assert caught.value.path == path


@pytest.mark.parametrize(
    "definition",
    [
        "A = B",
        "A = B eui C",
        "A = (B eui",
        "A = B eui, C eui | D eui",
        "A = @index (B eui)",
        "A = +B\nB = 1..3",
        "A = B <x",
    ],
)
def test_what_is_not_in_the_notation_is_an_error(definition):
    with pytest.raises((ValueError, KeyError)):
        Reader(read_table(definition)).content("A")


def test_every_definition_of_the_tables_can_be_read():
    reader = schema.reader()
    assert all(reader.type(name) for name in reader)
    assert "UpdateFirmware" in reader
    with pytest.raises(KeyError):
        schema.content("Nothing")
