"""Chunks of a batch over the cores: the kernels run without the GIL."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache


@cache
def _executor(threads: int) -> ThreadPoolExecutor:
    # Kept, because a thread keeps its scratch memory.
    return ThreadPoolExecutor(threads, thread_name_prefix="gbcs-bulk")


# A forked process has the executor but none of its threads.
os.register_at_fork(after_in_child=_executor.cache_clear)


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_chunks(work: Callable[[slice], None], count: int, chunk: int, threads: int | None) -> None:
    """Calls `work` for slices that cover range(count), on `threads` threads; None: as many as there are cores."""
    slices = [slice(start, min(start + chunk, count)) for start in range(0, count, chunk)]
    wanted = min(len(slices), threads or _cores())
    if wanted < 2:
        for part in slices:
            work(part)
    else:
        list(_executor(wanted).map(work, slices))
