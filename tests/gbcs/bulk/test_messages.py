"""`parse_many`, `protect_many` and `check_many`: what the one-at-a-time path says, for every message of a batch."""

from __future__ import annotations

import random
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbcs.bulk import Column, Parsed, TestKey, accesses_of, check_many, parse_many, protect_many
from gbcs.bulk.checking import category_of
from gbcs.errors import ArrayError, DecodeError, GbcsError, MissingKeyError, SecurityError, UseCaseError
from gbcs.eui64 import Eui64
from gbcs.kernels import headers, reference
from gbcs.message import Cra, Kind, Message, Supplementary
from gbcs.roles import KeyUse
from gbcs.security import protection
from gbcs.security.category import PROTECTION, Category, acceptable
from gbcs.usecases.catalogue import USE_CASES, use_case_of
from tests.gbcs.keys import BROKER, METER, OTHER_USER, SUPPLIER, MemoryKeys

_RANDOM = random.Random(7)
#: Lengths in the octets at which a header may be wrong.
_TELLING = [0, 1, 2, 3, 8, 9, 10, 12, 18, 26, 27, 0x11, 0x30, 0x40, 0x80, 0x81, 0x82, 0x84, 0x85, 0xDD, 0xDF, 0xFF]


def _bare(counter: int = 9) -> list[Message]:
    """Messages of every kind and every form of other-information."""
    ends = {Cra.COMMAND: (SUPPLIER, METER), Cra.RESPONSE: (METER, SUPPLIER), Cra.ALERT: (METER, SUPPLIER)}
    certificate = b"\x30\x82\x01\x05" + bytes(261)
    extras = (
        None,
        Supplementary(OTHER_USER),
        Supplementary(OTHER_USER, 3),
        Supplementary(OTHER_USER, 3, 4),
        Supplementary(OTHER_USER, 3, certificate=certificate),
    )
    bare = [
        Message(cra, counter, *ends[cra], 0x59, b"c" * length, supplementary=extra)
        for cra in Cra
        for extra in extras
        for length in (0, 1, 100, 127, 128, 255, 300)
    ]
    requests = [
        USE_CASES["ECS10"].command(SUPPLIER, METER, counter, supplier_message="Hello"),
        USE_CASES["ECS44"].command(SUPPLIER, METER, counter),
        USE_CASES["ECS52"].command(SUPPLIER, METER, counter),
    ]
    return bare + requests


@pytest.fixture(scope="module")
def every_form(keys: MemoryKeys) -> list[bytes]:
    """Unprotected, signed, MACed, and both."""
    forms = []
    for message in _bare():
        signed = protection.sign(message, keys)
        maced = (protection.add_mac(form, Category.NON_CRITICAL, keys) for form in (message, signed))
        forms += [form.encode() for form in (message, signed, *maced)]
    return forms


def _damaged(octets: bytes, choice: random.Random) -> bytes:
    at = choice.randrange(min(len(octets), 75) or 1)
    return choice.choice(
        [
            octets[: choice.randrange(len(octets) or 1)],
            octets[:at] + bytes([choice.choice(_TELLING)]) + octets[at + 1 :],
            octets[:at] + bytes([choice.randrange(256)]) + octets[at:],
            octets + bytes(choice.randrange(1, 3)),
        ]
    )


def _compare(parsed: Parsed, messages: Iterable[bytes]) -> None:
    for item, octets in enumerate(messages):
        row = parsed.headers[item]
        try:
            message = Message.decode(octets)
        except DecodeError as error:
            assert (headers.FIELDS[row["error"]], row["error_offset"]) == (error.field, error.offset), octets.hex()
            assert str(parsed.error(item)) == str(error)
            continue
        assert row["error"] == 0, octets.hex()
        extra = message.supplementary
        content = parsed.messages.octets[row["content"] :][: row["content_length"]]
        assert content.tobytes() == message.content
        assert parsed.kind(item) == message.kind
        assert (row["cra"], row["message_code"]) == (message.cra, message.message_code)
        assert row["originator_counter"] == message.originator_counter
        assert parsed.party(item, "originator") == message.originator
        assert parsed.party(item, "recipient") == message.recipient
        assert (row["signature_length"] < 0) == (message.signature is None)
        assert row["maced"] == (message.mac is not None)
        assert parsed.party(item, "party") == (extra.party if extra else bytes(8))
        assert row["party_counter"] == ((extra and extra.party_counter) or 0)


def test_headers_are_parsed_as_one_at_a_time(every_form: list[bytes]) -> None:
    damaged = [_damaged(octets, _RANDOM) for octets in every_form for _ in range(8)]
    messages = [*every_form, *damaged, b"", b"\xdd", b"\xdf"]
    _RANDOM.shuffle(messages)
    parsed = parse_many(messages, threads=2)
    _compare(parsed, messages)
    rows = np.zeros(len(messages), headers.HEADER)
    reference.parse_headers(parsed.messages.octets, parsed.messages.offsets, rows)
    whole = parsed.valid
    np.testing.assert_array_equal(parsed.headers[whole], rows[whole])
    np.testing.assert_array_equal(parsed["error_offset"], rows["error_offset"])


@given(st.randoms(use_true_random=False), st.binary(max_size=80))
def test_any_octets_are_parsed_as_one_at_a_time(choice: random.Random, octets: bytes) -> None:
    messages = [octets, b"\xdf" + octets, _damaged(_damaged(choice.choice(_bare()).encode(), choice), choice)]
    _compare(parse_many(messages), messages)


def _accesses_of(contents: list[bytes]) -> None:
    messages = [Message(Cra.COMMAND, 1, SUPPLIER, METER, 1, content).encode() for content in contents]
    parsed = parse_many(messages)
    rows, counts = accesses_of(parsed)
    wanted_counts = np.empty(len(messages), np.int64)
    arguments = parsed.messages.octets, parsed["content"].copy(), parsed["content_length"].copy()
    wanted = reference.parse_accesses(*arguments, wanted_counts)
    np.testing.assert_array_equal(counts, wanted_counts)
    np.testing.assert_array_equal(rows, wanted)


def test_access_lists() -> None:
    contents = [
        bytes.fromhex("d9200003e80001010001000000020 1ff020100".replace(" ", "")),
        bytes.fromhex("da200003e8000001 09040123abcd 01 0100"),
        bytes.fromhex("d9200003e800 01 04 0007 0000620104ff 02 01 0202 0600000001 0102 0f01 0f02 01 00"),
        bytes.fromhex("da200003e80000 02 13 02 02 06 06 10 00000000000000000000000000000000 0404f0 02 0100 02fa"),
        bytes.fromhex("0109 00"),
        b"",
        bytes.fromhex("da200003e8000001") + b"\x02\x01" * 20 + b"\0" + bytes.fromhex("010100"),
        *(USE_CASES[code].command(SUPPLIER, METER, 1).content for code in ("ECS44", "ECS52", "ECS26a")),
    ]
    _accesses_of(contents)
    rows, counts = accesses_of(parse_many([USE_CASES["ECS52"].command(SUPPLIER, METER, 1).encode()]))
    assert counts.tolist() == [1]
    assert (rows["class_id"][0], int(rows["obis"][0]).to_bytes(6, "big").hex()) == (1, "0000000201ff")
    _accesses_of([octets[:end] for octets in contents for end in range(len(octets))])
    _accesses_of([_damaged(octets, _RANDOM) for octets in contents if octets for _ in range(100)])


def _one_by_one(
    messages: list[bytes], category: Category, keys: MemoryKeys
) -> list[tuple[bytes, type[GbcsError] | None, str]]:
    results = []
    for octets in messages:
        try:
            results.append((protection.protect(Message.decode(octets), category, keys).encode(), None, ""))
        except GbcsError as error:
            results.append((b"", type(error), str(error)))
    return results


class _Deterministic(MemoryKeys):
    def __init__(self, keys: MemoryKeys) -> None:
        self.private = keys.private

    def signer(self, party: Eui64) -> TestKey:  # type: ignore[override]
        return TestKey(self._key(party, KeyUse.DS))


@pytest.mark.parametrize("category", [category for category in Category if PROTECTION[category]])
def test_messages_are_protected_as_one_at_a_time(category: Category, keys: MemoryKeys, every_form: list[bytes]) -> None:
    messages = [*every_form[::3], every_form[0][:-1], b""]
    signers = {party: TestKey(keys.private[party, KeyUse.DS]) for party in (SUPPLIER, METER)}
    made = protect_many(messages, category, keys, signers=signers)
    wanted = _one_by_one(messages, category, _Deterministic(keys))
    assert list(made.messages) == [octets for octets, _, _ in wanted]
    errors = {item: (kind, text) for item, (_, kind, text) in enumerate(wanted) if kind}
    assert {item: (type(error), str(error)) for item, error in made.errors.items()} == errors


def test_who_cannot_sign_and_whom_nobody_knows_spoil_only_their_own(keys: MemoryKeys) -> None:
    stranger = Eui64(bytes(8))
    commands = [USE_CASES["ECS44"].command(party, METER, 5) for party in (SUPPLIER, OTHER_USER, SUPPLIER)]
    commands.append(USE_CASES["ECS44"].command(SUPPLIER, stranger, 5))
    made = protect_many(
        [command.encode() for command in commands],
        Category.CRITICAL,
        keys,
        signers={SUPPLIER: TestKey(keys.private[SUPPLIER, KeyUse.DS])},
    )
    assert {item: type(error) for item, error in made.errors.items()} == {1: MissingKeyError, 3: MissingKeyError}
    assert OTHER_USER.hex() in str(made.errors[1])
    assert stranger.hex() in str(made.errors[3])
    assert [bool(octets) for octets in made.messages] == [True, False, True, False]
    protection.verify(Message.decode(made.messages[2]), Category.CRITICAL, keys)


def _check(messages: list[bytes], keys: MemoryKeys) -> None:
    checked = check_many(messages, keys)
    for item, octets in enumerate(messages):
        try:
            message = Message.decode(octets)
        except DecodeError as error:
            assert not checked.passed[item]
            assert str(checked.error(item, keys)) == str(error)
            continue
        use_case = use_case_of(message)
        category = use_case.category_of(message.message_code) if use_case else None
        found = protection.inspect(message, category, keys)
        assert checked.status(item) == (found.signature, found.mac)
        error: GbcsError | None = None
        try:
            if category is None:
                raise UseCaseError("", "", "")
            protection.verify(message, category, keys)
        except GbcsError as caught:
            error = caught
        assert checked.passed[item] == (error is None)
        assert type(checked.error(item, keys)) is type(error)


def test_messages_are_checked_as_one_at_a_time(keys: MemoryKeys) -> None:
    messages = []
    codes = {
        category: use.message_codes[0] for use in USE_CASES.values() if use.message_codes for category in [use.category]
    }
    codes |= {Category.CREDENTIALS_BY_BROKER: 0x0104, Category.CREDENTIALS_BY_RECOVERY: 0x0108}
    for category, code in codes.items():
        for message in _bare()[::7]:
            if acceptable(category, Kind(message.kind.replace("pre", ""))):
                coded = Message(message.cra, 5, message.originator, message.recipient, code, message.content)
                messages.append(protection.protect(coded, category, keys).encode())
    assert check_many(messages, keys).passed.all()
    messages += [_damaged(octets, _RANDOM) for octets in messages for _ in range(5)]
    messages += [octets[:-1] + bytes([octets[-1] ^ 1]) for octets in messages if octets]
    messages += [message.encode() for message in _bare()]
    messages += [protection.add_mac(_bare()[0], Category.NON_CRITICAL, keys).encode().replace(b"\0\x59", b"\xff\xff")]
    _check(messages, keys)


@pytest.mark.parametrize(
    "lost", [(SUPPLIER, KeyUse.DS), (SUPPLIER, KeyUse.KA), (METER, KeyUse.KA), (BROKER, KeyUse.KA), (METER, KeyUse.DS)]
)
def test_a_missing_key_leaves_its_messages_unverifiable(lost: tuple[Eui64, KeyUse]) -> None:
    keys = MemoryKeys()
    messages = [
        protection.protect(USE_CASES["ECS44"].command(SUPPLIER, METER, 5), Category.CRITICAL, keys).encode(),
        protection.protect(USE_CASES["ECS52"].command(OTHER_USER, METER, 5), Category.NON_CRITICAL, keys).encode(),
        *(
            protection.protect(Message(Cra.RESPONSE, 9, METER, SUPPLIER, 0x62, b""), c, keys).encode()
            for c in (Category.CRITICAL, Category.NON_CRITICAL)
        ),
    ]
    keys.forget(*lost)
    _check(messages, keys)


def test_the_category_of_a_message_code_is_the_catalogues() -> None:
    for use_case in USE_CASES.values():
        for code in use_case.message_codes:
            assert category_of(code) is use_case.category_of(code)
    assert category_of(0xFFFF) is None


@pytest.mark.parametrize("count", [0, 1, 2, 17])
def test_small_columns(count: int, keys: MemoryKeys) -> None:
    messages = [USE_CASES["ECS52"].command(SUPPLIER, METER, i + 1).encode() for i in range(count)]
    made = protect_many(messages, Category.NON_CRITICAL, keys)
    assert not made.errors
    assert check_many(made.messages, keys).passed.all()
    assert len(parse_many(messages)) == len(made.messages) == count


def test_a_column_is_a_sequence_of_octet_strings() -> None:
    column = Column.of([b"one", b"", b"three"])
    assert list(column) == [b"one", b"", b"three"]
    assert (column[0], column[-1], len(column)) == (b"one", b"three", 3)
    assert column.lengths.tolist() == [3, 0, 5]
    with pytest.raises(IndexError):
        column[3]
    with pytest.raises(ArrayError, match=r"octets: uint8 of shape \(octets,\) wanted, not int64 of shape \(2,\)"):
        Column(np.zeros(2, np.int64), np.array([0]))  # type: ignore[arg-type]
    for items in (b"one", ["one"], None, np.zeros((2, 3), np.int64)):
        with pytest.raises(ArrayError, match="items: a column, or octet strings"):
            Column.of(items)  # type: ignore[arg-type]


def test_arrays_that_are_views_of_others_are_read_as_they_look(keys: MemoryKeys) -> None:
    messages = [USE_CASES["ECS52"].command(SUPPLIER, METER, i + 1).encode() for i in range(20)]
    column = Column.of(messages)
    backwards = np.ascontiguousarray(column.octets[::-1])[::-1]
    sparse = np.repeat(column.offsets, 2)[::2]
    made = protect_many(Column(backwards, sparse), Category.NON_CRITICAL, keys)
    assert list(made.messages) == list(protect_many(messages, Category.NON_CRITICAL, keys).messages)


def test_an_unsuitable_category_is_an_error_of_every_message(keys: MemoryKeys) -> None:
    made = protect_many([USE_CASES["ECS52"].command(SUPPLIER, METER, 1).encode()], Category.NOT_A_MESSAGE, keys)
    assert isinstance(made.errors[0], SecurityError)
