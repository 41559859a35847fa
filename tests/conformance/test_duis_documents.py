"""Requests of the reference data set, and the official schema where it is at hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from duis import markup
from duis.document import parse, read_header
from duis.errors import DocumentError
from duis.services import SERVICES, FutureDating
from duis.signature import sign
from gbcs.security.ecc import SoftwareSigner
from tests.duis.conftest import Estate, estate
from tests.duis.test_document import requests, responses

__all__ = ["estate"]


def documents(reference: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((reference / "rtds/duis").glob("*.XML"))}


def canonical(document: bytes) -> bytes:
    """Canonical form of the unsigned document without layout and without namespaces that nothing uses."""
    root = markup.parse(document)
    for signature in root.findall(markup.SIGNATURE):
        root.remove(signature)
    markup.compact(root)
    return markup.canonical(root, exclusive=True)


def test_every_header_can_be_read(reference):
    found = documents(reference)
    assert len(found) == 220
    for name, document in found.items():
        header = read_header(markup.parse(document))
        assert f"_{header.variant}" in f"_{name}"


def test_declared_services_are_read_and_rebuilt(reference):
    seen = set()
    for name, document in documents(reference).items():
        variant = read_header(markup.parse(document)).variant
        if variant not in SERVICES:
            with pytest.raises(DocumentError, match=f"no service {variant}"):
                parse(document)
            continue
        assert canonical(parse(document).to_xml()) == canonical(document), name
        seen.add(variant)
    assert seen >= {"3.1", "4.1.1", "6.11", "7.3", "8.1.1", "11.2"}


def test_the_service_table_agrees_with_the_matrix(reference):
    matrix = reference / "reference/srv-body-elements.json"
    if not matrix.is_file():
        pytest.skip("no service matrix in the reference folder")
    rows = json.loads(matrix.read_text())["srv"]
    dating = {"No": FutureDating.NONE, "DSP": FutureDating.DSP, "Device": FutureDating.DEVICE}
    for variant, service in SERVICES.items():
        row = rows[variant]
        assert service.reference == row["service_reference"]
        assert service.body.name == row["body_element"]
        assert service.critical == (row["critical"] == "Yes")
        assert service.command_variants == set(row["command_variants"])
        assert service.roles == set(row["eligible_roles"])
        assert service.future_dating is dating[row["future_dated"]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(document=requests() | responses)
def test_what_is_built_is_valid_by_the_schema(schemas, document):
    schemas["DUIS"].assertValid(etree.fromstring(document.to_xml()))


def test_what_is_signed_is_valid_by_the_schema(reference, schemas, estate: Estate):
    signer = SoftwareSigner(estate.user.private_key)
    for document in documents(reference).values():
        schemas["DUIS"].assertValid(etree.fromstring(sign(document, signer, estate.user.certificate)))
