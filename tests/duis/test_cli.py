from __future__ import annotations

import subprocess
import sys
import time

import pytest

from duis.document import Response, parse
from duis.signature import STRICT, verify
from tests.duis.conftest import DCC, ESME, NOW, REQUEST, USER


def duis(*arguments, stdin=b""):
    return subprocess.run(
        [sys.executable, "-m", "duis", *map(str, arguments)], input=stdin, capture_output=True, check=False
    )


@pytest.fixture
def folder(estate, tmp_path):
    estate.keys.save(tmp_path)
    return tmp_path


def test_request_sign_verify(folder, estate):
    built = duis(
        "request",
        "--srv",
        "3.1",
        "--originator",
        USER,
        "--target",
        ESME.hex(),
        "--counter",
        1000,
        "SupplierMessage=Hello",
    )
    assert (built.returncode, built.stderr) == (0, b"")
    assert built.stdout.endswith(REQUEST.encode() + b"\n")
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


REQUEST_3_1 = ("request", "--srv", "3.1", "--originator", USER, "--target", ESME)


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
        (("request", "--srv", "99", "--originator", USER, "--target", ESME), 2),
        (("request", "--srv", "3.1", "--originator", "nobody", "--target", ESME), 64),
        ((*REQUEST_3_1, "SupplierMessage"), 2),
        ((*REQUEST_3_1, "Message=x"), 2),
        (REQUEST_3_1, 10),
        ((*REQUEST_3_1, "--command-variant", "4", "SupplierMessage=x"), 10),
        ((*REQUEST_3_1, "--counter", "-1", "SupplierMessage=x"), 10),
        ((*REQUEST_3_1, "SupplierMessage="), 10),
    ],
)
def test_exit_status(arguments, status):
    done = duis(*arguments)
    assert (done.returncode, done.stdout) == (status, b"")
    assert b"Traceback" not in done.stderr
    assert done.stderr


def test_verification_failures_have_a_status_each(folder):
    signed = duis("sign", "--keystore", folder, "-", stdin=REQUEST.encode()).stdout
    at = ("--at", NOW, "-")
    assert duis("verify", "--keystore", folder, *at, stdin=signed.replace(b"Hello", b"Howdy")).returncode == 10
    assert duis("verify", "--keystore", folder, "--at", "2054-01-01T00:00:00Z", "-", stdin=signed).returncode == 10
    assert duis("verify", "--certificate", folder / f"{USER.hex()}-ka.pem", *at, stdin=signed).returncode == 3


def test_help_does_not_wait_for_the_libraries():
    done = subprocess.run([sys.executable, "-X", "importtime", "-m", "duis", "--help"], capture_output=True, check=True)
    imported = {line.rsplit(b"|")[-1].strip() for line in done.stderr.splitlines()}
    assert not imported & {b"lxml", b"lxml.etree", b"cryptography", b"asn1crypto", b"numba", b"aiohttp"}
    assert b"sign" in done.stdout
