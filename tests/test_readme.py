"""What the README shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

_DOCS = Path(__file__).parent.parent / "docs"
_TEXT = (Path(__file__).parent.parent / "README.md").read_text()


def test_the_programs_run() -> None:
    programs = re.findall(r"```python\n(.*?)```", _TEXT, re.DOTALL)
    assert len(programs) == 2
    for program in programs:
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr


def test_the_programs_of_the_how_to_run() -> None:
    text = (_DOCS / "messages.md").read_text()
    program = "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_the_command_lines_run(tmp_path: Path) -> None:
    console = re.findall(r"```console\n(.*?)```", _TEXT, re.DOTALL)[1]
    programs = [line[2:].partition(" #")[0] for line in console.splitlines() if line.startswith("$ ")]
    assert len(programs) >= 6
    for program in programs:
        line = f"{sys.executable} -m {program}"
        run = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert run.returncode == 0, f"{program}: {run.stderr}"
    shown = console[console.index("gbcs decode") :].splitlines()[1:]
    printed = iter(run.stdout.splitlines())
    for line in shown:
        if line and line != "…":
            assert line in printed, line


@pytest.mark.parametrize("command", re.findall(r"^\| `(\w+) ([^|]*)` \|", _TEXT, re.MULTILINE), ids=lambda c: c[0])
def test_every_command_of_the_table_exists(command: tuple[str, str]) -> None:
    package, names = command
    for name in re.findall(r"\w+", names):
        run = subprocess.run(
            [sys.executable, "-m", package, name, "--help"], capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
