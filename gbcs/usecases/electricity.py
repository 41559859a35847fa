"""Payloads of the electricity use cases (GBCS use case tables ECS…)."""

from __future__ import annotations

from gbcs.cosem import objects as o
from gbcs.usecases.access_list import AccessList, action, get, protected, put

PAYLOADS = {
    # Registers.
    "ECS17a": AccessList(
        get(o.ACTIVE_EXPORT_REGISTER, "value"),
        get(o.ACTIVE_EXPORT_REGISTER, "scaler_unit"),
        get(o.REACTIVE_EXPORT_REGISTER, "value"),
        get(o.REACTIVE_EXPORT_REGISTER, "scaler_unit"),
    ),
    "ECS17b": AccessList(protected(o.IMPORT_REGISTERS_PROTECTION, (o.IMPORT_REGISTERS, "value"))),
    # Identity.
    "ECS52": AccessList(get(o.FIRMWARE_VERSION, "value")),
    # Clock.
    "ECS70": AccessList(
        put(o.TIME, "clock_base", fixed=5),
        action(o.TIME, "preset_adjusting_time"),
        action(o.TIME, "adjust_to_preset_time", fixed=0),
        get(o.TIME, "time"),
        get(o.TIME, "status"),
    ),
    # Supply.
    "ECS44": AccessList(action(o.SUPPLY_STATE_SCRIPTS, "execute", fixed=o.ARM_SUPPLY)),
    # User interface.
    "ECS10": AccessList(put(o.SUPPLIER_MESSAGE, "value")),
}
