"""Service references 1.1 to 1.7: tariffs, prices, balance, payment mode."""

DEFINITIONS = """
UpdateImportTariffPrimaryElement = +FutureDated, (ElecTariffElements | GasTariffElements),
    PriceElements PrimaryPrices
UpdateImportTariffSecondaryElement = +FutureDated, SwitchingTable SecondarySwitchingTable,
    SpecialDays ElecSpecialDays, PriceElements SecondaryPrices
UpdatePricePrimaryElement = +FutureDated, PriceElements PrimaryPrices
UpdatePriceSecondaryElement = +FutureDated, PriceElements SecondaryPrices

ElecTariffElements = CurrencyUnits <GBP ECB>, SwitchingTable PrimarySwitchingTable, SpecialDays ElecSpecialDays,
    ThresholdMatrix (Thresholds{8} (@index 1..8, BlockThreshold{1..3} (@index 1..3, #text uint32)))
PrimarySwitchingTable = DayProfiles (DayProfile{1..16} (DayName 1..16, ProfileSchedule{1..48}
        (StartTime time, (TOUTariffAction 1..48 | BlockTariffAction 1..8)))),
    WeekProfiles ElecWeekProfiles, Seasons ElecSeasons
SecondarySwitchingTable = DayProfiles (DayProfile{1..16} (DayName 1..16, ProfileSchedule{1..48}
        (StartTime time, TOUTariffAction 1..4))),
    WeekProfiles ElecWeekProfiles, Seasons ElecSeasons
ElecWeekProfiles = WeekProfile{1..4} (WeekName 1..4, ReferencedDayName{7} (@index 1..7, #text 1..16))
ElecSeasons = Season{1..4} (SeasonName text(0..8), SeasonStartDate Date, ReferencedWeekName 1..4)
ElecSpecialDays = SpecialDay{0..50} (Date, ReferencedDayName 1..16)

GasTariffElements = SwitchingTable GasSwitchingTable,
    SpecialDays (SpecialDay{0..20} (Date GasDate, ReferencedDayName 1..4)),
    ThresholdMatrix (BlockThreshold{1..3} (@index 1..3, #text 0..281474976710655))
GasSwitchingTable = DayProfiles (DayProfile{1..4} (DayName 1..4, (TOUTariffAction 1..4 | BlockTariff ()))),
    WeekProfiles (WeekProfile{1..2} (WeekName 1..2, ReferencedDayName{7} (@index 1..7, #text 1..4))),
    Seasons (Season{1..3} (SeasonStartDate GasDate, ReferencedWeekName 1..2))

PrimaryPrices = ElectricityPriceElements | GasPriceElements
SecondaryPrices = PriceScale int8, ElectricityPriceElement{1..4} (@index 1..4, #text int16)
ElectricityPriceElements = StandingCharge int16, StandingChargeScale int8, PriceScale int8,
    (BlockTariff BlockPrices | TOUTariff TOUPrices | HybridTariff (+BlockPrices, +TOUPrices))
BlockPrices = BlockPrices{1..8} (@index 1..8, BlockPrice{1..4} (@index 1..4, #text int16))
TOUPrices = TOUPrice{1..48} (@index 1..48, #text int16)
GasPriceElements = CurrencyUnits <GBP ECB>, StandingCharge uint32,
    (BlockTariff (BlockPrice{1..4} (@index 1..4, #text uint32), NumberOfThresholds 1..3)
    | TOUTariff (TOUPrice{1..4} (@index 1..4, #text uint32)))

UpdateMeterBalance = PrepaymentMode AdjustOrReset | CreditMode AdjustOrReset
AdjustOrReset = AdjustMeterBalance int32 | ResetMeterBalance ()
UpdatePaymentMode = +FutureDated, (Credit ()
    | Prepayment (SuspendDebtDisabled boolean, SuspendDebtEmergency boolean, DisablementThreshold int32))
ResetTariffBlockCounterMatrix = ()
"""
