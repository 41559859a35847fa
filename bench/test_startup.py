"""What starting each command line costs, beside starting the interpreter alone."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pytest_benchmark.fixture import BenchmarkFixture


@pytest.mark.parametrize("package", ["gbcs", "smki", "duis", "devices"])
def test_help(benchmark: BenchmarkFixture, package: str) -> None:
    command = [sys.executable, "-m", package, "--help"]
    assert benchmark(subprocess.run, command, capture_output=True, check=True).stdout


def test_baseline_interpreter(benchmark: BenchmarkFixture) -> None:
    command = [sys.executable, "-c", "print()"]
    assert benchmark(subprocess.run, command, capture_output=True, check=True).stdout
