"""Payloads of the use cases that read from gas devices (GBCS use case tables GCS…, CS10a, CS10b)."""

from __future__ import annotations

from dataclasses import replace

from gbcs.cosem.types import Value
from gbcs.gbz.clusters import basic, calendar, device_management, events, metering, prepayment, price
from gbcs.gbz.component_list import ComponentList
from gbcs.gbz.exchange import Exchange, Index, ask, between, one_of, read
from gbcs.gbz.model import Command
from gbcs.gbz.types import TIME
from gbcs.usecases.model import PayloadForm

BILLING_SNAPSHOTS = 12
DAILY_SNAPSHOTS = 31
DEBT_RECORDS = 10
TOP_UP_RECORDS = 5
PROFILE_SAMPLES = 19056
DAILY_CONSUMPTION_SAMPLES = 731
#: Four hours of samples, both ends included.
NETWORK_SAMPLES = 41
MAX_TARIFF_DAY_PROFILES = 4
MAX_NON_DISABLEMENT_DAY_PROFILES = 5
MAX_WEEK_PROFILES = 2

_PROFILE_LOG, _DAILY_CONSUMPTION_LOG, _NETWORK_LOG = 0, 1, 2
_CURRENT_TARIFF, _CURRENT_NON_DISABLEMENT = 0xFFFFFFFF, 0xFFFFFFFE
_DAILY_READ, _END_OF_BILLING_PERIOD, _CHANGE_OF_MODE_SUPPLIER_OR_TARIFF = 0x00000001, 0x00000002, 0x00006008
#: What the registers' values mean.
_FORMAT = (metering.DIVISOR, metering.MULTIPLIER, metering.UNIT_OF_MEASURE)


def _read_calendar(issuer_calendar_id: int, calendar_type: int, day_profiles: int) -> tuple[Exchange, ...]:
    which: dict[str, Value] = {"provider_id": 0, "issuer_calendar_id": issuer_calendar_id}
    return (
        ask(
            calendar.GET_DAY_PROFILES,
            calendar.PUBLISH_DAY_PROFILE,
            answers=day_profiles,
            start_day_id=1,
            number_of_days=0,
            **which,
        ),
        ask(
            calendar.GET_WEEK_PROFILES,
            calendar.PUBLISH_WEEK_PROFILE,
            answers=MAX_WEEK_PROFILES,
            start_week_id=1,
            number_of_weeks=0,
            **which,
        ),
        ask(calendar.GET_SEASONS, calendar.PUBLISH_SEASONS, **which),
        ask(
            calendar.GET_SPECIAL_DAYS,
            calendar.PUBLISH_SPECIAL_DAYS,
            start_time=0,
            number_of_events=0,
            calendar_type=calendar_type,
            **which,
        ),
    )


def _snapshots(times: int, cause: int) -> Exchange:
    return ask(
        metering.GET_SNAPSHOT,
        metering.PUBLISH_SNAPSHOT,
        times=times,
        encrypted=True,
        snapshot_offset=Index(0),
        snapshot_cause=cause,
    )


def _prepay_snapshots(times: int, cause: int) -> Exchange:
    return ask(
        prepayment.GET_PREPAY_SNAPSHOT,
        prepayment.PUBLISH_PREPAY_SNAPSHOT,
        times=times,
        encrypted=True,
        snapshot_offset=Index(0),
        snapshot_cause=cause,
    )


def _sampled_data(
    sample_id: int, answer: Command = metering.GET_SAMPLED_DATA_RESPONSE, **rules: Value
) -> ComponentList:
    return ComponentList(
        ask(metering.GET_SAMPLED_DATA, answer, encrypted=True, sample_id=sample_id, sample_type=0x00, **rules)
    )


def _event_log(**rules: Value) -> ComponentList:
    """All of a log, from its beginning."""
    return ComponentList(
        ask(events.GET_EVENT_LOG, events.PUBLISH_EVENT_LOG, event_id=0, number_of_events=0, event_offset=0, **rules)
    )


def _billing_period() -> ComponentList:
    return ComponentList(
        ask(
            price.GET_BILLING_PERIOD,
            price.PUBLISH_BILLING_PERIOD,
            earliest_start_time=0,
            min_issuer_event_id=0xFFFFFFFF,
            number_of_commands=1,
            tariff_type=0,
        )
    )


def _meter_balance() -> ComponentList:
    return ComponentList(read(metering.BILL_TO_DATE), read(prepayment.CREDIT_REMAINING))


PAYLOADS: dict[str, PayloadForm] = {
    # Registers.
    "GCS13a": ComponentList(read(*_FORMAT, metering.CURRENT_SUMMATION, encrypted=True, quiet=True)),
    "GCS13b": ComponentList(read(*metering.BLOCK_SUMMATIONS, *_FORMAT, encrypted=True, quiet=True)),
    "GCS13c": ComponentList(read(*_FORMAT, *metering.TIER_SUMMATIONS, encrypted=True, quiet=True)),
    "GCS14": ComponentList(
        read(price.PRICE_TRAILING_DIGIT, price.TARIFF_CURRENCY),
        read(
            prepayment.ACCUMULATED_DEBT,
            prepayment.EMERGENCY_CREDIT_REMAINING,
            prepayment.CREDIT_REMAINING,
            prepayment.DEBT_AMOUNTS[2],
            *prepayment.DEBT_AMOUNTS[:2],
            encrypted=True,
        ),
    ),
    "GCS33": ComponentList(read(metering.REMAINING_BATTERY_LIFE, metering.SUPPLY_STATUS)),
    "GCS60": _meter_balance(),
    "GCS60a": _meter_balance(),
    # Logs.
    "CS10a": _event_log(event_control_log_id=one_of(0x13, 0x16)),
    "CS10b": _event_log(event_control_log_id=one_of(0x04, 0x07)),
    "GCS15b": ComponentList(
        _prepay_snapshots(BILLING_SNAPSHOTS, _CHANGE_OF_MODE_SUPPLIER_OR_TARIFF),
        _snapshots(BILLING_SNAPSHOTS, _CHANGE_OF_MODE_SUPPLIER_OR_TARIFF),
    ),
    "GCS15c": ComponentList(
        _snapshots(BILLING_SNAPSHOTS, _END_OF_BILLING_PERIOD),
        _prepay_snapshots(BILLING_SNAPSHOTS, _END_OF_BILLING_PERIOD),
    ),
    "GCS15d": ComponentList(
        ask(
            prepayment.GET_DEBT_REPAYMENT_LOG,
            prepayment.PUBLISH_DEBT_LOG,
            encrypted=True,
            dated=TIME,
            number_of_debts=DEBT_RECORDS,
            debt_type=0x02,
        )
    ),
    "GCS15e": ComponentList(
        ask(prepayment.GET_TOP_UP_LOG, prepayment.PUBLISH_TOP_UP_LOG, dated=TIME, number_of_records=TOP_UP_RECORDS)
    ),
    "GCS16a": ComponentList(_snapshots(DAILY_SNAPSHOTS, _DAILY_READ)),
    "GCS16b": ComponentList(_prepay_snapshots(DAILY_SNAPSHOTS, _DAILY_READ)),
    "GCS17": _sampled_data(_PROFILE_LOG, number_of_samples=between(1, PROFILE_SAMPLES)),
    "GCS18": _sampled_data(
        _NETWORK_LOG,
        replace(metering.GET_SAMPLED_DATA_RESPONSE, quiet=False),
        earliest_sample_time=1,
        number_of_samples=NETWORK_SAMPLES,
    ),
    "GCS61": _sampled_data(_DAILY_CONSUMPTION_LOG, number_of_samples=between(1, DAILY_CONSUMPTION_SAMPLES)),
    # Tariff.
    "GCS21f": ComponentList(
        read(
            price.THRESHOLD_DIVISOR,
            price.THRESHOLD_MULTIPLIER,
            *price.BLOCK_THRESHOLDS,
            price.UNIT_OF_MEASURE,
            *price.NO_TIER_BLOCK_PRICES,
            *price.TIER_PRICES,
            price.TARIFF_CURRENCY,
            price.PRICE_TRAILING_DIGIT,
            price.STANDING_CHARGE,
            quiet=True,
        ),
        *_read_calendar(_CURRENT_TARIFF, calendar.DELIVERED, MAX_TARIFF_DAY_PROFILES),
        ask(price.GET_CURRENT_PRICE, price.PUBLISH_PRICE, command_options=0x00),
    ),
    "GCS21d": _billing_period(),
    "GCS21k": _billing_period(),
    # Payment mode and prepayment.
    "GCS21b": ComponentList(
        read(
            prepayment.DEBT_RECOVERY_TOP_UP_PERCENTAGE,
            prepayment.OVERALL_DEBT_CAP,
            *prepayment.DEBT_RECOVERY_FREQUENCIES,
            prepayment.CUT_OFF_VALUE,
            prepayment.EMERGENCY_CREDIT_LIMIT,
            prepayment.EMERGENCY_CREDIT_THRESHOLD,
            prepayment.LOW_CREDIT_WARNING,
            prepayment.MAX_CREDIT_LIMIT,
            prepayment.MAX_CREDIT_PER_TOP_UP,
            *prepayment.DEBT_RECOVERY_AMOUNTS,
        ),
        read(price.PRICE_TRAILING_DIGIT),
        *_read_calendar(_CURRENT_NON_DISABLEMENT, calendar.FRIENDLY_CREDIT, MAX_NON_DISABLEMENT_DAY_PROFILES),
    ),
    "GCS21j": ComponentList(read(prepayment.PAYMENT_CONTROL_CONFIGURATION)),
    # Supply.
    "GCS21a": ComponentList(
        read(
            price.CALORIFIC_VALUE_TRAILING_DIGIT,
            price.CALORIFIC_VALUE_UNIT,
            price.CALORIFIC_VALUE,
            price.CONVERSION_FACTOR_TRAILING_DIGIT,
            price.CONVERSION_FACTOR,
        ),
        read(
            metering.UNCONTROLLED_FLOW_DIVISOR,
            metering.UNCONTROLLED_FLOW_MULTIPLIER,
            metering.UNCONTROLLED_FLOW_UNIT,
            metering.UNCONTROLLED_FLOW_THRESHOLD,
            metering.FLOW_STABILISATION_PERIOD,
            metering.FLOW_MEASUREMENT_PERIOD,
        ),
    ),
    # Identity.
    "GCS21e": ComponentList(
        read(basic.MANUFACTURER_NAME, basic.MODEL_IDENTIFIER, basic.HW_VERSION),
        read(metering.SUPPLY_DEPLETION_STATE, metering.SUPPLY_TAMPER_STATE),
    ),
    "GCS21m": ComponentList(
        read(basic.MANUFACTURER_NAME, basic.MODEL_IDENTIFIER),
        read(metering.SUPPLY_DEPLETION_STATE, metering.SUPPLY_TAMPER_STATE),
    ),
    "GCS38": ComponentList(read(metering.CURRENT_METER_ID)),
    "GCS46": ComponentList(read(metering.SITE_ID)),
    # Alerts.
    "GCS20r": ComponentList(
        ask(
            device_management.GET_EVENT_CONFIGURATION,
            device_management.REPORT_EVENT_CONFIGURATION,
            event_id=0x81FF,
        )
    ),
}
