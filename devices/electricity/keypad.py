"""A person at the meter: tokens by hand, emergency credit, the button that enables an armed supply (SMETS 5.6.2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from devices.alerts import AlertCode
from devices.device import Device
from devices.electricity.account import Account
from devices.electricity.supply import Supply
from devices.electricity.top_up import TokenRefused
from devices.errors import AccessFailed
from gbcs.errors import DecodeError, SecurityError

_FAILURES, _SUSPENDED = "keypad failures", "keypad suspended until"


class Keypad:
    """What a person can do at a meter; every action says whether it did anything, and is in the event log."""

    def __init__(self, device: Device, account: Account, supply: Supply) -> None:
        self._device = device
        self._account = account
        self._supply = supply

    def enter(self, digits: str) -> bool:
        """Types a top-up token of 20 digits; after too many wrong ones the keypad takes none for a while."""
        store = self._device.store
        until = store.get(_SUSPENDED)
        if until and self._device.time < datetime.fromisoformat(until.decode()):
            self._device.log_event(AlertCode.UTRN_LOCKED_OUT)
            return self._tell(done=False)
        try:
            self._account.top_up(digits)
        except TokenRefused as refusal:
            self._device.log_security(refusal.code)
        except (DecodeError, SecurityError):
            pass  # a slip of the finger: no token at all
        else:
            store.pop(_FAILURES, None)
            self._device.log_event(AlertCode.CREDIT_ADDED_LOCALLY)
            return self._tell(done=True)
        failures = int(store.get(_FAILURES, b"0")) + 1
        store[_FAILURES] = b"%d" % failures
        if failures >= self._device.settings.keypad_attempts:
            end = self._device.time + timedelta(seconds=self._device.settings.keypad_suspension)
            store[_SUSPENDED] = end.isoformat().encode()
            del store[_FAILURES]
            self._device.log_event(AlertCode.UTRN_ENTRY_SUSPENDED)
        return self._tell(done=False)

    def activate_emergency_credit(self) -> bool:
        """Takes the emergency credit, if there is any to take."""
        try:
            self._account.activate_emergency_credit()
        except AccessFailed:
            return self._tell(done=False)
        return self._tell(done=True)

    def enable_supply(self) -> bool:
        """Turns an armed supply on."""
        return self._tell(done=self._supply.enable_by_consumer())

    def _tell(self, *, done: bool) -> bool:
        code = AlertCode.USER_COMMAND_ACTIONED if done else AlertCode.USER_COMMAND_NOT_ACTIONED
        self._device.log_event(code)
        return done
