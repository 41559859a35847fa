"""Structures that several objects hold (GBCS use case tables, structure definitions)."""

from __future__ import annotations

from gbcs.alert_codes import ALERT_NAMES
from gbcs.cosem.composite import Array, Field, Structure, fixed, optional, structure
from gbcs.cosem.date_time import CosemDate
from gbcs.cosem.obis import Obis
from gbcs.cosem.objects.quantities import BALANCE, WATT_HOURS
from gbcs.cosem.types import (
    BOOLEAN,
    DATE,
    DATE_TIME,
    ENUM,
    INTEGER,
    LOGICAL_NAME,
    LONG,
    LONG_UNSIGNED,
    SECONDS,
    TIME,
    UNSIGNED,
    DataType,
    Enumeration,
    bits,
    octets,
)

#: Units that GBCS uses (DLMS Blue Book, table of units).
UNIT = Enumeration({27: "W", 30: "Wh", 32: "varh", 254: "other", 255: "none"}, ENUM)
PAYMENT_MODE = Enumeration({1: "credit", 2: "prepayment"}, ENUM)
EXECUTION_TIME_DATE = structure(time=TIME, date=DATE)
CREDIT_CHARGE_CONFIGURATION = Array(
    structure(credit_reference=LOGICAL_NAME, charge_reference=LOGICAL_NAME, collection_configuration=bits(3)), 0, 255
)
PRICE_ENTRY = structure(index=octets(1), charge_per_unit=LONG)
WATTS = structure(scaler=fixed(INTEGER, 0), unit=fixed(UNIT, 27))
COUNT = structure(scaler=fixed(INTEGER, 0), unit=fixed(UNIT, 255))
PRICE_UNIT = structure(scaler=fixed(INTEGER, -5), unit=fixed(UNIT, 254))
#: No hash where the device has no link key yet (GBCS 4.0, CCS07).
BACKED_UP_DEVICE = structure(mac_address=octets(8), hashed_tc_link_key=octets(0, 16))
SPECIAL_DAY = structure(index=LONG_UNSIGNED, specialday_date=DATE, day_id=UNSIGNED)
#: Alert and event codes.
ALERT_CODE = Enumeration(ALERT_NAMES, LONG_UNSIGNED, digits=4)
LOG_ENTRY = structure(timestamp=SECONDS, log_code=ALERT_CODE, other_information=octets(0, 8))
SEASON = structure(season_profile_name=octets(0, 8), season_start=DATE_TIME, week_name=octets(0, 4))
DAY_PROFILE_ACTION = structure(
    start_time=TIME,
    script_logical_name=fixed(LOGICAL_NAME, Obis.parse("0-0:10.0.100.255")),
    script_selector=LONG_UNSIGNED,
)
NO_COMMODITY = structure(
    class_id=fixed(LONG_UNSIGNED, 0),
    logical_name=fixed(LOGICAL_NAME, Obis.parse("0-0:0.0.0.0")),
    attribute_index=fixed(INTEGER, 0),
)
BACKUP = structure(date_time=DATE_TIME, extended_pan_id=octets(8), devices_to_backup=Array(BACKED_UP_DEVICE, 0, 16))
WEEK_PROFILE = structure(
    week_profile_name=octets(0, 4),
    monday=UNSIGNED,
    tuesday=UNSIGNED,
    wednesday=UNSIGNED,
    thursday=UNSIGNED,
    friday=UNSIGNED,
    saturday=UNSIGNED,
    sunday=UNSIGNED,
)
DAY_PROFILE = structure(day_id=UNSIGNED, day_schedule=Array(DAY_PROFILE_ACTION, 1, 48))
PREPAYMENT_ENTRY = structure(
    timestamp=SECONDS,
    emergency_credit_balance_value=BALANCE,
    meter_balance_value=BALANCE,
    payment_debt_register_value=BALANCE,
    time_debt_registers1_value=BALANCE,
    time_debt_registers2_value=BALANCE,
    accumulated_debt_register_value=BALANCE,
)
FIXED_CHARGE = structure(
    charge_per_unit_scaling=structure(commodity_scale=fixed(INTEGER, 0), price_scale=INTEGER),
    commodity_reference=NO_COMMODITY,
    charge_table=Array(structure(index=octets(0), charge_per_unit=LONG), 1, 1),
)


def _entry_of_schedule(script: str, **execution: DataType | Field) -> Structure:
    """What runs a script at a time of day; `execution` is on which days."""
    return structure(
        index=LONG_UNSIGNED,
        enable=fixed(BOOLEAN, True),
        script_logical_name=fixed(LOGICAL_NAME, Obis.parse(script)),
        script_selector=LONG_UNSIGNED,
        switch_time=TIME,
        validity_window=fixed(LONG_UNSIGNED, 65535),
        **execution,
    )


_SOME_DAYS = {"exec_weekdays": bits(7), "exec_specdays": bits(0, 20), "begin_date": DATE, "end_date": DATE}
NON_DISABLEMENT_ACTION = _entry_of_schedule("0-0:10.0.106.255", **_SOME_DAYS)
AUXILIARY_CONTROLLER_ACTION = _entry_of_schedule("0-0:10.0.103.255", **_SOME_DAYS)
DEMAND_PERIOD = _entry_of_schedule(
    "0-0:10.128.100.255",
    exec_weekdays=fixed(bits(7), "1111111"),
    exec_specdays=fixed(bits(0), ""),
    begin_date=fixed(DATE, CosemDate(bytes.fromhex("000001ffff"))),
    end_date=fixed(DATE, CosemDate(bytes.fromhex("ffffffffff"))),
)
REGISTERS_ENTRY = structure(
    timestamp=SECONDS,
    active_import_register_value=WATT_HOURS,
    secondary_active_import_register_value=optional(WATT_HOURS),
    tariff_tou_register_values=Array(WATT_HOURS, 1, 48),
    secondary_tariff_tou_register_values=optional(Array(WATT_HOURS, 1, 4)),
    tariff_tou_block1_register_values=Array(WATT_HOURS, 1, 8),
    tariff_tou_block2_register_values=Array(WATT_HOURS, 1, 8),
    tariff_tou_block3_register_values=Array(WATT_HOURS, 1, 8),
    tariff_tou_block4_register_values=Array(WATT_HOURS, 1, 8),
)


def timed(value: DataType) -> Structure:
    """An entry of a log that holds one value at a time."""
    return structure(timestamp=SECONDS, dl_value=value)
