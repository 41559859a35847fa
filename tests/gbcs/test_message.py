"""Framing: one message to octets and back, and everything that is no message."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbcs.cosem.date_time import CosemDateTime
from gbcs.decoding import decode
from gbcs.errors import DecodeError, UseCaseError
from gbcs.eui64 import Eui64
from gbcs.message import Cra, Kind, Message, Supplementary
from gbcs.security import symmetric
from gbcs.security.category import Category
from gbcs.security.protection import Status, inspect, protect
from gbcs.usecases.catalogue import USE_CASES
from tests.gbcs.keys import BROKER, METER, OTHER_USER, SUPPLIER, MemoryKeys

_CERTIFICATE = b"\x30\x82\x01\x90" + bytes(400)

counters = st.integers(0, 2**64 - 1)
eui64s = st.binary(min_size=8, max_size=8).map(Eui64)
supplementaries = st.one_of(
    st.none(),
    st.builds(Supplementary, eui64s),
    st.builds(Supplementary, eui64s, counters),
    st.builds(Supplementary, eui64s, counters, counters),
    st.builds(Supplementary, eui64s, counters, st.none(), st.just(_CERTIFICATE)),
)
protections = st.one_of(
    st.tuples(st.sampled_from([None, b"", bytes(64)]), st.none()),
    st.tuples(st.sampled_from([b"", b"\x11" * 64]), st.binary(min_size=12, max_size=12)),
)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    signature, mac = draw(protections)
    return Message(
        cra=draw(st.sampled_from(Cra)),
        originator_counter=draw(counters),
        originator=draw(eui64s),
        recipient=draw(eui64s),
        message_code=draw(st.integers(0, 0xFFFF)),
        content=draw(st.one_of(st.binary(max_size=200), st.just(bytes(70_000)))),
        date_time=draw(st.none() | st.binary(min_size=12, max_size=12).map(CosemDateTime)),
        supplementary=draw(supplementaries),
        signature=signature,
        mac=mac,
    )


@given(messages())
def test_a_message_survives_encoding(message: Message) -> None:
    assert Message.decode(message.encode()) == message


@given(messages(), counters)
def test_a_message_is_a_value(message: Message, counter: int) -> None:
    twin = Message(**{each.name: getattr(message, each.name) for each in fields(message) if each.init})
    assert (twin, hash(twin), repr(twin)) == (message, hash(message), repr(message))
    changed = replace(message, originator_counter=counter)
    assert (changed == message) is (counter == message.originator_counter)
    assert replace(changed, originator_counter=message.originator_counter) == message
    for each in fields(message):
        with pytest.raises(FrozenInstanceError):
            setattr(twin, each.name, None)
    came = Message.decode(message.encode())
    kept = pickle.loads(pickle.dumps(came))
    assert (kept, kept.received) == (came, came.received)


def test_the_octets_of_a_read_are_those_of_the_specification() -> None:
    command = USE_CASES["ECS52"].command(SUPPLIER, METER, 0x01020304)
    assert command.encode().hex() == (
        "df09" "01" "0000000001020304" f"08{SUPPLIER.hex()}" f"08{METER.hex()}" "00" "020059"
        "13" "d920020304" "00" "01" "01" "0001" "0000000201ff" "02" "01" "00"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("signature", "mac", "kind"),
    [
        (None, None, Kind.PRECOMMAND),
        (b"", None, Kind.PRECOMMAND),  # as DUIS delivers it, with the null length
        (bytes(64), None, Kind.COMMAND),
        (b"", bytes(12), Kind.COMMAND),
    ],
)
def test_a_command_that_nothing_protects_is_a_pre_command(
    signature: bytes | None, mac: bytes | None, kind: Kind
) -> None:
    message = Message(Cra.COMMAND, 1, SUPPLIER, METER, 0x62, b"\xd9", signature=signature, mac=mac)
    assert Message.decode(message.encode()).kind is kind


def _valid(keys: MemoryKeys, category: Category, supplementary: Supplementary | None = None) -> bytes:
    use_case = USE_CASES["ECS44" if category is Category.CRITICAL else "ECS10"]
    values = {} if category is Category.CRITICAL else {"supplier_message": "Hello"}
    originator = BROKER if supplementary else SUPPLIER
    command = use_case.command(originator, METER, 1_700_000_000_000, supplementary=supplementary, **values)
    return protect(command, category, keys).encode()


@pytest.fixture(
    scope="module",
    params=[
        (Category.NON_CRITICAL, None),
        (Category.CRITICAL, None),
        (Category.NON_CRITICAL, Supplementary(OTHER_USER, 77)),
        (Category.NON_CRITICAL, Supplementary(OTHER_USER, 77, None, _CERTIFICATE)),
    ],
    ids=["MACed", "signed and MACed", "behind the broker", "with a certificate"],
)
def valid(request: pytest.FixtureRequest, keys: MemoryKeys) -> tuple[bytes, Category]:
    category, supplementary = request.param
    return _valid(keys, category, supplementary), category


def test_every_truncation_is_refused_with_field_and_offset(valid: tuple[bytes, Category]) -> None:
    octets, _ = valid
    for length in range(len(octets)):
        with pytest.raises(DecodeError) as caught:
            Message.decode(octets[:length])
        assert caught.value.field
        assert 0 <= caught.value.offset <= length


def test_octets_behind_the_message_are_refused(valid: tuple[bytes, Category]) -> None:
    with pytest.raises(DecodeError):
        Message.decode(valid[0] + b"\x00")


def test_every_changed_octet_is_refused_or_fails_verification(valid: tuple[bytes, Category], keys: MemoryKeys) -> None:
    octets, category = valid
    for at in range(len(octets)):
        for flip in (0x01, 0x80, 0xFF):
            changed = bytearray(octets)
            changed[at] ^= flip
            try:
                message = Message.decode(bytes(changed))
            except DecodeError as error:
                assert error.field
                continue
            found = inspect(message, category, keys)
            failed = Status.INVALID in found or Status.UNVERIFIABLE in found
            assert failed, f"octet {at} changed to {changed[at]:02x} and nobody noticed"


@given(st.binary(max_size=300))
def test_any_octets_decode_or_raise_decode_error(octets: bytes) -> None:
    for start in (b"", b"\xdf\x09\x01", bytes.fromhex("dd000000000000"), b"\xdd\x09"):
        try:
            Message.decode(start + octets)
        except DecodeError as error:
            assert error.field


def test_a_mac_is_over_the_lengths_as_they_came(keys: MemoryKeys) -> None:
    short = USE_CASES["ECS52"].command(SUPPLIER, METER, 1)
    octets = short.encode()
    at = octets.index(bytes.fromhex("020059")) + 3
    longer = Message.decode(octets[:at] + b"\x82\x00" + octets[at:])
    assert longer == short
    assert longer.encode() != octets
    maced = replace(longer, signature=b"", mac=bytes(12))
    assert maced.received is None
    grouped = longer.grouped()
    key = symmetric.derive_key(keys.shared_secret(keys.broker(), METER), SUPPLIER, Cra.COMMAND, 1, METER)
    mac = symmetric.mac(key, SUPPLIER, grouped + b"\x00")
    body = bytes.fromhex("1100000000") + grouped + b"\x00" + mac
    received = decode(bytes.fromhex("dd000000000000") + bytes((len(body),)) + body, keys)
    assert received.inspection.mac is Status.VALID
    assert inspect(replace(received.message, mac=mac), Category.NON_CRITICAL, keys).mac is Status.INVALID


def test_what_came_is_signed_and_maced_as_it_came(keys: MemoryKeys) -> None:
    octets = USE_CASES["ECS44"].command(SUPPLIER, METER, 1).encode()
    at = octets.index(USE_CASES["ECS44"].message_codes[0].to_bytes(2, "big")) + 2
    pre_command = Message.decode(octets[:at] + b"\x82\x00" + octets[at:])
    protected = protect(pre_command, Category.CRITICAL, keys)
    assert protected.grouped() == pre_command.grouped() != octets
    assert decode(protected.encode(), keys).inspection[:2] == (Status.VALID, Status.VALID)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"originator_counter": 2**64}, "originator_counter"),
        ({"originator_counter": -1}, "originator_counter"),
        ({"message_code": 65536}, "message_code"),
        ({"signature": bytes(63)}, "signature"),
        ({"mac": bytes(11), "signature": b""}, "mac"),
        ({"mac": bytes(12)}, "signature"),
        ({"supplementary": Supplementary(OTHER_USER, None, 5)}, "supplementary.party_counter"),
        ({"supplementary": Supplementary(OTHER_USER, 5, 5, _CERTIFICATE)}, "supplementary"),
        # What would not be read again as the certificate that it is.
        ({"supplementary": Supplementary(OTHER_USER, 5, None, b"")}, "supplementary.certificate"),
        ({"supplementary": Supplementary(OTHER_USER, 5, None, b"\x30\x06" + bytes(6))}, "supplementary.certificate"),
        ({"supplementary": Supplementary(OTHER_USER, 5, None, b"\x30\x80" + bytes(9))}, "supplementary.certificate"),
        ({"supplementary": Supplementary(OTHER_USER, 5, None, _CERTIFICATE[:-1])}, "supplementary.certificate"),
    ],
)
def test_a_message_that_cannot_exist_cannot_be_made(change: dict[str, object], field: str) -> None:
    fields = {"cra": Cra.COMMAND, "originator_counter": 1, "originator": SUPPLIER, "recipient": METER} | {
        "message_code": 0x59,
        "content": b"",
    }
    with pytest.raises(UseCaseError) as caught:
        Message(**(fields | change))
    assert caught.value.field == field
