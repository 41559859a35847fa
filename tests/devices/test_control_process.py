"""The control plane beside processes: what it does to a device reaches hub and state file."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from devices.__main__ import main
from gbcs.decoding import decode
from gbcs.usecases.catalogue import USE_CASES
from smki.keystore import Keystore
from tests.command_line import run_text
from tests.devices.processes import PATIENCE, Estate, Process
from tests.devices.rig import BROKER, HUB, METER, command

AT = f"/devices/{METER.hex()}"
TOKEN = "sixteen characters or more"


class Control:
    """A client of a process's control plane."""

    def __init__(self, address: list[Any], token: str = "") -> None:
        self.url = "http://{}:{}".format(*address)
        self._token = token

    def ask(self, method: str, path: str, body: Any = None, *, text: bool = False) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                octets = answer.read()
                return answer.status, octets.decode() if text else json.loads(octets or b"null")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def done(self, method: str, path: str, body: Any = None, *, text: bool = False) -> Any:
        status, told = self.ask(method, path, body, text=text)
        assert status == 200, told
        return told


def _meter(estate: Estate, han: list[Any], *arguments: str) -> tuple[Process, Control]:
    process = estate.start("esme", "--eui", str(METER), "--hub", "{}:{}".format(*han), "--clock", "stepped",
                           "--control", "0", *arguments)  # fmt: skip
    return process, Control(process.ready()["control"])


def test_what_happens_to_a_meter_is_told_over_the_hub(estate: Estate) -> None:
    hub, at = estate.hub()
    wan = estate.connect(at["wan"])
    esme, control = _meter(estate, at["han"])
    control.done("POST", f"{AT}/actions/interrupt")
    control.done("PATCH", "/clock", {"advance": 3600})
    assert control.done("POST", f"{AT}/actions/restore") == {"done": True, "messages": 1}
    alert = estate.answer(wan)
    assert alert.use_case
    assert alert.use_case.code == "ECS80"
    with socket.create_connection(("127.0.0.1", int(control.url.rpartition(":")[2])), PATIENCE) as stream:
        stream.sendall(b"GET /messages/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        received = b""
        while b": open" not in received:
            received += stream.recv(1 << 16)
        assert esme.end(signal.SIGTERM) == 0, "a stream keeps no process from ending"
    assert hub.end(signal.SIGTERM) == 0
    for process in (esme, hub):
        assert "Traceback" not in process.log.read_text()


def test_what_is_set_restored_and_reset_outlives_the_process(estate: Estate, keystore: Keystore) -> None:
    _, at = estate.hub()
    message, state = f"{AT}/attributes/supplier_message/value", str(estate.folder / "esme.db")
    esme, control = _meter(estate, at["han"], "--state", state)
    new = control.done("GET", message)
    control.done("PUT", message, {"value": "then"})
    snapshot = control.done("GET", f"{AT}/snapshot")
    control.done("POST", f"{AT}/reset")
    assert control.done("GET", message) == new
    assert esme.end(signal.SIGKILL) == -signal.SIGKILL
    esme, control = _meter(estate, at["han"], "--state", state)
    assert control.done("GET", message) == new
    control.done("PUT", f"{AT}/snapshot", snapshot)
    assert esme.end(signal.SIGKILL) == -signal.SIGKILL
    esme, control = _meter(estate, at["han"], "--state", state)
    assert control.done("GET", message)["value"] == "then"
    # The device that took the former's place is the one that the hub reaches.
    wan = estate.connect(at["wan"])
    control.done("PUT", f"{AT}/faults/supplier_message/value", {"result": "temporary-failure"})
    control.done("PUT", f"{AT}/snapshot", snapshot)
    wan.send(command(keystore, "ECS10", supplier_message="after"))
    answer = estate.answer(wan)
    assert answer.payload
    assert not answer.payload.failures
    assert control.done("GET", message)["value"] == "after"


def test_a_hub_tells_who_is_there(estate: Estate, keystore: Keystore) -> None:
    hub, at = estate.hub(0, "--control", "0")
    control = Control(at["control"])
    assert [each["type"] for each in control.done("GET", "/devices")["devices"]] == ["CHF"]
    assert control.ask("GET", "/health/ready")[0] == 503
    wan = estate.connect(at["wan"])
    wan.send(command(keystore, "ECS52", by=BROKER, to=HUB))
    assert estate.answer(wan).message.originator == HUB, "so the connection is served by now"
    told = control.done("POST", f"/devices/{HUB.hex()}/actions/raise-event", {"code": "0x8f75", "alert": True})
    assert told["messages"] == 1
    octets = wan.receive()
    assert octets
    payload = decode(octets, keystore).payload
    assert payload
    assert payload["alert_code"] == 0x8F75
    control.done("POST", f"/devices/{HUB.hex()}/reset")
    wan.send(command(keystore, "ECS52", by=BROKER, to=HUB))
    assert estate.answer(wan).message.originator == HUB
    estate.start("esme", "--eui", str(METER), "--hub", "{}:{}".format(*at["han"])).ready()
    assert control.done("GET", "/health/ready")["links"] == {METER.hex(): True}
    assert hub.end(signal.SIGTERM) == 0


def test_a_hub_put_back_has_its_device_log_and_keeps_its_links(estate: Estate, keystore: Keystore) -> None:
    state = str(estate.folder / "hub.db")
    hub, at = estate.hub(0, "--control", "0", "--state", state)
    control, of_hub = Control(at["control"]), f"/devices/{HUB.hex()}"
    wan = estate.connect(at["wan"])
    _meter(estate, at["han"])
    snapshot = control.done("GET", f"{of_hub}/snapshot")
    wan.send(command(keystore, "CCS02", 5, by=BROKER, to=HUB, device_log_unregister_device=bytes(METER)))
    while estate.answer(wan).use_case != USE_CASES["CCS02"]:
        pass
    assert control.done("GET", "/health/ready")["links"] == {}
    control.done("PUT", f"{of_hub}/snapshot", snapshot)
    _until(lambda: control.done("GET", "/metrics", text=True), f'gbcs_link_up{{link="{METER.hex()}"}} 1.0')
    wan.send(command(keystore, "ECS52", 7))
    while estate.answer(wan).message.originator != METER:
        pass
    control.done("POST", f"{of_hub}/reset")
    _until(lambda: control.done("GET", "/metrics", text=True), f'gbcs_link_up{{link="{METER.hex()}"}} 1.0')
    assert hub.end(signal.SIGTERM) == 0
    assert "Traceback" not in hub.log.read_text()


def _until(told: Callable[[], str], wanted: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while wanted not in told():
        assert time.monotonic() < deadline, told()
        time.sleep(0.05)


def test_faults_of_links_are_set_at_run_time(estate: Estate, keystore: Keystore) -> None:
    _, at = estate.hub(0, "--control", "0")
    hub = Control(at["control"])
    esme, control = _meter(estate, at["han"])
    assert set(hub.done("GET", "/link")) == {"han", "wan"}
    rates = control.done("PATCH", "/link", {"hub": {"loss": 0.3, "delay": {"mean": 0.001}}})["hub"]
    assert (rates["loss"], rates["corruption"], rates["delay"]) == (0.3, 0.0, {"least": 0.0, "mean": 0.001})
    status, told = control.ask("PATCH", "/link", {"hub": {"loss": 1.5}})
    assert (status, told["where"]) == (422, "body.hub")
    hub.done("PATCH", "/link", {"han": {"loss": 0.3}})
    wan = estate.connect(at["wan"])
    for counter in range(1, 6):
        wan.send(command(keystore, "ECS52", counter))
    for counter in range(1, 6):
        assert estate.answer(wan).message.originator_counter == counter, "whatever is lost, comes again"
    assert esme.end(signal.SIGTERM) == 0


def test_a_token_from_a_file(estate: Estate) -> None:
    file = estate.folder / "token"
    file.write_text(f"{TOKEN}\n")
    hub, at = estate.hub(0, "--control", "0", "--control-token-file", str(file), "--control-host", "0.0.0.0")
    address = ["127.0.0.1", at["control"][1]]
    assert Control(address).ask("GET", "/devices")[0] == 401
    assert Control(address, "another").ask("GET", "/devices")[0] == 401
    assert Control(address, TOKEN).ask("GET", "/devices")[0] == 200
    assert hub.end(signal.SIGTERM) == 0
    assert TOKEN not in hub.log.read_text()


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("--control-host", "0.0.0.0"), 2, "wants a token"),
        (("--control-token-file", "SHORT"), 2, "no token of at least 16"),
        (("--control-token-file", "/nowhere"), 1, "/nowhere"),
        (("--control", "TAKEN"), 1, "address already in use"),
        (("--control", "65536"), 64, "65536"),
    ],
)
def test_what_keeps_a_control_plane_from_starting_is_said_in_a_line(
    estate: Estate, arguments: tuple[str, ...], status: int, says: str
) -> None:
    (estate.folder / "short").write_text("short\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        real = {"SHORT": str(estate.folder / "short"), "TAKEN": str(taken.getsockname()[1])}
        given = ["--keystore", str(estate.keys), "--eui", str(HUB), "--wan-port", "0", "--han-port", "0",
                 "--control", "0", *(real.get(each, each) for each in arguments)]  # fmt: skip
        done = run_text(main, "hub", *given)
    assert (done.returncode, done.stdout) == (status, "")
    assert says in done.stderr


def test_the_examples_of_the_documentation_run(estate: Estate) -> None:
    text = (Path(__file__).parents[2] / "docs" / "control.md").read_text()
    lines = re.findall(r"^\$ (curl .*)$", text, re.MULTILINE)
    assert len(lines) > 20
    _, at = estate.hub()
    _, control = _meter(estate, at["han"])
    environment = {"CONTROL": control.url, "METER": METER.hex(), "PATH": "/usr/bin:/bin"}
    for line in lines:
        is_stream = " -N " in line
        given = f"timeout 1 {line}" if is_stream else line.replace("curl -s", "curl -sS --fail-with-body")
        run = subprocess.run(
            given, shell=True, cwd=estate.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert run.returncode == (124 if is_stream else 0), f"{line}: {run.stdout}{run.stderr}"
        assert run.stdout or "DELETE" in line or " -o " in line, line
    assert control.done("GET", "/clock")["speed"] == 60


@pytest.mark.parametrize("octets", [b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 70_000, b"\0", b""])
def test_what_is_no_request_is_told_in_a_line(estate: Estate, octets: bytes) -> None:
    hub, ready = estate.hub(0, "--control", "0")
    with socket.create_connection(tuple(ready["control"]), PATIENCE) as peer:
        peer.sendall(octets)
        peer.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while peer.recv(1 << 16):
                pass
    assert Control(ready["control"]).ask("GET", "/health/live")[0] == 200
    assert hub.end(signal.SIGTERM) == 0
    assert "Traceback" not in hub.log.read_text()
