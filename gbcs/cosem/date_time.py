"""The 12-octet COSEM date-time (DLMS Blue Book 4.1.6.1; GBCS 9.1.4).

Year (2 octets), month, day, day of week, hour, minute, second, hundredths, deviation (2), clock status. GBCS writes UTC
with day of week FF, hundredths 00, deviation 8000 and, but for the gas devices' clock status, status FF.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import ClassVar

from gbcs.errors import DecodeError

_ANY = 0xFF
_ANY_YEAR = 0xFFFF
_TAIL = bytes.fromhex("8000ff")
_TEXT = re.compile(
    r"(?P<year>\d{4}|\*)-(?P<month>[^-T]+)-(?P<day>[^-T]+)T(?P<hour>[^:]+):(?P<minute>[^:]+):(?P<second>[^:.Z]+)Z"
    r"(?P<suffix>(?:\[[a-z-]+=[0-9a-f]+\])*)"
)
_SUFFIX = re.compile(r"\[([a-z-]+)=([0-9a-f]+)\]")
#: Suffix name -> (offset, width, usual value): fields that ISO 8601 has no place for, shown only when unusual.
_SUFFIXES = {
    "day-of-week": (4, 1, b"\xff"),
    "hundredths": (8, 1, b"\x00"),
    "deviation": (9, 2, b"\x80\x00"),
    "status": (11, 1, b"\xff"),
}
_PARTS = ((2, 1, 12), (3, 1, 31), (5, 0, 23), (6, 0, 59), (7, 0, 59))


class CosemDateTime(bytes):
    """Twelve octets that are their own wire form.

    ``str()`` is ISO 8601 where the octets are a point in time (``2015-01-01T00:00:00Z``), ``now`` and ``never`` for the
    two activation values, ``*`` for a wildcard part, ``#fe`` for a part with a special code, and a suffix such as
    ``[status=04]`` for what ISO 8601 cannot say; `parse` reads all of these back to the same octets.
    """

    __slots__ = ()
    NOW: ClassVar[CosemDateTime]
    NEVER: ClassVar[CosemDateTime]

    def __new__(cls, octets: bytes) -> CosemDateTime:
        """Raises `DecodeError` unless there are exactly 12 octets."""
        if len(octets) != 12:
            raise DecodeError("date_time", 0, f"{len(octets)} octets, 12 wanted")
        return super().__new__(cls, octets)

    @classmethod
    def of(cls, moment: datetime) -> CosemDateTime:
        """The GBCS form of a timezone-aware `moment`, to the second.

        Raises:
            DecodeError: in UTC it is before the year 1 or after the year 9999.
        """
        try:
            utc = moment.astimezone(UTC)
        except OverflowError:
            raise DecodeError("date_time", 0, f"{moment} is before the year 1 or after the year 9999") from None
        head = utc.year.to_bytes(2, "big") + bytes((utc.month, utc.day, _ANY, utc.hour, utc.minute, utc.second, 0))
        return cls(head + _TAIL)

    def moment(self) -> datetime | None:
        """The point in time, or None where the octets are a wildcard, a special value or not a date."""
        if self[8] not in (0, _ANY) or self[9:11] != b"\x80\x00":
            return None
        try:
            return datetime(int.from_bytes(self[:2], "big"), self[2], self[3], self[5], self[6], self[7], tzinfo=UTC)
        except ValueError:
            return None

    def __str__(self) -> str:
        if self in _WORDS:
            return _WORDS[self]
        year = int.from_bytes(self[:2], "big")
        month, day, hour, minute, second = (self._part(*part) for part in _PARTS)
        shown_year = "*" if year == _ANY_YEAR else f"{year:04d}"
        if len(shown_year) > 4:
            return self.hex()
        suffix = "".join(
            f"[{name}={self[at : at + width].hex()}]"
            for name, (at, width, usual) in _SUFFIXES.items()
            if self[at : at + width] != usual
        )
        return f"{shown_year}-{month}-{day}T{hour}:{minute}:{second}Z{suffix}"

    def _part(self, at: int, low: int, high: int) -> str:
        value = self[at]
        if value == _ANY:
            return "*"
        return f"{value:02d}" if low <= value <= high else f"#{value:02x}"

    def __repr__(self) -> str:
        return f"CosemDateTime({str(self)!r})"

    @classmethod
    def parse(cls, text: str) -> CosemDateTime:
        """Reads what ``str()`` writes, and any ISO 8601 time with a zone.

        Raises:
            DecodeError: the text is neither.
        """
        if text in _BY_WORD:
            return _BY_WORD[text]
        if re.fullmatch(r"[0-9a-fA-F]{24}", text):
            return cls(bytes.fromhex(text))
        match = _TEXT.fullmatch(text)
        if match:
            return cls._from_parts(match)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise DecodeError("date_time", 0, f"{text!r} is not a date and time") from None
        if moment.tzinfo is None:
            raise DecodeError("date_time", 0, f"{text!r} has no time zone")
        return cls.of(moment)

    @classmethod
    def _from_parts(cls, match: re.Match[str]) -> CosemDateTime:
        year = _ANY_YEAR if match["year"] == "*" else int(match["year"])
        month, day, hour, minute, second = (
            _octet(match[name], low, high)
            for name, (_, low, high) in zip(("month", "day", "hour", "minute", "second"), _PARTS, strict=True)
        )
        octets = bytearray(
            year.to_bytes(2, "big") + bytes((month, day, _ANY, hour, minute, second, 0)) + _TAIL,
        )
        for name, value in _SUFFIX.findall(match["suffix"]):
            if name not in _SUFFIXES or len(value) != 2 * _SUFFIXES[name][1]:
                raise DecodeError("date_time", 0, f"unknown suffix [{name}={value}]")
            at, width, _ = _SUFFIXES[name]
            octets[at : at + width] = bytes.fromhex(value)
        return cls(bytes(octets))


def _octet(text: str, low: int, high: int) -> int:
    if text == "*":
        return _ANY
    if re.fullmatch(r"#[0-9a-f]{2}", text):
        return int(text[1:], 16)
    if re.fullmatch(r"\d\d", text) and low <= int(text) <= high:
        return int(text)
    raise DecodeError("date_time", 0, f"{text!r} is not between {low:02d} and {high:02d}")


CosemDateTime.NOW = CosemDateTime(bytes(9) + _TAIL)
CosemDateTime.NEVER = CosemDateTime(bytes([_ANY]) * 9 + _TAIL)
_WORDS = {CosemDateTime.NOW: "now", CosemDateTime.NEVER: "never"}
_BY_WORD = {word: value for value, word in _WORDS.items()}
