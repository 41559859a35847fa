"""Installation told with processes alone, over TCP: hub, meter, controller and gas proxy; none knows another.

The rig signs the commands and verifies all that comes.
"""

from __future__ import annotations

import base64
import hashlib
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from devices.han.install_code import InstallCode
from gbcs.cosem.date_time import CosemDateTime
from gbcs.decoding import Decoded, decode
from gbcs.eui64 import Eui64
from gbcs.message import Cra, Supplementary
from gbcs.roles import KeyUse, RemotePartyRole
from gbcs.security import protection
from gbcs.usecases.catalogue import USE_CASES
from smki.authority import TestAuthority
from smki.keystore import Keystore
from tests.devices.hub_rig import device_log, registering, results
from tests.devices.processes import PATIENCE, Estate, Process
from tests.devices.rig import (
    BROKER,
    HUB,
    METER,
    SUPPLIER,
    cell,
    codes,
    command,
    items,
    joint,
    protected,
)
from tests.devices.test_control_process import Control
from tests.devices.test_gpf import METHOD_B, PPMID_TYPE, entries
from tests.devices.test_scenarios_parties import calendar

_R = RemotePartyRole
SAPC = Eui64.parse("00-00-5E-EF-20-00-00-05")
GPF = Eui64.parse("00-00-5E-EF-20-00-00-04")
PPMID = Eui64.parse("00-00-5E-EF-20-00-00-10")
CODES = {device: InstallCode(bytes((number,)) * 16) for number, device in enumerate((METER, SAPC), 1)}
START = "2026-03-31T08:00:00Z"
BEGINS = datetime(2026, 4, 1, 9, tzinfo=UTC)
EVER = {"start": 0, "end": 0xFFFFFFFF}


class Home:
    """A hub as a process with nobody on its device log, a rig on its WAN, and devices that look for the hub."""

    def __init__(self, estate: Estate, *arguments: str) -> None:
        self.estate = estate
        self.keystore = estate.keystore
        self.hub = estate.start(
            "hub", "--eui", str(HUB), "--wan-port", "0", "--han-port", "0", "--clock", START, "--control", "0",
            *arguments,
        )  # fmt: skip
        self._at = self.hub.ready()
        self.control = Control(self._at["control"])
        self.alerts: list[Decoded] = []
        self._wan = estate.connect(self._at["wan"])
        self._counter = 0
        self.ask("ECS52", by=BROKER, to=HUB)  # so the connection is attended to

    def device(self, name: str, eui: Eui64, *arguments: str) -> Process:
        return self.estate.start(
            name, "--eui", str(eui), "--hub", "{}:{}".format(*self._at["han"]), "--clock", START,
            "--state", str(self.estate.folder / f"{name}.db"), *arguments,
        )  # fmt: skip

    def send(self, octets: bytes) -> Decoded:
        """Sends a command and gives its response; alerts on the way are kept."""
        self._wan.send(octets)
        return self._next(lambda answer: answer.message.cra is Cra.RESPONSE)

    def ask(self, use_case: str, counter: int = 0, *, to: Eui64 = METER, **values: Any) -> Decoded:
        self._counter += 1
        return self.send(command(self.keystore, use_case, counter or self._counter, to=to, **values))

    def alert(self, code: str) -> Decoded:
        """The next alert of a use case, of those that have come or one that comes."""
        for number, alert in enumerate(self.alerts):
            if codes([alert]) == [code]:
                return self.alerts.pop(number)
        return self._next(lambda answer: codes([answer]) == [code])

    def _next(self, is_it: Callable[[Decoded], bool]) -> Decoded:
        while True:
            octets = self._wan.receive()
            assert octets
            answer = decode(octets, self.keystore)
            assert answer.category
            protection.verify(answer.message, answer.category, self.keystore)
            if is_it(answer):
                return answer
            self.alerts.append(answer)

    def register(self, device: Eui64, code: bytes | None = None) -> Decoded:
        """CCS01: its response."""
        self._counter += 1
        message = registering(device, CODES[device].octets if code is None else code, self._counter)
        return self.send(protected(self.keystore, message, "CCS01"))

    def remove(self, device: Eui64) -> None:
        """CCS02."""
        answer = self.ask("CCS02", by=BROKER, to=HUB, device_log_unregister_device=bytes(device))
        assert results(answer) == [0]
        assert device not in self.told()

    def told(self) -> dict[Eui64, bytes]:
        """What the next CS14 tells: devices and hashes of their link keys."""
        return dict(device_log(self.alert("CS14")))

    def set_clock(self, device: Eui64, seconds: int = 60) -> Decoded:
        """ECS70, with an interval around the hub's time."""
        now = datetime.fromisoformat(self.control.done("GET", "/clock")["time"])
        within = timedelta(seconds=seconds)
        interval = {"validity_interval_start": now - within, "validity_interval_end": now + within}
        return self.ask("ECS70", to=device, time_preset_adjusting_time=interval)

    def security_log(self) -> list[int]:
        """Codes of the hub's security log, read by the broker."""
        extra = Supplementary(SUPPLIER, self._counter)
        answer = self.ask("ECS35d", by=BROKER, to=HUB, supplementary=extra, security_log_buffer=EVER)
        assert answer.payload
        return [entry["log_code"] for entry in answer.payload["security_log_buffer"]]

    def event_log(self, device: Eui64) -> list[int]:
        """Codes of a device's event log."""
        answer = self.ask("ECS35a", to=device, event_log_buffer=EVER)
        assert answer.payload
        return [entry["log_code"] for entry in answer.payload["event_log_buffer"]]

    def end(self, *processes: Process) -> None:
        for process in (*processes, self.hub):
            assert process.end(signal.SIGTERM) == 0
            assert "Traceback" not in process.log.read_text()


@pytest.fixture(scope="module")
def everybody(keystore: Keystore, authority: TestAuthority) -> Keystore:
    return joint(keystore, [authority.issue_device(eui, use) for eui in (SAPC, GPF) for use in (KeyUse.DS, KeyUse.KA)])


@pytest.fixture
def estate(tmp_path: Path, everybody: Keystore) -> Iterator[Estate]:
    everybody.save(tmp_path / "keys")
    estate = Estate(tmp_path, everybody, tmp_path / "keys")
    yield estate
    estate.close()


def joined(home: Home, name: str, eui: Eui64, *arguments: str) -> Process:
    """A device that is started, whitelisted and has joined."""
    process = home.device(name, eui, "--install-code", str(CODES[eui]), *arguments)
    answer = home.register(eui)
    assert results(answer) == [0, 0, 0]
    assert answer.message.supplementary
    assert answer.message.supplementary.party == SUPPLIER
    assert home.told()[eui] == b""
    process.ready()
    assert len(home.told()[eui]) == 16
    return process


def wait_for(process: Process, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, process.log.read_text()
        time.sleep(0.02)


# 1: a meter.


def test_a_meter_is_installed_and_commissioned(estate: Estate) -> None:
    home = Home(estate)
    meter = joined(home, "esme", METER)
    assert [code for code in home.security_log() if code != 0x8F3E] == [0x8F12] * 2
    answer = home.set_clock(METER)
    assert (bool(answer.message.signature), answer.message.mac) == (True, None)
    told = items(answer)
    assert [result for _, result in told] == [0] * 5
    assert told[4][0] == 0
    assert abs(told[3][0].moment() - datetime.fromisoformat(home.control.done("GET", "/clock")["time"])) < timedelta(
        seconds=60
    )
    assert set(home.event_log(METER)) >= {0x8183, 0x81A2, 0x8F69}
    ((version, result),) = items(home.ask("ECS52"))
    assert (len(version), result) == (4, 0)
    assert items(home.ask("ECS26m"))[0] == (b"A", 0)
    assert "CS14" not in codes(home.alerts), "two told of it, and no more"
    home.end(meter)


# 2: a controller and its first schedule.


def test_a_controller_is_installed_and_gets_its_schedule(estate: Estate) -> None:
    home = Home(estate)
    sapc = home.device("sapc", SAPC, "--install-code", str(CODES[SAPC]), "--control", "0")
    home.register(SAPC)
    control = Control(sapc.ready()["control"])
    assert items(home.set_clock(SAPC))[4] == (0, 0)
    asked = USE_CASES["CS02f"].command(
        SUPPLIER,
        SAPC,
        1,
        authorising_remote_party_ta_cell_identifier=cell(_R.SUPPLIER, KeyUse.DS),
        remote_party_roles_credentials_required=[_R.SUPPLIER, _R.NETWORK_OPERATOR, _R.LOAD_CONTROLLER],
    )
    details = home.send(protection.sign(asked, home.keystore).encode()).payload
    assert details
    assert [len(each["trust_anchor_cells_details"]) for each in details["remote_party_details"]] == [2, 2, 2]
    schedule = [calendar("09:00:00", 0x1100 | 0xE4)]
    answer = home.ask(
        "ECS46d",
        31,
        to=SAPC,
        auxiliary_controller_calendar_special_days_passive_entries=[],
        auxiliary_controller_calendar_passive_entries=schedule,
        auxiliary_controller_calendar_activation_activate_passive_value_time=CosemDateTime.of(BEGINS),
        auxiliary_controller_calendar_special_days_activation_activate_passive_value_time=CosemDateTime.of(BEGINS),
    )
    assert results(answer) == [0] * 4
    assert answer.message.date_time is not None
    control.done("PATCH", "/clock", {"time": BEGINS.isoformat()})
    told = [home.alert("FDEIA-DLMS").payload or {} for _ in range(2)]
    assert [each["alert_code"] for each in told] == [0x8F66] * 2
    assert {str(each["instruction"]["instance"]) for each in told} == {"0-0:94.44.128.26", "0-0:94.44.128.35"}
    assert {each["instruction"]["originator_counter"] for each in told} == {31}
    ((shown,), result) = items(home.ask("ECS61d", to=SAPC))[-1]
    assert (result, {name: shown[name] for name in schedule[0]}) == (0, schedule[0])
    home._wan.send(command(home.keystore, "ECS17b", 77, to=SAPC))
    refusal = home.alert("ECS100").payload
    assert refusal
    assert (refusal["alert_code"], refusal["command"]) == (0x8F85, {"message_code": 0x27, "originator_counter": 77})
    assert "FDEIA-DLMS" not in codes(home.alerts)
    home.end(sapc)


# 23: the whitelist.


@pytest.mark.parametrize("length", [15, 17])
def test_an_install_code_of_a_wrong_length_lets_nobody_in(estate: Estate, length: int) -> None:
    home = Home(estate)
    assert results(home.register(METER, bytes(length))) == [12, 250, 250]
    meter = home.device("esme", METER, "--install-code", str(CODES[METER]))
    wait_for(home.hub, lambda: f"{METER.hex()} is not in the device log" in home.hub.log.read_text())
    assert codes(home.alerts) == []
    assert home.security_log() == [0x8F3E]
    home.end(meter)


def test_a_meter_with_another_code_is_never_admitted(estate: Estate) -> None:
    home = Home(estate)
    home.register(METER, bytes(16))
    meter = home.device("esme", METER, "--install-code", str(CODES[METER]))
    assert home.told() == {METER: b""}
    wait_for(home.hub, lambda: home.hub.log.read_text().count("does not know its install code or link key") >= 3)
    assert home.security_log() == [0x8F12, 0x8F3E], "once, however often it tries"
    assert home.control.ask("GET", "/health/ready")[0] == 503
    home.remove(METER)
    home.register(METER)
    meter.ready()
    assert items(home.ask("ECS52"))[0][1] == 0
    home.end(meter)


def test_a_known_meter_keeps_its_key_and_a_removed_one_comes_back_by_it(estate: Estate) -> None:
    home = Home(estate)
    meter = joined(home, "esme", METER)
    logs = ("device_log_backup_PAN", "historic_device_log_backup_PAN")

    def hashes() -> list[list[bytes]]:
        backup = home.ask("CCS07", by=BROKER, to=HUB).payload
        assert backup
        return [[each["hashed_tc_link_key"] for each in backup[log]["devices_to_backup"]] for log in logs]

    ((key,), ()) = hashes()
    assert results(home.register(METER, bytes(16))) == [0, 0, 0]
    assert hashes() == [[key], []], "its entry is what it was, and the key of the command ignored"
    home.remove(METER)
    assert hashes() == [[], [key]]
    wait_for(home.hub, lambda: f"{METER.hex()} is not in the device log" in home.hub.log.read_text())
    assert results(home.register(METER)) == [0, 0, 0]
    assert [home.told(), home.told()] == [{METER: b""}, {METER: key}], "it has come back by the key that it had"
    assert items(home.ask("ECS52"))[0][1] == 0
    home.remove(METER)
    home.end(meter)


def test_a_meter_that_lost_its_key_joins_by_its_code_in_the_second_half(estate: Estate) -> None:
    home = Home(estate)
    meter = joined(home, "esme", METER)
    home.remove(METER)
    assert meter.end(signal.SIGTERM) == 0
    (home.estate.folder / "esme.db").unlink()
    meter = home.device("esme", METER, "--install-code", str(CODES[METER]))
    home.register(METER)
    assert home.told() == {METER: b""}
    refused = "does not know its install code or link key"
    wait_for(home.hub, lambda: refused in home.hub.log.read_text())
    home.control.done("PATCH", "/clock", {"advance": 45})
    meter.ready()
    assert len(home.told()[METER]) == 16
    home.end(meter)


# 24: the gas proxy.


def test_a_gas_proxy_is_read_and_tells_of_its_device_log(estate: Estate) -> None:
    state = str(estate.folder / "hub.db")
    arguments = ("--gpf", str(GPF), "--gas", "household:7", "--state", state)
    home = Home(estate, *arguments)
    home.control.done("PATCH", "/clock", {"advance": 86400})
    taken = home.ask("GCS13a", to=GPF)
    assert taken.message.date_time
    assert taken.message.date_time[-1] in {0x00, 0x04}
    begins = datetime.fromisoformat(START)
    samples = home.ask("GCS17", to=GPF, earliest_sample_time=begins, number_of_samples=100).payload
    assert samples
    assert len(samples["get_sampled_data"]["samples"]) == 48
    joins = {
        "join_method_and_role": METHOD_B,
        "other_device_entity_identifier": PPMID,
        "other_device_type": PPMID_TYPE,
    }
    answer = home.ask("CS03B", to=GPF, **joins).payload
    assert answer
    assert answer["join_response_code"] == 0
    told = home.alert("GCS62")
    assert (told.message.originator, told.message.recipient) == (GPF, BROKER)
    assert entries(told) == {PPMID: PPMID_TYPE}
    assert home.hub.end(signal.SIGKILL) == -signal.SIGKILL

    home = Home(estate, *arguments)
    assert entries(home.ask("CS07", to=GPF)) == {PPMID: PPMID_TYPE}, "a hub that was killed knows it still"
    home.control.done("POST", f"/devices/{GPF.hex()}/reset")
    assert entries(home.ask("CS07", to=GPF)) == {}
    backup = (told.payload or {})["device_log_entries"]
    restored = home.ask("GCS59", 900, by=BROKER, to=GPF, device_log_entries=backup).payload
    assert restored
    assert [each["join_response_code"] for each in restored["restore_outcomes"]] == [0]
    assert entries(home.ask("CS07", to=GPF)) == {PPMID: PPMID_TYPE}
    home.end()


# The hub's time.


def test_a_meter_has_the_time_of_its_hub_and_none_without_it(estate: Estate) -> None:
    home = Home(estate)
    meter = joined(home, "esme", METER, "--clock", "2026-01-01T00:00:00Z")
    hub = f"/devices/{HUB.hex()}/actions"
    home.control.done("POST", f"{hub}/lose-wan-time")
    *_, (before, _), (status, _) = items(home.set_clock(METER))
    assert (status, before.moment().month) == (2, 1), "no valid time: the meter keeps its own, and says so"
    home.control.done("POST", f"{hub}/set-wan-time", {"ahead": 7200})
    *_, (same, _), (status, _) = items(home.set_clock(METER))
    assert (status, same.moment().month) == (2, 1), "two hours ahead are outside of the interval"
    home.control.done("POST", f"{hub}/set-wan-time", {"ahead": 20})
    *_, (after, _), (status, _) = items(home.set_clock(METER))
    now = datetime.fromisoformat(home.control.done("GET", "/clock")["time"])
    assert status == 0
    assert timedelta(seconds=5) < after.moment() - now < timedelta(seconds=21)
    home.control.done("PATCH", "/clock", {"advance": 3600})
    *_, (later, _), (status, _) = items(home.set_clock(METER))
    assert status == 0
    assert later.moment() - after.moment() > timedelta(minutes=59), "the hub has told of its new time"
    home.end(meter)


# 12: firmware.


def test_an_image_reaches_a_meter_over_the_han_and_is_activated(estate: Estate) -> None:
    home = Home(estate)
    meter = joined(home, "esme", METER)
    image, version = bytes(range(250)) * 200, b"\0\0\0\7"

    def distribute(device: Eui64, **more: Any) -> tuple[int, int]:
        """Alert code and response code of the CCS08 that tells of it."""
        body = {"device": device.hex(), "image": base64.b64encode(image).decode(), "version": version.hex(), **more}
        home.control.done("POST", f"/devices/{HUB.hex()}/actions/distribute", body)
        told = home.alert("CCS08")
        assert (told.message.originator, told.message.recipient) == (HUB, BROKER)
        assert told.payload
        assert (told.payload["device_identifier"], told.payload["firmware_version"]) == (device, version)
        return told.payload["alert_code"], told.payload["response_code"]

    def receipt() -> tuple[int, bytes]:
        told = home.alert("FDRA-DLMS").payload
        assert told
        return told["alert_code"], told["manufacturer_image_hash"]

    digest = hashlib.sha256(image).digest()
    assert distribute(METER, verifies=False) == (0x8F89, 3)
    assert receipt() == (0x8F1C, digest)
    assert distribute(METER) == (0x8F8A, 0)
    assert receipt() == (0x8F72, digest)
    activate = USE_CASES["CS06"].command(SUPPLIER, METER, 500, manufacturer_image_hash=digest, originator_counter=500)
    outcome = home.send(protected(home.keystore, activate, "CS06")).payload
    assert outcome
    assert outcome["execution_outcome"] == {"response_code": 0, "firmware_version": version}
    assert items(home.ask("ECS52")) == [(version, 0)]
    assert distribute(SAPC) == (0x8F89, 1), "nobody of the HAN"
    assert meter.end(signal.SIGTERM) == 0
    wait_for(home.hub, lambda: home.control.ask("GET", "/health/ready")[0] == 503)
    assert distribute(METER) == (0x8F89, 3)
    home.end()
