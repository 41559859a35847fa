"""Device Management cluster 0x0708: commands."""

from __future__ import annotations

from gbcs.gbz.clusters.shared import EVENT_ID, MINUTES, PART
from gbcs.gbz.model import Cluster, to_client, to_server
from gbcs.gbz.types import START, TIME, U8, U32, Code, Count, Enumeration, Octets, Repeated, repeated, text

_THIS = Cluster.DEVICE_MANAGEMENT

REPORT_EVENT_CONFIGURATION = to_server(
    _THIS,
    0x04,
    "ReportEventConfiguration",
    **PART,
    events=repeated(event_id=EVENT_ID, event_configuration=U8),
)
PUBLISH_CHANGE_OF_TENANCY = to_client(
    _THIS,
    0x00,
    "PublishChangeOfTenancy",
    provider_id=U32,
    issuer_event_id=TIME,
    tariff_type=U8,
    implementation_date_time=START,
    proposed_tenancy_change_control=Code(U32),
)
PUBLISH_CHANGE_OF_SUPPLIER = to_client(
    _THIS,
    0x01,
    "PublishChangeOfSupplier",
    current_provider_id=U32,
    issuer_event_id=TIME,
    tariff_type=U8,
    proposed_provider_id=U32,
    implementation_time=START,
    provider_change_control=Code(U32),
    proposed_provider_name=text(15),
    proposed_provider_contact_details=text(18),
)
REQUEST_NEW_PASSWORD_RESPONSE = to_client(
    _THIS,
    0x02,
    "RequestNewPasswordResponse",
    issuer_event_id=TIME,
    implementation_date_time=START,
    duration_minutes=MINUTES,
    password_type=Enumeration({0x02: "consumer menu"}),
    password=Octets(),
)
UPDATE_SITE_ID = to_client(
    _THIS,
    0x03,
    "UpdateSiteID",
    issuer_event_id=TIME,
    site_id_time=START,
    provider_id=U32,
    site_id=text(32),
)
SET_EVENT_CONFIGURATION = to_client(
    _THIS,
    0x04,
    "SetEventConfiguration",
    issuer_event_id=TIME,
    start_date_time=START,
    event_configuration=U8,
    configuration_control=U8,
    number_of_events=Count("event_ids"),
    event_ids=Repeated(EVENT_ID),
)
GET_EVENT_CONFIGURATION = to_client(_THIS, 0x05, "GetEventConfiguration", event_id=EVENT_ID)
UPDATE_CIN = to_client(
    _THIS,
    0x06,
    "UpdateCIN",
    issuer_event_id=TIME,
    cin_implementation_time=START,
    provider_id=U32,
    customer_id_number=text(4),
)
