"""The `gbcs` command, given what a user gives it."""

from __future__ import annotations

import base64
import json
from functools import partial
from pathlib import Path

import pytest

from gbcs import usecases
from gbcs.__main__ import main
from gbcs.cosem.date_time import CosemDateTime
from gbcs.message import Message
from gbcs.usecases.catalogue import USE_CASES
from tests.command_line import run_text
from tests.gbcs.keys import METER, SUPPLIER, MemoryKeys

gbcs = partial(run_text, main)


@pytest.fixture(scope="module")
def octets() -> bytes:
    return USE_CASES["ECS10"].command(SUPPLIER, METER, 1000, supplier_message="Hello").encode()


def test_a_message_is_read_as_hex_base64_and_raw_octets(octets: bytes) -> None:
    forms = (octets.hex(":"), octets.hex().upper() + "\n", base64.b64encode(octets), octets)
    shown = [json.loads(gbcs("decode", "--json", "-", stdin=form).stdout) for form in forms]
    assert all(one == shown[0] for one in shown)
    assert shown[0]["use_case"] == "ECS10"
    assert shown[0]["payload"]["supplier_message"]["value"] == "Hello"
    assert shown[0]["octets"] == octets.hex()


def test_decode_and_encode_are_inverses(octets: bytes) -> None:
    shown = gbcs("decode", "--json", "-", stdin=octets.hex()).stdout
    again = gbcs("encode", "-", stdin=shown * 2)
    assert again.returncode == 0
    assert again.stdout.split() == [octets.hex()] * 2


def test_encode_builds_from_the_fields(octets: bytes) -> None:
    fields = json.loads(gbcs("decode", "--json", "-", stdin=octets.hex()).stdout)
    fields["originator_counter"] = 0x1020304
    fields["payload"]["supplier_message"]["value"] = "Bye"
    wanted = USE_CASES["ECS10"].command(SUPPLIER, METER, 0x1020304, supplier_message="Bye")
    assert gbcs("encode", "-", stdin=json.dumps(fields)).stdout.strip() == wanted.encode().hex()


def test_the_tree_names_the_use_case_and_the_fields(octets: bytes) -> None:
    run = gbcs("decode", "-", stdin=octets.hex())
    assert run.returncode == 0
    first, *_, last = run.stdout.splitlines()
    assert first == "ECS10 precommand · Send Message to ESME · message code 0x0021, SME.C.NC · -"
    assert last == "   └─ supplier_message: Hello (set class 1 0-2:96.13.1.255 attribute 2 SupplierMessage.value)"


def test_the_tree_shows_units_names_and_entries_in_a_line_each() -> None:
    read = usecases.ECS20d
    period = {"start": "2026-01-01T00:00:00Z", "end": "2026-12-31T00:00:00Z"}
    command = read.command(SUPPLIER, METER, 1000, billing_data_log_prepayment_credits_buffer=period)
    entries = [{"timestamp": "2026-11-25T12:00:00Z", "dl_value": 1_000_000}]
    response = read.response(
        command, date_time=CosemDateTime.NOW, keys=MemoryKeys(), billing_data_log_prepayment_credits_buffer=entries
    )
    octets = response.encode()
    run = gbcs("decode", "-", stdin=octets.hex())
    assert "billing_data_log_prepayment_credits_buffer: success (" in run.stdout
    assert "[0]: timestamp 2026-11-25T12:00:00Z, dl_value 10.00000 currency" in run.stdout


def test_a_response_is_read_as_the_answer_to_the_command_before_it(tmp_path: Path) -> None:
    label = "auxiliary_controller_4_description"
    command = usecases.ECS46a.command(SUPPLIER, METER, 1, **{label: "Heat pump"})
    asked, answer = tmp_path / "command", tmp_path / "response"
    asked.write_bytes(command.encode())
    answer.write_bytes(usecases.ECS46a.response(command, date_time=CosemDateTime.NOW).encode())
    _, known = map(json.loads, gbcs("decode", "--json", str(asked), str(answer)).stdout.splitlines())
    alone = json.loads(gbcs("decode", "--json", str(answer)).stdout)
    assert set(known["payload"]) == {label}
    assert label in alone["payload"]["auxiliary_controller_1_description"]["one_of"]


def test_one_bad_file_spoils_only_itself(octets: bytes, tmp_path: Path) -> None:
    good, bad, empty = tmp_path / "good", tmp_path / "bad", tmp_path / "empty"
    good.write_bytes(octets)
    bad.write_text(octets.hex()[:-2])
    empty.write_text("")
    run = gbcs("decode", "--json", str(bad), str(good), str(empty))
    assert run.returncode == 2
    first, second, third = map(json.loads, run.stdout.splitlines())
    assert "content" in first["error"]
    assert second["use_case"] == "ECS10"
    assert "empty" in third["error"]


def test_a_record_of_a_device_is_decoded_line_by_line(octets: bytes, tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    lines = ({"event": "start"}, {"event": "received", "octets": octets.hex()}, {"event": "sent", "octets": "df"}, [])
    record.write_text("".join(f"{json.dumps(line)}\n" for line in lines) + "{")
    run = gbcs("decode", "--json", str(record))
    assert run.returncode == 2
    good, bad = map(json.loads, run.stdout.splitlines())
    assert (good["file"], good["use_case"]) == (f"{record}:2", "ECS10")
    assert bad["file"] == f"{record}:3"
    assert bad["error"]


def test_content_that_is_not_the_use_case_s_leaves_the_header(octets: bytes, tmp_path: Path) -> None:
    file = tmp_path / "message"
    file.write_bytes(Message.decode(octets).with_content(b"\xd9 of some other kind").encode())
    run = gbcs("decode", "--json", str(file))
    assert run.returncode == 2
    shown = json.loads(run.stdout)
    assert "payload.long_invoke_id_and_priority at offset" in shown["error"]
    assert (shown["use_case"], shown["originator_counter"]) == ("ECS10", 1000)
    assert shown["undecoded_octets"] == 20
    assert bytes.fromhex(gbcs("encode", "-", stdin=run.stdout).stdout) == file.read_bytes()
    tree = gbcs("decode", str(file)).stdout
    assert "originator_counter: 1000" in tree
    assert "error: payload.long_invoke_id_and_priority at offset" in tree


def test_a_file_that_is_not_there_is_an_operating_system_error() -> None:
    run = gbcs("decode", "--json", "no-such-file")
    assert run.returncode == 1
    assert "No such file" in json.loads(run.stdout)["error"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "-:1 at offset 0: not JSON"),
        ("[]", "-:1 at offset 0: not a JSON object"),
        ("[" * 100_000, "-:1 at offset 0: not JSON"),
        ('{"kind":' + "9" * 5000 + "}", "-:1 at offset 0: not JSON"),
        ("{}", "-:1: kind: missing"),
        ('{"kind": "command"}', "originator_counter: missing"),
    ],
)
def test_encode_says_which_line_is_wrong_and_why(line: str, said: str) -> None:
    run = gbcs("encode", "-", stdin=line)
    assert run.returncode == 2
    assert run.stdout == ""
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def test_what_has_to_be_computed_needs_a_keystore(octets: bytes) -> None:
    fields = json.loads(gbcs("decode", "--json", "-", stdin=octets.hex()).stdout)
    fields["kind"] = "command"
    del fields["mac"]
    run = gbcs("encode", "-", stdin=json.dumps(fields))
    assert run.returncode == 3
    assert "keystore" in run.stderr


@pytest.mark.parametrize("arguments", [(), ("decode",), ("dekode", "x"), ("decode", "--jsn", "x")])
def test_wrong_usage_has_its_own_exit_status(arguments: tuple[str, ...]) -> None:
    run = gbcs(*arguments)
    assert run.returncode == 64
    assert run.stderr.startswith("usage: gbcs")


def test_kernels_says_which_path_each_operation_takes() -> None:
    run = gbcs("kernels")
    assert run.returncode == 0
    assert "compiled kernels in " in run.stdout
    shown = {row["operation"]: row for row in map(json.loads, gbcs("kernels", "--json").stdout.splitlines())}
    assert set(shown) == {"sign", "verify", "agree", "agree each", "digest", "mac", "encrypt", "parse"}
    assert all(row["path"] and row["reason"] for row in shown.values())


def test_use_cases_are_listed_by_code_and_message_code() -> None:
    by_code, by_message_code = gbcs("usecases", "--json", "ECS52"), gbcs("usecases", "--json", "0x0059")
    assert by_code.stdout == by_message_code.stdout
    assert json.loads(by_code.stdout)["devices"] == ["CHF", "ESME", "SAPC"]
    assert len(gbcs("usecases").stdout.splitlines()) == 235
    assert gbcs("usecases", "ECS99").returncode == 2
