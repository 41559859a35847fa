"""Each invariant can fail: a good exchange passes, and the same one, doctored, is told of by its number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from devices.electricity.esme import Esme
from devices.invariants import Invariant, InvariantError, Invariants
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.asn1.types import NEVER
from gbcs.cosem.date_time import CosemDateTime
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.message import Cra, Message, Supplementary
from gbcs.security import protection
from gbcs.security.category import Category
from gbcs.usecases.catalogue import USE_CASES
from smki.keystore import Keystore
from tests.devices.rig import BROKER, LOAD_CONTROLLER, METER, NETWORK_OPERATOR, NOW, STRANGER, SUPPLIER, Rig, command
from tests.devices.story import NOON, set_clock, set_price

LATER = CosemDateTime.of(NOON)
GAS_METER = STRANGER


class Exchanges(Invariants):
    """What went into a device and came out of it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[bytes | None, list[bytes], datetime]] = []

    def exchange(self, command: bytes | None, sent: Sequence[bytes], time: datetime) -> None:
        self.seen.append((command, list(sent), time))

    def last(self) -> tuple[bytes | None, list[bytes], datetime]:
        return self.seen[-1]


def tapped(rig: Rig) -> Exchanges:
    tap = Exchanges()
    rig.premises.esme.observers.append(tap)
    return tap


@pytest.fixture
def tap(rig: Rig) -> Exchanges:
    return tapped(rig)


def broken(invariants: Invariants, command: bytes | None, sent: list[bytes], time: datetime = NOW) -> set[Invariant]:
    with pytest.raises(InvariantError) as caught:
        invariants.exchange(command, sent, time)
    assert list(caught.value.violations) == invariants.violations
    return {each.invariant for each in caught.value.violations}


def doctored(octets: bytes, change: Callable[[Message], Message]) -> bytes:
    """The message changed, whatever its protection says then."""
    return change(Message.decode(octets)).encode()


def content(change: Callable[[bytes], bytes]) -> Callable[[Message], Message]:
    return lambda message: replace(message, content=change(message.content))


def end(octets: bytes) -> Callable[[Message], Message]:
    """The last octets of the content are others: a DLMS response ends with kind and code of each result."""
    return content(lambda old: old[: -len(octets)] + octets)


def recounted(at: int, by: int) -> Callable[[Message], Message]:
    """One octet of the content is more or less by so much."""
    return content(lambda old: old[:at] + bytes((old[at] + by,)) + old[at + 1 :])


SIGNED = {"signature": bytes(64), "mac": None}
MACED = {"signature": b"", "mac": bytes(12)}
EXTRA = Supplementary(SUPPLIER, 77)

READ = ("ECS26a", SUPPLIER, {})
ACTION = ("ECS44", SUPPLIER, {})
VIA_BROKER = ("ECS17a", BROKER, {"supplementary": EXTRA})


@pytest.mark.parametrize(
    ("asked", "change", "invariant"),
    [
        (READ, lambda m: replace(m, originator_counter=2), Invariant.ECHO),
        (READ, lambda m: replace(m, recipient=NETWORK_OPERATOR), Invariant.ECHO),
        (READ, lambda m: replace(m, originator=STRANGER), Invariant.ECHO),
        (READ, lambda m: replace(m, message_code=0x59), Invariant.ECHO),
        (VIA_BROKER, lambda m: replace(m, supplementary=None), Invariant.SUPPLEMENTARY),
        (VIA_BROKER, lambda m: replace(m, supplementary=Supplementary(SUPPLIER, 78)), Invariant.SUPPLEMENTARY),
        (READ, lambda m: replace(m, supplementary=EXTRA), Invariant.SUPPLEMENTARY),
        (ACTION, lambda m: replace(m, **MACED), Invariant.CRITICAL_IS_SIGNED),
        (ACTION, lambda m: replace(m, mac=bytes(12)), Invariant.CRITICAL_IS_SIGNED),
        (READ, lambda m: replace(m, **SIGNED), Invariant.MAC_FOR_MAC),
        (READ, lambda m: replace(m, mac=None), Invariant.MAC_FOR_MAC),
        (READ, recounted(7, -1), Invariant.DLMS_COUNTS),
        (ACTION, end(b"\x02\0"), Invariant.DLMS_COUNTS),
        (ACTION, content(lambda old: old[:7] + b"\x02\0\0\x02" + b"\x03\0" * 2), Invariant.DLMS_COUNTS),
        (READ, end(b"\1\x0b\1\x0b"), Invariant.DLMS_FAILURES),
        (READ, end(b"\1\x01\1\0"), Invariant.DLMS_FAILURES),
        (READ, end(b"\1\1"), Invariant.DLMS_FAILURES),
        (READ, recounted(1, 0x20), Invariant.DLMS_HEAD),
        (READ, recounted(4, 1), Invariant.DLMS_HEAD),
        (READ, content(lambda old: old[:5] + b"\x0c" + CosemDateTime.of(NOW) + old[6:]), Invariant.DLMS_HEAD),
        (READ, recounted(6, 1), Invariant.DLMS_HEAD),
    ],
)
def test_a_doctored_response_is_told_of(
    rig: Rig,
    tap: Exchanges,
    asked: tuple[str, Eui64, dict[str, Any]],
    change: Callable[[Message], Message],
    invariant: Invariant,
) -> None:
    use_case, by, values = asked
    rig.send(command(rig.keystore, use_case, by=by, **values))
    octets, (response,), time = tap.last()
    Invariants().exchange(octets, [response], time)
    assert invariant in broken(Invariants(), octets, [doctored(response, change)], time)


def test_a_dated_command_gets_no_response(rig: Rig, tap: Exchanges) -> None:
    def dated(counter: int) -> bytes:
        bare = replace(USE_CASES["ECS44"].command(SUPPLIER, METER, counter), date_time=CosemDateTime.of(NOW))
        return protection.protect(bare, Category.CRITICAL, rig.keystore).encode()

    assert rig.send(dated(1)) == []
    assert rig.security_codes == [0x8F1E]
    rig.ask("ECS44", 2)
    _, sent, _ = tap.last()
    assert broken(Invariants(), dated(2), sent) == {Invariant.COMMANDS_ARE_UNDATED}


def test_a_signature_alone_is_answered_by_a_signature_alone(rig: Rig, tap: Exchanges) -> None:
    cell = {"remote_party_role": 2, "key_usage": ["digitalSignature"]}
    asked = USE_CASES["CS02f"].command(
        SUPPLIER,
        METER,
        1,
        authorising_remote_party_ta_cell_identifier=cell,
        remote_party_roles_credentials_required=[2],
    )
    rig.send(protection.sign(asked, rig.keystore).encode())
    octets, (response,), time = tap.last()
    Invariants().exchange(octets, [response], time)
    for change in (MACED, {"mac": bytes(12)}):
        spoilt = doctored(response, lambda message, change=change: replace(message, **change))  # type: ignore[misc]
        assert broken(Invariants(), octets, [spoilt], time) == {Invariant.SIGNATURE_FOR_SIGNATURE}


def test_the_brokers_own_credentials_are_the_exception() -> None:
    by_broker = Message(Cra.COMMAND, 1, BROKER, METER, 0x0104, b"0\0", signature=b"", mac=bytes(12))
    response = Message(Cra.RESPONSE, 1, METER, BROKER, 0x0104, b"0\0", signature=bytes(64))
    Invariants().exchange(by_broker.encode(), [response.encode()], NOW)
    maced = replace(response, **MACED)  # type: ignore[arg-type]
    assert broken(Invariants(), by_broker.encode(), [maced.encode()]) == {Invariant.MAC_FOR_MAC}


def gas_exchange(use_case: str, counter: int = 1, **values: Any) -> tuple[Message, Message]:
    """What a gas meter that does not exist would have answered."""
    asked = USE_CASES[use_case].command(SUPPLIER, GAS_METER, counter, **values)
    answer = USE_CASES[use_case].response(asked, date_time=NOW)
    return replace(asked, signature=bytes(64), mac=bytes(12)), replace(answer, signature=bytes(64))


def test_a_component_too_many() -> None:
    adjustment = {"issuer_event_id": 1, "credit_adjustment_value": 5}
    asked, answer = gas_exchange("GCS40a", credit_adjustment=adjustment)
    Invariants().exchange(asked.encode(), [answer.encode()], NOW)
    spoilt = replace(answer, content=answer.content[:2] + b"\2" + answer.content[3:] * 2)
    assert broken(Invariants(), asked.encode(), [spoilt.encode()]) == {Invariant.GBZ_COUNTS}


PRICES = {
    "issuer_event_id": 1,
    "publish_tariff_information": {
        "tariff_type_charging_scheme": "block",
        "price_tiers_in_use": 0,
        "block_thresholds_in_use": 1,
        "currency": "GBP",
        "standing_charge": 54794,
    },
    "publish_price_matrix": {"sub_payload_control": "block", "prices": [{"tier_block_id": 0, "price": 9600}]},
}


def test_gas_prices_for_later_are_answered_alike_and_once_cancelled_never_told_of() -> None:
    invariants = Invariants()
    for counter, when in enumerate(("now", NOON, "cancel")):
        asked, answer = gas_exchange("GCS01b", counter, start_time=when, **PRICES)
        invariants.exchange(asked.encode(), [answer.encode()], NOW)
    told = USE_CASES["FDEIA-ZigBee"].alert(
        GAS_METER,
        SUPPLIER,
        1,
        alert_code=0x8F66,
        time_stamp=NOON,
        message_code=asked.message_code,
        originator_counter=1,
        cluster=0x0700,
        frame_control=0,
        command_identifier=1,
    )
    assert broken(invariants, None, [told.encode()]) == {Invariant.CANCELLED_IS_SILENT}


def test_no_response_without_a_command_and_none_twice(rig: Rig, tap: Exchanges) -> None:
    rig.ask("ECS52")
    octets, (response,), time = tap.last()
    assert broken(Invariants(), None, [response]) == {Invariant.ECHO}
    assert broken(Invariants(), b"noise", [response]) == {Invariant.ECHO}
    assert broken(Invariants(), octets, [response, response], time) == {Invariant.ECHO}
    assert broken(Invariants(), octets, [response[:-1]], time) == {Invariant.ECHO}


@pytest.mark.parametrize("when", [LATER, CosemDateTime.NEVER])
def test_a_command_for_later_is_answered_like_one_for_now(rig: Rig, tap: Exchanges, when: CosemDateTime) -> None:
    set_clock(rig)
    set_price(rig, 15_000, CosemDateTime.NOW, 1)
    for_now = tap.last()
    set_price(rig, 15_000, when, 2)
    octets, (response,), time = tap.last()
    for answer, is_good in (
        (response, True),
        # The first of the accesses, all of which write, returns something.
        (doctored(response, content(lambda old: old[:8] + b"\x11\7" + old[9:])), False),
    ):
        invariants = Invariants()
        invariants.exchange(*for_now)
        if is_good:
            invariants.exchange(octets, [answer], time)
        else:
            assert broken(invariants, octets, [answer], time) == {Invariant.SAME_FOR_LATER}


@pytest.mark.parametrize("when", [NOW + timedelta(hours=1), NEVER])
def test_a_whole_command_for_later_is_accepted_and_no_more(rig: Rig, tap: Exchanges, when: datetime) -> None:
    set_clock(rig)
    rig.ask("CS06", 1, manufacturer_image_hash=bytes(32), originator_counter=1)
    _, (at_once,), _ = tap.last()
    rig.ask("CS06", 2, manufacturer_image_hash=bytes(32), originator_counter=2, execution_date_time=when)
    octets, (accepted,), time = tap.last()
    Invariants().exchange(octets, [accepted], time)
    outcome = Message.decode(at_once).content
    spoilt = doctored(accepted, lambda message: replace(message, content=outcome))
    assert broken(Invariants(), octets, [spoilt], time) == {Invariant.ACCEPTED_FOR_LATER}


@pytest.mark.parametrize("use_case", ["ECS01b", "CS06"])
def test_a_cancelled_command_has_no_alert(keystore: Keystore, use_case: str) -> None:
    def order(rig: Rig, counter: int, *, cancels: bool = False) -> None:
        later = NOW + timedelta(hours=1)
        if use_case == "CS06":
            when = NEVER if cancels else later
            image = {"manufacturer_image_hash": bytes(32), "originator_counter": counter}
            rig.ask("CS06", counter, execution_date_time=when, **image)
        else:
            set_price(rig, 1, CosemDateTime.NEVER if cancels else CosemDateTime.of(later), counter)

    rigs = [Rig(keystore) for _ in range(2)]
    taps = [tapped(rig) for rig in rigs]
    for rig in rigs:
        set_clock(rig)
        order(rig, 1)
    rigs[0].premises.advance(timedelta(hours=2))
    alerts = taps[0].last()
    order(rigs[1], 2, cancels=True)
    invariants = Invariants()
    for exchange in taps[1].seen:
        invariants.exchange(*exchange)
    assert broken(invariants, *alerts) == {Invariant.CANCELLED_IS_SILENT}


def test_a_counter_that_does_not_rise_is_told_of(rig: Rig, tap: Exchanges) -> None:
    unknown = command(rig.keystore, "ECS52", by=LOAD_CONTROLLER)
    rig.send(unknown)
    first = tap.last()
    rig.send(unknown)
    invariants = Invariants()
    invariants.exchange(*first)
    invariants.exchange(*tap.last())
    assert broken(invariants, *first) == {Invariant.COUNTERS_RISE}


def test_premises_refuse_to_pass_on_what_breaks_an_invariant(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    esme = rig.premises.esme
    monkeypatch.setattr(esme, "next_counter", lambda: 1)
    unknown = command(rig.keystore, "ECS52", by=LOAD_CONTROLLER)
    rig.send(unknown)
    with pytest.raises(InvariantError, match="invariant 14"):
        rig.send(unknown)


def test_every_device_of_the_suite_is_watched(keystore: Keystore) -> None:
    meter = Esme(TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME), now=NOW)
    unknown = command(keystore, "ECS52", by=LOAD_CONTROLLER)
    assert len(meter.receive(unknown, NOW)) == 1
    del meter.store["originator counter"]
    with pytest.raises(InvariantError, match="invariant 14"):
        meter.receive(unknown, NOW)


def test_counters_rise_over_a_restart(keystore: Keystore) -> None:
    unknown = command(keystore, "ECS52", by=LOAD_CONTROLLER)
    invariants = Invariants()

    def switched_on(state: dict[str, bytes]) -> Esme:
        store = Store()
        store.update(state)
        meter = Esme(TrustAnchors.from_keystore(keystore, METER, DeviceType.ESME), now=NOW, store=store)
        meter.observers.append(invariants)
        return meter

    meter = switched_on({})
    assert len(meter.receive(unknown, NOW)) == 1
    kept = meter.snapshot()
    assert len(switched_on(kept).receive(unknown, NOW)) == 1
    del kept["originator counter"]
    with pytest.raises(InvariantError, match="invariant 14"):
        switched_on(kept).receive(unknown, NOW)
