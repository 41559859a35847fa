"""Reading registers, balances and demand: DLMS COSEM payloads (GBCS use case tables)."""

from __future__ import annotations

from gbcs.cosem import objects as o
from gbcs.usecases.access import action, get, protected, put, select
from gbcs.usecases.access_list import AccessList

PAYLOADS = {
    "ECS17a": AccessList(
        get(o.ACTIVE_EXPORT_REGISTER, "value"),
        get(o.ACTIVE_EXPORT_REGISTER, "scaler_unit"),
        get(o.REACTIVE_EXPORT_REGISTER, "value"),
        get(o.REACTIVE_EXPORT_REGISTER, "scaler_unit"),
    ),
    "ECS17b": AccessList(
        protected(o.IMPORT_REGISTER_COLLECTION_PROTECTION, (o.IMPORT_REGISTER_COLLECTION, "value")),
    ),
    "ECS17c": AccessList(
        get(o.POWER_IMPORT_COLLECTION, "value"),
    ),
    "ECS17d": AccessList(
        protected(o.TARIFF_TOU_REGISTER_COLLECTION_PROTECTION, (o.TARIFF_TOU_REGISTER_COLLECTION, "value")),
    ),
    "ECS17e": AccessList(
        protected(o.TARIFF_BLOCK_TOU_REGISTER_COLLECTION_PROTECTION, (o.TARIFF_BLOCK_TOU_REGISTER_COLLECTION, "value")),
    ),
    "ECS18a": AccessList(
        get(o.MAXIMUM_DEMAND_EXPORT_LAST_RESET, "value"),
        get(o.MAXIMUM_DEMAND_EXPORT, "value"),
        get(o.MAXIMUM_DEMAND_EXPORT, "scaler_unit"),
        get(o.MAXIMUM_DEMAND_EXPORT, "capture_time"),
    ),
    "ECS18b": AccessList(
        get(o.MAXIMUM_DEMAND_CONFIGURABLE_TIME_IMPORT_LAST_RESET, "value"),
        get(o.MAXIMUM_DEMAND_IMPORT_LAST_RESET, "value"),
        get(o.MAXIMUM_DEMAND_IMPORT, "value"),
        get(o.MAXIMUM_DEMAND_IMPORT, "scaler_unit"),
        get(o.MAXIMUM_DEMAND_IMPORT, "capture_time"),
        get(o.MAXIMUM_DEMAND_CONFIGURABLE_TIME_IMPORT, "value"),
        get(o.MAXIMUM_DEMAND_CONFIGURABLE_TIME_IMPORT, "scaler_unit"),
        get(o.MAXIMUM_DEMAND_CONFIGURABLE_TIME_IMPORT, "capture_time"),
        get(o.MAXIMUM_DEMAND_CONFIGURABLE_TIME_PERIOD, "entries"),
    ),
    "ECS19": AccessList(
        protected(o.PREPAYMENT_BALANCE_COLLECTION_PROTECTION, (o.PREPAYMENT_BALANCE_COLLECTION, "value")),
    ),
    "ECS23": AccessList(
        get(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_COUNTER[0], "value"),
        get(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_COUNTER[0], "scaler_unit"),
        get(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_COUNTER[0], "value"),
        get(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_COUNTER[0], "scaler_unit"),
        select(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[0], "buffer"),
        get(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[0], "capture_period"),
    ),
    "ECS23b": AccessList(
        get(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_COUNTER[0], "value"),
        get(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_COUNTER[0], "scaler_unit"),
        get(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_COUNTER[0], "value"),
        get(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_COUNTER[0], "scaler_unit"),
        select(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[0], "buffer"),
        get(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[0], "capture_period"),
        get(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_COUNTER[1], "value"),
        get(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_COUNTER[1], "scaler_unit"),
        get(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_COUNTER[1], "value"),
        get(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_COUNTER[1], "scaler_unit"),
        select(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[1], "buffer"),
        get(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[1], "capture_period"),
        get(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_COUNTER[2], "value"),
        get(o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_COUNTER[2], "scaler_unit"),
        get(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_COUNTER[2], "value"),
        get(o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_COUNTER[2], "scaler_unit"),
        select(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[2], "buffer"),
        get(o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE[2], "capture_period"),
    ),
    "ECS37": AccessList(
        put(o.MAXIMUM_DEMAND_CONFIGURABLE_TIME_PERIOD, "entries"),
    ),
    "ECS57": AccessList(
        action(o.MAXIMUM_DEMAND_IMPORT, "reset", fixed=0, optional=True),
        action(o.MAXIMUM_DEMAND_CONFIGURABLE_TIME_IMPORT, "reset", fixed=0, optional=True),
        action(o.MAXIMUM_DEMAND_EXPORT, "reset", fixed=0, optional=True),
    ),
    "ECS82": AccessList(
        get(o.METER_BALANCE, "current_credit_amount"),
    ),
}
