"""The electricity meter (ESME): single element, twin element, polyphase."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from devices.clock import HubTime
from devices.cosem.instances import Attribute
from devices.electricity.account import Account
from devices.electricity.auxiliary import ALCS
from devices.electricity.keypad import Keypad
from devices.electricity.mains import Mains
from devices.electricity.metered import ElectricityDevice
from devices.electricity.power_quality import PowerQuality
from devices.electricity.ppmid import PpmidCommands
from devices.electricity.supply import LoadLimiter, Supply, SupplyState
from devices.errors import DeviceError
from devices.metering import NO_LOAD, NOMINAL, Load, LoadProfile, VoltageSource
from devices.metering.records import Records
from devices.metering.registers import Registers
from devices.metering.tariff import Tariff
from devices.settings import DEFAULTS, Settings
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from devices.variant import Variant
from devices.world import World
from gbcs.cosem import objects as o
from gbcs.device_type import DeviceType

#: Between two looks at what consumption has taken from the account.
_ACCOUNT = timedelta(seconds=1)


class Esme(ElectricityDevice):
    """An ESME; its registers, messages and states are in `cosem`.

    Attributes:
        supply: the load switch.
        metering: the registers' drive; its `load` may be changed.
        account: balances, credit and debts.
        keypad: what a person does at the meter.
        ppmid: what a PPMID does over the HAN.
        world: what happens to the meter.
    """

    def __init__(
        self,
        anchors: TrustAnchors,
        *,
        now: datetime,
        store: Store | None = None,
        variant: Variant = Variant.SINGLE,
        load: Load | LoadProfile = NO_LOAD,
        voltage: VoltageSource = NOMINAL,
        supply_state: SupplyState = SupplyState.ENABLED,
        firmware_version: bytes = b"\0\0\0\1",
        controllers: Sequence[bytes] = (ALCS,),
        hub_time: HubTime = lambda now: now,
        settings: Settings = DEFAULTS,
    ) -> None:
        """A meter switched on at `now`.

        Args:
            anchors: the device's credentials.
            now: the process clock (timezone-aware), here and in every later call.
            store: the state of an earlier run, or an empty one; what it holds wins over the initial values below.
            variant: which registers there are.
            load: what flows through the meter.
            voltage: what lies at its terminals.
            supply_state: of a new device.
            firmware_version: 4 octets.
            controllers: kinds of the auxiliary controllers, from the first on (see `devices.electricity.auxiliary`).
            hub_time: the Communications Hub's time by the process clock.
            settings: what the sources leave open.

        Raises:
            DeviceError: a load on the second element of a single element meter.
        """
        if isinstance(load, Load) and load.second_active_import and variant is not Variant.TWIN:
            raise DeviceError(f"a {variant} element ESME measures no second element")
        super().__init__(
            DeviceType.ESME,
            anchors,
            now=now,
            store=Store() if store is None else store,
            variant=variant,
            attributes=(
                Attribute(o.FIRMWARE_VERSION, "value", firmware_version),
                Attribute(o.SUPPLY_STATE, "control_state", supply_state),
            ),
            controllers=controllers,
            hub_time=hub_time,
            settings=settings,
        )
        self.supply = Supply(self)
        self.account = Account(self, self.supply)
        mains = Mains(self, voltage)
        self.metering = Registers(self.cosem, self.store, self.now, load, self.supply.is_enabled, variant)
        self.metering.carried = mains.carried
        self._tariff = tariff = Tariff(self.cosem, self.metering, lambda: self.time, self.account.debit)
        limiter = LoadLimiter(self, self.supply)
        self._records = Records(self, self.metering, tariff, self.account, self.supply, limiter)
        self._quality = PowerQuality(self, mains)
        self.parts += (self._records, limiter, self._quality)
        self.clock.on_set += (self._records.clock_was_set, self._quality.restart)
        self.keypad = Keypad(self, self.account, self.supply)
        self.ppmid = PpmidCommands(self, self.device_log, self.account, self.supply)
        self.world = World(self, self.supply, mains, self._quality, self._records.resume)
        self.savers += (self.metering.save, self.account.save)

    def due(self) -> datetime | None:
        """See `devices.device.Device`. Where energy costs something, the account is looked at every second."""
        due = super().due()
        return min(due, self.now + _ACCOUNT) if due and self._tariff.costs else due

    def _gain_supplier(self, top_up_floor: int | None) -> None:
        self.account.tokens.restart(top_up_floor)

    def _advance(self, now: datetime) -> None:
        super()._advance(now)
        self._quality.settle()

    def _pass(self, now: datetime) -> None:
        self.metering.advance(now, is_powered=self.is_powered)
        super()._pass(now)
