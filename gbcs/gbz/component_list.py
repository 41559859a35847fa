"""GBZ payloads of commands and responses (GBCS 7.2.10; message structure 5.1).

A declaration is a list of exchanges in wire order. What else is on the wire follows from it, so nothing of it is
stored: the extended headers, the sequence numbers, the frame controls where they are the usual ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple, TypeAlias

from gbcs.cosem.types import Json, Value, fault
from gbcs.cursor import Cursor
from gbcs.errors import DecodeError, UseCaseError
from gbcs.gbz.attributes import STATUS, AttributeList, Failed
from gbcs.gbz.components import (
    PROFILE,
    Component,
    Frame,
    component_to_json,
    control_to_json,
    decode_frames,
    encode_frames,
    open_body,
    protected_from_json,
    seal_body,
    unusual_control,
    used_control,
)
from gbcs.gbz.exchange import ANSWERS_DIFFER, DEFAULT_RESPONSE, NOT_EXECUTED, Exchange, is_default_response
from gbcs.gbz.model import Command
from gbcs.gbz.types import U8, within
from gbcs.message import Cra, Kind
from gbcs.usecases.model import Context, Item, Payload, PayloadForm, Slot, answered

_REQUESTS = (Kind.PRECOMMAND, Kind.COMMAND)
_FROM_DATE_TIME = "from_date_time"
_NUMBERED = re.compile(r"(.+)_([1-9]\d{0,2})")
#: What devices answer to the components after one that failed.
_SKIPPED = {"result": 0x01, "executed": False}
#: Frames of one sequence number.
_Group: TypeAlias = Sequence[Frame]


class _Place(NamedTuple):
    """The payload fields that have one sequence number."""

    exchange: Exchange
    names: list[str]


class ComponentList(PayloadForm):
    """The payload of a GBZ use case: its exchanges in wire order."""

    def __init__(self, *exchanges: Exchange) -> None:
        self.exchanges = exchanges
        self._by_name = {exchange.name: exchange for exchange in exchanges}
        if len(self._by_name) != len(exchanges):
            raise ValueError("two exchanges of one name")

    # Decoding.

    def decode(self, context: Context) -> Payload:
        """See `gbcs.usecases.model.PayloadForm`."""
        cursor = Cursor(context.message.content)
        cursor.expect(PROFILE, "profile_id")
        frames = decode_frames(cursor, cursor.uint(1, "components.count"))
        request = context.message.cra is Cra.COMMAND
        # Every component of a command has its own number.
        groups: list[_Group] = [[frame] for frame in frames]
        if not request:
            groups = [list(group) for _, group in groupby(frames, lambda frame: frame.sequence)]
        fits = Exchange.is_command if request else Exchange.is_answered_by
        read = _read_command if request else _read_answer
        items: list[Item] = []
        for sequence, (exchange, at, group) in enumerate(self._align(groups, fits, cursor.offset)):
            for number, frame in enumerate(group):
                name = exchange.label(at + number, not request)
                with within(name):
                    if frame.sequence != sequence:
                        raise DecodeError("sequence_number", frame.offset, f"{frame.sequence} where {sequence} belongs")
                    items.append(read(name, exchange, frame, context))
        return Payload(tuple(items))

    def _align(
        self, groups: Sequence[_Group], fits: Callable[[Exchange, _Group], bool], end: int
    ) -> list[tuple[Exchange, int, _Group]]:
        """Finds the exchange of every group.

        A Default Response to a command that was not executed does not say which command that was, so that more than
        one arrangement may have to be tried where exchanges repeat.
        """
        furthest = 0
        dead: set[tuple[int, int]] = set()

        def place(start: int, at: int) -> list[tuple[Exchange, int, _Group]] | None:
            nonlocal furthest
            if at == len(self.exchanges):
                return [] if start == len(groups) else None
            if (start, at) in dead:
                return None
            exchange = self.exchanges[at]
            stop = start
            while stop < len(groups) and stop - start < exchange.high and fits(exchange, groups[stop]):
                stop += 1
            furthest = max(furthest, stop)
            for count in range(stop - start, exchange.low - 1, -1):
                rest = place(start + count, at + 1)
                if rest is not None:
                    return [(exchange, number, groups[start + number]) for number in range(count)] + rest
            dead.add((start, at))
            return None

        placed = place(0, 0)
        if placed is not None:
            return placed
        if furthest == len(groups):
            raise DecodeError("components", end, f"{len(groups)} where the use case has more")
        at, frame = sum(map(len, groups[:furthest])), groups[furthest][0]
        raise DecodeError(f"components.{at}", frame.offset, f"the use case does not have {frame} here")

    # Encoding.

    def encode(self, payload: Payload, context: Context) -> bytes:
        """See `gbcs.usecases.model.PayloadForm`."""
        request = context.message.cra is Cra.COMMAND
        frames = []
        write = _write_command if request else _write_answer
        for sequence, (exchange, names) in enumerate(self._places(payload, not request)):
            for name in names:
                item = payload.item(name)
                with within(name):
                    if len(names) > 1 and item.value is None and item.protected is None:
                        raise fault("a Default Response is the only answer")
                    frames.append(write(exchange, item, sequence, context))
        components = encode_frames(frames)
        return PROFILE + bytes((len(frames),)) + components

    def _places(self, payload: Payload, response: bool) -> list[_Place]:
        left = set(payload)
        found: list[tuple[Exchange, list[str]]] = []
        for exchange in self.exchanges:
            names = [exchange.name] if exchange.name in left and not exchange.numbered(response) else []
            while exchange.numbered(response) and (name := f"{exchange.name}_{len(names) + 1}") in left:
                names.append(name)
            left.difference_update(names)
            found.append((exchange, names))
        if left:
            raise self._unknown(min(left))
        places = []
        for exchange, names in found:
            # Several names are several components, or several answers to one.
            groups = [[name] for name in names] if exchange.high > 1 else [names] if names else []
            _check_count(exchange, len(groups))
            if len(names) > max(exchange.high, exchange.answers):
                raise UseCaseError("", exchange.name, f"{len(names)} answers, at most {exchange.answers} wanted")
            places += [_Place(exchange, group) for group in groups]
        return places

    def _unknown(self, name: str) -> UseCaseError:
        return UseCaseError("", name, f"no such field; there is {', '.join(self._by_name)}")

    # Building and JSON.

    def request(self, values: Mapping[str, Value]) -> Payload:
        """See `gbcs.usecases.model.PayloadForm`.

        `values` has the fields of a component by its name (of several of a kind as a list), and by a field's name what
        is said in all components that have the field and leave it to the sender.
        """
        shared = {name: value for name, value in values.items() if name not in self._by_name}
        for name in shared:
            if not any(exchange.leaves(name) for exchange in self.exchanges):
                raise self._unknown(name)
        items: list[Item] = []
        for exchange in self.exchanges:
            given = values.get(exchange.name)
            if given is None:
                given = [{}] * exchange.low
            elif exchange.high == 1:
                given = [given]
            if not isinstance(given, list):
                raise UseCaseError("", exchange.name, f"{given!r} is not a list")
            _check_count(exchange, len(given))
            for at, fields in enumerate(given):
                name = exchange.label(at, response=False)
                with within(name):
                    value = exchange.value(at, fields, shared)
                    exchange.check(at, value)
                items.append(Component(name, value))
        return Payload(tuple(items))

    def answer(self, values: Mapping[str, Value], failures: Mapping[str, Json], command: Payload) -> Payload:
        """See `gbcs.usecases.model.PayloadForm`.

        Where one component may have several answers, `values` has them as a list.
        """
        given = dict(values)
        slots: list[Slot] = []
        for exchange in self.exchanges:
            count = sum(self.exchange(name)[0] is exchange for name in command)
            if exchange.answers > 1 and count:
                answers = given.pop(exchange.name, [])
                if not isinstance(answers, list):
                    raise UseCaseError("", exchange.name, f"{answers!r} is not a list")
                count = max(len(answers), 1)
                given |= {exchange.label(at, response=True): answer for at, answer in enumerate(answers)}
            names = [exchange.label(at, response=True) for at in range(count)]
            slots += [Slot(name, exchange.answer is not None) for name in names]
        return self.from_json(answered(slots, given, failures, _SKIPPED), Kind.RESPONSE)

    def to_json(self, payload: Payload, kind: Kind) -> Json:
        """See `gbcs.usecases.model.PayloadForm`."""
        shown = _command_to_json if kind in _REQUESTS else _answer_to_json
        json = {}
        for item in payload.items_in_order:
            exchange, _ = self.exchange(item.name)
            json[item.name] = shown(exchange, item)
        return json

    def from_json(self, json: Json, kind: Kind) -> Payload:
        """See `gbcs.usecases.model.PayloadForm`."""
        if not isinstance(json, Mapping):
            raise UseCaseError("", "payload", f"{json!r} is not an object")
        items: list[Item] = []
        for name, fields in json.items():
            exchange, at = self.exchange(name)
            with within(name):
                if not isinstance(fields, Mapping):
                    raise fault(f"{fields!r} is not an object")
                if kind in _REQUESTS:
                    given = {} if fields.get("value") is None else fields["value"]
                    value = exchange.value(at, given, {})
                    items.append(Component(name, value, frame_control=fields.get("frame_control")))
                else:
                    items.append(_answer_from_json(name, exchange, fields))
        return Payload(tuple(items))

    def exchange(self, name: str) -> tuple[Exchange, int]:
        """What the payload field belongs to, and which of its kind it is, counted from 0.

        Raises:
            UseCaseError: there is no such field.
        """
        match = _NUMBERED.fullmatch(name)
        if name in self._by_name:
            return self._by_name[name], 0
        if match and match[1] in self._by_name:
            return self._by_name[match[1]], int(match[2]) - 1
        raise self._unknown(name)


def _check_count(exchange: Exchange, count: int) -> None:
    if not exchange.low <= count <= exchange.high:
        wanted = f"{count} components, {exchange.low} to {exchange.high} wanted"
        raise UseCaseError("", exchange.name, wanted if count else "missing")


def _check_headers(frame: Frame, encrypted: bool, dated: bool) -> None:
    if frame.encrypted != encrypted:
        raise DecodeError("", frame.offset, "encrypted" if frame.encrypted else "not encrypted")
    if (frame.from_date_time is not None) != dated:
        raise DecodeError("from_date_time", frame.offset, "missing" if dated else "does not belong here")


def _read_command(name: str, exchange: Exchange, frame: Frame, context: Context) -> Component:
    _check_headers(frame, encrypted=False, dated=exchange.dated is not None)
    value, _ = open_body(exchange.command.body, frame, context)
    if exchange.dated:
        value = {_FROM_DATE_TIME: frame.from_date_time, **value}
    return Component(name, value, frame_control=unusual_control(frame, exchange.command.frame_control))


def _write_command(exchange: Exchange, item: Item, sequence: int, context: Context) -> Frame:  # noqa: ARG001 - as _write_answer
    value, from_date_time = item.value, None
    if exchange.dated:
        exchange.fields.refuse_unknown(value)
        if _FROM_DATE_TIME not in value:
            raise fault("missing").within(_FROM_DATE_TIME)
        from_date_time = value[_FROM_DATE_TIME]
        value = {name: element for name, element in value.items() if name != _FROM_DATE_TIME}
        with within(_FROM_DATE_TIME):
            exchange.dated.encode(from_date_time)
    command = exchange.command
    body = command.body.encode(value)
    control = used_control(item, exchange.command.frame_control)
    return Frame(command.cluster, control, sequence, command.id, body, from_date_time=from_date_time)


def _read_answer(name: str, exchange: Exchange, frame: Frame, context: Context) -> Component:
    if is_default_response(frame):
        _check_headers(frame, encrypted=False, dated=False)
        cursor = Cursor(frame.body, frame.offset)
        executed = cursor.uint(1, "command_identifier") != NOT_EXECUTED
        status = cursor.uint(1, "status")
        cursor.finish("status")
        control = unusual_control(frame, exchange.default_response_control)
        return Component(name, result=status, frame_control=control, executed=executed)
    _check_headers(frame, encrypted=exchange.encrypted, dated=False)
    answer = _answer(exchange)
    value, protected = open_body(answer.body, frame, context)
    records = value.values() if isinstance(value, Mapping) else ()
    result = next((record.status for record in records if isinstance(record, Failed)), 0)
    return Component(name, value, result, protected, frame_control=unusual_control(frame, answer.answer_control))


def _write_answer(exchange: Exchange, item: Item, sequence: int, context: Context) -> Frame:
    command = exchange.command
    if item.value is None and item.protected is None:
        executed = not isinstance(item, Component) or item.executed
        with within("result"):
            body = bytes((command.id if executed else NOT_EXECUTED,)) + U8.encode(item.result or 0)
        control = used_control(item, exchange.default_response_control, ANSWERS_DIFFER)
        return Frame(command.cluster, control, sequence, DEFAULT_RESPONSE, body)
    answer = _answer(exchange)
    if exchange.encrypted:
        body = seal_body(answer.body, item.value, item.protected, context)
    else:
        body = answer.body.encode(item.value)
    control = used_control(item, answer.answer_control, ANSWERS_DIFFER)
    return Frame(answer.cluster, control, sequence, answer.id, body, exchange.encrypted)


def _answer(exchange: Exchange) -> Command:
    if exchange.answer is None:
        raise fault("answered with a Default Response, which has no value")
    return exchange.answer


def _command_to_json(exchange: Exchange, item: Item) -> dict[str, Json]:
    json = component_to_json(exchange.command, item, exchange.fields)
    if isinstance(exchange.command.body, AttributeList):
        json["attributes"] = [attribute.name for attribute in exchange.command.body.attributes]
    return json


def _answer_to_json(exchange: Exchange, item: Item) -> dict[str, Json]:
    if item.value is not None or item.protected is not None:
        answer = _answer(exchange)
        return component_to_json(answer, item, answer.body)
    json = {
        "cluster": exchange.command.cluster.label,
        "command": "DefaultResponse",
        "result": STATUS.to_json(item.result or 0),
    }
    if isinstance(item, Component) and not item.executed:
        json["executed"] = False
    return json | control_to_json(item)


def _answer_from_json(name: str, exchange: Exchange, fields: Mapping[str, Json]) -> Component:
    value, protected, executed = fields.get("value"), protected_from_json(fields), fields.get("executed", True)
    if not isinstance(executed, bool):
        raise fault(f"{executed!r} is neither true nor false").within("executed")
    result = 0
    if value is not None:
        value = _answer(exchange).body.from_json(value)
    if value is None and protected is None:
        with within("result"):
            result = STATUS.from_json(fields.get("result", 0))
    return Component(name, value, result, protected, frame_control=fields.get("frame_control"), executed=executed)
