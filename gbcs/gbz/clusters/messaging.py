"""Messaging cluster 0x0703: commands."""

from __future__ import annotations

from gbcs.gbz.clusters.shared import MINUTES
from gbcs.gbz.model import Cluster, to_client
from gbcs.gbz.types import START, U8, U32, OptionalField, text

_THIS = Cluster.MESSAGING

DISPLAY_MESSAGE = to_client(
    _THIS,
    0x00,
    "DisplayMessage",
    message_id=U32,
    message_control=U8,
    start_time=START,
    duration_minutes=MINUTES,
    message=text(116, 1),
    extended_message_control=OptionalField(U8),
)
