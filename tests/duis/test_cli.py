from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from duis.__main__ import main
from duis.document import Response, parse
from duis.signature import STRICT, verify
from tests.command_line import run
from tests.duis.conftest import DCC, ESME, NOW, REQUEST, USER

duis = partial(run, main)


@pytest.fixture
def folder(estate, tmp_path):
    estate.keys.save(tmp_path)
    return tmp_path


REQUEST_3_1 = ("template", "new", "3.1", "--originator", USER, "--target", ESME)


def test_template_sign_verify(folder, estate):
    built = duis(*REQUEST_3_1, "--counter", 1000, "--compact", "--set", "SupplierMessage=Hello")
    assert (built.returncode, built.stderr) == (0, b"")
    assert built.stdout.partition(b"?>")[2].strip() == REQUEST.encode()
    signed = duis("sign", "--keystore", folder, "--preserve-counter", "-", stdin=built.stdout)
    assert (signed.returncode, signed.stderr) == (0, b"")
    assert verify(signed.stdout, estate.keys, STRICT, NOW).content == REQUEST.encode()
    verified = duis("verify", "--keystore", folder, "--at", "2024-05-02", "-", stdin=signed.stdout)
    assert (verified.returncode, verified.stdout) == (0, REQUEST.encode() + b"\n")


def test_the_counter_is_the_time_and_no_two_are_equal(folder):
    (folder / "request.xml").write_text(REQUEST)
    before = time.time_ns() // 1_000_000
    signed = duis("sign", "--keystore", folder, folder / "request.xml", folder / "request.xml").stdout.splitlines()
    counters = [parse(document).request_id.counter for document in signed]
    assert before <= counters[0] < counters[1] <= time.time_ns() // 1_000_000 + 1


def test_without_a_keystore(folder, estate):
    (certificate,) = folder.glob(f"{USER.hex()}-*xmlSign*.pem")
    signed = duis(
        "sign", "--key", certificate.with_suffix(".key"), "--certificate", certificate, "-", stdin=REQUEST.encode()
    )
    assert signed.returncode == 0
    assert duis("verify", "--certificate", certificate, "--at", NOW, "-", stdin=signed.stdout).returncode == 0
    other = duis(
        "sign", "--key", folder / f"{USER.hex()}-ka.key", "--certificate", certificate, "-", stdin=REQUEST.encode()
    )
    assert other.returncode == 3


def test_the_dcc_signs_responses(folder, estate):
    signed = duis("sign", "--keystore", folder, "-", stdin=Response("I99", NOW, "3.1").to_xml())
    assert verify(signed.stdout, estate.keys, STRICT, NOW).originator == DCC


def test_a_bad_file_does_not_keep_back_the_others(folder):
    (folder / "good.xml").write_text(REQUEST)
    (folder / "bad.xml").write_text("<!DOCTYPE x []>" + REQUEST)
    done = duis("sign", "--keystore", folder, folder / "bad.xml", folder / "absent.xml", folder / "good.xml")
    assert done.returncode == 10
    assert done.stdout.count(b"<ds:Signature ") == 1
    assert [line.split(b":")[0] for line in done.stderr.splitlines()] == [b"duis", b"duis"]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((), 64),
        (("sign", "-"), 64),
        (("sign", "--key", "a.key", "-"), 64),
        (("sign", "--keystore", "k", "--key", "a.key", "--certificate", "a.pem", "-"), 64),
        (("verify", "-"), 64),
        (("verify", "--keystore", "k", "--at", "noon", "-"), 64),
        (("verify", "--keystore", "/nonexistent", "-"), 1),
        (("template",), 64),
        (("template", "new"), 64),
        (("template", "new", "99"), 2),
        (("template", "show", "99"), 2),
        (("template", "new", "3.1", "--originator", "nobody"), 64),
        (("template", "new", "3.1", "--with", "Nothing"), 2),
        ((*REQUEST_3_1, "--set", "SupplierMessage"), 2),
        ((*REQUEST_3_1, "--set", "a b=x"), 2),
        ((*REQUEST_3_1, "--set", "SupplierMessage/Text=x"), 2),
        ((*REQUEST_3_1, "--set", "Message=x"), 10),
        (("signer",), 64),
        (("signer", "serve"), 64),
        (("signer", "serve", "--keystore", "k", "--port", "70000"), 64),
        (("signer", "serve", "--keystore", "/nonexistent"), 1),
        (("validate", "/nonexistent"), 1),
        (("validate", "--schemas", "/nonexistent", "-"), 1),
        (("encode", "-"), 2),
        (("decode", "-"), 2),
        (("validate", "-"), 2),
        ((*REQUEST_3_1, "--command-variant", "4", "--set", "SupplierMessage=x"), 10),
        ((*REQUEST_3_1, "--counter", "-1", "--set", "SupplierMessage=x"), 10),
        ((*REQUEST_3_1, "--set", "SupplierMessage="), 10),
    ],
)
def test_exit_status(arguments, status):
    done = duis(*arguments)
    assert (done.returncode, done.stdout) == (status, b"")
    assert done.stderr


def test_signatures_made_in_bulk_are_as_good(folder, tmp_path):
    for number in range(40):
        (tmp_path / f"{number:02}.xml").write_text(REQUEST.replace("Hello", f"Hello {number}"))
    signed = lines(duis("sign", "--bulk", "--preserve-counter", "--keystore", folder, "--json", tmp_path))
    assert len(signed) == 40
    verified = duis("verify", "--keystore", folder, "--at", NOW, "--json", "-", stdin=signed[7]["document"].encode())
    assert b"Hello 7" in verified.stdout
    again = lines(duis("sign", "--bulk", "--preserve-counter", "--keystore", folder, "--json", tmp_path))
    assert [each["document"] for each in again] == [each["document"] for each in signed]


def test_revocation_is_checked_where_there_are_lists(folder, tmp_path):
    signed = duis("sign", "--keystore", folder, "-", stdin=REQUEST.encode()).stdout
    stray = tmp_path / "stray.crl"
    stray.write_bytes(b"no list")
    done = duis("verify", "--keystore", folder, "--at", NOW, "--crl", stray, "-", stdin=signed)
    assert done.returncode == 2
    assert b"no readable revocation list" in done.stderr


def test_verification_failures_have_a_status_each(folder):
    signed = duis("sign", "--keystore", folder, "-", stdin=REQUEST.encode()).stdout
    at = ("--at", NOW, "-")
    assert duis("verify", "--keystore", folder, *at, stdin=signed.replace(b"Hello", b"Howdy")).returncode == 10
    assert duis("verify", "--keystore", folder, "--at", "2054-01-01T00:00:00Z", "-", stdin=signed).returncode == 10
    assert duis("verify", "--certificate", folder / f"{USER.hex()}-ka.pem", *at, stdin=signed).returncode == 3


@pytest.fixture
def requests(tmp_path):
    folder = tmp_path / "requests"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.xml").write_text(REQUEST.replace(":1000<", f":{number}<"))
    (folder / "3.XML").write_text(REQUEST.replace("SupplierMessage>", "Message>"))
    (folder / "notes.txt").write_text("not a document")
    return folder


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_folder_as_json_lines(folder, requests, estate):
    done = duis("sign", "--keystore", folder, "--json", requests)
    assert (done.returncode, done.stderr) == (10, b"")
    shown = lines(done)
    assert [Path(fields["file"]).name for fields in shown] == ["0.xml", "1.xml", "2.xml", "3.XML"]
    assert "Request/Body/DisplayMessage" in shown[3]["error"]
    for fields in shown[:3]:
        assert verify(fields["document"].encode(), estate.keys, estate.policy, NOW).originator == USER
        (requests / Path(fields["file"]).name).write_text(fields["document"])
    verified = lines(duis("verify", "--keystore", folder, "--at", NOW, "--json", requests))
    assert [fields.get("signer") for fields in verified] == [str(USER)] * 3 + [None]
    assert [fields.get("notes") for fields in verified] == [[]] * 3 + [None]


def test_progress_is_shown_on_a_terminal_only(folder, requests):
    outside, inside = pty.openpty()
    command = [sys.executable, "-m", "duis", "sign", "--json", "--keystore", folder, requests]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=inside) as process:
        process.wait()
    os.close(inside)
    assert os.read(outside, 1000) == b"\rduis: 4 of 4 documents\r\n"
    os.close(outside)
    assert duis("sign", "--json", "--keystore", folder, requests).stderr == b""


def test_what_duis_does_not_allow_is_signed_on_demand_only(folder, requests):
    bad = requests / "3.XML"
    assert duis("sign", "--keystore", folder, bad).returncode == 10
    assert duis("sign", "--keystore", folder, "--no-check", bad).returncode == 0


@pytest.mark.parametrize("command", ["sign", "verify"])
def test_nothing_is_no_document(folder, command):
    done = duis(command, "--keystore", folder, "-", stdin=b" \n")
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", b"duis: -: empty\n")


def test_validate(requests):
    done = duis("validate", "--json", requests)
    assert done.returncode == 10
    first, *_, last = lines(done)
    assert first == {
        "file": str(requests / "0.xml"),
        "document": "Request",
        "schema_version": "5.4",
        "srv": "3.1",
    }
    assert last == {
        "file": str(requests / "3.XML"),
        "error": "Request/Body/DisplayMessage: SupplierMessage missing",
        "path": "Request/Body/DisplayMessage",
        "rule": "SupplierMessage missing",
    }
    words = duis("validate", requests / "0.xml")
    assert words.returncode == 0
    assert words.stdout.decode() == f"{requests / '0.xml'}: valid: Request of 3.1, DUIS 5.4\n"


def test_decode_and_encode(requests):
    decoded = duis("decode", requests / "0.xml", requests / "1.xml")
    assert decoded.returncode == 0
    assert lines(decoded)[0]["Request"]["Body"] == {"DisplayMessage": {"SupplierMessage": "Hello"}}
    encoded = duis("encode", "-", stdin=decoded.stdout)
    assert [document.partition(b"?>")[2].decode() for document in encoded.stdout.splitlines()] == [
        (requests / name).read_text() for name in ("0.xml", "1.xml")
    ]


def test_the_templates_are_listed_and_described():
    listed = duis("template", "list").stdout.decode().splitlines()
    assert len(listed) == 129
    assert listed[0].split() == ["1.1.1", "UpdateImportTariffPrimaryElement", "4,5,6,7", "GS", "IS"]
    assert json.loads(duis("template", "list", "--json").stdout.splitlines()[-1])["srv"] == "14.1"
    shown = duis("template", "show", "3.1").stdout.decode()
    assert "# user roles: GS, IS" in shown
    assert "  ExecutionDateTime {0..1}: dateTime" in shown


def test_a_template_is_laid_out_and_takes_paths_and_alternatives():
    done = duis("template", "new", "1.1.1", "--with", "GasTariffElements", "--with", "GasPriceElements")
    assert done.returncode == 0
    assert b"\n      <sr:GasTariffElements>\n" in done.stdout
    path = "ElecTariffElements/SwitchingTable/Seasons/Season"
    done = duis("template", "new", "1.1.1", "--set", f"{path}[1]/SeasonName=Winter")
    assert done.returncode == 0
    assert b"<sr:SeasonName>Winter</sr:SeasonName>" in done.stdout
    done = duis("template", "new", "1.1.1", "--set", f"{path}[2]/SeasonName=Winter")
    assert (done.returncode, done.stdout) == (10, b"")
    assert b"Season[2]: SeasonStartDate missing" in done.stderr
    assert duis("template", "new", "1.1.1", "--set", f"{path}[3]/SeasonName=Winter").returncode == 2


def test_acknowledgements_without_a_signature_pass_on_demand_only(folder):
    document = Response("I99", NOW, "3.1").to_xml()
    assert duis("verify", "--keystore", folder, "-", stdin=document).returncode == 10
    done = duis("verify", "--keystore", folder, "--unsigned-acknowledgements", "-", stdin=document)
    assert (done.returncode, done.stderr) == (0, b"duis: an acknowledgement, not signed by anyone\n")
    payload = Response("I0", NOW, "3.1", {"GBCSPayload": b"\xdf"}).to_xml()
    assert duis("verify", "--keystore", folder, "--unsigned-acknowledgements", "-", stdin=payload).returncode == 10


def test_help_does_not_wait_for_the_libraries():
    done = subprocess.run([sys.executable, "-X", "importtime", "-m", "duis", "--help"], capture_output=True, check=True)
    imported = {line.rsplit(b"|")[-1].strip() for line in done.stderr.splitlines()}
    assert not imported & {b"lxml", b"lxml.etree", b"cryptography", b"asn1crypto", b"numba", b"aiohttp"}
    assert b"sign" in done.stdout
