"""A meter's process over time: stepped and accelerated clocks, its record, its end under load, and no secrets in it."""

from __future__ import annotations

import base64
import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gbcs.__main__ import main as gbcs
from gbcs.alert_codes import ALERT_NAMES
from gbcs.message import Cra, Message
from smki.keystore import Keystore
from tests.devices.processes import Estate, Peer
from tests.devices.rig import METER, command, items

_START = "2026-01-01T00:00:00+00:00"


def _record(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _read_import(estate: Estate, wan: Peer, counter: int) -> int:
    wan.send(command(estate.keystore, "ECS17b", counter))
    while True:
        answer = estate.answer(wan)
        if answer.message.cra is Cra.RESPONSE:
            value: int = items(answer)[0][0]["active_import_value"]
            return value


def test_a_stepped_year_passes_when_it_is_told_to(estate: Estate) -> None:
    record = estate.folder / "record.jsonl"
    _, hub = estate.hub()
    wan = estate.connect(hub["wan"])
    esme = estate.esme(hub["han"], "--clock", f"stepped:{_START}", "--load", "1000", "--record", str(record))
    assert _read_import(estate, wan, 1) == 0
    assert esme.tell("advance 1800") == {"now": "2026-01-01T00:30:00+00:00", "sent": 0}
    assert _read_import(estate, wan, 2) == 500
    assert _read_import(estate, wan, 3) == 500, "it stands still"
    told = esme.tell("to 2027-01-01T00:00:00Z")
    assert told["now"] == "2027-01-01T00:00:00+00:00"
    assert told["sent"] >= 12, "a billing period ends every month"
    assert _read_import(estate, wan, 4) == 365 * 24 * 1000
    assert esme.tell("now") == {"now": "2027-01-01T00:00:00+00:00", "sent": 0}
    assert esme.end(signal.SIGTERM) == 0
    steps = [line for line in _record(record) if line["event"] == "clock"]
    assert [(step["before"], step["after"]) for step in steps] == [
        (_START, "2026-01-01T00:30:00+00:00"),
        ("2026-01-01T00:30:00+00:00", "2027-01-01T00:00:00+00:00"),
    ]


def test_a_seed_decides_what_a_household_takes(estate: Estate) -> None:
    _, hub = estate.hub()
    wan = estate.connect(hub["wan"])
    taken = []
    for counter, seed in enumerate((5, 5, 6), 1):
        esme = estate.esme(
            hub["han"], "--clock", f"stepped:{_START}", "--seed", str(seed), "--load-profile", "household"
        )
        esme.tell("advance 86400")
        taken.append(_read_import(estate, wan, counter))
        assert esme.end(signal.SIGTERM) == 0
    assert taken[0] == taken[1] != taken[2]


def test_a_step_that_means_nothing_changes_nothing(estate: Estate) -> None:
    _, hub = estate.hub()
    esme = estate.esme(hub["han"], "--clock", f"stepped:{_START}")
    for line, told in (
        ("to yesterday", "yesterday"),
        ("to 2025-12-31T23:59:59Z", "time does not go back"),
        ("advance -1", "time does not go back"),
        ("advance inf", "infinity"),
        ("advance nan", "NaN"),
        ("advance 1e300", ""),
        ("to 9999-01-01", "no time to run"),
        ("jump", "none of `advance SECONDS`, `to TIME`, `now`"),
        ("advance", "none of"),
        ("\xff", "none of"),
    ):
        assert told in esme.tell(line)["error"]
    assert esme.tell("now")["now"] == _START
    assert esme.end(signal.SIGTERM) == 0
    assert "Traceback" not in esme.log.read_text()


def test_an_accelerated_week_of_two_profiles_and_its_record(estate: Estate, capsys: pytest.CaptureFixture[str]) -> None:
    record = estate.folder / "record.jsonl"
    _, hub = estate.hub()
    wan = estate.connect(hub["wan"])
    esme = estate.esme(hub["han"], "--clock", "2026-05-25T00:00:00Z", "--speed", "1e6", "--record", str(record),
                       "--load-profile", "household:7", "solar:7")  # fmt: skip
    alert = estate.answer(wan)
    assert alert.use_case
    assert alert.use_case.code == "ECS68"
    assert _read_import(estate, wan, 1) > 7 * 24 * 250 // 2
    assert esme.end(signal.SIGTERM) == 0
    lines = _record(record)
    assert [lines[0]["event"], lines[-1]["event"]] == ["start", "stop"]
    assert gbcs(["decode", "--keystore", str(estate.keys), "--json", str(record)]) == 0
    decoded = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["use_case"] for each in decoded] == [line["use_case"] for line in lines if "octets" in line]


def test_the_record_tells_of_messages_connections_and_log_entries(estate: Estate) -> None:
    record = estate.folder / "record.jsonl"
    hub, at = estate.hub()
    wan = estate.connect(at["wan"])
    esme = estate.esme(at["han"], "--clock", f"stepped:{_START}", "--record", str(record))
    octets = command(estate.keystore, "ECS44", 9)
    wan.send(octets[:-1] + bytes((octets[-1] ^ 1,)))
    assert estate.answer(wan).message.cra is Cra.ALERT
    wan.send(octets)
    assert estate.answer(wan).message.cra is Cra.RESPONSE
    assert hub.end(signal.SIGTERM) == 0
    estate.hub(at["han"][1])
    while [line["event"] for line in _record(record)].count("connected") < 2:
        esme.tell("now")
    assert esme.end(signal.SIGTERM) == 0
    lines = [{name: value for name, value in line.items() if name != "octets"} for line in _record(record)]
    assert all(line.pop("time") == _START for line in lines)
    host, port = at["han"]
    who, connected = {"eui": METER.hex()}, {"event": "connected", "hub": f"{host}:{port}"}
    received = {"event": "received", **who, "kind": "command", "use_case": "ECS44"}

    def logged(code: int, log: str = "event_log", other: str | None = "") -> dict[str, Any]:
        named = {"log_code": f"{code:04x}", "name": ALERT_NAMES[code]}
        more = {} if other is None else {"other_information": other}
        return {"event": "log", **who, "log": log, "timestamp": _START, **named, **more}

    came, lost = logged(0x81A2), [{"event": "disconnected", "hub": f"{host}:{port}"}, logged(0x81A3)]
    assert lines == [
        {"event": "start", "device": "ESME", **who},
        logged(0x8183),
        came,
        connected,
        received,
        logged(0x8F3D, "security_log", None),
        {"event": "sent", **who, "kind": "alert", "use_case": "GCA-DLMS"},
        received,
        logged(0x8155, other="0051"),
        {"event": "sent", **who, "kind": "response", "use_case": "ECS44"},
        *lost,
        logged(0x8183),  # the new hub knows nothing, and gives it a new link key
        came,
        connected,
        *lost,
        {"event": "stop"},
    ]


def test_an_end_under_load_keeps_what_was_answered_and_tells_no_secrets(estate: Estate, keystore: Keystore) -> None:
    record, state = estate.folder / "record.jsonl", str(estate.folder / "esme.db")
    _, hub = estate.hub()
    wan = estate.connect(hub["wan"])
    esme = estate.esme(hub["han"], "--state", state, "--record", str(record))
    commands = [command(keystore, "ECS38", n, randomised_offset_limit=n % 1799) for n in range(1, 1001)]
    sender = threading.Thread(target=lambda: [wan.send(octets) for octets in commands])
    sender.start()
    answered = [estate.answer(wan).message.originator_counter for _ in range(50)]
    assert esme.end(signal.SIGTERM) == 0
    sender.join()
    lines = _record(record)
    assert lines[-1]["event"] == "stop"
    sent = [Message.decode(bytes.fromhex(line["octets"])) for line in lines if line["event"] == "sent"]
    counters = [message.originator_counter for message in sent if message.cra is Cra.RESPONSE]
    assert answered == counters[:50]
    again = estate.esme(hub["han"], "--state", state)
    wan.send(commands[answered[-1] - 1])
    assert again.end(signal.SIGTERM) == 0
    told = record.read_bytes() + esme.log.read_bytes()
    for secret in _secrets(keystore):
        for form in (secret, secret.hex().encode(), secret.hex().upper().encode(), base64.b64encode(secret)):
            assert form not in told


def _secrets(keystore: Keystore) -> Iterator[bytes]:
    """Private keys of the meter, as numbers and as files have them, and what it agrees on with its parties."""
    for entry in keystore.entries(METER):
        assert entry.private_key
        yield entry.private_key.private_numbers().private_value.to_bytes(32, "big")
        yield entry.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    yield keystore.shared_secret(METER, keystore.broker())
