"""Accesses: the instructions of DLMS COSEM payloads, as declarations write them (message structure 4.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from gbcs.cosem.composite import structure
from gbcs.cosem.objects.model import CosemObject, Member
from gbcs.cosem.types import DATE_TIME, NULL, SECONDS, DataType, Json, Nullable, Value
from gbcs.usecases.protected_read import ProtectedRead


class AccessKind(IntEnum):
    """Choice of an access specification."""

    GET = 1
    SET = 2
    ACTION = 3


#: What a selective access carries: from and to, both included.
RANGE = structure(start=SECONDS, end=SECONDS)
DATE_RANGE = structure(start=DATE_TIME, end=DATE_TIME)
#: Choice of a get with selection; its result has the choice of a get.
_GET_WITH_SELECTION = b"\x04"


@dataclass(frozen=True, slots=True)
class Access:
    """One access specification.

    Attributes:
        name: the payload field.
        fixed: the value that a set or action always carries; None where the sender chooses.
        protects: what a protected read returns encrypted.
        optional: whether a command may leave it out.
        selective: whether it reads a range, which the command's value says.
        data_type: what the member holds in this use case.
        specification: the access specification on the wire, without the bounds of a range.
        protected_read: how what it protects is read.
    """

    name: str
    kind: AccessKind
    member: Member
    data_type: DataType
    fixed: Value = None
    protects: tuple[Member, ...] = ()
    optional: bool = False
    selective: bool = False
    specification: bytes = field(init=False, repr=False, compare=False)
    protected_read: ProtectedRead | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        class_id, instance, number = self.member.path
        choice = _GET_WITH_SELECTION if self.selective and not self.protects else bytes((self.kind,))
        specification = choice + class_id.to_bytes(2, "big") + instance + bytes((number,))
        object.__setattr__(self, "specification", specification)
        object.__setattr__(self, "protected_read", ProtectedRead(self.protects) if self.protects else None)

    @property
    def takes_value(self) -> bool:
        """Whether the command carries a value that its sender chooses."""
        if self.selective:
            return True
        return self.fixed is None and self.request_type is not NULL

    @property
    def may_be_null(self) -> bool:
        """Whether the value that the sender chooses may be left out."""
        return isinstance(self.request_type, Nullable)

    @property
    def request_type(self) -> DataType:
        """Type of what the command says."""
        if self.selective:
            return DATE_RANGE if self.protects else RANGE
        return NULL if self.kind is AccessKind.GET or self.protects else self.data_type

    @property
    def response_type(self) -> DataType:
        """Type of the data in a successful response."""
        return self.data_type if self.kind is AccessKind.GET else self.member.returns

    @property
    def returns_value(self) -> bool:
        """Whether a successful response has data here."""
        return bool(self.protects) or self.response_type is not NULL

    def to_json(self) -> dict[str, Json]:
        """What is accessed, for people."""
        class_id, instance, number = self.member.path
        return {
            "access": self.kind.name.lower(),
            "object": str(self.member),
            "class_id": class_id,
            "instance": str(instance),
            "method" if self.member.is_method else "attribute": number,
        }


def _access(
    kind: AccessKind,
    member: Member,
    fixed: Value = None,
    *,
    optional: bool = False,
    selective: bool = False,
    type: DataType | None = None,  # noqa: A002 - reads best where it is used
    name: str | None = None,
) -> Access:
    return Access(name or member.field, kind, member, type or member.type, fixed, (), optional, selective)


def get(
    cosem_object: CosemObject,
    attribute: str,
    *,
    optional: bool = False,
    type: DataType | None = None,  # noqa: A002
    name: str | None = None,
) -> Access:
    """A read of one attribute; `type` where this use case has another than the object's, `name` for a second read."""
    return _access(AccessKind.GET, cosem_object.member(attribute), optional=optional, type=type, name=name)


def select(cosem_object: CosemObject, attribute: str) -> Access:
    """A read of the entries of a log in a range of time."""
    return _access(AccessKind.GET, cosem_object.member(attribute), selective=True)


def put(
    cosem_object: CosemObject,
    attribute: str,
    fixed: Value = None,
    *,
    optional: bool = False,
    type: DataType | None = None,  # noqa: A002
) -> Access:
    """A set of one attribute."""
    return _access(AccessKind.SET, cosem_object.member(attribute), fixed, optional=optional, type=type)


def action(
    cosem_object: CosemObject,
    method: str,
    fixed: Value = None,
    *,
    optional: bool = False,
    type: DataType | None = None,  # noqa: A002
) -> Access:
    """A method invocation."""
    return _access(AccessKind.ACTION, cosem_object.member(method), fixed, optional=optional, type=type)


def protected(protection_object: CosemObject, *members: tuple[CosemObject, str], ranged: bool = False) -> Access:
    """A read of attributes that the device returns encrypted, of a range of dates or of all there is."""
    protects = tuple(cosem_object.member(attribute) for cosem_object, attribute in members)
    member = protection_object.member("get_protected_attributes")
    return Access(protects[0].field, AccessKind.ACTION, member, NULL, None, protects, selective=ranged)
