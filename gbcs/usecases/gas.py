"""Payloads of the gas use cases (GBCS use case tables GCS…, CS01b, CS10…, CS11, PCS… and GBZ alerts)."""

from __future__ import annotations

from gbcs.alert_codes import INTEGRITY_ISSUES
from gbcs.cosem.types import Value
from gbcs.gbz.alert import Alert, ComponentAlert
from gbcs.gbz.clusters import calendar, device_management, events, messaging, metering, prepayment, price
from gbcs.gbz.component_list import ComponentList
from gbcs.gbz.exchange import AtMost, Exchange, Index, OneOf, ask, one_of, send
from gbcs.gbz.model import Cluster
from gbcs.gbz.types import START, U8, Code, Enumeration, Number, Plain
from gbcs.usecases import gas_reads
from gbcs.usecases.gas_reads import (
    MAX_NON_DISABLEMENT_DAY_PROFILES,
    MAX_TARIFF_DAY_PROFILES,
    MAX_WEEK_PROFILES,
    NETWORK_SAMPLES,
)
from gbcs.usecases.model import PayloadForm

MAX_SEASONS = 3
MAX_SPECIAL_DAYS = 20
MAX_BLOCK_THRESHOLDS = 3
MAX_EVENT_CONFIGURATIONS = 255

_SIX_MINUTES = 360
_KWH = 0x00
_GBP, _EUR = 826, 978
_UNCHANGED = -1
_ONE_DECIMAL, _FIVE_DECIMALS = 0x10, 0x50
_HOURLY, _DAILY = 0x00, 0x01
_DAYS, _WEEKS, _MONTHS = 0x21, 0x22, 0x23
_REMOTE, _IN_HOME_DISPLAY = 0x00, 0x02
_LOCKED_OR_UNCHANGED = one_of(0x00, 0x03)
_OFF, _ARMED = 0x00, 0x01
_ONE_COMMAND: dict[str, Value] = {"command_index": 0, "total_commands": 1}


def _publish_calendar(
    calendar_type: int, day_profiles: tuple[int, int], week_profiles: tuple[int, int], **day_rules: Value
) -> tuple[Exchange, ...]:
    return (
        send(
            calendar.PUBLISH_CALENDAR,
            provider_id=0,
            calendar_type=calendar_type,
            calendar_time_reference=0,
            calendar_name="",
        ),
        send(
            calendar.PUBLISH_DAY_PROFILE,
            times=day_profiles,
            provider_id=0,
            day_id=Index(1),
            calendar_type=calendar_type,
            **_ONE_COMMAND,
            **day_rules,
        ),
        send(calendar.PUBLISH_WEEK_PROFILE, times=week_profiles, provider_id=0, week_id=Index(1)),
        send(calendar.PUBLISH_SEASONS, provider_id=0, seasons=AtMost(MAX_SEASONS), **_ONE_COMMAND),
        send(
            calendar.PUBLISH_SPECIAL_DAYS,
            provider_id=0,
            calendar_type=calendar_type,
            special_days=AtMost(MAX_SPECIAL_DAYS),
            **_ONE_COMMAND,
        ),
    )


_TARIFF_INFORMATION = send(
    price.PUBLISH_TARIFF_INFORMATION,
    provider_id=0,
    issuer_tariff_id=1,
    tariff_type_charging_scheme=one_of(0x00, 0x10),
    tariff_label="",
    unit_of_measure=_KWH,
    currency=one_of(_GBP, _EUR),
    price_trailing_digit=_FIVE_DECIMALS,
    tier_block_mode=0xFF,
    block_threshold_multiplier=1,
    block_threshold_divisor=1000,
)
_PRICE_MATRIX = send(
    price.PUBLISH_PRICE_MATRIX,
    provider_id=0,
    issuer_tariff_id=1,
    sub_payload_control=one_of(0x00, 0x01),
    **_ONE_COMMAND,
)


def _change_payment_mode(**rules: Value) -> ComponentList:
    return ComponentList(
        ask(prepayment.CHANGE_PAYMENT_MODE, prepayment.CHANGE_PAYMENT_MODE_RESPONSE, provider_id=0, **rules)
    )


def _change_debt(name: str, amount_type: int, **rules: Value) -> Exchange:
    return send(
        prepayment.CHANGE_DEBT,
        name=name,
        debt_label="",
        debt_amount_type=amount_type,
        debt_recovery_start_time=0,
        debt_recovery_collection_time=0,
        **rules,
    )


def _time_based(name: str, amount_type: int) -> Exchange:
    return _change_debt(
        name,
        amount_type,
        debt_recovery_method=0x00,
        debt_recovery_frequency=one_of(_HOURLY, _DAILY),
        debt_recovery_balance_percentage=0,
    )


def _uncontrolled_flow(divisor: int) -> ComponentList:
    return ComponentList(
        send(
            metering.SET_UNCONTROLLED_FLOW_THRESHOLD, provider_id=0, unit_of_measure=0x01, multiplier=1, divisor=divisor
        ),
        send(
            metering.SET_SUPPLY_STATUS,
            supply_tamper_state=_LOCKED_OR_UNCHANGED,
            supply_depletion_state=_LOCKED_OR_UNCHANGED,
            supply_uncontrolled_flow_state=0x00,
            load_limit_supply_state=0x03,
        ),
    )


def _billing_calendar(duration: Value) -> ComponentList:
    duration_type = one_of(_DAYS, _WEEKS, _MONTHS)
    return ComponentList(
        send(
            price.PUBLISH_BILLING_PERIOD, provider_id=0, duration=duration, duration_type=duration_type, tariff_type=0
        ),
        send(
            price.PUBLISH_BLOCK_PERIOD,
            provider_id=0,
            block_period_duration=duration,
            block_period_control=0x02,
            duration_type=duration_type,
            tariff_type=0,
            tariff_resolution_period=0x01,
        ),
    )


def _change_supply(status: int) -> ComponentList:
    return ComponentList(
        ask(
            metering.CHANGE_SUPPLY,
            metering.SUPPLY_STATUS_RESPONSE,
            provider_id=0,
            request_date_time=0,
            implementation_date_time=0,
            proposed_supply_status=status,
            supply_control_bits=0x01,
        )
    )


def _credit_adjustment(adjustment_type: int, **rules: Value) -> ComponentList:
    return ComponentList(
        send(prepayment.CREDIT_ADJUSTMENT, start_time=0, credit_adjustment_type=adjustment_type, **rules)
    )


def _top_up(originating_device: int) -> ComponentList:
    return ComponentList(
        ask(
            prepayment.CONSUMER_TOP_UP,
            prepayment.CONSUMER_TOP_UP_RESPONSE,
            originating_device=originating_device,
        )
    )


def _emergency_credit(originating_device: int) -> ComponentList:
    return ComponentList(
        send(
            prepayment.SELECT_AVAILABLE_EMERGENCY_CREDIT,
            command_issue_date_time=0,
            originating_device=originating_device,
        )
    )


#: To log is bits 0 and 1 together, to alert the WAN bit 3, the HAN bit 4, to raise an alarm bit 6.
_EVENT_CONFIGURATIONS = OneOf(
    [log | wan | han | alarm for log in (0, 0x03) for wan in (0, 0x08) for han in (0, 0x10) for alarm in (0, 0x40)],
    "made of the bits 03 (log), 08 (WAN), 10 (HAN) and 40 (alarm)",
)

PAYLOADS: dict[str, PayloadForm] = {
    **gas_reads.PAYLOADS,
    # Logs.
    "CS11": ComponentList(ask(events.CLEAR_EVENT_LOG_REQUEST, events.CLEAR_EVENT_LOG_RESPONSE, log_id=0x03)),
    "GCS31": ComponentList(
        ask(
            metering.START_SAMPLING,
            metering.START_SAMPLING_RESPONSE,
            start_sampling_time=0,
            sample_type=0x00,
            sample_request_interval=_SIX_MINUTES,
            max_number_of_samples=NETWORK_SAMPLES,
        )
    ),
    # Tariff.
    "GCS01a": ComponentList(
        *_publish_calendar(
            calendar.DELIVERED, (1, MAX_TARIFF_DAY_PROFILES), (1, MAX_WEEK_PROFILES), schedule_entries=AtMost(1)
        ),
        _TARIFF_INFORMATION,
        send(
            price.PUBLISH_BLOCK_THRESHOLDS,
            times=(0, 1),
            provider_id=0,
            issuer_tariff_id=1,
            sub_payload_control=0x01,
            thresholds=AtMost(MAX_BLOCK_THRESHOLDS),
            **_ONE_COMMAND,
        ),
        _PRICE_MATRIX,
    ),
    "GCS01b": ComponentList(_TARIFF_INFORMATION, _PRICE_MATRIX),
    "GCS23": ComponentList(
        send(price.PUBLISH_CONVERSION_FACTOR, start_time=0, trailing_digit=_FIVE_DECIMALS),
        send(price.PUBLISH_CALORIFIC_VALUE, start_time=0, unit=0x01, trailing_digit=_ONE_DECIMAL),
    ),
    "GCS25": _billing_calendar(duration=1),
    "GCS25a": _billing_calendar(duration=one_of(1, 3, 6, 12)),
    # Payment mode and prepayment.
    "CS01b": _top_up(_REMOTE),
    "GCS02": _change_payment_mode(proposed_payment_control_configuration=0x0C94, cut_off_value=_UNCHANGED),
    "GCS03": _change_payment_mode(proposed_payment_control_configuration=one_of(0x0497, 0x0097, 0x0C97, 0x0897)),
    "GCS04": ComponentList(
        _time_based("change_time_debt_1", 0x01),
        _time_based("change_time_debt_2", 0x03),
        _change_debt(
            "change_payment_debt",
            0x05,
            debt_recovery_method=0x01,
            debt_recovery_frequency=_DAILY,
            debt_recovery_amount=0,
        ),
    ),
    "GCS05": ComponentList(
        send(prepayment.EMERGENCY_CREDIT_SETUP),
        send(prepayment.SET_OVERALL_DEBT_CAP, provider_id=0),
        send(prepayment.SET_LOW_CREDIT_WARNING_LEVEL, dated=START),
        send(prepayment.SET_MAXIMUM_CREDIT_LIMIT, provider_id=0),
        *_publish_calendar(calendar.FRIENDLY_CREDIT, (1, MAX_NON_DISABLEMENT_DAY_PROFILES), (0, MAX_WEEK_PROFILES)),
    ),
    "GCS06": _emergency_credit(_REMOTE),
    "GCS40a": _credit_adjustment(0x00),
    "GCS40b": _credit_adjustment(0x01, credit_adjustment_value=0),
    "GCS40c": _credit_adjustment(0x03),
    "GCS40d": _credit_adjustment(0x02, credit_adjustment_value=0),
    "PCS01": _top_up(_IN_HOME_DISPLAY),
    "PCS02": _emergency_credit(_IN_HOME_DISPLAY),
    # Supply.
    "GCS24": _uncontrolled_flow(divisor=1),
    "GCS24a": _uncontrolled_flow(divisor=10000),
    "GCS32": _change_supply(_OFF),
    "GCS39": _change_supply(_ARMED),
    # Identity.
    "GCS41": ComponentList(send(device_management.UPDATE_SITE_ID, site_id_time=0, provider_id=0)),
    # User interface and privacy.
    "GCS07": ComponentList(send(messaging.DISPLAY_MESSAGE, message_control=0x00, duration_minutes=0xFFFF)),
    "GCS09": ComponentList(
        send(
            device_management.PUBLISH_CHANGE_OF_TENANCY,
            provider_id=0,
            tariff_type=0,
            proposed_tenancy_change_control=0x00000200,
        )
    ),
    "GCS11": ComponentList(
        send(
            device_management.REQUEST_NEW_PASSWORD_RESPONSE,
            implementation_date_time=0,
            duration_minutes=0,
            password_type=0x02,
            password=b"",
        )
    ),
    "GCS36": ComponentList(send(device_management.UPDATE_CIN, cin_implementation_time=0, provider_id=0)),
    "GCS44": ComponentList(
        send(
            device_management.PUBLISH_CHANGE_OF_SUPPLIER,
            current_provider_id=0,
            tariff_type=0,
            proposed_provider_id=0,
            implementation_time=0,
            provider_change_control=0x00001800,
        )
    ),
    # Alerts.
    "GCS20": ComponentList(
        send(
            device_management.SET_EVENT_CONFIGURATION,
            times=(1, MAX_EVENT_CONFIGURATIONS),
            start_date_time=0,
            event_configuration=_EVENT_CONFIGURATIONS,
            configuration_control=0x00,
        )
    ),
    "GCS53": ComponentAlert(metering.PUBLISH_SNAPSHOT),
    "GCA-ZigBee": Alert(),
    "GNCA-ZigBee": Alert(),
    "FDEIA-ZigBee": Alert(
        {
            "message_code": Code(Number(2, order="big")),
            "originator_counter": Number(8, order="big"),
            "cluster": Enumeration({cluster: cluster.label for cluster in Cluster}, Number(2, order="big")),
            "frame_control": U8,
            "command_identifier": Code(U8),
        },
        prefix=b"\x0e",
    ),
    "FDRA-ZigBee": Alert({"manufacturer_image_hash": Plain(32)}, prefix=b"\x09\x20"),
    "MIIWA-ZigBee": Alert(
        {
            "issue": Enumeration(INTEGRITY_ISSUES, Number(2, order="big")),
        }
    ),
}
