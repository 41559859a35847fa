"""How kernels are compiled and where their machine code is kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba import config
from numba.extending import intrinsic as _intrinsic

F = TypeVar("F", bound=Callable[..., Any])


@cache
def cache_folder() -> Path:
    """Where compiled kernels are kept: below ``NUMBA_CACHE_DIR`` or the user's cache folder.

    Numba looks at the file of a cached function only, not at what the function calls nor at how indices are checked, so
    the folder's name carries a hash of all that: code compiled from other sources is never found.
    """
    digest = hashlib.sha256(f"{numba.__version__} {config.BOUNDSCHECK}".encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    given = config.CACHE_DIR
    home = Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gbcs-rig"
    return home / f"kernels-{digest.hexdigest()[:16]}"


@cache
def _is_kept() -> bool:
    """Whether the folder can be written; where it cannot, every process compiles anew."""
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(cache_folder(), os.W_OK)


def compiled(function: F) -> F:
    """Compiles `function` when first called, without the GIL, and keeps the machine code between processes."""
    given = config.CACHE_DIR
    config.CACHE_DIR = str(cache_folder())
    try:
        return cast(F, numba.njit(cache=_is_kept(), nogil=True, error_model="numpy")(function))
    finally:
        config.CACHE_DIR = given


def intrinsic(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that kernels call and that writes LLVM instructions; typed for what kernels see of it."""
    return cast(Callable[..., Any], _intrinsic(function))
