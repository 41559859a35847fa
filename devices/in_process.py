"""Emulated devices as objects, from as few arguments as a test wants to give: `devices.esme`, `sapc` and `gpf`."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from os import PathLike
from typing import TypeVar, cast

from devices.clock import HubTime
from devices.configuration import settings as settings_from
from devices.cosem.instances import key_of
from devices.device import Device
from devices.electricity.auxiliary import ALCS, APC, CONTROLLERS, NO_CONTROLLER
from devices.electricity.esme import Esme
from devices.electricity.metered import ElectricityDevice
from devices.electricity.sapc import Sapc
from devices.electricity.supply import SupplyState
from devices.errors import DeviceError
from devices.gas.meter import GasMeter, household
from devices.gas.source import GasSource, NoMeter
from devices.hub.gpf import Gpf
from devices.metering import NO_LOAD, NOMINAL, Load, LoadProfile, VoltageSource
from devices.metering.named import Profile, combine
from devices.settings import Settings
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from devices.variant import Variant
from gbcs.cosem import objects as o
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.roles import RemotePartyRole
from smki.authority import TestAuthority, make_estate
from smki.keystore import Keystore, open_keystore

#: A device of which nothing else is said, from the EUI-64 range for documentation (RFC 9542 section 2.2.3).
DEFAULT_EUI = Eui64.parse("00-00-5E-EF-10-00-01-02")
_KINDS = {"none": NO_CONTROLLER, "ALCS": ALCS, "APC": APC}
_OFFSET_NUMBERS = 10_000
_NO_GAS, _HOUSEHOLD = "none", "household"
_Device = TypeVar("_Device", bound=Device)
_Value = TypeVar("_Value")


class KeyedEsme(Esme):
    """An ESME beside the keystore that it got its credentials from.

    Attributes:
        keystore: what a head end signs with; with fresh keys of every party where none was given.
    """

    keystore: Keystore


class KeyedSapc(Sapc):
    """A SAPC beside the keystore that it got its credentials from; see `KeyedEsme`."""

    keystore: Keystore


class KeyedGpf(Gpf):
    """A GPF beside the keystore that it got its credentials from; see `KeyedEsme`."""

    keystore: Keystore


def own_time(now: datetime) -> datetime:
    """The hub's time where there is no hub: the process clock's."""
    return now


def esme(
    keystore: Keystore | str | PathLike[str] | None = None,
    eui: Eui64 | str = DEFAULT_EUI,
    *,
    now: datetime | None = None,
    supplier: Eui64 | None = None,
    state: str | PathLike[str] | Store | None = None,
    variant: Variant | str = Variant.SINGLE,
    load: Load | LoadProfile | str | int = NO_LOAD,
    voltage: VoltageSource = NOMINAL,
    supply: SupplyState | str = SupplyState.ENABLED,
    controllers: Sequence[bytes | str] = (ALCS,),
    settings: Settings | Sequence[str] = (),
    seed: int | None = None,
    hub_time: HubTime = own_time,
) -> KeyedEsme:
    """An electricity meter, as a context manager that keeps its state at the end.

    Args:
        keystore: private keys of the meter and certificates of its remote parties, or where they are; fresh keys of a
            whole test SMKI if absent.
        eui: the meter.
        now: the process clock (timezone-aware); the system's time if absent.
        supplier: who it is, if the keystore holds several.
        state: SQLite file, or an open store; in memory if absent.
        variant: which registers there are.
        load: what flows through the meter: W of active import, a load, a profile, or one by name (`household:7`).
        voltage: what lies at its terminals.
        supply: state of a new meter's supply.
        controllers: kinds of the auxiliary controllers, from the first on: `none`, `ALCS`, `APC`, or an EUI-64.
        settings: what the sources leave open, also as texts `name=value`.
        seed: of all that is random but keys; if absent the randomised offset is the least.
        hub_time: the Communications Hub's time by the process clock; without one it is that.

    Raises:
        MissingKeyError: a key that the meter needs is not there.
        StoreError: `state` is another device's.
        DeviceError: any other argument that means nothing.
    """
    variant = _named("variant", variant, {str(each): each for each in Variant})
    supply = _named("supply", supply, {each.name.lower(): each for each in SupplyState})
    keys, anchors, moment = _credentials(keystore, eui, DeviceType.ESME, supplier, now)
    device = _with_store(
        state,
        f"{variant} element ESME {anchors.device}",
        lambda store: KeyedEsme(
            anchors,
            now=moment,
            store=store,
            variant=variant,
            load=_load(load, seed or 0),
            voltage=voltage,
            supply_state=supply,
            controllers=_controllers(controllers),
            hub_time=hub_time,
            settings=_settings(settings),
        ),
    )
    device.keystore = keys
    _draw(device, seed)
    return device


def sapc(
    keystore: Keystore | str | PathLike[str] | None = None,
    eui: Eui64 | str = DEFAULT_EUI,
    *,
    now: datetime | None = None,
    supplier: Eui64 | None = None,
    state: str | PathLike[str] | Store | None = None,
    controllers: Sequence[bytes | str] = (APC,),
    settings: Settings | Sequence[str] = (),
    seed: int | None = None,
    hub_time: HubTime = own_time,
) -> KeyedSapc:
    """A stand-alone auxiliary proportional controller; see `esme`."""
    keys, anchors, moment = _credentials(keystore, eui, DeviceType.SAPC, supplier, now)
    device = _with_store(
        state,
        f"SAPC {anchors.device}",
        lambda store: KeyedSapc(
            anchors,
            now=moment,
            store=store,
            controllers=_controllers(controllers),
            hub_time=hub_time,
            settings=_settings(settings),
        ),
    )
    device.keystore = keys
    _draw(device, seed)
    return device


def gpf(
    keystore: Keystore | str | PathLike[str] | None = None,
    eui: Eui64 | str = DEFAULT_EUI,
    *,
    now: datetime | None = None,
    supplier: Eui64 | None = None,
    state: str | PathLike[str] | Store | None = None,
    gas: GasSource | str = _HOUSEHOLD,
    settings: Settings | Sequence[str] = (),
    seed: int | None = None,
    hub_time: HubTime = own_time,
) -> KeyedGpf:
    """A Gas Proxy Function; see `esme`.

    `gas` is the gas meter that it has a copy of: `none`, or a `household` whose consumption follows from `seed` or from
    a seed of its own (`household:7`).
    """
    keys, anchors, moment = _credentials(keystore, eui, DeviceType.GPF, supplier, now)
    device = _with_store(
        state,
        f"GPF {anchors.device}",
        lambda store: KeyedGpf(
            anchors,
            now=moment,
            store=store,
            source=_gas(gas, seed or 0),
            hub_time=hub_time,
            settings=_settings(settings),
        ),
    )
    device.keystore = keys
    return device


def _with_store(state: str | PathLike[str] | Store | None, owner: str, make: Callable[[Store], _Device]) -> _Device:
    """What `make` makes; a store that was opened for it is closed if that fails."""
    if isinstance(state, Store):
        return make(state)
    store = Store(state, owner)
    try:
        return make(store)
    except Exception as error:
        store.__exit__(type(error), error, None)
        raise


def _credentials(
    keystore: Keystore | str | PathLike[str] | None,
    eui: Eui64 | str,
    device_type: DeviceType,
    supplier: Eui64 | None,
    now: datetime | None,
) -> tuple[Keystore, TrustAnchors, datetime]:
    moment = datetime.now(UTC) if now is None else now
    if moment.tzinfo is None:
        raise DeviceError(f"{moment} has no time zone")
    device = Eui64.parse(eui) if isinstance(eui, str) else eui
    if keystore is None:
        keystore = make_estate(TestAuthority.create(moment), devices=[device])
    elif not isinstance(keystore, Keystore):
        keystore = open_keystore(keystore)
    parties = {RemotePartyRole.SUPPLIER: supplier} if supplier else {}
    return keystore, TrustAnchors.from_keystore(keystore, device, device_type, parties), moment


def _load(load: Load | LoadProfile | str | int, seed: int) -> Load | LoadProfile:
    if isinstance(load, int):
        return Load(active_import=load)
    if not isinstance(load, str):
        return load
    try:
        return combine(NO_LOAD, [Profile.parse(load)], seed)
    except ValueError as error:
        raise DeviceError(f"load: {error}") from None


def _gas(gas: GasSource | str, seed: int) -> GasSource:
    if not isinstance(gas, str):
        return gas
    name, _, own = gas.partition(":")
    if name == _NO_GAS and not own:
        return NoMeter()
    if name != _HOUSEHOLD or (own and not own.isdecimal()):
        raise DeviceError(f"gas: {gas!r} is none of {_NO_GAS}, {_HOUSEHOLD}, {_HOUSEHOLD}:SEED")
    return GasMeter(household(int(own or seed)))


def _controllers(kinds: Sequence[bytes | str]) -> tuple[bytes, ...]:
    if len(kinds) > CONTROLLERS:
        raise DeviceError(f"{len(kinds)} controllers, a device has {CONTROLLERS} at most")
    return tuple(
        kind if isinstance(kind, bytes) else _KINDS[kind] if kind in _KINDS else bytes(Eui64.parse(kind))
        for kind in kinds
    )


def _settings(given: Settings | Sequence[str]) -> Settings:
    return given if isinstance(given, Settings) else settings_from(given)


def _named(what: str, given: _Value | str, known: Mapping[str, _Value]) -> _Value:
    """A value that is given itself, or by its name."""
    if isinstance(given, str) and given in known:
        return known[given]
    if given in known.values():
        return cast(_Value, given)
    raise DeviceError(f"{what}: {given!r} is none of {', '.join(known)}")


def _draw(device: ElectricityDevice, seed: int | None) -> None:
    """Gives a new device the randomised offset number that its seed says."""
    if seed is None or key_of(o.RANDOMISED_OFFSET_NUMBER.member("value")) in device.store:
        return
    number = random.Random(f"{seed} {device.eui.hex()}").randrange(_OFFSET_NUMBERS)  # noqa: S311 - not for keys
    device.cosem.set(o.RANDOMISED_OFFSET_NUMBER, "value", number)
