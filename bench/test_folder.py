"""A folder of messages with one keystore, in one process and on one core: what a test lab's evening costs.

The messages are those below ``rtds/messages`` of the reference data set that GBCS_REFERENCE names, or else one made for
every use case of the catalogue. Run with ``make bench``; `bench.conftest` turns the times into messages a second.

What a user would pick instead is the public TypeScript parser, @smartdcc/gbcs-parser. The npm registry does not have
it. Build a checkout of its sources outside of this repository (``npm install typescript @types/node @tsconfig/node20``,
``npx tsc``), name the built module in GBCS_PARSER, and two more rows run in the same session.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pytest_benchmark.fixture import BenchmarkFixture

from gbcs.decoding import decode, read_octets
from gbcs.json_form import to_json
from gbcs.roles import Purpose, RemotePartyRole, roles_for
from gbcs.security.protection import Status
from smki.authority import TestAuthority, make_estate
from smki.keystore import Keystore, open_keystore
from tests.fuzz.seeds import seeds
from tests.gbcs.keys import BROKER, METER, OTHER_USER, SUPPLIER

_REFERENCE = Path(os.environ.get("GBCS_REFERENCE", Path(__file__).parents[2] / "shared")) / "rtds"
_DRIVER = Path(__file__).parent / "gbcs_parser.mjs"
_PARTIES = {
    RemotePartyRole.SUPPLIER: SUPPLIER,
    RemotePartyRole.ACCESS_CONTROL_BROKER: BROKER,
    RemotePartyRole.NETWORK_OPERATOR: OTHER_USER,
}


class Folder(NamedTuple):
    """What is read, and the keys that check it."""

    messages: list[bytes]
    keys: Keystore


@pytest.fixture(scope="module")
def folder() -> Folder:
    if _REFERENCE.is_dir():
        files = sorted(path for path in (_REFERENCE / "messages").rglob("*") if path.is_file())
        return Folder([read_octets(path.read_bytes()) for path in files], open_keystore(_REFERENCE / "keystore"))
    keys = make_estate(TestAuthority.create(datetime(2026, 1, 1, tzinfo=UTC)), devices=[METER], parties=_PARTIES)
    return Folder([seed.message(keys) for seed in seeds()], keys)


def _for_each(benchmark: BenchmarkFixture, folder: Folder, work: Callable[[bytes], object]) -> None:
    benchmark.extra_info["messages"] = len(folder.messages)
    benchmark(lambda: [work(octets) for octets in folder.messages])


def test_decode_and_check_macs(benchmark: BenchmarkFixture, folder: Folder) -> None:
    macs = [decode(octets, folder.keys).inspection.mac for octets in folder.messages]
    assert macs.count(Status.VALID) > len(macs) // 3
    assert Status.INVALID not in macs
    _for_each(benchmark, folder, lambda octets: decode(octets, folder.keys, signatures=False))


def test_decode_and_check_macs_and_signatures(benchmark: BenchmarkFixture, folder: Folder) -> None:
    _for_each(benchmark, folder, lambda octets: decode(octets, folder.keys))


def test_decode_without_keys(benchmark: BenchmarkFixture, folder: Folder) -> None:
    _for_each(benchmark, folder, decode)


def test_decode_and_check_everything_to_json(benchmark: BenchmarkFixture, folder: Folder) -> None:
    _for_each(benchmark, folder, lambda octets: json.dumps(to_json(decode(octets, folder.keys))))


class Parser(NamedTuple):
    """The TypeScript parser in a process of its own, warm; each line it is sent makes it parse all messages."""

    process: subprocess.Popen[str]

    def parse_all(self) -> int:
        """How many it could not parse."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@pytest.fixture(params=["with keys", "without keys"])
def parser(request: pytest.FixtureRequest, folder: Folder, tmp_path: Path) -> Iterator[Parser]:
    node, module = shutil.which("node"), os.environ.get("GBCS_PARSER")
    if node is None or module is None:
        pytest.skip("no node" if node is None else "GBCS_PARSER does not name a built @smartdcc/gbcs-parser")
    given = {
        "messages": [base64.b64encode(octets).decode() for octets in folder.messages],
        "keys": _pem(folder.keys) if request.param == "with keys" else {},
    }
    path = tmp_path / "input.json"
    path.write_text(json.dumps(given))
    command = [node, str(_DRIVER), str(Path(module).resolve()), str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Parser(process)
        assert process.stdin is not None
        process.stdin.close()


def _pem(keys: Keystore) -> dict[str, dict[str, str]]:
    """EUI-64 and use, such as ``90b3d51f30010000 ka``, to certificate and private key."""
    found: dict[str, dict[str, str]] = {}
    for entry in keys.entries():
        certificate = entry.certificate
        if (
            certificate.eui is None
            or entry.use is None
            or certificate.role not in roles_for(Purpose.TRUST_ANCHOR) | {None}
        ):
            continue
        held = found.setdefault(f"{certificate.eui.hex()} {entry.use.value}", {})
        if not held:
            held["certificate"] = certificate.to_pem().decode()
            if entry.private_key:
                octets = entry.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
                held["privateKey"] = octets.decode()
    return found


def test_typescript_parser(benchmark: BenchmarkFixture, folder: Folder, parser: Parser) -> None:
    benchmark.extra_info["messages"] = len(folder.messages)
    benchmark.extra_info["refused"] = parser.parse_all()
    benchmark(parser.parse_all)
