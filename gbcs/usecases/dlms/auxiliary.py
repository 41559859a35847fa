"""Auxiliary controllers and boost: DLMS COSEM payloads (GBCS use case tables)."""

from __future__ import annotations

from gbcs.cosem import objects as o
from gbcs.cosem.composite import Array
from gbcs.cosem.objects.shapes import AUXILIARY_CONTROLLER_ACTION
from gbcs.cosem.types import LONG_UNSIGNED, visible_string
from gbcs.usecases.access import action, get, put
from gbcs.usecases.access_list import AccessList

#: Of ECS46c and ECS61a, which were withdrawn for ECS46d and ECS61d.
_FORMER_CALENDAR = Array(AUXILIARY_CONTROLLER_ACTION, 1, 48)

PAYLOADS = {
    "ECS26c": AccessList(
        get(o.RANDOMISED_OFFSET, "value"),
        get(o.RANDOMISED_OFFSET_NUMBER, "value"),
        get(o.RANDOMISED_OFFSET_LIMIT, "value"),
    ),
    "ECS38": AccessList(
        put(o.RANDOMISED_OFFSET_LIMIT, "value"),
    ),
    # At most 22 characters with the APC functions.
    "ECS46a": AccessList(
        *(put(each, "value", optional=True, type=visible_string(127)) for each in o.AUXILIARY_CONTROLLER_DESCRIPTION)
    ),
    "ECS46c": AccessList(
        put(o.AUXILIARY_CONTROLLER_TYPE_AND_IDENTIFIER[0], "value", optional=True),
        put(o.AUXILIARY_CONTROLLER_TYPE_AND_IDENTIFIER[1], "value", optional=True),
        put(o.AUXILIARY_CONTROLLER_TYPE_AND_IDENTIFIER[2], "value", optional=True),
        put(o.AUXILIARY_CONTROLLER_TYPE_AND_IDENTIFIER[3], "value", optional=True),
        put(o.AUXILIARY_CONTROLLER_TYPE_AND_IDENTIFIER[4], "value", optional=True),
        put(o.AUXILIARY_CONTROLLER_CALENDAR_SPECIAL_DAYS_PASSIVE, "entries"),
        put(o.AUXILIARY_CONTROLLER_CALENDAR_PASSIVE, "entries", type=_FORMER_CALENDAR),
        put(o.AUXILIARY_CONTROLLER_CALENDAR_ACTIVATION, "activate_passive_value_time"),
        put(o.AUXILIARY_CONTROLLER_CALENDAR_SPECIAL_DAYS_ACTIVATION, "activate_passive_value_time"),
    ),
    "ECS46d": AccessList(
        put(o.AUXILIARY_CONTROLLER_CALENDAR_SPECIAL_DAYS_PASSIVE, "entries"),
        put(o.AUXILIARY_CONTROLLER_CALENDAR_PASSIVE, "entries"),
        put(o.AUXILIARY_CONTROLLER_CALENDAR_ACTIVATION, "activate_passive_value_time"),
        put(o.AUXILIARY_CONTROLLER_CALENDAR_SPECIAL_DAYS_ACTIVATION, "activate_passive_value_time"),
    ),
    "ECS47": AccessList(
        put(o.AUXILIARY_CONTROLLER_START[0], "value", optional=True, type=LONG_UNSIGNED),
        put(o.AUXILIARY_CONTROLLER_END[0], "value", optional=True, type=LONG_UNSIGNED),
        put(o.AUXILIARY_CONTROLLER_START[1], "value", optional=True, type=LONG_UNSIGNED),
        put(o.AUXILIARY_CONTROLLER_END[1], "value", optional=True, type=LONG_UNSIGNED),
        put(o.AUXILIARY_CONTROLLER_START[2], "value", optional=True, type=LONG_UNSIGNED),
        put(o.AUXILIARY_CONTROLLER_END[2], "value", optional=True, type=LONG_UNSIGNED),
        put(o.AUXILIARY_CONTROLLER_START[3], "value", optional=True, type=LONG_UNSIGNED),
        put(o.AUXILIARY_CONTROLLER_END[3], "value", optional=True, type=LONG_UNSIGNED),
        put(o.AUXILIARY_CONTROLLER_START[4], "value", optional=True, type=LONG_UNSIGNED),
        put(o.AUXILIARY_CONTROLLER_END[4], "value", optional=True, type=LONG_UNSIGNED),
        action(o.AUXILIARY_CONTROLLER_SCRIPTS, "execute"),
    ),
    "ECS47a": AccessList(
        put(o.AUXILIARY_CONTROLLER_START[0], "value", optional=True),
        put(o.AUXILIARY_CONTROLLER_END[0], "value", optional=True),
        put(o.AUXILIARY_CONTROLLER_START[1], "value", optional=True),
        put(o.AUXILIARY_CONTROLLER_END[1], "value", optional=True),
        put(o.AUXILIARY_CONTROLLER_START[2], "value", optional=True),
        put(o.AUXILIARY_CONTROLLER_END[2], "value", optional=True),
        put(o.AUXILIARY_CONTROLLER_START[3], "value", optional=True),
        put(o.AUXILIARY_CONTROLLER_END[3], "value", optional=True),
        put(o.AUXILIARY_CONTROLLER_START[4], "value", optional=True),
        put(o.AUXILIARY_CONTROLLER_END[4], "value", optional=True),
        action(o.AUXILIARY_CONTROLLER_SCRIPTS, "execute"),
    ),
    "ECS47e": AccessList(
        put(o.AUXILIARY_PROPORTIONAL_CONTROLLER_START[0], "value", optional=True),
        put(o.AUXILIARY_PROPORTIONAL_CONTROLLER_END[0], "value", optional=True),
        put(o.AUXILIARY_PROPORTIONAL_CONTROLLER_START[1], "value", optional=True),
        put(o.AUXILIARY_PROPORTIONAL_CONTROLLER_END[1], "value", optional=True),
        put(o.AUXILIARY_PROPORTIONAL_CONTROLLER_START[2], "value", optional=True),
        put(o.AUXILIARY_PROPORTIONAL_CONTROLLER_END[2], "value", optional=True),
        put(o.AUXILIARY_PROPORTIONAL_CONTROLLER_START[3], "value", optional=True),
        put(o.AUXILIARY_PROPORTIONAL_CONTROLLER_END[3], "value", optional=True),
        put(o.AUXILIARY_PROPORTIONAL_CONTROLLER_START[4], "value", optional=True),
        put(o.AUXILIARY_PROPORTIONAL_CONTROLLER_END[4], "value", optional=True),
        action(o.AUXILIARY_PROPORTIONAL_CONTROLLER_SCRIPTS, "execute"),
    ),
    "ECS61a": AccessList(
        get(o.AUXILIARY_CONTROLLER_DESCRIPTION[0], "value", optional=True, type=visible_string(127)),
        get(o.AUXILIARY_CONTROLLER_DESCRIPTION[1], "value", optional=True, type=visible_string(127)),
        get(o.AUXILIARY_CONTROLLER_DESCRIPTION[2], "value", optional=True, type=visible_string(127)),
        get(o.AUXILIARY_CONTROLLER_DESCRIPTION[3], "value", optional=True, type=visible_string(127)),
        get(o.AUXILIARY_CONTROLLER_DESCRIPTION[4], "value", optional=True, type=visible_string(127)),
        get(o.AUXILIARY_CONTROLLER_TYPE_AND_IDENTIFIER[0], "value", optional=True),
        get(o.AUXILIARY_CONTROLLER_TYPE_AND_IDENTIFIER[1], "value", optional=True),
        get(o.AUXILIARY_CONTROLLER_TYPE_AND_IDENTIFIER[2], "value", optional=True),
        get(o.AUXILIARY_CONTROLLER_TYPE_AND_IDENTIFIER[3], "value", optional=True),
        get(o.AUXILIARY_CONTROLLER_TYPE_AND_IDENTIFIER[4], "value", optional=True),
        get(o.AUXILIARY_CONTROLLER_CALENDAR_SPECIAL_DAYS, "entries"),
        get(o.AUXILIARY_CONTROLLER_CALENDAR, "entries", type=_FORMER_CALENDAR),
        get(o.AUXILIARY_LOAD_CONTROL_SWITCH_STATE[0], "output_state", optional=True),
        get(o.AUXILIARY_LOAD_CONTROL_SWITCH_STATE[1], "output_state", optional=True),
        get(o.AUXILIARY_LOAD_CONTROL_SWITCH_STATE[2], "output_state", optional=True),
        get(o.AUXILIARY_LOAD_CONTROL_SWITCH_STATE[3], "output_state", optional=True),
        get(o.AUXILIARY_LOAD_CONTROL_SWITCH_STATE[4], "output_state", optional=True),
    ),
    "ECS61d": AccessList(
        get(o.AUXILIARY_CONTROLLER_DESCRIPTION[0], "value", optional=True),
        get(o.AUXILIARY_CONTROLLER_DESCRIPTION[1], "value", optional=True),
        get(o.AUXILIARY_CONTROLLER_DESCRIPTION[2], "value", optional=True),
        get(o.AUXILIARY_CONTROLLER_DESCRIPTION[3], "value", optional=True),
        get(o.AUXILIARY_CONTROLLER_DESCRIPTION[4], "value", optional=True),
        get(o.AUXILIARY_CONTROLLER_CALENDAR_SPECIAL_DAYS, "entries"),
        get(o.AUXILIARY_CONTROLLER_CALENDAR, "entries"),
    ),
    "ECS61e": AccessList(
        get(o.AUXILIARY_CONTROLLER_TYPE_AND_IDENTIFIER[0], "value"),
        get(o.AUXILIARY_CONTROLLER_TYPE_AND_IDENTIFIER[1], "value"),
        get(o.AUXILIARY_CONTROLLER_TYPE_AND_IDENTIFIER[2], "value"),
        get(o.AUXILIARY_CONTROLLER_TYPE_AND_IDENTIFIER[3], "value"),
        get(o.AUXILIARY_CONTROLLER_TYPE_AND_IDENTIFIER[4], "value"),
        get(o.AUXILIARY_CONTROLLER_STATE[0], "value"),
        get(o.AUXILIARY_CONTROLLER_STATE[1], "value"),
        get(o.AUXILIARY_CONTROLLER_STATE[2], "value"),
        get(o.AUXILIARY_CONTROLLER_STATE[3], "value"),
        get(o.AUXILIARY_CONTROLLER_STATE[4], "value"),
    ),
    "ECS62": AccessList(
        put(o.BOOST_FUNCTION_CONTROL[0], "value"),
        put(o.BOOST_FUNCTION_CONTROL[1], "value"),
        put(o.BOOST_FUNCTION_CONTROL[2], "value"),
        put(o.BOOST_FUNCTION_CONTROL[3], "value"),
        put(o.BOOST_FUNCTION_CONTROL[4], "value"),
    ),
}
