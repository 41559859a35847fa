"""Requests of the reference data set, and the official schema where it is at hand."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from duis import markup, templates
from duis.document import Request, from_json, parse, read_header
from duis.errors import DocumentError
from duis.services import SERVICES, FutureDating
from duis.signature import sign
from duis.xsd import Schemas
from gbcs.security.ecc import SoftwareSigner
from tests.duis.conftest import Estate, estate
from tests.duis.strategies import documents

__all__ = ["estate"]

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def requests(reference: Path) -> dict[str, bytes]:
    found = {path.name: path.read_bytes() for path in sorted((reference / "rtds/duis").glob("*.XML"))}
    assert len(found) == 220
    return found


@pytest.fixture(scope="module")
def official(reference: Path) -> Schemas:
    if not (reference / "schemas").is_dir():
        pytest.skip("no official schemas: none below schemas/ in the reference folder")
    return Schemas(reference / "schemas")


def unsigned(document: bytes) -> markup.Node:
    """The document without comments, layout and the placeholder of a signature."""
    root = markup.parse(document)
    for signature in root.findall(markup.SIGNATURE):
        root.remove(signature)
    markup.compact(root)
    return root


def canonical(document: bytes) -> bytes:
    return markup.canonical(unsigned(document))


def test_every_request_is_read_and_rebuilt_by_way_of_json_as_well(requests, official):
    for name, document in requests.items():
        request = parse(document)
        assert isinstance(request, Request)
        assert f"_{request.service.variant}" in f"_{name}"
        again = from_json(json.loads(json.dumps(request.to_json())))
        assert again == request
        for rebuilt in (request.to_xml(), again.to_xml()):
            assert canonical(rebuilt) == canonical(document), name
            assert official.validate(rebuilt)
    assert len({read_header(markup.parse(document)).variant for document in requests.values()}) > 100


def test_the_service_table_agrees_with_the_matrix(reference):
    matrix = reference / "reference/srv-body-elements.json"
    if not matrix.is_file():
        pytest.skip("no service matrix in the reference folder")
    rows = json.loads(matrix.read_text())["srv"]
    assert rows.keys() == SERVICES.keys()
    dating = {
        "No": FutureDating.NONE,
        "DSP": FutureDating.DSP,
        "Device": FutureDating.DEVICE,
        "DSP & Device": FutureDating.DSP_AND_DEVICE,
    }
    for variant, service in SERVICES.items():
        row = rows[variant]
        assert service.element == row["body_element"]
        assert service.critical == (row["critical"] == "Yes")
        assert service.for_device == (row["non_device"] == "No")
        assert service.command_variants == set(row["command_variants"])
        assert service.roles == set(row["eligible_roles"])
        assert service.future_dating is dating[row["future_dated"]]
        # The schema has 4.2 among the scheduled services, the matrix has not.
        assert service.scheduled == (row["dcc_scheduled"] == "Yes" or variant == "4.2")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400, deadline=None)
@given(document=documents)
def test_what_is_built_is_valid_by_the_schema(official, document):
    official.validate(document.to_xml())


def test_every_template_is_valid_by_the_schema(official):
    for variant, service in SERVICES.items():
        for command_variant in service.command_variants:
            official.validate(templates.request(variant, NOW, command_variant=command_variant).to_xml())


def test_what_is_signed_is_valid_by_the_schema(requests, official, estate: Estate):
    signer = SoftwareSigner(estate.user.private_key)
    for document in requests.values():
        official.validate(sign(document, signer, estate.user.certificate))


# Damage: each element of the requests, once for every place where such an element stands, is damaged in every way.

_TEXTS = (
    *("", "x", " ", "é", "maybe", "true", " true ", "Daily", "Add", "x" * 300),
    *("-1", "0", "1", "01", "+1", " 1 ", "99999999999999999999999", "1.55555555", "1e3", "1.", ".5", "INF"),
    *("2024-02-30", "2024-01-01", "2024-1-1", "12024-01-01", "2024-01-01+05:00", "2024-01-01T00:00:00"),
    *(
        "2024-01-01T24:00:00Z",
        "2024-01-01T00:00:00+14:00",
        "2024-01-01T00:00:00+14:01",
        "2024-01-01T00:00:00.12345678Z",
    ),
    *("24:00:00Z", "25:00:00Z", "12:00:00+01:00", "QUJD", "QUI", "QUL=", "QQ==", "QR==", "ABCD", "0g"),
    *("00-11-22-33-44-55-66-77", "00-11-22-33-44-55-66-7g", "00-11-22-33-44-55-66-77,00-11-22-33-44-55-66-77"),
)
_Damage = Callable[[markup.Node], object]


def _damages(node: markup.Node) -> Iterator[_Damage]:
    yield lambda node: node.getparent().remove(node)
    yield lambda node: node.addnext(copy.deepcopy(node))
    yield lambda node: etree.SubElement(node, f"{{{markup.DUIS}}}Extra")
    yield lambda node: node.set("unknown", "1")
    yield lambda node: setattr(node, "tag", f"{{{markup.DUIS}}}Unknown")
    yield lambda node: setattr(node, "tag", etree.QName(node).localname)
    yield lambda node: setattr(node, "tail", "text")
    if node.getnext() is not None:
        yield lambda node: node.getnext().addnext(node)
    for name in node.attrib:
        yield lambda node, name=name: node.attrib.pop(name)
        for text in ("", "x", "0", "1", "9", "99", " 2 "):
            yield lambda node, name=name, text=text: node.set(name, text)
    if not len(node):
        for text in _TEXTS:
            yield lambda node, text=text: setattr(node, "text", text)


def _refused(check: Callable[[bytes], object], document: bytes) -> bool:
    try:
        check(document)
    except DocumentError:
        return True
    return False


def test_damage_is_refused_where_the_schema_refuses_it(requests, official):
    seen, refused, accepted, stricter = set(), 0, 0, 0
    for document in requests.values():
        root = unsigned(document)
        for node in root[1].iterdescendants():
            path = root.getroottree().getpath(node)
            place = re.sub(r"\[\d+\]", "", path)
            if place in seen:
                continue
            seen.add(place)
            for damage in _damages(node):
                damaged = copy.deepcopy(root)
                (found,) = damaged.xpath(path, namespaces={"sr": markup.DUIS})
                damage(found)
                octets = etree.tostring(damaged)
                by_us, by_schema = _refused(parse, octets), _refused(official.validate, octets)
                if by_us and not by_schema:
                    # libxml2 passes over stray characters in base64; years before 1 are of no use.
                    with pytest.raises(DocumentError, match="not base64"):
                        parse(octets)
                    stricter += 1
                    continue
                assert by_us == by_schema, (place, octets)
                refused, accepted = refused + by_us, accepted + (not by_us)
    assert len(seen) > 700
    assert refused > 10 * accepted > 10_000
    assert stricter < accepted / 10
