"""What flows through a meter: a constant load, or one that is another at another time."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import datetime
from os import PathLike
from typing import TypeAlias

from devices.metering.profiles import chance, read_csv


@dataclass(frozen=True, slots=True)
class Load:
    """Power in whole W and var."""

    active_import: int = 0
    reactive_import: int = 0
    active_export: int = 0
    reactive_export: int = 0
    second_active_import: int = 0

    def share(self, part: int, whole: int) -> Load:
        """The part of it that so many of all phases carry, each the same."""
        return Load(*(power * part // whole for power in astuple(self)))


NO_LOAD = Load()

#: The load at a time. It is asked for when something can change it: at half hours, switching times and commands.
LoadProfile: TypeAlias = Callable[[datetime], Load]


def household(seed: int, *, base: int = 250, peak: int = 2500) -> LoadProfile:
    """A household: a base in W, more in the morning and most in the evening, another every half hour by the seed."""

    def load(moment: datetime) -> Load:
        share = _SHARES[moment.hour]
        active = base + int(peak * share * chance(seed, int(moment.timestamp()) // _HALF_HOUR))
        return Load(active_import=active, reactive_import=active // 10)

    return load


def solar(seed: int, *, peak: int = 3500, latitude: float = 52.5) -> LoadProfile:
    """Panels that export: by the height of the sun, less the clouds of the day and the half hour, by the seed.

    Args:
        seed: the same clouds come by the same seed.
        peak: W with the sun in the zenith and no cloud.
        latitude: degrees north; noon is at 12:00 UTC.
    """
    north = math.radians(latitude)

    def load(moment: datetime) -> Load:
        half_hour = int(moment.timestamp()) // _HALF_HOUR
        # The middle of the half hour stands for the whole of it.
        turn = math.tau * (half_hour % _HALF_HOURS + 0.5) / _HALF_HOURS
        tilt = -_AXIS * math.cos(math.tau * (moment.timetuple().tm_yday + 10) / 365.25)
        height = math.sin(north) * math.sin(tilt) - math.cos(north) * math.cos(tilt) * math.cos(turn)
        if height <= 0:
            return NO_LOAD
        sky = 0.3 + 0.7 * chance(seed, -(half_hour // _HALF_HOURS))
        return Load(active_export=int(peak * height * sky * (0.7 + 0.3 * chance(seed, half_hour))))

    return load


def netted(use: LoadProfile, generation: LoadProfile) -> LoadProfile:
    """What a meter sees where both are behind it: generation covers use of the first element, and exports the rest."""

    def load(moment: datetime) -> Load:
        used, made = use(moment), generation(moment)
        balance = used.active_import + made.active_import - used.active_export - made.active_export
        reactive = used.reactive_import + made.reactive_import - used.reactive_export - made.reactive_export
        return Load(
            active_import=max(0, balance),
            reactive_import=max(0, reactive),
            active_export=max(0, -balance),
            reactive_export=max(0, -reactive),
            second_active_import=used.second_active_import + made.second_active_import,
        )

    return load


def recorded(path: str | PathLike[str]) -> LoadProfile:
    """The load of a CSV file: a column ``time`` (ISO 8601 with zone, ascending) and one for each field of `Load`.

    Before the first line there is none; the last line's load goes on.

    Raises:
        DeviceError: the file is not like that; says which line.
    """
    moments, loads = read_csv(path, Load)

    def load(moment: datetime) -> Load:
        at = bisect_right(moments, moment)
        return loads[at - 1] if at else NO_LOAD

    return load


_HALF_HOUR = 1800
_HALF_HOURS = 48
#: The tilt of the earth's axis.
_AXIS = math.radians(23.44)
#: Of the peak, by hour of the day.
_SHARES = (*(0.05,) * 6, 0.4, 0.6, 0.5, *(0.25,) * 7, 0.5, 0.8, 1, 1, 0.8, 0.6, 0.4, 0.2)
