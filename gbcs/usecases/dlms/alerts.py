"""Alerts: DLMS COSEM payloads (message structure 7)."""

from __future__ import annotations

from gbcs.alert_codes import INTEGRITY_ISSUES
from gbcs.cosem import objects as o
from gbcs.cosem.composite import Array, structure
from gbcs.cosem.objects.classes import INTERFACE_CLASSES
from gbcs.cosem.packed import IDENTIFIER, INSTANCE, Packed
from gbcs.cosem.types import DATE_TIME, LONG_UNSIGNED, UNSIGNED, Enumeration, Number, bits, octets, utf8_string
from gbcs.message import Cra
from gbcs.usecases.index import USE_CASE_OF_CODE
from gbcs.usecases.notification import Notification

_MESSAGE_CODE = Enumeration(USE_CASE_OF_CODE, LONG_UNSIGNED, digits=4)
_CLASS = Enumeration({each.class_id: each.name for each in INTERFACE_CLASSES}, LONG_UNSIGNED)
_CRA_FLAG = Enumeration({flag.value: flag.name.lower() for flag in Cra}, UNSIGNED)
_COUNTER = Number("long64-unsigned", 0x15, 8)
_DISCARDED = Packed(
    25,
    {
        "originator_id": IDENTIFIER,
        "target_id": IDENTIFIER,
        "cra_flag": _CRA_FLAG,
        "originator_counter": _COUNTER,
    },
)
_BACKED_UP = structure(device=octets(8), hashed_tc_link_key=octets(0, 16))
_PLAIN = Notification()

PAYLOADS = {
    "GCA-DLMS": _PLAIN,
    "GNCA-DLMS": _PLAIN,
    "FDEIA-DLMS": Notification(
        instruction=Packed(
            19,
            {
                "message_code": _MESSAGE_CODE,
                "originator_counter": _COUNTER,
                "class_number": _CLASS,
                "instance": INSTANCE,
                "attribute": UNSIGNED,
            },
        )
    ),
    "FDRA-DLMS": Notification(manufacturer_image_hash=octets(32)),
    "FTDRPM": Notification(undelivered_message=_DISCARDED),
    "MIIWA-DLMS": Notification(
        meter_integrity_issue=Packed(2, {"cause": Enumeration(INTEGRITY_ISSUES, LONG_UNSIGNED)})
    ),
    "CS14": Notification(
        device_log=structure(backup_date_time=DATE_TIME, extended_pan_id=octets(8), devices=Array(_BACKED_UP, 0, 16))
    ),
    "DBCH06": Notification(device=octets(8)),
    "DBCH07": Notification(
        sub_ghz_channel=structure(operating_sub_ghz_channel=bits(32), reason=octets(1)),
    ),
    "DBCH08": Notification(channel_scan=structure(request=octets(1), outcome=octets(1))),
    "DBCH09": Notification(sub_ghz_configuration=o.SUB_GHZ_CONFIGURATION_SETTINGS.member("value").type),
    "DBCH10": Notification(discarded_message=_DISCARDED),
    "DBCH11": Notification(device=octets(8)),
    "ECS68": Notification((o.BILLING_DATA_LOG_REGISTERS, "buffer")),
    "ECS80": Notification(interruption=DATE_TIME, restoration=DATE_TIME),
    "ECS100": Notification(command=Packed(10, {"message_code": _MESSAGE_CODE, "originator_counter": _COUNTER})),
    # The high nibble of the controller is 1 for output and 2 for input, the low one its number.
    "ECS101": Notification(controller=UNSIGNED, start=DATE_TIME, end=DATE_TIME, level=UNSIGNED),
    "ECS102": Notification(controller=UNSIGNED, level=UNSIGNED),
    "ECS200": Notification(operational_update=utf8_string(72_000)),
}
