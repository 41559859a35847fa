"""Price cluster 0x0700: attributes and commands."""

from __future__ import annotations

from gbcs.gbz.clusters.shared import AMOUNT, CURRENCY, ENERGY, MINUTES, PART, PRICE, TRAILING_DIGIT, UNIT
from gbcs.gbz.model import (
    BITMAP8,
    ENUM8,
    UINT16,
    UINT24,
    UINT32,
    UINT48,
    Cluster,
    attribute,
    to_client,
    to_client_quietly,
    to_server,
)
from gbcs.gbz.types import (
    PUBLICATION_START,
    START,
    TIME,
    U8,
    U24,
    U32,
    Count,
    Enumeration,
    OptionalField,
    Repeated,
    Text,
    repeated,
)

_THIS = Cluster.PRICE
_CALORIFIC_VALUE_UNIT = Enumeration({0x01: "MJ/m3"})
_DURATION_TYPE = Enumeration({0x21: "days", 0x22: "weeks", 0x23: "months"})

BLOCK_THRESHOLDS = tuple(attribute(_THIS, 0x0100 + n, f"block_{n + 1}_threshold", UINT48, ENERGY) for n in range(3))
THRESHOLD_MULTIPLIER = attribute(_THIS, 0x0202, "threshold_multiplier", UINT24)
THRESHOLD_DIVISOR = attribute(_THIS, 0x0203, "threshold_divisor", UINT24)
STANDING_CHARGE = attribute(_THIS, 0x0301, "standing_charge", UINT32, AMOUNT)
CONVERSION_FACTOR = attribute(_THIS, 0x0302, "conversion_factor", UINT32)
CONVERSION_FACTOR_TRAILING_DIGIT = attribute(_THIS, 0x0303, "conversion_factor_trailing_digit", BITMAP8, TRAILING_DIGIT)
CALORIFIC_VALUE = attribute(_THIS, 0x0304, "calorific_value", UINT32)
CALORIFIC_VALUE_UNIT = attribute(_THIS, 0x0305, "calorific_value_unit", ENUM8, _CALORIFIC_VALUE_UNIT)
CALORIFIC_VALUE_TRAILING_DIGIT = attribute(_THIS, 0x0306, "calorific_value_trailing_digit", BITMAP8, TRAILING_DIGIT)
NO_TIER_BLOCK_PRICES = tuple(
    attribute(_THIS, 0x0400 + n, f"no_tier_block_{n + 1}_price", UINT32, PRICE) for n in range(4)
)
TIER_PRICES = tuple(attribute(_THIS, 0x0410 + 0x10 * n, f"tier_{n + 1}_block_1_price", UINT32, PRICE) for n in range(4))
UNIT_OF_MEASURE = attribute(_THIS, 0x0615, "unit_of_measure", ENUM8, UNIT)
TARIFF_CURRENCY = attribute(_THIS, 0x0616, "currency", UINT16, CURRENCY)
PRICE_TRAILING_DIGIT = attribute(_THIS, 0x0617, "price_trailing_digit", BITMAP8, TRAILING_DIGIT)

GET_CURRENT_PRICE = to_server(_THIS, 0x00, "GetCurrentPrice", command_options=U8)
GET_BILLING_PERIOD = to_server(
    _THIS,
    0x0B,
    "GetBillingPeriod",
    earliest_start_time=TIME,
    min_issuer_event_id=U32,
    number_of_commands=U8,
    tariff_type=U8,
)
PUBLISH_PRICE = to_client_quietly(
    _THIS,
    0x00,
    "PublishPrice",
    provider_id=U32,
    rate_label=Text(),
    issuer_event_id=TIME,
    current_time=TIME,
    unit_of_measure=UNIT,
    currency=CURRENCY,
    price_trailing_digit_and_tier=U8,
    number_of_tiers_and_register_tier=U8,
    start_time=START,
    duration_minutes=MINUTES,
    price=U32,
    price_ratio=OptionalField(U8),
    generation_price=OptionalField(U32),
    generation_price_ratio=OptionalField(U8),
    alternate_cost_delivered=OptionalField(U32),
    alternate_cost_unit=OptionalField(U8),
    alternate_cost_trailing_digit=OptionalField(U8),
    number_of_block_thresholds=OptionalField(U8),
    price_control=OptionalField(U8),
    number_of_generation_tiers=OptionalField(U8),
    generation_tier=OptionalField(U8),
    extended_number_of_price_tiers=OptionalField(U8),
    extended_price_tier=OptionalField(U8),
    extended_register_tier=OptionalField(U8),
)
PUBLISH_BLOCK_PERIOD = to_client(
    _THIS,
    0x01,
    "PublishBlockPeriod",
    provider_id=U32,
    issuer_event_id=TIME,
    block_period_start=START,
    block_period_duration=U24,
    block_period_control=U8,
    duration_type=_DURATION_TYPE,
    tariff_type=U8,
    tariff_resolution_period=Enumeration({0x01: "block period"}),
)
PUBLISH_CONVERSION_FACTOR = to_client(
    _THIS,
    0x02,
    "PublishConversionFactor",
    issuer_event_id=TIME,
    start_time=START,
    conversion_factor=U32,
    trailing_digit=TRAILING_DIGIT,
)
PUBLISH_CALORIFIC_VALUE = to_client(
    _THIS,
    0x03,
    "PublishCalorificValue",
    issuer_event_id=TIME,
    start_time=START,
    calorific_value=U32,
    unit=_CALORIFIC_VALUE_UNIT,
    trailing_digit=TRAILING_DIGIT,
)
PUBLISH_TARIFF_INFORMATION = to_client(
    _THIS,
    0x04,
    "PublishTariffInformation",
    provider_id=U32,
    issuer_event_id=TIME,
    issuer_tariff_id=U32,
    start_time=START,
    tariff_type_charging_scheme=Enumeration({0x00: "time of use", 0x10: "block"}),
    tariff_label=Text(),
    price_tiers_in_use=U8,
    block_thresholds_in_use=U8,
    unit_of_measure=UNIT,
    currency=CURRENCY,
    price_trailing_digit=TRAILING_DIGIT,
    standing_charge=AMOUNT,
    tier_block_mode=U8,
    block_threshold_multiplier=U24,
    block_threshold_divisor=U24,
)
PUBLISH_PRICE_MATRIX = to_client(
    _THIS,
    0x05,
    "PublishPriceMatrix",
    provider_id=U32,
    issuer_event_id=TIME,
    start_time=PUBLICATION_START,
    issuer_tariff_id=U32,
    **PART,
    sub_payload_control=Enumeration({0x00: "block", 0x01: "time of use"}),
    prices=repeated(tier_block_id=U8, price=PRICE),
)
PUBLISH_BLOCK_THRESHOLDS = to_client(
    _THIS,
    0x06,
    "PublishBlockThresholds",
    provider_id=U32,
    issuer_event_id=TIME,
    start_time=PUBLICATION_START,
    issuer_tariff_id=U32,
    **PART,
    sub_payload_control=U8,
    tier_and_number_of_thresholds=Count("thresholds"),
    thresholds=Repeated(ENERGY),
)
PUBLISH_BILLING_PERIOD = to_client(
    _THIS,
    0x09,
    "PublishBillingPeriod",
    provider_id=U32,
    issuer_event_id=TIME,
    billing_period_start=START,
    duration=U24,
    duration_type=_DURATION_TYPE,
    tariff_type=U8,
)
