"""Payloads of firmware activation, and of the clock of the GSME (message structure 6.7)."""

from __future__ import annotations

from gbcs.asn1.common import ALERT_CODE, FIRMWARE_VERSION, codes, originator_counter
from gbcs.asn1.composite import choice, optional, repeats, sequence
from gbcs.asn1.payload import Asn1Payload
from gbcs.asn1.types import COUNTER, ENTITY_IDENTIFIER, NULL, TIME, OctetString

_ACTIVATION_OUTCOME = sequence(
    response_code=codes("success", "noImageHeld", "hashMismatch", "activationFailure"),
    firmware_version=FIRMWARE_VERSION,
)

PAYLOADS = {
    "CS06": Asn1Payload(
        command=sequence(
            manufacturer_image_hash=OctetString(32),
            originator_counter=repeats(COUNTER, originator_counter),
            execution_date_time=optional(TIME),
        ),
        # Accepted where the command was future-dated, else the outcome.
        response=choice(command_accepted=NULL, execution_outcome=_ACTIVATION_OUTCOME),
    ),
    "FDFAA": Asn1Payload(
        alert=sequence(
            alert_code=ALERT_CODE,
            execution_date_time=TIME,
            originator_counter=COUNTER,
            execution_outcome=_ACTIVATION_OUTCOME,
        )
    ),
    "CS08": Asn1Payload(
        command=choice(read_firmware_version=NULL),
        response=sequence(firmware_version=FIRMWARE_VERSION, response_code=codes("success", "failure")),
    ),
    "CS09": Asn1Payload(
        alert=sequence(
            alert_code=ALERT_CODE,
            date_time=TIME,
            firmware_version=FIRMWARE_VERSION,
            activation_result=codes("success", "failure"),
        )
    ),
    "CCS08": Asn1Payload(
        alert=sequence(
            alert_code=ALERT_CODE,
            date_time=TIME,
            device_identifier=ENTITY_IDENTIFIER,
            firmware_version=FIRMWARE_VERSION,
            response_code=codes("success", "imageDiscarded", "hardwareVersionMismatch", "fileTransferFailure"),
        )
    ),
    "GCS28": Asn1Payload(
        command=sequence(validity_interval_start=TIME, validity_interval_end=TIME),
        response=sequence(device_time=TIME, device_time_status=codes("reliable", "invalid", "unreliable")),
    ),
}
