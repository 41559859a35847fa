"""Schedules and calendars: which of their actions was the last before a moment (DLMS Blue Book 4.5, SMETS 5.4).

Three kinds of table are read: schedule entries with weekdays, dates and special days; activity calendars of seasons,
weeks and days; and single actions by date and time. A schedule's n-th bit of special days, counted from 1, stands for
special days with day id n.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple, TypeAlias

from gbcs.cosem.date_time import CosemDate, CosemTime

Entry: TypeAlias = Mapping[str, Any]

_ANY, _ANY_YEAR = 0xFF, 0xFFFF
_DAY = timedelta(days=1)
#: How far back the last action may lie: weekdays come round in a week.
_DAYS_BACK = 8
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def matches(pattern: CosemDate, day: date) -> bool:
    """Whether a date, parts of which may be any, is that day."""
    year = int.from_bytes(pattern[:2], "big")
    return (
        year in (_ANY_YEAR, day.year)
        and pattern[2] in (_ANY, day.month)
        and pattern[3] in (_ANY, day.day)
        and pattern[4] in (_ANY, day.isoweekday())
    )


def time_of(stamp: CosemTime) -> time:
    """The time of day; parts that are any, or none that a day has, are 0."""
    hour, minute, second = (part if part <= most else 0 for part, most in zip(stamp, (23, 59, 59), strict=False))
    return time(hour, minute, second, tzinfo=UTC)


def special_day(days: Iterable[Entry], day: date) -> int | None:
    """The day id of a special day."""
    return next((entry["day_id"] for entry in days if matches(entry["specialday_date"], day)), None)


def last_action(entries: Sequence[Entry], special_days: Sequence[Entry], moment: datetime) -> int | None:
    """The selector of the schedule's last action up to a moment; None where there was none for a week."""
    for back in range(_DAYS_BACK):
        day = moment.date() - back * _DAY
        special = special_day(special_days, day)
        due = [
            (at, entry["script_selector"])
            for entry in entries
            if _applies(entry, day, special) and (at := datetime.combine(day, time_of(entry["switch_time"]))) <= moment
        ]
        if due:
            return max(due, key=lambda each: each[0])[1]  # type: ignore[no-any-return]
    return None


def _applies(entry: Entry, day: date, special: int | None) -> bool:
    if not _begins(entry["begin_date"]) <= day <= _ends(entry["end_date"]):
        return False
    if special is not None:
        bits = entry["exec_specdays"]
        return special <= len(bits) and bits[special - 1 : special] == "1"
    return bool(entry["exec_weekdays"][day.weekday()] == "1")


def _begins(pattern: CosemDate) -> date:
    return _bound(pattern, date.min)


def _ends(pattern: CosemDate) -> date:
    return _bound(pattern, date.max)


def _bound(pattern: CosemDate, default: date) -> date:
    try:
        return date(int.from_bytes(pattern[:2], "big"), pattern[2], pattern[3])
    except ValueError:
        return default


class Calendar(NamedTuple):
    """An activity calendar with its special days."""

    seasons: Sequence[Entry]
    weeks: Sequence[Entry]
    days: Sequence[Entry]
    special_days: Sequence[Entry]

    def rate(self, moment: datetime) -> int | None:
        """The selector of the last action up to a moment."""
        for back in range(_DAYS_BACK):
            day = moment.date() - back * _DAY
            day_id = self._day_id(day)
            schedule = next((each["day_schedule"] for each in self.days if each["day_id"] == day_id), ())
            due = [
                (at, action["script_selector"])
                for action in schedule
                if (at := datetime.combine(day, time_of(action["start_time"]))) <= moment
            ]
            if due:
                return max(due, key=lambda each: each[0])[1]  # type: ignore[no-any-return]
        return None

    def _day_id(self, day: date) -> int | None:
        day_id = special_day(self.special_days, day)
        if day_id is not None:
            return day_id
        name = _season(self.seasons, day)
        week = next((each for each in self.weeks if each["week_profile_name"] == name), None)
        return None if week is None else week[_WEEKDAYS[day.weekday()]]


def _season(seasons: Sequence[Entry], day: date) -> bytes | None:
    """Name of the week of the season in force: the one that began last, a year with parts that are any coming round."""
    begun = [(start, season["week_name"]) for season in seasons for start in _starts(season["season_start"], day)]
    past = [each for each in begun if each[0] <= day]
    return max(past, key=lambda each: each[0])[1] if past else None


def _starts(stamp: bytes, day: date) -> Iterator[date]:
    year = int.from_bytes(stamp[:2], "big")
    for each in (day.year, day.year - 1) if year == _ANY_YEAR else (year,):
        try:
            yield date(each, stamp[2] if stamp[2] != _ANY else 1, stamp[3] if stamp[3] != _ANY else 1)
        except ValueError:
            continue


def switches(tables: Iterable[Sequence[Entry]], name: str) -> frozenset[time]:
    """The times of day at which a table's entries switch."""
    return frozenset(time_of(entry[name]) for table in tables for entry in table)


def is_due(actions: Iterable[Entry], moment: datetime) -> bool:
    """Whether a single action schedule has an action at that very time."""
    return any(time_of(entry["time"]) == moment.timetz() and matches(entry["date"], moment.date()) for entry in actions)
