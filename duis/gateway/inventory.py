"""What the DCC knows of devices and users, read from one JSON file.

::

    {"hubs": {"00-00-5E-EF-10-00-01-01": {"host": "127.0.0.1", "port": 4059}},
     "devices": {"00-00-5E-EF-10-00-01-02": {"type": "ESME", "hub": "00-00-5E-EF-10-00-01-01"}},
     "users": {"00-00-5E-EF-10-00-00-02": {"roles": ["IS", "GS"], "receive_url": "http://127.0.0.1:8081/duis"}}}

A hub is a device as well, of type CHF.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from duis.errors import DuisError
from duis.services import UserRole
from gbcs.device_type import DeviceType
from gbcs.errors import DecodeError
from gbcs.eui64 import Eui64
from gbcs.roles import RemotePartyRole

_Name = TypeVar("_Name", bound=StrEnum)

#: The cell in which a device holds a user's certificates; users in other roles have none (transform 2).
_CELLS = {
    UserRole.IMPORT_SUPPLIER: RemotePartyRole.SUPPLIER,
    UserRole.GAS_SUPPLIER: RemotePartyRole.SUPPLIER,
    UserRole.ELECTRICITY_DISTRIBUTOR: RemotePartyRole.NETWORK_OPERATOR,
    UserRole.GAS_TRANSPORTER: RemotePartyRole.NETWORK_OPERATOR,
}


class InventoryError(DuisError):
    """An inventory file that does not say what it has to.

    Attributes:
        key: path of the offending key, e.g. ``devices.00-00-5E-EF-10-00-01-00.type``.
        rule: what was broken, in words.
    """

    def __init__(self, key: str, rule: str) -> None:
        super().__init__(f"inventory: {key}: {rule}" if key else f"inventory: {rule}")
        self.key = key
        self.rule = rule


class Address(NamedTuple):
    """Host and port."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Device:
    """A device, and where the hub listens through which it is reached."""

    type: DeviceType
    hub: Address


@dataclass(frozen=True, slots=True)
class User:
    """A user of the DUIS.

    Attributes:
        roles: its User Roles.
        receive_url: its Receive Response web service.
    """

    roles: frozenset[UserRole]
    receive_url: str

    @property
    def known_as(self) -> frozenset[RemotePartyRole]:
        """The roles in which devices may know it; `RemotePartyRole.OTHER` stands for a role without a cell."""
        return frozenset(_CELLS.get(role, RemotePartyRole.OTHER) for role in self.roles)


@dataclass(frozen=True, slots=True)
class Inventory:
    """Devices and users by EUI-64."""

    devices: dict[Eui64, Device]
    users: dict[Eui64, User]

    @staticmethod
    def parse(document: bytes) -> Inventory:
        """Reads the file's octets.

        Raises:
            InventoryError: it is not JSON, or a key is missing, unknown or has a value it may not have.
        """
        try:
            fields = json.loads(document)
        except (ValueError, RecursionError) as error:
            raise InventoryError("", f"not JSON: {error}") from None
        hubs, devices, users = _fields(fields, "", "hubs", "devices", "users")
        reachable = {eui: _hub(value, key) for eui, value, key in _by_eui(hubs, "hubs")}
        return Inventory(
            {eui: _device(value, key, reachable) for eui, value, key in _by_eui(devices, "devices")} | reachable,
            {eui: _user(value, key) for eui, value, key in _by_eui(users, "users")},
        )

    @property
    def hubs(self) -> set[Address]:
        """Where all hubs listen."""
        return {device.hub for device in self.devices.values()}


def _hub(value: Any, key: str) -> Device:
    host, port = _fields(value, key, "host", "port")
    if not host or not isinstance(host, str):
        raise InventoryError(f"{key}.host", f"{host!r} is no host")
    if type(port) is not int or not 0 < port <= 0xFFFF:
        raise InventoryError(f"{key}.port", f"{port!r} is not within 1 to 65535")
    return Device(DeviceType.CHF, Address(host, port))


def _device(value: Any, key: str, hubs: Mapping[Eui64, Device]) -> Device:
    name, hub = _fields(value, key, "type", "hub")
    device_type = _one_of(DeviceType, name, f"{key}.type")
    if device_type is DeviceType.CHF:
        raise InventoryError(f"{key}.type", "a CHF belongs among the hubs")
    serving = hubs.get(_eui(hub, f"{key}.hub"))
    if not serving:
        raise InventoryError(f"{key}.hub", f"{hub} is not among the hubs")
    return Device(device_type, serving.hub)


def _user(value: Any, key: str) -> User:
    roles, url = _fields(value, key, "roles", "receive_url")
    if not isinstance(roles, list):
        raise InventoryError(f"{key}.roles", "not a list")
    if not _is_web_address(url):
        raise InventoryError(f"{key}.receive_url", f"{url!r} is not a web address")
    return User(frozenset(_one_of(UserRole, role, f"{key}.roles") for role in roles), url)


def _is_web_address(url: Any) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except (AttributeError, TypeError, ValueError):
        return False


def _by_eui(value: Any, key: str) -> Iterator[tuple[Eui64, Any, str]]:
    """Each EUI-64 of an object, with its value and the path of its key."""
    if not isinstance(value, dict):
        raise InventoryError(key, "not an object")
    seen = set()
    for text, item in value.items():
        path = f"{key}.{text}"
        eui = _eui(text, path)
        if eui in seen:
            raise InventoryError(path, "named twice")
        seen.add(eui)
        yield eui, item, path


def _fields(value: Any, key: str, *names: str) -> list[Any]:
    """The values of `names` in an object that has these keys and no others."""
    if not isinstance(value, dict):
        raise InventoryError(key, "not an object")
    prefix = f"{key}." if key else ""
    for name in names:
        if name not in value:
            raise InventoryError(f"{prefix}{name}", "missing")
    for name in value:
        if name not in names:
            raise InventoryError(f"{prefix}{name}", f"no such key, only {', '.join(names)}")
    return [value[name] for name in names]


def _eui(text: Any, key: str) -> Eui64:
    try:
        return Eui64.parse(text)
    except (AttributeError, DecodeError):
        raise InventoryError(key, f"{text!r} is not an EUI-64") from None


def _one_of(names: type[_Name], value: Any, key: str) -> _Name:
    try:
        return names(value)
    except ValueError:
        raise InventoryError(key, f"{value!r} is none of {', '.join(names)}") from None
