"""Values and runs of fields that several clusters have."""

from __future__ import annotations

from gbcs.gbz.types import I32, TIME, U8, U16, U32, U48, Code, Enumeration, ZclType, quantity

EVENT_ID = Code()
UNIT = Enumeration({0x00: "kWh", 0x01: "m3"})
#: Money in millipence, 10^-5 of the currency unit.
BALANCE = quantity(I32, "currency", -5)
AMOUNT = quantity(U32, "currency", -5)
PRICE = quantity(U32, "currency/kWh", -5)
MINUTES = quantity(U16, "min")
SECONDS = quantity(U16, "s")
PERCENTAGE = quantity(U16, "%", -2)
ENERGY = quantity(U48, "kWh", -3)
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
