"""The Communications Hub: DLMS COSEM payloads (GBCS use case tables)."""

from __future__ import annotations

from gbcs.cosem import objects as o
from gbcs.cosem.types import INTEGER, Nullable
from gbcs.usecases.access import action, get, put, select
from gbcs.usecases.access_list import AccessList

PAYLOADS = {
    "CCS01": AccessList(
        action(o.DEVICE_LOG, "register_device"),
        put(o.DEVICE_LOG, "join_timeout"),
        put(o.DEVICE_LOG, "enable_disable_joining", fixed=True),
    ),
    "CCS02": AccessList(
        action(o.DEVICE_LOG, "unregister_device"),
    ),
    "CCS03": AccessList(
        action(o.DEVICE_LOG, "restore_PAN"),
    ),
    "CCS05CCS04": AccessList(
        get(o.DEVICE_LOG, "active_devices"),
    ),
    "CCS06": AccessList(
        get(o.DEVICE_LOG, "active_devices"),
    ),
    "CCS07": AccessList(
        # The number 0 before GBCS 4.0.
        action(o.DEVICE_LOG, "backup_PAN", type=Nullable(INTEGER)),
        action(o.HISTORIC_DEVICE_LOG, "backup_PAN", type=Nullable(INTEGER)),
    ),
    "DBCH01": AccessList(
        get(o.OPERATING_SUB_GHZ_CHANNEL, "value"),
    ),
    "DBCH02": AccessList(
        select(o.SUB_GHZ_CHANNEL_LOG, "buffer"),
    ),
    "DBCH03": AccessList(
        get(o.SUB_GHZ_CONFIGURATION_SETTINGS, "value"),
    ),
    "DBCH04": AccessList(
        put(o.SUB_GHZ_CONFIGURATION_SETTINGS, "value"),
    ),
    "DBCH05": AccessList(
        put(o.SUB_GHZ_CHANNEL_SCAN, "value", fixed=0),
    ),
}
