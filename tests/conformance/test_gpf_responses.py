"""Reference responses of gas devices against our GPF: the same command, the same gas data, the same answer.

A GPF answers what can be asked of a gas meter as well. Those commands are made over to it, and their responses too.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from devices.gas.meter import GasMeter
from devices.hub.gpf import Gpf
from devices.settings import Settings
from devices.trust_anchors import TrustAnchors
from devices.variant import has
from gbcs.decoding import Decoded, decode
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.gbz.attributes import AttributeList, Failed, Status
from gbcs.gbz.component_list import ComponentList
from gbcs.roles import KeyUse, RemotePartyRole
from gbcs.security import protection
from gbcs.usecases.catalogue import USE_CASES
from smki.authority import TestAuthority, make_estate
from smki.keystore import open_keystore
from tests.conformance.test_device_responses import NOW, PARTIES, Rig, differences, exchanges, header

GSME, GPF = (Eui64.parse(f"00-DB-12-34-56-78-90-A{n}") for n in (1, 3))
_R = RemotePartyRole
_RELIABLE, _UNRELIABLE, _METER = 0x00, 0x02, 0x04
#: Responses that no GPF gives, and why.
OTHERS = {
    "CS02aMAC_6.24.1_ERROR": "a GPF has the cells of a network operator, a meter has not",
    "CS03B_8.7.2_ERROR": "a PPMID joins a GPF in this way, and a meter in another",
    "CS03B_8.7.2_SUCCESS": "a GPF does not join itself",
}
#: The reference response has no counter of the GPF's own, other than that of GCS16b to an unknown party, which has one.
KNOWN = {"GCS61_4.17_SUCCESS": ["supplementary originator counter"]}


@pytest.fixture(scope="module")
def rig(reference: Path) -> Rig:
    authority = TestAuthority.create(NOW, random.Random(8))
    ours = make_estate(authority, devices=[GPF], parties=PARTIES)
    return Rig(authority, ours, open_keystore(reference / "rtds/keystore"))


def to_gpf(decoded: Decoded) -> Decoded:
    """The message as if it were the GPF's."""
    message = decoded.message
    parties = {
        name: GPF if getattr(message, name) == GSME else getattr(message, name) for name in ("originator", "recipient")
    }
    return replace(decoded, message=replace(message, **parties))


def gpf_like(rig: Rig, command: Decoded, expected: Decoded) -> Gpf:
    """A GPF in the state that the reference device must have been in, and broken where that was."""
    stamp = expected.message.date_time
    status = stamp[-1] if stamp else _RELIABLE
    anchors = TrustAnchors.from_keystore(rig.ours, GPF, DeviceType.GPF, PARTIES)
    gpf = Gpf(
        anchors,
        now=NOW,
        source=GasMeter(lambda _: 0),
        settings=Settings(gpf_tells_meter_time=status in (_UNRELIABLE, _METER)),
    )
    if stamp and status == _UNRELIABLE:
        gpf.data.reported(NOW + timedelta(hours=9), is_reliable=False)
    if command.use_case and isinstance(command.use_case.payload, ComponentList):
        fill(gpf, command.use_case.payload, command, expected)
        spoil(gpf, command.use_case.payload, expected)
    return gpf


def fill(gpf: Gpf, form: ComponentList, command: Decoded, expected: Decoded) -> None:
    """Gives the GPF what the reference device found, and nothing beside it."""
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
            gpf.data.publications.put(exchange.answer, values, selector)
        elif exchange.command.name in ("GetSnapshot", "GetPrepaySnapshot"):
            snapshots |= {(value["snapshot_time"], value["snapshot_cause"]) for value in values}
        else:
            for value in values:
                record(gpf, exchange.command.name, value)
    for time, cause in sorted(snapshots):
        gpf.data.take_snapshot(time, cause)


def record(gpf: Gpf, command: str, value: Any) -> None:
    """Records what a command found."""
    data = gpf.data
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
                    gpf.event_log.append(each["event_id"], other_information=each["event_data"])
                else:
                    gpf.security_log.append(each["event_id"])


_PUBLISHED = (
    "PublishDayProfile",
    "PublishWeekProfile",
    "PublishSeasons",
    "PublishSpecialDays",
    "PublishPrice",
    "PublishBillingPeriod",
)


def spoil(gpf: Gpf, form: ComponentList, expected: Decoded) -> None:
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
                    gpf.zcl.fail(attribute)
        else:
            gpf.zcl.fail(exchange.command, when=lambda fields, at=at: fields.get("snapshot_offset", 0) == at)


def prepare(rig: Rig, gpf: Gpf, name: str, command: Decoded) -> None:
    """The rest of the state that the reference device must have been in."""
    assert command.payload
    if "Handover" in name:
        # The broker sits in the cells until the handover.
        broker = PARTIES[_R.ACCESS_CONTROL_BROKER]
        for cell in list(gpf.anchors.cells):
            if cell.role in (_R.SUPPLIER, _R.NETWORK_OPERATOR):
                use = KeyUse.DS if cell.use is KeyUse.DS else KeyUse.KA
                (entry, *_) = rig.ours.entries(broker, use, role=_R.ACCESS_CONTROL_BROKER)
                gpf.anchors.install(cell, entry.certificate)
    if name == "CS04B_8.8.2_SUCCESS":
        gpf.device_log.add(command.payload["other_device_entity_identifier"], 6)
    if name.startswith("CS07"):
        gpf.device_log.add(GSME, 0)


def answered(rig: Rig, name: str, command: Decoded, expected: Decoded) -> list[str]:
    """Where our GPF's answer is not like the reference."""
    gpf = gpf_like(rig, command, expected)
    prepare(rig, gpf, name, command)
    octets = rig.made_over(command)
    sent = gpf.receive(octets, NOW)
    if not sent:
        return [f"no response: {[hex(entry.code) for entry in gpf.security_log]}"]
    got = decode(sent[0], rig.ours, command=decode(octets, rig.ours))
    assert got.category
    protection.verify(got.message, got.category, rig.ours)
    return list(differences(got, expected))


def gas_exchanges(reference: Path, rig: Rig, device: Eui64) -> Iterator[tuple[str, Decoded, Decoded]]:
    """Commands to a gas device that our GPF has the use case of, with their responses."""
    for name, path, response_path in exchanges(reference):
        command = rig.read(path)
        if command.message.recipient == device and command.use_case and has(command.use_case, DeviceType.GPF):
            yield name, to_gpf(command), to_gpf(rig.read(response_path, command))


@pytest.mark.parametrize(
    ("device", "what", "least"), [(GPF, "a GPF", 14), (GSME, "a gas meter that a GPF answers", 40)]
)
def test_every_command_gets_a_response_like_the_reference(
    reference: Path, rig: Rig, capsys: pytest.CaptureFixture[str], device: Eui64, what: str, least: int
) -> None:
    found = {
        name: answered(rig, name, command, expected)
        for name, command, expected in gas_exchanges(reference, rig, device)
        if name not in OTHERS
    }
    wrong = {name: each for name, each in found.items() if each != KNOWN.get(name, [])}
    same = sum(not each for each in found.values())
    with capsys.disabled():
        sys.stdout.write(
            f"\n{same} of {len(found)} commands to {what} are answered like the reference, "
            f"{len(KNOWN.keys() & found.keys())} but for what is known\n"
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
