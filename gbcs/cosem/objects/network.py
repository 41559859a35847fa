"""Voltage and power quality, maximum demand (GBCS use case tables; SMETS names)."""

from __future__ import annotations

from gbcs.cosem.composite import Array
from gbcs.cosem.objects.classes import DATA, EXTENDED_REGISTER, LIMITER, REGISTER, SCHEDULE
from gbcs.cosem.objects.model import Method, declare
from gbcs.cosem.objects.quantities import DURATION, POWER, VOLTAGE
from gbcs.cosem.objects.shapes import COUNT, DEMAND_PERIOD, WATTS
from gbcs.cosem.types import DATE_TIME, DOUBLE_LONG_UNSIGNED, INTEGER

MAXIMUM_DEMAND_CONFIGURABLE_TIME_IMPORT_LAST_RESET = declare(
    "maximum_demand_configurable_time_import_last_reset",
    "MaximumDemand(ConfigurableTime)ActivePowerImportValue",
    DATA,
    "0-0:94.44.5.0",
    value=DATE_TIME,
)
MAXIMUM_DEMAND_IMPORT_LAST_RESET = declare(
    "maximum_demand_import_last_reset", "MaximumDemandActiveEnergyImportValue", DATA, "0-0:94.44.5.1", value=DATE_TIME
)
MAXIMUM_DEMAND_EXPORT_LAST_RESET = declare(
    "maximum_demand_export_last_reset", "MaximumDemandActivePowerExportValue", DATA, "0-0:94.44.5.2", value=DATE_TIME
)
PHASE_AVERAGE_RMS_UNDER_VOLTAGE_THRESHOLD = tuple(
    declare(
        f"phase_{n}_average_rms_under_voltage_threshold",
        f"(Phase[{n}])AverageRMSUnderVoltageThreshold",
        DATA,
        f"1-0:{12 + 20 * n}.31.0.4",
        value=VOLTAGE,
    )
    for n in range(1, 4)
)
PHASE_AVERAGE_RMS_OVER_VOLTAGE_THRESHOLD = tuple(
    declare(
        f"phase_{n}_average_rms_over_voltage_threshold",
        f"(Phase[{n}])AverageRMSOverVoltageThreshold",
        DATA,
        f"1-0:{12 + 20 * n}.35.0.4",
        value=VOLTAGE,
    )
    for n in range(1, 4)
)
PHASE_AVERAGE_RMS_UNDER_VOLTAGE_COUNTER = tuple(
    declare(
        f"phase_{n}_average_rms_under_voltage_counter",
        f"(Phase[{n}])AverageRMSUnderVoltageCounter",
        REGISTER,
        f"1-0:{12 + 20 * n}.32.0.4",
        value=DOUBLE_LONG_UNSIGNED,
        scaler_unit=COUNT,
        reset=Method(INTEGER),
    )
    for n in range(1, 4)
)
PHASE_AVERAGE_RMS_OVER_VOLTAGE_COUNTER = tuple(
    declare(
        f"phase_{n}_average_rms_over_voltage_counter",
        f"(Phase[{n}])AverageRMSOverVoltageCounter",
        REGISTER,
        f"1-0:{12 + 20 * n}.36.0.4",
        value=DOUBLE_LONG_UNSIGNED,
        scaler_unit=COUNT,
        reset=Method(INTEGER),
    )
    for n in range(1, 4)
)
MAXIMUM_DEMAND_IMPORT = declare(
    "maximum_demand_import",
    "MaximumDemandActiveEnergyImportValue",
    EXTENDED_REGISTER,
    "1-0:1.6.0.255",
    value=POWER,
    scaler_unit=WATTS,
    capture_time=DATE_TIME,
    reset=Method(INTEGER),
)
MAXIMUM_DEMAND_CONFIGURABLE_TIME_IMPORT = declare(
    "maximum_demand_configurable_time_import",
    "MaximumDemand(ConfigurableTime)ActivePowerImportValue",
    EXTENDED_REGISTER,
    "1-0:1.6.1.255",
    value=POWER,
    scaler_unit=WATTS,
    capture_time=DATE_TIME,
    reset=Method(INTEGER),
)
MAXIMUM_DEMAND_EXPORT = declare(
    "maximum_demand_export",
    "MaximumDemandActivePowerExportValue",
    EXTENDED_REGISTER,
    "1-0:2.6.0.255",
    value=POWER,
    scaler_unit=WATTS,
    capture_time=DATE_TIME,
    reset=Method(INTEGER),
)
MAXIMUM_DEMAND_CONFIGURABLE_TIME_PERIOD = declare(
    "maximum_demand_configurable_time_period",
    "MaximumDemandConfigurableTimePeriod",
    SCHEDULE,
    "0-0:12.0.0.255",
    entries=Array(DEMAND_PERIOD, 1, 2),
)
RMS_EXTREME_OVER_VOLTAGE = declare(
    "rms_extreme_over_voltage",
    "RMSExtremeOverVoltageThreshold",
    LIMITER,
    "0-0:17.0.1.255",
    threshold_normal=VOLTAGE,
    min_over_threshold_duration=DURATION,
)
RMS_EXTREME_UNDER_VOLTAGE = declare(
    "rms_extreme_under_voltage",
    "RMSExtremeUnderVoltageThreshold",
    LIMITER,
    "0-0:17.0.2.255",
    threshold_normal=VOLTAGE,
    min_over_threshold_duration=DURATION,
)
RMS_VOLTAGE_SAG = declare(
    "rms_voltage_sag",
    "RMSVoltageSagThreshold",
    LIMITER,
    "0-0:17.0.3.255",
    threshold_normal=VOLTAGE,
    min_over_threshold_duration=DURATION,
)
RMS_VOLTAGE_SWELL = declare(
    "rms_voltage_swell",
    "RMSVoltageSwellThreshold",
    LIMITER,
    "0-0:17.0.4.255",
    threshold_normal=VOLTAGE,
    min_over_threshold_duration=DURATION,
)
