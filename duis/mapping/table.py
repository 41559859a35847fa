"""The table: service reference variant to use cases and fields (transform 3, MMC 5)."""

from __future__ import annotations

from duis.mapping.model import Body, Later, Output, Structure, UseCaseMapping, group


def _register(element: str, field: str, unit: str, unit_field: str) -> Output:
    return group(element, Output("Value", field), Output(unit, f"{unit_field}.name"))


_IMPORT = "import_register_collection.value"
_SYNCHRONISE_CLOCK = UseCaseMapping(
    "ECS70",
    {
        "time_preset_adjusting_time": Structure(
            {
                "validity_interval_start": Body("CurrentDateTime"),
                "validity_interval_end": Later("CurrentDateTime", "TolerancePeriod"),
            }
        )
    },
    (
        Output("DeviceTime", "time.value"),
        group(
            "Electricity",
            Output(
                "ElecClockTimeStatus",
                children=(Output("TimeStatus", "time_status.value.name"),),
                attributes={"TimeStatusCode": "time_status.value.code"},
            ),
        ),
    ),
)
#: Service reference variant to the use cases it may become; the device's type chooses, by the use case's own devices.
MAPPINGS: dict[str, tuple[UseCaseMapping, ...]] = {
    "3.1": (UseCaseMapping("ECS10", {"supplier_message": Body("SupplierMessage")}),),
    "4.1.1": (
        UseCaseMapping(
            "ECS17b",
            response=(
                group(
                    "Electricity",
                    _register(
                        "ActiveImportRegister",
                        f"{_IMPORT}.active_import_value.value",
                        "ActiveEnergyUnit",
                        f"{_IMPORT}.active_scal_unit_type.active_import_unit",
                    ),
                    _register(
                        "ReactiveImportRegister",
                        f"{_IMPORT}.reactive_import_value.value",
                        "ReactiveEnergyUnit",
                        f"{_IMPORT}.reactive_scal_unit_type.reactive_import_unit",
                    ),
                    # Twin element only.
                    group(
                        "SecondaryActiveImportRegister", Output("Value", f"{_IMPORT}.second_active_import_value.value")
                    ),
                    always=True,
                ),
            ),
        ),
    ),
    "4.2": (
        UseCaseMapping(
            "ECS17a",
            response=(
                _register(
                    "ActiveExportRegister",
                    "active_export_register.value.value",
                    "ActiveEnergyUnit",
                    "active_export_register_scaler_unit.value.unit",
                ),
                _register(
                    "ReactiveExportRegister",
                    "reactive_export_register.value.value",
                    "ReactiveEnergyUnit",
                    "reactive_export_register_scaler_unit.value.unit",
                ),
            ),
        ),
    ),
    "6.11": (_SYNCHRONISE_CLOCK,),
    "7.3": (UseCaseMapping("ECS44"),),
    "8.1.1": (_SYNCHRONISE_CLOCK,),
    "11.2": (
        UseCaseMapping("ECS52", response=(Output("FirmwareVersion", "firmware_version.value", convert=str.upper),)),
    ),
}


def mappings_of(use_case: str) -> dict[str, UseCaseMapping]:
    """Service reference variant to mapping, for every service that leads to `use_case`, in the order of the table."""
    return {
        variant: mapping
        for variant, mappings in MAPPINGS.items()
        for mapping in mappings
        if mapping.use_case == use_case
    }
