"""Credentials of remote parties and of the device, joining and firmware: what commands change, and what stays."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from devices.electricity.esme import Esme
from devices.electricity.sapc import Sapc
from devices.errors import DeviceError
from devices.security.credentials import Status
from devices.security.joining import Join
from devices.store import Store
from devices.trust_anchors import Cell, TrustAnchors
from gbcs.asn1.types import NEVER
from gbcs.cosem import objects as o
from gbcs.decoding import Decoded, decode
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, RemotePartyRole
from smki.authority import PARTIES, Issued, TestAuthority
from smki.keystore import Keystore
from tests.devices.rig import (
    BROKER,
    LOAD_CONTROLLER,
    METER,
    NETWORK_OPERATOR,
    NOW,
    STRANGER,
    SUPPLIER,
    USAGES,
    Rig,
    cell,
    codes,
    command,
    items,
    joint,
    statuses,
)

_R = RemotePartyRole
GAINING = Eui64.parse("00-00-5E-EF-30-00-00-07")
TCOS = PARTIES[_R.TRANSITIONAL_COS]


@pytest.fixture
def gaining(authority: TestAuthority) -> list[Issued]:
    """What another supplier brings along."""
    return [authority.issue_organisation(GAINING, _R.SUPPLIER, use) for use in USAGES]


def handover(
    authority: TestAuthority, gaining: Sequence[Issued], mode: int, by: RemotePartyRole, counter: int, **values: Any
) -> dict[str, Any]:
    """Fields of a command that puts the gaining supplier into the supplier's cells."""
    certificates = [issued.certificate.der for issued in gaining]
    return {
        "authorising_remote_party_control": {
            "credentials_replacement_mode": mode,
            "authorising_remote_party_ta_cell_identifier": cell(by, KeyUse.DS),
            "authorising_remote_party_seq_number": counter,
            "other_remote_party_seq_number_changes": [
                {
                    "remote_party_role": _R.SUPPLIER,
                    "floor_seq_number": 100,
                    "specialist_floor_seq_numbers": [{"usage": 0, "seq_number": 0}],
                }
            ],
        },
        "replacements": [
            {"replacement_certificate": der, "target_trust_anchor_cell": cell(_R.SUPPLIER, use)}
            for der, use in zip(certificates, USAGES, strict=False)
        ],
        "certification_path_certificates": [authority.organisation_ca.certificate.der],
        **values,
    }


@pytest.fixture
def handed_over(keystore: Keystore, authority: TestAuthority, gaining: list[Issued]) -> Rig:
    """A meter whose supplier was replaced by the transitional change of supplier party."""
    rig = Rig(keystore)
    rig.keystore = joint(keystore, gaining)
    values = handover(authority, gaining, 7, _R.TRANSITIONAL_COS, 1)
    answer = rig.ask("CS02b", 1, by=TCOS, message_code=0x0107, **values)
    assert answer.payload
    assert statuses(answer.payload["execution_outcome"]) == [Status.SUCCESS] * 3
    return rig


def test_a_change_of_supplier_is_in_force_at_once(handed_over: Rig) -> None:
    assert codes(handed_over.send(command(handed_over.keystore, "ECS52", by=SUPPLIER))) == ["GCA-DLMS"]
    assert handed_over.security_codes[-1] == 0x8F30
    handed_over.ask("ECS52", 1, by=GAINING)
    handed_over.ask("ECS45", 1, by=GAINING)


def test_the_new_suppliers_counters_begin_above_their_floor(handed_over: Rig) -> None:
    octets = command(handed_over.keystore, "ECS43", 100, by=GAINING)
    assert handed_over.send(octets) == []
    assert handed_over.security_codes[-1] == 0x8F53
    handed_over.ask("ECS43", 101, by=GAINING)


def test_what_the_old_supplier_has_pending_is_gone(
    keystore: Keystore, authority: TestAuthority, gaining: list[Issued]
) -> None:
    rig = Rig(keystore)
    digest = hashlib.sha256(b"image").digest()
    later = NOW + timedelta(hours=1)
    rig.ask("CS06", 1, manufacturer_image_hash=digest, originator_counter=1, execution_date_time=later)
    rig.keystore = joint(keystore, gaining)
    rig.ask("CS02b", 1, by=TCOS, message_code=0x0107, **handover(authority, gaining, 7, _R.TRANSITIONAL_COS, 1))
    set_clock(rig, GAINING, 101)
    assert rig.premises.advance(timedelta(hours=2)) == []
    assert rig.premises.esme.firmware.version == b"\0\0\0\1"


def set_clock(rig: Rig, by: Eui64 = SUPPLIER, counter: int = 1) -> None:
    now = rig.premises.now
    interval = {"validity_interval_start": now - timedelta(1), "validity_interval_end": now + timedelta(1)}
    rig.ask("ECS70", counter, by=by, time_preset_adjusting_time=interval)


def test_a_party_that_may_not_order_it_changes_nothing(
    keystore: Keystore, authority: TestAuthority, gaining: list[Issued]
) -> None:
    rig = Rig(keystore)
    before = dict(rig.premises.esme.anchors.cells)
    values = handover(authority, gaining, 7, _R.TRANSITIONAL_COS, 1)
    octets = command(keystore, "CS02b", 1, by=NETWORK_OPERATOR, message_code=0x0107, **values)
    assert codes(rig.send(octets)) == ["GCA-DLMS"]
    assert rig.premises.esme.anchors.cells == before


def test_a_certificate_that_cannot_be_relied_on_leaves_its_cell_alone(
    keystore: Keystore, authority: TestAuthority, gaining: list[Issued]
) -> None:
    other_root = TestAuthority.create(NOW)
    stray = other_root.issue_organisation(GAINING, _R.SUPPLIER, KeyUse.KA)
    xml = authority.issue_organisation(GAINING, _R.XML_SIGN, KeyUse.DS)
    mixed = [xml, stray, gaining[2]]
    rig = Rig(keystore)
    rig.keystore = joint(keystore, gaining)
    values = handover(authority, mixed, 7, _R.TRANSITIONAL_COS, 1)
    answer = rig.ask("CS02b", 1, by=TCOS, message_code=0x0107, **values)
    assert answer.payload
    outcome = answer.payload["execution_outcome"]
    assert statuses(outcome)[0] == Status.BAD_CERTIFICATE, "xmlSign is for DUIS alone"
    assert statuses(outcome)[1] == Status.NO_TRUST_ANCHOR
    assert statuses(outcome)[2] == Status.SUCCESS
    for refused in outcome["replacement_outcomes"][:2]:
        assert refused["replacing_subject_unique_id"] == refused["existing_subject_unique_id"] == SUPPLIER
    cells = rig.premises.esme.anchors.cells
    assert [cells[Cell(_R.SUPPLIER, use)].eui for use in USAGES] == [SUPPLIER, SUPPLIER, GAINING]


def test_what_leads_to_no_root_is_told_from_what_is_not_signed_by_whom_it_names(
    keystore: Keystore, authority: TestAuthority, gaining: list[Issued]
) -> None:
    other = TestAuthority.create(NOW)
    stray = other.issue_organisation(GAINING, _R.SUPPLIER, KeyUse.DS)
    for path, status in (([], 10), ([other.organisation_ca], 10), ([authority.organisation_ca], 10)):
        values = handover(authority, [stray], 7, _R.TRANSITIONAL_COS, 1)
        values["certification_path_certificates"] = [each.certificate.der for each in path]
        answer = Rig(keystore).ask("CS02b", 1, by=TCOS, message_code=0x0107, **values)
        assert answer.payload
        assert statuses(answer.payload["execution_outcome"]) == [status]
    broken = bytearray(gaining[0].certificate.der)
    broken[-1] ^= 1
    values = handover(authority, gaining[:1], 7, _R.TRANSITIONAL_COS, 1)
    values["replacements"][0]["replacement_certificate"] = bytes(broken)
    answer = Rig(keystore).ask("CS02b", 1, by=TCOS, message_code=0x0107, **values)
    assert answer.payload
    assert statuses(answer.payload["execution_outcome"]) == [Status.BAD_CERTIFICATE]


def test_a_change_for_later_is_told_when_it_has_come_and_can_be_cancelled(
    keystore: Keystore, authority: TestAuthority, gaining: list[Issued]
) -> None:
    rig = Rig(keystore)
    set_clock(rig)
    later = NOW + timedelta(hours=1)

    def order(counter: int, when: Any) -> Decoded:
        values = handover(authority, gaining, 7, _R.TRANSITIONAL_COS, counter, execution_date_time=when)
        return rig.ask("CS02b", counter, by=TCOS, message_code=0x0107, **values)

    assert dict(order(1, later).payload or {}) == {"command_accepted": None}
    assert dict(order(2, NEVER).payload or {}) == {"command_accepted": None}
    assert rig.premises.advance(timedelta(hours=2)) == []
    assert dict(order(3, later + timedelta(hours=2)).payload or {}) == {"command_accepted": None}
    (octets,) = rig.premises.advance(timedelta(hours=2))
    alert = decode(octets, rig.keystore)
    assert (codes([alert]), alert.message.recipient) == (["FDUSCA"], TCOS)
    assert alert.payload
    assert alert.payload["alert_code"] == 0x8F66
    assert statuses(alert.payload["execution_outcome"]) == [0] * 3
    assert rig.premises.esme.anchors.party_in(_R.SUPPLIER) == GAINING


def test_the_cells_are_told_to_who_protects_by_one_of_them(keystore: Keystore) -> None:
    rig = Rig(keystore)
    asked = {"remote_party_roles_credentials_required": [_R.SUPPLIER, _R.WAN_PROVIDER]}
    answer = rig.ask(
        "CS02a",
        1,
        by=BROKER,
        authorising_remote_party_ta_cell_identifier=cell(_R.ACCESS_CONTROL_BROKER, KeyUse.KA),
        **asked,
    )
    assert answer.payload
    supplier, wan_provider = answer.payload["remote_party_details"]
    assert [each["existing_subject_unique_id"] for each in supplier["trust_anchor_cells_details"]] == [SUPPLIER] * 3
    assert wan_provider == {"remote_party_role": _R.WAN_PROVIDER, "status_code": Status.TRUST_ANCHOR_NOT_FOUND}
    # The broker cannot name a cell in which somebody else sits.
    octets = command(
        keystore,
        "CS02a",
        2,
        by=BROKER,
        authorising_remote_party_ta_cell_identifier=cell(_R.SUPPLIER, KeyUse.KA),
        **asked,
    )
    assert codes(rig.send(octets)) == ["GCA-DLMS"]


# The device's own credentials.


def certified(authority: TestAuthority, request: bytes, device: Eui64, use: KeyUse) -> bytes:
    key = x509.load_der_x509_csr(request).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return authority.certify_device(key, device, use, now=NOW).der


@pytest.mark.parametrize("use", [KeyUse.DS, KeyUse.KA])
def test_a_new_key_pair_is_made_certified_installed_and_outlives_the_process(
    keystore: Keystore, authority: TestAuthority, use: KeyUse
) -> None:
    rig = Rig(keystore)
    usage = USAGES[use]["key_usage"]
    asked = rig.ask("CS02c", 1, key_usage=usage).payload
    assert asked
    request = x509.load_der_x509_csr(asked["certification_request"])
    assert request.is_signature_valid
    certificate = certified(authority, asked["certification_request"], METER, use)
    esme = rig.premises.esme
    esme.receive(command(keystore, "CS02d", 1, certificate=certificate), NOW)
    own = esme.anchors.own_certificate(use)
    assert own
    assert own.der == certificate
    again = Esme(TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME), now=NOW, store=restored(esme))
    kept = again.anchors.own_certificate(use)
    assert kept
    assert kept.der == certificate
    if use is KeyUse.DS:  # with the other one, the head end would need the new certificate to be understood
        told = decode(again.receive(command(keystore, "CS02e", 1, key_usage=usage), NOW)[0]).payload
        assert told
        assert told["certificate"] == certificate


def restored(esme: Esme) -> Store:
    store = Store()
    store.update(esme.snapshot())
    return store


@pytest.mark.parametrize(
    ("whose", "made", "outcome"), [(STRANGER, True, 2), (METER, False, 4)], ids=["another device's", "no key pair"]
)
def test_a_certificate_that_does_not_fit_is_not_installed(
    keystore: Keystore, whose: Eui64, made: bool, outcome: int
) -> None:
    rig = Rig(keystore)
    if made:
        rig.ask("CS02c", 1, key_usage=["digitalSignature"])
    answer = rig.ask("CS02d", 1, certificate=keystore.find(whose, KeyUse.DS).certificate.der)
    assert items(answer) == [(outcome, None)]
    assert rig.security_codes == [0x8F4C]


# Joining and firmware.


def test_devices_join_and_leave(keystore: Keystore) -> None:
    rig = Rig(keystore)
    join = {"join_method_and_role": 0, "other_device_entity_identifier": STRANGER, "other_device_type": 4}
    assert items(rig.ask("CS03A1", 1, **join)) == [(0, None)]
    told = rig.ask("CS07", 1).payload
    assert told
    assert told["device_log_entries"] == [{"device_identifier": STRANGER, "device_type": 4}]
    assert items(rig.ask("CS03A1", 2, **join | {"other_device_type": 5})) == [(3, None)]
    assert items(rig.ask("CS03A1", 3, **join | {"other_device_type": 0})) == [(2, None)]
    assert items(rig.ask("CS03A1", 4, **join | {"join_method_and_role": 2})) == [(1, None)]
    assert items(rig.ask("CS04AC", 1, other_device_entity_identifier=STRANGER)) == [(0, None)]
    assert items(rig.ask("CS04AC", 2, other_device_entity_identifier=STRANGER)) == [(1, None)]
    assert rig.security_codes == [0x8F49, 0x8F48, 0x8F48, 0x8F48, 0x8F4B, 0x8F4A]


@pytest.mark.parametrize("outcome", [each for each in Join if each >= Join.WRITE_FAILURE])
def test_a_key_establishment_that_fails_is_no_join(keystore: Keystore, outcome: Join) -> None:
    rig = Rig(keystore)
    device_log = rig.premises.esme.device_log
    join = {"join_method_and_role": 0, "other_device_entity_identifier": STRANGER, "other_device_type": 4}
    device_log.partner(STRANGER, outcome)
    assert items(rig.ask("CS03A1", 1, **join)) == [(outcome, None)]
    assert device_log.entries == {}
    assert rig.security_codes == [0x8F48]
    # What the device decides by itself comes first.
    assert items(rig.ask("CS03A1", 2, **join | {"other_device_type": 0})) == [(Join.INVALID_METHOD, None)]
    device_log.partner(STRANGER)
    assert items(rig.ask("CS03A1", 3, **join)) == [(0, None)]
    # Failing to join again does not undo what was.
    device_log.partner(STRANGER, outcome)
    assert items(rig.ask("CS03A1", 4, **join)) == [(outcome, None)]
    assert device_log.entries == {STRANGER: 4}


def test_a_partner_has_no_say_in_the_authorisation(rig: Rig) -> None:
    with pytest.raises(DeviceError, match="DEVICE_LOG_FULL is not an outcome of a key establishment"):
        rig.premises.esme.device_log.partner(STRANGER, Join.DEVICE_LOG_FULL)


@pytest.mark.parametrize("use_case", ["CS03A2", "CS03C"])
def test_an_electricity_meter_joins_neither_as_responder_nor_by_method_c(rig: Rig, use_case: str) -> None:
    join = {"join_method_and_role": 1, "other_device_entity_identifier": STRANGER, "other_device_type": 5}
    assert codes(rig.send(command(rig.keystore, use_case, 1, **join))) == ["ECS100"]


def test_a_type_2_device_joins_by_method_b_without_key_establishment(rig: Rig) -> None:
    rig.premises.esme.device_log.partner(STRANGER, Join.NO_RESPONSE)
    join = {"join_method_and_role": 2, "other_device_entity_identifier": STRANGER, "other_device_type": 6}
    assert items(rig.ask("CS03B", 1, **join)) == [(0, None)]
    assert rig.premises.esme.device_log.entries == {STRANGER: 6}


def test_firmware_is_distributed_and_activated(keystore: Keystore) -> None:
    rig = Rig(keystore)
    image = b"an image"
    digest = hashlib.sha256(image).digest()

    def activate(counter: int, wanted: bytes) -> dict[str, Any]:
        answer = rig.ask("CS06", counter, manufacturer_image_hash=wanted, originator_counter=counter).payload
        assert answer
        outcome: dict[str, Any] = answer["execution_outcome"]
        return outcome

    assert activate(1, digest) == {"response_code": 1, "firmware_version": b"\0\0\0\1"}
    rig.premises.esme.firmware.distribute(image, b"\0\0\0\2", verifies=False)
    rig.premises.esme.firmware.distribute(image, b"\0\0\0\2")
    told = [decode(octets, keystore) for octets in rig.premises.advance(timedelta(seconds=1))]
    assert codes(told) == ["FDRA-DLMS"] * 2
    assert [each.payload["alert_code"] for each in told if each.payload] == [0x8F1C, 0x8F72]
    assert {each.payload["manufacturer_image_hash"] for each in told if each.payload} == {digest}
    assert {(each.message.recipient, bool(each.message.signature), each.message.mac) for each in told} == {
        (SUPPLIER, True, None)
    }
    assert activate(2, bytes(32)) == {"response_code": 2, "firmware_version": b"\0\0\0\1"}
    assert activate(3, digest) == {"response_code": 0, "firmware_version": b"\0\0\0\2"}
    assert items(rig.ask("ECS52")) == [(b"\0\0\0\2", 0)]
    assert rig.security_codes == [0x8F1C, 0x8F72, 0x8F43]


def test_firmware_for_later_runs_from_its_time_on(keystore: Keystore) -> None:
    rig = Rig(keystore)
    set_clock(rig)
    rig.premises.esme.firmware.distribute(b"an image", b"\0\0\0\2")
    rig.premises.advance(timedelta(seconds=1))
    later = NOW + timedelta(hours=1)
    order = {"manufacturer_image_hash": hashlib.sha256(b"an image").digest(), "originator_counter": 8}
    answer = rig.ask("CS06", 8, execution_date_time=later, **order)
    assert dict(answer.payload or {}) == {"command_accepted": None}
    assert items(rig.ask("ECS52", 1)) == [(b"\0\0\0\1", 0)]
    (octets,) = rig.premises.advance(timedelta(hours=1))
    alert = decode(octets, keystore)
    assert (codes([alert]), alert.message.recipient) == (["FDFAA"], SUPPLIER)
    assert alert.payload
    assert (alert.payload["alert_code"], alert.payload["originator_counter"]) == (0x8F66, 8)
    assert alert.payload["execution_date_time"] == later.replace(microsecond=0)
    assert alert.payload["execution_outcome"] == {"response_code": 0, "firmware_version": b"\0\0\0\2"}
    assert items(rig.ask("ECS52", 2)) == [(b"\0\0\0\2", 0)]


# The SAPC.


@pytest.fixture
def sapc(keystore: Keystore) -> Sapc:
    return Sapc(TrustAnchors.from_keystore(keystore, METER, DeviceType.SAPC), now=NOW)


def test_a_sapc_has_what_smets_gives_it_and_nothing_more(keystore: Keystore, sapc: Sapc) -> None:
    def answer(use_case: str, counter: int, **values: Any) -> Decoded:
        (octets,) = sapc.receive(command(keystore, use_case, counter, **values), NOW)
        return decode(octets, keystore)

    assert items(answer("ECS52", 1)) == [(b"\0\0\0\1", 0)]
    assert codes([answer("ECS17b", 2)]) == ["ECS100"]
    assert [result for _, result in items(answer("ECS26m", 3))] == [4, 250, 250, 250]
    described = answer("ECS61e", 4, by=LOAD_CONTROLLER)
    assert items(described)[0] == (b"\xff", 0)


def test_a_broken_object_answers_as_it_is_told_to(keystore: Keystore) -> None:
    rig = Rig(keystore)
    rig.premises.esme.cosem.fail(o.SUPPLIER_MESSAGE, "value")
    assert items(rig.ask("ECS10", 1, supplier_message="Hello")) == [(None, 1)]
    assert rig.premises.esme.cosem.get(o.SUPPLIER_MESSAGE, "value") == ""
    rig.premises.esme.cosem.fail(o.SUPPLIER_MESSAGE, "value", None)
    assert items(rig.ask("ECS10", 2, supplier_message="Hello")) == [(None, 0)]
