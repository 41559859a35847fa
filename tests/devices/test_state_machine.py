"""A meter under commands good and bad, time and restarts in any order: what it has answered it does, once."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from devices.electricity.esme import Esme
from devices.metering import Load
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.cosem import objects as o
from gbcs.cosem.date_time import CosemDateTime
from gbcs.decoding import Decoded, decode
from gbcs.device_type import DeviceType
from gbcs.message import Cra
from gbcs.security import protection
from smki.authority import TestAuthority, make_estate
from tests.devices.rig import METER, NETWORK_OPERATOR, NOW, SUPPLIER, command

_KEYS = make_estate(TestAuthority.create(NOW, random.Random(9)), devices=[METER])
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
    """The model: the randomised offset limit, the load limit for later, and how often each order came to pass."""

    @initialize()
    def switch_on(self) -> None:
        self.now = _START
        self.store = Disk()
        self.esme = self._made(self.store)
        self.counter = 0
        self.last_write = 0
        self.limit = 0
        self.powered = timedelta()
        self.threshold = self.esme.cosem.get(o.LOAD_LIMIT, "threshold_normal")
        self.order: tuple[datetime, int, int] | None = None
        self.told: Counter[int] = Counter()
        self._send(
            "ECS70", time_preset_adjusting_time={"validity_interval_start": _START, "validity_interval_end": _START}
        )

    def _made(self, store: Store) -> Esme:
        anchors = TrustAnchors.from_keystore(_KEYS, METER, DeviceType.ESME)
        return Esme(anchors, now=self.now, store=store, load=Load(active_import=_POWER))

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

    @rule(minutes=st.integers(0, 400))
    def pass_time(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.powered += timedelta(minutes=minutes)
        self._take(self.esme.advance(self.now))
        if self.order and self.order[0] <= self.now:
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
        register = cosem.get(o.IMPORT_REGISTER_COLLECTION, "value")["active_import_value"]
        assert register == _POWER * self.powered // timedelta(hours=1)


MeterMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestMeter = MeterMachine.TestCase
