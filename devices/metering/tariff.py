"""The tariff in force: which register counts imported energy, and what it costs (SMETS 5.4; use cases ECS01a to ECS05).

A rate's selector is 1 to 48 for a time-of-use register, 101 to 108 for one whose block depends on what was counted
there since the counters were last reset.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache

from devices.cosem.initial import BLOCK_RATES, BLOCKS, TOU_REGISTERS, TOU_SECONDARY_REGISTERS
from devices.cosem.server import CosemServer
from devices.electricity import schedule
from devices.errors import AccessFailed
from devices.metering.registers import WATT_HOUR, Registers
from gbcs.cosem import objects as o
from gbcs.cosem.objects import CosemObject
from gbcs.cosem.results import AccessResult
from gbcs.cosem.types import Value
from gbcs.cursor import Cursor

_FIRST_BLOCK_RATE, RESET_COUNTERS = 101, 99
#: Prices are in units of 10^-5 of the currency a kWh where scales say nothing else, balances in 10^-5 of the currency.
_BALANCE_SCALE = -5
_HALF_HOURS = tuple(time(hour, minute, tzinfo=UTC) for hour in range(24) for minute in (0, 30))
_PARTS = ("season_profile_active", "week_profile_table_active", "day_profile_table_active")
_NO_RATE = 1
#: Selectors that there is a register for; what a calendar says beside these counts as the first.
_RATES = frozenset((*range(1, TOU_REGISTERS + 1), *range(_FIRST_BLOCK_RATE, _FIRST_BLOCK_RATE + BLOCK_RATES)))
_SECOND_RATES = frozenset(range(1, TOU_SECONDARY_REGISTERS + 1))
#: What consumption costs and does not yet fill a millipenny.
_OWED = "owed"


class Tariff:
    """Rates by time and block. `debit` takes what consumption costs, in millipence."""

    def __init__(
        self, cosem: CosemServer, registers: Registers, clock: Callable[[], datetime], debit: Callable[[int], None]
    ) -> None:
        self._cosem = cosem
        self._registers = registers
        self._clock = clock
        self._debit = debit
        self._is_stale = True
        self._rates = (_NO_RATE, _NO_RATE)
        self._prices: tuple[Mapping[int, int], Mapping[int, int]] = ({}, {})
        self._costs = False
        self._thresholds: list[list[int]] = []
        self._times = _HALF_HOURS
        #: The same rates are in force from midnight or a switching time up to the next.
        self._rate_times = _HALF_HOURS[:1]
        self._in_force: tuple[datetime, datetime] | None = None
        self._billing_times: frozenset[time] = frozenset()
        self._calendars: list[schedule.Calendar | None] = []
        self._billing: list[schedule.Entry] = []
        self._resets: list[schedule.Entry] = []
        registers.consumers.append(self)
        for table, days in _CALENDARS:
            if cosem.has(table, _PARTS[0]):
                for part in _PARTS:
                    cosem.watch(table, part, self._forget)
                cosem.watch(days, "entries", self._forget)
        for each in _PRICES:
            if cosem.has(each, "unit_charge_active"):
                cosem.watch(each, "unit_charge_active", self._forget)
        for each in o.TARIFF_THRESHOLD_MATRIX_TOU:
            cosem.watch(each, "thresholds", self._forget)
        cosem.watch(o.BILLING_CALENDAR, "execution_time", self._forget)
        cosem.watch(o.TARIFF_BLOCK_COUNTER_MATRIX, "execution_time", self._forget)
        cosem.handle(o.TARIFF_BLOCK_COUNTER_SCRIPTS, "execute", self._execute)
        cosem.compute(o.PRIMARY_ACTIVE_TARIFF_PRICE, "value", lambda: self._price(0))
        if cosem.has(o.SECONDARY_ACTIVE_TARIFF_PRICE, "value"):
            cosem.compute(o.SECONDARY_ACTIVE_TARIFF_PRICE, "value", lambda: self._price(1))

    @property
    def rate(self) -> int:
        """The selector of the rate in force for the primary element."""
        self._refresh()
        return self._rates[0]

    @property
    def costs(self) -> bool:
        """Whether energy has a price at any time."""
        self._refresh()
        return self._costs

    def switch(self) -> None:
        """Looks which rates are in force now; to be called whenever time reaches `next_time`."""
        self._refresh()
        moment = self._clock()
        if self._in_force is None or not self._in_force[0] <= moment < self._in_force[1]:
            self._find_rates(moment)

    def _find_rates(self, moment: datetime) -> None:
        self._in_force = (moment, _following(self._rate_times, moment))
        first, second = (each and each.rate(moment) for each in self._calendars)
        self._rates = (_known(first, _RATES), _known(second, _SECOND_RATES))

    def bills_at(self, moment: datetime) -> bool:
        """Whether the billing calendar has that moment."""
        self._refresh()
        return moment.timetz() in self._billing_times and schedule.is_due(self._billing, moment)

    def resets_at(self, moment: datetime) -> bool:
        """Whether the block counters are to be reset at that moment."""
        self._refresh()
        return schedule.is_due(self._resets, moment)

    def next_time(self, moment: datetime) -> datetime:
        """The next half hour, or the time at which a table says that something changes, whichever is earlier."""
        self._refresh()
        return _following(self._times, moment)

    def reset_counters(self) -> None:
        """Blocks begin again at the first."""
        for block in range(1, BLOCKS + 1):
            for number in range(1, BLOCK_RATES + 1):
                self._registers.write(f"counter {block}/{number}", 0)

    def consume(self, energy: int, second_element: int) -> None:
        """See `devices.metering.registers.Consumer`."""
        self._refresh()
        if energy:
            if self._rates[0] >= _FIRST_BLOCK_RATE:
                self._count_blocks(energy, self._rates[0] - _FIRST_BLOCK_RATE + 1)
            else:
                self._registers.add(f"tou/{self._rates[0]}", energy)
                self._charge(energy, self._prices[0].get(self._rates[0], 0))
        if second_element:
            self._registers.add(f"second tou/{self._rates[1]}", second_element)
            self._charge(second_element, self._prices[1].get(self._rates[1], 0))

    def _count_blocks(self, energy: int, number: int) -> None:
        while energy:
            block, room = self._block(number)
            part = energy if room is None else min(energy, room)
            self._registers.add(f"block {block}/{number}", part)
            self._registers.add(f"counter {block}/{number}", part)
            self._charge(part, self._prices[0].get(_block_index(block, number), 0))
            energy -= part

    def _block(self, number: int) -> tuple[int, int | None]:
        """The block in force for a rate, and the energy that it still takes; None where it takes all."""
        counted = sum(self._registers.exact(f"counter {block}/{number}") for block in range(1, BLOCKS + 1))
        for block, threshold in enumerate(self._thresholds[number - 1], 1):
            room = threshold * WATT_HOUR - counted
            if room > 0:
                return block, room
        return len(self._thresholds[number - 1]) + 1, None

    def _charge(self, energy: int, price: int) -> None:
        if price:
            owed = self._registers.exact(_OWED) + energy * price
            amount, owed = divmod(owed, 1000 * WATT_HOUR)
            self._registers.put(_OWED, owed)
            if amount:
                self._debit(amount)

    def _price(self, element: int) -> int:
        self._refresh()
        rate = self._rates[element]
        if rate >= _FIRST_BLOCK_RATE:
            number = rate - _FIRST_BLOCK_RATE + 1
            rate = _block_index(self._block(number)[0], number)
        return max(0, self._prices[element].get(rate, 0))

    def _execute(self, script: Value) -> None:
        if script != RESET_COUNTERS:
            raise AccessFailed(AccessResult.OBJECT_UNDEFINED)
        self.reset_counters()

    def _forget(self, value: Value) -> None:
        del value
        self._is_stale = True

    def _refresh(self) -> None:
        if not self._is_stale:
            return
        self._is_stale = False
        get = self._cosem.get
        self._prices = (_table(self._cosem, 0), _table(self._cosem, 1))
        self._costs = any(any(prices.values()) for prices in self._prices)
        self._thresholds = [get(each, "thresholds") for each in o.TARIFF_THRESHOLD_MATRIX_TOU]
        self._calendars = [self._calendar(*each) for each in _CALENDARS]
        self._billing, self._resets = (
            get(each, "execution_time") for each in (o.BILLING_CALENDAR, o.TARIFF_BLOCK_COUNTER_MATRIX)
        )
        days = [day["day_schedule"] for each in self._calendars if each for day in each.days]
        rate_times = schedule.switches(days, "start_time")
        self._billing_times = schedule.switches([self._billing], "time")
        times = rate_times | self._billing_times | schedule.switches([self._resets], "time")
        self._times = tuple(sorted(times | set(_HALF_HOURS)))
        self._rate_times = tuple(sorted(rate_times | {_HALF_HOURS[0]}))
        self._find_rates(self._clock())

    def _calendar(self, table: CosemObject, days: CosemObject) -> schedule.Calendar | None:
        if not self._cosem.has(table, _PARTS[0]):
            return None
        seasons, weeks, profiles = (self._cosem.get(table, part) for part in _PARTS)
        return schedule.Calendar(seasons, weeks, profiles, self._cosem.get(days, "entries"))


_CALENDARS: tuple[tuple[CosemObject, CosemObject], ...] = (
    (o.TARIFF_SWITCHING_TABLE, o.TARIFF_SWITCHING_TABLE_SPECIAL_DAYS),
    (o.TARIFF_SWITCHING_TABLE_SECONDARY_ELEMENT, o.TARIFF_SWITCHING_TABLE_SECONDARY_ELEMENT_SPECIAL_DAYS),
)
_PRICES = (o.TARIFF_BLOCK_PRICE_MATRIX_TOU, o.SECONDARY_TARIFF_TOU_PRICE_MATRIX)


def _following(times: Sequence[time], moment: datetime) -> datetime:
    """The next time of day of several that are in order, on the day of the moment or the next."""
    position = bisect_right(times, moment.timetz())
    day = moment if position < len(times) else moment + timedelta(days=1)
    return datetime.combine(day.date(), times[position % len(times)])


def _known(rate: int | None, rates: frozenset[int]) -> int:
    return rate if rate is not None and rate in rates else _NO_RATE


def _block_index(block: int, number: int) -> int:
    return 0x90 + 0x10 * block + number


def _table(cosem: CosemServer, element: int) -> Mapping[int, int]:
    """Prices of the first or second element by index, in millipence a kWh."""
    prices = _PRICES[element]
    has_prices = cosem.has(prices, "unit_charge_active")
    return _read_prices(element, cosem.octets(prices, "unit_charge_active")) if has_prices else {}


@lru_cache(maxsize=64)  # many meters have the same prices
def _read_prices(element: int, octets: bytes) -> Mapping[int, int]:
    matrix = _PRICES[element].member("unit_charge_active").type.decode(Cursor(octets))
    scale = matrix["charge_per_unit_scaling"]["price_scale"] - _BALANCE_SCALE
    return {
        entry["index"][0]: entry["charge_per_unit"] * 10**scale
        if scale >= 0
        else entry["charge_per_unit"] // 10**-scale
        for entry in matrix["charge_table"]
    }
