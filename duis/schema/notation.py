"""The notation of the tables, and its reader.

A table is text. A definition begins at the left margin and goes on in indented lines::

    Name, OtherName = content or simple type      # both are the same

Content is particles with commas between them, one after the other, or with ``|`` between them, one of them:

=================================  =====================================================================
``DeviceID eui``                   an element and its type
``DeviceType``                     an element whose type is the definition of the same name
``Date? date``, ``Day{0..20} …``   how often it may stand; once without a sign
``Body (…)``                       an element with content of its own; ``()`` is an empty one
``(… | …)``, ``(…)?``              a group within content
``+Common``                        the content of another definition, in this place
``each x <810D 810E>? type``       an element for each word, here x810D and x810E; ``<0..26>`` counts
``one Channel <0..26> type``       one of such elements
``@index 1..3``                    an attribute
``#text 1..16``                    the text of an element that has attributes
=================================  =====================================================================

Simple types are the names of ``_NAMED``, and:

=================================  =====================================================================
``1..48``, ``0..``                 integers of a range
``decimal(0..2.5, 1)``             numbers of a range, with so many decimals
``text(1..116) /[ -~]+/``          a string of so many characters, by a pattern
``<Daily "Half-Yearly">``          one of some words; ``token<…>`` where white space around it does not count
``hex(6..16)``, ``base64(0..9)``   so many octets; ``hex<8F66 8F67>`` one of some
``euiList(23..99)``                EUI-64s with commas between, so many characters
=================================  =====================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from duis.response_codes import ALERT_CODES, RESPONSE_CODES
from duis.schema.model import Content, Element, Foreign, Group
from duis.schema.values import (
    Boolean,
    Date,
    DateTime,
    Enumeration,
    Eui,
    EuiList,
    Identifier,
    Integer,
    Number,
    Octets,
    SimpleType,
    String,
    Time,
)

Type = SimpleType | Content | Foreign

_NAMED: dict[str, SimpleType | Foreign] = {
    "boolean": Boolean(),
    "date": Date(),
    "time": Time(),
    "dateTime": DateTime(),
    "timestamp": DateTime(decimals=3),
    "integer": Integer(None, None),
    "int8": Integer(-(2**7), 2**7 - 1),
    "int16": Integer(-(2**15), 2**15 - 1),
    "int32": Integer(-(2**31), 2**31 - 1),
    "uint16": Integer(0, 2**16 - 1),
    "uint32": Integer(0, 2**32 - 1),
    "eui": Eui(),
    "requestID": Identifier(),
    "certificate": Octets(),
    "serviceReference": String(pattern=r"[0-9]{1,2}\.[0-9]{1,2}"),
    "serviceReferenceVariant": String(pattern=r"[0-9]{1,2}(\.[0-9]{1,2}){1,2}"),
    "schemaVersion": String(pattern=r"[ \t\r\n]*\+?[0-9]{1,3}(\.[0-9]{0,6})?[ \t\r\n]*"),
    "responseCode": Enumeration(tuple(RESPONSE_CODES)),
    "alertCode": Enumeration(ALERT_CODES),
    "xml": Foreign(),
}
_LENGTH = r"\(([0-9.]*?)(?:\.\.([0-9.]*))?(?:, *([0-9]+))?\)"


def read_table(text: str) -> dict[str, str]:
    """The definitions of a table by name, not yet read."""
    definitions = {}
    for definition in re.split(r"\n(?=\S)", text.strip()):
        names, equals, content = definition.partition("=")
        if not definition.startswith("#") and equals:
            definitions.update(dict.fromkeys(re.split(r",\s*", names.strip()), content.strip()))
    return definitions


class Reader:
    """Reads definitions when they are asked for.

    Args:
        definitions: of all tables, by name.

    Raises:
        ValueError: from every method, where a definition is not in the notation.
    """

    def __init__(self, definitions: Mapping[str, str]) -> None:
        self._definitions = definitions
        self._read: dict[str, Type] = {}

    def type(self, name: str) -> Type:
        """The type that `name` is defined as."""
        if name not in self._read:
            self._read[name] = _Parser(self._definitions[name], self).definition()
        return self._read[name]

    def content(self, name: str) -> Content:
        """The content that `name` is defined as."""
        found = self.type(name)
        if not isinstance(found, Content):
            raise ValueError(f"{name} is a simple type")
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._definitions)


class _Parser:
    """One definition."""

    def __init__(self, text: str, reader: Reader) -> None:
        self._text = text
        self._at = 0
        self._reader = reader

    def definition(self) -> Type:
        simple = self._simple()
        found = simple or self._content()
        if self._text[self._at :].strip():
            raise ValueError(f"not understood: {self._text[self._at :]}")
        return found

    def _accept(self, pattern: str) -> re.Match[str] | None:
        match = re.compile(r"\s*(?:" + pattern + ")").match(self._text, self._at)
        if match:
            self._at = match.end()
        return match

    def _expect(self, pattern: str) -> re.Match[str]:
        match = self._accept(pattern)
        if not match:
            raise ValueError(f"{pattern} wanted before {self._text[self._at :][:40]!r}")
        return match

    def _content(self) -> Content:
        """Content up to its end or the bracket that ends it."""
        attributes: dict[str, SimpleType] = {}
        text: SimpleType | None = None
        particles: list[Element | Group] = []
        separators: set[str] = set()
        while not self._accept(r"(?=\)|$)"):
            if particles or attributes:
                separators.add(self._expect(r"[,|]")[0].strip())
            if key := self._accept(r"@\w+"):
                attributes[key[0].strip()] = self._simple_type()
            elif self._accept("#text"):
                text = self._simple_type()
            elif base := self._accept(r"\+(\w+)"):
                particles.extend(self._reader.content(base[1]).group.particles)
            else:
                particles.extend(self._particle())
        if len(separators) > 1:
            raise ValueError(f"both , and | in {self._text}")
        return Content(Group(tuple(particles), choice="|" in separators), attributes, text)

    def _particle(self) -> Iterator[Element | Group]:
        if self._accept(r"\("):
            inner = self._content().group
            self._expect(r"\)")
            yield Group(inner.particles, inner.choice, optional=bool(self._accept(r"\?")))
        elif family := self._accept(r"(each|one) (\w+) <([^>]*)>(\?)?"):
            how, prefix, words, optional = family.groups()
            kind = self._type("")
            elements = [Element(prefix + word, kind, 0 if optional else 1) for word in _words(words)]
            yield from [Group(tuple(elements), choice=True)] if how == "one" else elements
        else:
            name = self._expect(r"\w+")[0].strip()
            minimum, maximum = self._occurrence()
            yield Element(name, self._type(name), minimum, maximum)

    def _occurrence(self) -> tuple[int, int | None]:
        if self._accept(r"\?"):
            return 0, 1
        if times := self._accept(r"\{([0-9]+)(?:(\.\.)([0-9]*))?\}"):
            minimum = int(times[1])
            return minimum, (int(times[3]) if times[3] else None) if times[2] else minimum
        return 1, 1

    def _type(self, name: str) -> Type:
        """The type that stands here, or the definition of `name` if there is none."""
        if self._accept(r"\("):
            content = self._content()
            self._expect(r"\)")
            return content
        simple = self._simple()
        if simple:
            return simple
        reference = self._accept(r"\w+")
        return self._reader.type(reference[0].strip() if reference else name)

    def _simple_type(self) -> SimpleType:
        simple = self._simple() or self._reader.type(self._expect(r"\w+")[0].strip())
        if not isinstance(simple, SimpleType):
            raise ValueError("a simple type wanted")
        return simple

    def _simple(self) -> SimpleType | Foreign | None:
        if words := self._accept(r"(token|hex)?<([^>\"]*(?:\"[^\"]*\"[^>\"]*)*)>"):
            found = _words(words[2])
            if words[1] == "hex":
                return Octets(hexadecimal=True, words=tuple(map(bytes.fromhex, found)))
            return Enumeration(found, collapse=words[1] == "token")
        if integers := self._accept(r"(-?[0-9]+)?\.\.(-?[0-9]+)?(?![0-9.])"):
            return Integer(*(int(bound) if bound else None for bound in integers.groups()))
        if named := self._accept(rf"(decimal|text|hex|base64|euiList)\b(?:{_LENGTH})?"):
            return self._measured(*named.groups())
        if named := self._accept(rf"({'|'.join(_NAMED)})\b"):
            return _NAMED[named[1]]
        return None

    def _measured(self, name: str, low: str | None, high: str | None, decimals: str | None) -> SimpleType:
        """A type with a range in brackets; one figure is both ends."""
        high = low if high is None else high
        if name == "decimal":
            return Number(Decimal(low or 0), Decimal(high or 0), int(decimals or 0))
        minimum, maximum = int(low or 0), int(high) if high else None
        if name == "text":
            pattern = self._accept("/([^/]*)/")
            return String(minimum, maximum, pattern[1]) if pattern else String(minimum, maximum)
        return EuiList(maximum) if name == "euiList" else Octets(name == "hex", minimum, maximum)


def _words(text: str) -> tuple[str, ...]:
    """Words, those with blanks in quotes; ``0..26`` counts."""
    counted = re.fullmatch(r"([0-9]+)\.\.([0-9]+)", text)
    if counted:
        return tuple(map(str, range(int(counted[1]), int(counted[2]) + 1)))
    return tuple(quoted or word for quoted, word in re.findall(r'"([^"]*)"|([^\s"]+)', text))
