"""Service references 6.2 to 6.14, 6.18, 6.20 and 6.25 to 6.32: what a device is set up with."""

DEFINITIONS = """
ReadDeviceConfigurationVoltage, ReadDeviceConfigurationRandomisation, ReadDeviceConfigurationBillingCalendar,
    ReadDeviceConfigurationIdentityExcMPxN, ReadDeviceConfigurationInstantaneousPowerThresholds,
    ReadDeviceConfigurationMPxN, ReadDeviceConfigurationGas, ReadDeviceConfigurationPaymentMode,
    ReadDeviceConfigurationEventAndAlertBehaviours = ()

UpdateDeviceConfigurationLoadLimitingGeneralSettings = +FutureDated, LoadLimitPeriod uint32,
    LoadLimitPowerThreshold uint32, LoadLimitRestorationPeriod uint32, LoadLimitSupplyState <Disable Unchanged>
UpdateDeviceConfigurationLoadLimitingCounterReset, UpdateDeviceConfigurationRMSVoltageCounterReset = +FutureDated
UpdateDeviceConfigurationVoltage = +FutureDated, RMSVoltageSettings,
    (SinglePhaseVoltageSettings AverageRMSVoltageSettings
    | PolyPhaseVoltageSettings{3} (Phase 1..3, PhaseVoltageSettings AverageRMSVoltageSettings)),
    RMSVoltageCountersNotReset? ()
RMSVoltageSettings = RMSExtremeOverVoltageMeasurementPeriod uint32, RMSExtremeOverVoltageThreshold uint32,
    RMSExtremeUnderVoltageMeasurementPeriod uint32, RMSExtremeUnderVoltageThreshold uint32,
    RMSVoltageSagMeasurementPeriod uint32, RMSVoltageSagThreshold uint32,
    RMSVoltageSwellMeasurementPeriod uint32, RMSVoltageSwellThreshold uint32
AverageRMSVoltageSettings = AverageRMSOverVoltageThreshold uint32, AverageRMSUnderVoltageThreshold uint32,
    AverageRMSVoltageMeasurementPeriod uint32
UpdateDeviceConfigurationGasConversion = CalorificValue decimal(0..429496729.5, 1),
    ConversionFactor decimal(0..42949.67295, 5)
UpdateDeviceConfigurationGasFlow =
    (UncontrolledGasFlowRate uint16 | UncontrolledGasFlowRateDecimal decimal(0..6.5535, 4)),
    SupplyDepletionState <Unchanged Locked>, SupplyTamperState <Unchanged Locked>,
    StabilisationPeriod 1..255, MeasurementPeriod 1..65535
UpdateDeviceConfigurationBillingCalendar = ElectricityBillingCalendar | GasBillingCalendar
ElectricityBillingCalendar = BillingTime time, (Daily () | Weekly 1..7 | Monthly 1..28
    | Quarterly BillingDayAndMonth | SixMonthly BillingDayAndMonth | Yearly BillingDayAndMonth)
BillingDayAndMonth = DayOfMonth 1..28, BillingPeriodStartMonth 1..12
GasBillingCalendar = BillingPeriodStart dateTime,
    Periodicity <Daily Weekly Monthly Quarterly SixMonthly Yearly>
SynchroniseClock, CommissionDeviceSynchroniseClock = CurrentDateTime dateTime, TolerancePeriod 0..86400
UpdateDeviceConfigurationInstantaneousPowerThreshold = +FutureDated,
    LowMediumPowerThreshold uint32, MediumHighPowerThreshold uint32
ReadEventOrSecurityLog = ReadLogPeriod, LogToRead <Event ALCSEvent PowerEvent Security GSMEEvent GSMESecurity>

UpdateDeviceConfigurationALCDescriptions = ALCSHCALCSDescription{1..5}
    (@index 1..5, SwitchDescription text(0..22) /[ -~]+/)
UpdateDeviceConfigurationALCScheduler = +FutureDated, ALCSHCALCSConnectionSchedule{1..48},
    ALCSHCALCSSpecialDays (ALCSHCALCSSpecialDay{0..20} (@index 1..20, +Date)),
    SwitchTypeAndId{0..5} (@index 1..5, (ALCS () | HCALCS eui))
ALCSHCALCSConnectionSchedule = ActivateDeactivateSwitch (@index 1..5, (ActivateSwitch () | DeactivateSwitch ())),
    SpecialDaysApplicability{0..20} (@index 1..20), DaysOfWeekApplicability?,
    ALCSScheduleDatesAndTime SwitchTimeAndDates
UpdateDeviceConfigurationAuxiliaryControllerScheduler = +FutureDated, AuxiliaryControllerSchedule{0..120},
    AuxiliaryControllerSpecialDayDefinitions
        (AuxiliaryControllerSpecialDayDefinition{0..20} (@identifier 1..20, +Date))
AuxiliaryControllerSchedule =
    AuxiliaryControllerAction
        (@auxiliaryControllerN 1..5, CommandedStateLevel 0..100, InputFromControlledLoad? ()),
    SpecialDaysApplicability{0..20} (@identifier 1..20), DaysOfWeekApplicability?,
    AuxiliaryControllerSchedulePeriodAndTime SwitchTimeAndDates

SetMaximumDemandConfigurableTimePeriod = +FutureDated,
    MaximumDemandTimePeriodSchedule (StartTime time, EndTime time)
ResetMaximumDemandRegisters = +FutureDated, MaxDemandActivePowerImportValue? (),
    MaxDemandActivePowerExportValue? (), MaxDemandConfigTimeActivePowerImportValue? ()
SetDeviceConfigurationImportMPxN = +FutureDated,
    (ImportMPANs (ImportMPAN MPAN, SecondaryImportMPAN? MPAN) | ImportMPRN MPRN)
SetDeviceConfigurationExportMPAN = +FutureDated, ExportMPAN MPAN
SetElectricitySupplyTamperState = SupplyTamperState <Locked Unchanged>
UpdateDeviceConfigurationDailyResettingOfTariffBlockCounterMatrix = DailyTariffBlockCounterMatrixReset boolean

SetCHFSubGHzConfiguration = +SubGHzConfiguration
RequestCHFSubGHzChannelScan, ReadCHFSubGHzConfiguration, ReadCHFSubGHzChannel = ()
ReadCHFSubGHzChannelLog = ReadLogPeriod
"""
