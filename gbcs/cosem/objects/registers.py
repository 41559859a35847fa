"""Energy registers and balances read at an instant (GBCS use case tables; SMETS names)."""

from __future__ import annotations

from gbcs.cosem.composite import Array, fixed, optional, structure
from gbcs.cosem.objects.classes import DATA, REGISTER
from gbcs.cosem.objects.model import declare
from gbcs.cosem.objects.quantities import BALANCE, POWER, VAR_HOURS, WATT_HOURS
from gbcs.cosem.objects.shapes import UNIT
from gbcs.cosem.types import INTEGER, octets

TARIFF_TOU_REGISTER_COLLECTION = declare(
    "tariff_tou_register_collection",
    "TariffTOURegisterCollection",
    DATA,
    "0-0:94.44.34.1",
    value=structure(
        tou_primary_registers=Array(WATT_HOURS, 1, 48),
        tou_secondary_registers=optional(Array(WATT_HOURS, 1, 4)),
    ),
)
TARIFF_BLOCK_TOU_REGISTER_COLLECTION = declare(
    "tariff_block_tou_register_collection",
    "TariffBlockTOURegisterCollection",
    DATA,
    "0-0:94.44.34.2",
    value=structure(block_primary_registers=Array(WATT_HOURS, 1, 64)),
)
IMPORT_REGISTER_COLLECTION = declare(
    "import_register_collection",
    "ImportRegisterCollection",
    DATA,
    "0-0:94.44.34.10",
    value=structure(
        active_import_value=WATT_HOURS,
        active_scal_unit_type=structure(active_import_scaler=fixed(INTEGER, 0), active_import_unit=fixed(UNIT, 30)),
        reactive_import_value=VAR_HOURS,
        reactive_scal_unit_type=structure(
            reactive_import_scaler=fixed(INTEGER, 0), reactive_import_unit=fixed(UNIT, 32)
        ),
        second_active_import_value=optional(WATT_HOURS),
    ),
)
IMPORT_MPAN_COLLECTION = declare(
    "import_mpan_collection",
    "MeterPointAdministrationNumber(combinedMPANS)",
    DATA,
    "0-0:94.44.34.11",
    value=octets(0, 26),
)
POWER_IMPORT_COLLECTION = declare(
    "power_import_collection",
    "PowerImportCollection",
    DATA,
    "0-0:94.44.34.20",
    value=structure(
        active_power_import_value=POWER,
        active_power_scal_unit_type=structure(
            active_power_import_scaler=fixed(INTEGER, 0), active_power_import_unit=fixed(UNIT, 27)
        ),
        primary_active_power_import_value=POWER,
    ),
)
PREPAYMENT_BALANCE_COLLECTION = declare(
    "prepayment_balance_collection",
    "PrepaymentBalanceCollection",
    DATA,
    "0-0:94.44.34.30",
    value=structure(
        meter_balance=BALANCE,
        emergency_credit_balance=BALANCE,
        accumulated_debt_register=BALANCE,
        time_debt_1_balance=BALANCE,
        time_debt_2_balance=BALANCE,
        payment_debt_balance=BALANCE,
    ),
)
ACTIVE_EXPORT_REGISTER = declare(
    "active_export_register",
    "ActiveExportRegister",
    REGISTER,
    "1-0:2.8.0.255",
    value=WATT_HOURS,
    scaler_unit=structure(scaler=fixed(INTEGER, 0), unit=fixed(UNIT, 30)),
)
REACTIVE_EXPORT_REGISTER = declare(
    "reactive_export_register",
    "ReactiveExportRegister",
    REGISTER,
    "1-0:4.8.0.255",
    value=VAR_HOURS,
    scaler_unit=structure(scaler=fixed(INTEGER, 0), unit=fixed(UNIT, 32)),
)
