"""Prepayment tokens: made, typed, checked; and which counter a typed one has."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gbcs.__main__ import main
from gbcs.errors import DecodeError, GbcsError, MissingKeyError, SecurityError, UseCaseError
from gbcs.prepayment import (
    MAXIMUM_TOKEN_COUNTER,
    MAXIMUM_VALUE,
    Utrn,
    ValueClass,
    check_digit,
    deduce_token_counter,
    make_utrn,
    originator_counter,
    token_counter_of,
    verify_utrn,
)
from gbcs.roles import KeyUse, RemotePartyRole
from smki.authority import PARTIES, TestAuthority, make_estate
from smki.keystore import Keystore
from tests.command_line import run_text
from tests.gbcs.keys import METER

SUPPLIER = PARTIES[RemotePartyRole.SUPPLIER]
_OFFSET = 7394156990786306048

_counters = st.integers(0, MAXIMUM_TOKEN_COUNTER)
_pptds = st.integers(_OFFSET, _OFFSET + 2**57 - 1).map(str)


@pytest.fixture(scope="module")
def keystore() -> Keystore:
    authority = TestAuthority.create(datetime(2025, 1, 1, tzinfo=UTC))
    return make_estate(authority, devices=[METER])


def _make(keys: Keystore, counter: int = 3, value: int = 10) -> Utrn:
    return make_utrn(SUPPLIER, METER, counter, value, ValueClass.POUNDS, keys)


@given(counter=_counters, value=st.integers(0, MAXIMUM_VALUE), value_class=st.sampled_from(ValueClass))
def test_what_is_made_is_read_and_verifies(
    keystore: Keystore, counter: int, value: int, value_class: ValueClass
) -> None:
    made = make_utrn(SUPPLIER, METER, counter, value, value_class, keystore)
    digits = str(made)
    assert len(digits) == 20
    assert digits.isdecimal()
    read = Utrn.parse(digits)
    assert read == made
    assert (read.truncated_counter, read.value_class, read.value) == (counter % 1024, value_class, value)
    assert read.ptut[0] < 2
    assert int(digits[:19]) == _OFFSET + int.from_bytes(read.ptut, "big")
    verify_utrn(read, SUPPLIER, METER, counter, keystore)


@given(
    mac=st.binary(min_size=4, max_size=4), value=st.integers(0, MAXIMUM_VALUE), value_class=st.sampled_from(ValueClass)
)
def test_a_token_not_made_with_the_key_fails(
    keystore: Keystore, mac: bytes, value: int, value_class: ValueClass
) -> None:
    right = make_utrn(SUPPLIER, METER, 3, value, value_class, keystore)
    forged = Utrn(3, value_class, value, mac)
    if forged != right:
        with pytest.raises(SecurityError, match="MAC") as caught:
            verify_utrn(forged, SUPPLIER, METER, 3, keystore)
        assert caught.value.check == "utrn"
        assert caught.value.exit_code == 4


def test_a_token_is_for_one_supplier_device_counter_and_key(keystore: Keystore) -> None:
    utrn = _make(keystore)
    with pytest.raises(SecurityError, match="1027"):
        verify_utrn(utrn, SUPPLIER, METER, 1027, keystore)
    with pytest.raises(SecurityError, match="4 modulo 1024"):
        verify_utrn(utrn, SUPPLIER, METER, 4, keystore)
    for counter in (3 - 1024, 3 + 2**32):
        with pytest.raises(SecurityError):
            verify_utrn(utrn, SUPPLIER, METER, counter, keystore)
    other = make_estate(TestAuthority.create(datetime(2025, 1, 1, tzinfo=UTC)), devices=[METER])
    with pytest.raises(SecurityError, match="MAC"):
        verify_utrn(utrn, SUPPLIER, METER, 3, other)
    with pytest.raises(MissingKeyError):
        verify_utrn(utrn, METER, SUPPLIER, 3, keystore)


def test_the_device_checks_with_its_own_private_key(keystore: Keystore) -> None:
    device = Keystore()
    device.add(keystore.find(SUPPLIER, KeyUse.PP).certificate, use=KeyUse.PP)
    own = keystore.find(METER, KeyUse.KA)
    device.add(own.certificate, own.private_key)
    verify_utrn(_make(keystore), SUPPLIER, METER, 3, device)


@pytest.mark.parametrize(
    ("field", "counter", "value"),
    [
        ("token_counter", -1, 0),
        ("token_counter", MAXIMUM_TOKEN_COUNTER + 1, 0),
        ("value", 0, -1),
        ("value", 0, MAXIMUM_VALUE + 1),
    ],
)
def test_what_no_token_can_hold_is_refused(keystore: Keystore, field: str, counter: int, value: int) -> None:
    with pytest.raises(UseCaseError, match="outside") as caught:
        _make(keystore, counter, value)
    assert caught.value.field == field


def test_blanks_and_hyphens_are_what_people_type(keystore: Keystore) -> None:
    utrn = _make(keystore)
    digits = str(utrn)
    groups = [digits[start : start + 4] for start in range(0, 20, 4)]
    assert utrn.grouped() == " ".join(groups)
    for typed in (" ".join(groups), "-".join(groups), " - ".join(groups), f" {digits}\n", "\xa0".join(groups)):
        assert Utrn.parse(typed) == utrn


def _with_check_digit(pptd: int) -> str:
    return f"{pptd}{check_digit(str(pptd))}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "0 digits"),
        ("7394614433204021731", "19 digits"),
        ("739461443320402173151", "21 digits"),
        ("7394614433204021731x", "at offset 19: 'x'"),
        ("٧3946144332040217315", "not a digit"),
        (_with_check_digit(_OFFSET - 1), "range"),
        (_with_check_digit(_OFFSET + 2**57), "range"),
        (_with_check_digit(9999999999999999999), "range"),
        (_with_check_digit(_OFFSET + (2 << 45)), "value_class at offset 0: 2"),
    ],
)
def test_malformed_tokens(text: str, said: str) -> None:
    with pytest.raises(DecodeError) as caught:
        Utrn.parse(text)
    assert said in str(caught.value)


@given(st.text() | st.text("0123456789- ", min_size=18, max_size=26))
def test_any_text_is_a_token_or_refused(text: str) -> None:
    try:
        utrn = Utrn.parse(text)
    except GbcsError as error:
        assert isinstance(error, DecodeError | SecurityError)
    else:
        assert Utrn.parse(str(utrn)) == utrn


@pytest.mark.parametrize("digits", ["74301825837596672005", "73946144332040217315"])
def test_published_check_digits(digits: str) -> None:
    assert check_digit(digits[:-1]) == digits[-1]


@given(_pptds)
def test_every_wrong_digit_is_seen(pptd: str) -> None:
    digits = pptd + check_digit(pptd)
    for position, right in enumerate(digits):
        for wrong in set("0123456789") - {right}:
            mistyped = digits[:position] + wrong + digits[position + 1 :]
            assert check_digit(mistyped[:-1]) != mistyped[-1]


@given(_pptds)
@example("7394333345718904331")
def test_every_transposition_of_neighbours_is_seen(pptd: str) -> None:
    digits = pptd + check_digit(pptd)
    for position, (left, right) in enumerate(pairwise(digits)):
        if left != right:
            mistyped = digits[:position] + right + left + digits[position + 2 :]
            assert check_digit(mistyped[:-1]) != mistyped[-1]


def test_a_wrong_check_digit_is_a_failed_check() -> None:
    with pytest.raises(SecurityError, match="check digit 6 where 5 belongs") as caught:
        Utrn.parse("73946144332040217316")
    assert caught.value.check == "utrn"


def test_the_published_deduction() -> None:
    assert deduce_token_counter(812, 2458896167) == 2458896172


@given(highest=_counters, distance=st.integers(-511, 511))
@example(highest=0, distance=511)
@example(highest=1023, distance=-511)
@example(highest=512, distance=511)
def test_a_counter_up_to_511_away_is_deduced(highest: int, distance: int) -> None:
    assert deduce_token_counter((highest + distance) % 1024, highest) == highest + distance


@given(highest=_counters)
def test_of_two_counters_512_away_the_one_in_the_same_cycle_is_deduced(highest: int) -> None:
    deduced = deduce_token_counter((highest + 512) % 1024, highest)
    assert abs(deduced - highest) == 512
    assert deduced // 1024 == highest // 1024


def test_originator_counters_are_token_counters_shifted() -> None:
    assert originator_counter(3) == 0x300000000
    assert token_counter_of(originator_counter(MAXIMUM_TOKEN_COUNTER)) == MAXIMUM_TOKEN_COUNTER
    for wrong in (1, 0x300000001, 2**64, -(2**32)):
        with pytest.raises(UseCaseError):
            token_counter_of(wrong)


@pytest.fixture(scope="module")
def folder(keystore: Keystore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("utrn") / "keys"
    keystore.save(path)
    return path


def _utrn(action: str, folder: Path | None, *arguments: str) -> CompletedProcess[str]:
    keystore = ("--keystore", folder) if folder else ()
    return run_text(main, "utrn", action, "--supplier", SUPPLIER, "--device", METER.hex(), *keystore, *arguments)


def test_the_command_makes_and_checks(keystore: Keystore, folder: Path) -> None:
    made = _utrn("make", folder, "--token-counter", "1030", "--value", "250", "--pence")
    wanted = make_utrn(SUPPLIER, METER, 1030, 250, ValueClass.PENCE, keystore)
    assert (made.returncode, made.stdout) == (0, f"{wanted}\n")
    checked = _utrn("check", folder, "--highest", "1000", wanted.grouped())
    assert checked.stdout == f"{wanted.grouped()}: 250 pence, token counter 1030, valid\n"
    shown = _utrn("check", folder, "--counter", str(1030 << 32), "--json", str(wanted))
    assert json.loads(shown.stdout) == {
        "utrn": str(wanted),
        "token_counter": 1030,
        "originator_counter": 1030 << 32,
        "value": 250,
        "value_class": {"code": 0, "name": "pence"},
        "ptut": wanted.ptut.hex(),
    }


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("--token-counter", "1027", "{utrn}"), 4, "MAC"),
        (("--token-counter", "3", "{utrn}9"), 2, "21 digits"),
        (("--token-counter", "3", "73946144332040217316"), 4, "check digit"),
        (("--counter", "3", "{utrn}"), 2, "originator_counter"),
        (("{utrn}",), 64, "required"),
    ],
)
def test_the_command_says_what_is_wrong(
    keystore: Keystore, folder: Path, arguments: tuple[str, ...], status: int, said: str
) -> None:
    utrn = _make(keystore)
    run = _utrn("check", folder, *(argument.format(utrn=utrn) for argument in arguments))
    assert (run.returncode, run.stdout) == (status, "")
    assert said in run.stderr


def test_the_command_refuses_values_and_needs_keys(folder: Path) -> None:
    too_much = _utrn("make", folder, "--token-counter", "1", "--value", "8192")
    assert too_much.returncode == 2
    assert "8192 is outside 0..8191" in too_much.stderr
    assert _utrn("make", None, "--token-counter", "1", "--value", "1").returncode == 3
