"""The hub's device logs, by command and by what joins: scenarios 1 and 23."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from devices.errors import AssociationRefused, DeviceLogFull, JoiningClosed, NotInDeviceLog, WrongCredentials
from devices.han.association import Authenticator, Supplicant
from devices.han.install_code import InstallCode, aes_mmo, default_install_code
from devices.hub.link_status import LinkStatus
from devices.settings import FormerKey, Refusal, Settings
from gbcs.cosem import objects as o
from gbcs.cosem.date_time import CosemDateTime
from smki.keystore import Keystore
from tests.devices.hub_rig import OTHERS, Committed, HubRig, device_log, results
from tests.devices.rig import HUB, METER, NOW, STRANGER, SUPPLIER

SUCCESS = [0, 0, 0]


@pytest.fixture
def hub(keystore: Keystore) -> HubRig:
    return HubRig(keystore)


def joined(hub: HubRig, *devices: object) -> None:
    """Registers devices and lets them join; what the hub says of it is not looked at."""
    for device in devices:
        assert isinstance(device, type(METER))
        hub.register(device)
        hub.associate(device)
    hub.alerts()


# Scenario 1: install and commission.


def test_a_device_is_whitelisted_and_joins_with_its_install_code(hub: HubRig) -> None:
    assert hub.register(METER) == [SUCCESS, [(METER, b"")]]
    assert hub.chf.han.joining
    assert hub.associate(METER).device == METER
    key_hash = aes_mmo(hub.link_key(METER))
    assert [device_log(alert) for alert in hub.alerts()] == [[(METER, key_hash)]]
    assert hub.security_codes == [0x8F12, 0x8F12]
    assert hub.event_codes == [0x8154]
    hub.associate(METER)
    assert hub.alerts() == [], "a device that comes back changes nothing"
    assert not hub.chf.han.joining


def test_the_broker_speaks_for_the_supplier_and_is_answered_so(hub: HubRig) -> None:
    answer = hub.ask("CCS06")[0]
    assert answer.message.supplementary
    assert answer.message.supplementary.party == SUPPLIER
    refused = hub.ask("CCS06", by=SUPPLIER)
    assert [alert.payload and alert.payload["alert_code"] for alert in refused] == [0x8F30]


def test_joining_ends_when_its_time_is_over(hub: HubRig) -> None:
    hub.register(METER, timeout=90)
    assert hub.chf.cosem.get(o.DEVICE_LOG, "enable_disable_joining") is True
    hub.wait(90)
    with pytest.raises(JoiningClosed):
        hub.associate(METER)
    hub.alerts()
    assert hub.chf.cosem.get(o.DEVICE_LOG, "enable_disable_joining") is False
    hub.register(METER, timeout=90)
    assert hub.associate(METER).device == METER, "the same command opens it again"


@pytest.mark.parametrize(
    ("device", "code", "refusal"),
    [(STRANGER, None, NotInDeviceLog), (METER, default_install_code(STRANGER), WrongCredentials)],
)
def test_who_does_not_belong_is_refused_and_logged(
    hub: HubRig, device: bytes, code: InstallCode | None, refusal: type[AssociationRefused]
) -> None:
    hub.register(METER)
    for _ in range(3):
        with pytest.raises(refusal):
            hub.associate(type(METER)(device), code)
    assert hub.security_codes == [0x8F12, 0x8F3E], "once, however often it tries"
    assert hub.alerts() == []
    assert [entry.link_key for entry in hub.chf.han.logs] == [b""]


def test_a_device_with_another_link_key_is_refused(hub: HubRig) -> None:
    joined(hub, METER)
    del hub.devices[METER]
    with pytest.raises(WrongCredentials):
        hub.associate(METER)
    assert hub.security_codes[-1] == 0x8F3E


@pytest.mark.parametrize("ends", ["hub", "device", "both"])
@pytest.mark.parametrize("step", range(7))
@pytest.mark.parametrize("late", [False, True], ids=["in time", "too late"])
def test_whoever_is_killed_while_a_device_joins_it_joins_afterwards(
    hub: HubRig, step: int, ends: str, late: bool
) -> None:
    hub.register(METER)
    kept = Committed({})
    hub.devices[METER] = Supplicant(METER, kept, default_install_code(METER))
    list(itertools.islice(hub.bodies(METER, Authenticator(hub.chf.han)), step))
    if ends != "device":
        hub.kill()
    if ends != "hub":
        hub.devices[METER] = Supplicant(METER, Committed(kept.left), default_install_code(METER))
    if late:
        hub.wait(1000)
    if late and step < 4:
        with pytest.raises(JoiningClosed):
            hub.associate(METER)
    else:
        assert hub.associate(METER).device == METER, "its install code has been proved in time"
        assert [each.link_key for each in hub.chf.han.logs] == [hub.link_key(METER)]


# Scenario 23: a device that is there already, install codes of a wrong length, devices that come back.


def test_a_known_device_keeps_its_link_key_and_its_install_code(hub: HubRig) -> None:
    joined(hub, METER)
    key = hub.link_key(METER)
    assert hub.register(METER, bytes(16)) == [SUCCESS]
    assert [(each.link_key, each.install_code) for each in hub.chf.han.logs] == [
        (key, default_install_code(METER).octets)
    ]
    assert hub.associate(METER).device == METER
    assert hub.register(METER, bytes(15)) == [SUCCESS], "not even looked at"


@pytest.mark.parametrize("length", [0, 6, 15, 17])
@pytest.mark.parametrize("refusal", [Refusal.TYPE_UNMATCHED, Refusal.OTHER_REASON])
def test_an_install_code_of_a_wrong_length_changes_nothing(keystore: Keystore, length: int, refusal: Refusal) -> None:
    hub = HubRig(keystore, settings=Settings(install_code_refusal=refusal))
    assert hub.register(METER, bytes(length)) == [[refusal, 250, 250]]
    assert not list(hub.chf.han.logs)
    assert not hub.chf.han.joining
    assert hub.security_codes == []
    assert hub.event_codes == [0x8155]


@pytest.mark.parametrize("length", [6, 8, 12, 16])
def test_short_install_codes_by_setting(keystore: Keystore, length: int) -> None:
    hub = HubRig(keystore, settings=Settings(short_install_codes=True))
    code = InstallCode(bytes(range(length)))
    assert hub.register(METER, code.octets) == [SUCCESS, [(METER, b"")]]
    assert hub.associate(METER, code).device == METER


def test_a_removed_device_is_historic(hub: HubRig) -> None:
    joined(hub, METER)
    key_hash = aes_mmo(hub.link_key(METER))
    assert hub.remove(METER) == [[0], []]
    with pytest.raises(NotInDeviceLog):
        hub.associate(METER)
    (answer,) = hub.ask("CCS07")
    assert answer.payload
    assert answer.payload["device_log_backup_PAN"]["devices_to_backup"] == []
    historic = answer.payload["historic_device_log_backup_PAN"]
    assert historic["devices_to_backup"] == [{"mac_address": bytes(METER), "hashed_tc_link_key": key_hash}]
    assert historic["extended_pan_id"] == HUB
    assert historic["date_time"] == CosemDateTime.of(NOW)


def test_a_device_that_never_joined_leaves_no_trace(hub: HubRig) -> None:
    hub.register(METER)
    assert hub.remove(METER) == [[0], []]
    assert hub.chf.han.logs.historic == ()
    assert hub.remove(METER) == [[250]]


@pytest.mark.parametrize("waits", [0, 44])
def test_a_historic_device_comes_back_by_its_old_link_key_in_the_first_half(hub: HubRig, waits: int) -> None:
    joined(hub, METER)
    key = hub.link_key(METER)
    hub.remove(METER)
    assert hub.register(METER) == [SUCCESS, [(METER, b"")]]
    hub.wait(waits)
    assert hub.associate(METER).device == METER
    assert hub.link_key(METER) == key
    assert [device_log(alert) for alert in hub.alerts()] == [[(METER, aes_mmo(key))]]


def test_a_historic_device_that_was_reset_joins_in_the_second_half(hub: HubRig) -> None:
    joined(hub, METER)
    key = hub.link_key(METER)
    hub.remove(METER)
    hub.register(METER)
    del hub.devices[METER]
    with pytest.raises(WrongCredentials):
        hub.associate(METER)
    hub.wait(45)
    assert hub.associate(METER).device == METER
    assert hub.link_key(METER) != key
    hub.remove(METER)
    assert [each.link_key for each in hub.chf.han.logs.historic] == [hub.link_key(METER)], "updated"


def test_an_earlier_hub_gives_each_the_whole_time(keystore: Keystore) -> None:
    hub = HubRig(keystore, settings=Settings(former_key=FormerKey.TURNS))
    joined(hub, METER)
    hub.remove(METER)
    hub.register(METER)
    hub.wait(89)
    known = [credential.kind.name for credential in hub.chf.han.credentials(METER, hub.now)]
    hub.wait(90)
    later = [credential.kind.name for credential in hub.chf.han.credentials(METER, hub.now)]
    assert (known, later) == (["LINK_KEY"], ["INSTALL_CODE"])
    with pytest.raises(JoiningClosed):
        hub.chf.han.credentials(METER, hub.now + timedelta(seconds=1))


def test_sixteen_devices_and_fifteen_historic_ones(hub: HubRig) -> None:
    joined(hub, *OTHERS[:16])
    assert hub.register(METER) == [[250, 250, 250]], "the log is full"
    answer = hub.ask("CCS06")[0]
    assert answer.payload
    assert len(answer.payload["device_log_active_devices"]) == 16
    logs = [hub.remove(device)[1] for device in OTHERS[:16]]
    assert [len(log) for log in logs] == list(range(15, -1, -1))
    assert [each.eui for each in hub.chf.han.logs.historic] == OTHERS[1:16], "the oldest is dropped"
    hub.kill()
    assert [each.eui for each in hub.chf.han.logs.historic] == OTHERS[1:16]


# CCS03: a hub in the place of another.


def test_a_log_is_restored_and_its_devices_come_back_with_new_keys(keystore: Keystore, hub: HubRig) -> None:
    joined(hub, METER, OTHERS[0])
    (backup,) = hub.ask("CCS07")
    assert backup.payload
    log = backup.payload["device_log_backup_PAN"]
    other = HubRig(keystore)
    other.devices = hub.devices
    joined(other, OTHERS[1])
    pan_id = bytes(range(8))
    answers = other.ask(
        "CCS03",
        device_log_restore_PAN={"extended_pan_id": pan_id, "devices_to_restore": log["devices_to_backup"]},
    )
    assert results(answers[0]) == [0]
    keys = {device: hub.link_key(device) for device in (METER, OTHERS[0])}
    assert device_log(answers[1]) == [(device, aes_mmo(key)) for device, key in keys.items()]
    assert other.chf.han.pan_id == pan_id
    with pytest.raises(NotInDeviceLog):
        other.associate(OTHERS[1])
    other.kill()
    assert other.associate(METER).device == METER
    assert hub.link_key(METER) != keys[METER]
    assert device_log(other.alerts()[0]) == [
        (METER, aes_mmo(hub.link_key(METER))),
        (OTHERS[0], aes_mmo(keys[OTHERS[0]])),
    ]


# CCS06 and what the physical side tells.


def test_the_hub_tells_how_it_hears_its_devices(hub: HubRig) -> None:
    joined(hub, METER)
    hub.register(STRANGER)
    hub.wait(60)
    hub.chf.han.links.present.add(METER)
    hub.chf.han.links.set(METER, LinkStatus(rssi=(-35, -50, -100), lqi=(247, 39, 2), failures=255))
    hub.chf.han.links.failed(METER)
    hub.chf.han.links.heard(METER, hub.now)
    for code in ("CCS06", "CCS05CCS04"):
        answer = hub.ask(code)[0]
        assert answer.payload
        meter, stranger = answer.payload["device_log_active_devices"]
        assert (meter["status"], stranger["status"]) == ("11001000", "00000000")
        assert (meter["average_rssi"], meter["min_lqi"]) == (-50, 2)
        assert (meter["transmission_failures"], meter["transmission_successes"]) == (255, 1)
        assert meter["last_communication_date_time"] == CosemDateTime.of(hub.now)
        assert stranger["last_communication_date_time"] == CosemDateTime.NEVER
        hub.kill()
        hub.chf.han.links.present.add(METER)


# Devices that whoever starts the hub enters.


def test_a_device_that_has_joined_by_command_is_not_entered_again(hub: HubRig) -> None:
    joined(hub, METER)
    hub.chf.han.whitelist(METER)
    assert [each.link_key for each in hub.chf.han.logs] == [hub.link_key(METER)]


def test_entered_devices_may_always_join_until_a_command_removes_them(keystore: Keystore) -> None:
    hub = HubRig(keystore)
    hub.chf.han.whitelist(METER)
    assert hub.alerts() == []
    hub.wait(10**8)
    hub.associate(METER)
    del hub.devices[METER]
    assert hub.associate(METER).device == METER, "a device that was reset joins again"
    hub.remove(METER)
    hub.kill()
    hub.chf.han.whitelist(METER)
    with pytest.raises(NotInDeviceLog):
        hub.associate(METER)


def test_no_more_devices_are_entered_than_there_is_room_for(hub: HubRig) -> None:
    for device in OTHERS[:16]:
        hub.chf.han.whitelist(device)
    hub.chf.han.whitelist(OTHERS[0])
    with pytest.raises(DeviceLogFull, match=f"{METER.hex()}: the device log has 16 entries"):
        hub.chf.han.whitelist(METER)
