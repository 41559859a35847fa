"""What a gas meter holds, and a GPF has a copy of (SMETS 4.6, CHTS 4.5, 4.6), behind the commands that read it.

Attributes are in the ZCL server. Beside them are records by time, snapshots, samples, and what was published.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple, TypeAlias

from devices.errors import ComponentFailed
from devices.events import moment_of, seconds_of
from devices.store import Store
from devices.zcl.records import Publications, Records, Samples, Sampling, Snapshots
from devices.zcl.server import Fields, ZclServer
from gbcs.cosem.types import Value
from gbcs.gbz.clusters import calendar, metering, prepayment, price
from gbcs.gbz.clusters.shared import AMOUNT, BALANCE, EVENT_ID
from gbcs.gbz.model import Attribute, Command
from gbcs.gbz.types import Octets, Text
from gbcs.usecases.gas_reads import (
    BILLING_SNAPSHOTS,
    DAILY_CONSUMPTION_SAMPLES,
    DAILY_SNAPSHOTS,
    DEBT_RECORDS,
    NETWORK_SAMPLES,
    PROFILE_SAMPLES,
    TOP_UP_RECORDS,
)

HALF_HOUR, DAY, SIX_MINUTES = 1800, 86400, 360
#: Sample identifiers.
PROFILE, DAILY_CONSUMPTION, NETWORK = 0, 1, 2
_SAMPLINGS: Mapping[int, Sampling] = {
    PROFILE: Sampling(HALF_HOUR, HALF_HOUR, PROFILE_SAMPLES),
    DAILY_CONSUMPTION: Sampling(DAY, 0xFFFF, DAILY_CONSUMPTION_SAMPLES),
    NETWORK: Sampling(SIX_MINUTES, SIX_MINUTES, NETWORK_SAMPLES),
}
#: What caused a snapshot.
DAILY_READ, END_OF_BILLING_PERIOD, TARIFF_CHANGED, PAYMENT_MODE_CHANGED, SUPPLIER_CHANGED = (
    0x0001,
    0x0002,
    0x0008,
    0x2000,
    0x4000,
)
_SNAPSHOTS: Mapping[int, int] = {
    DAILY_READ: DAILY_SNAPSHOTS,
    END_OF_BILLING_PERIOD: BILLING_SNAPSHOTS,
    TARIFF_CHANGED | PAYMENT_MODE_CHANGED | SUPPLIER_CHANGED: BILLING_SNAPSHOTS,
}
#: Event logs of the meter, by the identifier that asks a GPF for them.
METER_EVENTS, METER_SECURITY_EVENTS = 0x06, 0x07
_EVENT_RECORDS = 100
#: Calendars by the selector that asks for them.
TARIFF, NON_DISABLEMENT = 0xFFFFFFFF, 0xFFFFFFFE
PAYMENT_DEBT = 0x02
_PUBLISHED = (
    (calendar.GET_DAY_PROFILES, calendar.PUBLISH_DAY_PROFILE),
    (calendar.GET_WEEK_PROFILES, calendar.PUBLISH_WEEK_PROFILE),
    (calendar.GET_SEASONS, calendar.PUBLISH_SEASONS),
    (calendar.GET_SPECIAL_DAYS, calendar.PUBLISH_SPECIAL_DAYS),
    (price.GET_CURRENT_PRICE, price.PUBLISH_PRICE),
    (price.GET_BILLING_PERIOD, price.PUBLISH_BILLING_PERIOD),
)
_SEVERAL = (calendar.PUBLISH_DAY_PROFILE, calendar.PUBLISH_WEEK_PROFILE)
_ALL_IN_ONE: Fields = {"command_index": 0, "total_commands": 1}
#: Where the fields of a snapshot come from.
_Source: TypeAlias = Attribute | tuple[Attribute, ...] | int
_REGISTERS: Mapping[str, _Source] = {
    "current_summation": metering.CURRENT_SUMMATION,
    "tiers_in_use": len(metering.TIER_SUMMATIONS),
    "tier_summations": metering.TIER_SUMMATIONS,
    "tiers_and_blocks_in_use": 0x14,
    "tier_block_summations": metering.BLOCK_SUMMATIONS,
}
_BALANCES: Mapping[str, _Source] = {
    "accumulated_debt": prepayment.ACCUMULATED_DEBT,
    "time_debt_1": prepayment.DEBT_AMOUNTS[0],
    "time_debt_2": prepayment.DEBT_AMOUNTS[1],
    "payment_debt": prepayment.DEBT_AMOUNTS[2],
    "emergency_credit_remaining": prepayment.EMERGENCY_CREDIT_REMAINING,
    "credit_remaining": prepayment.CREDIT_REMAINING,
}
#: Payload types of snapshots: registers by tier and block, balances.
_REGISTERS_TYPE, _BALANCES_TYPE = 6, 0
_REPORTED = "gas/reported"
_STAMP = struct.Struct(">I?")


class Stamp(NamedTuple):
    """When a meter last told of itself, by its own clock, and whether that can be trusted."""

    time: datetime
    is_reliable: bool


class GasData:
    """The registers, logs and tariff of one gas meter.

    Attributes:
        zcl: attributes, and the commands that read what is not an attribute.
        samples: consumption by `PROFILE`, `DAILY_CONSUMPTION` and `NETWORK`, in units of the registers.
        debts, top_ups: what was paid.
        events: the meter's event logs by identifier, `METER_EVENTS` and `METER_SECURITY_EVENTS`.
        publications: calendars by selector, the current price, the billing period.
    """

    def __init__(self, zcl: ZclServer, store: Store) -> None:
        self.zcl = zcl
        self._store = store
        self.samples = {each: Samples(store, each, sampling) for each, sampling in _SAMPLINGS.items()}
        self._snapshots = Snapshots(store, metering.PUBLISH_SNAPSHOT, _SNAPSHOTS, _REGISTERS, _REGISTERS_TYPE)
        self._prepay = Snapshots(store, prepayment.PUBLISH_PREPAY_SNAPSHOT, _SNAPSHOTS, _BALANCES, _BALANCES_TYPE)
        self.debts = Records(store, "debts", {"amount_collected": AMOUNT, "outstanding_debt": AMOUNT}, DEBT_RECORDS)
        self.top_ups = Records(store, "top ups", {"top_up_code": Text(), "top_up_amount": BALANCE}, TOP_UP_RECORDS)
        event = {"event_id": EVENT_ID, "event_data": Octets()}
        self.events = {
            log: Records(store, f"events/{log}", event, _EVENT_RECORDS) for log in (METER_EVENTS, METER_SECURITY_EVENTS)
        }
        self.publications = Publications(store)
        zcl.handle(metering.GET_SAMPLED_DATA, self._sampled)
        zcl.handle(metering.GET_SNAPSHOT, self._snapshots.answer)
        zcl.handle(prepayment.GET_PREPAY_SNAPSHOT, self._prepay.answer)
        zcl.handle(prepayment.GET_DEBT_REPAYMENT_LOG, self._repayments)
        zcl.handle(prepayment.GET_TOP_UP_LOG, self._paid)
        for query, publication in _PUBLISHED:
            zcl.handle(query, partial(self._published, publication))

    def take_snapshot(self, time: int, cause: int) -> None:
        """Keeps registers and balances as they stand; `time` is what the snapshot says.

        Raises:
            ComponentFailed: an attribute has no value.
            DeviceError: no snapshots of that cause are kept.
        """
        self._snapshots.append(time, cause, self._content(_REGISTERS))
        self._prepay.append(time, cause, self._content(_BALANCES))

    def reported(self, time: datetime, *, is_reliable: bool = True) -> None:
        """The meter has told of itself; `time` is its own."""
        self._store[_REPORTED] = _STAMP.pack(seconds_of(time), is_reliable)

    @property
    def stamp(self) -> Stamp | None:
        """See `reported`; None while the meter never has."""
        octets = self._store.get(_REPORTED)
        if octets is None:
            return None
        seconds, is_reliable = _STAMP.unpack(octets)
        return Stamp(moment_of(seconds), is_reliable)

    def _content(self, fields: Mapping[str, _Source]) -> Fields:
        return {name: self._value(source) for name, source in fields.items()}

    def _value(self, source: _Source) -> Value:
        if isinstance(source, int):
            return source
        if isinstance(source, Attribute):
            return self.zcl.get(source)
        return [self.zcl.get(each) for each in source]

    def _sampled(self, query: Fields) -> Fields:
        if query["sample_id"] not in self.samples:
            raise ComponentFailed
        return self.samples[query["sample_id"]].answer(query)

    def _repayments(self, query: Fields) -> Fields:
        found = self.debts.read(query["from_date_time"], query["latest_end_time"])[-query["number_of_debts"] :]
        debts = [
            {
                "collection_time": each["time"],
                "amount_collected": each["amount_collected"],
                "debt_type": PAYMENT_DEBT,
                "outstanding_debt": each["outstanding_debt"],
            }
            for each in found
        ]
        return _listed("debts", debts)

    def _paid(self, query: Fields) -> Fields:
        found = self.top_ups.read(query["from_date_time"], query["latest_end_time"])[-query["number_of_records"] :]
        # The newest comes first, other than in all other logs.
        top_ups = [
            {
                "top_up_code": each["top_up_code"],
                "top_up_amount": each["top_up_amount"],
                "top_up_time": each["time"],
            }
            for each in reversed(found)
        ]
        return _listed("top_ups", top_ups)

    def _published(self, publication: Command, query: Fields) -> Value:
        found = self.publications.get(publication, query.get("issuer_calendar_id", 0))
        return found if publication in _SEVERAL else found[0]


def _listed(name: str, records: Sequence[Fields]) -> Fields:
    if not records:
        raise ComponentFailed
    return {**_ALL_IN_ONE, name: records}
