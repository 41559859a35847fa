"""Devices made of a plan, and made again of what their stores hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from os import PathLike
from pathlib import Path

from devices.clock import HubTime
from devices.configuration import settings
from devices.electricity.metered import ElectricityDevice
from devices.errors import DeviceError
from devices.home.plan import DevicePlan, GpfPlan, Plan
from devices.hub.chf import Chf
from devices.hub.gpf import Gpf
from devices.in_process import esme, gpf, sapc
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from devices.variant import Variant
from gbcs.device_type import DeviceType
from smki.authority import TestAuthority, make_estate
from smki.keystore import Keystore, open_keystore

_MAKERS: Mapping[str, Callable[..., ElectricityDevice]] = {"esme": esme, "sapc": sapc}


def make_chf(plan: Plan, keystore: Keystore, now: datetime, store: Store) -> Chf:
    """The hub's own functions, which know the devices of the plan that are whitelisted.

    Raises:
        MissingKeyError, DeviceError: see `devices.esme`.
    """
    hub = plan.hub
    anchors = TrustAnchors.from_keystore(keystore, hub.eui, DeviceType.CHF)
    chf = Chf(anchors, now=now, store=store, dual_band=hub.dual_band, settings=settings(hub.settings))
    own = [(device.eui, device.install_code) for device in plan.devices if device.whitelisted]
    for device, code in (*hub.joining, *own):
        chf.han.whitelist(device, code)
    return chf


def make_gpf(plan: GpfPlan, keystore: Keystore, now: datetime, store: Store, hub_time: HubTime) -> Gpf:
    """The Gas Proxy Function; raises the same."""
    return gpf(keystore, plan.eui, now=now, state=store, hub_time=hub_time, **plan.arguments)


def make_device(
    plan: DevicePlan, keystore: Keystore, now: datetime, store: Store, hub_time: HubTime
) -> ElectricityDevice:
    """A device of the HAN; raises the same."""
    return _MAKERS[plan.type](keystore, plan.eui, now=now, state=store, hub_time=hub_time, **plan.arguments)


def owner_of(plan: GpfPlan | DevicePlan) -> str:
    """What a state file says of whose it is."""
    if isinstance(plan, GpfPlan):
        return f"GPF {plan.eui}"
    variant = f"{Variant(plan.arguments.get('variant', Variant.SINGLE))} element " if plan.type == "esme" else ""
    return f"{variant}{plan.type.upper()} {plan.eui}"


def part_of(store: Store, plan: GpfPlan | DevicePlan) -> Store:
    """Where a device keeps its state in the store of its premises.

    Raises:
        StoreError: the state is that of another kind of device.
    """
    return store.part(str(plan.eui), owner_of(plan))


def keystore_for(plan: Plan, path: str | PathLike[str] | None, now: datetime, *, keeps_state: bool = False) -> Keystore:
    """The keystore at `path`; a fresh test estate of all that the plan has where there is none yet, which is written
    there. Without a path it lasts as long as the process.

    Raises:
        KeystoreError: what is there is no keystore.
        DeviceError: state is kept, and keys are not.
    """
    if path is None and keeps_state:
        raise DeviceError("a state that is kept needs a keystore that is kept")
    if path is not None and Path(path).exists():
        return open_keystore(path)
    authority = TestAuthority.create(now)
    estate = make_estate(authority, devices=plan.members)
    if path is not None:
        if not Path(path).suffix:
            authority.save(path)
        estate.save(path)
    return estate
