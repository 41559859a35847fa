"""OBIS codes: the logical names of COSEM objects (DLMS Blue Book 7)."""

from __future__ import annotations

import re

from gbcs.errors import DecodeError

_TEXT = re.compile(r"(\d{1,3})-(\d{1,3}):(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})")


class Obis(bytes):
    """Six octets, value groups A to F; ``str()`` gives ``1-0:2.8.0.255``."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Obis:
        """Reads ``A-B:C.D.E.F``; raises `DecodeError` for anything else."""
        match = _TEXT.fullmatch(text)
        if not match or any(int(group) > 255 for group in match.groups()):
            raise DecodeError("obis", 0, f"{text!r} is not A-B:C.D.E.F with parts of 0 to 255")
        return cls(map(int, match.groups()))

    def __str__(self) -> str:
        return "{}-{}:{}.{}.{}.{}".format(*self)

    def __repr__(self) -> str:
        return f"Obis({str(self)!r})"
