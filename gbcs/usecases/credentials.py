"""Payloads of the security credentials use cases: CS02a to CS02g and their alerts (message structure 6.3 to 6.5)."""

from __future__ import annotations

from gbcs.asn1.certificate import CERTIFICATE
from gbcs.asn1.common import (
    ALERT_CODE,
    CELL_USAGE,
    KEY_IDENTIFIER,
    KEY_USAGE,
    REMOTE_PARTY_ROLE,
    coded,
    codes,
    originator_counter,
)
from gbcs.asn1.composite import Field, Sequence, SequenceOf, choice, implicit, optional, repeats, sequence
from gbcs.asn1.payload import Asn1Payload
from gbcs.asn1.types import COUNTER, ENTITY_IDENTIFIER, ENUMERATED, NULL, TIME, OctetString, TaggedType
from gbcs.message import Message

_MANAGEMENT, _APPLY = 0, 0

_TRUST_ANCHOR_CELL = sequence(
    remote_party_role=REMOTE_PARTY_ROLE,
    key_usage=KEY_USAGE,
    cell_usage=optional(CELL_USAGE, default=_MANAGEMENT),
)
#: Numbers of RFC 5934.
_STATUS_CODE = coded(
    {
        0: "success",
        5: "badCertificate",
        10: "noTrustAnchor",
        17: "insufficientMemory",
        25: "trustAnchorNotFound",
        30: "resourcesBusy",
        127: "other",
    },
    tag=ENUMERATED,
)

# CS02a and CS02f.

_PROVIDE_DETAILS = Asn1Payload(
    command=sequence(
        authorising_remote_party_ta_cell_identifier=_TRUST_ANCHOR_CELL,
        remote_party_roles_credentials_required=SequenceOf(REMOTE_PARTY_ROLE),
    ),
    response=choice(
        remote_party_details=SequenceOf(
            sequence(
                remote_party_role=REMOTE_PARTY_ROLE,
                status_code=_STATUS_CODE,
                current_seq_number=optional(COUNTER),
                trust_anchor_cells_details=optional(
                    SequenceOf(
                        sequence(
                            key_usage=KEY_USAGE,
                            cell_usage=optional(CELL_USAGE, default=_MANAGEMENT),
                            existing_subject_unique_id=ENTITY_IDENTIFIER,
                            existing_subject_key_identifier=KEY_IDENTIFIER,
                        )
                    )
                ),
            )
        )
    ),
)

# CS02b and CS02g.

_REPLACEMENT_MODE = codes(
    "rootBySupplier",
    "rootByWanProvider",
    "supplierBySupplier",
    "networkOperatorByNetworkOperator",
    "accessControlBrokerByACB",
    "wanProviderByWanProvider",
    "transCoSByTransCoS",
    "supplierByTransCoS",
    "anyExceptAbnormalRootByRecovery",
    "anyByContingency",
    "loadControllerByLoadController",
    "loadControllerBySupplier",
)
_MODE_OF_CODE = {0x0100 + mode: mode for mode in range(10)} | {0x0125: 10, 0x0126: 11}


def _mode(header: Message) -> int | None:
    return _MODE_OF_CODE.get(header.message_code)


_SPECIALIST_SEQ_NUMBERS = SequenceOf(sequence(usage=codes("prepaymentTopUp"), seq_number=COUNTER))
_SEQ_NUMBER_CHANGES = SequenceOf(
    sequence(
        remote_party_role=REMOTE_PARTY_ROLE,
        floor_seq_number=COUNTER,
        specialist_floor_seq_numbers=optional(_SPECIALIST_SEQ_NUMBERS),
    )
)
_REPLACEMENT_OUTCOMES = SequenceOf(
    sequence(
        affected_trust_anchor_cell=_TRUST_ANCHOR_CELL,
        status_code=_STATUS_CODE,
        existing_subject_unique_id=OctetString(),
        existing_subject_key_identifier=OctetString(),
        replacing_subject_unique_id=OctetString(),
        replacing_subject_key_identifier=OctetString(),
    )
)


def _outcome(seq_number: TaggedType | Field, mode: TaggedType | Field) -> Sequence:
    return sequence(
        authorising_remote_party_seq_number=seq_number,
        credentials_replacement_mode=mode,
        remote_party_seq_number_changes=_SEQ_NUMBER_CHANGES,
        replacement_outcomes=_REPLACEMENT_OUTCOMES,
    )


_UPDATE = Asn1Payload(
    command=sequence(
        authorising_remote_party_control=sequence(
            credentials_replacement_mode=repeats(_REPLACEMENT_MODE, _mode),
            plaintext_symmetric_key=optional(implicit(0, OctetString())),
            apply_time_based_cpv_checks=optional(implicit(1, codes("apply", "disapply")), default=_APPLY),
            authorising_remote_party_ta_cell_identifier=optional(implicit(2, _TRUST_ANCHOR_CELL)),
            authorising_remote_party_seq_number=repeats(implicit(3, COUNTER), originator_counter),
            new_remote_party_floor_seq_number=optional(implicit(4, COUNTER)),
            new_remote_party_specialist_floor_seq_number=optional(implicit(5, _SPECIALIST_SEQ_NUMBERS)),
            other_remote_party_seq_number_changes=optional(implicit(6, _SEQ_NUMBER_CHANGES)),
        ),
        replacements=SequenceOf(
            sequence(replacement_certificate=CERTIFICATE, target_trust_anchor_cell=_TRUST_ANCHOR_CELL)
        ),
        certification_path_certificates=SequenceOf(CERTIFICATE),
        execution_date_time=optional(TIME),
    ),
    response=sequence(
        command_accepted=NULL,
        # Not there when the command was future-dated.
        execution_outcome=optional(_outcome(repeats(COUNTER, originator_counter), repeats(_REPLACEMENT_MODE, _mode))),
    ),
)
_UPDATED = Asn1Payload(
    alert=sequence(
        alert_code=ALERT_CODE, execution_date_time=TIME, execution_outcome=_outcome(COUNTER, _REPLACEMENT_MODE)
    )
)

PAYLOADS = {
    "CS02a": _PROVIDE_DETAILS,
    "CS02f": _PROVIDE_DETAILS,
    "CS02b": _UPDATE,
    "CS02g": _UPDATE,
    "FDUSCA": _UPDATED,
    "FDULCSCA": _UPDATED,
    "CS02c": Asn1Payload(
        command=sequence(key_usage=KEY_USAGE),
        response=choice(
            certification_request=CERTIFICATE,
            response_code=coded({1: "invalidKeyUsage", 2: "keyPairGenerationFailed", 3: "cRProductionFailed"}),
        ),
    ),
    "CS02d": Asn1Payload(
        command=choice(certificate=CERTIFICATE),
        response=choice(
            response_code=codes(
                "success",
                "invalidCertificate",
                "wrongDeviceIdentity",
                "invalidKeyUsage",
                "noCorrespondingKeyPairGenerated",
                "wrongPublicKey",
                "certificateStorageFailed",
                "privateKeyChangeFailed",
            )
        ),
    ),
    "CS02e": Asn1Payload(
        command=sequence(key_usage=KEY_USAGE),
        response=choice(
            certificate=CERTIFICATE,
            response_code=coded({1: "invalidKeyUsage", 2: "noCertificateHeld", 3: "certificateRetrievalFailure"}),
        ),
    ),
}
