"""Scenarios of installation and of change: of suppliers, network operators and load controllers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from devices.electricity.sapc import Sapc
from devices.trust_anchors import TrustAnchors
from gbcs.cosem.date_time import CosemDate, CosemDateTime, CosemTime
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.prepayment import ValueClass, make_utrn, originator_counter
from gbcs.roles import KeyUse, RemotePartyRole
from gbcs.security import protection
from gbcs.usecases.catalogue import USE_CASES
from smki.authority import PARTIES, Issued, TestAuthority
from smki.keystore import Keystore
from tests.devices.rig import (
    LOAD_CONTROLLER,
    METER,
    NETWORK_OPERATOR,
    NOW,
    SUPPLIER,
    USAGES,
    Lone,
    Rig,
    cell,
    codes,
    command,
    items,
    joint,
    statuses,
)
from tests.devices.story import NOON, POUND, alert_codes, results, set_clock, set_price, until

_R = RemotePartyRole
TCOS = PARTIES[_R.TRANSITIONAL_COS]
GAINING = Eui64.parse("00-00-5E-EF-30-00-00-07")


def interval(now: datetime, seconds: int) -> dict[str, datetime]:
    return {
        "validity_interval_start": now - timedelta(seconds=seconds),
        "validity_interval_end": now + timedelta(seconds=seconds),
    }


# 1: a meter is installed and commissioned (its part; the hub's is in the tests of the hub).


def test_a_new_meter_gets_its_time_and_says_what_it_is(keystore: Keystore) -> None:
    rig = Rig(keystore)
    answer = rig.ask("ECS70", 1, time_preset_adjusting_time=interval(NOW, 30))
    assert (bool(answer.message.signature), answer.message.mac) == (True, None)
    assert items(answer) == [(None, 0), (None, 0), (None, 0), (CosemDateTime.of(NOW), 0), (0, 0)]
    assert 0x8F69 in [entry.code for entry in rig.premises.esme.event_log]
    ((version, result),) = items(rig.ask("ECS52", 1))
    assert (len(version), result) == (4, 0)
    identity = items(rig.ask("ECS26m", 1))
    assert [result for _, result in identity] == [0] * 4
    variant, model, manufacturer, locks = (value for value, _ in identity)
    assert (variant, len(model), len(manufacturer), locks) == (b"A", 8, 4, False)


# 2: a SAPC and its first schedule.


@pytest.fixture
def sapc(keystore: Keystore) -> Lone:
    return Lone(keystore, Sapc(TrustAnchors.from_keystore(keystore, METER, DeviceType.SAPC), now=NOW))


def calendar(at: str, selector: int) -> dict[str, Any]:
    return {
        "index": 1,
        "script_selector": selector,
        "switch_time": CosemTime.parse(at),
        "exec_weekdays": "1111111",
        "exec_specdays": "",
        "begin_date": CosemDate.parse("2020-01-01"),
        "end_date": CosemDate.parse("2040-01-01"),
    }


def ask_for_cells(device: Lone | Rig, by: Eui64, own: RemotePartyRole, roles: Sequence[RemotePartyRole]) -> Any:
    asked = USE_CASES["CS02f"].command(
        by,
        METER,
        1,
        authorising_remote_party_ta_cell_identifier=cell(own, KeyUse.DS),
        remote_party_roles_credentials_required=list(roles),
    )
    (answer,) = device.send(protection.sign(asked, device.keystore).encode())
    assert (bool(answer.message.signature), answer.message.mac) == (True, None)
    assert answer.payload
    return answer.payload["remote_party_details"]


def test_a_new_sapc_gets_its_time_and_a_schedule_and_refuses_what_it_has_not(sapc: Lone) -> None:
    assert items(sapc.ask("ECS70", 1, time_preset_adjusting_time=interval(NOW, 30)))[-1] == (0, 0)
    details = ask_for_cells(sapc, SUPPLIER, _R.SUPPLIER, [_R.SUPPLIER, _R.NETWORK_OPERATOR, _R.LOAD_CONTROLLER])
    # Whether a SAPC has a cell for top-ups the sources doubt; it takes none.
    assert [len(each["trust_anchor_cells_details"]) for each in details] == [2, 2, 2]
    begins = datetime(2026, 4, 1, 9, tzinfo=UTC)
    entries = [calendar("09:00:00", 0x1100 | 0xE4)]
    answer = sapc.ask(
        "ECS46d",
        31,
        auxiliary_controller_calendar_special_days_passive_entries=[],
        auxiliary_controller_calendar_passive_entries=entries,
        auxiliary_controller_calendar_activation_activate_passive_value_time=CosemDateTime.of(begins),
        auxiliary_controller_calendar_special_days_activation_activate_passive_value_time=CosemDateTime.of(begins),
    )
    assert results(answer) == [0] * 4
    assert answer.message.date_time is not None
    alerts = sapc.until(begins)
    assert (codes(alerts), alert_codes(alerts)) == (["FDEIA-DLMS"] * 2, [0x8F66] * 2)
    told = [alert.payload["instruction"] for alert in alerts if alert.payload]
    assert {str(each["instance"]) for each in told} == {"0-0:94.44.128.26", "0-0:94.44.128.35"}
    assert {each["originator_counter"] for each in told} == {31}
    ((shown,), result) = items(sapc.ask("ECS61d", 1))[-1]
    assert result == 0
    assert {name: shown[name] for name in entries[0]} == entries[0]
    (refusal,) = sapc.send(command(sapc.keystore, "ECS17b", 77))
    assert (codes([refusal]), alert_codes([refusal])) == (["ECS100"], [0x8F85])
    assert refusal.payload
    assert refusal.payload["command"] == {"message_code": 0x0027, "originator_counter": 77}


# 10: a change of supplier.


@pytest.fixture
def gaining(authority: TestAuthority) -> list[Issued]:
    return [authority.issue_organisation(GAINING, _R.SUPPLIER, use) for use in USAGES]


def change(
    authority: TestAuthority,
    mode: int,
    counter: int,
    by: RemotePartyRole,
    targets: Sequence[tuple[RemotePartyRole, KeyUse, bytes]],
    **values: Any,
) -> dict[str, Any]:
    """Fields of a command that puts certificates into cells."""
    control = values.pop("control", {})
    return {
        "authorising_remote_party_control": {
            "credentials_replacement_mode": mode,
            "authorising_remote_party_ta_cell_identifier": cell(by, KeyUse.DS),
            "authorising_remote_party_seq_number": counter,
            **control,
        },
        "replacements": [
            {"replacement_certificate": der, "target_trust_anchor_cell": cell(role, use)} for role, use, der in targets
        ],
        "certification_path_certificates": [authority.organisation_ca.certificate.der],
        **values,
    }


FLOORS = [
    {
        "remote_party_role": _R.SUPPLIER,
        "floor_seq_number": 0,
        "specialist_floor_seq_numbers": [{"usage": 0, "seq_number": 0}],
    }
]


def top_up(rig: Rig, supplier: Eui64, counter: int, pounds: int) -> list[int | None]:
    digits = str(make_utrn(supplier, METER, counter, pounds, ValueClass.POUNDS, rig.keystore)).encode()
    octets = command(rig.keystore, "CS01a", originator_counter(counter), by=supplier, prepayment_credit_enter=digits)
    response, *_ = rig.send(octets)
    return results(response)


def test_a_supplier_is_replaced_and_with_it_all_that_was_its_own(
    keystore: Keystore, authority: TestAuthority, gaining: list[Issued]
) -> None:
    rig = Rig(keystore)
    esme = rig.premises.esme
    set_clock(rig)
    assert top_up(rig, SUPPLIER, 500, 1) == [0]
    # The losing supplier has ordered something of each kind.
    set_price(rig, 15_000, CosemDateTime.of(NOON), 1)
    esme.firmware.distribute(b"image", b"\0\0\0\2")
    digest = hashlib.sha256(b"image").digest()
    rig.premises.advance(timedelta(seconds=1))
    rig.ask("CS06", 1, manufacturer_image_hash=digest, originator_counter=1, execution_date_time=NOON)
    own = [(_R.SUPPLIER, KeyUse.DS, keystore.find(SUPPLIER, KeyUse.DS, role=_R.SUPPLIER).certificate.der)]
    rig.ask("CS02b", 1, message_code=0x0102, **change(authority, 2, 1, _R.SUPPLIER, own, execution_date_time=NOON))
    # The transitional change of supplier party acts.
    rig.keystore = joint(keystore, gaining)
    cells = [(_R.SUPPLIER, use, each.certificate.der) for use, each in zip(USAGES, gaining, strict=True)]
    control = {"other_remote_party_seq_number_changes": FLOORS}
    answer = rig.ask(
        "CS02b",
        6001,
        by=TCOS,
        message_code=0x0107,
        **change(authority, 7, 6001, _R.TRANSITIONAL_COS, cells, control=control),
    )
    assert (bool(answer.message.signature), answer.message.mac) == (True, None)
    assert answer.payload
    assert answer.payload["command_accepted"] is None
    outcome = answer.payload["execution_outcome"]
    assert outcome["credentials_replacement_mode"] == 7
    assert outcome["remote_party_seq_number_changes"] == FLOORS
    assert statuses(outcome) == [0] * 3
    for each in outcome["replacement_outcomes"]:
        assert (each["existing_subject_unique_id"], each["replacing_subject_unique_id"]) == (SUPPLIER, GAINING)
    assert rig.security_codes[-1] == 0x8F70
    # The losing supplier is a stranger now, the gaining one begins to count at 1.
    (alert,) = rig.send(command(rig.keystore, "ECS52", 99, by=SUPPLIER))
    assert (codes([alert]), alert_codes([alert]), alert.message.recipient) == (["GCA-DLMS"], [0x8F30], GAINING)
    assert results(rig.ask("ECS44", 1, by=GAINING)) == [250]
    assert items(rig.ask("ECS52", 1, by=GAINING)) == [(b"\0\0\0\1", 0)]
    # Nothing of what was ordered comes.
    assert until(rig, NOON + timedelta(days=1)) == []
    assert esme.firmware.version == b"\0\0\0\1"
    assert esme.anchors.party_in(_R.SUPPLIER) == GAINING
    # A token counts only if it is the gaining supplier's, whatever counter the other had reached.
    former = make_utrn(SUPPLIER, METER, 501, 5, ValueClass.POUNDS, rig.keystore)
    assert not esme.keypad.enter(str(former))
    assert rig.security_codes[-1] == 0x8F63
    assert top_up(rig, GAINING, 1, 2) == [0]
    assert esme.account.balance("meter_balance") == 3 * POUND


def test_a_supplier_renews_its_own_certificates_now_or_later(keystore: Keystore, authority: TestAuthority) -> None:
    rig = Rig(keystore)
    set_clock(rig)
    anchors = rig.premises.esme.anchors

    def renewal() -> tuple[list[Issued], list[tuple[RemotePartyRole, KeyUse, bytes]]]:
        issued = [authority.issue_organisation(SUPPLIER, _R.SUPPLIER, use) for use in USAGES]
        return issued, [(_R.SUPPLIER, use, each.certificate.der) for use, each in zip(USAGES, issued, strict=True)]

    control = {
        "new_remote_party_floor_seq_number": 0,
        "new_remote_party_specialist_floor_seq_number": [{"usage": 0, "seq_number": 0}],
    }
    _, cells = renewal()
    fields = change(authority, 2, 10, _R.SUPPLIER, cells, control=control, execution_date_time=NOON)
    answer = rig.ask("CS02b", 10, message_code=0x0102, **fields)
    assert dict(answer.payload or {}) == {"command_accepted": None}
    (alert,) = until(rig, NOON)
    assert (codes([alert]), alert_codes([alert]), alert.message.recipient) == (["FDUSCA"], [0x8F66], SUPPLIER)
    assert alert.payload
    outcome = alert.payload["execution_outcome"]
    assert (outcome["authorising_remote_party_seq_number"], statuses(outcome)) == (10, [0] * 3)
    assert outcome["remote_party_seq_number_changes"] == FLOORS
    assert [anchors.cells[(_R.SUPPLIER, use)].der for use in USAGES] == [der for _, _, der in cells]  # type: ignore[index]


def test_of_a_change_with_one_bad_certificate_the_rest_is_done(
    keystore: Keystore, authority: TestAuthority, gaining: list[Issued]
) -> None:
    stray = TestAuthority.create(NOW).issue_organisation(GAINING, _R.SUPPLIER, KeyUse.KA)
    rig = Rig(keystore)
    set_clock(rig)
    rig.keystore = joint(keystore, gaining)
    ders = [gaining[0].certificate.der, stray.certificate.der, gaining[2].certificate.der]
    cells = [(_R.SUPPLIER, use, der) for use, der in zip(USAGES, ders, strict=True)]
    fields = change(authority, 7, 1, _R.TRANSITIONAL_COS, cells, execution_date_time=NOON)
    rig.ask("CS02b", 1, by=TCOS, message_code=0x0107, **fields)
    (alert,) = until(rig, NOON)
    assert (alert_codes([alert]), alert.message.recipient) == ([0x8F67], TCOS)
    assert alert.payload
    assert statuses(alert.payload["execution_outcome"]) == [0, 10, 0]


def test_a_network_operator_renews_its_own(keystore: Keystore, authority: TestAuthority) -> None:
    rig = Rig(keystore)
    uses = [KeyUse.DS, KeyUse.KA]
    issued = [authority.issue_organisation(NETWORK_OPERATOR, _R.NETWORK_OPERATOR, use) for use in uses]
    cells = [(_R.NETWORK_OPERATOR, use, each.certificate.der) for use, each in zip(uses, issued, strict=True)]
    control = {"new_remote_party_floor_seq_number": 0}
    fields = change(authority, 3, 1, _R.NETWORK_OPERATOR, cells, control=control)
    answer = rig.ask("CS02b", 1, by=NETWORK_OPERATOR, message_code=0x0103, **fields)
    assert answer.payload
    assert statuses(answer.payload["execution_outcome"]) == [0, 0]
    assert answer.payload["execution_outcome"]["remote_party_seq_number_changes"] == [
        {"remote_party_role": _R.NETWORK_OPERATOR, "floor_seq_number": 0}
    ]
    # A message code belongs to one mode.


def test_a_message_code_belongs_to_one_mode(keystore: Keystore, authority: TestAuthority) -> None:
    """The supplier may replace its own certificates, but not by the command that is for the root."""
    rig = Rig(keystore)
    before = dict(rig.premises.esme.anchors.cells)
    own = [(_R.SUPPLIER, KeyUse.DS, authority.issue_organisation(SUPPLIER, _R.SUPPLIER, KeyUse.DS).certificate.der)]
    asked = USE_CASES["CS02b"].command(
        SUPPLIER, METER, 1, message_code=0x0102, **change(authority, 2, 1, _R.SUPPLIER, own)
    )
    misnamed = replace(asked, message_code=0x0100)
    assert alert_codes(rig.send(protection.protect(misnamed, USE_CASES["CS02b"].category, keystore).encode())) == [
        0x8F30
    ]
    assert rig.premises.esme.anchors.cells == before


# 11: a load controller's credentials.


def controllers_cells(authority: TestAuthority, party: Eui64) -> list[tuple[RemotePartyRole, KeyUse, bytes]]:
    uses = [KeyUse.DS, KeyUse.KA]
    return [
        (_R.LOAD_CONTROLLER, use, authority.issue_organisation(party, _R.LOAD_CONTROLLER, use).certificate.der)
        for use in uses
    ]


def test_a_supplier_replaces_the_load_controller_of_a_meter(keystore: Keystore, authority: TestAuthority) -> None:
    rig = Rig(keystore)
    other = Eui64.parse("00-00-5E-EF-30-00-00-08")
    floor = [{"remote_party_role": _R.LOAD_CONTROLLER, "floor_seq_number": 0}]
    control = {"other_remote_party_seq_number_changes": floor}
    cells = controllers_cells(authority, other)
    fields = change(authority, 11, 1, _R.SUPPLIER, cells, control=control)
    answer = rig.ask("CS02g", 1, message_code=0x0126, **fields)
    assert (bool(answer.message.signature), answer.message.mac) == (True, None)
    assert answer.payload
    outcome = answer.payload["execution_outcome"]
    assert (outcome["credentials_replacement_mode"], statuses(outcome)) == (11, [0, 0])
    assert outcome["remote_party_seq_number_changes"] == floor
    (details,) = ask_for_cells(rig, SUPPLIER, _R.SUPPLIER, [_R.LOAD_CONTROLLER])
    held = details["trust_anchor_cells_details"]
    assert [each["existing_subject_unique_id"] for each in held] == [other, other]
    # The former one limits nothing any more.
    assert alert_codes(rig.send(command(keystore, "ECS61e", 1, by=LOAD_CONTROLLER))) == [0x8F30]


def test_a_load_controller_replaces_itself_on_a_sapc_and_nobody_else_does(sapc: Lone, authority: TestAuthority) -> None:
    other = Eui64.parse("00-00-5E-EF-30-00-00-08")
    control = {"new_remote_party_floor_seq_number": 0}
    fields = change(authority, 10, 1, _R.LOAD_CONTROLLER, controllers_cells(authority, other), control=control)
    stolen = command(sapc.keystore, "CS02g", 1, by=NETWORK_OPERATOR, message_code=0x0125, **fields)
    assert alert_codes(sapc.send(stolen)) == [0x8F30]
    answer = sapc.ask("CS02g", 1, by=LOAD_CONTROLLER, message_code=0x0125, **fields)
    assert answer.payload
    outcome = answer.payload["execution_outcome"]
    assert (outcome["credentials_replacement_mode"], statuses(outcome)) == (10, [0, 0])
    (details,) = ask_for_cells(sapc, SUPPLIER, _R.SUPPLIER, [_R.LOAD_CONTROLLER])
    held = details["trust_anchor_cells_details"]
    assert [each["existing_subject_unique_id"] for each in held] == [other, other]


def test_a_load_controller_to_come_is_told_of_when_it_has(keystore: Keystore, authority: TestAuthority) -> None:
    rig = Rig(keystore)
    set_clock(rig)
    other = Eui64.parse("00-00-5E-EF-30-00-00-08")
    fields = change(authority, 11, 4, _R.SUPPLIER, controllers_cells(authority, other), execution_date_time=NOON)
    assert dict(rig.ask("CS02g", 4, message_code=0x0126, **fields).payload or {}) == {"command_accepted": None}
    (alert,) = until(rig, NOON)
    assert (codes([alert]), alert_codes([alert]), alert.message.recipient) == (["FDULCSCA"], [0x8F66], SUPPLIER)
    assert rig.premises.esme.anchors.party_in(_R.LOAD_CONTROLLER) == other
