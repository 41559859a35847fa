"""Simple types: the text of an element or attribute, and its value.

Values are `str`, `int`, `bool`, `bytes`, `Decimal`, timezone-aware `datetime`, `CalendarDate`, `time` (UTC), `Eui64`
and `RequestID`. Every type writes a value in one way, the one usual in the field; what was read in another way is the
business of `duis.schema.model.Form`.
"""

from __future__ import annotations

import base64
import re
from abc import ABC, abstractmethod
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple

from duis.errors import DocumentError
from duis.identifiers import RequestID
from duis.markup import WHITE_SPACE, decode_base64, quote
from gbcs.eui64 import Eui64


class SimpleType(ABC):
    """Text and its value."""

    __slots__ = ()
    #: Type of the values; a value of any other is refused.
    python: ClassVar[type]

    def read(self, text: str, path: str) -> Any:
        """The value of `text`; raises `DocumentError` at `path` when it is none of this type."""
        try:
            return self._value(text)
        except ValueError as error:
            raise DocumentError(path, str(error)) from None

    def write(self, value: Any, path: str) -> str:
        """The text of `value`; raises `DocumentError` at `path` when it is not of this type."""
        if not isinstance(value, self.python):
            raise DocumentError(path, f"a {type(value).__name__}, {self.python.__name__} wanted")
        try:
            text = self._text(value)
        except (ValueError, OverflowError) as error:
            raise DocumentError(path, str(error)) from None
        self.read(text, path)
        return text

    def to_json(self, value: Any, path: str) -> Any:
        """The value as JSON has it: numbers and truth values as they are, all else as the text."""
        return value if self.python in (bool, int) else self.write(value, path)

    def from_json(self, value: Any, path: str) -> Any:
        """The value of what `to_json` gave, or of any text of this type; raises `DocumentError`."""
        return self.read(value, path) if isinstance(value, str) else self.read(self.write(value, path), path)

    @abstractmethod
    def _value(self, text: str) -> Any:
        """Raises `ValueError`."""

    def _text(self, value: Any) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class String(SimpleType):
    """xs:string of so many characters, with a pattern."""

    python = str
    minimum: int = 0
    maximum: int | None = None
    pattern: str = "(?s).*"

    def _value(self, text: str) -> str:
        if len(text) < self.minimum or (self.maximum is not None and len(text) > self.maximum):
            raise ValueError(f"{quote(text)} has {len(text)} characters, not {span(self.minimum, self.maximum)}")
        if not re.fullmatch(self.pattern, text):
            raise ValueError(f"{quote(text)} does not match {self.pattern}")
        return text

    def __str__(self) -> str:
        length = "" if (self.minimum, self.maximum) == (0, None) else f"({span(self.minimum, self.maximum)})"
        return f"text{length}" + ("" if self.pattern == "(?s).*" else f" /{self.pattern}/")


@dataclass(frozen=True, slots=True)
class Enumeration(SimpleType):
    """One of several words; `collapse` where white space around it does not count."""

    python = str
    words: tuple[str, ...]
    collapse: bool = False

    def _value(self, text: str) -> str:
        word = text.strip(WHITE_SPACE) if self.collapse else text
        if word not in self.words:
            raise ValueError(f"{quote(text)} is not {listed(self.words)}")
        return word

    def __str__(self) -> str:
        return "<" + " ".join(f'"{word}"' if " " in word else word for word in self.words) + ">"


@dataclass(frozen=True, slots=True)
class Integer(SimpleType):
    """xs:integer and what derives from it, by range."""

    python = int
    minimum: int | None
    maximum: int | None

    def _value(self, text: str) -> int:
        digits = text.strip(WHITE_SPACE)
        if re.fullmatch("[+-]?[0-9]{1,60}", digits):
            value = int(digits)
            if (self.minimum is None or value >= self.minimum) and (self.maximum is None or value <= self.maximum):
                return value
        raise ValueError(f"{quote(text)} is not an integer of {self}")

    def __str__(self) -> str:
        return span(self.minimum, self.maximum)


@dataclass(frozen=True, slots=True)
class Number(SimpleType):
    """xs:decimal by range, with so many decimals at most."""

    python = Decimal
    minimum: Decimal
    maximum: Decimal
    decimals: int

    def _value(self, text: str) -> Decimal:
        digits = text.strip(WHITE_SPACE)
        match = _NUMBER.fullmatch(digits)
        if match and len((match[1] or match[2] or "").rstrip("0")) <= self.decimals:
            value = Decimal(digits)
            if self.minimum <= value <= self.maximum:
                return value
        raise ValueError(f"{quote(text)} is not a number of {self}")

    def _text(self, value: Decimal) -> str:
        return f"{value:f}"

    def __str__(self) -> str:
        return f"{span(self.minimum, self.maximum)} with {self.decimals} decimals"


class Boolean(SimpleType):
    """xs:boolean."""

    __slots__ = ()
    python = bool
    _VALUES: ClassVar = {"true": True, "1": True, "false": False, "0": False}

    def _value(self, text: str) -> bool:
        try:
            return self._VALUES[text.strip(WHITE_SPACE)]
        except KeyError:
            raise ValueError(f"{quote(text)} is neither true nor false") from None

    def _text(self, value: bool) -> str:
        return "true" if value else "false"

    def __str__(self) -> str:
        return "true or false"


_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,30}(?:\.([0-9]{0,30}))?|\.([0-9]{1,30}))")
_DATE = "(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
_TIME = r"(?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.(?P<fraction>[0-9]{1,30}))?"
_ZONE = "(?P<zone>Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?"
_DAY = re.compile(f"([0-9]{{4}}|[1-9][0-9]{{4,8}})-([0-9]{{2}})-([0-9]{{2}}){_ZONE}")
_MIDNIGHT = "24:00:00"


def _moment(form: str, kind: str, text: str) -> datetime:
    """A date and time, or a time of day, in UTC; without a time zone it is UTC (DUIS knows no other)."""
    match = re.fullmatch(form, text.strip(WHITE_SPACE))
    if not match:
        raise ValueError(f"{quote(text)} is not a {kind}")
    parts = {"date": "2000-01-02", "time": "00:00:00", "fraction": None, **match.groupdict()}
    at_end = parts["time"] == _MIDNIGHT and not (parts["fraction"] or "").strip("0")
    clock = "00:00:00" if at_end else f"{parts['time']}.{(parts['fraction'] or '0')[:6]}"
    try:
        moment = datetime.fromisoformat(f"{parts['date']}T{clock}{parts['zone'] or 'Z'}")
        return (moment + timedelta(days=at_end)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{quote(text)} is not a {kind}: {error}") from None


def _clock(value: datetime | time, decimals: int) -> str:
    fraction = f"{value.microsecond:06}".rstrip("0").ljust(decimals, "0")
    return f"{value:%H:%M:%S}.{fraction}Z"


@dataclass(frozen=True, slots=True)
class DateTime(SimpleType):
    """xs:dateTime, written in UTC with so many decimals at least; decimals beyond microseconds are cut off."""

    python = datetime
    decimals: int = 2

    def _value(self, text: str) -> datetime:
        return _moment(f"{_DATE}T{_TIME}{_ZONE}", "dateTime", text)

    def _text(self, value: datetime) -> str:
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        moment = value.astimezone(UTC)
        return f"{moment.date().isoformat()}T{_clock(moment, self.decimals)}"

    def __str__(self) -> str:
        return "dateTime"


class CalendarDate(NamedTuple):
    """A day; the year may be `ANY_YEAR`, with which DUIS says every year, or any other beyond those of `date`."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}-{self.day:02}"


#: The year of a date that holds in every year.
ANY_YEAR = 0xFFFF


class Date(SimpleType):
    """xs:date, whatever the time zone; written as UTC. A `datetime.date` may be given as well."""

    __slots__ = ()
    python = CalendarDate

    def write(self, value: Any, path: str) -> str:
        if isinstance(value, date) and not isinstance(value, datetime):
            value = CalendarDate(value.year, value.month, value.day)
        return SimpleType.write(self, value, path)

    def _value(self, text: str) -> CalendarDate:
        match = _DAY.fullmatch(text.strip(WHITE_SPACE))
        if match and int(match[1]):
            year, month, day = int(match[1]), int(match[2]), int(match[3])
            # The calendar repeats every 400 years.
            if 1 <= month <= 12 and 1 <= day <= monthrange(year % 400 + 2000, month)[1]:
                return CalendarDate(year, month, day)
        raise ValueError(f"{quote(text)} is not a date")

    def _text(self, value: CalendarDate) -> str:
        return f"{value}Z"

    def __str__(self) -> str:
        return "date"


class Time(SimpleType):
    """xs:time, in UTC."""

    __slots__ = ()
    python = time

    def _value(self, text: str) -> time:
        return _moment(f"{_TIME}{_ZONE}", "time", text).time()

    def _text(self, value: time) -> str:
        if value.tzinfo not in (None, UTC):
            raise ValueError(f"{value} is not in UTC")
        return _clock(value, 2)

    def __str__(self) -> str:
        return "time"


@dataclass(frozen=True, slots=True)
class Octets(SimpleType):
    """xs:base64Binary or xs:hexBinary of so many octets; `words` are the only values where there are some."""

    python = bytes
    hexadecimal: bool = False
    minimum: int = 0
    maximum: int | None = None
    words: tuple[bytes, ...] = ()

    def _value(self, text: str) -> bytes:
        octets = self._decode(text)
        if len(octets) < self.minimum or (self.maximum is not None and len(octets) > self.maximum):
            raise ValueError(f"{len(octets)} octets, not {span(self.minimum, self.maximum)}")
        if self.words and octets not in self.words:
            raise ValueError(f"{quote(text)} is not {listed([word.hex().upper() for word in self.words])}")
        return octets

    def _decode(self, text: str) -> bytes:
        if self.hexadecimal:
            if not re.fullmatch("(?:[0-9A-Fa-f]{2})*", text.strip(WHITE_SPACE)):
                raise ValueError(f"{quote(text)} is not hexadecimal")
            return bytes.fromhex(text.strip(WHITE_SPACE))
        try:
            return decode_base64(text)
        except ValueError as error:
            raise ValueError(f"not base64: {error}") from None

    def _text(self, value: bytes) -> str:
        return value.hex().upper() if self.hexadecimal else base64.b64encode(value).decode()

    def __str__(self) -> str:
        length = "" if (self.minimum, self.maximum) == (0, None) else f"({span(self.minimum, self.maximum)} octets)"
        return ("hex" if self.hexadecimal else "base64") + length


class Eui(SimpleType):
    """An EUI-64 in dashed pairs."""

    __slots__ = ()
    python = Eui64

    def _value(self, text: str) -> Eui64:
        return _dashed(text.strip(WHITE_SPACE))

    def __str__(self) -> str:
        return "EUI-64 in dashed pairs"


class Identifier(SimpleType):
    """RequestID and ResponseID."""

    __slots__ = ()
    python = RequestID

    def _value(self, text: str) -> RequestID:
        try:
            return RequestID.parse(text)
        except DocumentError as error:
            raise ValueError(error.rule) from None

    def __str__(self) -> str:
        return "originator:target:counter"


@dataclass(frozen=True, slots=True)
class EuiList(SimpleType):
    """EUI-64s with commas between them, as a list; so many characters at most."""

    python = list
    maximum: int | None = None

    def _value(self, text: str) -> list[Eui64]:
        if self.maximum is not None and len(text) > self.maximum:
            raise ValueError(f"{len(text)} characters, more than {self.maximum}")
        return [_dashed(item) for item in text.split(",")]

    def _text(self, value: list[Eui64]) -> str:
        return ",".join(map(str, value))

    def __str__(self) -> str:
        return "EUI-64s in dashed pairs with commas between"


def _dashed(text: str) -> Eui64:
    if not re.fullmatch("[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){7}", text):
        raise ValueError(f"{quote(text)} is not an EUI-64 in dashed pairs")
    return Eui64(bytes.fromhex(text.replace("-", "")))


def span(minimum: object, maximum: object) -> str:
    """A range as the notation writes it."""
    if minimum == maximum and minimum is not None:
        return str(minimum)
    return f"{'' if minimum is None else minimum}..{'' if maximum is None else maximum}"


def listed(words: tuple[str, ...] | list[str], limit: int = 12) -> str:
    """Alternatives in an error message, not all where there are many."""
    shown = words if len(words) <= limit else (*words[:limit], f"another of {len(words)}")
    return " or ".join(shown)
