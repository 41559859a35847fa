"""Service references 6.15, 6.17, 6.21, 6.23, 6.24, 8.5 and 8.6: certificates on devices."""

DEFINITIONS = """
UpdateSecurityCredentialsKRP = +FutureDated, RemotePartyRole, +FloorSequenceNumbers,
    ReplacementCertificates (SupplierOrNetworkOperatorCertificates (DigitalSigningCertificate? certificate,
        KeyAgreementCertificate? certificate, KeyAgreementTopUpCertificate? certificate)), +PathChecks
RequestHandoverOfDCCControlledDevice = +FutureDated, RemotePartyRole, +FloorSequenceNumbers,
    ReplacementCertificates NewPartyCertificates, +PathChecks
UpdateSecurityCredentialsCoS = +FutureDated, SupplierFloorSeqNumber FloorSequenceNumber,
    SupplierPrepaymentTopUpFloorSeqNumber? FloorSequenceNumber,
    SupplierReplacementCertificates NewPartyCertificates, +PathChecks, ImportMPxN
ServiceOptOut = ExecutionDateTime dateTime, ACBFloorSeqNumber FloorSequenceNumber,
    ReplacementCertificates (DigitalSigningCertificate? certificate, KeyAgreementCertificate certificate), +PathChecks
ServiceOptIn = DeviceID eui, DeviceType, MPxNs MeterMPxNs, OptInDate date

FloorSequenceNumbers = RemotePartyFloorSeqNumber? FloorSequenceNumber,
    RemotePartyPrepaymentTopUpFloorSeqNumber? FloorSequenceNumber
NewPartyCertificates = DigitalSigningCertificate certificate, KeyAgreementCertificate? certificate,
    KeyAgreementTopUpCertificate? certificate
PathChecks = CertificationPathCertificates (Certificate{1..3} certificate), ApplyTimeBasedCPVChecks boolean

UpdateSecurityCredentialsDevice = DeviceCertificate certificate
IssueSecurityCredentials, RetrieveDeviceSecurityCredentialsDevice =
    CredentialType <"Digital Signature" "Key Agreement">
RetrieveDeviceSecurityCredentialsKRP = RemotePartyRole{1..7}
"""
