"""The borders of the house: who may import whom, how long a module may be, what starting loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parent.parent
#: Package -> the packages it may import. `devices.demo` alone may import `duis` as well (docs/design.md).
_ARROWS = {
    "gbcs": set(),
    "smki": {"gbcs"},
    "duis": {"gbcs", "smki"},
    "devices": {"gbcs", "smki"},
    "devices.demo": {"devices", "gbcs", "smki", "duis"},
}
_PACKAGES = {"gbcs", "smki", "duis", "devices", "bench", "tests"}


def _modules() -> list[Path]:
    return [path for package in ("gbcs", "smki", "duis", "devices") for path in (_ROOT / package).rglob("*.py")]


def _imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." if node.level else node.module or "")
    return names


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(_ROOT)))
def test_imports_follow_the_arrows(path: Path) -> None:
    parts = path.relative_to(_ROOT).parts
    package = "devices.demo" if parts[:2] == ("devices", "demo") else parts[0]
    tops = {name.split(".")[0] for name in _imported(path)}
    assert "" not in tops, "imports are absolute"
    assert tops & _PACKAGES <= _ARROWS[package] | {parts[0]}


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(_ROOT)))
def test_a_module_holds_one_idea(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 500


def test_the_protocol_does_no_input_or_output_and_reads_no_clock() -> None:
    forbidden = {"asyncio", "socket", "sqlite3", "subprocess", "random", "secrets", "time", "aiohttp"}
    for path in (_ROOT / "gbcs").rglob("*.py"):
        assert not {name.split(".")[0] for name in _imported(path)} & forbidden, path


@pytest.mark.parametrize("package", ["gbcs", "smki", "duis", "devices"])
def test_a_command_line_starts_without_the_heavy_libraries(package: str) -> None:
    command = [sys.executable, "-X", "importtime", "-m", package, "--help"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = {line.split("|")[2].strip() for line in run.stderr.splitlines() if line.startswith("import time:")}
    assert package in imported
    assert not {"numba", "aiohttp", "cryptography", "lxml"} & imported
