"""Reference responses against our meter: the same command, the same registers, the same answer."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devices.errors import AccessFailed
from devices.esme import Esme, Variant
from devices.supply import SupplyState
from devices.trust_anchors import TrustAnchors
from gbcs.cosem import objects as o
from gbcs.decoding import Decoded, decode, read_octets
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.message import Message
from gbcs.roles import RemotePartyRole
from gbcs.security import protection
from gbcs.usecases.access import AccessKind, AccessResult
from gbcs.usecases.access_list import AccessList
from gbcs.usecases.catalogue import USE_CASES
from smki.authority import TestAuthority, make_estate
from smki.keystore import Keystore, open_keystore

# The reference data's identifiers; the keys are our own.
METER = Eui64.parse("00-DB-12-34-56-78-90-A0")
PARTIES = {
    RemotePartyRole.SUPPLIER: Eui64.parse("90-B3-D5-1F-30-01-00-00"),
    RemotePartyRole.NETWORK_OPERATOR: Eui64.parse("90-B3-D5-1F-30-02-00-00"),
    RemotePartyRole.ACCESS_CONTROL_BROKER: Eui64.parse("90-B3-D5-1F-30-00-00-02"),
}
NOW = datetime(2015, 1, 1, tzinfo=UTC)  # of all responses

EXCHANGES = [
    "4.1.1_ECS17b/ECS17b_4.1.1_SINGLE_SUCCESS",
    "4.1.1_ECS17b/ECS17b_4.1.1_TWIN_SUCCESS",
    "4.1.1_ECS17b/ECS17b_4.1.1_ERROR",
    "4.2_ECS17a/ECS17a_4.2_ERROR",
    "6.11_ECS70/ECS70_6.11_SUCCESS",
    "6.11_ECS70/ECS70_6.11_ERROR",
    "7.3_ECS44/ECS44_7.3_SUCCESS",
    "7.3_ECS44/ECS44_7.3_ERROR",
    "11.2_ECS52/ECS52_11.2_ERROR",
]


@pytest.fixture(scope="module")
def ours() -> Keystore:
    return make_estate(TestAuthority.create(NOW, random.Random(8)), devices=[METER], parties=PARTIES)


@pytest.fixture(scope="module")
def theirs(reference: Path) -> Keystore:
    return open_keystore(reference / "rtds/keystore")


def read(reference: Path, exchange: str, kind: str, keystore: Keystore) -> Decoded:
    path = reference / "rtds/messages" / f"{exchange}_{kind}_GBCS.HEX"
    return decode(read_octets(path.read_bytes()), keystore)


def answer(command: Decoded, esme: Esme, keystore: Keystore) -> Decoded:
    """What the meter answers to the command, under our keys."""
    assert command.use_case
    bare = replace(command.message, signature=None, mac=None)
    (octets,) = esme.receive(protection.protect(bare, command.use_case.category, keystore).encode(), NOW)
    response = decode(octets, keystore)
    protection.verify(response.message, command.use_case.category, keystore)
    return response


def meter(keystore: Keystore, like: Decoded) -> Esme:
    """A meter that holds the values which a reference response reads, and is broken where that says so."""
    anchors = TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME)
    assert like.use_case
    assert like.payload
    assert isinstance(like.use_case.payload, AccessList)
    twin = "second_active_import_value" in str(like.payload.items_in_order)
    variant = Variant.TWIN if twin else Variant.SINGLE
    esme = Esme(anchors, now=NOW, variant=variant, supply_state=SupplyState.DISABLED)

    def fail(*_: object) -> None:
        raise AccessFailed(AccessResult.HARDWARE_FAULT)

    for access in like.use_case.payload.accesses:
        item = like.payload.item(access.name)
        (member,) = access.protects or (access.member,)
        if item.result == AccessResult.HARDWARE_FAULT and access.kind is AccessKind.ACTION and not access.protects:
            esme.cosem.handle(member.object, member.name, fail)
        elif item.result == AccessResult.HARDWARE_FAULT:
            esme.cosem.compute(member.object, member.name, fail)
        elif item.value is not None and member.object is not o.TIME:
            esme.cosem.set(member.object, member.name, item.value)
    return esme


def header(message: Message) -> Message:
    return replace(message, content=b"", signature=None, mac=None)


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_our_meter_answers_as_the_reference_device_does(
    reference: Path, ours: Keystore, theirs: Keystore, exchange: str
) -> None:
    command, expected = (read(reference, exchange, kind, theirs) for kind in ("COMMAND", "RESPONSE"))
    response = answer(command, meter(ours, expected), ours)
    assert header(response.message) == header(expected.message)
    assert bool(response.message.signature) == bool(expected.message.signature)
    assert (response.message.mac is None) == (expected.message.mac is None)
    assert len(response.message.content) == len(expected.message.content)
    assert response.payload
    assert expected.payload
    encrypted = False
    for got, wanted in zip(response.payload.items_in_order, expected.payload.items_in_order, strict=True):
        assert replace(got, protected=None) == replace(wanted, protected=None)
        encrypted |= wanted.protected is not None
    if not encrypted:
        assert response.message.content == expected.message.content


def test_the_reference_message_is_displayed(reference: Path, ours: Keystore, theirs: Keystore) -> None:
    # The response at hand is of a meter that could not write it; the other result octet is all that differs.
    exchange = "3.1_ECS10/ECS10_3.1_ERROR"
    command, failed = (read(reference, exchange, kind, theirs) for kind in ("COMMAND", "RESPONSE"))
    esme = Esme(TrustAnchors.from_keystore(ours, METER, DeviceType.ESME), now=NOW)
    response = answer(command, esme, ours)
    assert command.payload
    assert esme.cosem.get(o.SUPPLIER_MESSAGE, "value") == command.payload["supplier_message"] != ""
    assert response.message.content == failed.message.content[:-1] + b"\0"


def test_the_generic_alert_has_the_reference_content(reference: Path, ours: Keystore) -> None:
    path = reference / "rtds/messages/NA_GCA-DLMS/GCA-DLMS_NA_8F30_ALERT_GBCS.HEX"
    expected = Message.decode(read_octets(path.read_bytes()))
    esme = Esme(TrustAnchors.from_keystore(ours, METER, DeviceType.ESME), now=NOW)
    esme.store["originator counter"] = (expected.originator_counter - 1).to_bytes(8, "big")
    (octets,) = esme.receive(USE_CASES["ECS52"].command(Eui64(bytes(8)), METER, 1).encode(), NOW)
    alert = Message.decode(octets)
    assert header(alert) == header(expected)
    assert alert.content == expected.content
