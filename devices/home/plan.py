"""What premises consist of, as data: written in a program, or read from values of the options of `devices.options`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from devices.errors import DeviceError, InstallCodeError
from devices.han.install_code import InstallCode
from devices.metering import Load
from devices.metering.named import combine
from gbcs.eui64 import Eui64

_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """What happens to frames that one side of a link sends (`devices.link.faults`).

    Attributes:
        rates: texts ``name=rate``.
        seed: of what is drawn.
    """

    rates: tuple[str, ...] = ()
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class HubPlan:
    """A Communications Hub.

    Attributes:
        eui: of its CHF.
        joining: devices that are elsewhere and may join, with their install codes; None is the default one.
        dual_band: whether it operates at sub-GHz as well.
        settings: what the sources leave open, as texts ``name=value``.
        faults, wan_faults: of what it sends to devices, and to clients that confirm.
        host, wan_port, han_port: where it listens as a process; port 0 is any free one.
    """

    eui: Eui64
    joining: tuple[tuple[Eui64, InstallCode | None], ...] = ()
    dual_band: bool = False
    settings: tuple[str, ...] = ()
    faults: FaultPlan = FaultPlan()
    wan_faults: FaultPlan = FaultPlan()
    host: str = _LOOPBACK
    wan_port: int = 0
    han_port: int = 0


@dataclass(frozen=True, slots=True)
class GpfPlan:
    """The hub's Gas Proxy Function; `arguments` are those of `devices.gpf`."""

    eui: Eui64
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """A device on the HAN.

    Attributes:
        type: ``esme`` or ``sapc``.
        eui: its identifier.
        arguments: of `devices.esme` or `devices.sapc`.
        whitelisted: whether it is in the device log from the start; if not, a CCS01 lets it join.
        install_code: what it joins by; None is the default one.
        poll: seconds between two times that it asks for messages; None for a device that never sleeps.
        faults: of what it sends to the hub.
    """

    type: str
    eui: Eui64
    arguments: Mapping[str, Any] = field(default_factory=dict)
    whitelisted: bool = True
    install_code: InstallCode | None = None
    poll: float | None = None
    faults: FaultPlan = FaultPlan()


@dataclass(frozen=True, slots=True)
class Plan:
    """Premises.

    Raises:
        DeviceError: one identifier is there twice.
    """

    hub: HubPlan
    gpf: GpfPlan | None = None
    devices: tuple[DevicePlan, ...] = ()

    def __post_init__(self) -> None:
        for number, member in enumerate(self.members):
            if member in self.members[:number]:
                raise DeviceError(f"{member} is there twice")

    @property
    def members(self) -> tuple[Eui64, ...]:
        """All that have an identifier, the hub first."""
        gpf = (self.gpf.eui,) if self.gpf else ()
        return (self.hub.eui, *gpf, *(device.eui for device in self.devices))


def hub_plan(values: Mapping[str, Any]) -> HubPlan:
    """A hub, from values of its options by their destinations.

    Raises:
        InstallCodeError: an install code that is none.
    """
    return HubPlan(
        values["eui"],
        tuple((device, _install_code(code, f"--device {device}: ")) for device, code in values["device"]),
        values["dual_band"],
        tuple(values["setting"]),
        _faults(values, "fault"),
        _faults(values, "wan_fault"),
        values["host"],
        values["wan_port"],
        values["han_port"],
    )


def gpf_plan(values: Mapping[str, Any]) -> GpfPlan:
    """A GPF, in the same way."""
    arguments = {name: values[name] for name in ("gas", "supplier", "seed")}
    return GpfPlan(values["eui"], arguments | {"settings": tuple(values["setting"])})


def device_plan(kind: str, values: Mapping[str, Any], *, whitelisted: bool = True) -> DevicePlan:
    """An ESME or a SAPC, in the same way.

    Raises:
        DeviceError: an install code or a load that is none.
    """
    arguments = {name: values[name] for name in ("supplier", "seed")} | {"settings": tuple(values["setting"])}
    if values["controllers"] is not None:
        arguments["controllers"] = values["controllers"]
    if kind == "esme":
        constant = Load(**{each.name: values[each.name] for each in fields(Load)})
        arguments |= {name: values[name] for name in ("variant", "supply")}
        arguments["load"] = combine(constant, values["load_profile"], values["seed"] or 0)
    code = _install_code(values["install_code"])
    return DevicePlan(kind, values["eui"], arguments, whitelisted, code, values["poll"], _faults(values, "fault"))


def _faults(values: Mapping[str, Any], name: str) -> FaultPlan:
    seed = values["fault_seed"]
    return FaultPlan(tuple(values[name]), values.get("seed") if seed is None else seed)


def _install_code(text: str | None, where: str = "") -> InstallCode | None:
    try:
        return InstallCode.parse(text) if text else None
    except InstallCodeError as error:
        raise InstallCodeError(f"{where}{error}") from None
