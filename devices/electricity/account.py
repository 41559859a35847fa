"""The account of an ESME: balances, credit, debts, and what they do to the supply (SMETS 5.6.3; devices.md 13).

Amounts are in millipence. Consumption and standing charge are taken from the meter balance; in prepayment mode from
the emergency credit once that is in use and the balance is at the disablement threshold, and time debts are collected
as well. The pairs of credit and charge in the account's configuration say what is suspended when.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import partial

from devices.alerts import AlertCode
from devices.device import Device
from devices.electricity import schedule
from devices.electricity.supply import Supply
from devices.electricity.top_up import TokenRefused, Tokens
from devices.errors import AccessFailed
from devices.events import seconds_of
from gbcs.cosem import objects as o
from gbcs.cosem.results import AccessResult
from gbcs.cosem.types import Value
from gbcs.errors import DecodeError, SecurityError

_NAME = "account"
_LOWEST, _HIGHEST = -(2**31), 2**31 - 1
PREPAYMENT = 2
_WHOLE = 10_000
#: Millipence of the whole currency units in which the cap of debt recovery counts.
_CURRENCY = 100_000
#: Scripts of the non-disablement calendar.
_SUSPEND = 32
_TIME_DEBTS = ("time_debt_1_balance", "time_debt_2_balance")
_COLLECTED = (AlertCode.TIME_DEBT_1_COLLECTED, AlertCode.TIME_DEBT_2_COLLECTED)
#: Fields of the prepayment logs, and the balances that they hold.
_LOGGED = {
    "emergency_credit_balance_value": "emergency_credit_balance",
    "meter_balance_value": "meter_balance",
    "payment_debt_register_value": "payment_debt_balance",
    "time_debt_registers1_value": "time_debt_1_balance",
    "time_debt_registers2_value": "time_debt_2_balance",
    "accumulated_debt_register_value": "accumulated_debt_register",
}
_BALANCES = tuple(sorted(_LOGGED.values()))


class Account:
    """Balances of one meter.

    Attributes:
        tokens: the top-up tokens that were taken.
    """

    def __init__(self, device: Device, supply: Supply) -> None:
        self._device = device
        self._cosem = device.cosem
        self._supply = supply
        self._state: dict[str, int] = json.loads(device.store.get(_NAME, b"{}"))
        self._changed = False
        self.tokens = Tokens(device)
        cosem = device.cosem
        cosem.compute(
            o.METER_BALANCE, "current_credit_amount", partial(self.balance, "meter_balance"), self.set_meter_balance
        )
        cosem.compute(
            o.PREPAYMENT_BALANCE_COLLECTION,
            "value",
            lambda: {name: self.balance(name) for name in _BALANCES},
            self._set_balances,
        )
        cosem.handle(o.METER_BALANCE, "update_amount", lambda amount: self.set_meter_balance(self._meter + amount))
        cosem.handle(o.METER_BALANCE, "set_amount_to_value", self.set_meter_balance)
        cosem.handle(o.EMERGENCY_CREDIT, "set_amount_to_value", self._reset_emergency)
        cosem.handle(o.EMERGENCY_CREDIT, "invoke_credit", lambda _: self.activate_emergency_credit())
        cosem.handle(
            o.ACCUMULATED_DEBT_REGISTER, "set_amount_to_value", partial(self._put, "accumulated_debt_register")
        )
        for charge, name in zip((*o.TIME_DEBT, o.PAYMENT_DEBT), (*_TIME_DEBTS, "payment_debt_balance"), strict=True):
            cosem.handle(charge, "update_total_amount_remaining", partial(self._add, name))
        cosem.handle(o.PREPAYMENT_CREDIT, "enter", self._enter)
        cosem.watch(o.EMERGENCY_CREDIT, "preset_credit_amount", self._set_emergency_limit)

    def balance(self, name: str) -> int:
        """A balance by its name in the prepayment balance collection."""
        return self._state.get(name, 0)

    def entry(self) -> dict[str, Value]:
        """The balances as billing and daily read logs hold them."""
        return {field: self.balance(name) for field, name in _LOGGED.items()}

    def save(self) -> None:
        """Puts what has changed into the store."""
        if self._changed:
            self._device.store[_NAME] = json.dumps(self._state).encode()
            self._changed = False

    @property
    def is_prepayment(self) -> bool:
        """Whether the meter is in prepayment mode."""
        mode: int = self._cosem.get(o.PAYMENT_ACCOUNT, "account_mode_and_status")["payment_mode"]
        return mode == PREPAYMENT

    def set_meter_balance(self, amount: int) -> None:
        """Gives the meter balance a value."""
        self._put("meter_balance", amount)
        self.review()

    def debit(self, amount: int) -> None:
        """Takes what was consumed."""
        if self._in_emergency:
            taken = min(amount, max(0, self.balance("emergency_credit_balance")))
            self._add("emergency_credit_balance", -taken)
            amount -= taken
            if taken and not self.balance("emergency_credit_balance"):
                self._device.log_event(AlertCode.EMERGENCY_CREDIT_EXHAUSTED)
        self._add("meter_balance", -amount)
        self.review()

    def charge_day(self) -> None:
        """Takes the standing charge of a day."""
        amount = self._rate(o.STANDING_CHARGE)
        if amount and self._in_emergency and self._accumulates:
            self._add("accumulated_debt_register", amount)
        elif amount:
            self.debit(amount)

    def collect_debts(self, moment: datetime) -> None:
        """Collects the time debts whose period ends at the moment, a full hour."""
        if not self.is_prepayment:
            return
        for debt, name, code in zip(o.TIME_DEBT, _TIME_DEBTS, _COLLECTED, strict=True):
            period = self._cosem.get(debt, "period")
            if not period or seconds_of(moment) % period or self._is_suspended(debt.instance):
                continue
            amount = min(self._rate(debt), self.balance(name))
            if amount <= 0:
                continue
            self._add(name, -amount)
            if self._in_emergency and self._accumulates:
                self._add("accumulated_debt_register", amount)
            else:
                self.debit(amount)
            if not self.balance(name):
                self._device.log_event(code)

    def activate_emergency_credit(self) -> None:
        """Takes the emergency credit into use.

        Raises:
            AccessFailed: it is not available (other-reason, as GBCS has it).
        """
        if not self._state.get("selected"):
            if not self._emergency_is_available:
                raise AccessFailed(AccessResult.OTHER_REASON)
            self._keep("selected", 1)
            self._device.log_event(AlertCode.EMERGENCY_CREDIT_ACTIVATED)
        self.review()

    def top_up(self, digits: str) -> None:
        """Takes a token.

        Raises:
            DecodeError, SecurityError: the digits are none.
            TokenRefused: it adds no credit.
        """
        counter, amount = self.tokens.check(digits)
        if amount > self._cosem.get(o.PREPAYMENT_CREDIT_MAXIMUM_CREDIT_THRESHOLD, "value_active"):
            raise TokenRefused(AlertCode.UTRN_TOO_HIGH, f"{amount} millipence")
        if self._meter + amount > self._cosem.get(o.PREPAYMENT_CREDIT_MAX_METER_BALANCE, "value_active"):
            raise TokenRefused(AlertCode.BALANCE_TOO_HIGH, f"{amount} millipence")
        self.tokens.accept(counter)
        now = seconds_of(self._device.time)
        self._cosem.log(o.BILLING_DATA_LOG_PREPAYMENT_CREDITS).append({"timestamp": now, "dl_value": amount})
        amount -= self._recover_payment_debt(amount, now)
        amount -= self._take("accumulated_debt_register", amount)
        if self._state.get("selected"):
            owed = self._emergency_limit - self.balance("emergency_credit_balance")
            repaid = min(amount, max(0, owed))
            self._add("emergency_credit_balance", repaid)
            amount -= repaid
            if repaid == owed:
                self._keep("selected", 0)
        self._add("meter_balance", amount)
        self.review()

    def top_up_locally(self, digits: str) -> bool:
        """Takes a token that did not come from the supplier; says whether there was any credit in it."""
        try:
            self.top_up(digits)
        except TokenRefused as refusal:
            self._device.log_security(refusal.code)
        except (DecodeError, SecurityError):
            pass  # a slip of the finger: no token at all
        else:
            self._device.log_event(AlertCode.CREDIT_ADDED_LOCALLY)
            return True
        return False

    def review(self) -> None:
        """Does what the balances call for: alerts, and disabling or arming the supply."""
        if not self.is_prepayment:
            return
        credit = self._meter + (self.balance("emergency_credit_balance") if self._state.get("selected") else 0)
        self._note("low", credit < self._cosem.get(o.PAYMENT_ACCOUNT, "low_credit_threshold"), AlertCode.LOW_CREDIT)
        self._note("available", self._emergency_is_available, AlertCode.EMERGENCY_CREDIT_AVAILABLE)
        is_out = credit <= self._threshold if self._state.get("selected") else self._meter < self._threshold
        if not is_out:
            self._keep("suspended", 0)
            self._supply.restore_credit()
        elif not self._supply.is_disabled_by_credit:
            if self._is_non_disablement:
                self._note("suspended", True, AlertCode.DISABLEMENT_SUSPENDED)
            else:
                self._keep("suspended", 0)
                self._supply.disable_by_credit()

    @property
    def _meter(self) -> int:
        return self.balance("meter_balance")

    @property
    def _threshold(self) -> int:
        threshold: int = self._cosem.get(o.DISABLEMENT_THRESHOLD, "thresholds")[0]
        return threshold

    @property
    def _emergency_limit(self) -> int:
        limit: int = self._cosem.get(o.EMERGENCY_CREDIT, "preset_credit_amount")
        return limit

    @property
    def _in_emergency(self) -> bool:
        return bool(self._state.get("selected")) and self._meter <= self._threshold

    @property
    def _emergency_is_available(self) -> bool:
        threshold = self._cosem.get(o.EMERGENCY_CREDIT, "credit_available_threshold")
        is_unused = not self._state.get("selected") and self.balance("emergency_credit_balance") > 0
        return self.is_prepayment and is_unused and self._meter <= threshold

    @property
    def _is_non_disablement(self) -> bool:
        entries = self._cosem.get(o.NON_DISABLEMENT_CALENDAR, "entries")
        days = self._cosem.get(o.NON_DISABLEMENT_CALENDAR_SPECIAL_DAYS, "entries")
        return schedule.last_action(entries, days, self._device.time) == _SUSPEND

    @property
    def _accumulates(self) -> bool:
        """Whether charges pile up as a debt while emergency credit is used."""
        return any(pair["credit_reference"] == o.ACCUMULATED_DEBT_REGISTER.instance for pair in self._pairs())

    def _is_suspended(self, charge: bytes) -> bool:
        """Whether a debt waits while the supply is disabled: the last flag of its pair says so."""
        if not self._supply.is_disabled_by_credit:
            return False
        flags = [pair["collection_configuration"] for pair in self._pairs() if pair["charge_reference"] == charge]
        return bool(flags) and all(flag.endswith("0") for flag in flags)

    def _pairs(self) -> list[dict[str, Value]]:
        pairs: list[dict[str, Value]] = self._cosem.get(o.PAYMENT_ACCOUNT, "credit_charge_configuration")
        return pairs

    def _rate(self, charge: o.CosemObject) -> int:
        active = self._cosem.get(charge, "unit_charge_active")
        scale = active["charge_per_unit_scaling"]["price_scale"] + 5
        amount = active["charge_table"][0]["charge_per_unit"]
        return int(amount * 10**scale if scale >= 0 else amount // 10**-scale)

    def _recover_payment_debt(self, amount: int, now: int) -> int:
        """Takes the debt's share of a payment, as far as the cap of the period allows."""
        log = self._cosem.log(o.BILLING_DATA_LOG_DEBT_PAYMENTS)
        period = self._cosem.get(o.PAYMENT_ACCOUNT, "max_provision_period")
        paid = sum(entry["dl_value"] for entry in log.read(max(0, now - period + 1), now))
        room = max(0, self._cosem.get(o.PAYMENT_ACCOUNT, "max_provision") * _CURRENCY - paid)
        share = amount * self._cosem.get(o.PAYMENT_DEBT, "proportion") // _WHOLE
        taken = self._take("payment_debt_balance", min(share, room))
        if taken:
            log.append({"timestamp": now, "dl_value": taken})
            if not self.balance("payment_debt_balance"):
                self._device.log_event(AlertCode.PAYMENT_DEBT_COLLECTED)
        return taken

    def _take(self, name: str, most: int) -> int:
        taken = max(0, min(most, self.balance(name)))
        self._add(name, -taken)
        return taken

    def _enter(self, digits: bytes) -> None:
        try:
            self.top_up(digits.decode("ascii", "replace"))
        except TokenRefused as refusal:
            self._device.log_security(refusal.code)
            raise AccessFailed(AccessResult.OTHER_REASON) from refusal
        except (DecodeError, SecurityError) as error:
            raise AccessFailed(AccessResult.OTHER_REASON) from error

    def _reset_emergency(self, amount: int) -> None:
        # Use case ECS04b: after the reset there is the whole of the limit again.
        self._put("emergency_credit_balance", amount or self._emergency_limit)
        self._keep("selected", 0)
        self.review()

    def _set_emergency_limit(self, limit: int) -> None:
        used = self._emergency_limit - self.balance("emergency_credit_balance") if self._state.get("selected") else 0
        self._put("emergency_credit_balance", max(0, limit - used))

    def _set_balances(self, value: Value) -> None:
        for name in _BALANCES:
            self._put(name, value[name])

    def _note(self, name: str, holds: bool, code: AlertCode) -> None:
        """Logs a condition once, when it begins to hold."""
        if holds and not self._state.get(name):
            self._device.log_event(code)
        self._keep(name, int(holds))

    def _keep(self, name: str, value: int) -> None:
        if self._state.get(name, 0) != value:
            self._state[name] = value
            self._changed = True

    def _put(self, name: str, value: int) -> None:
        self._keep(name, max(_LOWEST, min(_HIGHEST, value)))

    def _add(self, name: str, amount: int) -> None:
        self._put(name, self.balance(name) + amount)
