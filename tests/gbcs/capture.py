"""tshark as an independent reader of messages."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="no tshark to compare with")


def dissect(capture: bytes, folder: Path, *fields: str) -> list[list[str]]:
    """The named fields of every packet, as tshark prints them; empty where a packet lacks one."""
    path = folder / "messages.pcap"
    path.write_bytes(capture)
    names = [argument for field in fields for argument in ("-e", field)]
    run = subprocess.run(
        ["tshark", "-r", str(path), "-T", "fields", *names], capture_output=True, text=True, check=True
    )
    return [line.split("\t") for line in run.stdout.splitlines()]
