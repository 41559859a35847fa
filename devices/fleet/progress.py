"""How far a run has come: one line that changes on a terminal, elsewhere a line every few seconds."""

from __future__ import annotations

import time
from typing import TextIO

_ON_TERMINAL, _ELSEWHERE = 0.2, 5.0


class Progress:
    """Shows lines, none more often than anybody wants to read them."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._is_terminal = file.isatty()
        self._next = 0.0
        self._width = 0

    def show(self, line: str) -> None:
        """Shows a line, if it is time."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + (_ON_TERMINAL if self._is_terminal else _ELSEWHERE)
            self._write(line)

    def end(self) -> None:
        """A stage is over: what is shown next, is shown at once and on a line of its own."""
        if self._is_terminal and self._width:
            self._file.write("\r" + " " * self._width + "\r")
            self._file.flush()
        self._next, self._width = 0.0, 0

    def _write(self, line: str) -> None:
        if self._is_terminal:
            self._file.write("\r" + line.ljust(self._width))
        else:
            self._file.write(line + "\n")
        self._file.flush()
        self._width = len(line)
