"""Trust anchor cells: what may stand in them, and what a device's keys are good for."""

from __future__ import annotations

import pytest

from devices.errors import AnchorRefused, DeviceError
from devices.trust_anchors import CELLS, Cell, TrustAnchors
from gbcs.device_type import DeviceType
from gbcs.errors import MissingKeyError
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, RemotePartyRole
from smki.authority import PARTIES, TestAuthority, make_estate
from smki.keystore import Keystore
from tests.devices.rig import BROKER, HUB, METER, NETWORK_OPERATOR, STRANGER, SUPPLIER

SECOND_SUPPLIER = Eui64.parse("00-00-5E-EF-30-00-00-02")


@pytest.fixture
def anchors(keystore: Keystore) -> TrustAnchors:
    return TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME)


@pytest.mark.parametrize("device_type", CELLS)
def test_cells_are_filled_by_role_and_use(keystore: Keystore, device_type: DeviceType) -> None:
    anchors = TrustAnchors.from_keystore(keystore, METER, device_type)
    assert set(anchors.cells) == {Cell(role, use) for role, uses in CELLS[device_type].items() for use in uses}
    for cell, certificate in anchors.cells.items():
        assert (certificate.eui, certificate.role) == (PARTIES.get(cell.role), cell.role)


def test_roles_are_those_of_the_cells(keystore: Keystore, anchors: TrustAnchors) -> None:
    assert anchors.roles_of(SUPPLIER) == {RemotePartyRole.SUPPLIER}
    assert anchors.roles_of(STRANGER) == frozenset()
    broker = keystore.find(BROKER, KeyUse.KA).certificate
    anchors.install(Cell(RemotePartyRole.SUPPLIER, KeyUse.KA), broker)
    assert anchors.roles_of(BROKER) == {RemotePartyRole.SUPPLIER, RemotePartyRole.ACCESS_CONTROL_BROKER}


@pytest.mark.parametrize("use", [KeyUse.DS, KeyUse.KA])
def test_an_xml_signing_certificate_is_no_anchor(keystore: Keystore, anchors: TrustAnchors, use: KeyUse) -> None:
    certificate = keystore.find(SUPPLIER, KeyUse.DS, role=RemotePartyRole.XML_SIGN).certificate
    before = dict(anchors.cells)
    with pytest.raises(AnchorRefused, match=r"supplier .. cell: .*role xmlSign is not for a device's trust anchor"):
        anchors.install(Cell(RemotePartyRole.SUPPLIER, use), certificate)
    assert anchors.cells == before


def test_a_certificate_of_another_use_or_of_a_device_is_no_anchor(keystore: Keystore, anchors: TrustAnchors) -> None:
    with pytest.raises(AnchorRefused, match="not for digital signature"):
        anchors.install(Cell(RemotePartyRole.SUPPLIER, KeyUse.DS), keystore.find(SUPPLIER, KeyUse.KA).certificate)
    with pytest.raises(AnchorRefused, match="a device is not for a device's trust anchor cell"):
        anchors.install(Cell(RemotePartyRole.SUPPLIER, KeyUse.DS), keystore.find(STRANGER, KeyUse.DS).certificate)


def test_a_secret_is_the_same_from_either_side(keystore: Keystore, anchors: TrustAnchors) -> None:
    secret = keystore.shared_secret(SUPPLIER, METER)
    assert anchors.shared_secret(SUPPLIER, METER) == anchors.shared_secret(METER, SUPPLIER) == secret
    top_up = anchors.shared_secret(SUPPLIER, METER, KeyUse.PP)
    assert top_up == keystore.shared_secret(SUPPLIER, METER, KeyUse.PP) != secret


def test_a_replaced_anchor_takes_its_secret_along(
    authority: TestAuthority, keystore: Keystore, anchors: TrustAnchors
) -> None:
    anchors.shared_secret(METER, SUPPLIER)
    issued = authority.issue_organisation(SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.KA)
    anchors.install(Cell(RemotePartyRole.SUPPLIER, KeyUse.KA), issued.certificate)
    renewed = Keystore()
    renewed.add(*issued)
    renewed.add(keystore.find(METER, KeyUse.KA).certificate)
    assert anchors.shared_secret(METER, SUPPLIER) == renewed.shared_secret(SUPPLIER, METER)


def test_a_device_signs_for_itself_and_agrees_for_itself(anchors: TrustAnchors) -> None:
    anchors.signer(METER)
    for ask in (
        lambda: anchors.signer(SUPPLIER),
        lambda: anchors.verifying_key(STRANGER),
        lambda: anchors.shared_secret(METER, STRANGER),
        lambda: anchors.shared_secret(SUPPLIER, NETWORK_OPERATOR),
    ):
        with pytest.raises(MissingKeyError):
            ask()


def test_what_a_device_cannot_do_without(keystore: Keystore) -> None:
    with pytest.raises(MissingKeyError):
        TrustAnchors.from_keystore(keystore, Eui64(bytes(8)), DeviceType.ESME)
    held = Keystore()
    held.add(keystore.find(HUB, KeyUse.DS).certificate)
    with pytest.raises(MissingKeyError, match="DS private key"):
        TrustAnchors.from_keystore(held, HUB, DeviceType.CHF)
    held = Keystore()
    for use in (KeyUse.DS, KeyUse.KA):
        held.add(*keystore.find(HUB, use)[:2])
    with pytest.raises(MissingKeyError, match="accessControlBroker KA certificate"):
        TrustAnchors.from_keystore(held, HUB, DeviceType.CHF)


def test_of_two_suppliers_one_has_to_be_named(authority: TestAuthority) -> None:
    keystore = make_estate(authority, devices=(METER,))
    keystore.add(*authority.issue_organisation(SECOND_SUPPLIER, RemotePartyRole.SUPPLIER, KeyUse.DS))
    with pytest.raises(DeviceError, match=f"several parties of the role supplier, name one: .*{SECOND_SUPPLIER}"):
        TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME)
    for supplier, cells in ((SUPPLIER, 3), (SECOND_SUPPLIER, 1)):
        anchors = TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME, {RemotePartyRole.SUPPLIER: supplier})
        assert anchors.party_in(RemotePartyRole.SUPPLIER) == supplier
        assert sum(cell.role is RemotePartyRole.SUPPLIER for cell in anchors.cells) == cells
