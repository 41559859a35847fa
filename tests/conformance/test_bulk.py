"""Every reference message in one batch: what the one-at-a-time path finds, and the octets that it makes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gbcs.bulk import Parsed, accesses_of, check_many, parse_many, protect_many
from gbcs.decoding import decode
from gbcs.errors import SecurityError
from gbcs.kernels import reference as twin
from gbcs.message import Kind, Message
from gbcs.security import protection
from gbcs.security.category import Category
from smki.keystore import Keystore, open_keystore


@pytest.fixture(scope="module")
def keys(reference: Path) -> Keystore:
    return open_keystore(reference / "rtds/keystore")


@pytest.fixture(scope="module")
def messages(reference: Path) -> list[bytes]:
    rows = json.loads((reference / "rtds/index.json").read_text())
    return [bytes.fromhex((reference / "rtds" / row["path"]).read_text()) for row in rows]


@pytest.fixture(scope="module")
def parsed(messages: list[bytes]) -> Parsed:
    return parse_many(messages)


def test_signatures_and_macs(messages: list[bytes], parsed: Parsed, keys: Keystore) -> None:
    checked = check_many(parsed, keys)
    for item, octets in enumerate(messages):
        one = decode(octets, keys)
        assert checked.status(item) == (one.inspection.signature, one.inspection.mac)
        try:
            assert one.category is not None
            protection.verify(one.message, one.category, keys)
        except SecurityError:
            assert not checked.passed[item]
        else:
            assert checked.passed[item]


def test_headers_and_access_lists(parsed: Parsed) -> None:
    assert parsed.valid.all()
    rows = np.zeros_like(parsed.headers)
    twin.parse_headers(parsed.messages.octets, parsed.messages.offsets, rows)
    np.testing.assert_array_equal(parsed.headers, rows)
    found, counts = accesses_of(parsed)
    wanted_counts = np.empty_like(counts)
    arguments = parsed.messages.octets, parsed["content"].copy(), parsed["content_length"].copy()
    np.testing.assert_array_equal(found, twin.parse_accesses(*arguments, wanted_counts))
    np.testing.assert_array_equal(counts, wanted_counts)
    assert (counts >= 0).all()


def test_commands_are_protected_to_the_octet(messages: list[bytes], keys: Keystore) -> None:
    taken = [Message.decode(octets) for octets in messages]
    wanted = [
        octets
        for octets, message in zip(messages, taken, strict=True)
        if message.kind is Kind.COMMAND and message.mac and decode(octets).category is Category.NON_CRITICAL
    ]
    bare = [replace(Message.decode(octets), signature=None, mac=None).encode() for octets in wanted]
    made = protect_many(bare, Category.NON_CRITICAL, keys)
    assert not made.errors
    assert list(made.messages) == wanted
