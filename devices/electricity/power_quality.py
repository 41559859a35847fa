"""Voltage as an ESME measures it: averages, and what is above or below its limits (SMETS 5.7.5; devices.md 15).

Periods of averages end at multiples of their length, by the device's clock. Between two changes the voltage is
constant, so that a period is looked at when it ends only if something has changed; all others are written down when
somebody may read them. For the same reason what was measured is added up only when the voltage changes or a period
ends: what is kept in between is up to when the meter has seen that voltage.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from devices.alerts import AlertCode
from devices.device import Device
from devices.electricity.mains import Mains
from devices.events import seconds_of
from devices.settings import PowerEventValue
from gbcs.cosem import objects as o
from gbcs.cosem.objects import CosemObject
from gbcs.cosem.types import Value

_NAME, _SEEN = "voltage", "voltage seen"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class _Limit(NamedTuple):
    """A limit for some time: where it is, on which side of it the voltage is out, and the first codes of both rows."""

    threshold: CosemObject
    is_upper: bool
    out: AlertCode
    back: AlertCode


class _Average(NamedTuple):
    """A limit of averages: its objects by phase, and as above."""

    thresholds: tuple[CosemObject, ...]
    counters: tuple[CosemObject, ...]
    is_upper: bool
    out: AlertCode
    back: AlertCode


_LIMITS = (
    _Limit(o.RMS_EXTREME_OVER_VOLTAGE, True, AlertCode.EXTREME_OVER_VOLTAGE, AlertCode.EXTREME_OVER_VOLTAGE_ENDED),
    _Limit(o.RMS_VOLTAGE_SWELL, True, AlertCode.VOLTAGE_SWELL, AlertCode.VOLTAGE_SWELL_ENDED),
    _Limit(o.RMS_EXTREME_UNDER_VOLTAGE, False, AlertCode.EXTREME_UNDER_VOLTAGE, AlertCode.EXTREME_UNDER_VOLTAGE_ENDED),
    _Limit(o.RMS_VOLTAGE_SAG, False, AlertCode.VOLTAGE_SAG, AlertCode.VOLTAGE_SAG_ENDED),
)
_AVERAGES = (
    _Average(
        o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_THRESHOLD,
        o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_COUNTER,
        True,
        AlertCode.AVERAGE_OVER_VOLTAGE,
        AlertCode.AVERAGE_OVER_VOLTAGE_ENDED,
    ),
    _Average(
        o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_THRESHOLD,
        o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_COUNTER,
        False,
        AlertCode.AVERAGE_UNDER_VOLTAGE,
        AlertCode.AVERAGE_UNDER_VOLTAGE_ENDED,
    ),
)


class PowerQuality:
    """The measurement of all phases; a `devices.parts.Part`."""

    def __init__(self, device: Device, mains: Mains) -> None:
        self._device = device
        self._mains = mains
        self._is_stale = True
        states = json.loads(device.store.get(_NAME, b"{}"))
        stored = device.store.get(_SEEN)
        seen = _EPOCH + int(stored) * _MICROSECOND if stored else device.time
        self._phases = [_Phase(device, mains, number, states.get(str(number), {}), seen) for number in mains.phases]
        self._saved: list[_State] = []
        for limit in _LIMITS:
            for name in ("threshold_normal", "min_over_threshold_duration"):
                device.cosem.watch(limit.threshold, name, self._forget)
        for number in mains.phases:
            device.cosem.watch(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[number - 1], "capture_period", self._forget)
            for average in _AVERAGES:
                device.cosem.watch(average.thresholds[number - 1], "value", self._forget)
        device.savers.append(self._save)

    def due(self) -> datetime | None:
        """See `devices.parts.Part`."""
        if self._is_stale:
            self.observe()
        now = self._device.now
        change = self._mains.source.next_change(now)
        due = None if change is None else self._device.time + (change - now)
        for phase in self._phases:
            if phase.due is not None and (due is None or phase.due < due):
                due = phase.due
        return due

    def run(self) -> None:
        """See `devices.parts.Part`."""
        self.observe()
        for phase in self._phases:
            phase.judge(self._device.time)

    def observe(self) -> None:
        """Looks at voltage and limits, any of which may have become another."""
        self.settle()
        for phase in self._phases:
            if self._is_stale:
                phase.configure(self._device.time)
            phase.see(self._mains.volts(phase.number), self._device.time)
        self._is_stale = False

    def settle(self) -> None:
        """Writes down what was measured up to now."""
        if self._device.is_powered:
            now = self._device.time
            for phase in self._phases:
                phase.settle(now)

    def restart(self) -> None:
        """The clock was set, or current is back: nothing was measured in between."""
        for phase in self._phases:
            phase.restart(self._device.time)

    def _forget(self, value: Value) -> None:
        del value
        self._is_stale = True

    def _save(self) -> None:
        states = [phase.state for phase in self._phases]
        if states != self._saved:
            self._saved = states
            shown = {phase.number: state.shown() for phase, state in zip(self._phases, states, strict=True)}
            self._device.store[_NAME] = json.dumps(shown).encode()
        # At every message: a number is had sooner than a date.
        self._device.store[_SEEN] = b"%d" % ((self._phases[0].seen - _EPOCH) // _MICROSECOND)


class _State(NamedTuple):
    """What a phase has to remember.

    Attributes:
        sum, measured: V times microseconds of the running period, and the microseconds.
        until: up to when that is; from then on the voltage was `volts`.
        end: when the running period ends; the furthest time where there are no periods.
        out: what was told to be out and not yet to be back, by first code.
    """

    sum: int
    measured: int
    until: datetime
    volts: int
    end: datetime
    out: frozenset[int]

    def shown(self) -> dict[str, Any]:
        """The form in a device's state."""
        times = {"until": self.until.isoformat(), "end": self.end.isoformat()}
        return self._asdict() | times | {"out": sorted(self.out)}


class _Phase:
    """One phase.

    Attributes:
        number: counted from 1.
        due: when something is to be looked at; None while nothing can happen.
        seen: up to when the voltage has been seen, which may be later than what the sum holds.
    """

    def __init__(self, device: Device, mains: Mains, number: int, state: dict[str, Any], seen: datetime) -> None:
        """Goes on from a state, which may be empty, and that up to which the voltage was seen."""
        self.number = number
        self.due: datetime | None = None
        self.seen = seen
        self._device = device
        self._mains = mains
        self._log = device.cosem.log(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[number - 1])
        self._volts: int = state.get("volts", 0)
        self._sum: int = state.get("sum", 0)
        self._measured: int = state.get("measured", 0)
        self._until = datetime.fromisoformat(state["until"]) if "until" in state else seen
        self._out = frozenset[int](state.get("out", ()))
        #: Since when a limit is or is no longer exceeded that was not told so yet.
        self._since: dict[int, datetime] = {}
        self._changed = device.time
        self._period = timedelta()
        self._end = datetime.fromisoformat(state["end"]) if "end" in state else _NEVER
        self._limits: list[tuple[_Limit, int, timedelta]] = []
        self._averages: list[tuple[_Average, int]] = []

    @property
    def state(self) -> _State:
        """What is not to be forgotten."""
        return _State(self._sum, self._measured, self._until, self._volts, self._end, self._out)

    def configure(self, now: datetime) -> None:
        """Reads periods and limits anew."""
        get = self._device.cosem.get
        self._limits = [
            (
                limit,
                get(limit.threshold, "threshold_normal"),
                timedelta(seconds=get(limit.threshold, "min_over_threshold_duration")),
            )
            for limit in _LIMITS
        ]
        self._averages = [(each, get(each.thresholds[self.number - 1], "value")) for each in _AVERAGES]
        profile = o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[self.number - 1]
        self._period = timedelta(seconds=get(profile, "capture_period"))
        self._changed = now
        self.restart(now)

    def restart(self, now: datetime) -> None:
        """Periods begin anew, unless the one that runs would end at the same time."""
        self._measure(self.seen)
        end = self._next_end(now)
        if end != self._end:
            if self._end <= now:
                self._close(self._end)
            self._sum = self._measured = 0
        self._end = end
        self._until = self._changed = self.seen = now
        self._since.clear()
        self._plan()

    def see(self, volts: int, now: datetime) -> None:
        """The voltage from now on."""
        if volts != self._volts:
            self._measure(self.seen)
            self._volts, self._changed = volts, now
        for limit, threshold, _ in self._limits:
            is_out = volts > threshold if limit.is_upper else volts < threshold
            if is_out == (limit.out in self._out):
                self._since.pop(limit.out, None)
            else:
                self._since.setdefault(limit.out, now)
        self._plan()

    def judge(self, now: datetime) -> None:
        """Tells of limits that have been exceeded, or no longer exceeded, for their time."""
        for limit, _, duration in self._limits:
            since = self._since.get(limit.out)
            if since is not None and now - since >= duration:
                del self._since[limit.out]
                self._turn(limit.out, limit.back, self._volts, now - since, now)
        self._plan()

    def settle(self, now: datetime) -> None:
        """Sees the voltage up to now, and closes the periods that have ended."""
        if not self._limits:
            return
        if now < self.seen:
            self.restart(now)
        while self._end <= now:
            self._measure(self._end)
            self._close(self._end)
            self._end += self._period
            if not self._is_fresh(self._end):
                self._skip(now)
        self.seen = now

    def _next_end(self, now: datetime) -> datetime:
        return now - (now - _EPOCH) % self._period + self._period if self._period else _NEVER

    def _is_fresh(self, end: datetime) -> bool:
        """Whether the period that ends then may turn out otherwise than the one before."""
        return self._changed > end - 2 * self._period

    def _skip(self, now: datetime) -> None:
        """Only counts periods that are all the same and that the log would forget."""
        waiting = (now - self._end) // self._period + 1
        skipped = waiting - self._log.capacity
        if skipped > 0:
            for average, _ in self._averages:
                if average.out in self._out and self._device.settings.voltage_counters_by_period:
                    self._count(average, skipped)
            self._end += skipped * self._period
            self._until = self._end - self._period

    def _measure(self, until: datetime) -> None:
        elapsed = (until - self._until) // _MICROSECOND
        self._sum += self._volts * elapsed
        self._measured += elapsed
        self._until = until

    def _close(self, end: datetime) -> None:
        if not self._measured:
            return
        average = (2 * self._sum + self._measured) // (2 * self._measured)
        self._sum = self._measured = 0
        self._log.append({"timestamp": seconds_of(end), "dl_value": average})
        for each, threshold in self._averages:
            is_out = average > threshold if each.is_upper else average < threshold
            was_out = each.out in self._out
            if is_out and (not was_out or self._device.settings.voltage_counters_by_period):
                self._count(each, 1)
            if is_out != was_out:
                self._turn(each.out, each.back, average, self._period, end)

    def _count(self, average: _Average, by: int) -> None:
        counter = average.counters[self.number - 1]
        value = (self._device.cosem.get(counter, "value") + by) & 0xFFFFFFFF
        self._device.cosem.set(counter, "value", value)

    def _turn(self, out: AlertCode, back: AlertCode, volts: int, duration: timedelta, moment: datetime) -> None:
        """The voltage has gone out of a limit, or has come back."""
        self._out ^= {out}
        first = out if out in self._out else back
        by_voltage = self._device.settings.power_event_value is PowerEventValue.VOLTAGE
        value = volts if by_voltage else int(duration.total_seconds())
        for code in self._mains.codes(first, self.number):
            self._mains.tell(code, value, moment)

    def _plan(self) -> None:
        self.due = min(self._times(), default=None)

    def _times(self) -> Iterator[datetime]:
        for limit, _, duration in self._limits:
            if limit.out in self._since:
                yield self._since[limit.out] + duration
        if self._is_fresh(self._end):
            yield self._end
