"""Data protection objects, one for each collection that is read encrypted (GBCS use case tables; SMETS names)."""

from __future__ import annotations

from gbcs.cosem.objects.classes import DATA_PROTECTION
from gbcs.cosem.objects.model import Method, declare
from gbcs.cosem.types import NULL

PREPAYMENT_BALANCE_COLLECTION_PROTECTION = declare(
    "prepayment_balance_collection_protection",
    "PrepaymentBalanceCollection",
    DATA_PROTECTION,
    "0-0:43.2.1.255",
    get_protected_attributes=Method(NULL),
)
BILLING_DATA_LOG_BILLING_CALENDAR_TRIGGERED_EXC_EXPORT_PROTECTION = declare(
    "billing_data_log_billing_calendar_triggered_exc_export_protection",
    "BillingDataLog(BillingCalendarTriggeredExcExport)",
    DATA_PROTECTION,
    "0-0:43.2.2.255",
    get_protected_attributes=Method(NULL),
)
BILLING_DATA_LOG_SET_PAYMENT_MODE_OR_TARIFF_TRIGGERED_FINANCIAL_EXC_EXPORT_PROTECTION = declare(
    "billing_data_log_set_payment_mode_or_tariff_triggered_financial_exc_export_protection",
    "BillingDataLog(SetPaymentModeOrTariffTriggeredFinancialExcExport)",
    DATA_PROTECTION,
    "0-0:43.2.3.255",
    get_protected_attributes=Method(NULL),
)
DAILY_CONSUMPTION_LOG_PROTECTION = declare(
    "daily_consumption_log_protection",
    "DailyConsumptionLog",
    DATA_PROTECTION,
    "0-0:43.2.4.255",
    get_protected_attributes=Method(NULL),
)
DAILY_READ_LOG_EXC_EXPORT_PROTECTION = declare(
    "daily_read_log_exc_export_protection",
    "DailyReadLog(excExport)",
    DATA_PROTECTION,
    "0-0:43.2.5.255",
    get_protected_attributes=Method(NULL),
)
PREPAYMENT_DAILY_READ_LOG_PROTECTION = declare(
    "prepayment_daily_read_log_protection",
    "PrepaymentDailyReadLog",
    DATA_PROTECTION,
    "0-0:43.2.6.255",
    get_protected_attributes=Method(NULL),
)
PROFILE_DATA_LOG_ACTIVE_ENERGY_IMPORTED_IN_PERIOD_PROTECTION = declare(
    "profile_data_log_active_energy_imported_in_period_protection",
    "ProfileDataLog(ActiveEnergyImportedInPeriod)",
    DATA_PROTECTION,
    "0-0:43.2.7.255",
    get_protected_attributes=Method(NULL),
)
IMPORT_REGISTER_COLLECTION_PROTECTION = declare(
    "import_register_collection_protection",
    "ImportRegisterCollection",
    DATA_PROTECTION,
    "0-0:43.2.8.255",
    get_protected_attributes=Method(NULL),
)
TARIFF_TOU_REGISTER_COLLECTION_PROTECTION = declare(
    "tariff_tou_register_collection_protection",
    "TariffTOURegisterCollection",
    DATA_PROTECTION,
    "0-0:43.2.9.255",
    get_protected_attributes=Method(NULL),
)
TARIFF_BLOCK_TOU_REGISTER_COLLECTION_PROTECTION = declare(
    "tariff_block_tou_register_collection_protection",
    "TariffBlockTOURegisterCollection",
    DATA_PROTECTION,
    "0-0:43.2.10.255",
    get_protected_attributes=Method(NULL),
)
BILLING_DATA_LOG_ALERT_PROTECTION = declare(
    "billing_data_log_alert_protection",
    "BillingDataLog(SetPaymentModeOrTariffTriggeredFinancialExcExport)",
    DATA_PROTECTION,
    "0-0:43.2.11.255",
)
