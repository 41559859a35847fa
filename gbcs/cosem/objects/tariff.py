"""Tariff: calendars, prices, thresholds, block counters (GBCS use case tables; SMETS names)."""

from __future__ import annotations

from gbcs.cosem.composite import Array, Field, fixed, structure
from gbcs.cosem.obis import Obis
from gbcs.cosem.objects.classes import (
    ACTIVITY_CALENDAR,
    CHARGE,
    EXTENDED_DATA,
    REGISTER,
    REGISTER_MONITOR,
    SCRIPT_TABLE,
    SINGLE_ACTION_SCHEDULE,
    SPECIAL_DAYS_TABLE,
)
from gbcs.cosem.objects.model import Method, declare
from gbcs.cosem.objects.quantities import PRICE
from gbcs.cosem.objects.shapes import (
    DAY_PROFILE,
    EXECUTION_TIME_DATE,
    FIXED_CHARGE,
    PRICE_ENTRY,
    PRICE_UNIT,
    SEASON,
    SPECIAL_DAY,
    WEEK_PROFILE,
)
from gbcs.cosem.types import (
    BOOLEAN,
    DATE_TIME,
    DOUBLE_LONG_UNSIGNED,
    INTEGER,
    LOGICAL_NAME,
    LONG_UNSIGNED,
    DataType,
)


def _prices(commodity: str, entries: int, commodity_scale: DataType | Field) -> DataType:
    """Prices of up to so many entries for the register of that logical name."""
    return structure(
        charge_per_unit_scaling=structure(commodity_scale=commodity_scale, price_scale=INTEGER),
        commodity_reference=structure(
            class_id=fixed(LONG_UNSIGNED, 3),
            logical_name=fixed(LOGICAL_NAME, Obis.parse(commodity)),
            attribute_index=fixed(INTEGER, 2),
        ),
        charge_table=Array(PRICE_ENTRY, 1, entries),
    )


PRIMARY_ACTIVE_TARIFF_PRICE = declare(
    "primary_active_tariff_price",
    "(Primary)ActiveTariffPrice",
    REGISTER,
    "0-0:94.44.1.7",
    value=PRICE,
    scaler_unit=PRICE_UNIT,
)
SECONDARY_ACTIVE_TARIFF_PRICE = declare(
    "secondary_active_tariff_price",
    "SecondaryActiveTariffPrice",
    REGISTER,
    "0-0:94.44.1.8",
    value=PRICE,
    scaler_unit=PRICE_UNIT,
)
TARIFF_BLOCK_COUNTER_SCRIPTS = declare(
    "tariff_block_counter_scripts",
    "TariffBlock[1to4]CounterMatrixTOU[1to8]",
    SCRIPT_TABLE,
    "0-0:10.0.100.255",
    execute=Method(LONG_UNSIGNED),
)
TARIFF_SWITCHING_TABLE_SPECIAL_DAYS = declare(
    "tariff_switching_table_special_days",
    "TariffSwitchingTable(SpecialDays)",
    SPECIAL_DAYS_TABLE,
    "0-0:11.0.0.255",
    entries=Array(SPECIAL_DAY, 0, 50),
)
TARIFF_SWITCHING_TABLE_SECONDARY_ELEMENT_SPECIAL_DAYS = declare(
    "tariff_switching_table_secondary_element_special_days",
    "TariffSwitchingTable(SecondaryElement)(SpecialDays)",
    SPECIAL_DAYS_TABLE,
    "0-0:11.0.1.255",
    entries=Array(SPECIAL_DAY, 0, 50),
)
TARIFF_SWITCHING_TABLE_SPECIAL_DAYS_PASSIVE = declare(
    "tariff_switching_table_special_days_passive",
    "TariffSwitchingTable(SpecialDays)",
    SPECIAL_DAYS_TABLE,
    "0-1:11.0.0.255",
    entries=Array(SPECIAL_DAY, 0, 50),
)
TARIFF_SWITCHING_TABLE_SECONDARY_ELEMENT_SPECIAL_DAYS_PASSIVE = declare(
    "tariff_switching_table_secondary_element_special_days_passive",
    "TariffSwitchingTable(SecondaryElement)(SpecialDays)",
    SPECIAL_DAYS_TABLE,
    "0-1:11.0.1.255",
    entries=Array(SPECIAL_DAY, 0, 50),
)
TARIFF_SWITCHING_TABLE = declare(
    "tariff_switching_table",
    "TariffSwitchingTable",
    ACTIVITY_CALENDAR,
    "0-0:13.0.0.255",
    season_profile_active=Array(SEASON, 1, 4),
    week_profile_table_active=Array(WEEK_PROFILE, 1, 4),
    day_profile_table_active=Array(DAY_PROFILE, 1, 16),
    season_profile_passive=Array(SEASON, 1, 4),
    week_profile_table_passive=Array(WEEK_PROFILE, 1, 4),
    day_profile_table_passive=Array(DAY_PROFILE, 1, 16),
    activate_passive_calendar_time=DATE_TIME,
)
TARIFF_SWITCHING_TABLE_SECONDARY_ELEMENT = declare(
    "tariff_switching_table_secondary_element",
    "TariffSwitchingTable(SecondaryElement)",
    ACTIVITY_CALENDAR,
    "0-0:13.0.1.255",
    season_profile_active=Array(SEASON, 1, 4),
    week_profile_table_active=Array(WEEK_PROFILE, 1, 4),
    day_profile_table_active=Array(DAY_PROFILE, 1, 16),
    season_profile_passive=Array(SEASON, 1, 4),
    week_profile_table_passive=Array(WEEK_PROFILE, 1, 4),
    day_profile_table_passive=Array(DAY_PROFILE, 1, 16),
    activate_passive_calendar_time=DATE_TIME,
)
TARIFF_THRESHOLD_MATRIX_TOU = tuple(
    declare(
        f"tariff_threshold_matrix_tou_{n}",
        f"TariffThresholdMatrixBlocks[1to3]TOU[{n}]",
        REGISTER_MONITOR,
        f"0-0:16.0.{10 + n}.255",
        thresholds=Array(DOUBLE_LONG_UNSIGNED, 1, 3),
    )
    for n in range(1, 9)
)
TARIFF_THRESHOLD_MATRIX_TOU_PASSIVE = tuple(
    declare(
        f"tariff_threshold_matrix_tou_{n}_passive",
        f"TariffThresholdMatrixBlocks[1to3]TOU[{n}]",
        REGISTER_MONITOR,
        f"0-0:16.1.{10 + n}.255",
        thresholds=Array(DOUBLE_LONG_UNSIGNED, 1, 3),
    )
    for n in range(1, 9)
)
BILLING_CALENDAR = declare(
    "billing_calendar",
    "BillingCalendar",
    SINGLE_ACTION_SCHEDULE,
    "0-0:15.0.0.255",
    execution_time=Array(EXECUTION_TIME_DATE, 1, 4),
)
TARIFF_BLOCK_COUNTER_MATRIX = declare(
    "tariff_block_counter_matrix",
    "TariffBlockCounterMatrix",
    SINGLE_ACTION_SCHEDULE,
    "0-0:15.1.0.255",
    execution_time=Array(EXECUTION_TIME_DATE, 0, 1),
)
TARIFF_BLOCK_PRICE_MATRIX_TOU = declare(
    "tariff_block_price_matrix_tou",
    "TariffBlockPriceMatrixTOU",
    CHARGE,
    "0-0:19.20.0.255",
    unit_charge_active=_prices("1-0:1.8.0.255", 80, INTEGER),
    unit_charge_passive=_prices("1-0:1.8.0.255", 80, fixed(INTEGER, 3)),
    unit_charge_activation_time=DATE_TIME,
)
STANDING_CHARGE = declare(
    "standing_charge",
    "StandingCharge",
    CHARGE,
    "0-0:19.20.4.255",
    unit_charge_active=FIXED_CHARGE,
    unit_charge_passive=FIXED_CHARGE,
    unit_charge_activation_time=DATE_TIME,
)
SECONDARY_TARIFF_TOU_PRICE_MATRIX = declare(
    "secondary_tariff_tou_price_matrix",
    "SecondaryTariffTOUPriceMatrix",
    CHARGE,
    "0-0:19.20.5.255",
    unit_charge_active=_prices("1-20:1.8.0.255", 4, INTEGER),
    unit_charge_passive=_prices("1-20:1.8.0.255", 4, fixed(INTEGER, 3)),
    unit_charge_activation_time=DATE_TIME,
)
TARIFF_THRESHOLD_MATRIX_ACTIVATION = declare(
    "tariff_threshold_matrix_activation",
    "TariffThresholdMatrix",
    EXTENDED_DATA,
    "0-0:63.1.1.255",
    activate_passive_value_time=DATE_TIME,
)
CURRENCY_UNIT = declare(
    "currency_unit",
    "CurrencyUnit",
    EXTENDED_DATA,
    "0-0:94.44.2.0",
    value_active=BOOLEAN,
    value_passive=BOOLEAN,
    activate_passive_value_time=DATE_TIME,
)
TARIFF_SWITCHING_TABLE_SPECIAL_DAYS_ACTIVATION = declare(
    "tariff_switching_table_special_days_activation",
    "TariffSwitchingTable(SpecialDays)",
    EXTENDED_DATA,
    "0-0:94.44.128.29",
    activate_passive_value_time=DATE_TIME,
)
TARIFF_SWITCHING_TABLE_SECONDARY_ELEMENT_SPECIAL_DAYS_ACTIVATION = declare(
    "tariff_switching_table_secondary_element_special_days_activation",
    "TariffSwitchingTable(SecondaryElement)(SpecialDays)",
    EXTENDED_DATA,
    "0-0:94.44.128.30",
    activate_passive_value_time=DATE_TIME,
)
