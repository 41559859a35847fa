"""Controllers that are elsewhere on the HAN, and what they answer."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from devices.electricity.auxiliary import ALCS, APC, Answer, hcalcs
from devices.electricity.sapc import Sapc
from devices.errors import DeviceError
from devices.trust_anchors import TrustAnchors
from gbcs.cosem import objects as o
from gbcs.cosem.date_time import CosemDateTime
from gbcs.decoding import decode
from gbcs.device_type import DeviceType
from gbcs.security import protection
from smki.keystore import Keystore
from tests.devices.rig import JOINED, LOAD_CONTROLLER, METER, NOW, STRANGER, SUPPLIER, Rig, items


@pytest.fixture
def rig(keystore: Keystore) -> Rig:
    """A meter whose first controller is an HCALCS."""
    return Rig(keystore, controllers=(hcalcs(STRANGER), ALCS, APC))


def set_level(rig: Rig, level: int, counter: int, number: int = 1) -> None:
    """Full for an hour, or nothing."""
    start = rig.premises.now.replace(microsecond=0)
    answer = rig.ask(
        "ECS47a",
        counter,
        **{
            f"auxiliary_controller_{number}_start": CosemDateTime.of(start),
            f"auxiliary_controller_{number}_end": CosemDateTime.of(start + timedelta(hours=1)),
        },
        auxiliary_controller_scripts_execute=(0x10 | number) << 8 | level,
    )
    assert [result for _, result in items(answer)] == [0, 0, 0]


def lines(rig: Rig) -> list[tuple[int, int, int]]:
    """Switch and action, outcome, number of the command."""
    names = ("switch_number_and_action", "outcome", "h_an_command_id")
    log = rig.premises.esme.cosem.log(o.AUXILIARY_CONTROLLER_EVENT_LOG).read()
    return [(entry[names[0]], entry[names[1]], entry[names[2]]) for entry in log]


def codes_of(rig: Rig) -> list[int]:
    """Of the event log, without those of commands over the WAN and of joining the hub."""
    log = rig.premises.esme.cosem.log(o.EVENT_LOG).read()
    return [
        entry["log_code"]
        for entry in log
        if entry["log_code"] not in JOINED and (entry["other_information"][:1] != b"\x01" or entry["log_code"] < 0x8154)
    ]


def switched_on(rig: Rig) -> bool:
    value: bool = rig.premises.esme.cosem.get(o.AUXILIARY_LOAD_CONTROL_SWITCH_STATE[0], "output_state")
    return value


def test_an_hcalcs_confirms_in_a_second_line(rig: Rig) -> None:
    set_level(rig, 100, 1)
    assert lines(rig) == [(0x1164, 0, 1), (0x1100, 1, 1)]
    assert codes_of(rig) == [0x8131]
    assert switched_on(rig)
    rig.premises.advance(timedelta(hours=1))
    assert lines(rig)[2:] == [(0x1100, 0, 2), (0x1100, 1, 2)]
    assert not switched_on(rig)


def test_a_command_that_fails_changes_nothing(rig: Rig) -> None:
    rig.premises.esme.controllers.answers[1] = Answer.FAILS
    set_level(rig, 100, 1)
    assert lines(rig) == [(0x1164, 0, 1), (0x1100, 2, 1)]
    assert codes_of(rig) == [0x811A]
    assert (rig.premises.esme.controllers.level(1), switched_on(rig)) == (100, False)


@pytest.mark.parametrize(("succeeded", "outcome", "code"), [(True, 1, 0x8131), (False, 2, 0x811A)])
def test_an_answer_may_come_late(rig: Rig, succeeded: bool, outcome: int, code: int) -> None:
    controllers = rig.premises.esme.controllers
    controllers.answers[1] = Answer.NONE
    set_level(rig, 100, 1)
    rig.premises.advance(timedelta(minutes=5))
    assert (lines(rig), codes_of(rig), switched_on(rig)) == ([(0x1164, 0, 1)], [], False)
    controllers.confirm(1, succeeded=succeeded)
    controllers.confirm(1, succeeded=succeeded)
    assert lines(rig)[1:] == [(0x1100, outcome, 1)]
    assert (codes_of(rig), switched_on(rig)) == ([code], succeeded)


def test_an_hcalcs_whose_link_is_back_asks_what_it_is_to_do(rig: Rig) -> None:
    controllers = rig.premises.esme.controllers
    controllers.answers[1] = Answer.NONE
    set_level(rig, 100, 1)
    del controllers.answers[1]
    assert controllers.request(STRANGER)
    assert lines(rig) == [(0x1164, 0, 1), (0x1164, 0, 2), (0x1100, 1, 2)]
    log = rig.premises.esme.cosem.log(o.EVENT_LOG).read()
    assert [(entry["log_code"], entry["other_information"]) for entry in log[-2:]] == [
        (0x8154, b"\x01\x19"),
        (0x8131, b""),
    ]
    assert switched_on(rig)
    assert controllers.request(STRANGER)
    assert len(lines(rig)) == 3, "it has what it should have"


def test_a_stranger_that_asks_is_told_nothing(rig: Rig) -> None:
    assert not rig.premises.esme.controllers.request(METER)
    assert rig.security_codes == [0x8F3E]


def test_what_was_not_confirmed_is_not_forgotten(rig: Rig, keystore: Keystore) -> None:
    rig.premises.esme.controllers.answers[1] = Answer.NONE
    set_level(rig, 100, 1)
    state = rig.premises.esme.snapshot()
    again = Rig(keystore)
    again.premises.esme.store.update(state)
    esme = type(again.premises.esme)(
        again.premises.esme.anchors, now=again.premises.now, store=again.premises.esme.store
    )
    esme.controllers.confirm(1)
    assert esme.controllers.actual_level(1) == 100


def test_an_alcs_and_an_apc_do_what_they_are_told(rig: Rig) -> None:
    set_level(rig, 100, 1, number=2)
    set_level(rig, 60, 2, number=3)
    assert lines(rig) == [(0x1264, 1, 0), (0x133C, 1, 0)]
    assert codes_of(rig) == [0x8131], "of switches alone"


def test_an_operational_update_goes_to_the_supplier_and_names_the_load_controller(rig: Rig) -> None:
    set_level(rig, 60, 1, number=3)
    rig.premises.esme.controllers.report_update(3, "battery full")
    (octets,) = rig.premises.advance(timedelta(seconds=1))
    alert = decode(octets, rig.keystore)
    assert alert.use_case
    assert alert.payload
    protection.verify(alert.message, alert.use_case.category, rig.keystore)
    assert (alert.use_case.code, alert.payload["alert_code"], alert.message.recipient) == ("ECS200", 0x8F88, SUPPLIER)
    assert alert.message.supplementary
    assert alert.message.supplementary.party == LOAD_CONTROLLER
    assert (alert.message.mac, bool(alert.message.signature)) == (None, True)
    told = {"outputState": "60", "inputState": "0", "other-data": "battery full"}
    assert alert.payload["operational_update"] == json.dumps(told, separators=(",", ":"))
    state = json.loads(items(rig.ask("ECS61e", 1))[7][0])
    assert state == {"outputState": 60, "inputState": 0, "other-data": "battery full"}


def test_a_sapc_sends_operational_updates_as_well(keystore: Keystore) -> None:
    sapc = Sapc(TrustAnchors.from_keystore(keystore, METER, DeviceType.SAPC), now=NOW)
    sapc.controllers.report_update(1)
    (octets,) = sapc.advance(NOW)
    alert = decode(octets, keystore)
    assert alert.payload
    assert alert.payload["operational_update"] == '{"outputState":"0","inputState":"0","other-data":""}'


@pytest.mark.parametrize("number", [0, 4, 6])
def test_where_there_is_no_controller_there_is_no_update(rig: Rig, number: int) -> None:
    with pytest.raises(DeviceError, match=f"controller {number}"):
        rig.premises.esme.controllers.report_update(number)
