"""The file of `devices premises`: options of the process, and a table for the hub, its GPF and each device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from devices import configuration
from devices.errors import DeviceError
from devices.home.plan import Plan, device_plan, gpf_plan, hub_plan
from devices.options import DEVICES, PROCESS, TABLES, TYPE, Option, schema_of_premises


def read(path: str, said: Mapping[str, Any] = MappingProxyType({})) -> tuple[dict[str, Any], Plan]:
    """The options of the process by their destinations, and the plan.

    What is `said` elsewhere wins over the file. The seed of the process is that of every table without one.

    Raises:
        ConfigurationError: the file cannot be read, or something in it means nothing.
        DeviceError: a load or an install code that is none.
    """
    contents = configuration.load(path, schema_of_premises())
    process = {**_complete(contents, PROCESS, path), **said}

    def values(table: Mapping[str, Any], options: Sequence[Option], where: str) -> dict[str, Any]:
        given = _complete(table, options, f"{path}: {where}")
        return {**given, "seed": process["seed"] if given.get("seed") is None else given["seed"]}

    hub = hub_plan(values(contents["hub"], TABLES["hub"], "hub"))
    gpf = gpf_plan(values(contents["gpf"], TABLES["gpf"], "gpf")) if "gpf" in contents else None
    devices = []
    for number, table in enumerate(contents.get("device", ())):
        where = f"device[{number}]"
        try:
            given = values(table, DEVICES[table[TYPE]], where)
            devices.append(device_plan(table[TYPE], given, whitelisted=given["whitelisted"]))
        except configuration.ConfigurationError:
            raise
        except DeviceError as error:
            error.add_note(f"{path}: {where}")
            raise
    return process, Plan(hub, gpf, tuple(devices))


def _complete(table: Mapping[str, Any], options: Sequence[Option], where: str) -> dict[str, Any]:
    """All values, the defaults of those that are not there as well."""
    given = configuration.values_of(table, options, where)
    return {option.destination: option.default for option in options} | given
