"""Metering cluster 0x0702: attributes and commands."""

from __future__ import annotations

from gbcs.gbz.clusters.shared import SECONDS, SNAPSHOT_HEAD, SNAPSHOT_QUERY, UNIT
from gbcs.gbz.model import (
    ENUM8,
    OCTET_STRING,
    UINT8,
    UINT16,
    UINT24,
    UINT32,
    UINT48,
    Cluster,
    attribute,
    to_client,
    to_client_quietly,
    to_server,
)
from gbcs.gbz.types import START, TIME, U8, U16, U24, U32, U48, Enumeration, Repeated, Text, quantity

_THIS = Cluster.METERING
_FLOW_UNIT = Enumeration({0x01: "m3/h"})
_SAMPLE_TYPE = Enumeration({0x00: "consumption delivered"})
_SUPPLY_STATUS = Enumeration({0x00: "off", 0x01: "armed", 0x02: "on"})
#: What an event does to the supply.
_SUPPLY_STATE = Enumeration({0x00: "locked", 0x03: "unchanged"})
_SUPPLY_STATE_OFF = Enumeration({0x00: "off", 0x03: "unchanged"})

CURRENT_SUMMATION = attribute(_THIS, 0x0000, "current_summation_delivered", UINT48)
SUPPLY_STATUS = attribute(_THIS, 0x0014, "supply_status", ENUM8, _SUPPLY_STATUS)
TIER_SUMMATIONS = tuple(
    attribute(_THIS, 0x0100 + 2 * n, f"current_tier_{n + 1}_summation_delivered", UINT48) for n in range(4)
)
REMAINING_BATTERY_LIFE = attribute(_THIS, 0x0205, "remaining_battery_life_in_days", UINT16)
#: Holds the firmware version.
CURRENT_METER_ID = attribute(_THIS, 0x0206, "current_meter_id", OCTET_STRING)
UNIT_OF_MEASURE = attribute(_THIS, 0x0300, "unit_of_measure", ENUM8, UNIT)
MULTIPLIER = attribute(_THIS, 0x0301, "multiplier", UINT24)
DIVISOR = attribute(_THIS, 0x0302, "divisor", UINT24)
SITE_ID = attribute(_THIS, 0x0307, "site_id", OCTET_STRING, Text())
SUPPLY_TAMPER_STATE = attribute(_THIS, 0x0607, "supply_tamper_state", ENUM8, _SUPPLY_STATE)
SUPPLY_DEPLETION_STATE = attribute(_THIS, 0x0608, "supply_depletion_state", ENUM8, _SUPPLY_STATE)
BLOCK_SUMMATIONS = tuple(
    attribute(_THIS, 0x0700 + n, f"current_no_tier_block_{n + 1}_summation_delivered", UINT48) for n in range(4)
)
BILL_TO_DATE = attribute(_THIS, 0x0A00, "bill_to_date_delivered", UINT32)
UNCONTROLLED_FLOW_THRESHOLD = attribute(_THIS, 0x0B10, "uncontrolled_flow_threshold", UINT16)
UNCONTROLLED_FLOW_UNIT = attribute(_THIS, 0x0B11, "uncontrolled_flow_threshold_unit_of_measure", ENUM8, _FLOW_UNIT)
UNCONTROLLED_FLOW_MULTIPLIER = attribute(_THIS, 0x0B12, "uncontrolled_flow_multiplier", UINT16)
UNCONTROLLED_FLOW_DIVISOR = attribute(_THIS, 0x0B13, "uncontrolled_flow_divisor", UINT16)
FLOW_STABILISATION_PERIOD = attribute(_THIS, 0x0B14, "flow_stabilisation_period", UINT8)
FLOW_MEASUREMENT_PERIOD = attribute(_THIS, 0x0B15, "flow_measurement_period", UINT16)

GET_SNAPSHOT = to_server(_THIS, 0x06, "GetSnapshot", **SNAPSHOT_QUERY)
START_SAMPLING = to_server(
    _THIS,
    0x07,
    "StartSampling",
    issuer_event_id=TIME,
    start_sampling_time=START,
    sample_type=_SAMPLE_TYPE,
    sample_request_interval=SECONDS,
    max_number_of_samples=U16,
)
GET_SAMPLED_DATA = to_server(
    _THIS,
    0x08,
    "GetSampledData",
    sample_id=U16,
    earliest_sample_time=TIME,
    sample_type=_SAMPLE_TYPE,
    number_of_samples=U16,
)
CHANGE_SUPPLY = to_server(
    _THIS,
    0x0B,
    "ChangeSupply",
    provider_id=U32,
    issuer_event_id=TIME,
    request_date_time=TIME,
    implementation_date_time=START,
    proposed_supply_status=_SUPPLY_STATUS,
    supply_control_bits=U8,
)
SET_SUPPLY_STATUS = to_server(
    _THIS,
    0x0D,
    "SetSupplyStatus",
    issuer_event_id=TIME,
    supply_tamper_state=_SUPPLY_STATE,
    supply_depletion_state=_SUPPLY_STATE,
    supply_uncontrolled_flow_state=_SUPPLY_STATE_OFF,
    load_limit_supply_state=_SUPPLY_STATE_OFF,
)
SET_UNCONTROLLED_FLOW_THRESHOLD = to_server(
    _THIS,
    0x0E,
    "SetUncontrolledFlowThreshold",
    provider_id=U32,
    issuer_event_id=TIME,
    uncontrolled_flow_threshold=U16,
    unit_of_measure=_FLOW_UNIT,
    multiplier=U16,
    divisor=U16,
    stabilisation_period=quantity(U8, "s", -1),
    measurement_period=SECONDS,
)
PUBLISH_SNAPSHOT = to_client_quietly(
    _THIS,
    0x06,
    "PublishSnapshot",
    **SNAPSHOT_HEAD,
    current_summation=U48,
    tiers_in_use=U8,
    tier_summations=Repeated(U48, 4),
    tiers_and_blocks_in_use=U8,
    tier_block_summations=Repeated(U48, 4),
)
GET_SAMPLED_DATA_RESPONSE = to_client_quietly(
    _THIS,
    0x07,
    "GetSampledDataResponse",
    sample_id=U16,
    sample_start_time=TIME,
    sample_type=_SAMPLE_TYPE,
    sample_request_interval=SECONDS,
    number_of_samples=U16,
    samples=Repeated(U24),
)
SUPPLY_STATUS_RESPONSE = to_client(
    _THIS,
    0x0C,
    "SupplyStatusResponse",
    provider_id=U32,
    issuer_event_id=TIME,
    implementation_date_time=START,
    supply_status=_SUPPLY_STATUS,
)
START_SAMPLING_RESPONSE = to_client(_THIS, 0x0D, "StartSamplingResponse", sample_id=U16)
