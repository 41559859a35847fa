"""Auxiliary controllers: descriptions, states, calendars, boost (GBCS use case tables; SMETS names)."""

from __future__ import annotations

from gbcs.cosem.composite import Array
from gbcs.cosem.objects.classes import (
    DATA,
    DISCONNECT_CONTROL,
    EXTENDED_DATA,
    SCHEDULE,
    SCRIPT_TABLE,
    SPECIAL_DAYS_TABLE,
)
from gbcs.cosem.objects.model import CosemObject, Method, declare
from gbcs.cosem.objects.shapes import AUXILIARY_CONTROLLER_ACTION, SPECIAL_DAY
from gbcs.cosem.types import BOOLEAN, DATE_TIME, LONG_UNSIGNED, octets, utf8_string, visible_string


def _moments(name: str, smets_name: str, e: int) -> tuple[CosemObject, ...]:
    """A date and time of each of the five controllers, ``{n}`` in the names standing for its number."""
    return tuple(
        declare(name.format(n=n), smets_name.format(n=n), DATA, f"0-0:94.44.{116 + n}.{e}", value=DATE_TIME)
        for n in range(1, 6)
    )


AUXILIARY_CONTROLLER_DESCRIPTION = tuple(
    declare(
        f"auxiliary_controller_{n}_description",
        f"AuxiliaryController[{n}]",
        DATA,
        f"0-0:94.44.0.{10 + n}",
        value=visible_string(22),
    )
    for n in range(1, 6)
)
AUXILIARY_CONTROLLER_TYPE_AND_IDENTIFIER = tuple(
    declare(
        f"auxiliary_controller_{n}_type_and_identifier",
        f"(HANConnected)AuxiliaryLoadControlSwitch[{n}]",
        DATA,
        f"0-0:94.44.0.{20 + n}",
        value=octets(0, 8),
    )
    for n in range(1, 6)
)
AUXILIARY_CONTROLLER_STATE = tuple(
    declare(
        f"auxiliary_controller_{n}_state",
        f"AuxiliaryController[{n}]",
        DATA,
        f"0-0:94.44.0.{30 + n}",
        value=utf8_string(72000),
    )
    for n in range(1, 6)
)
BOOST_FUNCTION_CONTROL = tuple(
    declare(f"boost_function_control_{n}", f"BoostFunctionControl[{n}]", DATA, f"0-0:94.44.6.{n}", value=BOOLEAN)
    for n in range(1, 6)
)
BOOST_FUNCTION_AVAILABILITY = declare(
    "boost_function_availability", "BoostFunctionAvailability", DATA, "0-0:94.44.7.255", value=BOOLEAN
)
AUXILIARY_CONTROLLER_START = _moments(
    "auxiliary_controller_{n}_start", "(HANConnected)AuxiliaryLoadControlSwitch[{n}]State", 1
)
AUXILIARY_CONTROLLER_END = _moments(
    "auxiliary_controller_{n}_end", "(HANConnected)AuxiliaryLoadControlSwitch[{n}]State", 2
)
AUXILIARY_PROPORTIONAL_CONTROLLER_START = _moments(
    "auxiliary_proportional_controller_{n}_start", "AuxiliaryProportionalController[{n}]", 3
)
AUXILIARY_PROPORTIONAL_CONTROLLER_END = _moments(
    "auxiliary_proportional_controller_{n}_end", "AuxiliaryProportionalController[{n}]", 4
)
AUXILIARY_CONTROLLER_SCRIPTS = declare(
    "auxiliary_controller_scripts",
    "(HANConnected)AuxiliaryLoadControlSwitch[n]State",
    SCRIPT_TABLE,
    "0-0:10.0.103.255",
    execute=Method(LONG_UNSIGNED),
)
AUXILIARY_PROPORTIONAL_CONTROLLER_SCRIPTS = declare(
    "auxiliary_proportional_controller_scripts",
    "AuxiliaryProportionalController[n]",
    SCRIPT_TABLE,
    "0-0:10.0.107.255",
    execute=Method(LONG_UNSIGNED),
)
AUXILIARY_CONTROLLER_CALENDAR = declare(
    "auxiliary_controller_calendar",
    "AuxiliaryLoadControlSwitchesCalendar",
    SCHEDULE,
    "0-0:12.0.2.255",
    entries=Array(AUXILIARY_CONTROLLER_ACTION, 0, 120),
)
AUXILIARY_CONTROLLER_CALENDAR_PASSIVE = declare(
    "auxiliary_controller_calendar_passive",
    "AuxiliaryLoadControlSwitchesCalendar",
    SCHEDULE,
    "0-1:12.0.2.255",
    entries=Array(AUXILIARY_CONTROLLER_ACTION, 0, 120),
)
AUXILIARY_CONTROLLER_CALENDAR_SPECIAL_DAYS = declare(
    "auxiliary_controller_calendar_special_days",
    "AuxiliaryLoadControlSwitchesCalendar(SpecialDays)",
    SPECIAL_DAYS_TABLE,
    "0-0:11.0.3.255",
    entries=Array(SPECIAL_DAY, 0, 20),
)
AUXILIARY_CONTROLLER_CALENDAR_SPECIAL_DAYS_PASSIVE = declare(
    "auxiliary_controller_calendar_special_days_passive",
    "AuxiliaryLoadControlSwitchesCalendar(SpecialDays)",
    SPECIAL_DAYS_TABLE,
    "0-1:11.0.3.255",
    entries=Array(SPECIAL_DAY, 0, 20),
)
AUXILIARY_LOAD_CONTROL_SWITCH_STATE = tuple(
    declare(
        f"auxiliary_load_control_switch_{n}_state",
        f"(HANConnected)AuxiliaryLoadControlSwitch[{n}]State",
        DISCONNECT_CONTROL,
        f"0-{n}:96.3.10.255",
        output_state=BOOLEAN,
    )
    for n in range(1, 6)
)
AUXILIARY_CONTROLLER_CALENDAR_ACTIVATION = declare(
    "auxiliary_controller_calendar_activation",
    "AuxiliaryLoadControlSwitchesCalendar",
    EXTENDED_DATA,
    "0-0:94.44.128.26",
    activate_passive_value_time=DATE_TIME,
)
AUXILIARY_CONTROLLER_CALENDAR_SPECIAL_DAYS_ACTIVATION = declare(
    "auxiliary_controller_calendar_special_days_activation",
    "AuxiliaryLoadControlSwitchesCalendar(SpecialDays)",
    EXTENDED_DATA,
    "0-0:94.44.128.35",
    activate_passive_value_time=DATE_TIME,
)
