"""Captures that Wireshark reads: tshark's own dissector says what is in our messages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from gbcs import pcap
from gbcs.__main__ import main
from gbcs.errors import UseCaseError
from gbcs.eui64 import Eui64
from gbcs.message import Cra, Message, Supplementary
from gbcs.security.protection import protect
from gbcs.usecases.catalogue import USE_CASES
from tests.command_line import run_text
from tests.gbcs.capture import dissect, needs_tshark
from tests.gbcs.keys import BROKER, METER, OTHER_USER, SUPPLIER, MemoryKeys

_HEADER = "gbcs_message.grouping_header."


def _messages(keys: MemoryKeys) -> list[Message]:
    answer = bytes.fromhex("da20000001 00 00 01 0904 01020304 01 0100")
    read = USE_CASES["ECS52"].command(SUPPLIER, METER, 1)
    return [
        protect(read, USE_CASES["ECS52"].category, keys),
        Message(Cra.RESPONSE, 2**63, METER, SUPPLIER, 0x0059, answer, signature=b"", mac=bytes(12)),
        Message(Cra.ALERT, 2001, METER, SUPPLIER, 0x0123, b"\x0f", None, Supplementary(OTHER_USER), bytes(64)),
        Message(
            Cra.RESPONSE, 77, METER, BROKER, 0x0028, bytes(130), None, Supplementary(OTHER_USER, 5, 6), b"", bytes(12)
        ),
    ]


@needs_tshark
def test_tshark_reads_the_same(keys: MemoryKeys, tmp_path: Path) -> None:
    messages = _messages(keys)
    capture = pcap.FILE_HEADER + b"".join(pcap.record(message.encode()) for message in messages)
    names = ("cra_flag", "originator_counter", "business_originator_id", "business_target_id", "message_code")
    seen = dissect(capture, tmp_path, *(_HEADER + name for name in names), "gbcs_message.mac")
    assert [
        (int(cra, 16), int(counter), Eui64.parse(originator), Eui64.parse(target), int(code, 16), bytes.fromhex(mac))
        for cra, counter, originator, target, code, mac in seen
    ] == [(m.cra, m.originator_counter, m.originator, m.recipient, m.message_code, m.mac or b"") for m in messages]


@needs_tshark
def test_packets_have_the_time_they_are_given(keys: MemoryKeys, tmp_path: Path) -> None:
    octets = _messages(keys)[0].encode()
    at = datetime(2026, 2, 3, 4, 5, 6, 789012, UTC)
    capture = pcap.FILE_HEADER + pcap.record(octets) + pcap.record(octets, at)
    seen = dissect(capture, tmp_path, "frame.time_epoch")
    assert [float(time) for [time] in seen] == [0, at.timestamp()]


@pytest.mark.parametrize("year", [1969, 2107])
def test_a_time_outside_the_formats_range_is_refused(year: int) -> None:
    with pytest.raises(UseCaseError, match="1970 to 2106"):
        pcap.record(b"", datetime(year, 1, 1, tzinfo=UTC))


def test_a_packet_is_not_longer_than_readers_accept() -> None:
    header = len(pcap.record(b""))
    assert len(pcap.record(bytes(pcap.MAXIMUM_PACKET - (header - 16)))) == pcap.MAXIMUM_PACKET + 16
    with pytest.raises(UseCaseError, match="at most"):
        pcap.record(bytes(pcap.MAXIMUM_PACKET - (header - 16) + 1))


def _decode(out: Path, *files: Path) -> CompletedProcess[str]:
    return run_text(main, "decode", "--json", "--pcap", out, *files)


def test_the_command_keeps_what_it_reads(keys: MemoryKeys, tmp_path: Path) -> None:
    octets = [message.encode() for message in _messages(keys)[:2]]
    files = [tmp_path / "first", tmp_path / "second", tmp_path / "cut", tmp_path / "empty", tmp_path / "none"]
    for path, content in zip(files, (octets[0], octets[1].hex().encode(), octets[0][:-1], b""), strict=False):
        path.write_bytes(content)
    run = _decode(tmp_path / "out.pcap", *files)
    assert run.returncode == 1  # the worst: a file that is not there
    assert len(run.stdout.splitlines()) == 5
    # A message that cannot be decoded is what one wants to look at in Wireshark.
    wanted = (octets[0], octets[1], octets[0][:-1])
    assert (tmp_path / "out.pcap").read_bytes() == pcap.FILE_HEADER + b"".join(map(pcap.record, wanted))


def test_a_capture_that_cannot_be_written_is_an_operating_system_error(keys: MemoryKeys, tmp_path: Path) -> None:
    message = tmp_path / "message"
    message.write_bytes(_messages(keys)[0].encode())
    run = _decode(tmp_path / "no" / "folder", message)
    assert run.returncode == 1
    assert "No such file" in run.stderr
