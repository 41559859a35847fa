"""Service references 8.2 to 8.4, 8.7 to 8.14, 9.1, 11 and 12, and the signed pre-command."""

DEFINITIONS = """
ReadInventory = UPRN | DeviceID eui | MPxN | PropertyFilter
DecommissionDevice = DeviceID eui
UpdateInventory = DeviceID eui,
    (UpdateDeviceStatusExceptCH <Pending InstalledNotCommissioned>
    | UpdateDeviceStatusCH <Commissioned Withdrawn InstalledNotCommissioned>
    | UpdateDeviceDetails (DeviceManufacturer?, DeviceModel?, SMETSCHTSVersion?, FirmwareVersion?, ESMEVariant?)
    | DeleteDevice ()
    | UpdateMPxN (ImportMPxN | SecondaryImportMPAN MPAN | ExportMPAN MPAN))
DevicePrenotification = DeviceID eui, DeviceManufacturer, DeviceModel, DeviceType, SMETSCHTSVersion?,
    FirmwareVersion?, ESMEVariant?, AssociatedGPFDeviceID? eui

JoinServiceCritical, JoinServiceNonCritical, UnjoinServiceCritical, UnjoinServiceNonCritical = OtherDeviceID eui
ReadDeviceLog = +FutureDated, ReadSecurityDetails? ()
UpdateHANDeviceLog = +FutureDated, DeviceID eui, RequestType <Add Remove>, AddDeviceToCHFWhitelist?
AddDeviceToCHFWhitelist = JoinTimePeriod 1..3600, InstallCode hex(6..16), ImportMPxN?, SecondaryImportMPAN? MPAN,
    ExportMPAN? MPAN
RestoreHANDeviceLog = OldCHFID eui
RestoreGPFDeviceLog = OldGPFID eui
ReturnLocalCommandResponse = OriginalRequestID? requestID, DeviceGBCSResponse base64
RequestCustomerIdentificationNumber = ()

CHFInstallSuccessSMWAN = +Installation, AdditionalInformation?
CHFInstallSuccessNoSMWAN = +Installation,
    PremiseType <"Detached / Semi Detached" Terraced "Low Rise Apartment (MDU <= 5 floors)"
        "High Rise Apartment (MDU > 5 floors)">,
    MetalObstructionCheck boolean, ConnectivityObstructionCheck boolean, SharedObstructionCheck boolean,
    AdditionalInformation?
Installation = DeviceID eui,
    CHFInstallType <"New CHF Install" "Replacement CHF Install" "CHF Install - no SM WAN">,
    InstallDateTime? dateTime, UserRefID?, MPxN, GISData? text(0..25), AerialInstall boolean,
    CHFLocation <"Outside Premises" "Indoors on external wall" "Deep indoors" "Basement or Cellar">
CHFFaultReturn = DeviceID eui,
    CHFFaultReturnType <"Fault identified prior to installation" "Fault identified post installation">,
    UserRefDateTime? dateTime, UserRefID?, OtherDeviceID eui, IncidentReference?,
    CHFConnectionMethod <"Hot-shoe" Cradle ESME>,
    CHFFaultReason <"Damaged case" "Damaged Connector" "Illegal interference or missing seals"
        "Environmental conditions exceeded" "SM WAN Fault" "SMHAN Interface Fault" "LED Fault" "Aerial fault"
        "Manufacturing defect">,
    AdditionalInformation?
CHFNoFaultReturn = DeviceID eui,
    CHFNoFaultReturnType <"No Fault Return (general)" "No Fault Return (non-dom opt out)"
        "No Fault Return (dual supplier HAN variant replacement)"
        "No Fault Return (SM WAN variant replacement requested by DCC)" "Lost or Stolen Hub">,
    UserRefDateTime? dateTime, UserRefID?, IncidentReference?, AdditionalInformation?
UserRefID = text(0..25)
IncidentReference = text(0..15)
AdditionalInformation = text(0..200)

UpdateFirmware, UpdatePPMIDFirmware = FirmwareImage base64(0..10240000), FirmwareVersion,
    DeviceIDList euiList(23..1199999)
ReadFirmwareVersion = +FutureDated
ActivateFirmware = +FutureDated, FirmwareHash hex(32)
RequestWANMatrix = UPRN | PartialAddress

SignedPreCommand = +FutureDated, GBCSPayload base64
"""
