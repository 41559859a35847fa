"""Responses: the header's types, what a service returns, and alerts of devices."""

DEFINITIONS = """
Response = @schemaVersion schemaVersion, Header ResponseHeader,
    Body (ResponseMessage | DeviceAlertMessage | DCCAlertMessage | SMETS1ResponseMessage)
ResponseHeader = RequestID? requestID, ResponseID? requestID, ResponseCode responseCode, ResponseDateTime timestamp
ResponseMessage = ServiceReference serviceReference, ServiceReferenceVariant serviceReferenceVariant,
    (CINMessage | DSPInventory | DSPOptIn | DSPSchedulesRead | DSPScheduledMessage | DSPScheduleID ScheduleID
    | DSPUpdateFirmwareWarning | DSPUpdatePPMIDFirmwareWarning | DSPWANMatrix | FutureDatedDeviceAlertMessage
    | GBCSPayload base64 | LocalCommand | PreCommand)?
LocalCommand = GBCSPayload base64
PreCommand = GBCSVersion text, GBCSPayload base64
CINMessage = GBCSPayload base64, CustomerIdentificationNumber text /[0-9]{4}/
DSPScheduledMessage = GBCSPayload base64, DSPScheduleID ScheduleID
FutureDatedDeviceAlertMessage = FutureDatedAlertCode hex<8F66 8F67>, GBCSPayload base64,
    InstructionNumber uint16, TotalCommandInstructions uint16

DSPInventory = Device{1..17}
Device = DeviceID eui, DeviceType,
    DeviceStatus? <Pending Whitelisted InstalledNotCommissioned Commissioned Decommissioned Withdrawn Suspended
        Recovery Recovered>,
    DeviceManufacturer, DeviceModel, SMETSCHTSVersion?, DeviceFirmwareVersion? FirmwareVersion,
    DeviceFirmwareVersionStatus? ProductStatus, CPLStatus? ProductStatus, DateCommissioned? date,
    ImportMPxN?, SecondaryImportMPAN? MPAN, ExportMPAN? MPAN, ESMEVariant?, UPRN?, PropertyFilter?, CSPRegion?,
    DeviceGBCSVersion? text, HANVariant? text, S1SP? text, Connectivity? <Cellular Virtual>
ProductStatus = <Active Cancelled Expired Withdrawn>
CSPRegion = <North Central South "4G North" "4G Central" "4G South" Unknown SMETS1>
DSPOptIn = DeviceID eui, DSPBrokerSecurityCredentialsDigitalSigning? certificate,
    DSPBrokerSecurityCredentialsKeyAgreement certificate
DSPSchedulesRead = DSPSchedules{1..99} (DSPScheduleID ScheduleID, DSPScheduleDetails CreateSchedule)
DSPUpdateFirmwareWarning, DSPUpdatePPMIDFirmwareWarning = InvalidDeviceIDList? euiList,
    NotCommissionedDeviceIDList? euiList, NotApplicableFirmwareDeviceIDList? euiList,
    OtherRequestInProgressList? euiList, InvalidGBCSVersionList? euiList
DSPWANMatrix = Request RequestWANMatrix, DSPWANMatrixResponse{1..}
DSPWANMatrixResponse = CSPRegion, CSPRegionResponseCode responseCode,
    (CoverageAvailability boolean, AnticipatedCoverageDate? date, WANTechnology text(1..30),
    ConnectivityLikelihood <High Medium Low>, AuxiliaryEquipmentRequired? text(0..50),
    AdditionalInformation? text(0..250))?

DeviceAlertMessage = AlertCode hex, +Throttling, GBCSPayload base64
Throttling = ThrottledAlertSequenceId? uint32, ThrottledAlertCount? uint32

# Answers of SMETS1 devices are signed by their service provider; they are carried as they are.
SMETS1ResponseMessage = ServiceReference? serviceReference, ServiceReferenceVariant? serviceReferenceVariant,
    DSPScheduleID? ScheduleID, +Throttling, SMETS1SignedResponse xml
"""
