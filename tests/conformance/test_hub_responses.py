"""Reference messages of a Communications Hub against ours: the same command, the same state, the same answer."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from devices.errors import JoiningClosed
from devices.hub.chf import Chf
from devices.hub.device_log import Entry
from devices.hub.distribution import Transfer
from devices.hub.sub_ghz import SubGhz
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.decoding import Decoded, decode, read_octets
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.message import Cra, Message
from gbcs.roles import RemotePartyRole
from gbcs.security import protection
from gbcs.usecases.access_list import AccessList
from gbcs.usecases.catalogue import USE_CASES
from gbcs.usecases.model import Item, Payload
from smki.authority import TestAuthority, make_estate
from smki.keystore import Keystore, open_keystore
from tests.conformance.test_device_responses import (
    NOW,
    PARTIES,
    SUPPLIER,
    Rig,
    break_like,
    differences,
    exchanges,
    header,
    shape,
)

HUB = Eui64.parse("00-DB-12-34-56-78-90-A2")
_WAN_PROVIDER = Eui64.parse("90-B3-D5-1F-30-00-00-07")
_ESME, _GSME, _PPMID = (Eui64.parse(f"00-DB-12-34-56-78-90-{last}") for last in ("A0", "A1", "A4"))
#: Hashes of link keys, as the reference hub tells them, and its network.
_HASHES = {
    _ESME: bytes.fromhex("83fed3407a939723a5c639b26916d506"),
    _GSME: bytes.fromhex("83fed3407a939723a5c639b26916d505"),
}
_PAN = bytes(range(8))


@pytest.fixture(scope="module")
def rig(reference: Path) -> Rig:
    authority = TestAuthority.create(NOW, random.Random(9))
    parties = {**PARTIES, RemotePartyRole.WAN_PROVIDER: _WAN_PROVIDER}
    ours = make_estate(authority, devices=[HUB], parties=parties)
    return Rig(authority, ours, open_keystore(reference / "rtds/keystore"))


def make_hub(keystore: Keystore) -> Chf:
    """A hub in the state that the reference hub must have been in."""
    store = Store()
    store["extended PAN id"] = _PAN
    anchors = TrustAnchors.from_keystore(keystore, HUB, DeviceType.CHF)
    # What it logs is in the ranges that the reference commands ask for.
    hub = Chf(anchors, now=NOW - timedelta(hours=20), store=store, dual_band=True)
    assert hub.sub_ghz
    hub.han.logs.put(Entry(_PPMID, link_key=bytes(16)))
    hub.han.logs.remove(_PPMID)
    hub.han.logs.replace_all([Entry(device, restored_hash=each) for device, each in _HASHES.items()])
    for log in (hub.event_log, hub.security_log):
        log.append(0x8154, **({"other_information": b""} if log is hub.event_log else {}))
    hub.sub_ghz.change_channel(28, 0)
    hub.advance(NOW)
    return hub


def sub_ghz(hub: Chf) -> SubGhz:
    assert hub.sub_ghz
    return hub.sub_ghz


def restore(hub: Chf) -> None:
    """CCS03, by its method."""
    devices = [{"mac_address": bytes(device), "hashed_tc_link_key": each} for device, each in _HASHES.items()]
    hub.cosem.execute(
        USE_CASES["CCS03"].form().accesses,  # type: ignore[attr-defined]
        Payload((Item("device_log_restore_PAN", {"extended_pan_id": _PAN, "devices_to_restore": devices}),)),
    )


def fill(hub: Chf) -> None:
    """One device more than there is room for at sub-GHz."""
    sub_ghz(hub).capacity = 0
    sub_ghz(hub).operate(_GSME)
    with pytest.raises(JoiningClosed):
        hub.han.credentials(_GSME, NOW)


#: A command that a suspended device does not get.
_DISCARDED = Message(Cra.COMMAND, 1000, SUPPLIER, _ESME, 0x0059, b"")
#: Reference alert, and what makes ours.
ALERTS: dict[str, Callable[[Chf], object]] = {
    "NA_CS14/CS14_NA_8F12": restore,
    "NA_CCS08/CCS08_NA_NA": lambda hub: hub.distribution.report(_PPMID, b"\x01\x23\xab\xcd", Transfer.SUCCESS),
    "NA_DBCH06/DBCH06_NA_8F20": lambda hub: sub_ghz(hub).set_duty_cycle(150, _GSME),
    "NA_DBCH07/DBCH07_NA_8F26": lambda hub: sub_ghz(hub).change_channel(28, 0),
    "NA_DBCH08/DBCH08_NA_8F28": lambda hub: sub_ghz(hub).scan(),
    "NA_DBCH10/DBCH10_NA_8F2C": lambda hub: sub_ghz(hub).discard(_DISCARDED),
    "NA_DBCH11/DBCH11_NA_8F2D": fill,
}


def test_every_command_to_the_hub_gets_a_response_like_the_reference(
    reference: Path, rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    found: dict[str, list[str]] = {}
    for name, path, response_path in exchanges(reference):
        if Message.decode(read_octets(path.read_bytes())).recipient != HUB:
            continue
        command = rig.read(path)
        expected = rig.read(response_path, command)
        hub = make_hub(rig.ours)
        break_like(hub, expected)
        octets = rig.made_over(command)
        sent = hub.receive(octets, NOW)
        if not sent:
            found[name] = [f"no response: {[hex(entry.code) for entry in hub.security_log]}"]
            continue
        got = decode(sent[0], rig.ours, command=decode(octets, rig.ours))
        assert got.category
        protection.verify(got.message, got.category, rig.ours)
        found[name] = [*differences(got, expected), *data_differences(got, expected)]
    wrong = {name: each for name, each in found.items() if each}
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(found) - len(wrong)} of {len(found)} commands to the Communications Hub are answered like the "
            "reference\n"
        )
    assert found
    assert not wrong


def data_differences(got: Decoded, expected: Decoded) -> list[str]:
    """Where data that the response carries are made of something else."""
    assert expected.use_case
    if not isinstance(expected.use_case.payload, AccessList):
        return []
    assert got.payload
    assert expected.payload
    pairs = zip(got.payload.items_in_order, expected.payload.items_in_order, strict=True)
    return [f"{mine.name}: {shape(mine.value)}" for mine, wanted in pairs if shape(mine.value) != shape(wanted.value)]


@pytest.mark.parametrize("name", ALERTS)
def test_the_hubs_alerts_have_the_reference_content(reference: Path, rig: Rig, name: str) -> None:
    path = reference / f"rtds/messages/{name}_ALERT_GBCS.HEX"
    expected = Message.decode(read_octets(path.read_bytes()))
    hub = make_hub(rig.ours)
    hub.store["originator counter"] = (expected.originator_counter - 1).to_bytes(8, "big")
    ALERTS[name](hub)
    alert = Message.decode(hub.advance(NOW)[0])
    assert header(alert) == header(expected)
    assert alert.content == expected.content


def test_a_new_configuration_is_told_as_the_reference_hub_does(reference: Path, rig: Rig) -> None:
    folder = reference / "rtds/messages/6.28_DBCH04"
    expected = Message.decode(read_octets((folder / "DBCH04_6.28_NA_SUCCESS_ALERT_DBCH09_GBCS.HEX").read_bytes()))
    hub = make_hub(rig.ours)
    hub.store["originator counter"] = (expected.originator_counter - 1).to_bytes(8, "big")
    command = rig.read(folder / "DBCH04_6.28_SUCCESS_COMMAND_GBCS.HEX")
    _, octets = hub.receive(rig.made_over(command), NOW)
    alert = Message.decode(octets)
    assert header(alert) == header(expected)
    assert alert.content == expected.content
