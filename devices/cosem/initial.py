"""What the attributes of a new ESME or SAPC hold, where that is not the least value of their type.

Sizes of registers and tables are those of SMETS 5; thresholds and the like are a manufacturer's choice.
"""

from __future__ import annotations

from collections.abc import Iterator

from devices.variant import Variant
from gbcs.cosem import objects as o
from gbcs.cosem.date_time import CosemDate, CosemDateTime, CosemTime
from gbcs.cosem.objects import CosemObject
from gbcs.cosem.types import Value

TOU_REGISTERS, TOU_SECONDARY_REGISTERS, BLOCKS, BLOCK_RATES = 48, 4, 4, 8
#: A threshold that nothing reaches.
UNREACHABLE = 0xFFFFFFFF
_WEEK = 7 * 86400
_LARGEST_BALANCE = 2**31 - 1
_MIDNIGHT = CosemTime.parse("00:00:00")
_EVERY_YEAR = CosemDateTime.parse("*-01-01T00:00:00Z")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SEASONS = [{"season_profile_name": b"1", "season_start": _EVERY_YEAR, "week_name": b"1"}]
_WEEKS = [{"week_profile_name": b"1", **dict.fromkeys(_WEEKDAYS, 1)}]
_DAYS = [{"day_id": 1, "day_schedule": [{"start_time": _MIDNIGHT, "script_selector": 1}]}]
_SCHEDULES = {"season_profile": _SEASONS, "week_profile_table": _WEEKS, "day_profile_table": _DAYS}
#: Price matrix: octets of the rates, and of each block's.
_PRICE_INDEXES = [*range(1, TOU_REGISTERS + 1)] + [
    0x90 + 0x10 * block + rate for block in range(1, BLOCKS + 1) for rate in range(1, BLOCK_RATES + 1)
]
_PER_KWH = {"commodity_scale": 3, "price_scale": -5}
_PENCE = {"commodity_scale": 0, "price_scale": -5}
_NO_CHARGE = {"charge_per_unit_scaling": _PENCE, "charge_table": [{"index": b"", "charge_per_unit": 0}]}

#: Pairs of credit and charge in force while the account is in credit mode (devices.md 13: m0 m4).
CREDIT_MODE_CHARGES = tuple(
    {
        "credit_reference": o.METER_BALANCE.instance,
        "charge_reference": charge.instance,
        "collection_configuration": "111",
    }
    for charge in (o.TARIFF_BLOCK_PRICE_MATRIX_TOU, o.STANDING_CHARGE)
)

#: Threshold in V and duration in s of voltage that is out of bounds.
_VOLTAGE_LIMITS = (
    (o.RMS_EXTREME_OVER_VOLTAGE, 276, 10),
    (o.RMS_EXTREME_UNDER_VOLTAGE, 150, 10),
    (o.RMS_VOLTAGE_SAG, 184, 1),
    (o.RMS_VOLTAGE_SWELL, 276, 1),
)


def _prices(indexes: list[int]) -> Value:
    table = [{"index": bytes((index,)), "charge_per_unit": 0} for index in indexes]
    return {"charge_per_unit_scaling": _PER_KWH, "charge_table": table}


def _calendar(table: CosemObject) -> Iterator[tuple[CosemObject, str, Value]]:
    for part, value in _SCHEDULES.items():
        for state in ("active", "passive"):
            yield table, f"{part}_{state}", value


def _values(variant: Variant) -> Iterator[tuple[CosemObject, str, Value]]:
    yield o.FIRMWARE_VERSION, "value", b"\0\0\0\1"
    yield o.METER_VARIANT, "value", variant.letter
    yield o.MODEL_TYPE, "value", b"00010001"
    yield o.MANUFACTURER_IDENTIFIER, "value", b"0000"
    yield o.EXPORT_MPAN, "value", b"0" * 13
    yield o.IMPORT_MPAN_COLLECTION, "value", b"0" * (26 if variant is Variant.TWIN else 13)
    yield o.CUSTOMER_IDENTIFICATION_NUMBER, "value", b"0000"
    yield o.RANDOMISED_OFFSET_NUMBER, "value", 1
    yield o.TIME, "status", 1
    for each in (o.TARIFF_SWITCHING_TABLE, o.TARIFF_SWITCHING_TABLE_SECONDARY_ELEMENT):
        yield from _calendar(each)
    for state in ("active", "passive"):
        yield o.TARIFF_BLOCK_PRICE_MATRIX_TOU, f"unit_charge_{state}", _prices(_PRICE_INDEXES)
        yield o.SECONDARY_TARIFF_TOU_PRICE_MATRIX, f"unit_charge_{state}", _prices([1, 2, 3, 4])
        for each in (o.STANDING_CHARGE, *o.TIME_DEBT):
            yield each, f"unit_charge_{state}", _NO_CHARGE
    for each in (*o.TARIFF_THRESHOLD_MATRIX_TOU, *o.TARIFF_THRESHOLD_MATRIX_TOU_PASSIVE):
        yield each, "thresholds", [UNREACHABLE] * (BLOCKS - 1)
    for each in o.TIME_DEBT:
        yield each, "period", 86400
    yield o.CURRENCY_UNIT, "value_active", True
    yield o.CURRENCY_UNIT, "value_passive", True
    yield o.BILLING_CALENDAR, "execution_time", [{"time": _MIDNIGHT, "date": CosemDate.parse("*-*-01")}]
    yield o.PAYMENT_ACCOUNT, "credit_charge_configuration", list(CREDIT_MODE_CHARGES)
    yield o.PAYMENT_ACCOUNT, "max_provision_period", _WEEK
    yield o.PAYMENT_ACCOUNT, "max_provision", 0xFFFF
    yield o.PREPAYMENT_CREDIT_MAXIMUM_CREDIT_THRESHOLD, "value_active", _LARGEST_BALANCE
    yield o.PREPAYMENT_CREDIT_MAX_METER_BALANCE, "value_active", _LARGEST_BALANCE
    yield o.SUPPLY_STATE, "control_state", 1
    yield o.LOAD_LIMIT, "threshold_normal", UNREACHABLE
    yield o.POWER_THRESHOLDS, "thresholds", [500, 2000]
    for voltage, threshold, duration in _VOLTAGE_LIMITS:
        yield voltage, "threshold_normal", threshold
        yield voltage, "min_over_threshold_duration", duration
    for each in o.PHASE_AVERAGE_RMS_OVER_VOLTAGE_THRESHOLD:
        yield each, "value", 253
    for each in o.PHASE_AVERAGE_RMS_UNDER_VOLTAGE_THRESHOLD:
        yield each, "value", 216
    for each in o.PHASE_AVERAGE_RMS_VOLTAGE_PROFILE:
        yield each, "capture_period", 1800
    for each in o.AUXILIARY_CONTROLLER_STATE:
        yield each, "value", "{}"
    # Everything is logged, and nothing that can be configured is told of until somebody asks for it.
    for each in (o.SUPPLIER_LOGGING_CURRENT, o.NETWORK_OPERATOR_LOGGING_CURRENT):
        yield each, "value", "1" * 256


def initial_values(variant: Variant) -> dict[tuple[str, str], Value]:
    """Values by label of the object and name of the attribute."""
    return {(cosem_object.label, name): value for cosem_object, name, value in _values(variant)}
