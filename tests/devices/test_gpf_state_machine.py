"""A GPF under commands good and bad, time and restarts in any order: it never fails, and forgets nothing."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from devices.gas.meter import GasMeter
from devices.hub.gpf import Gpf
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.cosem.types import Value
from gbcs.decoding import Decoded, decode
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.gbz.clusters import metering
from gbcs.gbz.component_list import ComponentList
from gbcs.gbz.components import Component
from gbcs.message import Cra
from gbcs.security import protection
from gbcs.usecases.catalogue import USE_CASES
from gbcs.usecases.model import Context, Payload
from smki.authority import TestAuthority, make_estate
from tests.devices.rig import NOW, SUPPLIER, command, protected
from tests.devices.test_state_machine import Disk
from tests.gbcs.gbz import COMMANDS, LISTS, values_of

_GPF = Eui64.parse("00-00-5E-EF-20-00-00-04")
_KEYS = make_estate(TestAuthority.create(NOW, random.Random(9)), devices=[_GPF])
_LITRES = 7
_CODES = sorted(code for code in LISTS if DeviceType.GPF in USE_CASES[code].devices)
_OTHERS = [Eui64(bytes(7) + bytes((n,))) for n in range(1, 20)]


class GpfMachine(RuleBasedStateMachine):
    """The model: what the device log holds, and how many half hours have ended."""

    @initialize()
    def switch_on(self) -> None:
        self.now = self.begun = NOW.replace(minute=0, second=0)
        self.store = Disk()
        self.gpf = self._made(self.store)
        self.gpf.advance(self.now)
        self.counter = 0
        self.joined: dict[Eui64, int] = {}

    def _made(self, store: Store) -> Gpf:
        anchors = TrustAnchors.from_keystore(_KEYS, _GPF, DeviceType.GPF)
        return Gpf(anchors, now=self.now, store=store, source=GasMeter(lambda _: _LITRES))

    def _count(self) -> int:
        self.counter += 1
        return self.counter

    def _take(self, octets: list[bytes]) -> list[Decoded]:
        """Everything that the GPF sends is what it says it is, and an alert has the whole device log."""
        taken = [decode(each, _KEYS) for each in octets]
        for each in taken:
            assert each.category
            assert each.payload
            protection.verify(each.message, each.category, _KEYS)
            if each.use_case and each.use_case.code == "GCS62":
                told = each.payload["device_log_entries"]
                assert {entry["device_identifier"]: entry["device_type"] for entry in told} == self.joined
        return taken

    def _ask(self, octets: bytes) -> Decoded:
        response, *alerts = [decode(each, _KEYS) for each in self.gpf.receive(octets, self.now)]
        assert response.message.cra is Cra.RESPONSE
        assert response.message.originator_counter == self.counter
        assert all(alert.use_case and alert.use_case.code == "GCS62" for alert in alerts)
        return response

    @rule(other=st.sampled_from(_OTHERS), kind=st.integers(0, 6))
    def join(self, other: Eui64, kind: int) -> None:
        fields = {"join_method_and_role": 2, "other_device_entity_identifier": other, "other_device_type": kind}
        response = self._ask(command(_KEYS, "CS03B", self._count(), to=_GPF, **fields))
        assert response.payload
        if response.payload["join_response_code"] == 0:
            assert kind in (0, 5, 6)
            assert self.joined.setdefault(other, kind) == kind

    @rule(other=st.sampled_from(_OTHERS))
    def unjoin(self, other: Eui64) -> None:
        response = self._ask(command(_KEYS, "CS04B", self._count(), to=_GPF, other_device_entity_identifier=other))
        assert response.payload
        assert response.payload["unjoin_response_code"] == int(self.joined.pop(other, None) is None)

    @rule(code=st.sampled_from(_CODES))
    def read(self, code: str) -> None:
        self._ask(command(_KEYS, code, self._count(), to=_GPF, **COMMANDS.get(code, {})))

    @rule(code=st.sampled_from(_CODES), data=st.data())
    def ask_for_anything(self, code: str, data: st.DataObject) -> None:
        """Fields of the right types, and beyond that of any value: each component has some answer."""
        form = LISTS[code]
        asked = form.request(COMMANDS.get(code, {}))
        items = [Component(name, data.draw(_fields(form, name)) if asked[name] else None) for name in asked]
        message = USE_CASES[code].command(SUPPLIER, _GPF, self._count(), **COMMANDS.get(code, {}))
        message = message.with_content(form.encode(Payload(tuple(items)), Context(message)))
        response = self._ask(protected(_KEYS, message, code))
        assert response.payload
        assert len(response.payload) >= len(items)

    @rule(code=st.sampled_from(_CODES), content=st.binary(max_size=40), at=st.integers(0, 400))
    def ask_for_nonsense(self, code: str, content: bytes, at: int) -> None:
        """Content that is none, rightly protected."""
        message = USE_CASES[code].command(SUPPLIER, _GPF, self._count(), **COMMANDS.get(code, {}))
        octets = message.content
        message = message.with_content(octets[: at % len(octets)] + content)
        self._take(self.gpf.receive(protected(_KEYS, message, code), self.now))

    @rule(at=st.integers(0, 10**6), bit=st.integers(0, 7))
    def corrupt(self, at: int, bit: int) -> None:
        octets = bytearray(command(_KEYS, "CS11", self.counter + 1, to=_GPF))
        octets[at % len(octets)] ^= 1 << bit
        assert all(each.message.cra is Cra.ALERT for each in self._take(self.gpf.receive(bytes(octets), self.now)))

    @rule(minutes=st.integers(0, 3000))
    def pass_time(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        assert self.gpf.advance(self.now) == []

    @rule(minutes=st.integers(0, 60))
    def restart(self, minutes: int) -> None:
        """The process is killed after what it last sent, and started again on what its store has."""
        self.store = Disk(self.store.kept)
        self.now += timedelta(minutes=minutes)
        self.gpf = self._made(self.store)
        self.pass_time(0)

    @invariant()
    def nothing_is_lost(self) -> None:
        if not hasattr(self, "gpf"):
            return
        assert self.gpf.device_log.entries == self.joined
        half_hours = _half_hours(self.now) - _half_hours(self.begun)
        assert self.gpf.zcl.get(metering.CURRENT_SUMMATION) == _LITRES * half_hours


def _half_hours(moment: datetime) -> int:
    return int(moment.timestamp()) // 1800


def _fields(form: ComponentList, name: str) -> st.SearchStrategy[Value]:
    exchange, _ = form.exchange(name)
    return st.fixed_dictionaries({field: values_of(kind) for field, kind in exchange.fields.fields.items()})


GpfMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestGpf = GpfMachine.TestCase
