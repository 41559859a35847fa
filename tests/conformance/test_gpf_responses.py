"""Reference responses of gas devices against our GPF: the same command, the same gas data, the same answer.

A GPF answers much of what can be asked of a gas meter. Those commands are made over to it, and their responses too.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from devices.gas.device import GasDevice
from devices.gas.meter import GasMeter
from devices.hub.gpf import Gpf
from devices.settings import Settings
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from devices.variant import has
from gbcs.decoding import Decoded, decode
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.gbz.attributes import AttributeList, Failed
from gbcs.gbz.component_list import ComponentList
from gbcs.gbz.status import Status
from gbcs.roles import KeyUse, RemotePartyRole
from gbcs.security import protection
from gbcs.usecases.catalogue import USE_CASES
from smki.authority import TestAuthority, make_estate
from smki.keystore import open_keystore
from tests.conformance.test_device_responses import NOW, PARTIES, Rig, differences, exchanges, header

GSME, GPF = (Eui64.parse(f"00-DB-12-34-56-78-90-A{n}") for n in (1, 3))
_R = RemotePartyRole
_RELIABLE, _UNRELIABLE, _METER = 0x00, 0x02, 0x04
#: A device in the state that the reference device must have been in, what is sent to it, and what it is to answer.
Compared: TypeAlias = tuple[GasDevice, Decoded, Decoded]
#: What only a meter answers, or answers in another way than a GPF, and what all gas devices have answers too.
METERS_OWN = ("CS02a", "CS03B", "GCS18", "GCS21a", "GCS21d", "GCS21m")


@pytest.fixture(scope="module")
def rig(reference: Path) -> Rig:
    authority = TestAuthority.create(NOW, random.Random(8))
    ours = make_estate(authority, devices=[GPF, GSME], parties=PARTIES)
    return Rig(authority, ours, open_keystore(reference / "rtds/keystore"))


def gpf(rig: Rig, expected: Decoded) -> Gpf:
    """A GPF whose responses have such a date-time."""
    status = expected.message.date_time[-1] if expected.message.date_time else _RELIABLE
    anchors = TrustAnchors.from_keystore(rig.ours, GPF, DeviceType.GPF, PARTIES)
    tells_meter_time = status in (_UNRELIABLE, _METER)
    made = Gpf(anchors, now=NOW, source=GasMeter(lambda _: 0), settings=Settings(gpf_tells_meter_time=tells_meter_time))
    if status == _UNRELIABLE:
        made.data.reported(NOW + timedelta(hours=9), is_reliable=False)
    return made


def gas_meter(rig: Rig) -> GasDevice:
    """As much of a gas meter as there is: what it has in common with a GPF."""
    anchors = TrustAnchors.from_keystore(rig.ours, GSME, DeviceType.GSME, PARTIES)
    methods = {"CS03B": (2, (3, 6))}
    made = GasDevice(
        DeviceType.GSME,
        anchors,
        now=NOW,
        store=Store(),
        methods=methods,
        hub_time=lambda now: now,
        settings=Settings(),
    )
    GasMeter(lambda _: 0).start(made.data, NOW)
    return made


def fill(device: GasDevice, form: ComponentList, command: Decoded, expected: Decoded) -> None:
    """Gives the device what the reference device found, and nothing beside it."""
    assert command.payload
    assert expected.payload
    found: dict[str, list[Any]] = {exchange.name: [] for exchange in form.exchanges}
    for item in expected.payload.items_in_order:
        if item.value is not None:
            found[form.exchange(item.name)[0].name].append(item.value)
    snapshots = set()
    for exchange in form.exchanges:
        values = found[exchange.name]
        if exchange.answer and exchange.answer.name in _PUBLISHED:
            selector = command.payload[exchange.name].get("issuer_calendar_id", 0)
            device.data.publications.put(exchange.answer, values, selector)
        elif exchange.command.name in ("GetSnapshot", "GetPrepaySnapshot"):
            snapshots |= {(value["snapshot_time"], value["snapshot_cause"]) for value in values}
        elif isinstance(exchange.command.body, AttributeList):
            for attribute in exchange.command.body.attributes if values else ():
                if not isinstance(values[0][attribute.name], Failed):
                    device.zcl.set(attribute, values[0][attribute.name])
        else:
            for value in values:
                record(device, exchange.command.name, value)
    for time, cause in sorted(snapshots):
        device.data.take_snapshot(time, cause)


def record(device: GasDevice, command: str, value: Any) -> None:
    """Records what a command found."""
    data = device.data
    match command:
        case "GetSampledData":
            interval = 86400 if value["sample_request_interval"] == 0xFFFF else value["sample_request_interval"]
            for at, sample in enumerate(value["samples"]):
                data.samples[value["sample_id"]].append(value["sample_start_time"] + at * interval, sample)
        case "GetDebtRepaymentLog":
            for each in value["debts"]:
                paid = {name: each[name] for name in ("amount_collected", "outstanding_debt")}
                data.debts.append(each["collection_time"], paid)
        case "GetTopUpLog":
            for each in reversed(value["top_ups"]):
                paid = {name: each[name] for name in ("top_up_code", "top_up_amount")}
                data.top_ups.append(each["top_up_time"], paid)
        case "GetEventLog":
            for each in value["events"]:
                if each["log_id"] == 0x03:
                    device.event_log.append(each["event_id"], other_information=each["event_data"])
                else:
                    device.security_log.append(each["event_id"])


_PUBLISHED = (
    "PublishDayProfile",
    "PublishWeekProfile",
    "PublishSeasons",
    "PublishSpecialDays",
    "PublishPrice",
    "PublishBillingPeriod",
)


def spoil(device: GasDevice, form: ComponentList, expected: Decoded) -> None:
    """Breaks what the reference device could not read."""
    assert expected.payload
    for item in expected.payload.items_in_order:
        exchange, at = form.exchange(item.name)
        if item.result != Status.HARDWARE_FAILURE:
            continue
        body = exchange.command.body
        if isinstance(body, AttributeList):
            for attribute in body.attributes:
                if isinstance(item.value[attribute.name], Failed):
                    device.zcl.fail(attribute)
        else:
            device.zcl.fail(exchange.command, when=lambda fields, at=at: fields.get("snapshot_offset", 0) == at)


def prepare(rig: Rig, device: GasDevice, name: str, command: Decoded) -> None:
    """The rest of the state that the reference device must have been in."""
    assert command.payload
    if "Handover" in name:
        # The broker sits in the cells until the handover.
        broker = PARTIES[_R.ACCESS_CONTROL_BROKER]
        for cell in list(device.anchors.cells):
            if cell.role in (_R.SUPPLIER, _R.NETWORK_OPERATOR):
                use = KeyUse.DS if cell.use is KeyUse.DS else KeyUse.KA
                (entry, *_) = rig.ours.entries(broker, use, role=_R.ACCESS_CONTROL_BROKER)
                device.anchors.install(cell, entry.certificate)
    if name == "CS04B_8.8.2_SUCCESS":
        device.device_log.add(command.payload["other_device_entity_identifier"], 6)
    if name.startswith("CS07"):
        device.device_log.add(GSME, 0)


def answered(rig: Rig, name: str, device: GasDevice, command: Decoded, expected: Decoded) -> list[str]:
    """Where a device's answer is not like the reference."""
    assert command.use_case
    if isinstance(form := command.use_case.payload, ComponentList):
        fill(device, form, command, expected)
        spoil(device, form, expected)
    prepare(rig, device, name, command)
    octets = rig.made_over(command)
    sent = device.receive(octets, NOW)
    if not sent:
        return [f"no response: {[hex(entry.code) for entry in device.security_log]}"]
    got = decode(sent[0], rig.ours, command=decode(octets, rig.ours))
    assert got.category
    protection.verify(got.message, got.category, rig.ours)
    found = list(differences(got, expected))
    if isinstance(form, ComponentList) and not {each.command.name for each in form.exchanges} & _NOT_THE_SAME:
        assert got.payload
        assert expected.payload
        found += [name for name in got.payload if got.payload[name] != expected.payload.get(name)]
    return found


#: Whose answers have values of the device's own: numbers of snapshots, times of events.
_NOT_THE_SAME = {"GetSnapshot", "GetPrepaySnapshot", "GetEventLog"}


def of_gpf(rig: Rig, command: Decoded, expected: Decoded) -> Compared | None:
    if command.message.recipient == GPF:
        return gpf(rig, expected), command, expected
    return None


def of_meter_to_gpf(rig: Rig, command: Decoded, expected: Decoded) -> Compared | None:
    """As if they had been the GPF's."""
    use_case = command.use_case
    if command.message.recipient != GSME or use_case is None:
        return None
    if not has(use_case, DeviceType.GPF) or use_case.code in METERS_OWN:
        return None
    sent = replace(command, message=replace(command.message, recipient=GPF))
    return gpf(rig, expected), sent, replace(expected, message=replace(expected.message, originator=GPF))


def of_meter(rig: Rig, command: Decoded, expected: Decoded) -> Compared | None:
    if command.message.recipient == GSME and command.use_case and command.use_case.code in METERS_OWN:
        return gas_meter(rig), command, expected
    return None


@pytest.mark.parametrize(
    ("choose", "what", "least"),
    [
        (of_gpf, "to a GPF", 14),
        (of_meter_to_gpf, "to a gas meter, made over to a GPF,", 45),
        (of_meter, "to a gas meter, of what it has in common with a GPF,", 9),
    ],
)
def test_every_command_gets_a_response_like_the_reference(
    reference: Path,
    rig: Rig,
    capsys: pytest.CaptureFixture[str],
    choose: Callable[[Rig, Decoded, Decoded], Compared | None],
    what: str,
    least: int,
) -> None:
    found = {}
    for name, path, response_path in exchanges(reference):
        command = rig.read(path)
        compared = choose(rig, command, rig.read(response_path, command))
        if compared:
            found[name] = answered(rig, name, *compared)
    wrong = {name: each for name, each in found.items() if each}
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(found) - len(wrong)} of {len(found)} commands {what} are answered like the reference\n"
        )
    assert not wrong
    assert len(found) >= least


def test_the_backup_of_the_device_log_is_like_the_reference(reference: Path, rig: Rig) -> None:
    path = reference / "rtds/messages/NA_GCS62/GCS62_NA_8071_ALERT_GBCS.HEX"
    expected = rig.read(path)
    assert expected.payload
    *entries, last = expected.payload["device_log_entries"]
    gpf = Gpf(TrustAnchors.from_keystore(rig.ours, GPF, DeviceType.GPF, PARTIES), now=NOW)
    gpf.store["originator counter"] = (expected.message.originator_counter - 1).to_bytes(8, "big")
    for entry in entries:
        gpf.device_log.add(entry["device_identifier"], entry["device_type"])
    asked = USE_CASES["CS03B"].command(
        PARTIES[_R.SUPPLIER],
        GPF,
        1,
        join_method_and_role=2,
        other_device_entity_identifier=last["device_identifier"],
        other_device_type=last["device_type"],
    )
    _, octets = gpf.receive(protection.protect(asked, USE_CASES["CS03B"].category, rig.ours).encode(), NOW)
    got = decode(octets, rig.ours)
    assert header(got.message) == header(expected.message)
    assert got.category
    protection.verify(got.message, got.category, rig.ours)
    assert got.payload
    told = [dict(each.payload) for each in (got, expected) if each.payload]
    for each in told:
        each["device_log_entries"].sort(key=lambda entry: entry["device_identifier"])
    assert told[0] == told[1]
