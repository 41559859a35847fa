"""A COSEM server: instances of the catalogue's objects, and the accesses of a command performed on them.

It knows values and result codes; messages, keys and time are other people's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from devices.errors import AccessFailed
from devices.store import Store
from gbcs.cosem.objects import CosemObject, Member
from gbcs.cosem.types import Value
from gbcs.cursor import Cursor
from gbcs.usecases.access import Access, AccessKind, AccessResult
from gbcs.usecases.model import Item, Payload


class Attribute(NamedTuple):
    """An attribute that a device has, and its value when the device is new."""

    object: CosemObject
    name: str
    value: Value


class CosemServer:
    """Attributes and methods of one device.

    An attribute is kept as its octets (A-XDR), so that whatever is read is a value of the attribute's type and nobody
    else's. Those that were ever set are part of the device's state.
    """

    def __init__(self, store: Store, attributes: Iterable[Attribute]) -> None:
        """Raises `gbcs.errors.UseCaseError` for a value that is not of its attribute's type."""
        self._store = store
        self._initial: dict[str, bytes] = {}
        self._computed: dict[str, Callable[[], Value]] = {}
        self._methods: dict[str, Callable[[Value], None]] = {}
        for cosem_object, name, value in attributes:
            member = cosem_object.member(name)
            self._initial[_key(member)] = member.type.encode(value)

    def compute(self, cosem_object: CosemObject, attribute: str, function: Callable[[], Value]) -> None:
        """Makes `function` the source of an attribute; it may raise `AccessFailed`."""
        self._computed[_key(cosem_object.member(attribute))] = function

    def handle(self, cosem_object: CosemObject, method: str, handler: Callable[[Value], None]) -> None:
        """Makes `handler` execute a method; it takes the parameter and may raise `AccessFailed`."""
        self._methods[_key(cosem_object.member(method))] = handler

    def get(self, cosem_object: CosemObject, attribute: str) -> Value:
        """The value of an attribute.

        Raises:
            AccessFailed: object undefined, or what a computed attribute says.
        """
        return self._get(cosem_object.member(attribute))

    def set(self, cosem_object: CosemObject, attribute: str, value: Value) -> None:
        """Gives an attribute a value.

        Raises:
            AccessFailed: object undefined.
            gbcs.errors.UseCaseError: the value is not of the attribute's type.
        """
        self._set(cosem_object.member(attribute), value)

    def has(self, accesses: Iterable[Access]) -> bool:
        """Whether the device has every attribute and method that the accesses name, and can read it so."""
        members = [member for access in accesses for member in (access.protects or (access.member,))]
        known = self._initial.keys() | self._computed.keys() | self._methods.keys()
        return all(_key(member) in known for member in members) and not any(access.selective for access in accesses)

    def execute(self, accesses: Iterable[Access], request: Payload) -> Payload:
        """Performs the accesses in order and says how each went.

        After the first that fails none is performed any more (other-reason), and what was done before it stays done:
        the break on error that the invoke id of GBCS commands asks for (DLMS access service).
        """
        items = []
        failed = False
        for access in accesses:
            value, result = None, AccessResult.OTHER_REASON
            if not failed:
                try:
                    value, result = self._perform(access, request[access.name]), AccessResult.SUCCESS
                except AccessFailed as failure:
                    result, failed = failure.result, True
            items.append(Item(access.name, value, result))
        return Payload(tuple(items))

    def _perform(self, access: Access, parameter: Value) -> Value:
        if access.protects:
            values = {member.object.label: self._get(member) for member in access.protects}
            return values if len(access.protects) > 1 else values.popitem()[1]
        if access.kind is AccessKind.GET:
            return self._get(access.member)
        if access.kind is AccessKind.SET:
            self._set(access.member, parameter)
        else:
            self._invoke(access.member, parameter)
        return None

    def _get(self, member: Member) -> Value:
        key = _key(member)
        if key in self._computed:
            return self._computed[key]()
        if key not in self._initial:
            raise AccessFailed(AccessResult.OBJECT_UNDEFINED)
        return member.type.decode(Cursor(self._store.get(key, self._initial[key])))

    def _invoke(self, member: Member, parameter: Value) -> None:
        handler = self._methods.get(_key(member))
        if handler is None:
            raise AccessFailed(AccessResult.OBJECT_UNDEFINED)
        handler(parameter)

    def _set(self, member: Member, value: Value) -> None:
        key = _key(member)
        if key not in self._initial:
            raise AccessFailed(AccessResult.OBJECT_UNDEFINED)
        self._store[key] = member.type.encode(value)


def _key(member: Member) -> str:
    class_id, instance, number = member.path
    return f"cosem/{class_id}/{instance}/{number}"
