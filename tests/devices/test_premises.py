"""Premises by one file: a hub, its GPF, meter and controller in one process, and the same without one."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import devices
from devices.__main__ import main
from devices.alerts import AlertCode
from devices.configuration import ConfigurationError
from devices.errors import DeviceError, StoreError
from devices.home import file
from devices.home.plan import DevicePlan, GpfPlan, HubPlan, Plan
from devices.options import OPTIONS, PROCESS, schema_of_premises
from devices.processes.client import WanClient
from gbcs.cosem import objects as o
from gbcs.decoding import Decoded, decode
from gbcs.eui64 import Eui64
from gbcs.message import Cra, Message, Supplementary
from gbcs.roles import KeyUse
from smki.authority import TestAuthority
from smki.keystore import Keystore, open_keystore
from tests.devices.processes import Estate, Process, free_port
from tests.devices.rig import BROKER, HUB, METER, NOW, STRANGER, SUPPLIER, codes, command, items, joint
from tests.devices.test_control_process import Control
from tests.gbcs.gbz import COMMANDS

_GUIDE = Path(__file__).parents[2] / "docs" / "emulators.md"
SAPC = Eui64.parse("00-00-5E-EF-20-00-00-05")
GPF = Eui64.parse("00-00-5E-EF-20-00-00-04")
FILE = f"""
keystore = "{{folder}}/keys.json"
state = "{{folder}}/premises.db"

[hub]
eui = "{HUB}"
wan-port = 0
han-port = 0

[gpf]
eui = "{GPF}"
gas = "household:3"

[[device]]
type = "esme"
eui = "{METER}"
load = 3600
install-code = "00112233445566778899AABBCCDDEEFF528F"

[[device]]
type = "sapc"
eui = "{SAPC}"
poll = 0.2
"""


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[Estate]:
    estate = Estate(tmp_path, Keystore(), tmp_path / "keys.json")
    yield estate
    estate.close()


def _write(folder: Path, text: str = FILE) -> Path:
    path = folder / "premises.toml"
    path.write_text(text.format(folder=folder))
    return path


class Running:
    """Premises as a process, and a rig on its WAN."""

    def __init__(self, estate: Estate, *arguments: str, text: str = FILE) -> None:
        self._estate = estate
        path = _write(estate.folder, text)
        self.process = Process(estate.folder / "premises.log", "premises", str(path), *arguments)
        estate._processes.append(self.process)
        self.ready = self.process.ready()
        estate.keystore = self.keystore = open_keystore(estate.folder / "keys.json")
        self.wan = estate.connect(self.ready["wan"])

    def send(self, use_case: str, counter: int = 1, **values: Any) -> None:
        self.wan.send(command(self.keystore, use_case, counter, **values))

    def response(self) -> Decoded:
        """The next response, past all alerts."""
        while True:
            answer = self._estate.answer(self.wan)
            if answer.message.cra is Cra.RESPONSE:
                return answer

    def ask(self, use_case: str, counter: int = 1, **values: Any) -> Decoded:
        """Sends a command and gives its response."""
        self.send(use_case, counter, **values)
        answer = self.response()
        assert codes([answer]) == [use_case]
        return answer


def test_one_file_is_a_hub_with_gpf_meter_and_controller(estate: Estate) -> None:
    running = Running(estate)
    assert running.ready.keys() == {"ready", "eui", "wan", "han"}
    assert items(running.ask("ECS52", to=METER)) == items(running.ask("ECS52", to=SAPC)) == [(b"\0\0\0\1", 0)]
    assert running.ask("ECS52", by=BROKER, to=HUB, supplementary=Supplementary(SUPPLIER, 1)).message.originator == HUB
    assert running.ask("GCS13a", to=GPF).message.originator == GPF
    assert running.process.end(signal.SIGTERM) == 0
    assert "Traceback" not in running.process.log.read_text()


def test_what_was_answered_outlives_the_process_for_all_of_them(estate: Estate) -> None:
    running = Running(estate)
    for to in (METER, SAPC):
        assert items(running.ask("ECS38", 7, to=to, randomised_offset_limit=9)) == [(None, 0)]
    tenancy = running.ask("GCS09", 7, to=GPF, **COMMANDS["GCS09"])
    assert tenancy.payload
    assert not tenancy.payload.failures
    assert running.process.end(signal.SIGKILL) == -signal.SIGKILL
    again = Running(estate)
    for to in (METER, SAPC):
        # A replay is answered by nothing.
        again.send("ECS38", 7, to=to, randomised_offset_limit=5)
        assert codes([again.ask("ECS52", 8, to=to)]) == ["ECS52"]
    assert again.process.end(signal.SIGTERM) == 0
    with devices.premises(estate.folder / "premises.toml") as home:
        assert home.sapc.cosem.get(o.RANDOMISED_OFFSET_LIMIT, "value") == 9
        assert home.gpf.tenancy_start is not None


def test_commands_have_one_outcome_however_often_the_process_is_killed(estate: Estate) -> None:
    faults = "{{ loss = 0.02, duplication = 0.02, corruption = 0.02, reordering = 0.05, disconnection = 0.002 }}"
    port = free_port()
    text = FILE.replace("wan-port = 0", f"wan-port = {port}\nfault = {faults}\nwan-fault = {faults}")
    text = text.replace("load = 3600", f"load = 0\nfault = {faults}")
    running = Running(estate, text=text)
    keystore, total = running.keystore, 240
    outcomes: list[bytes] = []

    async def adjust(client: WanClient, gate: asyncio.Semaphore, counter: int) -> None:
        async with gate:
            outcomes.append(await client.ask(command(keystore, "ECS04a", counter, meter_balance_update_amount=counter)))

    async def kill() -> None:
        nonlocal running
        for number in range(1, 4):
            while len(outcomes) < number * total // 4:
                await asyncio.sleep(0.01)
            running.process.end(signal.SIGKILL)
            running = await asyncio.to_thread(Running, estate, text=text)

    async def run() -> None:
        gate = asyncio.Semaphore(12)
        async with asyncio.timeout(60), WanClient(("127.0.0.1", port), b"the rig.") as client:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(kill())
                for counter in range(1, total + 1):
                    tasks.create_task(adjust(client, gate, counter))
            await client.ask(command(keystore, "ECS52", total + 1))
            unasked = [Message.decode(await client.receive()).cra for _ in range(client.unread)]
            assert Cra.RESPONSE not in unasked, "no response came twice"

    asyncio.run(run())
    assert all(items(decode(octets, keystore)) == [(None, 0)] for octets in outcomes)
    assert sorted(Message.decode(octets).originator_counter for octets in outcomes) == list(range(1, total + 1))
    assert running.process.end(signal.SIGTERM) == 0
    with devices.premises(estate.folder / "premises.toml") as home:
        assert home.esme.cosem.get(o.METER_BALANCE, "current_credit_amount") == sum(range(1, total + 1))
        assert AlertCode.OTHER_AUTHENTICATION_FAILURE not in [entry.code for entry in home.esme.security_log]
    assert "Traceback" not in running.process.log.read_text()


def test_a_control_plane_sees_all_of_them_and_resets_one_alone(estate: Estate) -> None:
    running = Running(estate, "--control", "0", "--clock", "stepped:2026-03-14")
    control = Control(running.ready["control"])
    there = {each["eui"]: each["type"] for each in control.done("GET", "/devices")["devices"]}
    assert there == {HUB.hex(): "CHF", GPF.hex(): "GPF", METER.hex(): "ESME", SAPC.hex(): "SAPC"}
    while control.ask("GET", "/health/ready")[0] != 200:
        pass
    assert control.done("GET", "/health/ready")["links"] == {METER.hex(): True, SAPC.hex(): True}
    assert running.process.tell("advance 3600")["now"] == "2026-03-14T01:00:00+00:00"
    meter = items(running.ask("ECS17b", to=METER))[0][0]
    assert meter["active_import_value"] == 3600
    running.ask("ECS10", 7, to=METER, supplier_message="kept")
    running.ask("ECS38", 7, to=SAPC, randomised_offset_limit=9)
    for eui in (GPF, SAPC, HUB):
        control.done("POST", f"/devices/{eui.hex()}/reset")
    assert control.done("GET", f"/devices/{METER.hex()}/attributes/supplier_message/value")["value"] == "kept"
    limit = f"/devices/{SAPC.hex()}/attributes/randomised_offset_limit/value"
    assert control.done("GET", limit)["value"] != 9
    assert items(running.ask("ECS38", 1, to=SAPC, randomised_offset_limit=5)) == [(None, 0)], "its counters are new"
    assert running.ask("GCS13a", 2, to=GPF).message.originator == GPF
    control.done("PATCH", "/link", {METER.hex(): {"loss": 0.3}, "han": {"loss": 0.3}})
    counters = range(20, 30)
    for counter in counters:
        running.send("ECS52", counter, to=METER)
    answers = [running.response().message for _ in counters]
    assert [(each.originator, each.originator_counter) for each in answers] == [(METER, each) for each in counters]
    assert running.process.end(signal.SIGTERM) == 0
    assert "Traceback" not in running.process.log.read_text()


def test_the_record_tells_of_all_of_them(estate: Estate) -> None:
    record = estate.folder / "record.jsonl"
    running = Running(estate, "--record", str(record))
    for to in (METER, SAPC):
        running.ask("ECS52", to=to)
    assert running.process.end(signal.SIGTERM) == 0
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    started = {line["eui"]: line["device"] for line in lines if line["event"] == "start"}
    assert started == {HUB.hex(): "CHF", GPF.hex(): "GPF", METER.hex(): "ESME", SAPC.hex(): "SAPC"}
    assert {line["eui"] for line in lines if line["event"] == "connected"} == {METER.hex(), SAPC.hex()}
    received = [(line["eui"], line["use_case"]) for line in lines if line["event"] == "received"]
    assert received == [(METER.hex(), "ECS52"), (SAPC.hex(), "ECS52")]


def test_a_hub_has_a_gpf_in_the_same_state_file(tmp_path: Path, keystore: Keystore, authority: TestAuthority) -> None:
    keys = joint(keystore, [authority.issue_device(GPF, use) for use in (KeyUse.DS, KeyUse.KA)])
    keys.save(tmp_path / "keys")
    estate = Estate(tmp_path, keys, tmp_path / "keys")
    arguments = ("--gpf", str(GPF), "--gas", "household:3", "--state", str(tmp_path / "hub.db"))
    try:
        hub, at = estate.hub(0, *arguments)
        wan = estate.connect(at["wan"])
        wan.send(command(keys, "GCS09", to=GPF, **COMMANDS["GCS09"]))
        assert estate.answer(wan).message.originator == GPF
        assert hub.end(signal.SIGKILL) == -signal.SIGKILL
    finally:
        estate.close()
    plan = Plan(HubPlan(HUB), GpfPlan(GPF))
    with devices.premises(plan, keys, now=NOW, state=tmp_path / "hub.db") as home:
        assert home.gpf.tenancy_start == datetime(2016, 11, 23, tzinfo=UTC)


# Without a process.


def test_premises_of_nothing_but_their_name() -> None:
    with devices.premises(now=NOW) as home:
        for use_case, device in (("ECS52", home.esme), ("ECS52", home.sapc), ("GCS13a", home.gpf)):
            [response] = home.send(command(home.keystore, use_case, to=device.eui))
            assert decode(response, home.keystore).message.originator == device.eui
        home.leave(home.esme.eui)
        assert home.send(command(home.keystore, "ECS52", 2, to=home.esme.eui)) == []
        answers = [decode(each, home.keystore) for each in home.join(home.esme.eui)]
        assert codes(answers) == ["ECS52"]
        alerts = [decode(each, home.keystore) for each in home.advance(timedelta(days=31))]
        assert "ECS68" in codes(alerts)


def test_premises_keep_their_state_in_one_file(tmp_path: Path, keystore: Keystore) -> None:
    plan = Plan(HubPlan(HUB), devices=(DevicePlan("esme", METER, {"variant": "twin", "load": 100}),))
    state = tmp_path / "premises.db"
    with devices.premises(plan, keystore, now=NOW, state=state) as home:
        assert home.send(command(keystore, "ECS38", 3, randomised_offset_limit=9))
    with devices.premises(plan, keystore, now=NOW, state=state) as home:
        assert home.send(command(keystore, "ECS38", 3, randomised_offset_limit=9)) == []
        with pytest.raises(DeviceError, match="no such device"):
            _ = home.sapc
    other = Plan(HubPlan(HUB), devices=(DevicePlan("esme", METER),))
    with pytest.raises(StoreError, match=f"the state of twin element ESME {METER}, not of single"):
        devices.premises(other, keystore, now=NOW, state=state)
    with pytest.raises(StoreError, match=f"the state of CHF {HUB}, not of CHF {STRANGER}"):
        devices.premises(Plan(HubPlan(STRANGER)), keystore, now=NOW, state=state)


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (GpfPlan(HUB), f"{HUB} is there twice"),
        (GpfPlan(GPF, {"gas": "household:x"}), "gas: 'household:x' is none of none, household"),
    ],
)
def test_a_plan_that_cannot_be(plan: GpfPlan, told: str) -> None:
    with pytest.raises(DeviceError, match=re.escape(told)):
        devices.premises(Plan(HubPlan(HUB), plan), now=NOW)


def test_a_state_without_its_keys_is_of_no_use(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="needs a keystore"):
        devices.premises(now=NOW, state=tmp_path / "premises.db")


# The file.


def test_the_command_line_wins_for_the_process_and_a_table_for_its_device(tmp_path: Path) -> None:
    path = str(_write(tmp_path, f"seed = 1\n{FILE}seed = 9\n"))
    for said, seed in (({}, 1), ({"seed": 5}, 5)):
        process, plan = file.read(path, said)
        assert process["seed"] == seed
        assert plan.gpf
        assert plan.gpf.arguments["seed"] == seed
        assert [device.arguments["seed"] for device in plan.devices] == [seed, 9]


def test_a_hub_makes_no_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hub", "--eui", str(HUB), "--keystore", str(tmp_path / "none")]) == 1
    assert str(tmp_path / "none") in capsys.readouterr().err


def test_the_schema_is_one_and_describes_every_key(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["schema", "premises"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema == schema_of_premises()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(tomllib.loads(FILE), schema, jsonschema.Draft202012Validator)
    esme, sapc = schema["properties"]["device"]["items"]["oneOf"]
    assert {"load", "install-code", "poll", "fault", "seed", "whitelisted"} <= esme["properties"].keys()
    # All that a device's own file has is there, but what is the process's.
    own = {option.file_key for option in OPTIONS["esme"]} - {option.file_key for option in PROCESS} - {"hub"}
    assert own <= esme["properties"].keys()
    assert "load" not in sapc["properties"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("[hub]", "[huh]"), "huh: no such key; did you mean hub?"),
        (("[hub]\n", "[hub]\nclock = 'real'\n"), "hub.clock: no such key"),
        (('type = "sapc"', 'type = "sapk"'), "device[1].type: 'sapk' is none of 'esme', 'sapc'; did you mean sapc?"),
        (("poll", "load"), "device[1].load: no such key"),
        (("3600", "-1"), "device[0].load: -1 is below 0"),
        (('type = "esme"\n', ""), "device[0]: type is missing"),
        (("household:3", "boiler"), "gpf.gas: 'boiler' is not none, household or household:SEED"),
        ((f'eui = "{SAPC}"', ""), "device[1]: eui is missing"),
        (("load = 3600", 'load-profile = "household:many"'), "device[0]: load-profile: 'household:many'"),
    ],
)
def test_what_means_nothing_is_told_with_its_path(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    assert change[0] in FILE
    path = _write(tmp_path, FILE.replace(*change, 1))
    with pytest.raises(ConfigurationError, match=re.escape(f"premises.toml: {told}")):
        file.read(str(path))


@pytest.mark.parametrize(
    ("change", "status", "told"),
    [
        (("528F", "528E"), 2, "premises.toml: device[0]: "),
        (("load = 3600", "second-load = 5"), 2, "no second element"),
        (('keystore = "{folder}/keys.json"', ""), 2, "a state that is kept needs a keystore"),
        ((str(SAPC), str(HUB)), 2, f"{HUB} is there twice"),
        (("{folder}/premises.db", "/dev/null/state"), 2, "/dev/null/state"),
    ],
)
def test_what_keeps_premises_from_starting_is_said_in_a_line(
    tmp_path: Path, change: tuple[str, str], status: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["premises", str(_write(tmp_path, FILE.replace(*change, 1)))]) == status
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line


def test_the_example_of_the_guide_runs(estate: Estate) -> None:
    (example,) = re.findall(r"```toml\n# devices premises .*?\n(.*?)```", _GUIDE.read_text(), re.DOTALL)
    jsonschema.validate(tomllib.loads(example), schema_of_premises(), jsonschema.Draft202012Validator)
    text = example.replace('"keys"', '"{folder}/keys.json"').replace("premises.db", "{folder}/premises.db")
    text = (
        text.replace("{ loss", "{{ loss").replace(" }\n", " }}\n").replace("[hub]", "[hub]\nwan-port = 0\nhan-port = 0")
    )
    running = Running(estate, "--control", "0", text=text)
    hub, gpf, meter, sapc = (Eui64.parse(f"00-00-5E-EF-10-00-01-0{number}") for number in (1, 4, 2, 3))
    assert running.ready["eui"] == hub.hex()
    assert running.ask("ECS52", to=meter).message.originator == meter
    assert running.ask("GCS13a", to=gpf).message.originator == gpf
    assert f"{sapc.hex()} is not in the device log" in running.process.log.read_text()
    assert running.process.end(signal.SIGTERM) == 0
