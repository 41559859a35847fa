"""A meter under commands good and bad, time, clocks and restarts in any order: what it has answered it does, once."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from devices.electricity.esme import Esme
from devices.invariants import Invariants
from devices.metering import Load
from devices.store import Store
from devices.trust_anchors import Cell, TrustAnchors
from gbcs.cosem import objects as o
from gbcs.cosem.date_time import CosemDateTime
from gbcs.decoding import Decoded, decode
from gbcs.device_type import DeviceType
from gbcs.message import Cra
from gbcs.prepayment import ValueClass, make_utrn, originator_counter
from gbcs.roles import KeyUse, RemotePartyRole
from gbcs.security import protection
from smki.authority import TestAuthority, make_estate
from tests.devices.rig import LOAD_CONTROLLER, METER, NETWORK_OPERATOR, NOW, SUPPLIER, cell, command, statuses

_AUTHORITY, _STRANGERS = (TestAuthority.create(NOW, random.Random(seed)) for seed in (9, 10))
_KEYS = make_estate(_AUTHORITY, devices=[METER])
_CELL = Cell(RemotePartyRole.LOAD_CONTROLLER, KeyUse.DS)
#: Certificates for a load controller, by whether the meter knows the root.
_CONTROLLERS = {
    is_known: [
        authority.issue_organisation(LOAD_CONTROLLER, RemotePartyRole.LOAD_CONTROLLER, KeyUse.DS).certificate.der
        for _ in range(2)
    ]
    for is_known, authority in ((True, _AUTHORITY), (False, _STRANGERS))
}
_POWER = 1200
_START = NOW.replace(microsecond=0)


class Disk(Store):
    """A store that outlives its process: what was committed, and nothing else."""

    def __init__(self, kept: dict[str, bytes] | None = None) -> None:
        super().__init__()
        self.update(kept or {})
        self.kept = dict(self.data)

    def commit(self) -> None:
        super().commit()
        self.kept = dict(self.data)


class MeterMachine(RuleBasedStateMachine):
    """The model: the randomised offset limit, the load limit for later, and how often each order came to pass.

    And whether the clock is trusted, which tokens were taken, and who is load controller.
    """

    @initialize()
    def switch_on(self) -> None:
        self.now = _START
        self.store = Disk()
        self.observer = Invariants()
        self.esme = self._made(self.store)
        self.counter = 0
        self.last_write = 0
        self.limit = 0
        self.powered = timedelta()
        self.threshold = self.esme.cosem.get(o.LOAD_LIMIT, "threshold_normal")
        self.order: tuple[datetime, int, int] | None = None
        self.told: Counter[int] = Counter()
        self.tokens: set[int] = set()
        self.controller = self.esme.anchors.cells[_CELL].der
        self.set_clock()

    def _made(self, store: Store) -> Esme:
        anchors = TrustAnchors.from_keystore(_KEYS, METER, DeviceType.ESME)
        esme = Esme(anchors, now=self.now, store=store, load=Load(active_import=_POWER))
        esme.observers.append(self.observer)
        return esme

    def _count(self) -> int:
        self.counter += 1
        return self.counter

    def _take(self, octets: list[bytes]) -> list[Decoded]:
        """Everything that the meter sends is what it says it is."""
        taken = []
        for each in octets:
            decoded = decode(each, _KEYS)
            assert decoded.category
            protection.verify(decoded.message, decoded.category, _KEYS)
            taken.append(decoded)
            if decoded.use_case and decoded.use_case.code == "FDEIA-DLMS":
                assert decoded.payload
                self.told[decoded.payload["instruction"]["originator_counter"]] += 1
        return taken

    def _send(self, use_case: str, **values: object) -> None:
        octets = command(_KEYS, use_case, self._count(), **values)
        response = self._take(self.esme.receive(octets, self.now))[0]
        assert response.message.cra is Cra.RESPONSE
        assert response.message.originator_counter == self.counter
        assert response.payload
        assert not response.payload.failures

    @rule(limit=st.integers(0, 1799))
    def write(self, limit: int) -> None:
        self._send("ECS38", randomised_offset_limit=limit)
        self.limit, self.last_write = limit, self.counter

    @precondition(lambda self: self.last_write)
    @rule(back=st.integers(0, 3))
    def replay(self, back: int) -> None:
        octets = command(_KEYS, "ECS38", max(0, self.last_write - back), randomised_offset_limit=1)
        told = self._take(self.esme.receive(octets, self.now))
        assert [each.payload["alert_code"] for each in told if each.payload] in ([], [0x8F60])

    @rule(at=st.integers(0, 10**6), bit=st.integers(0, 7))
    def corrupt(self, at: int, bit: int) -> None:
        octets = bytearray(command(_KEYS, "ECS38", self.counter + 1, randomised_offset_limit=1))
        octets[at % len(octets)] ^= 1 << bit
        assert all(each.message.cra is Cra.ALERT for each in self._take(self.esme.receive(bytes(octets), self.now)))

    @rule()
    def overreach(self) -> None:
        octets = command(_KEYS, "ECS38", self.counter + 1, by=NETWORK_OPERATOR, randomised_offset_limit=1)
        (alert,) = self._take(self.esme.receive(octets, self.now))
        assert alert.message.recipient == SUPPLIER

    @rule(threshold=st.integers(10_000, 20_000), minutes=st.integers(1, 300))
    def order_for_later(self, threshold: int, minutes: int) -> None:
        moment = self.now + timedelta(minutes=minutes)
        self._order(threshold, CosemDateTime.of(moment))
        self.order = (moment, threshold, self.counter)

    @rule()
    def cancel(self) -> None:
        self._order(10_000, CosemDateTime.NEVER)
        self.order = None

    def _order(self, threshold: int, when: CosemDateTime) -> None:
        self._send(
            "ECS28a",
            load_limit_supply_state_value_passive=False,
            load_limit_power_threshold_value_passive=threshold,
            load_limit_period_timer_value_passive=60,
            load_limit_restoration_period_timer_value_passive=60,
            load_limit_supply_state_activate_passive_value_time=when,
            load_limit_power_threshold_activate_passive_value_time=when,
            load_limit_period_timer_activate_passive_value_time=when,
            load_limit_restoration_period_timer_activate_passive_value_time=when,
        )

    @rule()
    def set_clock(self) -> None:
        interval = {"validity_interval_start": self.now, "validity_interval_end": self.now}
        self._send("ECS70", time_preset_adjusting_time=interval)
        self.is_reliable = True
        self.pass_time(0)

    @rule()
    def set_clock_too_late(self) -> None:
        self._send(
            "ECS70", time_preset_adjusting_time={"validity_interval_start": _START, "validity_interval_end": _START}
        )
        self.is_reliable = self.now == _START

    @rule(counter=st.integers(1, 30))
    def top_up(self, counter: int) -> None:
        """Tokens count once, in whatever order they come."""
        digits = str(make_utrn(SUPPLIER, METER, counter, 1, ValueClass.PENCE, _KEYS)).encode()
        octets = command(_KEYS, "CS01a", originator_counter(counter), prepayment_credit_enter=digits)
        response = self._take(self.esme.receive(octets, self.now))[0]
        assert response.payload
        assert list(response.payload.failures.values()) == ([250] if counter in self.tokens else [])
        self.tokens.add(counter)

    @rule(which=st.integers(0, 1), is_known=st.booleans())
    def replace_load_controller(self, which: int, is_known: bool) -> None:
        """What another root's authority has issued changes nothing."""
        counter = self._count()
        authority = _AUTHORITY if is_known else _STRANGERS
        octets = command(
            _KEYS,
            "CS02g",
            counter,
            message_code=0x0126,
            authorising_remote_party_control={
                "credentials_replacement_mode": 11,
                "authorising_remote_party_seq_number": counter,
            },
            replacements=[
                {
                    "replacement_certificate": _CONTROLLERS[is_known][which],
                    "target_trust_anchor_cell": cell(*_CELL),  # type: ignore[arg-type]
                }
            ],
            certification_path_certificates=[authority.organisation_ca.certificate.der],
        )
        response = self._take(self.esme.receive(octets, self.now))[0]
        assert response.payload
        assert statuses(response.payload["execution_outcome"]) == ([0] if is_known else [10])
        if is_known:
            self.controller = _CONTROLLERS[True][which]

    @rule(minutes=st.integers(0, 400))
    def pass_time(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.powered += timedelta(minutes=minutes)
        self._take(self.esme.advance(self.now))
        if self.is_reliable and self.order and self.order[0] <= self.now:
            _, self.threshold, counter = self.order
            self.order = None
            assert self.told[counter] == 4

    @rule(minutes=st.integers(0, 60))
    def restart(self, minutes: int) -> None:
        """The process is killed after what it last sent, and started again on what its store has."""
        self.store = Disk(self.store.kept)
        self.now += timedelta(minutes=minutes)
        self.esme = self._made(self.store)
        self.pass_time(0)

    @invariant()
    def nothing_is_lost_and_nothing_happens_twice(self) -> None:
        if not hasattr(self, "esme"):
            return
        cosem = self.esme.cosem
        assert cosem.get(o.RANDOMISED_OFFSET_LIMIT, "value") == self.limit
        assert cosem.get(o.LOAD_LIMIT, "threshold_normal") == self.threshold
        assert set(self.told.values()) <= {4}
        assert self.esme.time_is_reliable == self.is_reliable
        assert self.esme.account.balance("meter_balance") == 1000 * len(self.tokens)
        assert self.esme.anchors.cells[_CELL].der == self.controller
        register = cosem.get(o.IMPORT_REGISTER_COLLECTION, "value")["active_import_value"]
        assert register == _POWER * self.powered // timedelta(hours=1)


MeterMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestMeter = MeterMachine.TestCase
