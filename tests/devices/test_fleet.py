"""Fleets: their plans, their processes, and what becomes of every command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from devices.__main__ import main
from devices.configuration import ConfigurationError
from devices.fleet import report
from devices.fleet.keys import make_keys
from devices.fleet.ledger import Entry, Ledger, Outcome
from devices.fleet.plan import Order, Plan, read
from devices.fleet.processes import FleetError
from devices.fleet.progress import Progress
from devices.fleet.run import run
from devices.fleet.schema import SCHEMA
from devices.fleet.traffic import Command, Traffic
from devices.home.assembly import make_device
from devices.in_process import own_time
from devices.store import Store
from gbcs.bulk import check_many
from gbcs.errors import UseCaseError
from gbcs.roles import RemotePartyRole
from smki.keystore import Keystore
from tests.devices.rig import NOW

FAULTS = Path("docs/fleet-faults.toml")
ADJUSTMENT = """
[[traffic.command]]
use-case = "ECS04a"
to = "esme"
values = { meter_balance_update_amount = 7 }
"""
#: Seconds that a process may take for anything.
PATIENCE = 60


def plan_of(folder: Path, text: str, **changes: Any) -> Plan:
    path = folder / "fleet.toml"
    path.write_text(text)
    return read(str(path), **changes)


def run_quietly(plan: Plan) -> dict[str, Any]:
    return run(plan, Progress(StringIO()))


# Plans.


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "premises is missing"),
        ("premises = 0", "premises: 0 is below 1"),
        ("premises = 2\nprocess = 3", "process: no such key; did you mean processes"),
        ("premises = 1\n[esme]\nvariant = 'triple'", "esme.variant: 'triple' is none of 'single', 'twin'"),
        ("premises = 1\n[esme]\neui = '00'", "esme.eui: no such key"),
        ("premises = 1\nclock = 'noon'", "clock: Invalid isoformat string"),
        ("premises = 1", "traffic.command[0].to: the premises have no esme; there is hub"),
        ("premises = 1\n[esme]\n[traffic]\ncommands = 1\nseconds = 1", "traffic: commands or seconds, not both"),
        ("premises = 1\n[esme]\n[traffic]\nactive = 2", "traffic.active: there are 1 premises"),
        ("premises = 1\n[esme]\n[faults.han]\nloss = 2", "faults.han.loss: 2 is above 1"),
        ("premises = 1\n[esme]\n[kill]", "kill: every is missing"),
        (
            "premises = 1\n[esme]\n[[traffic.command]]\nuse-case = 'ECS99'\nto = 'esme'",
            "traffic.command[0].use-case: no use case 'ECS99' has a message",
        ),
        (
            "premises = 1\n[[traffic.command]]\nuse-case = 'ECS17b'\nto = 'hub'",
            "traffic.command[0].use-case: nobody of supplier, network-operator, access-control-broker, "
            "load-controller may send ECS17b to a hub",
        ),
        ("premises = 9\nfirst-eui = 'ff-ff-ff-ff-ff-ff-ff-f0'\n[esme]", "first-eui: too few identifiers come after it"),
    ],
)
def test_a_plan_that_means_nothing_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        plan_of(tmp_path, text)
    assert str(refused.value).startswith(f"{tmp_path / 'fleet.toml'}: {complaint}")


def test_the_schema_is_one_and_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "fleet"]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema == SCHEMA


def test_the_fault_run_is_the_one_that_is_meant() -> None:
    plan = read(str(FAULTS))
    assert (plan.premises, plan.commands, plan.separate, plan.kill) == (100, 10_000, True, 1)
    assert {"loss=0.01", "corruption=0.01"} <= {*plan.han} & {*plan.wan}
    assert read(str(FAULTS), premises=3, seconds=2.0).commands is None


def test_four_identifiers_to_each_of_the_premises(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "premises = 3\nfirst-eui = '00-00-5E-EF-30-00-00-FE'\n[esme]\n[gpf]")
    assert [plan.eui(number, device).hex()[-4:] for number in range(2) for device in ("hub", "gpf", "esme")] == [
        "00fe", "00ff", "0100", "0102", "0103", "0104",
    ]  # fmt: skip
    home = plan.home(1)
    assert home.members == tuple(plan.eui(1, device) for device in ("hub", "gpf", "esme"))


# Commands ahead.


def fleet_of(**arguments: Any) -> Plan:
    tables = {name: {} for name in ("hub", "esme")}
    return Plan(premises=3, devices=tables, **arguments)


def test_commands_are_protected_as_the_devices_want_them() -> None:
    orders = (
        Order("ECS17b"),
        Order("ECS04a", values={"meter_balance_update_amount": 3}),
        Order("ECS52", "hub", RemotePartyRole.ACCESS_CONTROL_BROKER),
    )
    # A seed by which a party's certificates for DUIS are newer than those for GBCS.
    plan = fleet_of(orders=orders, seed=1)
    keys = make_keys(plan)
    commands = Traffic(plan, keys, 1000).take(60)
    assert check_many([command.octets for command in commands], keys).passed.all()
    assert [command.counter for command in commands] == [*range(1000, 1060)]
    assert {command.order.use_case for command in commands} == {"ECS17b", "ECS04a", "ECS52"}
    assert sum(command.amount for command in commands) == 3 * sum(c.order is orders[1] for c in commands)
    tables = read(str(FAULTS)).devices
    meter_plan = Plan(premises=3, devices=tables, seed=1).home(0).devices[0]
    meter = make_device(meter_plan, keys, NOW, Store(), own_time)
    mine = [command for command in commands if command.recipient == meter.eui]
    assert len({command.order.use_case for command in mine}) == 2
    assert all(len(meter.receive(command.octets, NOW)) == 1 for command in mine)


def test_values_that_make_no_command_are_refused() -> None:
    plan = fleet_of(orders=(Order("ECS04a", values={"amount": 3}),))
    with pytest.raises(UseCaseError, match="amount"):
        Traffic(plan, make_keys(plan), 1)


# The ledger.


@pytest.fixture(scope="module")
def answered() -> tuple[Plan, Keystore, list[Command], list[bytes]]:
    """Commands to one meter, and its answers: a read, an adjustment, and one that it does not support."""
    plan = Plan(
        premises=1,
        devices=read(str(FAULTS)).devices,
        orders=(
            Order("ECS17b"),
            Order("ECS04a", values={"meter_balance_update_amount": 3}),
            Order("GCS13a"),
        ),
    )
    keys = make_keys(plan)
    meter = make_device(plan.home(0).devices[0], keys, NOW, Store(), own_time)
    commands = Traffic(plan, keys, 10).make((0, order) for order in plan.orders)
    return plan, keys, commands, [meter.receive(command.octets, NOW)[0] for command in commands]


def test_every_command_has_one_outcome(answered: tuple[Plan, Keystore, list[Command], list[bytes]]) -> None:
    _, _, commands, answers = answered
    ended: list[Entry] = []
    ledger = Ledger(10, ended.append)
    entries = [ledger.send(command, now) for now, command in enumerate(commands)]
    ledger.take(answers[2], 2.1)
    ledger.take(answers[0], 2.5)
    assert (entries[0].outcome, entries[0].seconds, len(ledger)) == (Outcome.ANSWERED, 2.5, 1)
    assert entries[2].outcome is Outcome.REFUSED
    ledger.take(answers[0], 3)
    ledger.expire(1)
    assert len(ledger) == 1, "it was not sent before that time"
    ledger.expire(1.5)
    assert entries[1].outcome is Outcome.UNANSWERED
    ledger.take(answers[1], 4)
    ledger.take(b"\0", 5)
    assert ended == [entries[2], entries[0], entries[1]]
    assert ledger.errors == {"a second response": 1, "a late response": 1, "not a message": 1}


def test_what_nobody_asked_for_is_counted(answered: tuple[Plan, Keystore, list[Command], list[bytes]]) -> None:
    ledger = Ledger(11)
    for octets in answered[3]:
        ledger.take(octets, 0)
    assert (ledger.earlier, ledger.errors) == (1, {"a response that nobody asked for": 2})


def test_answers_are_checked(answered: tuple[Plan, Keystore, list[Command], list[bytes]]) -> None:
    _, keys, commands, answers = answered
    forged = bytes((*answers[0][:-1], answers[0][-1] ^ 1))
    outcomes = (Outcome.ANSWERED, Outcome.ANSWERED, Outcome.REFUSED, Outcome.ANSWERED)
    entries = [
        Entry(command, 0, outcome, 1, answer)
        for command, outcome, answer in zip((*commands, commands[0]), outcomes, (*answers, forged), strict=True)
    ]
    assert report.results(entries[:3], keys) == ({}, {})
    assert report.results(entries, keys)[1] == {"a response that is not authentic": 1}
    meter = commands[0].recipient
    assert report.amounts(entries, {}) == {meter: 3}
    assert report.amounts(entries, {commands[1].counter: "other-reason"}) == {meter: 0}
    assert not report.balance_errors({meter: 1}, {meter: 3}, {meter: 4}, {meter: 4})
    assert [*report.balance_errors({meter: 1}, {meter: 3}, {meter: 7}, {meter: 7})] == [
        "a balance that is not the sum of what was answered"
    ], "executed twice"
    assert [*report.balance_errors({meter: 1}, {meter: 3}, {meter: 4}, {meter: 1})] == [
        "a balance that is not what the meter holds"
    ]


def test_where_some_premises_are_active_the_others_get_no_commands() -> None:
    plan = fleet_of(active=2)
    traffic = Traffic(plan, make_keys(plan), 1)
    assert [command.premises for command in [*traffic.take(3), *traffic.take(2)]] == [0, 1, 0, 1, 0]


# Runs.


def test_a_fleet_in_shared_processes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "fleet.toml").write_text(
        "premises = 3\n[gpf]\n[esme]\nvariant = 'twin'\n[sapc]\n[traffic]\nwindow = 3\n"
        + ADJUSTMENT
        + "".join(
            f"[[traffic.command]]\nuse-case = '{code}'\nto = '{to}'\n"
            for code, to in (("ECS17b", "esme"), ("ECS52", "hub"), ("ECS52", "sapc"), ("GCS13a", "gpf"))
        )
    )
    assert main(["fleet", str(tmp_path / "fleet.toml"), "--commands", "120", "--json"]) == 0
    told = capsys.readouterr()
    figures = json.loads(told.out)
    assert figures["ok"]
    assert (figures["premises"], figures["devices"], figures["processes"], figures["commands"]) == (3, 12, 2, 120)
    assert figures["outcomes"] == {"answered": 120, "refused": 0, "unanswered": 0}
    assert (figures["results"], figures["errors"]) == ({}, {})
    assert list(figures["latency_ms"]) == ["50", "90", "99", "99.9", "max"]
    assert figures["memory_mib"]["fleet"] > 0
    assert "keys of 3 premises" in told.err


def test_every_command_has_one_outcome_whoever_is_killed(tmp_path: Path) -> None:
    plan = read(str(FAULTS), premises=4, seconds=6.0)
    assert plan.state is None
    figures = run_quietly(Plan(**{**vars_of(plan), "kill": 1.0}))
    assert figures["errors"] == {}
    assert figures["ok"]
    assert figures["restarts"]["hub"] == figures["restarts"]["meter"] >= 2
    assert figures["outcomes"] == {"answered": figures["commands"], "refused": 0, "unanswered": 0}
    assert figures["commands"] > 100
    assert all(figures["faults"][name] for name in ("loss", "corruption", "duplication", "reordering"))
    assert not list(tmp_path.iterdir())


def vars_of(plan: Plan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in Plan.__slots__}


def test_state_outlives_a_run(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "premises = 2\nstate = 'kept'\n[esme]\n[traffic]\ncommands = 20\n" + ADJUSTMENT)
    for _ in range(2):
        assert run_quietly(plan)["ok"]
    assert sorted(path.name for path in (tmp_path / "kept").rglob("*.db")) == ["premises.db"] * 2
    # Who takes the state away from under its feet is told.
    (tmp_path / "kept" / "00001" / "premises.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(FleetError, match=r"^worker-1: .*premises\.db"):
        run_quietly(plan)


def test_what_comes_too_late_is_no_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "fleet.toml").write_text(
        "premises = 1\n[esme]\n[faults.han]\ndelay = 0.4\n"
        "[timeouts]\nresponse = 0.1\nlinger = 2\n[traffic]\ncommands = 3"
    )
    assert main(["fleet", str(tmp_path / "fleet.toml")]) == 4
    told = capsys.readouterr().out
    assert "answered 0, refused 0, unanswered 3" in told
    assert "a command without response 3, a late response 3" in told


def children_of(pid: int) -> Sequence[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_a_run_that_is_ended(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "fleet.toml").write_text("premises = 2\nlogs = 'logs'\n[esme]\n[traffic]\nseconds = 500")
    command = [sys.executable, "-m", "devices", "fleet", str(tmp_path / "fleet.toml")]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment) as process:
        assert process.stderr
        while b" commands in " not in (line := process.stderr.readline()):
            assert line, "it has ended"
        below = [each for child in children_of(process.pid) for each in (child, *children_of(child))]
        assert len(below) >= 3, "the fork server and its processes"
        process.send_signal(number)
        process.wait(PATIENCE)
        assert b"Traceback" not in process.stderr.read()
    end = time.monotonic() + PATIENCE
    while any(is_running(each) for each in below):
        assert time.monotonic() < end
        time.sleep(0.02)
    assert process.returncode == (-signal.SIGKILL if number is signal.SIGKILL else 1)
    if number is not signal.SIGKILL:
        assert {path.name for path in tmp_path.iterdir()} == {"fleet.toml", "logs"}, "no keys are left behind"


def is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
