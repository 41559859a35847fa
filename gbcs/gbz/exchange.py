"""What a use case is made of: a command component, and what it may be answered with (message structure 5.1)."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gbcs.cosem.types import Json, Value, fault
from gbcs.gbz.attributes import AttributeList, AttributeRecords
from gbcs.gbz.components import Frame
from gbcs.gbz.model import DISABLE_DEFAULT_RESPONSE, Attribute, Command, Direction, Scope
from gbcs.gbz.types import Count, Structure, Time, within

#: The identifier in a Default Response to a command that was not executed, since one before it failed.
NOT_EXECUTED = 0xFF
_READ_ATTRIBUTES, _READ_ATTRIBUTES_RESPONSE, DEFAULT_RESPONSE = 0x00, 0x01, 0x0B


#: Bits of the frame control in which devices differ when they answer: the default response, and the direction.
ANSWERS_DIFFER = DISABLE_DEFAULT_RESPONSE | Direction.TO_CLIENT


class Index(NamedTuple):
    """Rule for a field that counts the components of its kind, the first being `start`."""

    start: int


class OneOf(NamedTuple):
    """Rule for a field whose value the sender chooses among a few."""

    values: Container[int]
    wanted: str


class AtMost(NamedTuple):
    """Rule for a list."""

    elements: int


def one_of(*values: int) -> OneOf:
    """The field has one of these values."""
    return OneOf(values, f"one of {', '.join(map(str, values))}")


def between(low: int, high: int) -> OneOf:
    """The field lies in a range."""
    return OneOf(range(low, high + 1), f"between {low} and {high}")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One command component, or several of a kind, and their answers.

    Attributes:
        name: the payload field; where there are several, ``_1``, ``_2`` … follow.
        rules: what the use case says of fields: the one value they have, `Index`, `OneOf` or `AtMost`.
        low, high: how many components of the kind there are.
        answer: the command that answers, where that is not always a Default Response.
        answers: how many of them may answer one command at most.
        encrypted: whether `answer` is.
        dated: type of the from-date-time, where there is one.
    """

    name: str
    command: Command
    rules: Mapping[str, Value]
    low: int = 1
    high: int = 1
    answer: Command | None = None
    answers: int = 1
    encrypted: bool = False
    dated: Time | None = None

    def __post_init__(self) -> None:
        self.fields.refuse_unknown(self.rules)

    @property
    def fields(self) -> Structure:
        """All that the sender of the command says."""
        fields = self.command.body if isinstance(self.command.body, Structure) else Structure({})
        return Structure({"from_date_time": self.dated, **fields.fields}) if self.dated else fields

    def numbered(self, response: bool) -> bool:
        """Whether the payload field has a number behind it."""
        return self.high > 1 or (response and self.answers > 1)

    def label(self, at: int, response: bool) -> str:
        """The payload field of the `at`-th of them, counted from 0."""
        return f"{self.name}_{at + 1}" if self.numbered(response) else self.name

    @property
    def default_response_control(self) -> int:
        """Usual frame control of a Default Response, which goes the other way."""
        return Scope.PROFILE | (self.command.direction ^ Direction.TO_CLIENT)

    # Recognition.

    def is_command(self, frames: Sequence[Frame]) -> bool:
        """Whether the one frame is this command."""
        return all(self.command.is_in(frame.cluster, frame.frame_control, frame.command_id) for frame in frames)

    def is_answered_by(self, frames: Sequence[Frame]) -> bool:
        """Whether the frames, which have one sequence number, can answer one command of this kind."""
        if len(frames) == 1 and is_default_response(frames[0]):
            identifiers = (bytes((self.command.id,)), bytes((NOT_EXECUTED,)))
            return frames[0].cluster == self.command.cluster and frames[0].body[:1] in identifiers
        return len(frames) <= self.answers and all(self._is_answer(frame) for frame in frames)

    def _is_answer(self, frame: Frame) -> bool:
        answer = self.answer
        return answer is not None and (frame.cluster, frame.command_id, _scope(frame)) == (
            answer.cluster,
            answer.id,
            answer.scope,
        )

    # Building.

    def value(self, at: int, given: Json, shared: Mapping[str, Json]) -> Value:
        """The value of the `at`-th component of the kind, from fields as a person would write them.

        What the use case fixes may be left out of `given`; `shared` has fields for all components that have them and
        leave them to the sender.
        """
        types = self.fields.fields
        self.fields.refuse_unknown(given)
        value: dict[str, Value] = {}
        for name, field_type in types.items():
            fixed = self._fixed(name, at)
            if name in given or (name in shared and fixed is None):
                with within(name):
                    value[name] = field_type.from_json(given[name] if name in given else shared[name])
            elif fixed is not None:
                value[name] = fixed
        for name, field_type in types.items():
            if isinstance(field_type, Count) and name not in value and field_type.of in value:
                value[name] = len(value[field_type.of])
        return {name: value[name] for name in types if name in value} if types else None

    def check(self, at: int, value: Value) -> None:
        """Raises unless the value of the `at`-th component is what the use case says."""
        for name, rule in self.rules.items():
            fixed = self._fixed(name, at)
            with within(name):
                if fixed is not None and value[name] != fixed:
                    raise fault(f"the use case leaves no choice but {fixed!r}")
                if isinstance(rule, OneOf) and name in value and value[name] not in rule.values:
                    raise fault(f"{value[name]!r} is not {rule.wanted}")
                if isinstance(rule, AtMost) and len(value.get(name, ())) > rule.elements:
                    raise fault(f"{len(value[name])} elements, at most {rule.elements} wanted")

    def leaves(self, name: str) -> bool:
        """Whether there is a field of that name, for the sender to choose."""
        return name in self.fields.fields and self._fixed(name, 0) is None

    def _fixed(self, name: str, at: int) -> Value:
        rule = self.rules.get(name)
        if isinstance(rule, Index):
            return rule.start + at
        return None if isinstance(rule, OneOf | AtMost) else rule


def _scope(frame: Frame) -> int:
    return frame.frame_control & ~ANSWERS_DIFFER


def is_default_response(frame: Frame) -> bool:
    """Whether the frame is a Default Response, to whatever command."""
    return _scope(frame) == Scope.PROFILE and frame.command_id == DEFAULT_RESPONSE


def field_name(name: str) -> str:
    """``UpdateSiteID`` is ``update_site_id``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def send(
    command: Command,
    *,
    name: str | None = None,
    times: tuple[int, int] = (1, 1),
    dated: Time | None = None,
    **rules: Value,
) -> Exchange:
    """A command that is answered with a Default Response."""
    low, high = times
    return Exchange(name or field_name(command.name), command, rules, low, high, dated=dated)


def ask(
    command: Command,
    answer: Command,
    *,
    times: int = 1,
    answers: int = 1,
    encrypted: bool = False,
    dated: Time | None = None,
    **rules: Value,
) -> Exchange:
    """A command that is answered with another, or with a Default Response where there is nothing to answer."""
    name = field_name(command.name)
    return Exchange(name, command, rules, times, times, answer, answers, encrypted, dated)


def read(*attributes: Attribute, encrypted: bool = False, quiet: bool = False) -> Exchange:
    """A read of attributes of one cluster."""
    (cluster,) = {attribute.cluster for attribute in attributes}
    command = Command(
        cluster, Direction.TO_SERVER, _READ_ATTRIBUTES, "ReadAttributes", AttributeList(attributes), Scope.PROFILE
    )
    answer = Command(
        cluster,
        Direction.TO_CLIENT,
        _READ_ATTRIBUTES_RESPONSE,
        "ReadAttributesResponse",
        AttributeRecords(attributes),
        Scope.PROFILE,
        quiet,
    )
    name = f"read_{cluster.name.lower()}_attributes"
    return Exchange(name, command, {}, answer=answer, encrypted=encrypted)
