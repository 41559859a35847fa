"""Compiled code that is kept is found again only by the sources from which it was compiled."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import gbcs
from gbcs import message
from gbcs.cosem import skip
from gbcs.kernels import accesses, assembly

_SOURCES = Path(gbcs.__file__).parent
#: A kernel beside the constant that it has from another file, which Numba's own cache does not look at.
_WORK = """
import numpy as np
from gbcs.kernels import compilation, curve, ecdsa
from gbcs.kernels.reference import words_of
result = np.empty(2, np.bool_)
ecdsa.are_scalars(words_of([curve.N - 1, 0xFFFFFFFF << 224]), result)
print(*result, len(list(compilation.cache_folder().parent.iterdir())))
"""


def _run(sources: Path, **settings: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(sources), "NUMBA_CACHE_DIR": str(sources / "kept")} | settings
    command = [sys.executable, "-c", _WORK]
    run = subprocess.run(command, cwd=sources, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_a_change_in_another_file_is_not_missed(tmp_path: Path) -> None:
    shutil.copytree(_SOURCES, tmp_path / "gbcs", ignore=shutil.ignore_patterns("__pycache__"))
    assert _run(tmp_path) == "True True 1"
    assert _run(tmp_path) == "True True 1"
    constants = tmp_path / "gbcs/kernels/curve.py"
    constants.write_text(constants.read_text() + "N = 0xFFFFFFFF << 224\n")
    assert _run(tmp_path) == "True False 2"
    assert _run(tmp_path, NUMBA_BOUNDSCHECK="1") == "True False 3"


def test_kernels_have_no_constants_from_elsewhere() -> None:
    """The folder's name carries a hash of the kernels' sources and of no others."""
    for path in sorted((_SOURCES / "kernels").glob("*.py")):
        modules = [
            node.module or "" for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)
        ]
        ours = {module for module in modules if module.split(".")[0] == "gbcs"}
        assert all(module.startswith("gbcs.kernels") for module in ours), path
    assert accesses.MAXIMUM_NESTING == skip.MAXIMUM_NESTING
    assert assembly.MAC_LENGTH == message.MAC_LENGTH
