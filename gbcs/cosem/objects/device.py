"""Identity, clock, user interface and the rest of the device (GBCS use case tables; SMETS names)."""

from __future__ import annotations

from gbcs.cosem.composite import fixed, structure
from gbcs.cosem.date_time import CosemDateTime
from gbcs.cosem.objects.classes import CLOCK, DATA, EXTENDED_DATA
from gbcs.cosem.objects.model import Method, declare
from gbcs.cosem.objects.quantities import SHORT_DURATION
from gbcs.cosem.types import DATE_TIME, ENUM, INTEGER, LONG_UNSIGNED, UNSIGNED, Enumeration, OctetString, Text, octets

FIRMWARE_VERSION = declare("firmware_version", "FirmwareVersion", DATA, "0-0:0.2.1.255", value=octets(4))
RANDOMISED_OFFSET = declare("randomised_offset", "RandomisedOffset", DATA, "0-0:94.44.0.0", value=SHORT_DURATION)
RANDOMISED_OFFSET_LIMIT = declare(
    "randomised_offset_limit", "RandomisedOffsetLimit", DATA, "0-0:94.44.0.1", value=SHORT_DURATION
)
RANDOMISED_OFFSET_NUMBER = declare(
    "randomised_offset_number", "RandomisedOffsetNumber", DATA, "0-0:94.44.0.2", value=LONG_UNSIGNED
)
DISABLE_PRIVACY_PIN_PROTECTION = declare(
    "disable_privacy_pin_protection", "DisablePrivacyPinProtection", DATA, "0-0:94.44.3.1", value=octets(0)
)
RESTRICT_DATA_DATE_TIME = declare(
    "restrict_data_date_time", "restrictDataDateTime", DATA, "0-0:94.44.3.2", value=DATE_TIME
)
ENTITY_IDENTIFIER = declare("entity_identifier", "EntityIdentifier", DATA, "0-0:96.1.1.255", value=octets(8))
METER_VARIANT = declare("meter_variant", "MeterVariant", DATA, "0-0:96.1.2.255", value=octets(1))
MODEL_TYPE = declare("model_type", "ModelType(SmartMeter)", DATA, "0-0:96.1.4.255", value=octets(8))
MANUFACTURER_IDENTIFIER = declare(
    "manufacturer_identifier", "ManufacturerIdentifier", DATA, "0-0:96.1.6.255", value=octets(3, 4)
)
SUPPLIER_MESSAGE = declare(
    "supplier_message", "SupplierMessage", DATA, "0-2:96.13.1.255", value=Text(OctetString(0, 116))
)
CUSTOMER_IDENTIFICATION_NUMBER = declare(
    "customer_identification_number", "CustomerIdentificationNumber", DATA, "0-3:96.13.1.255", value=octets(4)
)
EXPORT_MPAN = declare(
    "export_mpan", "MeterPointAdministrationNumber(ExportMPAN)", DATA, "1-0:0.0.2.255", value=octets(13)
)
TIME = declare(
    "time",
    "Time",
    CLOCK,
    "0-0:1.0.0.255",
    time=DATE_TIME,
    status=Enumeration({0: "reliable", 1: "invalid", 2: "unreliable"}, UNSIGNED),
    clock_base=Enumeration({5: "radio controlled"}, ENUM),
    adjust_to_preset_time=Method(INTEGER),
    preset_adjusting_time=Method(
        structure(
            preset_time=fixed(DATE_TIME, CosemDateTime.NEVER),
            validity_interval_start=DATE_TIME,
            validity_interval_end=DATE_TIME,
        )
    ),
)
SUPPLIER_TELEPHONE_NUMBER = declare(
    "supplier_telephone_number", "ContactDetails", EXTENDED_DATA, "0-0:96.13.0.255", value_active=octets(0, 18)
)
SUPPLIER_NAME = declare("supplier_name", "ContactDetails", EXTENDED_DATA, "0-0:96.13.1.255", value_active=octets(0, 15))
