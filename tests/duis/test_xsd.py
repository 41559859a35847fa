"""The official schemas cannot be kept here; these are as small as can be, with the traps of the official ones."""

from __future__ import annotations

import pytest

from duis.errors import DocumentError, DuisError
from duis.xsd import Schemas
from tests.duis.conftest import REQUEST

DUIS = "http://www.dccinterface.co.uk/ServiceUserGateway"
MAIN = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:ra="urn:ra" targetNamespace="{DUIS}"
 elementFormDefault="qualified"><xs:import namespace="urn:ra" schemaLocation="MMC Schema V5.4.xsd"/>
<xs:element name="Request"><xs:complexType><xs:sequence><xs:element name="Header"/>
<xs:element name="Body" type="ra:Body"/></xs:sequence>
<xs:attribute name="schemaVersion" type="xs:decimal"/></xs:complexType></xs:element></xs:schema>"""
IMPORTED = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:ra">
<xs:complexType name="Body"><xs:sequence><xs:any processContents="skip"/></xs:sequence></xs:complexType></xs:schema>"""


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "the schemas"
    folder.mkdir()
    (folder / "DUIS Schema V5.4.xsd").write_text(MAIN)
    (folder / "MMC Schema V5.4.xsd").write_text(IMPORTED)
    return folder


def test_names_with_blanks_are_found(folder):
    assert Schemas(folder).validate(REQUEST.encode()) == "DUIS Schema V5.4.xsd"


def test_an_error_names_the_element_and_the_schema(folder):
    document = REQUEST.replace("</sr:Body>", "<sr:More/></sr:Body>")
    for written in (document, document.replace("xmlns:sr", "xmlns").replace("sr:", "")):
        with pytest.raises(DocumentError) as caught:
            Schemas(folder).validate(written.encode())
        assert caught.value.path == "Request/Body/More"
    assert "This element is not expected" in caught.value.rule
    assert "DUIS Schema V5.4.xsd" in caught.value.rule


def test_the_schema_is_that_of_the_version_or_the_next_higher(folder):
    (folder / "DUIS_Schema_V5.1.xsd").write_text(MAIN)
    schemas = Schemas(folder)
    for version, name in (("5.1", "_V5.1"), ("4.0", "_V5.1"), ("5.2", " V5.4"), ("5.40", " V5.4")):
        document = REQUEST.replace('"5.4"', f'"{version}"').encode()
        assert schemas.validate(document) == f"DUIS{name.replace('_', '_Schema_').replace(' ', ' Schema ')}.xsd"
    for version in ("5.5", "five", ""):
        with pytest.raises(DocumentError):
            schemas.validate(REQUEST.replace('"5.4"', f'"{version}"').encode())


def test_a_folder_without_schemas_and_schemas_that_are_none(folder, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DuisError, match="no DUIS schema"):
        Schemas(tmp_path / "empty")
    with pytest.raises(OSError, match="absent"):
        Schemas(tmp_path / "absent")
    for text in ("<xs:schema", "<schema/>", MAIN.replace("MMC", "Other")):
        (folder / "DUIS Schema V5.4.xsd").write_text(text)
        with pytest.raises(DuisError, match="DUIS Schema V5"):
            Schemas(folder).validate(REQUEST.encode())
