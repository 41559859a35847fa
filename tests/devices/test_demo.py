"""The demonstration runs, from request to reading, and proves its refusals."""

from __future__ import annotations

import re
import subprocess
import sys


def test_the_demonstration_tells_its_story_and_ends_well() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "devices", "demo"], capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 0, run.stderr
    steps = re.findall(r"^ *(\d+)  .* \(\d+ ms\)$", run.stdout, re.MULTILINE)
    assert steps == [str(number) for number in range(1, len(steps) + 1)]
    assert re.search(r"Active import register: \d+ Wh", run.stdout)
    assert run.stdout.count("no response within") == 2
    assert "refused: mac:" in run.stdout
    assert "refused: the originator counter is not new" in run.stdout
    assert "response code E1" in run.stdout
    assert run.stdout.endswith("All steps done, all three refusals proven.\n")
