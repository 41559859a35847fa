"""The devices of premises, made from a plan and the keys of the process that they live in."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import devices
from devices.configuration import settings
from devices.electricity.metered import ElectricityDevice
from devices.fleet.plan import Plan
from devices.gas.meter import GasMeter, household
from devices.hub.chf import Chf
from devices.hub.gpf import Gpf
from devices.hub.routing import Hub
from devices.metering import Load
from devices.metering.named import combine
from devices.processes.connection import Connection
from devices.processes.shell import ProcessClock
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.device_type import DeviceType
from smki.keystore import Keystore

#: Arguments of a load by the names of `devices.metering.Load`.
_LOADS = tuple(Load.__dataclass_fields__)


class Members:
    """Makes devices, whose stores are closed when `stores` is."""

    def __init__(self, plan: Plan, keys: Keystore, clock: ProcessClock, stores: ExitStack) -> None:
        self._plan = plan
        self._keys = keys
        self._clock = clock
        self._stores = stores

    def hub(self, number: int) -> Hub[Connection]:
        """The hub of the premises of that number, with its gpf, and with the meters of the plan on its device log."""
        plan = self._plan
        given = plan.devices["hub"]
        eui = plan.eui(number, "hub")
        store = self._store(number, "hub", f"CHF {eui}")
        chf = Chf(
            TrustAnchors.from_keystore(self._keys, eui, DeviceType.CHF),
            now=self._clock(),
            store=store,
            dual_band=given.get("dual_band", False),
            settings=settings(given.get("setting", ())),
        )
        for meter in ("esme", "sapc"):
            if meter in plan.devices:
                chf.han.whitelist(plan.eui(number, meter))
        hub: Hub[Connection] = Hub(chf)
        if "gpf" in plan.devices:
            gas = GasMeter(household(plan.seed + number)) if plan.devices["gpf"]["household"] else None
            gpf = Gpf(
                TrustAnchors.from_keystore(self._keys, plan.eui(number, "gpf"), DeviceType.GPF),
                now=self._clock(),
                source=gas,
                hub_time=chf.han_time,
            )
            hub.add(gpf)
        return hub

    def meter(self, number: int, name: str) -> ElectricityDevice:
        """An esme or sapc of the premises of that number."""
        plan = self._plan
        given = dict(plan.devices[name])
        eui = plan.eui(number, name)
        arguments: dict[str, Any] = {
            "keystore": self._keys,
            "eui": eui,
            "now": self._clock(),
            "settings": given.get("setting", ()),
            "seed": plan.seed + number,
        }
        if "controllers" in given:
            arguments["controllers"] = given["controllers"]
        if name == "sapc":
            return devices.sapc(**arguments, state=self._store(number, name, f"SAPC {eui}"))
        arguments |= {each: given[each] for each in ("variant", "supply") if each in given}
        constant = Load(**{each: given[each] for each in _LOADS if each in given})
        load = combine(constant, given.get("load_profile", []), plan.seed + number)
        owner = f"{given.get('variant', 'single')} element ESME {eui}"
        return devices.esme(**arguments, load=load, state=self._store(number, name, owner))

    def _store(self, number: int, name: str, owner: str) -> Store:
        if self._plan.state is None:
            return Store()
        folder = self._plan.state / f"{number:05}"
        folder.mkdir(parents=True, exist_ok=True)
        return self._stores.enter_context(Store(folder / f"{name}.db", owner))
