"""Prepayment cluster 0x0705: attributes and commands."""

from __future__ import annotations

from gbcs.gbz.clusters.shared import AMOUNT, BALANCE, PART, PERCENTAGE, SNAPSHOT_HEAD, SNAPSHOT_QUERY
from gbcs.gbz.model import (
    BITMAP16,
    ENUM8,
    INT32,
    UINT16,
    UINT32,
    Cluster,
    attribute,
    to_client,
    to_client_quietly,
    to_server,
)
from gbcs.gbz.types import START, TIME, U8, U16, U32, Enumeration, Text, repeated, text

_THIS = Cluster.PREPAYMENT
_DEBT_RECOVERY_FREQUENCY = Enumeration({0x00: "hourly", 0x01: "daily"})
_DEBT_TYPE = Enumeration({0x00: "time debt 1", 0x01: "time debt 2", 0x02: "payment debt"})
_ORIGINATING_DEVICE = Enumeration({0x00: "energy service interface", 0x02: "in-home display"})
#: Payment mode, and when the collection of debt is suspended.
_PAYMENT_CONTROL = Enumeration(
    {
        0x0C94: "credit",
        0x0497: "prepayment, debt suspended in emergency credit and when disabled",
        0x0097: "prepayment, debt suspended in emergency credit",
        0x0C97: "prepayment, debt suspended when disabled",
        0x0897: "prepayment",
    },
    U16,
)

PAYMENT_CONTROL_CONFIGURATION = attribute(_THIS, 0x0000, "payment_control_configuration", BITMAP16, _PAYMENT_CONTROL)
CREDIT_REMAINING = attribute(_THIS, 0x0001, "credit_remaining", INT32, BALANCE)
EMERGENCY_CREDIT_REMAINING = attribute(_THIS, 0x0002, "emergency_credit_remaining", INT32, BALANCE)
ACCUMULATED_DEBT = attribute(_THIS, 0x0005, "accumulated_debt", INT32, BALANCE)
OVERALL_DEBT_CAP = attribute(_THIS, 0x0006, "overall_debt_cap", INT32)
EMERGENCY_CREDIT_LIMIT = attribute(_THIS, 0x0010, "emergency_credit_limit", UINT32, AMOUNT)
EMERGENCY_CREDIT_THRESHOLD = attribute(_THIS, 0x0011, "emergency_credit_threshold", UINT32, AMOUNT)
MAX_CREDIT_LIMIT = attribute(_THIS, 0x0021, "max_credit_limit", UINT32, AMOUNT)
MAX_CREDIT_PER_TOP_UP = attribute(_THIS, 0x0022, "max_credit_per_top_up", UINT32, AMOUNT)
LOW_CREDIT_WARNING = attribute(_THIS, 0x0031, "low_credit_warning", UINT32, AMOUNT)
CUT_OFF_VALUE = attribute(_THIS, 0x0040, "cut_off_value", INT32, BALANCE)
DEBT_AMOUNTS = tuple(attribute(_THIS, 0x0211 + 0x10 * n, f"debt_amount_{n + 1}", UINT32, AMOUNT) for n in range(3))
DEBT_RECOVERY_FREQUENCIES = tuple(
    attribute(_THIS, 0x0216 + 0x10 * n, f"debt_recovery_frequency_{n + 1}", ENUM8, _DEBT_RECOVERY_FREQUENCY)
    for n in range(2)
)
DEBT_RECOVERY_AMOUNTS = tuple(
    attribute(_THIS, 0x0217 + 0x10 * n, f"debt_recovery_amount_{n + 1}", UINT32, AMOUNT) for n in range(2)
)
DEBT_RECOVERY_TOP_UP_PERCENTAGE = attribute(_THIS, 0x0239, "debt_recovery_top_up_percentage_3", UINT16, PERCENTAGE)

SELECT_AVAILABLE_EMERGENCY_CREDIT = to_server(
    _THIS,
    0x00,
    "SelectAvailableEmergencyCredit",
    command_issue_date_time=TIME,
    originating_device=_ORIGINATING_DEVICE,
)
CHANGE_DEBT = to_server(
    _THIS,
    0x02,
    "ChangeDebt",
    issuer_event_id=TIME,
    debt_label=Text(),
    debt_amount=BALANCE,
    debt_recovery_method=Enumeration({0x00: "time-based", 0x01: "payment-based"}),
    debt_amount_type=Enumeration({0x01: "time debt 1", 0x03: "time debt 2", 0x05: "payment debt"}),
    debt_recovery_start_time=TIME,
    debt_recovery_collection_time=U16,
    debt_recovery_frequency=_DEBT_RECOVERY_FREQUENCY,
    debt_recovery_amount=BALANCE,
    debt_recovery_balance_percentage=PERCENTAGE,
)
EMERGENCY_CREDIT_SETUP = to_server(
    _THIS,
    0x03,
    "EmergencyCreditSetup",
    issuer_event_id=TIME,
    start_time=START,
    emergency_credit_limit=AMOUNT,
    emergency_credit_threshold=AMOUNT,
)
CONSUMER_TOP_UP = to_server(
    _THIS, 0x04, "ConsumerTopUp", originating_device=_ORIGINATING_DEVICE, top_up_code=text(20, 20)
)
CREDIT_ADJUSTMENT = to_server(
    _THIS,
    0x05,
    "CreditAdjustment",
    issuer_event_id=TIME,
    start_time=START,
    credit_adjustment_type=Enumeration(
        {0x00: "adjust", 0x01: "reset", 0x02: "reset bill to date", 0x03: "adjust bill to date"}
    ),
    credit_adjustment_value=BALANCE,
)
CHANGE_PAYMENT_MODE = to_server(
    _THIS,
    0x06,
    "ChangePaymentMode",
    provider_id=U32,
    issuer_event_id=TIME,
    implementation_date_time=START,
    proposed_payment_control_configuration=_PAYMENT_CONTROL,
    cut_off_value=BALANCE,
)
GET_PREPAY_SNAPSHOT = to_server(_THIS, 0x07, "GetPrepaySnapshot", **SNAPSHOT_QUERY)
GET_TOP_UP_LOG = to_server(_THIS, 0x08, "GetTopUpLog", latest_end_time=TIME, number_of_records=U8)
SET_LOW_CREDIT_WARNING_LEVEL = to_server(_THIS, 0x09, "SetLowCreditWarningLevel", low_credit_warning_level=AMOUNT)
GET_DEBT_REPAYMENT_LOG = to_server(
    _THIS, 0x0A, "GetDebtRepaymentLog", latest_end_time=TIME, number_of_debts=U8, debt_type=_DEBT_TYPE
)
SET_MAXIMUM_CREDIT_LIMIT = to_server(
    _THIS,
    0x0B,
    "SetMaximumCreditLimit",
    provider_id=U32,
    issuer_event_id=TIME,
    implementation_date_time=START,
    maximum_credit_level=AMOUNT,
    maximum_credit_per_top_up=AMOUNT,
)
SET_OVERALL_DEBT_CAP = to_server(
    _THIS,
    0x0C,
    "SetOverallDebtCap",
    provider_id=U32,
    issuer_event_id=TIME,
    implementation_date_time=START,
    overall_debt_cap=BALANCE,
)
PUBLISH_PREPAY_SNAPSHOT = to_client_quietly(
    _THIS,
    0x01,
    "PublishPrepaySnapshot",
    **SNAPSHOT_HEAD,
    accumulated_debt=BALANCE,
    time_debt_1=AMOUNT,
    time_debt_2=AMOUNT,
    payment_debt=AMOUNT,
    emergency_credit_remaining=BALANCE,
    credit_remaining=BALANCE,
)
CHANGE_PAYMENT_MODE_RESPONSE = to_client_quietly(
    _THIS,
    0x02,
    "ChangePaymentModeResponse",
    friendly_credit=U8,
    friendly_credit_calendar_id=U32,
    emergency_credit_limit=AMOUNT,
    emergency_credit_threshold=AMOUNT,
)
CONSUMER_TOP_UP_RESPONSE = to_client(
    _THIS,
    0x03,
    "ConsumerTopUpResponse",
    result_type=Enumeration(
        {
            0x00: "accepted",
            0x01: "rejected, invalid top-up",
            0x02: "rejected, duplicate top-up",
            0x03: "rejected, error",
            0x04: "rejected, maximum credit reached",
            0x05: "rejected, keypad locked",
            0x06: "rejected, value too large",
            0x10: "accepted, supply enabled",
            0x11: "accepted, supply disabled",
            0x12: "accepted, supply armed",
        }
    ),
    top_up_value=BALANCE,
    source_of_top_up=_ORIGINATING_DEVICE,
    credit_remaining=BALANCE,
)
PUBLISH_TOP_UP_LOG = to_client_quietly(
    _THIS,
    0x05,
    "PublishTopUpLog",
    **PART,
    top_ups=repeated(top_up_code=Text(), top_up_amount=BALANCE, top_up_time=TIME),
)
PUBLISH_DEBT_LOG = to_client_quietly(
    _THIS,
    0x06,
    "PublishDebtLog",
    **PART,
    debts=repeated(collection_time=TIME, amount_collected=AMOUNT, debt_type=_DEBT_TYPE, outstanding_debt=AMOUNT),
)
