"""DCC Alerts."""

DEFINITIONS = """
DCCAlertMessage = DCCAlertCode alertCode, +Throttling, DCCAlert
DCCAlert = PowerOutageEvent | DeviceStatusChangeEvent | DSPScheduleRemoval | CommandFailure
    | FirmwareDistributionFailure | UpdateHANDeviceLogResult | ChangeOfSupplier | DeviceLogRestored | PPMIDAlert
    | SecurityCredentialsUpdated | PPMIDRemoval | QuarantinedRequest | FirmwareVersionMismatch | DualBandCHAlert
    | S1SPAlertDSP | SMETS1CHFirmwareNotification | ALCSHCALCSConfigurationChange | FirmwareUpgradeRequested
    | CSPFirmwareDeliveryStatus | CommsHubAlert | ECoSAlert | CommsHubFirmwareActivation | CoSCertificateAlert
    | DUISVersionMismatch

PowerOutageEvent = CommsHubDeviceID eui, StartDateTime dateTime, MPxN
DeviceStatusChangeEvent = DeviceID eui, DeviceStatusChange
    (MeterIdentity (MeterMPxNs, ESMEVariant?)
    | MeterDecommissioningOrWithdrawal
        (MeterDecommissionOrWithdrawal MeterMPxNs, AssociatedType1Device{0..7} (DeviceID eui, DeviceType))
    | DeviceRemovedFromInventory () | CHFDecommissioning () | DeviceSuspended () | DeviceRestored ()
    | RecoveryCompleteACBCredentials (SupplierCertificateType{1..3} CertificateType,
        NetworkOperatorCertificateType{0..2} <DigitalSigning KeyAgreement>)
    | RecoveryComplete ())
DSPScheduleRemoval = DeviceID eui, DSPScheduleID ScheduleID
CommandFailure = CommandRequestID requestID, DSPScheduleID? ScheduleID, DeviceID eui
UpdateHANDeviceLogResult = UpdateHANDeviceLogServiceRequestID requestID
ChangeOfSupplier = (ChangeOfSupplierServiceRequestID requestID, ECoSErrorCode? text(3))
    | DeviceChangeOfSupplier (DeviceID eui, DeviceType, MPxNs MeterMPxNs)
DeviceLogRestored = RestoredDate date, (CHFDeviceLog HubExchange | GPFDeviceLog HubExchange)
HubExchange = OldCHFDeviceID eui, NewCHFDeviceID eui, OldGPFDeviceID eui, NewGPFDeviceID eui
PPMIDAlert = DeviceID eui, DeviceAlertCode hex, Timestamp? dateTime, PPMIDFirmwareUpgradeAlert?
    (FirmwareVersion, ActivateImageResultCode <ActivationSuccess ActivationFailure>)
PPMIDRemoval = PPMIDDeviceID eui, CHFDeviceID eui
SecurityCredentialsUpdated = DeviceID eui, RemotePartyRole,
    RemotePartySeqNumberChange? (RemotePartyFloorSeqNumber FloorSequenceNumber,
        RemotePartyPrepaymentTopUpFloorSeqNumber? FloorSequenceNumber),
    Certificates{1..3} (CertificateType, CertificateHash base64)
CertificateType = <DigitalSigning KeyAgreement KeyAgreementTopUp>
QuarantinedRequest = ADUserThresholdBreach Breach | ADDCCThresholdBreach Breach | ADAttributeLimitsBreach Breach
Breach = RequestID requestID, QuarantineEventRef -99999999999999999999..99999999999999999999
CoSCertificateAlert = DeviceID eui, CertificateSerialNumber? integer
ECoSAlert = AlertID requestID, RequestID? requestID, ECoSAlertCode text, DeviceID eui, AdditionalInformation? text
ALCSHCALCSConfigurationChange = ESMEDeviceID eui, ESMEVariant?, DeviceGBCSVersion? text
S1SPAlertDSP = S1SPAlert xml, DSPScheduleID? ScheduleID
DUISVersionMismatch =
    (DCCAlertVersionMismatch (DCCAlertCode text, DeviceID? eui, RequestID? requestID)
    | ServiceResponseVersionMismatch (RequestID requestID, ServiceReference text, ServiceReferenceVariant text,
        ServiceRequestDUISVersion text)),
    ServiceUserDUISVersion text

FirmwareDistributionFailure = UpdateFirmwareRequestID requestID, MeterIDs euiList
FirmwareVersionMismatch = DeviceID eui, DeviceType, FirmwareVersionSMI FirmwareVersion,
    FirmwareVersionDevice FirmwareVersion
FirmwareUpgradeRequested = DeviceType, FirmwareVersion, DeviceList euiList
SMETS1CHFirmwareNotification = DeviceID eui, FirmwareVersion,
    FirmwareVersionUpdateStatus <UpdateRequested ActivationSuccessful>
CSPFirmwareDeliveryStatus = UpdateFirmwareRequestID requestID, CommsHubDeviceID eui, TargetDeviceID eui,
    FirmwareVersion, TimeStamp dateTime, CommsHubTransferStatus <Success Failure>
CommsHubFirmwareActivation = DeviceID eui, FirmwareVersion
CommsHubAlert = CommsHubDeviceID eui, AlertCode hex, TimeStamp? dateTime, FirmwareTransferAlert?
FirmwareTransferAlert = UpdateFirmwareRequestID? requestID, OtherDeviceID eui, FirmwareVersion,
    TransferResponseCode <FileTransferSuccess FirmwareImageDiscarded HardwareVersionMismatch FileTransferFailure>

DualBandCHAlert = CHFDeviceID eui, DeviceAlertCode hex, GBCSHexadecimalMessageCode? hex,
    (LimitedDutyCycleActionTaken (DeviceIDToSuspend eui)
    | SubGHzChannelChanged (OperatingSubGHzChannel, ScanTrigger)
    | SubGHzChannelScanRequestAssessmentOutcome
    | SubGHzConfigurationChanged SubGHzConfiguration
    | MessageDiscardedDueToDutyCycleManagement (RequestID requestID, CRAFlag <Command Response Alert>)
    | NoMoreSubGHzDeviceCapacity (DeviceID eui, DeviceType?))?
OperatingSubGHzChannel = OperatingLowerBandSubGHzChannel (one Channel <0..61> ())
    | OperatingUpperBandSubGHzChannel (one Channel <0..26> ())
SubGHzChannelScanRequestAssessmentOutcome = StatusCode <ScanRequestAccepted HHTConnected DutyCycleUsageIsTooHigh
        JoiningIsCurrentlyPermitted GSMEOTADistributionUnderway TooManyScansToday TooManyCommandsToday
        TooManyScansThisWeek>,
    ScanTrigger
ScanTrigger = <RemotePartyCommand GSMERequest GSMEMissedItsCurfew GSMEMissingForTheLastDay
    CHDetectedMessageFailureProblems CHDetectedMessageRetryProblems "SubGHzNon-GSMEDeviceRequest" SMHANFormation>
"""
