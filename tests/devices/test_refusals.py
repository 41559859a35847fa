"""Commands that must not be executed: what the device sends, and what its security log says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.electricity.esme import Esme
from devices.electricity.supply import SupplyState
from devices.settings import ReplayScope, Settings
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.cosem import objects as o
from gbcs.cosem.date_time import CosemDateTime
from gbcs.decoding import decode
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.message import Cra, Message, Supplementary
from gbcs.roles import KeyUse, RemotePartyRole
from gbcs.security import protection
from gbcs.security.ecc import SoftwareSigner
from gbcs.security.protection import Status
from gbcs.usecases.catalogue import USE_CASES
from smki.keystore import Keystore
from tests.devices.rig import (
    BROKER,
    HUB,
    LOAD_CONTROLLER,
    METER,
    NETWORK_OPERATOR,
    NOW,
    STRANGER,
    SUPPLIER,
    Rig,
    codes,
    command,
    items,
    protected,
)

NOT_AUTHORISED, NOT_AUTHENTIC, REPLAYED, MALFORMED, UNUSUAL = 0x8F30, 0x8F3D, 0x8F53, 0x8F1E, 0x8F60


@pytest.fixture
def rig(keystore: Keystore) -> Iterator[Rig]:
    """A meter whose supply is disabled, and is so still when the test ends."""
    rig = Rig(keystore)
    rig.premises.esme.cosem.set(o.SUPPLY_STATE, "control_state", SupplyState.DISABLED)
    yield rig
    assert rig.premises.esme.supply.state is SupplyState.DISABLED
    assert rig.premises.esme.cosem.get(o.SUPPLIER_MESSAGE, "value") == ""


def refused(rig: Rig, octets: bytes, code: int) -> None:
    """The command gets a critical alert to the supplier instead of a response, and an entry in the security log."""
    (alert,) = rig.send(octets)
    assert codes([alert]) == ["GCA-DLMS"]
    assert (alert.message.cra, alert.message.recipient) == (Cra.ALERT, SUPPLIER)
    assert alert.inspection.signature is Status.VALID
    assert alert.message.mac is None
    counter = alert.message.originator_counter.to_bytes(3, "big")
    body = bytes.fromhex("0f20") + counter + bytes.fromhex("00020212") + code.to_bytes(2, "big")
    assert alert.message.content == body + b"\x09\x0c" + CosemDateTime.of(NOW)
    assert rig.security_codes == [code]


def test_a_changed_mac(rig: Rig) -> None:
    octets = command(rig.keystore, "ECS10", supplier_message="Hello")
    refused(rig, octets[:-1] + bytes((octets[-1] ^ 1,)), NOT_AUTHENTIC)


def test_a_signature_by_somebody_else_under_a_good_mac(rig: Rig) -> None:
    bare = USE_CASES["ECS44"].command(SUPPLIER, METER, 1)
    forged = replace(bare, signature=rig.keystore.signer(NETWORK_OPERATOR).sign(bare.signed_octets()))
    refused(rig, protected(rig.keystore, forged, "ECS44"), NOT_AUTHENTIC)


def test_a_signature_by_the_suppliers_xml_signing_key(rig: Rig) -> None:
    key = rig.keystore.find(SUPPLIER, KeyUse.DS, role=RemotePartyRole.XML_SIGN).private_key
    assert key
    bare = USE_CASES["ECS44"].command(SUPPLIER, METER, 1)
    forged = replace(bare, signature=SoftwareSigner(key).sign(bare.signed_octets()))
    refused(rig, protected(rig.keystore, forged, "ECS44"), NOT_AUTHENTIC)


@pytest.mark.parametrize("use_case", ["ECS44", "ECS52"])
def test_a_command_without_any_protection(rig: Rig, use_case: str) -> None:
    refused(rig, USE_CASES[use_case].command(SUPPLIER, METER, 1).encode(), NOT_AUTHENTIC)


def test_a_critical_command_that_is_only_maced_or_only_signed(keystore: Keystore, rig: Rig) -> None:
    bare = USE_CASES["ECS44"].command(SUPPLIER, METER, 1)
    refused(rig, protected(keystore, bare, "ECS10"), NOT_AUTHENTIC)
    (alert,) = rig.send(protection.sign(bare, keystore).encode())
    assert codes([alert]) == ["GCA-DLMS"]


def test_an_originator_in_none_of_the_cells(rig: Rig) -> None:
    refused(rig, command(rig.keystore, "ECS52", by=LOAD_CONTROLLER), NOT_AUTHORISED)


@pytest.mark.parametrize(("use_case", "values"), [("ECS10", {"supplier_message": "Hello"}), ("ECS44", {})])
def test_a_role_that_may_not_send_the_use_case(rig: Rig, use_case: str, values: dict[str, Any]) -> None:
    refused(rig, command(rig.keystore, use_case, by=NETWORK_OPERATOR, **values), NOT_AUTHORISED)


def test_a_party_that_speaks_for_another_but_is_not_the_broker(rig: Rig) -> None:
    octets = command(rig.keystore, "ECS52", by=SUPPLIER, supplementary=Supplementary(NETWORK_OPERATOR, 1))
    refused(rig, octets, NOT_AUTHORISED)


def test_a_message_code_that_no_command_has(rig: Rig) -> None:
    alert_code = USE_CASES["ECS100"].message_codes[0]
    command_of_alert = Message(Cra.COMMAND, 1, SUPPLIER, METER, alert_code, b"\xd9", signature=b"")
    refused(rig, protected(rig.keystore, command_of_alert, "ECS10"), NOT_AUTHORISED)
    assert rig.send(protected(rig.keystore, replace(command_of_alert, message_code=0xFFFF), "ECS10")) == []


def test_a_replay_is_answered_by_silence(keystore: Keystore) -> None:
    rig = Rig(keystore)
    rig.ask("ECS44", 5)
    for counter in (5, 4):
        assert rig.send(command(keystore, "ECS44", counter)) == []
    assert rig.security_codes == [REPLAYED] * 2
    rig.ask("ECS44", 6)


def test_counters_of_an_originator_can_be_common_to_all_its_commands(keystore: Keystore) -> None:
    rig = Rig(keystore, settings=Settings(replay_scope=ReplayScope.ORIGINATOR))
    interval = {"validity_interval_start": NOW, "validity_interval_end": NOW + timedelta(1)}
    rig.ask("ECS70", 8, time_preset_adjusting_time=interval)
    assert rig.send(command(keystore, "ECS44", 7)) == []
    rig.ask("ECS52", 20)  # reads are not measured, and measure nothing
    rig.ask("ECS44", 9)


def test_a_forged_counter_does_not_block_the_real_sender(keystore: Keystore) -> None:
    rig = Rig(keystore)
    high = command(keystore, "ECS44", 1000)
    assert codes(rig.send(high[:-1] + bytes((high[-1] ^ 1,)))) == ["GCA-DLMS"]
    rig.ask("ECS44", 1)


def test_commands_that_should_not_come_are_told_of_once_there_are_many(keystore: Keystore) -> None:
    rig = Rig(keystore, settings=Settings(unusual_commands=5, unusual_commands_window=60))
    esme = rig.premises.esme
    rig.ask("ECS44", 9)
    replayed = command(keystore, "ECS44", 9)
    malformed = protected(keystore, USE_CASES["ECS44"].command(SUPPLIER, METER, 10).with_content(b"\xd9"), "ECS44")
    assert rig.send(replayed) == rig.send(malformed) == []
    assert esme.receive(command(keystore, "ECS52", to=STRANGER), rig.premises.now) == []
    assert esme.receive(b"noise", rig.premises.now) == []
    (alert,) = rig.send(replayed)
    assert (codes([alert]), alert.message.recipient) == (["GCA-DLMS"], SUPPLIER)
    assert alert.payload
    assert alert.payload["alert_code"] == UNUSUAL
    assert rig.security_codes == [REPLAYED, MALFORMED, REPLAYED, UNUSUAL]
    # Counting begins again, and what is long ago does not count.
    for _ in range(4):
        assert rig.send(replayed) == []
    rig.premises.advance(timedelta(seconds=61))
    assert rig.send(replayed) == []
    # A restart does not make them forgotten.
    store = Store()
    store.update(esme.snapshot())
    anchors = TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME)
    again = Esme(anchors, now=rig.premises.now, store=store, settings=esme.settings)
    sent = [again.receive(replayed, rig.premises.now) for _ in range(4)]
    assert list(map(len, sent)) == [0, 0, 0, 1]


def test_how_many_commands_are_unusual_is_a_setting(keystore: Keystore) -> None:
    rig = Rig(keystore, settings=Settings(unusual_commands=0))
    for _ in range(100):
        assert rig.premises.esme.receive(b"noise", NOW) == []
    assert rig.security_codes == []


def test_alerts_can_be_switched_off_and_the_log_stays(keystore: Keystore) -> None:
    rig = Rig(keystore, settings=Settings(refusal_alerts=False))
    assert rig.send(command(keystore, "ECS10", by=NETWORK_OPERATOR, supplier_message="Hello")) == []
    assert rig.security_codes == [NOT_AUTHORISED]


def test_the_hub_alerts_the_broker_for_it_has_no_supplier(rig: Rig) -> None:
    (alert,) = rig.send(command(rig.keystore, "ECS52", to=HUB, by=SUPPLIER))
    assert (alert.message.originator, alert.message.recipient) == (HUB, BROKER)


def test_counters_of_alerts_rise(rig: Rig) -> None:
    octets = command(rig.keystore, "ECS52", by=LOAD_CONTROLLER)
    assert [rig.send(octets)[0].message.originator_counter for _ in range(3)] == [1, 2, 3]


def test_the_security_log_keeps_the_newest_hundred(rig: Rig) -> None:
    octets = command(rig.keystore, "ECS52", by=LOAD_CONTROLLER)
    first = command(rig.keystore, "ECS10", supplier_message="first")
    rig.send(first[:-1] + bytes((first[-1] ^ 1,)))
    for _ in range(100):
        rig.send(octets)
    rig.premises.now += timedelta(seconds=7)
    rig.send(octets)
    entries = list(rig.premises.esme.security_log)
    assert {entry.code for entry in entries} == {NOT_AUTHORISED}
    assert len(entries) == 100
    assert entries[-1].time - entries[0].time == timedelta(seconds=7)


@pytest.mark.parametrize(
    "content", [b"", b"\xd9", b"\x01\x09\x00", USE_CASES["ECS44"].command(SUPPLIER, METER, 2).content]
)
def test_an_authentic_command_with_a_malformed_payload(rig: Rig, content: bytes) -> None:
    bare = USE_CASES["ECS44"].command(SUPPLIER, METER, 1).with_content(content)
    assert rig.send(protected(rig.keystore, bare, "ECS44")) == []
    assert rig.security_codes == [MALFORMED]


@pytest.mark.parametrize(
    ("originator", "extra"), [(SUPPLIER, None), (BROKER, Supplementary(NETWORK_OPERATOR, 12))], ids=["known", "unknown"]
)
def test_a_use_case_that_the_device_does_not_implement(
    rig: Rig, originator: Eui64, extra: Supplementary | None
) -> None:
    code = USE_CASES["GCS46"].message_codes[0]  # of gas devices
    bare = Message(Cra.COMMAND, 0x1234, originator, METER, code, b"\x01\x09", supplementary=extra)
    (alert,) = rig.send(protected(rig.keystore, bare, "GCS46"))
    assert codes([alert]) == ["ECS100"]
    assert alert.inspection.signature is Status.VALID
    assert (alert.message.recipient, alert.message.supplementary) == (originator, extra)
    assert alert.message.content[5:11] == bytes.fromhex("00 0203 12 8f85")
    assert alert.message.content[-12:] == bytes.fromhex("090a 0089 0000000000001234")
    assert rig.security_codes == []


def test_an_unauthentic_command_is_not_told_what_is_supported(rig: Rig) -> None:
    use_case = USE_CASES["GCS46"]
    bare = Message(Cra.COMMAND, 1, SUPPLIER, METER, use_case.message_codes[0], b"\x01\x09", signature=b"")
    octets = protected(rig.keystore, bare, "GCS46")
    refused(rig, octets[:-1] + bytes((octets[-1] ^ 1,)), NOT_AUTHENTIC)


def test_what_is_not_a_command_to_this_device(rig: Rig) -> None:
    esme = rig.premises.esme
    to_another = command(rig.keystore, "ECS52", to=STRANGER)
    assert esme.receive(to_another, NOW) == []
    response = rig.ask("ECS52").message.encode()
    assert esme.receive(response, NOW) == []
    own_command = Message(Cra.RESPONSE, 1, SUPPLIER, METER, 0x59, b"\xda", signature=b"")
    assert esme.receive(protected(rig.keystore, own_command, "ECS52"), NOW) == []
    assert rig.security_codes == []


@pytest.fixture(scope="module")
def commands(keystore: Keystore) -> list[bytes]:
    interval = {"validity_interval_start": NOW, "validity_interval_end": NOW + timedelta(1)}
    return [
        command(keystore, "ECS10", supplier_message="Hello"),
        command(keystore, "ECS44"),
        command(keystore, "ECS70", time_preset_adjusting_time=interval),
        command(keystore, "ECS17b"),
        command(keystore, "ECS17a", by=BROKER, supplementary=Supplementary(NETWORK_OPERATOR, 1)),
    ]


def state_of(esme: Esme) -> tuple[object, ...]:
    return (
        esme.supply.state,
        esme.cosem.get(o.SUPPLIER_MESSAGE, "value"),
        esme.cosem.get(o.TIME, "status"),
        [name for name in esme.store if name.startswith("replay")],
    )


@pytest.fixture(scope="module")
def esme(keystore: Keystore) -> Esme:
    anchors = TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME)
    quiet = Settings(unusual_commands=0)
    return Esme(anchors, now=NOW, supply_state=SupplyState.DISABLED, settings=quiet)


@settings(max_examples=400)
@given(data=st.data())
def test_a_command_with_one_changed_octet_is_never_executed(
    esme: Esme, commands: list[bytes], data: st.DataObject
) -> None:
    octets = bytearray(data.draw(st.sampled_from(commands)))
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at] ^= data.draw(st.integers(1, 255))
    before = state_of(esme)
    sent = esme.receive(bytes(octets), NOW)
    assert all(Message.decode(message).cra is Cra.ALERT for message in sent)
    assert state_of(esme) == before


@given(octets=st.binary(max_size=200))
def test_any_octets_give_nothing_and_raise_nothing(esme: Esme, octets: bytes) -> None:
    assert esme.receive(octets, NOW) == []


@given(data=st.data())
def test_a_command_that_is_cut_short_gives_nothing(esme: Esme, commands: list[bytes], data: st.DataObject) -> None:
    octets = data.draw(st.sampled_from(commands))
    assert esme.receive(octets[: data.draw(st.integers(0, len(octets) - 1))], NOW) == []


def test_the_commands_that_the_properties_change_are_good(keystore: Keystore, commands: list[bytes]) -> None:
    anchors = TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME)
    esme = Esme(anchors, now=NOW, supply_state=SupplyState.DISABLED)
    for octets in commands:
        (response,) = esme.receive(octets, NOW)
        assert {result for _, result in items(decode(response, keystore))} == {0}
