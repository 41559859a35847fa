"""Hub and meter as processes: real sockets, real signals."""

from __future__ import annotations

import json
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from devices.errors import NotInDeviceLog, WrongCredentials
from devices.han.association import Supplicant
from devices.han.install_code import InstallCode, default_install_code
from devices.invariants import Invariants
from devices.link.reliable import Link
from devices.store import Store
from gbcs.decoding import Decoded, decode
from gbcs.eui64 import Eui64
from gbcs.framing import TunnelCommand, TunnelPayload, Unwrapper, wrap
from gbcs.security.protection import Status
from smki.keystore import Keystore
from tests.devices.rig import BROKER, HUB, METER, NETWORK_OPERATOR, STRANGER, codes, command, items

PATIENCE = 10.0


class Process:
    """One `devices` process, its log in a file."""

    def __init__(self, log: Path, *arguments: str) -> None:
        self.log = log
        with log.open("ab") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "devices", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )

    def tell(self, line: str) -> dict[str, Any]:
        """Its answer to a line on standard input."""
        assert self._process.stdin
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()
        return self.ready(60)

    def ready(self, patience: float = PATIENCE) -> dict[str, Any]:
        """The ready line, or another line of its output."""
        assert self._process.stdout
        assert select.select([self._process.stdout], [], [], patience)[0], self.log.read_text()
        line = self._process.stdout.readline()
        assert line, self.log.read_text()
        fields: dict[str, Any] = json.loads(line)
        return fields

    def end(self, number: signal.Signals) -> int:
        """The exit status after a signal."""
        self._process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """The exit status."""
        try:
            return self._process.wait(5)
        finally:
            self._process.kill()
            self._process.wait()
            assert self._process.stdin
            assert self._process.stdout
            self._process.stdin.close()
            self._process.stdout.close()


class Peer:
    """A connection that sends and takes wrapper frames."""

    def __init__(self, address: list[Any]) -> None:
        self.socket = socket.create_connection((address[0], address[1]), PATIENCE)
        self._unwrapper = Unwrapper()
        self._payloads: list[bytes] = []

    def send(self, payload: bytes) -> None:
        self.socket.sendall(wrap(payload))

    def receive(self) -> bytes | None:
        """The next payload; None when the other side closes."""
        while not self._payloads:
            octets = self.socket.recv(1 << 16)
            if not octets:
                return None
            self._payloads += self._unwrapper.feed(octets)
        return self._payloads.pop(0)


def associate(peer: Peer, device: Eui64, install_code: InstallCode | None = None, store: Store | None = None) -> None:
    """Lets a peer join a hub as a device; raises `AssociationRefused` where the hub does not let it."""
    supplicant = Supplicant(device, store or Store(), install_code or default_install_code(device))
    step: bytes | None = supplicant.begin()
    while step is not None:
        peer.send(TunnelPayload(TunnelCommand.ASSOCIATE, step).encode())
        answer = peer.receive()
        assert answer
        step = supplicant.proceed(TunnelPayload.decode(answer).body)


class Estate:
    """Starts processes and connections in a folder, and ends what is left of them."""

    def __init__(self, folder: Path, keystore: Keystore, keys: Path) -> None:
        self.folder = folder
        self.keystore = keystore
        self._keys = keys
        self._record = folder / "esme.jsonl"
        self._processes: list[Process] = []
        self._peers: list[Peer] = []

    def start(self, name: str, *arguments: str) -> Process:
        process = Process(self.folder / f"{name}.log", name, "--keystore", str(self._keys), *arguments)
        self._processes.append(process)
        return process

    def hub(self, han_port: int = 0, *arguments: str) -> tuple[Process, dict[str, Any]]:
        process = self.start("hub", "--eui", str(HUB), "--wan-port", "0", "--han-port", str(han_port),
                             "--device", str(METER), *arguments)  # fmt: skip
        return process, process.ready()

    def esme(self, han: list[Any], *arguments: str) -> Process:
        record = ("--record", str(self._record))
        process = self.start("esme", "--eui", METER.hex(), "--hub", f"{han[0]}:{han[1]}", *record, *arguments)
        assert process.ready() == {"ready": True, "eui": METER.hex(), "hub": han}
        return process

    def connect(self, address: list[Any]) -> Peer:
        peer = Peer(address)
        self._peers.append(peer)
        return peer

    def answer(self, peer: Peer) -> Decoded:
        """The next message, but for those that tell of a device that has joined."""
        while True:
            octets = peer.receive()
            assert octets is not None
            answer = decode(octets, self.keystore)
            if codes([answer]) != ["CS14"]:
                return answer

    def close(self) -> None:
        for peer in self._peers:
            peer.socket.close()
        for process in self._processes:
            process.end(signal.SIGKILL)
        if self._record.exists():
            self._check_exchanges()

    def _check_exchanges(self) -> None:
        """What the meter sent kept to the invariants, over its restarts as well."""
        exchanges: list[tuple[bytes | None, list[bytes], datetime]] = []
        for line in map(json.loads, self._record.read_text().splitlines()):
            if "octets" not in line:
                continue
            octets, time = bytes.fromhex(line["octets"]), datetime.fromisoformat(line["time"])
            if line["event"] == "received":
                exchanges.append((octets, [], time))
            else:
                exchanges = exchanges or [(None, [], time)]
                exchanges[-1][1].append(octets)
        invariants = Invariants()
        for exchange in exchanges:
            invariants.exchange(*exchange)


@pytest.fixture(scope="module")
def keys(keystore: Keystore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    keystore.save(folder)
    return folder


@pytest.fixture
def estate(tmp_path: Path, keystore: Keystore, keys: Path) -> Iterator[Estate]:
    estate = Estate(tmp_path, keystore, keys)
    yield estate
    estate.close()


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
    process = estate.start(name, *arguments)
    assert process.wait() == status
    log = process.log.read_text()
    assert says in log
    assert "Traceback" not in log


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
    estate.esme(hub["han"], "--clock", "2026-03-31T23:00:00Z", "--speed", "1800")
    wan = estate.connect(hub["wan"])
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
    process = estate.start("esme", "--eui", str(METER), "--config", str(config))
    assert process.wait() == 2
    assert told in process.log.read_text()
    assert "Traceback" not in process.log.read_text()
