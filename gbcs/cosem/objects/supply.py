"""Supply, load limiting and thresholds of power (GBCS use case tables; SMETS names)."""

from __future__ import annotations

from gbcs.cosem.composite import Array
from gbcs.cosem.objects.classes import (
    DATA,
    DISCONNECT_CONTROL,
    EXTENDED_DATA,
    LIMITER,
    REGISTER,
    REGISTER_MONITOR,
    SCRIPT_TABLE,
)
from gbcs.cosem.objects.model import Method, declare
from gbcs.cosem.objects.quantities import DURATION, POWER
from gbcs.cosem.objects.shapes import COUNT
from gbcs.cosem.types import BOOLEAN, DATE_TIME, DOUBLE_LONG_UNSIGNED, ENUM, INTEGER, LONG_UNSIGNED, Enumeration

SUPPLY_TAMPER_STATE = declare("supply_tamper_state", "SupplyTamperState", DATA, "0-0:94.44.0.4", value=BOOLEAN)
LOAD_LIMIT_COUNTER = declare(
    "load_limit_counter",
    "LoadLimitCounter",
    REGISTER,
    "0-0:94.44.42.255",
    value=DOUBLE_LONG_UNSIGNED,
    scaler_unit=COUNT,
    reset=Method(INTEGER),
)
SUPPLY_STATE_SCRIPTS = declare(
    "supply_state_scripts", "SupplyState", SCRIPT_TABLE, "0-0:10.0.106.255", execute=Method(LONG_UNSIGNED)
)
POWER_THRESHOLDS = declare(
    "power_thresholds",
    "LowMediumPowerThreshold",
    REGISTER_MONITOR,
    "0-0:16.0.0.255",
    thresholds=Array(POWER, 2, 2),
)
SUPPLY_STATE = declare(
    "supply_state",
    "SupplyState",
    DISCONNECT_CONTROL,
    "0-0:96.3.10.255",
    control_state=Enumeration({0: "disabled", 1: "enabled", 2: "armed"}, ENUM),
)
LOAD_LIMIT = declare(
    "load_limit",
    "LoadLimitPowerThreshold",
    LIMITER,
    "0-0:17.0.0.255",
    threshold_normal=POWER,
    min_over_threshold_duration=DURATION,
    min_under_threshold_duration=DURATION,
)
LOAD_LIMIT_SUPPLY_STATE = declare(
    "load_limit_supply_state",
    "LoadLimitSupplyState",
    EXTENDED_DATA,
    "0-0:94.44.0.3",
    value_active=BOOLEAN,
    value_passive=BOOLEAN,
    activate_passive_value_time=DATE_TIME,
)
LOAD_LIMIT_PERIOD_TIMER = declare(
    "load_limit_period_timer",
    "LoadLimitPeriod(Timer)",
    EXTENDED_DATA,
    "0-0:94.44.128.6",
    value_passive=DURATION,
    activate_passive_value_time=DATE_TIME,
)
LOAD_LIMIT_POWER_THRESHOLD = declare(
    "load_limit_power_threshold",
    "LoadLimitPowerThreshold",
    EXTENDED_DATA,
    "0-0:94.44.128.7",
    value_passive=POWER,
    activate_passive_value_time=DATE_TIME,
)
LOAD_LIMIT_RESTORATION_PERIOD_TIMER = declare(
    "load_limit_restoration_period_timer",
    "LoadLimitRestorationPeriod(Timer)",
    EXTENDED_DATA,
    "0-0:94.44.128.8",
    value_passive=DURATION,
    activate_passive_value_time=DATE_TIME,
)
#: Scripts of `SUPPLY_STATE_SCRIPTS`.
ENABLE_SUPPLY, DISABLE_SUPPLY, ARM_SUPPLY = 51, 52, 54
