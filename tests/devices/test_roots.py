"""Roots, and what replaces every credential: use case CS02b in modes 0, 1, 8 and 9."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from devices.hub.chf import Chf
from devices.security.credentials import Credentials, Status
from devices.settings import Settings
from devices.trust_anchors import Cell, TrustAnchors
from gbcs.decoding import decode
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, RemotePartyRole
from gbcs.security import protection
from gbcs.security.ecc import SoftwareSigner
from gbcs.usecases.catalogue import USE_CASES
from smki.authority import PARTIES, TestAuthority, make_estate
from smki.certificate import Certificate
from smki.contingency import with_contingency_key
from smki.keystore import Keystore
from smki.profiles import ROOT
from tests.devices.rig import HUB, METER, NOW, SUPPLIER, Rig, cell, codes, command, statuses
from tests.devices.story import set_clock

_R = RemotePartyRole
CONTINGENCY = Eui64.parse("00-00-5E-EF-30-00-00-09")
CONTINGENCY_KEY = ec.derive_private_key(11, ec.SECP256R1())
SYMMETRIC_KEY = bytes(range(32))
CELLS = {
    _R.RECOVERY: [KeyUse.DS],
    _R.SUPPLIER: [KeyUse.DS, KeyUse.KA, KeyUse.PP],
    _R.NETWORK_OPERATOR: [KeyUse.DS, KeyUse.KA],
    _R.ACCESS_CONTROL_BROKER: [KeyUse.KA],
    _R.TRANSITIONAL_COS: [KeyUse.DS],
}
ROOT_CELL = Cell(_R.ROOT, None)


def root_replacement(root: Certificate) -> dict[str, Any]:
    target = {"remote_party_role": _R.ROOT, "key_usage": ["keyCertSign"]}
    return {"replacement_certificate": root.der, "target_trust_anchor_cell": target}


def everything(authority: TestAuthority) -> list[dict[str, Any]]:
    """The root, and a new certificate of that authority for each other cell, in the order of the roles."""
    return [
        root_replacement(authority.root.certificate),
        *(
            {
                "replacement_certificate": authority.issue_organisation(PARTIES[role], role, use).certificate.der,
                "target_trust_anchor_cell": cell(role, use),
            }
            for role, uses in CELLS.items()
            for use in uses
        ),
    ]


def update(
    mode: int, counter: int, replacements: list[dict[str, Any]], path: Sequence[Certificate], **control: Any
) -> dict[str, Any]:
    return {
        "authorising_remote_party_control": {
            "credentials_replacement_mode": mode,
            "authorising_remote_party_seq_number": counter,
            **control,
        },
        "replacements": replacements,
        "certification_path_certificates": [each.der for each in path],
        "message_code": 0x0100 + mode,
    }


@pytest.fixture
def renewed() -> tuple[TestAuthority, Keystore, list[Certificate]]:
    """An authority whose root has changed its key, a keystore of before, and the certificates that link the two."""
    authority = TestAuthority.create(NOW, random.Random(6))
    keystore = make_estate(authority, devices=(HUB, METER))
    _, *links = authority.roll_over(ROOT)
    return authority, keystore, links


def test_a_supplier_hands_on_a_new_root_that_the_former_certifies(
    renewed: tuple[TestAuthority, Keystore, list[Certificate]],
) -> None:
    authority, keystore, links = renewed
    rig = Rig(keystore)
    former = rig.premises.esme.anchors.cells[ROOT_CELL]
    replacement = [root_replacement(authority.root.certificate)]
    # Without the link, nothing leads from the former root to the new one.
    answer = rig.ask("CS02b", 1, **update(0, 1, replacement, []))
    assert answer.payload
    (refused,) = answer.payload["execution_outcome"]["replacement_outcomes"]
    assert refused["status_code"] == Status.NO_TRUST_ANCHOR
    assert rig.premises.esme.anchors.cells[ROOT_CELL] == former
    answer = rig.ask("CS02b", 2, **update(0, 2, replacement, links))
    assert answer.payload
    (outcome,) = answer.payload["execution_outcome"]["replacement_outcomes"]
    assert outcome["status_code"] == Status.SUCCESS
    assert outcome["existing_subject_unique_id"] == outcome["replacing_subject_unique_id"] == bytes(8)
    assert outcome["existing_subject_key_identifier"] == former.subject_key_identifier
    assert outcome["replacing_subject_key_identifier"] == authority.root.certificate.subject_key_identifier
    assert rig.security_codes[-1] == 0x8F70


def test_a_root_is_all_that_a_supplier_replaces_in_that_mode(keystore: Keystore, authority: TestAuthority) -> None:
    rig = Rig(keystore)
    answer = rig.ask("CS02b", 1, **update(0, 1, everything(authority)[2:3], [authority.organisation_ca.certificate]))
    assert answer.payload
    assert statuses(answer.payload["execution_outcome"]) == [Status.OTHER]


def test_the_wan_provider_hands_on_a_root_to_a_hub_and_has_no_say_in_a_meter(
    renewed: tuple[TestAuthority, Keystore, list[Certificate]],
) -> None:
    authority, keystore, links = renewed
    values = update(1, 1, [root_replacement(authority.root.certificate)], links)
    by = PARTIES[_R.WAN_PROVIDER]
    chf = Chf(TrustAnchors.from_keystore(keystore, HUB, DeviceType.CHF), now=NOW)
    Credentials(chf)
    (octets,) = chf.receive(command(keystore, "CS02b", by=by, to=HUB, **values), NOW)
    told = decode(octets, keystore).payload
    assert told
    assert statuses(told["execution_outcome"]) == [Status.SUCCESS]
    assert chf.anchors.cells[ROOT_CELL] == authority.root.certificate
    rig = Rig(keystore)
    assert codes(rig.send(command(keystore, "CS02b", by=by, **values))) == ["GCA-DLMS"]
    assert rig.security_codes == [0x8F30]


@pytest.mark.parametrize(("allowed", "status"), [(True, Status.SUCCESS), (False, Status.OTHER)])
def test_recovery_replaces_a_root_that_the_former_certifies(
    renewed: tuple[TestAuthority, Keystore, list[Certificate]], allowed: bool, status: Status
) -> None:
    authority, keystore, links = renewed
    rig = Rig(keystore, settings=Settings(root_by_recovery=allowed))
    values = update(8, 1, everything(authority), [*links, authority.organisation_ca.certificate])
    asked = USE_CASES["CS02b"].command(PARTIES[_R.RECOVERY], METER, 1, **values)
    (answer,) = rig.send(protection.sign(asked, keystore).encode())
    assert answer.payload
    assert statuses(answer.payload["execution_outcome"])[0] == status
    assert set(statuses(answer.payload["execution_outcome"])[1:]) == {Status.SUCCESS}


@pytest.fixture
def secured(keystore: Keystore, authority: TestAuthority) -> Rig:
    """A meter with a root whose certificate has a contingency key."""
    rig = Rig(keystore)
    root = with_contingency_key(*authority.root[:2], CONTINGENCY_KEY.public_key(), SYMMETRIC_KEY)
    rig.premises.esme.anchors.install(ROOT_CELL, root)
    return rig


def by_contingency(
    counter: int,
    authority: TestAuthority,
    later: datetime | None = None,
    key: ec.EllipticCurvePrivateKey = CONTINGENCY_KEY,
    **control: Any,
) -> bytes:
    """The command that replaces everything by what another authority has issued."""
    control = {"plaintext_symmetric_key": SYMMETRIC_KEY, **control}
    values = update(9, counter, everything(authority), [authority.organisation_ca.certificate], **control)
    if later:
        values["execution_date_time"] = later
    asked = USE_CASES["CS02b"].command(CONTINGENCY, METER, counter, **values)
    return asked.with_protection(SoftwareSigner(key).sign(asked.signed_octets()), None).encode()


def test_the_contingency_key_replaces_everything_by_what_another_root_certifies(secured: Rig) -> None:
    other = TestAuthority.create(NOW, random.Random(7))
    floors = [{"remote_party_role": role, "floor_seq_number": 50} for role in (_R.SUPPLIER, _R.NETWORK_OPERATOR)]
    octets = by_contingency(
        5001, other, new_remote_party_floor_seq_number=0, other_remote_party_seq_number_changes=floors
    )
    (answer,) = secured.send(octets)
    assert (answer.message.recipient, answer.message.mac) == (CONTINGENCY, None)
    assert answer.inspection.signature is protection.Status.VALID
    assert answer.payload
    outcome = answer.payload["execution_outcome"]
    assert outcome["credentials_replacement_mode"] == 9
    assert statuses(outcome) == [Status.SUCCESS] * 9
    assert outcome["remote_party_seq_number_changes"] == [
        {"remote_party_role": _R.ROOT, "floor_seq_number": 0},
        *floors,
    ]
    cells = secured.premises.esme.anchors.cells
    assert cells[ROOT_CELL] == other.root.certificate
    assert secured.security_codes == [0x8F70]
    # Nobody's former keys serve any more; the parties' counters begin above their floors.
    assert codes(secured.send(command(secured.keystore, "ECS52"))) == ["GCA-DLMS"]
    assert secured.security_codes[-1] == 0x8F3D
    assert secured.premises.esme.replay.floor(_R.SUPPLIER) == 50
    # The new root has no contingency key, and the command works once.
    assert codes(secured.send(octets)) == ["GCA-DLMS"]


def test_a_replacement_by_contingency_may_be_for_later(secured: Rig) -> None:
    set_clock(secured)
    other = TestAuthority.create(NOW, random.Random(7))
    later = NOW + timedelta(hours=1)
    (answer,) = secured.send(by_contingency(1, other, later))
    assert dict(answer.payload or {}) == {"command_accepted": None}
    (octets,) = secured.premises.advance(timedelta(hours=1))
    alert = decode(octets, secured.keystore)
    assert (codes([alert]), alert.message.recipient) == (["FDUSCA"], CONTINGENCY)
    assert alert.payload
    assert alert.payload["alert_code"] == 0x8F66
    assert statuses(alert.payload["execution_outcome"]) == [Status.SUCCESS] * 9
    assert secured.premises.esme.anchors.cells[ROOT_CELL] == other.root.certificate


def test_one_certificate_of_another_root_leaves_its_cell_alone(secured: Rig, authority: TestAuthority) -> None:
    other = TestAuthority.create(NOW, random.Random(7))
    values = update(
        9,
        1,
        [*everything(other)[:4], everything(authority)[4], *everything(other)[5:]],
        [other.organisation_ca.certificate, authority.organisation_ca.certificate],
        plaintext_symmetric_key=SYMMETRIC_KEY,
    )
    asked = USE_CASES["CS02b"].command(CONTINGENCY, METER, 1, **values)
    signed = asked.with_protection(SoftwareSigner(CONTINGENCY_KEY).sign(asked.signed_octets()), None)
    (answer,) = secured.send(signed.encode())
    assert answer.payload
    outcomes = answer.payload["execution_outcome"]["replacement_outcomes"]
    assert [each["status_code"] == 0 for each in outcomes] == [True] * 4 + [False] + [True] * 4
    refused = outcomes[4]
    assert refused["replacing_subject_key_identifier"] == refused["existing_subject_key_identifier"]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ({"key": ec.derive_private_key(12, ec.SECP256R1())}, "a signature by another key"),
        ({"plaintext_symmetric_key": bytes(32)}, "another symmetric key"),
        ({"plaintext_symmetric_key": b""}, "an empty one"),
    ],
)
def test_whoever_does_not_have_the_contingency_keys_changes_nothing(
    secured: Rig, authority: TestAuthority, spoil: dict[str, Any], reason: str
) -> None:
    before = dict(secured.premises.esme.anchors.cells)
    (alert,) = secured.send(by_contingency(1, authority, **spoil))
    assert (codes([alert]), alert.message.recipient) == (["GCA-DLMS"], SUPPLIER), reason
    assert secured.security_codes == [0x8F3D]
    assert secured.premises.esme.anchors.cells == before


def test_a_root_without_contingency_key_is_replaced_by_nobody(rig: Rig, authority: TestAuthority) -> None:
    assert codes(rig.send(by_contingency(1, authority))) == ["GCA-DLMS"]
    assert rig.security_codes == [0x8F3D]


def test_a_contingency_command_without_its_symmetric_key_or_with_noise_for_a_payload(
    secured: Rig, authority: TestAuthority
) -> None:
    values = update(9, 1, everything(authority), [])
    bare = USE_CASES["CS02b"].command(CONTINGENCY, METER, 1, **values)
    for asked in (bare, bare.with_content(b"\x30\x00")):
        signed = asked.with_protection(SoftwareSigner(CONTINGENCY_KEY).sign(asked.signed_octets()), None)
        assert codes(secured.send(signed.encode())) == ["GCA-DLMS"]
    assert secured.security_codes == [0x8F3D] * 2
