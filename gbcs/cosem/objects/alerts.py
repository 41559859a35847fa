"""Behaviour of alerts and events, a bit a code (GBCS use case tables; SMETS names)."""

from __future__ import annotations

from gbcs.cosem.objects.classes import DATA
from gbcs.cosem.objects.model import declare
from gbcs.cosem.types import bits

SUPPLIER_WAN_ALERTS = declare(
    "supplier_wan_alerts", "Alerts Configuration Settings - Supplier", DATA, "0-30:97.98.11.255", value=bits(512)
)
SUPPLIER_HAN_ALERTS = declare(
    "supplier_han_alerts", "Alerts Configuration Settings - Supplier", DATA, "0-30:97.98.12.255", value=bits(512)
)
SUPPLIER_ALARMS = declare(
    "supplier_alarms", "Events Configuration Settings - Supplier", DATA, "0-30:97.98.13.255", value=bits(512)
)
SUPPLIER_LOGGING = declare(
    "supplier_logging", "Events Configuration Settings - Supplier", DATA, "0-30:97.98.14.255", value=bits(512)
)
SUPPLIER_WAN_ALERTS_CURRENT = declare(
    "supplier_wan_alerts_current",
    "Alerts Configuration Settings - Supplier",
    DATA,
    "0-30:97.98.15.255",
    value=bits(256),
)
SUPPLIER_HAN_ALERTS_CURRENT = declare(
    "supplier_han_alerts_current",
    "Alerts Configuration Settings - Supplier",
    DATA,
    "0-30:97.98.16.255",
    value=bits(256),
)
SUPPLIER_ALARMS_CURRENT = declare(
    "supplier_alarms_current", "Events Configuration Settings - Supplier", DATA, "0-30:97.98.17.255", value=bits(256)
)
SUPPLIER_LOGGING_CURRENT = declare(
    "supplier_logging_current", "Events Configuration Settings - Supplier", DATA, "0-30:97.98.18.255", value=bits(256)
)
NETWORK_OPERATOR_WAN_ALERTS = declare(
    "network_operator_wan_alerts", "Alerts Configuration Settings - DNO", DATA, "0-33:97.98.11.255", value=bits(512)
)
NETWORK_OPERATOR_LOGGING = declare(
    "network_operator_logging",
    "Events Configuration Settings - Network Operator",
    DATA,
    "0-33:97.98.14.255",
    value=bits(512),
)
NETWORK_OPERATOR_WAN_ALERTS_CURRENT = declare(
    "network_operator_wan_alerts_current",
    "Alerts Configuration Settings - Network Operator",
    DATA,
    "0-33:97.98.15.255",
    value=bits(256),
)
NETWORK_OPERATOR_LOGGING_CURRENT = declare(
    "network_operator_logging_current",
    "Events Configuration Settings - Network Operator",
    DATA,
    "0-33:97.98.18.255",
    value=bits(256),
)
