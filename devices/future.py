"""Future-dated settings: what waits in passive attributes, and becomes active at its time (GBCS 9.2.2.5 and use cases).

An activation attribute takes *now*, a point in time or *never*; a time that has passed is now, never cancels. One set
waits for each activation attribute: a later command replaces it. When its time comes, the party that sent it gets an
alert for each.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from devices.alerts import AlertCode
from devices.cosem.server import CosemServer
from devices.device import Device
from devices.errors import AccessFailed
from gbcs.cosem import objects as o
from gbcs.cosem.date_time import CosemDateTime
from gbcs.cosem.objects import CosemObject, Member
from gbcs.cosem.results import AccessResult
from gbcs.cosem.types import Value
from gbcs.eui64 import Eui64

_ACTIVE_ACCOUNT = 2


class Copy(NamedTuple):
    """What becomes active: from where, to where, and as what."""

    passive: Member
    active: Member
    convert: Callable[[Value], Value] = lambda value: value


class Dated(NamedTuple):
    """An activation attribute with what it activates."""

    activation: Member
    copies: tuple[Copy, ...]

    @property
    def name(self) -> str:
        """Name in a device's state."""
        return f"future/{self.activation.object.label}"


def _copy(
    passive: CosemObject, name: str, active: CosemObject, to: str, convert: Callable[[Value], Value] | None = None
) -> Copy:
    members = passive.member(name), active.member(to)
    return Copy(*members, convert) if convert else Copy(*members)


def _own(each: CosemObject, activation: str, **pairs: str) -> Dated:
    """An object that holds passive values and active ones."""
    return Dated(
        each.member(activation), tuple(_copy(each, passive, each, active) for passive, active in pairs.items())
    )


def _calendar(each: CosemObject) -> Dated:
    parts = ("season_profile", "week_profile_table", "day_profile_table")
    return _own(each, "activate_passive_calendar_time", **{f"{part}_passive": f"{part}_active" for part in parts})


def _charge(each: CosemObject) -> Dated:
    return _own(each, "unit_charge_activation_time", unit_charge_passive="unit_charge_active")


def _value(
    passive: CosemObject, active: CosemObject, to: str, convert: Callable[[Value], Value] | None = None
) -> Dated:
    """An extended data object for what stands active in another object."""
    return Dated(passive.member("activate_passive_value_time"), (_copy(passive, "value_passive", active, to, convert),))


def _entries(activation: CosemObject, passive: CosemObject, active: CosemObject) -> Dated:
    return Dated(activation.member("activate_passive_value_time"), (_copy(passive, "entries", active, "entries"),))


def _extended(each: CosemObject) -> Dated:
    return _own(each, "activate_passive_value_time", value_passive="value_active")


def _mode(value: Value) -> Value:
    return {**value, "account_status": _ACTIVE_ACCOUNT}


#: Everything that can be future-dated, in the order in which what is due at one time becomes active.
DATED = (
    _calendar(o.TARIFF_SWITCHING_TABLE),
    _entries(
        o.TARIFF_SWITCHING_TABLE_SPECIAL_DAYS_ACTIVATION,
        o.TARIFF_SWITCHING_TABLE_SPECIAL_DAYS_PASSIVE,
        o.TARIFF_SWITCHING_TABLE_SPECIAL_DAYS,
    ),
    _extended(o.CURRENCY_UNIT),
    _charge(o.STANDING_CHARGE),
    _charge(o.TARIFF_BLOCK_PRICE_MATRIX_TOU),
    Dated(
        o.TARIFF_THRESHOLD_MATRIX_ACTIVATION.member("activate_passive_value_time"),
        tuple(
            _copy(passive, "thresholds", active, "thresholds")
            for passive, active in zip(
                o.TARIFF_THRESHOLD_MATRIX_TOU_PASSIVE, o.TARIFF_THRESHOLD_MATRIX_TOU, strict=True
            )
        ),
    ),
    _calendar(o.TARIFF_SWITCHING_TABLE_SECONDARY_ELEMENT),
    _entries(
        o.TARIFF_SWITCHING_TABLE_SECONDARY_ELEMENT_SPECIAL_DAYS_ACTIVATION,
        o.TARIFF_SWITCHING_TABLE_SECONDARY_ELEMENT_SPECIAL_DAYS_PASSIVE,
        o.TARIFF_SWITCHING_TABLE_SECONDARY_ELEMENT_SPECIAL_DAYS,
    ),
    _charge(o.SECONDARY_TARIFF_TOU_PRICE_MATRIX),
    _value(o.DISABLEMENT_THRESHOLD_PASSIVE, o.DISABLEMENT_THRESHOLD, "thresholds", lambda value: [value]),
    Dated(
        o.PAYMENT_ACCOUNT_PASSIVE.member("account_activation_time"),
        (
            _copy(
                o.PAYMENT_ACCOUNT_PASSIVE,
                "credit_charge_configuration",
                o.PAYMENT_ACCOUNT,
                "credit_charge_configuration",
            ),
            _copy(
                o.PAYMENT_ACCOUNT_PASSIVE,
                "account_mode_and_status",
                o.PAYMENT_ACCOUNT,
                "account_mode_and_status",
                _mode,
            ),
        ),
    ),
    _extended(o.PREPAYMENT_CREDIT_MAX_METER_BALANCE),
    _extended(o.PREPAYMENT_CREDIT_MAXIMUM_CREDIT_THRESHOLD),
    _entries(o.NON_DISABLEMENT_CALENDAR_ACTIVATION, o.NON_DISABLEMENT_CALENDAR_PASSIVE, o.NON_DISABLEMENT_CALENDAR),
    _entries(
        o.NON_DISABLEMENT_CALENDAR_SPECIAL_DAYS_ACTIVATION,
        o.NON_DISABLEMENT_CALENDAR_SPECIAL_DAYS_PASSIVE,
        o.NON_DISABLEMENT_CALENDAR_SPECIAL_DAYS,
    ),
    _value(o.DEBT_RECOVERY_RATE_CAP, o.PAYMENT_ACCOUNT, "max_provision"),
    _value(o.DEBT_RECOVERY_RATE_CAP_PERIOD, o.PAYMENT_ACCOUNT, "max_provision_period"),
    _value(o.LOW_CREDIT_THRESHOLD, o.PAYMENT_ACCOUNT, "low_credit_threshold"),
    _value(o.EMERGENCY_CREDIT_LIMIT, o.EMERGENCY_CREDIT, "preset_credit_amount"),
    _value(o.EMERGENCY_CREDIT_THRESHOLD, o.EMERGENCY_CREDIT, "credit_available_threshold"),
    _extended(o.LOAD_LIMIT_SUPPLY_STATE),
    _value(o.LOAD_LIMIT_POWER_THRESHOLD, o.LOAD_LIMIT, "threshold_normal"),
    _value(o.LOAD_LIMIT_PERIOD_TIMER, o.LOAD_LIMIT, "min_over_threshold_duration"),
    _value(o.LOAD_LIMIT_RESTORATION_PERIOD_TIMER, o.LOAD_LIMIT, "min_under_threshold_duration"),
    _entries(
        o.AUXILIARY_CONTROLLER_CALENDAR_ACTIVATION,
        o.AUXILIARY_CONTROLLER_CALENDAR_PASSIVE,
        o.AUXILIARY_CONTROLLER_CALENDAR,
    ),
    _entries(
        o.AUXILIARY_CONTROLLER_CALENDAR_SPECIAL_DAYS_ACTIVATION,
        o.AUXILIARY_CONTROLLER_CALENDAR_SPECIAL_DAYS_PASSIVE,
        o.AUXILIARY_CONTROLLER_CALENDAR_SPECIAL_DAYS,
    ),
)


_PENDING = struct.Struct(">q8sHQ")


class _Pending(NamedTuple):
    """Who wants what, and when."""

    time: datetime
    originator: Eui64
    message_code: int
    counter: int

    def octets(self) -> bytes:
        microseconds = (self.time - _EPOCH) // timedelta(microseconds=1)
        return _PENDING.pack(microseconds, self.originator, self.message_code, self.counter)

    @classmethod
    def read(cls, octets: bytes) -> _Pending:
        microseconds, originator, message_code, counter = _PENDING.unpack(octets)
        time = _EPOCH + timedelta(microseconds=microseconds)
        return cls(time, Eui64(originator), message_code, counter)


_EPOCH = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


class FutureSettings:
    """The settings of one device that wait for their time; a `devices.parts.Part`."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._cosem: CosemServer = device.cosem
        self._dated = [each for each in DATED if self._cosem.has(each.activation.object, each.activation.name)]
        for each in self._dated:
            self._cosem.watch(each.activation.object, each.activation.name, partial(self._order, each))
        self._due: datetime | None = None
        self._find_next()
        device.parts.append(self)
        device.cancels.append(self.cancel)

    def due(self) -> datetime | None:
        """See `devices.parts.Part`."""
        if self._due is None or not (self._device.time_is_reliable or self._device.settings.undated_activation):
            return None
        return self._due

    def run(self) -> None:
        """See `devices.parts.Part`."""
        for each in self._dated:
            octets = self._device.store.get(each.name)
            if octets is not None and (pending := _Pending.read(octets)).time <= self._device.time:
                del self._device.store[each.name]
                self._execute(each, pending)
        self._find_next()

    def cancel(self, originator: Eui64) -> None:
        """Forgets what a party has ordered."""
        for each in self._dated:
            octets = self._device.store.get(each.name)
            if octets is not None and _Pending.read(octets).originator == originator:
                del self._device.store[each.name]
        self._find_next()

    def _find_next(self) -> None:
        waiting = (self._device.store.get(each.name) for each in self._dated)
        self._due = min((_Pending.read(octets).time for octets in waiting if octets), default=None)

    def _order(self, dated: Dated, time: CosemDateTime) -> None:
        self._device.store.pop(dated.name, None)
        moment = time.moment()
        command = self._device.command
        if moment is not None and moment > self._device.time and command:
            pending = _Pending(moment, command.originator, command.message_code, command.originator_counter)
            self._device.store[dated.name] = pending.octets()
        elif moment is not None or time == CosemDateTime.NOW:
            self._activate(dated)
        elif time != CosemDateTime.NEVER:
            raise AccessFailed(AccessResult.OTHER_REASON)
        self._find_next()

    def _activate(self, dated: Dated) -> None:
        for passive, active, convert in dated.copies:
            value = convert(self._cosem.get(passive.object, passive.name))
            self._cosem.set(active.object, active.name, value)

    def _execute(self, dated: Dated, pending: _Pending) -> None:
        code = AlertCode.FUTURE_DATED_ACTIONED
        try:
            self._activate(dated)
        except AccessFailed:
            code = AlertCode.FUTURE_DATED_NOT_ACTIONED
        class_id, instance, number = dated.activation.path
        self._device.log_event(code)
        self._device.alert(
            "FDEIA-DLMS",
            code,
            to=pending.originator,
            instruction={
                "message_code": pending.message_code,
                "originator_counter": pending.counter,
                "class_number": class_id,
                "instance": str(instance),
                "attribute": number,
            },
        )
