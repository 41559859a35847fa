"""Events cluster 0x0709: commands."""

from __future__ import annotations

from gbcs.gbz.clusters.shared import EVENT_ID, PART
from gbcs.gbz.model import Cluster, to_client, to_client_quietly, to_server
from gbcs.gbz.types import TIME, U8, U16, Enumeration, Octets, repeated

_THIS = Cluster.EVENTS
_LOG = Enumeration(
    {
        0x03: "general event log",
        0x04: "security event log",
        0x06: "proxy copy of the general event log",
        0x07: "proxy copy of the security event log",
    }
)
#: The general logs with bit 4 set, which asks for the events' data too.
_LOG_READ = Enumeration(
    {
        0x13: "general event log",
        0x16: "proxy copy of the general event log",
        0x04: "security event log",
        0x07: "proxy copy of the security event log",
    }
)

GET_EVENT_LOG = to_server(
    _THIS,
    0x00,
    "GetEventLog",
    event_control_log_id=_LOG_READ,
    event_id=EVENT_ID,
    start_time=TIME,
    end_time=TIME,
    number_of_events=U8,
    event_offset=U16,
)
CLEAR_EVENT_LOG_REQUEST = to_server(_THIS, 0x01, "ClearEventLogRequest", log_id=_LOG)
PUBLISH_EVENT_LOG = to_client_quietly(
    _THIS,
    0x01,
    "PublishEventLog",
    total_number_of_events=U16,
    **PART,
    log_payload_control=U8,
    events=repeated(log_id=_LOG, event_id=EVENT_ID, event_time=TIME, event_data=Octets()),
)
CLEAR_EVENT_LOG_RESPONSE = to_client(
    _THIS,
    0x02,
    "ClearEventLogResponse",
    cleared_event_logs=Enumeration({0x00: "none", 0x08: "general event log"}),
)
