"""Service references 2.1 to 3.5: prepayment, messages to the customer."""

DEFINITIONS = """
UpdatePrepayConfiguration = +FutureDated, (UpdatePrepayConfigElectricity | UpdatePrepayConfigGas)
UpdatePrepayConfigElectricity = DebtRecoveryRateCap uint16, EmergencyCreditLimit int32,
    EmergencyCreditThreshold int32, LowCreditThreshold int32, ElectricityNonDisablementCalendar,
    MaxMeterBalance int32, MaxCreditThreshold int32
UpdatePrepayConfigGas = DebtRecoveryRateCap int32, EmergencyCreditLimit uint32,
    EmergencyCreditThreshold uint32, LowCreditThreshold uint32, GasNonDisablementCalendar,
    MaxMeterBalance uint32, MaxCreditThreshold uint32

ElectricityNonDisablementCalendar = ElectricitySpecialDays (SpecialDay{0..20} (@index 1..20, Date)),
    ElectricityNonDisablementSchedule{1..22}
ElectricityNonDisablementSchedule = NonDisablementScript <START STOP>,
    SpecialDaysApplicability (SpecialDayApplicability{0..20} (SpecialDayID 1..20)), DaysOfWeekApplicability,
    ScheduleDatesAndTime (SwitchTime time, StartDate date, EndDate date)
GasNonDisablementCalendar = DayProfiles (GasNonDisablementDayProfile{1..5}
        (TimeStartAction{1..3} (StartTime time, NonDisablementAction <START STOP>), GasDayName 1..5)),
    WeekProfiles (WeekProfile{1..2} (WeekName 1..2, ReferencedDayName{7} (@index 1..7, #text 1..5))),
    SeasonProfiles (Season{1..3} (SeasonStartDate GasDate, ReferencedWeekName 1..2)),
    SpecialDays (SpecialDay{0..20} (Date GasDate, ReferencedDayName 1..5))

TopUpDevice = UTRN text /[0-9]{20}/
UpdateDebt = TimeDebtRegister1 int32, TimeDebtRegister2 int32, PaymentDebtRegister int32,
    DebtRecoveryPerPayment 0..10000,
    ((ElecDebtRecovery1 ElecDebtRecovery, ElecDebtRecovery2 ElecDebtRecovery)
    | (GasDebtRecovery1 GasDebtRecovery, GasDebtRecovery2 GasDebtRecovery))
ElecDebtRecovery = DebtRecoveryRate int16, DebtRecoveryRatePriceScale int8, DebtRecoveryRatePeriod <HOURLY DAILY>
GasDebtRecovery = DebtRecoveryRate int32, DebtRecoveryRatePeriod <HOURLY DAILY>
ActivateEmergencyCredit = ()

DisplayMessage = +FutureDated, SupplierMessage text(1..116) /[ -~]+/
RestrictAccessForChangeOfTenancy = +FutureDated, RestrictionDateTime dateTime
ClearEventLog = ESMEEventLogType? <ESME ALCS>
UpdateSupplierName = +FutureDated, SupplierName text(0..15) /[ -~]+/,
    SupplierTelephoneNumber text(0..18) /[0-9 ]+/
DisablePrivacyPIN = ()
"""
