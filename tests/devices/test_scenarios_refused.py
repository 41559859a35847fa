"""Scenarios of commands by way of the broker, replayed, corrupted, or meant for other devices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from devices.electricity.esme import Esme
from devices.electricity.sapc import Sapc
from devices.electricity.supply import SupplyState
from devices.settings import Settings, VariantRefusal
from devices.trust_anchors import TrustAnchors
from gbcs.cosem import objects as o
from gbcs.cosem.date_time import CosemDateTime
from gbcs.decoding import Decoded, decode
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.message import Supplementary
from gbcs.roles import KeyUse, RemotePartyRole
from smki.authority import Issued, TestAuthority
from smki.keystore import Keystore
from tests.devices.rig import (
    BROKER,
    METER,
    NOW,
    STRANGER,
    SUPPLIER,
    Lone,
    Rig,
    codes,
    command,
    items,
    joint,
)
from tests.devices.story import NOON, alert_codes, cosem, results, set_clock, until

_R = RemotePartyRole
GAINING = Eui64.parse("00-00-5E-EF-30-00-00-07")


@pytest.fixture
def sapc(keystore: Keystore) -> Lone:
    return Lone(keystore, Sapc(TrustAnchors.from_keystore(keystore, METER, DeviceType.SAPC), now=NOW))


# 20: a party that the meter does not know reads by way of the broker.


@pytest.fixture
def reader(authority: TestAuthority) -> Issued:
    return authority.issue_organisation(GAINING, _R.SUPPLIER, KeyUse.KA)


def test_an_unknown_party_reads_what_only_it_can_decrypt(keystore: Keystore, reader: Issued) -> None:
    rig = Rig(keystore)
    set_clock(rig)
    until(rig, NOON + timedelta(days=1))
    everything = {"start": CosemDateTime.NOW, "end": CosemDateTime.NEVER}
    extra = Supplementary(GAINING, 1004, certificate=reader.certificate.der)
    octets = command(keystore, "ECS21b", 3, by=BROKER, supplementary=extra, prepayment_daily_read_log_buffer=everything)
    before = rig.premises.esme.next_counter()
    rig.keystore = joint(keystore, [reader])
    (answer,) = rig.send(octets)
    assert answer.message.recipient == BROKER
    assert (answer.message.signature, answer.message.mac is not None) == (b"", True)
    assert answer.message.supplementary == Supplementary(GAINING, 1004, before + 1)
    ((entries, result),) = items(answer)
    assert result == 0
    assert entries == cosem(rig).log(o.PREPAYMENT_DAILY_READ_LOG).read()
    # The broker, which passes it on, cannot read it.
    assert items(decode(answer.message.encode(), keystore, command=None, signatures=False)) == [(None, 0)]


def test_without_its_certificate_an_unknown_party_gets_no_encrypted_read(keystore: Keystore) -> None:
    rig = Rig(keystore)
    everything = {"start": CosemDateTime.NOW, "end": CosemDateTime.NEVER}
    octets = command(
        keystore,
        "ECS21b",
        1,
        by=BROKER,
        supplementary=Supplementary(GAINING, 1004),
        prepayment_daily_read_log_buffer=everything,
    )
    assert rig.send(octets) == []
    assert rig.security_codes == [0x8F1E]


def test_what_is_not_for_unknown_parties_the_broker_does_not_get(rig: Rig) -> None:
    octets = command(rig.keystore, "ECS17b", 1, by=BROKER, supplementary=Supplementary(GAINING, 1004))
    assert alert_codes(rig.send(octets)) == [0x8F30]


# 21: replays.


def test_a_replayed_command_does_nothing_however_long_after(keystore: Keystore) -> None:
    rig = Rig(keystore)
    esme = rig.premises.esme
    cosem(rig).set(o.SUPPLY_STATE, "control_state", SupplyState.ARMED)
    assert results(rig.ask("ECS42", 7)) == [0]
    cosem(rig).set(o.SUPPLY_STATE, "control_state", SupplyState.DISABLED)
    for counter in (7, 6):
        assert rig.send(command(keystore, "ECS42", counter)) == []
    assert rig.security_codes == [0x8F53] * 2
    assert esme.supply.state is SupplyState.DISABLED
    # After a power cut it is a replay still.
    esme.world.interrupt()
    rig.premises.advance(timedelta(minutes=5))
    esme.world.restore()
    rig.premises.advance(timedelta(seconds=1))
    assert rig.send(command(keystore, "ECS42", 7)) == []
    again = Esme(TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME), now=rig.premises.now, store=esme.store)
    assert again.receive(command(keystore, "ECS42", 7), rig.premises.now) == []
    # Reads and labels may come again; a command with a new counter is taken.
    for _ in range(2):
        assert results(rig.ask("ECS52", 7)) == [0]
        assert results(rig.ask("ECS46a", 7, auxiliary_controller_1_description="Heater")) == [0]
    assert results(rig.ask("ECS42", 8)) == [0]
    assert esme.supply.state is SupplyState.ENABLED


# 22: what is corrupted on its way.


def flipped(at: int) -> Callable[[bytes], bytes]:
    """One bit changed, at an offset from the front or, if negative, from the end."""

    def flip(octets: bytes) -> bytes:
        changed = bytearray(octets)
        changed[at] ^= 1
        return bytes(changed)

    return flip


#: Where a critical command has what: 14 octets of MAC header and length, then the grouping header.
_START = 13


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        pytest.param(flipped(-1), 0x8F3D, id="MAC"),
        pytest.param(flipped(-20), 0x8F3D, id="signature"),
        pytest.param(flipped(-80), 0x8F3D, id="payload"),
        pytest.param(flipped(_START + 11), 0x8F3D, id="counter"),
        pytest.param(flipped(_START + 20), 0x8F30, id="originator"),
        pytest.param(flipped(_START + 29), None, id="recipient"),
        pytest.param(flipped(_START + 33), 0x8F3D, id="message code of another use case"),
        pytest.param(lambda octets: octets[:-1], None, id="cut short"),
        pytest.param(lambda octets: octets[:20], None, id="the beginning alone"),
    ],
)
def test_a_corrupted_command_does_nothing_and_the_good_one_is_taken_after_it(
    keystore: Keystore, spoil: Callable[[bytes], bytes], code: int | None
) -> None:
    rig = Rig(keystore)
    cosem(rig).set(o.SUPPLY_STATE, "control_state", SupplyState.DISABLED)
    good = command(keystore, "ECS42", 4)
    sent = rig.premises.esme.receive(spoil(good), NOW)
    assert rig.security_codes == ([] if code is None else [code])
    assert [alert.payload["alert_code"] for alert in map(decode, sent) if alert.payload] == rig.security_codes
    assert rig.premises.esme.supply.state is SupplyState.DISABLED
    assert results(rig.send(good)[0]) == [0]


def test_a_hub_delivers_nothing_for_devices_that_are_not_its_own(rig: Rig) -> None:
    before = list(rig.premises.hub.chf.security_log)
    assert rig.send(command(rig.keystore, "ECS52", to=STRANGER)) == []
    assert rig.security_codes == []
    assert list(rig.premises.hub.chf.security_log) == before


# 27: use cases of other devices.


def refused_command(alert: Decoded) -> tuple[int, int]:
    assert codes([alert]) == ["ECS100"]
    assert alert_codes([alert]) == [0x8F85]
    assert (bool(alert.message.signature), alert.message.mac) == (True, None)
    assert alert.payload
    return alert.payload["command"]["message_code"], alert.payload["command"]["originator_counter"]


def test_a_sapc_tells_who_asked_that_it_is_no_meter(sapc: Lone) -> None:
    (alert,) = sapc.send(command(sapc.keystore, "ECS17b", 0x1234))
    assert refused_command(alert) == (0x0027, 0x1234)
    assert (alert.message.recipient, alert.message.supplementary) == (SUPPLIER, None)
    extra = Supplementary(GAINING, 1004)
    octets = command(sapc.keystore, "ECS17a", 6, by=BROKER, supplementary=extra)
    (alert,) = sapc.send(octets)
    assert refused_command(alert) == (0x0026, 6)
    assert (alert.message.recipient, alert.message.supplementary) == (BROKER, extra)


@pytest.mark.parametrize("refusal", VariantRefusal)
def test_a_meter_of_one_element_has_no_tariff_for_a_second(keystore: Keystore, refusal: VariantRefusal) -> None:
    rig = Rig(keystore, settings=Settings(variant_refusal=refusal))
    octets = command(keystore, "ECS24b", 2)
    (answer,) = rig.send(octets)
    if refusal is VariantRefusal.ALERT:
        assert refused_command(answer) == (0x00BD, 2)
    else:
        assert results(answer) == [4, *[250] * 6]
