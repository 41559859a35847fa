"""A small gas meter: a household's consumption by a seed, its registers, logs and balances (SMETS 4).

It tells of itself every half hour. All that it knows is in the GPF's copy of it; consumption is a function of the time,
so that it goes on after any pause as if there had been none.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from devices.errors import DeviceError
from devices.events import seconds_of
from devices.gas.data import (
    DAILY_CONSUMPTION,
    DAILY_READ,
    END_OF_BILLING_PERIOD,
    NON_DISABLEMENT,
    PROFILE,
    TARIFF,
    GasData,
)
from gbcs.cosem.types import Value
from gbcs.gbz.clusters import calendar, metering, prepayment, price
from gbcs.gbz.model import Attribute

_HALF_HOUR = timedelta(minutes=30)
_NEVER = datetime.max.replace(tzinfo=UTC)
_GBP, _FIVE_DECIMALS = 826, 0x50
_CUBIC_METRES, _KWH = 0x01, 0x00
_MONTHS = 0x23
_ON, _UNCHANGED = 0x02, 0x03
_CREDIT, _PREPAYMENT = 0x0C94, 0x0897
_BATTERY_DAYS = 3650
_PER_CENT_SCALE = 10_000
#: MJ/m3 with one decimal, and the volume conversion factor with five.
_CALORIFIC_VALUE, _CONVERSION_FACTOR = 395, 102_264
_LITRES_PER_CUBIC_METRE, _TENTH_MEGAJOULES_PER_KWH = 1000, 36
_POUND = 100_000
_DAILY = 0x01
_UNTIL_CHANGED = 0xFFFF
_ONE_COMMAND = {"command_index": 0, "total_commands": 1}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

#: Litres in the half hour that begins at a time.
Consumption: TypeAlias = Callable[[datetime], int]


def household(seed: int, *, hot_water: int = 60, heating: int = 900) -> Consumption:
    """A household: hot water in litres of gas a half hour, most in the morning and evening, heating in the cold months.

    Another every half hour, by the seed.
    """

    def consumption(moment: datetime) -> int:
        half_hour = int(moment.timestamp()) // 1800
        chance = random.Random(seed << 32 | half_hour).random()  # noqa: S311 - not for keys
        share = _SHARES[moment.hour]
        return int(share * chance * (hot_water + heating * _COLD[moment.month - 1]))

    return consumption


#: Of the most, by hour of the day and by month.
_SHARES = (*(0.0,) * 5, 0.4, 1.0, 1.0, 0.7, *(0.3,) * 7, 0.7, 1.0, 1.0, 0.9, 0.8, 0.6, 0.2, 0.0)
_COLD = (1.0, 0.9, 0.7, 0.4, 0.2, 0.0, 0.0, 0.0, 0.1, 0.4, 0.7, 0.9)


@dataclass(frozen=True, slots=True)
class GasTariff:
    """Time of use by day of the week, with blocks counted beside it.

    Attributes:
        prices: of the four rates, in millipence a kWh.
        week: rate of each day from Monday on, 1 to 4.
        standing_charge: in millipence a day.
        thresholds: where blocks two, three and four begin, in Wh; counted from the beginning of the billing period.
    """

    prices: tuple[int, int, int, int] = (6500, 6200, 0, 0)
    week: tuple[int, ...] = (1, 1, 1, 1, 1, 2, 2)
    standing_charge: int = 29_000
    thresholds: tuple[int, int, int] = (200_000, 600_000, 1_200_000)


class GasMeter:
    """A `devices.gas.source.GasSource`.

    Registers are in litres. Costs are rounded down by half hours.
    """

    def __init__(
        self,
        consumption: Consumption,
        *,
        tariff: GasTariff = GasTariff(),
        prepayment_mode: bool = False,
        mprn: str = "1000000000",
        firmware_version: bytes = b"\0\0\0\1",
    ) -> None:
        """A meter that is new where the copy it is started on is empty."""
        self._consumption = consumption
        self._tariff = tariff
        self._is_prepaid = prepayment_mode
        self._mprn = mprn
        self._firmware_version = firmware_version
        self._data: GasData | None = None
        self._due = _NEVER
        self._today = 0

    @property
    def data(self) -> GasData:
        """The copy that it keeps.

        Raises:
            DeviceError: it was not started.
        """
        if self._data is None:
            raise DeviceError("a gas meter that nobody has started")
        return self._data

    def start(self, data: GasData, time: datetime) -> None:
        """See `GasSource`."""
        self._data = data
        last = data.stamp.time if data.stamp else _half_hour(time)
        if data.stamp is None:
            for attribute, value in self._initial():
                data.zcl.set(attribute, value)
            self._publish(time)
            data.reported(last)
        self._due = last + _HALF_HOUR
        midnight = last.replace(hour=0, minute=0)
        self._today = sum(data.samples[PROFILE].between(seconds_of(midnight) + 1, seconds_of(last)).values())

    def due(self) -> datetime:
        """See `GasSource`."""
        return self._due

    def run(self) -> None:
        """See `GasSource`."""
        moment = self._due
        begin = moment - _HALF_HOUR
        used = self._consumption(begin)
        rate = self._tariff.week[begin.weekday()]
        if used:
            self._count(used, rate)
            self._today += used
        self.data.samples[PROFILE].append(seconds_of(moment), used)
        if not moment.hour and not moment.minute:
            self._end_day(moment)
        self.data.reported(moment)
        self._due = moment + _HALF_HOUR

    def top_up(self, code: str, amount: int) -> None:
        """The consumer pays in advance, an amount in millipence; part of it goes to the payment debt.

        The meter tells of it as of its last report.
        """
        zcl = self.data.zcl
        debt = zcl.get(prepayment.DEBT_AMOUNTS[2])
        share = zcl.get(prepayment.DEBT_RECOVERY_TOP_UP_PERCENTAGE)
        collected = min(debt, amount * share // _PER_CENT_SCALE)
        stamp = seconds_of(self._due - _HALF_HOUR)
        self.data.top_ups.append(stamp, {"top_up_code": code, "top_up_amount": amount})
        if collected:
            zcl.set(prepayment.DEBT_AMOUNTS[2], debt - collected)
            self.data.debts.append(stamp, {"amount_collected": collected, "outstanding_debt": debt - collected})
        self._add(prepayment.CREDIT_REMAINING, amount - collected)

    def _count(self, used: int, rate: int) -> None:
        self._add(metering.CURRENT_SUMMATION, used)
        self._add(metering.TIER_SUMMATIONS[rate - 1], used)
        counted = sum(map(self.data.zcl.get, metering.BLOCK_SUMMATIONS))
        block = sum(watt_hours(counted) >= threshold for threshold in self._tariff.thresholds)
        self._add(metering.BLOCK_SUMMATIONS[block], used)
        self._charge(watt_hours(used) * self._tariff.prices[rate - 1] // 1000)

    def _charge(self, cost: int) -> None:
        if self._is_prepaid:
            self._add(prepayment.CREDIT_REMAINING, -cost)
        else:
            self._add(metering.BILL_TO_DATE, cost)

    def _add(self, register: Attribute, amount: int) -> None:
        """What is full stays full."""
        low, high = register.type.range  # type: ignore[attr-defined]
        self.data.zcl.set(register, max(low, min(high, self.data.zcl.get(register) + amount)))

    def _end_day(self, moment: datetime) -> None:
        stamp = seconds_of(moment)
        zcl = self.data.zcl
        self.data.samples[DAILY_CONSUMPTION].append(stamp, self._today)
        self._today = 0
        self._charge(self._tariff.standing_charge)
        zcl.set(metering.REMAINING_BATTERY_LIFE, max(0, zcl.get(metering.REMAINING_BATTERY_LIFE) - 1))
        self.data.take_snapshot(stamp, DAILY_READ)
        if moment.day == 1:
            self.data.take_snapshot(stamp, END_OF_BILLING_PERIOD)
            for block in metering.BLOCK_SUMMATIONS:
                zcl.set(block, 0)
        if self._tariff.week[moment.weekday()] != self._tariff.week[moment.weekday() - 1]:
            self._publish_price(moment)

    def _initial(self) -> Iterator[tuple[Attribute, Value]]:
        """What a new meter holds."""
        yield metering.CURRENT_METER_ID, self._firmware_version
        yield metering.SITE_ID, self._mprn
        yield metering.SUPPLY_STATUS, _ON
        yield metering.SUPPLY_TAMPER_STATE, _UNCHANGED
        yield metering.SUPPLY_DEPLETION_STATE, _UNCHANGED
        yield metering.REMAINING_BATTERY_LIFE, _BATTERY_DAYS
        yield metering.UNIT_OF_MEASURE, _CUBIC_METRES
        yield metering.MULTIPLIER, 1
        yield metering.DIVISOR, _LITRES_PER_CUBIC_METRE
        yield metering.BILL_TO_DATE, 0
        for register in (metering.CURRENT_SUMMATION, *metering.TIER_SUMMATIONS, *metering.BLOCK_SUMMATIONS):
            yield register, 0
        yield price.UNIT_OF_MEASURE, _KWH
        yield price.TARIFF_CURRENCY, _GBP
        yield price.PRICE_TRAILING_DIGIT, _FIVE_DECIMALS
        yield price.STANDING_CHARGE, self._tariff.standing_charge
        yield price.THRESHOLD_MULTIPLIER, 1
        yield price.THRESHOLD_DIVISOR, 1000
        yield from zip(price.BLOCK_THRESHOLDS, self._tariff.thresholds, strict=True)
        yield from zip(price.TIER_PRICES, self._tariff.prices, strict=True)
        yield from zip(price.NO_TIER_BLOCK_PRICES, (0, 0, 0, 0), strict=True)
        mode = _PREPAYMENT if self._is_prepaid else _CREDIT
        yield prepayment.PAYMENT_CONTROL_CONFIGURATION, mode
        yield prepayment.CUT_OFF_VALUE, 0
        yield prepayment.OVERALL_DEBT_CAP, _POUND * 20
        yield prepayment.EMERGENCY_CREDIT_LIMIT, _POUND * 5
        yield prepayment.EMERGENCY_CREDIT_THRESHOLD, _POUND
        yield prepayment.LOW_CREDIT_WARNING, _POUND * 2
        yield prepayment.MAX_CREDIT_LIMIT, _POUND * 250
        yield prepayment.MAX_CREDIT_PER_TOP_UP, _POUND * 50
        yield prepayment.DEBT_RECOVERY_TOP_UP_PERCENTAGE, _PER_CENT_SCALE // 10
        for balance in (
            prepayment.CREDIT_REMAINING,
            prepayment.EMERGENCY_CREDIT_REMAINING,
            prepayment.ACCUMULATED_DEBT,
            *prepayment.DEBT_AMOUNTS,
            *prepayment.DEBT_RECOVERY_AMOUNTS,
        ):
            yield balance, 0
        for frequency in prepayment.DEBT_RECOVERY_FREQUENCIES:
            yield frequency, _DAILY

    def _publish(self, time: datetime) -> None:
        """The calendars, the price and the billing period."""
        event = seconds_of(time)
        rates = [[{"start_minute": 0, "tier_or_enable": rate}] for rate in sorted({*self._tariff.week})]
        days = dict(zip(_WEEKDAYS, map(sorted({*self._tariff.week}).index, self._tariff.week), strict=True))
        week = {day: 1 + profile for day, profile in days.items()}
        never_disabled = [{"start_minute": 0, "tier_or_enable": 1}, {"start_minute": 600, "tier_or_enable": 0}]
        every_day = dict.fromkeys(_WEEKDAYS, 1)
        for selector, kind, schedules, weekly in (
            (TARIFF, calendar.DELIVERED, rates, week),
            (NON_DISABLEMENT, calendar.FRIENDLY_CREDIT, [never_disabled], every_day),
        ):
            head = {"provider_id": 0, "issuer_event_id": event, "issuer_calendar_id": kind + 1}
            day_profiles = [
                {
                    **head,
                    "day_id": day_id,
                    "number_of_schedule_entries": len(entries),
                    **_ONE_COMMAND,
                    "calendar_type": kind,
                    "schedule_entries": entries,
                }
                for day_id, entries in enumerate(schedules, 1)
            ]
            special_days = {"start_time": event, "calendar_type": kind, "number_of_special_days": 0, "special_days": []}
            put = self.data.publications.put
            put(calendar.PUBLISH_DAY_PROFILE, day_profiles, selector)
            put(calendar.PUBLISH_WEEK_PROFILE, [{**head, "week_id": 1, **weekly}], selector)
            seasons = [{"start_date": "*-01-01", "week_id": 1}]
            put(calendar.PUBLISH_SEASONS, [{**head, **_ONE_COMMAND, "seasons": seasons}], selector)
            put(calendar.PUBLISH_SPECIAL_DAYS, [{**head, **special_days, **_ONE_COMMAND}], selector)
        self._publish_price(time)
        period = {"billing_period_start": event, "duration": 1, "duration_type": _MONTHS}
        self.data.publications.put(
            price.PUBLISH_BILLING_PERIOD, [{"provider_id": 0, "issuer_event_id": event, **period, "tariff_type": 0}]
        )

    def _publish_price(self, time: datetime) -> None:
        rate = self._tariff.week[time.weekday()]
        now = seconds_of(time)
        current = {
            "provider_id": 0,
            "rate_label": "",
            "issuer_event_id": now,
            "current_time": now,
            "unit_of_measure": _KWH,
            "currency": _GBP,
            "price_trailing_digit_and_tier": _FIVE_DECIMALS | rate,
            "number_of_tiers_and_register_tier": len(self._tariff.prices) << 4 | rate,
            "start_time": now,
            "duration_minutes": _UNTIL_CHANGED,
            "price": self._tariff.prices[rate - 1],
        }
        self.data.publications.put(price.PUBLISH_PRICE, [current])


def watt_hours(litres: int) -> int:
    """The energy of a volume of gas, by calorific value and volume conversion factor, rounded down."""
    return litres * _CALORIFIC_VALUE * _CONVERSION_FACTOR // (100_000 * _TENTH_MEGAJOULES_PER_KWH)


def _half_hour(time: datetime) -> datetime:
    """When the half hour began that it is now."""
    return time.replace(minute=time.minute // 30 * 30, second=0, microsecond=0)
