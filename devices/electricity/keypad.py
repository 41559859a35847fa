"""A person at the meter: tokens by hand, emergency credit, the button that enables an armed supply (SMETS 5.6.2), and
what there is to read, some of it behind a PIN (SMETS 5.6.3.10; use cases ECS12, ECS14).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Concatenate, NamedTuple, ParamSpec, TypeAlias

from devices.alerts import AlertCode
from devices.device import Device
from devices.electricity.account import Account
from devices.electricity.supply import Supply
from devices.errors import AccessFailed, DeviceError
from devices.events import seconds_of
from gbcs.cosem import objects as o
from gbcs.cosem.objects import CosemObject
from gbcs.cosem.types import Value

_FAILURES, _SUSPENDED, _PIN = "keypad failures", "keypad suspended until", "privacy PIN"


class _Shown(NamedTuple):
    """An attribute on the display; what is private is behind the PIN."""

    cosem_object: CosemObject
    attribute: str = "value"
    is_private: bool = False


_SHOWN = {
    "time": _Shown(o.TIME, "time"),
    "supply state": _Shown(o.SUPPLY_STATE, "control_state"),
    "supplier": _Shown(o.SUPPLIER_NAME, "value_active"),
    "telephone": _Shown(o.SUPPLIER_TELEPHONE_NUMBER, "value_active"),
    "MPAN": _Shown(o.IMPORT_MPAN_COLLECTION),
    "customer identification number": _Shown(o.CUSTOMER_IDENTIFICATION_NUMBER),
    "message": _Shown(o.SUPPLIER_MESSAGE, is_private=True),
    "balances": _Shown(o.PREPAYMENT_BALANCE_COLLECTION, is_private=True),
    "price": _Shown(o.PRIMARY_ACTIVE_TARIFF_PRICE, is_private=True),
    "import": _Shown(o.IMPORT_REGISTER_COLLECTION, is_private=True),
    "power": _Shown(o.POWER_IMPORT_COLLECTION, is_private=True),
    "half hours": _Shown(o.PROFILE_DATA_LOG_ACTIVE_IMPORT, "buffer", is_private=True),
    "days": _Shown(o.DAILY_CONSUMPTION_LOG, "buffer", is_private=True),
    "daily reads": _Shown(o.DAILY_READ_LOG, "buffer", is_private=True),
    "daily balances": _Shown(o.PREPAYMENT_DAILY_READ_LOG, "buffer", is_private=True),
    "bills": _Shown(o.BILLING_DATA_LOG_REGISTERS, "buffer", is_private=True),
}


_Arguments = ParamSpec("_Arguments")
_Action: TypeAlias = "Callable[Concatenate[Keypad, _Arguments], bool]"


def _with_current(action: _Action[_Arguments]) -> _Action[_Arguments]:
    """The action of a meter that has current; one that has none does nothing."""

    @wraps(action)
    def act(keypad: Keypad, /, *arguments: _Arguments.args, **named: _Arguments.kwargs) -> bool:
        return keypad.is_powered and action(keypad, *arguments, **named)

    return act


class Keypad:
    """What a person can do at a meter; every action says whether it did anything, and is in the event log."""

    def __init__(self, device: Device, account: Account, supply: Supply) -> None:
        self._device = device
        self._account = account
        self._supply = supply
        self._open_until: datetime | None = None
        device.cosem.watch(o.DISABLE_PRIVACY_PIN_PROTECTION, "value", self._forget_pin)

    @property
    def is_powered(self) -> bool:
        """Whether there is anything on the display."""
        return self._device.is_powered

    @property
    def has_pin(self) -> bool:
        """Whether a PIN protects what is private."""
        return _PIN in self._device.store

    @property
    def is_open(self) -> bool:
        """Whether what is private can be seen now."""
        return not self.has_pin or (self._open_until is not None and self._device.time < self._open_until)

    @_with_current
    def set_pin(self, pin: str) -> bool:
        """Sets the PIN, or another where there was one and has been entered."""
        is_good = pin.isdecimal() and pin.isascii() and len(pin) == self._device.settings.pin_length
        if not is_good or not self.is_open:
            return self._tell(done=False)
        self._device.store[_PIN] = pin.encode()
        self._open_until = None
        return self._tell(done=True)

    @_with_current
    def unlock(self, pin: str) -> bool:
        """Enters the PIN; what is private can be seen for a while."""
        if self._device.store.get(_PIN) != pin.encode():
            return self._tell(done=False)
        self._open_until = self._device.time + timedelta(seconds=self._device.settings.pin_timeout)
        return self._tell(done=True)

    def lock(self) -> None:
        """Walks away."""
        self._open_until = None

    def show(self, name: str) -> Value:
        """What the display shows under a name; None while that takes a PIN, or current.

        Logs show nothing from before the change of tenancy.

        Raises:
            DeviceError: nothing is shown under that name.
        """
        if name not in _SHOWN:
            raise DeviceError(f"display: no {name}; there is {', '.join(_SHOWN)}")
        shown = _SHOWN[name]
        if not self.is_powered or (shown.is_private and not self.is_open):
            return None
        if shown.attribute != "buffer":
            return self._device.cosem.get(shown.cosem_object, shown.attribute)
        since = self._device.cosem.get(o.RESTRICT_DATA_DATE_TIME, "value").moment()
        return self._device.cosem.log(shown.cosem_object).read(None if since is None else seconds_of(since))

    @_with_current
    def enter(self, digits: str) -> bool:
        """Types a top-up token of 20 digits; after too many wrong ones the keypad takes none for a while."""
        store = self._device.store
        until = store.get(_SUSPENDED)
        if until and self._device.time < datetime.fromisoformat(until.decode()):
            self._device.log_event(AlertCode.UTRN_LOCKED_OUT)
            return self._tell(done=False)
        if self._account.top_up_locally(digits):
            store.pop(_FAILURES, None)
            return self._tell(done=True)
        failures = int(store.get(_FAILURES, b"0")) + 1
        store[_FAILURES] = b"%d" % failures
        if failures >= self._device.settings.keypad_attempts:
            end = self._device.time + timedelta(seconds=self._device.settings.keypad_suspension)
            store[_SUSPENDED] = end.isoformat().encode()
            del store[_FAILURES]
            self._device.log_event(AlertCode.UTRN_ENTRY_SUSPENDED)
        return self._tell(done=False)

    @_with_current
    def activate_emergency_credit(self) -> bool:
        """Takes the emergency credit, if there is any to take."""
        if self._is_guarded:
            return self._tell(done=False)
        try:
            self._account.activate_emergency_credit()
        except AccessFailed:
            return self._tell(done=False)
        return self._tell(done=True)

    @_with_current
    def enable_supply(self) -> bool:
        """Turns an armed supply on."""
        return self._tell(done=not self._is_guarded and self._supply.enable_by_consumer())

    @property
    def _is_guarded(self) -> bool:
        return self._device.settings.pin_guards_commands and not self.is_open

    def _forget_pin(self, value: Value) -> None:
        del value
        self._device.store.pop(_PIN, None)

    def _tell(self, *, done: bool) -> bool:
        code = AlertCode.USER_COMMAND_ACTIONED if done else AlertCode.USER_COMMAND_NOT_ACTIONED
        self._device.log_event(code)
        return done
