"""Quantities that objects hold, where GBCS or SMETS fixes scaler and unit (GBCS use case tables; SMETS 5).

Money is in units of the currency that the meter's CurrencyUnits says: GBP or EUR.
"""

from __future__ import annotations

from gbcs.cosem.types import DOUBLE_LONG, DOUBLE_LONG_UNSIGNED, INTEGER, LONG_UNSIGNED, quantity

WATT_HOURS = quantity(DOUBLE_LONG_UNSIGNED, "Wh")
VAR_HOURS = quantity(DOUBLE_LONG_UNSIGNED, "varh")
POWER = quantity(DOUBLE_LONG_UNSIGNED, "W")
VOLTAGE = quantity(DOUBLE_LONG_UNSIGNED, "V")
DURATION = quantity(DOUBLE_LONG_UNSIGNED, "s")
SHORT_DURATION = quantity(LONG_UNSIGNED, "s")
#: Millipence: 10^-5 of the currency unit.
BALANCE = quantity(DOUBLE_LONG, "currency", -5)
AMOUNT = quantity(DOUBLE_LONG_UNSIGNED, "currency", -5)
PRICE = quantity(DOUBLE_LONG_UNSIGNED, "currency/kWh", -5)
#: The cap on debt recovery alone counts whole currency units.
WHOLE_CURRENCY = quantity(LONG_UNSIGNED, "currency")
RECOVERY_PERIOD = quantity(DOUBLE_LONG, "s")
PERCENTAGE = quantity(LONG_UNSIGNED, "%", -2)
SIGNAL_STRENGTH = quantity(INTEGER, "dBm")
