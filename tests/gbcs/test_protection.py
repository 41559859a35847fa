"""Keys, MACs, signatures and encryption, and which of them a message must have."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from gbcs.cosem.date_time import CosemDateTime
from gbcs.decoding import decode
from gbcs.errors import DecodeError, MissingKeyError, SecurityError
from gbcs.eui64 import Eui64
from gbcs.message import Cra, Kind, Message, Supplementary
from gbcs.roles import KeyUse
from gbcs.security import symmetric
from gbcs.security.category import PROTECTION, Category, MacBetween, acceptable
from gbcs.security.protection import Status, add_mac, decrypt, encrypt, inspect, protect, sign, verify
from gbcs.usecases.catalogue import USE_CASES
from tests.gbcs.keys import BROKER, METER, OTHER_USER, SUPPLIER, MemoryKeys

_DEVICE = Eui64.parse("00DB1234567890A0")
_PARTY = Eui64.parse("90B3D51F30010000")
#: Published key derivation vectors of the GB test estate: secret, originator, flag, counter, recipient, key.
_WITH_BROKER = "ED342441DF01551A6BEAFF3B54ADC981F4C6A7E71DFF4C3E1CC80B3C9F4E5AC0"
_WITH_PARTY = "42DA8FAD4C8C9D613976F39F1E79CCC88571EFA43933D57146B533BC6D253E0F"


@pytest.mark.parametrize(
    ("secret", "originator", "flag", "counter", "recipient", "key"),
    [
        (_WITH_BROKER, _PARTY, 1, 0x100000000, _DEVICE, "6A93E360717394015DF93E031218C9A6"),
        (_WITH_PARTY, _DEVICE, 2, 0x100000000, _PARTY, "03FD30815577C49EB7E3834B63EF8302"),
        (_WITH_PARTY, _DEVICE, 3, 0x7D1, _PARTY, "558FB1FA6660AF0D9E8365C47804B8FA"),
        (_WITH_PARTY, _DEVICE, 4, 1000, _PARTY, "12CB821C471EC2144C68E12A5657F9FD"),
    ],
)
def test_published_key_derivations(
    secret: str, originator: Eui64, flag: int, counter: int, recipient: Eui64, key: str
) -> None:
    derived = symmetric.derive_key(bytes.fromhex(secret), originator, flag, counter, recipient)
    assert derived.hex().upper() == key


@given(st.binary(min_size=16, max_size=16), st.binary(max_size=200))
def test_what_is_encrypted_decrypts_and_nothing_else(key: bytes, plaintext: bytes) -> None:
    protected = symmetric.encrypt(key, _DEVICE, plaintext)
    assert symmetric.decrypt(key, _DEVICE, protected) == plaintext
    assert len(protected) == 5 + len(plaintext) + 12
    for at in range(5, len(protected)):
        changed = bytearray(protected)
        changed[at] ^= 1
        with pytest.raises(SecurityError):
            symmetric.decrypt(key, _DEVICE, bytes(changed))


def test_a_ciphertext_without_room_for_a_tag_is_no_ciphertext() -> None:
    for octets in (b"", b"\x31", bytes.fromhex("3100000000") + bytes(11), bytes.fromhex("3000000000") + bytes(30)):
        with pytest.raises(DecodeError):
            symmetric.decrypt(bytes(16), _DEVICE, octets)


def _command(category: Category) -> Message:
    if category is Category.CRITICAL:
        return USE_CASES["ECS44"].command(SUPPLIER, METER, 5)
    return USE_CASES["ECS52"].command(SUPPLIER, METER, 5)


@pytest.mark.parametrize("category", [c for c in Category if PROTECTION[c]])
def test_what_is_protected_verifies_and_has_the_form_of_its_category(category: Category, keys: MemoryKeys) -> None:
    for kind, cra, ends in (
        (Kind.COMMAND, Cra.COMMAND, (SUPPLIER, METER)),
        (Kind.RESPONSE, Cra.RESPONSE, (METER, SUPPLIER)),
        (Kind.ALERT, Cra.ALERT, (METER, SUPPLIER)),
    ):
        bare = Message(cra, 9, *ends, 0x59, b"content")
        if not acceptable(category, kind):
            with pytest.raises(SecurityError, match="has no"):
                protect(bare, category, keys)
            continue
        message = protect(bare, category, keys)
        verify(message, category, keys)
        form = acceptable(category, kind)[0]
        assert bool(message.signature) == form.signed
        assert (message.mac is not None) == (form.mac is not None)


@pytest.mark.parametrize(
    ("category", "damage", "check"),
    [
        (Category.CRITICAL, {"content": b"other"}, "mac"),
        (Category.CRITICAL, {"mac": bytes(12)}, "mac"),
        (Category.CRITICAL, {"signature": b""}, "protection"),
        (Category.CRITICAL, {"mac": None}, "protection"),
        (Category.NON_CRITICAL, {"originator_counter": 6}, "mac"),
        (Category.NON_CRITICAL, {"mac": None}, "protection"),
        (Category.NON_CRITICAL, {"signature": bytes(64)}, "protection"),
    ],
)
def test_a_damaged_command_fails_the_check_that_is_its_own(
    category: Category, damage: dict[str, object], check: str, keys: MemoryKeys
) -> None:
    message = protect(_command(category), category, keys)
    with pytest.raises(SecurityError) as caught:
        verify(replace(message, **damage), category, keys)
    assert caught.value.check == check


def test_a_pre_command_never_verifies(keys: MemoryKeys) -> None:
    with pytest.raises(SecurityError, match="neither signature nor MAC"):
        verify(_command(Category.CRITICAL), Category.CRITICAL, keys)


def test_a_signature_by_another_party_is_refused_though_the_mac_is_right(keys: MemoryKeys) -> None:
    command = _command(Category.CRITICAL)
    other = keys.signer(OTHER_USER).sign(command.signed_octets())
    message = add_mac(replace(command, signature=other), Category.CRITICAL, keys)
    with pytest.raises(SecurityError) as caught:
        verify(message, Category.CRITICAL, keys)
    assert caught.value.check == "signature"


def test_the_broker_keeps_the_signature_of_the_remote_party(keys: MemoryKeys) -> None:
    signed = sign(_command(Category.CRITICAL), keys)
    command = protect(signed, Category.CRITICAL, keys)
    assert command.signature == signed.signature
    assert command.encode().startswith(bytes.fromhex("dd000000000000"))
    assert signed.encode() in command.encode()


@pytest.mark.parametrize("use", [KeyUse.DS, KeyUse.KA])
def test_a_key_that_is_missing_is_named(use: KeyUse) -> None:
    keys = MemoryKeys()
    message = protect(_command(Category.CRITICAL), Category.CRITICAL, keys)
    party = SUPPLIER if use is KeyUse.DS else METER
    keys.forget(party, use)
    found = inspect(message, Category.CRITICAL, keys)
    assert found.missing == (f"{party.hex()} {use.label} key",)
    assert Status.UNVERIFIABLE in found
    assert Status.INVALID not in found
    with pytest.raises(MissingKeyError, match=party.hex()):
        verify(message, Category.CRITICAL, keys)


def test_signatures_are_left_alone_where_macs_are_enough(keys: MemoryKeys) -> None:
    octets = protect(USE_CASES["ECS44"].command(SUPPLIER, METER, 1000), Category.CRITICAL, keys).encode()
    assert decode(octets, keys).inspection == (Status.VALID, Status.VALID, ())
    assert decode(octets, keys, signatures=False).inspection == (Status.UNVERIFIABLE, Status.VALID, ())
    changed = octets[:-1] + bytes((octets[-1] ^ 1,))
    assert decode(changed, keys, signatures=False).inspection.mac is Status.INVALID


def test_each_category_with_a_mac_says_whose_keys_make_it() -> None:
    assert acceptable(Category.NON_CRITICAL, Kind.COMMAND)[0].mac is MacBetween.BROKER_AND_RECIPIENT
    assert acceptable(Category.PPMID_GSME, Kind.COMMAND)[0].mac is MacBetween.ORIGINATOR_AND_RECIPIENT


def test_encryption_is_for_the_party_behind_the_broker(keys: MemoryKeys) -> None:
    direct = Message(Cra.RESPONSE, 9, METER, SUPPLIER, 0x27, b"")
    behind = Message(Cra.RESPONSE, 9, METER, BROKER, 0x27, b"", supplementary=Supplementary(OTHER_USER, 3, 2001))
    for message in (direct, behind):
        protected = encrypt(message, b"registers", keys)
        assert decrypt(message, protected, keys) == b"registers"
    keyed_by_header = replace(behind, supplementary=Supplementary(OTHER_USER, 3))
    with pytest.raises(SecurityError):
        decrypt(keyed_by_header, encrypt(behind, b"registers", keys), keys)


def test_a_protected_read_travels_encrypted_and_only_its_reader_sees_it(keys: MemoryKeys) -> None:
    use_case = USE_CASES["ECS17b"]
    command = use_case.command(SUPPLIER, METER, 12)
    registers = {
        "active_import_value": 123_456,
        "active_scal_unit_type": {"active_import_scaler": 0, "active_import_unit": 30},
        "reactive_import_value": 0xC0FFEE,
        "reactive_scal_unit_type": {"reactive_import_scaler": 0, "reactive_import_unit": 32},
    }
    name = "import_register_collection"
    payload = use_case.form().from_json({name: {"result": "success", "value": registers}}, Kind.RESPONSE)
    response = use_case.reply(command, payload, date_time=CosemDateTime.NOW, keys=keys)
    assert (0xC0FFEE).to_bytes(4, "big") not in response.content
    assert decode(response.encode(), keys).payload[name] == registers
    stranger = MemoryKeys()
    hidden = decode(response.encode(), stranger).payload.item(name)
    assert hidden.value is None
    assert hidden.protected


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_accepts_the_signature(keys: MemoryKeys, tmp_path: Path) -> None:
    signed = sign(_command(Category.CRITICAL), keys)
    r, s = (int.from_bytes(signed.signature[at : at + 32], "big") for at in (0, 32))
    (tmp_path / "signature").write_bytes(encode_dss_signature(r, s))
    (tmp_path / "data").write_bytes(signed.encode()[1:-65])
    pem = keys.verifying_key(SUPPLIER).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (tmp_path / "key.pem").write_bytes(pem)
    command = ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "data"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.stdout == "Verified OK\n", run.stderr
