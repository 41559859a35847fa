"""What a COSEM object is: an instance of an interface class, with the types of its attributes and methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gbcs.cosem.obis import Obis
from gbcs.cosem.types import NULL, DataType


@dataclass(frozen=True, slots=True)
class InterfaceClass:
    """An interface class: the numbers of its attributes and methods. Attribute 1 is always the logical name."""

    class_id: int
    name: str
    attributes: Mapping[str, int]
    methods: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Method:
    """What a method takes and returns."""

    parameter: DataType
    returns: DataType = NULL


@dataclass(frozen=True, slots=True)
class Member:
    """An attribute or method of an object. `type` is what an attribute holds, or what a method takes."""

    object: CosemObject
    name: str
    number: int
    type: DataType
    returns: DataType
    is_method: bool

    @property
    def path(self) -> tuple[int, Obis, int]:
        """Class, instance and number: what an access specification carries."""
        return (self.object.interface.class_id, self.object.instance, self.number)

    @property
    def field(self) -> str:
        """Name of the payload field: the object's label, with the member's name behind it unless it is ``value``."""
        label = self.object.label
        return label if self.name in ("value", label) else f"{label}_{self.name}"

    def __str__(self) -> str:
        return f"{self.object.name}.{self.name}"


@dataclass(frozen=True, slots=True)
class CosemObject:
    """One object.

    Attributes:
        label: name in payloads, unique among all objects.
        name: SMETS name, which several objects may share.
    """

    label: str
    name: str
    interface: InterfaceClass
    instance: Obis
    types: Mapping[str, DataType | Method]

    def member(self, name: str) -> Member:
        """The attribute or method of that name."""
        declared = self.types[name]
        if isinstance(declared, Method):
            return Member(self, name, self.interface.methods[name], declared.parameter, declared.returns, True)
        return Member(self, name, self.interface.attributes[name], declared, NULL, False)


def declare(label: str, name: str, interface: InterfaceClass, instance: str, **types: DataType | Method) -> CosemObject:
    """An object, its instance as ``A-B:C.D.E.F``."""
    return CosemObject(label, name, interface, Obis.parse(instance), types)
