"""The hub's functions beside its device log: identity, logs, firmware, credentials, time, sub-GHz, delivery."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from devices.emulator import Premises
from devices.errors import JoiningClosed, NotInDeviceLog
from devices.han.install_code import aes_mmo, default_install_code
from devices.hub.distribution import Transfer
from devices.hub.sub_ghz import channel_bits
from gbcs.cosem import objects as o
from gbcs.decoding import Decoded, decode
from gbcs.message import Cra, Message
from gbcs.roles import KeyUse, RemotePartyRole
from gbcs.usecases.catalogue import USE_CASES
from smki.authority import PARTIES, TestAuthority
from smki.keystore import Keystore
from tests.devices.hub_rig import OTHERS, HubRig, device_log, results
from tests.devices.rig import BROKER, HUB, METER, NOW, STRANGER, SUPPLIER, Rig, codes, command

EVER = {"start": 0, "end": 0xFFFFFFFF}
IMAGE = b"manufacturer's image"
WAN_PROVIDER = PARTIES[RemotePartyRole.WAN_PROVIDER]


@pytest.fixture
def hub(keystore: Keystore) -> HubRig:
    return HubRig(keystore, model=b"ATGTypeY", manufacturer=b"CSW ")


@pytest.fixture
def dual(keystore: Keystore) -> HubRig:
    return HubRig(keystore, dual_band=True, sub_ghz_capacity=1)


def value(answer: Decoded, name: str) -> Any:
    assert answer.payload
    return answer.payload[name]


def test_a_meter_is_installed_and_commissioned(keystore: Keystore) -> None:
    rig = Rig(keystore, whitelisted=False)
    with pytest.raises(NotInDeviceLog):
        rig.premises.join()
    registered = command(
        keystore,
        "CCS01",
        by=BROKER,
        to=HUB,
        device_log_register_device={
            "ieee_address": bytes(METER),
            "key_type": 1,
            "key": default_install_code(METER).octets,
            "device_type": 0,
        },
        device_log_join_timeout=90,
    )
    answer, whitelisted = rig.send(registered)
    assert results(answer) == [0, 0, 0]
    (joined,) = (decode(octets, keystore) for octets in rig.premises.join())
    key = rig.premises.hub.chf.han.logs.find(METER)
    assert key
    assert [device_log(alert) for alert in (whitelisted, joined)] == [[(METER, b"")], [(METER, aes_mmo(key.link_key))]]
    set_time = {
        "preset_time": "never",
        "validity_interval_start": (NOW - timedelta(seconds=50)).isoformat(),
        "validity_interval_end": (NOW + timedelta(seconds=10)).isoformat(),
    }
    assert value(rig.ask("ECS70", time_preset_adjusting_time=set_time), "time_status") == 0
    assert value(rig.ask("ECS52"), "firmware_version") == b"\0\0\0\1"
    assert value(rig.ask("ECS26m"), "meter_variant") == b"A"
    assert [entry.code for entry in rig.premises.hub.chf.security_log] == [0x8F3E, 0x8F12, 0x8F12]
    assert 0x8183 in [entry.code for entry in rig.premises.esme.event_log]


def test_identity_and_version(hub: HubRig) -> None:
    identity, version = hub.ask("ECS26n")[0], hub.ask("ECS52")[0]
    assert (value(identity, "model_type"), value(identity, "manufacturer_identifier")) == (b"ATGTypeY", b"CSW ")
    assert value(version, "firmware_version") == b"\0\0\0\1"
    assert value(hub.ask("ECS26i")[0], "entity_identifier") == HUB


def test_the_broker_reads_both_logs(hub: HubRig) -> None:
    hub.register(METER)
    events = value(hub.ask("ECS35c", event_log_buffer=EVER)[0], "event_log_buffer")
    security = value(hub.ask("ECS35d", security_log_buffer=EVER)[0], "security_log_buffer")
    assert [(entry["log_code"], entry["other_information"]) for entry in events] == [(0x8154, b"\0\1")]
    assert [entry["log_code"] for entry in security] == [0x8F12]


# Firmware.


def test_the_broker_activates_the_hubs_firmware_and_nobody_else(hub: HubRig, keystore: Keystore) -> None:
    digest = hashlib.sha256(IMAGE).digest()
    hub.chf.firmware.distribute(IMAGE, b"\0\0\0\2")
    assert hub.security_codes == [0x8F72]
    activate = {"manufacturer_image_hash": digest, "originator_counter": 1}
    refused = USE_CASES["CS06"].command(SUPPLIER, HUB, 1, **activate)
    assert codes(hub.send(refused, "CS06")) == ["GCA-DLMS"]
    message = USE_CASES["CS06"].command(BROKER, HUB, 2, **activate)
    answer = hub.send(message, "CS06")[0]
    assert value(answer, "execution_outcome") == {"response_code": 0, "firmware_version": b"\0\0\0\2"}
    assert value(hub.ask("ECS52")[0], "firmware_version") == b"\0\0\0\2"
    assert hub.security_codes[-1] == 0x8F43


@pytest.mark.parametrize(
    ("device", "fits", "reachable", "outcome"),
    [
        (METER, True, True, Transfer.SUCCESS),
        (STRANGER, True, True, Transfer.IMAGE_DISCARDED),
        (METER, False, True, Transfer.HARDWARE_VERSION_MISMATCH),
        (METER, True, False, Transfer.FILE_TRANSFER_FAILURE),
    ],
)
def test_the_broker_learns_how_an_image_came_to_a_device(
    hub: HubRig, device: Any, fits: bool, reachable: bool, outcome: Transfer
) -> None:
    hub.register(METER)
    given: list[str] = []
    give = (lambda: given.append("image")) if reachable else None
    assert hub.chf.distribution.transfer(device, b"\1\2\3\4", give, hardware_fits=fits) is outcome
    assert given == (["image"] if outcome is Transfer.SUCCESS else [])
    (alert,) = hub.alerts()
    assert codes([alert]) == ["CCS08"]
    assert alert.message.recipient == BROKER
    code = 0x8F8A if outcome is Transfer.SUCCESS else 0x8F89
    assert (value(alert, "alert_code"), value(alert, "response_code")) == (code, outcome)
    assert (value(alert, "device_identifier"), value(alert, "firmware_version")) == (device, b"\1\2\3\4")


def test_an_image_reaches_the_meter_through_the_hub(rig: Rig) -> None:
    meter = rig.premises.esme
    chf = rig.premises.hub.chf
    chf.distribution.transfer(METER, b"\0\0\0\2", lambda: meter.firmware.distribute(IMAGE, b"\0\0\0\2"))
    sent = [Message.decode(octets) for octets in rig.premises.advance(timedelta(0))]
    assert {(message.originator, message.message_code) for message in sent} == {(HUB, 0x0128), (METER, 0x00CE)}


# Credentials.


def test_the_hub_tells_whose_credentials_it_holds(hub: HubRig) -> None:
    asked = USE_CASES["CS02a"].command(
        BROKER,
        HUB,
        1,
        authorising_remote_party_ta_cell_identifier={"remote_party_role": 4, "key_usage": ["keyAgreement"]},
        remote_party_roles_credentials_required=[2, 4, 6],
    )
    details = value(hub.send(asked, "CS02a")[0], "remote_party_details")
    assert [(each["remote_party_role"], each["status_code"]) for each in details] == [(2, 25), (4, 0), (6, 0)]
    cells = [[cell["key_usage"] for cell in each.get("trust_anchor_cells_details", ())] for each in details]
    assert cells == [[], [["digitalSignature"], ["keyAgreement"]], [["digitalSignature"]]]


@pytest.mark.parametrize(
    ("mode", "party", "role"),
    [(4, BROKER, RemotePartyRole.ACCESS_CONTROL_BROKER), (5, WAN_PROVIDER, RemotePartyRole.WAN_PROVIDER)],
)
def test_the_broker_and_the_wan_provider_replace_their_own(
    hub: HubRig, authority: TestAuthority, mode: int, party: Any, role: RemotePartyRole
) -> None:
    certificate = authority.issue_organisation(party, role, KeyUse.DS).certificate
    cell = {"remote_party_role": role.value, "key_usage": ["digitalSignature"]}
    message = USE_CASES["CS02b"].command(
        party,
        HUB,
        9,
        message_code=0x0100 + mode,
        authorising_remote_party_control={
            "credentials_replacement_mode": mode,
            "authorising_remote_party_ta_cell_identifier": cell,
            "authorising_remote_party_seq_number": 9,
        },
        replacements=[{"replacement_certificate": certificate.der, "target_trust_anchor_cell": cell}],
        certification_path_certificates=[authority.organisation_ca.certificate.der],
    )
    category = USE_CASES["CS02b"].category_of(message.message_code)
    (answer,) = hub.send(message, "CS02b", category)
    (outcome,) = value(answer, "execution_outcome")["replacement_outcomes"]
    assert outcome["status_code"] == 0
    assert outcome["replacing_subject_key_identifier"] == certificate.subject_key_identifier


def test_the_broker_asks_for_the_hubs_own_certificate(hub: HubRig, keystore: Keystore) -> None:
    asked = USE_CASES["CS02e"].command(BROKER, HUB, 1, key_usage=["keyAgreement"])
    (answer,) = hub.send(asked, "CS02e")
    assert value(answer, "certificate") == keystore.find(HUB, KeyUse.KA).certificate.der


# Time.


def test_the_hub_serves_the_time_of_the_wan_and_none_without_it(rig: Rig) -> None:
    wan = rig.premises.hub.chf.wan
    valid = {
        "validity_interval_start": NOW.isoformat(),
        "validity_interval_end": (NOW + timedelta(minutes=1)).isoformat(),
    }
    for counter, (change, status) in enumerate(
        [(wan.lose_time, 2), (lambda: wan.set_time(timedelta(hours=1)), 2), (wan.set_time, 0)], 1
    ):
        change()
        answer = rig.ask("ECS70", counter, time_preset_adjusting_time={"preset_time": "never", **valid})
        assert value(answer, "time_status") == status
    assert rig.premises.hub.chf.han_time(NOW) == NOW


def test_what_waits_for_its_time_waits_for_the_wan(hub: HubRig) -> None:
    hub.chf.wan.lose_time()
    assert not hub.chf.time_is_reliable
    hub.chf.wan.set_time(timedelta(days=1))
    assert hub.chf.time == NOW + timedelta(days=1)
    hub.alerts()
    hub.kill()
    assert hub.chf.time == NOW + timedelta(days=1)


def test_the_meter_logs_that_it_joined_and_its_hub(rig: Rig) -> None:
    premises = rig.premises
    assert [entry.code for entry in premises.esme.event_log] == [0x8183, 0x81A2]
    premises.leave()
    premises.join()
    assert [entry.code for entry in premises.esme.event_log] == [0x8183, 0x81A2, 0x81A3, 0x81A2]
    assert premises.hub.chf.wan.is_connected


# What cannot be delivered.


def test_a_removed_meter_is_cut_off(rig: Rig, keystore: Keystore) -> None:
    rig.premises.leave()
    assert rig.send(command(keystore, "ECS52")) == [], "held"
    answers = rig.send(command(keystore, "CCS02", by=BROKER, to=HUB, device_log_unregister_device=bytes(METER)))
    assert codes(answers) == ["CCS02", "CS14", "FTDRPM"]
    assert value(answers[2], "undelivered_message") == {
        "originator_id": SUPPLIER,
        "target_id": METER,
        "cra_flag": Cra.COMMAND.value,
        "originator_counter": 1,
    }
    assert value(answers[2], "alert_code") == 0x8F84
    assert rig.send(command(keystore, "ECS52", 2)) == []


def test_a_connected_meter_is_cut_off_too(keystore: Keystore) -> None:
    premises = Premises(keystore, hub=HUB, esme=METER, now=NOW)
    expelled: list[object] = []
    premises.hub.on_expelled = expelled.append
    premises.send(command(keystore, "CCS02", by=BROKER, to=HUB, device_log_unregister_device=bytes(METER)))
    assert expelled == [premises.esme]
    assert premises.send(command(keystore, "ECS52")) == []
    assert premises.hub.from_han(METER, Message(Cra.ALERT, 1, METER, SUPPLIER, 0x1000, b"").encode()) == []


# Sub-GHz.


def settings(dual: HubRig, **changes: Any) -> dict[str, Any]:
    return {**dual.chf.cosem.get(o.SUB_GHZ_CONFIGURATION_SETTINGS, "value"), **changes}


def test_a_hub_of_one_band_does_not_know_sub_ghz(hub: HubRig) -> None:
    (answer,) = hub.ask("DBCH01")
    assert codes([answer]) == ["ECS100"]
    assert value(answer, "alert_code") == 0x8F85
    assert hub.chf.sub_ghz is None


def test_the_configuration_is_read_and_set(dual: HubRig) -> None:
    new = settings(dual, channel_changes_per_week=5, gsme_curfew=9)
    answer, alert = dual.ask("DBCH04", sub_ghz_configuration_settings=new)
    assert results(answer) == [0]
    assert codes([alert]) == ["DBCH09"]
    assert (value(alert, "alert_code"), value(alert, "sub_ghz_configuration")) == (0x8F2A, new)
    dual.kill()
    assert value(dual.ask("DBCH03")[0], "sub_ghz_configuration_settings") == new


def test_a_scan_finds_a_better_channel_and_only_so_often(dual: HubRig) -> None:
    assert dual.chf.sub_ghz
    sent = []
    for channel in (3, 3, 4, 5):
        dual.chf.sub_ghz.quietest = (30, channel)
        sent.append(codes(dual.ask("DBCH05")))
        dual.wait(60)
    assert sent == [["DBCH05", "DBCH08", "DBCH07"], ["DBCH05", "DBCH08"], ["DBCH05", "DBCH08", "DBCH07"],
                    ["DBCH05", "DBCH08"]]  # fmt: skip
    assert value(dual.ask("DBCH01")[0], "operating_sub_ghz_channel") == channel_bits(30, 4)
    assert [code for code in dual.event_codes if code != 0x8154] == [
        *(0x8F28, 0x8F27), *(0x8F28, 0x8F27, 0x8F2B), *(0x8F28, 0x8F27), 0x8F28
    ]  # fmt: skip
    log = value(dual.ask("DBCH02", sub_ghz_channel_log_buffer=EVER)[0], "sub_ghz_channel_log_buffer")
    assert [entry["other_information"].hex() for entry in log] == ["f0000008090100", "f0000010090100"]
    dual.wait(8 * 86400)
    assert codes(dual.ask("DBCH05")) == ["DBCH05", "DBCH08", "DBCH07"], "a week later it may again"


def test_a_device_is_silent_while_the_duty_cycle_is_high(dual: HubRig, keystore: Keystore) -> None:
    sub_ghz = dual.chf.sub_ghz
    assert sub_ghz
    for level in (100, 130, 150, 250, 150, 100):
        sub_ghz.set_duty_cycle(level, METER)
    assert [(codes([alert]), value(alert, "device")) for alert in dual.alerts()] == [
        (["DBCH06"], bytes(METER)),
        (["DBCH06"], bytes(METER)),
    ]
    events = value(dual.ask("ECS35c", event_log_buffer=EVER)[0], "event_log_buffer")
    assert [(entry["log_code"], entry["other_information"]) for entry in events] == [
        *((0x8F20, bytes(METER)), (0x8F20, bytes(METER)), (0x8F22, b"")),
        *((0x8F23, b""), (0x8F21, b"")),
    ]
    assert not sub_ghz.is_suspended(METER)
    premises = Premises(keystore, hub=HUB, esme=METER, now=NOW, dual_band=True)
    assert premises.hub.chf.sub_ghz
    premises.hub.chf.sub_ghz.set_duty_cycle(150, METER)
    (_, discarded) = (Message.decode(octets) for octets in premises.send(command(keystore, "ECS52")))
    assert discarded.message_code == 0x0114
    premises.hub.chf.sub_ghz.set_duty_cycle(0)
    (answer,) = premises.send(command(keystore, "ECS52", 2))
    assert Message.decode(answer).message_code == 0x0059


def test_there_is_room_for_so_many_devices_at_sub_ghz(dual: HubRig) -> None:
    assert dual.chf.sub_ghz
    for device in OTHERS[:3]:
        dual.register(device)
    for device in OTHERS[:2]:
        dual.chf.sub_ghz.operate(device)
    dual.associate(OTHERS[0])
    for _ in range(2):
        with pytest.raises(JoiningClosed):
            dual.associate(OTHERS[1])
    assert codes(dual.alerts()) == ["CS14", "DBCH11"]
    assert dual.associate(OTHERS[2]).device, "at the other band"
    assert dual.associate(OTHERS[0]).device, "it is in already"


@pytest.mark.parametrize(("page", "channel"), [(27, 0), (32, 0), (28, 27), (28, -1)])
def test_there_is_no_such_channel(page: int, channel: int) -> None:
    with pytest.raises(ValueError, match="pages are 28 to 31"):
        channel_bits(page, channel)


# State.


def test_a_snapshot_makes_the_same_hub_again(dual: HubRig, keystore: Keystore) -> None:
    assert dual.chf.sub_ghz
    dual.register(METER)
    dual.associate(METER)
    dual.chf.sub_ghz.change_channel(31, 26)
    dual.chf.sub_ghz.set_duty_cycle(150, METER)
    again = HubRig(keystore, dual.chf.snapshot(), dual_band=True)
    assert again.chf.sub_ghz
    assert again.chf.sub_ghz.channel == (31, 26)
    assert again.chf.sub_ghz.is_suspended(METER)
    assert again.chf.han.links[METER] == dual.chf.han.links[METER]
    assert list(again.chf.han.logs) == list(dual.chf.han.logs)
    assert again.chf.snapshot() == dual.chf.snapshot()
