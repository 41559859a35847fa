"""COSEM interface classes and the objects of GB devices, as data (DLMS Blue Book 4; GBCS use case tables, SMETS names).

Use cases name these objects, devices instantiate them: what an attribute holds is said here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gbcs.cosem.date_time import CosemDateTime
from gbcs.cosem.obis import Obis
from gbcs.cosem.types import (
    DATE_TIME,
    DOUBLE_LONG_UNSIGNED,
    ENUM,
    INTEGER,
    LONG_UNSIGNED,
    NULL,
    UNSIGNED,
    DataType,
    Enumeration,
    OctetString,
    Text,
    fixed,
    optional,
    structure,
)


@dataclass(frozen=True, slots=True)
class InterfaceClass:
    """An interface class: the numbers of its attributes and methods. Attribute 1 is always the logical name."""

    class_id: int
    name: str
    attributes: Mapping[str, int]
    methods: Mapping[str, int]


DATA = InterfaceClass(1, "Data", {"value": 2}, {})
REGISTER = InterfaceClass(3, "Register", {"value": 2, "scaler_unit": 3}, {"reset": 1})
CLOCK = InterfaceClass(
    8,
    "Clock",
    {"time": 2, "status": 4, "clock_base": 9},
    {"adjust_to_preset_time": 4, "preset_adjusting_time": 5},
)
SCRIPT_TABLE = InterfaceClass(9, "Script table", {"scripts": 2}, {"execute": 1})
DATA_PROTECTION = InterfaceClass(30, "Data protection", {}, {"get_protected_attributes": 1})
DISCONNECT_CONTROL = InterfaceClass(70, "Disconnect control", {"output_state": 2, "control_state": 3}, {})


@dataclass(frozen=True, slots=True)
class Member:
    """An attribute or method of an object. `type` is what an attribute holds, or what a method takes."""

    object: CosemObject
    name: str
    number: int
    type: DataType
    is_method: bool

    @property
    def path(self) -> tuple[int, Obis, int]:
        """Class, instance and number: what an access specification carries."""
        return (self.object.interface.class_id, self.object.instance, self.number)

    def __str__(self) -> str:
        return f"{self.object.name}.{self.name}"


@dataclass(frozen=True, slots=True)
class CosemObject:
    """One object: its SMETS name, interface class, logical name and the types of its members."""

    name: str
    interface: InterfaceClass
    instance: Obis
    types: Mapping[str, DataType]

    def member(self, name: str) -> Member:
        """The attribute or method of that name."""
        is_method = name in self.interface.methods
        number = (self.interface.methods if is_method else self.interface.attributes)[name]
        return Member(self, name, number, self.types[name], is_method)


def _object(name: str, interface: InterfaceClass, instance: str, **types: DataType) -> CosemObject:
    return CosemObject(name, interface, Obis.parse(instance), types)


#: Units that GBCS uses (DLMS Blue Book, table of units).
UNIT = Enumeration({27: "W", 30: "Wh", 32: "varh", 254: "other", 255: "none"}, ENUM)
WATT_HOUR = 30
VAR_HOUR = 32


def scaler_unit(scaler: int, unit: int) -> DataType:
    """The scal_unit_type of a register whose scaler and unit never change."""
    return structure(scaler=fixed(INTEGER, scaler), unit=fixed(UNIT, unit))


# Identity.
FIRMWARE_VERSION = _object("FirmwareVersion", DATA, "0-0:0.2.1.255", value=OctetString(4, 4))

# Energy registers.
IMPORT_REGISTERS = _object(
    "ImportRegisterCollection",
    DATA,
    "0-0:94.44.34.10",
    value=structure(
        active_import_value=DOUBLE_LONG_UNSIGNED,
        active_scal_unit_type=structure(
            active_import_scaler=fixed(INTEGER, 0),
            active_import_unit=fixed(UNIT, WATT_HOUR),
        ),
        reactive_import_value=DOUBLE_LONG_UNSIGNED,
        reactive_scal_unit_type=structure(
            reactive_import_scaler=fixed(INTEGER, 0),
            reactive_import_unit=fixed(UNIT, VAR_HOUR),
        ),
        # Twin element ESME only.
        second_active_import_value=optional(DOUBLE_LONG_UNSIGNED),
    ),
)
ACTIVE_EXPORT_REGISTER = _object(
    "ActiveExportRegister",
    REGISTER,
    "1-0:2.8.0.255",
    value=DOUBLE_LONG_UNSIGNED,
    scaler_unit=scaler_unit(0, WATT_HOUR),
)
REACTIVE_EXPORT_REGISTER = _object(
    "ReactiveExportRegister",
    REGISTER,
    "1-0:4.8.0.255",
    value=DOUBLE_LONG_UNSIGNED,
    scaler_unit=scaler_unit(0, VAR_HOUR),
)

# Data protection instances, one for each collection that is read encrypted.
IMPORT_REGISTERS_PROTECTION = _object(
    "ImportRegisterCollection", DATA_PROTECTION, "0-0:43.2.8.255", get_protected_attributes=NULL
)

# Clock. The order of the interval's ends is that of the wire: start, end.
TIME = _object(
    "Time",
    CLOCK,
    "0-0:1.0.0.255",
    time=DATE_TIME,
    status=Enumeration({0: "reliable", 1: "invalid", 2: "unreliable"}, UNSIGNED),
    clock_base=Enumeration({5: "radio controlled"}, ENUM),
    adjust_to_preset_time=INTEGER,
    preset_adjusting_time=structure(
        preset_time=fixed(DATE_TIME, CosemDateTime.NEVER),
        validity_interval_start=DATE_TIME,
        validity_interval_end=DATE_TIME,
    ),
)

# Supply.
SUPPLY_STATE_SCRIPTS = _object("SupplyState", SCRIPT_TABLE, "0-0:10.0.106.255", execute=LONG_UNSIGNED)
SUPPLY_STATE = _object(
    "SupplyState",
    DISCONNECT_CONTROL,
    "0-0:96.3.10.255",
    control_state=Enumeration({0: "disabled", 1: "enabled", 2: "armed"}, ENUM),
)
#: Scripts of `SUPPLY_STATE_SCRIPTS`.
ENABLE_SUPPLY, DISABLE_SUPPLY, ARM_SUPPLY = 0x33, 0x34, 0x36

# User interface.
SUPPLIER_MESSAGE = _object("SupplierMessage", DATA, "0-2:96.13.1.255", value=Text(OctetString(0, 116)))
