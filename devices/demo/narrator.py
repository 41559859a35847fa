"""What the demonstration says: numbered steps, what was seen, and how long each took."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Narrator:
    """Prints to standard output, with emphasis on a terminal."""

    def __init__(self) -> None:
        self._number = 0
        self._colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Runs one step; prints its number, title and time before what it says."""
        self._number += 1
        lines: list[str] = []
        self._lines = lines
        start = time.perf_counter()
        try:
            yield
        finally:
            milliseconds = 1000 * (time.perf_counter() - start)
            self._write(self._bold(f"{self._number:2}  {title}") + f"  ({milliseconds:.0f} ms)")
            self._write(*(f"      {line}".rstrip() for line in lines))

    def say(self, text: str) -> None:
        """Adds lines to the step."""
        self._lines += text.splitlines()

    def close(self, text: str) -> None:
        """The last word."""
        self._write(self._bold(text))

    @staticmethod
    def _write(*lines: str) -> None:
        sys.stdout.writelines(f"{line}\n" for line in lines)
        sys.stdout.flush()

    def _bold(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if self._colour else text
