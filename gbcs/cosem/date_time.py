"""COSEM date-time, date and time, of 12, 5 and 4 octets (DLMS Blue Book 4.1.6.1; GBCS 9.1.4).

A date is year (2 octets), month, day and day of week; a time is hour, minute, second and hundredths; a date-time is
both, then deviation (2) and clock status. GBCS writes UTC with day of week FF, hundredths 00, deviation 8000 and, but
for the gas devices' clock status, status FF.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import ClassVar, NamedTuple, Self

from gbcs.errors import DecodeError

_ANY = 0xFF
_ANY_YEAR = 0xFFFF
_TAIL = bytes.fromhex("8000ff")
_PART = r"\*|\d\d|#[0-9a-f]{2}"
_DATE = rf"(?P<year>\d{{4}}|\*)-(?P<month>{_PART})-(?P<day>{_PART})"
_TIME = rf"(?P<hour>{_PART}):(?P<minute>{_PART}):(?P<second>{_PART})"
_SUFFIXES = r"(?P<suffixes>(?:\[[a-z-]+=[0-9a-f]+\])*)"
_SUFFIX = re.compile(r"\[([a-z-]+)=([0-9a-f]+)\]")
#: Lowest and highest number of each part that is one octet.
_BOUNDS = {"month": (1, 12), "day": (1, 31), "hour": (0, 23), "minute": (0, 59), "second": (0, 59)}


class _Extra(NamedTuple):
    """A field that ISO 8601 has no place for, shown as a suffix and only where it is unusual."""

    at: int
    usual: bytes


class _Stamp(bytes):
    """Octets that are their own wire form, and have a text.

    ``str()`` is ISO 8601, with ``*`` for a part that is any, ``#fe`` for a part with a special code, and a suffix such
    as ``[status=04]`` for what ISO 8601 cannot say. `parse` reads all of these back to the same octets.
    """

    __slots__ = ()
    _length: ClassVar[int]
    _what: ClassVar[str]
    #: Offset of the year, and of each part of one octet.
    _year: ClassVar[int | None]
    _parts: ClassVar[dict[str, int]]
    _extras: ClassVar[dict[str, _Extra]]
    _form: ClassVar[str]
    _pattern: ClassVar[re.Pattern[str]]

    def __new__(cls, octets: bytes) -> Self:
        """Raises `DecodeError` unless the length is right."""
        if len(octets) != cls._length:
            raise DecodeError(cls._what, 0, f"{len(octets)} octets, {cls._length} wanted")
        return super().__new__(cls, octets)

    def __str__(self) -> str:
        parts = {name: self._part(name, at) for name, at in self._parts.items()}
        if self._year is not None:
            year = int.from_bytes(self[self._year : self._year + 2], "big")
            if _ANY_YEAR > year > 9999:
                return self.hex()
            parts["year"] = "*" if year == _ANY_YEAR else f"{year:04d}"
        suffixes = "".join(
            f"[{name}={found.hex()}]"
            for name, (at, usual) in self._extras.items()
            if (found := self[at : at + len(usual)]) != usual
        )
        return self._form.format(**parts) + suffixes

    def _part(self, name: str, at: int) -> str:
        value = self[at]
        if value == _ANY:
            return "*"
        low, high = _BOUNDS[name]
        return f"{value:02d}" if low <= value <= high else f"#{value:02x}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads what ``str()`` writes, or all octets as hexadecimal digits.

        Raises:
            DecodeError: the text is neither.
        """
        if re.fullmatch(rf"[0-9a-fA-F]{{{2 * cls._length}}}", text):
            return cls(bytes.fromhex(text))
        match = cls._pattern.fullmatch(text)
        if match is None:
            raise cls._error(f"{text!r} is not {cls._what.replace('_', ' and ')}")
        octets = bytearray(cls._length)
        if cls._year is not None:
            year = _ANY_YEAR if match["year"] == "*" else int(match["year"])
            octets[cls._year : cls._year + 2] = year.to_bytes(2, "big")
        for name, at in cls._parts.items():
            octets[at] = cls._octet(match[name], name)
        for at, usual in cls._extras.values():
            octets[at : at + len(usual)] = usual
        for name, value in _SUFFIX.findall(match["suffixes"]):
            if name not in cls._extras or len(value) != 2 * len(cls._extras[name].usual):
                raise cls._error(f"unknown suffix [{name}={value}]")
            at = cls._extras[name].at
            octets[at : at + len(value) // 2] = bytes.fromhex(value)
        return cls(bytes(octets))

    @classmethod
    def _octet(cls, text: str, name: str) -> int:
        low, high = _BOUNDS[name]
        if text == "*":
            return _ANY
        if text.startswith("#"):
            return int(text[1:], 16)
        if not low <= int(text) <= high:
            raise cls._error(f"{name} {text!r} is not between {low:02d} and {high:02d}")
        return int(text)

    @classmethod
    def _error(cls, reason: str) -> DecodeError:
        return DecodeError(cls._what, 0, reason)


_DAY_OF_WEEK = _Extra(4, b"\xff")


class CosemDate(_Stamp):
    """Five octets; text such as ``2026-11-25``, ``*-12-25`` and ``*-*-*[day-of-week=01]``."""

    __slots__ = ()
    _length = 5
    _what = "date"
    _year = 0
    _parts: ClassVar = {"month": 2, "day": 3}
    _extras: ClassVar = {"day-of-week": _DAY_OF_WEEK}
    _form = "{year}-{month}-{day}"
    _pattern = re.compile(_DATE + _SUFFIXES)

    @classmethod
    def of(cls, day: date) -> CosemDate:
        """The date of a calendar day, its day of week left open."""
        return cls(day.year.to_bytes(2, "big") + bytes((day.month, day.day, _ANY)))


class CosemTime(_Stamp):
    """Four octets; text such as ``06:30:00``."""

    __slots__ = ()
    _length = 4
    _what = "time"
    _year = None
    _parts: ClassVar = {"hour": 0, "minute": 1, "second": 2}
    _extras: ClassVar = {"hundredths": _Extra(3, b"\x00")}
    _form = "{hour}:{minute}:{second}"
    _pattern = re.compile(_TIME + _SUFFIXES)

    @classmethod
    def of(cls, moment: time) -> CosemTime:
        """The time of day, to the second."""
        return cls(bytes((moment.hour, moment.minute, moment.second, 0)))


class CosemDateTime(_Stamp):
    """Twelve octets; text such as ``2015-01-01T00:00:00Z``, and ``now`` and ``never`` for the two activation values."""

    __slots__ = ()
    _length = 12
    _what = "date_time"
    _year = 0
    _parts: ClassVar = {"month": 2, "day": 3, "hour": 5, "minute": 6, "second": 7}
    _extras: ClassVar = {
        "day-of-week": _DAY_OF_WEEK,
        "hundredths": _Extra(8, b"\x00"),
        "deviation": _Extra(9, _TAIL[:2]),
        "status": _Extra(11, _TAIL[2:]),
    }
    _form = "{year}-{month}-{day}T{hour}:{minute}:{second}Z"
    _pattern = re.compile(f"{_DATE}T{_TIME}Z{_SUFFIXES}")
    NOW: ClassVar[CosemDateTime]
    NEVER: ClassVar[CosemDateTime]

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
        if self[8] not in (0, _ANY) or self[9:11] != _TAIL[:2]:
            return None
        try:
            return datetime(int.from_bytes(self[:2], "big"), self[2], self[3], self[5], self[6], self[7], tzinfo=UTC)
        except ValueError:
            return None

    def __str__(self) -> str:
        return _WORDS.get(self) or super().__str__()

    @classmethod
    def parse(cls, text: str) -> CosemDateTime:
        """Reads what ``str()`` writes, all octets as hexadecimal digits, and any ISO 8601 time with a zone.

        Raises:
            DecodeError: the text is none of these.
        """
        if text in _BY_WORD:
            return _BY_WORD[text]
        if cls._pattern.fullmatch(text) or re.fullmatch("[0-9a-fA-F]{24}", text):
            return super().parse(text)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise cls._error(f"{text!r} is not a date and time") from None
        if moment.tzinfo is None:
            raise cls._error(f"{text!r} has no time zone")
        return cls.of(moment)


CosemDateTime.NOW = CosemDateTime(bytes(9) + _TAIL)
CosemDateTime.NEVER = CosemDateTime(bytes([_ANY]) * 9 + _TAIL)
_WORDS = {CosemDateTime.NOW: "now", CosemDateTime.NEVER: "never"}
_BY_WORD = {word: value for value, word in _WORDS.items()}
