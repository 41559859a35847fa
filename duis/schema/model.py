"""What may stand in an element: the particles that the tables are made of, and the one engine that runs over them.

The same declaration reads XML into values, builds it from them, turns values into JSON and back, and checks each time.
The value of an element with children or attributes is a dict: by name for children, a list where a child may stand
more than once; ``@name`` for attributes, ``#text`` for the text beside them. What is absent has no key. The value of
any other element is that of its simple type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

from lxml import etree

from duis.errors import DocumentError
from duis.markup import DUIS, Node, is_blank, name, parse_fragment
from duis.schema.values import SimpleType, listed

_PREFIX = f"{{{DUIS}}}"
_TEXT = "#text"


@dataclass(frozen=True, slots=True)
class Form:
    """How a document was written where it could have been written otherwise; it means the same in any form.

    Attributes:
        namespaces: prefix to namespace name, as declared at the root.
        texts: path of a simple element or attribute to the text that it was read from, where that is not the text that
            its type writes: another time zone, leading zeros, lower case. It counts while the value is the same.
        schema_location: the attribute of that name at the root.
    """

    namespaces: Mapping[str | None, str] = field(default_factory=lambda: {"sr": DUIS})
    texts: dict[str, str] = field(default_factory=dict)
    schema_location: str | None = None

    def read(self, kind: SimpleType, text: str, path: str) -> Any:
        """The value of a text, which is kept where it is not what would be written."""
        value = kind.read(text, path)
        if kind.write(value, path) != text:
            self.texts[path] = text
        return value

    def text(self, kind: SimpleType, value: Any, path: str) -> str:
        """The text of a value: as it was read, if it is still the value of that."""
        written = kind.write(value, path)
        kept = self.texts.get(path)
        return kept if kept is not None and kind.read(kept, path) == value else written


class Foreign:
    """An element of other namespaces, signed by others; its value is its XML as text, and nothing in it is checked."""

    def read(self, node: Node) -> str:
        """The XML of an element."""
        return etree.tostring(node, encoding="unicode", with_tail=False)

    def parse(self, value: Any, tag: str, path: str) -> Node:
        """The element; raises `DocumentError` unless the text is one with the tag."""
        if not isinstance(value, str):
            raise DocumentError(path, f"a {type(value).__name__}, XML text wanted")
        node = parse_fragment(value.encode(), path)
        if node.tag != tag:
            raise DocumentError(path, f"the root of the XML is {node.tag}, not {tag}")
        return node

    def __str__(self) -> str:
        return "XML"


@dataclass(frozen=True)
class Element:
    """An element by name, with its type and how often it may stand (`maximum` None: any number)."""

    name: str
    type: SimpleType | Content | Foreign
    minimum: int = 1
    maximum: int | None = 1

    @cached_property
    def tag(self) -> str:
        """The name with its namespace, as lxml has it."""
        return _PREFIX + self.name

    @property
    def is_list(self) -> bool:
        """Whether its value is a list."""
        return self.maximum != 1

    @property
    def nullable(self) -> bool:
        """Whether it may be absent."""
        return self.minimum == 0

    @cached_property
    def elements(self) -> dict[str, Element]:
        """Itself, by name."""
        return {self.name: self}

    @cached_property
    def starts(self) -> frozenset[str]:
        """The tags with which it may begin."""
        return frozenset({self.tag})

    def read(self, node: Node, path: str, form: Form) -> Any:
        """The value of `node`, which stands at `path`; raises `DocumentError`."""
        kind = self.type
        if isinstance(kind, Content):
            return kind.read(node, path, form)
        if isinstance(kind, Foreign):
            return kind.read(node)
        if node.attrib:
            raise DocumentError(path, f"attribute {next(iter(node.attrib))!r} not expected")
        return form.read(kind, _text_of(node, path), path)

    def write(self, parent: Node, value: Any, path: str, form: Form) -> None:
        """Appends this element with `value` to `parent`; raises `DocumentError`."""
        kind = self.type
        if isinstance(kind, Foreign):
            parent.append(kind.parse(value, self.tag, path))
            return
        node = etree.SubElement(parent, self.tag)
        if isinstance(kind, Content):
            kind.write(node, value, path, form)
        else:
            _set_text(node, form.text(kind, value, path), path)

    def take(self, nodes: _Nodes, values: dict[str, Any], path: str, form: Form) -> None:
        """Moves what `nodes` has next of it into `values`."""
        own = f"{path}/{self.name}"
        if not self.is_list:
            if nodes.tag == self.tag:
                values[self.name] = self.read(nodes.pop(), own, form)
            elif self.minimum:
                raise DocumentError(path, f"{self.name} missing")
            return
        found: list[Any] = []
        while nodes.tag == self.tag and len(found) != self.maximum:
            found.append(self.read(nodes.pop(), f"{own}[{len(found) + 1}]", form))
        if len(found) < self.minimum:
            raise DocumentError(path, f"{len(found)} times {self.name}, at least {self.minimum} wanted")
        if found:
            values[self.name] = found

    def put(self, parent: Node, values: Mapping[str, Any], path: str, form: Form) -> None:
        """Appends what `values` has of it to `parent`."""
        own, value = f"{path}/{self.name}", values.get(self.name)
        if not self.is_list:
            if value is not None:
                self.write(parent, value, own, form)
            elif self.minimum:
                raise DocumentError(path, f"{self.name} missing")
            return
        items = [] if value is None else self.items(value, own)
        if len(items) < self.minimum or (self.maximum is not None and len(items) > self.maximum):
            raise DocumentError(path, f"{len(items)} times {self.name}, {self.minimum} to {self.maximum} wanted")
        for number, item in enumerate(items, 1):
            self.write(parent, item, f"{own}[{number}]", form)

    def items(self, value: Any, path: str) -> list[Any]:
        """The values of an element that may stand more than once; raises `DocumentError` unless it is a list."""
        if not isinstance(value, list | tuple):
            raise DocumentError(path, f"a {type(value).__name__}, a list wanted")
        return list(value)


@dataclass(frozen=True)
class Group:
    """Particles one after the other, or one of them (`choice`)."""

    particles: tuple[Element | Group, ...]
    choice: bool = False
    optional: bool = False

    @cached_property
    def nullable(self) -> bool:
        """Whether nothing may stand for it."""
        parts = [particle.nullable for particle in self.particles]
        return self.optional or (any(parts) if self.choice else all(parts))

    @cached_property
    def elements(self) -> dict[str, Element]:
        """Every element that may stand in it, by name."""
        return {name: element for part in self.particles for name, element in part.elements.items()}

    @cached_property
    def starts(self) -> frozenset[str]:
        """The tags with which it may begin."""
        tags: set[str] = set()
        for particle in self.particles:
            tags |= particle.starts
            if not self.choice and not particle.nullable:
                break
        return frozenset(tags)

    @cached_property
    def _options(self) -> dict[str, Element | Group]:
        return {tag: particle for particle in self.particles for tag in particle.starts}

    def take(self, nodes: _Nodes, values: dict[str, Any], path: str, form: Form) -> None:
        """Moves what `nodes` has next of it into `values`."""
        if self.choice:
            option = self._options.get(nodes.tag)
            if option:
                option.take(nodes, values, path, form)
            elif not self.nullable:
                raise DocumentError(path, f"{self} missing")
        elif not self.optional or nodes.tag in self.starts:
            for particle in self.particles:
                particle.take(nodes, values, path, form)

    def put(self, parent: Node, values: Mapping[str, Any], path: str, form: Form) -> None:
        """Appends what `values` has of it to `parent`."""
        if not self.choice:
            if not self.optional or not values.keys().isdisjoint(self.elements):
                for particle in self.particles:
                    particle.put(parent, values, path, form)
            return
        present = [particle for particle in self.particles if not values.keys().isdisjoint(particle.elements)]
        if len(present) > 1 or not (present or self.nullable):
            raise DocumentError(path, f"{self} {'exclude each other' if present else 'missing'}")
        for option in present:
            option.put(parent, values, path, form)

    def __str__(self) -> str:
        return listed([next(iter(part.elements)) for part in self.particles])


@dataclass(frozen=True)
class Content:
    """What an element holds: attributes, and either children or text beside them."""

    group: Group
    attributes: Mapping[str, SimpleType] = field(default_factory=dict)
    text: SimpleType | None = None

    @cached_property
    def elements(self) -> dict[str, Element]:
        """Every element that may stand in it, by name."""
        return self.group.elements

    @cached_property
    def simple(self) -> dict[str, SimpleType]:
        """The types of its attributes and text by their keys."""
        return {**self.attributes, **({_TEXT: self.text} if self.text else {})}

    def read(self, node: Node, path: str, form: Form) -> dict[str, Any]:
        """The values of `node`, by name; raises `DocumentError`."""
        values: dict[str, Any] = {}
        for attribute, text in cast("Mapping[str, str]", node.attrib).items():
            kind = self.attributes.get(f"@{attribute}")
            if kind is None:
                raise DocumentError(path, f"attribute {attribute!r} not expected")
            values[f"@{attribute}"] = form.read(kind, text, f"{path}/@{attribute}")
        for key in self.attributes.keys() - values.keys():
            raise DocumentError(f"{path}/{key}", "missing")
        if self.text:
            values[_TEXT] = form.read(self.text, _text_of(node, path), path)
            return values
        if not is_blank(node.text) or not all(is_blank(child.tail) for child in node):
            raise DocumentError(path, "text between elements")
        if node.text and not self.elements:
            raise DocumentError(path, "text in an empty element")
        nodes = _Nodes(node)
        self.group.take(nodes, values, path, form)
        if nodes.tag:
            raise DocumentError(f"{path}/{name(nodes.pop())}", "not expected here")
        return values

    def write(self, node: Node, values: Any, path: str, form: Form) -> None:
        """Gives `node` the values; `None` stands for absent. Raises `DocumentError`."""
        values = {key: value for key, value in self.known(values, path) if value is not None}
        for key, kind in self.attributes.items():
            if key not in values:
                raise DocumentError(f"{path}/{key}", "missing")
            node.set(key[1:], form.text(kind, values[key], f"{path}/{key}"))
        if self.text:
            _set_text(node, form.text(self.text, values.get(_TEXT), path), path)
        else:
            self.group.put(node, values, path, form)

    def to_json(self, values: Any, path: str, form: Form) -> dict[str, Any]:
        """Values as JSON has them; texts that were written otherwise are kept. Raises `DocumentError`."""

        def convert(kind: SimpleType, value: Any, own: str) -> Any:
            text = form.text(kind, value, own)
            return text if text != kind.write(value, own) else kind.to_json(value, own)

        return self._converted(values, path, convert)

    def from_json(self, values: Any, path: str, form: Form) -> dict[str, Any]:
        """The values of what `to_json` gave; raises `DocumentError`."""

        def convert(kind: SimpleType, value: Any, own: str) -> Any:
            return form.read(kind, value, own) if isinstance(value, str) else kind.from_json(value, own)

        return self._converted(values, path, convert)

    def _converted(self, values: Any, path: str, convert: Callable[[SimpleType, Any, str], Any]) -> dict[str, Any]:
        def one(kind: SimpleType | Content | Foreign, value: Any, own: str) -> Any:
            if isinstance(kind, Content):
                return kind._converted(value, own, convert)
            return value if isinstance(kind, Foreign) else convert(kind, value, own)

        converted: dict[str, Any] = {}
        for key, value in self.known(values, path):
            own = path if key == _TEXT else f"{path}/{key}"
            element = self.elements.get(key)
            if value is None:
                continue
            if element is None:
                converted[key] = convert(self.simple[key], value, own)
            elif element.is_list:
                items = enumerate(element.items(value, own), 1)
                converted[key] = [one(element.type, item, f"{own}[{number}]") for number, item in items]
            else:
                converted[key] = one(element.type, value, own)
        return converted

    def known(self, values: Any, path: str) -> Iterator[tuple[str, Any]]:
        """The items of `values`; raises `DocumentError` unless it is a mapping with names that may stand here."""
        if not isinstance(values, Mapping):
            raise DocumentError(path, f"a {type(values).__name__}, values by element name wanted")
        for key, value in values.items():
            if key not in self.elements and key not in self.simple:
                raise DocumentError(f"{path}/{key}", "no such element")
            yield key, value


class _Nodes:
    """The children of an element, taken from the first to the last; `tag` is that of the next, or empty."""

    __slots__ = ("_nodes", "_taken", "tag")

    def __init__(self, node: Node) -> None:
        self._nodes = list(node)
        self._taken = 0
        self.tag = self._nodes[0].tag if self._nodes else ""

    def pop(self) -> Node:
        """Takes the next; there has to be one."""
        node = self._nodes[self._taken]
        self._taken += 1
        self.tag = self._nodes[self._taken].tag if self._taken < len(self._nodes) else ""
        return node


def _text_of(node: Node, path: str) -> str:
    if len(node):
        raise DocumentError(f"{path}/{name(node[0])}", "not expected in a simple element")
    return node.text or ""


def _set_text(node: Node, text: str, path: str) -> None:
    try:
        node.text = text
    except ValueError as error:
        raise DocumentError(path, str(error)) from None
