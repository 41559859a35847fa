"""Service references 4.1 to 5.3 and 14.1: readings, and their schedules in the DCC."""

DEFINITIONS = """
ReadInstantaneousImportRegisters, ReadInstantaneousImportTOUMatrices,
    ReadInstantaneousImportTOUWithBlocksMatrices, ReadInstantaneousImportBlockCounters,
    ReadInstantaneousExportRegisters, ReadInstantaneousPrepayValues,
    ReadMaximumDemandImportRegisters, ReadMaximumDemandExportRegisters,
    ReadPrepaymentConfiguration, ReadLoadLimitData, ReadMeterBalance = +FutureDated
ReadTariffPrimaryElement, ReadTariffSecondaryElement, ReadActivePowerImport, RecordNetworkDataGAS = ()

RetrieveBillingDataLogDebtPayments, RetrieveBillingDataLogPrepaymentCredits, RetrieveExportDailyReadLog,
    ReadReactiveImportProfileData, ReadExportProfileData = +ReadLog
# The key agreement certificate of a user whom the device does not know.
RetrieveCoMOrTariffTriggeredBillingDataLog, RetrieveBillingCalendarTriggeredBillingDataLog,
    RetrieveImportDailyReadLog, ReadActiveImportProfileData, ReadNetworkData,
    ReadPrepaymentDailyReadLog, RetrieveDailyConsumptionLog = +ReadLog, KAPublicSecurityCredentials? certificate

CreateSchedule = ScheduleFrequency <Daily Weekly Monthly Quarterly "Half-Yearly" Yearly>,
    ScheduleStartDate date, ScheduleEndDate? date, ScheduleExecutionStartTime? time,
    KAPublicSecurityCredential? certificate,
    DSPScheduledServiceReference <4.2 4.6 4.8 4.10 4.12 4.14 4.15 4.16 4.17 14.1>,
    DSPScheduledServiceReferenceVariant
        <4.2 4.6.1 4.6.2 4.8.1 4.8.2 4.8.3 4.10 4.12.1 4.12.2 4.14 4.15 4.16 4.17 14.1>,
    DeviceID eui,
    (DSPRetrieveImportDailyReadLog LogOffset | DSPRetrieveExportDailyReadLog LogOffset
    | DSPReadActiveImportProfileData LogOffset | DSPReadReactiveImportProfileData LogOffset
    | DSPReadExportProfileData LogOffset | DSPReadNetworkData LogOffset
    | DSPReadMaximumDemandImportRegisters () | DSPReadMaximumDemandExportRegisters ()
    | DSPReadPrepaymentDailyReadLog LogOffset | DSPReadLoadLimitData () | DSPReadActivePowerImport ()
    | DSPRetrieveDailyConsumptionLog LogOffset | DSPRecordNetworkDataGAS ()
    | DSPReadInstantaneousExportRegisters ())
# In days before the day of reading.
LogOffset = StartDateOffset -400..0, StartTime time, EndDateOffset -400..0, EndTime time
ReadSchedule, DeleteSchedule = DSPScheduleID ScheduleID | DeviceID eui
"""
