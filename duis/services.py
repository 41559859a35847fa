"""The service table: what each service reference variant is, who may use it, and the body of its request.

Source: DUIS 5.4 schema (bodies, command variants) and the DUIS request matrix (eligible roles, future dating,
scheduling). What a body holds is in `duis.schema.tables`, under the name of its element.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import NamedTuple

from duis.errors import CommandVariantError
from duis.schema import content
from duis.schema.model import Element


class UserRole(StrEnum):
    """User Roles of the SEC, by their usual abbreviations."""

    IMPORT_SUPPLIER = "IS"
    EXPORT_SUPPLIER = "ES"
    GAS_SUPPLIER = "GS"
    ELECTRICITY_DISTRIBUTOR = "ED"
    GAS_TRANSPORTER = "GT"
    REGISTERED_SUPPLIER_AGENT = "RSA"
    OTHER_USER = "OU"


class FutureDating(Enum):
    """Who keeps a request that has an ExecutionDateTime until that time."""

    NONE = "nobody: on demand only"
    DSP = "the DCC, which sends the command then"
    DEVICE = "the device, the time being in the command"
    DSP_AND_DEVICE = "the DCC, and then the device"


class Input(Enum):
    """What the body of a request holds."""

    SERVICE_REQUEST = "service request"
    SIGNED_PRE_COMMAND = "signed pre-command"


class Endpoint(StrEnum):
    """The request web services of the DUIS; the value is the last part of the path."""

    SEND_COMMAND = "serviceS"
    TRANSFORM = "serviceT"
    DCC_ONLY = "serviceD"


class CommandVariant(NamedTuple):
    """How a service is asked for. `sent` tells a command over the SM WAN, `returned` what the answer itself holds."""

    input: Input
    endpoint: Endpoint
    sent: bool
    returned: str | None


_LOCAL = "LocalCommand"
#: Source: DUIS schema, type CommandVariant. Variant 9 is internal to the DCC and never in a request.
COMMAND_VARIANTS = {
    1: CommandVariant(Input.SERVICE_REQUEST, Endpoint.SEND_COMMAND, sent=True, returned=None),
    2: CommandVariant(Input.SERVICE_REQUEST, Endpoint.DCC_ONLY, sent=False, returned=_LOCAL),
    3: CommandVariant(Input.SERVICE_REQUEST, Endpoint.SEND_COMMAND, sent=True, returned=_LOCAL),
    4: CommandVariant(Input.SERVICE_REQUEST, Endpoint.TRANSFORM, sent=False, returned="PreCommand"),
    5: CommandVariant(Input.SIGNED_PRE_COMMAND, Endpoint.SEND_COMMAND, sent=True, returned=None),
    6: CommandVariant(Input.SIGNED_PRE_COMMAND, Endpoint.DCC_ONLY, sent=False, returned=_LOCAL),
    7: CommandVariant(Input.SIGNED_PRE_COMMAND, Endpoint.SEND_COMMAND, sent=True, returned=_LOCAL),
    8: CommandVariant(Input.SERVICE_REQUEST, Endpoint.DCC_ONLY, sent=False, returned=None),
}
CRITICAL = frozenset({4, 5, 6, 7})
DCC_ONLY = frozenset({8})


@dataclass(frozen=True, slots=True)
class Service:
    """One service reference variant.

    Attributes:
        variant: the service reference variant, e.g. ``4.1.1``.
        element: name of the element that the request's body holds.
        command_variants: those that it has.
        future_dating: who keeps a future-dated request.
        scheduled: whether a schedule in the DCC may ask for it.
        roles: the User Roles that are eligible.
    """

    variant: str
    element: str
    command_variants: frozenset[int]
    future_dating: FutureDating
    scheduled: bool
    roles: frozenset[UserRole]

    @property
    def reference(self) -> str:
        """The service reference, e.g. ``4.1``."""
        return service_reference(self.variant)

    @property
    def critical(self) -> bool:
        """Whether it goes through a pre-command that the user signs."""
        return self.command_variants <= CRITICAL

    @property
    def for_device(self) -> bool:
        """Whether a device does it, and not the DCC alone."""
        return self.command_variants != DCC_ONLY

    @property
    def body(self) -> Element:
        """The element that the body of a service request holds."""
        return Element(self.element, content(self.element))

    def form(self, command_variant: int) -> Element:
        """The element that the body of a request with `command_variant` holds.

        Raises:
            CommandVariantError: the service does not have it.
        """
        if command_variant not in self.command_variants:
            rule = f"{self.variant} has no command variant {command_variant}"
            raise CommandVariantError("Request/Header/CommandVariant", rule)
        signed = COMMAND_VARIANTS[command_variant].input is Input.SIGNED_PRE_COMMAND
        return Element(SIGNED_PRE_COMMAND, content(SIGNED_PRE_COMMAND)) if signed else self.body


def service_reference(variant: str) -> str:
    """The service reference to which a service reference variant belongs."""
    return ".".join(variant.split(".")[:2])


#: Name of the element for a command variant that takes a signed pre-command.
SIGNED_PRE_COMMAND = "SignedPreCommand"

#: Service reference variant, element, command variants, who keeps it when future-dated, schedule, eligible roles.
_TABLE = """
1.1.1  UpdateImportTariffPrimaryElement                                  4-7  device  -          IS GS
1.1.2  UpdateImportTariffSecondaryElement                                4-7  device  -          IS
1.2.1  UpdatePricePrimaryElement                                         4-7  device  -          IS GS
1.2.2  UpdatePriceSecondaryElement                                       4-7  device  -          IS
1.5    UpdateMeterBalance                                                4-7  -       -          IS GS
1.6    UpdatePaymentMode                                                 4-7  device  -          IS GS
1.7    ResetTariffBlockCounterMatrix                                     4-7  -       -          IS
2.1    UpdatePrepayConfiguration                                         4-7  device  -          IS GS
2.2    TopUpDevice                                                       1-3  -       -          IS GS
2.3    UpdateDebt                                                        4-7  -       -          IS GS
2.5    ActivateEmergencyCredit                                           4-7  -       -          IS GS
3.1    DisplayMessage                                                    1-3  DSP     -          IS GS
3.2    RestrictAccessForChangeOfTenancy                                  1-3  DSP     -          IS GS
3.3    ClearEventLog                                                     1-3  -       -          IS GS
3.4    UpdateSupplierName                                                1-3  DSP     -          IS GS
3.5    DisablePrivacyPIN                                                 1-3  -       -          IS GS
4.1.1  ReadInstantaneousImportRegisters                                  1-3  DSP     -          IS GS ED GT
4.1.2  ReadInstantaneousImportTOUMatrices                                1-3  DSP     -          IS GS ED GT
4.1.3  ReadInstantaneousImportTOUWithBlocksMatrices                      1-3  DSP     -          IS ED
4.1.4  ReadInstantaneousImportBlockCounters                              1-3  DSP     -          GS
4.2    ReadInstantaneousExportRegisters                                  1-3  DSP     scheduled  ES ED
4.3    ReadInstantaneousPrepayValues                                     1-3  DSP     -          IS GS
4.4.2  RetrieveCoMOrTariffTriggeredBillingDataLog                        1-3  DSP     -          IS GS
4.4.3  RetrieveBillingCalendarTriggeredBillingDataLog                    1-3  DSP     -          IS GS
4.4.4  RetrieveBillingDataLogDebtPayments                                1-3  DSP     -          GS IS
4.4.5  RetrieveBillingDataLogPrepaymentCredits                           1-3  DSP     -          GS IS
4.6.1  RetrieveImportDailyReadLog                                        1-3  DSP     scheduled  IS GS
4.6.2  RetrieveExportDailyReadLog                                        1-3  DSP     scheduled  ES
4.8.1  ReadActiveImportProfileData                                       1-3  DSP     scheduled  IS GS ED GT OU
4.8.2  ReadReactiveImportProfileData                                     1-3  DSP     scheduled  IS ED OU
4.8.3  ReadExportProfileData                                             1-3  DSP     scheduled  ES ED OU
4.10   ReadNetworkData                                                   1-3  DSP     scheduled  IS GS ED GT
4.11.1 ReadTariffPrimaryElement                                          1-3  -       -          IS GS OU
4.11.2 ReadTariffSecondaryElement                                        1-3  -       -          IS OU
4.12.1 ReadMaximumDemandImportRegisters                                  1-3  DSP     scheduled  IS ED
4.12.2 ReadMaximumDemandExportRegisters                                  1-3  DSP     scheduled  ES ED
4.13   ReadPrepaymentConfiguration                                       1-3  DSP     -          IS GS
4.14   ReadPrepaymentDailyReadLog                                        1-3  DSP     scheduled  IS GS
4.15   ReadLoadLimitData                                                 1-3  DSP     scheduled  IS ED
4.16   ReadActivePowerImport                                             1-3  -       scheduled  IS ED
4.17   RetrieveDailyConsumptionLog                                       1-3  DSP     scheduled  IS GS ED GT OU
4.18   ReadMeterBalance                                                  1-3  DSP     -          IS GS
5.1    CreateSchedule                                                    8    -       -          IS ES GS ED GT OU
5.2    ReadSchedule                                                      8    -       -          IS ES GS ED GT OU
5.3    DeleteSchedule                                                    8    -       -          IS ES GS ED GT OU
6.2.1  ReadDeviceConfigurationVoltage                                    1-3  -       -          IS RSA ED
6.2.2  ReadDeviceConfigurationRandomisation                              1-3  -       -          IS RSA ED
6.2.3  ReadDeviceConfigurationBillingCalendar                            1-3  -       -          IS RSA GS
6.2.4  ReadDeviceConfigurationIdentityExcMPxN                            1-3  -       -          IS ES GS RSA ED GT OU
6.2.5  ReadDeviceConfigurationInstantaneousPowerThresholds               1-3  -       -          IS RSA
6.2.7  ReadDeviceConfigurationMPxN                                       1-3  -       -          IS ES GS RSA ED GT OU
6.2.8  ReadDeviceConfigurationGas                                        1-3  -       -          GS RSA GT
6.2.9  ReadDeviceConfigurationPaymentMode                                1-3  -       -          IS GS RSA
6.2.10 ReadDeviceConfigurationEventAndAlertBehaviours                    1-3  -       -          IS GS ED
6.4.1  UpdateDeviceConfigurationLoadLimitingGeneralSettings              4-7  device  -          IS
6.4.2  UpdateDeviceConfigurationLoadLimitingCounterReset                 1-3  DSP     -          IS
6.5    UpdateDeviceConfigurationVoltage                                  1-3  DSP     -          ED
6.6    UpdateDeviceConfigurationGasConversion                            4-7  -       -          GS
6.7    UpdateDeviceConfigurationGasFlow                                  4-7  -       -          GS
6.8    UpdateDeviceConfigurationBillingCalendar                          4-7  -       -          IS GS
6.11   SynchroniseClock                                                  4-7  -       -          IS GS
6.12   UpdateDeviceConfigurationInstantaneousPowerThreshold              1-3  DSP     -          IS
6.13   ReadEventOrSecurityLog                                            1-3  -       -          IS GS ED GT RSA
6.14.1 UpdateDeviceConfigurationALCDescriptions                          4-7  -       -          IS
6.14.2 UpdateDeviceConfigurationALCScheduler                             4-7  device  -          IS
6.14.3 UpdateDeviceConfigurationAuxiliaryControllerScheduler             4-7  device  -          IS
6.15.1 UpdateSecurityCredentialsKRP                                      4-7  device  -          IS GS ED GT
6.15.2 UpdateSecurityCredentialsDevice                                   4-7  -       -          IS GS
6.17   IssueSecurityCredentials                                          4-7  -       -          IS GS
6.18.1 SetMaximumDemandConfigurableTimePeriod                            1-3  DSP     -          ED
6.18.2 ResetMaximumDemandRegisters                                       1-3  DSP     -          ED
6.20.1 SetDeviceConfigurationImportMPxN                                  1-3  DSP     -          IS GS
6.20.2 SetDeviceConfigurationExportMPAN                                  1-3  DSP     -          ES
6.21   RequestHandoverOfDCCControlledDevice                              1-3  DSP     -          IS GS
6.22   ConfigureAlertBehaviour                                           1-3  -       -          IS GS ED
6.23   UpdateSecurityCredentialsCoS                                      1-3  both    -          IS GS
6.24.1 RetrieveDeviceSecurityCredentialsKRP                              1-3  -       -          IS GS ED GT
6.24.2 RetrieveDeviceSecurityCredentialsDevice                           4-7  -       -          IS GS
6.25   SetElectricitySupplyTamperState                                   4-7  -       -          IS
6.26   UpdateDeviceConfigurationDailyResettingOfTariffBlockCounterMatrix 4-7  -       -          IS
6.27   UpdateDeviceConfigurationRMSVoltageCounterReset                   1-3  DSP     -          ED
6.28   SetCHFSubGHzConfiguration                                         1-3  -       -          IS GS
6.29   RequestCHFSubGHzChannelScan                                       1-3  -       -          IS GS
6.30   ReadCHFSubGHzConfiguration                                        1-3  -       -          IS GS RSA
6.31   ReadCHFSubGHzChannel                                              1-3  -       -          IS GS RSA
6.32   ReadCHFSubGHzChannelLog                                           1-3  -       -          IS GS RSA
7.1    EnableSupply                                                      4-7  -       -          IS
7.2    DisableSupply                                                     4-7  -       -          IS GS
7.3    ArmSupply                                                         4-7  -       -          IS GS
7.4    ReadSupplyStatus                                                  1-3  -       -          IS ES GS RSA ED GT
7.5    ActivateAuxiliaryLoad                                             4-7  -       -          IS
7.6    DeactivateAuxiliaryLoad                                           4-7  -       -          IS
7.7    ReadALCSData                                                      1-3  DSP     -          IS ED OU
7.8    ResetAuxiliaryLoad                                                4-7  -       -          IS
7.9    AddAuxiliaryLoadToBoostButton                                     1-3  DSP     -          IS
7.10   RemoveAuxiliaryLoadFromBoostButton                                1-3  DSP     -          IS
7.11   ReadBoostButtonDetails                                            1-3  DSP     -          IS OU
7.12   SetRandomisedOffsetLimit                                          4-7  -       -          IS
7.13   SetAuxiliaryControllerState                                       4-7  -       -          IS
7.14   ReadAuxiliaryControllerConfigurationData                          1-3  DSP     -          IS ED OU
7.15   ReadAuxiliaryControllerOperationalData                            1-3  DSP     -          IS ED OU
7.16   LimitAPCLevel                                                     4-7  -       -          -
8.1.1  CommissionDeviceSynchroniseClock                                  4-5  -       -          IS GS
8.2    ReadInventory                                                     8    -       -          IS ES GS RSA ED GT OU
8.3    DecommissionDevice                                                8    -       -          IS GS
8.4    UpdateInventory                                                   8    -       -          IS ES GS RSA ED GT OU
8.5    ServiceOptOut                                                     1    DSP     -          -
8.6    ServiceOptIn                                                      8    -       -          -
8.7.1  JoinServiceCritical                                               4-7  -       -          IS GS
8.7.2  JoinServiceNonCritical                                            1-3  -       -          IS GS OU
8.8.1  UnjoinServiceCritical                                             4-7  -       -          IS GS
8.8.2  UnjoinServiceNonCritical                                          1-3  -       -          IS GS OU
8.9    ReadDeviceLog                                                     1-3  DSP     -          IS GS OU
8.11   UpdateHANDeviceLog                                                1-3  DSP     -          IS GS OU
8.12.1 RestoreHANDeviceLog                                               1-3  -       -          IS GS
8.12.2 RestoreGPFDeviceLog                                               1-3  -       -          IS GS
8.13   ReturnLocalCommandResponse                                        8    -       -          IS GS
8.14.1 CHFInstallSuccessSMWAN                                            8    -       -          IS GS
8.14.2 CHFInstallSuccessNoSMWAN                                          8    -       -          IS GS
8.14.3 CHFFaultReturn                                                    8    -       -          IS GS
8.14.4 CHFNoFaultReturn                                                  8    -       -          IS GS
9.1    RequestCustomerIdentificationNumber                               1-3  -       -          OU
11.1   UpdateFirmware                                                    8    -       -          IS GS
11.2   ReadFirmwareVersion                                               1-3  DSP     -          IS ES GS RSA ED GT OU
11.3   ActivateFirmware                                                  4-7  device  -          IS GS
11.4   UpdatePPMIDFirmware                                               8    -       -          IS GS
12.1   RequestWANMatrix                                                  8    -       -          IS ES GS RSA ED GT OU
12.2   DevicePrenotification                                             8    -       -          IS ES GS RSA ED GT OU
14.1   RecordNetworkDataGAS                                              1-3  -       scheduled  GT
"""
_FUTURE_DATING = {
    "-": FutureDating.NONE,
    "DSP": FutureDating.DSP,
    "device": FutureDating.DEVICE,
    "both": FutureDating.DSP_AND_DEVICE,
}


def _service(row: str) -> Service:
    variant, element, command_variants, dating, scheduled, *roles = row.split()
    first, _, last = command_variants.partition("-")
    return Service(
        variant,
        element,
        frozenset(range(int(first), int(last or first) + 1)),
        _FUTURE_DATING[dating],
        scheduled != "-",
        frozenset(UserRole(role) for role in roles if role != "-"),
    )


#: Every service by its variant.
SERVICES = {service.variant: service for service in map(_service, _TABLE.strip().splitlines())}
