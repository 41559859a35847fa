"""Logs and profiles (GBCS use case tables; SMETS names)."""

from __future__ import annotations

from gbcs.cosem.composite import Array, Structure, optional, structure
from gbcs.cosem.objects.classes import PROFILE_GENERIC
from gbcs.cosem.objects.model import Method, declare
from gbcs.cosem.objects.quantities import AMOUNT, DURATION, VAR_HOURS, VOLTAGE, WATT_HOURS
from gbcs.cosem.objects.shapes import ALERT_CODE, LOG_ENTRY, PREPAYMENT_ENTRY, REGISTERS_ENTRY, timed
from gbcs.cosem.types import DOUBLE_LONG_UNSIGNED, ENUM, INTEGER, LONG_UNSIGNED, SECONDS

BILLING_DATA_LOG_REGISTERS = declare(
    "billing_data_log_registers",
    "BillingDataLog(BillingCalendarTriggeredExcExport)",
    PROFILE_GENERIC,
    "0-0:98.1.0.255",
    buffer=Array(REGISTERS_ENTRY, 0, 12, compact=True),
)
BILLING_DATA_LOG_PREPAYMENT = declare(
    "billing_data_log_prepayment",
    "BillingDataLog(BillingCalendarTriggeredExcExport)",
    PROFILE_GENERIC,
    "0-0:98.1.1.255",
    buffer=Array(PREPAYMENT_ENTRY, 0, 12, compact=True),
)
BILLING_DATA_LOG_MODE_OR_TARIFF_CHANGE = declare(
    "billing_data_log_mode_or_tariff_change",
    "BillingDataLog(SetPaymentModeOrTariffTriggeredFinancialExcExport)",
    PROFILE_GENERIC,
    "0-0:98.1.2.255",
    buffer=Array(Structure(REGISTERS_ENTRY.fields + PREPAYMENT_ENTRY.fields[1:]), 0, 12, compact=True),
)
BILLING_DATA_LOG_DEBT_PAYMENTS = declare(
    "billing_data_log_debt_payments",
    "BillingDataLog(mostrecentPaymentBasedDebtRepayment)",
    PROFILE_GENERIC,
    "0-0:98.1.4.255",
    buffer=Array(timed(AMOUNT), 0, 10, compact=True),
)
BILLING_DATA_LOG_PREPAYMENT_CREDITS = declare(
    "billing_data_log_prepayment_credits",
    "BillingDataLog(mostrecentPrepaymentCredits)",
    PROFILE_GENERIC,
    "0-0:98.1.5.255",
    buffer=Array(timed(AMOUNT), 0, 5, compact=True),
)
PREPAYMENT_DAILY_READ_LOG = declare(
    "prepayment_daily_read_log",
    "PrepaymentDailyReadLog",
    PROFILE_GENERIC,
    "0-0:98.1.8.255",
    buffer=Array(PREPAYMENT_ENTRY, 0, 31, compact=True),
)
DAILY_READ_LOG = declare(
    "daily_read_log",
    "DailyReadLog(excExport)",
    PROFILE_GENERIC,
    "0-0:98.1.9.255",
    buffer=Array(REGISTERS_ENTRY, 0, 31, compact=True),
)
DAILY_READ_LOG_EXPORT = declare(
    "daily_read_log_export",
    "DailyReadLog(export)",
    PROFILE_GENERIC,
    "0-0:98.1.10.255",
    buffer=Array(timed(WATT_HOURS), 0, 31, compact=True),
)
PROFILE_DATA_LOG_ACTIVE_IMPORT = declare(
    "profile_data_log_active_import",
    "ProfileDataLog(ActiveEnergyImportedInPeriod)",
    PROFILE_GENERIC,
    "0-0:99.1.0.255",
    buffer=Array(
        structure(timestamp=SECONDS, primary_value=WATT_HOURS, secondary_value=optional(WATT_HOURS)),
        0,
        19056,
        compact=True,
    ),
)
PROFILE_DATA_LOG_EXPORT = declare(
    "profile_data_log_export",
    "ProfileDataLog(Export)",
    PROFILE_GENERIC,
    "0-0:99.1.1.255",
    buffer=Array(
        structure(timestamp=SECONDS, dl_value=WATT_HOURS, dl_value2=VAR_HOURS),
        0,
        4464,
        compact=True,
    ),
)
PROFILE_DATA_LOG_REACTIVE_IMPORT = declare(
    "profile_data_log_reactive_import",
    "ProfileDataLog(ReactiveImport)",
    PROFILE_GENERIC,
    "0-0:99.1.2.255",
    buffer=Array(timed(VAR_HOURS), 0, 4464, compact=True),
)
DAILY_CONSUMPTION_LOG = declare(
    "daily_consumption_log",
    "DailyConsumptionLog",
    PROFILE_GENERIC,
    "0-0:99.1.3.255",
    buffer=Array(timed(WATT_HOURS), 0, 731, compact=True),
)
EVENT_LOG = declare(
    "event_log",
    "EventLog(incGPF)",
    PROFILE_GENERIC,
    "0-0:99.98.0.255",
    buffer=Array(LOG_ENTRY, 0, 100, compact=True),
    reset=Method(INTEGER),
)
SECURITY_LOG = declare(
    "security_log",
    "SecurityLog(notCHF)",
    PROFILE_GENERIC,
    "0-0:99.98.1.255",
    buffer=Array(structure(timestamp=SECONDS, log_code=ALERT_CODE), 0, 100, compact=True),
)
POWER_EVENT_LOG = declare(
    "power_event_log",
    "PowerEventLog",
    PROFILE_GENERIC,
    "0-0:99.98.4.255",
    buffer=Array(
        structure(timestamp=SECONDS, log_code=ALERT_CODE, other_information=DOUBLE_LONG_UNSIGNED),
        0,
        100,
        compact=True,
    ),
)
BOOST_FUNCTION_EVENT_LOG = declare(
    "boost_function_event_log",
    "BoostFunctionEventLog",
    PROFILE_GENERIC,
    "0-0:99.98.20.255",
    buffer=Array(structure(boost_start=SECONDS, boost_end=SECONDS), 0, 25, compact=True),
)
AUXILIARY_CONTROLLER_EVENT_LOG = declare(
    "auxiliary_controller_event_log",
    "AuxiliaryControllerEventLog",
    PROFILE_GENERIC,
    "0-17:99.98.2.255",
    buffer=Array(
        structure(
            timestamp=SECONDS,
            switch_number_and_action=LONG_UNSIGNED,
            outcome=ENUM,
            h_an_command_id=DOUBLE_LONG_UNSIGNED,
        ),
        0,
        100,
        compact=True,
    ),
    reset=Method(INTEGER),
)
PHASE_AVERAGE_RMS_VOLTAGE_PROFILE = tuple(
    declare(
        f"phase_{n}_average_rms_voltage_profile",
        f"(Phase[{n}])AverageRMSVoltageProfileDataLog",
        PROFILE_GENERIC,
        f"1-0:{12 + 20 * n}.24.0.255",
        buffer=Array(timed(VOLTAGE), 0, 4320, compact=True),
        capture_period=DURATION,
    )
    for n in range(1, 4)
)
