"""Documents in, documents or JSON out, for the commands that take several files."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from duis.errors import DuisError
from gbcs.commandline import ExitCode, read_input
from gbcs.errors import GbcsError

#: What becomes of a document: another one, or the fields of a JSON object.
Outcome = bytes | Mapping[str, Any]


def expand(names: Sequence[str]) -> list[str]:
    """The names, with every folder replaced by the XML files in it, in the order of their names."""
    files = []
    for name in names:
        folder = name != "-" and Path(name).is_dir()
        files += (
            sorted(str(path) for path in Path(name).iterdir() if path.suffix.lower() == ".xml") if folder else [name]
        )
    return files


def read_document(name: str) -> bytes:
    """The octets of a file or of stdin; raises `DuisError` where there are none, which is no matter of validity."""
    data = read_input(name)
    if not data.strip():
        raise DuisError("empty")
    return data


def show_progress(done: int, total: int) -> None:
    """Says on a terminal how far a long run has come, in one line."""
    if total > 1 and sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\rduis: {done} of {total} documents", end=end, file=sys.stderr, flush=True)


class Output:
    """Writes what becomes of each file, one a line; a bad one does not keep back the others.

    Args:
        as_json: as the fields of an object that begins with the name of the file.
        named: else with that name before it.

    Attributes:
        status: the highest exit status of the failures.
    """

    def __init__(self, *, as_json: bool = False, named: bool = False) -> None:
        self._as_json = as_json
        self._named = named
        self.status = ExitCode.OK

    def show(self, name: str, outcome: Outcome | Exception) -> None:
        """Writes the outcome of a file: on stdout, or on stderr where it is an error and not shown as JSON."""
        if isinstance(outcome, Exception):
            code = ExitCode.OPERATING_SYSTEM if isinstance(outcome, OSError) else getattr(outcome, "exit_code", 0)
            self.status = max(self.status, ExitCode(code))
            if not self._as_json:
                print(f"duis: {outcome if isinstance(outcome, OSError) else f'{name}: {outcome}'}", file=sys.stderr)
                return
            fields = {name: value for name in ("path", "rule", "check") if (value := getattr(outcome, name, None))}
            outcome = {"error": str(outcome), **fields}
        elif isinstance(outcome, bytes):
            if not self._as_json:
                sys.stdout.buffer.write((f"{name}: ".encode() if self._named else b"") + outcome + b"\n")
                return
            outcome = {"document": outcome.decode()}
        print(json.dumps({"file": name, **outcome} if self._as_json else outcome))


def convert(
    names: Sequence[str], conversion: Callable[[bytes], Outcome], *, as_json: bool = False, named: bool = False
) -> int:
    """Shows what `conversion` makes of each file (see `Output`); returns the exit status."""
    output = Output(as_json=as_json, named=named)
    for name in expand(names):
        try:
            output.show(name, conversion(read_document(name)))
        except BrokenPipeError:
            raise
        except (OSError, DuisError, GbcsError) as error:
            output.show(name, error)
    return output.status
