"""What may stand in an element, as data: the particles and simple types that DUIS bodies are declared with.

One declaration reads an element into plain values, builds it from them and checks both. The value of an element with
children is a dict by element name, an absent element having no key; the others are `str`, `int`, `bool`, `bytes`,
timezone-aware `datetime` or `RequestID`.
"""

from __future__ import annotations

import base64
import re
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from lxml import etree

from duis.errors import DocumentError
from duis.identifiers import RequestID
from duis.markup import DUIS, WHITE_SPACE, Node, decode_base64, is_blank, name, quote


class SimpleType(ABC):
    """Text of an element or attribute, and its value."""

    __slots__ = ()
    python: ClassVar[type]

    @abstractmethod
    def read(self, text: str, path: str) -> Any:
        """The value of `text`; raises `DocumentError` at `path` when it is none of this type."""

    def write(self, value: Any, path: str) -> str:
        """The text of `value`; raises `DocumentError` at `path` when it is not of this type."""
        if not isinstance(value, self.python):
            raise DocumentError(path, f"a {type(value).__name__}, {self.python.__name__} wanted")
        try:
            text = self._text(value)
        except (ValueError, OverflowError) as error:
            raise DocumentError(path, str(error)) from None
        self.read(text, path)
        return text

    def _text(self, value: Any) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class String(SimpleType):
    """xs:string; the pattern holds its length as well."""

    python = str
    pattern: str = "(?s).*"

    def read(self, text: str, path: str) -> str:
        if not re.fullmatch(self.pattern, text):
            raise DocumentError(path, f"{quote(text)} does not match {self.pattern}")
        return text


@dataclass(frozen=True, slots=True)
class Integer(SimpleType):
    """xs:integer and what derives from it, by range."""

    python = int
    minimum: int
    maximum: int

    def read(self, text: str, path: str) -> int:
        digits = text.strip(WHITE_SPACE)
        if not re.fullmatch("[+-]?[0-9]{1,20}", digits) or not self.minimum <= int(digits) <= self.maximum:
            raise DocumentError(path, f"{quote(text)} is not an integer from {self.minimum} to {self.maximum}")
        return int(digits)


class Boolean(SimpleType):
    """xs:boolean."""

    __slots__ = ()
    python = bool
    _VALUES: ClassVar = {"true": True, "1": True, "false": False, "0": False}

    def read(self, text: str, path: str) -> bool:
        try:
            return self._VALUES[text.strip(WHITE_SPACE)]
        except KeyError:
            raise DocumentError(path, f"{quote(text)} is neither true nor false") from None

    def _text(self, value: bool) -> str:
        return "true" if value else "false"


@dataclass(frozen=True, slots=True)
class DateTime(SimpleType):
    """xs:dateTime, read as UTC whatever its time zone and written as such, with so many decimals at least."""

    python = datetime
    decimals: int = 2

    def read(self, text: str, path: str) -> datetime:
        text = text.strip(WHITE_SPACE)
        form = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
        if not re.fullmatch(form, text):
            raise DocumentError(path, f"{quote(text)} is not a dateTime with a time zone")
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise DocumentError(path, f"{quote(text)} is not a dateTime: {error}") from None

    def _text(self, value: datetime) -> str:
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        seconds, _, fraction = value.astimezone(UTC).replace(tzinfo=None).isoformat().partition(".")
        fraction = fraction.rstrip("0").ljust(self.decimals, "0")
        return f"{seconds}.{fraction}Z" if fraction else f"{seconds}Z"


class Base64(SimpleType):
    """xs:base64Binary."""

    __slots__ = ()
    python = bytes

    def read(self, text: str, path: str) -> bytes:
        try:
            return decode_base64(text)
        except ValueError as error:
            raise DocumentError(path, f"not base64: {error}") from None

    def _text(self, value: bytes) -> str:
        return base64.b64encode(value).decode()


class Identifier(SimpleType):
    """RequestIDType and ResponseIDType."""

    __slots__ = ()
    python = RequestID

    def read(self, text: str, path: str) -> RequestID:
        return RequestID.parse(text, path)


@dataclass(frozen=True, slots=True)
class Element:
    """An element by name, with its type or what stands in it."""

    name: str
    type: SimpleType | Sequence
    optional: bool = False

    @property
    def options(self) -> tuple[Element, ...]:
        """The elements that may stand here: itself alone."""
        return (self,)

    def read(self, node: Node, path: str) -> Any:
        """The value of `node`, which stands at `path`.

        Raises:
            DocumentError: it is not what this element may be.
        """
        if node.attrib:
            raise DocumentError(path, f"attribute {next(iter(node.attrib))!r} not expected")
        if isinstance(self.type, Sequence):
            return self.type.read(node, path)
        if len(node):
            raise DocumentError(f"{path}/{name(node[0])}", "not expected in a simple element")
        return self.type.read(node.text or "", path)

    def write(self, parent: Node, value: Any, path: str) -> None:
        """Appends this element with `value` to `parent`.

        Raises:
            DocumentError: the value is not one of this element.
        """
        node = etree.SubElement(parent, f"{{{DUIS}}}{self.name}")
        if isinstance(self.type, Sequence):
            self.type.write(node, value, path)
            return
        try:
            node.text = self.type.write(value, path)
        except ValueError as error:
            raise DocumentError(path, str(error)) from None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several elements."""

    options: tuple[Element, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """Elements in their order; none for an empty element."""

    parts: tuple[Element | Choice, ...] = ()

    def elements(self) -> Iterator[Element]:
        """Every element that may stand in it."""
        for part in self.parts:
            yield from part.options

    def read(self, node: Node, path: str) -> dict[str, Any]:
        """The values of the children of `node`, by name; raises `DocumentError`."""
        if not is_blank(node.text) or not all(is_blank(child.tail) for child in node):
            raise DocumentError(path, "text between elements")
        values: dict[str, Any] = {}
        children = deque(node)
        for part in self.parts:
            tags = {f"{{{DUIS}}}{option.name}": option for option in part.options}
            if children and children[0].tag in tags:
                option = tags[children[0].tag]
                values[option.name] = option.read(children.popleft(), f"{path}/{option.name}")
            elif not part.optional:
                raise DocumentError(path, f"{_names(part)} missing")
        if children:
            raise DocumentError(f"{path}/{name(children[0])}", "not expected here")
        return values

    def write(self, node: Node, values: Mapping[str, Any], path: str) -> None:
        """Appends the children with their values to `node`; `None` stands for absent. Raises `DocumentError`."""
        if not isinstance(values, Mapping):
            raise DocumentError(path, f"a {type(values).__name__}, values by element name wanted")
        unknown = values.keys() - {element.name for element in self.elements()}
        if unknown:
            raise DocumentError(f"{path}/{min(unknown)}", "no such element")
        for part in self.parts:
            present = [option for option in part.options if values.get(option.name) is not None]
            if len(present) > 1 or not (present or part.optional):
                raise DocumentError(path, f"{_names(part)} {'exclude each other' if present else 'missing'}")
            for option in present:
                option.write(node, values[option.name], f"{path}/{option.name}")


def _names(part: Element | Choice) -> str:
    return " or ".join(option.name for option in part.options)
