"""Hub and meter as processes: real sockets, real signals."""

from __future__ import annotations

import json
import signal
import time

import pytest

from devices.__main__ import main
from devices.errors import NotInDeviceLog, WrongCredentials
from devices.han.install_code import InstallCode
from devices.link.reliable import Link
from devices.store import Store
from gbcs.framing import TunnelCommand, TunnelPayload
from gbcs.security.protection import Status
from smki.keystore import Keystore
from tests.command_line import run_text
from tests.devices.processes import PATIENCE, Estate, associate
from tests.devices.rig import BROKER, HUB, METER, NETWORK_OPERATOR, STRANGER, command, items


def test_from_the_ready_line_to_an_orderly_end(estate: Estate, keystore: Keystore) -> None:
    hub, at = estate.hub()
    assert {name: at[name] for name in ("ready", "eui")} == {"ready": True, "eui": HUB.hex()}
    assert (at["wan"][0], at["han"][0]) == ("127.0.0.1", "127.0.0.1")
    esme = estate.esme(at["han"], "--clock", "2015-01-01T00:00:00", "--variant", "twin", "--load", "3600000000")
    asking, listening = estate.connect(at["wan"]), estate.connect(at["wan"])
    listening.send(command(keystore, "ECS52", by=BROKER, to=HUB))
    assert estate.answer(listening).message.originator == HUB
    asking.send(command(keystore, "ECS17b"))
    answer = estate.answer(asking)
    assert answer.inspection.mac is Status.VALID
    assert str(answer.message.date_time).startswith("2015-01-01T00:00:")
    ((registers, _),) = items(answer)
    assert registers["active_import_value"] > 0
    assert registers["second_active_import_value"] == 0
    asking.send(command(keystore, "ECS10", by=NETWORK_OPERATOR, supplier_message="Hello"))
    for peer in (asking, listening):
        alert = estate.answer(peer)
        assert alert.use_case
        assert (alert.use_case.code, alert.inspection.signature) == ("GCA-DLMS", Status.VALID)
    assert esme.end(signal.SIGTERM) == 0
    assert hub.end(signal.SIGINT) == 0
    for process in (esme, hub):
        log = process.log.read_text()
        assert "Traceback" not in log
        assert "Hello" not in log


def test_a_killed_meter_has_forgotten_nothing(estate: Estate, keystore: Keystore) -> None:
    state = str(estate.folder / "esme.db")
    _, at = estate.hub()
    wan = estate.connect(at["wan"])
    esme = estate.esme(at["han"], "--state", state, "--supply", "disabled")
    arm = command(keystore, "ECS44", 1000)
    for octets in (arm, command(keystore, "ECS10", supplier_message="kept")):
        wan.send(octets)
        assert items(estate.answer(wan)) == [(None, 0)]
    assert esme.end(signal.SIGKILL) == -signal.SIGKILL
    esme = estate.esme(at["han"], "--state", state)
    wan.send(arm)
    wan.send(command(keystore, "ECS52"))
    answer = estate.answer(wan)
    assert answer.use_case
    assert answer.use_case.code == "ECS52", "the replay is answered by nothing"
    wan.send(command(keystore, "ECS44", 1001))
    assert items(estate.answer(wan)) == [(None, 0)]
    assert esme.end(signal.SIGTERM) == 0
    with Store(state, f"single element ESME {METER}") as store:
        assert [value for value in store.values() if b"kept" in value]


def test_a_killed_hub_has_forgotten_nothing_and_the_meter_comes_back(estate: Estate, keystore: Keystore) -> None:
    state = ("--state", str(estate.folder / "hub.db"))
    hub, at = estate.hub(0, *state)
    wan = estate.connect(at["wan"])
    wan.send(command(keystore, "ECS52", 1))
    wan.send(command(keystore, "ECS52", by=BROKER, to=HUB))
    assert estate.answer(wan).message.originator == HUB, "so the command before it is held by now"
    assert hub.end(signal.SIGKILL) == -signal.SIGKILL
    hub, at = estate.hub(at["han"][1], *state)
    wan = estate.connect(at["wan"])
    estate.esme(at["han"])
    assert estate.answer(wan).message.originator_counter == 1
    assert hub.end(signal.SIGTERM) == 0
    hub, at = estate.hub(at["han"][1], *state)
    wan = estate.connect(at["wan"])
    wan.send(command(keystore, "ECS52", 2))
    assert estate.answer(wan).message.originator_counter == 2


def test_a_bad_frame_or_a_strange_device_loses_its_own_connection_only(estate: Estate, keystore: Keystore) -> None:
    hub, at = estate.hub()
    wan, bad_wan = estate.connect(at["wan"]), estate.connect(at["wan"])
    bad_wan.socket.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert bad_wan.receive() is None
    for first in (TunnelPayload(TunnelCommand.ASSOCIATE, b"short"), TunnelPayload(TunnelCommand.PUT, b"\xdf")):
        han = estate.connect(at["han"])
        han.send(first.encode())
        assert han.receive() is None
    with pytest.raises(NotInDeviceLog, match=STRANGER.hex()):
        associate(estate.connect(at["han"]), STRANGER)
    with pytest.raises(WrongCredentials):
        associate(estate.connect(at["han"]), METER, InstallCode(bytes(16)))
    wan.send(command(keystore, "ECS52", by=BROKER, to=HUB))
    assert estate.answer(wan).message.originator == HUB
    assert hub.end(signal.SIGTERM) == 0
    log = hub.log.read_text()
    assert log.count("connection closed") == 5
    assert f"{STRANGER.hex()} is not in the device log" in log


def test_a_device_that_associates_twice_keeps_the_newer_connection(estate: Estate, keystore: Keystore) -> None:
    _, at = estate.hub()
    store = Store()
    old, new = estate.connect(at["han"]), estate.connect(at["han"])
    associate(old, METER, store=store)
    associate(new, METER, store=store)
    while octets := old.receive():
        assert TunnelPayload.decode(octets).command in (TunnelCommand.PUT, TunnelCommand.TIME)
    octets = command(keystore, "ECS52")
    estate.connect(at["wan"]).send(octets)
    link, taken = Link(store, "link"), list[bytes]()
    link.connect()
    while not taken:
        for frame in link.frames(time.monotonic()):
            new.send(TunnelPayload(TunnelCommand.PUT, frame).encode())
        received = new.receive()
        assert received
        link.receive(TunnelPayload.decode(received).body, lambda message: not taken.append(message))
    assert taken == [octets]


def test_a_refused_device_says_so_and_goes_on_trying_until_it_is_ended(estate: Estate) -> None:
    _, at = estate.hub()
    esme = estate.start("esme", "--eui", str(STRANGER), "--hub", "{}:{}".format(*at["han"]))
    deadline = time.monotonic() + PATIENCE
    while esme.log.read_text().count(f"{STRANGER.hex()} is refused") < 2:
        assert time.monotonic() < deadline, esme.log.read_text()
        time.sleep(0.05)
    assert esme.end(signal.SIGTERM) == 0


@pytest.mark.parametrize(
    ("name", "arguments", "status", "says"),
    [
        ("esme", ("--eui", "0000000000000001"), 3, "no 0000000000000001 DS certificate"),
        ("esme", ("--eui", str(METER), "--second-load", "5"), 2, "no second element"),
        ("esme", ("--eui", str(METER), "--load", "-5"), 64, "--load"),
        ("esme", ("--eui", str(METER), "--hub", "nowhere"), 64, "not HOST:PORT"),
        ("hub", ("--eui", str(HUB), "--wan-port", "65536"), 64, "65536"),
        ("hub", ("--eui", str(HUB), "--fault", "mood=1"), 2, "mood: no such fault"),
        ("esme", ("--eui", str(METER), "--install-code", "12"), 2, "install code"),
        ("hub", ("--eui", str(HUB), "--clock", "9999-12-31"), 64, "9999-12-31"),
        ("hub", ("--eui", str(HUB), "--clock", "noon"), 64, "noon"),
        ("hub", ("--eui", str(HUB), "--state", "/dev/null/state"), 2, "/dev/null/state"),
        ("hub", ("--eui", str(HUB), "--host", "192.0.2.1"), 1, "192.0.2.1"),
        ("hub", ("--eui", str(HUB), "--device", f"{METER}=00FF"), 2, f"--device {METER}: 2 octets with the CRC"),
    ],
)
def test_what_keeps_a_process_from_starting_is_said_in_a_line(
    estate: Estate, name: str, arguments: tuple[str, ...], status: int, says: str
) -> None:
    done = run_text(main, name, "--keystore", estate.keys, *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert says in done.stderr


def test_a_sapc_by_its_configuration_file(estate: Estate, keystore: Keystore) -> None:
    _, hub = estate.hub()
    record, config = estate.folder / "record.jsonl", estate.folder / "sapc.toml"
    host, port = hub["han"]
    config.write_text(
        f'eui = "{METER}"\nhub = "{host}:{port}"\ncontrollers = ["none", "APC"]\nrecord = "{record}"\nspeed = 3\n'
        "[settings]\nsapc_variant = true\n"
    )
    sapc = estate.start("sapc", "--config", str(config))
    sapc.ready()
    wan = estate.connect(hub["wan"])
    wan.send(command(keystore, "ECS61e", 1))
    assert [value for value, _ in items(estate.answer(wan))[:3]] == [b"", b"\xff", b""]
    wan.send(command(keystore, "ECS26m", 2))
    assert {result for _, result in items(estate.answer(wan))} == {0}
    assert sapc.end(signal.SIGTERM) == 0
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    assert [(line["event"], line["use_case"]) for line in lines if "octets" in line] == [
        ("received", "ECS61e"),
        ("sent", "ECS61e"),
        ("received", "ECS26m"),
        ("sent", "ECS26m"),
    ]


def test_alerts_of_an_accelerated_clock_come_by_themselves(estate: Estate, keystore: Keystore) -> None:
    # Half an hour a second: the billing calendar's first of the month comes at once.
    _, hub = estate.hub()
    wan = estate.connect(hub["wan"])
    estate.esme(hub["han"], "--clock", "2026-03-31T23:50:00Z", "--speed", "1800")
    alert = estate.answer(wan)
    assert alert.use_case
    assert alert.use_case.code == "ECS68"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('colour = "red"', "colour: no such key; there is clock, control, control-host"),
        ("[settings]\nrefusal_alert = true", "settings.refusal_alert: no such key; did you mean refusal_alerts?"),
        ("[settings]\nrefusal_alerts = 7", "settings.refusal_alerts: 7 where true or false belongs"),
        ("eui = ", "Invalid value"),
    ],
)
def test_a_configuration_that_means_nothing_is_told(estate: Estate, text: str, told: str) -> None:
    config = estate.folder / "wrong.toml"
    config.write_text(text)
    done = run_text(main, "esme", "--keystore", estate.keys, "--eui", METER, "--config", config)
    assert done.returncode == 2
    assert told in done.stderr
