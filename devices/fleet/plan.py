"""The plan of a fleet: what its file says, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zlib import crc32

from devices import configuration
from devices.configuration import ConfigurationError
from devices.errors import DeviceError
from devices.fleet.schema import PARTIES, SCHEMA, TABLE_OPTIONS
from devices.home import plan as home
from devices.link.faults import parse
from devices.trust_anchors import CELLS
from gbcs.commandline import clock_start
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.roles import RemotePartyRole
from gbcs.usecases.catalogue import USE_CASES

#: A premises' devices in the order of their identifiers.
DEVICES: Mapping[str, DeviceType] = {
    "hub": DeviceType.CHF,
    "gpf": DeviceType.GPF,
    "esme": DeviceType.ESME,
    "sapc": DeviceType.SAPC,
}
_FIRST_EUI = Eui64.parse("00-00-5E-EF-30-00-00-00")
#: Those that have a hub.
METERS = ("esme", "sapc")
_DEFAULT_COMMANDS = 10


@dataclass(frozen=True, slots=True)
class Order:
    """One kind of command: use case, the device that it is for, who sends it, how often, and its values."""

    use_case: str = "ECS17b"
    to: str = "esme"
    by: RemotePartyRole = RemotePartyRole.SUPPLIER
    weight: int = 1
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """A fleet.

    Attributes:
        devices: which of hub, gpf, esme and sapc there are, each with the values of its options by destination.
        commands, seconds: how many commands are sent, or how long; one of them is None.
        window: commands under way for each hub.
        active: how many of the premises, the first, commands are for; None for all.
        han, wan: rates of faults of the links, as texts ``name=rate``.
        kill: seconds between two kills; None for none.
        response, start, linger: seconds until a command is unanswered, until all have to be ready, and at the end.
    """

    premises: int
    devices: Mapping[str, Mapping[str, Any]]
    first: Eui64 = _FIRST_EUI
    seed: int = 0
    processes: int = 2
    separate: bool = False
    state: Path | None = None
    logs: Path | None = None
    clock: datetime | None = None
    speed: float = 1.0
    commands: int | None = None
    seconds: float | None = None
    window: int = 4
    active: int | None = None
    orders: tuple[Order, ...] = (Order(),)
    han: tuple[str, ...] = ()
    wan: tuple[str, ...] = ()
    kill: float | None = None
    response: float = 60.0
    start: float = 120.0
    linger: float = 1.0

    @property
    def addressed(self) -> int:
        """How many of the premises, the first, commands are for."""
        return self.premises if self.active is None else self.active

    def eui(self, number: int, device: str) -> Eui64:
        """The identifier of a device of the premises of that number, from 0."""
        place = len(DEVICES) * number + [*DEVICES].index(device)
        return Eui64((int.from_bytes(self.first, "big") + place).to_bytes(8, "big"))

    def home(self, number: int, *, separate: bool = False, ports: tuple[int, int] = (0, 0), life: int = 1) -> home.Plan:
        """The premises of that number.

        Args:
            number: from 0.
            separate: whether the meters are processes of their own, for which the hub waits.
            ports: of the hub, WAN and HAN.
            life: how often the process was started; faults are others then.
        """
        hub, seed = self.devices["hub"], self.seed + number

        def faults(rates: tuple[str, ...], *side: object) -> home.FaultPlan:
            return home.FaultPlan(rates, crc32(repr((self.seed, number, life, *side)).encode()))

        meters = tuple(
            home.device_plan(
                name,
                {
                    **self.devices[name],
                    "eui": self.eui(number, name),
                    "seed": seed,
                    "fault": (),
                    "fault_seed": None,
                    "supplier": None,
                    "install_code": None,
                },
            )
            for name in METERS
            if name in self.devices
        )
        meters = tuple(replace(meter, faults=faults(self.han, meter.type)) for meter in meters)
        gpf = None
        if "gpf" in self.devices:
            values = {**self.devices["gpf"], "eui": self.eui(number, "gpf"), "seed": seed, "supplier": None}
            gpf = home.gpf_plan(values)
        return home.Plan(
            home.HubPlan(
                self.eui(number, "hub"),
                joining=tuple((meter.eui, None) for meter in meters) if separate else (),
                dual_band=hub["dual_band"],
                settings=tuple(hub["setting"]),
                faults=faults(self.han, "hub"),
                wan_faults=faults(self.wan, "wan"),
                wan_port=ports[0],
                han_port=ports[1],
            ),
            gpf,
            meters,
        )


def read(path: str, **changes: Any) -> Plan:
    """The plan of a file.

    Args:
        path: of a TOML file; paths in it are relative to where it is.
        **changes: values of the file's top level or of its ``traffic`` that are to be others.

    Raises:
        ConfigurationError: the file cannot be read, or something in it means nothing.
    """
    contents = configuration.load(path, SCHEMA)
    if changes.keys() & {"commands", "seconds"}:
        for name in ("commands", "seconds"):
            contents.get("traffic", {}).pop(name, None)
    for name, value in changes.items():
        table = contents if name in SCHEMA["properties"] else contents.setdefault("traffic", {})
        table[name] = value
    try:
        return _plan(contents, Path(path).parent)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None


def _plan(contents: Mapping[str, Any], folder: Path) -> Plan:
    traffic, timeouts, faults = (contents.get(name, {}) for name in ("traffic", "timeouts", "faults"))
    devices = {name: _values(name, contents.get(name, {})) for name in DEVICES if name in (*contents, "hub")}
    values: dict[str, Any] = {
        name: contents[name] for name in ("premises", "seed", "processes", "separate", "speed") if name in contents
    }
    values |= {name: folder / contents[name] for name in ("state", "logs") if name in contents}
    values |= {name: traffic[name] for name in ("commands", "seconds", "window", "active") if name in traffic}
    if "commands" in traffic and "seconds" in traffic:
        raise ConfigurationError("traffic: commands or seconds, not both")
    if traffic.get("active", 0) > contents["premises"]:
        raise ConfigurationError(f"traffic.active: there are {contents['premises']} premises")
    if "seconds" not in traffic:
        values.setdefault("commands", _DEFAULT_COMMANDS * contents["premises"])
    if "clock" in contents:
        try:
            values["clock"] = clock_start(contents["clock"])
        except Exception as error:
            raise ConfigurationError(f"clock: {error}") from None
    for side, rates in faults.items():
        values[side] = tuple(f"{name}={rate}" for name, rate in rates.items())
        try:
            parse(values[side])
        except DeviceError as error:
            raise ConfigurationError(f"faults.{side}: {error}") from None
    if "kill" in contents:
        values["kill"] = contents["kill"]["every"]
    orders = tuple(
        _order(f"traffic.command[{number}]", each, devices) for number, each in enumerate(traffic.get("command", [{}]))
    )
    first = Eui64.parse(contents["first-eui"]) if "first-eui" in contents else _FIRST_EUI
    if int.from_bytes(first, "big") + len(DEVICES) * contents["premises"] > 1 << 64:
        raise ConfigurationError("first-eui: too few identifiers come after it")
    return Plan(devices=devices, first=first, orders=orders, **values, **timeouts)


def _values(name: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """All values of a device's table by destination, the defaults of those that are not there as well."""
    options = TABLE_OPTIONS[name]
    return {option.destination: option.default for option in options} | configuration.values_of(table, options, name)


def _order(where: str, given: Mapping[str, Any], devices: Mapping[str, Any]) -> Order:
    code, to = given.get("use-case", Order().use_case), given.get("to", Order().to)
    use_case = USE_CASES.get(code)
    if use_case is None or use_case.payload is None:
        raise ConfigurationError(f"{where}.use-case: no use case {code!r} has a message")
    if to not in devices:
        raise ConfigurationError(f"{where}.to: the premises have no {to}; there is {', '.join(devices)}")
    known = CELLS[DEVICES[to]].keys() & use_case.roles
    able = [role for role in PARTIES.values() if role in known]
    by = PARTIES[given["by"]] if "by" in given else next(iter(able), None)
    if by is None:
        raise ConfigurationError(f"{where}.use-case: nobody of {', '.join(PARTIES)} may send {code} to a {to}")
    return Order(code, to, by, given.get("weight", 1), given.get("values", {}))
