"""ASN.1 types made of types: SEQUENCE, SEQUENCE OF and CHOICE."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from gbcs.asn1.types import NULL, SEQUENCE, Integer, OctetString, TaggedType, Type, encoding, fault, open_contents
from gbcs.cosem.types import Json, Value
from gbcs.cursor import Cursor
from gbcs.errors import DecodeError, UseCaseError
from gbcs.message import Message

#: Elements of one SEQUENCE OF; far above what any use case has.
MAXIMUM_ELEMENTS = 256
_CONSTRUCTED = 0x20
_CONTEXT = 0x80


@dataclass(frozen=True, slots=True)
class Field:
    """One component of a SEQUENCE.

    Attributes:
        default: of an optional component, the value that it has when it is left out; None where it then has none.
        repeats: gives the value that the component has again from the message's header, for payloads without it; None
            where the header does not tell.
    """

    name: str
    type: TaggedType
    optional: bool = False
    default: Value = None
    repeats: Callable[[Message], Value] | None = None


@dataclass(frozen=True, slots=True)
class Sequence(TaggedType):
    """SEQUENCE; the value is a dict by field name. An optional component may be None, which is as good as left out."""

    fields: tuple[Field, ...]
    tag: int = SEQUENCE

    def decode(self, cursor: Cursor) -> dict[str, Value]:
        contents = open_contents(cursor, self.tag)
        value = {}
        for component in self.fields:
            if not component.optional or contents.peek() == component.type.tag:
                value[component.name] = _within(component.name, component.type, contents)
            elif component.default is not None:
                value[component.name] = component.default
        contents.finish("")
        return value

    def encode(self, value: Value, header: Message) -> bytes:
        self._check_names(value)
        return encoding(self.tag, b"".join(_component(each, value, header) for each in self.fields), header)

    def to_json(self, value: Value) -> Json:
        return {each.name: each.type.to_json(value[each.name]) for each in self.fields if each.name in value}

    def from_json(self, json: Json) -> dict[str, Value]:
        self._check_names(json)
        return {
            each.name: _from_json(each.name, each.type, json[each.name])
            for each in self.fields
            if each.name in json and not (json[each.name] is None and (each.optional or each.repeats))
        }

    def _check_names(self, value: Value) -> None:
        _check_names(value, [each.name for each in self.fields])


def _component(component: Field, value: Mapping[str, Value], header: Message) -> bytes:
    element = value.get(component.name)
    if element is None and component.repeats:
        element = component.repeats(header)
    if component.optional and element in (None, component.default):
        return b""
    if element is None and component.name not in value:
        raise fault("missing").within(component.name)
    return _encoded(component.name, component.type, element, header)


@dataclass(frozen=True, slots=True)
class SequenceOf(TaggedType):
    """SEQUENCE OF; the value is a list."""

    element: TaggedType
    tag: int = SEQUENCE

    def decode(self, cursor: Cursor) -> list[Value]:
        contents = open_contents(cursor, self.tag)
        elements: list[Value] = []
        while contents.remaining:
            if len(elements) == MAXIMUM_ELEMENTS:
                raise contents.error("", f"more than {MAXIMUM_ELEMENTS} elements")
            elements.append(_within(str(len(elements)), self.element, contents))
        return elements

    def encode(self, value: Value, header: Message) -> bytes:
        elements = enumerate(_checked_list(value))
        contents = (_encoded(str(place), self.element, element, header) for place, element in elements)
        return encoding(self.tag, b"".join(contents), header)

    def to_json(self, value: Value) -> Json:
        return [self.element.to_json(element) for element in value]

    def from_json(self, json: Json) -> list[Value]:
        return [_from_json(str(place), self.element, element) for place, element in enumerate(_checked_list(json))]


@dataclass(frozen=True, slots=True)
class Choice(Type):
    """CHOICE by identifier octet; the value is a dict with the chosen alternative as its one entry.

    A choice of one names a payload that is a bare type; where that is NULL the entry need not be given.
    """

    alternatives: Mapping[str, TaggedType]

    def decode(self, cursor: Cursor) -> dict[str, Value]:
        found = cursor.peek()
        for name, alternative in self.alternatives.items():
            if alternative.tag == found:
                return {name: _within(name, alternative, cursor)}
        wanted = " or ".join(f"{alternative.tag:02x} ({name})" for name, alternative in self.alternatives.items())
        raise cursor.error("", f"{'nothing' if found is None else f'tag {found:02x}'} where tag {wanted} belongs")

    def encode(self, value: Value, header: Message) -> bytes:
        name, chosen = self._chosen(value)
        return _encoded(name, self.alternatives[name], chosen, header)

    def to_json(self, value: Value) -> Json:
        return {name: self.alternatives[name].to_json(chosen) for name, chosen in value.items()}

    def from_json(self, json: Json) -> dict[str, Value]:
        name, chosen = self._chosen(json)
        return {name: _from_json(name, self.alternatives[name], chosen)}

    def _chosen(self, value: Value) -> tuple[str, Value]:
        _check_names(value, list(self.alternatives))
        if not value and list(self.alternatives.values()) == [NULL]:
            return next(iter(self.alternatives)), None
        if not value:
            raise fault("missing").within(" or ".join(self.alternatives))
        if len(value) > 1:
            raise fault(f"{' and '.join(value)} exclude each other")
        [(name, chosen)] = value.items()
        return name, chosen


def _check_names(value: Value, names: list[str]) -> None:
    if not isinstance(value, Mapping):
        raise fault(f"{value!r} is not an object of {', '.join(names)}")
    for name in value:
        if name not in names:
            raise fault(f"no such field; there is {', '.join(names)}").within(str(name))


def _checked_list(value: Value) -> list[Value]:
    if not isinstance(value, list | tuple) or len(value) > MAXIMUM_ELEMENTS:
        raise fault(f"{value!r} is not a list of up to {MAXIMUM_ELEMENTS} elements")
    return list(value)


def _within(name: str, inner: Type, cursor: Cursor) -> Value:
    try:
        return inner.decode(cursor)
    except DecodeError as error:
        raise error.within(name) from None


def _encoded(name: str, inner: Type, value: Value, header: Message) -> bytes:
    try:
        return inner.encode(value, header)
    except UseCaseError as error:
        raise error.within(name) from None


def _from_json(name: str, inner: Type, json: Json) -> Value:
    try:
        return inner.from_json(json)
    except UseCaseError as error:
        raise error.within(name) from None


_Taggable = TypeVar("_Taggable", Integer, OctetString, Sequence, SequenceOf)


def sequence(**fields: TaggedType | Field) -> Sequence:
    """A SEQUENCE of the fields in the order written; `optional` and `repeats` say more of one."""
    return Sequence(
        tuple(
            replace(declared, name=name) if isinstance(declared, Field) else Field(name, declared)
            for name, declared in fields.items()
        )
    )


def choice(**alternatives: TaggedType) -> Choice:
    """A CHOICE of the alternatives."""
    return Choice(alternatives)


def optional(data_type: TaggedType, default: Value = None) -> Field:
    """A field of `sequence` that may be left out, and then has the default if there is one."""
    return Field("", data_type, optional=True, default=default)


def repeats(data_type: TaggedType, source: Callable[[Message], Value]) -> Field:
    """A field of `sequence` that says again what the message's header says; who builds a payload may leave it out."""
    return Field("", data_type, repeats=source)


def implicit(number: int, data_type: _Taggable) -> _Taggable:
    """The type with the context tag ``[number] IMPLICIT``."""
    return replace(data_type, tag=_CONTEXT | data_type.tag & _CONSTRUCTED | number)
