"""Auxiliary controllers of an ESME or SAPC: what they are commanded, and by whom (SMETS 5.8, 9; devices.md 17).

The level that a controller is commanded is what its calendar says, unless the supplier has set another for a while or
the consumer boosts; a load controller may limit it. Levels are per cent, of output to the load and of input from it.
An HCALCS is commanded over the HAN, and has a level once it has confirmed the command.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from typing import Any

from devices.alerts import AlertCode
from devices.device import Device
from devices.electricity import schedule
from devices.errors import AccessFailed, DeviceError
from devices.events import seconds_of
from gbcs.cosem import objects as o
from gbcs.cosem.date_time import CosemDateTime
from gbcs.cosem.results import AccessResult
from gbcs.cosem.types import Value
from gbcs.eui64 import Eui64
from gbcs.message import Supplementary
from gbcs.roles import RemotePartyRole
from gbcs.usecases.catalogue import USE_CASES

#: What stands in the type and identifier of a controller; of an HCALCS that is its identifier.
NO_CONTROLLER, APC, ALCS = b"", b"\xff", bytes(8)
#: Those that are in the device, and always do what they are told.
_OWN = (APC, ALCS)
CONTROLLERS = 5
OUTPUT, INPUT = 1, 2
_FULL = 100
_LONGEST = timedelta(hours=24)
_LEVEL = 0x7F
#: Actions of ECS47, which was withdrawn: on, off, and back to the calendar.
_FORMER_LEVELS = {0x11: _FULL, 0x12: 0}
_FORMER_RESET = 0x20
_UNKNOWN, _DONE, _FAILED = 0, 1, 2
_NAME = "auxiliary"
_DIRECTIONS = (OUTPUT, INPUT)


class Answer(Enum):
    """What an HCALCS does with a command."""

    CONFIRMS = "it confirms"
    FAILS = "it says that it has failed"
    NONE = "nothing: the link is lost, or it takes its time"


class Controllers:
    """The controllers of one device; a `devices.parts.Part`.

    Attributes:
        answers: what the HCALCS of a number does with commands; those that are not there confirm.
    """

    def __init__(self, device: Device, kinds: Sequence[bytes]) -> None:
        """`kinds` are what the controllers of a new device are, from the first on; there are none behind."""
        self.answers: dict[int, Answer] = {}
        self._device = device
        self._cosem = device.cosem
        self._state: dict[str, Any] = json.loads(device.store.get(_NAME, b"{}"))
        self._state.setdefault("seen", device.time.isoformat())
        self._minutes = 0
        self._calendar: list[schedule.Entry] | None = None
        #: When something changes next, which is found anew where that may be another time.
        self._next: datetime | None = None
        self._is_stale = True
        cosem = device.cosem
        cosem.watch(o.AUXILIARY_CONTROLLER_CALENDAR, "entries", self._forget_calendar)
        for each in (o.RANDOMISED_OFFSET_NUMBER, o.RANDOMISED_OFFSET_LIMIT):
            cosem.watch(each, "value", self._forget_next)
        for each, kind in zip(o.AUXILIARY_CONTROLLER_TYPE_AND_IDENTIFIER, kinds, strict=False):
            if _NAME not in device.store:
                cosem.set(each, "value", kind)
        for number in range(1, CONTROLLERS + 1):
            state = o.AUXILIARY_CONTROLLER_STATE[number - 1]
            cosem.compute(state, "value", partial(self._describe, number))
            switch = o.AUXILIARY_LOAD_CONTROL_SWITCH_STATE[number - 1]
            if cosem.has(switch, "output_state"):
                cosem.compute(switch, "output_state", partial(self._is_on, number))
        for starts, ends in _PERIODS:
            for start, end in zip(starts, ends, strict=True):
                cosem.watch(start, "value", self._keep_minutes)
                cosem.watch(end, "value", partial(self._check_period, start))
        cosem.handle(o.AUXILIARY_CONTROLLER_SCRIPTS, "execute", self._set)
        cosem.handle(o.AUXILIARY_PROPORTIONAL_CONTROLLER_SCRIPTS, "execute", self._limit)
        cosem.compute(o.RANDOMISED_OFFSET, "value", self._offset)
        device.store.setdefault(_NAME, b"{}")

    def _is_on(self, number: int) -> bool:
        return self.actual_level(number) > 0

    def level(self, number: int, direction: int = OUTPUT) -> int:
        """What a controller is commanded now, limits applied, in per cent."""
        return self._resulting(direction, number, self._device.time)

    def actual_level(self, number: int, direction: int = OUTPUT) -> int:
        """What a controller is at, as far as the device knows: of an HCALCS the last command that it confirmed."""
        if self._kind(number) in _OWN:
            return self.level(number, direction)
        level: int = self._state.get(f"confirmed {direction}{number}", 0)
        return level

    def confirm(self, number: int, *, succeeded: bool = True) -> None:
        """The HCALCS of a number tells of the last commands that it has not answered."""
        for direction in _DIRECTIONS:
            if f"waiting {direction}{number}" in self._state:
                self._confirm(direction, number, succeeded=succeeded)
        self._keep()

    def request(self, device: Eui64) -> bool:
        """An HCALCS asks what it is to do, as when its link is back (use case HECS01); says whether it was told.

        One that is no controller of this device is not, and the security log has it.
        """
        if not self._device.is_powered:
            return False
        numbers = [number for number in range(1, CONTROLLERS + 1) if self._kind(number) == bytes(device)]
        if not numbers:
            self._device.log_security(AlertCode.UNAUTHORISED_COMMUNICATION)
            return False
        (message_code,) = USE_CASES["HECS01"].message_codes
        self._device.log_event(AlertCode.COMMAND_ACTIONED, message_code.to_bytes(2, "big"))
        for number in numbers:
            for direction in _DIRECTIONS:
                level = self._state.get(f"level {direction}{number}", 0)
                if level != self.actual_level(number, direction):
                    self._send(direction, number, level)
        self._keep()
        return True

    def boost(self, duration: timedelta) -> None:
        """The consumer pushes the button."""
        now = self._device.time
        self._state["boost"] = [now.isoformat(), (now + duration).isoformat()]
        self._apply()

    def cancel_boost(self) -> None:
        """The consumer ends the boost."""
        if "boost" in self._state:
            self._state["boost"][1] = self._device.time.isoformat()
            self.run()

    def report_update(self, number: int, other_data: str = "") -> None:
        """The load at a controller tells its state, which supplier and load controller get to know (alert ECS200).

        Raises:
            DeviceError: there is no such controller.
        """
        if not 1 <= number <= CONTROLLERS or self._kind(number) == NO_CONTROLLER:
            raise DeviceError(f"controller {number}: there is none")
        self._state[f"other {number}"] = other_data
        self._keep()
        update = {name: str(value) for name, value in self._description(number).items()}
        controller = self._device.anchors.party_in(RemotePartyRole.LOAD_CONTROLLER)
        self._device.alert(
            "ECS200",
            AlertCode.OPERATIONAL_UPDATE,
            supplementary=Supplementary(controller) if controller else None,
            operational_update=json.dumps({**update, "other-data": other_data}, separators=(",", ":")),
        )

    def due(self) -> datetime | None:
        """See `devices.parts.Part`."""
        if self._is_stale:
            self._next, self._is_stale = min(self._changes(self._device.time), default=None), False
        return self._next

    def run(self) -> None:
        """See `devices.parts.Part`."""
        now = self._device.time
        for name in [name for name in self._state if name.startswith("limit")]:
            if now >= _moment(self._state[name][1]):
                self._end_limit(name)
        for name in [name for name in self._state if name.startswith("setting")]:
            if now >= _moment(self._state[name][1]):
                del self._state[name]
        if "boost" in self._state and now >= _moment(self._state["boost"][1]):
            start, end = map(_moment, self._state.pop("boost"))
            log = self._cosem.log(o.BOOST_FUNCTION_EVENT_LOG)
            log.append({"boost_start": seconds_of(start), "boost_end": seconds_of(end)})
        self._state["seen"] = now.isoformat()
        self._apply()

    def _changes(self, now: datetime) -> Iterator[datetime]:
        """When something changes next, and what should have changed already."""
        seen = _moment(self._state["seen"])
        for name, value in self._state.items():
            if name.startswith(("setting", "limit", "boost")):
                yield from (moment for moment in map(_moment, value[:2]) if moment > seen)
        entries = self._entries()
        if entries:
            offset = timedelta(seconds=self._offset())
            times = sorted(schedule.switches([entries], "switch_time"))
            day = (now - offset).date()
            switches = (datetime.combine(day + timedelta(days=n), at) + offset for n in range(3) for at in times)
            yield from (moment for moment in switches if moment > seen)

    def _entries(self) -> list[schedule.Entry]:
        if self._calendar is None:
            self._calendar = self._cosem.get(o.AUXILIARY_CONTROLLER_CALENDAR, "entries")
        return self._calendar

    def _forget_calendar(self, value: Value) -> None:
        self._calendar = None
        self._forget_next(value)

    def _forget_next(self, value: Value) -> None:
        del value
        self._is_stale = True

    def _resulting(self, direction: int, number: int, moment: datetime) -> int:
        level = self._commanded(direction, number, moment)
        start, end, limit = self._state.get(f"limit {direction}{number}", (None, None, 0))
        return min(level, limit) if start and _moment(start) <= moment < _moment(end) else level

    def _commanded(self, direction: int, number: int, moment: datetime) -> int:
        start, end, level = self._state.get(f"setting {direction}{number}", (None, None, 0))
        if start and _moment(start) <= moment < _moment(end):
            return int(level)
        boost = self._state.get("boost")
        is_boosted = boost and direction == OUTPUT and _moment(boost[0]) <= moment < _moment(boost[1])
        if is_boosted and self._cosem.get(o.BOOST_FUNCTION_CONTROL[number - 1], "value"):
            return _FULL
        high = direction << 4 | number
        entries = [entry for entry in self._entries() if entry["script_selector"] >> 8 in (high, number)]
        days = self._cosem.get(o.AUXILIARY_CONTROLLER_CALENDAR_SPECIAL_DAYS, "entries")
        selector = schedule.last_action(entries, days, moment - timedelta(seconds=self._offset()))
        return 0 if selector is None else selector & _LEVEL

    def _kind(self, number: int) -> bytes:
        kind: bytes = self._cosem.get(o.AUXILIARY_CONTROLLER_TYPE_AND_IDENTIFIER[number - 1], "value")
        return kind

    def _address(self, script: int) -> tuple[int, int]:
        """Direction and number of the controller that a script is for."""
        high = script >> 8
        direction, number = high >> 4 or OUTPUT, high & 0xF
        if direction not in (OUTPUT, INPUT) or not 1 <= number <= CONTROLLERS or self._kind(number) == NO_CONTROLLER:
            raise AccessFailed(AccessResult.OBJECT_UNDEFINED)
        return direction, number

    def _set(self, script: Value) -> None:
        direction, number = self._address(script)
        name, low, now = f"setting {direction}{number}", script & 0xFF, self._device.time
        if script >> 12:
            start = self._cosem.get(o.AUXILIARY_CONTROLLER_START[number - 1], "value").moment()
            end = self._cosem.get(o.AUXILIARY_CONTROLLER_END[number - 1], "value").moment()
            if start is None or end is None or low > _FULL:
                raise AccessFailed(AccessResult.OTHER_REASON)
            self._state[name] = [start.isoformat(), end.isoformat(), low]
        elif low in _FORMER_LEVELS:
            end = now + timedelta(minutes=self._minutes)
            self._state[name] = [now.isoformat(), end.isoformat(), _FORMER_LEVELS[low]]
        elif low == _FORMER_RESET:
            self._state.pop(name, None)
        else:
            raise AccessFailed(AccessResult.OBJECT_UNDEFINED)
        self.run()

    def _limit(self, script: Value) -> None:
        direction, number = self._address(script)
        level = script & 0xFF
        start = self._cosem.get(o.AUXILIARY_PROPORTIONAL_CONTROLLER_START[number - 1], "value")
        end = self._cosem.get(o.AUXILIARY_PROPORTIONAL_CONTROLLER_END[number - 1], "value")
        first, last = start.moment(), end.moment()
        if first is None or last is None or level > _FULL:
            raise AccessFailed(AccessResult.OTHER_REASON)
        name = f"limit {direction}{number}"
        if last <= self._device.time:
            # A period that is over cancels the limit in force.
            if name in self._state:
                self._end_limit(name)
        else:
            self._state[name] = [first.isoformat(), last.isoformat(), level]
            self._device.log_event(AlertCode.LIMIT_PROCESSED)
            self._device.alert(
                "ECS101",
                AlertCode.LIMIT_PROCESSED,
                controller=direction << 4 | number,
                start=start,
                end=end,
                level=self._resulting(direction, number, first),
            )
        self.run()

    def _end_limit(self, name: str) -> None:
        del self._state[name]
        direction, number = map(int, name.split()[1])
        self._device.log_event(AlertCode.LIMIT_ENDED)
        level = self._resulting(direction, number, self._device.time)
        self._device.alert("ECS102", AlertCode.LIMIT_ENDED, controller=direction << 4 | number, level=level)

    def _keep_minutes(self, value: Value) -> None:
        """A withdrawn use case gives a duration where others give a start."""
        if isinstance(value, int):
            self._minutes = value

    def _check_period(self, start: o.CosemObject, value: Value) -> None:
        if not isinstance(value, CosemDateTime):
            self._keep_minutes(value)
            return
        first, last = self._cosem.get(start, "value").moment(), value.moment()
        if first is None or last is None or not timedelta() < last - first <= _LONGEST:
            raise AccessFailed(AccessResult.OTHER_REASON)

    def _apply(self) -> None:
        """Passes changed levels on to the controllers, and logs it."""
        now = self._device.time
        for direction in _DIRECTIONS:
            for number in range(1, CONTROLLERS + 1):
                if self._kind(number) == NO_CONTROLLER:
                    continue
                name, level = f"level {direction}{number}", self._resulting(direction, number, now)
                if self._state.get(name, 0) != level:
                    self._state[name] = level
                    self._send(direction, number, level)
        self._keep()

    def _keep(self) -> None:
        self._device.store[_NAME] = json.dumps(self._state).encode()
        self._is_stale = True

    def _send(self, direction: int, number: int, level: int) -> None:
        kind = self._kind(number)
        if kind in _OWN:
            self._log(direction, number, level, _DONE, 0)
            if kind == ALCS:
                self._device.log_event(AlertCode.CONTROLLER_CHANGED)
            return
        command = self._state["command"] = self._state.get("command", 0) + 1
        self._log(direction, number, level, _UNKNOWN, command)
        self._state[f"waiting {direction}{number}"] = [command, level]
        answer = self.answers.get(number, Answer.CONFIRMS)
        if answer is not Answer.NONE:
            self._confirm(direction, number, succeeded=answer is Answer.CONFIRMS)

    def _confirm(self, direction: int, number: int, *, succeeded: bool) -> None:
        command, level = self._state.pop(f"waiting {direction}{number}")
        self._log(direction, number, 0, _DONE if succeeded else _FAILED, command)
        self._device.log_event(AlertCode.CONTROLLER_CHANGED if succeeded else AlertCode.CONTROLLER_FAILED)
        if succeeded:
            self._state[f"confirmed {direction}{number}"] = level

    def _log(self, direction: int, number: int, level: int, outcome: int, command: int) -> None:
        self._cosem.log(o.AUXILIARY_CONTROLLER_EVENT_LOG).append(
            {
                "timestamp": seconds_of(self._device.time),
                "switch_number_and_action": (direction << 4 | number) << 8 | level,
                "outcome": outcome,
                "h_an_command_id": command,
            }
        )

    def _describe(self, number: int) -> str:
        return json.dumps(self._description(number))

    def _description(self, number: int) -> dict[str, Value]:
        if self._kind(number) == NO_CONTROLLER:
            return {}
        states = {"outputState": self.actual_level(number), "inputState": self.actual_level(number, INPUT)}
        other = self._state.get(f"other {number}")
        return states | ({"other-data": other} if other else {})

    def _offset(self) -> int:
        """Seconds by which scheduled changes come later."""
        number = self._cosem.get(o.RANDOMISED_OFFSET_NUMBER, "value")
        limit = self._cosem.get(o.RANDOMISED_OFFSET_LIMIT, "value")
        offset: int = round(number * limit / 10_000)
        return offset


_PERIODS = (
    (o.AUXILIARY_CONTROLLER_START, o.AUXILIARY_CONTROLLER_END),
    (o.AUXILIARY_PROPORTIONAL_CONTROLLER_START, o.AUXILIARY_PROPORTIONAL_CONTROLLER_END),
)


def hcalcs(device: Eui64) -> bytes:
    """The kind of a controller that is an HCALCS on the HAN."""
    return bytes(device)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
