"""Values and runs of fields that several clusters have."""

from __future__ import annotations

from gbcs.gbz.types import TIME, U8, U16, U32, Code, Enumeration, ZclType

EVENT_ID = Code()
UNIT = Enumeration({0x00: "kWh", 0x01: "m3"})
CURRENCY = Enumeration({826: "GBP", 978: "EUR"}, U16)
#: Number of decimals in the high nibble.
TRAILING_DIGIT = Enumeration({decimals << 4: f"{decimals} decimals" for decimals in range(10)})
#: Which part of an answer too long for one command.
PART: dict[str, ZclType] = {"command_index": U8, "total_commands": U8}
SNAPSHOT_QUERY: dict[str, ZclType] = {
    "earliest_start": TIME,
    "latest_end": TIME,
    "snapshot_offset": U8,
    "snapshot_cause": Code(U32),
}
SNAPSHOT_HEAD: dict[str, ZclType] = {
    "snapshot_id": U32,
    "snapshot_time": TIME,
    "snapshots_found": U8,
    **PART,
    "snapshot_cause": Code(U32),
    "payload_type": U8,
}
