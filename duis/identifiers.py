"""RequestID and ResponseID: `originator:target:counter` (DUIS RequestIDType, ResponseIDType)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from duis.errors import DocumentError
from duis.markup import WHITE_SPACE, quote
from gbcs.eui64 import Eui64

MAX_COUNTER = 2**64 - 1
_EUI = "[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){7}"
_FORM = re.compile(f"({_EUI}):({_EUI}):(0|[1-9][0-9]{{0,19}})")


@dataclass(frozen=True, slots=True)
class RequestID:
    """Who asks whom, and the originator's counter for it. A ResponseID has the same form, parties exchanged.

    Equality ignores the case in which EUIs were written; ``str()`` gives the upper-case form.

    Raises:
        DocumentError: the counter is not within 0 to 2^64-1.
    """

    originator: Eui64
    target: Eui64
    counter: int

    def __post_init__(self) -> None:
        if not 0 <= self.counter <= MAX_COUNTER:
            raise DocumentError("RequestID", f"counter {self.counter} is not within 0 to {MAX_COUNTER}")

    @classmethod
    def parse(cls, text: str, path: str = "RequestID") -> RequestID:
        """Reads the text of the element `path`, white space around it allowed.

        Raises:
            DocumentError: the text has another form: EUIs not in dashed pairs, a leading zero, a counter out of range.
        """
        match = _FORM.fullmatch(text.strip(WHITE_SPACE))
        if not match or int(match[3]) > MAX_COUNTER:
            raise DocumentError(path, f"{quote(text)} is not originator:target:counter")
        return cls(Eui64.parse(match[1]), Eui64.parse(match[2]), int(match[3]))

    def __str__(self) -> str:
        return f"{self.originator}:{self.target}:{self.counter}"
