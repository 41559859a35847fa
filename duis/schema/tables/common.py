"""What several families have in common."""

DEFINITIONS = """
RequestHeader = RequestID requestID, FirstInSequence? boolean, PrecedingServiceRequestID? requestID,
    CommandVariant 1..9, ServiceReference serviceReference, ServiceReferenceVariant serviceReferenceVariant
FutureDated = ExecutionDateTime? dateTime

MPAN = text(13)
MPxN, ImportMPxN = text(1..13)
MPRN = text(1..10)
MeterMPxNs = ImportMPxN, SecondaryImportMPAN? MPAN, ExportMPAN? MPAN
UPRN = 1..999999999999
PartialAddress, PropertyFilter = PostCode text(6..8), AddressIdentifier text(0..30)

FloorSequenceNumber = 0..9223372036854775807
ScheduleID = 0..1000000000000
FirmwareVersion = text(1..8)
DeviceType = <ESME GSME GPF CHF HCALCS PPMID IHD CAD>
ESMEVariant = <A B C AD BD CD ADE BDE CDE ADF BDF CDF ADEF BDEF CDEF ADG ADEG AF BF CF AEF BEF CEF AG AEG>
DeviceManufacturer, DeviceModel = text(0..30)
SMETSCHTSVersion = text(1..20)
RemotePartyRole = token<ACB NetworkOperator Recovery Root Supplier TransCoS LoadController>

ReadLogPeriod = StartDateTime dateTime, EndDateTime dateTime
ReadLog = +FutureDated, ReadLogPeriod

# Dates with wildcards, of electricity and of gas meters.
Year, GasYearWithWildcards = SpecifiedYear 2014..9999 | NonSpecifiedYear ()
Month, GasMonthWithWildcards = SpecifiedMonth 1..12 | NonSpecifiedMonth ()
DayOfWeek, GasDayOfWeekWithWildcards = SpecifiedDayOfWeek 1..7 | NonSpecifiedDayOfWeek ()
DayOfMonth = SpecifiedDayOfMonth 1..31 | LastDayOfMonth () | SecondLastDayOfMonth () | NonSpecifiedDayOfMonth ()
GasDayOfMonthWithWildcards = SpecifiedDayOfMonth 1..31 | GasNonSpecifiedDayOfMonth ()
Date = Year, Month, DayOfMonth, DayOfWeek
GasDate = GasYearWithWildcards, GasMonthWithWildcards, GasDayOfMonthWithWildcards, GasDayOfWeekWithWildcards

# When an electricity meter switches something.
DaysOfWeekApplicability = DayOfWeekApplicability{0..7}
    (DayOfWeekID <Monday Tuesday Wednesday Thursday Friday Saturday Sunday>)
SwitchTimeAndDates = SwitchTime time, StartDate Date, EndDate Date

SubGHzConfiguration = LowerBandSubGHzChannels0To26 (each Channel <0..26>? ()),
    LowerBandSubGHzChannels27To34 (each Channel <27..34>? ()),
    LowerBandSubGHzChannels35To61 (each Channel <35..61>? ()),
    UpperBandSubGHzChannels0To26 (each Channel <0..26>? ()),
    NormalLimitedDutyCycleThreshold decimal(0.5..2.0, 1), LimitedCriticalDutyCycleThreshold decimal(1.6..2.4, 1),
    MaximumSubGHzChannelChangesPerWeek 1..7, GSMECurfew 2..65535,
    ChannelQuieterThreshold 1..255, ChannelNoisierThreshold 0..20,
    NonGSMEPoorCommsPercentageThreshold decimal(1.00..100.00, 2), NonGSMEPoorCommsMeasurementPeriods 50..150,
    LocalCHNoiseMeasurementPeriod 61..65535,
    LocalCHFailurePercentage decimal(1.00..100.00, 2), LocalCHRetryPercentage decimal(1.00..100.00, 2)
"""
