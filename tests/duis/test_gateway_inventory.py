"""The inventory file: what it says, and that a mistake in it is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from duis.gateway.inventory import Address, Device, Inventory, InventoryError, User
from duis.services import UserRole
from gbcs.device_type import DeviceType
from gbcs.roles import RemotePartyRole
from tests.duis.gateway import GAS_METER, HUB, METER, OPERATOR, RECEIVE_URL, SUPPLIER, inventory


def test_devices_users_and_hubs() -> None:
    held = Inventory.parse(inventory(port=1234))
    address = Address("127.0.0.1", 1234)
    assert held.devices[METER] == Device(DeviceType.ESME, address)
    assert held.devices[GAS_METER] == Device(DeviceType.GSME, address)
    assert held.devices[HUB] == Device(DeviceType.CHF, address)
    assert held.hubs == {address}
    assert held.users[OPERATOR] == User(frozenset({UserRole.ELECTRICITY_DISTRIBUTOR}), RECEIVE_URL)
    assert held.users[SUPPLIER].known_as == {RemotePartyRole.SUPPLIER}
    assert held.users[OPERATOR].known_as == {RemotePartyRole.NETWORK_OPERATOR}
    assert User(frozenset({UserRole.OTHER_USER}), RECEIVE_URL).known_as == {RemotePartyRole.OTHER}


METER_KEY, HUB_KEY, USER_KEY = ("devices", str(METER)), ("hubs", str(HUB)), ("users", str(SUPPLIER))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((), []),
        (("devices",), None),
        (("hubs",), []),
        (("more",), {}),
        (("devices", "meter"), {"type": "ESME", "hub": str(HUB)}),
        (("devices", METER.hex()), {"type": "ESME", "hub": str(HUB)}),
        (METER_KEY, "ESME"),
        ((*METER_KEY, "type"), "METER"),
        ((*METER_KEY, "type"), "CHF"),
        ((*METER_KEY, "type"), ["ESME"]),
        ((*METER_KEY, "hub"), str(METER)),
        ((*METER_KEY, "hub"), 4059),
        ((*METER_KEY, "variant"), "single"),
        ((*HUB_KEY, "host"), ""),
        ((*HUB_KEY, "host"), None),
        ((*HUB_KEY, "port"), 0),
        ((*HUB_KEY, "port"), 65536),
        ((*HUB_KEY, "port"), "4059"),
        ((*HUB_KEY, "port"), True),
        ((*USER_KEY, "roles"), "IS"),
        ((*USER_KEY, "roles"), ["XX"]),
        ((*USER_KEY, "receive_url"), "127.0.0.1:80"),
        ((*USER_KEY, "receive_url"), "ftp://127.0.0.1/"),
        ((*USER_KEY, "receive_url"), "http:///path"),
        ((*USER_KEY, "receive_url"), "http://host:99999/"),
        ((*USER_KEY, "receive_url"), 1),
    ],
)
def test_a_mistake_is_named(path: tuple[str, ...], value: Any) -> None:
    document = {"": json.loads(inventory())}
    place: Any = document
    *above, last = ("", *path)
    for name in above:
        place = place[name]
    place[last] = value
    with pytest.raises(InventoryError) as caught:
        Inventory.parse(json.dumps(document[""]).encode())
    assert caught.value.key == ".".join(path)
    assert str(caught.value).startswith("inventory: " + ".".join(path))


@pytest.mark.parametrize("path", [("users",), (*METER_KEY, "hub"), (*HUB_KEY, "port"), (*USER_KEY, "roles")])
def test_a_missing_key_is_named(path: tuple[str, ...]) -> None:
    document = json.loads(inventory())
    place = document
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    with pytest.raises(InventoryError, match="missing") as caught:
        Inventory.parse(json.dumps(document).encode())
    assert caught.value.key == ".".join(path)


@pytest.mark.parametrize("octets", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_not_json_is_refused(octets: bytes) -> None:
    with pytest.raises(InventoryError, match="not JSON"):
        Inventory.parse(octets)
