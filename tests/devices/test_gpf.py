"""What a GPF does, told as a rig's author would: a meter that joins or not, commands, time and restarts."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from devices.events import seconds_of
from devices.gas.data import METER_EVENTS, METER_SECURITY_EVENTS
from devices.gas.meter import GasMeter, GasTariff, household, watt_hours
from devices.hub.gpf import Gpf
from devices.settings import Settings
from devices.store import Store
from devices.trust_anchors import Cell, TrustAnchors
from devices.zcl.instances import attributes
from gbcs.decoding import Decoded, decode
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.gbz.attributes import Failed
from gbcs.gbz.clusters import metering, prepayment
from gbcs.gbz.status import Status
from gbcs.message import Cra, Supplementary
from gbcs.roles import KeyUse, RemotePartyRole
from gbcs.security import protection
from gbcs.usecases.catalogue import USE_CASES
from smki.authority import PARTIES, TestAuthority, make_estate
from smki.keystore import Keystore
from tests.devices.rig import BROKER, NETWORK_OPERATOR, NOW, SUPPLIER, command, protected
from tests.gbcs.gbz import COMMANDS, LISTS

_R = RemotePartyRole
GPF = Eui64.parse("00-00-5E-EF-20-00-00-04")
PPMID, IHD, METER = (Eui64.parse(f"00-00-5E-EF-20-00-00-1{n}") for n in range(3))
METHOD_B, METHOD_A = 2, 0
GSME_TYPE, PPMID_TYPE, TYPE_2 = 0, 5, 6
HALF_HOUR, DAY = timedelta(minutes=30), timedelta(days=1)
MIDNIGHT = datetime(2026, 3, 15, tzinfo=UTC)
POUND = 100_000


@pytest.fixture(scope="module")
def keys(authority: TestAuthority) -> Keystore:
    return make_estate(authority, devices=(GPF,))


class GasRig:
    """A GPF, and a head end that holds everybody's keys."""

    def __init__(
        self, keys: Keystore, meter: GasMeter | None = None, store: Store | None = None, **values: Any
    ) -> None:
        self.keys = keys
        self.now = NOW
        self.store = Store() if store is None else store
        anchors = TrustAnchors.from_keystore(keys, GPF, DeviceType.GPF)
        self.gpf = Gpf(anchors, now=self.now, store=self.store, source=meter, **values)

    def take(self, sent: Sequence[bytes]) -> list[Decoded]:
        """What came back, every message verified."""
        taken = [decode(octets, self.keys) for octets in sent]
        for each in taken:
            assert each.category
            protection.verify(each.message, each.category, self.keys)
        return taken

    def send(self, use_case: str, counter: int = 1, **values: Any) -> list[Decoded]:
        octets = command(self.keys, use_case, counter, to=GPF, **{**COMMANDS.get(use_case, {}), **values})
        return self.take(self.gpf.receive(octets, self.now))

    def ask(self, use_case: str, counter: int = 1, **values: Any) -> Decoded:
        (answer,) = self.send(use_case, counter, **values)
        assert answer.message.cra is Cra.RESPONSE
        return answer

    def read(self, use_case: str, **values: Any) -> dict[str, Any]:
        """All attributes of a read, whatever their components."""
        answer = self.ask(use_case, **values)
        assert answer.payload
        return {name: value for records in answer.payload.values() for name, value in records.items()}

    def until(self, moment: datetime) -> list[Decoded]:
        self.now = moment
        return self.take(self.gpf.advance(moment))

    @property
    def security_codes(self) -> list[int]:
        return [entry.code for entry in self.gpf.security_log]


def results(answer: Decoded) -> list[int | None]:
    assert answer.payload
    return [item.result for item in answer.payload.items_in_order]


def status_of_time(answer: Decoded) -> int:
    assert answer.message.date_time
    return answer.message.date_time[-1]


# Scenario 24: what a GPF answers of a gas meter.


def test_before_a_meter_has_joined_there_is_nothing_to_read(keys: Keystore) -> None:
    rig = GasRig(keys)
    assert results(rig.ask("GCS17")) == [Status.NOT_FOUND]
    assert results(rig.ask("GCS61")) == [Status.NOT_FOUND]
    assert results(rig.ask("GCS16a")) == [Status.NOT_FOUND] * 31
    answer = rig.ask("GCS13a")
    assert answer.payload
    (records,) = answer.payload.values()
    assert set(records.values()) == {Failed(Status.UNSUPPORTED_ATTRIBUTE)}
    assert status_of_time(answer) == 0x00
    assert rig.until(NOW + DAY) == []


def test_the_profile_is_read_encrypted_from_the_time_asked_for(keys: Keystore) -> None:
    rig = GasRig(keys, GasMeter(lambda moment: moment.hour))
    rig.until(MIDNIGHT + DAY)
    answer = rig.ask("GCS17", earliest_sample_time=MIDNIGHT + 10 * HALF_HOUR, number_of_samples=4)
    assert answer.payload
    item = answer.payload.item("get_sampled_data")
    assert item.protected
    assert item.value["sample_start_time"] == seconds_of(MIDNIGHT + 10 * HALF_HOUR)
    # Each is of the half hour that ends then.
    assert item.value["samples"] == [4, 5, 5, 6]
    assert item.value["sample_request_interval"] == 1800


def test_the_broker_reads_daily_consumption_for_a_party_that_the_gpf_does_not_know(
    keys: Keystore, authority: TestAuthority
) -> None:
    rig = GasRig(keys, GasMeter(lambda _: 1))
    rig.until(MIDNIGHT + 3 * DAY)
    party = Eui64.parse("00-00-5E-EF-30-00-00-09")
    issued = authority.issue_organisation(party, _R.SUPPLIER, KeyUse.KA)
    others = Keystore()
    for entry in keys.entries():
        others.add(entry.certificate, entry.private_key, entry.use)
    others.add(*issued)
    values = {"earliest_sample_time": MIDNIGHT, "number_of_samples": 731}
    asked = USE_CASES["GCS61"].command(
        BROKER, GPF, 5, supplementary=Supplementary(party, 77, None, issued.certificate.der), **values
    )
    (octets,) = rig.gpf.receive(protected(keys, asked, "GCS61"), rig.now)
    answer = decode(octets, others)
    extra = answer.message.supplementary
    assert extra
    assert (extra.party, extra.party_counter, extra.originator_counter) == (party, 77, 1)
    assert answer.payload
    # The first day had begun already when the meter came: nine hours of it were left.
    assert answer.payload["get_sampled_data"]["samples"] == [18, 48, 48, 48]
    # It is for that party's eyes alone.
    assert decode(octets, keys).payload["get_sampled_data"] is None  # type: ignore[index]


@pytest.mark.parametrize(("adds", "counter"), [(False, None), (True, 1)])
def test_a_party_that_the_gpf_knows_reads_through_the_broker_by_the_commands_counter(
    keys: Keystore, adds: bool, counter: int | None
) -> None:
    rig = GasRig(keys, GasMeter(lambda _: 1), settings=Settings(gas_counter_for_known_party=adds))
    rig.until(MIDNIGHT)
    certificate = keys.find(SUPPLIER, KeyUse.KA).certificate.der
    values = {"earliest_sample_time": MIDNIGHT, "number_of_samples": 1}
    extra = Supplementary(SUPPLIER, 77, None, certificate)
    asked = USE_CASES["GCS61"].command(BROKER, GPF, 5, supplementary=extra, **values)
    (answer,) = rig.take(rig.gpf.receive(protected(keys, asked, "GCS61"), rig.now))
    assert answer.message.supplementary
    assert answer.message.supplementary.originator_counter == counter
    assert answer.payload
    assert answer.payload["get_sampled_data"]["samples"] == [18]


def test_the_broker_reads_which_credentials_it_holds(keys: Keystore) -> None:
    rig = GasRig(keys)
    answer = rig.ask(
        "CS02a",
        by=BROKER,
        authorising_remote_party_ta_cell_identifier={"remote_party_role": 4, "key_usage": ["keyAgreement"]},
        remote_party_roles_credentials_required=[2, 6],
    )
    assert answer.payload
    supplier, wan_provider = answer.payload["remote_party_details"]
    assert len(supplier["trust_anchor_cells_details"]) == 3
    assert wan_provider["status_code"] == 25


def test_the_date_time_of_a_read_tells_whose_clock_it_is(keys: Keystore) -> None:
    rig = GasRig(keys, GasMeter(lambda _: 1))
    rig.until(MIDNIGHT + HALF_HOUR / 2)
    answer = rig.ask("GCS60a")
    assert status_of_time(answer) == 0x04
    assert str(answer.message.date_time).startswith("2026-03-15T00:00:00Z")
    rig.gpf.data.reported(MIDNIGHT, is_reliable=False)
    assert status_of_time(rig.ask("GCS60a")) == 0x02
    own = GasRig(keys, GasMeter(lambda _: 1), settings=Settings(gpf_tells_meter_time=False))
    assert status_of_time(own.ask("GCS60a")) == 0x00
    lost = GasRig(keys, hub_time=lambda _: None)
    assert status_of_time(lost.ask("GCS60a")) == 0x02


def test_the_meters_event_logs_are_read_beside_its_own(keys: Keystore) -> None:
    rig = GasRig(keys, GasMeter(lambda _: 0))
    assert results(rig.ask("CS10a", event_control_log_id=0x16)) == [Status.NOT_FOUND]
    rig.gpf.data.events[METER_EVENTS].append(seconds_of(NOW), {"event_id": 0x8184, "event_data": b""})
    rig.gpf.data.events[METER_SECURITY_EVENTS].append(seconds_of(NOW), {"event_id": 0x8F77, "event_data": b""})
    for use_case, log, code in (("CS10a", 0x16, 0x8184), ("CS10b", 0x07, 0x8F77)):
        answer = rig.ask(use_case, event_control_log_id=log, end_time="never")
        assert answer.payload
        (event,) = answer.payload["get_event_log"]["events"]
        assert (event["log_id"], event["event_id"]) == (log & 0x0F, code)


def test_every_use_case_of_a_gpf_is_answered_in_full_once_a_meter_is_there(keys: Keystore) -> None:
    rig = GasRig(keys, GasMeter(household(1), prepayment_mode=True))
    meter = rig.gpf.source
    assert isinstance(meter, GasMeter)
    meter.top_up("73946144332040217315", 10 * POUND)
    rig.until(NOW + 40 * DAY)
    ours = [code for code in LISTS if DeviceType.GPF in USE_CASES[code].devices]
    assert len(ours) == 26
    unanswered = {}
    for counter, code in enumerate(ours, 1):
        answer = rig.ask(code, counter)
        assert answer.payload
        values = [value for value in answer.payload.values() if value]
        failed = any(isinstance(record, Failed) for value in values for record in value.values())
        wrong = set(results(answer)) - {Status.SUCCESS, Status.NOT_FOUND}
        if failed or wrong:
            unanswered[code] = answer.payload
    assert unanswered == {}
    for attribute in attributes(DeviceType.GPF).values():
        rig.gpf.zcl.get(attribute)


# Its own logs.


def test_clearing_the_event_log_is_a_security_event(keys: Keystore) -> None:
    rig = GasRig(keys, GasMeter(lambda _: 0))
    rig.ask("GCS38")
    rig.ask("GCS33")
    answer = rig.ask("CS11")
    assert answer.payload
    assert answer.payload["clear_event_log_request"] == {"cleared_event_logs": 0x08}
    assert rig.security_codes == [0x8F52]
    answer = rig.ask("CS10a", start_time="none", end_time="never")
    assert answer.payload
    # All that is left is that the log was cleared.
    assert [(each["event_id"], each["event_data"]) for each in answer.payload["get_event_log"]["events"]] == [
        (0x8154, b"\x00\x15")
    ]


def test_a_slot_in_which_there_is_nothing_is_no_failure_a_broken_one_is(keys: Keystore) -> None:
    rig = GasRig(keys, GasMeter(lambda _: 0))
    rig.ask("GCS16a")
    rig.gpf.zcl.fail(metering.GET_SNAPSHOT)
    answer = rig.ask("GCS16a")
    assert results(answer) == [Status.HARDWARE_FAILURE] + [Status.FAILURE] * 30
    assert [entry.code for entry in rig.gpf.event_log] == [0x8154, 0x8155]


# Who may ask for what.


def test_the_network_operator_reads_registers_and_no_balances(keys: Keystore) -> None:
    rig = GasRig(keys, GasMeter(lambda _: 0))
    rig.ask("GCS13a", by=NETWORK_OPERATOR)
    (alert,) = rig.send("GCS14", by=NETWORK_OPERATOR)
    assert alert.use_case
    assert alert.use_case.code == "GCA-ZigBee"
    assert alert.message.recipient == BROKER
    assert rig.security_codes == [0x8F30]


def test_what_only_a_meter_does_gets_no_answer(keys: Keystore) -> None:
    rig = GasRig(keys)
    assert rig.send("GCS32") == []
    assert rig.security_codes == [0x8F1E]


def test_the_tenant_before_is_hidden_from_the_han(keys: Keystore) -> None:
    rig = GasRig(keys, GasMeter(lambda _: 0))
    assert rig.gpf.tenancy_start is None
    rig.ask("GCS09", implementation_date_time=MIDNIGHT)
    assert rig.gpf.tenancy_start == MIDNIGHT
    rig.ask("GCS09", 2, implementation_date_time="now")
    assert rig.gpf.tenancy_start == NOW.replace(microsecond=0)
    rig.ask("GCS09", 3, implementation_date_time="cancel")
    assert rig.gpf.tenancy_start is None


# The device log.


def join(rig: GasRig, other: Eui64, device_type: int, counter: int, method: int = METHOD_B) -> list[Decoded]:
    return rig.send(
        "CS03B",
        counter,
        join_method_and_role=method,
        other_device_entity_identifier=other,
        other_device_type=device_type,
    )


def entries(message: Decoded) -> dict[Eui64, int]:
    assert message.payload
    return {each["device_identifier"]: each["device_type"] for each in message.payload["device_log_entries"]}


def test_the_broker_is_told_whenever_the_device_log_changes(keys: Keystore) -> None:
    rig = GasRig(keys)
    answer, alert = join(rig, PPMID, PPMID_TYPE, 1)
    assert answer.payload
    assert answer.payload["join_response_code"] == 0
    assert alert.use_case
    assert (alert.use_case.code, alert.message.recipient) == ("GCS62", BROKER)
    assert alert.payload
    assert alert.payload["alert_code"] == 0x8071
    assert entries(alert) == {PPMID: PPMID_TYPE}
    _, alert = join(rig, IHD, TYPE_2, 2)
    assert entries(alert) == {PPMID: PPMID_TYPE, IHD: TYPE_2} == entries(rig.ask("CS07", 3))
    # What is there already changes nothing, nor does what is refused.
    assert len(join(rig, IHD, TYPE_2, 4)) == 1
    (refused,) = join(rig, METER, 4, 5)
    assert refused.payload
    assert refused.payload["join_response_code"] == 2
    (other_method,) = join(rig, METER, GSME_TYPE, 6, METHOD_A)
    assert other_method.payload
    assert other_method.payload["join_response_code"] == 1
    _, alert = rig.send("CS04B", 7, other_device_entity_identifier=PPMID)
    assert entries(alert) == {IHD: TYPE_2}
    (missing,) = rig.send("CS04B", 8, other_device_entity_identifier=PPMID)
    assert missing.payload
    assert missing.payload["unjoin_response_code"] == 1


@pytest.mark.parametrize("tells", [False, True])
def test_the_device_log_is_restored_entry_by_entry(keys: Keystore, tells: bool) -> None:
    rig = GasRig(keys, settings=Settings(device_log_size=2, backup_after_restore=tells))
    rig.gpf.device_log.add(IHD, TYPE_2)
    wanted = [(IHD, PPMID_TYPE), (PPMID, PPMID_TYPE), (METER, GSME_TYPE)]
    answer, *alerts = rig.send(
        "GCS59",
        by=BROKER,
        device_log_entries=[{"device_identifier": other, "device_type": kind} for other, kind in wanted],
    )
    assert answer.payload
    outcomes = [each["join_response_code"] for each in answer.payload["restore_outcomes"]]
    assert outcomes == [3, 0, 4]
    assert [entries(alert) for alert in alerts] == [{IHD: TYPE_2, PPMID: PPMID_TYPE}] * tells


# Credentials.


def handed_over(rig: GasRig, authority: TestAuthority, role: RemotePartyRole, mode: int, **when: Any) -> Decoded:
    """The broker, which sits in a role's cells, puts the role's party into them."""
    usages: dict[KeyUse, dict[str, Any]] = {
        KeyUse.DS: {"key_usage": ["digitalSignature"]},
        KeyUse.KA: {"key_usage": ["keyAgreement"]},
        KeyUse.PP: {"key_usage": ["keyAgreement"], "cell_usage": 1},
    }
    cells = [cell for cell in rig.gpf.anchors.cells if cell.role is role]
    certificates = {cell: rig.gpf.anchors.cells[cell].der for cell in cells}
    for cell in cells:
        use = KeyUse.DS if cell.use is KeyUse.DS else KeyUse.KA
        rig.gpf.anchors.install(cell, rig.keys.entries(BROKER, use, role=_R.ACCESS_CONTROL_BROKER)[0].certificate)
    targets = [(cell, {"remote_party_role": role, **usages[cell.use]}) for cell in cells if cell.use]
    return rig.ask(
        "CS02b",
        1300,
        by=BROKER,
        message_code=0x0100 + mode,
        authorising_remote_party_control={
            "credentials_replacement_mode": mode,
            "authorising_remote_party_ta_cell_identifier": {"remote_party_role": role, **usages[KeyUse.DS]},
            "authorising_remote_party_seq_number": 1300,
            "new_remote_party_floor_seq_number": 0,
        },
        replacements=[
            {"replacement_certificate": certificates[cell], "target_trust_anchor_cell": target}
            for cell, target in targets
        ],
        certification_path_certificates=[authority.organisation_ca.certificate.der],
        **when,
    )


@pytest.mark.parametrize(
    ("role", "mode", "use_case", "cells"),
    [(_R.SUPPLIER, 2, "GCS14", 3), (_R.NETWORK_OPERATOR, 3, "GCS13a", 2)],
    ids=["supplier", "network operator"],
)
def test_the_broker_hands_its_cells_over(
    keys: Keystore, authority: TestAuthority, role: RemotePartyRole, mode: int, use_case: str, cells: int
) -> None:
    rig = GasRig(keys, GasMeter(lambda _: 0))
    answer = handed_over(rig, authority, role, mode)
    assert answer.payload
    outcomes = answer.payload["execution_outcome"]["replacement_outcomes"]
    assert [each["status_code"] for each in outcomes] == [0] * cells
    assert {each["existing_subject_unique_id"] for each in outcomes} == {bytes(BROKER)}
    rig.ask(use_case, by=PARTIES[role])
    # The broker's is no longer the role's word.
    assert [each.message.cra for each in rig.send("GCS13a", 2, by=BROKER)] == [Cra.ALERT]


def test_a_handover_for_later_waits_and_is_told(keys: Keystore, authority: TestAuthority) -> None:
    rig = GasRig(keys, GasMeter(lambda _: 0))
    answer = handed_over(rig, authority, _R.SUPPLIER, 2, execution_date_time=MIDNIGHT)
    assert answer.payload
    assert dict(answer.payload) == {"command_accepted": None}
    assert rig.until(MIDNIGHT - timedelta(seconds=1)) == []
    (alert,) = rig.until(MIDNIGHT)
    assert alert.use_case
    assert (alert.use_case.code, alert.message.recipient) == ("FDUSCA", BROKER)
    assert alert.payload
    assert alert.payload["alert_code"] == 0x8F66
    rig.ask("GCS14", by=SUPPLIER)


def test_a_gpf_has_cells_for_all_but_load_controller_and_wan_provider(keys: Keystore) -> None:
    rig = GasRig(keys)
    others = {_R.LOAD_CONTROLLER, _R.WAN_PROVIDER}
    assert {cell.role for cell in rig.gpf.anchors.cells} == (set(PARTIES) | {_R.ROOT}) - others
    assert Cell(_R.SUPPLIER, KeyUse.PP) in rig.gpf.anchors.cells


# A year of gas.


@pytest.fixture(scope="module")
def year(keys: Keystore) -> GasRig:
    """A credit meter at the end of its first year, by midnights."""
    rig = GasRig(keys, GasMeter(household(7)))
    rig.now = NOW
    rig.until(MIDNIGHT + 365 * DAY)
    return rig


def samples(rig: GasRig, use_case: str, start: datetime, count: int) -> list[int]:
    answer = rig.ask(use_case, earliest_sample_time=start, number_of_samples=count)
    assert answer.payload
    taken: list[int] = answer.payload["get_sampled_data"]["samples"]
    return taken


def snapshots(rig: GasRig, use_case: str, name: str = "get_snapshot") -> list[dict[str, Any]]:
    answer = rig.ask(use_case, earliest_start="none", latest_end="latest")
    assert answer.payload
    return [value for each, value in answer.payload.items() if value and each.startswith(name)]


def test_the_register_is_the_sum_of_its_half_hours_and_of_its_days(year: GasRig) -> None:
    register = year.read("GCS13a")["current_summation_delivered"]
    half_hours = samples(year, "GCS17", NOW, 19056)
    days = samples(year, "GCS61", NOW, 731)
    assert register == sum(half_hours) == sum(days) > 1_000_000
    assert len(days) == 366
    assert sum(half_hours[-48:]) == days[-1]
    assert min(half_hours) == 0


def test_rates_follow_the_days_of_the_week_and_blocks_the_billing_period(year: GasRig) -> None:
    registers = year.read("GCS13c")
    rates = [registers[f"current_tier_{n}_summation_delivered"] for n in (1, 2, 3, 4)]
    assert sum(rates) == year.read("GCS13a")["current_summation_delivered"]
    assert rates[0] > rates[1] > 0 == rates[2] == rates[3]
    bills = snapshots(year, "GCS15c")
    assert len(bills) == 12
    blocks = year.read("GCS13b")
    since = [blocks[f"current_no_tier_block_{n}_summation_delivered"] for n in (1, 2, 3, 4)]
    assert sum(since) == sum(rates) - bills[-1]["current_summation"]
    # March is cold: the first two blocks are full.
    thresholds = GasTariff().thresholds
    assert watt_hours(since[0]) >= thresholds[0]
    assert since[1] > 0


def test_daily_snapshots_are_the_last_31_midnights(year: GasRig) -> None:
    reads = snapshots(year, "GCS16a")
    times = [read["snapshot_time"] for read in reads]
    assert times == [seconds_of(MIDNIGHT + (365 - n) * DAY) for n in range(30, -1, -1)]
    days = samples(year, "GCS61", MIDNIGHT + 336 * DAY, 30)
    taken = [read["current_summation"] for read in reads]
    assert [after - before for before, after in pairwise(taken)] == days


def test_the_bill_is_what_was_used_and_the_days(year: GasRig) -> None:
    tariff = GasTariff()
    half_hours = samples(year, "GCS17", NOW, 19056)
    begin = NOW.replace(minute=0, second=0)
    cost = sum(
        watt_hours(used) * tariff.prices[tariff.week[(begin + n * HALF_HOUR).weekday()] - 1] // 1000
        for n, used in enumerate(half_hours)
    )
    assert year.read("GCS60a")["bill_to_date_delivered"] == cost + 366 * tariff.standing_charge


def test_a_household_is_another_by_another_seed_and_the_same_by_the_same() -> None:
    moments = [MIDNIGHT + n * HALF_HOUR for n in range(48)]
    days = [list(map(household(seed), moments)) for seed in (1, 1, 2)]
    assert days[0] == days[1] != days[2]
    july = [list(map(household(1), (moment.replace(month=7) for moment in moments)))]
    assert sum(july[0]) < sum(days[0]) / 3


# Prepayment.


def test_a_prepayment_meter_counts_down_and_logs_what_is_paid(keys: Keystore) -> None:
    meter = GasMeter(lambda _: 100, prepayment_mode=True)
    rig = GasRig(keys, meter)
    rig.until(MIDNIGHT)
    before = rig.read("GCS60a")["credit_remaining"]
    assert before < 0
    rig.gpf.zcl.set(prepayment.DEBT_AMOUNTS[2], 150_000)
    for number in range(7):
        rig.until(MIDNIGHT + number * HALF_HOUR)
        meter.top_up(f"7394614433204021731{number}", 10 * POUND)
    answer = rig.ask("GCS15e")
    assert answer.payload
    paid = answer.payload["get_top_up_log"]["top_ups"]
    assert [each["top_up_code"][-1] for each in paid] == ["6", "5", "4", "3", "2"]
    answer = rig.ask("GCS15d")
    assert answer.payload
    debts = answer.payload["get_debt_repayment_log"]["debts"]
    # A tenth of each goes to the debt, until that is paid.
    assert [(each["amount_collected"], each["outstanding_debt"]) for each in debts] == [(100_000, 50_000), (50_000, 0)]
    assert rig.read("GCS14")["credit_remaining"] > 60 * POUND


# Restarts.


def test_a_restarted_gpf_goes_on_as_if_nothing_had_been(keys: Keystore) -> None:
    begun = MIDNIGHT + timedelta(hours=11, minutes=47)
    whole, halves = GasRig(keys, GasMeter(household(3))), GasRig(keys, GasMeter(household(3)))
    halves.until(begun)
    snapshot = halves.gpf.snapshot()
    again = GasRig(keys, GasMeter(household(3)), store=_store_of(snapshot))
    # The GPF was away for two days; the meter was not.
    for rig in (whole, again):
        rig.until(MIDNIGHT + 2 * DAY)
    assert again.gpf.snapshot() == whole.gpf.snapshot()


def _store_of(state: dict[str, bytes]) -> Store:
    store = Store()
    store.update(state)
    return store


_KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from devices.gas.meter import GasMeter, household
from devices.hub.gpf import Gpf
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from smki.keystore import open_keystore

path, keys, now, *octets = sys.argv[1:]
gpf_id = Eui64.parse("00-00-5E-EF-20-00-00-04")
anchors = TrustAnchors.from_keystore(open_keystore(Path(keys)), gpf_id, DeviceType.GPF)
gpf = Gpf(anchors, now=datetime.fromisoformat(now), store=Store(path, "gpf"), source=GasMeter(household(3)))
for each in octets:
    print(*(sent.hex() for sent in gpf.receive(bytes.fromhex(each), datetime.fromisoformat(now))), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_answered_outlives_the_process(keys: Keystore, tmp_path: Path) -> None:
    keys.save(tmp_path / "keys.json")
    rig = GasRig(keys)

    def run(now: datetime, **asked: tuple[int, dict[str, Any]]) -> list[list[Decoded]]:
        """A process that answers and is killed."""
        octets = [command(keys, code, counter, to=GPF, **fields).hex() for code, (counter, fields) in asked.items()]
        arguments = [str(tmp_path / "state"), str(tmp_path / "keys.json"), now.isoformat(), *octets]
        run = subprocess.run([sys.executable, "-c", _KILLED, *arguments], capture_output=True, text=True, check=False)
        assert run.returncode == -signal.SIGKILL, run.stderr
        return [rig.take([bytes.fromhex(each) for each in line.split()]) for line in run.stdout.splitlines()]

    joins = {"join_method_and_role": METHOD_B, "other_device_entity_identifier": IHD, "other_device_type": TYPE_2}
    ((_, told),) = run(NOW, CS03B=(1, joins))
    assert entries(told) == {IHD: TYPE_2}
    later = MIDNIGHT + 2 * DAY
    (log,), (register,) = run(later, CS07=(2, {}), GCS13a=(3, {}))
    assert entries(log) == {IHD: TYPE_2}
    (same,), (_, gone) = run(later, GCS13a=(4, {}), CS04B=(5, {"other_device_entity_identifier": IHD}))
    assert values(same) == values(register)
    assert entries(gone) == {}
    # The counters that the device originates go on.
    assert gone.message.originator_counter == told.message.originator_counter + 1


def values(answer: Decoded) -> list[Any]:
    assert answer.payload
    return list(answer.payload.values())
