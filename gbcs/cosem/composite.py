"""A-XDR data with declared types: structures and arrays, plain and compact (DLMS Blue Book 4.1.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute

from gbcs.cosem.types import DataType, Json, Reader, Value, expect_tag, fault
from gbcs.cursor import Cursor, encode_length
from gbcs.errors import DecodeError, UseCaseError

#: What a structure's value may be; whether it is a dict is seen much sooner than whether it is another mapping.
_MAPPINGS = (dict, Mapping)
_ARRAY, _STRUCTURE, _COMPACT_ARRAY = (0x01, "array"), (0x02, "structure"), (0x13, "compact-array")


@dataclass(frozen=True, slots=True)
class Field:
    """One element of a structure; `fixed` is the value that is never another, and need not be given."""

    name: str
    type: DataType
    fixed: Value = None
    optional: bool = False

    @property
    def constant(self) -> Value:
        """The one value that it can have; None where there are more."""
        if self.fixed is None and isinstance(self.type, Structure):
            parts = {field.name: field.constant for field in self.type.fields}
            return None if None in parts.values() else parts
        return self.fixed

    def read(self, reader: Reader, cursor: Cursor) -> Value:
        """The element, read by `reader` and checked."""
        try:
            if self.fixed is None:
                return reader(cursor)
            start = cursor.offset
            element = reader(cursor)
            if element != self.fixed:
                raise DecodeError("", start, f"{element!r} where {self.fixed!r} belongs")
        except DecodeError as error:
            raise error.within(self.name) from None
        return element


@dataclass(frozen=True, slots=True)
class Structure(DataType):
    """structure; the value is a dict by field name."""

    fields: tuple[Field, ...]
    _names: frozenset[str] = attribute(init=False, repr=False, compare=False)
    #: No field has to have a certain value, nor is one optional.
    _is_plain: bool = attribute(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_names", frozenset(each.name for each in self.fields))
        is_plain = all(each.fixed is None and not each.optional for each in self.fields)
        object.__setattr__(self, "_is_plain", is_plain)

    def decode(self, cursor: Cursor) -> dict[str, Value]:
        return {field.name: field.read(field.type.decode, cursor) for field in self._present(cursor)}

    def encode(self, value: Value) -> bytes:
        elements = self._elements(value)
        encoded = [bytes((_STRUCTURE[0], len(elements)))]
        try:
            for field, element in elements:
                encoded.append(field.type.encode(element))
        except UseCaseError as error:
            raise error.within(field.name) from None
        return b"".join(encoded)

    def bind(self, cursor: Cursor) -> Reader:
        readers = [(field, _bound(field.name, field.type, cursor)) for field in self._present(cursor)]
        return lambda contents: {field.name: field.read(reader, contents) for field, reader in readers}

    def describe(self, value: Value) -> bytes:
        if value is None:
            elements = [(field, None) for field in self.fields if not field.optional]
        else:
            elements = self._elements(value)
        described = b"".join(field.type.describe(element) for field, element in elements)
        return bytes((_STRUCTURE[0], len(elements))) + described

    def encode_bare(self, value: Value) -> bytes:
        if self._is_plain and type(value) is dict and value.keys() == self._names:
            try:
                return b"".join([field.type.encode_bare(value[field.name]) for field in self.fields])
            except UseCaseError:
                pass  # said below, with the field's name
        return b"".join(_written(field, field.type.encode_bare, element) for field, element in self._elements(value))

    def to_json(self, value: Value) -> Json:
        return {field.name: field.type.to_json(value[field.name]) for field in self.fields if field.name in value}

    def from_json(self, json: Json) -> Value:
        if not isinstance(json, Mapping):
            raise fault(f"{json!r} is not an object")
        self._refuse_unknown(json)
        present = [field for field in self.fields if field.name in json]
        return {field.name: _written(field, field.type.from_json, json[field.name]) for field in present}

    def _present(self, cursor: Cursor) -> tuple[Field, ...]:
        """Reads tag and count. The optional fields are there together or not at all."""
        expect_tag(cursor, *_STRUCTURE)
        start = cursor.offset
        count = cursor.uint(1, "count")
        if count == len(self.fields):
            return self.fields
        required = tuple(field for field in self.fields if not field.optional)
        if count == len(required):
            return required
        wanted = f"{len(required)} or {len(self.fields)}" if len(required) < len(self.fields) else str(len(required))
        raise DecodeError("count", start, f"{count} elements, {wanted} wanted")

    def _elements(self, value: Value) -> list[tuple[Field, Value]]:
        if not isinstance(value, _MAPPINGS):
            raise fault(f"{value!r} is not a mapping of {', '.join(field.name for field in self.fields)}")
        self._refuse_unknown(value)
        elements = []
        for field in self.fields:
            if field.name in value:
                element = value[field.name]
            else:
                element = field.constant
                if element is None:
                    if field.optional:
                        continue
                    raise fault("missing").within(field.name)
            if field.fixed is not None and element != field.fixed:
                raise fault(f"{element!r} where {field.fixed!r} belongs").within(field.name)
            elements.append((field, element))
        return elements

    def _refuse_unknown(self, value: Mapping[str, Value]) -> None:
        if value.keys() <= self._names:
            return
        known = [field.name for field in self.fields]
        for name in value:
            if name not in known:
                raise fault(f"no such field; there is {', '.join(known)}").within(str(name))


class OtherArray(list[Value]):
    """Elements that came in the other of the two array encodings than the declared one."""


@dataclass(frozen=True, slots=True)
class Array(DataType):
    """array or compact-array of `low` to `high` elements; the value is a list.

    Both encodings are read. One that is not the declared one gives an `OtherArray`, which is written back as it came;
    JSON shows it as ``{"encoding": …, "elements": […]}``.
    """

    element: DataType
    low: int
    high: int
    compact: bool = False

    def decode(self, cursor: Cursor) -> list[Value]:
        compact = cursor.peek() == _COMPACT_ARRAY[0]
        elements = self._decode_compact(cursor) if compact else self._decode_plain(cursor)
        return elements if compact == self.compact else OtherArray(elements)

    def _decode_plain(self, cursor: Cursor) -> list[Value]:
        expect_tag(cursor, *_ARRAY)
        start = cursor.offset
        count = cursor.length("count")
        self._check(count, start)
        return [_within(index, self.element.decode, cursor) for index in range(count)]

    def _decode_compact(self, cursor: Cursor) -> list[Value]:
        expect_tag(cursor, *_COMPACT_ARRAY)
        read = self.element.bind(cursor)
        start = cursor.offset
        contents = cursor.part(cursor.length("length"), "contents")
        elements: list[Value] = []
        while contents.remaining:
            if len(elements) == self.high:
                raise DecodeError("", start, f"more than {self.high} elements")
            before = contents.remaining
            elements.append(_within(len(elements), read, contents))
            if contents.remaining == before:
                raise contents.error("contents", "elements without octets")
        self._check(len(elements), start)
        return elements

    def encode(self, value: Value) -> bytes:
        if not isinstance(value, list) or not self.low <= len(value) <= self.high:
            raise fault(f"{_shown(value)} is not a list of {self.low} to {self.high}")
        if self.compact == isinstance(value, OtherArray):
            encoded = [_indexed(index, self.element.encode, element) for index, element in enumerate(value)]
            return bytes((_ARRAY[0],)) + encode_length(len(value)) + b"".join(encoded)
        bare = [_indexed(index, self.element.encode_bare, element) for index, element in enumerate(value)]
        contents = b"".join(bare)
        return b"".join(
            (
                bytes((_COMPACT_ARRAY[0],)),
                self.element.describe(value[0] if value else None),
                encode_length(len(contents)),
                contents,
            )
        )

    def bind(self, cursor: Cursor) -> Reader:
        expect_tag(cursor, *_ARRAY)
        start = cursor.offset
        count = cursor.uint(2, "count")
        self._check(count, start)
        read = self.element.bind(cursor)
        return lambda contents: [_within(index, read, contents) for index in range(count)]

    def describe(self, value: Value) -> bytes:
        count = self.low if value is None else len(value)
        return bytes((_ARRAY[0],)) + count.to_bytes(2, "big") + self.element.describe(value[0] if value else None)

    def encode_bare(self, value: Value) -> bytes:
        if not isinstance(value, list) or not self.low <= len(value) <= self.high:
            raise fault(f"{_shown(value)} is not a list of {self.low} to {self.high}")
        return b"".join(_indexed(index, self.element.encode_bare, element) for index, element in enumerate(value))

    def to_json(self, value: Value) -> Json:
        elements = [self.element.to_json(element) for element in value]
        if not isinstance(value, OtherArray):
            return elements
        encoding = _ARRAY if self.compact else _COMPACT_ARRAY
        return {"encoding": encoding[1], "elements": elements}

    def from_json(self, json: Json) -> Value:
        other = isinstance(json, Mapping)
        listed = json.get("elements") if isinstance(json, Mapping) else json
        if not isinstance(listed, list):
            raise fault(f"{_shown(json)} is not a list")
        elements = [_indexed(index, self.element.from_json, element) for index, element in enumerate(listed)]
        return OtherArray(elements) if other else elements

    def _check(self, count: int, start: int) -> None:
        if not self.low <= count <= self.high:
            raise DecodeError("", start, f"{count} elements, {self.low} to {self.high} wanted")


def _shown(value: Value) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _within(index: int, read: Reader, cursor: Cursor) -> Value:
    try:
        return read(cursor)
    except DecodeError as error:
        raise error.within(str(index)) from None


def _indexed(index: int, write: Reader, element: Value) -> Value:
    try:
        return write(element)
    except UseCaseError as error:
        raise error.within(str(index)) from None


def _written(field: Field, write: Reader, element: Value) -> Value:
    try:
        return write(element)
    except UseCaseError as error:
        raise error.within(field.name) from None


def _bound(name: str, data_type: DataType, cursor: Cursor) -> Reader:
    try:
        return data_type.bind(cursor)
    except DecodeError as error:
        raise error.within(name) from None


def structure(**fields: DataType | Field) -> Structure:
    """A structure of the fields in the order written; `fixed` and `optional` say more of one."""
    return Structure(
        tuple(
            replace(declared, name=name) if isinstance(declared, Field) else Field(name, declared)
            for name, declared in fields.items()
        )
    )


def fixed(data_type: DataType, value: Value) -> Field:
    """A field of `structure` that has one value only."""
    return Field("", data_type, fixed=value)


def optional(data_type: DataType) -> Field:
    """A field of `structure` that may be missing, together with all others that may."""
    return Field("", data_type, optional=True)
