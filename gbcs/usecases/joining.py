"""Payloads of joining, unjoining and the device logs that record it (message structure 6.6)."""

from __future__ import annotations

from gbcs.asn1.certificate import CERTIFICATE
from gbcs.asn1.common import ALERT_CODE, codes
from gbcs.asn1.composite import SequenceOf, choice, optional, sequence
from gbcs.asn1.payload import Asn1Payload
from gbcs.asn1.types import ENTITY_IDENTIFIER, NULL, TIME

_DEVICE_TYPE = codes("gSME", "eSME", "communicationsHubFunction", "gasProxyFunction", "hCALCS", "pPMID", "type2")
_DEVICE_LOG_ENTRY = sequence(device_identifier=ENTITY_IDENTIFIER, device_type=_DEVICE_TYPE)
_DEVICE_LOG = SequenceOf(_DEVICE_LOG_ENTRY)
_JOIN_RESPONSE_CODE = codes(
    "success",
    "invalidMessageCodeForJoinMethodAndRole",
    "invalidJoinMethodAndRole",
    "incompatibleWithExistingEntry",
    "deviceLogFull",
    "writeFailure",
    "keyAgreementNoResources",
    "keyAgreementUnknownIssuer",
    "keyAgreementUnsupportedSuite",
    "keyAgreementBadMessage",
    "keyAgreementBadKeyConfirm",
    "invalidOrMissingCertificate",
    "noPartnerLinkKeyReceived",
    "noCBKEResponse",
)
_JOIN = Asn1Payload(
    command=sequence(
        join_method_and_role=codes("methodAInitiator", "methodAResponder", "methodB", "methodC"),
        other_device_entity_identifier=ENTITY_IDENTIFIER,
        other_device_type=_DEVICE_TYPE,
        other_device_certificate=optional(CERTIFICATE),
    ),
    response=choice(join_response_code=_JOIN_RESPONSE_CODE),
)
_UNJOIN = Asn1Payload(
    command=choice(other_device_entity_identifier=ENTITY_IDENTIFIER),
    response=choice(unjoin_response_code=codes("success", "notInDeviceLog", "otherFailure")),
)

PAYLOADS = {
    "CS03A1": _JOIN,
    "CS03A2": _JOIN,
    "CS03B": _JOIN,
    "CS03C": _JOIN,
    "CS04AC": _UNJOIN,
    "CS04B": _UNJOIN,
    "CS07": Asn1Payload(
        command=choice(read_device_join_details=NULL),
        response=sequence(response_code=codes("success", "readFailure"), device_log_entries=optional(_DEVICE_LOG)),
    ),
    "GCS59": Asn1Payload(
        command=sequence(device_log_entries=_DEVICE_LOG),
        response=sequence(
            restore_outcomes=SequenceOf(
                sequence(device_log_entry=_DEVICE_LOG_ENTRY, join_response_code=_JOIN_RESPONSE_CODE)
            )
        ),
    ),
    "GCS62": Asn1Payload(alert=sequence(alert_code=ALERT_CODE, backup_date_time=TIME, device_log_entries=_DEVICE_LOG)),
}
