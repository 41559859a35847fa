"""The Communications Hub: device logs and sub-GHz (GBCS use case tables; SMETS names)."""

from __future__ import annotations

from gbcs.cosem.composite import Array, fixed, structure
from gbcs.cosem.objects.classes import DATA, PROFILE_GENERIC, ZIGBEE_NETWORK_CONTROL
from gbcs.cosem.objects.model import Method, declare
from gbcs.cosem.objects.quantities import PERCENTAGE, SHORT_DURATION, SIGNAL_STRENGTH
from gbcs.cosem.objects.shapes import BACKED_UP_DEVICE, BACKUP, LOG_ENTRY
from gbcs.cosem.types import BOOLEAN, DATE_TIME, ENUM, LONG_UNSIGNED, NULL, UNSIGNED, Enumeration, bits, octets

#: Codes of devices in the device log (CCS01); not those of CS03.
DEVICE_TYPE = Enumeration({0: "ESME", 1: "GSME", 13: "HCALCS", 128: "IHD", 130: "CAD", 132: "PPMID", 254: "GPF"}, ENUM)
SUB_GHZ_CONFIGURATION_SETTINGS = declare(
    "sub_ghz_configuration_settings",
    "SubGHzConfigurationSettings",
    DATA,
    "0-0:94.44.10.0",
    value=structure(
        page28_mask=bits(32),
        page29_mask=bits(32),
        page30_mask=bits(32),
        page31_mask=bits(32),
        normal_limited_duty_cycle_threshold=LONG_UNSIGNED,
        limited_critical_duty_cycle_threshold=LONG_UNSIGNED,
        channel_changes_per_week=UNSIGNED,
        gsme_curfew=LONG_UNSIGNED,
        quieter_decibels_limit=UNSIGNED,
        noisier_decibels_limit=UNSIGNED,
        non_gsme_poor_comms_percentage=PERCENTAGE,
        non_gsme_measurement_periods=UNSIGNED,
        local_ch_noise_measurement_period=LONG_UNSIGNED,
        local_ch_failure_percentage=PERCENTAGE,
        local_ch_retry_percentage=PERCENTAGE,
    ),
)
SUB_GHZ_CHANNEL_SCAN = declare("sub_ghz_channel_scan", "CHFSubGHzChannelScan", DATA, "0-0:94.44.10.1", value=UNSIGNED)
OPERATING_SUB_GHZ_CHANNEL = declare(
    "operating_sub_ghz_channel", "OperatingSubGHzChannel", DATA, "0-0:94.44.10.2", value=bits(32)
)
SUB_GHZ_CHANNEL_LOG = declare(
    "sub_ghz_channel_log",
    "SubGHzChannelLog",
    PROFILE_GENERIC,
    "0-0:94.44.10.3",
    buffer=Array(LOG_ENTRY, 0, 100, compact=True),
)
DEVICE_LOG = declare(
    "device_log",
    "DeviceLog(CHF)",
    ZIGBEE_NETWORK_CONTROL,
    "0-0:30.3.0.255",
    enable_disable_joining=BOOLEAN,
    join_timeout=SHORT_DURATION,
    active_devices=Array(
        structure(
            mac_address=octets(8),
            status=bits(8),
            max_rssi=SIGNAL_STRENGTH,
            average_rssi=SIGNAL_STRENGTH,
            min_rssi=SIGNAL_STRENGTH,
            max_lqi=UNSIGNED,
            average_lqi=UNSIGNED,
            min_lqi=UNSIGNED,
            last_communication_date_time=DATE_TIME,
            number_of_hops=UNSIGNED,
            transmission_failures=UNSIGNED,
            transmission_successes=UNSIGNED,
            application_version=UNSIGNED,
            stack_version=UNSIGNED,
        ),
        0,
        16,
    ),
    register_device=Method(
        structure(ieee_address=octets(8), key_type=fixed(ENUM, 1), key=octets(16), device_type=DEVICE_TYPE)
    ),
    unregister_device=Method(octets(8)),
    backup_PAN=Method(NULL, BACKUP),
    restore_PAN=Method(structure(extended_pan_id=octets(8), devices_to_restore=Array(BACKED_UP_DEVICE, 1, 16))),
)
HISTORIC_DEVICE_LOG = declare(
    "historic_device_log",
    "HistoricDeviceLog(CHF)",
    ZIGBEE_NETWORK_CONTROL,
    "0-0:30.3.1.255",
    backup_PAN=Method(NULL, BACKUP),
)
