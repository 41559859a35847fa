"""The words in which mappings are written.

A mapping is read twice: the transform evaluates its sources over a request's body, the MMC output evaluates its tree
over the JSON form of a response's payload.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from duis.errors import TransformError


class Source(ABC):
    """Where a command field comes from."""

    __slots__ = ()

    @abstractmethod
    def of(self, body: Mapping[str, Any]) -> Any:
        """The value, given the values of the request's body."""


@dataclass(frozen=True, slots=True)
class Body(Source):
    """An element of the body, as it is."""

    name: str

    def of(self, body: Mapping[str, Any]) -> Any:
        return body[self.name]


@dataclass(frozen=True, slots=True)
class Later(Source):
    """A moment in the body, so many seconds later as another element says."""

    moment: str
    seconds: str

    def of(self, body: Mapping[str, Any]) -> Any:
        try:
            return body[self.moment] + timedelta(seconds=body[self.seconds])
        except OverflowError:
            raise TransformError(f"{self.moment} and {self.seconds} end beyond the year 9999") from None


@dataclass(frozen=True, slots=True)
class Structure(Source):
    """A structure of fields."""

    fields: Mapping[str, Source]

    def of(self, body: Mapping[str, Any]) -> Any:
        return {name: source.of(body) for name, source in self.fields.items()}


@dataclass(frozen=True, slots=True)
class Output:
    """An element of the MMC output.

    Attributes:
        path: field of the payload whose text it holds; dots lead into objects. None for an element with children.
        attributes: attribute name to path.
        always: whether it stands even when nothing fills it.
    """

    name: str
    path: str | None = None
    children: tuple[Output, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    convert: Callable[[Any], str] = str
    always: bool = False


def group(name: str, *children: Output, always: bool = False) -> Output:
    """An element that holds others."""
    return Output(name, children=children, always=always)


@dataclass(frozen=True, slots=True)
class UseCaseMapping:
    """What one service means for one type of device.

    Attributes:
        use_case: code of the use case.
        command: field of the command to its source; what the use case fixes is not mentioned.
        response: elements inside the service's response element.
    """

    use_case: str
    command: Mapping[str, Source] = field(default_factory=dict)
    response: tuple[Output, ...] = ()
