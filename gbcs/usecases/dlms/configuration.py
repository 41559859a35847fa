"""Configuration, supply, alerts, user interface: DLMS COSEM payloads (GBCS use case tables)."""

from __future__ import annotations

from gbcs.cosem import objects as o
from gbcs.usecases.access import action, get, put
from gbcs.usecases.access_list import AccessList

PAYLOADS = {
    "ECS10": AccessList(
        put(o.SUPPLIER_MESSAGE, "value"),
    ),
    "ECS12": AccessList(
        put(o.RESTRICT_DATA_DATE_TIME, "value"),
    ),
    "ECS14": AccessList(
        put(o.DISABLE_PRIVACY_PIN_PROTECTION, "value"),
    ),
    "ECS16": AccessList(
        put(o.SUPPLIER_TELEPHONE_NUMBER, "value_active"),
        put(o.SUPPLIER_NAME, "value_active"),
    ),
    "ECS25a": AccessList(
        put(o.SUPPLIER_WAN_ALERTS, "value"),
    ),
    "ECS25a1": AccessList(
        put(o.SUPPLIER_HAN_ALERTS, "value"),
    ),
    "ECS25a2": AccessList(
        put(o.SUPPLIER_ALARMS, "value"),
    ),
    "ECS25a3": AccessList(
        put(o.SUPPLIER_LOGGING, "value"),
    ),
    "ECS25b": AccessList(
        put(o.NETWORK_OPERATOR_WAN_ALERTS, "value"),
    ),
    "ECS25b3": AccessList(
        put(o.NETWORK_OPERATOR_LOGGING, "value"),
    ),
    "ECS25r1": AccessList(
        get(o.SUPPLIER_WAN_ALERTS_CURRENT, "value"),
        get(o.SUPPLIER_HAN_ALERTS_CURRENT, "value"),
        get(o.SUPPLIER_ALARMS_CURRENT, "value"),
        get(o.SUPPLIER_LOGGING_CURRENT, "value"),
    ),
    "ECS25r2": AccessList(
        get(o.NETWORK_OPERATOR_WAN_ALERTS_CURRENT, "value"),
        get(o.NETWORK_OPERATOR_LOGGING_CURRENT, "value"),
    ),
    "ECS26b": AccessList(
        get(o.RMS_EXTREME_OVER_VOLTAGE, "threshold_normal"),
        get(o.RMS_EXTREME_OVER_VOLTAGE, "min_over_threshold_duration"),
        get(o.RMS_EXTREME_UNDER_VOLTAGE, "threshold_normal"),
        get(o.RMS_EXTREME_UNDER_VOLTAGE, "min_over_threshold_duration"),
        get(o.RMS_VOLTAGE_SAG, "threshold_normal"),
        get(o.RMS_VOLTAGE_SAG, "min_over_threshold_duration"),
        get(o.RMS_VOLTAGE_SWELL, "threshold_normal"),
        get(o.RMS_VOLTAGE_SWELL, "min_over_threshold_duration"),
        get(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_THRESHOLD[0], "value"),
        get(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_THRESHOLD[0], "value"),
    ),
    "ECS26e": AccessList(
        get(o.ENTITY_IDENTIFIER, "value"),
        get(o.METER_VARIANT, "value"),
        get(o.MODEL_TYPE, "value"),
        get(o.MANUFACTURER_IDENTIFIER, "value"),
        get(o.SUPPLY_TAMPER_STATE, "value"),
    ),
    "ECS26f": AccessList(
        get(o.POWER_THRESHOLDS, "thresholds"),
    ),
    "ECS26i": AccessList(
        get(o.ENTITY_IDENTIFIER, "value"),
        get(o.MODEL_TYPE, "value"),
        get(o.MANUFACTURER_IDENTIFIER, "value"),
    ),
    "ECS26k": AccessList(
        get(o.RMS_EXTREME_OVER_VOLTAGE, "threshold_normal"),
        get(o.RMS_EXTREME_OVER_VOLTAGE, "min_over_threshold_duration"),
        get(o.RMS_EXTREME_UNDER_VOLTAGE, "threshold_normal"),
        get(o.RMS_EXTREME_UNDER_VOLTAGE, "min_over_threshold_duration"),
        get(o.RMS_VOLTAGE_SAG, "threshold_normal"),
        get(o.RMS_VOLTAGE_SAG, "min_over_threshold_duration"),
        get(o.RMS_VOLTAGE_SWELL, "threshold_normal"),
        get(o.RMS_VOLTAGE_SWELL, "min_over_threshold_duration"),
        get(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_THRESHOLD[0], "value"),
        get(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_THRESHOLD[0], "value"),
        get(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_THRESHOLD[1], "value"),
        get(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_THRESHOLD[1], "value"),
        get(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_THRESHOLD[2], "value"),
        get(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_THRESHOLD[2], "value"),
    ),
    "ECS26m": AccessList(
        get(o.METER_VARIANT, "value"),
        get(o.MODEL_TYPE, "value"),
        get(o.MANUFACTURER_IDENTIFIER, "value"),
        get(o.SUPPLY_TAMPER_STATE, "value"),
    ),
    "ECS26n": AccessList(
        get(o.MODEL_TYPE, "value"),
        get(o.MANUFACTURER_IDENTIFIER, "value"),
    ),
    "ECS27": AccessList(
        get(o.LOAD_LIMIT_SUPPLY_STATE, "value_active"),
        get(o.LOAD_LIMIT_COUNTER, "value"),
        get(o.LOAD_LIMIT_COUNTER, "scaler_unit"),
        get(o.LOAD_LIMIT, "threshold_normal"),
        get(o.LOAD_LIMIT, "min_over_threshold_duration"),
        get(o.LOAD_LIMIT, "min_under_threshold_duration"),
    ),
    "ECS28a": AccessList(
        put(o.LOAD_LIMIT_SUPPLY_STATE, "value_passive"),
        put(o.LOAD_LIMIT_POWER_THRESHOLD, "value_passive"),
        put(o.LOAD_LIMIT_PERIOD_TIMER, "value_passive"),
        put(o.LOAD_LIMIT_RESTORATION_PERIOD_TIMER, "value_passive"),
        put(o.LOAD_LIMIT_SUPPLY_STATE, "activate_passive_value_time"),
        put(o.LOAD_LIMIT_POWER_THRESHOLD, "activate_passive_value_time"),
        put(o.LOAD_LIMIT_PERIOD_TIMER, "activate_passive_value_time"),
        put(o.LOAD_LIMIT_RESTORATION_PERIOD_TIMER, "activate_passive_value_time"),
    ),
    "ECS28b": AccessList(
        action(o.LOAD_LIMIT_COUNTER, "reset", fixed=0),
    ),
    "ECS29a": AccessList(
        put(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[0], "capture_period"),
        put(o.RMS_EXTREME_OVER_VOLTAGE, "threshold_normal"),
        put(o.RMS_EXTREME_OVER_VOLTAGE, "min_over_threshold_duration"),
        put(o.RMS_EXTREME_UNDER_VOLTAGE, "threshold_normal"),
        put(o.RMS_EXTREME_UNDER_VOLTAGE, "min_over_threshold_duration"),
        put(o.RMS_VOLTAGE_SAG, "threshold_normal"),
        put(o.RMS_VOLTAGE_SAG, "min_over_threshold_duration"),
        put(o.RMS_VOLTAGE_SWELL, "threshold_normal"),
        put(o.RMS_VOLTAGE_SWELL, "min_over_threshold_duration"),
        put(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_THRESHOLD[0], "value"),
        put(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_THRESHOLD[0], "value"),
        action(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_COUNTER[0], "reset", fixed=0),
        action(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_COUNTER[0], "reset", fixed=0),
    ),
    "ECS29b": AccessList(
        put(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[0], "capture_period"),
        put(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[1], "capture_period"),
        put(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[2], "capture_period"),
        put(o.RMS_EXTREME_OVER_VOLTAGE, "threshold_normal"),
        put(o.RMS_EXTREME_OVER_VOLTAGE, "min_over_threshold_duration"),
        put(o.RMS_EXTREME_UNDER_VOLTAGE, "threshold_normal"),
        put(o.RMS_EXTREME_UNDER_VOLTAGE, "min_over_threshold_duration"),
        put(o.RMS_VOLTAGE_SAG, "threshold_normal"),
        put(o.RMS_VOLTAGE_SAG, "min_over_threshold_duration"),
        put(o.RMS_VOLTAGE_SWELL, "threshold_normal"),
        put(o.RMS_VOLTAGE_SWELL, "min_over_threshold_duration"),
        put(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_THRESHOLD[0], "value"),
        put(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_THRESHOLD[0], "value"),
        put(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_THRESHOLD[1], "value"),
        put(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_THRESHOLD[1], "value"),
        put(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_THRESHOLD[2], "value"),
        put(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_THRESHOLD[2], "value"),
        action(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_COUNTER[0], "reset", fixed=0),
        action(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_COUNTER[0], "reset", fixed=0),
        action(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_COUNTER[1], "reset", fixed=0),
        action(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_COUNTER[1], "reset", fixed=0),
        action(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_COUNTER[2], "reset", fixed=0),
        action(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_COUNTER[2], "reset", fixed=0),
    ),
    "ECS29c": AccessList(
        put(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_THRESHOLD[0], "value"),
        put(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_THRESHOLD[0], "value"),
        put(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[0], "capture_period"),
        put(o.RMS_EXTREME_OVER_VOLTAGE, "threshold_normal"),
        put(o.RMS_EXTREME_OVER_VOLTAGE, "min_over_threshold_duration"),
        put(o.RMS_EXTREME_UNDER_VOLTAGE, "threshold_normal"),
        put(o.RMS_EXTREME_UNDER_VOLTAGE, "min_over_threshold_duration"),
        put(o.RMS_VOLTAGE_SAG, "threshold_normal"),
        put(o.RMS_VOLTAGE_SAG, "min_over_threshold_duration"),
        put(o.RMS_VOLTAGE_SWELL, "threshold_normal"),
        put(o.RMS_VOLTAGE_SWELL, "min_over_threshold_duration"),
    ),
    "ECS29d": AccessList(
        put(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_THRESHOLD[0], "value"),
        put(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_THRESHOLD[0], "value"),
        put(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_THRESHOLD[1], "value"),
        put(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_THRESHOLD[1], "value"),
        put(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_THRESHOLD[2], "value"),
        put(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_THRESHOLD[2], "value"),
        put(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[0], "capture_period"),
        put(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[1], "capture_period"),
        put(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[2], "capture_period"),
        put(o.RMS_EXTREME_OVER_VOLTAGE, "threshold_normal"),
        put(o.RMS_EXTREME_OVER_VOLTAGE, "min_over_threshold_duration"),
        put(o.RMS_EXTREME_UNDER_VOLTAGE, "threshold_normal"),
        put(o.RMS_EXTREME_UNDER_VOLTAGE, "min_over_threshold_duration"),
        put(o.RMS_VOLTAGE_SAG, "threshold_normal"),
        put(o.RMS_VOLTAGE_SAG, "min_over_threshold_duration"),
        put(o.RMS_VOLTAGE_SWELL, "threshold_normal"),
        put(o.RMS_VOLTAGE_SWELL, "min_over_threshold_duration"),
    ),
    "ECS29e": AccessList(
        action(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_COUNTER[0], "reset", fixed=0),
        action(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_COUNTER[0], "reset", fixed=0),
    ),
    "ECS29f": AccessList(
        action(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_COUNTER[0], "reset", fixed=0),
        action(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_COUNTER[0], "reset", fixed=0),
        action(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_COUNTER[1], "reset", fixed=0),
        action(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_COUNTER[1], "reset", fixed=0),
        action(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_COUNTER[2], "reset", fixed=0),
        action(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_COUNTER[2], "reset", fixed=0),
    ),
    "ECS34": AccessList(
        put(o.POWER_THRESHOLDS, "thresholds"),
    ),
    "ECS39a": AccessList(
        put(o.IMPORT_MPAN_COLLECTION, "value"),
    ),
    "ECS39b": AccessList(
        put(o.EXPORT_MPAN, "value"),
    ),
    "ECS40": AccessList(
        get(o.IMPORT_MPAN_COLLECTION, "value"),
        get(o.EXPORT_MPAN, "value"),
    ),
    "ECS42": AccessList(
        action(o.SUPPLY_STATE_SCRIPTS, "execute", fixed=51),
    ),
    "ECS43": AccessList(
        action(o.SUPPLY_STATE_SCRIPTS, "execute", fixed=52),
    ),
    "ECS44": AccessList(
        action(o.SUPPLY_STATE_SCRIPTS, "execute", fixed=54),
    ),
    "ECS45": AccessList(
        get(o.SUPPLY_STATE, "control_state"),
    ),
    "ECS50": AccessList(
        put(o.CUSTOMER_IDENTIFICATION_NUMBER, "value"),
    ),
    "ECS52": AccessList(
        get(o.FIRMWARE_VERSION, "value"),
    ),
    "ECS70": AccessList(
        put(o.TIME, "clock_base", fixed=5),
        action(o.TIME, "preset_adjusting_time"),
        action(o.TIME, "adjust_to_preset_time", fixed=0),
        get(o.TIME, "time"),
        get(o.TIME, "status"),
    ),
    "ECS81": AccessList(
        put(o.SUPPLY_TAMPER_STATE, "value"),
    ),
}
