"""Command lines in this process: the arguments, streams and exit status of a user, without a start of Python each time.

What starting them takes and loads is tested by `tests.test_architecture` and `tests.test_readme`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from io import BytesIO, TextIOWrapper
from subprocess import CompletedProcess
from unittest.mock import patch


def run(main: Callable[[Sequence[str]], int], *arguments: object, stdin: bytes = b"") -> CompletedProcess[bytes]:
    """What a command does; an error that it does not turn into an exit status is the test's."""
    given, out, err = (TextIOWrapper(BytesIO(octets), "utf-8") for octets in (stdin, b"", b""))
    with patch.multiple(sys, stdin=given, stdout=out, stderr=err):
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as end:
            status = int(end.code or 0)
        out.flush()
        err.flush()
    return CompletedProcess(arguments, status, out.buffer.getvalue(), err.buffer.getvalue())


def run_text(
    main: Callable[[Sequence[str]], int], *arguments: object, stdin: str | bytes = b""
) -> CompletedProcess[str]:
    """The same, where what comes out is text."""
    done = run(main, *arguments, stdin=stdin.encode() if isinstance(stdin, str) else stdin)
    return CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
