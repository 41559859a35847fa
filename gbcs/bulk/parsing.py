"""Columns of messages into columns of numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gbcs.bulk.column import Column
from gbcs.bulk.parallel import in_chunks
from gbcs.errors import DecodeError
from gbcs.eui64 import Eui64
from gbcs.kernels import accesses, headers, reference
from gbcs.kernels.target import choices
from gbcs.message import Kind, Message

_CHUNK = 16_384


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """Messages with their headers taken apart.

    Attributes:
        messages: the messages, whose octets the positions in `headers` count.
        headers: a row a message, of the type `gbcs.kernels.headers.HEADER`; ``parsed["message_code"]`` is one column.
    """

    messages: Column
    headers: NDArray[np.void]

    def __len__(self) -> int:
        return len(self.messages)

    def __getitem__(self, field: str) -> NDArray[Any]:
        return self.headers[field]

    @property
    def valid(self) -> NDArray[np.bool_]:
        """Which messages are whole."""
        whole: NDArray[np.bool_] = self.headers["error"] == 0
        return whole

    def kind(self, item: int) -> Kind:
        """What a message is."""
        return tuple(Kind)[int(self.headers["kind"][item])]

    def party(self, item: int, field: str) -> Eui64:
        """One of the identifiers: ``originator``, ``recipient`` or ``party``."""
        return Eui64(int(self.headers[field][item]).to_bytes(8, "big"))

    def error(self, item: int) -> DecodeError | None:
        """What `gbcs.message.Message.decode` raises for a message that is not whole; None for a whole one."""
        if self.headers["error"][item]:
            try:
                Message.decode(self.messages[item])
            except DecodeError as error:
                return error
        return None


def parse_many(messages: Column | Iterable[bytes], *, threads: int | None = None) -> Parsed:
    """Takes the headers of messages apart, as `gbcs.message.Message.decode` does, and says which are not whole.

    Args:
        messages: a column, or bytes.
        threads: None for one a core.
    """
    column = Column.of(messages)
    rows = np.zeros(len(column), headers.HEADER)
    parse = reference.parse_headers if choices()["parse"].path == "reference" else headers.parse_headers

    def work(part: slice) -> None:
        parse(column.octets, column.offsets[part.start : part.stop + 1], rows[part])

    in_chunks(work, len(column), _CHUNK, threads)
    return Parsed(column, rows)


def accesses_of(parsed: Parsed) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """The access lists of all DLMS COSEM commands and responses.

    Returns:
        a row an access, of the type `gbcs.kernels.accesses.ACCESS`, and for each message how many it has: 0 where the
        content is no access list, -1 where it is not a whole one.
    """
    contents, lengths = (np.ascontiguousarray(parsed[field]) for field in ("content", "content_length"))
    counts = np.zeros(len(parsed), np.int64)
    octets = parsed.messages.octets
    if choices()["parse"].path == "reference":
        return reference.parse_accesses(octets, contents, lengths, counts), counts
    accesses.count_accesses(octets, contents, lengths, counts)
    rows = np.zeros(counts[counts > 0].sum(), accesses.ACCESS)
    accesses.parse_accesses(octets, contents, lengths, counts, rows)
    return rows, counts
