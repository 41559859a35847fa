"""What an ESME writes down as time passes: profiles, daily reads, billing data, maximum demand (SMETS 5.7)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from devices.alerts import AlertCode
from devices.device import Device
from devices.electricity import schedule
from devices.electricity.account import Account
from devices.electricity.supply import LoadLimiter, Supply
from devices.events import seconds_of
from devices.metering.registers import DAY, HALF_HOUR, Registers
from devices.metering.tariff import Tariff
from devices.variant import Variant
from gbcs.cosem import objects as o
from gbcs.cosem.date_time import CosemDateTime
from gbcs.cosem.objects import CosemObject
from gbcs.cosem.types import Value

_NAME = "next half hour"
_HALF_HOUR_MINUTES = (0, 30)
#: Of the profile of active import.
_LONGEST = timedelta(days=397)
#: Registers whose increments the profiles hold.
_PROFILED = ("active_import", "second_active_import", "active_export", "reactive_export", "reactive_import")
#: Extended register of a maximum demand, when it was last reset, and the register whose increments it watches.
_DEMANDS: tuple[tuple[CosemObject, CosemObject, str], ...] = (
    (o.MAXIMUM_DEMAND_IMPORT, o.MAXIMUM_DEMAND_IMPORT_LAST_RESET, "active_import"),
    (
        o.MAXIMUM_DEMAND_CONFIGURABLE_TIME_IMPORT,
        o.MAXIMUM_DEMAND_CONFIGURABLE_TIME_IMPORT_LAST_RESET,
        "active_import",
    ),
    (o.MAXIMUM_DEMAND_EXPORT, o.MAXIMUM_DEMAND_EXPORT_LAST_RESET, "active_export"),
)


class Records:
    """The half hours, days and billing periods of a meter; a `devices.parts.Part`."""

    def __init__(
        self,
        device: Device,
        registers: Registers,
        tariff: Tariff,
        account: Account,
        supply: Supply,
        limiter: LoadLimiter,
    ) -> None:
        self._device = device
        self._cosem = device.cosem
        self._registers = registers
        self._tariff = tariff
        self._account = account
        self._supply = supply
        self._limiter = limiter
        self._set_due(self._first_due())
        # What is asked for every half hour is kept at hand.
        self._demands = {register.label: self._cosem.get(register, "value") for register, _, _ in _DEMANDS}
        for register, last_reset, _ in _DEMANDS:
            self._cosem.watch(register, "value", partial(self._demands.__setitem__, register.label))
            self._cosem.handle(register, "reset", lambda _, pair=(register, last_reset): self._reset(*pair))  # type: ignore[misc]
        self._cosem.watch(o.PAYMENT_ACCOUNT, "account_mode_and_status", lambda _: self._snapshot_change())
        self._cosem.watch(o.TARIFF_SWITCHING_TABLE, "day_profile_table_active", lambda _: self._snapshot_change())

    def due(self) -> datetime:
        """See `devices.parts.Part`."""
        return self._due

    def run(self) -> None:
        """See `devices.parts.Part`."""
        moment = self._due
        if moment.minute in _HALF_HOUR_MINUTES and not moment.second:
            self._end_half_hour(moment)
            if not moment.minute:
                self._account.collect_debts(moment)
                if not moment.hour:
                    self._end_day(moment)
        if self._tariff.bills_at(moment):
            self._bill(moment)
        self._tariff.switch()
        self.observe()
        self._set_due(self._tariff.next_time(moment))

    def observe(self) -> None:
        """Looks at the load."""
        power = 0
        if self._supply.is_enabled():
            load = self._registers.at(self._device.now)
            power = load.active_import + load.second_active_import
        self._limiter.observe(power)

    def clock_was_set(self) -> None:
        """Half hours are those of the clock from now on."""
        self._set_due(self._tariff.next_time(self._device.time))

    def resume(self) -> None:
        """The meter has current again, or another load."""
        if not self._device.settings.outage_entries:
            self.clock_was_set()
        self.observe()

    def _first_due(self) -> datetime:
        """What was due next when the device stopped, if that is to be caught up with: no more than profiles hold."""
        due, stored = self._tariff.next_time(self._device.time), self._device.store.get(_NAME)
        if stored is None or not self._device.settings.outage_entries:
            return due
        return min(due, max(datetime.fromisoformat(stored.decode()), due - _LONGEST))

    def _set_due(self, moment: datetime) -> None:
        self._due = moment
        self._device.store[_NAME] = moment.isoformat().encode()

    def _end_half_hour(self, moment: datetime) -> None:
        stamp = seconds_of(moment)
        used = {name: self._registers.increment(name, HALF_HOUR) for name in _PROFILED}
        entry: dict[str, Value] = {"timestamp": stamp, "primary_value": used["active_import"]}
        if self._device.variant is Variant.TWIN:
            entry["secondary_value"] = used["second_active_import"]
        self._cosem.log(o.PROFILE_DATA_LOG_ACTIVE_IMPORT).append(entry)
        self._cosem.log(o.PROFILE_DATA_LOG_EXPORT).append(
            {"timestamp": stamp, "dl_value": used["active_export"], "dl_value2": used["reactive_export"]}
        )
        self._cosem.log(o.PROFILE_DATA_LOG_REACTIVE_IMPORT).append(
            {"timestamp": stamp, "dl_value": used["reactive_import"]}
        )
        for register, _, name in _DEMANDS:
            power = 2 * used[name]
            if power > self._demands[register.label] and self._counts(register, moment):
                self._cosem.set(register, "value", power)
                self._cosem.set(register, "capture_time", CosemDateTime.of(moment))

    def _counts(self, register: CosemObject, moment: datetime) -> bool:
        """Whether a maximum demand is watched: that of a configurable time only between its switches."""
        if register is not o.MAXIMUM_DEMAND_CONFIGURABLE_TIME_IMPORT:
            return True
        entries = self._cosem.get(o.MAXIMUM_DEMAND_CONFIGURABLE_TIME_PERIOD, "entries")
        times = sorted((schedule.time_of(entry["switch_time"]), entry["script_selector"]) for entry in entries)
        before = [selector for at, selector in times if at < moment.timetz()] or [times[-1][1]]
        first: int = min(selector for _, selector in times)
        return bool(first == before[-1])

    def _end_day(self, moment: datetime) -> None:
        stamp = seconds_of(moment)
        used = self._registers.increment("active_import", DAY)
        if self._device.variant is Variant.TWIN:
            used += self._registers.increment("second_active_import", DAY)
        self._cosem.log(o.DAILY_CONSUMPTION_LOG).append({"timestamp": stamp, "dl_value": used})
        self._cosem.log(o.DAILY_READ_LOG).append({"timestamp": stamp, **self._registers.rates()})
        self._cosem.log(o.DAILY_READ_LOG_EXPORT).append(
            {"timestamp": stamp, "dl_value": self._registers.read("active_export")}
        )
        self._cosem.log(o.PREPAYMENT_DAILY_READ_LOG).append({"timestamp": stamp, **self._account.entry()})
        self._account.charge_day()
        if self._tariff.resets_at(moment):
            self._tariff.reset_counters()

    def _bill(self, moment: datetime) -> None:
        stamp = seconds_of(moment)
        entry = {"timestamp": stamp, **self._registers.rates()}
        self._cosem.log(o.BILLING_DATA_LOG_REGISTERS).append(entry)
        self._cosem.log(o.BILLING_DATA_LOG_PREPAYMENT).append({"timestamp": stamp, **self._account.entry()})
        self._tariff.reset_counters()
        self._device.alert("ECS68", AlertCode.BILLING_DATA_UPDATED, billing_data_log_registers_buffer=[entry])

    def _snapshot_change(self) -> None:
        entry = {"timestamp": seconds_of(self._device.time), **self._registers.rates(), **self._account.entry()}
        self._cosem.log(o.BILLING_DATA_LOG_MODE_OR_TARIFF_CHANGE).append(entry)

    def _reset(self, register: CosemObject, last_reset: CosemObject) -> None:
        now = CosemDateTime.of(self._device.time)
        self._cosem.set(register, "value", 0)
        self._cosem.set(register, "capture_time", now)
        self._cosem.set(last_reset, "value", now)
