"""Every reference message: taken apart, checked, and built again from its fields."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gbcs.decoding import Decoded, decode
from gbcs.json_form import from_json, to_json
from gbcs.security.category import PROTECTION
from gbcs.security.protection import form_of
from smki.keystore import open_keystore


@pytest.fixture(scope="module")
def index(reference: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((reference / "rtds/index.json").read_text())
    return rows


@pytest.fixture(scope="module")
def decoded(reference: Path, index: list[dict[str, Any]]) -> list[tuple[dict[str, Any], bytes, Decoded]]:
    keys = open_keystore(reference / "rtds/keystore")
    octets = [bytes.fromhex((reference / "rtds" / row["path"]).read_text()) for row in index]
    return [(row, message, decode(message, keys)) for row, message in zip(index, octets, strict=True)]


def test_header_signature_and_mac_are_as_the_index_says(decoded: list[tuple[dict[str, Any], bytes, Decoded]]) -> None:
    wrong = []
    for row, _, result in decoded:
        shown = to_json(result)
        names = ("kind", "originator_counter", "signature", "mac")
        want = {name: row[name] for name in names}
        want |= {name: row[name].lower() for name in ("message_code", "originator", "recipient")}
        if want != {name: shown[name] for name in want}:
            wrong.append((row["path"], want, shown))
    assert not wrong


def test_supplementary_fields_are_as_the_index_says(decoded: list[tuple[dict[str, Any], bytes, Decoded]]) -> None:
    for row, _, result in decoded:
        extra = result.message.supplementary
        assert (extra.party.hex().upper() if extra else None) == row["supp_remote_party"], row["path"]
        assert (extra.party_counter if extra else None) == row["supp_remote_party_counter"], row["path"]
        assert (extra.originator_counter if extra else None) == row["supp_originator_counter"], row["path"]
        assert (len(extra.certificate) if extra and extra.certificate else None) == row["supp_ka_certificate_len"]


def test_every_message_has_a_form_that_its_category_allows(
    decoded: list[tuple[dict[str, Any], bytes, Decoded]],
) -> None:
    for row, _, result in decoded:
        assert result.category in PROTECTION, row["path"]
        form_of(result.message, result.category)


def test_every_payload_is_decoded_to_the_last_octet(
    decoded: list[tuple[dict[str, Any], bytes, Decoded]],
) -> None:
    for row, _, result in decoded:
        assert result.undecoded_octets == 0, row["path"]
        if row["encrypted_parts"]:
            assert any(item.protected and item.value is not None for item in result.payload.items_in_order)


def test_the_json_form_builds_the_same_octets_again(decoded: list[tuple[dict[str, Any], bytes, Decoded]]) -> None:
    for row, octets, result in decoded:
        fields = json.loads(json.dumps(to_json(result)))
        del fields["octets"]
        assert from_json(fields) == octets, row["path"]


def test_mac_and_signature_are_computed_where_the_json_has_none(
    reference: Path, decoded: list[tuple[dict[str, Any], bytes, Decoded]]
) -> None:
    keys = open_keystore(reference / "rtds/keystore")
    maced = [(octets, to_json(r)) for _, octets, r in decoded if r.message.mac and not r.message.signature]
    assert len(maced) > 400
    for octets, fields in maced:
        if fields["mac"] == "valid":
            del fields["mac_octets"]
            assert from_json(fields, keys) == octets


def test_the_command_prints_one_object_a_file(reference: Path, index: list[dict[str, Any]]) -> None:
    files = [str(reference / "rtds" / row["path"]) for row in index]
    keystore = str(reference / "rtds/keystore")
    command = [sys.executable, "-m", "gbcs", "decode", "--json", "--keystore", keystore, *files]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    objects = [json.loads(line) for line in run.stdout.splitlines()]
    assert [shown["file"] for shown in objects] == files
    # Two device-to-device exchanges cannot be checked, and the exit status and stderr say so.
    assert run.returncode == 3
    assert len(run.stderr.splitlines()) == sum(shown["mac"] == "unverifiable" for shown in objects) == 4
