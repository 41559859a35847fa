"""The interface classes that GB devices use: numbers of attributes and methods (DLMS Blue Book 4; GBCS)."""

from __future__ import annotations

from gbcs.cosem.objects.model import InterfaceClass

DATA = InterfaceClass(1, "Data", {"value": 2}, {})
REGISTER = InterfaceClass(3, "Register", {"value": 2, "scaler_unit": 3}, {"reset": 1})
EXTENDED_REGISTER = InterfaceClass(
    4, "Extended register", {"value": 2, "scaler_unit": 3, "capture_time": 5}, {"reset": 1}
)
PROFILE_GENERIC = InterfaceClass(7, "Profile generic", {"buffer": 2, "capture_period": 4}, {"reset": 1})
CLOCK = InterfaceClass(
    8, "Clock", {"time": 2, "status": 4, "clock_base": 9}, {"adjust_to_preset_time": 4, "preset_adjusting_time": 5}
)
SCRIPT_TABLE = InterfaceClass(9, "Script table", {}, {"execute": 1})
SCHEDULE = InterfaceClass(10, "Schedule", {"entries": 2}, {})
SPECIAL_DAYS_TABLE = InterfaceClass(11, "Special days table", {"entries": 2}, {})
ACTIVITY_CALENDAR = InterfaceClass(
    20,
    "Activity calendar",
    {
        "season_profile_active": 3,
        "week_profile_table_active": 4,
        "day_profile_table_active": 5,
        "season_profile_passive": 7,
        "week_profile_table_passive": 8,
        "day_profile_table_passive": 9,
        "activate_passive_calendar_time": 10,
    },
    {},
)
REGISTER_MONITOR = InterfaceClass(21, "Register monitor", {"thresholds": 2}, {})
SINGLE_ACTION_SCHEDULE = InterfaceClass(22, "Single action schedule", {"execution_time": 4}, {})
DATA_PROTECTION = InterfaceClass(30, "Data protection", {}, {"get_protected_attributes": 1})
DISCONNECT_CONTROL = InterfaceClass(70, "Disconnect control", {"output_state": 2, "control_state": 3}, {})
LIMITER = InterfaceClass(
    71, "Limiter", {"threshold_normal": 4, "min_over_threshold_duration": 6, "min_under_threshold_duration": 7}, {}
)
ZIGBEE_NETWORK_CONTROL = InterfaceClass(
    104,
    "ZigBee network control",
    {"enable_disable_joining": 2, "join_timeout": 3, "active_devices": 4},
    {"register_device": 1, "unregister_device": 2, "backup_PAN": 4, "restore_PAN": 5},
)
ACCOUNT = InterfaceClass(
    111,
    "Account",
    {
        "account_mode_and_status": 2,
        "credit_charge_configuration": 11,
        "account_activation_time": 13,
        "low_credit_threshold": 16,
        "max_provision": 18,
        "max_provision_period": 19,
    },
    {},
)
CREDIT = InterfaceClass(
    112,
    "Credit",
    {"current_credit_amount": 2, "preset_credit_amount": 9, "credit_available_threshold": 10},
    {"update_amount": 1, "set_amount_to_value": 2, "invoke_credit": 3},
)
CHARGE = InterfaceClass(
    113,
    "Charge",
    {
        "unit_charge_active": 5,
        "unit_charge_passive": 6,
        "unit_charge_activation_time": 7,
        "period": 8,
        "proportion": 13,
    },
    {"activate_passive_unit_charge": 2, "update_total_amount_remaining": 4},
)
TOKEN_GATEWAY = InterfaceClass(115, "Token gateway", {}, {"enter": 1})
EXTENDED_DATA = InterfaceClass(
    9000, "GBCS extended data", {"value_active": 2, "value_passive": 4, "activate_passive_value_time": 6}, {}
)

#: All of them, by class number.
INTERFACE_CLASSES = tuple(each for each in globals().values() if isinstance(each, InterfaceClass))
