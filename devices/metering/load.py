"""What flows through a meter: a constant load, or one that is another at another time."""

from __future__ import annotations

import csv
import random
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from devices.errors import DeviceError


@dataclass(frozen=True, slots=True)
class Load:
    """Power in whole W and var."""

    active_import: int = 0
    reactive_import: int = 0
    active_export: int = 0
    reactive_export: int = 0
    second_active_import: int = 0


NO_LOAD = Load()

#: The load at a time. It is asked for when something can change it: at half hours, switching times and commands.
LoadProfile: TypeAlias = Callable[[datetime], Load]


def household(seed: int, *, base: int = 250, peak: int = 2500) -> LoadProfile:
    """A household: a base in W, more in the morning and most in the evening, another every half hour by the seed."""

    def load(moment: datetime) -> Load:
        half_hour = int(moment.timestamp()) // _HALF_HOUR
        chance = random.Random(seed << 32 | half_hour).random()  # noqa: S311 - not for keys
        share = _SHARES[moment.hour]
        active = base + int(peak * share * chance)
        return Load(active_import=active, reactive_import=active // 10)

    return load


def recorded(path: str | PathLike[str]) -> LoadProfile:
    """The load of a CSV file: a column ``time`` (ISO 8601 with zone, ascending) and one for each field of `Load`.

    Before the first line there is none; the last line's load goes on.

    Raises:
        DeviceError: the file is not like that; says which line.
    """
    moments: list[datetime] = []
    loads: list[Load] = []
    known = {field.name for field in fields(Load)}
    with Path(path).open(newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            try:
                moment = datetime.fromisoformat(row.pop("time"))
                if moment.tzinfo is None or (moments and moment <= moments[-1]) or not set(row) <= known:
                    raise ValueError("not ascending times with a zone, or a column that is none of a load")
                loads.append(Load(**{name: int(text) for name, text in row.items()}))
            except (KeyError, TypeError, ValueError) as error:
                raise DeviceError(f"{path}, line {number}: {error}") from error
            moments.append(moment)

    def load(moment: datetime) -> Load:
        at = bisect_right(moments, moment)
        return loads[at - 1] if at else NO_LOAD

    return load


_HALF_HOUR = 1800
#: Of the peak, by hour of the day.
_SHARES = (*(0.05,) * 6, 0.4, 0.6, 0.5, *(0.25,) * 7, 0.5, 0.8, 1, 1, 0.8, 0.6, 0.4, 0.2)
