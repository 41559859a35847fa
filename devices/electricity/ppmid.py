"""Commands of a PPMID over the HAN: top up, emergency credit, enable supply (use cases PECS01 to PECS03).

They are commands of the ZigBee Smart Energy profile; what GBCS gives them is a message code, for the event log.
"""

from __future__ import annotations

from devices.alerts import AlertCode
from devices.device import Device
from devices.electricity.account import Account
from devices.electricity.supply import Supply
from devices.errors import AccessFailed
from devices.security.joining import PPMID, DeviceLog
from gbcs.eui64 import Eui64
from gbcs.usecases.catalogue import USE_CASES

#: Proposed supply status of a Local Change Supply command: all that a meter does over the HAN is enabling.
SUPPLY_ON = 2


class PpmidCommands:
    """What PPMIDs can do; every command says whether it did anything.

    One that is not in the meter's device log as a PPMID is not obeyed, which the security log tells.
    """

    def __init__(self, device: Device, device_log: DeviceLog, account: Account, supply: Supply) -> None:
        self._device = device
        self._device_log = device_log
        self._account = account
        self._supply = supply

    def top_up(self, ppmid: Eui64, digits: str) -> bool:
        """Consumer Top Up (PECS01), with a token of 20 digits."""
        return self._is_known(ppmid) and self._tell("PECS01", done=self._account.top_up_locally(digits))

    def activate_emergency_credit(self, ppmid: Eui64) -> bool:
        """Select Available Emergency Credit (PECS02)."""
        if not self._is_known(ppmid):
            return False
        try:
            self._account.activate_emergency_credit()
        except AccessFailed:
            return self._tell("PECS02", done=False)
        return self._tell("PECS02", done=True)

    def change_supply(self, ppmid: Eui64, proposed: int = SUPPLY_ON) -> bool:
        """Local Change Supply (PECS03), which can do no other than turn on a supply that is armed."""
        if not self._is_known(ppmid):
            return False
        return self._tell("PECS03", done=proposed == SUPPLY_ON and self._supply.enable_by_consumer())

    def _is_known(self, ppmid: Eui64) -> bool:
        if not self._device.is_powered:
            return False
        if self._device_log.entries.get(ppmid) == PPMID:
            return True
        self._device.log_security(AlertCode.UNAUTHORISED_COMMUNICATION)
        return False

    def _tell(self, use_case: str, *, done: bool) -> bool:
        by_user = self._device.settings.ppmid_user_commands
        actioned = AlertCode.USER_COMMAND_ACTIONED if by_user else AlertCode.COMMAND_ACTIONED
        refused = AlertCode.USER_COMMAND_NOT_ACTIONED if by_user else AlertCode.COMMAND_NOT_ACTIONED
        (message_code,) = USE_CASES[use_case].message_codes
        self._device.log_event(actioned if done else refused, message_code.to_bytes(2, "big"))
        return done
