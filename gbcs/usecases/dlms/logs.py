"""Reading and clearing logs: DLMS COSEM payloads (GBCS use case tables)."""

from __future__ import annotations

from gbcs.cosem import objects as o
from gbcs.usecases.access import action, get, protected, select
from gbcs.usecases.access_list import AccessList

PAYLOADS = {
    "ECS15a": AccessList(
        action(o.EVENT_LOG, "reset", fixed=0),
    ),
    "ECS15c": AccessList(
        action(o.AUXILIARY_CONTROLLER_EVENT_LOG, "reset", fixed=0),
    ),
    "ECS20a": AccessList(
        select(o.BILLING_DATA_LOG_DEBT_PAYMENTS, "buffer"),
    ),
    "ECS20b": AccessList(
        protected(
            o.BILLING_DATA_LOG_SET_PAYMENT_MODE_OR_TARIFF_TRIGGERED_FINANCIAL_EXC_EXPORT_PROTECTION,
            (o.BILLING_DATA_LOG_MODE_OR_TARIFF_CHANGE, "buffer"),
            ranged=True,
        ),
    ),
    "ECS20c": AccessList(
        protected(
            o.BILLING_DATA_LOG_BILLING_CALENDAR_TRIGGERED_EXC_EXPORT_PROTECTION,
            (o.BILLING_DATA_LOG_REGISTERS, "buffer"),
            (o.BILLING_DATA_LOG_PREPAYMENT, "buffer"),
            ranged=True,
        ),
    ),
    "ECS20d": AccessList(
        select(o.BILLING_DATA_LOG_PREPAYMENT_CREDITS, "buffer"),
    ),
    "ECS21a": AccessList(
        protected(o.DAILY_READ_LOG_EXC_EXPORT_PROTECTION, (o.DAILY_READ_LOG, "buffer"), ranged=True),
    ),
    "ECS21b": AccessList(
        protected(o.PREPAYMENT_DAILY_READ_LOG_PROTECTION, (o.PREPAYMENT_DAILY_READ_LOG, "buffer"), ranged=True),
    ),
    "ECS21c": AccessList(
        select(o.DAILY_READ_LOG_EXPORT, "buffer"),
    ),
    "ECS22a": AccessList(
        select(o.PROFILE_DATA_LOG_EXPORT, "buffer"),
    ),
    "ECS22b": AccessList(
        protected(
            o.PROFILE_DATA_LOG_ACTIVE_ENERGY_IMPORTED_IN_PERIOD_PROTECTION,
            (o.PROFILE_DATA_LOG_ACTIVE_IMPORT, "buffer"),
            ranged=True,
        ),
    ),
    "ECS22c": AccessList(
        select(o.PROFILE_DATA_LOG_REACTIVE_IMPORT, "buffer"),
    ),
    "ECS35a": AccessList(
        select(o.EVENT_LOG, "buffer"),
    ),
    "ECS35b": AccessList(
        select(o.SECURITY_LOG, "buffer"),
    ),
    "ECS35c": AccessList(
        select(o.EVENT_LOG, "buffer"),
    ),
    "ECS35d": AccessList(
        select(o.SECURITY_LOG, "buffer"),
    ),
    "ECS35e": AccessList(
        select(o.POWER_EVENT_LOG, "buffer"),
    ),
    "ECS35f": AccessList(
        select(o.AUXILIARY_CONTROLLER_EVENT_LOG, "buffer"),
    ),
    "ECS35g": AccessList(
        select(o.AUXILIARY_CONTROLLER_EVENT_LOG, "buffer"),
    ),
    "ECS61c": AccessList(
        get(o.BOOST_FUNCTION_AVAILABILITY, "value"),
        select(o.BOOST_FUNCTION_EVENT_LOG, "buffer"),
        get(o.BOOST_FUNCTION_CONTROL[0], "value"),
        get(o.BOOST_FUNCTION_CONTROL[1], "value"),
        get(o.BOOST_FUNCTION_CONTROL[2], "value"),
        get(o.BOOST_FUNCTION_CONTROL[3], "value"),
        get(o.BOOST_FUNCTION_CONTROL[4], "value"),
    ),
    "ECS66": AccessList(
        protected(o.DAILY_CONSUMPTION_LOG_PROTECTION, (o.DAILY_CONSUMPTION_LOG, "buffer"), ranged=True),
    ),
}
