"""Reference requests become the reference commands; reference responses become documents that the schema accepts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from duis.document import parse
from duis.errors import DocumentError, TransformError
from duis.mapping.table import MAPPINGS, mappings_of
from duis.mmc import render
from duis.transform import Context, command, roles_of, transform
from gbcs.decoding import decode
from gbcs.message import Kind, Message
from gbcs.usecases.model import UseCase
from smki.keystore import Keystore, open_keystore

_DECLARED = tuple({mapping.use_case for mappings in MAPPINGS.values() for mapping in mappings})


@pytest.fixture(scope="module")
def keystore(reference: Path) -> Keystore:
    return open_keystore(reference / "rtds/keystore")


def _transformed(pair: dict[str, Any], rtds: Path, keystore: Keystore) -> tuple[UseCase, Message]:
    request = parse((rtds / pair["duis"]).read_bytes())
    return transform(request, Context.from_json(pair["context"]), lambda user: roles_of(user, keystore))


def _pairs(rtds: Path, *, declared: bool) -> list[dict[str, Any]]:
    pairs: list[dict[str, Any]] = json.loads((rtds / "pairs.json").read_text())
    return [pair for pair in pairs if pair["use_case"].startswith(_DECLARED) == declared]


def test_declared_pairs_are_transformed_octet_for_octet(reference: Path, keystore: Keystore) -> None:
    rtds = reference / "rtds"
    pairs = _pairs(rtds, declared=True)
    assert len(pairs) >= 5
    for pair in pairs:
        use_case, message = _transformed(pair, rtds, keystore)
        critical = "precommand" in pair
        octets = message.encode() if critical else command(use_case, message, keystore).encode()
        want = (rtds / pair["precommand" if critical else "command"]).read_text()
        assert octets == bytes.fromhex(want), pair["duis"]


def test_no_undeclared_pair_becomes_a_command(reference: Path, keystore: Keystore) -> None:
    rtds = reference / "rtds"
    for pair in _pairs(rtds, declared=False):
        with pytest.raises((DocumentError, TransformError)):
            _transformed(pair, rtds, keystore)


def test_documents_of_responses_are_valid_by_the_schema(
    reference: Path, keystore: Keystore, schemas: dict[str, etree.XMLSchema]
) -> None:
    documents = 0
    for row in json.loads((reference / "rtds/index.json").read_text()):
        decoded_with = decode(bytes.fromhex((reference / "rtds" / row["path"]).read_text()), keystore)
        mapped = decoded_with.use_case and mappings_of(decoded_with.use_case.code)
        if not mapped or decoded_with.payload is None or decoded_with.message.kind is not Kind.RESPONSE:
            continue
        for decoded in (decoded_with, decode(decoded_with.message.encode())):
            schemas["MMC"].assertValid(etree.fromstring(render(decoded)))
            documents += 1
    assert documents >= 20
