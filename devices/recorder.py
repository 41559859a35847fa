"""A file of what a device received and sent: one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from gbcs.errors import DecodeError
from gbcs.message import Message
from gbcs.usecases.catalogue import use_case_of


@contextmanager
def recorder(path: str | None, clock: Callable[[], datetime]) -> Iterator[Callable[[str, bytes], None] | None]:
    """Appends to the file at `path`, line by line; gives None without one.

    Raises:
        OSError: the file cannot be written.
    """
    if path is None:
        yield None
        return
    with open(path, "a", encoding="utf-8", buffering=1) as file:
        yield lambda direction, octets: _write(file.write, direction, octets, clock())


def _write(write: Callable[[str], int], direction: str, octets: bytes, now: datetime) -> None:
    line = {"time": now.isoformat(), "direction": direction}
    try:
        message = Message.decode(octets)
    except DecodeError:
        pass
    else:
        use_case = use_case_of(message)
        line |= {"use_case": use_case.code if use_case else "", "kind": str(message.kind)}
    write(json.dumps(line | {"message": octets.hex()}) + "\n")
