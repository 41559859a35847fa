"""Processes of devices as tests start, kill and talk to them."""

from __future__ import annotations

import json
import random
import select
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from devices.han.association import Supplicant
from devices.han.install_code import InstallCode, default_install_code
from devices.invariants import Invariants
from devices.store import Store
from gbcs.decoding import Decoded, decode
from gbcs.eui64 import Eui64
from gbcs.framing import TunnelCommand, TunnelPayload, Unwrapper, wrap
from smki.keystore import Keystore
from tests.devices.rig import HUB, METER, codes

#: Seconds that a process may take for anything before a test fails.
PATIENCE = 60.0


def free_port() -> int:
    """A port to come back to: below those that the system gives to whoever wants any."""
    while True:
        port = random.randrange(20_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


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
        return self.ready()

    def ready(self) -> dict[str, Any]:
        """The ready line, or another line of its output."""
        assert self._process.stdout
        assert select.select([self._process.stdout], [], [], PATIENCE)[0], self.log.read_text()
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
            return self._process.wait(PATIENCE)
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
        self.keys = keys
        self._record = folder / "esme.jsonl"
        self._processes: list[Process] = []
        self._peers: list[Peer] = []

    def start(self, name: str, *arguments: str) -> Process:
        process = Process(self.folder / f"{name}.log", name, "--keystore", str(self.keys), *arguments)
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
