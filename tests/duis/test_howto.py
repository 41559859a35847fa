"""What docs/duis.md shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

_TEXT = (Path(__file__).parents[2] / "docs" / "duis.md").read_text()


def test_the_program_runs():
    (program,) = re.findall(r"```python\n(.*?)```", _TEXT, re.DOTALL)
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_the_command_lines_run(tmp_path):
    (tmp_path / "requests").mkdir()
    lines = [line[2:].partition(" #")[0] for line in _TEXT.splitlines() if line.startswith("$ duis ")]
    # The user's own copy of the schemas is not there.
    lines = [line for line in lines if "--schemas" not in line]
    assert len(lines) == 8
    for line in ("smki init keys", *lines, "cp request.xml requests/", *lines):
        program, _, arguments = line.partition(" ")
        command = line if program == "cp" else f"{sys.executable} -m {program} {arguments}"
        run = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert run.returncode == 0, f"{line}: {run.stderr}"
        if "validate" in line:
            assert f"\n{run.stdout}" in _TEXT
