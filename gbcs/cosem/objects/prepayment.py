"""Accounts, credits, debts and their configuration (GBCS use case tables; SMETS names)."""

from __future__ import annotations

from gbcs.cosem.composite import Array, fixed, structure
from gbcs.cosem.objects.classes import (
    ACCOUNT,
    CHARGE,
    CREDIT,
    EXTENDED_DATA,
    REGISTER_MONITOR,
    SCHEDULE,
    SPECIAL_DAYS_TABLE,
    TOKEN_GATEWAY,
)
from gbcs.cosem.objects.model import Method, declare
from gbcs.cosem.objects.quantities import BALANCE, DURATION, PERCENTAGE, RECOVERY_PERIOD, WHOLE_CURRENCY
from gbcs.cosem.objects.shapes import (
    CREDIT_CHARGE_CONFIGURATION,
    FIXED_CHARGE,
    NON_DISABLEMENT_ACTION,
    PAYMENT_MODE,
    SPECIAL_DAY,
)
from gbcs.cosem.types import DATE_TIME, ENUM, INTEGER, octets

NON_DISABLEMENT_CALENDAR = declare(
    "non_disablement_calendar",
    "Non-DisablementCalendar",
    SCHEDULE,
    "0-0:12.0.1.255",
    entries=Array(NON_DISABLEMENT_ACTION, 1, 22),
)
NON_DISABLEMENT_CALENDAR_PASSIVE = declare(
    "non_disablement_calendar_passive",
    "Non-DisablementCalendar",
    SCHEDULE,
    "0-1:12.0.1.255",
    entries=Array(NON_DISABLEMENT_ACTION, 1, 22),
)
NON_DISABLEMENT_CALENDAR_SPECIAL_DAYS = declare(
    "non_disablement_calendar_special_days",
    "Non-DisablementCalendar(SpecialDays)",
    SPECIAL_DAYS_TABLE,
    "0-0:11.0.2.255",
    entries=Array(SPECIAL_DAY, 0, 20),
)
NON_DISABLEMENT_CALENDAR_SPECIAL_DAYS_PASSIVE = declare(
    "non_disablement_calendar_special_days_passive",
    "Non-DisablementCalendar(SpecialDays)",
    SPECIAL_DAYS_TABLE,
    "0-1:11.0.2.255",
    entries=Array(SPECIAL_DAY, 0, 20),
)
DISABLEMENT_THRESHOLD = declare(
    "disablement_threshold",
    "DisablementThreshold(MeterBalance)",
    REGISTER_MONITOR,
    "0-0:16.0.1.255",
    thresholds=Array(BALANCE, 1, 1),
)
PAYMENT_ACCOUNT = declare(
    "payment_account",
    "LowCreditThreshold",
    ACCOUNT,
    "0-0:19.0.0.255",
    account_mode_and_status=structure(payment_mode=PAYMENT_MODE, account_status=fixed(ENUM, 2)),
    credit_charge_configuration=CREDIT_CHARGE_CONFIGURATION,
    low_credit_threshold=BALANCE,
    max_provision=WHOLE_CURRENCY,
    max_provision_period=RECOVERY_PERIOD,
)
PAYMENT_ACCOUNT_PASSIVE = declare(
    "payment_account_passive",
    "SuspendDebtDisabled / SuspendDebtEmergency / Payment Mode",
    ACCOUNT,
    "0-1:19.0.0.255",
    account_mode_and_status=structure(payment_mode=PAYMENT_MODE, account_status=fixed(ENUM, 1)),
    credit_charge_configuration=CREDIT_CHARGE_CONFIGURATION,
    account_activation_time=DATE_TIME,
)
METER_BALANCE = declare(
    "meter_balance",
    "MeterBalance",
    CREDIT,
    "0-0:19.10.0.255",
    current_credit_amount=BALANCE,
    update_amount=Method(BALANCE),
    set_amount_to_value=Method(BALANCE),
)
EMERGENCY_CREDIT = declare(
    "emergency_credit",
    "EmergencyCreditBalance",
    CREDIT,
    "0-0:19.10.1.255",
    preset_credit_amount=BALANCE,
    credit_available_threshold=BALANCE,
    set_amount_to_value=Method(BALANCE),
    invoke_credit=Method(INTEGER),
)
ACCUMULATED_DEBT_REGISTER = declare(
    "accumulated_debt_register",
    "AccumulatedDebtRegister",
    CREDIT,
    "0-0:19.10.2.255",
    set_amount_to_value=Method(BALANCE),
)
TIME_DEBT = tuple(
    declare(
        f"time_debt_{n}",
        f"DebtRecoveryRates[{n}]",
        CHARGE,
        f"0-0:19.20.{n}.255",
        unit_charge_active=FIXED_CHARGE,
        unit_charge_passive=FIXED_CHARGE,
        period=DURATION,
        activate_passive_unit_charge=Method(INTEGER),
        update_total_amount_remaining=Method(BALANCE),
    )
    for n in range(1, 3)
)
PAYMENT_DEBT = declare(
    "payment_debt",
    "DebtRecoveryperPayment",
    CHARGE,
    "0-0:19.20.3.255",
    proportion=PERCENTAGE,
    update_total_amount_remaining=Method(BALANCE),
)
PREPAYMENT_CREDIT = declare(
    "prepayment_credit", "PrepaymentCredit", TOKEN_GATEWAY, "0-0:19.40.0.255", enter=Method(octets(20))
)
PREPAYMENT_CREDIT_MAXIMUM_CREDIT_THRESHOLD = declare(
    "prepayment_credit_maximum_credit_threshold",
    "PrepaymentCredit(MaximumCreditThreshold)",
    EXTENDED_DATA,
    "0-0:94.44.2.10",
    value_active=BALANCE,
    value_passive=BALANCE,
    activate_passive_value_time=DATE_TIME,
)
PREPAYMENT_CREDIT_MAX_METER_BALANCE = declare(
    "prepayment_credit_max_meter_balance",
    "PrepaymentCredit(MaxMeterBalance)",
    EXTENDED_DATA,
    "0-0:94.44.2.20",
    value_active=BALANCE,
    value_passive=BALANCE,
    activate_passive_value_time=DATE_TIME,
)
EMERGENCY_CREDIT_LIMIT = declare(
    "emergency_credit_limit",
    "EmergencyCreditLimit",
    EXTENDED_DATA,
    "0-0:94.44.128.2",
    value_passive=BALANCE,
    activate_passive_value_time=DATE_TIME,
)
EMERGENCY_CREDIT_THRESHOLD = declare(
    "emergency_credit_threshold",
    "EmergencyCreditThreshold",
    EXTENDED_DATA,
    "0-0:94.44.128.3",
    value_passive=BALANCE,
    activate_passive_value_time=DATE_TIME,
)
LOW_CREDIT_THRESHOLD = declare(
    "low_credit_threshold",
    "LowCreditThreshold",
    EXTENDED_DATA,
    "0-0:94.44.128.9",
    value_passive=BALANCE,
    activate_passive_value_time=DATE_TIME,
)
DEBT_RECOVERY_RATE_CAP = declare(
    "debt_recovery_rate_cap",
    "DebtRecoveryRateCap",
    EXTENDED_DATA,
    "0-0:94.44.128.12",
    value_passive=WHOLE_CURRENCY,
    activate_passive_value_time=DATE_TIME,
)
DEBT_RECOVERY_RATE_CAP_PERIOD = declare(
    "debt_recovery_rate_cap_period",
    "DebtRecoveryRateCap",
    EXTENDED_DATA,
    "0-0:94.44.128.13",
    value_passive=RECOVERY_PERIOD,
    activate_passive_value_time=DATE_TIME,
)
DISABLEMENT_THRESHOLD_PASSIVE = declare(
    "disablement_threshold_passive",
    "DisablementThreshold(MeterBalance)",
    EXTENDED_DATA,
    "0-0:94.44.128.22",
    value_passive=BALANCE,
    activate_passive_value_time=DATE_TIME,
)
NON_DISABLEMENT_CALENDAR_ACTIVATION = declare(
    "non_disablement_calendar_activation",
    "Non-DisablementCalendar",
    EXTENDED_DATA,
    "0-0:94.44.128.28",
    activate_passive_value_time=DATE_TIME,
)
NON_DISABLEMENT_CALENDAR_SPECIAL_DAYS_ACTIVATION = declare(
    "non_disablement_calendar_special_days_activation",
    "Non-DisablementCalendar(SpecialDays)",
    EXTENDED_DATA,
    "0-0:94.44.128.31",
    activate_passive_value_time=DATE_TIME,
)
